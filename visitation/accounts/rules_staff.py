"""Staff accounts as pure decisions: who may give which role, what a password must be, how a guesser is slowed down."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import STAFF, Identity, Role

_OF_A_PRISON = frozenset({Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.LEGAL_OFFICE})
GRANTS: dict[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: _OF_A_PRISON | {Role.CLERK},
    Role.BUREAU: _OF_A_PRISON | {Role.CLERK, Role.AUDITOR, Role.BUREAU},
    Role.OPERATOR: frozenset({Role.ADMINISTRATOR, Role.OPERATOR}),
}
"""Which roles each role may give and take. The auditor is appointed by the bureau (architecture.md, Roles)."""
OF_ONE_PRISON = frozenset({Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF, Role.LEGAL_OFFICE})
"""Roles that mean nothing without a prison."""

KEPT_KINDS = ("staff", "clerk")
"""Accounts that are kept on the staff pages."""

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
FEWEST_LETTERS = 5

FREE_TRIES = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
TRY_WINDOW = timedelta(hours=1)
ADDRESS_TRIES = 60
CODE_TRIES = 30
UNFINISHED = timedelta(minutes=10)
"""How long a sign-in may wait for its second factor."""


@dataclass(frozen=True)
class StaffFacts:
    """What an administrator says of an account. `prison_id` None: all prisons. `wards`: id -> prison id of each ward chosen.

    `spoken`: codes of languages in which the person can follow a visit.
    """

    login: str
    name: str
    roles: frozenset[Role]
    prison_id: int | None
    wards: dict[int, int]
    spoken: frozenset[str] = frozenset({"zh"})


def grantable(who: Identity) -> frozenset[Role]:
    """Roles that this person may give."""
    return frozenset().union(*(GRANTS.get(role, frozenset()) for role in who.roles))


def may_manage(who: Identity, prison_id: int | None, roles: Collection[Role]) -> bool:
    """Whether `who` may change, close or reset an account with these roles: in their own prison, and nobody of a role they could not give."""
    return (who.prison_id is None or who.prison_id == prison_id) and grantable(who).issuperset(roles)


def role_refusals(who: Identity, facts: StaffFacts) -> list[Refusal]:
    """Why these roles cannot be given, by name."""
    found = []
    if not facts.roles:
        found.append(Refusal("ROLE_NEEDED"))
    if facts.roles - grantable(who):
        found.append(Refusal("ROLE_NOT_YOURS_TO_GIVE"))
    if Role.AUDITOR in facts.roles and len(facts.roles) > 1:
        found.append(Refusal("AUDITOR_ALONE"))
    if Role.CLERK in facts.roles and len(facts.roles) > 1:
        found.append(Refusal("CLERK_ALONE"))
    return found + _place_refusals(who, facts)


def kind_of(roles: Collection[Role]) -> str:
    """A clerk of a justice station signs in on the family's side, everybody else of the staff on the prison's."""
    return "clerk" if Role.CLERK in roles else "staff"


def _place_refusals(who: Identity, facts: StaffFacts) -> list[Refusal]:
    found = []
    if who.prison_id is not None and facts.prison_id != who.prison_id:
        found.append(Refusal("PRISON_NOT_YOURS"))
    if facts.prison_id is None and facts.roles & OF_ONE_PRISON:
        found.append(Refusal("PRISON_NEEDED"))
    if facts.prison_id is not None and facts.roles & {Role.BUREAU, Role.OPERATOR}:
        found.append(Refusal("NO_PRISON_FOR_BUREAU"))
    if Role.WARD_OFFICER in facts.roles and not facts.wards:
        found.append(Refusal("WARD_NEEDED"))
    if any(prison_id != facts.prison_id for prison_id in facts.wards.values()):
        found.append(Refusal("WARD_ELSEWHERE"))
    return found


def password_refusals(password: str, login: str, name: str) -> list[Refusal]:
    """Length first (a long sentence is good), and nothing that is already written on the account."""
    found = []
    if len(password) < SHORTEST_PASSWORD:
        found.append(Refusal("PASSWORD_SHORT", {"shortest": SHORTEST_PASSWORD}))
    if len(password) > LONGEST_PASSWORD:
        found.append(Refusal("PASSWORD_LONG", {"longest": LONGEST_PASSWORD}))
    plain = password.casefold()
    if any(part and part.casefold() in plain for part in (login, name)) or len(set(plain)) < FEWEST_LETTERS:
        found.append(Refusal("PASSWORD_EASY"))
    return found


def wait_until(tries: Sequence[datetime], now: datetime) -> datetime | None:
    """When this address may try this login again: five free tries an hour, then pauses of 30 s, 1, 2, 4, 8 and 15 minutes; None: now.

    Counted for one login from one address, so that nobody can lock a colleague out from another desk.
    """
    recent = [moment for moment in tries if now - moment < TRY_WINDOW]
    if len(recent) < FREE_TRIES:
        return None
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(len(recent) - FREE_TRIES, 10))
    until = max(recent) + pause
    return until if until > now else None


def next_step(has_second_factor: bool, second_factor_given: bool, must_change_password: bool) -> str | None:
    """What a person who gave the password does next: enrol, code, password; None: nothing, they are in."""
    if not second_factor_given:
        return "code" if has_second_factor else "enrol"
    return "password" if must_change_password else None


def manages_accounts(who: Identity) -> bool:
    return bool(grantable(who))


STAFF_ROLES = tuple(sorted(STAFF))

"""Whoever joins from outside and is in no party: a lawyer, or a mediator. They come with the booking's account.

Who they are and whether they may still come is known elsewhere: the composition root registers who tells it (extension `outside_people`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking

EXTENSION = "outside_people"
ROLES: Mapping[str, str] = {"mediation_session": "mediator"}
"""Kind -> role of the participant (signalling/policy.py); every other kind: a lawyer."""
PREFIXES = ("visitor:", "lawyer:", "mediator:")
"""How the participant ids of outside legs begin."""


@dataclass(frozen=True)
class Outside:
    """One person. lines: what the officer compares, as (name, value), e.g. the licence. stands: they may take part; barred: bookings in which they may not."""

    account_id: int
    name: str
    lines: tuple[tuple[Any, str], ...] = ()
    stands: bool = True
    barred: frozenset[int] = frozenset()

    def problem(self, booking_id: int) -> str | None:
        """The code of what keeps them out of a session; None: nothing."""
        if not self.stands:
            return "LAWYER_NOT_VERIFIED"
        return "LAWYER_CONFLICT" if booking_id in self.barred else None


class OutsidePeople(Protocol):
    """Who these accounts are. An account that is left out is nobody's that may come."""

    def __call__(self, session: Session, account_ids: Iterable[int]) -> Mapping[int, Outside]: ...


def comes_alone(booking: Booking) -> bool:
    """Nobody is in the party: the outside person is the booking's account."""
    return not booking.party


def role_of(kind: str) -> str:
    return ROLES.get(kind, "lawyer")


def pid_of(booking: Booking) -> str:
    return f"{role_of(booking.kind)}:{booking.account_id}"


def people(session: Session, account_ids: Iterable[int]) -> Mapping[int, Outside]:
    """As the registered provider says; without one, the open accounts themselves."""
    wanted = sorted(set(account_ids))
    if not wanted:
        return {}
    provider: OutsidePeople | None = current_app.extensions.get(EXTENSION)
    if provider is not None:
        return provider(session, wanted)
    rows = session.scalars(select(Account).where(Account.id.in_(wanted), Account.closed_at.is_(None)))
    return {row.id: Outside(row.id, row.name) for row in rows}


def of_booking(session: Session, booking: Booking) -> Outside | None:
    """The outside person of a booking without a party; a name without standing where nobody knows the account any more. None: it has a party."""
    if not comes_alone(booking):
        return None
    found = people(session, [booking.account_id]).get(booking.account_id)
    return found or Outside(booking.account_id, session.get_one(Account, booking.account_id).name, stands=False)

"""Who may join a live visit and when, how long it may last, who must leave it, and what it came to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role

OPEN_END = timedelta(minutes=60)
"""How long after its booked end a session may run when nobody needs its resources: paused minutes do not count as minutes."""
AFTER_HARD_END = timedelta(minutes=2)
"""How long the prison waits for the broker's own report of the end before it writes the end down itself."""
BROKER_ALIVE = timedelta(seconds=6)
MOST_SKEW_MS = 2000
LEGS = 3
OFFICERS = (Role.OFFICER, Role.DUTY_CHIEF)
READERS = (Role.OFFICER, Role.DUTY_CHIEF, Role.AUDITOR)
RUNNING = frozenset({"checking_in", "waiting", "live", "paused"})
IDENTITY_REASONS = ("face_differs", "document_differs", "document_missing", "other_person", "unclear_picture")
CONFIRMED, FAILED, ABSENT = "confirmed", "failed", "absent"


def same_prison(who: Identity, prison_id: int) -> bool:
    """A member of staff without a prison (bureau's auditor) reaches every prison; everybody else their own."""
    return who.prison_id is None or who.prison_id == prison_id


# -- time


def hard_end(ends_at: datetime, needed: datetime) -> datetime:
    """When the session ends whatever happens. `needed`: three minutes before anybody else needs one of its resources (bookings.queries.hard_end).

    Never before the booked end: until then the resources are its own. Not for ever either: a session whose broker died is closed after it.
    """
    return max(ends_at, min(needed, ends_at + OPEN_END))


def shares_clock(skew_ms: int) -> bool:
    return abs(skew_ms) <= MOST_SKEW_MS


# -- the facts a broker enforces

FACT_KEYS = ("record", "officer_sees", "officer_hears", "speak", "warn_at", "drops", "pause_without_recording")


def facts(kind: str, starts_at: datetime, ends_at: datetime, until: datetime, terms: Mapping[str, Any], legs: int) -> dict[str, Any]:
    """The facts of docs/protocol.md §1. `terms`: the policy values that were frozen when the notice was accepted, one by key of FACT_KEYS."""
    return {
        "kind": kind,
        "starts_at": starts_at.timestamp(),
        "minutes": (ends_at - starts_at).total_seconds() / 60,
        "hard_end": until.timestamp(),
        **{key: terms[key] for key in FACT_KEYS},
        "policy": str(terms.get("policy", ""))[:100],
        "legs": max(1, min(LEGS, legs)),
    }


def minutes_left(minutes: float, seconds_before: float) -> float:
    """Live minutes that a fresh run of a broker may still give: what earlier runs used is gone, a moment remains to say goodbye."""
    return max(0.5, minutes - seconds_before / 60)


# -- who sits where


@dataclass(frozen=True)
class Member:
    """One person of the party. account_id: their own account, if they have one; manager_id: the account that looks after them."""

    visitor_id: int
    place: int
    identity: str = "unchecked"
    account_id: int | None = None
    manager_id: int | None = None
    suspended: bool = False
    related: bool = True
    """The kinship is approved and the inmate still accepts."""


@dataclass(frozen=True)
class Seat:
    """An outside leg: who holds it and whom it carries (the holder first)."""

    pid: str
    carried: tuple[Member, ...]

    @property
    def persons(self) -> int:
        return max(1, min(3, len(self.carried)))

    @property
    def admitted(self) -> bool:
        return bool(self.carried) and all(member.identity == CONFIRMED for member in self.carried)


def pid_of(member: Member) -> str:
    return f"visitor:{member.visitor_id}"


def present(party: Iterable[Member]) -> list[Member]:
    """The members who still belong to the visit, in their order."""
    return sorted((member for member in party if member.identity not in (FAILED, ABSENT)), key=lambda member: member.place)


def seat(account_id: int, visitor_id: int | None, party: Sequence[Member]) -> Seat | None:
    """The leg of this account: its own person's, or the lead's when the account only booked. None: nobody of the party is left.

    People with an account of their own bring their own telephone, or sit beside somebody who does; the officer sees which at check-in.
    A person without one is carried by whoever looks after them, else by the lead. Who was not there at check-in may still come, and waits to be checked.
    """
    own = next((member for member in party if member.visitor_id == visitor_id and member.identity == ABSENT), None)
    left = [*present(party), *([own] if own is not None else [])]
    if not left:
        return None
    holder = next((member for member in left if member.visitor_id == visitor_id), left[0])
    others = [member for member in left if member is not holder and member.account_id is None and _carrier(member, left) is holder]
    return Seat(pid_of(holder), (holder, *others))


def _carrier(member: Member, party: Sequence[Member]) -> Member:
    managers = [other for other in party if other.account_id is not None and other.account_id == member.manager_id]
    return managers[0] if managers else party[0]


def legs_of(party: Iterable[Member]) -> int:
    """How many outside legs the session keeps ready: everybody with an account may come on their own telephone."""
    return max(1, min(LEGS, sum(1 for member in party if member.account_id is not None)))


# -- who may join


@dataclass(frozen=True)
class Visit:
    """What the doors of a live visit ask about the booking and its session."""

    state: str
    starts_at: datetime
    ready_minutes: int
    until: datetime
    stage: str = "scheduled"
    inmate_suspended: bool = False


def opening_problems(visit: Visit, now: datetime) -> list[Refusal]:
    """Why nobody can join now."""
    found = []
    if visit.state == "ended" or visit.stage == "ended":
        return [Refusal("SESSION_ENDED")]
    if visit.state != "confirmed":
        return [Refusal("VISIT_NOT_CONFIRMED")]
    opens_at = visit.starts_at - timedelta(minutes=visit.ready_minutes)
    if now < opens_at:
        found.append(Refusal("TOO_EARLY", {"opens_at": opens_at}))
    if now >= visit.until:
        found.append(Refusal("SESSION_ENDED"))
    if visit.inmate_suspended:
        found.append(Refusal("VISIT_RESTRICTED"))
    return found


def family_problems(visit: Visit, place: Seat | None, mine: Member | None, now: datetime) -> list[Refusal]:
    """Why this family account cannot join. The sentence never says whose restriction it is."""
    found = opening_problems(visit, now)
    if any(refusal.code == "SESSION_ENDED" for refusal in found):
        return found
    if place is None or (mine is not None and mine.identity == FAILED):
        found.append(Refusal("NOT_IN_PARTY"))
    elif place.carried[0].suspended or not place.carried[0].related:
        found.append(Refusal("VISIT_RESTRICTED"))
    return found


@dataclass(frozen=True)
class Standing:
    """What keeps a live participant in the room, looked up again every second."""

    account_open: bool = True
    signed_in: bool = True
    entitled: bool = True  # officer's role and prison; terminal's pairing; visitor's place in the party
    restricted: bool = False


def must_leave(standing: Standing) -> bool:
    return not (standing.account_open and standing.signed_in and standing.entitled) or standing.restricted


# -- what the desk shows

LATE_AFTER = timedelta(minutes=10)
"""`starting` from -2 to +10 minutes; then a visit that has not begun is delayed, and its family reads why (live.md)."""


def phase(state: str, stage: str, starts_at: datetime, ready_minutes: int, now: datetime) -> str:
    """Where a visit of today is: later, ready, checking_in, late, waiting, live, paused, ended."""
    if state == "ended" or stage == "ended":
        return "ended"
    if stage in ("waiting", "live", "paused"):
        return stage
    if now > starts_at + LATE_AFTER:
        return "late"
    if stage == "checking_in":
        return stage
    return "ready" if now >= starts_at - timedelta(minutes=ready_minutes) else "later"


# -- which broker


@dataclass(frozen=True)
class Candidate:
    """A broker as the register shows it. capacity: sessions it may carry, 0 while it has not said."""

    id: str
    beat_at: datetime
    skew_ms: int
    draining: bool
    load: int
    capacity: int = 0
    leaving: bool = False
    lost: bool = False

    @property
    def share(self) -> float:
        return self.load / (self.capacity or USUAL_CAPACITY)


USUAL_CAPACITY = 60


def is_alive(broker: Candidate, now: datetime) -> bool:
    return not broker.lost and now - broker.beat_at <= BROKER_ALIVE


def may_keep(broker: Candidate, now: datetime, *, opened: bool) -> bool:
    """Whether a session stays where it is. `opened`: people are in it there; a draining broker lets those go on and opens nothing new."""
    return is_alive(broker, now) and not broker.leaving and (opened or not broker.draining)


def choose(brokers: Iterable[Candidate], now: datetime) -> str | None:
    """The least-loaded broker, by the share of what it may carry, that answers, keeps the time, is not draining and has room; None when there is none."""
    fit = [b for b in brokers if is_alive(b, now) and not (b.draining or b.leaving) and shares_clock(b.skew_ms) and b.share < 1]
    return min(fit, key=lambda b: (b.share, b.load, b.id)).id if fit else None


# -- check-in


def check_in_problems(party: Iterable[Member]) -> list[Refusal]:
    """Why the check-in cannot be closed: everybody must have been decided, and the lead must be confirmed."""
    people = list(party)
    found = []
    if any(member.identity == "unchecked" for member in people):
        found.append(Refusal("CHECK_IN_INCOMPLETE"))
    if any(member.place == 0 and member.identity in (FAILED, ABSENT) for member in people):
        found.append(Refusal("LEAD_FAILED"))
    return found


LATE_STAGES = ("waiting", "paused")
"""While nothing flows somebody who came after the check-in can be compared and ticked (docs/protocol.md §2, Late)."""


def comes_late(identity: str, checked_in: bool) -> bool:
    """Not there when the check-in was closed: may still be ticked. Whose identity was not confirmed may not."""
    return checked_in and identity in (ABSENT, "unchecked")


def late_problems(stage: str, identity: str, verdict: str) -> list[Refusal]:
    """Why one person cannot be decided after the check-in is closed."""
    if not comes_late(identity, checked_in=True) or verdict == ABSENT:
        return [Refusal("ALREADY_CHECKED_IN")]
    return [] if stage in LATE_STAGES else [Refusal("PAUSE_FIRST")]


# -- what it came to

UNREGISTERED = "unregistered_person"
END_REASONS = {
    "rule": "ended_by_officer",
    UNREGISTERED: "ended_by_officer",
    "visitor_asked": "ended_by_visitor",
    "inmate_asked": "ended_by_inmate",
    "finished_early": "completed",
    "technical": "technical",
    "emergency": "technical",
    "other": "ended_by_officer",
}
"""Why an officer ends a visit, and the outcome it counts as. An emergency of the prison is not the family's loss."""


def reason_code(cause: str) -> str:
    """The code that a reason begins with: `rule: 3 ...` -> `rule`."""
    return cause.partition(":")[0].strip()


@dataclass(frozen=True)
class Course:
    """What is known of a session when it is over. `cause`: the broker's code, or the officer's reason."""

    broker_outcome: str
    cause: str
    was_live: bool
    visitor_came: bool
    terminal_came: bool
    checked_in: bool
    broker_there: bool = True
    """All the time somebody could have joined; else nobody can be blamed for not coming."""
    line_lost: bool = False
    """The last that was seen of the outside leg was a line that broke, not somebody who left."""
    paused_for: str = ""
    """The code of the officer's reason, if it ended in a pause that no officer lifted."""


def outcome(course: Course) -> str:
    """The outcome code of the booking. A line failure never counts as misconduct, and what the prison failed to do is never the family's loss."""
    if course.broker_outcome == "ended_by_officer":
        return END_REASONS.get(reason_code(course.cause), "ended_by_officer")
    if course.paused_for == UNREGISTERED and not course.line_lost and course.broker_outcome in ("completed", "abandoned"):
        return "ended_by_officer"  # stopped for it, and nobody let it go on: neither held to its end nor a failure of the line
    if course.broker_outcome in WRITTEN_OUTCOMES:
        return course.broker_outcome
    if course.broker_outcome == "abandoned":
        return "technical" if course.line_lost else "ended_by_visitor"
    if course.was_live:
        return "technical"
    if not course.visitor_came:
        return "no_show_visitor" if course.broker_there else "technical"
    return "no_show_inmate" if course.checked_in and not course.terminal_came else "technical"


WRITTEN_OUTCOMES = (
    "completed",
    "ended_by_officer",
    "ended_by_visitor",
    "ended_by_inmate",
    "no_show_visitor",
    "no_show_lawyer",
    "no_show_inmate",
    "refused_by_inmate",
    "failed_identity",
    "technical",
)
"""The outcomes an officer may write down (rules.md §1)."""

WIRE_OUTCOMES = frozenset({"not_held", "abandoned", "moved", "left", "closed", "test_over", "ended_by_command"}) | {
    "cancelled",
    "withdrawn",
    "expired",
    "refused",
    "ended",
}
"""What a broker says of a session beside the outcomes of a booking (docs/protocol.md §2); the second set are states of a booking that is no longer
confirmed, with which the prison ends its session. `outcome` makes an outcome of a booking out of each."""

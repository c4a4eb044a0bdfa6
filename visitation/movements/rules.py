"""What an inmate is to be told, in which order the steps of a way go, what has changed since a list was printed, and who may see it. Pure.

Sources: rules.md §5.16 (non-association counts for the whole day) and §5.22 (told, called, left, arrived, refused, returned; concern acknowledged
before the return closes).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day

WAY = ("called", "left", "arrived", "returned")
"""The steps of an ordinary way, in their order."""
STEPS = (*WAY, "refused", "concern_seen")
REASONS = ("unwilling", "unwell", "upset", "other_appointment", "not_said")
"""Why an inmate does not come. For the prison only: the family reads that the visit cannot take place (rules.md §1)."""
ANSWERS = ("accepted", "refused", "heard")
UNDO = timedelta(minutes=1)
"""How long a step or an answer can be taken back by who recorded it; a refusal has its effects only after that."""
ABOUT_TO = timedelta(days=14)
"""How far ahead inmates are told of their visits."""
PRISON_WIDE = (Role.OFFICER, Role.DUTY_CHIEF)
WALKERS = (Role.WARD_OFFICER, *PRISON_WIDE)
"""Who reads and writes movements: the wards at one end, the visiting rooms at the other."""


class OfAPrison(Protocol):
    @property
    def prison_id(self) -> int: ...


class InAWard(Protocol):
    @property
    def ward_id(self) -> int: ...


class OfAnInmate(OfAPrison, Protocol):
    @property
    def inmate(self) -> InAWard: ...


class OfAWard(OfAPrison, Protocol):
    @property
    def ward_id(self) -> int | None: ...


def sees(who: Identity, prison_id: int, ward_id: int | None) -> bool:
    """Officers see their prison; a ward officer their wards. ward_id None: something of the whole prison."""
    if who.prison_id not in (None, prison_id):
        return False
    return who.has(*PRISON_WIDE) or (ward_id is not None and ward_id in who.ward_ids)


def may_see(who: Identity, booking: OfAnInmate) -> bool:
    """The visit is of an inmate whose ways this person keeps."""
    return sees(who, booking.prison_id, booking.inmate.ward_id)


def own_ward(who: Identity, printed: OfAWard) -> bool:
    """The printed list is of a ward of this person, or of their prison for whoever sees all of it."""
    return sees(who, printed.prison_id, printed.ward_id)


# -- what the inmate is told


@dataclass(frozen=True)
class Told:
    """What an inmate needs to know of a visit. visitors: ids of the party, in order. stands: it is to take place."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    visitors: tuple[int, ...]
    stands: bool

    def kept(self) -> dict[str, Any]:
        """As it is kept with the answer, and compared."""
        return {
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "kind": self.kind,
            "visitors": list(self.visitors),
            "stands": self.stands,
        }


@dataclass(frozen=True)
class Said:
    """The last answer that counts."""

    told: Mapping[str, Any]
    answer: str


def question(true: Told, said: Said | None) -> str | None:
    """What to tell the inmate now: visit (for the first time), change, cancel; None: nothing new."""
    if said is None:
        return "visit" if true.stands else None
    if true.stands:
        same = dict(said.told) == true.kept()
        return None if same else "change" if said.told["stands"] else "visit"
    return "cancel" if said.told["stands"] and said.answer != "refused" else None


def answer_problems(asked: str | None, answer: str, reason: str | None) -> list[Refusal]:
    """Why an answer cannot be recorded."""
    if asked is None:
        return [Refusal("NOTHING_TO_TELL")]
    fits = answer == "heard" if asked == "cancel" else answer in ("accepted", "refused")
    found = [] if fits else [Refusal("ANSWER_NOT_FITTING")]
    return found + ([Refusal("REFUSAL_REASON_MISSING")] if answer == "refused" and reason not in REASONS else [])


# -- the steps of the way


@dataclass(frozen=True)
class Way:
    """One inmate's way to one visit and back. steps: those that count, in order. stands: the visit is still to take place or took place.

    in_session: the visit is running, or about to with everybody there. concern: the officer of the visit asks the ward to look after this person.
    """

    day: date
    steps: tuple[str, ...]
    stands: bool
    over: bool
    in_session: bool = False
    concern: bool = False

    def has(self, step: str) -> bool:
        return step in self.steps

    @property
    def is_open(self) -> bool:
        """Something about it is still to be done: not yet back, or back with a concern that nobody has acknowledged."""
        if self.concern and not self.has("concern_seen"):
            return True
        if self.has("returned") or (self.has("refused") and not self.has("left")):
            return False
        return self.has("left") or (self.stands and not self.over)


def step_problems(way: Way, step: str, reason: str | None, now: datetime) -> list[Refusal]:
    """Every reason why a step cannot be recorded now."""
    if step not in STEPS:
        return [Refusal("STEP_UNKNOWN")]
    if way.has(step):
        return [Refusal("STEP_DONE")]
    if step == "concern_seen":
        return [] if way.concern else [Refusal("NO_CONCERN")]
    found = [] if local_day(now) == way.day else [Refusal("STEP_OTHER_DAY")]
    return found + {"called": _outward, "left": _outward, "arrived": _arrival, "refused": _refusal, "returned": _back}[step](way, step, reason)


def _outward(way: Way, step: str, _reason: str | None) -> list[Refusal]:
    found = [] if way.stands and not way.over else [Refusal("VISIT_GONE")]
    found += [Refusal("STEP_REFUSED")] if way.has("refused") else []
    ahead = step == "left" and not way.has("called")
    return found + ([Refusal("STEP_ORDER")] if ahead or any(way.has(later) for later in WAY[WAY.index(step) + 1 :]) else [])


def _arrival(way: Way, _step: str, _reason: str | None) -> list[Refusal]:
    found = [Refusal("STEP_REFUSED")] if way.has("refused") else []
    return found + ([] if way.has("left") and not way.has("returned") else [Refusal("STEP_ORDER")])


def _refusal(way: Way, _step: str, reason: str | None) -> list[Refusal]:
    found = [] if way.stands and not way.over else [Refusal("VISIT_GONE")]
    found += [Refusal("STEP_ORDER")] if way.has("arrived") or way.has("returned") else []
    return found + ([] if reason in REASONS else [Refusal("REFUSAL_REASON_MISSING")])


def _back(way: Way, _step: str, _reason: str | None) -> list[Refusal]:
    turned = way.has("left") and (way.has("refused") or not way.stands or way.over)
    found = [] if way.has("arrived") or turned else [Refusal("STEP_ORDER")]
    found += [Refusal("STILL_IN_SESSION")] if way.in_session else []
    return found + ([Refusal("CONCERN_UNSEEN")] if way.concern and not way.has("concern_seen") else [])


def offered(way: Way, now: datetime) -> tuple[str, ...]:
    """The steps that can be tapped now, the expected one first."""
    order = ("concern_seen", *WAY, "refused")
    return tuple(step for step in order if not step_problems(way, step, REASONS[0], now))


def place(way: Way) -> str:
    """Where the inmate is, as the list says it."""
    if way.has("returned"):
        return "concern" if way.is_open else "returned"
    if way.has("refused"):
        return "back" if way.has("left") else "refused"
    if way.has("left") and not way.stands:
        return "recall"
    if way.has("arrived"):
        return "in_session" if way.in_session else "fetch" if way.over else "arrived"
    if way.has("left"):
        return "on_way"
    if not way.stands:
        return "cancelled"
    return "over" if way.over else "called" if way.has("called") else "ward"


def undo_problems(by: int, at: datetime, settled: bool, who: Identity, now: datetime) -> list[Refusal]:
    """Why the last step or answer cannot be taken back: somebody else's, more than a minute ago, or its effects are there already."""
    found = [] if by == who.account_id else [Refusal("UNDO_NOT_YOURS")]
    return found + ([Refusal("UNDO_TOO_LATE")] if now - at > UNDO or settled else [])


def is_late(way: Way, leave_by: datetime, now: datetime) -> bool:
    """Whether the inmate should be on the way by now and is not."""
    return now > leave_by and way.stands and not way.over and not way.has("left") and not way.has("refused")


# -- what was printed


@dataclass(frozen=True)
class Line:
    """One line of a list as it is printed: times as on the clocks in Shanghai, the number masked."""

    ref: str
    leave: str
    starts: str
    ends: str
    name: str
    number: str
    ward: str
    terminal: str
    room: str
    cancelled: bool = False
    apart: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        return asdict(self) | {"apart": list(self.apart)}


def changes(printed: Iterable[Mapping[str, Any]], lines: Sequence[Line]) -> dict[str, str]:
    """By reference, what is different from the printed list: new, changed, cancelled, gone (no longer on the list at all)."""
    before = {str(line["ref"]): line for line in printed}
    found = {line.ref: _change(before.get(line.ref), line) for line in lines}
    gone = {ref: "gone" for ref, line in before.items() if ref not in found and not line["cancelled"]}
    return {ref: change for ref, change in found.items() if change} | gone


def _change(before: Mapping[str, Any] | None, line: Line) -> str:
    if before is None:
        return "" if line.cancelled else "new"
    if line.cancelled and not before["cancelled"]:
        return "cancelled"
    return "" if dict(before) == line.kept() else "changed"


def pairs_today(pairs: Iterable[tuple[int, int]], moving: Iterable[int]) -> dict[int, list[int]]:
    """inmate -> those to be kept apart from who also have a visit that day: the waiting space is shared for the whole day."""
    here = set(moving)
    found: dict[int, list[int]] = {}
    for one, other in pairs:
        if one in here and other in here:
            found.setdefault(one, []).append(other)
            found.setdefault(other, []).append(one)
    return {inmate: sorted(others) for inmate, others in found.items()}


def masked_name(name: str) -> str:
    """A name for somebody who needs to know only that there is somebody: 张*."""
    return f"{name[:1]}*" if name else "*"


def masked_number(number: str) -> str:
    """The last three characters of an inmate's number (rules.md §3: never whole in a list)."""
    return f"…{number[-3:]}"


def fingerprint(told: Mapping[str, Any]) -> str:
    """Names what an inmate was told, so that no answer is recorded to something else."""
    return hashlib.sha256(json.dumps(dict(told), sort_keys=True).encode()).hexdigest()[:16]

"""What stands against a request at a place of a legal-help day, and what may be done with a day's plan when. Pure. Sources: rules.md §2, §5 and §6."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consult.helpdays.rules_queue import EARLIEST
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval, local_day

MATTER = "PLAN_MATTER"
LANGUAGE = "PLAN_LANGUAGE"
CONFLICT = "PLAN_CONFLICT"
UNDECLARED = "PLAN_UNDECLARED"
NOT_ON_DUTY = "PLAN_NOT_ON_DUTY"
WARD_SHUT = "PLAN_WARD_SHUT"
ELSEWHERE = "PLAN_ELSEWHERE"
AWAY = "PLAN_AWAY"
APART = "PLAN_APART"
TWICE = "PLAN_TWICE"

SOFT = frozenset({MATTER, LANGUAGE})
"""What an officer may decide to do all the same: a colleague may know enough of the matter, an interpreter may help."""
LATER = frozenset({UNDECLARED})
"""What hinders the publication, not the plan: the lawyer has not answered yet."""

PLANNED = ("planned", "proposed")
KEPT_FROM_COMING = frozenset({"confinement", "isolation", "escort"})
"""Reasons of a suspension for which an inmate is not brought to legal help. The others stop visits of relatives, never legal help."""


@dataclass(frozen=True)
class Place:
    """A request at a lawyer's time, as it would be.

    conflict: what the lawyer has declared; None while there is no answer. absent: why the inmate cannot come then (WARD_SHUT, ELSEWHERE, AWAY), or empty.
    apart: somebody they must be kept apart from is there on the same day. twice: the inmate has another request on the same day.
    """

    knows: bool = True
    speaks: bool = True
    conflict: bool | None = False
    on_duty: bool = True
    absent: str = ""
    apart: bool = False
    twice: bool = False


def obstacles(place: Place) -> tuple[str, ...]:
    """Everything that stands against it, the gravest first."""
    asked = (
        (not place.on_duty, NOT_ON_DUTY),
        (place.conflict is True, CONFLICT),
        (place.apart, APART),
        (place.twice, TWICE),
        (bool(place.absent), place.absent),
        (not place.knows, MATTER),
        (not place.speaks, LANGUAGE),
        (place.conflict is None, UNDECLARED),
    )
    return tuple(code for stands, code in asked if stands)


def hard(codes: Collection[str]) -> list[str]:
    """Those that nobody can decide away."""
    return [code for code in codes if code not in SOFT and code not in LATER]


def soft(codes: Collection[str]) -> list[str]:
    return [code for code in codes if code in SOFT]


def places_of(starts_at: datetime, ends_at: datetime, minutes: int) -> tuple[Interval, ...]:
    """The places of a day one after the other; what is left over at the end is nobody's. 14:00 to 16:30 at 20 minutes are seven."""
    count = int((ends_at - starts_at).total_seconds()) // 60 // minutes
    step = timedelta(minutes=minutes)
    return tuple(Interval(starts_at + step * number, starts_at + step * (number + 1)) for number in range(count))


def terminal_at(terminals: Sequence[int], place: int, time: int) -> int | None:
    """The two terminals of a lawyer serve by turns. place: from 1; time: from 0. None where the day has no terminal for it."""
    number = 2 * (place - 1) + time % 2
    return terminals[number] if number < len(terminals) else None


def planning_refusals(state: str, starts_at: datetime, now: datetime) -> list[Refusal]:
    """Whether the day's plan may still be made or changed by hand."""
    found = []
    if state not in PLANNED:
        found.append(Refusal("PLAN_DAY_CLOSED", {"state": state}))
    if starts_at <= now:
        found.append(Refusal("PLAN_DAY_BEGUN"))
    return found


def moving_refusals(state: str, starts_at: datetime, now: datetime) -> list[Refusal]:
    """Cases of a published day are moved by hand until its first ones can be called; then the queue decides who comes when."""
    found = [] if state == "published" else [Refusal("PLAN_NOT_PUBLISHED")]
    return [*found, *([Refusal("PLAN_DAY_BEGUN")] if now >= starts_at - EARLIEST else [])]


def taking_back_refusals(state: str, starts_at: datetime, now: datetime) -> list[Refusal]:
    """A publication is taken back before the day itself; on the day, cases are called off one by one."""
    found = []
    if state != "published":
        found.append(Refusal("PLAN_NOT_PUBLISHED"))
    if local_day(starts_at) <= local_day(now):
        found.append(Refusal("PLAN_TOO_LATE"))
    return found

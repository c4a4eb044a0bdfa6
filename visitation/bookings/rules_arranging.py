"""Whether a session that staff arrange can be held: with a lawyer, or a mediation. Pure. Sources: rules.md §2, §5.14, §5.16."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval

KINDS = ("legal_consult", "lawyer_meeting", "mediation_session")
LONGEST_MINUTES = 240
CANCELLED = frozenset({"cancelled_by_lawyer", "cancelled_by_inmate", "cancelled_by_visitor", "cancelled_by_prison"})
"""Outcomes with which an arranged session is called off."""
BUSY_CODES: Mapping[str, str] = {
    "inmate": "ARRANGE_INMATE_BUSY",
    "terminal": "ARRANGE_TERMINAL_BUSY",
    "lawyer": "ARRANGE_LAWYER_BUSY",
    "visitor": "ARRANGE_VISITOR_BUSY",
    "watch": "ARRANGE_NO_OFFICER",
    "uplink": "ARRANGE_NO_LINE",
}


@dataclass(frozen=True)
class Clash:
    """Something that another booking has at this time. what: a key of BUSY_CODES; name: of the terminal, lawyer or visitor; ref, moment: of that booking."""

    what: str
    name: str = ""
    ref: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class Case:
    """One session as it is wanted. number: its place among those that are arranged together, from 0; inmate: the name.

    remote: this kind is held by video here; fit: the terminal is of this prison and in service; shut: a closure or a silent terminal;
    apart: somebody from whom the inmate is kept apart is there on that day; reachable: the account that joins is open; barred: visitors who may not come.
    """

    number: int
    kind: str
    visit: Interval
    inmate: str
    status: str = "held"
    remote: bool = True
    fit: bool = True
    shut: bool = False
    apart: bool = False
    reachable: bool = True
    clashes: tuple[Clash, ...] = ()
    barred: tuple[str, ...] = ()


def refusals(case: Case, now: datetime) -> list[Refusal]:
    """Everything that stands against it, each with which session it is about."""
    about = {"number": case.number, "inmate": case.inmate, "moment": case.visit.start}
    codes = [
        *_kind(case),
        *_time(case.visit, now),
        *([] if case.status == "held" else ["ARRANGE_INMATE_NOT_HERE"]),
        *([] if case.reachable else ["ARRANGE_NO_ACCOUNT"]),
        *([] if case.fit else ["ARRANGE_TERMINAL_OUT"]),
        *(["ARRANGE_CLOSED"] if case.shut else []),
        *(["ARRANGE_APART"] if case.apart else []),
    ]
    found = [Refusal(code, about) for code in codes]
    found += [Refusal("ARRANGE_VISITOR_BARRED", {**about, "name": name}) for name in case.barred]
    return found + [_busy(clash, about) for clash in case.clashes]


def _kind(case: Case) -> list[str]:
    if case.kind not in KINDS:
        return ["ARRANGE_KIND"]
    return [] if case.remote else ["ARRANGE_NOT_REMOTE"]


def _time(visit: Interval, now: datetime) -> list[str]:
    """Five-minute steps, not over, and no longer than a long meeting. One that should have begun may still be moved up or begun late."""
    found = [] if all(moment.timestamp() % 300 == 0 for moment in (visit.start, visit.end)) else ["ARRANGE_NOT_FIVE"]
    if visit.end <= now:
        found.append("ARRANGE_PAST")
    if (visit.end - visit.start).total_seconds() > LONGEST_MINUTES * 60:
        found.append("ARRANGE_TOO_LONG")
    return found


def _busy(clash: Clash, about: Mapping[str, object]) -> Refusal:
    return Refusal(BUSY_CODES[clash.what], {**about, "name": clash.name, "ref": clash.ref, "since": clash.moment or about["moment"]})


def reason_parts(reason: str) -> tuple[str, str]:
    """A reason as it is kept: a code of the sentences, or words."""
    is_code = 0 < len(reason) <= 40 and reason.isascii() and reason.isupper() and " " not in reason
    return (reason, "") if is_code else ("", reason)


def joined(spans: Iterable[Interval]) -> list[Interval]:
    """The same time in as few pieces as it has, in order: what touches or overlaps is one."""
    found: list[Interval] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def starts(span: Interval, length: timedelta, step: timedelta) -> Iterator[datetime]:
    """Starts in a span, `step` apart, as long as a session of `length` ends within it."""
    start = span.start
    while start + length <= span.end:
        yield start
        start += step

"""Suspensions as pure decisions (rules.md §1: Guangdong art. 9, 23, 33)."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from visitation.kernel.errors import Refusal

INMATE_CODES = ("investigation", "prosecution", "trial", "confinement", "escort", "isolation", "emergency", "other")
VISITOR_CODES = ("misconduct", "false_document", "unregistered_person", "hidden_recording", "other")


@dataclass(frozen=True)
class SuspensionFacts:
    """What is wanted, both days included. `others`: (from, to or None) of the target's suspensions that were not lifted. `most_months` None: no limit."""

    codes: tuple[str, ...]
    code: str
    starts_on: date
    ends_on: date | None
    note: str
    most_months: int | None
    others: tuple[tuple[date, date | None], ...] = ()


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day: 31 August and six months is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def suspension_refusals(facts: SuspensionFacts, today: date) -> list[Refusal]:
    """Every reason not to suspend like this."""
    found = [] if facts.code in facts.codes else [Refusal("SUSPENSION_CODE")]
    if facts.starts_on < today:
        found.append(Refusal("SUSPENSION_PAST"))
    if facts.ends_on is not None and facts.ends_on < facts.starts_on:
        found.append(Refusal("SUSPENSION_ORDER"))
    if not facts.note.strip():
        found.append(Refusal("SUSPENSION_NOTE"))
    if overlaps(facts.starts_on, facts.ends_on, facts.others):
        found.append(Refusal("SUSPENSION_OVERLAPS"))
    return found + _length_refusals(facts)


def _length_refusals(facts: SuspensionFacts) -> list[Refusal]:
    """A visitor's suspension ends, and within the limit; an inmate's may stay open."""
    if facts.most_months is None:
        return []
    if facts.ends_on is None:
        return [Refusal("SUSPENSION_END")]
    last = months_later(facts.starts_on, facts.most_months)
    return [Refusal("SUSPENSION_LONG", {"months": facts.most_months, "last": last})] if facts.ends_on > last else []


def overlaps(starts_on: date, ends_on: date | None, others: Iterable[tuple[date, date | None]]) -> bool:
    """Whether one of the others has a day in common; both ends count as days of it."""
    return any((ends_on is None or start <= ends_on) and (end is None or starts_on <= end) for start, end in others)


def stage(starts_on: date, ends_on: date | None, lifted: bool, today: date) -> str:
    """lifted, over, coming or current."""
    if lifted:
        return "lifted"
    if ends_on is not None and ends_on < today:
        return "over"
    return "coming" if starts_on > today else "current"

"""The series of legal-help days: the rule as text, the days it gives, what is wrong with one that is wanted. Pure. Sources: RFC 5545, rules.md §2, §4."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr

from visitation.kernel.errors import Refusal

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STEP = 5
MOST_LAWYERS, MOST_WEEKS = 20, 8
FOR_EACH = 2
"""Terminals of a lawyer: the turnaround of one is the case of the other (rules.md §6)."""
AHEAD = timedelta(weeks=8)
"""So far ahead are days made."""
LOOK = timedelta(weeks=26)
"""So far ahead is looked for closed days and for other series on the same terminals."""
OPEN = ("planned", "proposed", "published")
CHANGEABLE = ("planned", "proposed")


def rule_text(weekdays: Iterable[int], every_weeks: int) -> str:
    """The RRULE of a weekly series: `FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=WE,FR`."""
    interval = f"INTERVAL={every_weeks};WKST=MO;" if every_weeks > 1 else ""
    return f"FREQ=WEEKLY;{interval}BYDAY={','.join(CODES[day] for day in sorted(set(weekdays)))}"


def read_rule(text: str) -> tuple[list[int], int]:
    """Weekdays (0 Monday) and every how many weeks. Raises ValueError for any other kind of rule."""
    parts = dict(part.split("=", 1) for part in text.split(";"))
    if parts.get("FREQ") != "WEEKLY" or not parts.keys() <= {"FREQ", "INTERVAL", "WKST", "BYDAY"}:
        raise ValueError(f"not a weekly rule: {text!r}")
    return [CODES.index(code) for code in parts["BYDAY"].split(",")], int(parts.get("INTERVAL", "1"))


def occurrences(rule: str, starts_on: date, ends_on: date | None, first: date, last: date) -> list[date]:
    """The days that a rule gives from `first` to `last`, both included. Weeks are counted from the week of `starts_on`."""
    begin, end = max(first, starts_on), last if ends_on is None else min(last, ends_on)
    if end < begin:
        return []
    made = rrulestr(rule, dtstart=datetime.combine(starts_on, time()))
    return [moment.date() for moment in made.between(datetime.combine(begin, time()), datetime.combine(end, time()), inc=True)]


@dataclass(frozen=True)
class Pattern:
    """A series as it is wanted. Wall-clock times in Shanghai; terminals: ids, in the order of the lawyers' places, two for each."""

    weekdays: tuple[int, ...]
    every_weeks: int
    starts_on: date
    ends_on: date | None
    opens: time
    closes: time
    lawyers: int
    terminals: tuple[int, ...]

    @property
    def rule(self) -> str:
        return rule_text(self.weekdays, self.every_weeks)

    def days(self, first: date, last: date) -> list[date]:
        return occurrences(self.rule, self.starts_on, self.ends_on, first, last) if self.weekdays and self.every_weeks > 0 else []


@dataclass(frozen=True)
class Taken:
    """Hours on a day for which a legal-help day has terminals already."""

    day: date
    opens: time
    closes: time
    terminals: frozenset[int]


@dataclass(frozen=True)
class Ground:
    """What is known around a wanted series. terminals: id -> name of those in service here; taken: by other days; minutes: of one case."""

    terminals: Mapping[int, str]
    minutes: int
    taken: Sequence[Taken] = field(default=())


def series_refusals(pattern: Pattern, ground: Ground, today: date) -> list[Refusal]:
    """Everything that is wrong with a wanted series, by name."""
    found = [*hours_refusals(pattern.opens, pattern.closes, ground.minutes), *_rule_refusals(pattern, today), *_terminal_refusals(pattern, ground)]
    return found or _overlaps(pattern, ground, today)


def hours_refusals(opens: time, closes: time, minutes: int) -> list[Refusal]:
    """A day begins and ends on the same date, on the five minutes, and holds at least one case."""
    if closes <= opens:
        return [Refusal("HELP_HOURS_ORDER")]
    found = []
    if any(clock.minute % STEP or clock.second for clock in (opens, closes)):
        found.append(Refusal("HELP_HOURS_STEP", {"step": STEP}))
    if _minutes(closes) - _minutes(opens) < minutes:
        found.append(Refusal("HELP_HOURS_SHORT", {"minutes": minutes}))
    return found


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _rule_refusals(pattern: Pattern, today: date) -> list[Refusal]:
    found = []
    if not pattern.weekdays or not set(pattern.weekdays) <= set(range(7)):
        found.append(Refusal("HELP_NO_WEEKDAY"))
    if not 1 <= pattern.every_weeks <= MOST_WEEKS:
        found.append(Refusal("HELP_WEEKS", {"most": MOST_WEEKS}))
    if pattern.starts_on < today:
        found.append(Refusal("HELP_STARTS_PAST"))
    if pattern.ends_on is not None and pattern.ends_on < pattern.starts_on:
        found.append(Refusal("HELP_ENDS_FIRST"))
    elif not found and not pattern.days(pattern.starts_on, pattern.ends_on or pattern.starts_on + LOOK):
        found.append(Refusal("HELP_NO_DAY"))
    return found


def _terminal_refusals(pattern: Pattern, ground: Ground) -> list[Refusal]:
    found = []
    if not 1 <= pattern.lawyers <= MOST_LAWYERS:
        found.append(Refusal("HELP_LAWYERS", {"most": MOST_LAWYERS}))
    twice = [number for number, times in Counter(pattern.terminals).items() if times > 1]
    if twice:
        found.append(Refusal("HELP_TERMINAL_TWICE", {"names": names(twice, ground.terminals)}))
    if not set(pattern.terminals) <= ground.terminals.keys():
        found.append(Refusal("HELP_TERMINAL_ELSEWHERE"))
    if len(set(pattern.terminals)) != FOR_EACH * pattern.lawyers:
        found.append(Refusal("HELP_TERMINALS", {"need": FOR_EACH * pattern.lawyers, "have": len(set(pattern.terminals)), "lawyers": pattern.lawyers}))
    return found


def names(numbers: Iterable[int], known: Mapping[int, str]) -> str:
    return "、".join(known.get(number, "?") for number in numbers)


def _overlaps(pattern: Pattern, ground: Ground, today: date) -> list[Refusal]:
    """The first day on which one of the terminals has a legal-help day at the same hours."""
    days = set(pattern.days(today, today + LOOK))
    hits = [one for one in ground.taken if one.day in days and clashes(one, pattern.opens, pattern.closes, pattern.terminals)]
    hit = min(hits, default=None, key=_day)
    return [Refusal("HELP_TERMINAL_TAKEN", _clash(hit, pattern.terminals, ground.terminals))] if hit else []


def _day(taken: Taken) -> date:
    return taken.day


def clashes(taken: Taken, opens: time, closes: time, terminals: Collection[int]) -> bool:
    """Whether the same terminal is wanted at the same time. Touching edges do not clash."""
    return taken.opens < closes and opens < taken.closes and not taken.terminals.isdisjoint(terminals)


def _clash(taken: Taken, terminals: Collection[int], known: Mapping[int, str]) -> dict[str, object]:
    return {"day": taken.day, "names": names(sorted(taken.terminals.intersection(terminals)), known)}


@dataclass(frozen=True)
class Elsewhere:
    """What is done with one day on which the prison is closed: left out (`to` None), or held on another day."""

    to: date | None


@dataclass(frozen=True)
class Target:
    """Where one day is to be held. closed: whether the prison is closed then; taken: other legal-help days of that date."""

    day: date
    opens: time
    closes: time
    closed: bool
    taken: Sequence[Taken] = ()


def target_refusals(target: Target, terminals: Collection[int], known: Mapping[int, str], minutes: int, today: date) -> list[Refusal]:
    """Why a day cannot be held there."""
    found = hours_refusals(target.opens, target.closes, minutes)
    if target.day < today:
        found.append(Refusal("HELP_MOVED_PAST"))
    if target.closed:
        found.append(Refusal("HELP_MOVED_CLOSED", {"day": target.day}))
    hit = next((taken for taken in target.taken if clashes(taken, target.opens, target.closes, terminals)), None)
    if hit is not None:
        found.append(Refusal("HELP_TERMINAL_TAKEN", _clash(hit, terminals, known)))
    return found


def undecided(closed: Iterable[date], decided: Mapping[date, Elsewhere]) -> list[Refusal]:
    """Closed days that a series hits and of which nobody has said what is to become."""
    return [Refusal("HELP_CLOSED_DAY", {"day": day}) for day in closed if day not in decided]


def change_refusals(state: str) -> list[Refusal]:
    """Whether a day may still be moved, cancelled or changed: its plan must not be public."""
    if state == "published":
        return [Refusal("HELP_DAY_PUBLISHED")]
    return [] if state in CHANGEABLE else [Refusal("HELP_DAY_OVER")]

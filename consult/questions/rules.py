"""Written questions against deadlines: states, lamps, escalation, the answer rate. Pure. Source: rules.md §2."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal

OPEN = ("received", "routed", "answered")
"""received: nobody has looked; routed: with a firm; answered: a lawyer has answered, the legal office checks."""
CLOSED = ("delivered", "withdrawn", "merged", "transferred")
UNCOUNTED = ("withdrawn", "merged", "transferred")
"""What the answer rate leaves out."""
FIRM, PRISON, BUREAU, DISCIPLINE = range(4)
"""Levels of an overdue question: the firm, the prison's legal office, the bureau's supervision, the discipline office."""
YELLOW = timedelta(days=1)
LONGEST_TITLE, LONGEST_TEXT, LONGEST_ANSWER = 80, 4000, 8000
MOST_OPEN = 5
"""Open questions one relative may have at once."""
FORMS = ("question", "letter")


@dataclass(frozen=True)
class Counted:
    """Questions that are alike for the answer rate. good: delivered by the due time; over: the due time has passed; number: how many there are."""

    state: str
    good: bool
    over: bool
    number: int = 1


@dataclass(frozen=True)
class Rate:
    """answered in time, of those that were due; `received`, `waiting` (not yet due) and `left_out` are shown beside it."""

    received: int
    left_out: int
    due: int
    in_time: int

    @property
    def waiting(self) -> int:
        return self.received - self.left_out - self.due

    @property
    def percent(self) -> float | None:
        """With one decimal, as it is shown; None while nothing was due."""
        return round(100 * self.in_time / self.due, 1) if self.due else None


def answer_rate(questions: Iterable[Counted]) -> Rate:
    """Answered by the due time / (received - withdrawn - merged - transferred out), over questions whose due time has passed. Answered means: delivered.

    One that is answered before its due time is not yet due: counted at once, it would lift the rate of a month whose misses are still to come.
    """
    received = left_out = due = in_time = 0
    for one in questions:
        received += one.number
        if one.state in UNCOUNTED:
            left_out += one.number
        elif one.over:
            due, in_time = due + one.number, in_time + one.number * one.good
    return Rate(received, left_out, due, in_time)


def lamp(state: str, due_at: datetime, now: datetime) -> str:
    """green, yellow from one day before, red once overdue; closed ones have none."""
    if state in CLOSED:
        return ""
    return "red" if now > due_at else "yellow" if now >= due_at - YELLOW else "green"


def acknowledge_lamp(state: str, acknowledge_by: datetime, acknowledged_at: datetime | None, now: datetime) -> str:
    """The same of the acknowledgement, until there is one. With 24 hours it is yellow from the beginning: one day before is at once."""
    return "" if acknowledged_at is not None else lamp(state, acknowledge_by, now)


@dataclass(frozen=True)
class Step:
    """An overdue question has moved to `level` since `at`."""

    level: int
    at: datetime


def next_step(state: str, level: int, level_due_at: datetime, now: datetime) -> Step | None:
    """Whether an open question moves up now."""
    if state not in OPEN or level >= DISCIPLINE or now <= level_due_at:
        return None
    return Step(level + 1, level_due_at)


def ask_refusals(title: str, text: str, matter: str, matters: Iterable[str], open_now: int, from_relative: bool) -> list[Refusal]:
    """Everything that is wrong with a new question."""
    found = []
    if not title.strip() or not text.strip():
        found.append(Refusal("QUESTION_EMPTY"))
    if len(title) > LONGEST_TITLE:
        found.append(Refusal("TITLE_LONG", {"most": LONGEST_TITLE, "has": len(title)}))
    if len(text) > LONGEST_TEXT:
        found.append(Refusal("QUESTION_LONG", {"most": LONGEST_TEXT, "has": len(text)}))
    if matter not in matters:
        found.append(Refusal("MATTER_UNKNOWN"))
    if from_relative and open_now >= MOST_OPEN:
        found.append(Refusal("QUESTIONS_OPEN", {"most": MOST_OPEN}))
    return found


@dataclass(frozen=True)
class Desk:
    """A firm as routing sees it: what it takes (empty: all), whether a verified lawyer of it knows matter and language, and how many open questions it has."""

    firm_id: int
    matters: frozenset[str]
    able: bool
    load: int


def route(matter: str, desks: Sequence[Desk]) -> int | None:
    """The able firm with the fewest open questions; one that names the matter before one that takes everything. None: nobody can."""
    fit = [desk for desk in desks if desk.able and (not desk.matters or matter in desk.matters)]
    if not fit:
        return None
    return min(fit, key=lambda desk: (matter not in desk.matters, desk.load, desk.firm_id)).firm_id


def answer_refusals(text: str) -> list[Refusal]:
    found = [] if text.strip() else [Refusal("ANSWER_EMPTY")]
    if len(text) > LONGEST_ANSWER:
        found.append(Refusal("ANSWER_LONG", {"most": LONGEST_ANSWER, "has": len(text)}))
    return found


def extension_refusals(state: str, due_at: datetime, until: datetime, reason: str, pending: bool, now: datetime) -> list[Refusal]:
    """More time is asked for before the answer, later than the present due time, with a reason, and once at a time."""
    found = []
    if state not in ("received", "routed"):
        found.append(Refusal("EXTENSION_NOT_NOW"))
    if until <= due_at or until <= now:
        found.append(Refusal("EXTENSION_NOT_LATER"))
    if not reason.strip():
        found.append(Refusal("EXTENSION_REASON"))
    if pending:
        found.append(Refusal("EXTENSION_PENDING"))
    return found


def may_withdraw(state: str) -> bool:
    return state in OPEN

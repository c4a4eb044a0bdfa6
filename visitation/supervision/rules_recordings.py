"""Who may have a recording leave the house or be deleted, which visits are listened to again, and where a recording has gaps. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity

EXPORT, DELETION, RELEASE = "export", "deletion", "release"
REQUEST_KINDS = (EXPORT, DELETION, RELEASE)
ASKED, APPROVED, REFUSED, WITHDRAWN, LAPSED, DONE = "asked", "approved", "refused", "withdrawn", "lapsed", "done"
OPEN_STATES = (ASKED, APPROVED)


@dataclass(frozen=True)
class Recording:
    """What the rules ask about a session's recording.

    there: segments not deleted; stored: of these, fetched and verified; asked: kinds with an open request.
    """

    there: int
    stored: int
    held: bool
    asked: frozenset[str] = frozenset()


def ask_problems(kind: str, recording: Recording) -> list[Refusal]:
    """Why nobody can ask for this now."""
    found = []
    if not recording.there or (kind == EXPORT and not recording.stored):
        found.append(Refusal("NO_RECORDING"))
    if kind == DELETION and recording.held:
        found.append(Refusal("RECORDING_HELD"))
    if kind == RELEASE and not recording.held:
        found.append(Refusal("NOT_HELD"))
    if kind in recording.asked:
        found.append(Refusal("ALREADY_ASKED"))
    return found


def decide_problems(kind: str, asked_by: int, decider: int, lapses_at: datetime, recording: Recording, now: datetime, *, approve: bool) -> list[Refusal]:
    """Why this person cannot decide this request now. Two people: who asked never decides, whatever their roles."""
    found = []
    if decider == asked_by:
        found.append(Refusal("SAME_PERSON"))
    if now >= lapses_at:
        found.append(Refusal("REQUEST_LAPSED"))
    if approve:
        found += [problem for problem in ask_problems(kind, recording) if problem.code != "ALREADY_ASKED"]
    return found


def fetch_problems(state: str, asked_by: int, who: Identity, lapses_at: datetime, now: datetime) -> list[Refusal]:
    """Why this person cannot fetch an export now: approved, not fetched yet, in time, and by who asked for it."""
    if state == DONE:
        return [Refusal("ALREADY_FETCHED")]
    if who.account_id != asked_by:
        return [Refusal("NOT_YOUR_REQUEST")]
    return [] if state == APPROVED and now < lapses_at else [Refusal("REQUEST_LAPSED")]


# -- re-listening


def drawn(number: int, share: float, point: Callable[[int], float]) -> bool:
    """Whether the recorded session with this number (from 0, for one officer) is chosen, when `share` of them are to be.

    Each unit of the running total `number * share` chooses one session: the one whose part of the total holds `unit + point(unit)`, with point in [0, 1);
    or, where the unit before has chosen that one already, the next. So an officer's count is never further than one from share x sessions, the answer is
    known at once and is always the same, and nobody who does not know the points can tell it beforehand.
    """
    if share <= 0:
        return False
    chosen, unit = -1, 0
    while chosen < number and unit <= (number + 1) * share:
        chosen = max(chosen + 1, math.floor((unit + point(unit)) / share))
        unit += 1
    return chosen == number


def assignee(candidates: Iterable[tuple[int, int]], supervised_by: int | None) -> int | None:
    """Who listens: of (account, open duties) the one with the fewest, never the one who supervised the visit. None: anybody on duty."""
    fit = [(load, account) for account, load in candidates if account != supervised_by]
    return min(fit)[1] if fit else None


# -- gaps

JOINED_SECONDS = 1.5
"""Two segments that follow each other within this time are one recording: the next begins with the next packet."""


@dataclass(frozen=True)
class Part:
    """A recorded segment on the clock."""

    starts_at: datetime
    seconds: float
    final: bool = True

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Happening:
    """An event that may explain a gap: the gate, a lost or muted person, a broken recorder."""

    at: datetime
    type: str
    reason: str = ""


@dataclass(frozen=True)
class Gap:
    """A time of the visit that is not recorded. reason: a code of GAP_REASONS."""

    starts_at: datetime
    ends_at: datetime
    reason: str

    @property
    def seconds(self) -> float:
        return (self.ends_at - self.starts_at).total_seconds()


GAP_REASONS = ("FAILED", "BROKER_LOST", "GATE", "LOST", "MUTED", "BEFORE", "UNKNOWN")


def gaps(parts: Sequence[Part], happenings: Sequence[Happening], first: datetime | None, last: datetime | None) -> list[Gap]:
    """Where one leg was not recorded between `first` (the gate first opened) and `last` (the end), each with its reason."""
    found = []
    reached, cut_off = first, False
    for part in sorted(parts, key=lambda part: part.starts_at):
        if reached is not None and (part.starts_at - reached).total_seconds() > JOINED_SECONDS:
            found.append(Gap(reached, part.starts_at, _why(reached, part.starts_at, happenings, cut_off=cut_off, first=reached == first)))
        reached, cut_off = max(part.ends_at, reached or part.ends_at), not part.final
    if reached is not None and last is not None and (last - reached).total_seconds() > JOINED_SECONDS:
        found.append(Gap(reached, last, _why(reached, last, happenings, cut_off=cut_off, first=not parts)))
    return found


def _why(starts_at: datetime, ends_at: datetime, happenings: Sequence[Happening], *, cut_off: bool, first: bool) -> str:
    near = timedelta(seconds=JOINED_SECONDS + 1)
    seen = [one for one in happenings if starts_at - near <= one.at <= ends_at]
    kinds = {one.type for one in seen}
    if "recording_failed" in kinds:
        return "FAILED"
    if cut_off:
        return "BROKER_LOST"
    closed = next((one for one in seen if one.type == "gate"), None)
    if closed is not None and closed.reason:
        return f"GATE:{closed.reason}"
    if "lost" in kinds or "left" in kinds:
        return "LOST"
    if "muted" in kinds:
        return "MUTED"
    return "BEFORE" if first else "UNKNOWN"

"""Who reads a lawyer's notes, and what is refused of notes, papers and follow-ups. Pure. Source: rules.md §2 (notes: the lawyer and a successor)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from visitation.kernel.errors import Refusal

LONGEST_NOTE, LONGEST_PAPER, LONGEST_FOLLOW_UP, LONGEST_REASON = 20_000, 4_000, 400, 200
FURTHEST = timedelta(days=365)
MOST_DOCUMENTS = 10
"""Of one request, that the prison has not decided on."""
HANDLES = frozenset({"published", "called", "live", "dropped", "advised", "missed"})
"""States of a seat in which its lawyer has the case."""


@dataclass(frozen=True)
class Part:
    """What a lawyer has to do with a request. handles: has a seat of it; wrote: has notes of it."""

    handles: bool
    wrote: bool

    @property
    def may_see(self) -> bool:
        return self.handles or self.wrote


def may_read(author: int, reader: int, taken_over: Iterable[int]) -> bool:
    """The author, and who has explicitly taken over from the author (`taken_over`: their lawyers' ids). Nobody else, whatever their role."""
    return reader == author or reader in taken_over


def note_refusals(text: str) -> list[Refusal]:
    return [Refusal("NOTE_LONG", {"most": LONGEST_NOTE, "length": len(text)})] if len(text) > LONGEST_NOTE else []


def paper_refusals(text: str) -> list[Refusal]:
    """A paper says something, and fits on its pages."""
    if not text.strip():
        return [Refusal("PAPER_EMPTY")]
    return [Refusal("PAPER_LONG", {"most": LONGEST_PAPER, "length": len(text)})] if len(text) > LONGEST_PAPER else []


def follow_up_refusals(what: str, due_on: date | None, today: date) -> list[Refusal]:
    """What, and a day from today on, within a year."""
    found = [] if what.strip() else [Refusal("FOLLOW_UP_EMPTY")]
    if len(what) > LONGEST_FOLLOW_UP:
        found.append(Refusal("FOLLOW_UP_LONG", {"most": LONGEST_FOLLOW_UP, "length": len(what)}))
    if due_on is None or not today <= due_on <= today + FURTHEST:
        found.append(Refusal("FOLLOW_UP_DAY"))
    return found


def again_refusals(state: str) -> list[Refusal]:
    """A second consultation is asked for after the first: while the request is open it has its place anyway."""
    return [] if state == "advised" else [Refusal("AGAIN_OPEN")]


def is_stale(known: int, sent: int) -> bool:
    """Whether what is saved was written on another version than the one that is kept."""
    return known != sent

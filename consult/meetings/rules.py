"""A meeting with the defender by video: which papers a lawyer shows, and until when it must be arranged. Pure. Source: rules.md §2."""

from collections.abc import Collection
from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal

KIND = "lawyer_meeting"
PAPERS = ("licence", "certificate", "mandate", "aid_letter")
"""The practising licence, the firm's certificate, the mandate, the letter of the legal-aid agency."""
YELLOW = timedelta(days=1)


def waits(path: str | None, state: str) -> bool:
    """Whether a request still waits for a meeting with the defender."""
    return path == "defence" and state == "to_pass"


def paper_refusals(papers: Collection[str]) -> list[Refusal]:
    """Licence and firm's certificate, and either a mandate or the legal-aid letter."""
    found = [] if {"licence", "certificate"} <= set(papers) else [Refusal("MEETING_PAPERS")]
    return found if {"mandate", "aid_letter"} & set(papers) else [*found, Refusal("MEETING_MANDATE")]


def lamp(due_at: datetime | None, now: datetime) -> str:
    """green; yellow from one day before the 48 hours are over; red once they are."""
    if due_at is None:
        return "good"
    return "red" if now > due_at else "yellow" if now >= due_at - YELLOW else "good"


def is_late(starts_at: datetime, due_at: datetime | None) -> bool:
    """The time lies after the 48 hours: arranged all the same, and said."""
    return due_at is not None and starts_at > due_at

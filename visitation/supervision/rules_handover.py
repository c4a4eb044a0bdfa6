"""Whose wall a session belongs on, and when one officer's watch may pass to the next. Pure."""

from dataclasses import dataclass

from visitation.kernel.errors import Refusal

WATCHED = ("waiting", "live", "paused")
"""Stages in which an officer watches: from the end of the check-in to the end of the visit."""


@dataclass(frozen=True)
class Watch:
    """A session as a handover asks about it. unconfirmed: a warning was given that not everybody has confirmed; lanes: the acting officer's."""

    stage: str
    officer_id: int | None
    unconfirmed: bool = False
    offered_by: int | None = None
    offered_to: int | None = None
    lanes: int = 1
    lanes_used: int = 0


def offer_problems(watch: Watch, account_id: int) -> list[Refusal]:
    """Why this officer cannot offer the session to the next one (live.md, Handover)."""
    found = []
    if watch.stage not in WATCHED:
        found.append(Refusal("SESSION_NOT_RUNNING"))
    if watch.officer_id != account_id:
        found.append(Refusal("NOT_YOUR_WATCH"))
    if watch.unconfirmed:
        found.append(Refusal("WARNING_UNCONFIRMED"))
    return found


def accept_problems(watch: Watch, account_id: int) -> list[Refusal]:
    """Why this officer cannot take an offered session over."""
    if watch.offered_by is None or watch.stage not in WATCHED:
        return [Refusal("OFFER_GONE")]
    found = []
    if watch.offered_by == account_id or watch.offered_to not in (None, account_id):
        found.append(Refusal("OFFER_NOT_YOURS"))
    if watch.unconfirmed:
        found.append(Refusal("WARNING_UNCONFIRMED"))
    if watch.lanes_used >= watch.lanes:
        found.append(Refusal("LANES_FULL", {"lanes": watch.lanes}))
    return found


def is_mine(officer_id: int | None, named_id: int | None, checked_in_by: int | None, account_id: int) -> bool:
    """Whose wall a running session belongs on: whoever watches it, else the officer named for it, else whoever checked it in."""
    return next((one for one in (officer_id, named_id, checked_in_by) if one is not None), None) == account_id

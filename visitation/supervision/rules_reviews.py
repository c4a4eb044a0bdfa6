"""When one officer alone has ended a lawyer meeting: what a second officer has to look at, and who may. Pure."""

from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal

REVIEWED_KIND = "lawyer_meeting"
OPEN, JUSTIFIED, UNJUSTIFIED = "open", "justified", "unjustified"
VERDICTS = (JUSTIFIED, UNJUSTIFIED)


def needs_review(kind: str, outcome: str) -> bool:
    """A lawyer meeting is never cut for what is said in it: an officer's end of one is an emergency, and a second officer looks at it."""
    return kind == REVIEWED_KIND and outcome == "ended_by_officer"


def due(ended_at: datetime, hours: int) -> datetime:
    """Hours by the clock, not workdays: a lawyer whose meeting was cut waits."""
    return ended_at + timedelta(hours=hours)


def review_problems(ended_by: int | None, decider: int) -> list[Refusal]:
    """Why this person cannot decide."""
    return [Refusal("OWN_END")] if ended_by is not None and ended_by == decider else []

"""Family-conflict mediation: what an attempt leads to, when the next one is due, when a case may end. Pure. Source: rules.md §2."""

from dataclasses import dataclass
from datetime import date, datetime

from visitation.kernel.errors import Refusal

CAUSES = ("divorce", "children", "support", "property", "housing", "neglect", "other")
MEANS = ("phone", "video")
RESULTS = ("not_reached", "again", "agreed", "declined")
"""not_reached: nobody answered; again: spoken, a further talk is needed; agreed; declined: the other side does not want to."""
PLANNED, CALLED_OFF = "planned", "called_off"
"""An attempt by video before it took place, and one that the office itself called off."""
TOOK_PLACE = frozenset({"completed", "ended_by_inmate", "ended_by_visitor", "ended_by_officer"})
CLOSED = ("agreed", "failed", "withdrawn")
LONGEST = 4000


@dataclass(frozen=True)
class Tried:
    """An attempt as it is written down. next_at: when the next one is planned, for those that did not end it."""

    means: str
    result: str
    note: str
    next_at: datetime | None = None
    agreement: str = ""
    follow_up_on: date | None = None


def opening_refusals(other_name: str, cause: str, summary: str) -> list[Refusal]:
    found = []
    if not other_name.strip() or not summary.strip():
        found.append(Refusal("MEDIATION_EMPTY"))
    if cause not in CAUSES:
        found.append(Refusal("MEDIATION_CAUSE"))
    if len(summary) > LONGEST:
        found.append(Refusal("MEDIATION_LONG", {"most": LONGEST, "has": len(summary)}))
    return found


def attempt_refusals(tried: Tried, now: datetime, today: date) -> list[Refusal]:
    """What is missing in an attempt: a next time for one that goes on, the text and a day of asking again for an agreement."""
    found = []
    if tried.means not in MEANS or tried.result not in RESULTS:
        found.append(Refusal("MEDIATION_RESULT"))
    if tried.result in ("not_reached", "again") and (tried.next_at is None or tried.next_at <= now):
        found.append(Refusal("MEDIATION_NEXT"))
    if tried.result == "agreed" and not tried.agreement.strip():
        found.append(Refusal("MEDIATION_AGREEMENT"))
    if tried.result == "agreed" and (tried.follow_up_on is None or tried.follow_up_on <= today):
        found.append(Refusal("MEDIATION_FOLLOW_UP"))
    if len(tried.agreement) > LONGEST:
        found.append(Refusal("MEDIATION_LONG", {"most": LONGEST, "has": len(tried.agreement)}))
    return found


def state_after(result: str) -> str:
    """agreed ends the case well, declined ends it; the others leave it open."""
    return {"agreed": "agreed", "declined": "failed"}.get(result, "open")


def proposed(state: str, outcome: str | None) -> str:
    """What came of a video session, from how its booking ended: spoken and to be continued, unless somebody writes more; or nobody reached.

    "": it has not ended. A line that broke may have come after much was said: the officer decides, "again" is proposed.
    """
    if state == "confirmed" or state not in ("ended", "cancelled", "refused", "withdrawn", "expired"):
        return ""
    return "again" if state == "ended" and outcome in TOOK_PLACE | {"technical"} else "not_reached"


def due_at(state: str, next_at: datetime | None, follow_up_at: datetime | None, followed_up: bool) -> datetime | None:
    """When something has to be done next: the next attempt of an open case, or asking again after an agreement."""
    if state == "open":
        return next_at
    return follow_up_at if state == "agreed" and not followed_up else None

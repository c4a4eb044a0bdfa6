"""What the staff decide about people, as pure functions: who may see whom, kinship decisions, lamps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role

STATUSES = ("held", "court", "hospital", "confined", "transferred", "released")
"""Of an inmate. Absence for court or hospital is not release (rules.md §5.9)."""
GONE = frozenset({"transferred", "released", "merged"})
LANGUAGES = ("zh", "ug", "kk", "bo", "mn", "za", "ko", "yi", "en", "other")
"""What an inmate or visitor speaks best; routes a visit to somebody who understands it, never cuts it."""
PRISON_WIDE = (Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.BUREAU)
NEUTRAL = "KINSHIP_NOT_APPROVED"
"""The one reason for: nobody here by that name and number, the person declined, or a restriction. Nobody can tell which (rules.md §5.12)."""
PAPER_REASONS = ("KINSHIP_PROOF_UNCLEAR", "KINSHIP_PROOF_MISSING", "KINSHIP_DOCUMENT_DIFFERS", "KINSHIP_RELATION")
"""Reasons that lie in what was handed in: they say nothing about anybody inside."""
REFUSAL_REASONS = (*PAPER_REASONS, NEUTRAL)
YELLOW = timedelta(days=1)


class InAPrison(Protocol):
    prison_id: int


class InAWard(InAPrison, Protocol):
    ward_id: int


def same_prison(who: Identity, thing: InAPrison) -> bool:
    """Of the person's own prison; who belongs to none sees all."""
    return who.prison_id is None or who.prison_id == thing.prison_id


def sees_inmate(who: Identity, inmate: InAWard) -> bool:
    """A ward officer sees their own wards only; the others their prison."""
    return same_prison(who, inmate) and (who.has(*PRISON_WIDE) or inmate.ward_id in who.ward_ids)


def lamp(due_at: datetime, now: datetime) -> str:
    """green; yellow from one day before; red once overdue (rules.md §2)."""
    if now > due_at:
        return "red"
    return "yellow" if now >= due_at - YELLOW else "green"


@dataclass(frozen=True)
class ClaimState:
    """A kinship claim as the decision sees it. `inmate_status` None: nobody here has that name and number."""

    inmate_status: str | None
    inmate_answer: str
    restriction: str
    needs_approval: bool


def approval_refusals(claim: ClaimState, who: Identity) -> list[Refusal]:
    """Why a claim cannot be approved: the inmate has not accepted, a restriction is unchecked or found, nobody here, or the chief must decide."""
    found = []
    if claim.inmate_status is None:
        found.append(Refusal("CLAIM_NOBODY_HERE"))
    elif claim.inmate_status in GONE:
        found.append(Refusal("CLAIM_INMATE_GONE"))
    if claim.inmate_status is not None and claim.inmate_answer != "accepted":
        found.append(Refusal("CLAIM_NOT_ACCEPTED"))
    if claim.restriction == "unchecked":
        found.append(Refusal("CLAIM_RESTRICTION_UNCHECKED"))
    if claim.restriction == "restricted":
        found.append(Refusal("CLAIM_RESTRICTED"))
    if claim.needs_approval and not who.has(Role.DUTY_CHIEF):
        found.append(Refusal("CLAIM_NEEDS_CHIEF"))
    return found


def refusal_refusals(reason_code: str, reason_text: str) -> list[Refusal]:
    """A refusal always carries a reason and words (rules.md §1)."""
    found = [] if reason_code in REFUSAL_REASONS else [Refusal("REFUSAL_REASON_NEEDED")]
    if not reason_text.strip():
        found.append(Refusal("REFUSAL_TEXT_NEEDED"))
    return found


def told_text(reason_code: str, reason_text: str) -> str:
    """What of the officer's words the family reads: none under the neutral reason, lest they tell what it hides."""
    return "" if reason_code == NEUTRAL else reason_text


def answer_refusals(state: str, present: str, answer: str) -> list[Refusal]:
    """Whether the inmate's answer can be recorded: accepted or declined while the claim waits, withdrawn at any time after having accepted."""
    wanted = {"accepted": state == "submitted", "declined": state == "submitted", "withdrawn": state in ("submitted", "approved") and present == "accepted"}
    return [] if wanted.get(answer, False) else [Refusal("ANSWER_NOT_NOW")]


def objection_refusals(refused_by: int | None, decider: int, answer: str) -> list[Refusal]:
    """Another person than the refuser decides, and says why."""
    found = [Refusal("OBJECTION_OWN_REFUSAL")] if refused_by == decider else []
    if not answer.strip():
        found.append(Refusal("OBJECTION_ANSWER_NEEDED"))
    return found

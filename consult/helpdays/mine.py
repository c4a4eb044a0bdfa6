"""What a lawyer sees of the legal-help days: their own duties, and what colleagues ask of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.helpdays.models import HelpDay, HelpDuty, HelpSwap
from consult.lawyers.models import Lawyer
from visitation.kernel.identity import Identity


@dataclass(frozen=True)
class Mine:
    """asked: to say yes or no to; swaps: colleagues who ask; agreed: days on which they serve, the next first; offered: own questions by duty's id."""

    asked: list[HelpDuty]
    swaps: list[HelpSwap]
    agreed: list[HelpDuty]
    offered: dict[int, HelpSwap]


def is_my_duty(who: Identity, duty: HelpDuty) -> bool:
    return duty.lawyer.account_id == who.account_id


def is_my_swap_to_answer(who: Identity, swap: HelpSwap) -> bool:
    return swap.to_lawyer.account_id == who.account_id


def is_my_swap(who: Identity, swap: HelpSwap) -> bool:
    return swap.duty.lawyer.account_id == who.account_id


def days(session: Session, lawyer: Lawyer, now: datetime) -> Mine:
    """Everything that lies ahead of a lawyer."""
    query = select(HelpDuty).join(HelpDay).where(HelpDuty.lawyer_id == lawyer.id, HelpDay.ends_at > now, HelpDay.state != "cancelled")
    query = query.where(HelpDuty.state.in_(("asked", "agreed"))).options(joinedload(HelpDuty.day).joinedload(HelpDay.prison))
    duties = list(session.scalars(query.order_by(HelpDay.starts_at, HelpDuty.id)))
    agreed = [duty for duty in duties if duty.state == "agreed"]
    offered = session.scalars(select(HelpSwap).where(HelpSwap.duty_id.in_([duty.id for duty in agreed]), HelpSwap.state == "open"))
    return Mine([duty for duty in duties if duty.state == "asked"], _asked_of(session, lawyer, now), agreed, {swap.duty_id: swap for swap in offered})


def _asked_of(session: Session, lawyer: Lawyer, now: datetime) -> list[HelpSwap]:
    query = select(HelpSwap).join(HelpDuty, HelpDuty.id == HelpSwap.duty_id).join(HelpDay, HelpDay.id == HelpDuty.day_id)
    query = query.where(HelpSwap.to_lawyer_id == lawyer.id, HelpSwap.state == "open", HelpDay.starts_at > now)
    return list(session.scalars(query.order_by(HelpDay.starts_at, HelpSwap.id)))


def exchangeable(session: Session, duty: HelpDuty, now: datetime) -> list[HelpDuty]:
    """Agreed duties of colleagues on other days to come."""
    query = select(HelpDuty).join(HelpDay).join(Lawyer, Lawyer.id == HelpDuty.lawyer_id)
    query = query.where(HelpDuty.state == "agreed", HelpDuty.lawyer_id != duty.lawyer_id, HelpDuty.day_id != duty.day_id)
    query = query.where(HelpDay.starts_at > now, HelpDay.state.in_(("planned", "proposed"))).options(joinedload(HelpDuty.day), joinedload(HelpDuty.lawyer))
    return list(session.scalars(query.order_by(HelpDay.starts_at, Lawyer.name, HelpDuty.id)))

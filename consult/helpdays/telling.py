"""What lawyers are told about their days. The short message names neither the prison nor anybody in it; all of it is read after signing in."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from consult.helpdays.models import HelpDay, HelpDuty, HelpSwap
from visitation.notices.service import tell

PAGE = "/lawyer/days"


def asked(session: Session, duty: HelpDuty, now: datetime) -> None:
    """A lawyer is asked to serve on a day, or reads what was agreed by telephone."""
    _tell(session, duty, duty.day, "help_duty_agreed" if duty.state == "agreed" else "help_duty_asked", now)


def moved(session: Session, day: HelpDay, duties: Iterable[HelpDuty], now: datetime) -> None:
    """The day stands at another time, for which each is asked anew."""
    for duty in duties:
        _tell(session, duty, day, "help_duty_moved", now)


def cancelled(session: Session, day: HelpDay, duties: Iterable[HelpDuty], reason: str, now: datetime) -> None:
    """The day, or a lawyer's place on it, falls away."""
    for duty in duties:
        _tell(session, duty, day, "help_duty_cancelled", now, reason)


def replaced(session: Session, duty: HelpDuty, now: datetime) -> None:
    """The office has given a lawyer's place to another one."""
    _tell(session, duty, duty.day, "help_duty_replaced", now)


def swap_asked(session: Session, swap: HelpSwap, now: datetime) -> None:
    """A colleague asks a lawyer to take over."""
    facts = {"ref": swap.duty.day.ref, "starts_at": swap.duty.day.starts_at.isoformat()}
    tell(session, swap.to_lawyer.account_id, "help_swap_asked", facts, now, PAGE)


def swap_answered(session: Session, swap: HelpSwap, accepted: bool, now: datetime) -> None:
    """Whoever asked learns whether the colleague takes over."""
    _tell(session, swap.duty, swap.duty.day, "help_swap_accepted" if accepted else "help_swap_declined", now)


def _tell(session: Session, duty: HelpDuty, day: HelpDay, kind: str, now: datetime, reason: str = "") -> None:
    facts = {"ref": day.ref, "starts_at": day.starts_at.isoformat(), "reason_text": reason}
    tell(session, duty.lawyer.account_id, kind, facts, now, PAGE)

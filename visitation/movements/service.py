"""Recording what inmates say and where they are. Each act is one row with its time and its officer; a refusal has its effects after a minute."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.movements import queries, rules
from visitation.movements.models import MovementPrint, MovementStep, VisitAnswer
from visitation.supervision import service as supervision
from visitation.supervision.models import DeskChange, LiveSession

OUTCOME = "refused_by_inmate"
SETTLED_AT_ONCE = 100


def answer(session: Session, who: Identity, booking_id: int, said: str, reason: str | None, seen: str, now: datetime) -> VisitAnswer:
    """Record what an inmate said when told of a visit. seen: fingerprint of what they were told.

    A refusal becomes the outcome of the visit after a minute (`settle`). Raises StateChanged when the visit is another by now, Refused otherwise.
    """
    booking = _locked(session, booking_id)
    asked = queries.asked_of(booking, queries.answers_of(session, [booking.id]).get(booking.id))
    refuse(rules.answer_problems(asked.asked if asked else None, said, reason))
    if asked is None or asked.seen != seen:
        raise StateChanged
    kept = asked.told.kept()
    row = VisitAnswer(booking_id=booking.id, told=kept, answer=said, reason_code=reason if said == "refused" else None, at=now, by=who.account_id)
    session.add(row)
    session.flush()
    record(session, who, "movement.told", "booking", booking.ref, now, booking.prison_id, asked=asked.asked, answer=said)
    _changed(session, booking, now)
    return row


def undo_answer(session: Session, who: Identity, booking_id: int, now: datetime) -> VisitAnswer:
    """Take the last answer back: by who recorded it, within a minute, before it had an effect."""
    booking = _locked(session, booking_id)
    row = queries.answers_of(session, [booking.id]).get(booking.id)
    if row is None:
        raise StateChanged
    refuse(rules.undo_problems(row.by, row.at, row.settled_at is not None, who, now))
    row.undone_at = now
    record(session, who, "movement.told_undo", "booking", booking.ref, now, booking.prison_id, answer=row.answer)
    _changed(session, booking, now)
    return row


def step(session: Session, who: Identity, booking_id: int, name: str, reason: str | None, now: datetime) -> MovementStep:
    """One tap. Raises Refused with every reason why this step cannot be now."""
    booking = _locked(session, booking_id)
    row = queries.row_of(session, booking, now)
    refuse(rules.step_problems(row.way, name, reason, now))
    made = MovementStep(booking_id=booking.id, step=name, reason_code=reason if name == "refused" else None, at=now, by=who.account_id)
    session.add(made)
    session.flush()
    record(session, who, "movement.step", "booking", booking.ref, now, booking.prison_id, step=name)
    _changed(session, booking, now)
    return made


def undo_step(session: Session, who: Identity, booking_id: int, now: datetime) -> MovementStep:
    """Take the last step back: by who recorded it, within a minute, before it had an effect. The row stays."""
    booking = _locked(session, booking_id)
    steps = queries.steps_of(session, [booking.id]).get(booking.id, {})
    if not steps:
        raise StateChanged
    last = max(steps.values(), key=lambda row: row.id)
    refuse(rules.undo_problems(last.by, last.at, last.settled_at is not None, who, now))
    last.undone_at, last.undone_by = now, who.account_id
    record(session, who, "movement.undo", "booking", booking.ref, now, booking.prison_id, step=last.step)
    _changed(session, booking, now)
    return last


def print_list(session: Session, who: Identity, ward_id: int | None, day: date, now: datetime) -> MovementPrint:
    """Keep the list as it is now as the next version. The same list again is the same version: paper with one number says one thing."""
    scope = queries.scope_of(session, who, ward_id)
    if not scope.can_print:
        raise Refused("PRINT_ONE_WARD")
    last = queries.last_print(session, scope, day)
    lines = [row.line.kept() for row in queries.rows(session, scope, day, now)]
    lines = [line for line in lines if not line["cancelled"] or _was_on(last, line["ref"])]
    if last is not None and last.lines == lines:
        return last
    query = select(func.max(MovementPrint.number)).where(MovementPrint.prison_id == scope.prison.id, MovementPrint.scope == scope.name)
    number = session.scalar(query.where(MovementPrint.day == day)) or 0
    ward = scope.ward.id if scope.ward else None
    made = MovementPrint(prison_id=scope.prison.id, ward_id=ward, scope=scope.name, day=day, number=number + 1, at=now, by=who.account_id, lines=lines)
    session.add(made)
    session.flush()
    record(session, who, "movement.print", "movement_print", made.id, now, scope.prison.id, day=day.isoformat(), scope=scope.name, version=made.number)
    session.add(DeskChange(prison_id=scope.prison.id, kind="movement", ref="", at=now))
    return made


def _was_on(last: MovementPrint | None, ref: str) -> bool:
    return last is not None and any(line["ref"] == ref for line in last.lines)


# -- effects


def settle(session: Session, now: datetime) -> int:
    """Refusals that nobody took back within the minute become the outcome of their visits. Idempotent; for the jobs. Returns how many."""
    due = now - rules.UNDO
    steps = select(MovementStep).where(
        MovementStep.step == "refused", MovementStep.settled_at.is_(None), MovementStep.undone_at.is_(None), MovementStep.at < due
    )
    answers = select(VisitAnswer).where(
        VisitAnswer.answer == "refused", VisitAnswer.settled_at.is_(None), VisitAnswer.undone_at.is_(None), VisitAnswer.at < due
    )
    found: list[MovementStep | VisitAnswer] = [
        *session.scalars(steps.order_by(MovementStep.id).limit(SETTLED_AT_ONCE)),
        *session.scalars(answers.order_by(VisitAnswer.id).limit(SETTLED_AT_ONCE)),
    ]
    return sum(_settled(session, row, now) for row in found)


def _settled(session: Session, row: Any, now: datetime) -> bool:
    """The family reads that the visit cannot take place, and never why."""
    booking = _locked(session, row.booking_id)
    session.refresh(row)
    if row.settled_at is not None or row.undone_at is not None:
        return False
    row.settled_at = now
    if booking.state == "confirmed":
        live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id))
        if live is not None and live.ended_at is None:
            supervision.end_by_command(session, SYSTEM, booking, OUTCOME, OUTCOME, now)
        else:
            booking.sequence += 1  # the calendar file that takes the visit out again is a newer one
            bookings.record_outcome(session, booking.id, OUTCOME, 0, None, now, SYSTEM)
        _changed(session, booking, now)
    return True


def _locked(session: Session, booking_id: int) -> Booking:
    booking = session.get(Booking, booking_id, with_for_update={"key_share": True}, populate_existing=True)
    if booking is None:
        raise NotFound
    return booking


def _changed(session: Session, booking: Booking, now: datetime) -> None:
    session.add(DeskChange(prison_id=booking.prison_id, kind="movement", ref=booking.ref, at=now))

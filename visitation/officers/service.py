"""Giving visits their officers: by plan, by hand, and again when somebody drops out."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.officers import queries, rules
from visitation.officers.models import OfficerAbsence, OfficerAssignment
from visitation.people.models import Prison
from visitation.supervision.models import DeskChange
from visitation.timetable.queries import lock_shared


def plan_day(session: Session, who: Identity, prison_id: int, day: date, now: datetime, afresh: bool = False) -> rules.Plan:
    """Give every visit of a day an officer. What was decided by hand and what has begun stays while its officer is there.

    afresh: also what an earlier plan decided may move; otherwise only what has no officer, or one who is not there, gets another.
    """
    _lock(session, prison_id)
    today = queries.day_of(session, prison_id, day)
    open_ = [booking for booking in today.bookings if booking.state == "confirmed" and booking.ends_at > now]
    kept = {booking.id: row.account_id for booking in today.bookings if (row := today.assigned.get(booking.id)) and _stays(today, booking, row, now, afresh)}
    visits = [queries.visit_of(booking) for booking in today.bookings if booking in open_ or booking.id in kept]
    made = rules.plan(visits, today.officers, today.limits, kept)
    _write(session, today, made, {booking.id for booking in open_} - set(kept), now)
    if afresh:
        record(session, who, "officers.plan", "prison", prison_id, now, prison_id, day=day.isoformat(), uncovered=len(made.uncovered))
    return made


def _stays(today: queries.Day, booking: Booking, row: OfficerAssignment, now: datetime, afresh: bool) -> bool:
    if booking.state != "confirmed" or booking.ends_at <= now:
        return True  # over: it still counts for fairness and breaks
    officer = today.officer(row.account_id)
    span = queries.visit_of(booking).interval
    from_now = max(span.start, now)
    there = officer is not None and any(shift.interval.start <= from_now and span.end <= shift.interval.end for shift in officer.shifts)
    return there and (row.by_hand or booking.starts_at <= now or not afresh)


def _write(session: Session, today: queries.Day, made: rules.Plan, free: set[int], now: datetime) -> None:
    """Only what is different is written, and the desks are told once."""
    moved = False
    for booking_id in sorted(free):
        account, row = made.assigned.get(booking_id), today.assigned.get(booking_id)
        if row is not None and row.account_id == account:
            continue
        moved = moved or row is not None or account is not None
        if account is not None:
            _give(session, booking_id, account, row, now)
        elif row is not None:
            session.delete(row)
    session.flush()
    if moved:
        _changed(session, today.prison_id, now)


def _give(session: Session, booking_id: int, account_id: int, row: OfficerAssignment | None, now: datetime) -> OfficerAssignment:
    if row is None:
        row = OfficerAssignment(booking_id=booking_id)
        session.add(row)
    row.account_id, row.by_hand, row.despite, row.reason, row.at, row.by = account_id, False, "", "", now, None
    return row


def assign(session: Session, who: Identity, booking_id: int, account_id: int, reason: str, now: datetime) -> OfficerAssignment:
    """Decide by hand. Every reason against it is refused; a duty chief may set aside rules.SETTABLE with a reason in words."""
    booking = session.get_one(Booking, booking_id)
    _lock(session, booking.prison_id)
    session.refresh(booking)
    if booking.state != "confirmed" or booking.ends_at <= now:
        raise StateChanged
    today = queries.day_of(session, booking.prison_id, local_day(booking.starts_at))
    officer = today.officer(account_id) or rules.Officer(account_id, ())
    found = rules.problems(queries.visit_of(booking), officer, today.held_by(account_id), today.limits)
    if not rules.is_set_aside(found, reason):
        refuse(found)
    despite = ",".join(sorted(refusal.code for refusal in found))
    row = _give(session, booking.id, account_id, today.assigned.get(booking.id), now)
    row.by_hand, row.despite, row.reason, row.by = True, despite, reason.strip()[:200], who.account_id
    session.flush()
    record(session, who, "officers.assign", "booking", booking.ref, now, booking.prison_id, officer=account_id, despite=despite)
    _changed(session, booking.prison_id, now)
    return row


def drop_out(session: Session, who: Identity, prison_id: int, account_id: int, now: datetime) -> rules.Plan:
    """An officer on today's roster is not there from now to the end of the day: their visits go to others in the same step."""
    _lock(session, prison_id)
    today = queries.day_of(session, prison_id, local_day(now))
    officer = today.officer(account_id)
    if officer is None or not any(shift.interval.end > now for shift in officer.shifts):
        raise Refused("OFFICER_AWAY_ALREADY")
    _start, end = queries.span_of(local_day(now))
    session.add(OfficerAbsence(prison_id=prison_id, account_id=account_id, from_at=now, until_at=end, by=who.account_id))
    session.flush()
    record(session, who, "officers.out", "account", account_id, now, prison_id)
    _changed(session, prison_id, now)
    return plan_day(session, who, prison_id, local_day(now), now)


def come_back(session: Session, who: Identity, prison_id: int, account_id: int, now: datetime) -> rules.Plan:
    """The officer is there again: what nobody could watch may go to them."""
    _lock(session, prison_id)
    query = select(OfficerAbsence).where(OfficerAbsence.prison_id == prison_id, OfficerAbsence.account_id == account_id)
    rows = session.scalars(query.where(OfficerAbsence.ended_at.is_(None), OfficerAbsence.until_at > now).with_for_update()).all()
    if not rows:
        raise StateChanged
    for row in rows:
        row.ended_at = now
    session.flush()
    record(session, who, "officers.back", "account", account_id, now, prison_id)
    _changed(session, prison_id, now)
    return plan_day(session, who, prison_id, local_day(now), now)


def sweep(session: Session, now: datetime) -> int:
    """Officers for visits that have none, or whose officer is no longer on the roster. Idempotent; for the jobs. Returns how many days were looked at."""
    days = queries.unsettled_days(session, now)
    for prison_id, day in days:
        plan_day(session, SYSTEM, prison_id, day, now)
    return len(days)


def _lock(session: Session, prison_id: int) -> None:
    """One plan at a time for a prison, and no change of its roster meanwhile."""
    lock_shared(session, prison_id)
    session.get(Prison, prison_id, with_for_update={"key_share": True})


def _changed(session: Session, prison_id: int, now: datetime) -> None:
    session.add(DeskChange(prison_id=prison_id, kind="officers", ref="", at=now))

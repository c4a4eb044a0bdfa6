"""Reading the timetable: terminals, working days, and what slots are made of."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from visitation.kernel.interval import local_day
from visitation.timetable.models import CalendarDay, Terminal
from visitation.timetable.workdays import after_workdays, is_working

LONGEST_HOLIDAY = 30
"""Days beyond the working days asked for that are read, so that no run of days off is cut."""


def terminals(session: Session, prison_id: int) -> list[Terminal]:
    """All terminals of a prison by name, those out of service too."""
    return list(session.scalars(select(Terminal).where(Terminal.prison_id == prison_id).order_by(Terminal.name, Terminal.id)))


def days_said(session: Session, prison_id: int, first: date, last: date) -> dict[date, bool]:
    """What administrators have decided of the days from `first` to `last`; a prison's own word wins over the one for all."""
    query = select(CalendarDay).where(CalendarDay.day.between(first, last), or_(CalendarDay.prison_id == prison_id, CalendarDay.prison_id.is_(None)))
    rows = sorted(session.scalars(query), key=lambda row: row.prison_id is not None)
    return {row.day: row.working for row in rows}


def is_working_day(session: Session, prison_id: int, day: date) -> bool | None:
    """Whether `day` is a working day here; None while its year's calendar is unpublished and nobody has decided."""
    return is_working(day, days_said(session, prison_id, day, day))


def add_workdays(session: Session, prison_id: int, start: datetime, days: int) -> datetime:
    """The same time of day, `days` working days later. Days of an unpublished year count as Monday to Friday, so such a due time is provisional."""
    first = local_day(start)
    return after_workdays(start, days, days_said(session, prison_id, first, first + timedelta(days=3 * days + LONGEST_HOLIDAY)))

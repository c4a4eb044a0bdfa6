"""Working days: the published calendar of the State Council under what an administrator says of single days. Pure (rules.md §4)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from chinese_calendar import is_workday

from visitation.kernel.interval import LOCAL

SATURDAY = 5


def published(day: date) -> bool | None:
    """Whether the State Council's notice makes it a working day, make-up days included; None while the year is not published."""
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return None


def is_working(day: date, said: Mapping[date, bool]) -> bool | None:
    """`said`: days an administrator has decided; they win. None: unpublished, so what stands on this day is provisional."""
    return said[day] if day in said else published(day)


def taken_as_working(day: date, said: Mapping[date, bool]) -> bool:
    """As `is_working`, with an unpublished day taken as Monday to Friday: for counting deadlines, which must not stop."""
    known = is_working(day, said)
    return day.weekday() < SATURDAY if known is None else known


def after_workdays(start: datetime, days: int, said: Mapping[date, bool]) -> datetime:
    """The same time of day (Shanghai), `days` working days after `start`. The day of `start` itself does not count."""
    local = start.astimezone(LOCAL)
    left = days
    while left > 0:
        local += timedelta(days=1)
        left -= taken_as_working(local.date(), said)
    return local.astimezone(start.tzinfo)

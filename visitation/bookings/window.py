"""From when to when visits can be booked, and when a month's places are released (放号). Pure (rules.md §1)."""

from datetime import date, datetime, time, timedelta

from visitation.bookings.rules import Window
from visitation.kernel.interval import at_local, local_day, month_start, next_month


def release_moment(month: date, day: int, clock: str) -> datetime:
    """When the places of the month after `month` are released: on `day` (1 to 28) of `month` at `clock` (HH:MM, Shanghai)."""
    return at_local(month.replace(day=day), time.fromisoformat(clock))


def window(now: datetime, min_days: int, months: int, release_day: int, release_time: str, review_from: datetime, ward_minutes: int = 0) -> Window:
    """`months`: how many months after the current one are open once the release of this month has come; before it, one fewer.

    `ward_minutes`: by how much the release of the inmate's ward comes after the prison's, so that not everybody comes at once.
    """
    today, later = local_day(now), timedelta(minutes=ward_minutes)
    this_release = release_moment(month_start(today), release_day, release_time) + later
    released = now >= this_release
    closes = month_start(today)
    for _ in range(months + (1 if released or months == 0 else 0)):
        closes = next_month(closes)
    coming = release_moment(next_month(today), release_day, release_time) + later if released else this_release
    opens = at_local(today + timedelta(days=min_days), time())
    return Window(max(opens, now), at_local(closes, time()), review_from, coming)

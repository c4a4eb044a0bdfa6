"""Time as the booking engine counts it: half-open intervals and ticks of five minutes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

TICK = timedelta(minutes=5)
LOCAL = ZoneInfo("Asia/Shanghai")
"""The one zone in which timetables are written and times are shown (rules.md §4)."""


@dataclass(frozen=True, order=True)
class Interval:
    """[start, end): touching edges are not an overlap. Both aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs aware times")
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @cached_property
    def span(self) -> range:
        """Numbers of the five-minute ticks it touches, counted from the epoch."""
        return range(tick_of(self.start), tick_of(self.end - timedelta(microseconds=1)) + 1)

    def ticks(self) -> Iterator[int]:
        """The ticks of its span."""
        return iter(self.span)


def tick_of(moment: datetime) -> int:
    return int(moment.timestamp()) // int(TICK.total_seconds())


def at_local(day: date, wall: time) -> datetime:
    """The UTC moment at which the clocks in Shanghai show `wall` on `day`."""
    return datetime.combine(day, wall, tzinfo=LOCAL).astimezone(UTC)


def local_day(moment: datetime) -> date:
    return moment.astimezone(LOCAL).date()


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after `day`'s."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)

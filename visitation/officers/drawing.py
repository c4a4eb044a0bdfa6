"""The day's officers as a picture: where each visit lies, in units of an SVG. No words of its own, so nothing to translate."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from visitation.bookings.models import Booking
from visitation.kernel.interval import LOCAL, Interval, at_local
from visitation.officers import rules
from visitation.officers.queries import Day, away_span, visit_of

LEFT, WIDTH, LANE, GAP = 120, 1000, 26, 10
"""Room for names at the left, the day's width, the height of a lane, the space between officers."""
SHORTEST_HOURS = 4


@dataclass(frozen=True)
class Block:
    """A visit, a time on duty or an absence, drawn."""

    x: int
    y: int
    width: int
    height: int
    booking: Booking | None = None
    by_hand: bool = False


@dataclass
class Band:
    """One officer (account None: nobody) from `y` on."""

    account_id: int | None
    name: str
    y: int
    height: int
    duty: list[Block] = field(default_factory=list)
    away: list[Block] = field(default_factory=list)
    visits: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """ticks: (x, clock) of each hour; now_x: where the moment is, None on another day."""

    bands: tuple[Band, ...]
    ticks: tuple[tuple[int, str], ...]
    height: int
    now_x: int | None
    width: int = LEFT + WIDTH + 24
    left: int = LEFT


def picture(day: Day, now: datetime) -> Picture:
    """The whole day. The first band holds what nobody watches, where there is any."""
    whole = _whole(day)
    uncovered = [booking for booking in day.bookings if day.is_uncovered(booking, now)]
    bands: list[Band] = []
    y = 24
    for account, name, bookings in _rows(day, uncovered):
        band = _band(day, whole, account, name, bookings, y)
        bands.append(band)
        y += band.height + GAP
    hours = int((whole.end - whole.start).total_seconds()) // 3600
    ticks = tuple((_x(whole, moment), f"{moment.astimezone(LOCAL):%H:%M}") for moment in (whole.start + timedelta(hours=n) for n in range(hours + 1)))
    return Picture(tuple(bands), ticks, y, _x(whole, now) if whole.covers(now) else None)


def _rows(day: Day, uncovered: list[Booking]) -> Iterable[tuple[int | None, str, list[Booking]]]:
    if uncovered:
        yield None, "", uncovered
    there = [officer.account_id for officer in day.officers]
    others = sorted({row.account_id for row in day.assigned.values()} - set(there))
    for account in (*there, *others):
        yield account, day.names.get(account, ""), [booking for booking in day.bookings if day.officer_of(booking.id) == account]


def _band(day: Day, whole: Interval, account: int | None, name: str, bookings: list[Booking], y: int) -> Band:
    lanes = rules.lanes_drawn(visit_of(booking) for booking in bookings)
    officer = day.officer(account) if account is not None else None
    rows = max([1, *(number + 1 for number in lanes.values()), *(shift.lanes for shift in (officer.shifts if officer else ()))])
    band = Band(account, name, y, rows * LANE)
    for shift in officer.shifts if officer else ():
        band.duty.append(_block(whole, shift.interval, y, shift.lanes * LANE))
    for row in day.absences:
        if row.account_id == account and away_span(row).overlaps(whole):
            band.away.append(_block(whole, away_span(row), y, band.height))
    for booking in bookings:
        span, chosen = visit_of(booking).interval, day.assigned.get(booking.id)
        place = _block(whole, span, y + lanes[booking.id] * LANE + 2, LANE - 4)
        band.visits.append(Block(place.x, place.y, place.width, place.height, booking, bool(chosen and chosen.by_hand)))
    return band


def _whole(day: Day) -> Interval:
    """From the full hour before the first duty or visit to the one after the last, at least SHORTEST_HOURS."""
    spans = [shift.interval for officer in day.officers for shift in officer.shifts] + [visit_of(booking).interval for booking in day.bookings]
    first = min((span.start for span in spans), default=None)
    if first is None:
        first = at_local(day.day, time(9))
    start = first.replace(minute=0, second=0, microsecond=0)
    last = max((span.end for span in spans), default=start)
    end = last.replace(minute=0, second=0, microsecond=0)
    end = end if end == last else end + timedelta(hours=1)
    return Interval(start, max(end, start + timedelta(hours=SHORTEST_HOURS)))


def _x(whole: Interval, moment: datetime) -> int:
    kept = min(max(moment, whole.start), whole.end)
    return LEFT + round(WIDTH * (kept - whole.start) / (whole.end - whole.start))


def _block(whole: Interval, span: Interval, y: int, height: int) -> Block:
    x = _x(whole, span.start)
    return Block(x, y, max(2, _x(whole, span.end) - x), height)

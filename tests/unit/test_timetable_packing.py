"""Less room at once: who stays, and that every lane has one holder. Pure."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from visitation.bookings.rules_packing import Holder, overfull, renumbered
from visitation.kernel.interval import Interval

NINE = datetime(2026, 11, 30, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def holder(number: int, start: int = 0, length: int = 30, firm: bool = True, legal: bool = False, at: datetime = NINE) -> Holder:
    begin = at + timedelta(minutes=start)
    return Holder(number, Interval(begin, begin + timedelta(minutes=length)), firm, legal, NOW + timedelta(minutes=number))


def out(holders: list[Holder], lanes: int, now: datetime = NOW) -> set[int]:
    return set(overfull(holders, lambda _tick: lanes, now))


def test_who_booked_first_stays() -> None:
    assert out([holder(1), holder(2), holder(3)], 2) == {3}


def test_legal_appointments_stay_before_family_visits() -> None:
    assert out([holder(1), holder(2, legal=True)], 1) == {1}


def test_a_hold_goes_before_a_visit() -> None:
    assert out([holder(1, firm=False), holder(2)], 1) == {1}


def test_what_has_begun_stays_even_without_room() -> None:
    running = holder(9, at=NOW - timedelta(minutes=10))
    assert out([running, holder(1, at=NOW, start=5)], 0) == {1}


def test_one_that_goes_makes_room_for_the_next() -> None:
    """2 is out because of 1; 3, which only met 2, stays."""
    assert out([holder(1, 0), holder(2, 15), holder(3, 30)], 1) == {2}


def test_touching_visits_need_one_lane() -> None:
    assert out([holder(1, 0), holder(2, 30)], 1) == set()


holders = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8), st.booleans(), st.booleans()), max_size=12)


@settings(max_examples=20, deadline=None)
@given(rows=holders, lanes=st.integers(0, 4))
def test_what_stays_never_exceeds_the_room_and_more_room_never_puts_more_out(rows: list[tuple[int, int, bool, bool]], lanes: int) -> None:
    every = [holder(number, 5 * start, 5 * length, firm, legal) for number, (start, length, firm, legal) in enumerate(rows)]
    gone = out(every, lanes)
    used = Counter(tick for one in every if one.booking_id not in gone for tick in one.visit.ticks())
    assert all(number <= lanes for number in used.values())
    assert out(every, lanes) == gone
    if lanes >= len(every):
        assert gone == set()


@settings(max_examples=20, deadline=None)
@given(held=st.dictionaries(st.integers(1, 12), st.integers(0, 30), max_size=10), most=st.integers(0, 10), data=st.data())
def test_every_lane_has_one_holder_and_who_fits_is_below_the_limit(held: dict[int, int], most: int, data: st.DataObject) -> None:
    seen: set[int] = set()
    lanes = {booking: lane for booking, lane in held.items() if lane not in seen and not seen.add(lane)}  # type: ignore[func-returns-value]
    stays = data.draw(st.sets(st.sampled_from(sorted(lanes)), max_size=most)) if lanes and most else set()
    found = renumbered(lanes, most, frozenset(lanes.keys() - stays))
    assert found.keys() == lanes.keys()
    assert len(set(found.values())) == len(found)
    assert all(found[booking] < most for booking in stays)
    assert all(found[booking] == lanes[booking] for booking in stays if lanes[booking] < most)

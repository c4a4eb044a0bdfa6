"""Years, terminals that fall silent, and the week's table. Pure."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visitation.kernel.interval import at_local, tick_of
from visitation.timetable.rules import Said, Slot
from visitation.timetable.rules_calendar import State, as_day, as_weekday, as_working, changes, days_of, read_year, release_at, shown, year_states
from visitation.timetable.rules_terminals import Off, Silence, judged, state_of
from visitation.timetable.week import Taken, bounds, line, runs

HEAD = ["日期", "是否工作日", "按星期几", "备注"]
Table = list[tuple[int, list[str]]]


def table(year: int, **changed: list[str] | None) -> Table:
    """A right file of a year; `changed` by ISO day with underscores: other cells, or None for no row."""
    rows: Table = [(1, HEAD)]
    for number, day in enumerate(days_of(year), start=2):
        cells = changed.get(f"d{day:%m%d}", [day.isoformat(), "是" if day.weekday() < 5 else "否", "", ""])
        if cells is not None:
            rows.append((number, cells))
    return rows


def codes(rows: Table, year: int = 2027) -> list[tuple[str, dict[str, object]]]:
    return [(refusal.code, dict(refusal.facts)) for refusal in read_year(rows, year)[1]]


@pytest.mark.parametrize(("year", "number"), [(2027, 365), (2028, 366), (2100, 365), (2000, 366)])
def test_a_whole_year_is_read_with_29_february_where_there_is_one(year: int, number: int) -> None:
    lines, refusals = read_year(table(year), year)
    assert refusals == []
    assert len(lines) == number
    assert [line.day for line in lines] == days_of(year)


def test_a_gap_is_refused_with_its_days_and_row() -> None:
    assert codes(table(2027, d0301=None, d0302=None)) == [("YEAR_GAP", {"first": date(2027, 3, 1), "last": date(2027, 3, 2), "row": 60})]
    assert codes(table(2027, d1231=None)) == [("YEAR_GAP", {"first": date(2027, 12, 31), "last": date(2027, 12, 31), "row": 365})]
    assert codes(table(2028, d0229=None), 2028)[0][1]["first"] == date(2028, 2, 29)


def test_a_doubled_day_is_refused_with_both_rows() -> None:
    rows = [*table(2027), (400, ["2027-05-01", "否", "", ""])]
    assert codes(rows) == [("YEAR_DOUBLED", {"row": 400, "day": date(2027, 5, 1), "first": 122})]


def test_a_day_of_another_year_is_refused_by_row() -> None:
    found = codes(table(2027, d0101=["2026-01-01", "否", "", ""]))
    assert found[0] == ("YEAR_OTHER", {"row": 2, "day": date(2026, 1, 1), "year": 2027})
    assert found[1][0] == "YEAR_GAP"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["31.12", "是", "", ""], "YEAR_BAD_DAY"),
        (["2027-02-29", "是", "", ""], "YEAR_BAD_DAY"),
        (["2027-01-01", "maybe", "", ""], "YEAR_BAD_WORKING"),
        (["2027-01-01", "是", "星期八", ""], "YEAR_BAD_WEEKDAY"),
        (["2027-01-01", "否", "星期一", ""], "YEAR_WEEKDAY_OFF"),
        (["2027-01-01", "是", "", "很" * 101], "YEAR_NOTE_LONG"),
    ],
)
def test_a_wrong_cell_is_refused_by_row(cells: list[str], code: str) -> None:
    assert (code, 2) in [(found, facts.get("row")) for found, facts in codes(table(2027, d0101=cells))]


def test_a_file_without_its_headings_is_refused() -> None:
    assert codes([(1, ["a", "b"]), (2, ["2027-01-01", "是"])]) == [("YEAR_COLUMNS", {})]


def test_columns_may_stand_in_any_order_and_in_english() -> None:
    rows = [(1, ["Note", "Working day", "Date"]), *((number, ["", "yes", cells[0]]) for number, cells in table(2027)[1:])]
    lines, refusals = read_year(rows, 2027)
    assert (len(lines), refusals) == (365, [])


def test_no_more_refusals_than_anybody_reads() -> None:
    found = shown(read_year([(1, HEAD), *((number, [f"x{number}", "是"]) for number in range(2, 200))], 2027)[1])
    assert len(found) == 41
    assert found[-1].facts == {"rest": 158}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        ("2027/1/31", date(2027, 1, 31)),
        ("2027年1月31日", date(2027, 1, 31)),
        ("27-1-31", None),
        ("", None),
        ("2027-1", None),
    ],
)
def test_days_as_they_are_written(text: str, day: date | None) -> None:
    assert as_day(text) == day


def test_words_for_yes_no_and_weekdays() -> None:
    assert [as_working(text) for text in ("是", "上班", "Yes", "1", "否", "放假", "no", "0", "")] == [True] * 4 + [False] * 4 + [None]
    assert [as_weekday(text) for text in ("星期一", "周日", "Sunday", "3", "", "八")] == [0, 6, 6, 2, None, -1]


def test_what_is_known_of_a_year() -> None:
    said = {day: Said(True) for day in days_of(2028)}
    known = year_states((2026, 2027, 2028), said, lambda day: True if day.year == 2026 else None)
    assert known == [(2026, State.PUBLISHED), (2027, State.UNPUBLISHED), (2028, State.DECIDED)]
    del said[date(2028, 2, 29)]
    assert year_states((2028,), said, lambda _day: None) == [(2028, State.UNPUBLISHED)]


def test_only_days_to_come_that_change_are_named() -> None:
    lines, _refusals = read_year(table(2027), 2027)
    found = changes(lines, lambda day: day.weekday() < 5 if day.month != 6 else None, date(2027, 5, 1))
    assert {day.month for day, _before, _after in found} == {6}
    assert len(found) == 30


def test_a_ward_is_released_some_minutes_after_its_prison() -> None:
    assert release_at(date(2026, 11, 1), 20, "09:00", 25) == at_local(date(2026, 11, 20), time(9, 25))


# terminals

POLICY = Silence.of({"silent_minutes": 10, "closed_days": 1, "from_time": "08:30", "to_time": "17:30"})
TEN = datetime(2026, 11, 24, 2, tzinfo=UTC)  # 10:00 in Shanghai
MINUTE = timedelta(minutes=1)


def off(seen: timedelta | None, now: datetime = TEN, known: Off | None = None, working: bool | None = True) -> Off:
    return judged(None if seen is None else now - seen, known or Off(), POLICY, working, now)


def test_a_silent_terminal_has_no_places_for_the_rest_of_the_day() -> None:
    assert off(10 * MINUTE) == Off()
    assert off(10 * MINUTE + timedelta(seconds=1)) == Off(TEN, at_local(date(2026, 11, 25), time()))


def test_as_many_days_are_closed_as_the_policy_says() -> None:
    longer = Silence.of({"silent_minutes": 10, "closed_days": 3, "from_time": "08:30", "to_time": "17:30"})
    assert judged(TEN - 20 * MINUTE, Off(), longer, True, TEN).until == at_local(date(2026, 11, 27), time())


@pytest.mark.parametrize("seen", [None, MINUTE])
def test_never_seen_is_not_gone_and_heard_again_is_back_at_once(seen: timedelta | None) -> None:
    assert off(seen, known=Off(TEN - MINUTE, TEN + MINUTE)) == Off()


@pytest.mark.parametrize(("hour", "expected"), [(0, False), (8, False), (9, True), (17, True), (18, False)])
def test_nobody_wonders_at_night(hour: int, expected: bool) -> None:
    now = at_local(date(2026, 11, 24), time(hour))
    assert (off(600 * MINUTE, now).until is not None) is expected
    assert off(600 * MINUTE, now, working=False) == Off()


def test_a_closed_terminal_stays_closed_until_its_end_and_is_judged_anew_then() -> None:
    known = Off(TEN, at_local(date(2026, 11, 25), time()))
    assert off(900 * MINUTE, TEN + timedelta(hours=9), known) == known
    assert off(1800 * MINUTE, at_local(date(2026, 11, 25), time(0)), known) == Off()
    assert off(1800 * MINUTE, at_local(date(2026, 11, 25), time(9)), known).until == at_local(date(2026, 11, 26), time())


def test_states_of_a_terminal() -> None:
    assert [state_of(False, None, TEN, TEN), state_of(True, TEN + MINUTE, TEN, TEN), state_of(True, TEN, TEN, TEN), state_of(True, None, None, TEN)] == [
        *("out", "offline", "on", "never")
    ]


# the week's table

NINE = at_local(date(2026, 11, 30), time(9))
FIRST = tick_of(NINE)


def slot(minutes: int, terminals: tuple[int, ...] = (1,), length: int = 30) -> Slot:
    return Slot(7, "family_visit", NINE + timedelta(minutes=minutes), length, 10, terminals)


def test_what_is_booked_stands_before_what_is_free_and_that_before_what_is_closed() -> None:
    taken = [Taken(1, "family_visit", NINE + 40 * MINUTE, NINE + 70 * MINUTE)]
    cells = line(FIRST, FIRST + 24, [slot(0), slot(40)], [slot(0), slot(40), slot(80)], taken, 1)
    assert [(cell.state, cell.span) for cell in cells] == [("free", 6), ("", 2), ("booked", 6), ("", 2), ("closed", 6), ("", 2)]


pieces = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from([(1,), (2,), (1, 2)])), max_size=8)


@settings(max_examples=20, deadline=None)
@given(free=pieces, closed=pieces, taken=pieces)
def test_every_line_fills_its_day_exactly(free: list[tuple[int, int, tuple[int, ...]]], closed: list, taken: list) -> None:  # type: ignore[type-arg]
    def as_slots(found: list) -> list[Slot]:  # type: ignore[type-arg]
        return [slot(5 * start, places, 5 * length) for start, length, places in found]

    booked = [Taken(places[0], "x", NINE + 5 * start * MINUTE, NINE + 5 * (start + length) * MINUTE) for start, length, places in taken]
    for terminal in (1, 2):
        assert sum(cell.span for cell in line(FIRST, FIRST + 48, as_slots(free), as_slots(closed), booked, terminal)) == 48
    assert sum(run.span for run in runs(FIRST, FIRST + 48, booked, lambda _tick: 3, frozenset(range(FIRST, FIRST + 20)))) == 48


def test_booked_and_possible_are_told_stretch_by_stretch() -> None:
    taken = [Taken(number, "x", NINE, NINE + 30 * MINUTE) for number in (1, 2, 3)]
    found = runs(FIRST, FIRST + 12, taken, lambda tick: 2 if tick < FIRST + 3 else 3, frozenset(range(FIRST, FIRST + 9)))
    assert [(run.span, run.booked, run.most, run.state) for run in found] == [(3, 3, 2, "over"), (3, 3, 3, "full"), (3, 0, 3, "room"), (3, 0, None, "")]


def test_the_columns_begin_with_a_whole_hour() -> None:
    found = bounds([(9 * 12 + 6, 11 * 12 + 6), (10 * 12, 16 * 12 + 6)])
    assert (found.first, found.last) == (9 * 12, 16 * 12 + 6)
    assert found.hours[0] == (9, 12)
    assert found.hours[-1] == (16, 6)
    assert bounds([]).hours[0] == (9, 12)

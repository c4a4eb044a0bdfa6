"""The free time that comes back from a page, and the day that a page shows."""

from datetime import UTC, date, datetime

import pytest

from consult.arranging import choice, chosen, day_shown
from visitation.kernel.errors import Refused

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def test_what_a_page_offers_comes_back_as_it_was() -> None:
    assert chosen("7", choice(3, NOON), "NO") == (7, 3, NOON)
    assert chosen("7", "3@2026-11-24T12:00:00+08:00", "NO") == (7, 3, NOON)


@pytest.mark.parametrize(
    ("whom", "place"),
    [
        ("7", None),
        ("7", "nonsense"),
        ("7", "3@2026-11-24T12:00:00"),
        ("7", "3@9999-12-31T23:59:59-14:00"),
        ("7", "3@0001-01-01T00:00:00+14:00"),
        ("7", "0@2026-11-24T12:00:00+08:00"),
        ("-7", "3@2026-11-24T12:00:00+08:00"),
        ("2147483648", "3@2026-11-24T12:00:00+08:00"),
        ("", "3@2026-11-24T12:00:00+08:00"),
    ],
)
def test_what_no_page_offers_is_refused_by_its_name(whom: str, place: str | None) -> None:
    with pytest.raises(Refused) as refused:
        chosen(whom, place, "NO")
    assert refused.value.codes == ("NO",)


@pytest.mark.parametrize(
    ("asked", "day"), [("", date(2026, 11, 25)), ("x", date(2026, 11, 25)), ("2026-11-23", date(2026, 11, 24)), ("9999-12-31", date(2027, 11, 25))]
)
def test_a_page_shows_a_day_from_today_to_a_year_ahead(asked: str, day: date) -> None:
    assert day_shown(asked, NOON) == day

"""Distances, directions, places and the drawing of a map."""

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.directory import places
from consult.directory.drawing import CLOSE, SIZE, Mark, Name, apart, clear, draw, ring_km
from consult.directory.rules import EARTH_KM, Point, bearing, distance, nearest, point_refusals

POINTS = st.builds(Point, st.floats(-80, 80), st.floats(-179, 179))
BEIJING, SHANGHAI = places.every()["110000"], places.every()["310000"]


def test_known_distances() -> None:
    assert distance(BEIJING, SHANGHAI) == pytest.approx(1068, abs=3)
    assert distance(Point(0, 0), Point(0, 180)) == pytest.approx(math.pi * EARTH_KM)
    assert distance(Point(0, 179.5), Point(0, -179.5)) == pytest.approx(math.pi * EARTH_KM / 180), "across the date line"
    assert bearing(Point(30, 100), Point(31, 100)) == pytest.approx(0)
    assert bearing(Point(0, 100), Point(0, 101)) == pytest.approx(90)


@settings(max_examples=50)
@given(POINTS, POINTS, POINTS)
def test_a_distance_is_a_distance(one: Point, other: Point, third: Point) -> None:
    assert distance(one, one) == 0
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert distance(one, third) <= distance(one, other) + distance(other, third) + 1e-6


def test_near_to_far_and_in_the_order_given_when_equal() -> None:
    spots = [Point(1, 0), Point(0, 0), Point(0, 1), Point(-1, 0)]
    assert [spot for _km, spot in nearest(Point(0, 0), spots, 3)] == [Point(0, 0), Point(1, 0), Point(0, 1)]


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        (None, None, None),
        (30.0, 104.0, None),
        (None, 104.0, "POINT_HALF"),
        (30.0, None, "POINT_HALF"),
        (104.0, 30.0, "POINT_OUTSIDE"),
        (0.0, 0.0, "POINT_OUTSIDE"),
    ],
)
def test_coordinates(latitude: float | None, longitude: float | None, code: str | None) -> None:
    assert [refusal.code for refusal in point_refusals(latitude, longitude)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("东莞", "广东省东莞市"),
        ("东莞市", "广东省东莞市"),
        ("广东 东莞", "广东省东莞市"),
        ("罗湖区", "广东省深圳市罗湖区"),
        ("北京 朝阳区", "北京市朝阳区"),
        ("510100", "四川省成都市"),
        ("北京市", "北京市"),
        ("四川省", "四川省"),
        ("鼓楼区", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_what_words_mean(typed: str, path: str | None) -> None:
    found = places.meant(typed)
    assert (found.path if found else None) == path


def test_the_table_is_whole() -> None:
    every = places.every().values()
    assert len(every) > 3000
    assert len({one.province for one in every}) == 34
    assert all(3 < one.latitude < 54 and 73 < one.longitude < 136 for one in every)


def test_marks_on_one_spot_are_spread_and_stay_on_the_map() -> None:
    spots = apart([(180.0, 180.0)] * 20)
    assert min(math.dist(one, other) for place, one in enumerate(spots) for other in spots[:place]) >= CLOSE
    assert spots[0] == (180.0, 180.0)


def test_the_map_shows_true_directions() -> None:
    drawing = ET.fromstring(draw(BEIJING, "北京市", [Mark(1, SHANGHAI)], [Name("济南市", places.every()["370100"])]))
    texts = {text.text: (float(text.attrib["x"]), float(text.attrib["y"])) for text in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert texts["1"][1] > SIZE / 2, "south is down"
    assert texts["1"][0] > SIZE / 2, "east is right"
    assert texts["北京市"][1] < SIZE / 10, "the place asked from is named in the corner, where no mark lies on it"
    assert "济南市" in texts
    assert {f"{ring_km([1068]) * n:g} km" for n in (1, 2, 3)} <= set(texts)
    assert ring_km([]) == 1


def test_names_that_could_not_be_read_are_left_out() -> None:
    def name(text: str) -> Name:
        return Name(text, BEIJING)

    spots = [(100.0, 300.0)]
    kept = clear([(name("甲县"), 300.0, 300.0), (name("乙县"), 310.0, 305.0), (name("丙县"), 104.0, 310.0), (name("丁县"), 2.0, 200.0)], spots)
    assert [one.text for one, _x, _y in kept] == ["甲县"], "not over another name, a mark, or the edge"

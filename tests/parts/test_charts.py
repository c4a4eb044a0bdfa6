"""Charts: what is written into them, and the room that is reserved for it."""

from xml.etree import ElementTree as ET

import pytest

from visitation.web.charts import bars, lines, lying, lying_height, standing_height, tens_below

MONTHS = ("2026-09", "2026-10", "2026-11")
PRISONS = tuple(f"第{number}监狱" for number in range(1, 26))


def texts(drawn: bytes) -> list[str]:
    return [(node.text or "").strip() for node in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]


def height(drawn: bytes) -> int:
    return int(ET.fromstring(drawn).attrib["viewBox"].split()[3])


def test_a_comparison_names_every_prison_with_its_number() -> None:
    drawn = texts(lying(PRISONS, [("会见场次", [100 + place for place in range(25)])], width=480))
    assert [text for text in drawn if text in PRISONS] == list(reversed(PRISONS))
    assert {str(100 + place) for place in range(25)} <= set(drawn)


def test_a_rate_shows_its_target_and_an_axis_in_whole_tens() -> None:
    drawn = lines(MONTHS, [("答复率", [100.0, None, 66.7])], tens_below([100.0, 66.7]), 100, unit=" %", target=("目标 98 %", 98))
    assert {"目标 98 %", "60 %", "70 %", "80 %", "90 %", "100 %"} <= set(texts(drawn))
    assert b"stroke-dasharray:8,5" in drawn.replace(b": ", b":")


@pytest.mark.parametrize(("values", "low"), [([], 80), ([100.0, 98.0], 80), ([80.0], 80), ([79.9], 70), ([0.0], 0)])
def test_the_axis_of_a_rate_begins_at_eighty_or_the_ten_below(values: list[float], low: float) -> None:
    assert tens_below(values) == low


@pytest.mark.parametrize("names", [("甲",), ("甲", "乙", "丙"), ("服刑人员拒绝或身份核验未通过", "提前结束"), ("Refused, or identity not confirmed",) * 6])
@pytest.mark.parametrize("stacked", [True, False])
def test_the_page_reserves_the_height_that_is_drawn(names: tuple[str, ...], stacked: bool) -> None:
    series = [(name, [1.0] * 25) for name in names]
    assert height(lying(PRISONS, series, stacked=stacked, width=480)) == lying_height(25, names, stacked)
    assert height(bars(PRISONS, series, stacked=stacked, width=480)) == standing_height(names, 480)

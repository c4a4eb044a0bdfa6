"""What a session takes along: the fold over its events."""

from itertools import product

import pytest

from visitation.supervision.carry import MOST_UNCONFIRMED, Happened, fold

NOTHING = {"muted": [], "pause": None, "warnings": 0, "unconfirmed": []}


def test_of_no_events_nothing_is_left() -> None:
    assert fold([]) == NOTHING


@pytest.mark.parametrize("course", list(product(("muted", "lifted"), repeat=3)))
def test_the_last_word_on_a_mute_counts(course: tuple[str, ...]) -> None:
    events = [Happened(kind, "officer:1", {"pid": "visitor:5"}) for kind in course]
    assert fold(events)["muted"] == (["visitor:5"] if course[-1] == "muted" else [])


@pytest.mark.parametrize(
    ("events", "pause"),
    [
        ([("pause", {"reason": "break: tea at three"})], "break"),
        ([("pause", {"reason": ""})], "officer"),
        ([("pause", {})], "officer"),
        ([("pause", {"reason": "x" * 300})], "x" * 40),
        ([("pause", {"reason": "break"}), ("resume", {})], None),
        ([("resume", {}), ("pause", {"reason": "late_visitor"})], "late_visitor"),
        ([("pause", {"reason": "break"}), ("pause", {"reason": "technical"})], "technical"),
    ],
)
def test_a_pause_goes_along_as_its_code(events: list[tuple[str, dict[str, str]]], pause: str | None) -> None:
    assert fold(Happened(kind, "officer:1", data) for kind, data in events)["pause"] == pause


def warned(number: int, *to: str, rule: object = 3) -> Happened:
    return Happened("warned", "officer:1", {"id": f"m{number}", "rule": rule, "to": list(to), "text": "words"})


def test_warnings_are_counted_and_the_unconfirmed_ones_wait_for_those_who_owe_it() -> None:
    events = [warned(1, "visitor:5", "terminal:3"), warned(2, "visitor:5"), Happened("confirmed", "visitor:5", {"id": "m1"})]
    left = fold(events)
    assert left["warnings"] == 2
    assert left["unconfirmed"] == [{"rule": 3, "to": ["terminal:3"]}, {"rule": 3, "to": ["visitor:5"]}]
    assert "words" not in str(left), "free text is in nobody's token"
    done = [*events, Happened("confirmed", "terminal:3", {"id": "m1"}), Happened("confirmed", "visitor:5", {"id": "m2"})]
    assert fold(done)["unconfirmed"] == []


def test_strange_lines_change_nothing() -> None:
    events = [Happened("confirmed", "visitor:5", {"id": "m9"}), Happened("confirmed", "visitor:5", {}), warned(1, "visitor:5", rule="3"), warned(2)]
    assert fold(events) == NOTHING | {"warnings": 2}


def test_a_token_stays_small() -> None:
    assert len(fold(warned(n, "visitor:5") for n in range(50))["unconfirmed"]) == MOST_UNCONFIRMED

"""One officer's watch passes to another without a gap, and each direction of a line has its own quality."""

from datetime import timedelta

import pytest

from tests.unit.test_signalling_session import Play
from visitation.signalling.actions import ActionRefused, act
from visitation.signalling.participants import BothWays
from visitation.signalling.policy import Lease
from visitation.signalling.snapshot import snapshot_of


def both_renew(play: Play, seconds: float, pids: tuple[str, ...]) -> None:
    """Time passes while these consoles renew and decode."""
    for n in range(round(seconds * 10)):
        play.clock.advance(timedelta(seconds=0.1))
        for pid in pids if n % 4 == 0 else ():
            play.lease(pid, frames=play.around.frames.get(pid, 0) + 5)
        play.session.tick()


def taken(play: Play) -> None:
    play.join("officer:10")
    play.up("officer:10")
    both_renew(play, 1.5, ("officer:9", "officer:10"))


def test_a_watch_passes_on_and_the_gate_never_closes() -> None:
    play = Play().live()
    before = len(play.around.of("gate"))
    taken(play)
    leaving = play.session.participants["officer:9"]
    act(play.session, leaving, "speak", {"to": "all"})
    act(play.session, leaving, "hand_over", {"to": "officer:10"})
    assert leaving.speaking_to == frozenset()
    play.session.socket_gone("officer:9", leaving.generation, on_purpose=True)
    assert play.session.gate.open
    assert play.session.gate_valve.until > play.clock.monotonic()
    both_renew(play, 5, ("officer:10",))
    assert play.session.gate.open
    assert len(play.around.of("gate")) == before, "no gate event: it never closed"
    (record,) = play.around.of("handed_over")
    assert record == {"to": "officer:10", "tasks": [], "warnings": 0, "recording": {}, "gate_open": True}
    coverage = play.session.coverage
    assert coverage.leased == pytest.approx(coverage.live)


@pytest.mark.parametrize("to", ["officer:10", None])
def test_nobody_leaves_before_the_next_one_has_proven_to_see(to: str | None) -> None:
    play = Play().live()
    leaving = play.session.participants["officer:9"]
    with pytest.raises(ActionRefused, match="NOT_TAKEN"):
        act(play.session, leaving, "hand_over", {"to": to})
    play.join("officer:10")
    play.up("officer:10")
    play.lease("officer:10", frames=0)
    assert play.session.participants["officer:10"].lease.state is Lease.PRESENT  # type: ignore[union-attr]
    with pytest.raises(ActionRefused, match="NOT_TAKEN"):
        act(play.session, leaving, "hand_over", {"to": to})
    assert play.around.of("handed_over") == []


def test_to_somebody_else_than_who_took_it_nothing_passes() -> None:
    play = Play().live()
    taken(play)
    with pytest.raises(ActionRefused, match="NOT_TAKEN"):
        act(play.session, play.session.participants["officer:9"], "hand_over", {"to": "officer:11"})


def test_not_while_a_warning_is_unconfirmed_and_what_is_open_goes_with_it() -> None:
    play = Play().live()
    taken(play)
    leaving = play.session.participants["officer:9"]
    act(play.session, leaving, "warn", {"rule": 2, "to": "outside"})
    with pytest.raises(ActionRefused, match="WARNING_UNCONFIRMED"):
        act(play.session, leaving, "hand_over", {})
    play.session.messages.receipt("m1", "visitor:1", "confirmed")
    play.session.task("WARNING_UNCONFIRMED", None, open_=False)
    play.session.task("LINE_BAD", "visitor:1", open_=True)
    act(play.session, leaving, "hand_over", {})
    (record,) = play.around.of("handed_over")
    assert record["to"] == "officer:10"
    assert record["warnings"] == 1
    assert record["tasks"] == ["LINE_BAD"]


@pytest.mark.parametrize("kind", ["family_call", "legal_consult", "lawyer_meeting", "mediation_session"])
def test_every_kind_can_be_handed_over(kind: str) -> None:
    play = Play(kind)
    outside = "visitor:1" if kind in ("family_call", "mediation_session") else "lawyer:1"
    for pid in (outside, "terminal:3", "officer:9"):
        play.join(pid)
        play.up(pid)
    both_renew(play, 1, ("officer:9",))
    assert play.session.gate.open
    taken(play)
    act(play.session, play.session.participants["officer:9"], "hand_over", {})
    assert len(play.around.of("handed_over")) == 1


def test_each_direction_has_its_own_word_and_the_worse_one_counts() -> None:
    line = BothWays()
    looks = [(0.0, 0.05), (0.1, 0.05), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]
    said = [(line.seen(*look), line.up.word, line.down.word, line.word) for look in looks]
    assert said == [
        (True, "good", "poor", "poor"),
        (True, "bad", "poor", "bad"),
        (False, "bad", "poor", "bad"),
        (False, "bad", "poor", "bad"),
        (True, "poor", "good", "poor"),
    ]
    assert line.told() == {"up": "poor", "down": "good", "lost_up": 0.0, "lost_down": 0.0}


def test_the_snapshot_tells_both_directions() -> None:
    play = Play().live()
    person = play.session.participants["visitor:1"]
    person.stats = {"rtt": 80.0, "loss_in": 0.03, "kbps_in": 300.0}
    person.line.seen(0.001, 0.03)
    told = next(p for p in snapshot_of(play.session)["participants"] if p["pid"] == "visitor:1")
    assert told["quality"] == "poor"
    assert told["line"] == {"up": "good", "down": "poor", "lost_up": 0.001, "lost_down": 0.03, "rtt": 80.0}

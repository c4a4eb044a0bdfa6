"""A broker lets go of its sessions, and takes up those of another."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.test_signalling_broker import FACTS, Door, with_door
from visitation.kernel.clock import SystemClock
from visitation.signalling import broker, draining
from visitation.signalling.control import state
from visitation.signalling.draining import drain
from visitation.signalling.metrics import GROWING, metrics
from visitation.signalling.policy import Stage
from visitation.signalling.sealing import new_recording_key_pair
from visitation.signalling.settings import BrokerSettings
from visitation.signalling.tokens import Facts, Purpose, Resume, TokenRefused, Unconfirmed, Zone


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a drain so short that a test need not wait for them."""
    monkeypatch.setattr(draining, "STEP", 0.001)
    monkeypatch.setattr(draining, "BETWEEN", 0.02)
    monkeypatch.setattr(broker, "JOINS_OF_ONE", 4)


def last(wire: Any) -> tuple[str, Any]:
    return wire.sent[-1]["t"], wire.sent[-1].get("code")


async def journalled(door: Door, kind: str) -> list[dict[str, Any]]:
    for _ in range(400):
        if door.broker.journal.durable == door.broker.journal.last:
            break
        await asyncio.sleep(0.005)
    return [event for event in door.broker.journal.after(0, 500) if event["type"] == kind]


def test_a_session_is_let_go_with_its_count_and_may_come_back(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        box = door.enter("terminal:3")
        door.broker.rooms["v1"].session.time.used = 61.26
        assert door.broker.command({"id": 1, "op": "hand_over", "sid": "v1"})
        assert door.broker.command({"id": 2, "op": "hand_over", "sid": "nobody"})
        assert last(box) == ("refused", "DRAINING")
        assert "v1" not in door.broker.rooms
        assert [event["data"] for event in await journalled(door, "released")] == [{"seconds_used": 61.3}]
        assert len(await journalled(door, "coverage")) == 1
        assert door.enter("terminal:3").sent[0]["t"] == "welcome", "the prison may send it back here"

    with_door(work, tmp_path)


def test_nothing_is_counted_for_a_session_nobody_stated(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.enter("lawyer:1")
        door.broker.hand_over(door.broker.rooms["v1"])
        assert await journalled(door, "released") == []

    with_door(work, tmp_path)


def run_drain(door: Door, limit: float, hurry: bool = False) -> "asyncio.Task[None]":
    wish = asyncio.Event()
    if hurry:
        wish.set()
    return asyncio.create_task(drain(door.broker, limit, wish))


async def settle(door: Door, seconds: float = 0.0) -> None:
    """Let the drain see the hands of the clock."""
    door.clock.advance(timedelta(seconds=seconds))
    await asyncio.sleep(0.012)


def test_with_nobody_here_it_stops_at_once(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.enter("terminal:3", "test:1", purpose=Purpose.TEST, facts=None)
        await asyncio.wait_for(run_drain(door, 3600), 1)
        assert state(door.broker)["leaving"]

    with_door(work, tmp_path)


def test_without_another_broker_it_waits_for_the_rest_as_long_as_it_may(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.broker.beat(standing=True, elsewhere=False)
        door.enter("terminal:3")
        task = run_drain(door, 60)
        await settle(door)
        await settle(door, 59)
        assert not task.done()
        with pytest.raises(TokenRefused, match="DRAINING"):
            door.enter("lawyer:1", "v2")
        assert door.enter("terminal:3").sent[0]["t"] == "welcome", "who is in it may come back"
        await settle(door, 2)
        assert task.done()

    with_door(work, tmp_path)


def test_it_stops_when_the_last_visit_ends(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.enter("terminal:3")
        task = run_drain(door, 3600)
        await settle(door)
        door.broker.command({"id": 1, "op": "end", "sid": "v1", "outcome": "completed"})
        await settle(door)
        assert task.done()

    with_door(work, tmp_path)


def test_a_second_signal_cuts_it_short(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.enter("terminal:3")
        await asyncio.wait_for(run_drain(door, 3600, hurry=True), 1)

    with_door(work, tmp_path)


def test_with_another_broker_it_hands_over_once_the_prison_knows(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.broker.beat(standing=True, elsewhere=True)
        wires = [door.enter("terminal:3", f"v{number}") for number in range(12)]
        task = run_drain(door, 0)
        await settle(door)
        assert not task.done(), "whoever asks now would be sent here again"
        assert last(wires[0])[1] != "DRAINING"
        door.broker.beat(standing=True)
        await settle(door)
        assert sum(last(wire) == ("refused", "DRAINING") for wire in wires) == 10, "not everybody in the same instant"
        await settle(door)
        await settle(door)
        assert {last(wire) for wire in wires} == {("refused", "DRAINING")}
        assert not task.done(), "the journal waits to be fetched"
        door.broker.journal.after(door.broker.journal.last, 1)
        await settle(door)
        assert task.done()

    with_door(work, tmp_path)


def test_when_nobody_stands_behind_it_its_people_ask_where_to_go(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.broker._step(0)
        box = door.enter("terminal:3")
        door.broker.beat(standing=True)
        door.clock.advance(timedelta(seconds=34))
        door.broker._step(door.clock.monotonic())
        assert last(box)[0] == "session"
        door.clock.advance(timedelta(seconds=2))
        door.broker._step(door.clock.monotonic())
        assert last(box) == ("refused", "DRAINING")
        again = door.enter("terminal:3")
        door.broker._step(door.clock.monotonic())
        assert last(again) != ("refused", "DRAINING"), "once is enough"

    with_door(work, tmp_path)


def test_one_identity_may_not_ring_without_end(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        for _ in range(4):
            door.enter("terminal:3")
        with pytest.raises(TokenRefused, match="FULL"):
            door.enter("terminal:3")
        door.enter("lawyer:1")
        door.clock.advance(timedelta(seconds=61))
        door.enter("terminal:3")

    with_door(work, tmp_path)


async def asked(door: Door, seconds: float) -> tuple[float, int]:
    """How long a question for news was held, and how many events were there then."""
    loop = asyncio.get_running_loop()
    known, began = door.broker.journal.durable, loop.time()
    await door.broker.journal.wait(known, seconds)
    return loop.time() - began, door.broker.journal.durable - known


def test_a_question_for_news_is_held_until_there_is_some_and_let_go_at_the_end(tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        door.broker.journal._clock = SystemClock()
        held, found = await asked(door, 0.02)
        assert (0.01 < held < 1, found) == (True, 0)
        question = asyncio.create_task(asked(door, 30))
        await asyncio.sleep(0)
        door.broker.journal.append("joined", "v1", None, None, {})
        held, found = await asyncio.wait_for(question, 5)
        assert found == 1
        question = asyncio.create_task(asked(door, 30))
        await asyncio.sleep(0)
        door.broker.journal.let_go()
        assert (await asyncio.wait_for(question, 5))[1] == 0

    with_door(work, tmp_path)


# -- taken up


LEFT = Resume(run=2, was_live=True, pause="break", muted=("lawyer:1",), warnings=2, unconfirmed=(Unconfirmed(rule=4, to=("lawyer:1",)),))


def test_what_another_run_left_behind_is_taken_up_from_the_prison_only(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        facts = FACTS.model_copy(update={"resume": LEFT, "minutes": 4.0})
        guest = door.enter("lawyer:1", facts=facts)
        session = door.broker.rooms["v1"].session
        assert (session.was_live, session.pause_reason, session.messages.warnings) == (False, None, 0), "a family's word is not enough"
        door.enter("terminal:3", facts=facts)
        assert (session.was_live, session.why_paused, session.messages.warnings, session.stage) == (True, "break", 2, Stage.PAUSED)
        assert session.participants["lawyer:1"].muted
        assert not session.participants["terminal:3"].muted
        told = [message for message in guest.sent if message["t"] == "message"]
        assert [(one["id"], one["warning"]) for one in told] == [("m2-1", 4)]
        assert session.time.warning(0.0) is None, "the warning at five minutes was given before"
        assert not session.gate.open
        door.enter("terminal:3", facts=facts)
        assert session.messages.warnings == 2, "once"

    with_door(work, tmp_path)


def test_who_comes_later_is_muted_and_warned_as_before(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        facts = FACTS.model_copy(update={"resume": LEFT})
        door.enter("terminal:3", facts=facts)
        guest = door.enter("lawyer:1", facts=facts)
        person = door.broker.rooms["v1"].session.participants["lawyer:1"]
        assert person.muted
        assert [message["t"] for message in guest.sent].count("message") == 1
        person.muted = False
        door.enter("lawyer:1", facts=facts)
        assert not person.muted, "lifted is lifted"

    with_door(work, tmp_path)


def test_segments_of_two_runs_never_share_a_name(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("terminal:3", facts=FACTS.model_copy(update={"resume": LEFT}))
        assert door.broker.rooms["v1"]._inheritance.first_segment == 20000
        vault = door.broker.vault
        names = [vault.begin("v1", "terminal", 0, first).path.name for first in (0, 0, 20000, 20000)]
        assert names == [f"terminal-{number}.webm.sealed" for number in (1, 2, 20001, 20002)]

    with_door(work, tmp_path, recording_public_key=new_recording_key_pair()[1])


def test_a_resume_that_makes_no_sense_is_no_fact() -> None:
    for crooked in ({"run": -1}, {"muted": ["x"] * 17}, {"pause": "x" * 201}, {"unconfirmed": [{"rule": 0}]}):
        with pytest.raises(ValueError, match="resume"):
            Facts.model_validate({"kind": "family_visit", "minutes": 30, "hard_end": 1, "resume": crooked})


# -- figures and settings


def test_figures_say_what_is_and_what_only_grows(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("terminal:3")
        with pytest.raises(TokenRefused):
            door.broker.enter("nonsense", Zone.FAMILY, None)  # type: ignore[arg-type]
        door.broker.leave()
        text = metrics(door.broker)
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert values["broker_sessions"] == "1"
        assert values['broker_sessions_by_stage{stage="waiting"}'] == "1"
        assert (values['broker_joins{answer="OK"}'], values['broker_joins{answer="BAD_MESSAGE"}']) == ("1", "1")
        assert (values["broker_leaving"], values["broker_standing"]) == ("1", "0")
        assert {line.split()[2] for line in text.splitlines() if line.endswith(" counter")} == GROWING
        assert all(name.split("{")[0] in text for name in GROWING)

    with_door(work, tmp_path)


def test_each_side_has_ports_of_its_own_or_both_share() -> None:
    keys = {"family_public_key": "A" * 43 + "=", "prison_public_key": "A" * 43 + "="}
    shared = BrokerSettings(**keys, media_ports="40000-40999")
    assert shared.port_range(Zone.FAMILY) == shared.port_range(Zone.PRISON) == (40000, 40999)
    own = BrokerSettings(**keys, media_ports="40000-40999", media_outside_ports="50000-50999")
    assert (own.port_range(Zone.FAMILY), own.port_range(Zone.PRISON)) == ((50000, 50999), (40000, 40999))
    assert BrokerSettings(**keys).port_range(Zone.FAMILY) is None


def test_only_those_outside_are_told_of_relays(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("terminal:3")
        door.enter("lawyer:1")
        room = door.broker.rooms["v1"]
        assert len(room._ice("lawyer:1")) == 2
        assert room._ice("terminal:3") == room._ice("nobody") == []

    with_door(work, tmp_path, ice_servers=[{"urls": "stun:192.0.2.1"}], turn_urls=("turn:192.0.2.1",), turn_secret="s")

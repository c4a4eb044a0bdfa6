"""The broker's door and its commands, without a network."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from visitation.kernel.clock import FixedClock
from visitation.signalling import tokens
from visitation.signalling.broker import Broker
from visitation.signalling.policy import Stage
from visitation.signalling.settings import BrokerSettings
from visitation.signalling.tokens import MAY_SIGN, Facts, Ticket, TokenRefused, Zone
from visitation.signalling.turn import turn_servers

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FAMILY, PRISON = tokens.new_key_pair(), tokens.new_key_pair()
FACTS = Facts.model_validate({"kind": "legal_consult", "minutes": 30, "hard_end": NOON.timestamp() + 3600, "officer_sees": True, "checked_in": True})


class Wire:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    hang_up = send


class Door:
    """A broker on a clock that stands still."""

    def __init__(self, folder: Path, **more: Any) -> None:
        usual = {"family_public_key": FAMILY[1], "prison_public_key": PRISON[1], "data_dir": folder, "media_inside_bind": "127.0.0.1"}
        self.clock = FixedClock(NOON)
        self.broker = Broker(BrokerSettings(**{**usual, "media_outside_bind": "127.0.0.1", **more}), self.clock)

    def enter(self, pid: str, sid: str = "v1", **more: Any) -> Wire:
        role = pid.partition(":")[0]
        ticket = Ticket.model_validate({"sid": sid, "pid": pid, "role": role, "facts": FACTS, **more})
        zone = Zone.FAMILY if ticket.role in MAY_SIGN[Zone.FAMILY] else Zone.PRISON
        key = FAMILY[0] if zone is Zone.FAMILY else PRISON[0]
        wire = Wire()
        self.broker.enter(tokens.sign(key, zone, self.broker.audience, ticket, self.clock.now()), zone, wire)
        return wire

    async def close(self) -> None:
        await self.broker.stop()


def with_door(work: Any, tmp_path: Path, **more: Any) -> None:
    async def run() -> None:
        door = Door(tmp_path, **more)
        try:
            result = work(door)
            if isinstance(result, Coroutine):
                await result
        finally:
            await door.close()

    asyncio.run(run())


def test_a_token_opens_once(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        ticket = Ticket.model_validate({"sid": "v1", "pid": "lawyer:1", "role": "lawyer", "facts": FACTS})
        token = tokens.sign(FAMILY[0], Zone.FAMILY, door.broker.audience, ticket, NOON)
        wire = Wire()
        door.broker.enter(token, Zone.FAMILY, wire)
        assert wire.sent[0]["t"] == "welcome"
        with pytest.raises(TokenRefused, match="TOKEN_USED"):
            door.broker.enter(token, Zone.FAMILY, Wire())

    with_door(work, tmp_path)


def test_an_officer_has_as_many_sessions_as_lanes(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("officer:9", "v1", purpose="supervise", lanes=2)
        door.enter("officer:9", "v2", lanes=2)
        door.enter("officer:9", "v2", lanes=2)
        with pytest.raises(TokenRefused, match="LANES_USED"):
            door.enter("officer:9", "v3", lanes=2)
        door.enter("officer:9", "v3", purpose="check_in")

    with_door(work, tmp_path)


def test_the_older_connection_is_told(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        old = door.enter("terminal:3")
        new = door.enter("terminal:3")
        assert old.sent[-1] == {"t": "replaced"}
        assert new.sent[0]["generation"] == 2

    with_door(work, tmp_path)


def test_a_full_broker_and_a_draining_one_take_no_new_session(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("lawyer:1", "v1")
        with pytest.raises(TokenRefused, match="FULL"):
            door.enter("lawyer:1", "v2")
        door.broker.command({"id": 1, "op": "drain"})
        door.enter("terminal:1", "v1")
        with pytest.raises(TokenRefused, match="DRAINING"):
            door.enter("lawyer:1", "v2")

    with_door(work, tmp_path, max_sessions=1)


def test_commands_are_done_once(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("terminal:3")
        session = door.broker.rooms["v1"].session
        extend = {"id": "a", "op": "extend", "sid": "v1", "hard_end": NOON.timestamp() + 5000, "minutes": 45}
        assert door.broker.command(extend)
        assert door.broker.command({**extend, "minutes": 99})
        assert session.time.minutes == 45
        for crooked in ({}, {"id": 1}, {"id": [], "op": "end"}, {"id": 2, "op": "dance", "sid": "v1"}, {"id": 3, "op": "extend", "sid": "v1"}):
            assert not door.broker.command(crooked)
        assert door.broker.command({"id": 4, "op": "end", "sid": "v1", "outcome": "stopped"})
        assert session.stage is Stage.ENDED
        with pytest.raises(TokenRefused, match="ENDED"):
            door.enter("lawyer:1")

    with_door(work, tmp_path)


def test_a_segment_is_forgotten_after_the_session_and_never_during_it(tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "v1"
    folder.mkdir(parents=True)
    for name in ("terminal-1.webm.sealed", "outside1-1.webm.sealed", "manifest.json"):
        (folder / name).write_text("{}")

    async def work(door: Door) -> None:
        door.enter("terminal:3")
        forget = {"id": "f1", "op": "forget", "sid": "v1", "file": "terminal-1.webm.sealed"}
        assert not door.broker.command(forget), "the session goes on"
        assert door.broker.command({"id": "e", "op": "end", "sid": "v1", "outcome": "completed"})
        for place in ("manifest.json", "../v1/terminal-1.webm.sealed", ".webm.sealed", ""):
            assert not door.broker.command({**forget, "id": place, "file": place}), place
        assert not door.broker.command({**forget, "id": "away", "sid": "../recordings"})
        assert door.broker.command(forget)
        assert door.broker.command(forget), "a repeat does nothing"
        assert door.broker.command({**forget, "id": "f2"}), "and a second order finds nothing, and says so"
        told = await forgotten(door, 2)
        assert [(event["sid"], event["data"]) for event in told] == [
            ("v1", {"file": "terminal-1.webm.sealed", "bytes": 2}),
            ("v1", {"file": "terminal-1.webm.sealed", "bytes": 0}),
        ]
        assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "outside1-1.webm.sealed"]
        assert door.broker.command({**forget, "id": "f3", "file": "outside1-1.webm.sealed"})
        await forgotten(door, 3)
        assert not folder.exists(), "with the last segment nothing of the session is left"

    with_door(work, tmp_path)


async def forgotten(door: Door, count: int) -> list[dict[str, Any]]:
    for _ in range(400):
        found = [event for event in door.broker.journal.after(0, 100) if event["type"] == "forgotten"]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.005)
    raise TimeoutError


def test_a_right_revoked_before_the_session_began_stays_revoked(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        assert door.broker.command({"id": 1, "op": "revoke", "sid": "v1", "pid": "lawyer:1"})
        with pytest.raises(TokenRefused, match="REVOKED"):
            door.enter("lawyer:1")
        door.enter("lawyer:2")

    with_door(work, tmp_path)


def test_gates_stand_thirty_seconds_after_the_last_good_beat(tmp_path: Path) -> None:
    def work(door: Door) -> None:
        door.enter("terminal:3")
        session = door.broker.rooms["v1"].session
        assert not session.standing
        door.broker.beat(standing=True)
        assert session.standing
        door.clock.advance(timedelta(seconds=29))
        door.broker.beat(standing=False)
        door.broker._spread_standing()
        assert session.standing
        door.clock.advance(timedelta(seconds=1.1))
        door.broker._spread_standing()
        assert not session.standing

    with_door(work, tmp_path)


def test_settings_say_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"family_public_key": FAMILY[1], "prison_public_key": PRISON[1]}
    for crooked in ({"media_ports": "80-90"}, {"media_ports": "5000-4000"}, {"family_public_key": "x!"}, {"standing_seconds": 31}):
        with pytest.raises(ValidationError):
            BrokerSettings(**{**keys, **crooked})
    for name, value in {
        "FAMILY_PUBLIC_KEY": FAMILY[1],
        "PRISON_PUBLIC_KEY": PRISON[1],
        "MEDIA_PORTS": "40000-40999",
        "OUTSIDE_ORIGINS": "https://a.example, https://b.example",
        "ICE_SERVERS": '[{"urls": "stun:192.0.2.1"}]',
    }.items():
        monkeypatch.setenv(f"BROKER_{name}", value)
    read = BrokerSettings()
    assert read.media_ports == (40000, 40999)
    assert read.origins(Zone.FAMILY) == ("https://a.example", "https://b.example")
    assert read.ice_servers == [{"urls": "stun:192.0.2.1"}]
    assert read.url(Zone.PRISON) == "ws://127.0.0.1:8003"


def test_turn_credentials_live_four_hours() -> None:
    assert turn_servers(["turns:turn.example:443"], "", "visitor:1", NOON) == []
    made = turn_servers(["turns:turn.example:443"], "secret", "visitor:1", NOON)[0]
    assert made["username"] == f"{int(NOON.timestamp()) + 4 * 3600}:visitor:1"
    assert len(made["credential"]) == 28

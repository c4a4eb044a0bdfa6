"""One WebSocket: reads a client's messages, checks them, and passes them to its room."""

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from visitation.kernel.clock import Clock
from visitation.signalling.actions import ActionRefused, act
from visitation.signalling.lease import Renewal
from visitation.signalling.participants import Participant
from visitation.signalling.policy import Role
from visitation.signalling.room import Room

OUTGOING = 300
MESSAGES_PER_SECOND = 60.0
BURST = 240.0
STATS = ("rtt", "loss", "loss_in", "loss_out", "freeze", "jitter", "bitrate", "silence", "width", "height", "fps", "level", "kbps_in", "kbps_out")


class BadMessage(Exception):
    """The client sent what the protocol does not know."""


class Desk:
    """The broker's end of a client's WebSocket. `send` never waits; a client that does not read is hung up on."""

    def __init__(self, socket: web.WebSocketResponse, clock: Clock) -> None:
        self.room: Room | None = None
        self.person: Participant | None = None
        self.generation = 0
        self.left = False
        self._socket = socket
        self._clock = clock
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._closing = False
        self._allowance, self._refilled = BURST, clock.monotonic()

    def send(self, message: dict[str, Any]) -> None:
        if self._closing:
            return
        if self._outgoing.qsize() >= OUTGOING:
            self._closing = True
            self._outgoing.put_nowait(None)
            return
        self._outgoing.put_nowait(json.dumps(message, ensure_ascii=False))

    def hang_up(self, message: dict[str, Any]) -> None:
        """Say a last word and close."""
        self.send(message)
        self.close()

    def close(self) -> None:
        """Send what is queued, then close."""
        if not self._closing:
            self._closing = True
            self._outgoing.put_nowait(None)

    async def write(self) -> None:
        """Sends what is queued, until hung up."""
        while (text := await self._outgoing.get()) is not None:
            await self._socket.send_str(text)
        await self._socket.close(code=WSCloseCode.OK)

    def seat(self, room: Room, person: Participant) -> None:
        self.room, self.person, self.generation = room, person, person.generation

    def receive(self, message: WSMessage) -> None:
        """One incoming message. Raises BadMessage."""
        if message.type is not WSMsgType.TEXT or not self._allowed():
            raise BadMessage
        content = parse(message.data)
        handler = _HANDLERS.get(content["t"])
        if handler is None or self.room is None or self.person is None:
            raise BadMessage
        if self.person.generation == self.generation and not self._closing:
            handler(self, self.room, self.person, content)

    def _allowed(self) -> bool:
        now = self._clock.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._refilled) * MESSAGES_PER_SECOND) - 1
        self._refilled = now
        return self._allowance > 0

    # -- one function a message

    def answer(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        sdp = content.get("sdp")
        if not isinstance(sdp, str):
            raise BadMessage
        room.plane.answer(person.pid, content.get("pc"), sdp)

    def candidate(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        """Not needed: the broker answers wherever an authenticated check comes from."""

    def beat(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        self.send({"t": "beat", "n": content.get("n") if isinstance(content.get("n"), int) else None, "now": self._wall()})

    def stats(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        person.stats = {name: value for name in STATS if (value := number(content.get(name))) is not None}

    def shown(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        self._receipt(room, person, "shown", content)

    def confirmed(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        self._receipt(room, person, "confirmed", content)

    def _receipt(self, room: Room, person: Participant, what: str, content: Mapping[str, Any]) -> None:
        session = room.session
        message = session.messages.receipt(content.get("message"), person.pid, what)
        if message is None:
            return
        session.effects.journal(what, person, {"id": message.id, "rule": message.rule})
        for officer in session.officers():
            room.tell(officer.pid, {"t": "receipt", "id": message.id, "pid": person.pid, "what": what, "at": self._wall()})
        if what == "confirmed" and not session.messages.unconfirmed_warning:
            session.task("WARNING_UNCONFIRMED", None, open_=False)

    def leave(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        self.left = True
        self.hang_up({"t": "ended", "outcome": "left", "cause": "LEFT"})

    def lease(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        frames, sound, echoed = content.get("frames"), content.get("sound"), content.get("n")
        if person.role is not Role.OFFICER or person.lease is None:
            raise BadMessage
        if frames is not None and (not isinstance(frames, int) or isinstance(frames, bool)):
            raise BadMessage
        now = self._clock.monotonic()
        until = person.lease.holds_until(echoed if isinstance(echoed, int) else None, now)
        heard = sound if isinstance(sound, str) else None
        room.session.lease(person, Renewal(content.get("visible") is True, frames or 0, heard, until))
        self.send({"t": "leased", "n": person.lease.issue(now), "state": person.lease.state})

    def act(self, room: Room, person: Participant, content: Mapping[str, Any]) -> None:
        started, action = self._clock.monotonic(), content.get("action")
        identity = content.get("id")
        if person.role is not Role.OFFICER or not isinstance(action, str) or not isinstance(identity, str | int):
            raise BadMessage
        error = written = None
        try:
            written = act(room.session, person, action, content)
        except ActionRefused as refused:
            error = refused.code
        took = round((self._clock.monotonic() - started) * 1000, 2)
        self.send({"t": "ack", "id": identity, "ok": error is None, "error": error, "ms": took, "message": written})

    def _wall(self) -> float:
        return self._clock.now().timestamp()


Handler = Callable[[Desk, Room, Participant, Mapping[str, Any]], None]
_HANDLERS: Mapping[str, Handler] = {
    "answer": Desk.answer,
    "candidate": Desk.candidate,
    "beat": Desk.beat,
    "stats": Desk.stats,
    "shown": Desk.shown,
    "confirmed": Desk.confirmed,
    "leave": Desk.leave,
    "lease": Desk.lease,
    "act": Desk.act,
}


def parse(text: str) -> dict[str, Any]:
    """A message as an object with a name. Raises BadMessage."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadMessage from problem
    if not isinstance(content, dict) or not isinstance(content.get("t"), str):
        raise BadMessage
    return content


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        plain = float(value)
    except OverflowError:
        return None
    return plain if math.isfinite(plain) else None

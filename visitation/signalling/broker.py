"""The broker: all rooms, who may enter them, and the clockwork that drives them."""

import asyncio
import logging
import resource
import secrets
from collections import deque
from typing import Any

from visitation.kernel.clock import Clock
from visitation.signalling.commands import OPERATIONS
from visitation.signalling.commands import command as apply
from visitation.signalling.journal import Journal
from visitation.signalling.owned import Tasks
from visitation.signalling.participants import Participant, purpose_of
from visitation.signalling.policy import Kind, Role, Stage
from visitation.signalling.room import TEST_SECONDS, House, Room, Wire
from visitation.signalling.router import NACK_SECONDS
from visitation.signalling.settings import BrokerSettings
from visitation.signalling.tokens import Facts, Purpose, TokenRefused, Verified, Zone, audience, verify
from visitation.signalling.vault import Vault

log = logging.getLogger(__name__)
TICK_SECONDS = 0.1
STANDING_MARGIN = 0.5  # the answer was moments old when it was told, and the look at it comes with the tick: half a minute is the limit, not the aim
LINGER_SECONDS = 10.0
EMPTY_SECONDS = 900.0
FORSAKEN_SECONDS = 5.0  # after the last gate closed because nobody stands behind it
TESTS_AT_ONCE = 40
REMEMBERED = 20000
JOINS_OF_ONE = 40  # a minute, of one identity in one session


class Broker:
    """One process's worth of sessions."""

    def __init__(self, settings: BrokerSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.boot = secrets.token_hex(6)
        self.tasks = Tasks()
        self.journal = Journal(settings.data_dir / "journal", clock)
        self.vault = Vault(settings.data_dir / "recordings", settings.recording_public_key, settings.record_reserve_mb)
        self.house = House(settings, clock, self.journal, self.vault, self.tasks)
        self.rooms: dict[str, Room] = {}
        self.draining = self.leaving = self.elsewhere = False
        self.beats = 0
        self.lag = 0.0
        self.cpu = 0.0
        self._standing_until = 0.0
        self._forsaken = False
        self._used: dict[str, float] = {}
        self._doors: dict[tuple[str, str], deque[float]] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED)
        self._revoked: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._commands: deque[str] = deque(maxlen=REMEMBERED)
        self._running: list[asyncio.Task[Any]] = []

    @property
    def audience(self) -> str:
        return audience(self.settings.id, self.boot)

    # -- entering

    def enter(self, token: str, zone: Zone, wire: Wire) -> tuple[Room, Participant]:
        """Let the holder of a token in. Raises TokenRefused."""
        try:
            entered = self._enter(token, zone, wire)
        except TokenRefused as refused:
            self.house.tally.joins[refused.code] += 1
            raise
        self.house.tally.joins["OK"] += 1
        return entered

    def _enter(self, token: str, zone: Zone, wire: Wire) -> tuple[Room, Participant]:
        now = self.clock.now()
        verified = verify(token, self.settings.public_keys, self.audience, zone, now)
        self._use(verified, now.timestamp())
        ticket = verified.ticket
        if ticket.sid in self._ended:
            raise TokenRefused("ENDED")
        if (ticket.sid, ticket.pid) in self._revoked:
            raise TokenRefused("REVOKED")
        self._check_pace(ticket.sid, ticket.pid)
        self._check_lanes(verified)
        room = self.rooms.get(ticket.sid) or self._open(verified, now.timestamp())
        person = room.enter(verified, wire)
        return room, person

    def _use(self, verified: Verified, at: float) -> None:
        if verified.jti in self._used:
            raise TokenRefused("TOKEN_USED")
        if len(self._used) > REMEMBERED:
            self._used = {jti: until for jti, until in self._used.items() if until > at}
        self._used[verified.jti] = verified.exp + 60

    def _check_pace(self, sid: str, pid: str) -> None:
        """One identity that joins again and again costs handshakes for nothing: after a burst it has to wait."""
        now = self.clock.monotonic()
        if len(self._doors) > REMEMBERED:
            self._doors = {who: times for who, times in self._doors.items() if now - times[-1] < 60}
        times = self._doors.setdefault((sid, pid), deque(maxlen=JOINS_OF_ONE))
        if len(times) == JOINS_OF_ONE and now - times[0] < 60:
            raise TokenRefused("FULL")
        times.append(now)

    def _check_lanes(self, verified: Verified) -> None:
        ticket = verified.ticket
        if ticket.role is not Role.OFFICER or purpose_of(ticket) is not Purpose.SUPERVISE:
            return
        held = sum(self._supervised(room, ticket.pid) for sid, room in self.rooms.items() if sid != ticket.sid)
        if held >= ticket.lanes:
            raise TokenRefused("LANES_USED")

    @staticmethod
    def _supervised(room: Room, pid: str) -> bool:
        person = room.session.participants.get(pid)
        open_ = room.session.stage is not Stage.ENDED
        return open_ and person is not None and person.connected and person.purpose is Purpose.SUPERVISE

    def _open(self, verified: Verified, at: float) -> Room:
        ticket = verified.ticket
        if self.closed_to_new:
            raise TokenRefused("DRAINING")
        test = ticket.purpose is Purpose.TEST
        tests = sum(room.session.test for room in self.rooms.values())
        if tests >= TESTS_AT_ONCE if test else len(self.rooms) - tests >= self.settings.max_sessions:
            raise TokenRefused("FULL")
        facts = ticket.facts
        if test or facts is None:
            facts = Facts(kind=Kind.FAMILY_VISIT, minutes=TEST_SECONDS / 60, hard_end=at + TEST_SECONDS)
        room = self.rooms[ticket.sid] = Room(ticket.sid, facts, self.house)
        room.session.standing = self.stands
        room.session.revoked = {pid for sid, pid in self._revoked if sid == ticket.sid}
        return room

    # -- commands

    @property
    def closed_to_new(self) -> bool:
        """Whether sessions begin elsewhere: this broker is drained, or cannot write down what happens in one."""
        return self.draining or self.journal.failed

    @property
    def stands(self) -> bool:
        """Whether the prison application answered lately and the journal can be written: without either every gate is closed, in half a minute."""
        return self.clock.monotonic() < self._standing_until and self.journal.failing_seconds < self.settings.journal_seconds

    def beat(self, *, standing: bool, elsewhere: bool | None = None) -> None:
        """The prison application calls; `standing` says that it answered just now, `elsewhere` that another broker could take what this one carries."""
        self.beats += 1
        self.elsewhere = self.elsewhere if elsewhere is None else elsewhere
        if standing:
            self._standing_until = self.clock.monotonic() + self.settings.standing_seconds - STANDING_MARGIN
            self._forsaken = False
            self._spread_standing()

    def _spread_standing(self) -> None:
        stands = self.stands
        for room in list(self.rooms.values()):
            if room.session.standing is not stands:
                room.session.standing = stands
                room.session.settle()

    def command(self, command: dict[str, Any]) -> bool:
        """Apply a command once; a repeated id does nothing. False if it cannot be understood."""
        identity, op = command.get("id"), command.get("op")
        if not isinstance(identity, str | int) or not isinstance(op, str):
            return False
        if str(identity) in self._commands:
            return True
        try:
            self._do(op, command)
        except (KeyError, TypeError, ValueError):
            return False
        self._commands.append(str(identity))
        return True

    def _do(self, op: str, command: dict[str, Any]) -> None:
        if op == "drain":
            self.draining = True
            return
        if op == "forget":
            self._forget(str(command["sid"]), str(command["file"]))
            return
        if op == "hand_over":
            known = self.rooms.get(str(command["sid"]))
            if known is not None:
                self.hand_over(known)
            return
        if op not in OPERATIONS:
            raise ValueError(op)
        sid = str(command["sid"])
        if op == "revoke":
            self._revoked.append((sid, str(command["pid"])))
        elif op == "end":
            self._ended.append(sid)
        room = self.rooms.get(sid)
        if room is not None:
            apply(room.session, op, command)

    def _forget(self, sid: str, file: str) -> None:
        """The prison has fetched and verified a segment. Not while its session goes on: its bytes are the only proof until the end."""
        room = self.rooms.get(sid)
        if room is not None and room.session.stage is not Stage.ENDED:
            raise ValueError(sid)

        def gone(size: int) -> None:
            self.journal.append("forgotten", sid, None, None, {"file": file, "bytes": size})

        self.vault.forget(sid, file, gone)

    # -- letting go

    def leave(self) -> None:
        """Take nothing new and say so: this broker is about to stop."""
        self.draining = self.leaving = True

    def carried(self) -> list[Room]:
        """Sessions that are not over. Equipment tests do not count: they begin anew elsewhere."""
        return [room for room in self.rooms.values() if not room.session.test and room.session.stage is not Stage.ENDED]

    def hand_over(self, room: Room) -> None:
        """Let go of a session; another broker takes it up."""
        self.rooms.pop(room.session.sid, None)
        room.hand_over()

    def _release_forsaken(self, now: float) -> None:
        """Nobody stands behind this broker and every gate is closed: perhaps only this one is cut off, so people ask their application where to go."""
        if self._forsaken or not self._standing_until or now < self._standing_until + FORSAKEN_SECONDS:
            return
        self._forsaken = True
        for room in self.carried():
            self.hand_over(room)

    # -- clockwork

    def start(self) -> None:
        """Begin to tick. Segments that a crash cut off are reported first."""
        for sid, info in self.vault.recover():
            self.journal.append("segment", sid, None, None, dict(vars(info)))
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unhandled)
        self._running = [loop.create_task(self._tick()), loop.create_task(self._repeat_nacks())]

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody caught, the media library's own tasks included: count it and say it once."""
        problem = context.get("exception")
        if isinstance(problem, ConnectionError | OSError):
            return
        self.tasks.failures += 1
        log.error("unhandled: %s", context.get("message"), exc_info=problem)

    async def _tick(self) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        before, spent = self.clock.monotonic(), usage.ru_utime + usage.ru_stime
        second = before
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self.clock.monotonic()
            self.lag = max(self.lag * 0.95, now - before - TICK_SECONDS)
            before = now
            self._step(now)
            if now - second >= 1.0:
                usage = resource.getrusage(resource.RUSAGE_SELF)
                total = usage.ru_utime + usage.ru_stime
                self.cpu, spent, second = (total - spent) / (now - second), total, now

    def _step(self, now: float) -> None:
        """One tick. Whatever goes wrong in it must not stop the clock."""
        try:
            self._spread_standing()
            self._release_forsaken(now)
            for room in list(self.rooms.values()):
                self._guarded(room, now)
        except Exception:
            self.tasks.failures += 1
            log.exception("a tick failed")

    def _guarded(self, room: Room, now: float) -> None:
        """One room's trouble must not stop the others: a room that fails is closed."""
        try:
            room.tick(now)
        except Exception:
            self.tasks.failures += 1
            log.exception("session %s failed and is closed", room.session.sid)
            self._close(room)
            return
        session = room.session
        over = session.ended_at is not None and now - session.ended_at > LINGER_SECONDS
        empty = room.empty_since is not None and now - room.empty_since > EMPTY_SECONDS
        if over or (empty and not session.was_live) or (session.test and room.empty_since is not None):
            self._close(room)

    def _close(self, room: Room) -> None:
        self.rooms.pop(room.session.sid, None)
        if room.session.stage is Stage.ENDED and not room.session.test:
            self._ended.append(room.session.sid)
        room.close()

    async def _repeat_nacks(self) -> None:
        while True:
            await asyncio.sleep(NACK_SECONDS)
            now = self.clock.monotonic()
            for room in list(self.rooms.values()):
                for leg in room.plane.legs():
                    leg.ask_missing(now)

    async def stop(self) -> None:
        """Finish recordings, write the journal, close every connection."""
        self.journal.let_go()
        for task in self._running:
            task.cancel()
        for room in list(self.rooms.values()):
            self._close(room)
        await asyncio.sleep(0.05)
        await self.tasks.close()
        await asyncio.to_thread(self.vault.close)
        await asyncio.sleep(0)
        await asyncio.to_thread(self.journal.close)

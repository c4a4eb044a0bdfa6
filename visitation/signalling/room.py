"""One session with everything around it: its sockets, its media plane, its recorder, its lines in the journal."""

from typing import Any, Protocol

from visitation.kernel.clock import Clock
from visitation.signalling.ingress import Valve
from visitation.signalling.journal import Journal
from visitation.signalling.owned import Tasks
from visitation.signalling.participants import Participant
from visitation.signalling.plane import Plane
from visitation.signalling.policy import Role, Stage
from visitation.signalling.recorder import SessionRecorder
from visitation.signalling.resume import Inheritance
from visitation.signalling.router import Leg
from visitation.signalling.session import Session
from visitation.signalling.settings import BrokerSettings
from visitation.signalling.snapshot import snapshot_of
from visitation.signalling.tally import Tally
from visitation.signalling.tokens import Facts, Verified, Zone
from visitation.signalling.transport import Address
from visitation.signalling.turn import turn_servers
from visitation.signalling.vault import SegmentInfo, Vault

TEST_SECONDS = 120.0
PUBLISH_SECONDS = 5.0


class Wire(Protocol):
    """A participant's WebSocket, as the room uses it."""

    def send(self, message: dict[str, Any]) -> None: ...
    def hang_up(self, message: dict[str, Any]) -> None: ...


class House:
    """What all rooms of a broker share."""

    def __init__(self, settings: BrokerSettings, clock: Clock, journal: Journal, vault: Vault, tasks: Tasks) -> None:
        self.settings = settings
        self.clock = clock
        self.journal = journal
        self.vault = vault
        self.tasks = tasks
        self.tally = Tally()

    def address(self, role: Role) -> Address:
        zone = Zone.PRISON if role in (Role.OFFICER, Role.TERMINAL) else Zone.FAMILY
        bind, advertise = self.settings.media_address(zone)
        return Address(bind, advertise, self.settings.port_range(zone))


class Room:
    """Carries out what its session decides."""

    def __init__(self, sid: str, facts: Facts, house: House) -> None:
        self.house = house
        self._wires: dict[str, tuple[int, Wire]] = {}
        self._recorder: SessionRecorder | None = None
        self._published = 0.0
        self._second = 0.0
        self._stalled: set[str] = set()
        self._light = False
        self._inheritance = Inheritance()
        self.empty_since: float | None = None
        self.session = Session(sid, facts, house.clock, self)
        self.plane = Plane(self.session, self, house.tasks, house.clock.monotonic)
        if self.session.test:
            self.plane.echo = Valve(house.clock.monotonic() + TEST_SECONDS)
        self.journal("session_opened", None, {"kind": facts.kind, "policy": facts.policy})

    # -- sockets

    def enter(self, verified: Verified, wire: Wire) -> Participant:
        """Let somebody in; an older connection of the same identity is told and closed. Raises TokenRefused."""
        old, stated = self._wires.pop(verified.ticket.pid, None), self.session.stated
        try:
            person = self.session.join(verified)
        except BaseException:
            if old is not None:
                self._wires[verified.ticket.pid] = old
            raise
        if old is not None:
            old[1].hang_up({"t": "replaced"})
        self._inherit(verified, person, first=self.session.stated and not stated)
        self._wires[person.pid] = (person.generation, wire)
        self.empty_since = None
        self._welcome(person)
        return person

    def _inherit(self, verified: Verified, person: Participant, *, first: bool) -> None:
        facts = verified.ticket.facts
        if first and facts is not None:
            self._inheritance.take_up(self.session, facts.resume)
        self._inheritance.welcome(self.session, person)

    def _welcome(self, person: Participant) -> None:
        now = self.house.clock.now().timestamp()
        snapshot = snapshot_of(self.session)
        self.tell(person.pid, {"t": "welcome", "pid": person.pid, "generation": person.generation, "now": now, "session": snapshot})
        for message in self.session.messages.pending(person.pid):
            self.tell(person.pid, message.told())
        if person.role is Role.OFFICER:
            for task in self.session.tasks.open():
                self.tell(person.pid, {"t": "task", **task.told()})

    def leave(self, person: Participant, generation: int, *, on_purpose: bool) -> None:
        """A WebSocket is gone."""
        known = self._wires.get(person.pid)
        if known is not None and known[0] == generation:
            del self._wires[person.pid]
            if not self._wires:
                self.empty_since = self.house.clock.monotonic()
        self.session.socket_gone(person.pid, generation, on_purpose=on_purpose)

    # -- what the session asks for

    def journal(self, kind: str, participant: Participant | None, data: dict[str, Any]) -> None:
        pid, generation = (participant.pid, participant.generation) if participant else (None, None)
        self.house.journal.append(kind, self.session.sid, pid, generation, data)

    def tell(self, pid: str, message: dict[str, Any]) -> None:
        known = self._wires.get(pid)
        if known is not None:
            known[1].send(message)

    def obey(self) -> None:
        self.plane.obey()

    def publish(self) -> None:
        self._published = self.house.clock.monotonic()
        message = {"t": "session", **snapshot_of(self.session)}
        for _, wire in self._wires.values():
            wire.send(message)

    def part(self, participant: Participant, code: str) -> None:
        known = self._wires.pop(participant.pid, None)
        if known is not None:
            known[1].hang_up({"t": "refused", "code": code})

    def flowing(self) -> bool:
        return self.plane.flowing()

    def recordable(self) -> bool:
        return self.house.vault.has_room()

    def recording(self) -> dict[str, Any]:
        recorder = self._recorder
        if recorder is None:
            return {"on": False, "bytes": 0, "healthy": True}
        return {"on": recorder.light, "bytes": recorder.bytes, "healthy": not recorder.failed and not recorder.stalled()}

    def frames_due(self, pid: str) -> int:
        leg = self.plane.leg(pid)
        return leg.frames_due if leg is not None else 0

    # -- what the plane asks for

    def offer(self, pid: str, generation: int, message: dict[str, Any]) -> None:
        known = self._wires.get(pid)
        if known is not None and known[0] == generation:
            known[1].send({**message, "ice": self._ice(pid)})

    def _ice(self, pid: str) -> list[dict[str, Any]]:
        """ICE servers for a client: for those outside only, because the intranet's side reaches the broker directly or not at all."""
        settings, person = self.house.settings, self.session.participants.get(pid)
        if person is None or not person.is_outside:
            return []
        return [*settings.ice_servers, *turn_servers(settings.turn_urls, settings.turn_secret, pid, self.house.clock.now())]

    def address(self, role: Role) -> Address:
        return self.house.address(role)

    @property
    def has_recorder(self) -> bool:
        """Whether a recorder object exists; where the policy records nothing, none ever does."""
        return self._recorder is not None

    def retire(self, leg: Leg) -> None:
        self.house.tally.retire(leg)

    def recorder(self) -> SessionRecorder | None:
        """The session's recorder. None is made until the policy records something in this session."""
        if self._recorder is None and self.session.rights.records and self.session.stated and self.session.gate.open:
            recorder = SessionRecorder(self.session.sid, self.house.vault, self.session.gate_valve, self.house.clock, self._inheritance.first_segment)
            recorder.on_segment, recorder.on_failure, recorder.on_recovery = self._segment, self._recording_failed, self._recording_again
            self._recorder = recorder
        return self._recorder

    def _segment(self, info: SegmentInfo) -> None:
        self.journal("segment", None, dict(vars(info)))

    def _recording_failed(self, pid: str, reason: str) -> None:
        self.session.recording_failed = True
        self.journal("recording_failed", self.session.participants.get(pid), {"reason": reason})
        self.session.task("RECORDING_FAILED", None, open_=True)
        self.session.settle()

    def _recording_again(self) -> None:
        self.session.recording_failed = False
        self.session.task("RECORDING_FAILED", None, open_=False)
        self.session.settle()

    # -- time passes

    def tick(self, now: float) -> None:
        """About ten times a second."""
        self.session.tick()
        self.plane.tick(now)
        if now - self._second >= 1.0:
            self._second = now
            self._every_second(now)

    def _every_second(self, now: float) -> None:
        for leg in list(self.plane.legs()):
            leg.report(now)
            self._look_at_line(leg.pid, leg.loss)
        self.session.task("JOURNAL_FAILED", None, open_=self.house.journal.failed)
        recorder = self._recorder
        if recorder is not None:
            recorder.tick()
            self._watch_stalls(recorder)
            self.plane.obey()
            if recorder.light is not self._light:
                self._light = recorder.light
                self.session.settle()
        if now - self._published > PUBLISH_SECONDS and self.session.stage is not Stage.ENDED:
            self.publish()
        if not self._wires:
            self.empty_since = self.empty_since if self.empty_since is not None else now

    def _look_at_line(self, pid: str, loss: float) -> None:
        person = self.session.participants.get(pid)
        if person is not None and person.line.seen(loss, person.stats.get("loss_in", person.stats.get("loss", 0.0))):
            self.journal("quality", person, {"quality": person.line.word, **person.line.told(), "client": person.stats})
            self.session.task("LINE_BAD", pid, open_=person.line.word == "bad")
            self.session.settle()

    def _watch_stalls(self, recorder: SessionRecorder) -> None:
        stalled = recorder.stalled()
        for pid in stalled | self._stalled:
            self.session.task("RECORDER_STALLED", pid, open_=pid in stalled)
        if stalled != self._stalled:
            self._stalled = stalled
            self.session.settle()

    def hand_over(self) -> None:
        """Let the session go, so that another broker can take it up: the journal says how far it came, and everybody is sent to ask again."""
        session = self.session
        if session.stage is not Stage.ENDED and session.stated and not session.test:
            self.journal("coverage", None, {name: round(value, 1) for name, value in vars(session.coverage).items()})
            self.journal("released", None, {"seconds_used": round(session.time.used, 1)})
        self.close()

    def close(self) -> None:
        """Finish files and legs; whoever is still connected is cut off."""
        if self.session.stage is not Stage.ENDED:
            self.session.standing = False
            self.session.settle()
        self.plane.close()
        if self._recorder is not None:
            self._recorder.close()
        over = self.session.stage is Stage.ENDED
        last = {"t": "ended", "outcome": self.session.outcome, "cause": "CLOSED"} if over else {"t": "refused", "code": "DRAINING"}
        for _, wire in list(self._wires.values()):
            wire.hang_up(last)
        self._wires.clear()

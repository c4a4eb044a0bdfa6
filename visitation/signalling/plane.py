"""The media plane of one session: opens and closes legs, and joins sources to receivers exactly as the policy says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from visitation.signalling import policy
from visitation.signalling.egress import Egress
from visitation.signalling.ingress import Ingress, Valve
from visitation.signalling.owned import Tasks
from visitation.signalling.participants import Participant, Standing
from visitation.signalling.policy import MEDIA, Medium, Plan, Role, Stage
from visitation.signalling.router import Leg
from visitation.signalling.session import Session
from visitation.signalling.tokens import Purpose
from visitation.signalling.transport import Address, BadDescription, Line

CONNECT_SECONDS = 15.0
REOPEN_SECONDS = 2.0
ATTEMPTS = 20
FLOW_SECONDS = 2.0
ROLE_OF_SLOT = {"terminal": Role.TERMINAL, "officer": Role.OFFICER}


class Surroundings(Protocol):
    """What the plane needs of its room."""

    def offer(self, pid: str, generation: int, message: dict[str, Any]) -> None: ...
    def address(self, role: Role) -> Address: ...
    def recorder(self) -> "Recording | None": ...
    def retire(self, leg: Leg) -> None: ...


class Recording(Protocol):
    """A session's recorder; where the policy records nothing, there is none."""

    def want(self, leg: Leg, participant: Participant, media: frozenset[Medium]) -> None: ...


@dataclass
class Attempt:
    """One participant's present leg and how often it was tried."""

    leg: Leg
    generation: int
    count: int
    retry_at: float | None = None
    answered: bool = False


def lines_for(right: policy.Rights, plan: Plan, role: Role, slot: str, legs: int) -> list[Line]:
    """Every m-line this leg may ever need; what the policy never allows is not among them."""
    if plan is Plan.TEST:
        return [Line(m, s) for s in (None, "self") for m in MEDIA]
    others = [s for s in ("terminal", *(f"outside{n}" for n in range(1, legs + 1)), "officer") if s != slot or slot == "officer"]
    roles = {s: ROLE_OF_SLOT.get(s, Role.VISITOR) for s in others}
    sends = [m for m in MEDIA if any(policy.may_negotiate(right, plan, role, r, m) for r in roles.values())]
    gets = [(m, s) for s, r in roles.items() for m in MEDIA if policy.may_negotiate(right, plan, r, role, m)]
    return [Line(m, None) for m in sends] + [Line(m, s) for m, s in gets]


class Plane:
    """Legs by participant. `obey` is synchronous: when it returns, packets flow as the policy says."""

    def __init__(self, session: Session, around: Surroundings, tasks: Tasks, clock: Callable[[], float]) -> None:
        self._session = session
        self._around = around
        self._tasks = tasks
        self._clock = clock
        self._attempts: dict[str, Attempt] = {}
        self._numbers: dict[str, int] = {}
        self.echo: Valve | None = None  # an equipment test's own valve

    def legs(self) -> Iterator[Leg]:
        return (attempt.leg for attempt in self._attempts.values())

    def leg(self, pid: str) -> Leg | None:
        attempt = self._attempts.get(pid)
        return attempt.leg if attempt else None

    # -- which connection a participant is on

    def _plan(self, person: Participant) -> Plan | None:
        session = self._session
        if not person.connected or session.stage is Stage.ENDED:
            return None
        if person.purpose is Purpose.TEST:
            return Plan.TEST
        if not session.stated or not session.rights.coherent:
            return None
        if session.checked_in:
            late = session.late_check(person)
            return Plan.CHECK_IN if late else None if person.purpose is Purpose.CHECK_IN else Plan.SESSION
        checking = person.is_outside or person.purpose is Purpose.CHECK_IN
        return Plan.CHECK_IN if session.stage is Stage.CHECKING_IN and checking else None

    def obey(self) -> None:
        """Bring legs, joins and recording to what session and policy say now."""
        for person in list(self._session.participants.values()):
            self._place(person)
        for pid in [pid for pid in self._attempts if pid not in self._session.participants]:
            self._drop(pid)
        for attempt in self._attempts.values():
            self._join(attempt.leg)
            self._record(attempt.leg)

    def _place(self, person: Participant) -> None:
        plan, attempt = self._plan(person), self._attempts.get(person.pid)
        if attempt is not None and (attempt.leg.plan is not plan or attempt.generation != person.generation):
            self._drop(person.pid)
            attempt = None
        if plan is not None and attempt is None:
            self._open(person, plan, 0)

    def _open(self, person: Participant, plan: Plan, count: int) -> None:
        session = self._session
        lines = lines_for(session.rights, plan, person.role, person.slot, session.facts.legs)
        if not lines:
            session.media_changed(person.pid, person.generation, plan)
            return
        number = self._numbers[person.pid] = self._numbers.get(person.pid, 0) + 1
        owner = f"{session.sid} {person.pid} {person.role}"
        leg = Leg(person.pid, plan, number, lines, self._around.address(person.role), self._clock, owner)
        leg.on_state = self._changed
        self._attempts[person.pid] = Attempt(leg, person.generation, count)
        self._tasks.spawn(self._offer(leg, person.generation))

    async def _offer(self, leg: Leg, generation: int) -> None:
        sdp = await leg.connection.offer()
        if self.leg(leg.pid) is not leg:
            return
        lines = leg.connection.lines
        message = {
            "t": "offer",
            "pc": leg.number,
            "plan": leg.plan,
            "sdp": sdp,
            "streams": [{"mid": x.mid, "from": x.slot, "medium": x.medium} for x in lines if x.slot is not None],
            "send": [{"mid": x.mid, "medium": x.medium} for x in lines if x.slot is None],
        }
        self._around.offer(leg.pid, generation, message)

    def answer(self, pid: str, number: object, sdp: str) -> None:
        """The client's answer; one that belongs to an older connection is dropped."""
        attempt = self._attempts.get(pid)
        if attempt is not None and attempt.leg.number == number and not attempt.answered:
            attempt.answered = True  # one answer an offer: describing costs, and a second one could only be refused
            self._tasks.spawn(self._answer(attempt.leg, sdp))

    async def _answer(self, leg: Leg, sdp: str) -> None:
        try:
            await leg.connection.answer(sdp)
        except BadDescription:
            leg.silence()
            self._changed(leg)

    def _drop(self, pid: str) -> None:
        attempt = self._attempts.pop(pid, None)
        if attempt is None:
            return
        person = self._session.participants.get(pid)
        if person is not None:
            self._want(attempt.leg, person, frozenset())
            if person.generation == attempt.generation and person.connected:
                person.media, person.state = None, Standing.WAITING
        attempt.leg.on_state = lambda leg: None
        attempt.leg.silence()
        self._around.retire(attempt.leg)
        self._tasks.spawn(attempt.leg.close())

    def _changed(self, leg: Leg) -> None:
        attempt = self._attempts.get(leg.pid)
        if attempt is None or attempt.leg is not leg:
            return
        if leg.is_down:
            attempt.retry_at = self._clock() + REOPEN_SECONDS
        self._session.media_changed(leg.pid, attempt.generation, leg.plan if leg.is_up else None)

    # -- who gets what

    def _join(self, leg: Leg) -> None:
        receiver = self._session.participants.get(leg.pid)
        if receiver is None:
            return
        for (slot, medium), egress in leg.egress.items():
            want = self._wanted(leg, receiver, slot, medium, egress)
            if egress.source is want:
                continue
            if egress.source is not None:
                egress.source.disconnect(egress)
            if want is not None:
                want.connect(egress)

    def _wanted(self, leg: Leg, receiver: Participant, slot: str, medium: Medium, egress: Egress) -> Ingress | None:
        """The source that may flow on this line now, with the valve that watches it set; None almost always otherwise."""
        source = self._holder(leg, receiver, slot)
        other = self.leg(source.pid) if source is not None else None
        if source is None or other is None or not other.is_up:
            return None
        now, right = self._session.situation(), self._session.rights
        if not policy.may_flow(right, now, source.source(other.plan), receiver.receiver(leg.plan), medium):
            return None
        egress.valve = self._valve(leg.plan, source, receiver)
        return other.ingress.get(medium)

    def _holder(self, leg: Leg, receiver: Participant, slot: str) -> Participant | None:
        people = self._session.participants.values()
        if slot == "self":
            return receiver
        if slot != "officer":
            return next((p for p in people if p.slot == slot), None)
        officers = [p for p in self._session.officers() if p.connected and p.pid != receiver.pid]
        if leg.plan is Plan.CHECK_IN:
            return next((p for p in officers if p.purpose is Purpose.CHECK_IN), None)
        return next((p for p in officers if p.speaking_to), None)

    def _valve(self, plan: Plan, source: Participant, receiver: Participant) -> Valve:
        if plan is Plan.TEST and self.echo is not None:
            return self.echo
        officer = receiver if receiver.role is Role.OFFICER else source if plan is Plan.CHECK_IN else None
        if officer is not None:
            return officer.lease.valve if officer.lease else Valve()
        return self._session.gate_valve

    def _record(self, leg: Leg) -> None:
        person = self._session.participants.get(leg.pid)
        if person is None:
            return
        now, right = self._session.situation(), self._session.rights
        media = frozenset(m for m in leg.ingress if leg.is_up and policy.may_record(right, now, person.source(leg.plan), m))
        self._want(leg, person, media)

    def _want(self, leg: Leg, person: Participant, media: frozenset[Medium]) -> None:
        recorder = self._around.recorder()
        if recorder is not None:
            recorder.want(leg, person, media)

    # -- time passes

    def flowing(self) -> bool:
        """Whether packets have come from both sides lately."""
        now = self._clock()
        alive = {p.role is Role.TERMINAL for p in self._session.participants.values() if self._speaks(p, now)}
        return alive == {True, False}

    def _speaks(self, person: Participant, now: float) -> bool:
        leg = self.leg(person.pid)
        counts = person.role is Role.TERMINAL or (person.is_outside and person.admitted)
        return counts and leg is not None and any(now - i.heard < FLOW_SECONDS for i in leg.ingress.values())

    def tick(self, now: float) -> None:
        """About ten times a second: dead peers, connections that never came up, new attempts."""
        for pid, attempt in list(self._attempts.items()):
            leg = attempt.leg
            late = not leg.is_up and not leg.is_down and now - leg.opened > CONNECT_SECONDS
            if leg.is_dead(now) or late:
                leg.silence()
                self._changed(leg)
            if attempt.retry_at is not None and now >= attempt.retry_at:
                self._reopen(pid, attempt)

    def _reopen(self, pid: str, attempt: Attempt) -> None:
        person = self._session.participants.get(pid)
        attempt.retry_at = None
        if person is None or person.generation != attempt.generation or attempt.count >= ATTEMPTS:
            return
        plan = self._plan(person)
        self._drop(pid)
        if plan is not None:
            self._open(person, plan, 0 if attempt.leg.was_up else attempt.count + 1)

    def close(self) -> None:
        for pid in list(self._attempts):
            self._drop(pid)

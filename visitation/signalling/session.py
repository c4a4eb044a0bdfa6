"""The state machine of one session. It knows no socket and no packet: what follows from a change goes to its effects."""

from collections.abc import Iterable
from typing import Any

from visitation.kernel.clock import Clock
from visitation.signalling import policy
from visitation.signalling.dropwatch import DropWatch, Present
from visitation.signalling.effects import Effects
from visitation.signalling.ingress import Valve
from visitation.signalling.lease import ConsoleLease, Coverage, Renewal
from visitation.signalling.messages import MessageBook
from visitation.signalling.participants import Participant, Standing
from visitation.signalling.policy import Lease, Medium, Plan, Role, Stage
from visitation.signalling.tasklist import Task, TaskList
from visitation.signalling.timekeeper import TimeKeeper
from visitation.signalling.tokens import Facts, Purpose, Ticket, TokenRefused, Verified, Zone

FROZEN = ("kind", "record", "officer_sees", "officer_hears", "speak")
STEP_LIMIT = 1.0  # a longer pause between two ticks is not counted as minutes


class Session:
    """One visit from its first join to its end."""

    def __init__(self, sid: str, facts: Facts, clock: Clock, effects: Effects) -> None:
        self.sid = sid
        self.facts = facts
        self.clock = clock
        self.effects = effects
        self.test = sid.startswith("test:")
        self.stated = False
        self.checked_in = False
        self.stage = Stage.SCHEDULED
        self.participants: dict[str, Participant] = {}
        self.admissions: dict[str, int] = {}
        self.revoked: set[str] = set()
        self.checked: str | None = None
        self.pause_reason: str | None = None
        self.drop_pauses: frozenset[str] = frozenset()
        self.standing = False
        self.was_live = False
        self.outcome: str | None = None
        self.ended_at: float | None = None
        self.seq = 0
        self.messages = MessageBook()
        self.tasks = TaskList()
        self.coverage = Coverage()
        self.gate = policy.Gate(open=False, reason="FACTS", awaits=())
        self.gate_since = self.wall()
        self.gate_valve = Valve()
        self.others_ready = False
        self.recording_failed = False
        self._last_tick = clock.monotonic()
        self._adopt(facts)

    def _adopt(self, facts: Facts) -> None:
        self.facts = facts
        self.rights = policy.rights(facts.kind, record=facts.record, officer_sees=facts.officer_sees, officer_hears=facts.officer_hears, speak=facts.speak)
        self.time = TimeKeeper(facts, self.wall(), self.clock.monotonic())
        self.drops = DropWatch(facts.drops)

    def wall(self) -> float:
        return self.clock.now().timestamp()

    @property
    def officer_watches_pictures(self) -> bool:
        return self.rights.sees and Medium.VIDEO in self.rights.media

    def officers(self) -> Iterable[Participant]:
        return (p for p in self.participants.values() if p.role is Role.OFFICER)

    def situation(self) -> policy.Situation:
        return policy.Situation(self.stage, self.gate.open, self.others_ready, self.checked)

    def late_check(self, person: Participant) -> bool:
        """Whether this participant is at a check of somebody who came after the check-in: the officer, and the one leg that the officer chose.

        Only while nothing else flows (waiting, paused); when the visit goes on, the legs go back to it.
        """
        if not self.checked_in or self.stage not in (Stage.WAITING, Stage.PAUSED):
            return False
        if person.purpose is Purpose.CHECK_IN:
            return True
        return person.is_outside and person.pid == self.checked and self._has_checker()

    def _has_checker(self) -> bool:
        return any(p.connected and p.purpose is Purpose.CHECK_IN for p in self.officers())

    @property
    def why_paused(self) -> str | None:
        """A code: the officer's reason without the words behind it, or who was lost."""
        if self.pause_reason is not None:
            return self.pause_reason.partition(":")[0].strip()[:40]
        return next(iter(sorted(self.drop_pauses)), None)

    # -- people come and go

    def join(self, verified: Verified) -> Participant:
        """Let a ticket's holder in. Raises TokenRefused."""
        ticket = verified.ticket
        if self.stage is Stage.ENDED:
            raise TokenRefused("ENDED")
        if ticket.pid in self.revoked:
            raise TokenRefused("REVOKED")
        known = self.participants.get(ticket.pid)
        if known is not None and known.role is not ticket.role:
            raise TokenRefused("BAD_MESSAGE")
        self._state(ticket, verified.zone)
        person = known or self._enter(ticket)
        person.take(ticket)
        if ticket.pid in self.admissions:
            person.admitted, person.persons = True, self.admissions[ticket.pid]
        if person.role is Role.OFFICER:
            person.lease = ConsoleLease(sees=self.officer_watches_pictures and person.purpose is not Purpose.CHECK_IN)
        data = {"role": person.role, "slot": person.slot, "persons": person.persons, "purpose": person.purpose, "policy": self.facts.policy}
        self.effects.journal("rejoined" if known else "joined", person, data)
        self.settle()
        return person

    def _state(self, ticket: Ticket, zone: Zone) -> None:
        """Take the facts of a prison-signed ticket as the session's; refuse others that differ."""
        facts = ticket.facts
        if self.test:
            return
        if facts is None:
            raise TokenRefused("BAD_MESSAGE")
        if self.stated and self._differs(facts):
            raise TokenRefused("FACTS_DIFFER")
        if zone is not Zone.PRISON:
            return
        if not self.stated:
            self._adopt(facts)
            self.stated = True
            self._expel_outside()
        if facts.checked_in:
            self.checked_in = True

    def _differs(self, facts: Facts) -> bool:
        return any(getattr(facts, name) != getattr(self.facts, name) for name in FROZEN)

    def _expel_outside(self) -> None:
        """Whoever accepted other facts than the prison states did not agree to this session."""
        for person in [p for p in self.participants.values() if p.facts is not None and self._differs(p.facts)]:
            self.effects.part(person, "FACTS_DIFFER")
            del self.participants[person.pid]

    def _enter(self, ticket: Ticket) -> Participant:
        slot = self._slot(ticket.role)
        person = Participant(ticket.pid, ticket.role, slot, ticket.persons, ticket.admitted, ticket.purpose)
        self.participants[ticket.pid] = person
        return person

    def _slot(self, role: Role) -> str:
        if role is Role.OFFICER:
            if sum(p.connected for p in self.officers()) >= 8:
                raise TokenRefused("FULL")
            return "officer"
        wanted = ["terminal"] if role is Role.TERMINAL else [f"outside{n}" for n in range(1, self.facts.legs + 1)]
        taken = {p.slot for p in self.participants.values() if p.connected or p.is_outside}
        free = [slot for slot in wanted if slot not in taken]
        if not free:
            raise TokenRefused("FULL")
        gone = [p for p in self.participants.values() if p.slot == free[0]]
        for person in gone:
            del self.participants[person.pid]
        return free[0]

    def socket_gone(self, pid: str, generation: int, *, on_purpose: bool = False) -> None:
        """The WebSocket of that generation is closed. An older generation says nothing about the present one."""
        person = self.participants.get(pid)
        if person is None or person.generation != generation or not person.connected:
            return
        person.connected = False
        person.media = None
        person.lost_at = self.clock.monotonic()
        person.state = Standing.LEFT if on_purpose else Standing.LOST
        person.speaking_to = frozenset()
        if person.lease is not None:
            person.lease.valve.until = 0.0
            person.lease.expire(self.clock.monotonic())
        if self.checked == pid or not self._has_checker():
            self.checked = None
        self.settle()
        self.effects.journal("left" if on_purpose else "lost", person, {"media": False, "socket": True})

    def media_changed(self, pid: str, generation: int, plan: Plan | None) -> None:
        """Media of that generation came up on a plan, or went down (None)."""
        person = self.participants.get(pid)
        if person is None or person.generation != generation or not person.connected or person.media is plan:
            return
        lost = person.media is Plan.SESSION and plan is None
        person.media = plan
        if person.lease is not None:
            person.lease.lower(self.clock.monotonic())  # another connection: the picture has to be proven on it
        person.ever_in = person.ever_in or plan is Plan.SESSION
        person.lost_at = self.clock.monotonic() if lost else None
        person.state = self._standing(person, lost=lost)
        if lost:
            self.effects.journal("lost", person, {"media": True, "socket": False})
        self.settle()

    def _standing(self, person: Participant, *, lost: bool) -> Standing:
        if lost:
            return Standing.LOST
        if person.media is Plan.SESSION:
            return Standing.IN_SESSION
        if person.media is Plan.TEST:
            return Standing.TESTING
        return Standing.CHECKING_IN if person.media is Plan.CHECK_IN else Standing.WAITING

    def lease(self, person: Participant, renewal: Renewal) -> None:
        """An officer's console speaks."""
        if person.lease is None or self.stage is Stage.ENDED:
            return
        before = person.lease.state
        person.lease.renew(renewal, self.effects.frames_due(person.pid), self.clock.monotonic(), fed=self.others_ready and person.in_session)
        if person.lease.state is not before:
            self.settle()
        else:
            self._hold_gate()

    # -- what follows

    def presence(self) -> policy.Presence:
        people = self.participants.values()
        return policy.Presence(
            stated=self.stated,
            coherent=self.rights.coherent,
            checked_in=self.checked_in,
            terminal=any(p.in_session for p in people if p.role is Role.TERMINAL),
            outside=any(p.in_session and p.admitted for p in people if p.is_outside),
            lease=any(self.supervises(p) for p in people),
            standing=self.standing,
            recordable=not self.rights.records or self._recordable(),
            paused=self.pause_reason is not None or bool(self.drop_pauses),
            ended=self.stage is Stage.ENDED,
        )

    def _recordable(self) -> bool:
        if self.recording_failed and self.was_live:
            return not self.facts.pause_without_recording
        return self.effects.recordable()

    @staticmethod
    def supervises(person: Participant) -> bool:
        """A proven lease, over a connection that is up: who gets no media supervises nothing."""
        proven = person.lease is not None and person.lease.state is Lease.PROVEN
        return proven and person.in_session and person.purpose is Purpose.SUPERVISE

    def settle(self) -> None:
        """Work out stage and gate anew and do what follows: close before telling, tell before opening."""
        presence = self.presence()
        gate = policy.gate(presence)
        opening, closing = gate.open and not self.gate.open, self.gate.open and not gate.open
        if gate != self.gate:
            self.gate_since = self.wall() if opening or closing else self.gate_since
        self.gate = gate
        self.others_ready = policy.others_ready(presence)
        if closing:
            self._lower_leases()
        if opening:
            self.was_live = True
            self.effects.journal("gate", None, self._gate_event())
        self._hold_gate()
        self._set_stage()
        self.effects.obey()
        if closing:
            self.effects.journal("gate", None, self._gate_event())
        self.seq += 1
        self.effects.publish()

    def _lower_leases(self) -> None:
        for officer in self.officers():
            if officer.lease is not None:
                officer.lease.lower(self.clock.monotonic())

    def _gate_event(self) -> dict[str, Any]:
        return {"open": self.gate.open, "reason": self.gate.reason, "awaits": list(self.gate.awaits), "mono": self.clock.monotonic()}

    def _hold_gate(self) -> None:
        """The gate's valve stays open as long as the best lease holds, and not an instant longer."""
        held = [p.lease.valve.until for p in self.officers() if p.lease is not None and self.supervises(p)]
        self.gate_valve.until = max(held, default=0.0) if self.gate.open else 0.0

    def _set_stage(self) -> None:
        stage = self._stage()
        if stage is self.stage:
            return
        before, self.stage = self.stage, stage
        reason = self.pause_reason or next(iter(sorted(self.drop_pauses)), None)
        self.effects.journal("stage", None, {"from": before, "to": stage, "reason": reason})

    def _stage(self) -> Stage:
        if self.stage is Stage.ENDED:
            return Stage.ENDED
        if not self.checked_in:
            return Stage.CHECKING_IN if self._has_checker() else Stage.SCHEDULED
        if self.pause_reason is not None or self.drop_pauses:
            return Stage.PAUSED
        return Stage.LIVE if self.was_live else Stage.WAITING

    def admit(self, pid: str, persons: int) -> None:
        """Every person of that leg has been ticked; remembered for one who has not joined yet."""
        self.admissions[pid] = persons
        person = self.participants.get(pid)
        if person is not None:
            person.admitted, person.persons = True, persons

    def revoke(self, pid: str) -> None:
        """That participant's right is gone, now and for every later join."""
        self.revoked.add(pid)
        person = self.participants.get(pid)
        if person is None:
            return
        person.admitted = False
        self.effects.part(person, "REVOKED")
        self.socket_gone(pid, person.generation)
        self.effects.journal("revoked", person, {})

    # -- time passes

    def tick(self) -> None:
        """About ten times a second."""
        now = self.clock.monotonic()
        step, self._last_tick = min(now - self._last_tick, STEP_LIMIT), now
        if self.stage is Stage.ENDED:
            return
        expired = [p for p in self.officers() if p.lease is not None and p.lease.expire(now)]
        if expired:
            self.settle()
        self._count(step)
        self._watch_late()
        self._watch_drops(now)
        self._watch_end(now)

    def _count(self, step: float) -> None:
        if not self.gate.open:
            return
        leases = [p.lease for p in self.officers() if p.lease is not None and p.lease.state is not Lease.ABSENT]
        seen, heard = any(lease.advanced for lease in leases), any(lease.sound for lease in leases)
        self.coverage.add(step, leased=bool(leases), seen=seen, heard=heard and self.rights.hears)
        if self.effects.flowing():
            self.time.add(step)

    def _watch_late(self) -> None:
        """Somebody who is connected and was never ticked: the officer has to check them, or they wait for ever."""
        if not self.checked_in:
            return
        for person in self.participants.values():
            if person.is_outside:
                self.task("VISITOR_LATE", person.pid, open_=person.connected and not person.admitted)

    def _watch_drops(self, now: float) -> None:
        if not self.was_live:
            return
        there = self.presence()
        officer = any(p.lease is not None and p.lease.state is not Lease.ABSENT for p in self.officers())
        supervised = there.lease or not self.others_ready
        outside = there.outside or any(self.late_check(p) and p.connected for p in self.participants.values() if p.is_outside)
        verdict = self.drops.look(Present(officer, supervised, there.terminal, outside), now)
        for kind in ("OFFICER_LOST", "TERMINAL_LOST", "OUTSIDE_LOST"):
            self.task(kind, None, open_=kind in verdict.tasks)
        if verdict.end is not None:
            self.end("technical" if verdict.end == "TERMINAL_LOST" else "abandoned", verdict.end)
        elif verdict.pauses != self.drop_pauses:
            self.drop_pauses = verdict.pauses
            self.settle()

    def _watch_end(self, now: float) -> None:
        cause = self.time.cause(now) if self.stated or self.test else None
        if cause is not None:
            self.end("test_over" if self.test else "completed" if self.was_live else "not_held", cause)
            return
        if self.was_live and (left := self.time.warning(now)) is not None:
            for pid in self.participants:
                self.effects.tell(pid, {"t": "warning", "seconds_left": left})

    def task(self, kind: str, pid: str | None, *, open_: bool) -> None:
        """Raise or close a task and tell every officer here."""
        task: Task | None = (self.tasks.raise_ if open_ else self.tasks.close)(kind, pid, self.wall())
        if task is None:
            return
        self.effects.journal("task", None, task.told())
        for officer in self.officers():
            self.effects.tell(officer.pid, {"t": "task", **task.told()})

    def end(self, outcome: str, cause: str, by: Participant | None = None) -> None:
        """Final. `by`: the officer whose act it is."""
        if self.stage is Stage.ENDED:
            return
        before, self.stage = self.stage, Stage.ENDED
        self.outcome, self.ended_at = outcome, self.clock.monotonic()
        self.settle()
        self.effects.journal("stage", None, {"from": before, "to": Stage.ENDED, "reason": cause})
        figures = {name: round(value, 1) for name, value in vars(self.coverage).items()}
        self.effects.journal("coverage", None, figures)
        self.effects.journal("ended", by, {"outcome": outcome, "cause": cause, "seconds_used": round(self.time.used, 1)})
        for pid in self.participants:
            self.effects.tell(pid, {"t": "ended", "outcome": outcome, "cause": cause})

"""Who may receive what, in which state. Pure, and the only decision that joins a source to a receiver or a recorder.

Everything here is denied unless a line below allows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    FAMILY_VISIT = "family_visit"
    FAMILY_CALL = "family_call"
    LEGAL_CONSULT = "legal_consult"
    LAWYER_MEETING = "lawyer_meeting"
    MEDIATION_SESSION = "mediation_session"


class Role(StrEnum):
    VISITOR = "visitor"
    LAWYER = "lawyer"
    MEDIATOR = "mediator"
    INTERPRETER = "interpreter"
    TERMINAL = "terminal"
    OFFICER = "officer"
    CONTROL = "control"


class Medium(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Stage(StrEnum):
    SCHEDULED = "scheduled"
    CHECKING_IN = "checking_in"
    WAITING = "waiting"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class Lease(StrEnum):
    """What an officer's console has shown: nothing, that it is there, or that it decodes what it is sent."""

    ABSENT = "absent"
    PRESENT = "present"
    PROVEN = "proven"


class Plan(StrEnum):
    """Which of its successive connections a leg is on."""

    CHECK_IN = "check_in"
    SESSION = "session"
    TEST = "test"


OUTSIDE = frozenset({Role.VISITOR, Role.LAWYER, Role.MEDIATOR, Role.INTERPRETER})
SIDES = OUTSIDE | {Role.TERMINAL}
MEDIA = (Medium.AUDIO, Medium.VIDEO)


@dataclass(frozen=True)
class Ceiling:
    """The most a kind may ever have, whatever a token says."""

    media: frozenset[Medium]
    sees: bool
    hears: bool
    speaks: bool
    records: bool
    must_see: bool = False
    must_hear: bool = False
    actions: frozenset[str] = frozenset()


_BOTH = frozenset(MEDIA)
_SOUND = frozenset({Medium.AUDIO})
_CARE = frozenset({"check", "message", "end"})
_ORDER = _CARE | {"pause", "resume", "mark"}
_FULL = _ORDER | {"warn", "speak", "hush", "mute", "lift"}

CEILINGS: Mapping[Kind, Ceiling] = {
    Kind.FAMILY_VISIT: Ceiling(_BOTH, sees=True, hears=True, speaks=True, records=True, must_see=True, must_hear=True, actions=_FULL),
    Kind.FAMILY_CALL: Ceiling(_SOUND, sees=False, hears=True, speaks=True, records=True, must_hear=True, actions=_FULL),
    Kind.LEGAL_CONSULT: Ceiling(_BOTH, sees=True, hears=True, speaks=False, records=True, actions=_ORDER),
    Kind.LAWYER_MEETING: Ceiling(_BOTH, sees=True, hears=False, speaks=False, records=False, actions=frozenset({"check", "end"})),
    Kind.MEDIATION_SESSION: Ceiling(_BOTH, sees=True, hears=True, speaks=True, records=True, must_see=True, must_hear=True, actions=_FULL),
}


@dataclass(frozen=True)
class Rights:
    """What one session allows: the wish of its facts under the ceiling of its kind."""

    kind: Kind
    sees: bool
    hears: bool
    speaks: bool
    records: bool
    coherent: bool

    @property
    def media(self) -> frozenset[Medium]:
        return CEILINGS[self.kind].media


def rights(kind: Kind, *, record: bool, officer_sees: bool, officer_hears: bool, speak: bool) -> Rights:
    """The rights of a session. They are not coherent where the kind demands supervision that the facts leave out."""
    top = CEILINGS[kind]
    sees, hears = officer_sees and top.sees, officer_hears and top.hears
    coherent = (sees or not top.must_see) and (hears or not top.must_hear)
    return Rights(kind, sees=sees, hears=hears, speaks=speak and top.speaks, records=record and top.records, coherent=coherent)


@dataclass(frozen=True)
class Source:
    """Whose microphone or camera it is."""

    pid: str
    role: Role
    plan: Plan
    admitted: bool = False
    muted: bool = False
    speaking_to: frozenset[str] = frozenset()  # officers only: the sides that hear them


@dataclass(frozen=True)
class Receiver:
    """To whom it would go."""

    pid: str
    role: Role
    plan: Plan
    admitted: bool = False
    lease: Lease = Lease.ABSENT  # officers only


@dataclass(frozen=True)
class Situation:
    """The state of the session that a decision needs."""

    stage: Stage
    gate_open: bool = False
    others_ready: bool = False  # everything but the officer's proof is there
    checked: str | None = None  # the leg joined with the checking officer


def side_of(role: Role) -> str | None:
    """`outside` or `terminal`; None for everybody else."""
    if role in OUTSIDE:
        return "outside"
    return "terminal" if role is Role.TERMINAL else None


def may_negotiate(right: Rights, plan: Plan, source: Role, receiver: Role, medium: Medium) -> bool:
    """Whether an m-line may exist at all from one role to another. What is False here is never in any SDP."""
    if plan is Plan.TEST:
        return source is receiver and source is not Role.CONTROL
    if plan is Plan.CHECK_IN:
        return {source, receiver} & OUTSIDE != set() and Role.OFFICER in (source, receiver)
    if medium not in right.media or not right.coherent:
        return False
    if source in SIDES and receiver in SIDES:
        return not (source is receiver is Role.TERMINAL)
    if source in SIDES and receiver is Role.OFFICER:
        return right.sees if medium is Medium.VIDEO else right.hears
    if source is Role.OFFICER and receiver in SIDES:
        return right.speaks and medium is Medium.AUDIO
    return False


def may_flow(right: Rights, now: Situation, source: Source, receiver: Receiver, medium: Medium) -> bool:
    """Whether a packet of `source` may go to `receiver` at this moment."""
    if source.plan is not receiver.plan or now.stage is Stage.ENDED:
        return False
    if not may_negotiate(right, source.plan, source.role, receiver.role, medium):
        return False
    if source.plan is Plan.TEST:
        return source.pid == receiver.pid
    if source.pid == receiver.pid:
        return False
    if source.plan is Plan.CHECK_IN:
        return _checking(now, source, receiver)
    if receiver.role is Role.OFFICER:
        return _supervising(now, source, receiver, medium)
    return _talking(now, source, receiver, medium)


CHECKING = frozenset({Stage.CHECKING_IN, Stage.WAITING, Stage.PAUSED})
"""Stages in which a person may be compared with their document: before the visit, and for one who arrives late while nothing else flows."""


def _checking(now: Situation, source: Source, receiver: Receiver) -> bool:
    outside = receiver.pid if source.role is Role.OFFICER else source.pid
    leased = receiver.role is not Role.OFFICER or receiver.lease is not Lease.ABSENT
    return now.stage in CHECKING and not now.gate_open and now.checked == outside and leased


def _supervising(now: Situation, source: Source, receiver: Receiver, medium: Medium) -> bool:
    if receiver.lease is Lease.ABSENT or not (source.admitted or source.role is Role.TERMINAL):
        return False
    if now.gate_open and receiver.lease is Lease.PROVEN:
        return True
    return now.others_ready and medium is Medium.VIDEO


def _talking(now: Situation, source: Source, receiver: Receiver, medium: Medium) -> bool:
    if not now.gate_open or not (receiver.admitted or receiver.role is Role.TERMINAL):
        return False
    if source.role is Role.OFFICER:
        return side_of(receiver.role) in source.speaking_to
    if source.muted and medium is Medium.AUDIO:
        return False
    return source.admitted or source.role is Role.TERMINAL


def may_record(right: Rights, now: Situation, source: Source, medium: Medium) -> bool:
    """Whether a packet of `source` may go to the recorder at this moment."""
    if not right.records or not now.gate_open or source.plan is not Plan.SESSION or medium not in right.media:
        return False
    if source.role not in SIDES or not (source.admitted or source.role is Role.TERMINAL):
        return False
    return not (source.muted and medium is Medium.AUDIO)


def may_act(kind: Kind, action: str) -> bool:
    """Whether an officer may do this in a session of this kind."""
    return action in CEILINGS[kind].actions


@dataclass(frozen=True)
class Presence:
    """Everything the gate asks for."""

    stated: bool = False  # a prison-signed token has stated the facts
    coherent: bool = False
    checked_in: bool = False
    terminal: bool = False
    outside: bool = False  # at least one admitted leg
    lease: bool = False  # at least one officer's lease
    standing: bool = False  # the prison application answered within the last 30 s
    recordable: bool = False  # no recording is wanted, or it can be written
    paused: bool = False
    ended: bool = False


@dataclass(frozen=True)
class Gate:
    """The gate's state: the first thing that is missing, and all of them."""

    open: bool
    reason: str | None
    awaits: tuple[str, ...] = field(default=())


_ASKS = (
    ("ENDED", lambda p: not p.ended),
    ("FACTS", lambda p: p.stated and p.coherent),
    ("CHECK_IN", lambda p: p.checked_in),
    ("STANDING", lambda p: p.standing),
    ("RECORDING", lambda p: p.recordable),
    ("PAUSED", lambda p: not p.paused),
    ("TERMINAL", lambda p: p.terminal),
    ("VISITOR", lambda p: p.outside),
    ("OFFICER", lambda p: p.lease),
)


def gate(presence: Presence) -> Gate:
    """Open only when nothing is missing."""
    missing = tuple(code for code, holds in _ASKS if not holds(presence))
    return Gate(open=not missing, reason=missing[0] if missing else None, awaits=missing)


def others_ready(presence: Presence) -> bool:
    """Whether only an officer is missing, so that one may be shown the picture in order to prove that it is seen."""
    return set(gate(presence).awaits) <= {"OFFICER"}

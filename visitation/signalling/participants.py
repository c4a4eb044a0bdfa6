"""Who takes part in a session: states, slots and connection generations."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from visitation.signalling.lease import ConsoleLease
from visitation.signalling.policy import OUTSIDE, Lease, Plan, Receiver, Role, Source
from visitation.signalling.tokens import Facts, Purpose, Ticket


class Standing(StrEnum):
    """Where a participant is."""

    AWAY = "away"
    TESTING = "testing"
    CHECKING_IN = "checking_in"
    WAITING = "waiting"
    IN_SESSION = "in_session"
    LOST = "lost"
    LEFT = "left"


WORDS = ("good", "poor", "bad")


class Line:
    """Quality of a participant's line with hysteresis: worse at once, better after three good looks."""

    GOOD, POOR = 0.02, 0.08

    def __init__(self) -> None:
        self.word = "good"
        self._better = 0

    def seen(self, loss: float) -> bool:
        """Take a measured loss; whether the word changed."""
        word = "good" if loss < self.GOOD else "poor" if loss < self.POOR else "bad"
        if WORDS.index(word) >= WORDS.index(self.word):
            self._better = 0
        else:
            self._better += 1
            if self._better < 3:
                return False
            word = WORDS[WORDS.index(self.word) - 1]
            self._better = 0
        changed, self.word = word != self.word, word
        return changed


@dataclass
class BothWays:
    """A participant's line in each direction: `up` from them to the broker, `down` from the broker to them. Shares of packets lost, 0 to 1."""

    up: Line = field(default_factory=Line)
    down: Line = field(default_factory=Line)
    lost_up: float = 0.0
    lost_down: float = 0.0

    def seen(self, up: float, down: float) -> bool:
        """Take both measures; whether a word changed."""
        self.lost_up, self.lost_down = up, down
        return self.up.seen(up) | self.down.seen(down)

    @property
    def word(self) -> str:
        """The worse of the two."""
        return max(self.up.word, self.down.word, key=WORDS.index)

    def told(self) -> dict[str, Any]:
        return {"up": self.up.word, "down": self.down.word, "lost_up": round(self.lost_up, 4), "lost_down": round(self.lost_down, 4)}


def purpose_of(ticket: Ticket) -> Purpose:
    """An officer who does not say why comes to supervise."""
    if ticket.role is Role.OFFICER and ticket.purpose is Purpose.SESSION:
        return Purpose.SUPERVISE
    return ticket.purpose


@dataclass
class Participant:
    """One identity in one session; its connections come and go, each with a higher generation."""

    pid: str
    role: Role
    slot: str
    persons: int
    admitted: bool
    purpose: Purpose
    generation: int = 0
    state: Standing = Standing.AWAY
    connected: bool = False
    media: Plan | None = None  # the plan whose media are up
    muted: bool = False
    lost_at: float | None = None
    ever_in: bool = False
    speaking_to: frozenset[str] = frozenset()
    stats: dict[str, float] = field(default_factory=dict)
    line: BothWays = field(default_factory=BothWays)
    lease: ConsoleLease | None = None
    facts: Facts | None = None  # what its ticket said

    @property
    def is_outside(self) -> bool:
        return self.role in OUTSIDE

    @property
    def in_session(self) -> bool:
        return self.connected and self.media is Plan.SESSION

    def take(self, ticket: Ticket) -> None:
        """A new connection of the same identity."""
        self.generation += 1
        self.connected = True
        self.persons = ticket.persons
        self.admitted = self.admitted or ticket.admitted
        self.purpose = purpose_of(ticket)
        self.facts = ticket.facts
        self.media = None
        self.lost_at = None
        self.state = Standing.WAITING

    def source(self, plan: Plan) -> Source:
        return Source(self.pid, self.role, plan, admitted=self.admitted, muted=self.muted, speaking_to=self.speaking_to)

    def receiver(self, plan: Plan) -> Receiver:
        lease = self.lease.state if self.lease else Lease.ABSENT
        return Receiver(self.pid, self.role, plan, admitted=self.admitted, lease=lease)

    def told(self) -> dict[str, Any]:
        """As the snapshot gives it."""
        return {
            "pid": self.pid,
            "role": self.role,
            "slot": self.slot,
            "state": self.state,
            "generation": self.generation,
            "persons": self.persons,
            "admitted": self.admitted,
            "muted": self.muted,
            "quality": self.line.word,
            "line": self.line.told() | {name: self.stats[name] for name in ("rtt", "freeze") if name in self.stats},
        }

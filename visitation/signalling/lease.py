"""An officer's lease: what the console's messages prove, and until when.

The console renews straight from its main thread. A renewal holds for 1.5 s from its receipt, but never longer than
1.9 s from the instant at which the broker issued the number that the console echoes: the console was alive after that
instant, so a message that was long under way proves little, and no packet leaves 2.0 s after the console stopped
however slow the line is. Where the officer is sent pictures, the decoded-frame counter has to advance; after a lease that ran
out, twice in a row: a console that wakes up decodes what had piled up, and may then stand still again.
"""

from dataclasses import dataclass

from visitation.signalling.ingress import Valve
from visitation.signalling.policy import Lease

LEASE_SECONDS = 1.5
ECHO_SECONDS = 1.9
PATIENCE_SECONDS = 2.0  # nothing is sent for so long: there is no picture to prove
NUMBERS = 32
PROOFS_AGAIN = 2  # renewals in a row that must show progress once a proven lease has run out


@dataclass(frozen=True)
class Renewal:
    """One `lease` message, as it was understood."""

    visible: bool
    frames: int
    sound: str | None
    until: float  # monotonic: how long it holds


class ConsoleLease:
    """One officer's lease on one session. `valve` is open exactly as long as the lease holds."""

    def __init__(self, *, sees: bool) -> None:
        self.state = Lease.ABSENT
        self.sees = sees
        self.valve = Valve()
        self.sound: str | None = None
        self.advanced = False
        self.renewed = 0.0
        self._frames = self._due = 0
        self._since = 0.0
        self._needed, self._shown = 1, 0  # proofs in a row: wanted, given
        self._numbers: dict[int, float] = {}
        self._next = 0

    def issue(self, now: float) -> int:
        """A number for the console to echo in its next message."""
        self._next += 1
        self._numbers[self._next] = now
        if len(self._numbers) > NUMBERS:
            del self._numbers[min(self._numbers)]
        return self._next

    def holds_until(self, number: int | None, now: float) -> float:
        """How long a message holds that echoes this number; not at all, if the number is not one of ours."""
        if number is None:
            return now + LEASE_SECONDS
        issued = self._numbers.get(number)
        return now if issued is None else min(now + LEASE_SECONDS, issued + ECHO_SECONDS)

    def renew(self, renewal: Renewal, due: int, now: float, *, fed: bool) -> None:
        """Take a message. `due` counts whole frames that were for this console so far, `fed` says it is being sent pictures."""
        self.sound = renewal.sound
        self.advanced = False
        if not renewal.visible or renewal.until <= now:
            self._let_go(now, hidden=not renewal.visible)
            return
        self.expire(now)
        if self.state is Lease.ABSENT:
            self._appear(renewal, due, now)
        elif self.sees and not self._proves(renewal, due, now, fed=fed):
            return
        self.valve.until = max(self.valve.until, renewal.until)
        self.renewed = now

    def _let_go(self, now: float, *, hidden: bool) -> None:
        if hidden:
            self.valve.until = min(self.valve.until, now)
        self.expire(now)

    def _appear(self, renewal: Renewal, due: int, now: float) -> None:
        self.state = Lease.PRESENT if self.sees else Lease.PROVEN
        self._frames, self._due, self._since = renewal.frames, due, now
        self._shown = 0

    def _proves(self, renewal: Renewal, due: int, now: float, *, fed: bool) -> bool:
        """Whether this message renews; and a console that shows what it is sent becomes proven."""
        advanced, owed = renewal.frames > self._frames, due > self._due
        self.advanced = advanced and owed and fed  # what an old connection still decodes proves nothing
        self._shown = self._shown + 1 if self.advanced else 0
        if self._shown >= self._needed:
            self.state, self._needed = Lease.PROVEN, 1
        elif self.state is Lease.PRESENT and not self.advanced:
            if not fed or owed:
                self._since = now
            elif now - self._since > PATIENCE_SECONDS:
                self.state = Lease.PROVEN
        if self.advanced or not owed:
            self._frames, self._due = renewal.frames, due
            return True
        self._frames = min(self._frames, renewal.frames)  # a new connection counts from nothing
        return self.state is Lease.PRESENT

    def lower(self, now: float) -> None:
        """The gate has closed: the picture has to be proven anew before it opens again."""
        if self.sees and self.state is Lease.PROVEN:
            self.state = Lease.PRESENT
            self._since = now
            self._shown = 0

    def expire(self, now: float) -> bool:
        """Whether the lease ran out just now."""
        if self.state is Lease.ABSENT or now < self.valve.until:
            return False
        self._needed = PROOFS_AGAIN if self.state is Lease.PROVEN else self._needed
        self.state = Lease.ABSENT
        return True


@dataclass
class Coverage:
    """Three figures of every session, never merged: seconds live, leased, seen, heard."""

    live: float = 0.0
    leased: float = 0.0
    seen: float = 0.0
    heard: float = 0.0

    def add(self, step: float, *, leased: bool, seen: bool, heard: bool) -> None:
        self.live += step
        self.leased += step * leased
        self.seen += step * seen
        self.heard += step * heard

"""What the wire says about a live visit: which media left the broker while nobody was supervising.

The tap counts packets by port; the broker's health page says whose ports they are; the journal says when the gate was open. Packets that an officer
gets in order to prove that the console shows them, and a check-in or an equipment test before the visit, are not media of the visit.
"""

import json
import threading
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.tap import Packet, Tap

JOURNAL_STEP = 0.001
"""The journal cuts its times to the millisecond: a gate that closed at .0019 is written down as closed at .001."""
SIDES = ("visitor", "lawyer", "mediator", "interpreter", "terminal")


@dataclass
class Span:
    """A time during which the gate was open: seconds since the epoch."""

    opened: float
    closed: float

    def covers(self, moment: float) -> bool:
        return self.opened <= moment <= self.closed


@dataclass
class Witness:
    """Watches one broker from beginning to end of a visit. `everything`: what the tap saw, in both directions, once it has stopped."""

    health_url: str
    tap: Tap = field(default_factory=Tap)
    owners: dict[int, str] = field(default_factory=dict)
    running: bool = True
    everything: list[Packet] = field(default_factory=list)

    def start(self) -> "Witness":
        self.tap.start()
        self._thread = threading.Thread(target=self._watch, name="witness", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> list[Packet]:
        """End the watch; what left the broker's own media ports, in order."""
        self.running = False
        self._thread.join(timeout=5)
        self.everything = self.tap.stop()
        return [packet for packet in self.everything if packet.from_port in self.owners]

    def _watch(self) -> None:
        pause = threading.Event()
        while self.running:
            try:
                with urllib.request.urlopen(self.health_url, timeout=2) as answer:
                    found = json.load(answer)["media_port_owners"]
            except OSError:
                found = {}
            self.owners.update({int(port): owner["role"] for port, owner in found.items()})
            pause.wait(0.2)

    def leaving(self, since: float) -> list[Packet]:
        """Media that have left the broker so far, from `since` on."""
        return [packet for packet in self.tap.packets() if packet.at >= since and packet.from_port in self.owners]


def gate_spans(events: list[tuple[str, datetime, dict[str, object]]]) -> list[Span]:
    """Open times of the gate from (type, at, data) of a session's journal, in order."""
    spans: list[Span] = []
    for kind, at, data in events:
        moment = at.astimezone(UTC).timestamp()
        if kind == "gate" and data["open"]:
            spans.append(Span(moment, float("inf")))
        elif kind == "gate" and spans and spans[-1].closed == float("inf"):
            spans[-1].closed = moment + JOURNAL_STEP
    return spans


def unsupervised(packets: list[Packet], owners: dict[int, str], spans: list[Span], since: float) -> list[float]:
    """When media left to either side of the visit outside every open time of the gate, from `since` (the end of the check-in) on.

    Each as seconds after the gate last closed, or -1 before it ever opened: the empty list is the promise.
    """
    sides = {port for port, role in owners.items() if role in SIDES}
    stray = [packet.at for packet in packets if packet.from_port in sides and packet.at >= since and not any(span.covers(packet.at) for span in spans)]
    return [min((at - span.closed for span in spans if span.closed <= at), default=-1.0) for at in stray]

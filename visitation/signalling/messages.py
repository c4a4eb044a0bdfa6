"""What an officer writes to the others, and what they confirmed."""

from dataclasses import dataclass, field
from typing import Any

MAX_TEXT = 256
KEPT = 200


@dataclass
class Message:
    """A message or, with a rule, a warning."""

    id: str
    text: str
    code: str | None
    rule: int | None
    at: float
    to: frozenset[str]
    shown: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)

    def told(self) -> dict[str, Any]:
        return {"t": "message", "id": self.id, "text": self.text, "code": self.code, "warning": self.rule, "at": self.at}

    @property
    def unconfirmed(self) -> bool:
        return self.rule is not None and not self.to <= self.confirmed


class MessageBook:
    """The messages of one session."""

    def __init__(self) -> None:
        self._kept: dict[str, Message] = {}
        self._count = 0
        self._run = ""
        self.warnings = 0

    def go_on(self, run: int, warnings: int) -> None:
        """Earlier runs of the session gave so many warnings; numbers of messages must not meet theirs."""
        self._run = f"{run}-" if run else ""
        self.warnings += warnings

    def write(self, text: str, code: str | None, rule: int | None, to: frozenset[str], at: float, *, again: bool = False) -> Message:
        """Note a message. `again`: a warning that was counted in an earlier run."""
        self._count += 1
        self.warnings += rule is not None and not again
        message = Message(f"m{self._run}{self._count}", text, code, rule, at, to)
        self._kept[message.id] = message
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return message

    def receipt(self, message_id: object, pid: str, what: str) -> Message | None:
        """Note `shown` or `confirmed`; None if it says nothing new."""
        message = self._kept.get(message_id) if isinstance(message_id, str) else None
        if message is None or pid not in message.to:
            return None
        known = message.shown if what == "shown" else message.confirmed
        if pid in known:
            return None
        known.add(pid)
        return message

    def pending(self, pid: str) -> list[Message]:
        """What this person has not confirmed yet, for a page that was reloaded."""
        return [m for m in self._kept.values() if pid in m.to and pid not in m.confirmed]

    @property
    def unconfirmed_warning(self) -> bool:
        return any(m.unconfirmed for m in self._kept.values())

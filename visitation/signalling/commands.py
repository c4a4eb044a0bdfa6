"""What the prison application commands a session."""

from collections.abc import Callable, Mapping
from typing import Any

from visitation.signalling.session import Session

Arguments = Mapping[str, Any]


def command(session: Session, op: str, arguments: Arguments) -> None:
    """Apply it. Raises KeyError, TypeError or ValueError where it cannot be understood."""
    _COMMANDS[op](session, arguments)
    session.settle()


def _admit(session: Session, arguments: Arguments) -> None:
    pid, persons = str(arguments["pid"]), int(arguments.get("persons", 1))
    session.admit(pid, min(3, max(1, persons)))


def _checked_in(session: Session, arguments: Arguments) -> None:
    session.checked_in, session.checked = True, None


def _extend(session: Session, arguments: Arguments) -> None:
    hard_end, minutes = float(arguments["hard_end"]), float(arguments["minutes"])
    session.time.extend(hard_end, minutes, session.wall(), session.clock.monotonic())
    session.effects.journal("extended", None, {"hard_end": hard_end, "minutes": minutes})


def _revoke(session: Session, arguments: Arguments) -> None:
    session.revoke(str(arguments["pid"]))


def _end(session: Session, arguments: Arguments) -> None:
    session.end(str(arguments.get("outcome") or "ended_by_command")[:40], "COMMAND")


_COMMANDS: Mapping[str, Callable[[Session, Arguments], None]] = {
    "admit": _admit,
    "checked_in": _checked_in,
    "extend": _extend,
    "revoke": _revoke,
    "end": _end,
}
OPERATIONS = frozenset(_COMMANDS)

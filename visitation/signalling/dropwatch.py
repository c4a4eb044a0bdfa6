"""The drop table at work: who is lost, for how long, and what follows."""

from dataclasses import dataclass

from visitation.signalling.tokens import Drops


@dataclass(frozen=True)
class Present:
    """Who is there at this moment."""

    officer: bool  # a console is there
    supervised: bool  # a lease that opens the gate is there
    terminal: bool
    outside: bool


@dataclass(frozen=True)
class Verdict:
    """What the drop table asks for."""

    pauses: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    end: str | None = None


class DropWatch:
    """Remembers since when somebody is lost. Asked only after a session was live once."""

    def __init__(self, drops: Drops) -> None:
        self._drops = drops
        self._since: dict[str, float] = {}

    def look(self, present: Present, now: float) -> Verdict:
        """The state of the table at `now`."""
        officer = self._lost("officer", now, there=present.officer)
        watched = self._lost("supervised", now, there=present.supervised)
        terminal = self._lost("terminal", now, there=present.terminal)
        outside = self._lost("outside", now, there=present.outside)
        table = self._drops
        pauses = {
            "OFFICER": officer >= table.officer.pause,
            "TERMINAL": terminal >= table.terminal.pause,
            "VISITOR": outside >= table.outside.pause,
        }
        tasks = {"OFFICER_LOST": watched >= table.officer.takeover, "TERMINAL_LOST": terminal >= 0, "OUTSIDE_LOST": outside >= 0}
        end = "TERMINAL_LOST" if terminal >= table.terminal.end else "OUTSIDE_LOST" if outside >= table.outside.end else None
        return Verdict(frozenset(p for p, holds in pauses.items() if holds), frozenset(t for t, holds in tasks.items() if holds), end)

    def _lost(self, who: str, now: float, *, there: bool) -> float:
        """Seconds lost; negative while there."""
        if there:
            self._since.pop(who, None)
            return -1.0
        return now - self._since.setdefault(who, now)

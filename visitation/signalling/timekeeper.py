"""The time of a session: minutes used while media flow, the hard end, the warnings before it."""

from visitation.signalling.tokens import Facts


class TimeKeeper:
    """Counts on the monotonic clock; the hard end is turned into it once, when it is stated."""

    def __init__(self, facts: Facts, wall: float, mono: float) -> None:
        self.used = 0.0
        self.minutes = facts.minutes
        self.hard_end = facts.hard_end
        self._hard_mono = mono + (facts.hard_end - wall)
        self._warn_at = sorted(facts.warn_at, reverse=True)
        self._warned: set[float] = set()

    def extend(self, hard_end: float, minutes: float, wall: float, mono: float) -> None:
        """New limits; warnings that lie ahead again are given again."""
        self.hard_end, self.minutes = hard_end, minutes
        self._hard_mono = mono + (hard_end - wall)
        self._warned = {at for at in self._warned if at >= self.left(mono)}

    def pass_over(self, mono: float) -> None:
        """An earlier run of the session has given the warnings that are due by now."""
        self._warned |= {at for at in self._warn_at if at >= self.left(mono)}

    def add(self, step: float) -> None:
        self.used += step

    def left(self, mono: float) -> float:
        """Seconds until the earlier of both ends."""
        return max(0.0, min(self.minutes * 60 - self.used, self._hard_mono - mono))

    def cause(self, mono: float) -> str | None:
        """Why the session is over; None while it is not."""
        if mono >= self._hard_mono:
            return "HARD_END"
        return "TIME_UP" if self.used >= self.minutes * 60 else None

    def warning(self, mono: float) -> float | None:
        """A warning that is due now: the seconds left. At most one a call, the latest."""
        left = self.left(mono)
        due = [at for at in self._warn_at if left <= at and at not in self._warned]
        if not due:
            return None
        self._warned.update(due)
        return due[-1] if left > 0 else None

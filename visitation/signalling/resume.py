"""A session that another run of a broker carried before: what it left behind is taken up before anything can flow.

Only a prison-signed token brings it (the fact `resume`). Nothing here can open a gate: the lease, the terminal and an admitted person are asked for anew.
"""

from visitation.signalling.participants import Participant
from visitation.signalling.session import Session
from visitation.signalling.tokens import Resume

SEGMENTS_A_RUN = 10000
"""Numbers of segments that one run may use: files of the same leg on two brokers never share a name."""


class Inheritance:
    """Takes up what was left behind, at once for the session and one by one for those who join it again."""

    def __init__(self) -> None:
        self._muted: set[str] = set()
        self._unconfirmed: list[tuple[int, set[str]]] = []
        self.first_segment = 0

    def take_up(self, session: Session, left: Resume) -> None:
        """The session goes on where it was: paused if it was, its warnings counted, its time warnings not given twice."""
        session.was_live = session.was_live or left.was_live
        session.pause_reason = session.pause_reason or left.pause
        session.messages.go_on(left.run, left.warnings)
        if left.was_live:
            session.time.pass_over(session.clock.monotonic())
        self._muted = set(left.muted)
        self._unconfirmed = [(one.rule, set(one.to)) for one in left.unconfirmed]
        self.first_segment = left.run * SEGMENTS_A_RUN
        for person in session.participants.values():
            self.welcome(session, person)
            for message in session.messages.pending(person.pid):
                session.effects.tell(person.pid, message.told())
        session.settle()

    def welcome(self, session: Session, person: Participant) -> None:
        """Somebody joins: muted if they were; a warning they had not confirmed waits for them again."""
        if person.pid in self._muted:
            self._muted.discard(person.pid)
            person.muted = True
        for rule, to in self._unconfirmed:
            if person.pid in to:
                to.discard(person.pid)
                session.messages.write("", None, rule, frozenset({person.pid}), session.wall(), again=True)
                session.task("WARNING_UNCONFIRMED", None, open_=True)

"""What the live pages write: results of equipment tests, and a terminal's sign of life."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.bookings.models import Booking
from visitation.kernel.identity import Identity
from visitation.live import due, rules
from visitation.live.models import EquipmentTest
from visitation.timetable.models import Terminal


def record_test(session: Session, who: Identity, booking: Booking, figures: rules.Figures, now: datetime) -> rules.Verdict:
    """Judge a device's test and keep it with the visit."""
    verdict = rules.judge(figures)
    given = {"verdict": verdict.word, "score": verdict.score, "causes": list(verdict.causes)}
    test = EquipmentTest(booking_id=booking.id, account_id=who.account_id, at=now, figures=asdict(figures), **given)
    session.add(test)
    session.flush()
    due.settle(session, test)
    audit.record(session, who, "live.test", "booking", booking.ref, now, booking.prison_id, **given)
    return verdict


def beat(session: Session, terminal_id: int, now: datetime) -> None:
    """The terminal is alive: written at most once a minute."""
    terminal = session.get(Terminal, terminal_id)
    if terminal is not None and rules.needs_beat(terminal.seen_at, now):
        terminal.seen_at = now

"""The tests that are due before a visit: opened, told, closed by a sweep; settled by a test; and the help that an officer gave."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.audit import service as audit
from visitation.bookings.models import Booking
from visitation.bookings.queries import first_of_day
from visitation.kernel.errors import NotFound
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.live.models import EquipmentDue, EquipmentTest
from visitation.live.rules_due import Window, needs_help, next_window, state_of, tells, windows
from visitation.notices.service import tell
from visitation.policies.queries import Policies, policies_of

KEY = "equipment_test_minutes"
FURTHEST = timedelta(days=14)
MOST_AT_ONCE = 500


def sweep(session: Session, now: datetime) -> int:
    """Close what is over, open and tell what is due now. Idempotent. Returns how many were opened."""
    _close(session, now)
    return _open(session, now)


def _close(session: Session, now: datetime) -> None:
    rows = session.scalars(select(EquipmentDue).join(Booking).where(EquipmentDue.state == "open").with_for_update(of=EquipmentDue, skip_locked=True))
    for row in rows:
        if row.booking.state != "confirmed" or row.booking.starts_at != row.starts_at:
            row.state = "void"
        elif row.closes_at <= now:
            row.state = "missed"


def _open(session: Session, now: datetime) -> int:
    near = select(Booking).where(Booking.state == "confirmed", Booking.starts_at > now, Booking.starts_at <= now + FURTHEST)
    bookings = session.scalars(near.order_by(Booking.starts_at)).all()
    known = _known(session, [booking.id for booking in bookings])
    policies: dict[int, Policies] = {}
    opened = 0
    for booking in bookings:
        if booking.lawyer is not None and not first_of_day(session, booking):
            continue
        if booking.prison_id not in policies:
            policies[booking.prison_id] = policies_of(session, booking.prison_id, (KEY,))
        steps = policies[booking.prison_id].value(KEY, local_day(booking.starts_at))
        rows = {row.ahead: row for row in known[booking.id] if row.starts_at == booking.starts_at}
        for window in _windows(booking, steps):
            if window.is_open(now) and window.ahead not in rows and opened < MOST_AT_ONCE:
                _begin(session, booking, window, rows, now)
                opened += 1
    return opened


def _windows(booking: Booking, steps: Sequence[int]) -> list[Window]:
    return windows(booking.starts_at, max(booking.created_at, booking.decided_at or booking.created_at), steps)


def _known(session: Session, booking_ids: list[int]) -> dict[int, list[EquipmentDue]]:
    found: dict[int, list[EquipmentDue]] = defaultdict(list)
    for row in session.scalars(select(EquipmentDue).where(EquipmentDue.booking_id.in_(booking_ids)).order_by(EquipmentDue.opens_at)):
        found[row.booking_id].append(row)
    return found


def _begin(session: Session, booking: Booking, window: Window, rows: dict[int, EquipmentDue], now: datetime) -> None:
    made = EquipmentDue(booking_id=booking.id, ahead=window.ahead, starts_at=booking.starts_at, opens_at=window.opens_at, closes_at=window.closes_at)
    made.state = "open"
    session.add(made)
    newest = select(EquipmentTest).where(EquipmentTest.booking_id == booking.id, EquipmentTest.at >= window.opens_at)
    test = session.scalar(newest.order_by(EquipmentTest.at.desc(), EquipmentTest.id.desc()).limit(1))
    if test is not None:
        made.state, made.test_id = state_of(test.verdict), test.id
        return
    before = [row.state for row in rows.values() if row.opens_at < window.opens_at]
    if tells(window.ahead, before[-1] if before else None):
        facts = {"ref": booking.ref, "starts_at": booking.starts_at.isoformat()}
        tell(session, booking.account_id, "equipment_due", facts, now, link=f"/visits/{booking.ref}/test")
        made.told_at = now


def settle(session: Session, test: EquipmentTest) -> None:
    """A test was made: it counts for the window that is open, and mends one that failed or was missed just before."""
    query = select(EquipmentDue).join(Booking).where(EquipmentDue.booking_id == test.booking_id, EquipmentDue.state != "void")
    query = query.where(EquipmentDue.starts_at == Booking.starts_at, EquipmentDue.opens_at <= test.at)
    row = session.scalar(query.order_by(EquipmentDue.opens_at.desc()).limit(1))
    if row is not None and (row.state != "passed" or state_of(test.verdict) == "passed" or row.closes_at > test.at):
        row.state, row.test_id = state_of(test.verdict), test.id


def help_family(session: Session, who: Identity, due_id: int, note: str, now: datetime) -> EquipmentDue:
    """An officer has spoken with the family: the task is done until another test fails or is missed. Raises NotFound."""
    row = session.get(EquipmentDue, due_id, with_for_update=True, populate_existing=True)
    if row is None or (who.prison_id is not None and row.booking.prison_id != who.prison_id):
        raise NotFound
    row.helped_at, row.helped_by, row.help_note = now, who.account_id, note
    audit.record(session, who, "live.help", "booking", row.booking.ref, now, row.booking.prison_id, note=note)
    return row


def to_help(session: Session, prison_id: int | None, now: datetime) -> list[EquipmentDue]:
    """The newest failed or missed test of each visit to come that has not been passed since and whose family nobody has helped, the nearest visit first."""
    query = select(EquipmentDue).join(Booking).where(Booking.state == "confirmed", Booking.starts_at > now, Booking.starts_at == EquipmentDue.starts_at)
    query = query.where(EquipmentDue.state != "void").order_by(Booking.starts_at, EquipmentDue.opens_at)
    by_booking: dict[int, list[EquipmentDue]] = defaultdict(list)
    for row in session.scalars(query if prison_id is None else query.where(Booking.prison_id == prison_id)):
        by_booking[row.booking_id].append(row)
    found = []
    for rows in by_booking.values():
        last = next((row for row in reversed(rows) if row.state in ("failed", "missed")), None)
        if last is not None and last.helped_at is None and needs_help(row.state for row in rows):
            found.append(last)
    return found


def due_by_id(session: Session, due_id: int) -> EquipmentDue | None:
    return session.get(EquipmentDue, due_id)


def is_ours(who: Identity, row: EquipmentDue) -> bool:
    """The visit is of this officer's prison."""
    return who.prison_id is None or who.prison_id == row.booking.prison_id


def telephones(session: Session, rows: list[EquipmentDue]) -> dict[int, tuple[str, str]]:
    """Booking -> name and number of whoever booked it: whom the officer telephones."""
    query = select(Booking.id, Account).join(Account, Account.id == Booking.account_id).where(Booking.id.in_([row.booking_id for row in rows]))
    return {number: (account.name, account.mobile or "") for number, account in session.execute(query)}


def dues_of(session: Session, booking: Booking) -> list[EquipmentDue]:
    """A visit's tests in their order, as its family sees them."""
    query = select(EquipmentDue).where(EquipmentDue.booking_id == booking.id, EquipmentDue.starts_at == booking.starts_at, EquipmentDue.state != "void")
    return list(session.scalars(query.order_by(EquipmentDue.opens_at)))


def next_due(session: Session, booking: Booking, now: datetime) -> tuple[Window, str] | None:
    """The next test of a confirmed visit and what came of it so far; None when all are passed or over."""
    if booking.state != "confirmed":
        return None
    steps = policies_of(session, booking.prison_id, (KEY,)).value(KEY, local_day(booking.starts_at))
    return next_window(_windows(booking, steps), {row.ahead: row.state for row in dues_of(session, booking)}, now)

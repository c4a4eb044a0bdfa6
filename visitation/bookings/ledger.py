"""An inmate's monthly allowance as a ledger: granted, used, returned, adjusted, external (rules.md §5.13).

Every line is added under the lock of the inmate's row, or of the booking's for a return.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking, QuotaEntry
from visitation.bookings.rules import Allowance
from visitation.store.transaction import run

SIGN = {"granted": 1, "used": -1, "returned": 1, "adjusted": 1, "external": -1}
PURSES = {"family_visit": ("visit", "visits_per_month"), "family_call": ("call", "calls_per_month")}
"""Kind of session -> its purse and the policy that grants it. Other kinds cost nothing."""


_column = QuotaEntry.__table__.c
TOTALS = (
    select(_column.month, _column.kind, func.sum(_column.units))
    .where(
        _column.inmate_id == bindparam("inmate"),
        _column.purse == bindparam("purse"),
        _column.month.in_(bindparam("months", expanding=True)),
        func.coalesce(_column.booking_id, 0) != bindparam("ignore"),
    )
    .group_by(_column.month, _column.kind)
)
ADD = insert(QuotaEntry.__table__)  # type: ignore[arg-type]


def totals(session: Session, inmate_id: int, purse: str, months: Iterable[date], ignore: int | None = None) -> dict[date, dict[str, int]]:
    """month -> kind -> units, in one query. `ignore`: a booking whose own lines do not count."""
    found: dict[date, dict[str, int]] = {}
    for month, kind, units in run(session, TOTALS, {"inmate": inmate_id, "purse": purse, "months": list(months), "ignore": ignore or -1}):
        found.setdefault(month, {})[kind] = int(units)
    return found


def spend(session: Session, booking: Booking, purse: str, month: date, missing: int, now: datetime) -> None:
    """`grant` and `use` in one statement, for who knows already how many units are `missing` in what the ledger has granted."""
    line = {"inmate_id": booking.inmate_id, "month": month, "purse": purse, "at": now}
    granted = [{**line, "kind": "granted", "units": missing, "booking_id": None}] if missing else []
    run(session, ADD, [*granted, {**line, "kind": "used", "units": 1, "booking_id": booking.id}])


def allowance(entitled: int, lines: Mapping[str, int]) -> Allowance:
    """What is left of a month: the entitlement of today's level, whatever was granted before, with every other line.

    Never more than the cap, which is the entitlement and what was adjusted: a refund does not exceed it (rules.md §5.13).
    """
    left = entitled + sum(SIGN[kind] * units for kind, units in lines.items() if kind != "granted")
    return Allowance(entitled, min(left, entitled + lines.get("adjusted", 0)))


def grant(session: Session, inmate_id: int, purse: str, month: date, entitled: int, now: datetime) -> None:
    """Bring what the ledger has granted up (or down) to the entitlement, so that the ledger alone tells the balance."""
    granted = totals(session, inmate_id, purse, [month]).get(month, {}).get("granted", 0)
    if granted != entitled:
        session.add(QuotaEntry(inmate_id=inmate_id, month=month, purse=purse, kind="granted", units=entitled - granted, at=now))


def use(session: Session, inmate_id: int, purse: str, month: date, booking_id: int, now: datetime, turn: int = 0) -> None:
    """One visit used. The unique key (booking, kind, turn) makes a second line impossible."""
    session.add(QuotaEntry(inmate_id=inmate_id, month=month, purse=purse, kind="used", units=1, booking_id=booking_id, turn=turn, at=now))


def lines_of(session: Session, booking_id: int) -> list[QuotaEntry]:
    """What a booking has used and returned, in order."""
    return list(session.scalars(select(QuotaEntry).where(QuotaEntry.booking_id == booking_id).order_by(QuotaEntry.turn, QuotaEntry.id)))


def standing_use(lines: Iterable[QuotaEntry]) -> QuotaEntry | None:
    """The use of a booking that was not returned; at most one stands at a time."""
    rows = list(lines)
    returned = {line.turn for line in rows if line.kind == "returned"}
    return next((line for line in rows if line.kind == "used" and line.turn not in returned), None)


def give_back(session: Session, booking_id: int, now: datetime, note: str) -> bool:
    """Return what a booking used, once and never more than it used; False when there is nothing (more) to return."""
    used = standing_use(lines_of(session, booking_id))
    if used is None:
        return False
    _line(session, used, "returned", now, used.turn, used.month, note)
    return True


def move_use(session: Session, booking_id: int, month: date, now: datetime, note: str) -> bool:
    """The visit counts in another month: returned in the old one, used in the new one. False when it counts in this month already, or in none."""
    lines = lines_of(session, booking_id)
    used = standing_use(lines)
    if used is None or used.month == month:
        return False
    _line(session, used, "returned", now, used.turn, used.month, note)
    _line(session, used, "used", now, max(line.turn for line in lines) + 1, month, note)
    return True


def month_of(session: Session, booking_id: int) -> date | None:
    """The month in which a booking counts; a visit that the prison moved stays in the month for which it was booked (rules.md §4)."""
    used = standing_use(lines_of(session, booking_id))
    return used.month if used is not None else None


def _line(session: Session, used: QuotaEntry, kind: str, now: datetime, turn: int, month: date, note: str) -> None:
    row = QuotaEntry(inmate_id=used.inmate_id, month=month, purse=used.purse, kind=kind, units=used.units, booking_id=used.booking_id, turn=turn, at=now)
    row.note = note[:200]
    session.add(row)
    session.flush()


def join(session: Session, keep: int, gone: int, now: datetime) -> None:
    """The lines of an inmate who was entered twice go to the record that stays. What was granted twice is taken back once: one person has one allowance."""
    mine, theirs = _granted(session, keep), _granted(session, gone)
    session.execute(update(QuotaEntry).where(QuotaEntry.inmate_id == gone).values(inmate_id=keep))
    for purse, month in sorted(mine.keys() & theirs.keys()):
        twice = min(mine[purse, month], theirs[purse, month])
        if twice > 0:
            line = QuotaEntry(inmate_id=keep, month=month, purse=purse, kind="granted", units=-twice, at=now, note="merged")
            session.add(line)
    session.flush()


def _granted(session: Session, inmate_id: int) -> dict[tuple[str, date], int]:
    """(purse, month) -> units that the ledger has granted."""
    query = select(QuotaEntry.purse, QuotaEntry.month, func.sum(QuotaEntry.units)).where(QuotaEntry.inmate_id == inmate_id, QuotaEntry.kind == "granted")
    return {(purse, month): int(units) for purse, month, units in session.execute(query.group_by(QuotaEntry.purse, QuotaEntry.month))}

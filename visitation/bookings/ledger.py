"""An inmate's monthly allowance as a ledger: granted, used, returned, adjusted, external (rules.md §5.13).

Every line is added under the lock of the inmate's row, or of the booking's for a return.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.bookings.models import QuotaEntry
from visitation.bookings.rules import Allowance

SIGN = {"granted": 1, "used": -1, "returned": 1, "adjusted": 1, "external": -1}
PURSES = {"family_visit": ("visit", "visits_per_month"), "family_call": ("call", "calls_per_month")}
"""Kind of session -> its purse and the policy that grants it. Other kinds cost nothing."""


def totals(session: Session, inmate_id: int, purse: str, months: Iterable[date], ignore: int | None = None) -> dict[date, dict[str, int]]:
    """month -> kind -> units, in one query. `ignore`: a booking whose own lines do not count."""
    query = (
        select(QuotaEntry.month, QuotaEntry.kind, func.sum(QuotaEntry.units))
        .where(
            QuotaEntry.inmate_id == inmate_id,
            QuotaEntry.purse == purse,
            QuotaEntry.month.in_(list(months)),
            func.coalesce(QuotaEntry.booking_id, 0) != (ignore or -1),
        )
        .group_by(QuotaEntry.month, QuotaEntry.kind)
    )
    found: dict[date, dict[str, int]] = {}
    for month, kind, units in session.execute(query):
        found.setdefault(month, {})[kind] = int(units)
    return found


def allowance(entitled: int, lines: Mapping[str, int]) -> Allowance:
    """What is left of a month: the entitlement of today's level, whatever was granted before, with every other line."""
    return Allowance(entitled, entitled + sum(SIGN[kind] * units for kind, units in lines.items() if kind != "granted"))


def grant(session: Session, inmate_id: int, purse: str, month: date, entitled: int, now: datetime) -> None:
    """Bring what the ledger has granted up (or down) to the entitlement, so that the ledger alone tells the balance."""
    granted = totals(session, inmate_id, purse, [month]).get(month, {}).get("granted", 0)
    if granted != entitled:
        session.add(QuotaEntry(inmate_id=inmate_id, month=month, purse=purse, kind="granted", units=entitled - granted, at=now))


def use(session: Session, inmate_id: int, purse: str, month: date, booking_id: int, now: datetime) -> None:
    """One visit used. The unique key (booking, kind) makes a second line impossible."""
    session.add(QuotaEntry(inmate_id=inmate_id, month=month, purse=purse, kind="used", units=1, booking_id=booking_id, at=now))


def give_back(session: Session, booking_id: int, now: datetime, note: str) -> bool:
    """Return what a booking used, once and never more than it used; False when there is nothing (more) to return."""
    lines = list(session.scalars(select(QuotaEntry).where(QuotaEntry.booking_id == booking_id)))
    used = next((line for line in lines if line.kind == "used"), None)
    if used is None or any(line.kind == "returned" for line in lines):
        return False
    session.add(
        QuotaEntry(
            inmate_id=used.inmate_id, month=used.month, purse=used.purse, kind="returned", units=used.units, booking_id=booking_id, at=now, note=note[:200]
        )
    )
    session.flush()
    return True

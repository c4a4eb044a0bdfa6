"""What the staff enter into an inmate's allowance: a visit held on another channel, a correction. Each line says who and why (rules.md §1, §5.13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from visitation.accounts.models import Account
from visitation.audit.service import record
from visitation.bookings import facts, ledger, requests, rules
from visitation.bookings.models import Booking, QuotaEntry
from visitation.kernel.errors import refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day, month_start, next_month
from visitation.people.models import Inmate
from visitation.policies.queries import policies_of

PURSES = {"visit": "family_visit", "call": "family_call"}
"""Purse -> the kind of session whose policy grants it."""


@dataclass(frozen=True)
class Line:
    """One line of the ledger as the staff read it; `counts`: what it adds to the month."""

    entry: QuotaEntry
    counts: int
    ref: str | None
    starts_at: datetime | None
    by: str | None


@dataclass(frozen=True)
class Month:
    """One month of one purse: what the level gives, what is left, and every line."""

    month: date
    purse: str
    allowance: rules.Allowance
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class External:
    """A visit or call on another channel: at the prison's window, or in another system."""

    purse: str
    held_on: date
    note: str


@dataclass(frozen=True)
class Correction:
    """More (or, below zero, less) for a month."""

    purse: str
    month: date
    units: int
    note: str


def months_of(session: Session, inmate: Inmate, months: Iterable[date]) -> list[Month]:
    """The allowance of an inmate, the latest month first, each with its lines; 3 queries for each purse."""
    wanted, policies = sorted(months, reverse=True), policies_of(session, inmate.prison_id)
    found = []
    for purse, kind in PURSES.items():
        totals, lines = ledger.totals(session, inmate.id, purse, wanted), _lines(session, inmate.id, purse, wanted)
        for month in wanted:
            entitled = facts.entitlement(policies, kind, inmate.level_code, month)
            found.append(Month(month, purse, ledger.allowance(entitled, totals.get(month, {})), tuple(lines.get(month, ()))))
    return sorted(found, key=lambda one: (one.month, one.purse != "call"), reverse=True)


def _lines(session: Session, inmate_id: int, purse: str, months: list[date]) -> dict[date, list[Line]]:
    writer = aliased(Account)
    query = (
        select(QuotaEntry, Booking.ref, Booking.starts_at, writer.name)
        .outerjoin(Booking, Booking.id == QuotaEntry.booking_id)
        .outerjoin(writer, writer.id == QuotaEntry.entered_by)
        .where(QuotaEntry.inmate_id == inmate_id, QuotaEntry.purse == purse, QuotaEntry.month.in_(months))
        .order_by(QuotaEntry.at, QuotaEntry.id)
    )
    found: dict[date, list[Line]] = {}
    for entry, ref, starts_at, name in session.execute(query):
        found.setdefault(entry.month, []).append(Line(entry, ledger.SIGN[entry.kind] * entry.units, ref, starts_at, name))
    return found


def enter_external(session: Session, who: Identity, inmate_id: int, wanted: External, key: str, now: datetime) -> None:
    """A visit that was held elsewhere counts here too. Raises Refused with every reason; a repeat with the same key adds nothing."""
    refuse(rules.external_refusals(wanted.held_on, wanted.note, local_day(now)))
    _enter(session, who, inmate_id, "external", wanted.purse, month_start(wanted.held_on), 1, wanted.note, key, now, wanted.held_on)


def adjust(session: Session, who: Identity, inmate_id: int, wanted: Correction, key: str, now: datetime) -> None:
    """Correct a month's allowance, with a reason. Raises Refused with every reason; a repeat with the same key adds nothing."""
    refuse(rules.correction_refusals(wanted.month, wanted.units, wanted.note, month_start(local_day(now))))
    _enter(session, who, inmate_id, "adjusted", wanted.purse, wanted.month, wanted.units, wanted.note, key, now)


def _enter(
    session: Session,
    who: Identity,
    inmate_id: int,
    kind: str,
    purse: str,
    month: date,
    units: int,
    note: str,
    key: str,
    now: datetime,
    held_on: date | None = None,
) -> None:
    if requests.first_result(session, who.account_id, f"q:{key}"[:64], now) is not None:
        return
    inmate = session.get_one(Inmate, inmate_id, with_for_update={"key_share": True}, populate_existing=True)
    row = QuotaEntry(inmate_id=inmate.id, month=month, purse=purse, kind=kind, units=units, at=now, entered_by=who.account_id, held_on=held_on)
    row.note = note.strip()[:200]
    session.add(row)
    session.flush()
    record(
        session,
        who,
        "quota.external" if kind == "external" else "quota.adjusted",
        "inmate",
        inmate.id,
        now,
        inmate.prison_id,
        month=f"{month:%Y-%m}",
        purse=purse,
        units=units,
    )
    requests.remember(session, who.account_id, f"q:{key}"[:64], str(row.id))


def shown_months(now: datetime, before: int = 3) -> list[date]:
    """Three months back to the next one."""
    months = [month_start(local_day(now))]
    for _ in range(before):
        months.append(month_start(date.fromordinal(months[-1].toordinal() - 1)))
    return [*months, next_month(months[0])]

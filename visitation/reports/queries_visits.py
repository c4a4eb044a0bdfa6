"""Counting visits: held, by how many people, how they ended, how long they were waited for."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking, BookingVisitor, QuotaEntry, Wish
from visitation.people.models import Inmate, Kinship
from visitation.reports.figures import Asked
from visitation.reports.local_sql import DaysBetween, LocalMonth, TenthsOfHours
from visitation.reports.rules import Facts, Moves, flow

HELD = ("completed", "ended_by_inmate", "ended_by_visitor", "ended_by_officer")
"""A visit took place. One that the line cut short is counted as a failure, because it is given back and booked again."""
CHECKED = "confirmed"
"""What the officer at the check-in has ticked."""


def first_of(month: str) -> date:
    """The first day of `2026-11`."""
    return date.fromisoformat(f"{month}-01")


def visits(session: Session, asked: Asked) -> Facts:
    """Visits held here by kind, and those that were entered as held elsewhere; two queries."""
    facts = Facts()
    for prison, month, kind, state, outcome, number in _ended(session, asked):
        if state == "ended" and outcome in HELD:
            facts.at(prison, month).counts[kind] += number
    for prison, month, number in _elsewhere(session, asked):
        facts.at(prison, month).counts["elsewhere"] += number
    return facts


def by_month(session: Session, moment: Any, prison: Any, *more: Any, number: Any, where: Iterable[Any]) -> list[tuple[Any, ...]]:
    """(prison, first day of the month, ..., number)."""
    query = select(prison, LocalMonth(moment), *more, number).where(*where).group_by(prison, LocalMonth(moment), *more)
    return [(row[0], first_of(row[1]), *row[2:]) for row in session.execute(query)]


def _ended(session: Session, asked: Asked) -> list[tuple[Any, ...]]:
    """(prison, month, kind, state, outcome, number) of bookings that have an outcome. Three figures are made of it, so it is asked for once."""

    def read() -> list[tuple[Any, ...]]:
        where = (*asked.within(Booking.starts_at, Booking.prison_id), Booking.outcome.is_not(None), Booking.state.in_(("ended", "cancelled")))
        cut = (Booking.kind, Booking.state, Booking.outcome)
        return by_month(session, Booking.starts_at, Booking.prison_id, *cut, number=func.count(), where=where)

    return asked.once(_ended, read)


def _elsewhere(session: Session, asked: Asked) -> list[tuple[int, date, int]]:
    """External lines of the ledger count on the day on which the visit was held, which is a day and no moment."""
    days = QuotaEntry.held_on.between(asked.period.first, asked.period.last)
    query = select(Inmate.prison_id, QuotaEntry.held_on, func.sum(QuotaEntry.units)).join(Inmate, Inmate.id == QuotaEntry.inmate_id)
    query = query.where(QuotaEntry.kind == "external", days, Inmate.prison_id.in_(asked.prison_ids)).group_by(Inmate.prison_id, QuotaEntry.held_on)
    return [(prison, asked.period.bucket_of(day, "month"), int(number)) for prison, day, number in session.execute(query) if day is not None]


def persons(session: Session, asked: Asked) -> Facts:
    """People who took part in visits held here; a lawyer or mediator, who is in no party, counts by the visit. Two queries."""
    facts = Facts()
    held = (*asked.within(Booking.starts_at, Booking.prison_id), Booking.state == "ended", Booking.outcome.in_(HELD))
    query = select(Booking.prison_id, LocalMonth(Booking.starts_at), Booking.kind, func.count()).join(BookingVisitor, BookingVisitor.booking_id == Booking.id)
    query = query.where(*held, BookingVisitor.identity == CHECKED).group_by(Booking.prison_id, LocalMonth(Booking.starts_at), Booking.kind)
    for prison, month, kind, number in session.execute(query):
        facts.at(prison, first_of(month)).counts[kind] += number
    alone = ~select(BookingVisitor.booking_id).where(BookingVisitor.booking_id == Booking.id).exists()
    for prison, first, kind, number in by_month(session, Booking.starts_at, Booking.prison_id, Booking.kind, number=func.count(), where=(*held, alone)):
        facts.at(prison, first).counts[kind] += number
    return facts


def outcomes(session: Session, asked: Asked) -> Facts:
    """Every booking of the period that has an outcome, by outcome; one query."""
    facts = Facts()
    for prison, month, _kind, _state, outcome, number in _ended(session, asked):
        facts.at(prison, month).counts[outcome] += number
    return facts


def waiting(session: Session, asked: Asked) -> Facts:
    """Midnights from booking to visit, of visits held; one query."""
    facts = Facts()
    days = DaysBetween(Booking.starts_at, Booking.created_at)
    where = (*asked.within(Booking.starts_at, Booking.prison_id), Booking.state == "ended", Booking.outcome.in_(HELD))
    for prison, month, waited, number in by_month(session, Booking.starts_at, Booking.prison_id, days, number=func.count(), where=where):
        tally = facts.at(prison, month)
        tally.counts["visits"] += number
        tally.spread["days"][waited] += number
    return facts


def decisions(session: Session, asked: Asked) -> Facts:
    """Visit requests that an officer decided, or that ran out undecided, by when; one query."""
    where = (*asked.within(Booking.decided_at, Booking.prison_id), Booking.due_at.is_not(None))
    return _decided(session, Booking.prison_id, (Booking.created_at, Booking.decided_at, Booking.due_at), where)


def kinship(session: Session, asked: Asked) -> Facts:
    """Kinship claims decided; one query."""
    where = (*asked.within(Kinship.decided_at, Kinship.prison_id), Kinship.state != "submitted")
    return _decided(session, Kinship.prison_id, (Kinship.submitted_at, Kinship.decided_at, Kinship.due_at), where)


def _decided(session: Session, prison_id: Any, moments: tuple[Any, Any, Any], where: Iterable[ColumnElement[bool]]) -> Facts:
    """moments: when it was asked, decided, and until when it should have been."""
    facts, (asked_at, decided_at, due_at) = Facts(), moments
    lasted = (TenthsOfHours(decided_at, asked_at), decided_at <= due_at)
    for prison, month, tenths, in_time, number in by_month(session, decided_at, prison_id, *lasted, number=func.count(), where=where):
        tally = facts.at(prison, month)
        tally.counts["decided"] += number
        tally.counts["in_time"] += number if in_time else 0
        tally.spread["tenths"][tenths] += number
    return facts


def waiting_list(session: Session, asked: Asked) -> Facts:
    """Who joined and left the list, and how many stood on it at the end of each month or now; three queries."""
    found = moves(session, asked, (Wish.prison_id, Wish.created_at, Wish.ended_at, Wish.state))
    return flow(asked.prison_ids, asked.period.buckets("month"), found, "waiting")


def moves(session: Session, asked: Asked, columns: tuple[Any, Any, Any, Any]) -> Moves:
    """What has a beginning and perhaps an end: (prison, begun, ended, state)."""
    prison, begun, ended, state = columns
    begin = asked.period.begin
    there = select(prison, func.count()).where(prison.in_(asked.prison_ids), begun < begin, or_(ended.is_(None), ended >= begin)).group_by(prison)
    joined = by_month(session, begun, prison, number=func.count(), where=asked.within(begun, prison))
    gone = by_month(session, ended, prison, state, number=func.count(), where=asked.within(ended, prison))
    return Moves({one: number for one, number in session.execute(there)}, joined, gone)  # noqa: C416 - a Row is no plain pair for the type checker

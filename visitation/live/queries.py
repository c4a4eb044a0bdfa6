"""Reads of the live pages: a visit's last equipment test, and a terminal's visits of today."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.bookings.models import Booking
from visitation.live import due, morning, rules
from visitation.live.models import EquipmentTest
from visitation.live.rules import COMES_IN, Turn
from visitation.supervision.models import LiveSession

AHEAD = timedelta(hours=12)
RECENT = timedelta(days=14)
MOST_SESSIONS = 200


def last_test(session: Session, booking_id: int) -> EquipmentTest | None:
    """The newest test of a visit, whoever of the party made it."""
    query = select(EquipmentTest).where(EquipmentTest.booking_id == booking_id).order_by(EquipmentTest.at.desc(), EquipmentTest.id.desc())
    return session.scalar(query.limit(1))


def last_tests(session: Session, booking_ids: Iterable[int]) -> dict[int, EquipmentTest]:
    """The newest test of each of these visits, by booking: for the desk's list of a day."""
    rows = session.scalars(select(EquipmentTest).where(EquipmentTest.booking_id.in_(list(booking_ids))).order_by(EquipmentTest.at, EquipmentTest.id))
    return {row.booking_id: row for row in rows}


def waiting_for_help(session: Session, prison_id: int | None, now: datetime) -> tuple[int, datetime | None]:
    """How many families to telephone because a test failed or is missing, and when the nearest of their visits begins."""
    rows = due.to_help(session, prison_id, now)
    return len(rows), rows[0].starts_at if rows else None


def lame_terminals(session: Session, prison_id: int | None, now: datetime) -> int:
    """How many terminals failed or missed their test of today."""
    return len(morning.lame(session, prison_id, now))


def turns_of(session: Session, terminal_id: int, now: datetime) -> list[tuple[Turn, Booking]]:
    """What a terminal may have to show now: visits that are not over yet, and those that ended a moment ago."""
    query = (
        select(Booking, LiveSession)
        .outerjoin(LiveSession, LiveSession.booking_id == Booking.id)
        .where(
            Booking.terminal_id == terminal_id,
            Booking.starts_at < now + AHEAD,
            Booking.ends_at > now - AHEAD,
            or_(
                and_(Booking.state == "confirmed", or_(Booking.ends_at > now, LiveSession.stage.in_(COMES_IN))),
                LiveSession.ended_at > now - timedelta(minutes=2),
            ),
        )
        .options(joinedload(Booking.inmate))
        .order_by(Booking.starts_at)
    )
    return [(turn(booking, live), booking) for booking, live in session.execute(query)]


def turn(booking: Booking, live: LiveSession | None) -> Turn:
    stage = live.stage if live is not None else "scheduled"
    return Turn(booking.ref, booking.starts_at, booking.ends_at, stage, live.ended_at if live is not None else None)


def sessions_of_account(session: Session, account_id: int, now: datetime) -> list[Booking]:
    """Sessions that somebody joins with this account without being in a party: from a fortnight ago on, in order of time."""
    query = select(Booking).where(Booking.account_id == account_id, Booking.lawyer.is_not(None), Booking.ends_at > now - RECENT)
    query = query.where(Booking.state.in_(("confirmed", "ended", "cancelled"))).options(joinedload(Booking.inmate), joinedload(Booking.prison))
    return list(session.scalars(query.order_by(Booking.starts_at, Booking.id).limit(MOST_SESSIONS)))


def is_calm(session: Session, terminal_id: int, now: datetime) -> bool:
    """Whether a terminal may be used for something else now: no visit is near."""
    turns = [one for one, _booking in turns_of(session, terminal_id, now)]
    return rules.is_calm(rules.current_turn(turns, now), now)

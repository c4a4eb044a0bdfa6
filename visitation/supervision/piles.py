"""The piles on the desk that come from other rooms: kinship claims, inmates' answers, visit requests, objections. Each is a desk.DeskProvider."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import false, func, null, select
from sqlalchemy.orm import Session

from visitation.accounts.models import MobileChange
from visitation.bookings.models import Booking, BookingFlag, Move
from visitation.kernel.identity import Identity, Role
from visitation.live import queries as live
from visitation.movements import queries as movements
from visitation.officers import queries as officers
from visitation.people.models import Inmate, Kinship, Objection
from visitation.people.rules_staff import PRISON_WIDE, lamp
from visitation.supervision import reviews
from visitation.supervision.desk import DeskItem, DeskProvider
from visitation.supervision.models import LiveSession
from visitation.supervision.models_recordings import RecordingRequest
from visitation.web.door import access_table

Count = Callable[[Identity, datetime], Any]
"""A query that gives how many wait, and the earliest due time, for this person."""


def pile(endpoint: str, text: Any, count: Count) -> DeskProvider:
    """A provider for what is decided on the page `endpoint`: empty for whom its door does not let in."""

    def provide(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
        door = access_table(current_app).get(endpoint)
        if door is None or not who.has(*door.roles):
            return ()
        number, due = session.execute(count(who, now)).one()
        return (DeskItem(text, number, url_for(endpoint), lamp(due, now) if due else "green"),)

    return provide


def _equipment(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """Families whose test failed or is missing, and terminals: both on one page, the lamp by the nearest visit."""
    door = access_table(current_app).get("equipment.index")
    if door is None or not who.has(*door.roles):
        return
    count, first = live.waiting_for_help(session, who.prison_id, now)
    address = url_for("equipment.index")
    yield DeskItem(_l("families to help with their equipment"), count, address, lamp(first, now) if first else "green")
    yield DeskItem(_l("terminals whose test failed or is missing"), live.lame_terminals(session, who.prison_id, now), address, "red")


def _claims(who: Identity, _now: datetime) -> Any:
    return _of(who, select(func.count(Kinship.id), func.min(Kinship.due_at)).where(Kinship.state == "submitted"), Kinship.prison_id)


def _answers(who: Identity, _now: datetime) -> Any:
    query = select(func.count(Kinship.id), func.min(Kinship.due_at)).join(Inmate, Inmate.id == Kinship.inmate_id)
    query = query.where(Kinship.state == "submitted", Kinship.inmate_answer == "unasked")
    return _of(who, query if who.has(*PRISON_WIDE) else query.where(Inmate.ward_id.in_(who.ward_ids)), Kinship.prison_id)


def _objections(who: Identity, _now: datetime) -> Any:
    query = select(func.count(Objection.id), func.min(Objection.due_at)).where(Objection.state == "open")
    return _of(who, query.where(Objection.refused_by.is_distinct_from(who.account_id)), Objection.prison_id)


def _requests(who: Identity, _now: datetime) -> Any:
    return _of(who, select(func.count(Booking.id), func.min(Booking.due_at)).where(Booking.state == "requested"), Booking.prison_id)


def _lost_numbers(who: Identity, _now: datetime) -> Any:
    """No rule sets a day for these, so the pile has no lamp of its own."""
    query = select(func.count(MobileChange.id), null()).where(MobileChange.state == "submitted")
    return _of(who, query, MobileChange.prison_id)


def _flagged(who: Identity, now: datetime) -> Any:
    """Visits, not flags; the lamp is by the visit itself, which does not wait."""
    query = select(func.count(Booking.id.distinct()), func.min(Booking.starts_at)).join(BookingFlag, BookingFlag.booking_id == Booking.id)
    query = query.where(BookingFlag.cleared_at.is_(None), Booking.state.in_(("requested", "confirmed")), Booking.starts_at > now)
    return _of(who, query, Booking.prison_id)


def _recording_requests(who: Identity, _now: datetime) -> Any:
    """Those that this person may decide: nobody decides what they asked for themselves."""
    query = select(func.count(RecordingRequest.id), func.min(RecordingRequest.lapses_at)).join(LiveSession, LiveSession.id == RecordingRequest.session_id)
    query = query.join(Booking).where(RecordingRequest.state == "asked", RecordingRequest.asked_by != who.account_id)
    return _of(who, query if who.has(Role.DUTY_CHIEF) else query.where(false()), Booking.prison_id)


def _unreached(who: Identity, now: datetime) -> Any:
    """Visits that the prison has moved and whose family does not know yet."""
    query = select(func.count(Booking.id.distinct()), func.min(Booking.starts_at)).join(Move, Move.booking_id == Booking.id)
    query = query.where(Move.reached_at.is_(None), Booking.state.in_(("requested", "confirmed")), Booking.ends_at > now)
    return _of(who, query, Booking.prison_id)


def _to_tell(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """Visits, changes and cancellations that inmates of this person's wards do not know of yet; the lamp is by the first visit."""
    if not who.has(Role.WARD_OFFICER) or who.prison_id is None:
        return ()
    rows = movements.to_tell(session, movements.scope_of(session, who, None), now)
    due = min((row.booking.starts_at for row in rows), default=now)
    return (DeskItem(_l("visits that inmates are to be told of"), len(rows), url_for("movements.tell"), lamp(due, now)),)


def _uncovered(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """Visits of today and tomorrow that have no officer."""
    if not who.has(Role.DUTY_CHIEF):
        return ()
    number, first = officers.uncovered(session, who.prison_id, now)
    return (DeskItem(_l("visits without an officer"), number, url_for("officers.index"), lamp(first or now, now)),)


def _of(who: Identity, query: Any, prison_id: Any) -> Any:
    return query if who.prison_id is None else query.where(prison_id == who.prison_id)


PROVIDERS: tuple[DeskProvider, ...] = (
    _equipment,
    _uncovered,
    _to_tell,
    pile("reviews.index", _l("emergency ends of lawyer meetings to review"), reviews.waiting),
    pile("answers.index", _l("inmates to be asked whether they accept a visitor"), _answers),
    pile("kinship.index", _l("kinship claims to decide"), _claims),
    pile("bookings.requests", _l("visit requests to decide"), _requests),
    pile("worklist.index", _l("flagged visits to look at"), _flagged),
    pile("worklist.index", _l("moved visits whose family is not reached"), _unreached),
    pile("mobile_changes.index", _l("lost telephone numbers to decide"), _lost_numbers),
    pile("objections.index", _l("objections to decide"), _objections),
    pile("recording_requests.index", _l("requests about recordings to decide"), _recording_requests),
)

"""Reading sessions, and gathering the facts that the rules ask for."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.bookings import queries as bookings
from visitation.bookings.models import Booking, BookingVisitor
from visitation.bookings.rules import LEGAL
from visitation.kernel.interval import at_local, local_day
from visitation.people.models import Kinship, Suspension
from visitation.policies.queries import policies_of
from visitation.supervision import outside
from visitation.supervision.models import Broker, DeskChange, Listening, LiveSession, Segment, SessionEvent, SessionPass, SessionTask
from visitation.supervision.models_recordings import Relistening
from visitation.supervision.rules import FACT_KEYS, Candidate, Member, Visit, hard_end
from visitation.timetable.models import Duty

BY_KIND = ("record", "officer_sees", "officer_hears", "speak")
NEAR = timedelta(hours=2)


def session_of(session: Session, booking_id: int) -> LiveSession | None:
    return session.scalar(select(LiveSession).where(LiveSession.booking_id == booking_id))


def session_by_ref(session: Session, ref: str) -> LiveSession | None:
    """The session of the booking with this reference."""
    return session.scalar(select(LiveSession).join(Booking).where(Booking.ref == ref).options(joinedload(LiveSession.booking)))


def booking_by_ref(session: Session, ref: str) -> Booking | None:
    return session.scalar(select(Booking).where(Booking.ref == ref).options(joinedload(Booking.inmate), joinedload(Booking.terminal)))


def todays_bookings(session: Session, prison_id: int | None, now: datetime) -> list[Booking]:
    """Today's visits that are to take place or took place, in order of their start, with everything the desk shows of them.

    Around midnight also those that are near on its other side: somebody still supervises the one, and checks in the other.
    """
    start = at_local(local_day(now), datetime.min.time())
    first, last = min(start, now - NEAR), max(start + timedelta(days=1), now + NEAR)
    query = (
        select(Booking)
        .where(Booking.starts_at >= first, Booking.starts_at < last, Booking.state.in_(("confirmed", "ended")))
        .options(joinedload(Booking.inmate), joinedload(Booking.terminal), joinedload(Booking.prison))
        .order_by(Booking.starts_at, Booking.id)
    )
    if prison_id is not None:
        query = query.where(Booking.prison_id == prison_id)
    return list(session.scalars(query))


def sessions_of(session: Session, booking_ids: Iterable[int]) -> dict[int, LiveSession]:
    found = session.scalars(select(LiveSession).where(LiveSession.booking_id.in_(list(booking_ids))))
    return {row.booking_id: row for row in found}


def open_tasks(session: Session, prison_id: int | None) -> list[SessionTask]:
    """Open tasks of sessions that are not over, the most severe and oldest first."""
    query = (
        select(SessionTask)
        .join(LiveSession)
        .join(Booking)
        .where(SessionTask.closed_at.is_(None), LiveSession.ended_at.is_(None))
        .options(joinedload(SessionTask.session).joinedload(LiveSession.booking))
        .order_by(SessionTask.since)
    )
    if prison_id is not None:
        query = query.where(Booking.prison_id == prison_id)
    order = {"high": 0, "medium": 1, "low": 2}
    return sorted(session.scalars(query), key=lambda task: (order.get(task.severity, 3), task.since))


def unwritten_outcomes(session: Session, prison_id: int | None) -> list[LiveSession]:
    """Sessions that are over and whose outcome no officer has written down yet, the oldest first."""
    query = (
        select(LiveSession)
        .join(Booking)
        .where(LiveSession.ended_at.is_not(None), LiveSession.outcome_at.is_(None))
        .options(joinedload(LiveSession.booking))
        .order_by(LiveSession.ended_at)
        .limit(50)
    )
    if prison_id is not None:
        query = query.where(Booking.prison_id == prison_id)
    return list(session.scalars(query))


def to_relisten(session: Session, prison_id: int | None) -> list[LiveSession]:
    """Sessions that are to be listened to again, the earliest due first."""
    query = select(LiveSession).join(Booking).join(Relistening, Relistening.session_id == LiveSession.id)
    query = query.where(Relistening.due_at.is_not(None), Relistening.done_at.is_(None))
    return list(session.scalars(_of_prison(query.options(joinedload(LiveSession.booking)).order_by(Relistening.due_at).limit(20), prison_id)))


def damaged_recordings(session: Session, prison_id: int | None) -> list[LiveSession]:
    """Sessions with a segment that could not be fetched whole."""
    query = select(LiveSession).join(Booking).where(LiveSession.id.in_(select(Segment.session_id).where(Segment.state == "damaged")))
    return list(session.scalars(_of_prison(query.options(joinedload(LiveSession.booking)).order_by(LiveSession.id.desc()).limit(20), prison_id)))


def recorded_sessions(session: Session, prison_id: int | None, before: datetime | None = None, limit: int = 50) -> list[LiveSession]:
    """Sessions that have a recording, the newest first; `before` pages on."""
    query = select(LiveSession).join(Booking).where(LiveSession.id.in_(select(Segment.session_id)))
    if before is not None:
        query = query.where(LiveSession.opened_at < before)
    query = query.options(joinedload(LiveSession.booking).joinedload(Booking.inmate)).order_by(LiveSession.opened_at.desc()).limit(limit)
    return list(session.scalars(_of_prison(query, prison_id)))


def segment_counts(session: Session, session_ids: Iterable[int]) -> dict[int, list[Segment]]:
    """Segments by session, in one query."""
    found: dict[int, list[Segment]] = {}
    for row in session.scalars(select(Segment).where(Segment.session_id.in_(list(session_ids))).order_by(Segment.number)):
        found.setdefault(row.session_id, []).append(row)
    return found


def listenings_of(session: Session, session_ids: Iterable[int]) -> dict[int, list[Listening]]:
    """Results of re-listening by session, the newest first."""
    found: dict[int, list[Listening]] = {}
    for row in session.scalars(select(Listening).where(Listening.session_id.in_(list(session_ids))).order_by(Listening.at.desc())):
        found.setdefault(row.session_id, []).append(row)
    return found


def changes_after(session: Session, prison_id: int | None, number: int) -> list[DeskChange]:
    """What has changed on the desks of a prison (None: all) behind change `number`."""
    query = select(DeskChange).where(DeskChange.id > number).order_by(DeskChange.id).limit(200)
    return list(session.scalars(query if prison_id is None else query.where(DeskChange.prison_id == prison_id)))


def last_change(session: Session) -> int:
    return session.scalar(select(func.max(DeskChange.id))) or 0


def _of_prison(query: Select[LiveSession], prison_id: int | None) -> Select[LiveSession]:
    return query if prison_id is None else query.where(Booking.prison_id == prison_id)


def events_of(session: Session, session_id: int) -> list[SessionEvent]:
    return list(session.scalars(select(SessionEvent).where(SessionEvent.session_id == session_id).order_by(SessionEvent.at, SessionEvent.id)))


def warnings_of(session: Session, session_id: int) -> list[SessionEvent]:
    """Warnings given in a session, in their order."""
    return [event for event in events_of(session, session_id) if event.type == "warned"]


def participant_names(session: Session, live: LiveSession) -> dict[str, str]:
    """Participant id -> name, for the record of a visit."""
    names = {f"visitor:{person.visitor_id}": person.visitor.name for person in live.booking.party}
    names |= {outside.pid_of(live.booking): name for name in bookings.outside_names(session, [live.booking]).values()}
    names[f"terminal:{live.booking.terminal_id}"] = live.booking.terminal.name
    passes = session.execute(select(SessionPass.pid, Account.name).join(Account, Account.id == SessionPass.account_id).where(SessionPass.session_id == live.id))
    return {pid: name for pid, name in passes if pid.startswith("officer:")} | names


def segments_of(session: Session, session_id: int) -> list[Segment]:
    return list(session.scalars(select(Segment).where(Segment.session_id == session_id).order_by(Segment.leg, Segment.number)))


# -- the facts of a visit


def terms_of(session: Session, booking: Booking) -> dict[str, Any]:
    """The policy values of FACT_KEYS for this booking: those frozen when the notice was accepted; what was not frozen, as in force on the visit's day."""
    day = local_day(booking.starts_at)
    missing = tuple(key for key in FACT_KEYS if key not in booking.terms)
    in_force = policies_of(session, booking.prison_id, missing) if missing else None
    values = {key: booking.terms[key] if in_force is None or key in booking.terms else in_force.value(key, day) for key in FACT_KEYS}
    for key in BY_KIND:
        values[key] = bool(values[key].get(booking.kind)) if isinstance(values[key], dict) else bool(values[key])
    return values | {"policy": booking.terms.get("policy", in_force.version(day) if in_force else "")}


def hard_end_of(session: Session, booking: Booking) -> datetime:
    """From the claims of others that follow on the booking's resources. Lanes of officers and uplink are left out: any lane will do for the next visit."""
    return hard_end(booking.ends_at, bookings.hard_end(session, booking))


def party_of(session: Session, booking: Booking, today: date) -> list[Member]:
    """Everybody of the party with what the doors ask about them."""
    rows = session.scalars(select(BookingVisitor).where(BookingVisitor.booking_id == booking.id).options(joinedload(BookingVisitor.visitor))).all()
    ids = [row.visitor_id for row in rows]
    accounts = {account.visitor_id: account.id for account in session.scalars(select(Account).where(Account.visitor_id.in_(ids)))}
    here = Suspension.prison_id == booking.prison_id  # a visitor's suspension counts in the prison that set it
    suspended = set(session.scalars(select(Suspension.visitor_id).where(Suspension.visitor_id.in_(ids), here, _in_force(today))))
    related = _related(session, ids, booking.inmate_id)
    return [
        Member(
            visitor_id=row.visitor_id,
            place=row.place,
            identity=row.identity,
            account_id=accounts.get(row.visitor_id),
            manager_id=row.visitor.manager_id,
            suspended=row.visitor_id in suspended,
            related=row.visitor_id in related,
        )
        for row in rows
    ]


def inmate_suspended(session: Session, inmate_id: int, today: date) -> bool:
    return session.scalar(select(Suspension.id).where(Suspension.inmate_id == inmate_id, _in_force(today)).limit(1)) is not None


def visit_of(session: Session, booking: Booking, now: datetime) -> Visit:
    """The state that the doors of a live visit ask about, read anew."""
    live = session_of(session, booking.id)
    day = local_day(booking.starts_at)
    stays = live is not None and bool(live.facts) and live.facts.get("starts_at") == booking.starts_at.timestamp()
    until = datetime.fromtimestamp(live.facts["hard_end"], tz=now.tzinfo) if live is not None and stays else hard_end_of(session, booking)
    return Visit(
        state=booking.state,
        starts_at=booking.starts_at,
        ready_minutes=booking.terms.get("ready_minutes") or policies_of(session, booking.prison_id, ("ready_minutes",)).value("ready_minutes", day),
        until=until,
        stage=live.stage if live else "scheduled",
        inmate_suspended=booking.kind not in LEGAL and inmate_suspended(session, booking.inmate_id, local_day(now)),
    )


def _in_force(today: date) -> Any:
    return (Suspension.lifted_at.is_(None)) & (Suspension.starts_on <= today) & or_(Suspension.ends_on.is_(None), Suspension.ends_on >= today)


def _related(session: Session, visitor_ids: Sequence[int], inmate_id: int) -> set[int]:
    rows = session.scalars(
        select(Kinship.visitor_id).where(
            Kinship.visitor_id.in_(visitor_ids), Kinship.inmate_id == inmate_id, Kinship.state == "approved", Kinship.inmate_answer == "accepted"
        )
    )
    return set(rows)


# -- officers and brokers


def lanes_of(session: Session, account_id: int, prison_id: int, now: datetime) -> int:
    """How many sessions this officer may watch at once: the roster's lanes, else the prison's policy."""
    rostered = session.scalar(select(func.max(Duty.lanes)).where(Duty.account_id == account_id, Duty.starts_at <= now, Duty.ends_at > now))
    return int(rostered or policies_of(session, prison_id, ("watch_lanes",)).value("watch_lanes", local_day(now)))


def candidates(session: Session) -> list[Candidate]:
    """Every broker with its load: what it reported, or what has been assigned to it since, whichever is more."""
    counted = select(LiveSession.broker_id, func.count(LiveSession.id)).where(LiveSession.ended_at.is_(None)).group_by(LiveSession.broker_id)
    assigned: dict[str | None, int] = dict(session.execute(counted).all())
    return [candidate(row, assigned.get(row.id, 0)) for row in session.scalars(select(Broker).order_by(Broker.id))]


def candidate(row: Broker, assigned: int = 0) -> Candidate:
    """A broker as the rules look at it."""
    load = max(row.sessions, assigned)
    return Candidate(row.id, row.beat_at, row.skew_ms, row.draining, load, row.capacity, row.leaving, row.lost_at is not None)

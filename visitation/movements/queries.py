"""Reading the ways of a day, and what inmates are still to be told. A list costs the same few queries whatever its length."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from visitation.bookings.models import Booking, BookingVisitor
from visitation.bookings.rules import KEEPS_ALLOWANCE
from visitation.kernel.errors import NotFound
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, at_local, local_day
from visitation.movements import rules
from visitation.movements.models import MovementPrint, MovementStep, VisitAnswer
from visitation.people.models import Inmate, NonAssociation, Prison, Ward
from visitation.policies.queries import policies_of
from visitation.supervision.models import LiveSession

CONCERNS = timedelta(days=14)
"""How long a concern that nobody has acknowledged stays on the list of every day."""


@dataclass(frozen=True)
class Scope:
    """What somebody looks at: a ward, or every ward they may see. wards: those they may see, by name."""

    prison: Prison
    wards: tuple[Ward, ...]
    ward: Ward | None
    whole: bool

    @property
    def name(self) -> str:
        return f"ward:{self.ward.id}" if self.ward else "prison"

    @property
    def can_print(self) -> bool:
        """A paper is of one ward or of the whole prison."""
        return self.ward is not None or self.whole


@dataclass(frozen=True)
class Row:
    """One line of the list. steps: those that count, by name. apart: other people to be kept apart from who also have a visit on that day."""

    booking: Booking
    way: rules.Way
    line: rules.Line
    leave_by: datetime
    steps: dict[str, MovementStep]
    said: str | None
    apart: tuple[str, ...]
    place: str
    offered: tuple[str, ...]
    late: bool
    concern_from: int | None = None

    @property
    def last(self) -> MovementStep | None:
        return max(self.steps.values(), key=lambda step: step.id, default=None)


def scope_of(session: Session, who: Identity, ward_id: int | None) -> Scope:
    """Raises NotFound for somebody of no prison and for a ward that is not theirs."""
    prison = session.get(Prison, who.prison_id) if who.prison_id is not None else None
    if prison is None:
        raise NotFound
    whole = who.has(*rules.PRISON_WIDE)
    query = select(Ward).where(Ward.prison_id == prison.id).order_by(Ward.name, Ward.id)
    wards = tuple(session.scalars(query if whole else query.where(Ward.id.in_(who.ward_ids))))
    ward = next((ward for ward in wards if ward.id == ward_id), None)
    if ward_id is not None and ward is None:
        raise NotFound
    return Scope(prison, wards, wards[0] if ward is None and not whole and len(wards) == 1 else ward, whole)


def booking_by_ref(session: Session, ref: str) -> Booking | None:
    return session.scalar(select(Booking).where(Booking.ref == ref).options(joinedload(Booking.inmate).joinedload(Inmate.ward), joinedload(Booking.terminal)))


def print_by_id(session: Session, print_id: int) -> MovementPrint | None:
    return session.get(MovementPrint, print_id)


def last_print(session: Session, scope: Scope, day: date) -> MovementPrint | None:
    """The newest paper of this scope and day."""
    query = select(MovementPrint).where(MovementPrint.prison_id == scope.prison.id, MovementPrint.scope == scope.name, MovementPrint.day == day)
    return session.scalar(query.order_by(MovementPrint.number.desc()).limit(1))


def print_before(session: Session, printed: MovementPrint) -> MovementPrint | None:
    """The version before one."""
    query = select(MovementPrint).where(
        MovementPrint.prison_id == printed.prison_id,
        MovementPrint.scope == printed.scope,
        MovementPrint.day == printed.day,
        MovementPrint.number == printed.number - 1,
    )
    return session.scalar(query)


# -- the ways of a day


def rows(session: Session, scope: Scope, day: date, now: datetime) -> list[Row]:
    """The ways of a day in order of time and ward, without visits that fell away before anybody moved."""
    found = _in_scope(session, scope, _of_day(scope.prison.id, day))
    return _rows(session, scope, found, day, now)


def row_of(session: Session, booking: Booking, now: datetime) -> Row:
    """The way of one visit, read anew."""
    prison = session.get_one(Prison, booking.prison_id)
    return _rows(session, Scope(prison, (booking.inmate.ward,), booking.inmate.ward, whole=True), [booking], local_day(booking.starts_at), now, every=True)[0]


def open_concerns(session: Session, scope: Scope, today: date, now: datetime) -> list[Row]:
    """Ways of earlier days with a concern that the ward has not acknowledged."""
    seen = exists().where(MovementStep.booking_id == Booking.id, MovementStep.step == "concern_seen", MovementStep.undone_at.is_(None))
    query = _whole().join(LiveSession, LiveSession.booking_id == Booking.id).where(LiveSession.concern, LiveSession.outcome_at.is_not(None), ~seen)
    query = query.where(Booking.prison_id == scope.prison.id, Booking.starts_at < at_local(today, time()), Booking.starts_at > now - CONCERNS)
    found = _in_scope(session, scope, query.order_by(Booking.starts_at))
    return [row for booking in found for row in _rows(session, scope, [booking], local_day(booking.starts_at), now, every=True)]


def _whole() -> Select[Booking]:
    return select(Booking).options(joinedload(Booking.inmate).joinedload(Inmate.ward), joinedload(Booking.terminal), selectinload(Booking.party))


def _of_day(prison_id: int, day: date) -> Select[Booking]:
    span = (Booking.starts_at >= at_local(day, time()), Booking.starts_at < at_local(day + timedelta(days=1), time()))
    states = Booking.state.in_(("confirmed", "ended", "cancelled"))
    return _whole().where(Booking.prison_id == prison_id, states, *span).order_by(Booking.starts_at, Booking.terminal_id, Booking.id)


def _in_scope(session: Session, scope: Scope, query: Select[Booking]) -> list[Booking]:
    """Visits of the wards of a scope."""
    wards = [scope.ward.id] if scope.ward else [ward.id for ward in scope.wards]
    return list(session.scalars(query.where(Booking.inmate_id.in_(select(Inmate.id).where(Inmate.ward_id.in_(wards))))))


def _rows(session: Session, scope: Scope, bookings: list[Booking], day: date, now: datetime, every: bool = False) -> list[Row]:
    ids = [booking.id for booking in bookings]
    steps, lives, said = steps_of(session, ids), _sessions(session, ids), answers_of(session, ids)
    printed = last_print(session, scope, day)
    on_paper = {str(line["ref"]) for line in printed.lines} if printed else set()
    lead = timedelta(minutes=policies_of(session, scope.prison.id, ("movement_lead_minutes",)).value("movement_lead_minutes", day))
    apart = _apart(session, scope, day)
    found = []
    for booking in bookings:
        kept = steps.get(booking.id, {})
        if stands(booking) or kept or booking.ref in on_paper or every:
            last = said.get(booking.id)
            true = last.answer if last and dict(last.told) == told(booking).kept() else None
            found.append(_row(booking, lives.get(booking.id), kept, true, apart.get(booking.inmate_id, ()), lead, now))
    return found


def _row(
    booking: Booking, live: LiveSession | None, steps: dict[str, MovementStep], said: str | None, apart: tuple[str, ...], lead: timedelta, now: datetime
) -> Row:
    way = way_of(booking, live, steps)
    leave_by = booking.starts_at - lead
    late = local_day(now) == way.day and rules.is_late(way, leave_by, now)
    from_whom = live.outcome_by if live is not None and way.concern else None
    line = _line(booking, leave_by, way, apart)
    return Row(booking, way, line, leave_by, steps, said, apart, rules.place(way), rules.offered(way, now), late, from_whom)


def way_of(booking: Booking, live: LiveSession | None, steps: dict[str, MovementStep]) -> rules.Way:
    """The facts of a way."""
    return rules.Way(
        day=local_day(booking.starts_at),
        steps=tuple(steps),
        stands=stands(booking),
        over=booking.state == "ended" or (live is not None and live.ended_at is not None),
        in_session=live is not None and live.ended_at is None and live.stage in ("live", "paused"),
        concern=live is not None and live.concern and live.outcome_at is not None,
    )


def _line(booking: Booking, leave_by: datetime, way: rules.Way, apart: tuple[str, ...]) -> rules.Line:
    return rules.Line(
        ref=booking.ref,
        leave=_clock(leave_by),
        starts=_clock(booking.starts_at),
        ends=_clock(booking.ends_at),
        name=booking.inmate.name,
        number=rules.masked_number(booking.inmate.number),
        ward=booking.inmate.ward.name,
        terminal=booking.terminal.name,
        room=booking.terminal.room,
        cancelled=not way.stands,
        apart=apart,
    )


def _clock(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%H:%M")


def stands(booking: Booking) -> bool:
    """The visit is to take place, or did, or failed for another reason than that it was called off or refused."""
    return booking.state == "confirmed" or (booking.state == "ended" and booking.outcome not in KEEPS_ALLOWANCE)


def steps_of(session: Session, booking_ids: Iterable[int]) -> dict[int, dict[str, MovementStep]]:
    """Booking -> step -> its row, of steps that were not taken back, in their order."""
    query = select(MovementStep).where(MovementStep.booking_id.in_(list(booking_ids)), MovementStep.undone_at.is_(None)).order_by(MovementStep.id)
    found: dict[int, dict[str, MovementStep]] = {}
    for row in session.scalars(query.execution_options(populate_existing=True)):
        found.setdefault(row.booking_id, {})[row.step] = row
    return found


def places_of(session: Session, bookings: Iterable[Booking]) -> dict[int, str]:
    """Where the inmates of these visits are (rules.place), for other rooms' lists."""
    known = {booking.id: booking for booking in bookings}
    steps, lives = steps_of(session, known), _sessions(session, list(known))
    return {number: rules.place(way_of(booking, lives.get(number), steps.get(number, {}))) for number, booking in known.items()}


def _sessions(session: Session, booking_ids: list[int]) -> dict[int, LiveSession]:
    query = select(LiveSession).where(LiveSession.booking_id.in_(booking_ids))
    return {row.booking_id: row for row in session.scalars(query)}


def _apart(session: Session, scope: Scope, day: date) -> dict[int, tuple[str, ...]]:
    """inmate -> the others, with ward and time. Who sees only some wards reads of a person elsewhere no more than is needed."""
    span = (Booking.starts_at >= at_local(day, time()), Booking.starts_at < at_local(day + timedelta(days=1), time()))
    query = select(Inmate, func.min(Booking.starts_at)).join(Booking, Booking.inmate_id == Inmate.id).options(selectinload(Inmate.ward))
    query = query.where(Booking.prison_id == scope.prison.id, Booking.state == "confirmed", *span).group_by(Inmate.id)
    moving = {inmate.id: (inmate, starts) for inmate, starts in session.execute(query)}
    pairs = session.execute(
        select(NonAssociation.inmate_id, NonAssociation.other_id).where(
            NonAssociation.ended_at.is_(None), NonAssociation.inmate_id.in_(moving), NonAssociation.other_id.in_(moving)
        )
    )
    mine = {ward.id for ward in scope.wards} if not scope.whole else None
    return {
        number: tuple(_other(*moving[other], known=mine is None or moving[other][0].ward_id in mine) for other in others)
        for number, others in rules.pairs_today([(one, other) for one, other in pairs], moving).items()
    }


def _other(inmate: Inmate, starts: datetime, known: bool) -> str:
    name = inmate.name if known else rules.masked_name(inmate.name)
    return f"{name} · {inmate.ward.name} · {_clock(starts)}"


# -- what inmates are told


@dataclass(frozen=True)
class ToTell:
    """Something an inmate is to be told. asked: visit, change, cancel; before: what they were told last."""

    booking: Booking
    asked: str
    told: rules.Told
    before: datetime | None

    @property
    def seen(self) -> str:
        return rules.fingerprint(self.told.kept())


def told(booking: Booking) -> rules.Told:
    """What is true of a visit now, as far as the inmate needs to know."""
    visitors = tuple(person.visitor_id for person in sorted(booking.party, key=lambda person: person.place))
    return rules.Told(booking.starts_at, booking.ends_at, booking.kind, visitors, stands(booking))


def answers_of(session: Session, booking_ids: Iterable[int]) -> dict[int, VisitAnswer]:
    """The last answer of each visit that was not taken back."""
    query = select(VisitAnswer).where(VisitAnswer.booking_id.in_(list(booking_ids)), VisitAnswer.undone_at.is_(None)).order_by(VisitAnswer.id)
    return {row.booking_id: row for row in session.scalars(query.execution_options(populate_existing=True))}


def to_tell(session: Session, scope: Scope, now: datetime) -> list[ToTell]:
    """What the inmates of a scope are to be told, the next visit first."""
    answered = exists().where(VisitAnswer.booking_id == Booking.id, VisitAnswer.undone_at.is_(None), VisitAnswer.answer != "heard")
    fell = and_(Booking.state.in_(("cancelled", "ended")), Booking.outcome.in_(KEEPS_ALLOWANCE | {"cancelled_by_visitor", "cancelled_by_lawyer"}), answered)
    ahead = (Booking.starts_at > now, Booking.starts_at < now + rules.ABOUT_TO)
    query = _whole().options(selectinload(Booking.party).joinedload(BookingVisitor.visitor), selectinload(Booking.party).joinedload(BookingVisitor.kinship))
    query = query.where(Booking.prison_id == scope.prison.id, or_(Booking.state == "confirmed", fell), *ahead).order_by(Booking.starts_at, Booking.id)
    bookings = _in_scope(session, scope, query)
    said = answers_of(session, [booking.id for booking in bookings])
    return [asked for booking in bookings if (asked := asked_of(booking, said.get(booking.id))) is not None]


def asked_of(booking: Booking, last: VisitAnswer | None) -> ToTell | None:
    """What is to be told of one visit; None: nothing."""
    true = told(booking)
    asked = rules.question(true, rules.Said(last.told, last.answer) if last else None)
    if asked is None:
        return None
    return ToTell(booking, asked, true, datetime.fromisoformat(str(last.told["starts_at"])) if last and asked == "change" else None)


def just_answered(session: Session, scope: Scope, who: Identity, now: datetime) -> list[tuple[VisitAnswer, Booking]]:
    """Answers that this person recorded within the last minute and can still take back, the newest first."""
    query = select(VisitAnswer, Booking).join(Booking, Booking.id == VisitAnswer.booking_id).options(joinedload(Booking.inmate))
    query = query.where(VisitAnswer.by == who.account_id, VisitAnswer.undone_at.is_(None), VisitAnswer.settled_at.is_(None))
    query = query.where(VisitAnswer.at >= now - rules.UNDO, Booking.prison_id == scope.prison.id).order_by(VisitAnswer.id.desc())
    return [(answer, booking) for answer, booking in session.execute(query)]

"""Gathering what the plan of a day is made of, in a fixed number of queries: who asks, who is on duty, who cannot come when, and what was declared."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, undefer

from consult.helpdays import queries, rules_plan
from consult.helpdays.models import ConflictDeclaration, HelpDay, HelpDuty, HelpSeat
from consult.helpdays.replanning import DayFacts
from consult.helpdays.seating import Case, Escort, OnDuty, Seat
from consult.requests.models import HelpRequest
from visitation.bookings.models import Appointment, Booking, Claim
from visitation.kernel.interval import Interval, at_local, local_day, tick_of
from visitation.people.models import Inmate, NonAssociation, Suspension
from visitation.policies.queries import Policies, policies_of
from visitation.timetable.models import Closure, Terminal

Ticks = Mapping[str, frozenset[int]]
LIVING = ("proposed", "published", "called", "live", "dropped")
"""Seats that keep their place."""
FRESH = ("waiting", "seated")
"""States of a request that a day can be planned with."""


@dataclass(frozen=True)
class Ground:
    """A day with everything its plan is judged by. requests, seats: by the request's id; duties: by the lawyer's id, those who have agreed.

    turnaround: how long a terminal stays taken after a case.
    """

    day: HelpDay
    facts: DayFacts
    requests: Mapping[int, HelpRequest]
    duties: Mapping[int, HelpDuty]
    seats: Mapping[int, HelpSeat]
    places: tuple[Interval, ...]
    turnaround: timedelta

    def seated(self) -> list[Seat]:
        """The seats of lawyers who are on duty, as the plan sees them."""
        return [seat for row in self.seats.values() if row.state in LIVING and (seat := self.seat(row)) is not None and seat.lawyer in self.duties]

    def seat(self, row: HelpSeat) -> Seat | None:
        if row.duty is None or row.starts_at is None or row.request_id not in self.requests:
            return None
        return Seat(row.request_id, row.duty.lawyer_id, self.time_of(row.starts_at))

    def time_of(self, moment: datetime) -> int:
        return int((moment - self.day.starts_at) // timedelta(minutes=self.day.minutes))

    def terminal_of(self, lawyer: int, time: int) -> int | None:
        return rules_plan.terminal_at(self.day.terminals, self.duties[lawyer].place, time)


def shown_of(request: HelpRequest) -> str:
    """Names what a lawyer sees who declares: the digest of the sealed names. Another box, another question."""
    box = request.letter if request.lawyer_only else request.parties_box
    return sha256(box or b"").hexdigest()


def gather(session: Session, day: HelpDay, now: datetime) -> Ground:
    seats = {
        row.request_id: row
        for row in session.scalars(select(HelpSeat).where(HelpSeat.day_id == day.id).options(joinedload(HelpSeat.duty)).order_by(HelpSeat.id))
    }
    requests = {row.id: row for row in _requests(session, day, seats)}
    duties = {row.lawyer_id: row for row in queries.on_duty(session, day)}
    places = rules_plan.places_of(day.starts_at, day.ends_at, day.minutes)
    policies, on = policies_of(session, day.prison_id), local_day(day.starts_at)
    here = _Here(session, day, places, requests, duties, frozenset(row.booking_id for row in seats.values() if row.booking_id), policies, on, now)
    facts = here.facts()
    return Ground(day, facts, requests, duties, seats, places, here.turnaround)


def _requests(session: Session, day: HelpDay, seats: Mapping[int, HelpSeat]) -> list[HelpRequest]:
    """Those that wait for a help day and are not proposed on another one, and those of this day."""
    other = select(HelpSeat.request_id).join(HelpDay).where(HelpSeat.day_id != day.id, HelpSeat.state == "proposed", HelpDay.state == "proposed")
    waits = and_(HelpRequest.state == "waiting", HelpRequest.path == "helpday", HelpRequest.prison_id == day.prison_id, HelpRequest.id.not_in(other))
    own = and_(HelpRequest.id.in_([number for number, row in seats.items() if row.state in LIVING]), HelpRequest.state.in_(FRESH))
    shown = (undefer(HelpRequest.parties_box), undefer(HelpRequest.letter), joinedload(HelpRequest.inmate).joinedload(Inmate.ward))
    query = select(HelpRequest).where(or_(waits, own)).options(*shown).order_by(HelpRequest.entered_at, HelpRequest.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


@dataclass(frozen=True)
class _Here:
    session: Session
    day: HelpDay
    places: tuple[Interval, ...]
    requests: Mapping[int, HelpRequest]
    duties: Mapping[int, HelpDuty]
    own: frozenset[int]
    policies: Policies
    on: date
    now: datetime

    def facts(self) -> DayFacts:
        inmates = {row.inmate_id for row in self.requests.values()}
        busy = self._busy([*(f"inmate:{number}" for number in inmates), *(f"terminal:{number}" for number in self.day.terminals), *map(_lawyer, self.duties)])
        shut = self._closures()
        absent = self._absent(busy, shut)
        said, undeclared = self._declared()
        apart, today = self._apart(inmates)
        escort = Escort(self.policies.value("escort_inmates", self.on), self.policies.value("escort_places", self.on))
        lawyers = tuple(self._lawyer(duty, busy, shut) for duty in sorted(self.duties.values(), key=lambda duty: duty.place))
        every = range(len(self.places))
        cases = tuple(
            Case(
                row.id,
                row.inmate.ward_id,
                row.inmate_id,
                row.matter,
                row.language,
                row.urgency,
                row.waited,
                order,
                said.get(row.id, frozenset()),
                frozenset(every) - frozenset(absent[row.id]) if row.id in absent else None,
                apart.get(row.inmate_id, frozenset()),
            )
            for order, row in enumerate(self.requests.values())
        )
        kept_away = frozenset(row.id for row in self.requests.values() if row.inmate_id in today)
        return DayFacts(len(self.places), cases, lawyers, escort, absent, kept_away, undeclared)

    @property
    def turnaround(self) -> timedelta:
        return timedelta(minutes=self.policies.value("turnaround_minutes", self.on)["legal_consult"])

    @cached_property
    def serving(self) -> frozenset[int]:
        return frozenset(self.session.scalars(select(Terminal.id).where(Terminal.id.in_(self.day.terminals), Terminal.in_service)))

    def _busy(self, names: Iterable[str]) -> Ticks:
        """Ticks at which these have something else than this day's own bookings. Holds of families give way."""
        span = (tick_of(self.day.starts_at), tick_of(self.day.ends_at + timedelta(hours=1)))
        query = select(Claim.resource, Claim.tick).join(Booking, Booking.id == Claim.booking_id)
        query = query.where(Claim.resource.in_(sorted(names)), Claim.tick.between(*span), Claim.booking_id.not_in(self.own), Booking.state != "held")
        found: dict[str, set[int]] = {}
        for resource, tick in self.session.execute(query):
            found.setdefault(resource, set()).add(tick)
        return {resource: frozenset(ticks) for resource, ticks in found.items()}

    def _closures(self) -> list[Closure]:
        closed = (
            Closure.prison_id == self.day.prison_id,
            Closure.lifted_at.is_(None),
            Closure.starts_at < self.day.ends_at,
            Closure.ends_at > self.day.starts_at,
        )
        return list(self.session.scalars(select(Closure).where(*closed)))

    def _absent(self, busy: Ticks, shut: Sequence[Closure]) -> dict[int, dict[int, str]]:
        gone, away = self._suspended(), self._appointments()
        found: dict[int, dict[int, str]] = {}
        for row in self.requests.values():
            why: dict[int, str] = {}
            for number, place in enumerate(self.places):
                if row.inmate.status != "held" or row.inmate_id in gone:
                    why[number] = rules_plan.AWAY
                elif any(one.ward_id == row.inmate.ward_id and one.ward_id is not None and _touches(one, place) for one in shut):
                    why[number] = rules_plan.WARD_SHUT
                elif not busy.get(f"inmate:{row.inmate_id}", frozenset()).isdisjoint(place.span) or any(
                    one.overlaps(place) for one in away.get(row.inmate_id, ())
                ):
                    why[number] = rules_plan.ELSEWHERE
            if why:
                found[row.id] = why
        return found

    def _suspended(self) -> set[int]:
        """Inmates who are not brought to legal help on this day."""
        over = or_(Suspension.ends_on.is_(None), Suspension.ends_on >= self.on)
        query = select(Suspension.inmate_id).where(
            Suspension.prison_id == self.day.prison_id, Suspension.lifted_at.is_(None), Suspension.starts_on <= self.on, over
        )
        return {number for number in self.session.scalars(query.where(Suspension.code.in_(rules_plan.KEPT_FROM_COMING))) if number is not None}

    def _appointments(self) -> dict[int, list[Interval]]:
        margin = timedelta(minutes=self.policies.value("appointment_margin_minutes", self.on))
        near = (Appointment.starts_at < self.day.ends_at + margin, Appointment.ends_at > self.day.starts_at - margin)
        found: dict[int, list[Interval]] = {}
        query = select(Appointment.inmate_id, Appointment.starts_at, Appointment.ends_at)
        for inmate, first, last in self.session.execute(query.where(Appointment.prison_id == self.day.prison_id, Appointment.cancelled_at.is_(None), *near)):
            found.setdefault(inmate, []).append(Interval(first - margin, last + margin))
        return found

    def _declared(self) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]]]:
        """(request -> lawyers with a conflict, request -> lawyers who have not answered what stands there now)."""
        query = select(ConflictDeclaration).where(ConflictDeclaration.request_id.in_(self.requests), ConflictDeclaration.lawyer_id.in_(self.duties))
        answers = {(row.request_id, row.lawyer_id): row for row in self.session.scalars(query)}
        barred, silent = {}, {}
        for request in self.requests.values():
            shown = shown_of(request)
            said = {lawyer: row for lawyer in self.duties if (row := answers.get((request.id, lawyer))) is not None and row.shown == shown}
            barred[request.id] = frozenset(lawyer for lawyer, row in said.items() if row.conflict)
            silent[request.id] = frozenset(self.duties) - frozenset(said)
        return barred, silent

    def _apart(self, inmates: Collection[int]) -> tuple[dict[int, frozenset[int]], set[int]]:
        """(inmate -> whom they are kept apart from, inmates who are kept apart from somebody with another booking on this day)."""
        pairs: dict[int, set[int]] = {}
        for one, other in self.session.execute(
            select(NonAssociation.inmate_id, NonAssociation.other_id)
            .join(Inmate, Inmate.id == NonAssociation.inmate_id)
            .where(NonAssociation.ended_at.is_(None), Inmate.prison_id == self.day.prison_id)
        ):
            pairs.setdefault(one, set()).add(other)
            pairs.setdefault(other, set()).add(one)
        mine = {inmate: frozenset(others) for inmate, others in pairs.items() if inmate in inmates}
        others = {other for row in mine.values() for other in row}
        here = (
            set(self.session.scalars(select(Booking.inmate_id).where(Booking.inmate_id.in_(others), *_on(self.on), Booking.id.not_in(self.own))))
            if others
            else set()
        )
        return mine, {inmate for inmate, row in mine.items() if row & here}

    def _lawyer(self, duty: HelpDuty, busy: Ticks, shut: Sequence[Closure]) -> OnDuty:
        times = []
        for number, place in enumerate(self.places):
            terminal = rules_plan.terminal_at(self.day.terminals, duty.place, number)
            closed = any(one.ward_id is None and one.terminal_id in (None, terminal) and _touches(one, place) for one in shut)
            whole = Interval(place.start, place.end + self.turnaround)
            taken = not busy.get(f"terminal:{terminal}", frozenset()).isdisjoint(whole.span) or not busy.get(_lawyer(duty.lawyer_id), frozenset()).isdisjoint(
                place.span
            )
            if terminal in self.serving and not closed and not taken and place.start > self.now:
                times.append(number)
        return OnDuty(duty.lawyer_id, frozenset(duty.lawyer.matters), frozenset(duty.lawyer.languages), frozenset(times))


def _lawyer(number: int) -> str:
    return f"lawyer:{number}"


def _touches(closure: Closure, place: Interval) -> bool:
    return closure.starts_at < place.end and place.start < closure.ends_at


def _on(day: date) -> tuple[ColumnElement[bool], ...]:
    """Condition on Booking: it stands on this day."""
    first = at_local(day, time())
    return Booking.starts_at >= first, Booking.starts_at < first + timedelta(days=1), Booking.state.in_(("requested", "confirmed", "offered"))

"""Making a hold a visit. Booking, claims, ledger, key, audit and notices are one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import claims, facts, ledger, queries, requests, rules
from visitation.bookings.ground import Ground, ground, mark_of
from visitation.bookings.locks import Still, booking_for_change, stand_still
from visitation.bookings.models import Booking, BookingVisitor
from visitation.bookings.placing import hold_again
from visitation.bookings.speaking import in_language
from visitation.bookings.telling import tell_party
from visitation.bookings.terms import fingerprint, frozen
from visitation.kernel.errors import Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, local_day, month_start
from visitation.people.models import Kinship, Visitor
from visitation.policies.queries import Policies
from visitation.store.rows import change_row
from visitation.store.transaction import run
from visitation.timetable.queries import add_workdays

ONE_DAY = timedelta(days=1)
Companion = tuple[Visitor, Kinship]


@dataclass(frozen=True)
class Party:
    """What the form says. `codes`: visitor codes of the others. `terms_seen`: fingerprint of the terms that the notice showed."""

    codes: Sequence[str]
    language: str
    accepted: bool
    terms_seen: str


@dataclass(frozen=True)
class Gathered:
    """A booking as the rules see it now; its own claims do not count against it."""

    case: facts.Case
    companions: tuple[Companion, ...]
    unknown: tuple[str, ...]
    wish: rules.Wish


def confirm(session: Session, who: Identity, booking_id: int, party: Party, key: str, now: datetime) -> Booking:
    """Confirm a hold: everything is checked again and every refusal comes at once. Late is in time while nobody else has taken the place:
    a hold that has ended is taken anew, so the booking that comes back may be another one than `booking_id`. Raises PlaceTaken when it is gone.

    Confirmed at once when all people are approved and unflagged and the policy says so, else requested. A repeat returns the first result.
    """
    key = f"c:{key}"[:64]
    seen = run(session, SEEN, {"booking": booking_id}).one()
    first = requests.first_result(session, who.account_id, key, now, seen.ref)
    if first is not None:
        return requests.booking_of(session, first)
    still = _stand_still(session, seen, party.codes, booking_id, now)
    booking = booking_for_change(session, booking_id)
    if booking.state == "expired":
        booking = hold_again(session, who, booking, now, still)
    if booking.state == "held":
        _decide(session, who, booking, party, now, ground(session, booking.prison_id, still.mark), seen.kinship_id)
    elif booking.state not in ("requested", "confirmed"):
        raise StateChanged
    if booking.ref != seen.ref:
        requests.remember(session, who.account_id, key, booking.ref)
    return booking


_booking, _member = Booking.__table__.c, BookingVisitor.__table__.c
SEEN = (
    select(_booking.ref, _booking.prison_id, _booking.inmate_id, _booking.starts_at, _booking.ends_at, _member.visitor_id, _member.kinship_id)
    .join(BookingVisitor.__table__, and_(_member.booking_id == _booking.id, _member.place == 0))
    .where(_booking.id == bindparam("booking"))
)
"""What never changes of a hold: where, when, and who leads."""


def _stand_still(session: Session, seen: Row[Any], codes: Sequence[str], booking_id: int, now: datetime) -> Still:
    """Locks in their order, and dead holds out of the way of the companions, before the booking itself is locked."""
    others = list(session.scalars(select(func.coalesce(Visitor.merged_into_id, Visitor.id)).where(Visitor.ref.in_(list(codes))))) if codes else []
    still = stand_still(session, seen.prison_id, seen.inmate_id, [seen.visitor_id, *others])
    places = [(claims.visitor(number), tick) for number in others for tick in Interval(seen.starts_at, seen.ends_at).ticks()]
    claims.clear_run_out(session, places, now, spare=booking_id)
    return still


def gather(
    session: Session, booking: Booking, codes: Sequence[str], now: datetime, accepted: bool, under: Ground | None = None, lead: int | None = None
) -> Gathered:
    """The facts of a booking with the companions named by `codes`. `under`: the prison's ground, read under the lock; `lead`: the kinship of who leads."""
    day = local_day(booking.starts_at)
    kinship = facts.kinship_with_people(session, lead or booking.party[0].kinship_id)
    assert kinship is not None
    found = facts.case(session, kinship, booking.kind, day, day, now, booking.account_id, ignore=booking.id, under=under)
    known = queries.visitors_by_code(session, codes, booking.inmate_id)
    ids = [person.id for person, _tie in known.values()]
    busy = facts.busy_ticks(session, booking.inmate_id, ids, day, day, now, booking.account_id, booking.id) if ids else {}
    bans = facts.bans_of(session, booking.inmate_id, ids) if ids else {}
    along = tuple(known[code] for code in codes if code in known)
    people = tuple(facts.person_of(person, tie, busy, bans) for person, tie in along)
    wish = rules.Wish(Interval(booking.starts_at, booking.ends_at), (found.lead, *people), accepted)
    return Gathered(found, along, tuple(code for code in codes if code not in known), wish)


def closed(found: facts.Case, booking: Booking) -> list[Refusal]:
    """A closure that has come since the time was held. A changed weekly row never moves a booking; a closure does not let a new one in."""
    visit = Interval(booking.starts_at, booking.ends_at)
    hit = any(shut.hits(visit, found.inmate.ward_id, booking.terminal_id) for shut in found.grid.shut)
    return [Refusal("SLOT_CLOSED")] if hit else []


def _decide(session: Session, who: Identity, booking: Booking, party: Party, now: datetime, under: Ground, lead: int) -> None:
    found = gather(session, booking, party.codes, now, party.accepted, under, lead)
    terms = terms_of(found.case.policies, booking)
    asked, limits = in_language(session, booking.prison_id, found.wish, found.case.limits, party.language)
    reasons = rules.review_reasons(asked, found.case.inside, limits)
    stale = [Refusal("NOTICE_CHANGED")] if party.accepted and party.terms_seen != fingerprint(terms) else []
    refuse(
        [
            *(Refusal("VISITOR_CODE_UNKNOWN", {"code": code}) for code in found.unknown),
            *rules.standing(found.wish, found.case.inside, found.case.limits, now, windowed=False),
            *rules.company(found.wish, found.case.limits),
            *rules.review_notice(found.wish, reasons, found.case.limits.window),
            *closed(found.case, booking),
            *stale,
        ]
    )
    _bring(session, booking, found.companions)
    session.flush()
    accepted = {"terms": terms, "language": party.language, "notice_accepted_at": now, "hold_expires_at": None}
    if not reasons:
        accepted |= {"state": "confirmed", "decided_at": now}
    change_row(session, booking, **accepted)
    _settle(session, who, booking, found, reasons, now)


def terms_of(policies: Policies, booking: Booking) -> dict[str, Any]:
    """The terms that would be frozen into a booking now."""
    day = local_day(booking.starts_at)
    minutes = int((booking.ends_at - booking.starts_at).total_seconds()) // 60
    return frozen(lambda key: policies.value(key, day), booking.kind, minutes, policies.version(day))


def terms_shown(session: Session, booking: Booking) -> dict[str, Any]:
    """The terms for the notice on the form: frozen ones once the notice was accepted."""
    return booking.terms or terms_of(ground(session, booking.prison_id, mark_of(session, booking.prison_id)).policies(session), booking)


def _bring(session: Session, booking: Booking, companions: Sequence[Companion]) -> None:
    """Claim the companions' time and put them into the party."""
    visit = Interval(booking.starts_at, booking.ends_at)
    places = [(claims.visitor(person.id), tick) for person, _tie in companions for tick in visit.ticks()]
    if places:
        try:
            claims.take(session, booking.id, places, None)
        except claims.Busy as busy:
            names = [person.name for person, _tie in companions if claims.visitor(person.id) in busy.resources]
            raise Refused(Refusal("VISITOR_BUSY", {"name": name}) for name in names) from None
    for place, (person, tie) in enumerate(companions, start=1):
        booking.party.append(BookingVisitor(visitor_id=person.id, kinship_id=tie.id, place=place))


def _settle(session: Session, who: Identity, booking: Booking, found: Gathered, reasons: Sequence[str], now: datetime) -> None:
    """State, ledger, audit and notice."""
    month = month_start(local_day(booking.starts_at))
    purse, _key = ledger.PURSES[booking.kind]
    granted = found.case.lines.get(month, {}).get("granted", 0)
    ledger.spend(session, booking, purse, month, found.case.limits.allowance[month].entitled - granted, now)
    if reasons:
        ask_officer(session, booking, found.case.policies, now)
        session.flush()
    record(session, who, "booking.confirm", "booking", booking.ref, now, booking.prison_id, state=booking.state, reasons=list(reasons))
    members = [person.visitor_id for person in found.wish.party]
    tell_party(session, booking, "booking_requested" if reasons else "booking_confirmed", now, members=members)


def ask_officer(session: Session, booking: Booking, policies: Policies, now: datetime) -> None:
    """An officer decides within the review days; unanswered, it ends by itself when the answer could no longer be given in time (rules.md §5.7)."""
    today = local_day(now)
    review, notify = policies.value("review_workdays", today), policies.value("notify_workdays", today)
    booking.state = "requested"
    booking.due_at = add_workdays(session, booking.prison_id, now, review)
    booking.lapses_at = min(add_workdays(session, booking.prison_id, now, review + notify), booking.starts_at - ONE_DAY)

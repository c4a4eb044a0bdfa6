"""The family changes a visit: another time, or other people. The reference stays the same, and a change that changes nothing sends nothing (rules.md §5.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.audit.service import record
from visitation.bookings import claims, confirming, facts, ledger, queries, requests, rules
from visitation.bookings.availability import nearest
from visitation.bookings.locks import booking_for_change, stand_still
from visitation.bookings.models import Booking, BookingVisitor, Claim
from visitation.bookings.reaching import overtaken
from visitation.bookings.seating import clear_time_flags, seat
from visitation.bookings.speaking import in_language
from visitation.bookings.telling import tell_party
from visitation.bookings.terms import fingerprint, frozen
from visitation.kernel.errors import Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, local_day, month_start
from visitation.notices.service import tell
from visitation.people.models import Visitor
from visitation.timetable.rules import Slot


@dataclass(frozen=True)
class NewParty:
    """Who comes along now: visitor codes of all but the lead, and the language."""

    codes: Sequence[str]
    language: str


def material(terms: dict[str, Any]) -> dict[str, Any]:
    """What a notice says; the name of the policy version is not part of it."""
    return {name: value for name, value in terms.items() if name != "policy"}


def new_terms(session: Session, booking: Booking, start: datetime, now: datetime) -> dict[str, Any]:
    """The terms this visit would have at another time. Raises PlaceTaken when there is no such free time."""
    found, slot = _look(session, booking, start, now)
    return _terms(found, booking, slot)


def case_for(session: Session, booking: Booking, first: date, last: date, now: datetime) -> facts.Case:
    """The free places of a span of days for a visit that changes its time: its own place and its own allowance do not stand in its way."""
    kinship = facts.kinship_with_people(session, booking.party[0].kinship_id)
    assert kinship is not None
    found = facts.case(session, kinship, booking.kind, first, last, now, booking.account_id, ignore=booking.id)
    return replace(found, limits=_own_month_free(found.limits, local_day(booking.starts_at)))


def nearest_times(session: Session, booking: Booking, start: datetime, now: datetime, around: int = 5) -> list[Slot]:
    """Free times nearest to one that is gone, for this visit."""
    day = local_day(start)
    found = case_for(session, booking, max(day - timedelta(days=around), local_day(now)), max(day, local_day(now)) + timedelta(days=around), now)
    return nearest([slot for each in found.days() for slot in found.offered(each, now)], start)


def change_time(session: Session, who: Identity, booking_id: int, start: datetime, seen: str, key: str, now: datetime) -> Booking:
    """Another time for a visit to come. `seen`: fingerprint of the new terms that were shown and accepted; needed only where they differ from the old ones.

    Judged as a new booking would be, without this visit's own claims and allowance; the old claims are given back in the same transaction. Raises Refused
    with every reason, PlaceTaken when somebody was faster. A repeat with the same key returns the first result.
    """
    key = f"t:{key}"[:64]
    first = requests.first_result(session, who.account_id, key, now)
    if first is not None:
        return requests.booking_of(session, first)
    booking = _locked(session, booking_id)
    if booking.starts_at != start:
        refuse(rules.change_refusals(booking.state, booking.starts_at, int(booking.terms.get("free_cancellation_hours", 24)), now))
        _to_time(session, who, booking, start, seen, now)
    requests.remember(session, who.account_id, key, booking.ref)
    return booking


def _to_time(session: Session, who: Identity, booking: Booking, start: datetime, seen: str, now: datetime) -> None:
    old = booking.starts_at
    found, slot = _look(session, booking, start, now)
    terms = _terms(found, booking, slot)
    people = [found.lead, *_companions(session, booking, local_day(start), now)]
    wish = rules.Wish(slot.visit, tuple(people), accepted=True)
    limits = found.limits
    asked, followed = in_language(session, booking.prison_id, wish, limits, booking.language)
    reasons = rules.review_reasons(asked, found.inside, followed)
    stale = material(terms) != material(booking.terms) and seen != fingerprint(material(terms))
    refuse(
        [
            *rules.standing(wish, found.inside, limits, now),
            *rules.company(wish, limits),
            *rules.review_notice(wish, reasons, limits.window),
            *([Refusal("NOTICE_CHANGED")] if stale else []),
        ]
    )
    seat(session, booking, slot, found.grid, now, booking.account_id)
    month = month_start(local_day(start))
    if month_start(local_day(old)) != month:
        purse, _key = ledger.PURSES[booking.kind]
        ledger.grant(session, booking.inmate_id, purse, month, limits.allowance[month].entitled, now)
        ledger.move_use(session, booking.id, month, now, "changed by the family")
    booking.terms, booking.notice_accepted_at = terms, now if material(terms) != material(booking.terms) else booking.notice_accepted_at
    clear_time_flags(session, booking, now)
    overtaken(session, who, booking, now)
    _settle(session, who, booking, found, reasons, now, "booking.change_time", old=old.isoformat(), new=start.isoformat())


def change_party(session: Session, who: Identity, booking_id: int, party: NewParty, key: str, now: datetime) -> Booking:
    """Other people, or another language; the time stays, so no place is looked for. Raises Refused with every reason."""
    key = f"p:{key}"[:64]
    first = requests.first_result(session, who.account_id, key, now)
    if first is not None:
        return requests.booking_of(session, first)
    booking = _locked(session, booking_id, party.codes)
    before = [person.visitor.ref for person in booking.party[1:]]
    if list(party.codes) != before or party.language != booking.language:
        refuse(rules.party_change_refusals(booking.state, booking.starts_at, int(booking.terms.get("ready_minutes", 30)), now))
        _to_party(session, who, booking, party, set(before), now)
    requests.remember(session, who.account_id, key, booking.ref)
    return booking


def _to_party(session: Session, who: Identity, booking: Booking, party: NewParty, before: set[str], now: datetime) -> None:
    found = confirming.gather(session, booking, party.codes, now, accepted=True)
    added = [person for (visitor, _tie), person in zip(found.companions, found.wish.party[1:], strict=True) if visitor.ref not in before]
    language = party.language if party.language != booking.language else rules.EVERYBODYS
    new, followed = in_language(session, booking.prison_id, replace(found.wish, party=tuple(added)), replace(found.case.limits, instant=True), language)
    reasons = rules.review_reasons(new, rules.Inside("held"), followed)
    limits = _own_month_free(found.case.limits, local_day(booking.starts_at))
    refuse(
        [
            *(Refusal("VISITOR_CODE_UNKNOWN", {"code": code}) for code in found.unknown),
            *rules.standing(found.wish, found.case.inside, limits, now, windowed=False),
            *rules.company(found.wish, limits),
            *rules.review_notice(new, reasons, limits.window),
        ]
    )
    gone = _swap(session, booking, found.companions)
    booking.language = party.language
    overtaken(session, who, booking, now)
    for account_id in session.scalars(select(Account.id).where(Account.visitor_id.in_(gone), Account.closed_at.is_(None))).all() if gone else ():
        tell(session, account_id, "booking_left", {"ref": booking.ref, "starts_at": booking.starts_at.isoformat()}, now)
    _settle(session, who, booking, found.case, reasons, now, "booking.change_party", added=[person.visitor_id for person in added], removed=gone)


def _swap(session: Session, booking: Booking, companions: Sequence[confirming.Companion]) -> list[int]:
    """Put the companions into the party and their time with it; who is left out gives theirs back. Returns the ids of those."""
    visit = Interval(booking.starts_at, booking.ends_at)
    known = {person.visitor_id: person for person in booking.party[1:]}
    wanted = {visitor.id for visitor, _tie in companions}
    gone = sorted(known.keys() - wanted)
    for number in gone:
        booking.party.remove(known[number])
        session.execute(delete(Claim).where(Claim.booking_id == booking.id, Claim.resource == claims.visitor(number)))
    fresh = [(visitor, tie) for visitor, tie in companions if visitor.id not in known]
    places = [(claims.visitor(visitor.id), tick) for visitor, _tie in fresh for tick in visit.ticks()]
    if places:
        try:
            claims.take(session, booking.id, places, None)
        except claims.Busy as busy:
            raise Refused(Refusal("VISITOR_BUSY", {"name": v.name}) for v, _tie in fresh if claims.visitor(v.id) in busy.resources) from None
    for place, (visitor, tie) in enumerate(companions, start=1):
        if visitor.id in known:
            known[visitor.id].place = place
        else:
            booking.party.append(BookingVisitor(visitor_id=visitor.id, kinship_id=tie.id, place=place))
    return gone


def _settle(session: Session, who: Identity, booking: Booking, found: facts.Case, reasons: list[str], now: datetime, act: str, **detail: Any) -> None:
    """Back to an officer where something new has to be looked at; else the state stays. Then the number of the invitation, the record, and one message."""
    if reasons:
        confirming.ask_officer(session, booking, found.policies, now)
    booking.sequence += 1
    record(session, who, act, "booking", booking.ref, now, booking.prison_id, reasons=reasons, **detail)
    session.flush()
    session.refresh(booking, ["party"])
    tell_party(session, booking, "booking_requested" if booking.state == "requested" else "booking_changed", now)


def _locked(session: Session, booking_id: int, codes: Sequence[str] = ()) -> Booking:
    """Locks in their order; dead holds of those who come new are out of the way before the booking itself is locked."""
    seen = session.get_one(Booking, booking_id)
    others = list(session.scalars(select(func.coalesce(Visitor.merged_into_id, Visitor.id)).where(Visitor.ref.in_(list(codes))))) if codes else []
    return _lock(session, seen, {*others, *(person.visitor_id for person in seen.party)})


def _lock(session: Session, seen: Booking, visitor_ids: Iterable[int]) -> Booking:
    stand_still(session, seen.prison_id, seen.inmate_id, list(visitor_ids))
    booking = booking_for_change(session, seen.id)
    if booking.state not in ("requested", "confirmed"):
        raise StateChanged
    if booking.kind not in ledger.PURSES:
        raise Refused("ARRANGED_BY_STAFF")
    return booking


def _look(session: Session, booking: Booking, start: datetime, now: datetime) -> tuple[facts.Case, Slot]:
    """The wanted time among the free ones."""
    found = case_for(session, booking, local_day(start), local_day(start), now)
    slot = next((one for one in found.free_on(local_day(start)) if one.start == start), None)
    if slot is None:
        raise rules.PlaceTaken
    return found, slot


def _terms(found: facts.Case, booking: Booking, slot: Slot) -> dict[str, Any]:
    day = local_day(slot.start)
    return frozen(lambda key: found.policies.value(key, day), booking.kind, slot.minutes, found.policies.version(day))


def _companions(session: Session, booking: Booking, day: date, now: datetime) -> list[rules.Person]:
    codes = [person.visitor.ref for person in booking.party[1:]]
    known = queries.visitors_by_code(session, codes, booking.inmate_id)
    ids = [person.visitor_id for person in booking.party[1:]]
    if not ids:
        return []
    busy = facts.busy_ticks(session, booking.inmate_id, ids, day, day, now, booking.account_id, booking.id)
    bans = facts.bans_of(session, booking.inmate_id, ids)
    return [facts.person_of(one.visitor, known[one.visitor.ref][1] if one.visitor.ref in known else None, busy, bans) for one in booking.party[1:]]


def _own_month_free(limits: rules.Limits, day: date) -> rules.Limits:
    """Within its month a visit needs no other allowance than the one it has, in whatever month that is counted."""
    month = month_start(day)
    if month not in limits.allowance:
        return limits
    return replace(limits, allowance={**limits.allowance, month: rules.Allowance(1, 1)})

"""Booking again in one step, with priority, what the line or the prison has cut short (rules.md §1).

Priority by policy rows: places from `rebook_notice_hours` ahead instead of the days of notice, also of a month that is not released yet
(`rebook_before_release`), for `rebook_days` after the visit. The visit counts in the month it was given back to, while something is left there.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import confirming, facts, ledger, rules, rules_waiting
from visitation.bookings.locks import booking_for_change, stand_still
from visitation.bookings.models import Booking, Offer, QuotaEntry
from visitation.bookings.offering import PLACES, For, keep, place_of
from visitation.bookings.planning import Planner
from visitation.bookings.reaching import end_offer, offer_for_change, open_offer_of
from visitation.bookings.speaking import in_language
from visitation.bookings.telling import tell_party
from visitation.bookings.terms import fingerprint
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day, month_start
from visitation.policies.queries import policies_of


def against(session: Session, booking: Booking, now: datetime) -> list[Refusal]:
    """Why this visit cannot be booked again with priority; empty: it can."""
    if booking.outcome not in rules_waiting.PRIORITY or booking.kind not in ledger.PURSES:
        return [Refusal("REBOOK_NOT_POSSIBLE")]
    days = policies_of(session, booking.prison_id, ("rebook_days",)).value("rebook_days", local_day(now))
    returned = bool(session.scalar(select(exists().where(QuotaEntry.booking_id == booking.id, QuotaEntry.kind == "returned"))))
    taken = bool(session.scalar(select(exists().where(Offer.booking_id == booking.id, Offer.kind == "rebook", Offer.state == "taken"))))
    return rules_waiting.rebook_refusals(booking.outcome, returned, booking.ends_at, days, taken, now)


def start(session: Session, who: Identity, booking_id: int, now: datetime) -> Offer:
    """Keep the next three places for the same people while they look. A repeat finds the places that are kept already."""
    seen = session.get_one(Booking, booking_id)
    stand_still(session, seen.prison_id, seen.inmate_id, [person.visitor_id for person in seen.party])
    booking = booking_for_change(session, booking_id)
    known = open_offer_of(session, booking_id, "rebook")
    if known is not None:
        if known.expires_at > now:
            return known
        end_offer(session, offer_for_change(session, known.id), "expired", now)
    refuse(against(session, booking, now))
    policies, today = policies_of(session, booking.prison_id), local_day(now)
    earliest = now + timedelta(hours=policies.value("rebook_notice_hours", today))
    last = local_day(booking.ends_at) + timedelta(days=policies.value("rebook_days", today))
    if not policies.value("rebook_before_release", today):
        kinship = facts.kinship_with_people(session, booking.party[0].kinship_id)
        assert kinship is not None
        window = facts.case(session, kinship, booking.kind, today, today, now, booking.account_id).limits.window
        last = min(last, local_day(window.closes - timedelta(seconds=1)))
    planner = Planner(session, [booking], local_day(earliest), last, earliest, by_ward=True) if last >= local_day(earliest) else None
    slots = planner.nearest(booking, PLACES) if planner else []
    if planner is None or not slots:
        raise Refused("REBOOK_NO_PLACE")
    until = now + timedelta(minutes=policies.value("hold_minutes", today))
    offer = keep(session, who, booking, slots, planner.grid, For("rebook", booking.account_id, booking.id), until, now)
    record(session, who, "booking.rebook_offer", "booking", booking.ref, now, booking.prison_id, places=[slot.start.isoformat() for slot in slots])
    return offer


def take(session: Session, who: Identity, offer_id: int, place_ref: str, accepted: bool, seen: str, now: datetime) -> Booking:
    """One of the places becomes the new visit, with the same people and language. `seen`: fingerprint of the notice that was accepted.

    Everything but notice and release is judged again. Raises Refused with every reason, StateChanged when the places are no longer kept. A repeat
    of the same choice returns the visit.
    """
    about = session.get_one(Offer, offer_id)
    if about.kind != "rebook" or about.booking is None:
        raise NotFound
    lost = about.booking
    stand_still(session, lost.prison_id, lost.inmate_id, [person.visitor_id for person in lost.party])
    offer = offer_for_change(session, offer_id)
    place = booking_for_change(session, place_of(offer, place_ref).id)
    if place.state in ("requested", "confirmed"):
        return place
    if offer.state != "open" or place.state != "offered":
        raise StateChanged
    place.state = "held"
    end_offer(session, offer, "taken", now)
    _decide(session, who, lost, place, accepted, seen, now)
    return place


def _decide(session: Session, who: Identity, lost: Booking, place: Booking, accepted: bool, seen: str, now: datetime) -> None:
    found = confirming.gather(session, place, [person.visitor.ref for person in place.party[1:]], now, accepted)
    month, limits = _month(session, lost, place, found.case)
    terms = confirming.terms_of(found.case.policies, place)
    reasons = rules.review_reasons(*_asked(session, place, found, limits))
    refuse(
        [
            *(Refusal("VISITOR_CODE_UNKNOWN", {"code": code}) for code in found.unknown),
            *rules.standing(found.wish, found.case.inside, limits, now, windowed=False),
            *rules.company(found.wish, limits),
            *confirming.closed(found.case, place),
            *([Refusal("NOTICE_CHANGED")] if accepted and seen != fingerprint(terms) else []),
        ]
    )
    place.terms, place.notice_accepted_at, place.hold_expires_at = terms, now, None
    purse, _key = ledger.PURSES[place.kind]
    entitled = facts.entitlement(found.case.policies, place.kind, found.case.inmate.level_code, month)
    ledger.grant(session, place.inmate_id, purse, month, entitled, now)
    ledger.use(session, place.inmate_id, purse, month, place.id, now)
    if reasons:
        confirming.ask_officer(session, place, found.case.policies, now)
    else:
        place.state, place.decided_at = "confirmed", now
    record(session, who, "booking.rebook", "booking", place.ref, now, place.prison_id, instead=lost.ref, month=f"{month:%Y-%m}", reasons=reasons)
    session.flush()
    tell_party(session, place, "booking_requested" if reasons else "booking_confirmed", now)


def _asked(session: Session, place: Booking, found: confirming.Gathered, limits: rules.Limits) -> tuple[rules.Wish, rules.Inside, rules.Limits]:
    wish, followed = in_language(session, place.prison_id, found.wish, limits, place.language)
    return wish, found.case.inside, followed


def _month(session: Session, lost: Booking, place: Booking, found: facts.Case) -> tuple[date, rules.Limits]:
    """The month in which the new visit counts, and the limits by which it is judged: in the old month what was given back, while it is there."""
    new = month_start(local_day(place.starts_at))
    old = session.scalar(select(QuotaEntry.month).where(QuotaEntry.booking_id == lost.id, QuotaEntry.kind == "returned").order_by(QuotaEntry.turn.desc()))
    if old is None or old == new:
        return new, found.limits
    purse, _key = ledger.PURSES[place.kind]
    entitled = facts.entitlement(found.policies, place.kind, found.inmate.level_code, old)
    if ledger.allowance(entitled, ledger.totals(session, place.inmate_id, purse, [old]).get(old, {})).left <= 0:
        return new, found.limits
    return old, replace(found.limits, allowance={**found.limits.allowance, new: rules.Allowance(1, 1)})

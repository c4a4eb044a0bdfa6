"""The live visit's use cases: open a session, let people join it, extend it, end it, write down what came of it."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from visitation.audit import service as audit
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refusal, Refused, SlotTaken, refuse
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import reference
from visitation.kernel.interval import local_day
from visitation.supervision import closing, commands, outside, passes
from visitation.supervision.brokers import any_broker, broker_for
from visitation.supervision.models import LiveSession, SessionTask
from visitation.supervision.queries import hard_end_of, lanes_of, party_of, session_of, terms_of, visit_of
from visitation.supervision.rules import FAILED, OFFICERS, comes_late, facts, family_problems, legs_of, opening_problems, reason_code, same_prison, seat

SILENT = "OFFICER_SILENT"
Grant = dict[str, Any]
"""What a page needs to join: `{token, url, sid, stage, pid}`."""


class TimeNeeded(Refused):
    """Somebody else needs one of the visit's resources right after it."""

    status = 409

    def __init__(self) -> None:
        super().__init__("EXTENSION_TAKEN")


def open_session(session: Session, booking: Booking, now: datetime) -> LiveSession:
    """The booking's live session, opened now if it is not yet. Its facts are frozen here, from the terms that the family accepted."""
    session.execute(select(Booking.id).where(Booking.id == booking.id).with_for_update())
    live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id).with_for_update().execution_options(populate_existing=True))
    if live is not None:
        follow(session, live, booking, now)
        return live
    until = hard_end_of(session, booking)
    party = party_of(session, booking, local_day(now))
    frozen = facts(booking.kind, booking.starts_at, booking.ends_at, until, terms_of(session, booking), legs_of(party))
    live = LiveSession(sid=f"v{reference(15)}", booking_id=booking.id, facts=frozen, opened_at=now, stage="scheduled", participants=[], legs={})
    live.seconds_used, live.seconds_before, live.run = 0.0, 0.0, 0
    session.add(live)
    session.flush()
    return live


def follow(session: Session, live: LiveSession, booking: Booking, now: datetime) -> bool:
    """An arranged session was moved after its room had been opened (a queue that moves up): the facts follow, and the broker is told.

    Never one that was live already; False when nothing has changed.
    """
    if live.live_at is not None or live.ended_at is not None or live.facts.get("starts_at") == booking.starts_at.timestamp():
        return False
    minutes = (booking.ends_at - booking.starts_at).total_seconds() / 60
    live.facts = {**live.facts, "starts_at": booking.starts_at.timestamp(), "minutes": minutes, "hard_end": hard_end_of(session, booking).timestamp()}
    if live.broker_id is not None:
        commands.command(session, live, "extend", now, hard_end=live.facts["hard_end"], minutes=minutes)
    return True


def follow_moved(session: Session, now: datetime) -> int:
    """Rooms that are open and wait for a session that has another time by now; otherwise they would be closed by the old one. Returns how many followed."""
    query = select(LiveSession).join(Booking).where(LiveSession.ended_at.is_(None), LiveSession.live_at.is_(None), Booking.state == "confirmed")
    rows = session.scalars(query.options(joinedload(LiveSession.booking)).with_for_update(of=LiveSession, skip_locked=True)).all()
    return sum(follow(session, row, row.booking, now) for row in rows)


def participant_token(session: Session, who: Identity, booking: Booking, now: datetime) -> Grant:
    """A token for a person outside or for the terminal. Everything that might have changed since the booking is asked again.

    Raises Refused (TOO_EARLY, SESSION_ENDED, VISIT_NOT_CONFIRMED, VISIT_RESTRICTED, NOT_IN_PARTY, NO_BROKER).
    """
    ticket = _terminal(session, who, booking, now) if who.has(Role.TERMINAL) else _family(session, who, booking, now)
    live = open_session(session, booking, now)
    pid = passes.current_pid(session, live.id, ticket["pid"])
    if "admitted" not in ticket:
        shown = live.legs.get(pid) or live.legs.get(ticket["pid"]) or []
        ticket |= {"admitted": bool(shown), "persons": max(1, min(3, len(shown) or ticket["persons"]))}
    account = None if who.has(Role.TERMINAL) else who.account_id
    return passes.signed(session, live, broker_for(session, live, now), {**ticket, "pid": pid}, account, now)


def _family(session: Session, who: Identity, booking: Booking, now: datetime) -> dict[str, Any]:
    if outside.comes_alone(booking):
        return _outside(session, who, booking, now)
    party = party_of(session, booking, local_day(now))
    mine = next((member for member in party if member.visitor_id == who.visitor_id), None)
    place = seat(who.account_id, who.visitor_id, party)
    refuse(family_problems(visit_of(session, booking, now), place, mine, now))
    assert place is not None
    return {"pid": place.pid, "role": "visitor", "persons": place.persons}


def _outside(session: Session, who: Identity, booking: Booking, now: datetime) -> dict[str, Any]:
    """A lawyer or mediator, who is in no party: the booking's account, while its standing holds."""
    found = opening_problems(visit_of(session, booking, now), now)
    if not any(refusal.code == "SESSION_ENDED" for refusal in found):
        known, live = outside.of_booking(session, booking), session_of(session, booking.id)
        if booking.account_id != who.account_id or (live is not None and live.outside == FAILED):
            found.append(Refusal("NOT_IN_PARTY"))
        elif problem := known.problem(booking.id) if known is not None else "LAWYER_NOT_VERIFIED":
            found.append(Refusal(problem))
    refuse(found)
    return {"pid": outside.pid_of(booking), "role": outside.role_of(booking.kind), "persons": 1}


def _terminal(session: Session, who: Identity, booking: Booking, now: datetime) -> dict[str, Any]:
    if booking.terminal_id != who.account_id:
        raise Refused("NOT_IN_PARTY")
    refuse(opening_problems(visit_of(session, booking, now), now))
    return {"pid": f"terminal:{who.account_id}", "role": "terminal", "persons": 1, "admitted": True}


def officer_token(session: Session, who: Identity, booking: Booking, purpose: str, now: datetime, take: bool = True) -> Grant:
    """A token for an officer. purpose: check_in (compare faces, before the visit) or supervise (watch it). Raises Refused.

    take: the visit becomes this officer's. A console that only connects again leaves it whose it is: it may have been handed over meanwhile.
    """
    if not who.has(*OFFICERS) or not same_prison(who, booking.prison_id):
        raise Refused("NOT_YOUR_PRISON")
    refuse(opening_problems(visit_of(session, booking, now), now))
    live = open_session(session, booking, now)
    identities = [live.outside] if outside.comes_alone(booking) else [person.identity for person in booking.party]
    if purpose == "check_in" and live.checked_in_at is not None and not any(comes_late(one, checked_in=True) for one in identities):
        raise Refused("ALREADY_CHECKED_IN")
    if purpose == "supervise" and (take or live.officer_id is None):
        live.officer_id = who.account_id
    lanes = lanes_of(session, who.account_id, booking.prison_id, now)
    pid = passes.current_pid(session, live.id, f"officer:{who.account_id}")
    ticket = {"pid": pid, "role": "officer", "purpose": purpose, "lanes": max(1, min(64, lanes))}
    return passes.signed(session, live, broker_for(session, live, now), ticket, who.account_id, now)


def test_token(session: Session, who: Identity, now: datetime) -> Grant:
    """A token for an equipment test: one's own media come back to oneself only."""
    sid = f"test:{secrets.token_hex(8)}"
    role = "terminal" if who.has(Role.TERMINAL) else "officer" if who.zone is Zone.PRISON else "lawyer" if who.has(Role.LAWYER) else "visitor"
    ticket = {"sid": sid, "pid": f"{role}:{who.visitor_id or who.account_id}", "role": role, "purpose": "test"}
    return {**passes.issue(any_broker(session, now), ticket, now), "sid": sid, "stage": "test", "pid": ticket["pid"]}


# -- while it runs


def extend(session: Session, who: Identity, booking: Booking, minutes: int, now: datetime) -> datetime:
    """Give a running visit more minutes (a multiple of five): first the resources are claimed, then the broker is told. Returns the new hard end.

    Raises TimeNeeded when somebody else needs one of the resources, Refused when the visit is not running.
    """
    live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id).with_for_update())
    if live is None or live.ended_at is not None or live.stage not in ("waiting", "live", "paused"):
        raise Refused("SESSION_NOT_RUNNING")
    try:
        bookings.extend(session, who, booking.id, minutes, now)
    except SlotTaken:
        raise TimeNeeded from None
    session.flush()
    until = max(hard_end_of(session, booking), datetime.fromtimestamp(live.facts["hard_end"], now.tzinfo))
    live.facts = {**live.facts, "minutes": live.facts["minutes"] + minutes, "hard_end": until.timestamp()}
    facts_told = passes.facts_now(session, live)
    commands.command(session, live, "extend", now, hard_end=until.timestamp(), minutes=facts_told["minutes"])
    audit.record(session, who, "session.extend", "booking", booking.ref, now, booking.prison_id, minutes=minutes)
    commands.changed(session, booking.prison_id, "session", now, booking.ref)
    return until


def attention(session: Session, who: Identity, booking: Booking, present: bool, now: datetime) -> None:
    """A console that nobody answers is a task for everybody on duty; it closes when somebody is back."""
    live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id).with_for_update())
    if live is None or live.ended_at is not None:
        return
    open_ = session.scalar(select(SessionTask).where(SessionTask.session_id == live.id, SessionTask.kind == SILENT, SessionTask.closed_at.is_(None)))
    if present and open_ is not None:
        open_.closed_at = now
    elif not present and open_ is None:
        key = f"{SILENT}:{who.account_id}:{now.timestamp():.0f}"
        session.add(SessionTask(session_id=live.id, key=key, kind=SILENT, severity="high", pid=f"officer:{who.account_id}", since=now))
    else:
        return
    audit.record(session, who, "session.attention", "booking", booking.ref, now, booking.prison_id, present=present)
    commands.changed(session, booking.prison_id, "task", now, booking.ref)


def end_by_command(session: Session, who: Identity, booking: Booking, code: str, cause: str, now: datetime) -> None:
    """End a visit from the desk (nobody came, the identity failed, the broker does not answer): written here and told to the broker."""
    live = open_session(session, booking, now)
    if live.ended_at is not None or booking.state != "confirmed":
        raise Refused("SESSION_ENDED")
    commands.command(session, live, "end", now, outcome=code)
    audit.record(session, who, "session.end", "booking", booking.ref, now, booking.prison_id, outcome=code, cause=cause)
    closing.close(session, live, code, cause, now, now)


# -- afterwards


def write_outcome(session: Session, who: Identity, booking: Booking, outcome: dict[str, Any], now: datetime) -> LiveSession:
    """What the officer writes down after a visit: `{outcome, note, inmate_note, concern}`. The two notes are for different eyes (rules.md §5.18)."""
    live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id).with_for_update())
    if live is None or live.ended_at is None:
        raise Refused("SESSION_NOT_ENDED")
    live.officer_note, live.concern = outcome["note"], bool(outcome["concern"])
    live.outcome_at, live.outcome_by = now, who.account_id
    booking.staff_note, booking.inmate_note = outcome["note"], outcome["inmate_note"]
    if outcome["outcome"] != booking.outcome:
        bookings.record_outcome(session, booking.id, outcome["outcome"], round(live.seconds_used), reason_code(live.cause or "") or None, now, who)
    audit.record(session, who, "session.outcome", "booking", booking.ref, now, booking.prison_id, outcome=outcome["outcome"], concern=bool(outcome["concern"]))
    commands.changed(session, booking.prison_id, "booking", now, booking.ref)
    return live

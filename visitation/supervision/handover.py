"""Handover: the leaving officer offers, the next one accepts; the broker lets the first go when the second has proven to see (signalling/actions.py)."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from visitation.audit import service as audit
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, refuse
from visitation.kernel.identity import Identity
from visitation.supervision import commands
from visitation.supervision.models import LiveSession, SessionEvent, SessionTask
from visitation.supervision.models_handover import Handover
from visitation.supervision.queries import lanes_of, warnings_of
from visitation.supervision.rules_handover import WATCHED, Watch, accept_problems, offer_problems

RECORDER_TASKS = ("RECORDER_STALLED", "RECORDING_FAILED")


def offer(session: Session, who: Identity, booking: Booking, to_id: int | None, now: datetime) -> Handover:
    """Offer a running session to one officer, or to whoever is on duty. A former offer lapses. Raises Refused."""
    live = _locked(session, booking)
    refuse(offer_problems(_watch(session, who, live, booking, now), who.account_id))
    former = open_offer(session, live.id)
    if former is not None:
        _close(former, "lapsed", now)
    made = Handover(session_id=live.id, from_id=who.account_id, to_id=to_id, offered_at=now, state="open", carried=carried(session, live))
    session.add(made)
    audit.record(session, who, "session.handover_offered", "booking", booking.ref, now, booking.prison_id, to=to_id, **made.carried)
    commands.changed(session, booking.prison_id, "task", now, booking.ref)
    return made


def accept(session: Session, who: Identity, booking: Booking, now: datetime) -> Handover:
    """Take an offered session over: from now on it is this officer's. Raises Refused."""
    live = _locked(session, booking)
    refuse(accept_problems(_watch(session, who, live, booking, now), who.account_id))
    made = open_offer(session, live.id)
    assert made is not None
    made.taken_by, made.carried, live.officer_id = who.account_id, carried(session, live), who.account_id
    _close(made, "accepted", now)
    audit.record(session, who, "session.handover_accepted", "booking", booking.ref, now, booking.prison_id, of=made.from_id, **made.carried)
    commands.changed(session, booking.prison_id, "session", now, booking.ref)
    return made


def withdraw(session: Session, who: Identity, booking: Booking, now: datetime) -> None:
    """Whoever offered keeps the watch. Nothing to do where no offer of theirs is open."""
    live = _locked(session, booking)
    made = open_offer(session, live.id)
    if made is None or made.from_id != who.account_id:
        return
    _close(made, "withdrawn", now)
    audit.record(session, who, "session.handover_withdrawn", "booking", booking.ref, now, booking.prison_id)
    commands.changed(session, booking.prison_id, "task", now, booking.ref)


def open_offer(session: Session, session_id: int) -> Handover | None:
    return session.scalar(select(Handover).where(Handover.session_id == session_id, Handover.state == "open"))


def offers_to(session: Session, who: Identity) -> list[Handover]:
    """Open offers that this officer may accept, the oldest first."""
    query = select(Handover).join(LiveSession).join(Booking).options(joinedload(Handover.session).joinedload(LiveSession.booking))
    query = query.where(Handover.state == "open", Handover.from_id != who.account_id, LiveSession.ended_at.is_(None))
    query = query.where((Handover.to_id.is_(None)) | (Handover.to_id == who.account_id))
    return list(session.scalars(query if who.prison_id is None else query.where(Booking.prison_id == who.prison_id).order_by(Handover.offered_at)))


def carried(session: Session, live: LiveSession) -> dict[str, Any]:
    """What goes with the watch: kinds of the open tasks, the rules warned of with their times (epoch seconds), the state of the recording."""
    open_ = select(SessionTask.kind).where(SessionTask.session_id == live.id, SessionTask.closed_at.is_(None)).order_by(SessionTask.since)
    tasks = list(session.scalars(open_))
    broken = any(kind in RECORDER_TASKS for kind in tasks)
    recording = "none" if not live.facts.get("record") else "broken" if broken else "on" if live.gate_open else "waits"
    warned = [{"rule": event.data.get("rule"), "at": event.at.timestamp()} for event in warnings_of(session, live.id)]
    return {"tasks": tasks, "warnings": warned, "recording": recording}


def unconfirmed(session: Session, session_id: int) -> bool:
    """Whether a warning waits for somebody to confirm it: by the broker's task, and by the journal's own count."""
    task = select(SessionTask.id).where(SessionTask.session_id == session_id, SessionTask.kind == "WARNING_UNCONFIRMED", SessionTask.closed_at.is_(None))
    if session.scalar(task.limit(1)) is not None:
        return True
    query = select(SessionEvent).where(SessionEvent.session_id == session_id, SessionEvent.type.in_(("warned", "confirmed")))
    events = list(session.scalars(query))
    read = {(event.pid, event.data.get("id")) for event in events if event.type == "confirmed"}
    return any((pid, event.data.get("id")) not in read for event in events if event.type == "warned" for pid in event.data.get("to", []))


def lanes_used(session: Session, account_id: int) -> int:
    """How many running sessions are this officer's."""
    query = select(func.count(LiveSession.id)).where(LiveSession.officer_id == account_id, LiveSession.ended_at.is_(None), LiveSession.stage.in_(WATCHED))
    return session.scalar(query) or 0


def _locked(session: Session, booking: Booking) -> LiveSession:
    live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id).with_for_update().execution_options(populate_existing=True))
    if live is None or live.ended_at is not None:
        raise NotFound
    return live


def _watch(session: Session, who: Identity, live: LiveSession, booking: Booking, now: datetime) -> Watch:
    made = open_offer(session, live.id)
    return Watch(
        stage=live.stage,
        officer_id=live.officer_id,
        unconfirmed=unconfirmed(session, live.id),
        offered_by=made.from_id if made else None,
        offered_to=made.to_id if made else None,
        lanes=lanes_of(session, who.account_id, booking.prison_id, now),
        lanes_used=lanes_used(session, who.account_id),
    )


def _close(made: Handover, state: str, now: datetime) -> None:
    made.state, made.closed_at = state, now

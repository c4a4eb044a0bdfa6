"""Which broker carries a session: chosen once, under a row lock, and kept until that broker dies."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.kernel.errors import Refused
from visitation.kernel.identity import SYSTEM
from visitation.supervision import commands
from visitation.supervision.models import Broker, LiveSession
from visitation.supervision.queries import candidates
from visitation.supervision.rules import Candidate, choose, is_alive


class NoBroker(Refused):
    """No broker answers just now. Passing: whoever asked for a token asks again by themselves, as with any other 503."""

    status = 503

    def __init__(self) -> None:
        super().__init__("NO_BROKER")


def broker_for(session: Session, live: LiveSession, now: datetime) -> Broker:
    """The broker that carries `live` (whose row the caller has locked), assigned now if need be. Raises NoBroker."""
    known = session.get(Broker, live.broker_id, with_for_update=True) if live.broker_id else None
    if known is None or not is_alive(_candidate(known), now):
        known = _assign(session, live, known, now)
    if live.boot != known.boot:
        _enter(session, live, known, now)
    return known


def any_broker(session: Session, now: datetime) -> Broker:
    """A broker for something that is no visit, such as an equipment test. Raises NoBroker."""
    chosen = choose(candidates(session), now)
    broker = session.get(Broker, chosen) if chosen else None
    if broker is None:
        raise NoBroker
    return broker


def _assign(session: Session, live: LiveSession, former: Broker | None, now: datetime) -> Broker:
    session.execute(select(Broker.id).with_for_update())  # one assignment at a time, so that loads are counted and not guessed
    chosen = choose(candidates(session), now)
    broker = session.get(Broker, chosen) if chosen else None
    if broker is None:
        raise NoBroker
    if former is not None and former.id != broker.id:
        # Should it only have been cut off from us, it must not go on by itself: its events no longer count.
        commands.queue(session, former.id, {"op": "end", "sid": live.sid, "outcome": "moved"}, now, live.id)
    live.broker_id = broker.id
    return broker


def _enter(session: Session, live: LiveSession, broker: Broker, now: datetime) -> None:
    """A fresh run of a broker starts counting from nothing: remember what was used before."""
    if live.boot:
        live.seconds_before = live.seconds_used
        live.participants = []
        live.gate_open = False
        audit.record(
            session, SYSTEM, "session.moved", "session", live.sid, now, live.booking.prison_id, broker=broker.id, boot=broker.boot, seconds=live.seconds_used
        )
    live.boot = broker.boot


def _candidate(row: Broker) -> Candidate:
    return Candidate(row.id, row.beat_at, row.skew_ms, row.draining, row.sessions)

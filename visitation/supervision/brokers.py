"""Which broker carries a session: chosen once, one choice at a time, and kept until that broker dies or hands the session over."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.kernel.errors import Refused
from visitation.kernel.identity import SYSTEM
from visitation.supervision import commands
from visitation.supervision.models import Broker, LiveSession
from visitation.supervision.queries import candidate, candidates
from visitation.supervision.rules import choose, is_alive, may_keep

MOVED = "session.moved"
_TURN = 7405  # the number of the lock under which brokers are assigned; nothing else in the house uses advisory locks of this number


class NoBroker(Refused):
    """No broker answers just now. Passing: whoever asked for a token asks again by themselves, as with any other 503."""

    status = 503

    def __init__(self) -> None:
        super().__init__("NO_BROKER")


def broker_for(session: Session, live: LiveSession, now: datetime) -> Broker:
    """The broker that carries `live` (whose row the caller has locked), assigned now if need be. Raises NoBroker.

    The broker's own row is read and not locked: the link locks it first and sessions after it, and would meet us the other way round.
    """
    known = session.get(Broker, live.broker_id, populate_existing=True) if live.broker_id else None
    since = known.beat_at if known is not None and known.lost_at is not None else now
    if known is None or not may_keep(candidate(known), now, opened=bool(live.participants)):
        known = _assign(session, live, known, now)
    if live.boot != known.boot:
        _enter(session, live, known, since, now)
    return known


def any_broker(session: Session, now: datetime) -> Broker:
    """A broker for something that is no visit, such as an equipment test. Raises NoBroker."""
    chosen = choose(candidates(session), now)
    broker = session.get(Broker, chosen) if chosen else None
    if broker is None:
        raise NoBroker
    return broker


def one_at_a_time(session: Session) -> None:
    """Wait for everybody else who is assigning, until this transaction ends: so that loads are counted and not guessed.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN)))


def _assign(session: Session, live: LiveSession, former: Broker | None, now: datetime) -> Broker:
    one_at_a_time(session)
    chosen = choose(candidates(session), now)
    broker = session.get(Broker, chosen, populate_existing=True) if chosen else None
    if broker is None:
        if former is not None and is_alive(candidate(former), now):
            return former  # it is about to stop, and there is no other: better there than nowhere
        raise NoBroker
    if former is not None and former.id != broker.id:
        # Should it only have been cut off from us, it must not go on by itself: whoever is still there is sent to ask again.
        commands.queue(session, former.id, {"op": "hand_over", "sid": live.sid}, now, live.id)
    live.broker_id = broker.id
    return broker


def _enter(session: Session, live: LiveSession, broker: Broker, since: datetime, now: datetime) -> None:
    """A fresh run of the session counts from nothing: remember what was used before, and since when nobody carries it."""
    if live.run:
        live.seconds_before = live.seconds_used
        drop(live, since)
        told = {"broker": broker.id, "boot": broker.boot, "seconds": round(live.seconds_used, 1)}
        audit.record(session, SYSTEM, MOVED, "session", live.sid, now, live.booking.prison_id, **told)
    live.boot, live.run = broker.boot, live.run + 1


def drop(live: LiveSession, since: datetime) -> None:
    """Whoever carried this session no longer has it: the next token begins a new run."""
    live.boot = ""
    live.participants, live.gate_open = [], False
    if live.live_at is not None:
        live.gate_reason = "BROKER"
        live.interrupted_at = live.interrupted_at or since

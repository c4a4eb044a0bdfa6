"""What a beat's answer says of a broker and its sessions, written into the register."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.kernel.identity import SYSTEM
from visitation.supervision import brokers, commands
from visitation.supervision.models import Broker, LiveSession
from visitation.supervision.rules import BROKER_ALIVE, shares_clock

STARTED, GAP, LOST = "broker.started", "broker.gap", "broker.lost"
"""Audit acts: a broker's new run, its return after nobody could join through it, and that it stopped answering."""


def enter(session: Session, url: str, told: Mapping[str, Any], asked_at: datetime, now: datetime, *, cursor: int | None = None) -> Broker:
    """Write a broker's state as it answered. `asked_at` and `now`: before and after the call; its clock is compared with their middle.

    cursor: how far its journal was taken over before the call; what another thread takes over meanwhile says nothing about a lost journal.
    """
    identity = str(told["broker"])[:40]
    # Not FOR UPDATE: a session that is being assigned to this broker refers to its row, and must not wait for us while we wait for it.
    broker = session.get(Broker, identity, with_for_update={"key_share": True}, populate_existing=True) or _first(session, identity, url, now)
    middle = asked_at + (now - asked_at) / 2
    broker.skew_ms = round((float(told["now"]) - middle.timestamp()) * 1000)
    if broker.boot != told["boot"]:
        audit.record(session, SYSTEM, STARTED, "broker", identity, now, boot=str(told["boot"]), skew_ms=broker.skew_ms)
    elif now - broker.beat_at > BROKER_ALIVE:
        audit.record(session, SYSTEM, GAP, "broker", identity, now, since=broker.beat_at.isoformat())
    before = broker.beat_at
    broker.boot, broker.control_url, broker.beat_at, broker.lost_at = str(told["boot"])[:40], url, now, None
    broker.outside_url, broker.inside_url = str(told["outside_url"])[:200], str(told["inside_url"])[:200]
    load = told.get("load", {})
    broker.sessions, broker.capacity = int(load.get("sessions", 0)), int(load.get("most", 0))
    broker.leaving = bool(told.get("leaving"))
    broker.draining = bool(told.get("draining")) or not shares_clock(broker.skew_ms)
    if int(told.get("last_event", 0)) < (broker.cursor if cursor is None else cursor):
        # Its journal is gone (a new disk): begin again; events that were taken over already are known by their own ids.
        audit.record(session, SYSTEM, "broker.journal_lost", "broker", identity, now, cursor=broker.cursor, last_event=int(told.get("last_event", 0)))
        broker.cursor = 0
    commands.settle(session, [str(number) for number in [*told.get("done", []), *told.get("refused", [])]], now)
    _adopt(session, broker, told, before, now)
    return broker


def _first(session: Session, identity: str, url: str, now: datetime) -> Broker:
    row = Broker(id=identity, boot="", control_url=url, outside_url="", inside_url="", beat_at=now, cursor=0, capacity=0, leaving=False)
    session.add(row)
    return row


def lose(session: Session, broker_id: str, now: datetime) -> bool:
    """This broker does not answer: whoever asks for a token now goes to another. False when that was known, or it has answered meanwhile."""
    broker = session.get(Broker, broker_id, with_for_update={"key_share": True}, populate_existing=True)
    if broker is None or broker.lost_at is not None or broker.beat_at >= now:
        return False
    broker.lost_at = now
    audit.record(session, SYSTEM, LOST, "broker", broker_id, now, boot=broker.boot, since=broker.beat_at.isoformat())
    for live in _carried(session, broker_id):
        if live.live_at is not None and live.participants:
            live.gate_open, live.gate_reason = False, "BROKER"
            commands.changed(session, live.booking.prison_id, "session", now, live.booking.ref)
    return True


def _carried(session: Session, broker_id: str) -> Sequence[LiveSession]:
    return session.scalars(select(LiveSession).where(LiveSession.broker_id == broker_id, LiveSession.ended_at.is_(None)).order_by(LiveSession.id)).all()


def _adopt(session: Session, broker: Broker, told: Mapping[str, Any], before: datetime, now: datetime) -> None:
    """Sessions that this broker carries, as it sees them now. The end is not taken from here but from the journal, which says how."""
    seen = {str(one["sid"]): one for one in told.get("sessions", [])}
    for live in _carried(session, broker.id):
        face = _face(live)
        one = seen.get(live.sid)
        if live.boot == broker.boot and one is not None:
            _take(live, one, now)
        elif live.participants:
            brokers.drop(live, before)
        if _face(live) != face:
            commands.changed(session, live.booking.prison_id, "session", now, live.booking.ref)


def _take(live: LiveSession, one: Mapping[str, Any], now: datetime) -> None:
    people = [{name: str(person.get(name, "")) for name in ("pid", "role", "state", "quality")} for person in one.get("participants", [])]
    if people != live.participants:
        live.participants = people
    if one.get("stage") in ("scheduled", "checking_in", "waiting", "live", "paused"):
        live.stage = str(one["stage"])
    gate = one.get("gate", {})
    live.gate_open, live.gate_reason = bool(gate.get("open")), gate.get("reason")
    if live.gate_open and live.live_at is None:
        live.live_at = now.astimezone(UTC)
    live.seconds_used = max(live.seconds_used, live.seconds_before + float(one.get("seconds_used", 0)))


def _face(live: LiveSession) -> tuple[Any, ...]:
    """What a desk shows of it: seconds alone are no change worth a message."""
    return live.stage, live.gate_open, live.gate_reason, [(p.get("pid"), p.get("state"), p.get("quality")) for p in live.participants]

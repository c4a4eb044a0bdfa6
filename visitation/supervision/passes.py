"""Tokens: who may join which session on which broker, signed with this zone's own key."""

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from visitation.kernel.identity import Zone
from visitation.signalling import tokens
from visitation.supervision import carry, commands
from visitation.supervision.models import Broker, LiveSession, SessionPass
from visitation.supervision.rules import minutes_left


def signed(session: Session, live: LiveSession, broker: Broker, ticket: dict[str, Any], account_id: int | None, now: datetime) -> dict[str, Any]:
    """Sign a ticket for a session on its broker and remember who got it. Answers `{token, url, sid, stage, pid}`; the token lives 30 s."""
    _remember(session, live.id, ticket["pid"], ticket["role"], account_id, now)
    return {**issue(broker, {**ticket, "sid": live.sid, "facts": facts_now(session, live)}, now), "sid": live.sid, "stage": live.stage, "pid": ticket["pid"]}


def issue(broker: Broker, ticket: dict[str, Any], now: datetime) -> dict[str, str]:
    """A token for this zone's listener of a broker, and the listener's address."""
    settings = current_app.extensions["settings"]
    zone = zone_of_key()
    checked = tokens.Ticket.model_validate(ticket)
    token = tokens.sign(settings.signing_key.get_secret_value(), tokens.Zone(zone.value), tokens.audience(broker.id, broker.boot), checked, now)
    base = broker.outside_url if zone is Zone.FAMILY else broker.inside_url
    return {"token": token, "url": base if base.endswith("/ws") else f"{base}/ws"}


def zone_of_key() -> Zone:
    """The zone of the running application: it holds that zone's key and no other."""
    return Zone.PRISON if hasattr(current_app.extensions["settings"], "prison_signing_key") else Zone.FAMILY


def facts_now(session: Session, live: LiveSession) -> dict[str, Any]:
    """The frozen facts, with what has been used and decided since; signed by the prison also what an earlier run of the session left behind."""
    minutes = minutes_left(live.facts["minutes"], live.seconds_before)
    facts = {**live.facts, "minutes": minutes, "checked_in": live.checked_in_at is not None}
    return facts if live.run < 2 or zone_of_key() is not Zone.PRISON else {**facts, "resume": carry.left_behind(session, live)}


def current_pid(session: Session, session_id: int, base: str) -> str:
    """The participant id to join as: `base`, or `base.2`, `base.3` ... once an earlier one was revoked, because a broker forgets no revocation."""
    count, pid = 1, base
    while (held := session.get(SessionPass, (session_id, pid))) is not None and held.revoked_at is not None:
        count += 1
        pid = f"{base}.{count}"
    return pid


def revoke(session: Session, live: LiveSession, pid: str, now: datetime) -> bool:
    """Throw a participant out, once; False when that was done already. Their next token, if they get one, is for another pid."""
    held = session.get(SessionPass, (live.id, pid))
    if held is not None and held.revoked_at is not None:
        return False
    if held is not None:
        held.revoked_at = now
    commands.command(session, live, "revoke", now, pid=pid)
    return True


def _remember(session: Session, session_id: int, pid: str, role: str, account_id: int | None, now: datetime) -> None:
    row = session.get(SessionPass, (session_id, pid))
    if row is None:
        session.add(SessionPass(session_id=session_id, pid=pid, account_id=account_id, role=role, issued_at=now))
    else:
        row.account_id, row.issued_at = account_id, now

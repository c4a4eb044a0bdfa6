"""Pairing a terminal's browser: it shows a code, an administrator types it, it receives a key that can be revoked.

The waiting browser keeps a secret of its own; who only reads the code over somebody's shoulder gets nothing by it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from visitation.accounts.models import Device, Pairing
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest, reference, secret_token
from visitation.timetable.models import Terminal

CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=10)
KEPT = timedelta(days=1)
LAST_SEEN_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Waiting:
    """What the waiting browser is given: the code to show and the secret to ask with."""

    code: str
    secret: str
    expires_at: datetime


def begin_pairing(session: Session, now: datetime) -> Waiting:
    """A fresh code for a screen, for ten minutes."""
    session.execute(delete(Pairing).where(Pairing.expires_at < now - KEPT))
    waiting = Waiting(reference(CODE_LENGTH), secret_token(), now + CODE_LIFE)
    session.add(Pairing(code_digest=digest(waiting.code), secret_digest=digest(waiting.secret), created_at=now, expires_at=waiting.expires_at))
    return waiting


def approve_pairing(session: Session, who: Identity, terminal_id: int, code: str, now: datetime) -> None:
    """The administrator typed the code that the terminal shows. Raises Refused(PAIRING_UNKNOWN) when nobody waits with it."""
    terminal = _terminal_of(session, who, terminal_id)
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    pairing = session.scalar(select(Pairing).where(Pairing.code_digest == digest(typed)).with_for_update())
    if pairing is None or pairing.expires_at <= now or pairing.approved_by is not None:
        raise Refused("PAIRING_UNKNOWN")
    pairing.terminal_id, pairing.approved_by = terminal.id, who.account_id
    record(session, who, "device.approve", "terminal", terminal.id, now, terminal.prison_id)


def state_of_pairing(session: Session, secret: str, now: datetime) -> str:
    """waiting, approved or expired. Reads only: the waiting browser asks every other second."""
    pairing = session.scalar(select(Pairing).where(Pairing.secret_digest == digest(secret)))
    if pairing is None or pairing.used_at is not None or pairing.expires_at <= now:
        return "expired"
    return "waiting" if pairing.approved_by is None else "approved"


def finish_pairing(session: Session, secret: str, now: datetime) -> str:
    """The approved browser takes its key, once; the terminal's earlier devices end. Returns the key, of which only the digest is kept."""
    pairing = session.scalar(select(Pairing).where(Pairing.secret_digest == digest(secret)).with_for_update())
    if pairing is None or pairing.terminal_id is None or pairing.approved_by is None or pairing.used_at is not None or pairing.expires_at <= now:
        raise NotFound
    pairing.used_at = now
    session.execute(update(Device).where(Device.terminal_id == pairing.terminal_id, Device.revoked_at.is_(None)).values(revoked_at=now))
    key = secret_token()
    session.add(Device(terminal_id=pairing.terminal_id, key_digest=digest(key), paired_at=now, paired_by=pairing.approved_by, seen_at=now))
    return key


def revoke_device(session: Session, who: Identity, terminal_id: int, device_id: int, now: datetime) -> None:
    """The key of a lost or exchanged device counts no more, from the next request on."""
    terminal = _terminal_of(session, who, terminal_id)
    device = session.get(Device, device_id, with_for_update=True, populate_existing=True)
    if device is None or device.terminal_id != terminal.id:
        raise NotFound
    device.revoked_at = device.revoked_at or now
    record(session, who, "device.revoke", "terminal", terminal.id, now, terminal.prison_id)


def touch_device(session: Session, key: str, now: datetime) -> None:
    """Note that a device was seen, and its terminal with it."""
    device = session.scalar(select(Device).where(Device.key_digest == digest(key), Device.revoked_at.is_(None)))
    if device is None or now - device.seen_at < LAST_SEEN_STEP:
        return
    device.seen_at = now
    terminal = session.get(Terminal, device.terminal_id)
    if terminal is not None:
        terminal.seen_at = now


def _terminal_of(session: Session, who: Identity, terminal_id: int) -> Terminal:
    terminal = session.get(Terminal, terminal_id)
    if terminal is None or (who.prison_id is not None and terminal.prison_id != who.prison_id):
        raise NotFound
    return terminal

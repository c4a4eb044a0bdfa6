"""Recognising a paired terminal by its cookie, and noting that it was seen.

The cookie holds 256 random bits; the row decides whether they still count.
"""

from datetime import datetime, timedelta

from flask import Flask, Response, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Device
from visitation.accounts.service_devices import LAST_SEEN_STEP, touch_device
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import digest
from visitation.people.models import Prison
from visitation.store.transaction import perform
from visitation.timetable.models import Terminal

COOKIE = "__Host-device"
COOKIE_DAYS = 400
"""The longest life that browsers grant; it begins anew while the device is used."""


def device_identity(session: Session, now: datetime) -> Identity | None:
    """The terminal whose device makes this request, or None. account_id is the terminal's row."""
    key = request.cookies.get(COOKIE, "")
    if not key:
        return None
    query = select(Device, Terminal).join(Terminal, Terminal.id == Device.terminal_id).join(Prison, Prison.id == Terminal.prison_id)
    found = session.execute(query.where(Device.key_digest == digest(key), Device.revoked_at.is_(None), Prison.closed_at.is_(None))).one_or_none()
    if found is None:
        return None
    device, terminal = found
    g.device_seen = now - device.seen_at >= LAST_SEEN_STEP
    return Identity(terminal.id, frozenset({Role.TERMINAL}), terminal.name, Zone.PRISON, prison_id=terminal.prison_id)


def keep_key(response: Response, key: str) -> None:
    """Give the device its key, or a fresh life to the one it has."""
    response.set_cookie(COOKIE, key, max_age=timedelta(days=COOKIE_DAYS), secure=True, httponly=True, samesite="Strict", path="/")


def forget_key(response: Response) -> None:
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")


def install_device_traces(app: Flask) -> None:
    """After a terminal's request note that it was seen, at most once a minute."""

    @app.after_request
    def _note(response: Response) -> Response:
        if g.get("device_seen"):
            key = request.cookies[COOKIE]
            perform(lambda session: touch_device(session, key, g.now))
            keep_key(response, key)
        return response

"""What every request knows from its beginning: its one moment in time, and who is asking."""

from datetime import datetime
from typing import cast

from flask import Flask, current_app, g

from visitation.kernel.clock import Clock
from visitation.kernel.identity import Identity
from visitation.web.zone import ZoneNames


def install_request(app: Flask, zone: ZoneNames, clock: Clock) -> None:
    """Read the clock once at the beginning of each request."""
    app.extensions["clock"] = clock

    @app.before_request
    def _begin() -> None:
        g.zone = zone
        g.now = clock.now()
        g.sights = []


def now() -> datetime:
    """The moment of this request, aware UTC."""
    return cast(datetime, g.now)


def clock() -> Clock:
    return cast(Clock, current_app.extensions["clock"])


def see(subject_type: str, subject_id: object) -> None:
    """Remember that this page shows a person's data; the row is written after rendering, before the answer leaves."""
    g.sights.append((subject_type, str(subject_id)))


def who_or_none() -> Identity | None:
    return cast("Identity | None", g.get("who"))

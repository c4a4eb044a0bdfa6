"""The record of a visit in a real browser: both sides together, over gaps, by keys, marks and the chart; a package fetched once. No broker is needed."""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

import wsgi
from tests import factories
from tests.browser.browsers import cast
from tests.browser.live_rig import _serve, _ways_in, until
from tests.settings import settings_for
from tests.stack import free_ports
from tests.web.recorded import sealed_file
from visitation.kernel.clock import SystemClock
from visitation.kernel.identity import Role
from visitation.store.db import db
from visitation.store.transaction import perform
from visitation.supervision import closing, recordings, service
from visitation.supervision.models import Segment, SessionEvent
from visitation.supervision.models_recordings import RecordingRequest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PLACES = "[...document.querySelectorAll('#player video')].map((video) => [video.currentTime, video.readyState, video.paused])"
GAP = (6, 10)
"""Seconds of the record in which nothing was recorded."""


@cache
def film(seconds: int) -> bytes:
    """A moving picture and a tone."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm", options={"live": "1"}) as made:
        stream = made.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 160, 120, "yuv420p", Fraction(1, 10)
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for number in range(10 * seconds):
            frame = av.VideoFrame(160, 120, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 7 % 256]) * plane.buffer_size)
            frame.pts = number
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


@dataclass
class Served:
    """The prison's application with one recorded visit; `token` lets its officer in."""

    origin: str
    ref: str
    token: str
    request: str
    app: Flask


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (port,) = free_ports(1)
    origin = f"http://localhost:{port}"
    _family, prison = settings_for(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path, prison_origin=origin)
    app = wsgi.build_prison(prison, SystemClock())
    app.register_blueprint(_ways_in())
    with app.app_context():
        perform(lambda session: db.metadata.create_all(session.connection()))
        ref, token, request = perform(lambda session: recorded(session, tmp_path))
    server = _serve(app, port)
    yield Served(origin, ref, token, request, app)
    server.shutdown()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def recorded(session: Session, folder: Path) -> tuple[str, str, str]:
    """Six seconds, four of nothing, six more, on both sides; a mark at 12 s; an approved export of the officer's."""
    now = datetime.now(UTC).replace(microsecond=0)
    visit = factories.make_live_visit(session, now)
    live = service.open_session(session, visit.booking, now)
    live.live_at = now
    closing.close(session, live, "completed", "TIME_UP", now + timedelta(seconds=16), now)
    for leg in ("terminal", "outside1"):
        for number, at in ((1, 0), (2, GAP[1])):
            path = recordings.stored_path(folder, live.sid, f"{leg}-{number}.webm.sealed")
            sha256 = sealed_file(path, film(6), leg, number)
            row = Segment(session_id=live.id, broker_id="b", file=path.name, leg=leg, number=number, sha256=sha256, bytes=path.stat().st_size, seconds=6.0)
            row.starts_at, row.state = now + timedelta(seconds=at), "stored"
            session.add(row)
    marked = {"uid": "m", "broker_id": "b", "number": 1, "type": "marked", "data": {"note_code": "m"}}
    session.add(SessionEvent(session_id=live.id, at=now + timedelta(seconds=12), **marked))
    chief = factories.make_staff(session, [Role.DUTY_CHIEF], visit.prison)
    granted = {"kind": "export", "state": "approved", "reason": "x", "recipient": "y", "asked_by": visit.officer.id, "asked_at": now}
    row = RecordingRequest(ref="REQUEST1", session_id=live.id, lapses_at=now + timedelta(days=1), decided_by=chief.id, decided_at=now, **granted)
    session.add(row)
    return visit.booking.ref, factories.make_sign_in(session, visit.officer, "prison", now), row.ref


def places(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(PLACES)
    return found


def place(page: Page) -> float:
    return float(page.locator("[data-seek]").input_value())


def test_both_sides_play_together_over_the_gap_and_obey_keys_marks_and_chart(served: Served) -> None:
    with cast() as people:
        person = people.person()
        page = person.page
        page.goto(f"{served.origin}/rig/enter/{served.token}?language=en")
        page.goto(f"{served.origin}/recordings/{served.ref}")
        page.locator("[data-play]").click()
        until(lambda: all(at > 1 for at, _ready, _paused in places(page)))
        apart = []
        for _ in range(8):
            page.wait_for_timeout(150)
            (first, *_), (second, *_) = places(page)
            apart.append(abs(first - second))
        assert sorted(apart)[len(apart) // 2] < 0.1, f"the sides stay together: {apart}"
        page.keyboard.press("-")
        assert page.locator("[data-speed]").input_value() == "0.5"
        page.keyboard.press("+")
        page.keyboard.press("n")
        assert 12 <= place(page) < 12.6, "the mark"
        until(lambda: all(ready >= 2 and at > 1.9 for at, ready, _paused in places(page)))
        assert page.locator("[data-log] li.is-now").inner_text().count("Mark") == 1
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("k")
        stopped = place(page)
        assert 6.5 < stopped < 9 or 10 <= stopped < 10.5, "five seconds back; what is not recorded is passed over"
        until(lambda: all(paused for _at, _ready, paused in places(page)))

        box = page.locator("[data-track]").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 8 + (box["width"] - 16) * 5 / 16, box["y"] + 10)
        assert 4.7 < place(page) < 5.3, "a click on the chart"
        page.keyboard.press("k")
        until(lambda: place(page) > GAP[1], 8)
        assert page.locator("[data-player-trouble]").is_hidden()
        page.locator("[data-skip]").uncheck()
        page.mouse.click(box["x"] + 8 + (box["width"] - 16) * 8 / 16, box["y"] + 10)
        until(lambda: page.locator("[data-nothing]:not([hidden])").count() == 2)
        area = page.locator("textarea[name=text]")
        area.fill("heard")
        area.press("k")
        assert area.input_value() == "heardk", "who types does not play"
        page.locator("[data-stamp]").click()
        assert re.fullmatch(r"heardk\n0:\d\d ", area.input_value())
        assert person.faults == []


def test_an_approved_export_is_downloaded_once(served: Served) -> None:
    with cast() as people:
        person = people.person()
        page = person.page
        page.goto(f"{served.origin}/rig/enter/{served.token}?language=en")
        page.goto(f"{served.origin}/recordings/requests/{served.request}")
        with page.expect_download() as download:
            page.locator("#fetch button").click()
        package = Path(download.value.path()).read_bytes()
        assert package.startswith(b"PK")
        page.reload()
        until(lambda: hashlib.sha256(package).hexdigest() in page.locator("main").inner_text())
        assert page.locator("#fetch").count() == 0
        assert person.faults == []

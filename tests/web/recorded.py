"""Recorded visits for tests: sealed files where the prison keeps them, and their rows."""

import base64
import io
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_live_visit, make_staff
from tests.settings import SECRETS
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.kernel.identity import Role
from visitation.signalling.sealing import SealedHeader, Sealer, digest
from visitation.supervision import closing, recordings, service
from visitation.supervision.models import LiveSession, Segment, SessionEvent


@cache
def a_webm() -> bytes:
    """Two seconds of a WebM without index or duration, as a broker writes it."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm", options={"live": "1"}) as made:
        stream = made.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 160, 120, "yuv420p", Fraction(1, 10)
        for number in range(20):
            frame = av.VideoFrame(160, 120, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 7 % 256]) * plane.buffer_size)
            frame.pts = number
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


def staff(house: House, visit: LiveVisit, *roles: Role, elsewhere: bool = False) -> Browser:
    """A signed-in browser of new staff of the visit's prison (or of another one), reading English."""

    def make(session: Session) -> Account:
        prison = make_live_visit(session, house.now + timedelta(days=2)).prison if elsewhere else visit.prison
        return make_staff(session, roles, prison)

    made = browser(house, "prison", house.write(make))
    made.speak("en")
    return made


def ended(house: House, visit: LiveVisit, officer_id: int | None = None) -> LiveSession:
    """The visit's session, over."""

    def end(session: Session) -> LiveSession:
        live = service.open_session(session, session.get_one(Booking, visit.booking.id), house.now)
        live.officer_id = live.officer_id or officer_id
        closing.close(session, live, "completed", "TIME_UP", house.now, house.now)
        return live

    return house.write(end)  # type: ignore[no-any-return]


def public_key() -> str:
    private = X25519PrivateKey.from_private_bytes(base64.b64decode(SECRETS["recording_private_key"]))
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def sealed_file(path: Path, data: bytes, leg: str = "outside1", number: int = 1) -> str:
    """Seal `data` into a file; its hash."""
    sealer = Sealer(public_key(), SealedHeader("r", leg, number, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sealer.prefix + sealer.seal(data) + sealer.seal(b"", final=True))
    with path.open("rb") as stored:
        return digest(stored)


def stored(
    house: House, live: LiveSession, data: bytes, *, leg: str = "outside1", number: int = 1, starts_at: datetime | None = None, **values: Any
) -> Segment:
    """A stored segment of this session whose sealed file holds `data`."""
    path = file_of(house, live, f"{leg}-{number}.webm.sealed")
    sha256 = sealed_file(path, data, leg, number)
    given = {"broker_id": "broker-1", "file": path.name, "leg": leg, "number": number, "sha256": sha256, "bytes": path.stat().st_size, "seconds": 2.0}
    given |= {"state": "stored", "fetched_at": house.now, "keep_until": house.now.date()}

    def add(session: Session) -> Segment:
        row = Segment(session_id=live.id, starts_at=starts_at or house.now, **given | values)
        session.add(row)
        session.flush()
        return row

    return house.write(add)  # type: ignore[no-any-return]


def file_of(house: House, live: LiveSession, file: str) -> Path:
    return recordings.stored_path(house.prison.extensions["settings"].data_dir, live.sid, file)


def happened(house: House, live: LiveSession, *events: tuple[datetime, str, str, dict[str, Any]]) -> None:
    """Events of the session: (at, type, participant, data)."""

    def add(session: Session) -> None:
        for number, (at, kind, pid, data) in enumerate(events):
            session.add(SessionEvent(uid=f"{live.sid}{number}", session_id=live.id, broker_id="b", number=number, at=at, type=kind, pid=pid, data=data))

    house.write(add)

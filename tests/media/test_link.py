"""The prison's link to a real broker, with real packets: a visit from its check-in to its stored recording, and what happens when something dies."""

import asyncio
import io
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import av
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

import wsgi
from config import FamilySettings, PrisonSettings
from tests.factories import LiveVisit, make_live_visit, make_sign_in
from tests.media.client import Client
from tests.media.conftest import in_loop
from tests.stack import Stack
from visitation.accounts.models import Account, SignIn
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.kernel.clock import SystemClock
from visitation.kernel.identity import Identity, Role, Zone
from visitation.people.models import Suspension
from visitation.store.db import db
from visitation.store.transaction import perform
from visitation.supervision import checkin, recordings, service
from visitation.supervision.link import Link
from visitation.supervision.models import Broker, BrokerCommand, LiveSession, Segment, SessionEvent, SessionTask
from visitation.supervision.playback import Copies

pytestmark = [pytest.mark.media, pytest.mark.timeout(180)]
LOOPBACK = {"BROKER_MEDIA_OUTSIDE_BIND": "127.0.0.1", "BROKER_MEDIA_INSIDE_BIND": "127.0.0.1", "BROKER_RECORD_RESERVE_MB": "1"}


class Prison:
    """Both applications in this process, a broker in its own, the link between them, and one visit that may begin."""

    def __init__(self, folder: Path) -> None:
        self.stack = Stack(folder, extra=dict(LOOPBACK))
        names = {name.lower(): value for name, value in self.stack.environment.items()}
        names["broker_control_urls"] += " http://127.0.0.1:9"  # a second broker that never answers must delay nothing
        self.family = wsgi.build_family(FamilySettings(**{k: names[k] for k in FamilySettings.model_fields if k in names}), SystemClock())
        self.prison = wsgi.build_prison(PrisonSettings(**{k: names[k] for k in PrisonSettings.model_fields if k in names}), SystemClock())
        self.visit: LiveVisit = self.write(self._make)
        self.clients: list[Client] = []
        self.link: Link | None = None

    def _make(self, session: Session) -> LiveVisit:
        db.metadata.create_all(session.connection())
        visit = make_live_visit(session, datetime.now(UTC).replace(microsecond=0), starts_at=datetime.now(UTC).replace(microsecond=0, second=0))
        make_sign_in(session, session.get_one(Account, visit.officer.id), "prison", datetime.now(UTC))
        return visit

    def write(self, work: Callable[[Session], Any], zone: str = "prison") -> Any:
        with getattr(self, zone).app_context():
            return perform(work)

    def read(self, work: Callable[[Session], Any]) -> Any:
        with self.prison.app_context():
            return work(db.session())

    def booking(self, session: Session) -> Booking:
        return session.get_one(Booking, self.visit.booking.id)

    @property
    def officer(self) -> Identity:
        return Identity(self.visit.officer.id, frozenset({Role.OFFICER}), "警官", Zone.PRISON, prison_id=self.visit.prison.id)

    # -- people

    async def family_in(self) -> Client:
        who = Identity(self.visit.family.account.id, frozenset({Role.FAMILY}), "x", Zone.FAMILY, visitor_id=self.visit.family.visitor.id)
        return await self._join(lambda s: service.participant_token(s, who, self.booking(s), datetime.now(UTC)), "family")

    async def terminal_in(self) -> Client:
        who = Identity(self.visit.terminal.id, frozenset({Role.TERMINAL}), "T", Zone.PRISON, prison_id=self.visit.prison.id)
        return await self._join(lambda s: service.participant_token(s, who, self.booking(s), datetime.now(UTC)), "prison")

    async def officer_in(self) -> Client:
        client = await self._join(lambda s: service.officer_token(s, self.officer, self.booking(s), "supervise", datetime.now(UTC)), "prison")
        client.lease()
        return client

    async def _join(self, ask: Callable[[Session], Any], zone: str) -> Client:
        grant = await asyncio.to_thread(self.write, ask, zone)
        client = await Client.join(grant["url"].removesuffix("/ws"), grant["token"])
        self.clients.append(client)
        return client

    def check_in(self) -> None:
        lead = self.visit.family.visitor.id
        self.write(lambda s: checkin.decide(s, self.officer, self.booking(s), checkin.Verdict(lead, "confirmed", leg=f"visitor:{lead}"), datetime.now(UTC)))
        self.write(lambda s: checkin.finish(s, self.officer, self.booking(s), datetime.now(UTC)))

    async def live(self) -> tuple[Client, Client, Client]:
        """Everybody is there and the gate is open."""
        guest = await self.family_in()
        await asyncio.to_thread(self.check_in)
        terminal, officer = await self.terminal_in(), await self.officer_in()
        await guest.until(lambda: guest.gate_open and terminal.gate_open, 20)
        return guest, terminal, officer

    async def until(self, holds: Callable[[Session], Any], limit: float = 20) -> float:
        """Wait until the database says so; the seconds it took."""
        began = time.monotonic()
        while not await asyncio.to_thread(self.read, holds):
            assert time.monotonic() - began < limit, "it did not come true"
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    def session(self, session: Session) -> LiveSession:
        return session.scalars(select(LiveSession)).one()


P = TypeVar("P", bound=Prison)


@asynccontextmanager
async def running(made: P) -> AsyncIterator[P]:
    """The prison's application, a broker and the link between them, until the end of the block."""
    server = make_server("127.0.0.1", made.stack.prison_port, made.prison, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    await asyncio.to_thread(made.stack.start, "broker")
    made.link = Link(made.prison).start()
    try:
        await made.until(lambda s: s.scalar(select(func.count(Broker.id))))
        yield made
    finally:
        for client in made.clients:
            await client.close()
        made.link.stop.set()
        await asyncio.to_thread(made.link.wait)
        await asyncio.to_thread(made.stack.stop)
        server.shutdown()
        server.server_close()
        for app in (made.family, made.prison):
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


@in_loop
async def test_a_visit_from_check_in_to_its_stored_recording(tmp_path: Path) -> None:
    async with running(Prison(tmp_path)) as house:
        guest, _terminal, officer = await house.live()
        await house.until(lambda s: house.session(s).stage == "live" and house.session(s).gate_open)
        assert (await officer.act("mute", pid=guest.pid))["ok"]
        assert (await officer.act("warn", rule=3, to="all"))["ok"]
        await house.until(lambda s: s.scalar(select(func.count(SessionTask.id)).where(SessionTask.kind == "WARNING_UNCONFIRMED")))
        await asyncio.sleep(3)
        assert (await officer.act("end", reason="finished_early"))["ok"]
        await house.until(lambda s: house.session(s).ended_at is not None)
        booking = house.read(house.booking)
        assert (booking.state, booking.outcome) == ("ended", "completed")
        live = house.read(house.session)
        assert live.seconds_used >= 2
        assert live.coverage["leased"] == live.coverage["live"] > 0
        muted = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "session.muted")).one())
        assert muted.actor_id == house.visit.officer.id
        await house.until(lambda s: s.scalars(select(Segment.state)).all() and set(s.scalars(select(Segment.state))) == {"stored"})
        segments = house.read(lambda s: s.scalars(select(Segment)).all())
        assert {row.leg for row in segments} == {"terminal", "outside1"}
        settings = house.prison.extensions["settings"]
        copies = Copies(tmp_path / "playback", settings.recording_private_key.get_secret_value())
        for row in segments:
            stored = recordings.stored_path(settings.data_dir, live.sid, row.file)
            with copies.open(stored, row.sha256) as copy, av.open(io.BytesIO(copy.read())) as media:
                assert media.duration
                assert sum(1 for _ in media.decode(video=0)) > 20, row.file
        await house.until(lambda s: set(s.scalars(select(Segment.forgotten_at.is_not(None)))) == {True})
        kept = Path(house.stack.environment["BROKER_DATA_DIR"]) / "recordings"
        assert not [path for path in kept.rglob("*") if path.is_file()], "the broker keeps nothing of what is safe here"
        assert all(recordings.stored_path(settings.data_dir, live.sid, row.file).is_file() for row in segments)
        told = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "session.forgotten")).all())
        assert {(row.detail["file"], row.detail["bytes"]) for row in told} == {(row.file, row.bytes) for row in segments}


@in_loop
async def test_a_right_revoked_stops_the_media_within_two_seconds(tmp_path: Path) -> None:
    async with running(Prison(tmp_path)) as house:
        guest, terminal, officer = await house.live()
        await asyncio.sleep(1)

        def suspend(session: Session) -> None:
            visit, at = house.visit, datetime.now(UTC)
            row = Suspension(prison_id=visit.prison.id, visitor_id=visit.family.visitor.id, code="x", decided_by=visit.officer.id, decided_at=at)
            row.starts_on = at.date() - timedelta(days=1)
            session.add(row)

        def sign_out(session: Session) -> None:
            for row in session.scalars(select(SignIn).where(SignIn.account_id == house.visit.officer.id)):
                row.revoked_at = datetime.now(UTC)

        def close(session: Session) -> None:
            session.get_one(Account, house.visit.officer.id).closed_at = datetime.now(UTC)

        def back(session: Session) -> None:
            session.get_one(Account, house.visit.officer.id).closed_at = None
            make_sign_in(session, session.get_one(Account, house.visit.officer.id), "prison", datetime.now(UTC))

        for right in (sign_out, close):
            await _ends(house, right, officer, [guest, terminal, officer])
            await asyncio.to_thread(house.write, back)
            officer = await house.officer_in()
            await guest.until(lambda: guest.gate_open and terminal.gate_open, 20)
            await guest.until(lambda: time.monotonic() - guest.last_packet() < 0.1, 5)
        await _ends(house, suspend, guest, [guest, terminal])
        assert not terminal.gate_open


async def _ends(house: Prison, right: Callable[[Session], None], whose: Client, clients: list[Client]) -> None:
    """A right ends in the database: its holder is put out and the last packet has reached anybody of them within two seconds."""
    before = time.monotonic()
    await asyncio.to_thread(house.write, right)
    await whose.wait(lambda m: m["t"] == "refused" and m["code"] == "REVOKED")
    assert time.monotonic() - before < 2.0, right.__name__
    await asyncio.sleep(0.6)
    last = max(client.last_packet() for client in clients) - before
    print(f"{right.__name__}: last packet after {last:.2f} s")
    assert last < 2.0


@in_loop
async def test_a_killed_broker_and_a_new_link_lose_and_double_nothing(tmp_path: Path) -> None:
    async with running(Prison(tmp_path)) as house:
        await house.live()
        await asyncio.sleep(3)
        await house.until(lambda s: house.session(s).seconds_used >= 2)
        await asyncio.to_thread(house.stack.kill, "broker")
        assert house.link is not None
        house.link.stop.set()
        await asyncio.to_thread(house.link.wait)
        used = house.read(house.session).seconds_used
        first_boot = house.read(house.session).boot
        await asyncio.to_thread(house.stack.start, "broker")
        house.link = Link(house.prison).start()
        await house.until(lambda s: s.get_one(Broker, "broker-1").boot != first_boot)
        guest, terminal, officer = await house.family_in(), await house.terminal_in(), await house.officer_in()
        await guest.until(lambda: guest.gate_open and terminal.gate_open, 20)
        live = house.read(house.session)
        assert live.seconds_before == used
        assert guest.snapshot["seconds_left"] <= 30 * 60 - used + 1, "no minute is given twice"
        await asyncio.sleep(2)
        assert (await officer.act("end", reason="finished_early"))["ok"]
        await house.until(lambda s: house.session(s).ended_at is not None)
        await house.until(lambda s: len(s.scalars(select(Segment)).all()) >= 4 and set(s.scalars(select(Segment.state))) == {"stored"})
        segments = house.read(lambda s: s.scalars(select(Segment)).all())
        assert {row.final for row in segments} == {True, False}, "the first ones were cut off, and are there"
        assert house.read(lambda s: s.scalar(select(func.count(SessionEvent.id)))) == house.read(lambda s: s.get_one(Broker, "broker-1").cursor)
        assert house.read(house.session).seconds_used > used
        assert house.read(lambda s: s.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.act == "session.moved"))) == 1


@in_loop
async def test_a_command_waits_for_a_broker_that_is_away(tmp_path: Path) -> None:
    async with running(Prison(tmp_path)) as house:
        guest, _terminal, _officer = await house.live()
        await asyncio.to_thread(house.write, lambda s: service.end_by_command(s, house.officer, house.booking(s), "technical", "fire drill", datetime.now(UTC)))
        assert (await guest.wait(lambda m: m["t"] == "ended"))["outcome"] == "technical"
        await house.until(lambda s: not s.scalars(select(BrokerCommand).where(BrokerCommand.done_at.is_(None))).all())
        booking = house.read(house.booking)
        assert (booking.state, booking.outcome) == ("ended", "technical")


@in_loop
async def test_gates_close_when_the_prisons_application_is_gone(tmp_path: Path) -> None:
    """The link lives and beats, but it says that nobody stands behind it: closed within 30 seconds of the last answer."""
    async with running(Prison(tmp_path)) as house:
        guest, _terminal, _officer = await house.live()
        assert house.link is not None
        for link in house.link.links:
            link._settings = link._settings.model_copy(update={"prison_health_url": "http://127.0.0.1:9/healthz"})
        gone = time.monotonic()
        await guest.until(lambda: not guest.gate_open and guest.snapshot["gate"]["reason"] == "STANDING", 35)
        assert 25 < time.monotonic() - gone < 33
        await house.until(lambda s: house.session(s).gate_reason == "STANDING")

"""The demo's data, made through the rooms' own services, and the visit that is always about to begin."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pyotp
import pytest
from icalendar import Calendar
from sqlalchemy import func, select

import wsgi
from consult.demo import LAWYER_LOGIN
from consult.directory.models import Institution
from consult.lawyers.models import Lawyer
from consult.questions.models import Question
from tests.conftest import NOON, House
from tests.settings import settings_for
from visitation.accounts.models import Account
from visitation.accounts.passwords import verify_password
from visitation.accounts.second_factor import accepted_step
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking, Claim
from visitation.demo.logins import FAMILIES, PASSWORD, STAFF
from visitation.demo.ready import keep_ready
from visitation.kernel.clock import FixedClock
from visitation.notices.models import Delivery, Notice
from visitation.people.models import Inmate, Kinship, Objection, Suspension, Visitor
from visitation.store.db import db
from visitation.store.outbox import Outbox

pytestmark = pytest.mark.xdist_group("demo")
COUNTED = (Account, Inmate, Visitor, Kinship, Booking, Suspension, Objection, AuditEntry, Notice, Question, Institution, Lawyer)


@pytest.fixture(scope="module")
def loaded(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo's data, made once."""
    folder = tmp_path_factory.mktemp("demo")
    for file in empty_database.parent.glob("empty.sqlite3*"):
        shutil.copy(file, folder / file.name.replace("empty", "demo"))
    made = demo_house(folder)
    result = made.prison.test_cli_runner().invoke(args=["demo-data"])
    assert result.exit_code == 0, result.output
    close(made)
    return folder


@pytest.fixture
def demo(loaded: Path, tmp_path: Path) -> Iterator[House]:
    for file in loaded.glob("demo.sqlite3*"):
        shutil.copy(file, tmp_path / file.name)
    made = demo_house(tmp_path)
    yield made
    close(made)


def demo_house(folder: Path) -> House:
    family, prison = settings_for(f"sqlite:///{folder / 'demo.sqlite3'}", folder, demo=True)
    clock = FixedClock(NOON)
    return House(wsgi.build_family(family, clock), wsgi.build_prison(prison, clock), clock)


def close(house: House) -> None:
    for app in (house.family, house.prison):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def counts(house: House) -> dict[str, int]:
    return house.read(lambda session: {model.__name__: session.scalar(select(func.count()).select_from(model)) for model in COUNTED})  # type: ignore[no-any-return]


def test_the_demo_is_rich_and_repeating_it_adds_nothing(demo: House) -> None:
    before = counts(demo)
    assert before["Inmate"] == 85, "sixty, and those whom the twelve wards of the legal-help day lack"
    assert before["Kinship"] >= 30
    assert before["Booking"] >= 30
    assert before["Objection"] == 1
    assert before["Suspension"] == 3
    assert (before["Institution"], before["Lawyer"]) == (48, 10)
    lately = Question.received_at > NOON - timedelta(days=14)
    assert demo.read(lambda session: session.scalar(select(func.count(Question.id)).where(lately))) == 5
    assert before["Question"] > 50, "and those of the months before, which are over"
    assert demo.read(lambda session: session.scalars(select(Question.closed_at).where(~lately, Question.closed_at.is_(None))).all()) == []
    assert demo.read(lambda session: set(session.scalars(select(Question.state).where(lately)))) == {"received", "routed", "answered", "delivered"}
    states = demo.read(lambda session: {(row.state, row.outcome) for row in session.scalars(select(Booking))})
    assert {("confirmed", None), ("ended", "completed"), ("ended", "technical"), ("ended", "no_show_visitor")} <= states
    levels = demo.read(lambda session: {row.level_code for row in session.scalars(select(Inmate))})
    statuses = demo.read(lambda session: {row.status for row in session.scalars(select(Inmate))})
    assert (levels, statuses) == ({"strict", "probation", "general", "lenient"}, {"held", "court", "hospital", "confined", "transferred", "released"})
    assert demo.prison.test_cli_runner().invoke(args=["demo-data"]).exit_code == 0
    assert counts(demo) == before


def test_only_todays_messages_are_sent(demo: House) -> None:
    waiting = demo.read(lambda session: session.scalars(select(Delivery).where(Delivery.state == "waiting")).all())
    rows = demo.read(lambda session: session.scalars(select(Outbox).where(Outbox.done_at.is_(None))).all())
    assert len(waiting) == len([row for row in rows if row.topic == "sms"]) < 5


def test_every_sign_in_of_the_demo_works(demo: House) -> None:
    accounts = demo.read(lambda session: {row.login: row for row in session.scalars(select(Account).where(Account.kind == "staff"))})
    assert set(accounts) == {login.login for login in STAFF}
    assert verify_password(accounts["officer"].password_hash, PASSWORD)
    assert demo.prison.test_cli_runner().invoke(args=["demo-code", LAWYER_LOGIN]).output.strip().isdigit()
    shown = demo.prison.test_cli_runner().invoke(args=["demo-code", "officer"]).output.strip()
    secret = demo.read(lambda session: session.get(Account, accounts["officer"].id).totp_secret)
    assert shown == pyotp.TOTP(secret).at(demo.now)
    assert accepted_step(secret, shown, demo.now, 0) is not None
    assert "officer2" in demo.prison.test_cli_runner().invoke(args=["demo-code", "nobody"]).output
    people = demo.read(lambda session: {row.name for row in session.scalars(select(Account).where(Account.kind == "family"))})
    assert {login.name for login in FAMILIES} <= people


def test_a_visit_is_about_to_begin_at_every_hour_of_a_fortnight(demo: House) -> None:
    begin = datetime(2026, 11, 24, 16, 23, tzinfo=UTC)
    demo.clock.advance(begin - demo.now)
    for _turn in range(50):
        demo.write(lambda session: keep_ready(session, demo.now))
        ready = demo.read(ready_visits(demo))
        assert ready, demo.now
        assert demo.write(lambda session: keep_ready(session, demo.now)) is False, "one is enough"
        demo.clock.advance(timedelta(hours=6, minutes=37))


def ready_visits(house: House):  # type: ignore[no-untyped-def]
    """Confirmed visits that begin within 40 minutes and whose claims are held."""

    def find(session):  # type: ignore[no-untyped-def]
        soon = (Booking.starts_at > house.now, Booking.starts_at <= house.now + timedelta(minutes=40))
        held = select(Claim.booking_id)
        return session.scalars(select(Booking).where(Booking.state == "confirmed", Booking.id.in_(held), *soon)).all()

    return find


def test_the_letter_of_a_booking_brings_its_invitation(demo: House) -> None:
    demo.clock.advance(timedelta(hours=1))

    def with_address(session):  # type: ignore[no-untyped-def]
        for row in session.scalars(select(Account).where(Account.kind == "family")):
            row.email = "family@example.org"
        return keep_ready(session, demo.now)

    assert demo.write(with_address) is True
    demo.write(lambda session: session.query(Delivery).filter(Delivery.channel == "sms").update({"state": "sent"}))
    worker = wsgi.build_worker(demo.prison)
    assert worker.deliver_due("email") == 2, "the visit that nobody took up, and the new one"
    folder = demo.prison.extensions["settings"].data_dir / "outgoing" / "mail"
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    (part,) = [part for letter in letters for part in letter.walk() if part.get_content_type() == "text/calendar"]
    invitation = Calendar.from_ical(part.get_content())
    assert part["Content-Type"].params["method"] == str(invitation["METHOD"]) == "REQUEST"
    event = invitation.walk("VEVENT")[0]
    ready = demo.read(ready_visits(demo))[0]
    assert event["DTSTART"].dt.astimezone(UTC) == ready.starts_at
    assert "青山" not in part.get_content()


def test_without_demo_nothing_of_it_runs(house: House) -> None:
    for command in (["demo-data"], ["demo-code", "officer"]):
        result = house.prison.test_cli_runner().invoke(args=command)
        assert result.exit_code == 1
        assert "not a demo" in result.output
    assert set(counts(house).values()) == {0}

"""The officer's pages: who may open them, what they show, what a refusal looks like."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit, make_staff
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking, BookingVisitor, Claim
from visitation.kernel.identity import Role
from visitation.people.models import Visitor
from visitation.supervision import closing, commands, service
from visitation.supervision.models import DeskChange, LiveSession, SessionTask
from visitation.uploads import service as uploads

MAY_NOT = [Role.WARD_OFFICER, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.BUREAU, Role.OPERATOR]


@pytest.fixture
def visit(house: House) -> LiveVisit:
    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now)
        made = make_live_visit(session, house.now, children=1)
        picture = io.BytesIO()
        Image.new("RGB", (480, 600), (90, 120, 140)).save(picture, "JPEG")
        photo = uploads.stage(session, "k", None, "face", "face.jpg", picture.getvalue(), house.now)
        session.get_one(Visitor, made.family.visitor.id).photo_id = photo.id
        return made

    return house.write(make)


@pytest.fixture
def officer(house: House, visit: LiveVisit) -> Browser:
    made = browser(house, "prison", visit.officer)
    made.speak("en")
    return made


def staff(house: House, visit: LiveVisit, *roles: Role, elsewhere: bool = False) -> Browser:
    def make(session: Session) -> Account:
        prison = make_live_visit(session, house.now + timedelta(days=2)).prison if elsewhere else visit.prison
        return make_staff(session, roles, prison)

    made = browser(house, "prison", house.write(make))
    made.speak("en")
    return made


def opened(house: House, visit: LiveVisit) -> LiveSession:
    return house.write(lambda s: service.open_session(s, s.get_one(Booking, visit.booking.id), house.now))


def ended(house: House, visit: LiveVisit) -> LiveSession:
    live = opened(house, visit)
    house.write(lambda s: closing.close(s, s.get_one(LiveSession, live.id), "completed", "TIME_UP", house.now, house.now))
    return live


PAGES = ["/visits/{ref}/check-in", "/visits/{ref}/console", "/visits/{ref}/state.json", "/visits/{ref}/people/{visitor}/face"]


def path_of(page: str, visit: LiveVisit) -> str:
    return page.format(ref=visit.booking.ref, visitor=visit.family.visitor.id)


# -- doors


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", [*MAY_NOT, Role.AUDITOR])
def test_other_roles_do_not_come_in(house: House, visit: LiveVisit, page: str, role: Role) -> None:
    assert staff(house, visit, role).get(path_of(page, visit)).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_of_another_prison_finds_nothing(house: House, visit: LiveVisit, page: str) -> None:
    assert staff(house, visit, Role.OFFICER, Role.DUTY_CHIEF, elsewhere=True).get(path_of(page, visit)).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_the_right_officers_come_in(house: House, visit: LiveVisit, page: str) -> None:
    for role in (Role.OFFICER, Role.DUTY_CHIEF):
        assert staff(house, visit, role).get(path_of(page, visit)).status_code == 200, role


def test_nobody_signed_in_comes_in(house: House, visit: LiveVisit) -> None:
    stranger = browser(house, "prison")
    for page in ("/", "/recordings", *(path_of(page, visit) for page in PAGES)):
        answer = stranger.get(page, follow=False)
        assert answer.status_code in (302, 401), page


@pytest.mark.parametrize(("roles", "status"), [((Role.OFFICER,), 200), ((Role.DUTY_CHIEF,), 200), ((Role.AUDITOR,), 200), ((Role.WARD_OFFICER,), 403)])
def test_who_reads_recordings(house: House, visit: LiveVisit, roles: tuple[Role, ...], status: int) -> None:
    ended(house, visit)
    reader = staff(house, visit, *roles)
    assert reader.get("/recordings").status_code == status
    assert reader.get(f"/recordings/{visit.booking.ref}").status_code == status


def test_the_record_of_another_prison_is_not_there(house: House, visit: LiveVisit) -> None:
    ended(house, visit)
    assert staff(house, visit, Role.AUDITOR, elsewhere=True).get(f"/recordings/{visit.booking.ref}").status_code == 404


# -- desk


def test_the_desk_shows_what_is_to_be_done_now(house: House, visit: LiveVisit, officer: Browser) -> None:
    page = officer.get("/")
    assert page.status_code == 200
    assert f"/visits/{visit.booking.ref}/check-in" in page.text
    assert "Check-in open" in page.text
    live = opened(house, visit)

    def run(session: Session) -> None:
        row = session.get_one(LiveSession, live.id)
        row.stage, row.gate_open = "live", True
        session.add(SessionTask(session_id=live.id, key="k", kind="TERMINAL_LOST", severity="high", since=house.now))

    house.write(run)
    page = officer.get("/desk/board")
    assert "The terminal has lost its connection" in page.text
    assert page.text.index("The terminal has lost") < page.text.index("Check in and supervise now"), "what burns comes first"
    assert f"/visits/{visit.booking.ref}/console" in page.text
    assert "<html" not in page.text


def test_an_auditor_sees_the_desk_without_hands(house: House, visit: LiveVisit) -> None:
    page = staff(house, visit, Role.AUDITOR).get("/")
    assert page.status_code == 200
    assert visit.inmate.name in page.text
    assert "/check-in" not in page.text


@pytest.mark.parametrize("role", MAY_NOT)
def test_other_roles_see_no_visits_on_their_desk(house: House, visit: LiveVisit, role: Role) -> None:
    page = staff(house, visit, role).get("/")
    assert page.status_code == 200
    assert visit.inmate.name not in page.text
    assert visit.booking.ref not in page.text


def test_the_desk_of_another_prison_is_empty(house: House, visit: LiveVisit) -> None:
    assert visit.booking.ref not in staff(house, visit, Role.OFFICER, elsewhere=True).get("/").text


def test_the_desk_counts_what_waits_elsewhere(house: House, visit: LiveVisit) -> None:
    def claim(session: Session) -> None:
        made = make_live_visit(session, house.now + timedelta(days=4))
        row = session.get_one(BookingVisitor, (made.booking.id, made.family.visitor.id)).kinship
        row.state, row.prison_id, row.due_at = "submitted", visit.prison.id, house.now - timedelta(hours=1)

    house.write(claim)
    page = staff(house, visit, Role.OFFICER, Role.DUTY_CHIEF).get("/")
    assert "kinship claims to decide" in page.text
    assert "overdue" in page.text


def test_the_stream_tells_changes_by_number(house: House, visit: LiveVisit, officer: Browser) -> None:
    house.write(lambda s: commands.changed(s, visit.prison.id, "session", house.now, "AAAA"))
    after = house.read(lambda s: s.scalar(select(func.max(DeskChange.id))))
    house.write(lambda s: commands.changed(s, visit.prison.id, "task", house.now, "BBBB"))
    house.write(lambda s: commands.changed(s, make_live_visit(s, house.now + timedelta(days=3)).prison.id, "task", house.now, "CCCC"))
    answer = officer.client.get("/desk/stream", base_url=officer.origin, headers={"Last-Event-ID": str(after)}, buffered=False)
    assert answer.mimetype == "text/event-stream"
    chunks = [next(answer.response).decode(), next(answer.response).decode()]
    answer.close()
    assert chunks[0] == "retry: 1000\n\n"
    assert chunks[1].startswith(f"id: {after + 1}\nevent: change\n")
    assert json.loads(chunks[1].split("data: ")[1]) == {"kind": "task", "ref": "BBBB"}


def test_the_stream_is_for_who_keeps_a_live_page(house: House, visit: LiveVisit) -> None:
    """Supervisors, and the wards with their movement list."""
    assert staff(house, visit, Role.ADMINISTRATOR).get("/desk/stream").status_code == 403


# -- check-in


def test_after_the_check_in_only_who_came_late_can_be_ticked(house: House, officer: Browser, visit: LiveVisit) -> None:
    def close(session: Session) -> list[int]:
        party = session.get_one(Booking, visit.booking.id).party
        party[0].identity, party[1].identity = "confirmed", "absent"
        row = session.scalars(select(LiveSession)).one()
        row.checked_in_at, row.stage = house.now, "paused"
        return [person.visitor_id for person in party]

    opened(house, visit)
    lead, late = house.write(close)
    page = officer.get(f"/visits/{visit.booking.ref}/check-in")
    assert "whoever came late is checked alone" in page.text
    assert f"/check-in/{late}" in page.text
    assert f"/check-in/{lead}" not in page.text
    assert "Not here today" not in page.text
    assert f'data-late="{late}"' in page.text
    officer.submit({"verdict": "confirmed", "leg": f"visitor:{lead}"}, form=f"/check-in/{late}")
    assert house.read(lambda s: s.get_one(BookingVisitor, (visit.booking.id, late)).identity) == "confirmed"
    assert f"/check-in/{late}" not in officer.page.text


def test_the_check_in_shows_photo_number_and_relation(house: House, visit: LiveVisit, officer: Browser) -> None:
    page = officer.get(f"/visits/{visit.booking.ref}/check-in")
    number = house.read(lambda s: s.get_one(Visitor, visit.family.visitor.id).document_number)
    for wanted in (number, "Brother or sister", f"/people/{visit.family.visitor.id}/face", "No photo registered", "Lead visitor"):
        assert wanted in page.text, wanted
    sights = house.read(lambda s: [row.subject_type for row in s.scalars(select(AuditEntry).where(AuditEntry.act == "sight"))])
    assert sights.count("visitor") == 2
    photo = officer.get(f"/visits/{visit.booking.ref}/people/{visit.family.visitor.id}/face")
    assert photo.mimetype == "image/jpeg"
    assert photo.headers["Cache-Control"] == "no-store"
    assert house.read(lambda s: s.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.subject_type == "visitor_face"))) == 1


def test_a_photo_of_somebody_else_is_not_there(house: House, visit: LiveVisit, officer: Browser) -> None:
    other = house.write(lambda s: make_live_visit(s, house.now + timedelta(days=2)).family.visitor.id)
    assert officer.get(f"/visits/{visit.booking.ref}/people/{other}/face").status_code == 404
    assert officer.get(f"/visits/{visit.booking.ref}/people/{visit.family.visitor.id}/mobile").status_code == 404
    assert officer.get(f"/visits/{visit.booking.ref}/people/{visit.family.visitor.id}/document").status_code == 404


def verdict(officer: Browser, visit: LiveVisit, visitor_id: int, value: str, **more: str) -> Any:
    officer.get(f"/visits/{visit.booking.ref}/check-in")
    return officer.submit({"verdict": value, **more}, form=f"/check-in/{visitor_id}")


def test_the_party_is_ticked_and_the_console_opens(house: House, visit: LiveVisit, officer: Browser) -> None:
    lead = visit.family.visitor.id
    child = house.read(lambda s: s.get_one(Booking, visit.booking.id).party[1].visitor_id)
    assert "Identity confirmed" in verdict(officer, visit, lead, "confirmed").text
    page = officer.post(f"/visits/{visit.booking.ref}/check-in/finish")
    assert page.status_code == 422
    assert "Decide about every person first" in page.text
    verdict(officer, visit, child, "absent")
    officer.get(f"/visits/{visit.booking.ref}/check-in")
    page = officer.submit(form="/check-in/finish")
    assert page.request.path.endswith("/console")
    live = house.read(lambda s: s.scalars(select(LiveSession)).one())
    assert (live.stage, live.checked_in_by) == ("waiting", visit.officer.id)
    acts = house.read(lambda s: set(s.scalars(select(AuditEntry.act))))
    assert {"visit.identity_confirmed", "visit.identity_absent", "visit.checked_in"} <= acts


def test_a_refusal_needs_its_reason_and_keeps_the_page(house: House, visit: LiveVisit, officer: Browser) -> None:
    page = verdict(officer, visit, visit.family.visitor.id, "failed")
    assert page.status_code == 422
    assert "Please choose the reason." in page.text
    page = verdict(officer, visit, visit.family.visitor.id, "nonsense")
    assert house.read(lambda s: s.get_one(BookingVisitor, (visit.booking.id, visit.family.visitor.id)).identity) == "unchecked"
    page = verdict(officer, visit, visit.family.visitor.id, "failed", reason="face_differs")
    assert "The visit is over" in page.text, "a failed lead refuses the visit"
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome) == "failed_identity"


def test_a_visit_nobody_came_to_is_closed(house: House, visit: LiveVisit, officer: Browser) -> None:
    officer.get(f"/visits/{visit.booking.ref}/check-in")
    page = officer.submit({"outcome": "no_show_visitor", "note": "waited"}, form="/not-held")
    assert "How the visit went" in page.text
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome) == "no_show_visitor"


# -- console


def test_a_token_is_json_and_needs_the_forgery_token(house: House, visit: LiveVisit, officer: Browser) -> None:
    officer.get(f"/visits/{visit.booking.ref}/console")
    address, headers = f"/visits/{visit.booking.ref}/token", {"Origin": officer.origin, "Accept": "application/json"}
    bare = officer.client.post(address, json={"purpose": "supervise"}, base_url=officer.origin, headers=headers)
    assert bare.status_code == 400
    headers["X-CSRFToken"] = officer.csrf()
    grant = officer.client.post(address, json={"purpose": "supervise"}, base_url=officer.origin, headers=headers)
    assert grant.status_code == 200
    assert grant.json is not None
    assert set(grant.json) == {"token", "url", "sid", "stage", "pid"}
    assert officer.client.post(address, json={"purpose": "session"}, base_url=officer.origin, headers=headers).status_code == 400
    house.clock.advance(timedelta(seconds=10))
    refused = officer.client.post(address, json={"purpose": "supervise"}, base_url=officer.origin, headers=headers)
    assert refused.status_code == 503, "passing: the page asks again by itself"
    assert refused.json is not None
    assert refused.json["codes"] == ["NO_BROKER"]


def test_another_prison_gets_no_token(house: House, visit: LiveVisit) -> None:
    far = staff(house, visit, Role.OFFICER, elsewhere=True)
    far.get("/")
    headers = {"Origin": far.origin, "Accept": "application/json", "X-CSRFToken": far.csrf()}
    assert far.client.post(f"/visits/{visit.booking.ref}/token", json={"purpose": "supervise"}, base_url=far.origin, headers=headers).status_code == 404


def test_the_console_extends_and_a_taken_time_is_a_409(house: House, visit: LiveVisit, officer: Browser) -> None:
    live = opened(house, visit)
    officer.get(f"/visits/{visit.booking.ref}/console")
    page = officer.submit({"minutes": "5"}, form="/extend")
    assert page.status_code == 422
    assert "is not running" in page.text
    assert 'id="extend-part"' in page.text, "the console stays, with the reason in its place"
    house.write(lambda s: setattr(s.get_one(LiveSession, live.id), "stage", "live"))
    officer.get(f"/visits/{visit.booking.ref}/console")
    assert "5 more minutes" in officer.submit({"minutes": "5"}, form="/extend").text
    officer.get(f"/visits/{visit.booking.ref}/console")
    officer.submit({"minutes": "7"}, form="/extend")
    assert house.read(lambda s: s.get_one(LiveSession, live.id).facts["minutes"]) == 35

    def occupy(session: Session) -> None:
        other = make_live_visit(session, house.now + timedelta(days=3)).booking
        tick = int(session.get_one(Booking, visit.booking.id).ends_at.timestamp()) // 300
        session.add(Claim(resource=f"inmate:{visit.inmate.id}", tick=tick, booking_id=other.id))

    house.write(occupy)
    officer.get(f"/visits/{visit.booking.ref}/console")
    page = officer.submit({"minutes": "5"}, form="/extend")
    assert page.status_code == 409
    assert "Somebody else needs the terminal" in page.text


def test_the_outcome_is_written_after_the_end(house: House, visit: LiveVisit, officer: Browser) -> None:
    assert officer.get(f"/visits/{visit.booking.ref}/state.json").json == {"stage": "scheduled", "ended": False}
    ended(house, visit)
    assert officer.get(f"/visits/{visit.booking.ref}/state.json").json == {"stage": "ended", "ended": True}
    page = officer.get(f"/visits/{visit.booking.ref}/console")
    assert "How the visit went" in page.text
    officer.submit({"outcome": "technical", "note": "line down", "inmate_note": "call again", "concern": "y"})
    note, concern = house.read(lambda s: (s.scalars(select(LiveSession)).one().officer_note, s.scalars(select(LiveSession)).one().concern))
    assert (house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome), note, concern) == ("technical", "line down", True)
    officer.get(f"/visits/{visit.booking.ref}/console")
    page = officer.submit({"outcome": "nonsense", "note": "kept " * 4})
    assert "kept kept" in page.text, "nothing typed is lost"
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome) == "technical"


def test_a_silent_console_is_a_task(house: House, visit: LiveVisit, officer: Browser) -> None:
    opened(house, visit)
    officer.get(f"/visits/{visit.booking.ref}/console")
    officer.post(f"/visits/{visit.booking.ref}/attention", {"present": "no"})
    assert "does not answer" in officer.get("/").text
    officer.get(f"/visits/{visit.booking.ref}/console")
    officer.post(f"/visits/{visit.booking.ref}/attention", {"present": "yes"})
    assert "does not answer" not in officer.get("/").text

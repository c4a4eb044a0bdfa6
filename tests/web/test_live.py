"""The live pages' doors and writes: rooms, tests, tickets, the terminal."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import factories
from tests.conftest import House
from tests.settings import PRISON_ORIGIN
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Device
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking, BookingVisitor
from visitation.kernel.ids import digest
from visitation.live.models import EquipmentTest
from visitation.live.queries import last_test, last_tests
from visitation.signalling.tokens import Purpose, Role, Zone, audience, verify
from visitation.supervision.models import Broker, LiveSession
from visitation.timetable.models import Terminal
from visitation.web.sentences_js import msgids

FIGURES = {"camera": "ok", "microphone": "ok", "level": 0.5, "heard": True, "connected": True, "seconds": 8, "rtt": 30, "loss": 0, "freeze": 0, "fps": 24}


class Scene:
    """A confirmed visit that begins in ten minutes, its family, terminal and a broker that answers."""

    def __init__(self, house: House, **changes: Any) -> None:
        self.house = house
        house.write(lambda session: self._make(session, changes))
        self.family = browser(house, "family", self.account)

    def _make(self, session: Any, changes: dict[str, Any]) -> None:
        now = self.house.now
        prison = factories.make_prison(session)
        inmate = factories.make_inmate(session, factories.make_ward(session, prison), name="张三丰", number="65000789")
        family = factories.make_family(session)
        terminal, other = factories.make_terminal(session, prison), factories.make_terminal(session, prison)
        officer = factories.make_staff(session, prison=prison)
        starts = now + timedelta(minutes=10)
        values = {"kind": "family_visit", "state": "confirmed", "starts_at": starts, "ends_at": starts + timedelta(minutes=30), "terms": {"ready_minutes": 30}}
        booking = Booking(
            prison_id=prison.id, inmate_id=inmate.id, terminal_id=terminal.id, account_id=family.account.id, turnaround=10, created_at=now, **values | changes
        )
        kinship = factories.make_kinship(session, family.visitor, inmate)
        booking.party = [BookingVisitor(visitor_id=family.visitor.id, kinship_id=kinship.id, place=0)]
        session.add(booking)
        for key, place in (("right", terminal), ("wrong", other)):
            session.add(Device(terminal_id=place.id, key_digest=digest(key), paired_at=now, paired_by=officer.id, seen_at=now))
        urls = {"outside_url": "ws://localhost:8002", "inside_url": "ws://localhost:8003", "control_url": "http://127.0.0.1:8003"}
        session.add(Broker(id="b1", boot="boot", beat_at=now, **urls))
        session.flush()
        self.account, self.officer, self.terminal_id, self.other_id = family.account, officer, terminal.id, other.id
        self.ref, self.booking_id, self.visitor_id = booking.ref, booking.id, family.visitor.id

    def terminal(self, key: str = "right") -> Browser:
        made = browser(self.house, "prison")
        made.client.set_cookie("__Host-device", key, domain="localhost", secure=True)
        return made

    def live(self, stage: str, **values: Any) -> None:
        self.house.write(
            lambda session: session.add(LiveSession(sid=f"v{stage}", booking_id=self.booking_id, stage=stage, facts={}, opened_at=self.house.now, **values))
        )


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


def post(who: Browser, path: str, body: Any, page: str = "") -> Any:
    """A JSON POST with the page's own forgery token, as a script sends it."""
    if page:
        who.get(page)
    token = who.page.text.partition('data-csrf="')[2].partition('"')[0] if hasattr(who, "page") else ""
    headers = {"Origin": who.origin, "Accept": "application/json", "X-CSRFToken": token}
    return who.client.post(path, data=json.dumps(body), content_type="application/json", base_url=who.origin, headers=headers)


def verified(house: House, answer: Any, zone: Zone) -> Any:
    public = {
        Zone.FAMILY: _public(house.family.extensions["settings"].signing_key),
        Zone.PRISON: _public(house.prison.extensions["settings"].signing_key),
    }
    return verify(answer.json["token"], public, audience("b1", "boot"), zone, house.now).ticket


def _public(secret: Any) -> str:
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return base64.b64encode(Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.get_secret_value())).public_key().public_bytes_raw()).decode()


# -- the room


def test_the_room_says_who_sees_and_hears(scene: Scene) -> None:
    page = scene.family.get(f"/visits/{scene.ref}/room")
    assert page.status_code == 200
    assert "本次会见由民警全程监看、监听" in page.text
    assert "全程录音录像" in page.text
    assert "disabled" not in page.text.partition("data-join")[2].partition(">")[0]


def test_the_room_of_a_legal_consultation_says_that_nobody_hears(house: House) -> None:
    scene = Scene(house, kind="legal_consult", terms={"officer_hears": False, "officer_sees": True, "record": False})
    page = scene.family.get(f"/visits/{scene.ref}/room").text
    assert "但听不到声音" in page
    assert "不录音录像" in page


def test_before_it_opens_the_button_waits(scene: Scene) -> None:
    scene.house.clock.advance(timedelta(minutes=-21))
    page = scene.family.get(f"/visits/{scene.ref}/room").text
    assert "disabled" in page.partition("data-join ")[2].partition(">")[0]
    assert "11:40" in page  # 30 minutes before 12:10


def test_a_visit_that_is_not_confirmed_has_no_room(house: House) -> None:
    scene = Scene(house, state="requested")
    page = scene.family.get(f"/visits/{scene.ref}/room").text
    assert "尚未确认" in page
    assert "room.js" not in page


@pytest.mark.parametrize("outcome", ["completed", "technical"])
def test_after_the_end_the_room_says_what_follows(house: House, outcome: str) -> None:
    scene = Scene(house, state="ended", outcome=outcome)
    scene.live("ended", seconds_used=600)
    page = scene.family.get(f"/visits/{scene.ref}/room").text
    assert ("技术故障" in page) is (outcome == "technical")
    assert ("重新预约" in page) is (outcome == "technical")
    assert "10 分钟" in page


def test_a_ticket_for_the_room(scene: Scene) -> None:
    answer = post(scene.family, f"/visits/{scene.ref}/room/token", {}, f"/visits/{scene.ref}/room")
    assert answer.status_code == 200
    assert answer.json["url"] == "ws://localhost:8002/ws"
    ticket = verified(scene.house, answer, Zone.FAMILY)
    assert (ticket.role, ticket.pid, ticket.admitted) == (Role.VISITOR, f"visitor:{scene.visitor_id}", False)


def test_too_early_is_refused_with_its_reason(scene: Scene) -> None:
    scene.family.get(f"/visits/{scene.ref}/room")
    scene.house.clock.advance(timedelta(minutes=-25))
    answer = post(scene.family, f"/visits/{scene.ref}/room/token", {})
    assert answer.status_code == 422
    assert answer.json["codes"] == ["TOO_EARLY"]
    assert answer.json["reasons"]


def test_no_broker_is_refused_by_name(scene: Scene) -> None:
    scene.family.get(f"/visits/{scene.ref}/room")
    scene.house.clock.advance(timedelta(minutes=1))
    answer = post(scene.family, f"/visits/{scene.ref}/room/token", {})
    assert answer.json["codes"] == ["NO_BROKER"]  # static/js/live/token.js tries again by itself


# -- the equipment test


def test_a_test_is_judged_and_kept(scene: Scene) -> None:
    page = f"/visits/{scene.ref}/test"
    answer = post(scene.family, f"{page}/result", FIGURES, page)
    assert answer.json["verdict"] == "good"
    answer = post(scene.family, f"{page}/result", {**FIGURES, "loss": 0.2, "heard": None})
    assert answer.json["verdict"] == "bad"
    assert len(answer.json["causes"]) == 2

    def kept(session: Any) -> Any:
        last = last_test(session, scene.booking_id)
        return last, last_tests(session, [scene.booking_id, 999])

    last, several = scene.house.read(kept)
    assert (last.verdict, last.causes) == ("bad", ["LINE_LOSES_MUCH", "SOUND_NOT_TRIED"])
    assert list(several) == [scene.booking_id]
    assert several[scene.booking_id].verdict == "bad"
    assert scene.house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.act == "live.test")).all()) == ["live.test", "live.test"]
    assert "会见前需要先解决问题" in scene.family.get(page).text


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**FIGURES, "camera": "x"},
        {**FIGURES, "level": 2},
        {**FIGURES, "loss": -0.1},
        {**FIGURES, "rtt": 1e9},
        {**FIGURES, "seconds": "many"},
        {**FIGURES, "heard": "perhaps"},
    ],
)
def test_a_result_that_cannot_be_read_is_refused_and_not_kept(scene: Scene, body: Any) -> None:
    answer = post(scene.family, f"/visits/{scene.ref}/test/result", body, f"/visits/{scene.ref}/test")
    assert answer.status_code == 422
    assert answer.json["codes"] == ["TEST_UNREADABLE"]
    assert scene.house.read(lambda session: session.scalars(select(EquipmentTest)).all()) == []


def test_not_a_number_is_no_figure(scene: Scene) -> None:
    scene.family.get(f"/visits/{scene.ref}/test")
    answer = post(scene.family, f"/visits/{scene.ref}/test/result", {**FIGURES, "rtt": float("nan")})
    assert answer.status_code == 422


def test_a_ticket_for_the_test_reaches_nobody_else(scene: Scene) -> None:
    answer = post(scene.family, f"/visits/{scene.ref}/test/token", {}, f"/visits/{scene.ref}/test")
    ticket = verified(scene.house, answer, Zone.FAMILY)
    assert ticket.purpose is Purpose.TEST
    assert ticket.sid.startswith("test:")
    assert ticket.facts is None


# -- who may not

FAMILY_DOORS = [("get", "room"), ("get", "test"), ("post", "room/token"), ("post", "test/token"), ("post", "test/result")]


@pytest.mark.parametrize(("method", "path"), FAMILY_DOORS)
def test_another_family_finds_nothing(scene: Scene, method: str, path: str) -> None:
    stranger = browser(scene.house, "family", scene.house.write(lambda session: factories.make_family(session).account))
    url = f"/visits/{scene.ref}/{path}"
    stranger.get("/")
    answer = stranger.get(url) if method == "get" else stranger.post(url)
    assert answer.status_code == 404
    assert scene.house.read(lambda session: session.scalars(select(EquipmentTest)).all()) == []


@pytest.mark.parametrize(("method", "path"), FAMILY_DOORS)
def test_nobody_comes_in_without_signing_in(scene: Scene, method: str, path: str) -> None:
    nobody = browser(scene.house, "family")
    nobody.get("/sign-in")
    answer = getattr(nobody, method)(f"/visits/{scene.ref}/{path}", follow=False)
    assert answer.status_code == (302 if method == "get" else 401)


@pytest.mark.parametrize("path", ["room/token", "test/token", "test/result"])
def test_a_post_needs_the_page_s_own_token(scene: Scene, path: str) -> None:
    scene.family.get(f"/visits/{scene.ref}/room")
    headers = {"Origin": scene.family.origin, "Accept": "application/json"}
    url = f"/visits/{scene.ref}/{path}"
    assert scene.family.client.post(url, json=FIGURES, base_url=scene.family.origin, headers=headers).status_code == 400
    elsewhere = {**headers, "Origin": "http://localhost:8001"}
    assert scene.family.client.post(url, json=FIGURES, base_url=scene.family.origin, headers=elsewhere).status_code == 403


def test_the_prison_application_has_no_family_room(scene: Scene) -> None:
    assert browser(scene.house, "prison", scene.officer).get(f"/visits/{scene.ref}/test").status_code == 404


# -- the terminal


def test_an_unpaired_screen_goes_to_its_pairing_page(scene: Scene) -> None:
    answer = browser(scene.house, "prison").get("/kiosk", follow=False)
    assert (answer.status_code, answer.location) == (302, "/pair")


def test_an_officer_is_no_terminal(scene: Scene) -> None:
    officer = browser(scene.house, "prison", scene.officer)
    assert officer.get("/kiosk", follow=False).location == "/pair"
    assert officer.get("/kiosk/state.json").status_code == 403
    officer.get("/")
    assert officer.post("/kiosk/alive").status_code == 403
    assert officer.post("/kiosk/token").status_code == 403


def test_a_device_without_a_living_key_is_nobody(scene: Scene) -> None:
    stranger = scene.terminal("guessed")
    headers = {"Sec-Fetch-Dest": "empty"}
    assert stranger.client.get("/kiosk/state.json", base_url=PRISON_ORIGIN, headers=headers).status_code == 401


def test_the_terminal_shows_who_is_next_and_no_more(scene: Scene) -> None:
    terminal = scene.terminal()
    page = terminal.get("/kiosk").text
    state = terminal.get("/kiosk/state.json")
    assert state.json["turn"]["name"] == "张*"
    assert state.json["turn"]["number"] == "789"
    assert state.json["turn"]["starts"] == "12:10"
    assert state.json["turn"]["join"] is False
    assert "三丰" not in page + state.text
    assert "65000789" not in page + state.text


def test_another_terminal_knows_nothing_of_it(scene: Scene) -> None:
    assert scene.terminal("wrong").get("/kiosk/state.json").json["turn"] is None


@pytest.mark.parametrize("stage", ["waiting", "live", "paused"])
def test_after_the_check_in_the_terminal_comes_in(scene: Scene, stage: str) -> None:
    scene.live(stage)
    scene.house.clock.advance(timedelta(minutes=55))  # a visit that began late outlives its booked end
    assert scene.terminal().get("/kiosk/state.json").json["turn"]["join"] is True


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"state": "requested"}, {"state": "held"}])
def test_what_is_not_confirmed_is_not_shown(house: House, change: dict[str, str]) -> None:
    assert Scene(house, **change).terminal().get("/kiosk/state.json").json["turn"] is None


def test_a_ticket_for_the_terminal(scene: Scene) -> None:
    terminal = scene.terminal()
    answer = post(terminal, "/kiosk/token", {"ref": scene.ref}, "/kiosk")
    assert answer.json["url"] == "ws://localhost:8003/ws"
    assert verified(scene.house, answer, Zone.PRISON).pid == f"terminal:{scene.terminal_id}"


@pytest.mark.parametrize("body", [{}, {"ref": "NOSUCH22"}, [], "x", {"ref": None}])
def test_a_ticket_for_nothing_is_refused(scene: Scene, body: Any) -> None:
    assert post(scene.terminal(), "/kiosk/token", body, "/kiosk").status_code == 404


def test_a_terminal_gets_no_ticket_for_another_one_s_visit(scene: Scene) -> None:
    assert post(scene.terminal("wrong"), "/kiosk/token", {"ref": scene.ref}, "/kiosk").status_code == 404


def test_the_heartbeat_is_kept_at_most_once_a_minute(scene: Scene) -> None:
    terminal = scene.terminal()

    def seen() -> Any:
        return scene.house.read(lambda session: session.get(Terminal, scene.terminal_id, populate_existing=True).seen_at)

    first = scene.house.now
    assert post(terminal, "/kiosk/alive", {}, "/kiosk").status_code == 200
    assert seen() == first
    scene.house.clock.advance(timedelta(seconds=59))
    post(terminal, "/kiosk/alive", {})
    assert seen() == first
    scene.house.clock.advance(timedelta(seconds=1))
    post(terminal, "/kiosk/alive", {})
    assert seen() == scene.house.now


# -- the sentences of scripts


@pytest.mark.parametrize("zone", ["family", "prison"])
def test_the_scripts_get_their_sentences_in_the_reader_s_language(house: House, zone: str) -> None:
    visitor = browser(house, zone)
    chinese = visitor.get("/i18n/sentences.js")
    assert chinese.mimetype == "text/javascript"
    table = json.loads(chinese.text.removeprefix("export default ").rstrip(";\n"))
    assert set(table) == set(msgids())
    assert table["It is your turn"] == "轮到您了"
    visitor.speak("en")
    english = visitor.get("/i18n/sentences.js")
    assert "轮到您了" not in english.text
    again = visitor.client.get("/i18n/sentences.js", base_url=visitor.origin, headers={"If-None-Match": english.headers["ETag"]})
    assert again.status_code == 304
    other = visitor.client.get("/i18n/sentences.js", base_url=visitor.origin, headers={"If-None-Match": chinese.headers["ETag"]})
    assert other.status_code == 200

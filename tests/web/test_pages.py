"""What every page has, and what goes wrong politely."""

import re

import pytest

from tests import factories
from tests.conftest import House
from tests.settings import FAMILY_ORIGIN, PRISON_ORIGIN
from tests.web.browsing import Browser, browser
from visitation.kernel.identity import Identity, Role, Zone
from visitation.web.door import Door
from visitation.web.navigation import Entry, Group, current, entries_for

ZONES = [("family", FAMILY_ORIGIN), ("prison", PRISON_ORIGIN)]


def test_healthz_answers_in_both_zones(house: House) -> None:
    for app in (house.family, house.prison):
        assert app.test_client().get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize(("zone", "_origin"), ZONES)
def test_a_missing_page_is_a_page(house: House, zone: str, _origin: str) -> None:
    answer = browser(house, zone).get("/nothing-here")
    assert answer.status_code == 404
    assert "<h1>没有这个页面</h1>" in answer.text
    assert 'href="#content"' in answer.text
    assert 'name="viewport"' in answer.text


def test_a_script_gets_the_refusal_as_json(house: House) -> None:
    answer = house.family.test_client().get("/nothing-here", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert answer.json["error"] == "没有这个页面"


@pytest.mark.parametrize(("zone", "_origin"), ZONES)
def test_the_language_is_switched_and_the_reader_comes_back(house: House, zone: str, _origin: str) -> None:
    reader = browser(house, zone)
    assert '<html lang="zh-CN">' in reader.get("/nothing-here?a=1").text
    answer = reader.submit({"language": "en"}, form="/language", follow=False)
    assert answer.headers["Location"] == "/nothing-here?a=1"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-{zone}-lang=en;")
    assert "Secure" in cookie
    page = reader.get("/nothing-here").text
    assert '<html lang="en">' in page
    assert "There is no such page" in page
    assert ">中文</button>" in page


@pytest.mark.parametrize(("zone", "_origin"), ZONES)
def test_large_type_is_switched_on_and_off(house: House, zone: str, _origin: str) -> None:
    reader = browser(house, zone)
    assert 'aria-pressed="false"' in reader.get("/nothing-here").text
    reader.submit({"type": "large"}, form="/type", follow=False)
    page = reader.get("/nothing-here").text
    assert 'class="large-type"' in page
    assert 'aria-pressed="true"' in page
    reader.submit({"type": "normal"}, form="/type", follow=False)
    assert "large-type" not in reader.get("/nothing-here").text


def test_the_switches_need_the_token_and_the_origin(house: House) -> None:
    reader = browser(house)
    reader.get("/help")
    token = reader.csrf()
    client = reader.client
    without = client.post("/language", base_url=FAMILY_ORIGIN, data={"language": "en"}, headers={"Origin": FAMILY_ORIGIN})
    assert without.status_code == 400
    elsewhere = client.post("/language", base_url=FAMILY_ORIGIN, data={"language": "en", "csrf_token": token}, headers={"Origin": PRISON_ORIGIN})
    assert elsewhere.status_code == 403
    assert "Set-Cookie" not in elsewhere.headers or "lang" not in elsewhere.headers["Set-Cookie"]


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "", "javascript:alert(1)"])
def test_the_switches_never_lead_elsewhere(house: House, target: str) -> None:
    reader = browser(house)
    reader.get("/help")
    answer = reader.post("/language", {"language": "en", "next": target}, follow=False)
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_not_remembered(house: House) -> None:
    reader = browser(house)
    reader.get("/help")
    answer = reader.post("/language", {"language": "xx", "next": "/help"}, follow=False)
    assert answer.headers["Location"] == "/help"
    assert "lang=" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_help_is_open_and_has_its_pictures(house: House, language: str) -> None:
    reader = browser(house)
    reader.speak(language)
    page = reader.get("/help").text
    for picture in re.findall(r'<img src="([^"]+browser-[^"]+)"', page):
        assert reader.client.get(picture).status_code == 200
    assert page.count("/static/img/browser-") == 6  # the notice, hidden while there is a camera, and the page's own
    assert "data-browser-notice hidden" in page


def telephones(reader: Browser) -> list[str]:
    """The numbers of the page's footer, as dialled."""
    foot = reader.get("/help").text.split('class="sitefoot"')[1]
    return re.findall(r'href="(tel:[^"]+)"', foot)


def test_a_stranger_reads_every_prisons_number(house: House) -> None:
    house.write(lambda session: [factories.make_prison(session, phone=number).id for number in ("0991-5550100", "0996-5550200")])
    assert sorted(telephones(browser(house))) == ["tel:09915550100", "tel:09965550200"]


def test_a_closed_prison_is_not_offered(house: House) -> None:
    house.write(lambda session: factories.make_prison(session, phone="0991-1", closed_at=house.now).id)
    assert telephones(browser(house)) == []


def test_a_family_reads_the_number_of_the_prison_it_named(house: House) -> None:
    def two_prisons(session):  # type: ignore[no-untyped-def]
        mine, other = factories.make_prison(session, phone="0991-5550100", name="青山监狱"), factories.make_prison(session, phone="0996-5550200")
        family = factories.make_family(session)
        factories.make_kinship(session, family.visitor, factories.make_inmate(session, factories.make_ward(session, mine)), approved=False)
        factories.make_ward(session, other)
        return family.account

    reader = browser(house, account=house.write(two_prisons))
    assert telephones(reader) == ["tel:09915550100"]
    assert 'class="tool tool-call" href="tel:09915550100"' in reader.page.text
    assert "青山监狱" in reader.page.text


def test_a_claim_for_a_person_looked_after_counts_too(house: House) -> None:
    def named_for_a_child(session):  # type: ignore[no-untyped-def]
        mine = factories.make_prison(session, phone="0991-5550100")
        factories.make_prison(session, phone="0996-5550200")
        family = factories.make_family(session)
        child = factories.make_companion(session, family)
        factories.make_kinship(session, child, factories.make_inmate(session, factories.make_ward(session, mine)))
        return family.account

    assert telephones(browser(house, account=house.write(named_for_a_child))) == ["tel:09915550100"]


def test_staff_read_whose_prison_they_are_in(house: House) -> None:
    def officer(session):  # type: ignore[no-untyped-def]
        prison = factories.make_prison(session, name="青山监狱")
        factories.make_prison(session, name="白水监狱")
        return factories.make_staff(session, [Role.OFFICER, Role.AUDITOR], prison, name="周明")

    page = browser(house, "prison", house.write(officer)).get("/nothing-here").text
    assert "青山监狱" in page
    assert "白水监狱" not in page
    assert "周明" in page
    assert "监督民警" in page


def test_the_page_that_says_something_broke_does_not_break(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def down(*_arguments: object) -> None:
        raise OperationalError("select", {}, Exception("down"))

    monkeypatch.setitem(house.family.extensions, "places", down)
    answer = browser(house).get("/help")
    assert answer.status_code == 200
    assert "tel:" not in answer.text


def test_no_page_carries_inline_script_or_style(house: House) -> None:
    for zone, _origin in ZONES:
        page = browser(house, zone).get("/nothing-here").text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def who(*roles: Role, zone: Zone = Zone.PRISON) -> Identity:
    return Identity(1, frozenset(roles), "周明", zone)


def a_door(*roles: Role) -> Door:
    return Door(frozenset(roles), None, None)


GROUPS = (
    Group("one", (Entry("desk.index", "Desk", "inboxes", ("desk",)), Entry("gone.index", "Gone", "x"))),
    Group("two", (Entry("staff.index", "Staff", "people", ("staff",)), Entry("own.index", "Own", "person", roles=frozenset({Role.AUDITOR})))),
)
DOORS = {"desk.index": a_door(Role.OFFICER, Role.DUTY_CHIEF), "staff.index": a_door(Role.ADMINISTRATOR), "own.index": a_door()}


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        ([Role.OFFICER], ["desk.index"]),
        ([Role.ADMINISTRATOR], ["staff.index"]),
        ([Role.OFFICER, Role.ADMINISTRATOR], ["desk.index", "staff.index"]),
        ([Role.AUDITOR], ["own.index"]),
        ([Role.WARD_OFFICER], []),
    ],
)
def test_a_menu_shows_what_the_doors_allow(roles: list[Role], seen: list[str]) -> None:
    groups = entries_for(GROUPS, DOORS, who(*roles))
    assert [entry.endpoint for group in groups for entry in group.entries] == seen
    assert all(group.entries for group in groups)


def test_nobody_signed_in_sees_no_menu() -> None:
    assert entries_for(GROUPS, DOORS, None) == []


@pytest.mark.parametrize(
    ("endpoint", "expected"), [("desk.index", "desk.index"), ("desk.show", "desk.index"), ("staff.create", "staff.index"), ("other.x", None)]
)
def test_the_menu_knows_where_one_is(endpoint: str, expected: str | None) -> None:
    here = current(GROUPS, endpoint)
    assert (here.endpoint if here else None) == expected


def test_a_page_in_the_list_beats_a_page_of_the_same_room() -> None:
    groups = [Group("one", (Entry("visits.index", "Visits", "x", ("visits",)), Entry("visits.new", "New", "x")))]
    here = current(groups, "visits.new")
    assert here is not None
    assert here.endpoint == "visits.new"

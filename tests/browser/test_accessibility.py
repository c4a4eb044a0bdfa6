"""Every page without arguments, in a real browser: nothing that axe finds (WCAG 2.2 A and AA), nothing wider than a small phone, targets big enough."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import factories
from tests.browser.browsers import DESK, PHONE, Cast, Person, cast
from tests.browser.served import Served, plain_pages, served
from tests.conftest import House
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Role

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
KEEPERS = [Role.ADMINISTRATOR, Role.DUTY_CHIEF, Role.OFFICER, Role.WARD_OFFICER, Role.LEGAL_OFFICE]
SMALL_TARGETS = """() => [...document.querySelectorAll('a.btn, button, .tool, .mainnav a, .telephone, .slot, .day, .choice > label, select, input')]
    .filter((one) => one.offsetParent && !['checkbox', 'radio', 'hidden'].includes(one.type))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
    .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""

PRESS_TWICE = """async () => {
    const button = document.querySelector('.tool[name=type]');
    button.click();
    await new Promise((done) => setTimeout(done, 100));
    button.click();
    return {busy: button.getAttribute('aria-busy'), words: button.innerText};
}"""


@pytest.fixture
def place(house: House) -> Iterator[Served]:
    with served(house) as made:
        yield made


@pytest.fixture
def people() -> Iterator[Cast]:
    with cast() as made:
        yield made


def family(session: Any) -> Account:
    """A family with an approved relative, one still under review, and a child."""
    prison = factories.make_prison(session, name="青山监狱")
    ward = factories.make_ward(session, prison)
    made = factories.make_family(session, name="阿依古丽·买买提")
    factories.make_companion(session, made)
    factories.make_kinship(session, made.visitor, factories.make_inmate(session, ward))
    factories.make_kinship(session, made.visitor, factories.make_inmate(session, ward), approved=False)
    return made.account


def staff(*roles: Role) -> Any:
    def make(session: Any) -> Account:
        prison = factories.make_prison(session, name="青山监狱")
        ward = factories.make_ward(session, prison)
        visitor = factories.make_family(session).visitor
        factories.make_kinship(session, visitor, factories.make_inmate(session, ward), approved=False)
        factories.make_terminal(session, prison)
        return factories.make_staff(session, roles, None if Role.BUREAU in roles else prison, name="周明", wards=[ward])

    return make


CASES = [
    ("family", None, PHONE),
    ("family", family, PHONE),
    ("prison", None, DESK),
    ("prison", staff(*KEEPERS), DESK),
    ("prison", staff(Role.AUDITOR), DESK),
]
NAMES = ["stranger", "family", "staff-stranger", "staff", "auditor"]


def pages_of(place: Served, zone: str, account: Account | None) -> list[str]:
    app = place.house.family if zone == "family" else place.house.prison

    def identity(session: Any) -> Any:
        return identity_of(session.get(Account, account.id), zone) if account else None

    return plain_pages(app, place.house.read(identity))


def faults_of(page: Page, url: str) -> list[str]:
    """What axe objects to on a page; an answer that is no page has none."""
    answer = page.goto(url)
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    assert answer.status < 500, f"{url}: {answer.status}"
    if "<!doctype html>" not in answer.text():  # a piece that a script puts into a page
        return []
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{page.url}: {one['id']}: {node['html'][:120]} ({'; '.join(check['message'] for check in node['any'][:1])})" for one in found for node in one["nodes"]
    ]


def test_axe_would_find_something(people: Cast) -> None:
    person = people.person(PHONE)
    person.page.set_content('<!doctype html><html lang="zh"><title>x</title><main><img src="x"><p style="color:#aaa;background:#fff">text</p></main>')
    found = {one["id"] for one in Axe().run(person.page, options=RULES).response["violations"]}
    assert {"image-alt", "color-contrast"} <= found


def enter(person: Person, place: Served, zone: str, account: Account | None, language: str, large: bool = False) -> None:
    person.page.goto(place.door(zone, account, language, large))


@pytest.mark.parametrize(("zone", "make", "viewport"), CASES, ids=NAMES)
def test_axe_finds_nothing(place: Served, people: Cast, zone: str, make: Any, viewport: dict[str, int]) -> None:
    account = place.house.write(make) if make else None
    person = people.person(viewport)
    enter(person, place, zone, account, "zh_Hans_CN")
    found = [fault for path in pages_of(place, zone, account) for fault in faults_of(person.page, place.origins[zone] + path)]
    assert not found, "\n".join(sorted(set(found)))


VISIT = {
    "family": ["/visits/{ref}", "/visits/{ref}/test", "/visits/{ref}/room", "/visits/{ref}/cancel", "/relatives/{kinship}"],
    "prison": ["/visits/{ref}/check-in", "/visits/{ref}/console", "/bookings/{ref}"],
}


@pytest.mark.parametrize("zone", ["family", "prison"])
def test_axe_finds_nothing_on_the_pages_of_a_visit(place: Served, people: Cast, zone: str) -> None:
    visit = place.house.write(lambda session: factories.make_live_visit(session, place.house.now, children=1))
    known = {"ref": visit.booking.ref, "kinship": place.house.read(lambda session: session.merge(visit.booking).party[0].kinship.ref)}
    person = people.person(PHONE if zone == "family" else DESK)
    enter(person, place, zone, visit.family.account if zone == "family" else visit.officer, "zh_Hans_CN")
    found = [fault for path in VISIT[zone] for fault in faults_of(person.page, place.origins[zone] + path.format(**known))]
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize(("language", "large"), [("zh_Hans_CN", False), ("zh_Hans_CN", True), ("en", True)], ids=["chinese", "chinese-large", "english-large"])
@pytest.mark.parametrize("make", [None, family], ids=["stranger", "family"])
def test_family_pages_fit_a_small_phone(place: Served, people: Cast, language: str, large: bool, make: Any) -> None:
    account = place.house.write(make) if make else None
    person = people.person(PHONE)
    enter(person, place, "family", account, language, large)
    wrong = []
    for path in pages_of(place, "family", account):
        answer = person.page.goto(place.origins["family"] + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        wide = person.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        wrong += [f"{path}: {wide} px too wide"] if wide > 0 else []
        wrong += [f"{path}: {small}" for small in person.page.evaluate(SMALL_TARGETS)]
    assert not wrong, "\n".join(wrong)
    assert not [fault for fault in person.faults if "Security" in fault or fault.startswith("error")]


def test_a_browser_without_a_camera_is_told_how_to_open_another(place: Served, people: Cast) -> None:
    wechat = people.person(PHONE, user_agent="Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/86.0 Mobile Safari/537.36 MicroMessenger/8.0.20")
    wechat.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    wechat.page.goto(f"{place.origins['family']}/help")
    notice = wechat.page.locator("[data-browser-notice]")
    assert notice.is_visible()
    assert notice.locator("img").count() == 3
    assert all(notice.locator("img").nth(number).evaluate("one => one.complete && one.naturalWidth > 0") for number in range(3))
    assert notice.locator("[data-page-address]").input_value().endswith("/help")
    assert not notice.locator("[data-elsewhere]").is_visible()


def test_a_browser_with_a_camera_is_left_in_peace(place: Served, people: Cast) -> None:
    person = people.person(PHONE, user_agent="Mozilla/5.0 Chrome/120 MicroMessenger/8.0.50")
    person.page.goto(f"{place.origins['family']}/help")
    assert not person.page.locator("[data-browser-notice]").is_visible()


def test_a_form_is_sent_once_and_says_so(place: Served, people: Cast) -> None:
    person = people.person(PHONE)
    page = person.page
    page.goto(f"{place.origins['family']}/help")
    sent: list[str] = []
    page.route("**/type", lambda route: sent.append(route.request.post_data or ""))  # never answered, so that it can be pressed again
    seen = page.evaluate(PRESS_TWICE)
    page.wait_for_timeout(200)
    assert len(sent) == 1
    assert "type=large" in sent[0]
    assert seen["busy"] == "true"
    assert "请稍候" in seen["words"]

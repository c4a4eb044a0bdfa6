"""Every page of both applications, as somebody who may see it, in both languages: whole, labelled, translated, without anything inline."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.conftest import NOON
from tests.factories import make_terminal
from tests.web.access_table import ROWS
from tests.web.access_world import ORIGINS, Ground, Person, open_ground
from tests.web.page_rules import Page, faults, part_faults
from tests.web.test_access_matrix import expected
from visitation.accounts.models import Device
from visitation.kernel.ids import digest
from visitation.web.headers import content_policy

LANGUAGES = ("zh_Hans_CN", "en")
PAGES = [(zone, endpoint) for zone, rows in ROWS.items() for endpoint, row in rows.items() if "GET" in row.methods]
FAMILY_FILES = """
bookings.calendar calendars.feed cases.from_family clerk_sign_in.qr nearby.drawn pages.healthz sentences.sentences uploads.show
"""
PRISON_FILES = """
help_requests.slip help_requests.slips
accounts.qr advice.file advice.sheet audit.head booking_imports.report booking_imports.template calendars.feed desk.stream directory.drawn
directory.template figures.chart figures.table imports.report imports.template kinship.file kiosk.state mobile_changes.picture movements.paper pages.healthz
questions.rate_chart questions.slip recordings.certificate_paper recordings.segment sentences.sentences supervision.photo
mediation_video.agreement questionnaires.bars questionnaires.results questionnaires.sheet supervision.state timetable.year_table wall.sessions
"""
NO_PAGES = {"family": set(FAMILY_FILES.split()), "prison": set(PRISON_FILES.split())}
"""Files, pictures, streams, JSON."""
PARTS = {"afternoon.board", "help_queue.board", "desk.board", "movements.board", "officers.board"}
ONWARD = {
    "registration.start": "/register/",
    "people.object_to_kinship": "/objections/",
    "changes.to": "/visits/",
    "surveys.after": "/info/questionnaires",
    "offers.again": "/offers/",
}
"""Pages that only lead on: to the step that is missing; to the objection that was made already; to the times from which one is chosen."""
READING = ("kiosk_reading.article", "kiosk_reading.index", "kiosk_reading.topic", "kiosk_surveys.show")
BARE = {"kiosk.index": 0, "devices.pair": 1, "help_terminal.index": 1} | dict.fromkeys(READING, 1)
"""Screens without a keyboard: no switches; the terminal's own page has no heading, because its state is what it says."""
MOBILE = "+8613812345678"
QUIET = "key-of-a-quiet-terminal"


@pytest.fixture(scope="module")
def ground(empty_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:  # type: ignore[no-untyped-def]
    yield from open_ground(empty_database, tmp_path_factory.mktemp("pages"))


def between_steps(ground: Ground) -> dict[str, Person]:
    """Browsers in the middle of something, by the page that belongs to it."""
    owner = ground.sides["A"].accounts["owner"]
    until = (NOON + timedelta(minutes=10)).isoformat()
    confirmed = {"confirmed": {"mobile": MOBILE, "until": until}}
    clerk = ground.clerk
    half: dict[str, Any] = {"second_factor_at": None}
    return {
        "family accounts.code": stranger(ground, asked={"mobile": MOBILE, "next": "/"}),
        "family recovery.code": stranger(ground, recover={"mobile": MOBILE, "right": False}),
        "family recovery.details": stranger(ground, recover={"mobile": MOBILE, "right": True}),
        **{f"family registration.{step}": stranger(ground, **confirmed) for step in ("start", "face", "document", "details")},
        "family clerk.register_code": ground.member("family", clerk, new_person=MOBILE),
        "family account.mobile_code": ground.member("family", owner, new_mobile={"mobile": MOBILE, "for": owner.id}),
        **{f"family clerk_sign_in.{step}": ground.outside("family", clerk, "half", **half) for step in ("step", "qr")},
        "prison accounts.code": ground.outside("prison", ground.sides["B"].accounts["subject"], "half", **half),
        **{f"prison {page}": Person("quiet terminal", "prison", f"{ground.cookie('prison')}; __Host-device={QUIET}") for page in READING},
        "prison accounts.first_password": ground.outside("prison", ground.sides["A"].accounts["subject"], "one-time password"),
    }


def stranger(ground: Ground, **kept: Any) -> Person:
    return Person("stranger", "family", ground.cookie("family", **kept))


@pytest.fixture(scope="module")
def halfway(ground: Ground) -> dict[str, Person]:
    """As above, with the accounts made ready for it."""

    def prepare(session: Any) -> None:
        for account, values in (
            (ground.sides["B"].accounts["subject"], {"totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}),
            (ground.sides["A"].accounts["subject"], {"must_change_password": True, "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}),
            (ground.clerk, {"totp_pending": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}),
        ):
            row = session.merge(account)
            for name, value in values.items():
                setattr(row, name, value)

    ground.house.write(prepare)
    ground.house.write(lambda session: quiet_terminal(session, ground))
    return between_steps(ground)


def quiet_terminal(session: Any, ground: Ground) -> None:
    """A terminal without a visit: it may be read at."""
    place = make_terminal(session, ground.sides["A"].prison)
    by = ground.sides["A"].accounts["subject"].id
    session.add(Device(terminal_id=place.id, key_digest=digest(QUIET), paired_at=NOON, paired_by=by, seen_at=NOON))


def read(ground: Ground, one: Person, address: str, language: str) -> TestResponse:
    cookie = f"{one.cookie}; __Host-{one.zone}-lang={language}"
    return ground.clients[one.zone].get(address, base_url=ORIGINS[one.zone], headers={"Cookie": cookie})


def reader_of(ground: Ground, halfway: dict[str, Person], zone: str, endpoint: str) -> tuple[Person, str]:
    """Somebody who sees the page itself, and its address."""
    address = ground.address(zone, endpoint)
    special = halfway.get(f"{zone} {endpoint}")
    people = [special] if special else [one for one in ground.people[zone] if expected(one, zone, endpoint) == "in"]
    for one in people:
        answer = read(ground, one, address, "en")
        status, where = answer.status_code, answer.headers.get("Location", "")
        answer.close()
        if status == 200 or (endpoint in ONWARD and where.startswith(ONWARD[endpoint])):
            return one, address
    pytest.fail(f"nobody sees {address}")


def check(ground: Ground, zone: str, answer: TestResponse, language: str, part: bool = False, bare: bool = False, headings: int = 1) -> None:
    page = Page(answer.text)
    found = part_faults(page, language) if part else faults(page, language, headings)
    found += dead_links(ground, zone, page) + frame_faults(zone, page, part or bare)
    assert not found, f"{answer.request.path} in {language}: {found}"


def frame_faults(zone: str, page: Page, bare: bool) -> list[str]:
    actions = {form["action"] for form in page.forms}
    found = [] if bare else [f"no switch {action}" for action in ("/language", "/type") if action not in actions]
    return found + (["no telephone"] if zone == "family" and not bare and not any(link.startswith("tel:") for link in page.links) else [])


def dead_links(ground: Ground, zone: str, page: Page) -> list[str]:
    """Addresses of this application that lead nowhere, of links and of forms."""
    wanted = [("GET", link) for link in page.links if link.startswith("/")]
    wanted += [(form["method"].upper(), form["action"]) for form in page.forms if form["action"].startswith("/")]
    found = [f"a form to {form['action']}" for form in page.forms if form["action"] and not form["action"].startswith(("/", "?"))]
    routes = ground.app(zone).url_map.bind("localhost")
    for method, address in wanted:
        try:
            routes.match(address.partition("?")[0].partition("#")[0], method=method)
        except RequestRedirect:
            found.append(f"{address} lacks its last slash")
        except (NotFound, MethodNotAllowed):
            found.append(f"{method} {address} leads nowhere")
    return found


@pytest.mark.parametrize(("zone", "endpoint"), PAGES)
def test_every_page_is_whole(ground: Ground, halfway: dict[str, Person], zone: str, endpoint: str) -> None:
    one, address = reader_of(ground, halfway, zone, endpoint)
    for language in LANGUAGES:
        answer = read(ground, one, address, language)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" in answer.headers
        is_page = answer.mimetype == "text/html" and answer.status_code == 200
        assert is_page == (endpoint not in NO_PAGES[zone] and endpoint not in ONWARD)
        if is_page:
            settings = ground.app(zone).extensions["settings"]
            assert answer.headers["Content-Security-Policy"] == content_policy(settings.broker_origins)
            assert answer.headers["Cache-Control"] == "no-store"
            check(ground, zone, answer, language, endpoint in PARTS, endpoint in BARE, BARE.get(endpoint, 1))
        answer.close()


QUERIES = [
    ("prison", "duty_chief A", "/kinship?state=approved"),
    ("prison", "duty_chief A", "/kinship?state=refused"),
    ("prison", "duty_chief A", "/objections?state=decided"),
    ("prison", "duty_chief A", "/suspensions?past=1"),
    ("prison", "duty_chief A", "/bookings/day?day=2026-11-30"),
    ("prison", "officer A", "/bookings/day?day=nonsense"),
    ("prison", "officer A", "/inmates?q=nobody&page=7"),
    ("prison", "administrator of all", "/inmates?prison=1&ward=1&level=strict&status=held"),
    ("prison", "administrator of all", "/policies/?prison=SIDE1"),
    ("prison", "administrator of all", "/policies/max_visitors/new?prison=SIDE1"),
    ("prison", "bureau", "/staff?closed=1&q=x"),
    ("prison", "auditor A", "/audit?first_day=2026-11-01&last_day=2026-11-30"),
    ("prison", "auditor A", "/audit?first_day=nonsense"),
    ("family", "owner A", "/visits/new?choose=1"),
    ("family", "owner A", "/visits/new?month=2026-12&kind=family_call"),
    ("family", "owner A", "/visits/new?day=2026-11-30"),
    ("family", "clerk assisting A", "/"),
    ("family", "clerk assisting A", "/clerk"),
    ("family", "anonymous", "/sign-in?next=/visits"),
    ("family", "anonymous", "/uploads/new/face"),
]


@pytest.mark.parametrize(("zone", "label", "address"), QUERIES)
def test_a_page_asked_more_narrowly_is_whole(ground: Ground, zone: str, label: str, address: str) -> None:
    for language in LANGUAGES:
        answer = read(ground, ground.person(zone, label), address, language)
        assert answer.status_code == 200
        check(ground, zone, answer, language)


@pytest.mark.parametrize("zone", ["family", "prison"])
def test_every_state_of_a_thing_is_whole(ground: Ground, zone: str) -> None:
    """Visits, claims and sessions in every state that the ground has."""
    side = ground.sides["A"]
    refs = {args["ref"] for args in side.args.values() if "ref" in args}
    one = ground.person(zone, "owner A" if zone == "family" else "duty_chief A")
    rooms = ("visits", "relatives") if zone == "family" else ("bookings", "kinship", "suspensions", "recordings")
    seen = 0
    for address in [f"/{room}/{ref}" for room in rooms for ref in sorted(refs)] + [
        f"/visits/{ref}/{page}" for ref in sorted(refs) for page in ("room", "console")
    ]:
        for language in LANGUAGES:
            answer = read(ground, one, address, language)
            if answer.status_code == 200:
                seen += 1
                check(ground, zone, answer, language)
    assert seen >= 12


@pytest.mark.parametrize(("zone", "label", "address", "status"), [("family", "anonymous", "/nowhere", 404), ("prison", "officer A", "/staff", 403)])
def test_a_refusal_is_a_whole_page(ground: Ground, zone: str, label: str, address: str, status: int) -> None:
    for language in LANGUAGES:
        answer = read(ground, ground.person(zone, label), address, language)
        assert answer.status_code == status
        check(ground, zone, answer, language)

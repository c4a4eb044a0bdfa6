"""Every endpoint, every method, everybody who might knock: who may is let in, who may not gets nothing, changes nothing and learns nothing.

What is expected follows from the reviewed table (access_table.py) and from the few rules below, never from the doors themselves. A sample of the product
runs by default, the same one every time; FULL=1 runs all of it.
"""

import os
import re
from collections.abc import Callable, Iterator
from zlib import crc32

import pytest
from werkzeug.test import TestResponse

from tests.web.access_table import ACCESS, ROWS
from tests.web.access_world import ORIGINS, Ground, Person, open_ground
from visitation.kernel.identity import Role
from visitation.web.door import Door, access_table
from visitation.web.limits import limiter

FULL = os.environ.get("FULL") == "1"
SAMPLE = {"in": 2, "missing": 2, "refused": 2, "sign in": 4}
"""How many people of each expectation try one endpoint by one method, unless FULL=1."""
ENDPOINTS = [(zone, endpoint) for zone, rows in ROWS.items() for endpoint in rows]
STREAMS = {"desk.stream"}
NO_PEOPLE = {"operator"}
"""Keeps the machines running and has no business with anybody's name."""


@pytest.fixture(scope="module")
def ground(empty_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:  # type: ignore[no-untyped-def]
    yield from open_ground(empty_database, tmp_path_factory.mktemp("ground"))


@pytest.fixture(autouse=True)
def as_built(request: pytest.FixtureRequest) -> None:
    if "ground" in request.fixturenames:
        request.getfixturevalue("ground").restore()


# -- the table


@pytest.mark.parametrize("zone", ["family", "prison"])
def test_every_door_is_as_it_was_reviewed(ground: Ground, zone: str) -> None:
    app = ground.app(zone)
    doors = access_table(app)
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        methods.setdefault(rule.endpoint, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    found = {endpoint: (methods[endpoint], declared.roles or "anybody", *names(declared)) for endpoint, declared in doors.items()}
    reviewed = {endpoint: (set(row.methods), row.roles, row.subject, row.check) for endpoint, row in ROWS[zone].items()}
    assert found == reviewed, "read the door again; if it is right, change its row in access_table.py"
    assert set(methods) - set(doors) == {"static", "bootstrap.static"}


def names(declared: Door) -> tuple[str, str]:
    return tuple(getattr(function, "__name__", "-") if function else "-" for function in (declared.subject, declared.check))  # type: ignore[return-value]


def test_the_auditor_decides_nothing() -> None:
    """The auditor looks; whoever decides is looked at."""
    allowed = {"audit.verify", "seen.index", "own_account.end", "own_account.end_others", "own_account.password"}
    acting = {endpoint for endpoint, row in ROWS["prison"].items() if row.roles != "anybody" and Role.AUDITOR in row.roles and "POST" in row.methods}
    assert acting == allowed


def test_only_the_desk_meets_recordings_and_papers() -> None:
    for endpoint, roles in ACCESS["prison"].items():
        if endpoint.startswith(("recordings.", "recording_requests.", "relistening.")):
            assert roles <= {Role.OFFICER, Role.DUTY_CHIEF, Role.AUDITOR}
        if endpoint.startswith(("kinship.", "supervision.", "suspensions.")):
            assert roles == {Role.OFFICER, Role.DUTY_CHIEF}


# -- what is expected

Rule = Callable[[Person], bool]


def of_prison(one: Person) -> bool:
    return one.side in ("", "A")


def in_ward(one: Person) -> bool:
    return of_prison(one) and one.place != "other_ward"


def owner(one: Person) -> bool:
    return one.side == "A" and one.place == "owner"


def owner_or_party(one: Person) -> bool:
    return one.side == "A" and one.place in ("owner", "relative")


def for_oneself(one: Person) -> bool:
    return not one.assisted


def keeps_officers(one: Person) -> bool:
    return of_prison(one) and Role.OPERATOR not in one.roles


def above(one: Person) -> bool:
    return one.side == ""


def is_terminal_a(one: Person) -> bool:
    return one.side == "A" and Role.TERMINAL in one.roles


def is_officer_a(one: Person) -> bool:
    return one.label == "officer A"


def is_relative_or_clerk(one: Person) -> bool:
    """Any relative who has signed in; a clerk too, who reads it out at the counter."""
    return bool(one.roles & {Role.FAMILY, Role.CLERK})


def is_lawyer_a(one: Person) -> bool:
    return one.label == "lawyer A"


def enrols(one: Person) -> bool:
    return one.label == "enrolling"


def nobody(_one: Person) -> bool:
    return False


CHECKS: dict[str, Rule] = {
    "-": lambda _one: True,
    "acts_for_self": for_oneself,
    "not_assisting": for_oneself,
    "is_mine": owner_or_party,
    "may_change": owner,
    "is_my_claim": owner,
    "asked_by_me": owner,
    "is_my_suspension": owner,
    "is_my_objection": owner,
    "is_addressed_to": owner,
    "is_for_me": owner,
    "is_my_wish": owner,
    "own_appointment": in_ward,
    "own_inmate": in_ward,
    "own_ward": in_ward,
    "asked_by_inmate": in_ward,
    "may_hand": in_ward,
    "may_see": in_ward,
    "keeps": keeps_officers,
    "above_prisons": above,
    "is_in_family_zone": lambda _one: True,
    "is_open": lambda _one: True,
    "is_shared": lambda _one: True,
    **dict.fromkeys(("is_my_duty", "is_my_swap", "is_my_swap_to_answer"), is_lawyer_a),
    "has_a_prison": lambda one: one.side != "",
}
"""By the name of a door's predicate: for whom the things of prison A are there. Every other predicate means: of one's prison."""
WITHIN: dict[str, Rule] = {
    "family account.revoke": owner,
    "family uploads.show": owner,
    "family uploads.remove": owner,
    "family clerk_sign_in.qr": nobody,
    "family lawyer_questions.case": is_lawyer_a,
    "family lawyer_questions.extension": is_lawyer_a,
    "family lawyer_questions.take": is_lawyer_a,
    "family help_asked.done": nobody,
    "family help_asked.papers": owner,
    **{f"family cases.{name}": is_lawyer_a for name in ("again", "document", "done", "follow_up", "from_family", "note", "paper", "show", "take_over")},
    **{f"family referrals.{name}": is_lawyer_a for name in ("make", "withdraw")},
    "family inquiry.show": is_relative_or_clerk,
    "family lawyer.back": is_lawyer_a,
    "prison disclosure.show": keeps_officers,
    "prison accounts.qr": enrols,
    "prison kiosk.token": is_terminal_a,
    "prison own_account.end": is_officer_a,
    "prison seen.show": of_prison,
}
"""Endpoints that find their thing inside the view, because it depends on who asks."""


def expected(one: Person, zone: str, endpoint: str) -> str:
    """in, missing (404), refused (403) or sign in (a redirect, or 401)."""
    row = ROWS[zone][endpoint]
    if row.roles != "anybody":
        if not one.is_in:
            return "sign in"
        if one.roles.isdisjoint(row.roles):
            return "refused"
    is_there = CHECKS.get(row.check, of_prison)(one) and WITHIN.get(f"{zone} {endpoint}", CHECKS["-"])(one)
    return "in" if is_there else "missing"


def chosen(ground: Ground, zone: str, endpoint: str, method: str) -> list[Person]:
    """Some of each expectation, the same ones every time."""
    groups: dict[str, list[Person]] = {}
    for one in sorted(ground.people[zone], key=lambda person: crc32(f"{endpoint} {method} {person.label}".encode())):
        groups.setdefault(expected(one, zone, endpoint), []).append(one)
    return [one for outcome, people in groups.items() for one in (people if FULL else people[: SAMPLE[outcome]])]


# -- the matrix


def knock(ground: Ground, one: Person, method: str, address: str, endpoint: str = "") -> TestResponse:
    headers = {"Cookie": one.cookie, "Origin": ORIGINS[one.zone], "X-CSRFToken": ground.csrf(one.zone)}
    body = {"json": ground.bodies[endpoint]} if endpoint in ground.bodies else {"data": {}} if method == "POST" else {}
    with ground.app(one.zone).app_context():
        limiter.reset()
    return ground.clients[one.zone].open(address, method=method, base_url=ORIGINS[one.zone], headers=headers, **body)


def tells_nothing(ground: Ground, one: Person, answer: TestResponse) -> None:
    told = [mark for mark in hidden_from(ground, one) if mark.encode() in answer.data]
    assert not told, f"{one.label} reads {told}"


def hidden_from(ground: Ground, one: Person) -> list[str]:
    """Marks of prison A that this person must not meet on any page."""
    side = ground.sides["A"]
    if one.place == "other_ward":
        return side.ward_marks
    inside = one.zone == "prison" and one.is_in and of_prison(one) and one.label not in NO_PEOPLE
    return [] if inside or owner_or_party(one) or one.label in ("clerk", "lawyer A") else side.marks


@pytest.mark.parametrize(("zone", "endpoint"), ENDPOINTS)
def test_who_enters(ground: Ground, zone: str, endpoint: str) -> None:
    for method in sorted(ROWS[zone][endpoint].methods):
        for one in chosen(ground, zone, endpoint, method):
            outcome = expected(one, zone, endpoint)
            answer = knock(ground, one, method, ground.address(zone, endpoint), endpoint)
            where = f"{method} {answer.request.path}: {one.label} should be: {outcome}; got {answer.status_code} {answer.headers.get('Location', '')}"
            if outcome == "in":
                assert answer.status_code < 500, where
                assert answer.status_code not in (401, 403, 404), where
            else:
                assert is_refusal(answer, outcome, method), where
                assert not ground.changed(), f"{where}, and something was written"
            if endpoint not in STREAMS:
                tells_nothing(ground, one, answer)
            answer.close()
            ground.restore()


def is_refusal(answer: TestResponse, outcome: str, method: str) -> bool:
    if outcome == "sign in":
        return answer.status_code == 401 if method == "POST" else answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in?next=")
    return answer.status_code == {"refused": 403, "missing": 404}[outcome]


def test_the_marks_are_what_pages_show(ground: Ground) -> None:
    """Whoever may read them does read them: otherwise looking for them elsewhere would prove nothing."""
    seen = ""
    pages = ["inmates.show", "inmates.edit", "kinship.show", "suspensions.show", "objections.show", "imports.show", "timetable.closures", "timetable.days"]
    pages += ["questions.show", "help_requests.show", "mediation.show", "reviews.show", "recording_requests.show"]
    pages += ["appointments.index", "booking_imports.show", "advice.index", "disclosure.index", "questionnaires.show"]
    for endpoint in [*pages, "policies.index", "bookings.show", "recordings.show", "supervision.console", "mobile_changes.show"]:
        for one in ground.people["prison"]:
            if one.side == "A" and expected(one, "prison", endpoint) == "in":
                seen += knock(ground, one, "GET", ground.address("prison", endpoint)).text
    chief, side = ground.person("prison", "duty_chief A"), ground.sides["A"]
    for address in (f"/inmates/{side.people['other'].id}", f"/visits/{side.args['recordings.show']['ref']}/console"):
        seen += knock(ground, chief, "GET", address).text
    office = ground.person("prison", "legal_office A")
    for address in re.findall(r"/help-requests/[A-Z0-9]{8}", knock(ground, office, "GET", "/help-requests?pile=waiting").text):
        seen += knock(ground, office, "GET", address).text
    keeper = ground.person("prison", "administrator A")
    seen += knock(ground, keeper, "GET", f"/inmates/{side.people['other'].id}/edit").text
    kin = ground.person("family", "owner A")
    for endpoint in ("people.index", "account.show", "bookings.show", "people.object_to_visit", "offers.show"):
        seen += knock(ground, kin, "GET", ground.address("family", endpoint)).text
    unseen = [mark for mark in side.marks if mark not in seen and not mark[:11].isdigit()]
    assert not unseen  # numbers of documents and telephones are masked on every page


# -- missing and somebody else's


def without_address(answer: TestResponse) -> str:
    """A page without tokens and without its own address."""
    page = re.sub(r'(csrf_token"[^>]*value|name="next" value)="[^"]*"', "", answer.text)
    return page.replace(f'"{answer.request.path}"', '""')


FOR_ALL = {"is_open", "is_shared"}
"""Predicates of things that belong to no prison: there is no somebody else's."""
WITH_SUBJECT = [
    (zone, endpoint)
    for zone, endpoint in ENDPOINTS
    if (ROWS[zone][endpoint].subject != "-" and ROWS[zone][endpoint].check not in FOR_ALL) or f"{zone} {endpoint}" in WITHIN
]


@pytest.mark.parametrize(("zone", "endpoint"), WITH_SUBJECT)
def test_missing_and_somebody_elses_are_the_same(ground: Ground, zone: str, endpoint: str) -> None:
    for method in sorted(ROWS[zone][endpoint].methods):
        people = [one for one in ground.people[zone] if expected(one, zone, endpoint) == "missing"]
        assert people, endpoint
        for one in people if FULL else people[:2]:
            theirs = knock(ground, one, method, ground.address(zone, endpoint), endpoint)
            missing = knock(ground, one, method, ground.address(zone, endpoint, missing=True), endpoint)
            assert (theirs.status_code, missing.status_code) == (404, 404)
            assert without_address(theirs) == without_address(missing), f"{method} {endpoint} as {one.label}"


# -- forged, and in the wrong zone


POSTS = [(zone, endpoint) for zone, endpoint in ENDPOINTS if "POST" in ROWS[zone][endpoint].methods]


@pytest.mark.parametrize(("zone", "endpoint"), POSTS)
def test_a_forged_request_changes_nothing(ground: Ground, zone: str, endpoint: str) -> None:
    """From another origin, from none, without token, with a token of somebody else's session: refused before anybody asks who it is."""
    one = next(one for one in ground.people[zone] if expected(one, zone, endpoint) in ("in", "missing"))
    other = "prison" if zone == "family" else "family"
    right = {"Cookie": one.cookie, "Origin": ORIGINS[zone], "X-CSRFToken": ground.csrf(zone)}
    for changes, status in (({"Origin": ORIGINS[other]}, 403), ({"Origin": ""}, 403), ({"X-CSRFToken": ""}, 400), ({"X-CSRFToken": ground.csrf(other)}, 400)):
        headers = {name: value for name, value in (right | changes).items() if value}
        answer = ground.clients[zone].post(ground.address(zone, endpoint), base_url=ORIGINS[zone], headers=headers)
        assert answer.status_code == status, f"{endpoint} with {changes}"
        assert not ground.changed()


@pytest.mark.parametrize(("zone", "other"), [("family", "prison"), ("prison", "family")])
def test_an_endpoint_of_one_zone_does_not_exist_in_the_other(ground: Ground, zone: str, other: str) -> None:
    """Not hidden: not there. The answer is the one that any mistyped address gets, whoever asks."""
    shared = {rule.rule for rule in ground.app(zone).url_map.iter_rules()}
    strangers = [(endpoint, ground.address(other, endpoint)) for endpoint in ROWS[other] if not shared & rules_of(ground, other, endpoint)]
    assert len(strangers) > 40
    people = [one for one in ground.people[zone] if one.label in ("anonymous", "owner A", "clerk", "administrator of all", "officer A")]
    for number, (endpoint, address) in enumerate(strangers):
        for one in people if FULL else [people[number % len(people)]]:
            nonsense = knock(ground, one, "GET", "/no/such/page")
            answer = knock(ground, one, "GET", address)
            assert (answer.status_code, nonsense.status_code) == (404, 404), endpoint
            assert without_address(answer) == without_address(nonsense)
            assert knock(ground, one, "POST", address).status_code == 404, endpoint
    assert not ground.changed()


def rules_of(ground: Ground, zone: str, endpoint: str) -> set[str]:
    return {rule.rule for rule in ground.app(zone).url_map.iter_rules(endpoint)}


def test_the_matrix_tries_everybody(ground: Ground) -> None:
    """Every expectation occurs for every role, so that a sample cannot be empty where it matters."""
    for zone in ("family", "prison"):
        for one in ground.people[zone]:
            outcomes = {expected(one, zone, endpoint) for endpoint in ROWS[zone]}
            wanted = {"in", "missing"} if one.assisted else {"in", "refused"} if one.is_in else {"in", "sign in"}
            assert outcomes >= wanted, one.label
        assert {role for one in ground.people[zone] for role in one.roles} >= {role for roles in ACCESS[zone].values() if roles != "anybody" for role in roles}

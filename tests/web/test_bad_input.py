"""What no form expects: names of every kind, line breaks, paths, floods, and garbage in every field of every address. Nothing breaks, nothing is half written.

FUZZ= says how many samples each address gets (3 unless told otherwise); the samples are the same ones every time.
"""

import json
import os
import random
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import BigInteger, Column, Integer, String, select
from werkzeug.test import TestResponse

from tests.conftest import NOON
from tests.numbers import resident_id
from tests.unit.test_bad_names import INVISIBLE, NAMES
from tests.web.access_table import ROWS
from tests.web.access_world import ORIGINS, Ground, Person, open_ground, picture
from tests.web.browsing import Forms
from tests.web.page_rules import Page, part_faults
from tests.web.test_access_matrix import STREAMS, expected
from visitation.accounts.models import Account
from visitation.kernel.ids import digest
from visitation.people.models import Inmate, Visitor
from visitation.people.rules import LOOKALIKES, name_refusals, tidy_name
from visitation.store.db import db
from visitation.uploads import service as uploads
from visitation.uploads.models import Upload
from visitation.web.forms import Form
from visitation.web.limits import limiter

FUZZ = int(os.environ.get("FUZZ", "3"))
POSTS = [(zone, endpoint) for zone, rows in ROWS.items() for endpoint, row in rows.items() if "POST" in row.methods]
GETS = [(zone, endpoint) for zone, rows in ROWS.items() for endpoint, row in rows.items() if "GET" in row.methods and endpoint not in STREAMS]
MOBILE = "+8613812345678"
BIRTH_DATE = "1979-07-01"


@pytest.fixture(scope="module")
def ground(empty_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:  # type: ignore[no-untyped-def]
    yield from open_ground(empty_database, tmp_path_factory.mktemp("garbage"))


@pytest.fixture(autouse=True)
def as_built(ground: Ground) -> None:
    ground.restore()


def send(ground: Ground, one: Person, address: str, method: str = "POST", **options: Any) -> TestResponse:
    headers = {"Cookie": one.cookie, "Origin": ORIGINS[one.zone], "X-CSRFToken": ground.csrf(one.zone), **options.pop("headers", {})}
    with ground.app(one.zone).app_context():
        limiter.reset()
    return ground.clients[one.zone].open(address, method=method, base_url=ORIGINS[one.zone], headers=headers, **options)


def allowed(ground: Ground, zone: str, endpoint: str) -> list[Person]:
    return [one for one in ground.people[zone] if expected(one, zone, endpoint) == "in"]


# -- names


@pytest.fixture(scope="module")
def applicant(ground: Ground) -> Person:
    """Somebody between the photos and the details of a registration."""

    def bring(session: Any) -> dict[str, str]:
        return {purpose: uploads.stage(session, digest("browser"), None, purpose, "a.jpg", picture(), NOON).uid for purpose in ("face", "document")}

    ground.restore()  # a fixture of the module comes before `as_built`: what the test before left must not be kept
    ground.uids = ground.house.write(bring)  # type: ignore[attr-defined]
    ground.keep()
    confirmed = {"mobile": MOBILE, "until": (NOON + timedelta(minutes=10)).isoformat()}
    return Person("applicant", "family", ground.cookie("family", confirmed=confirmed, browser_key="browser"))


def register(ground: Ground, applicant: Person, name: str) -> TestResponse:
    words = {"name": name, "document_kind": "resident_id", "document_number": resident_id(sequence=900), "agree": "y", **ground.uids}  # type: ignore[attr-defined]
    return send(ground, applicant, "/register/details", data=words)


def enter(ground: Ground, name: str) -> TestResponse:
    ward = ground.sides["A"].args["places.ward"]["ward_id"]
    words = {"ward": ward, "number": "65999999", "name": name, "level": "general", "status": "held", "language": "zh", "birth_date": BIRTH_DATE}
    return send(ground, ground.person("prison", "administrator A"), "/inmates/new", data=words)


def is_kept_or_refused(answer: TestResponse, name: str, kept: list[str]) -> None:
    """Taken over in its one form; or refused, with what was typed still in its field."""
    tidy = tidy_name(name)
    if name_refusals(tidy):
        assert answer.status_code in (200, 422)
        assert kept == []
        assert answer.text.count('class="alert alert-danger"') >= 1
        assert not part_faults(Page(answer.text), "zh_Hans_CN")
    else:
        assert answer.status_code == 302, answer.text
        assert kept == [tidy]


def names_in(ground: Ground, model: type[Visitor | Inmate], known: int) -> list[str]:
    return list(ground.house.read(lambda session: session.scalars(select(model.name).where(model.id > known)).all()))


def newest(ground: Ground, model: type[Visitor | Inmate]) -> int:
    return int(ground.house.read(lambda session: session.scalars(select(model.id).order_by(model.id.desc())).first()))


SLOW = settings(max_examples=max(20, 4 * FUZZ), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@SLOW
@given(NAMES)
def test_any_name_at_registration(ground: Ground, applicant: Person, name: str) -> None:
    ground.restore()
    known = newest(ground, Visitor)
    is_kept_or_refused(register(ground, applicant, name), name, names_in(ground, Visitor, known))


@SLOW
@given(NAMES)
def test_any_name_of_an_inmate(ground: Ground, name: str) -> None:
    ground.restore()
    known = newest(ground, Inmate)
    is_kept_or_refused(enter(ground, name), name, names_in(ground, Inmate, known))


WRITTEN = [f"阿依古丽{dot}买买提" for dot in f"{LOOKALIKES}·.．"] + [f"阿依古丽{unseen}·买买提" for unseen in INVISIBLE[::5]] + ["\u3000阿依古丽 · 买买提\n"]


@pytest.mark.parametrize("typed", WRITTEN)
def test_one_name_however_it_is_written(ground: Ground, applicant: Person, typed: str) -> None:
    people = newest(ground, Visitor), newest(ground, Inmate)
    assert (register(ground, applicant, typed).status_code, enter(ground, typed).status_code) == (302, 302)
    assert names_in(ground, Visitor, people[0]) == ["阿依古丽·买买提"]
    assert names_in(ground, Inmate, people[1]) == ["阿依古丽·买买提"]


@pytest.mark.parametrize("typed", ["𠮷田", "བསྟན་འཛིན", "ئايگۈل مەمەت", "e\u0301lan"])
def test_a_rare_letter_comes_back_as_it_was(ground: Ground, applicant: Person, typed: str) -> None:
    known = newest(ground, Visitor)
    assert register(ground, applicant, typed).status_code == 302
    assert names_in(ground, Visitor, known) == [tidy_name(typed)]


def test_what_was_typed_is_still_there(ground: Ground, applicant: Person) -> None:
    answer = register(ground, applicant, '<b>"张&三"</b>')
    assert 'value="&lt;b&gt;&#34;张&amp;三&#34;&lt;/b&gt;"' in answer.text
    assert "<b>" not in answer.text


# -- line breaks, in every text field of every page


def pages_with_forms(ground: Ground, zone: str, endpoint: str) -> Iterator[tuple[Person, str, dict[str, Any]]]:
    address = ground.address(zone, endpoint)
    for one in allowed(ground, zone, endpoint)[:2]:
        page = send(ground, one, address, "GET")
        if page.status_code == 200 and page.mimetype == "text/html":
            for form in Forms(page.text).found:
                if form["method"] == "post" and not form["action"].startswith(("/language", "/type", "/sign-out")):
                    yield one, form["action"] or address, form["fields"]
            return


def some(names: Iterable[Any], salt: str, most: int = FUZZ) -> list[Any]:
    """Up to `most` of them, the same ones every time: a form with many fields shares its tries with the others."""
    return sorted(names, key=lambda name: crc32(f"{salt} {name}".encode()))[:most]


LINES = "甲\r\nSet-Cookie: a=b\r\n\r\nBcc: x@example.test"


@pytest.mark.parametrize(("zone", "endpoint"), GETS)
def test_line_breaks_in_every_field(ground: Ground, zone: str, endpoint: str) -> None:
    for one, action, fields in pages_with_forms(ground, zone, endpoint):
        for name in some([*fields, None], action):
            words = {key: LINES if name in (None, key) else value for key, value in fields.items() if key != "csrf_token"}
            answer = send(ground, one, action, data=words)
            assert answer.status_code < 500, f"{action} {name}"
            assert "a=b" not in "".join(answer.headers.getlist("Set-Cookie"))
            assert not unfit(ground), f"{action} {name}"
            ground.restore()


DAYS = ["0001-01-01", "1900-01-01", "9999-12-31"]
A_DATE = re.compile(r"day|starts|ends|valid_|effective_from|birth_date")


def filled(fields: dict[str, Any]) -> dict[str, Any]:
    """A form as somebody might fill it in."""
    moments = {"starts": "2027-01-31T09:00", "ends": "2027-01-31T11:00"}
    empty = {name: moments.get(name, "2027-01-31" if A_DATE.search(name) else "试验3") for name, value in fields.items() if not "".join(value).strip()}
    return {name: value for name, value in fields.items() if name != "csrf_token"} | empty


@pytest.mark.parametrize(("zone", "endpoint"), GETS)
def test_the_ends_of_the_calendar_in_every_date(ground: Ground, zone: str, endpoint: str) -> None:
    for one, action, fields in pages_with_forms(ground, zone, endpoint):
        for name in some(filter(A_DATE.search, fields), action):
            for day in some(DAYS, f"{action} {name}", max(1, FUZZ // 5)):
                odd = f"{day}T23:59" if name in ("starts", "ends") else day
                answer = send(ground, one, action, data={**filled(fields), name: odd})
                assert answer.status_code < 500, f"{action} {name} {odd}"
                ground.restore()
                later = send(ground, one, action, data={**filled(fields), **{key: odd for key in fields if A_DATE.search(key)}})
                assert later.status_code < 500, f"{action} {odd}"
                if later.status_code == 302:
                    assert send(ground, one, later.headers["Location"], "GET").status_code < 500
                ground.restore()


ONE_LINE = re.compile(r"name|number|phone|room|province|login|email|file_name|code")


def unfit(ground: Ground) -> list[str]:
    """Columns that hold what they should not, or what PostgreSQL would refuse: a second line, a longer text, a larger number, a NUL."""
    if not ground.changed():
        return []
    found = []
    for table in db.metadata.tables.values():
        for column in table.columns:
            wrong = condition(column)
            if wrong and ground.line.execute(f'SELECT count(*) FROM "{table.name}" WHERE {wrong}').fetchone()[0]:
                found.append(f"{table.name}.{column.name}")
    return found


def condition(column: Column[Any]) -> str:
    name, kind = f'"{column.name}"', column.type
    if isinstance(kind, Integer) and not isinstance(kind, BigInteger):
        return f"abs({name}) > 2147483647"
    if not isinstance(kind, String):
        return ""
    wrong = [f"instr({name}, char(0))"]
    wrong += [f"length({name}) > {kind.length}"] if kind.length else []
    wrong += [f"instr({name}, char(10)) OR instr({name}, char(13))"] if ONE_LINE.search(column.name) else []
    return " OR ".join(wrong)


# -- file names


FILE_NAMES = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/shadow",
    "C:\\x.jpg",
    "a%0D%0Ab.jpg",
    'a".jpg',
    "%2e%2e%2fx",
    "x" * 5000 + ".jpg",
    "\u202egpj.exe",
    ".",
    "照片.jpg",
]


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_path_in_a_file_name_leads_nowhere(ground: Ground, name: str) -> None:
    before = {path for path in ground.folder.rglob("*") if path.is_file()}
    answer = send(ground, ground.person("family", "owner A"), "/uploads", data={"purpose": "proof", "file": (BytesIO(picture()), name)})
    assert answer.status_code == 201
    kept = ground.house.read(lambda session: session.scalars(select(Upload.file_name).order_by(Upload.id.desc())).first())
    assert kept
    assert len(kept) <= 200
    assert not set(kept) & set("/\\\r\n\0\u202e")
    shown = send(ground, ground.person("family", "owner A"), answer.json["url"], "GET")  # type: ignore[index]
    assert re.fullmatch(r'inline; filename="[A-Za-z0-9_-]{8}\.jpg"', shown.headers["Content-Disposition"])
    assert {path for path in ground.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", FILE_NAMES)
def test_an_import_may_be_called_anything(ground: Ground, name: str) -> None:
    prison = ground.sides["A"].prison.id
    data = {"prison": str(prison), "file": (BytesIO("编号,姓名,监区,处遇等级,状态\n1,甲,一监区,普管,在押\n".encode()), name)}
    answer = send(ground, ground.person("prison", "administrator A"), "/imports", data=data)
    assert answer.status_code == 302, answer.text
    assert not unfit(ground)
    report = send(ground, ground.person("prison", "administrator A"), answer.headers["Location"], "GET")
    assert report.status_code == 200
    assert not part_faults(Page(report.text), "zh_Hans_CN")


@pytest.mark.parametrize(
    "data", [b"MZ\x90\0" + b"\0" * 500, b"<svg onload=alert(1)>", b"%PDF-1.4 nothing", b"\xff\xd8\xff\xe0 not a photo", b"PK\x03\x04", b""]
)
def test_what_only_calls_itself_a_photo_is_refused(ground: Ground, data: bytes) -> None:
    answer = send(ground, ground.person("family", "owner A"), "/uploads", data={"purpose": "proof", "file": (BytesIO(data), "photo.jpg")})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["reasons"]
    assert not ground.changed()


# -- floods


@pytest.mark.parametrize(("zone", "endpoint"), POSTS)
def test_a_flood_is_stopped_at_the_door(ground: Ground, zone: str, endpoint: str) -> None:
    one = (allowed(ground, zone, endpoint) or ground.people[zone])[0]
    address = ground.address(zone, endpoint)
    told = send(ground, one, address, environ_overrides={"CONTENT_LENGTH": str(20 * 1024 * 1024)}, content_type="application/x-www-form-urlencoded")
    field = send(ground, one, address, data={"text": "x" * 700_000}, content_type="multipart/form-data")
    assert (told.status_code, field.status_code) in {(413, 413), (302, 413), (302, 302)}, address
    assert not ground.changed()


# -- garbage


def all_fields() -> list[str]:
    found, waiting = set(), [Form]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found |= {name for name in dir(kind) if hasattr(getattr(kind, name, None), "field_class")}
    return sorted(found | {"decision", "purpose", "secret", "ref", "language", "type", "next", "present"})


GARBAGE = ["", " ", "\0", "\ufffd", "0", "-1", "1", "2", "99999999999999999999999", "1e400", "NaN", "0x1F", "١٢", "²", "true", "null", "[]", '{"a":1}']
GARBAGE += ["0001-01-01", "9999-12-31", "2026-02-30", "2026-11-31T09:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-30T09:00:00+08:00", "25:61"]
GARBAGE += ["%s%n", "'; DROP TABLE booking;--", "<script>", "../..", "=cmd|' /C calc'!A0", "𠮷" * 300, "x" * 3000, "[" * 2000, "\u202e", "a\r\nb", "(?:a+)+$"]
GARBAGE += ["(", "{{7*7}}", "+86138", "13800000000", "23:59", "0001-01", "9999-12"]
LIKELY = ["approve", "refuse", "grant", "uphold", "accepted", "declined", "y", "on", "yes", "no", "none", "restricted", "held", "general", "zh", "en"]
LIKELY += ["family_visit", "family_call", "resident_id", "passport", "2026-12-07", "2027-01-31", "09:00", "11:30", "30", "10", "5", "officer", "sibling"]
LIKELY += ["misconduct", "completed", "no_show_visitor", "technical", "confirmed", "failed", "face_differs", "clean", "REASON_OTHER", "household_book", "P9"]
LIKELY += ["ward_officer", "李试", "65917100", "3", "other", "investigation", "2026-11-30T09:00", "2026-11-30T11:00"]
LETTERS = "\t\n\rA一\u0301€😀"
FIELDS = all_fields()


class Dice:
    """Garbage that is the same every time for the same place."""

    def __init__(self, ground: Ground, where: str) -> None:
        self.dice = random.Random(crc32(where.encode()))
        values = [str(value) for args in ground.sides["A"].args.values() for value in args.values()]
        self.likely = [*LIKELY, *values, ground.sides["A"].prison.code]

    def text(self) -> str:
        if self.dice.random() < 0.45:
            return self.dice.choice(self.likely)
        return (
            self.dice.choice(GARBAGE)
            if self.dice.random() < 0.7
            else "".join(chr(self.dice.choice((9, 10, 13, 0x41, 0x4E00, 0x301, 0x20AC, 0x1F600))) for _ in range(9))
        )

    def form(self, own: dict[str, Any]) -> dict[str, Any]:
        """Every field of the product; those of the page's own form mostly as they should be."""
        words: dict[str, Any] = {name: self.text() for name in FIELDS if self.dice.random() < 0.8}
        words |= {name: value for name, value in own.items() if name != "csrf_token" and self.dice.random() < 0.6}
        if self.dice.random() < 0.2:
            words |= {name: [self.text(), self.text()] for name in self.dice.sample(FIELDS, 5)}
        return words

    def data(self, depth: int = 0) -> Any:
        kinds = [None, True, -1, 1e308, 10**30, self.text(), {"ref": self.text(), "purpose": self.text(), "stage": self.text()}]
        if depth < 3 and self.dice.random() < 0.5:
            return self.dice.choice([[self.data(depth + 1)], {self.text(): self.data(depth + 1), "ref": self.data(depth + 1), "purpose": self.data(depth + 1)}])
        return self.dice.choice(kinds)


def own_fields(ground: Ground, one: Person, zone: str, endpoint: str) -> dict[str, Any]:
    """The fields of the form that the page itself shows."""
    if "GET" not in ROWS[zone][endpoint].methods:
        return {}
    page = send(ground, one, ground.address(zone, endpoint), "GET")
    forms = Forms(page.text).found if page.mimetype == "text/html" else []
    return next((form["fields"] for form in reversed(forms) if form["method"] == "post" and not form["action"].startswith(("/language", "/type", "/sign"))), {})


@pytest.mark.parametrize(("zone", "endpoint"), POSTS)
def test_garbage_in_every_form(ground: Ground, zone: str, endpoint: str) -> None:
    one = (allowed(ground, zone, endpoint) or ground.people[zone])[0]
    dice, address = Dice(ground, f"{zone} {endpoint}"), ground.address(zone, endpoint)
    own = own_fields(ground, one, zone, endpoint)
    for number in range(FUZZ):
        if number % 5 == 4:
            body: dict[str, Any] = {"data": json.dumps(dice.data()), "content_type": "application/json"}
        else:
            body = {"data": dice.form(own)}
        answer = send(ground, one, address, **body)
        assert answer.status_code < 500, f"sample {number} of {address}: {body}"
        assert not unfit(ground), f"sample {number} of {address}: {body}"
        if answer.mimetype == "text/html" and answer.status_code in (200, 422):
            found = [fault for fault in part_faults(Page(answer.text), "zh_Hans_CN") if "English" not in fault]
            assert not found, f"sample {number} of {address}: {found}"
        ground.restore()


QUERY = ["q", "prison", "ward", "level", "status", "page", "before", "before_id", "first_day", "last_day", "day", "month", "with", "kind", "choose", "next"]
QUERY += ["state", "past", "closed", "after", "actor", "act", "subject_type", "subject_id", "new"]


@pytest.mark.parametrize(("zone", "endpoint"), GETS)
def test_garbage_after_the_question_mark(ground: Ground, zone: str, endpoint: str) -> None:
    one = (allowed(ground, zone, endpoint) or ground.people[zone])[0]
    dice, address = Dice(ground, f"? {zone} {endpoint}"), ground.address(zone, endpoint)
    for _sample in range(FUZZ):
        words = {name: dice.text() for name in QUERY if dice.dice.random() < 0.5}
        answer = send(ground, one, address, "GET", query_string=words)
        assert answer.status_code < 500, f"{address} {words}"
        answer.close()


EXTREMES = ["0", "00", "2147483648", "9223372036854775807", "9223372036854775808", "99999999999999999999999"]
EDGES = ["0001-01-01", "9999-12-31", "0001-01", "9999-12", "1899-12-31", "-", "2026-11-30T"]


@pytest.mark.parametrize("odd", EXTREMES + EDGES)
def test_extremes_after_the_question_mark(ground: Ground, odd: str) -> None:
    broken = []
    for zone, endpoint in GETS:
        if any(word in endpoint for word in ("index", "search", "day", "months", "seen.show")):
            one = (allowed(ground, zone, endpoint) or ground.people[zone])[0]
            address = ground.address(zone, endpoint)
            alone = [["day"], ["month"], ["page"], ["before_id"], ["first_day"], ["last_day"]]
            for names in (QUERY, *some(alone, f"{odd} {address}", max(2, FUZZ // 3))):
                if send(ground, one, address, "GET", query_string=dict.fromkeys(names, odd)).status_code >= 500:
                    broken.append(f"{address} {names}")
            ground.restore()
    assert not broken


WORDS = ["%00", "%FF%FE", "ZZZZZZZZ%0D%0A", "x" * 3000, "%F0%A0%AE%B7", "..%2f..", "' OR 1=1", " "]


@pytest.mark.parametrize(("zone", "endpoint"), [(zone, endpoint) for zone, rows in ROWS.items() for endpoint in rows])
def test_garbage_in_an_address(ground: Ground, zone: str, endpoint: str) -> None:
    """An id beyond every row, a reference that cannot be one: there is no such thing."""
    rule = next(iter(ground.app(zone).url_map.iter_rules(endpoint)))
    if not rule.arguments:
        return
    one = (allowed(ground, zone, endpoint) or ground.people[zone])[0]
    for part in re.findall(r"<[^>]+>", rule.rule):
        for odd in EXTREMES if part.startswith("<int:") else WORDS:
            address = ground.pattern(zone, endpoint).replace(part, odd)
            for other, value in ground.values(endpoint, zone).items():
                address = re.sub(rf"<(int:)?{other}>", str(value), address)
            for method in ROWS[zone][endpoint].methods:
                answer = send(ground, one, address, method)
                assert answer.status_code < 500, f"{method} {address[:200]}"
                answer.close()
                ground.restore()


def test_a_session_cookie_of_garbage_is_nobody(ground: Ground) -> None:
    for cookie in ("x", "a.b.c", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "\xff\xfe", "x" * 4000):
        for zone in ORIGINS:
            stranger = Person("odd", zone, f"__Host-{zone}={cookie}; __Host-device={cookie}; __Host-{zone}-lang={cookie}")
            assert send(ground, stranger, "/account", "GET").status_code == 302


def test_the_accounts_of_the_ground_are_all_open(ground: Ground) -> None:
    """The samples above start from people who are in; if the ground were broken they would all have been turned away."""
    assert ground.house.read(lambda session: session.scalars(select(Account.id).where(Account.closed_at.is_not(None))).all()) == []

"""A new family, from the confirmed number to the account: each refusal, double submits, and who may not."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_companion, make_family, make_visitor
from tests.numbers import resident_id
from tests.web.browsing import Browser, browser
from tests.web.family_steps import MOBILE, acts, details, photo, register, sign_in, stage, to_details
from visitation.accounts.models import Account
from visitation.people.models import Visitor
from visitation.store.db import db
from visitation.uploads.models import Upload


@pytest.fixture
def page(house: House) -> Browser:
    made = browser(house)
    made.speak("en")
    return made


def visitors(house: House) -> list[Visitor]:
    return list(house.read(lambda session: session.scalars(select(Visitor)).all()))


def test_a_whole_registration(house: House, page: Browser) -> None:
    register(house, page, name="阿依古丽•买买提", email="a@example.org", document_number=resident_id(sequence=7))
    (person,) = visitors(house)
    account = house.read(lambda session: session.scalar(select(Account)))
    assert (person.name, person.document_kind, person.birth_date.isoformat()) == ("阿依古丽·买买提", "resident_id", "1985-06-15")
    assert account.visitor_id == person.id
    assert [role.role for role in account.roles] == ["family"]
    with house.family.app_context():
        assert (account.mobile, account.email, person.mobile) == (f"+86{MOBILE}", "a@example.org", f"+86{MOBILE}")
        assert person.document_number == resident_id(sequence=7)
    assert account.language == "en"
    uploads = house.read(lambda session: session.scalars(select(Upload)).all())
    assert {row.id for row in uploads} == {person.photo_id, person.document_photo_id}
    assert all(row.attached_at and row.owner_id == account.id and not row.owner_key for row in uploads)
    (entry,) = acts(house, "account.register")
    assert (entry.actor_id, entry.assisted_by) == (account.id, None)
    assert resident_id(sequence=7) not in str(entry.detail)
    assert page.get("/account").request.path == "/account"


def test_no_number_is_kept_in_the_clear(house: House, page: Browser) -> None:
    number = resident_id()
    register(house, page, document_number=number)
    with house.prison.app_context():
        path = db.engine.url.database
    raw = b"".join(Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal"))
    assert number.encode() not in raw
    assert MOBILE.encode() not in raw


@pytest.mark.parametrize("name", ["李𠮷明", "阿依古丽·买买提", "阿" * 50])
def test_names(house: House, page: Browser, name: str) -> None:
    register(house, page, name=name)
    assert [person.name for person in visitors(house)] == [name]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"document_number": "990101190001010019"}, "one digit may be mistyped"),
        ({"document_number": "990101900101001"}, "15 digits"),
        ({"document_number": "123"}, "17 digits"),
        ({"name": "李4"}, "consists of letters"),
        ({"name": ""}, "fill in this field"),
        ({"document_kind": "hm_travel", "document_number": "H12345678"}, "give the date of birth"),
        ({"document_kind": "hm_travel", "document_number": "H1234"}, "H or M and 8 digits"),
        ({"document_kind": "hmt_permit"}, "another kind of document"),
        ({"document_number": resident_id(date(2015, 1, 1))}, "from the age of 14"),
        ({"email": "no mail"}, "not an e-mail address"),
        ({"password": "short", "again": "short"}, "at least 8 characters"),
        ({"password": "correct horse", "again": "correct house"}, "differ"),
    ],
)
def test_a_refused_form_keeps_everything(house: House, page: Browser, changes: dict[str, str], words: str) -> None:
    to_details(house, page)
    typed = details(email="a@example.org") | changes
    page.submit(typed, form="details-form")
    assert words in page.page.text
    for name in ("name", "document_number", "email"):
        assert f'value="{typed[name]}"' in page.page.text
    assert page.page.text.count('<img src="/uploads/') == 2
    assert visitors(house) == []
    page.submit(details(email=""), form="details-form")
    assert len(visitors(house)) == 1


def test_other_documents(house: House, page: Browser) -> None:
    register(house, page, document_kind="tw_travel", document_number="1234 5678", birth_date="1970-02-03")
    (person,) = visitors(house)
    with house.family.app_context():
        assert (person.document_kind, person.document_number, person.birth_date.isoformat()) == ("tw_travel", "12345678", "1970-02-03")


@pytest.mark.parametrize("whose", ["account", "companion", "nobody"])
def test_a_document_that_is_registered_already(house: House, page: Browser, whose: str) -> None:
    def prepare(session):  # type: ignore[no-untyped-def]
        if whose == "account":
            make_family(session, document_number=resident_id(sequence=1), name="张三")
        elif whose == "companion":
            make_companion(session, make_family(session), document_number=resident_id(sequence=1), name="张三")
        else:
            make_visitor(session, document_number=resident_id(sequence=1), name="张三")

    house.write(prepare)
    before = len(visitors(house))
    register(house, page, document_number=resident_id(sequence=1))
    assert "already registered" in page.page.text
    assert "张三" not in page.page.text
    assert len(visitors(house)) == before


def test_the_same_registration_twice_is_one(house: House, page: Browser) -> None:
    to_details(house, page)
    form = page.form("details-form")["fields"]
    typed = form | details(document_number=resident_id(sequence=2))
    cookie = page.client.get_cookie("__Host-family", domain="localhost")
    answers = []
    for _time in range(2):
        page.client.set_cookie("__Host-family", cookie.value, domain="localhost")  # type: ignore[union-attr]
        answers.append(page.post("/register/details", typed, follow=False))
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, "/"), (302, "/")]
    assert len(visitors(house)) == 1
    assert len(acts(house, "account.register")) == 1
    assert page.get("/account").request.path == "/account"


def test_the_steps_in_their_order(house: House, page: Browser) -> None:
    assert page.get("/register/details").request.path == "/sign-in"
    assert page.get("/register/face").request.path == "/sign-in"
    sign_in(house, page)
    page.submit(form="photo-form")
    assert "add a photo of the face" in page.page.text
    page.get("/register/details")
    page.submit(details(), form="details-form")
    assert "add a photo of the face" in page.page.text
    assert "add a photo of the document" in page.page.text
    assert visitors(house) == []


def test_without_script_the_photo_comes_with_the_step(house: House, page: Browser) -> None:
    sign_in(house, page)
    page.submit({"file": (BytesIO(b"MZ" * 800), "me.jpg")}, form="photo-form")
    assert "JPEG or PNG photo" in page.page.text
    page.submit({"file": (BytesIO(photo()), "me.jpg")}, form="photo-form")
    assert page.page.text.count('<img src="/uploads/') == 1
    page.submit(form="photo-form")
    assert page.page.request.path == "/register/document"


def test_without_script_20_mb_come_back_to_the_step(house: House, page: Browser) -> None:
    sign_in(house, page)
    page.submit({"file": (BytesIO(b"\0" * 20 * 1024 * 1024), "me.jpg")}, form="photo-form")
    assert page.page.status_code == 413
    assert "larger than 10 MB" in page.page.text
    assert "photo-form" in page.page.text


def test_a_confirmed_number_waits_an_hour(house: House, page: Browser) -> None:
    to_details(house, page)
    house.clock.advance(timedelta(minutes=61))
    page.submit(details(), form="details-form")
    assert page.page.request.path == "/sign-in"
    assert visitors(house) == []


def test_somebody_elses_photo_is_not_mine(house: House, page: Browser) -> None:
    other = browser(house)
    other.get("/sign-in")
    uid = stage(other, "face").json["uid"]  # type: ignore[index]
    to_details(house, page)
    page.submit(details(face=uid), form="details-form")
    assert "no longer waiting" in page.page.text
    assert visitors(house) == []


def test_a_number_that_was_taken_meanwhile(house: House, page: Browser) -> None:
    to_details(house, page)
    house.write(lambda session: make_family(session, mobile=f"+86{MOBILE}"))
    page.submit(details(), form="details-form")
    assert "already in use for another account" in page.page.text


def test_who_is_signed_in_does_not_register_again(house: House) -> None:
    page = browser(house, "family", house.write(lambda session: make_family(session).account))
    assert page.get("/register/details", follow=False).headers["Location"] == "/"


def test_a_password_can_be_chosen_at_once(house: House, page: Browser) -> None:
    register(house, page, password="correct horse", again="correct horse")
    page.get("/account")
    page.submit(form="/sign-out")
    page.get("/sign-in/password")
    page.submit({"mobile": MOBILE, "password": "correct horse"})
    assert page.get("/account").request.path == "/account"

"""A clerk at a justice station: two factors, one person at a time, everything recorded as assisted."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import Family, make_clerk, make_family, make_inmate, make_prison, make_ward
from tests.numbers import resident_id
from tests.web.browsing import Browser, browser
from tests.web.family_steps import MOBILE, acts, details, last_code, stage, wrong_code
from visitation.accounts import passwords
from visitation.accounts.models import Account, SignIn
from visitation.notices.models import Notice
from visitation.people.models import Kinship, Visitor

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
REASON = "老人没有手机，已核对身份证原件。"


@pytest.fixture
def clerk(house: House) -> Account:
    return house.write(lambda session: make_clerk(session, login="clerk-a"))  # type: ignore[no-any-return]


@pytest.fixture
def page(house: House, clerk: Account) -> Browser:
    made = browser(house, "family", clerk)
    made.speak("en")
    return made


@pytest.fixture
def family(house: House) -> Family:
    return house.write(lambda session: make_family(session, mobile=f"+86{MOBILE}", name="李老人"))  # type: ignore[no-any-return]


def find(house: House, page: Browser, family: Family) -> None:
    with house.family.app_context():
        number = family.visitor.document_number
    page.get("/clerk")
    page.submit({"number": number.lower()})


def assist(house: House, page: Browser, family: Family) -> None:
    find(house, page, family)
    page.submit({"reason": REASON}, form="reason-form")


def test_password_and_second_factor(house: House, clerk: Account) -> None:
    hashed = passwords.hash_password("a long clerk password")

    def prepare(session: Any) -> None:
        row = session.get(Account, clerk.id)
        row.password_hash, row.totp_secret = hashed, SECRET

    house.write(prepare)
    page = browser(house)
    page.get("/clerk/sign-in")
    page.submit({"login": "clerk-a", "password": "wrong password"})
    assert page.page.request.path == "/clerk/sign-in"
    page.submit({"login": "CLERK-A", "password": "a long clerk password"})
    assert page.page.request.path == "/clerk/sign-in/step"
    assert page.get("/clerk").request.path == "/sign-in"
    assert page.get("/relatives").request.path == "/sign-in"
    page.get("/clerk/sign-in/step")
    page.submit({"code": "000000"}, form="factor-form")
    assert page.page.request.path == "/clerk/sign-in/step"
    page.submit({"code": pyotp.TOTP(SECRET).at(house.now)}, form="factor-form")
    assert page.page.request.path == "/clerk"


def test_the_first_sign_in_enrols_and_chooses_a_password(house: House) -> None:
    runner = house.prison.test_cli_runner()
    out = runner.invoke(args=["create-clerk", "--login", "clerk-b", "--name", "青山司法所"]).output
    plain = out.split("One-time password: ")[1].split()[0]
    page = browser(house)
    page.get("/clerk/sign-in")
    page.submit({"login": "clerk-b", "password": plain})
    assert page.get("/clerk/sign-in/qr.svg").mimetype == "image/svg+xml"
    page.get("/clerk/sign-in/step")
    with house.family.app_context():
        secret = house.read(lambda session: session.scalar(select(Account).where(Account.login == "clerk-b"))).totp_pending
    page.submit({"code": pyotp.TOTP(secret).at(house.now)}, form="factor-form")
    assert page.page.request.path == "/clerk/sign-in/step"
    assert page.get("/clerk").request.path == "/sign-in"
    page.get("/clerk/sign-in/step")
    page.submit({"new": "short", "again": "short"})
    assert page.page.request.path == "/clerk/sign-in/step"
    page.submit({"new": "a sentence of mine", "again": "a sentence of mine"})
    assert page.page.request.path == "/clerk"
    assert runner.invoke(args=["create-clerk", "--login", "CLERK-B", "--name", "x"]).exit_code == 1


def test_a_clerk_cannot_sign_in_by_a_code(house: House, clerk: Account) -> None:
    page = browser(house)
    page.get("/sign-in/password")
    page.submit({"mobile": MOBILE, "password": ""})
    assert page.get("/clerk").request.path == "/sign-in"


def test_before_anybody_is_assisted_a_clerk_is_no_family(page: Browser) -> None:
    for path in ("/relatives", "/account", "/relatives/new"):
        assert page.get(path).status_code == 403


def test_a_family_is_no_clerk(house: House, family: Family) -> None:
    page = browser(house, "family", family.account)
    for path in ("/clerk", "/clerk/person", "/clerk/register"):
        assert page.get(path).status_code == 403


def test_help_by_a_code_to_the_persons_telephone(house: House, clerk: Account, page: Browser, family: Family) -> None:
    find(house, page, family)
    assert "李老人" in page.page.text
    assert "138****5678" in page.page.text
    page.submit(form="send-form")
    page.submit({"code": wrong_code(house)})
    assert page.get("/relatives").status_code == 403
    page.get("/clerk/code")
    page.submit({"code": last_code(house)})
    assert page.page.request.path == "/clerk"
    assert "You are helping 李老人" in page.get("/relatives").text
    (entry,) = acts(house, "clerk.assist")
    assert (entry.actor_id, entry.subject_id, entry.detail) == (clerk.id, str(family.visitor.id), {"by": "code"})
    told = house.read(lambda session: session.scalars(select(Notice)).one())
    assert (told.account_id, told.kind, told.facts["clerk"]) == (family.account.id, "assisted", clerk.name), "the person is told, wherever they are"


def test_help_by_document_and_reason(house: House, page: Browser, family: Family) -> None:
    find(house, page, family)
    page.submit({"reason": "kurz"}, form="reason-form")
    assert "at least 10 characters" in page.page.text
    page.submit({"reason": REASON}, form="reason-form")
    assert "You are helping" in page.page.text
    assert acts(house, "clerk.assist")[0].detail == {"by": "document", "reason": REASON}


def test_nobody_with_this_document(house: House, page: Browser) -> None:
    page.get("/clerk")
    page.submit({"number": resident_id()})
    assert "Nobody with this document" in page.page.text
    assert page.get("/clerk/person").status_code == 404
    assert len(acts(house, "clerk.search")) == 1


def test_what_is_done_is_the_persons_and_recorded_as_assisted(house: House, clerk: Account, page: Browser, family: Family) -> None:
    inmate = house.write(lambda session: make_inmate(session, make_ward(session, make_prison(session)), number="65000001"))
    assist(house, page, family)
    page.get("/relatives/new")
    stage(page, "proof")
    page.get("/relatives/new")
    page.submit({"inmate_name": inmate.name, "inmate_number": "65000001", "relation": "sibling"}, form="claim-form")
    claim = house.read(lambda session: session.scalar(select(Kinship)))
    assert (claim.visitor_id, claim.inmate_id) == (family.visitor.id, inmate.id)
    (entry,) = acts(house, "kinship.claim")
    assert (entry.actor_id, entry.assisted_by) == (family.account.id, clerk.id)
    assert house.read(lambda session: session.scalar(select(Notice.account_id))) == family.account.id
    sights = acts(house, "sight")
    assert all(row.assisted_by == clerk.id for row in sights if row.actor_id == family.account.id)
    assert browser(house, "family", family.account).get(f"/relatives/{claim.ref}").status_code == 200


def test_the_account_itself_is_not_the_clerks(house: House, page: Browser, family: Family) -> None:
    assist(house, page, family)
    for path in ("/account/password", "/account/close", "/account/mobile", "/account/mobile/code"):
        assert page.get(path).status_code == 404
    page.get("/account")
    own = house.write(lambda session: session.scalar(select(SignIn.id)))
    assert page.post(f"/account/sign-ins/{own}/end").status_code == 404


def test_the_help_ends(house: House, page: Browser, family: Family) -> None:
    assist(house, page, family)
    page.get("/relatives")
    page.submit(form="/clerk/end")
    assert page.get("/relatives").status_code == 403
    assert page.get("/clerk/person").status_code == 404
    assert len(acts(house, "clerk.end")) == 1


def test_one_person_at_a_time(house: House, page: Browser, family: Family) -> None:
    assist(house, page, family)
    for path in ("/clerk/person", "/clerk/code", "/clerk/register"):
        assert page.get(path).status_code == 404


def test_a_closed_account_ends_the_help(house: House, page: Browser, family: Family) -> None:
    assist(house, page, family)

    def close(session: Any) -> None:
        session.get(Account, family.account.id).closed_at = house.now

    house.write(close)
    assert page.get("/relatives").status_code == 403


@pytest.mark.parametrize("mobile", ["", MOBILE])
def test_a_clerk_registers_a_person(house: House, clerk: Account, page: Browser, mobile: str) -> None:
    page.get("/clerk/register")
    page.submit({"mobile": mobile})
    if mobile:
        page.submit({"code": last_code(house)})
    for purpose in ("face", "document"):
        stage(page, purpose)
        page.submit(form="photo-form")
    page.submit(details(name="阿依古丽·买买提"), form="details-form")
    person = house.read(lambda session: session.scalar(select(Visitor)))
    account = house.read(lambda session: session.scalar(select(Account).where(Account.kind == "family")))
    assert account.visitor_id == person.id
    assert (account.mobile_index is None) == (mobile == "")
    assert acts(house, "account.register")[0].assisted_by == clerk.id
    assert "You are helping 阿依古丽·买买提" in page.get("/relatives").text
    page.submit(form="/clerk/end")
    url = house.read(lambda session: session.get(Visitor, person.id)).photo_id
    assert url is not None
    assert page.get("/register/details").request.path == "/clerk"


def test_the_same_person_twice_is_one(house: House, page: Browser) -> None:
    page.get("/clerk/register")
    page.submit({"mobile": ""})
    for purpose in ("face", "document"):
        stage(page, purpose)
        page.submit(form="photo-form")
    form = page.form("details-form")["fields"] | details()
    cookie = page.client.get_cookie("__Host-family", domain="localhost")
    for _time in range(2):
        page.client.set_cookie("__Host-family", cookie.value, domain="localhost")  # type: ignore[union-attr]
        page.post("/register/details", form, follow=False)
        house.write(lambda session: [setattr(row, "assisting_id", None) for row in session.scalars(select(SignIn))])
    assert len(house.read(lambda session: session.scalars(select(Visitor)).all())) == 1


def test_a_family_browser_cannot_register_without_a_telephone(house: House) -> None:
    page = browser(house)
    page.get("/sign-in")
    with page.client.session_transaction(base_url=page.origin) as session:
        session["confirmed"] = {"mobile": None, "until": (house.now + timedelta(hours=1)).isoformat()}
    assert page.get("/register/face").request.path == "/sign-in"

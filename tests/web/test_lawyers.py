"""Lawyers: invited or entered, registering, verified, signing in with a second factor, ended."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.lawyers.models import Firm, Lawyer
from tests.conftest import House
from tests.factories import make_lawyer, make_prison, make_staff
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.kernel.identity import Role

LICENCE = "11101201010123456"
PASSWORD = "a sentence that only I know"


@pytest.fixture
def firm(house: House) -> Firm:
    def work(session):  # type: ignore[no-untyped-def]
        row = Firm(name="诚信律师事务所", created_at=house.now)
        session.add(row)
        session.flush()
        return row

    found: Firm = house.write(work)
    return found


@pytest.fixture
def office(house: House) -> Browser:
    account = house.write(lambda session: make_staff(session, (Role.LEGAL_OFFICE,), make_prison(session)))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def lawyer(house: House) -> Lawyer:
    found: Lawyer = house.read(lambda session: session.scalars(select(Lawyer)).one())
    return found


def guest(house: House) -> Browser:
    found = browser(house, "family")
    found.speak("en")
    return found


def invited(office: Browser, firm: Firm) -> str:
    office.get("/lawyers/invite")
    office.submit({"firm": str(firm.id), "name": "李明"}, form="invite")
    found = re.search(r'id="invitation"[^>]*>([A-Z0-9-]+)<', office.page.text)
    assert found
    return found[1]


def joining(code: str, **changes: object) -> dict[str, object]:
    typed = {"code": code, "name": "李明", "licence": f" {LICENCE[:8]} {LICENCE[8:]}", "languages": ["zh", "ug"], "matters": ["labour"], "login": "liming"}
    return {**typed, "new": PASSWORD, "again": PASSWORD, **changes}


def test_a_lawyer_registers_with_an_invitation_once(house: House, office: Browser, firm: Firm) -> None:
    code = invited(office, firm)
    page = guest(house)
    page.get("/lawyer/join")
    page.submit(joining("AAAA-AAAA-AAAA-AAAA"), form="join")
    assert "This code does not work" in page.page.text
    assert "liming" in page.page.text, "nothing typed is lost"
    page.submit(joining(code.lower(), licence="123"), form="join")
    assert "has 17 digits" in page.page.text
    page.submit(joining(code.lower(), new="short", again="short"), form="join")
    assert house.read(lambda session: session.scalar(select(Lawyer.id))) is None
    page.submit(joining(code.lower()), form="join")
    assert "You are registered" in page.page.text
    row = lawyer(house)
    assert (row.licence, row.state, row.firm_id, row.languages) == (LICENCE, "submitted", firm.id, ["zh", "ug"])

    page.get("/lawyer/join")
    page.submit(joining(code, login="other", licence="2" * 17), form="join")
    assert "This code does not work" in page.page.text


def test_an_invitation_is_over_after_a_week(house: House, office: Browser, firm: Firm) -> None:
    code = invited(office, firm)
    house.clock.advance(timedelta(days=7))
    page = guest(house)
    page.get("/lawyer/join")
    page.submit(joining(code), form="join")
    assert "This code does not work" in page.page.text


def test_a_lawyer_signs_in_with_a_second_factor_and_waits_for_verification(house: House, office: Browser, firm: Firm) -> None:
    page = guest(house)
    page.get("/lawyer/join")
    page.submit(joining(invited(office, firm)), form="join")
    page.get("/clerk/sign-in")
    page.submit({"login": "LiMing", "password": PASSWORD})
    assert page.get("/lawyer/me", follow=False).status_code == 302, "the password alone opens nothing"
    page.get("/clerk/sign-in/step")
    secret = house.read(lambda session: session.scalars(select(Account).where(Account.login == "liming")).one().totp_pending)
    page.submit({"code": pyotp.TOTP(secret).at(house.now)}, form="factor-form")
    assert page.page.request.path == "/lawyer/me"
    assert "Until then no case is given to you" in page.page.text
    for path in ("/", "/visits/new", "/relatives/new", "/clerk"):
        assert page.get(path).status_code == 403, path

    office.get("/lawyers?state=submitted")
    assert "李明" in office.page.text
    office.get(f"/lawyers/{lawyer(house).ref}")
    office.submit({"act": "verify", "text": "司法厅公示平台"}, form="decide")
    assert lawyer(house).state == "verified"
    page.get("/lawyer/me")
    assert "Until then no case" not in page.page.text

    page.submit({"licence": "3" * 17}, form="profile")
    assert lawyer(house).state == "submitted", "another licence is verified again"
    office.get(f"/lawyers/{lawyer(house).ref}")
    office.submit({"act": "refuse", "text": "号码不符"}, form="decide")
    page.get("/lawyer/me")
    assert "号码不符" in page.page.text
    page.submit({"licence": LICENCE}, form="profile")
    assert lawyer(house).state == "submitted"


def test_an_entered_lawyer_gets_a_password_for_one_use(house: House, office: Browser, firm: Firm) -> None:
    office.get("/lawyers/new")
    office.submit({"firm": str(firm.id), "name": "李明", "licence": LICENCE, "login": "liming", "languages": ["zh"]}, form="lawyer")
    assert 'id="one-time"' in office.page.text
    assert house.read(lambda session: session.scalars(select(Account).where(Account.kind == "lawyer")).one().must_change_password)
    office.get("/lawyers/new")
    office.submit({"firm": str(firm.id), "name": "王五", "licence": LICENCE, "login": "LIMING", "languages": ["zh"]}, form="lawyer")
    assert "already entered" in office.page.text
    assert house.read(lambda session: len(session.scalars(select(Lawyer)).all())) == 1


def test_a_double_click_enters_a_lawyer_once_and_shows_no_password_twice(house: House, office: Browser, firm: Firm) -> None:
    def hashed() -> str:
        return house.read(lambda session: session.scalars(select(Account).where(Account.kind == "lawyer")).one().password_hash)  # type: ignore[no-any-return]

    typed = {"firm": str(firm.id), "name": "李明", "licence": LICENCE, "login": "liming", "languages": ["zh"]}
    form = office.get("/lawyers/new")
    office.submit(typed, form="lawyer")
    first = hashed()
    office.page = form
    office.submit(typed, form="lawyer")
    assert 'id="one-time"' not in office.page.text
    assert "is entered already" in office.page.text
    assert hashed() == first, "the password that was shown is the one that works"
    ref = lawyer(house).ref
    assert office.page.request.path == f"/lawyers/{ref}"
    office.submit({}, form="password")
    assert 'id="one-time"' in office.page.text
    assert hashed() != first

    def chosen(session: Session) -> None:
        session.scalars(select(Account).where(Account.kind == "lawyer")).one().must_change_password = False

    house.write(chosen)
    assert 'id="password"' not in office.get(f"/lawyers/{ref}").text
    own = hashed()
    assert office.post(f"/lawyers/{ref}/password").status_code == 409, "the account is the lawyer's alone"
    assert hashed() == own


def test_a_double_click_enters_a_firm_once(house: House, office: Browser) -> None:
    form = office.get("/lawyers/firms/new")
    for _click in range(2):
        office.page = form
        office.submit({"name": "正平律师事务所"}, form="firm")
        assert office.page.request.path == "/lawyers"
    assert house.read(lambda session: len(session.scalars(select(Firm).where(Firm.name == "正平律师事务所")).all())) == 1


def test_an_ended_lawyer_is_out_at_once(house: House, office: Browser, firm: Firm) -> None:
    account = house.write(lambda session: make_lawyer(session, session.merge(firm)).account)
    page = browser(house, "family", account)
    assert page.get("/lawyer/me").status_code == 200
    ref = lawyer(house).ref
    office.get(f"/lawyers/{ref}")
    office.submit({"act": "end", "text": "调离"}, form="decide")
    assert page.get("/lawyer/me", follow=False).status_code == 302
    stale = office.post(f"/lawyers/{ref}", {"act": "end", "text": "again"})
    assert stale.status_code == 409


def test_days_away_and_firms(house: House, office: Browser, firm: Firm) -> None:
    account = house.write(lambda session: make_lawyer(session, session.merge(firm)).account)
    page = browser(house, "family", account)
    page.speak("en")
    page.get("/lawyer/me")
    page.submit({"first": "2026-12-05", "last": "2026-12-01"}, form="away")
    assert "must not be before the first" in page.page.text
    page.submit({"first": "2026-12-01", "last": "2026-12-05"}, form="away")
    away = house.read(lambda session: session.scalars(select(Lawyer)).one().away[0].id)
    office.get(f"/lawyers/firms/{firm.ref}")
    office.submit(form="close")
    assert "still serve" in office.page.text
    page.get("/lawyer/me")
    page.post(f"/lawyer/me/away/{away}/remove")
    assert house.read(lambda session: session.scalars(select(Lawyer)).one().away) == []
    office.get("/lawyers/firms/new")
    office.submit({"name": "诚信律师事务所"}, form="firm")
    assert house.read(lambda session: len(session.scalars(select(Firm)).all())) == 1
    office.submit({"name": "光明律师事务所", "matters": ["labour"]}, form="firm")
    assert "光明律师事务所" in office.page.text

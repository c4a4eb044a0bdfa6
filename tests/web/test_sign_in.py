"""Families sign in by code or password: same answers for everybody, slowed guessers, fresh sessions."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_family
from tests.web.browsing import Browser, browser
from tests.web.family_steps import MOBILE, acts, codes_sent, last_code, sign_in, wrong_code
from visitation.accounts import codes, passwords
from visitation.accounts.models import Account, SignIn
from visitation.accounts.service_family import Browser as From
from visitation.accounts.service_family import enter_code


@pytest.fixture
def account(house: House) -> Account:
    return house.write(lambda session: make_family(session, mobile=f"+86{MOBILE}").account)  # type: ignore[no-any-return]


def cookie(page: Browser) -> str:
    return page.client.get_cookie("__Host-family", domain="localhost").value  # type: ignore[union-attr]


def test_a_code_lets_in_and_leaves_a_trace(house: House, account: Account) -> None:
    page = browser(house)
    sign_in(house, page)
    assert page.get("/account").status_code == 200
    (entry,) = acts(house, "account.sign_in")
    assert (entry.actor_id, entry.detail) == (account.id, {"by": "code"})


def test_the_page_that_was_wanted_comes_next(house: House, account: Account) -> None:
    page = browser(house)
    page.get("/relatives?x=1")
    assert page.page.request.path == "/sign-in"
    page.submit({"mobile": MOBILE})
    answer = page.submit({"code": last_code(house)}, form="code-form", follow=False)
    assert answer.headers["Location"] == "/relatives?x=1"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "\\\\evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(house: House, account: Account, target: str) -> None:
    page = browser(house)
    page.get("/sign-in", query_string={"next": target})
    page.submit({"mobile": MOBILE})
    answer = page.submit({"code": last_code(house)}, form="code-form", follow=False)
    assert answer.headers["Location"] == "/"


def test_the_session_is_a_fresh_one(house: House, account: Account) -> None:
    page = browser(house)
    page.get("/sign-in")
    page.submit({"mobile": MOBILE})
    before = cookie(page)
    page.submit({"code": last_code(house)}, form="code-form", follow=False)
    assert cookie(page) != before
    with page.client.session_transaction(base_url=page.origin) as session:
        assert "asked" not in session
        assert "browser_key" not in session


def strip(text: str) -> str:
    """A page without its tokens."""
    return re.sub(r'(name="(?:csrf_token|request_key)"[^>]*value=")[^"]*|value="[^"]{30,}"', "", text)


def test_a_strangers_number_gets_the_same_answer(house: House, account: Account) -> None:
    pages = []
    for mobile in (MOBILE, "13899995678"):
        page = browser(house)
        page.get("/sign-in")
        pages.append(strip(page.submit({"mobile": mobile}).text).replace(mobile, "").replace("138****5678", ""))
    assert pages[0] == pages[1]
    assert codes_sent(house) == 2


def test_a_new_number_leads_to_the_registration(house: House) -> None:
    page = browser(house)
    assert sign_in(house, page).request.path == "/register/face"


@pytest.mark.parametrize("mobile", ["", "110", "0991-5550100", "1381234567", "+852 5123 4567"])
def test_what_is_no_mobile_number_is_refused(house: House, mobile: str) -> None:
    page = browser(house)
    page.get("/sign-in")
    page.submit({"mobile": mobile})
    assert page.page.request.path == "/sign-in"
    assert "field-error" in page.page.text
    assert f'value="{mobile}"' in page.page.text
    assert codes_sent(house) == 0


def test_a_wrong_code_says_how_many_tries_are_left(house: House, account: Account) -> None:
    page = browser(house)
    page.speak("en")
    page.get("/sign-in")
    page.submit({"mobile": MOBILE})
    page.submit({"code": wrong_code(house)}, form="code-form")
    assert "Tries left: 4" in page.page.text
    assert len(acts(house, "account.code_failed")) == 1


def test_after_five_wrong_codes_the_right_one_is_dead(house: House, account: Account) -> None:
    page = browser(house)
    page.speak("en")
    page.get("/sign-in")
    page.submit({"mobile": MOBILE})
    for _try in range(5):
        page.submit({"code": wrong_code(house)}, form="code-form")
    page.submit({"code": last_code(house)}, form="code-form")
    assert "five times" in page.page.text
    assert page.get("/account").request.path == "/sign-in"


def test_a_code_lives_five_minutes(house: House, account: Account) -> None:
    page = browser(house)
    page.speak("en")
    page.get("/sign-in")
    page.submit({"mobile": MOBILE})
    house.clock.advance(timedelta(minutes=5))
    page.submit({"code": last_code(house)}, form="code-form")
    assert "older than five minutes" in page.page.text


def test_a_code_works_once(house: House, account: Account) -> None:
    sent = From("k", "1.1.1.1", "x")
    house.write(lambda session: codes.send(session, f"+86{MOBILE}", "sign_in", "k", "1.1.1.1", "en", house.now))
    code = last_code(house)
    first = house.write(lambda session: enter_code(session, f"+86{MOBILE}", code, sent, house.now))
    second = house.write(lambda session: enter_code(session, f"+86{MOBILE}", code, sent, house.now))
    assert first.token
    assert second.refusal.code == "CODE_EXPIRED"


def test_a_code_works_only_in_the_browser_that_asked(house: House, account: Account) -> None:
    """A stranger neither uses the code up nor can enter it."""
    owner, stranger = browser(house), browser(house)
    stranger.get("/sign-in")
    stranger.submit({"mobile": MOBILE})
    house.clock.advance(timedelta(seconds=61))
    owner.get("/sign-in")
    owner.submit({"mobile": MOBILE})
    code = last_code(house)
    for _try in range(6):
        stranger.submit({"code": code}, form="code-form")
    assert stranger.get("/account").request.path == "/sign-in"
    owner.submit({"code": code}, form="code-form")
    assert owner.get("/account").request.path == "/account"


def test_another_code_only_after_a_minute(house: House, account: Account) -> None:
    page = browser(house)
    page.speak("en")
    page.get("/sign-in")
    page.submit({"mobile": MOBILE})
    page.submit(form="again-form")
    assert "wait 60 seconds" in page.page.text
    house.clock.advance(timedelta(seconds=60))
    page.submit(form="again-form")
    assert codes_sent(house) == 2


def test_five_codes_an_hour_for_a_number(house: House, account: Account) -> None:
    for _code in range(5):
        page = browser(house)
        page.get("/sign-in")
        page.submit({"mobile": MOBILE})
        house.clock.advance(timedelta(seconds=61))
    page = browser(house)
    page.speak("en")
    page.get("/sign-in")
    page.submit({"mobile": MOBILE})
    assert "Many codes" in page.page.text
    assert codes_sent(house) == 5
    house.clock.advance(timedelta(minutes=56))
    page.submit({"mobile": MOBILE})
    assert codes_sent(house) == 6


def test_twenty_codes_an_hour_for_an_address(house: House) -> None:
    def ask(number: int, address: str) -> None:
        house.write(lambda session: codes.send(session, f"+861380000{number:04d}", "sign_in", "k", address, "en", house.now))

    for number in range(20):
        ask(number, "9.9.9.9")
    with pytest.raises(Exception, match="CODES_MANY"):
        ask(20, "9.9.9.9")
    ask(20, "9.9.9.8")


@pytest.fixture
def with_password(house: House, account: Account) -> Account:
    hashed = passwords.hash_password("correct horse")

    def give(session):  # type: ignore[no-untyped-def]
        session.get(Account, account.id).password_hash = hashed

    house.write(give)
    return account


def try_password(page: Browser, mobile: str, password: str) -> str:
    page.get("/sign-in/password")
    return page.submit({"mobile": mobile, "password": password}).text


def test_a_password_lets_in(house: House, with_password: Account) -> None:
    page = browser(house)
    try_password(page, MOBILE, "correct horse")
    assert page.get("/account").request.path == "/account"
    assert acts(house, "account.sign_in")[0].detail == {"by": "password"}


def test_a_wrong_password_and_an_unknown_number_get_the_same_answer(house: House, with_password: Account) -> None:
    page = browser(house)
    texts = [strip(try_password(page, mobile, "wrong horse")).replace(mobile, "") for mobile in (MOBILE, "13899990000")]
    assert texts[0] == texts[1]
    assert len(acts(house, "account.password_failed")) == 1


def test_an_account_without_a_password_has_no_door_by_password(house: House, account: Account) -> None:
    page = browser(house)
    try_password(page, MOBILE, "")
    try_password(page, MOBILE, "None")
    assert page.get("/account").request.path == "/sign-in"


def test_a_guesser_waits_and_the_owner_comes_in_by_code(house: House, with_password: Account) -> None:
    page = browser(house)
    page.speak("en")
    for _try in range(5):
        try_password(page, MOBILE, "wrong horse")
    assert "several times" in try_password(page, MOBILE, "correct horse")
    sign_in(house, page)
    assert page.get("/account").request.path == "/account"


def test_a_guesser_elsewhere_does_not_lock_the_owner_out(house: House, with_password: Account) -> None:
    page, owner = browser(house), browser(house)
    for _try in range(6):
        try_password(page, MOBILE, "wrong horse")
    owner.get("/sign-in/password")
    owner.client.environ_base = {**owner.client.environ_base, "REMOTE_ADDR": "10.1.2.3"}
    owner.submit({"mobile": MOBILE, "password": "correct horse"})
    assert owner.get("/account").request.path == "/account"


def test_after_a_quarter_of_an_hour_the_password_works_again(house: House, with_password: Account) -> None:
    page = browser(house)
    for _try in range(5):
        try_password(page, MOBILE, "wrong horse")
    house.clock.advance(timedelta(minutes=15))
    try_password(page, MOBILE, "correct horse")
    assert page.get("/account").request.path == "/account"


def test_a_closed_account_is_a_new_number(house: House, account: Account) -> None:
    def close(session):  # type: ignore[no-untyped-def]
        row = session.get(Account, account.id)
        row.closed_at, row.mobile = house.now, None

    house.write(close)
    page = browser(house)
    assert sign_in(house, page).request.path == "/register/face"


def test_signing_out_ends_the_row(house: House, account: Account) -> None:
    page = browser(house, "family", account)
    page.get("/account")
    page.submit(form="/sign-out")
    assert page.get("/account").request.path == "/sign-in"
    rows = house.read(lambda session: session.scalars(select(SignIn)).all())
    assert [row.revoked_at for row in rows] == [house.now]
    assert len(acts(house, "account.sign_out")) == 1


def test_a_sign_in_that_is_used_stays_and_an_idle_one_ends(house: House, account: Account) -> None:
    page = browser(house, "family", account)
    for _hour in range(3):
        house.clock.advance(timedelta(minutes=110))
        assert page.get("/account").request.path == "/account"
    house.clock.advance(timedelta(minutes=121))
    assert page.get("/account").request.path == "/sign-in"


def test_a_day_is_the_longest(house: House, account: Account) -> None:
    page = browser(house)
    sign_in(house, page)
    for _hour in range(11):
        house.clock.advance(timedelta(hours=1))
        assert page.get("/account").request.path == "/account"
    house.clock.advance(timedelta(hours=1))
    assert page.get("/account").request.path == "/sign-in"


def test_nothing_without_the_token_or_from_elsewhere(house: House) -> None:
    page = browser(house)
    assert page.client.post("/sign-in", data={"mobile": MOBILE}, base_url=page.origin, headers={"Origin": page.origin}).status_code == 400
    page.get("/sign-in")
    answer = page.client.post("/sign-in", data={"mobile": MOBILE, "csrf_token": page.csrf()}, base_url=page.origin, headers={"Origin": "http://localhost:8001"})
    assert answer.status_code == 403
    assert codes_sent(house) == 0

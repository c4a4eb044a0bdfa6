"""The staff's way in: password, second factor, enrolment, one's own password; pauses that hit the guesser and not the owner."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_sign_in
from tests.settings import PRISON_ORIGIN
from tests.staff_people import KEY, PASSWORD, staff_member
from tests.web.browsing import Browser, browser
from visitation.accounts import passwords
from visitation.accounts.models import Account, SignIn, SignInAttempt
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Role


def desk(house: House, address: str = "10.0.0.5") -> Browser:
    client = house.prison.test_client()
    client.environ_base = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": "Desk/1.0"}
    return Browser(client, PRISON_ORIGIN)


def type_password(page: Browser, login: str, password: str = PASSWORD) -> None:
    page.get("/sign-in")
    page.speak("en")
    page.get("/sign-in")
    page.submit({"login": login, "password": password})


def code_at(house: House, secret: str = KEY, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(house.now + timedelta(seconds=30 * steps))


def test_password_then_code_then_in(house: House) -> None:
    account = staff_member(house)
    page = desk(house)
    type_password(page, account.login or "")
    assert "Second factor" in page.page.text
    assert page.get("/account", follow=False).status_code == 302  # not in yet
    page.get("/sign-in/code")
    page.submit({"code": code_at(house)}, follow=False)
    assert page.page.status_code == 302
    assert page.get("/account").status_code == 200
    assert "Desk/1.0" in page.page.text
    acts = house.read(lambda session: session.scalars(select(AuditEntry.act).where(AuditEntry.actor_id == account.id)).all())
    assert "staff.sign_in" in acts


def test_the_login_name_is_not_case_sensitive_and_the_password_is(house: House) -> None:
    account = staff_member(house)
    page = desk(house)
    type_password(page, (account.login or "").upper())
    assert "Second factor" in page.page.text
    page = desk(house)
    type_password(page, account.login or "", PASSWORD.upper())
    assert "do not belong together" in page.page.text


def test_the_second_factor_gives_a_new_token_and_ends_the_old_one(house: House) -> None:
    account = staff_member(house)
    page = desk(house)
    type_password(page, account.login or "")
    page.get("/sign-in/code")
    page.submit({"code": code_at(house)}, follow=False)
    rows = house.read(lambda session: session.scalars(select(SignIn).where(SignIn.account_id == account.id).order_by(SignIn.id)).all())
    assert [(row.second_factor_at is None, row.revoked_at is None) for row in rows] == [(True, False), (False, True)]


def test_no_code_works_twice(house: House) -> None:
    account = staff_member(house)
    for expected in (302, 200):
        page = desk(house)
        type_password(page, account.login or "")
        page.get("/sign-in/code")
        page.submit({"code": code_at(house)}, follow=False)
        assert page.page.status_code == expected
    assert "used already" in page.page.text
    house.clock.advance(timedelta(seconds=30))
    page.submit({"code": code_at(house)}, follow=False)
    assert page.page.status_code == 302


@pytest.mark.parametrize("login", ["nobody-here", "closed"])
def test_unknown_and_closed_logins_get_the_same_answer_and_the_same_work(house: House, monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    account = staff_member(house)
    closed = staff_member(house, login="closed")
    house.write(lambda session: setattr(session.get(Account, closed.id), "closed_at", house.now))
    verified: list[bool] = []
    real = passwords.verify_password
    monkeypatch.setattr(passwords, "verify_password", lambda kept, plain: (verified.append(kept is None), real(kept, plain))[1])
    page = desk(house)
    type_password(page, login)
    unknown = page.page.text
    other = desk(house, "10.0.0.6")
    type_password(other, account.login or "", "a wrong password here")
    assert verified == [True, False]
    assert "do not belong together" in unknown
    assert unknown.count("alert") == other.page.text.count("alert")


def test_a_guesser_is_slowed_down_and_the_owner_is_not(house: House) -> None:
    account = staff_member(house)
    guesser, owner = desk(house, "10.0.0.66"), desk(house, "10.0.0.7")
    for _ in range(5):
        type_password(guesser, account.login or "", "a wrong password here")
        assert "do not belong together" in guesser.page.text
    type_password(guesser, account.login or "")  # even the right one now
    assert "Too many tries" in guesser.page.text
    type_password(owner, account.login or "")
    assert "Second factor" in owner.page.text
    house.clock.advance(timedelta(seconds=31))
    type_password(guesser, account.login or "")
    assert "Second factor" in guesser.page.text
    assert house.read(lambda session: session.scalars(select(SignInAttempt)).all()) == []  # success forgets the tries


def test_one_address_cannot_try_many_logins(house: House) -> None:
    house.write(lambda session: session.add_all(SignInAttempt(subject=f"s{number}", address="10.0.0.66", at=house.now) for number in range(60)))
    page = desk(house, "10.0.0.66")
    type_password(page, staff_member(house).login or "")
    assert "Too many tries" in page.page.text


def test_wrong_codes_pause_too_and_a_new_password_round_does_not_reset_them(house: House) -> None:
    account = staff_member(house)
    page = desk(house)
    for round_ in range(6):
        type_password(page, account.login or "")
        page.get("/sign-in/code")
        page.submit({"code": "000000" if code_at(house) != "000000" else "111111"})
        assert ("Too many tries" in page.page.text) == (round_ == 5)
        page.post("/sign-out")


def test_the_first_sign_in_enrols_and_changes_the_password(house: House) -> None:
    account = staff_member(house, enrolled=False, must_change_password=True)
    page = desk(house)
    type_password(page, account.login or "")
    assert "Set up the second factor" in page.page.text
    secret = house.read(lambda session: session.get(Account, account.id).totp_pending)
    assert secret in page.page.text.replace(" ", "")
    assert KEY not in page.page.text
    svg = page.client.get("/sign-in/qr.svg", base_url=PRISON_ORIGIN)
    assert (svg.status_code, svg.mimetype) == (200, "image/svg+xml")
    page.submit({"code": "12345"})
    assert "six digits" in page.page.text
    page.submit({"code": code_at(house, secret)})
    assert "A password of your own" in page.page.text
    assert page.client.get("/account", base_url=PRISON_ORIGIN).status_code == 302  # still not in
    assert page.client.get("/sign-in/qr.svg", base_url=PRISON_ORIGIN).status_code == 404  # the secret is never shown again
    page.submit({"new": "short", "again": "short"})
    assert "at least 12 characters" in page.page.text
    page.submit({"new": PASSWORD, "again": PASSWORD})
    assert "same as the present one" in page.page.text
    page.submit({"new": "a harbour in the fog", "again": "a harbour in the mist"})
    assert "The two passwords differ." in page.page.text
    page.submit({"new": "a harbour in the fog", "again": "a harbour in the fog"}, follow=False)
    assert page.page.status_code == 302
    assert page.get("/account").status_code == 200
    kept = house.read(lambda session: session.get(Account, account.id))
    assert (kept.must_change_password, kept.totp_pending_box) == (False, None)
    assert kept.totp_secret_box is not None


def test_a_sign_in_that_waited_too_long_begins_again(house: House) -> None:
    account = staff_member(house)
    page = desk(house)
    type_password(page, account.login or "")
    house.clock.advance(timedelta(minutes=11))
    page.get("/sign-in/code")
    assert page.page.request.path == "/sign-in"


def test_steps_out_of_order_lead_to_ones_own_step(house: House) -> None:
    page = desk(house)
    for path in ("/sign-in/code", "/sign-in/enrol", "/sign-in/password"):
        assert page.get(path).request.path == "/sign-in"
    account = staff_member(house)
    type_password(page, account.login or "")
    for path in ("/sign-in/enrol", "/sign-in/password", "/sign-in"):
        page.get(path)
        assert "authenticator" in page.page.text


def test_after_signing_in_one_comes_where_one_wanted_and_never_elsewhere(house: House) -> None:
    account = staff_member(house)
    for wanted, reached in (("/account", "/account"), ("//evil.example/x", "/"), ("https://evil.example", "/")):
        page = desk(house)
        page.get(f"/sign-in?next={wanted}")
        page.submit({"login": account.login, "password": PASSWORD})
        page.submit({"code": code_at(house)}, follow=False)
        assert page.page.location == reached
        house.clock.advance(timedelta(seconds=30))


def test_idle_and_absolute_timeouts(house: House) -> None:
    account = staff_member(house)
    page = browser(house, "prison", account)
    for _ in range(3):
        house.clock.advance(timedelta(minutes=29))
        assert page.get("/account", follow=False).status_code == 200
    house.clock.advance(timedelta(minutes=31))
    assert page.get("/account", follow=False).status_code == 302
    page = browser(house, "prison", account)
    for _ in range(26):
        house.clock.advance(timedelta(minutes=28))
        page.get("/account", follow=False)
    assert page.page.status_code == 302  # twelve hours are over, however busy


def test_signing_out_ends_the_row(house: House) -> None:
    account = staff_member(house)
    page = browser(house, "prison", account)
    page.get("/account")
    stolen = page.client.get_cookie("__Host-prison", domain="localhost")
    page.post("/sign-out")
    again = browser(house, "prison")
    again.client.set_cookie("__Host-prison", stolen.value, domain="localhost", secure=True)
    assert again.get("/account", follow=False).status_code == 302


def test_ending_one_sign_in_or_all_others(house: House) -> None:
    account, other = staff_member(house), staff_member(house)
    here, there = browser(house, "prison", account), browser(house, "prison", account)
    strange = house.write(lambda session: make_sign_in(session, other, "prison", house.now))
    here.get("/account")
    ids = {row.id: row.account_id for row in house.read(lambda session: session.scalars(select(SignIn)).all())}
    mine = [number for number, owner in ids.items() if owner == account.id]
    theirs = next(number for number, owner in ids.items() if owner == other.id)
    assert strange
    assert here.post(f"/account/sign-ins/{theirs}/end").status_code == 404
    here.get("/account")
    here.post(f"/account/sign-ins/{mine[1]}/end")
    assert there.get("/account", follow=False).status_code == 302
    assert here.get("/account").status_code == 200
    there = browser(house, "prison", account)
    here.get("/account")
    here.submit(form="sign-out-everywhere")
    assert there.get("/account", follow=False).status_code == 302
    assert here.get("/account").status_code == 200


def test_changing_ones_password_needs_the_present_one_and_ends_the_others(house: House) -> None:
    account = staff_member(house)
    here, there = browser(house, "prison", account), browser(house, "prison", account)
    here.speak("en")
    here.get("/account/password")
    here.submit({"old": "not this one at all", "new": "a harbour in the fog", "again": "a harbour in the fog"})
    assert "The present password is not right" in here.page.text
    here.submit({"old": PASSWORD, "new": "a harbour in the fog", "again": "a harbour in the fog"})
    assert "Your password is changed" in here.page.text
    assert there.get("/account", follow=False).status_code == 302
    page = desk(house)
    type_password(page, account.login or "", "a harbour in the fog")
    assert "Second factor" in page.page.text


def test_a_clerk_or_family_account_cannot_sign_in_here(house: House) -> None:
    account = staff_member(house)
    house.write(lambda session: setattr(session.get(Account, account.id), "kind", "clerk"))
    page = desk(house)
    type_password(page, account.login or "")
    assert "do not belong together" in page.page.text


def test_a_device_without_sign_in_is_not_staff(house: House) -> None:
    page = browser(house, "prison", staff_member(house, roles=(Role.AUDITOR,)))
    assert page.get("/staff").status_code == 403

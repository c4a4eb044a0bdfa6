"""Keeping the staff's accounts: who may make, change, close and reset whom."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_clerk, make_inmate, make_prison, make_staff, make_ward
from tests.staff_people import staff_member
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account, SignIn
from visitation.accounts.passwords import verify_password
from visitation.kernel.identity import Role
from visitation.people.models import Prison


def administrator(house: House) -> tuple[Browser, Account]:
    account = staff_member(house, roles=(Role.ADMINISTRATOR,))
    page = browser(house, "prison", account)
    page.speak("en")
    return page, account


def row(house: House, login: str) -> Account:
    return house.read(lambda session: session.scalar(select(Account).where(Account.login == login)))


def test_an_administrator_makes_an_account_with_a_password_for_one_use(house: House) -> None:
    page, me = administrator(house)
    ward = house.write(lambda session: make_ward(session, _prison(session, me)))
    page.get("/staff/new")
    assert "Auditor" not in page.page.text
    page.submit({"login": "zhang.w", "name": "张伟", "prison": str(me.prison_id), "roles": ["ward_officer", "officer"], "wards": [str(ward.id)]})
    shown = re.search(r'id="one-time"[^>]*>([A-Z0-9-]{19})<', page.page.text)
    assert shown
    made = row(house, "zhang.w")
    assert verify_password(made.password_hash, shown.group(1))
    assert (made.must_change_password, made.prison_id, sorted(one.role for one in made.roles)) == (True, me.prison_id, ["officer", "ward_officer"])
    assert [one.ward_id for one in made.wards] == [ward.id]
    assert shown.group(1) not in page.get("/staff").text
    assert "张伟" in page.page.text


def _prison(session: Session, account: Account) -> Prison:
    return session.get_one(Prison, account.prison_id)


def test_refusals_keep_what_was_typed(house: House) -> None:
    page, me = administrator(house)
    page.get("/staff/new")
    page.submit({"login": me.login, "name": "张伟", "prison": str(me.prison_id), "roles": ["ward_officer"]})
    assert "This login name is taken" in page.page.text
    assert "needs at least one ward" in page.page.text
    assert 'value="张伟"' in page.page.text
    page.submit({"login": "a b", "name": "张伟", "prison": str(me.prison_id), "roles": ["officer"]})
    assert "Three to sixty letters" in page.page.text


@pytest.mark.parametrize("wanted", ["auditor", "bureau", "operator"])
def test_an_administrator_cannot_give_higher_roles_even_by_a_forged_form(house: House, wanted: str) -> None:
    page, me = administrator(house)
    page.get("/staff/new")
    page.submit({"login": "forged", "name": "X", "prison": str(me.prison_id), "roles": [wanted]})
    assert row(house, "forged") is None


def test_the_bureau_appoints_the_auditor_alone(house: House) -> None:
    bureau = house.write(lambda session: make_staff(session, (Role.BUREAU,)))
    prison = house.write(lambda session: make_prison(session).id)
    page = browser(house, "prison", bureau)
    page.speak("en")
    page.get("/staff/new")
    page.submit({"login": "audit1", "name": "A", "prison": str(prison), "roles": ["auditor", "officer"]})
    assert "An auditor holds no other role" in page.page.text
    page.submit({"login": "audit1", "name": "A", "prison": str(prison), "roles": ["auditor"]})
    assert [one.role for one in row(house, "audit1").roles] == ["auditor"]


def test_nobody_changes_their_own_roles_or_closes_themselves(house: House) -> None:
    page, me = administrator(house)
    page.get(f"/staff/{me.id}")
    assert "This is your own account" in page.page.text
    page.submit({"name": "Me", "roles": ["officer"]}, form="account")
    assert "Nobody changes their own roles" in page.page.text
    for act in ("close", "password", "second-factor"):
        page.get(f"/staff/{me.id}")
        assert page.post(f"/staff/{me.id}/{act}").status_code == 422
    kept = house.read(lambda session: session.get(Account, me.id))
    assert ([one.role for one in kept.roles], kept.closed_at) == (["administrator"], None)


def test_other_prisons_and_higher_accounts_do_not_exist_for_an_administrator(house: House) -> None:
    page, me = administrator(house)
    stranger = staff_member(house)
    auditor = house.write(lambda session: make_staff(session, (Role.AUDITOR,), _prison(session, me)))
    page.get("/staff")
    assert stranger.name not in page.page.text
    for account in (stranger, auditor):
        assert page.get(f"/staff/{account.id}").status_code == 404
        page.get("/staff/new")
        for act in ("close", "password", "second-factor"):
            assert page.post(f"/staff/{account.id}/{act}").status_code == 404
    assert house.read(lambda session: session.get(Account, auditor.id)).closed_at is None


def test_new_roles_and_wards_count_from_the_next_request(house: House) -> None:
    page, me = administrator(house)
    first, second = (house.write(lambda session: make_ward(session, _prison(session, me))) for _ in range(2))
    inmate = house.write(lambda session: make_inmate(session, first))
    officer = staff_member(house, roles=(Role.WARD_OFFICER,), prison=house.read(lambda session: _prison(session, me)), wards=(first,))
    theirs = browser(house, "prison", officer)
    assert theirs.get(f"/inmates/{inmate.id}").status_code == 200
    page.get(f"/staff/{officer.id}")
    page.submit({"name": "New name", "roles": ["ward_officer"], "wards": [str(second.id)]}, form="account")
    assert "The account is changed" in page.page.text
    assert theirs.get(f"/inmates/{inmate.id}").status_code == 404
    page.get(f"/staff/{officer.id}")
    page.submit({"roles": ["legal_office"], "wards": [str(second.id)]}, form="account")
    kept = house.read(lambda session: session.get(Account, officer.id))
    assert ([one.role for one in kept.roles], kept.wards, kept.name) == (["legal_office"], [], "New name")


def test_closing_ends_the_sign_ins_at_once(house: House) -> None:
    page, me = administrator(house)
    officer = staff_member(house, prison=house.read(lambda session: _prison(session, me)))
    theirs = browser(house, "prison", officer)
    assert theirs.get("/account").status_code == 200
    page.get(f"/staff/{officer.id}")
    page.submit(form="/close")
    assert theirs.get("/account", follow=False).status_code == 302
    assert "is closed. Its sign-ins have ended" in page.page.text
    assert officer.name not in page.get("/staff").text
    assert house.read(lambda session: session.scalars(select(SignIn.revoked_at).where(SignIn.account_id == officer.id)).all()) == [house.now]
    assert officer.name in page.get("/staff?closed=1").text
    page.get("/staff/new")
    assert page.post(f"/staff/{officer.id}/close").status_code == 409


def test_an_administrator_makes_and_closes_a_clerk_of_the_families_side(house: House) -> None:
    page, me = administrator(house)
    page.get("/staff/new")
    page.submit({"login": "station.a", "name": "青山司法所", "prison": str(me.prison_id), "roles": ["clerk"]})
    shown = re.search(r'id="one-time"[^>]*>([A-Z0-9-]{19})<', page.page.text)
    assert shown
    assert "http://localhost:8000/clerk/sign-in" in page.page.text
    made = row(house, "station.a")
    assert (made.kind, made.prison_id, made.must_change_password, made.totp_secret_box) == ("clerk", me.prison_id, True, None)
    outside = browser(house)
    outside.get("/clerk/sign-in")
    outside.submit({"login": "station.a", "password": shown.group(1)})
    assert outside.page.request.path == "/clerk/sign-in/step", "the second factor is set up at the first sign-in"
    inside = browser(house, "prison")
    inside.get("/sign-in")
    inside.submit({"login": "station.a", "password": shown.group(1)})
    assert inside.get("/", follow=False).status_code == 302, "no way in on the prison's side"
    assert "青山司法所" in page.get("/staff").text
    page.get(f"/staff/{made.id}")
    page.submit({"roles": ["officer"]}, form="account")
    assert "stays a clerk" in page.page.text
    clerk = browser(house, "family", house.write(lambda session: _with_password(session, made.id)))
    assert clerk.get("/clerk").request.path == "/clerk"
    page.get(f"/staff/{made.id}")
    page.submit(form="/close")
    assert clerk.get("/clerk").request.path == "/sign-in"


def _with_password(session: Session, account_id: int) -> Account:
    account = session.get_one(Account, account_id)
    account.must_change_password = False
    return account


def test_an_administrator_leaves_other_prisons_clerks_alone(house: House) -> None:
    page, _me = administrator(house)
    other = house.write(lambda session: make_clerk(session, prison_id=make_prison(session).id))
    assert page.get(f"/staff/{other.id}").status_code == 404


def test_resets_end_the_sign_ins_and_open_the_lost_door(house: House) -> None:
    page, me = administrator(house)
    officer = staff_member(house, prison=house.read(lambda session: _prison(session, me)))
    theirs = browser(house, "prison", officer)
    page.get(f"/staff/{officer.id}")
    page.submit(form="/second-factor")
    assert theirs.get("/account", follow=False).status_code == 302
    assert house.read(lambda session: session.get(Account, officer.id)).totp_secret_box is None
    theirs = browser(house, "prison", officer)
    page.get(f"/staff/{officer.id}")
    page.submit(form="/password")
    plain = re.search(r'id="one-time"[^>]*>([A-Z0-9-]{19})<', page.page.text)
    assert plain
    kept = house.read(lambda session: session.get(Account, officer.id))
    assert verify_password(kept.password_hash, plain.group(1))
    assert kept.must_change_password
    assert theirs.get("/account", follow=False).status_code == 302


def test_the_command_makes_the_first_account(house: House) -> None:
    code = house.write(lambda session: make_prison(session).code)
    runner = house.prison.test_cli_runner()
    done = runner.invoke(args=["create-administrator", "--login", "first", "--name", "First", "--prison", code])
    assert done.exit_code == 0, done.output
    plain = re.search(r"One-time password: ([A-Z0-9-]{19})", done.output)
    assert plain
    made = row(house, "first")
    assert verify_password(made.password_hash, plain.group(1))
    assert [one.role for one in made.roles] == ["administrator"]
    again = runner.invoke(args=["create-administrator", "--login", "first", "--name", "First", "--prison", code])
    assert again.exit_code != 0
    assert "LOGIN_TAKEN" in again.output
    assert runner.invoke(args=["create-administrator", "--login", "b", "--name", "B", "--role", "bureau"]).exit_code == 0
    assert runner.invoke(args=["create-administrator", "--login", "c", "--name", "C", "--prison", "nowhere"]).exit_code != 0

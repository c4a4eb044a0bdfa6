"""Roles, passwords, pauses and the second factor, on values."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pyotp
import pytest

from visitation.accounts import second_factor
from visitation.accounts.rules_staff import (
    FREE_TRIES,
    GRANTS,
    LONGEST_PAUSE,
    StaffFacts,
    grantable,
    kind_of,
    may_manage,
    next_step,
    password_refusals,
    role_refusals,
    wait_until,
)
from visitation.kernel.identity import STAFF, Identity, Role, Zone

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def who(*roles: Role, prison_id: int | None = 1) -> Identity:
    return Identity(7, frozenset(roles), "A", Zone.PRISON, prison_id=prison_id)


def facts(*roles: Role, prison_id: int | None = 1, wards: dict[int, int] | None = None) -> StaffFacts:
    return StaffFacts("login", "Name", frozenset(roles), prison_id, wards or {})


def codes(identity: Identity, wanted: StaffFacts) -> set[str]:
    return {refusal.code for refusal in role_refusals(identity, wanted)}


def test_only_named_roles_give_roles() -> None:
    for giver, given in product(sorted(STAFF), sorted(STAFF)):
        allowed = given in GRANTS.get(giver, frozenset())
        prison_id = None if given in (Role.BUREAU, Role.OPERATOR) else 1
        wards = {3: 1} if given is Role.WARD_OFFICER else {}
        found = codes(who(giver, prison_id=None), facts(given, prison_id=prison_id, wards=wards))
        assert found == (set() if allowed else {"ROLE_NOT_YOURS_TO_GIVE"}), (giver, given)


def test_an_auditor_is_appointed_by_the_bureau_only() -> None:
    assert [role for role in STAFF if Role.AUDITOR in grantable(who(role))] == [Role.BUREAU]


def test_a_clerk_holds_no_other_role_and_is_made_by_administrators() -> None:
    assert [role for role in sorted(STAFF) if Role.CLERK in grantable(who(role))] == [Role.ADMINISTRATOR, Role.BUREAU]
    assert codes(who(Role.ADMINISTRATOR), facts(Role.CLERK)) == set()
    assert codes(who(Role.ADMINISTRATOR), facts(Role.CLERK, Role.OFFICER)) == {"CLERK_ALONE"}
    assert codes(who(Role.ADMINISTRATOR), facts(Role.CLERK, prison_id=2)) == {"PRISON_NOT_YOURS"}
    assert codes(who(Role.BUREAU, prison_id=None), facts(Role.CLERK, prison_id=None)) == set()
    assert [kind_of([Role.CLERK]), kind_of([Role.OFFICER]), kind_of([])] == ["clerk", "staff", "staff"]


def test_every_reason_is_named() -> None:
    assert codes(who(Role.ADMINISTRATOR), facts()) == {"ROLE_NEEDED"}
    assert codes(who(Role.ADMINISTRATOR), facts(Role.OFFICER, prison_id=2)) == {"PRISON_NOT_YOURS"}
    assert codes(who(Role.BUREAU, prison_id=None), facts(Role.OFFICER, prison_id=None)) == {"PRISON_NEEDED"}
    assert codes(who(Role.BUREAU, prison_id=None), facts(Role.BUREAU, prison_id=1)) == {"NO_PRISON_FOR_BUREAU"}
    assert codes(who(Role.BUREAU, prison_id=None), facts(Role.AUDITOR, Role.OFFICER)) == {"AUDITOR_ALONE"}
    assert codes(who(Role.ADMINISTRATOR), facts(Role.WARD_OFFICER)) == {"WARD_NEEDED"}
    assert codes(who(Role.ADMINISTRATOR), facts(Role.WARD_OFFICER, wards={3: 1, 4: 2})) == {"WARD_ELSEWHERE"}
    assert codes(who(Role.ADMINISTRATOR), facts(Role.AUDITOR, Role.WARD_OFFICER, prison_id=2)) == {
        "ROLE_NOT_YOURS_TO_GIVE",
        "AUDITOR_ALONE",
        "PRISON_NOT_YOURS",
        "WARD_NEEDED",
    }


def test_nobody_manages_an_account_with_a_role_they_could_not_give() -> None:
    assert may_manage(who(Role.ADMINISTRATOR), 1, [Role.OFFICER, Role.DUTY_CHIEF])
    assert not may_manage(who(Role.ADMINISTRATOR), 1, [Role.AUDITOR])
    assert not may_manage(who(Role.ADMINISTRATOR), 2, [Role.OFFICER])
    assert not may_manage(who(Role.OFFICER), 1, [Role.OFFICER])
    assert may_manage(who(Role.BUREAU, prison_id=None), 2, [Role.AUDITOR])


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("a quiet lake at dawn", []),
        ("short", ["PASSWORD_SHORT"]),
        ("aaaaaaaaaaaabbbb", ["PASSWORD_EASY"]),
        ("x" * 129, ["PASSWORD_LONG", "PASSWORD_EASY"]),
        ("my OFFICER7 password", ["PASSWORD_EASY"]),
        ("王警官的密码很长很长很长", ["PASSWORD_EASY"]),
    ],
)
def test_a_password_is_long_and_says_nothing_of_its_owner(password: str, expected: list[str]) -> None:
    assert [refusal.code for refusal in password_refusals(password, "officer7", "王警官")] == expected


def test_free_tries_then_growing_pauses_that_never_lock() -> None:
    tries: list[datetime] = []
    moment, pauses = NOON, []
    for _ in range(FREE_TRIES):
        assert wait_until(tries, moment) is None
        tries.append(moment)
    for _ in range(8):
        until = wait_until(tries, moment)
        if until is None:  # the first tries are an hour old by now
            break
        pauses.append(until - moment)
        moment = until
        tries.append(moment)
    assert pauses[0] == timedelta(seconds=30)
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert max(pauses) == LONGEST_PAUSE
    assert wait_until(tries, moment + timedelta(hours=2)) is None


def test_tries_of_an_hour_ago_do_not_count() -> None:
    assert wait_until([NOON - timedelta(minutes=61)] * 50, NOON) is None


@pytest.mark.parametrize(
    ("enrolled", "given", "must_change", "step"),
    [(False, False, True, "enrol"), (True, False, True, "code"), (True, False, False, "code"), (True, True, True, "password"), (True, True, False, None)],
)
def test_the_steps_of_a_sign_in(enrolled: bool, given: bool, must_change: bool, step: str | None) -> None:
    assert next_step(enrolled, given, must_change) == step


def test_a_code_works_once_within_one_step_either_way() -> None:
    secret = second_factor.new_secret()
    now_step = int(NOON.timestamp()) // 30
    code = pyotp.TOTP(secret).at(NOON)
    assert second_factor.accepted_step(secret, code, NOON, 0) == now_step
    assert second_factor.accepted_step(secret, f"{code[:3]} {code[3:]}", NOON, 0) == now_step
    assert second_factor.accepted_step(secret, code, NOON + timedelta(seconds=30), 0) == now_step
    assert second_factor.accepted_step(secret, code, NOON + timedelta(seconds=60), 0) is None
    assert second_factor.accepted_step(secret, code, NOON - timedelta(seconds=60), 0) is None
    assert second_factor.accepted_step(secret, code, NOON, now_step) is None
    assert second_factor.was_used(secret, code, NOON, now_step)
    assert not second_factor.was_used(secret, "000000" if code != "000000" else "111111", NOON, now_step)


def test_an_older_code_than_the_last_accepted_one_is_refused() -> None:
    secret = second_factor.new_secret()
    earlier = pyotp.TOTP(secret).at(NOON - timedelta(seconds=30))
    step = int(NOON.timestamp()) // 30
    assert second_factor.accepted_step(secret, earlier, NOON, step - 2) == step - 1
    assert second_factor.accepted_step(secret, earlier, NOON, step) is None


def test_the_qr_code_is_plain_svg() -> None:
    svg = second_factor.qr_svg(second_factor.new_secret(), "wang").decode()
    assert "<svg" in svg
    assert "style=" not in svg
    assert "script" not in svg

"""Mobile numbers, codes and passwords, on values."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from visitation.accounts import rules
from visitation.accounts.rules import SentCode

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def ago(**step: float) -> datetime:
    return NOW - timedelta(**step)


@pytest.mark.parametrize("typed", ["13800000001", "138 0000 0001", "+86 138-0000-0001", "008613800000001", "１３８００００００１１"[:11], "19912345678"])
def test_mobile_numbers(typed: str) -> None:
    assert (rules.mobile_number(typed) or "").startswith("+861")


@pytest.mark.parametrize(
    "typed", ["", "110", "0991-5550100", "01012345678", "+852 5123 4567", "1380000000", "138000000011", "12345678901", "abc", "4008001234"]
)
def test_landlines_and_others_are_none(typed: str) -> None:
    assert rules.mobile_number(typed) is None


def test_masked_mobile() -> None:
    assert rules.masked_mobile("+8613812345678") == "138****5678"


def send(of_number: list[datetime], of_address: list[datetime] | None = None) -> list[str]:
    return [refusal.code for refusal in rules.code_send_refusals(of_number, of_address or [], NOW)]


def test_the_first_code_goes_out() -> None:
    assert send([]) == []


def test_another_code_after_a_minute() -> None:
    assert send([ago(seconds=59)]) == ["CODE_SOON"]
    assert send([ago(seconds=60)]) == []


def test_five_codes_an_hour_for_a_number() -> None:
    sent = [ago(minutes=minutes) for minutes in (59, 50, 40, 30, 20)]
    assert send(sent) == ["CODES_MANY"]
    assert send(sent[1:]) == []
    assert send([ago(minutes=60), *sent[1:]]) == []


def test_twenty_codes_an_hour_for_an_address() -> None:
    nearby = [ago(minutes=minutes) for minutes in range(1, 21)]
    assert send([], nearby) == ["CODES_MANY"]
    assert send([], nearby[:19]) == []


def test_the_refusal_says_when() -> None:
    sent = [ago(minutes=minutes) for minutes in (59, 50, 40, 30, 20)]
    (refusal,) = rules.code_send_refusals(sent, [], NOW)
    assert refusal.facts["until"] == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("code", "living"),
    [
        (SentCode(NOW + timedelta(seconds=1), 0, used=False), True),
        (SentCode(NOW, 0, used=False), False),
        (SentCode(NOW + timedelta(minutes=5), 4, used=False), True),
        (SentCode(NOW + timedelta(minutes=5), 5, used=False), False),
        (SentCode(NOW + timedelta(minutes=5), 0, used=True), False),
    ],
)
def test_a_code_lives_five_minutes_and_five_tries(code: SentCode, living: bool) -> None:
    assert rules.is_living(code, NOW) is living


def test_why_a_code_is_dead() -> None:
    assert rules.dead_code_refusal([], NOW).code == "CODE_EXPIRED"
    assert rules.dead_code_refusal([SentCode(NOW + timedelta(minutes=1), 5, used=False)], NOW).code == "CODE_SPENT"
    assert rules.dead_code_refusal([SentCode(NOW + timedelta(minutes=1), 1, used=True)], NOW).code == "CODE_EXPIRED"


@pytest.mark.parametrize("password", ["correct horse", "李试的狗叫旺财呀", "k7m2q9tb"])
def test_passwords_that_are_taken(password: str) -> None:
    assert rules.password_refusals(password, ("王五", "38000001")) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("k7m2q9t", "PASSWORD_SHORT_FAMILY"),
        ("k7m2" * 40, "PASSWORD_LONG_FAMILY"),
        ("aaaaaaaa", "PASSWORD_EASY_FAMILY"),
        ("12345678", "PASSWORD_EASY_FAMILY"),
        ("87654321", "PASSWORD_EASY_FAMILY"),
        ("x38000001", "PASSWORD_EASY_FAMILY"),
        ("王五的密码很长的", "PASSWORD_EASY_FAMILY"),
    ],
)
def test_passwords_that_are_not(password: str, code: str) -> None:
    assert code in [refusal.code for refusal in rules.password_refusals(password, ("王五", "38000001"))]


def test_five_tries_of_a_password_from_one_address() -> None:
    tries = [ago(minutes=minutes) for minutes in (14, 8, 6, 4, 2)]
    assert rules.password_wait(tries, tries, NOW) == NOW + timedelta(minutes=1)
    assert rules.password_wait(tries[1:], tries[1:], NOW) is None


def test_tries_of_others_do_not_lock_the_owner_out() -> None:
    assert rules.password_wait([], [ago(minutes=1)] * 39, NOW) is None
    assert rules.password_wait([], [ago(minutes=1)] * 40, NOW) == NOW + timedelta(minutes=14)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit Safari/604.1 MicroMessenger/8.0", ("WeChat", "iPhone")),
        ("Mozilla/5.0 (Linux; Android 9) AppleWebKit Chrome/120 Mobile Safari/537", ("Chrome", "Android")),
        ("curl/8", ("", "")),
    ],
)
def test_a_device_is_named(agent: str, words: tuple[str, str]) -> None:
    assert rules.device_words(agent) == words


def test_the_message_says_how_long_the_code_lives() -> None:
    minutes = int(rules.CODE_LIVES.total_seconds() / 60)
    assert f"valid for {minutes} minutes" in Path("visitation/notices/texts.py").read_text(encoding="utf-8")
    assert f"{minutes} 分钟内有效" in Path("translations/zh_Hans_CN/notices.po").read_text(encoding="utf-8")

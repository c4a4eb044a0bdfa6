"""Mobile numbers, one-time codes and passwords of the family side, as pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity

CODE_LIVES = timedelta(minutes=5)
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
CODES_A_NUMBER = 5
CODES_AN_ADDRESS = 20
CODE_WINDOW = timedelta(hours=1)
REGISTER_WITHIN = timedelta(minutes=60)
"""How long a confirmed number waits for the rest of the registration."""

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
PASSWORD_WINDOW = timedelta(minutes=15)
TRIES_OF_A_PAIR = 5
TRIES_AN_ADDRESS = 40
STATES_AHEAD = ("requested", "confirmed")
"""States of a visit that still lies ahead: an account with one is not closed over its head. A hold is none yet, and ends with the account."""

_MOBILE = {phonenumbers.PhoneNumberType.MOBILE}


def mobile_number(typed: str) -> str | None:
    """A mainland mobile number in E.164 (`+8613800000000`), or None. Landlines, short numbers and other countries are none."""
    try:
        number = phonenumbers.parse(typed, "CN")
    except phonenumbers.NumberParseException:
        return None
    is_mobile = number.country_code == 86 and phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _MOBILE
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_mobile else None


def masked_mobile(number: str) -> str:
    """`138****0000`: enough to recognise one's own."""
    plain = number.removeprefix("+86")
    return f"{plain[:3]}****{plain[-4:]}"


def code_send_refusals(of_number: Sequence[datetime], of_address: Sequence[datetime], now: datetime) -> list[Refusal]:
    """Why no code is sent now. `of_number`, `of_address`: when codes were sent to this number, and asked for from this address."""
    recent = sorted(moment for moment in of_number if now - moment < CODE_WINDOW)
    if len(recent) >= CODES_A_NUMBER:
        return [Refusal("CODES_MANY", {"until": recent[-CODES_A_NUMBER] + CODE_WINDOW})]
    nearby = sorted(moment for moment in of_address if now - moment < CODE_WINDOW)
    if len(nearby) >= CODES_AN_ADDRESS:
        return [Refusal("CODES_MANY", {"until": nearby[-CODES_AN_ADDRESS] + CODE_WINDOW})]
    if recent and now - recent[-1] < RESEND_AFTER:
        return [Refusal("CODE_SOON", {"seconds": int((recent[-1] + RESEND_AFTER - now).total_seconds())})]
    return []


@dataclass(frozen=True)
class SentCode:
    """A code as the rules see it."""

    expires_at: datetime
    attempts: int
    used: bool


def is_living(code: SentCode, now: datetime) -> bool:
    """Whether a code can still be entered."""
    return not code.used and now < code.expires_at and code.attempts < CODE_TRIES


def dead_code_refusal(codes: Sequence[SentCode], now: datetime) -> Refusal:
    """Why none of these codes (newest last) can be entered."""
    spent = bool(codes) and not codes[-1].used and now < codes[-1].expires_at
    return Refusal("CODE_SPENT" if spent else "CODE_EXPIRED")


def password_refusals(password: str, about: Sequence[str]) -> list[Refusal]:
    """Length, some variety, and nothing that is written on the account (`about`: name, mobile number)."""
    found = []
    if len(password) < SHORTEST_PASSWORD:
        found.append(Refusal("PASSWORD_SHORT_FAMILY", {"shortest": SHORTEST_PASSWORD}))
    if len(password) > LONGEST_PASSWORD:
        found.append(Refusal("PASSWORD_LONG_FAMILY", {"longest": LONGEST_PASSWORD}))
    plain = password.casefold()
    known = any(len(part) > 1 and part.casefold() in plain for part in about)
    if known or len(set(plain)) < 4 or plain in "01234567890123456789" or plain in "98765432109876543210":
        found.append(Refusal("PASSWORD_EASY_FAMILY"))
    return found


def password_wait(of_pair: Sequence[datetime], of_address: Sequence[datetime], now: datetime) -> datetime | None:
    """Until when this address may not try a password of this account, or of any account; None: it may.

    Counted for the pair of account and address: a stranger elsewhere never locks the owner out, and the door by code stays open anyway.
    """
    pair = sorted(moment for moment in of_pair if now - moment < PASSWORD_WINDOW)
    if len(pair) >= TRIES_OF_A_PAIR:
        return pair[-TRIES_OF_A_PAIR] + PASSWORD_WINDOW
    nearby = sorted(moment for moment in of_address if now - moment < PASSWORD_WINDOW)
    return nearby[-TRIES_AN_ADDRESS] + PASSWORD_WINDOW if len(nearby) >= TRIES_AN_ADDRESS else None


_BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("HuaweiBrowser", "Huawei"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_words(agent: str) -> tuple[str, str]:
    """(browser, system) by which a person recognises a device of theirs; empty where it is not known."""
    browser = next((word for mark, word in _BROWSERS if mark in agent), "")
    return browser, next((word for mark, word in _SYSTEMS if mark in agent), "")


def acts_for_self(who: Identity, _subject: object = None) -> bool:
    """The account itself is changed by its owner, never by a clerk who assists."""
    return who.clerk_id is None

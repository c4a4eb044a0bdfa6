"""When a referral's link opens, to whom, and what a referral needs. Pure. Source: rules.md §2: the message names no prison and no person."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.kernel.errors import Refusal

BOUND = timedelta(days=7)
"""How long the browser that opened a link may come back."""
GRACE = timedelta(minutes=10)
"""After the first opening another browser may follow: a link opened inside a chat is often opened again outside it."""
MOST_BROWSERS = 2
AGAIN_AFTER = timedelta(minutes=10)
"""Between two links to the same number."""
MOST_LINKS = 5
MOST_INSTITUTIONS = 6
LONGEST_SENTENCE = 300
TELLING = ("监狱", "监区", "看守所", "服刑", "罪犯", "囚犯", "犯人", "狱警", "prison", "inmate", "jail")
"""Words that tell whoever finds the telephone, without any name, that somebody is held."""
NEAREST = 3
"""Institutions shown of each kind."""


@dataclass(frozen=True)
class LinkFacts:
    """openings: digest of a browser's cookie, and when it opened the link."""

    expires_at: datetime
    withdrawn: bool
    opened_at: datetime | None = None
    openings: tuple[tuple[str, datetime], ...] = ()


def standing(link: LinkFacts | None, browser: str, now: datetime) -> str:
    """`shown` to a browser that has opened it; `fresh`: may be opened by this one; `gone`: unknown, expired, withdrawn or used elsewhere, all the same."""
    if link is None or link.withdrawn or now >= link.expires_at:
        return "gone"
    if any(one == browser and now < at + BOUND for one, at in link.openings):
        return "shown"
    if link.opened_at is None or (now < link.opened_at + GRACE and len({one for one, _at in link.openings}) < MOST_BROWSERS):
        return "fresh"
    return "gone"


def may_send_again(withdrawn: bool, has_number: bool, links_sent: int, last_sent_at: datetime | None, now: datetime) -> bool:
    """Whether another link goes to the number. Nobody is told: the page says the same in every case."""
    rested = last_sent_at is None or now >= last_sent_at + AGAIN_AFTER
    return not withdrawn and has_number and links_sent < MOST_LINKS and rested


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """Which of these names a text holds, however they are spaced or dotted."""
    plain = _plain(text)
    return [name for name in names if len(_plain(name)) >= 2 and _plain(name) in plain]


def _plain(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


@dataclass(frozen=True)
class Wanted:
    """A referral as it is typed. mobile: E.164, empty when nobody is to be written to, None when what was typed is no mobile number."""

    institutions: int
    place_known: bool
    sentence: str
    consent: bool
    mobile: str | None


def refusals(wanted: Wanted, names: Iterable[str]) -> list[Refusal]:
    """Everything that stands against it. names: of the inmate and the prison, which a stranger must not read."""
    found = []
    if not wanted.place_known:
        found.append(Refusal("REFERRAL_PLACE"))
    if not wanted.institutions:
        found.append(Refusal("REFERRAL_NONE"))
    if wanted.institutions > MOST_INSTITUTIONS:
        found.append(Refusal("REFERRAL_MANY", {"most": MOST_INSTITUTIONS}))
    if len(wanted.sentence) > LONGEST_SENTENCE:
        found.append(Refusal("REFERRAL_LONG", {"most": LONGEST_SENTENCE, "length": len(wanted.sentence)}))
    named = names_in(wanted.sentence, names)
    named += [word for word in names_in(wanted.sentence, TELLING) if not any(_plain(word) in _plain(name) for name in named)]
    if named:
        found.append(Refusal("REFERRAL_NAMES", {"names": "、".join(named)}))
    if wanted.mobile is None:
        found.append(Refusal("REFERRAL_MOBILE"))
    elif wanted.mobile and not wanted.consent:
        found.append(Refusal("REFERRAL_CONSENT"))
    return found

"""Who is a lawyer here, and what they may do. Pure. Sources: rules.md §2 and §3."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from visitation.kernel.errors import Refusal

LICENCE = re.compile(r"[0-9]{17}\Z")
"""17 digits, no check digit: only the shape can be checked."""
STATES = ("submitted", "verified", "refused", "ended")
INVITED_DAYS = 7


@dataclass(frozen=True)
class LawyerFacts:
    """What is said of a lawyer, and what is known around it."""

    name: str
    licence: str
    matters: Collection[str]
    languages: Collection[str]
    weekdays: Collection[int]
    firm_open: bool
    licence_taken: bool


def tidy_licence(typed: str) -> str:
    """The digits as they are kept, however wide a keyboard makes them: one licence has one spelling."""
    return "".join(unicodedata.normalize("NFKC", typed).split())


def tidy_code(typed: str) -> str:
    """The code of an invitation without what people put between its letters."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def grouped(code: str) -> str:
    """As it is shown: four letters and four."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def refusals(facts: LawyerFacts, known_matters: Collection[str]) -> list[Refusal]:
    """Everything that is wrong with what is said of a lawyer."""
    found = []
    if not LICENCE.match(facts.licence):
        found.append(Refusal("LICENCE_SHAPE"))
    if facts.licence_taken:
        found.append(Refusal("LICENCE_TAKEN"))
    if not facts.firm_open:
        found.append(Refusal("FIRM_CLOSED"))
    if not facts.languages:
        found.append(Refusal("NO_LANGUAGE"))
    if not set(facts.matters) <= set(known_matters):
        found.append(Refusal("MATTER_UNKNOWN"))
    if not set(facts.weekdays) <= set(range(7)):
        found.append(Refusal("WEEKDAY_UNKNOWN"))
    return found


@dataclass(frozen=True)
class Standing:
    """A lawyer on a day: `away` are periods with both days included."""

    state: str
    weekdays: frozenset[int]
    away: tuple[tuple[date, date], ...] = ()

    def serves_on(self, day: date) -> bool:
        """Whether the weekday suits; with no weekday named, any does."""
        return not self.weekdays or day.weekday() in self.weekdays

    def is_away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.away)


def waits_for_password(must_change: bool, closed: bool) -> bool:
    """Whether the account still has a one-time password: then the office may make another."""
    return must_change and not closed

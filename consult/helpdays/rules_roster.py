"""Who may serve on a legal-help day, who is asked first, and when one lawyer may take over from another. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consult.lawyers.rules import Standing
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval

STANDING = ("asked", "agreed")
LATELY = timedelta(days=90)
"""Duties of this time before and after a day count when the burden is shared out."""


@dataclass(frozen=True)
class Day:
    """A day as the roster sees it. interval: when it is; places: how many lawyers."""

    ref: str
    state: str
    on: date
    interval: Interval
    places: int


@dataclass(frozen=True)
class Person:
    """A lawyer beside a day. away: not there on its date; serves: the weekday suits; here: stands on this day's roster already;
    elsewhere: has another duty at the same time; lately: how many duties around the day; matters, languages: what they cover (no matter: all).
    """

    lawyer_id: int
    name: str
    verified: bool = True
    away: bool = False
    serves: bool = True
    here: bool = False
    elsewhere: bool = False
    lately: int = 0
    matters: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


def day_refusals(day: Day, now: datetime) -> list[Refusal]:
    """Whether the roster of a day may still be changed at all."""
    if day.state == "cancelled":
        return [Refusal("DUTY_DAY_CANCELLED", {"day": day.on})]
    return [Refusal("DUTY_DAY_OVER", {"day": day.on})] if day.state == "over" or day.interval.end <= now else []


def asking_refusals(day: Day, place: int, holder: str, person: Person, now: datetime) -> list[Refusal]:
    """Why the office cannot put a lawyer on a place. `holder`: the name of who is asked or has agreed there.

    A weekday that does not suit is no reason: the lawyer is asked and may decline.
    """
    found = day_refusals(day, now)
    if not 1 <= place <= day.places:
        found.append(Refusal("DUTY_PLACE", {"places": day.places}))
    if holder:
        found.append(Refusal("DUTY_PLACE_TAKEN", {"place": place, "name": holder}))
    return found + person_refusals(day, person)


def person_refusals(day: Day, person: Person) -> list[Refusal]:
    """Why this lawyer cannot serve on this day."""
    facts = {"name": person.name, "day": day.on}
    checks = (
        ("DUTY_NOT_VERIFIED", not person.verified),
        ("DUTY_AWAY", person.away),
        ("DUTY_HERE", person.here),
        ("DUTY_ELSEWHERE", person.elsewhere),
    )
    return [Refusal(code, facts) for code, hit in checks if hit]


def agreeing_refusals(day: Day, person: Person, now: datetime) -> list[Refusal]:
    """Why a lawyer cannot agree any more to what they were asked."""
    return day_refusals(day, now) + [refusal for refusal in person_refusals(day, person) if refusal.code != "DUTY_HERE"]


@dataclass(frozen=True)
class Swap:
    """A colleague takes over `day`, and the one who asks takes over `back`, or nothing.

    colleague: beside `day`, without counting the duty that is given in exchange; asker: beside `back`, without counting the duty that is given away.
    back_is_theirs: whether the duty in exchange is an agreed one of the colleague's.
    """

    day: Day
    colleague: Person
    back: Day | None = None
    asker: Person | None = None
    back_is_theirs: bool = True


def swap_refusals(swap: Swap, asker_id: int, notice: timedelta, now: datetime) -> list[Refusal]:
    """Why one lawyer cannot take over from the other, by name: a place would be left empty, or it is too late."""
    found = _days_refusals([swap.day, *([swap.back] if swap.back else [])], notice, now)
    if swap.colleague.lawyer_id == asker_id:
        return [*found, Refusal("SWAP_SELF")]
    found += _coming(swap.day, swap.colleague)
    if swap.back is None:
        return found
    if not swap.back_is_theirs:
        found.append(Refusal("SWAP_NOT_THEIRS", {"name": swap.colleague.name, "day": swap.back.on}))
    same_day = swap.back.ref == swap.day.ref  # two places of one day: one lawyer cannot leave and enter it at once
    if same_day or (swap.asker is not None and person_refusals(swap.back, swap.asker)):
        found.append(Refusal("SWAP_HOLE_BACK", {"day": swap.back.on}))
    return found


def _coming(day: Day, colleague: Person) -> list[Refusal]:
    """A colleague who is on the day already cannot fill two places: one of them would be a hole."""
    found = person_refusals(day, colleague)
    return [Refusal("SWAP_HOLE", refusal.facts) if refusal.code == "DUTY_HERE" else refusal for refusal in found]


def _days_refusals(days: Iterable[Day], notice: timedelta, now: datetime) -> list[Refusal]:
    found = []
    for day in days:
        gone = day_refusals(day, now)
        found += gone
        if not gone and day.interval.start - now < notice:
            found.append(Refusal("SWAP_TOO_NEAR", {"day": day.on, "hours": int(notice.total_seconds() // 3600)}))
        if not gone and day.state == "published":
            found.append(Refusal("SWAP_PUBLISHED", {"day": day.on}))
    return found


def falls_out(standing: Standing, on: date) -> str:
    """Why somebody who stands on the roster cannot serve any more (words.REASONS); empty: nothing. A weekday that does not suit was agreed to all the same."""
    if standing.state == "ended":
        return "SERVICE_ENDED"
    return "AWAY_NOTED" if standing.is_away(on) else ""


def can_serve(person: Person) -> bool:
    """Whether a lawyer is proposed at all."""
    return person.verified and person.serves and not (person.away or person.here or person.elsewhere)


def proposal(
    places: Sequence[int], people: Iterable[Person], serving: Sequence[Person], wanted_languages: Collection[str], matters: Collection[str]
) -> dict[int, int]:
    """Lawyers for the empty places, place -> lawyer's id. Whoever adds most to what the day cannot cover yet comes first, then who has served least.

    serving: who is on the day already; wanted_languages: of the requests that wait; matters: every matter there is.
    """
    left = [person for person in people if can_serve(person)]
    open_languages = set(wanted_languages).difference(*(person.languages for person in serving))
    open_matters = set(matters).difference(*(_covers(person, matters) for person in serving))
    found: dict[int, int] = {}
    for place in places:
        if not left:
            break
        best = min(left, key=lambda one: _rank(one, open_languages, open_matters, matters))
        left.remove(best)
        found[place] = best.lawyer_id
        open_languages -= best.languages
        open_matters -= _covers(best, matters)
    return found


def _rank(person: Person, languages: Collection[str], open_matters: Collection[str], matters: Collection[str]) -> tuple[int, int, int, int]:
    return (
        -len(person.languages.intersection(languages)),
        -len(_covers(person, matters).intersection(open_matters)),
        person.lately,
        person.lawyer_id,
    )


def _covers(person: Person, matters: Collection[str]) -> frozenset[str]:
    return person.matters or frozenset(matters)


def holes(places: int, agreed: Iterable[int]) -> list[int]:
    """Places that nobody has agreed to fill."""
    filled = set(agreed)
    return [place for place in range(1, places + 1) if place not in filled]

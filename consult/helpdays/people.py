"""The facts about a day and its lawyers that the rules of the roster ask for."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.helpdays import rules_roster as rules
from consult.helpdays.models import HelpDay, HelpDuty
from consult.lawyers import queries as lawyers
from consult.lawyers.models import Lawyer
from consult.matters import MATTERS
from consult.requests.models import HelpRequest
from visitation.kernel.interval import Interval, local_day


def day_facts(day: HelpDay) -> rules.Day:
    return rules.Day(day.ref, day.state, local_day(day.starts_at), Interval(day.starts_at, day.ends_at), day.lawyers)


def person(session: Session, day: HelpDay, lawyer: Lawyer, without: Collection[int] = ()) -> rules.Person:
    """A lawyer beside a day. `without`: duties that do not count because they are being given away."""
    return people(session, day, [lawyer], without)[0]


def people(session: Session, day: HelpDay, every: Iterable[Lawyer], without: Collection[int] = ()) -> list[rules.Person]:
    """The lawyers beside a day, in the order given; two queries whatever their number."""
    rows = list(every)
    numbers = [lawyer.id for lawyer in rows]
    query = select(HelpDuty.lawyer_id, HelpDuty.day_id, HelpDay.starts_at, HelpDay.ends_at, HelpDuty.state).join(HelpDay, HelpDay.id == HelpDuty.day_id)
    query = query.where(HelpDuty.lawyer_id.in_(numbers), HelpDuty.state.in_(rules.STANDING), HelpDuty.id.not_in(list(without)), HelpDay.state != "cancelled")
    around = (day.starts_at - rules.LATELY, day.starts_at + rules.LATELY)
    standing = session.execute(query.where(HelpDay.starts_at.between(*around))).all()
    here = {one.lawyer_id for one in standing if one.day_id == day.id}
    elsewhere = {one.lawyer_id for one in standing if one.day_id != day.id and one.starts_at < day.ends_at and day.starts_at < one.ends_at}
    lately = Counter(one.lawyer_id for one in standing if one.day_id != day.id)
    on = local_day(day.starts_at)
    return [_person(lawyer, on, here, elsewhere, lately) for lawyer in rows]


def _person(lawyer: Lawyer, on: date, here: set[int], elsewhere: set[int], lately: Mapping[int, int]) -> rules.Person:
    standing = lawyers.standing(lawyer)
    return rules.Person(
        lawyer.id,
        lawyer.name,
        standing.state == "verified",
        standing.is_away(on),
        standing.serves_on(on),
        lawyer.id in here,
        lawyer.id in elsewhere,
        lately.get(lawyer.id, 0),
        frozenset(lawyer.matters),
        frozenset(lawyer.languages),
    )


def candidates(session: Session, day: HelpDay) -> list[rules.Person]:
    """Every verified lawyer beside a day, those who can serve first, then by how little they have served around it."""
    found = people(session, day, lawyers.lawyers(session, "verified"))
    return sorted(found, key=lambda one: (not rules.can_serve(one), one.lately, one.name, one.lawyer_id))


def proposal(session: Session, day: HelpDay, candidates: Iterable[rules.Person], now: datetime) -> dict[int, int]:
    """Who is proposed for the empty places of a day, place -> lawyer's id."""
    standing = {duty.place: duty.lawyer_id for duty in day.duties if duty.state in rules.STANDING}
    every = list(candidates)
    serving = [one for one in every if one.lawyer_id in standing.values()]
    places = rules.holes(day.lawyers, standing)
    return rules.proposal(places, every, serving, _languages(session, day), tuple(MATTERS)) if day.ends_at > now else {}


def _languages(session: Session, day: HelpDay) -> list[str]:
    """The languages of the requests that wait for a day here."""
    query = select(HelpRequest.language, func.count()).where(HelpRequest.prison_id == day.prison_id, HelpRequest.state == "waiting")
    return [language for language, _count in session.execute(query.where(HelpRequest.path == "helpday").group_by(HelpRequest.language))]

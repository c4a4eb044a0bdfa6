"""Months of legal help that are over, for the figures of the demo: questions, mediation, legal-help days with their cases, referrals. Written in bulk, once.

Nothing of it is open, so that no lamp, no pile and no message comes of it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.directory.models import Institution
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat, HelpSeries
from consult.lawyers.models import Lawyer
from consult.matters import MATTERS
from consult.mediation.models import MediationAttempt, MediationCase
from consult.mediation.rules import CAUSES
from consult.questions.models import Question
from consult.referrals.models import Referral, ReferralInstitution, ReferralLink
from consult.requests.models import HelpRequest
from visitation.accounts.models import Account
from visitation.kernel.ids import digest, secret_token
from visitation.kernel.interval import at_local, local_day
from visitation.people.models import Inmate, Prison
from visitation.timetable.models import Terminal

WEEKS = 28
QUIET = 1
"""The weeks up to now are left to what the demo makes through its services: so many for legal-help days, one more for questions and mediation."""
OPENS, CLOSES, MINUTES = time(14), time(16, 30), 20
PLACE = "510100"
ASKED, ANSWERED = "（演示）往期咨询。", "（演示）已答复。"


@dataclass(frozen=True)
class Cast:
    """Who takes part, in the first prison."""

    prison: Prison
    inmates: list[Inmate]
    lawyers: list[Lawyer]
    office: int
    ward: int
    terminals: list[int]
    institutions: list[int]


def past(session: Session, now: datetime) -> None:
    """Once; and only where the people of the demo are."""
    cast = _cast(session)
    old = Question.received_at < now - timedelta(weeks=WEEKS // 2)
    if cast is None or session.scalar(select(func.count(Question.id)).where(old)):
        return
    chance = random.Random(66)
    for week in range(WEEKS, QUIET + 1, -1):
        monday = local_day(now) - timedelta(days=local_day(now).weekday(), weeks=week)
        _questions(session, chance, cast, monday)
        _mediation(session, chance, cast, monday, week)
    _help_days(session, chance, cast, local_day(now))


def _cast(session: Session) -> Cast | None:
    prison = session.scalar(select(Prison).where(Prison.code == "QS"))
    lawyers = list(session.scalars(select(Lawyer).where(Lawyer.state == "verified").order_by(Lawyer.id).limit(2)))
    if prison is None or len(lawyers) < 2:
        return None
    logins = {login: number for login, number in session.execute(select(Account.login, Account.id).where(Account.login.in_(("legal", "ward"))))}  # noqa: C416
    inmates = list(session.scalars(select(Inmate).where(Inmate.prison_id == prison.id, Inmate.status == "held").order_by(Inmate.id)))
    terminals = list(session.scalars(select(Terminal.id).where(Terminal.prison_id == prison.id).order_by(Terminal.id).limit(4)))
    nearby = list(session.scalars(select(Institution.id).where(Institution.place_code == PLACE).order_by(Institution.id)))
    return Cast(prison, inmates, lawyers, logins["legal"], logins["ward"], terminals, nearby)


def _at(chance: random.Random, day: date) -> datetime:
    return at_local(day, time(chance.randint(9, 16), 5 * chance.randrange(12)))


def _questions(session: Session, chance: random.Random, cast: Cast, monday: date) -> None:
    """Some a week; now and then one is late, withdrawn or passed on."""
    for _number in range(chance.randint(2, 5)):
        at = _at(chance, monday + timedelta(days=chance.randrange(5)))
        state = chance.choice(("delivered",) * 18 + ("withdrawn", "transferred"))
        took = timedelta(days=4, hours=2) if chance.random() < 0.03 else timedelta(hours=chance.randint(5, 70))
        row = Question(
            prison_id=cast.prison.id, inmate_id=chance.choice(cast.inmates).id, entered_by=cast.ward, state=state, matter=chance.choice(list(MATTERS))
        )
        row.title, row.text, row.received_at, row.acknowledge_by = "往期咨询（演示）", ASKED, at, at + timedelta(days=1)
        row.acknowledged_at, row.due_at, row.level_due_at = at + timedelta(hours=2), at + timedelta(days=3), at + timedelta(days=3)
        row.closed_at = at + took
        if state == "delivered":
            lawyer = chance.choice(cast.lawyers)
            row.lawyer_id, row.firm_id, row.answer, row.checked_by = lawyer.id, lawyer.firm_id, ANSWERED, cast.office
            row.answered_at, row.delivered_at, row.handed_over_at = at + took - timedelta(hours=3), at + took, at + took + timedelta(hours=5)
            row.satisfaction = chance.choice((3, 4, 4, 5, 5))
        session.add(row)


def _mediation(session: Session, chance: random.Random, cast: Cast, monday: date, week: int) -> None:
    """One case in a week or two: most families agree after some talks."""
    if week % 3 == 0:
        return
    at = _at(chance, monday + timedelta(days=1))
    result = chance.choice(("agreed", "agreed", "agreed", "declined"))
    row = MediationCase(prison_id=cast.prison.id, inmate_id=chance.choice(cast.inmates).id, other_name="张某（演示）", other_relation="spouse")
    row.cause, row.summary, row.opened_at, row.opened_by = chance.choice(CAUSES), ASKED, at, cast.office
    row.state = "agreed" if result == "agreed" else "failed"
    talks = chance.randint(1, 3)
    for number in range(1, talks + 1):
        means, found = chance.choice(("phone", "phone", "video")), result if number == talks else chance.choice(("again", "not_reached"))
        row.attempts.append(MediationAttempt(at=at + timedelta(days=3 * number), by=cast.office, means=means, result=found))
    row.closed_at = at + timedelta(days=3 * talks)
    if result == "agreed":
        row.agreement, row.follow_up_on, row.followed_up_at = ANSWERED, local_day(row.closed_at + timedelta(days=5)), row.closed_at + timedelta(days=5)
    session.add(row)


def _help_days(session: Session, chance: random.Random, cast: Cast, today: date) -> None:
    """A series that has ended, every Wednesday afternoon with two lawyers; who found no place comes first a week later."""
    first = today - timedelta(days=today.weekday() - 2, weeks=WEEKS)
    last = first + timedelta(weeks=WEEKS - QUIET - 1)
    made_at = at_local(first - timedelta(days=30), time(9))
    series = HelpSeries(prison_id=cast.prison.id, rrule="FREQ=WEEKLY;BYDAY=WE", starts_on=first, ends_on=last, minutes=MINUTES, lawyers=2, state="ended")
    series.opens, series.closes, series.terminals, series.created_at, series.created_by = OPENS, CLOSES, cast.terminals, made_at, cast.office
    series.changed_at = made_at
    session.add(series)
    waiting: list[HelpRequest] = []
    for week in range(WEEKS - QUIET):
        day = _day(cast, series, first + timedelta(weeks=week))
        session.add(day)
        waiting = _seats(session, chance, cast, day, [*waiting, *_requests(chance, cast, day)])


def _day(cast: Cast, series: HelpSeries, on: date) -> HelpDay:
    published_at = at_local(on - timedelta(days=2), time(15))
    day = HelpDay(series=series, prison_id=cast.prison.id, planned_on=on, minutes=MINUTES, lawyers=2, terminals=cast.terminals, state="over")
    day.starts_at, day.ends_at = at_local(on, OPENS), at_local(on, CLOSES)
    day.published_at, day.published_by, day.changed_at = published_at, cast.office, published_at
    for place, lawyer in enumerate(cast.lawyers, start=1):
        asked_at = published_at - timedelta(days=10)
        duty = HelpDuty(lawyer_id=lawyer.id, place=place, state="agreed", asked_at=asked_at, answered_at=asked_at, changed_at=asked_at)
        day.duties.append(duty)
    return day


def _requests(chance: random.Random, cast: Cast, day: HelpDay) -> Iterator[HelpRequest]:
    for inmate in chance.sample(cast.inmates, chance.randint(9, 15)):
        at = day.starts_at - timedelta(days=chance.randint(3, 6), hours=chance.randint(0, 5))
        row = HelpRequest(prison_id=cast.prison.id, ward_id=inmate.ward_id, inmate_id=inmate.id, matter=chance.choice(list(MATTERS)), summary=ASKED)
        row.consent_at = row.entered_at = at
        row.waited = 0
        row.entered_by, row.path, row.triaged_by, row.triaged_at = cast.ward, "helpday", cast.office, at + timedelta(hours=20)
        yield row


def _seats(session: Session, chance: random.Random, cast: Cast, day: HelpDay, wanting: list[HelpRequest]) -> list[HelpRequest]:
    """Fills the places; returns who is carried over. On the last day nobody is: whoever is left has been told by letter."""
    places = [(duty, turn) for turn in range(7) for duty in day.duties]
    for request, (duty, turn) in zip(wanting, places, strict=False):
        begin = day.starts_at + timedelta(minutes=21 * turn)
        seat = HelpSeat(day=day, request=request, duty=duty, starts_at=begin, ends_at=begin + timedelta(minutes=MINUTES), state="missed")
        seat.terminal_id = cast.terminals[(2 * (duty.place - 1) + turn % 2) % len(cast.terminals)]
        if chance.random() < 0.96:
            seat.state, seat.called_at, seat.live_at, seat.left_at = "advised", begin, begin, begin + timedelta(minutes=chance.choice((19, 20, 20, 20)))
        session.add(seat)
        request.state, request.closed_at = ("advised" if seat.state == "advised" else "withdrawn"), day.ends_at
        if seat.state == "advised" and chance.random() < 0.2:
            _refer(session, chance, cast, request, duty, day.ends_at)
    left = wanting[len(places) :]
    for request in left:
        session.add(HelpSeat(day=day, request=request, state="carried", reason="NO_PLACE"))
        request.waited, request.state, request.closed_at = request.waited + 1, "withdrawn", day.ends_at
    return left


def _refer(session: Session, chance: random.Random, cast: Cast, request: HelpRequest, duty: HelpDuty, at: datetime) -> None:
    row = Referral(request=request, lawyer_id=duty.lawyer_id, matter=request.matter, relation="parent", place=PLACE, sentence=ANSWERED, at=at)
    row.institutions = [ReferralInstitution(institution_id=one, number=number, km=3.5 * number) for number, one in enumerate(cast.institutions[:2], start=1)]
    if chance.random() < 0.7:
        row.consent_at, row.last_sent_at, row.links_sent = at, at, 1
        link = ReferralLink(token_digest=digest(secret_token()), sent_at=at, expires_at=at + timedelta(days=14))
        link.opened_at = at + timedelta(hours=20) if chance.random() < 0.8 else None
        row.links = [link]
    session.add(row)

"""Two prisons with months of everything that figures count, by chance but always the same, and a third one that nobody asked about."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat, HelpSeries
from consult.lawyers.models import Firm
from consult.mediation.models import MediationAttempt, MediationCase
from consult.questions.models import Question
from consult.referrals.models import Referral, ReferralLink
from consult.requests.models import HelpRequest
from tests.factories import make_family, make_inmate, make_kinship, make_lawyer, make_prison, make_staff, make_terminal, make_ward
from tests.scenes import make_template
from visitation.bookings.models import Booking, BookingVisitor, QuotaEntry, Wish
from visitation.bookings.rules import OUTCOMES
from visitation.kernel.identity import Role
from visitation.kernel.ids import secret_token
from visitation.people.models import Kinship, Prison
from visitation.supervision.models import LiveSession, Segment
from visitation.timetable.models import CalendarDay, Closure
from visitation.timetable.rules import KINDS

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
BEGIN = datetime(2026, 4, 10, tzinfo=UTC)
BOOKINGS, CLAIMS, WISHES, QUESTIONS, CASES = 180, 25, 35, 50, 30
EDGES = (datetime(2026, 8, 31, 15, 50, tzinfo=UTC), datetime(2026, 8, 31, 16, 5, tzinfo=UTC))
"""23:50 in Shanghai on the last day of August, and a quarter of an hour later, which is September."""


@dataclass
class House:
    """A prison of the world with who and what it needs."""

    prison: Prison
    inmates: list[Any]
    families: list[Any]
    kinships: dict[tuple[int, int], Kinship]
    terminals: list[Any]
    officers: list[Any]
    wards: list[Any]


def fill(session: Session, part: float = 1.0) -> list[Prison]:
    """The three prisons, by code; the third is closed since long ago. `part`: how much of everything there is, where a little is enough."""
    chance = random.Random(77)
    houses = [_house(session, f"F{number}") for number in range(3)]
    firm = Firm(name="数清律师事务所", created_at=BEGIN)
    session.add(firm)
    session.flush()
    lawyers = [make_lawyer(session, firm) for _ in range(4)]
    for house in houses:
        _visits(session, chance, house, round(BOOKINGS * part))
        _claims(session, chance, house, round(CLAIMS * part))
        _wishes(session, chance, house, round(WISHES * part))
        _places(session, house)
        _questions(session, chance, house, round(QUESTIONS * part))
        _cases(session, chance, house, round(CASES * part))
        _help(session, chance, house, lawyers)
    houses[2].prison.closed_at = datetime(2020, 1, 1, tzinfo=UTC)
    session.flush()
    return [house.prison for house in houses]


def _house(session: Session, code: str) -> House:
    prison = make_prison(session, code=code)
    wards = [make_ward(session, prison) for _ in range(2)]
    inmates = [make_inmate(session, wards[number % 2]) for number in range(4)]
    families = [make_family(session) for _ in range(3)]
    kinships = {}
    for inmate in inmates:
        for family in families:
            known = make_kinship(session, family.visitor, inmate, decided_at=datetime(2020, 1, 1, tzinfo=UTC))
            kinships[inmate.id, family.visitor.id] = known
    terminals = [make_terminal(session, prison) for _ in range(3)]
    officers = [make_staff(session, (Role.OFFICER,), prison) for _ in range(4)]
    return House(prison, inmates, families, kinships, terminals, officers, wards)


def moments(chance: random.Random, number: int) -> Iterator[datetime]:
    """Any moment until a fortnight from now, the edges of a month first."""
    yield from EDGES
    span = int((NOW - BEGIN).total_seconds()) + 14 * 86400
    yield from (BEGIN + timedelta(seconds=chance.randrange(span), microseconds=chance.randrange(1_000_000)) for _ in range(number - len(EDGES)))


def _visits(session: Session, chance: random.Random, house: House, number: int) -> None:
    for starts_at in moments(chance, number):
        inmate, family, officer = chance.choice(house.inmates), chance.choice(house.families), chance.choice(house.officers)
        state = chance.choice(("ended",) * 12 + ("cancelled", "cancelled", "confirmed", "requested", "refused", "withdrawn", "expired"))
        created_at = starts_at - timedelta(minutes=chance.randrange(60 * 24 * 30))
        row = Booking(kind=chance.choice(KINDS), prison_id=house.prison.id, inmate_id=inmate.id, account_id=family.account.id, state=state, turnaround=10)
        row.terminal_id, row.starts_at, row.ends_at = chance.choice(house.terminals).id, starts_at, starts_at + timedelta(minutes=30)
        row.created_at = created_at
        if state == "ended":
            row.outcome = chance.choice(sorted(OUTCOMES))
        if state == "cancelled":
            row.outcome = chance.choice(("cancelled_by_visitor", "cancelled_by_prison"))
        if chance.random() < 0.4:
            row.due_at = created_at + timedelta(days=3)
        row.decided_at = created_at + timedelta(minutes=chance.randrange(1, 60 * 24 * 5)) if chance.random() < 0.8 else None
        for place, member in enumerate(chance.sample(house.families, chance.randrange(4))):
            kinship = house.kinships[inmate.id, member.visitor.id]
            identity = chance.choice(("confirmed", "confirmed", "unchecked", "failed"))
            row.party.append(BookingVisitor(visitor_id=member.visitor.id, kinship_id=kinship.id, place=place, identity=identity))
        session.add(row)
        if chance.random() < 0.7:
            _session(session, chance, row, officer, chance.choice([None, *house.officers]))
    for week in range(30):
        held_on = date(2026, 5, 1) + timedelta(days=7 * week)
        line = QuotaEntry(inmate_id=house.inmates[week % 4].id, month=held_on.replace(day=1), purse=chance.choice(("visit", "call")), units=1)
        line.kind, line.at, line.held_on = chance.choice(("external", "external", "adjusted")), NOW, held_on
        session.add(line)
    session.flush()


def _session(session: Session, chance: random.Random, row: Booking, officer: Any, checker: Any) -> None:
    live = LiveSession(sid=secret_token()[:24], booking=row, stage="ended", opened_at=row.starts_at, officer_id=officer.id)
    live.checked_in_by = checker.id if checker else None
    live.live_at = row.starts_at + timedelta(minutes=chance.randrange(30)) if chance.random() < 0.9 else None
    live.seconds_used = round(chance.random() * 1800, 3)
    session.add(live)
    for number in range(chance.randrange(4)):
        segment = Segment(session=live, broker_id="b", file=f"{live.sid}-{number}", leg="terminal", number=number, sha256="0" * 64, seconds=600.0)
        segment.bytes, segment.starts_at = chance.randrange(1, 900_000_000), row.starts_at + timedelta(minutes=number)
        segment.deleted_at = NOW if chance.random() < 0.4 else None
        session.add(segment)


def _claims(session: Session, chance: random.Random, house: House, number: int) -> None:
    for at in moments(chance, number):
        state = chance.choice(("submitted", "approved", "approved", "refused", "withdrawn"))
        decided = {} if state == "submitted" else {"decided_at": at + timedelta(minutes=chance.randrange(1, 60 * 24 * 5))}
        given = {"state": state, "submitted_at": at, "due_at": at + timedelta(days=3), "decided_at": None, **decided}
        make_kinship(session, house.families[0].visitor, house.inmates[0], approved=False, **given)


def _wishes(session: Session, chance: random.Random, house: House, number: int) -> None:
    for at in moments(chance, number):
        state = chance.choice(("waiting", "done", "done", "left", "over"))
        inmate, family = chance.choice(house.inmates), chance.choice(house.families)
        row = Wish(account_id=family.account.id, prison_id=house.prison.id, inmate_id=inmate.id, kinship_id=house.kinships[inmate.id, family.visitor.id].id)
        row.kind, row.first_day, row.last_day, row.weekdays, row.parts = "family_visit", at.date(), at.date(), "01234", "morning"
        row.created_at, row.state = at, state
        row.ended_at = None if state == "waiting" else at + timedelta(days=chance.randrange(40))
        session.add(row)
    session.flush()


def _places(session: Session, house: House) -> None:
    """Two weekly rows, one of which began in August on two terminals every other week; closures, a terminal off line, days that somebody decided."""
    for weekday in range(5):
        make_template(session, house.prison, house.terminals[:2], weekday=weekday)
    rest = {"weekday": 2, "opens": time(13, 30), "closes": time(16, 30), "every_weeks": 2, "valid_from": date(2026, 8, 5), "stagger": 5}
    make_template(session, house.prison, house.terminals, kind="family_call", minutes=10, turnaround=5, **rest)
    begin = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
    why = {"reason": "检修", "created_by": house.officers[0].id, "created_at": BEGIN}
    session.add(Closure(prison_id=house.prison.id, starts_at=begin, ends_at=begin + timedelta(days=2, hours=3), **why))
    session.add(Closure(prison_id=house.prison.id, starts_at=begin + timedelta(days=7), ends_at=begin + timedelta(days=8), lifted_at=begin, **why))
    session.add(
        Closure(prison_id=house.prison.id, terminal_id=house.terminals[0].id, starts_at=begin - timedelta(days=8), ends_at=begin - timedelta(days=7), **why)
    )
    house.terminals[1].offline_since, house.terminals[1].offline_until = begin + timedelta(days=14), begin + timedelta(days=15, hours=1)
    session.add(CalendarDay(day=date(2026, 9, 19), prison_id=house.prison.id, working=True, as_weekday=2))
    session.add(CalendarDay(day=date(2026, 9, 22), prison_id=house.prison.id, working=False))
    session.flush()


def _questions(session: Session, chance: random.Random, house: House, number: int) -> None:
    for at in moments(chance, number):
        state = chance.choice(("received", "routed", "answered", *("delivered",) * 8, "withdrawn", "merged", "transferred"))
        row = Question(prison_id=house.prison.id, inmate_id=house.inmates[0].id, entered_by=house.officers[0].id, matter="civil", title="问题", state=state)
        row.received_at = row.acknowledge_by = at
        row.due_at = row.level_due_at = at + timedelta(days=3)
        row.delivered_at = at + timedelta(minutes=chance.randrange(60 * 24 * 4)) if state == "delivered" else None
        session.add(row)
    session.flush()


def _cases(session: Session, chance: random.Random, house: House, number: int) -> None:
    for at in moments(chance, number):
        state = chance.choice(("open", "agreed", "agreed", "failed", "withdrawn"))
        row = MediationCase(prison_id=house.prison.id, inmate_id=house.inmates[0].id, other_name="张试", other_relation="spouse", cause="divorce")
        row.state, row.opened_at, row.opened_by = state, at, house.officers[0].id
        row.closed_at = None if state == "open" else at + timedelta(days=chance.randrange(50))
        for turn in range(chance.randrange(4)):
            attempt = MediationAttempt(at=at + timedelta(days=turn), by=house.officers[0].id, means="phone", result="again")
            row.attempts.append(attempt)
        session.add(row)
    session.flush()


def _help(session: Session, chance: random.Random, house: House, lawyers: list[Any]) -> None:
    hours = {"opens": time(14), "closes": time(16, 30), "minutes": 20, "lawyers": 3}
    series = HelpSeries(
        prison_id=house.prison.id, rrule="FREQ=WEEKLY;BYDAY=WE", starts_on=date(2026, 4, 15), created_at=BEGIN, created_by=house.officers[0].id, **hours
    )
    series.changed_at = BEGIN
    session.add(series)
    session.flush()
    for week in range(34):
        planned = date(2026, 4, 15) + timedelta(days=7 * week)
        day = HelpDay(series_id=series.id, prison_id=house.prison.id, planned_on=planned, minutes=20, lawyers=3, changed_at=BEGIN)
        day.starts_at = datetime(planned.year, planned.month, planned.day, 6, 0, tzinfo=UTC) if week else EDGES[0] - timedelta(days=31)
        day.ends_at = day.starts_at + timedelta(minutes=150)
        day.state = chance.choice(("over", "over", "over", "published", "planned", "proposed", "cancelled"))
        day.duties = [
            HelpDuty(lawyer_id=lawyer.id, place=place, state="agreed", asked_at=BEGIN, changed_at=BEGIN) for place, lawyer in enumerate(lawyers[:3], start=1)
        ]
        session.add(day)
        session.flush()
        for turn in range(chance.randrange(3, 9)):
            _seat(session, chance, house, day, turn)
    session.flush()


def _seat(session: Session, chance: random.Random, house: House, day: HelpDay, turn: int) -> None:
    inmate = chance.choice(house.inmates)
    request = HelpRequest(prison_id=house.prison.id, ward_id=inmate.ward_id, inmate_id=inmate.id, matter="civil", consent_at=BEGIN, entered_at=BEGIN)
    request.entered_by = house.officers[0].id
    session.add(request)
    state = chance.choice(("advised", "advised", "advised", "missed", "carried", "carried", "proposed", "withdrawn", "published", "dropped"))
    seat = HelpSeat(day=day, request=request, state=state)
    if state not in ("carried", "proposed"):
        duty = day.duties[turn % 3]
        seat.duty = duty
        seat.starts_at = day.starts_at + timedelta(minutes=20 * turn)
        seat.ends_at = seat.starts_at + timedelta(minutes=20)
        seat.live_at = seat.starts_at + timedelta(seconds=chance.randrange(120)) if state == "advised" else None
        seat.left_at = seat.ends_at if state == "advised" and chance.random() < 0.95 else None
    session.add(seat)
    session.flush()
    if state == "advised" and chance.random() < 0.5:
        referral = Referral(
            request_id=request.id, lawyer_id=seat.duty.lawyer_id, matter="civil", place="510100", at=day.starts_at, links_sent=chance.randrange(3)
        )
        referral.withdrawn_at = NOW if chance.random() < 0.2 else None
        session.add(referral)
        session.flush()
        for _link in range(referral.links_sent):
            link = ReferralLink(token_digest=secret_token(), referral_id=referral.id, sent_at=day.starts_at, expires_at=NOW)
            link.opened_at = NOW if chance.random() < 0.5 else None
            session.add(link)

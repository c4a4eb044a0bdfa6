"""Reading questions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Select, and_, case, false, func, select
from sqlalchemy.orm import Session, joinedload

from consult.lawyers.models import Firm, Lawyer
from consult.questions import rules
from consult.questions.models import Question, QuestionExtension
from consult.questions.rules import Counted, Desk, Rate
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import at_local, next_month
from visitation.people.models import Inmate
from visitation.reports.queries_visits import by_month

MOST = 200
PILES = ("open", "red", "check", "extensions", "closed")
next_due = case((and_(Question.acknowledged_at.is_(None), Question.acknowledge_by < Question.due_at), Question.acknowledge_by), else_=Question.due_at)
"""What is due next: the acknowledgement, until there is one; then the answer."""


def by_ref(session: Session, ref: str) -> Question | None:
    return session.scalar(select(Question).where(Question.ref == ref.upper()))


def made(session: Session, ref: str) -> Question:
    """The question that was made under this reference."""
    return session.scalars(select(Question).where(Question.ref == ref)).one()


def scoped(query: Select[Question], who: Identity) -> Select[Question]:
    """What this person of the staff may see: their prison's; a ward officer those of the own wards' inmates."""
    if who.prison_id is not None:
        query = query.where(Question.prison_id == who.prison_id)
    if not who.has(Role.LEGAL_OFFICE, Role.BUREAU):
        query = query.join(Inmate, Inmate.id == Question.inmate_id).where(Inmate.ward_id.in_(who.ward_ids))
    return query


def pile(session: Session, who: Identity, name: str, now: datetime) -> list[Question]:
    """One of PILES, the most urgent first; closed ones, the latest first."""
    query = scoped(select(Question), who).options(joinedload(Question.prison), joinedload(Question.inmate), joinedload(Question.firm))
    if name == "closed":
        return list(session.scalars(query.where(Question.state.in_(rules.CLOSED)).order_by(Question.closed_at.desc()).limit(MOST)))
    query = query.where(Question.state.in_(rules.OPEN))
    if name == "red":
        query = query.where(next_due < now)
    if name == "check":
        query = query.where(Question.state == "answered")
    if name == "extensions":
        query = query.where(Question.id.in_(select(QuestionExtension.question_id).where(QuestionExtension.state == "asked")))
    return list(session.scalars(query.order_by(next_due, Question.id).limit(MOST)))


def to_hand_over(session: Session, who: Identity) -> list[Question]:
    """Answers to inmates that nobody has handed over yet."""
    query = scoped(select(Question), who).where(Question.state == "delivered", Question.inmate_id.is_not(None), Question.handed_over_at.is_(None))
    return list(session.scalars(query.options(joinedload(Question.inmate)).order_by(Question.delivered_at)))


def mine(session: Session, who: Identity) -> list[Question]:
    """A relative's own questions, the latest first."""
    return list(session.scalars(select(Question).where(Question.account_id == who.account_id).order_by(Question.received_at.desc(), Question.id.desc())))


def open_of(session: Session, account_id: int) -> int:
    query = select(func.count(Question.id)).where(Question.account_id == account_id, Question.state.in_(rules.OPEN))
    return session.scalar(query) or 0


def of_firm(session: Session, lawyer: Lawyer, closed: bool = False) -> list[Question]:
    """Questions that a lawyer's firm has, one's own first, then by due time."""
    states = ("delivered",) if closed else rules.OPEN
    query = select(Question).where(Question.firm_id == lawyer.firm_id, Question.state.in_(states))
    own = Question.lawyer_id.is_distinct_from(lawyer.id)
    return list(session.scalars(query.order_by(own, Question.due_at, Question.id).limit(MOST)))


def desks(session: Session, matter: str, language: str) -> list[Desk]:
    """Every open firm as routing sees it; three queries."""
    able = {
        lawyer.firm_id
        for lawyer in session.scalars(select(Lawyer).where(Lawyer.state == "verified"))
        if (not lawyer.matters or matter in lawyer.matters) and language in lawyer.languages
    }
    counts = select(Question.firm_id, func.count()).where(Question.state.in_(("received", "routed"))).group_by(Question.firm_id)
    load = {firm_id: number for firm_id, number in session.execute(counts)}  # noqa: C416 - a Row is no plain pair for the type checker
    firms = session.scalars(select(Firm).where(Firm.closed_at.is_(None)))
    return [Desk(firm.id, frozenset(firm.matters), firm.id in able, load.get(firm.id, 0)) for firm in firms]


def late(session: Session, now: datetime, most: int) -> Iterable[Question]:
    """Open questions that move up now; rows are locked, and those that somebody else holds are left for the next round."""
    query = select(Question).where(Question.state.in_(rules.OPEN), Question.level < rules.DISCIPLINE, Question.level_due_at < now)
    return session.scalars(query.order_by(Question.level_due_at, Question.id).limit(most).with_for_update(skip_locked=True)).all()


@dataclass(frozen=True)
class Waiting:
    """How many wait for the legal office, and the earliest due time among them."""

    count: int
    due_at: datetime | None


def waiting(session: Session, who: Identity) -> Waiting:
    """What the desk of the legal office counts: unrouted ones (which nobody has acknowledged), answers to check, extensions to decide."""
    asked = select(QuestionExtension.question_id).where(QuestionExtension.state == "asked")
    query = select(func.count(Question.id), func.min(next_due))
    query = query.where(Question.state.in_(("received", "answered")) | Question.id.in_(asked), Question.state.in_(rules.OPEN))
    if who.prison_id is not None:
        query = query.where(Question.prison_id == who.prison_id)
    number, due = session.execute(query).one()
    return Waiting(number, due)


def counted(session: Session, now: datetime, *where: ColumnElement[bool]) -> Iterator[tuple[int, date, Counted]]:
    """(prison, first day of the month of receipt, how many of a kind), grouped by what the answer rate looks at; one query."""
    good = func.coalesce(Question.delivered_at <= Question.due_at, false())
    cut = (Question.state, good, Question.due_at < now)
    for prison, month, state, in_time, over, number in by_month(session, Question.received_at, Question.prison_id, *cut, number=func.count(), where=where):
        yield prison, month, Counted(state, bool(in_time), bool(over), number)


def rates(session: Session, prison_id: int | None, months: Sequence[date], now: datetime) -> list[Rate]:
    """The answer rate over the questions received in each of some following months; one query."""
    where = [Question.received_at >= at_local(months[0], time()), Question.received_at < at_local(next_month(months[-1]), time())]
    if prison_id is not None:
        where.append(Question.prison_id == prison_id)
    found: dict[date, list[Counted]] = {month: [] for month in months}
    for _prison, month, one in counted(session, now, *where):
        found[month].append(one)
    return [rules.answer_rate(found[month]) for month in months]

"""Questions step by step: asked, routed, answered, checked, delivered; and merged, transferred, withdrawn, given more time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.lawyers.models import Firm, Lawyer
from consult.matters import MATTERS
from consult.once import Once
from consult.questions import queries, rules
from consult.questions.models import Question, QuestionExtension, QuestionStep
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.notices.service import tell
from visitation.people.models import Inmate
from visitation.policies.queries import policies_of
from visitation.timetable import queries as timetable

AT_ONCE = 100


@dataclass(frozen=True)
class Asked:
    """What is asked. form: question or letter."""

    matter: str
    title: str
    text: str
    language: str = "zh"
    form: str = "question"


def ask_for_inmate(session: Session, who: Identity, inmate_id: int, asked: Asked, now: datetime, key: str | None = None) -> Question:
    """A ward's officer enters an inmate's question; the same form (`key`) twice asks once. Raises Refused, NotFound for an inmate of another ward."""
    inmate = session.get(Inmate, inmate_id)
    if inmate is None or inmate.prison_id != who.prison_id or inmate.ward_id not in who.ward_ids:
        raise NotFound
    once = Once(session, who, key, "question", (inmate.id, asked), now)
    if once.ref:
        return queries.made(session, once.ref)
    question = _ask(session, who, asked, now, prison_id=inmate.prison_id, inmate_id=inmate.id)
    once.made(question.ref)
    return question


def ask(session: Session, who: Identity, prison_id: int, asked: Asked, now: datetime, key: str | None = None) -> Question:
    """A relative asks online; the same form (`key`) twice asks once. Raises Refused."""
    once = Once(session, who, key, "question", (prison_id, asked), now)
    if once.ref:
        return queries.made(session, once.ref)
    question = _ask(session, who, asked, now, prison_id=prison_id, account_id=who.account_id)
    once.made(question.ref)
    tell(session, who.account_id, "question_received", {"ref": question.ref}, now, f"/questions/{question.ref}")
    return question


def _ask(session: Session, who: Identity, asked: Asked, now: datetime, prison_id: int, inmate_id: int | None = None, account_id: int | None = None) -> Question:
    open_now = queries.open_of(session, account_id) if account_id is not None else 0
    refuse(rules.ask_refusals(asked.title, asked.text, asked.matter, MATTERS, open_now, account_id is not None))
    policies, today = policies_of(session, prison_id, ("question_acknowledge_hours", "question_workdays")), local_day(now)
    due = timetable.add_workdays(session, prison_id, now, policies.value("question_workdays", today)[asked.form])
    question = Question(
        form=asked.form,
        prison_id=prison_id,
        inmate_id=inmate_id,
        account_id=account_id,
        entered_by=who.account_id,
        matter=asked.matter,
        language=asked.language,
        title=asked.title,
        text=asked.text,
        received_at=now,
        acknowledge_by=now + timedelta(hours=policies.value("question_acknowledge_hours", today)),
        due_at=due,
        level_due_at=due,
    )
    question.level_due_at = min(question.acknowledge_by, due)
    session.add(question)
    session.flush()
    record(session, who, "question.ask", "question", question.ref, now, prison_id, matter=asked.matter)
    return question


def route(session: Session, who: Identity, question_id: int, firm_id: int | None, now: datetime) -> Question:
    """Send it to a firm: the chosen one, or the able one with the fewest open questions. Also from one firm to another. Raises Refused(NO_FIRM)."""
    question = _open(session, question_id, ("received", "routed"))
    chosen = firm_id if firm_id is not None else rules.route(question.matter, queries.desks(session, question.matter, question.language))
    firm = session.get(Firm, chosen) if chosen is not None else None
    if firm is None or firm.closed_at is not None:
        raise Refused("NO_FIRM")
    question.state, question.firm_id, question.lawyer_id = "routed", firm.id, None
    _acknowledge(question, now)
    record(session, who, "question.route", "question", question.ref, now, question.prison_id, firm=firm.ref)
    return question


def _acknowledge(question: Question, now: datetime) -> None:
    """Somebody has looked at it: from now on the answer's due time decides when it moves up. One that is overdue altogether stays where it is."""
    if question.acknowledged_at is None and now < question.due_at:
        question.level, question.level_due_at = rules.FIRM, question.due_at
    question.acknowledged_at = question.acknowledged_at or now


def take(session: Session, who: Identity, lawyer: Lawyer, question_id: int, now: datetime) -> None:
    """A lawyer of the firm takes it on. Raises StateChanged when a colleague was faster."""
    question = _of_firm(session, lawyer, question_id, ("routed",))
    if question.lawyer_id not in (None, lawyer.id):
        raise StateChanged
    question.lawyer_id = lawyer.id
    record(session, who, "question.take", "question", question.ref, now, question.prison_id)


def answer(session: Session, who: Identity, lawyer: Lawyer, question_id: int, text: str, now: datetime) -> None:
    """The lawyer's answer; the legal office checks it. Raises Refused."""
    refuse(rules.answer_refusals(text))
    question = _of_firm(session, lawyer, question_id, ("routed",))
    if question.lawyer_id not in (None, lawyer.id):
        raise StateChanged
    question.lawyer_id, question.answer, question.state = lawyer.id, text, "answered"
    question.answered_at, question.returned_note = now, ""
    record(session, who, "question.answer", "question", question.ref, now, question.prison_id)


def send_back(session: Session, who: Identity, question_id: int, note: str, now: datetime) -> None:
    """The legal office wants the answer changed and says how. The due time stays. Raises Refused."""
    if not note.strip():
        raise Refused("RETURN_NOTE")
    question = _open(session, question_id, ("answered",))
    question.state, question.returned_note = "routed", note
    record(session, who, "question.return", "question", question.ref, now, question.prison_id)


def deliver(session: Session, who: Identity, question_id: int, now: datetime) -> None:
    """The answer is checked and goes to who asked: at once to a relative, by a printed slip to an inmate."""
    question = _open(session, question_id, ("answered",))
    question.state, question.delivered_at, question.closed_at, question.checked_by = "delivered", now, now, who.account_id
    record(session, who, "question.deliver", "question", question.ref, now, question.prison_id)
    _tell(session, question, "question_answered", now)


def hand_over(session: Session, who: Identity, question_id: int, now: datetime) -> None:
    """The ward has handed the answer to the inmate."""
    question = _locked(session, question_id)
    if question.state != "delivered" or question.inmate is None or question.inmate.ward_id not in who.ward_ids:
        raise NotFound
    if question.handed_over_at is not None:
        raise StateChanged
    question.handed_over_at = now
    record(session, who, "question.hand_over", "question", question.ref, now, question.prison_id)


def withdraw(session: Session, who: Identity, question_id: int, now: datetime) -> None:
    """Who asked takes it back: a relative; or an inmate, for whom the ward or the legal office writes it down. Raises NotFound for another's question."""
    question = _open(session, question_id, rules.OPEN)
    if question.account_id is not None and question.account_id != who.account_id:
        raise NotFound
    _close(session, who, "question.withdraw", question, "withdrawn", "", now)


def merge(session: Session, who: Identity, question_id: int, into_ref: str, now: datetime) -> None:
    """The same was asked already: this one ends, and its asker gets the other one's answer. Raises Refused."""
    known = queries.by_ref(session, into_ref.strip())
    for number in sorted({question_id, known.id if known else question_id}):
        _locked(session, number)  # in one order: two that are merged into each other at once would both be gone
    question, other = _open(session, question_id, rules.OPEN), known
    if other is None or other.id == question.id or other.state not in (*rules.OPEN, "delivered") or other.prison_id != question.prison_id:
        raise Refused("MERGE_INTO")
    if (other.inmate_id, other.account_id) != (question.inmate_id, question.account_id):
        raise Refused("MERGE_ASKER")
    question.merged_into_id = other.id
    _close(session, who, "question.merge", question, "merged", other.ref, now)


def transfer(session: Session, who: Identity, question_id: int, where: str, now: datetime) -> None:
    """It belongs elsewhere (another authority); who asked is told where. Raises Refused."""
    if not where.strip():
        raise Refused("TRANSFER_WHERE")
    question = _open(session, question_id, rules.OPEN)
    _close(session, who, "question.transfer", question, "transferred", where.strip()[:200], now)
    _tell(session, question, "question_transferred", now)


def _close(session: Session, who: Identity, act: str, question: Question, state: str, note: str, now: datetime) -> None:
    question.state, question.closed_at, question.closing_note = state, now, note
    _acknowledge(question, now)
    record(session, who, act, "question", question.ref, now, question.prison_id)


def ask_extension(session: Session, who: Identity, lawyer: Lawyer, question_id: int, workdays: int, reason: str, now: datetime) -> None:
    """A lawyer asks for more time: `workdays` after the present due time, or after now if that has passed. Raises Refused."""
    question = _of_firm(session, lawyer, question_id, ("routed",))
    until = timetable.add_workdays(session, question.prison_id, max(question.due_at, now), max(0, workdays))
    pending = any(one.state == "asked" for one in question.extensions)
    refuse(rules.extension_refusals(question.state, question.due_at, until, reason, pending, now))
    session.add(QuestionExtension(question_id=question.id, asked_by=who.account_id, asked_at=now, until=until, reason=reason))
    record(session, who, "question.ask_extension", "question", question.ref, now, question.prison_id, until=until.isoformat())


def decide_extension(session: Session, who: Identity, question_id: int, grant: bool, now: datetime) -> None:
    """Grant more time (the question comes down to the firm again) or refuse it. Raises StateChanged when nothing is asked any more."""
    question = _open(session, question_id, ("routed", "answered"))  # an answer that has come meanwhile is still being checked
    asked = session.scalar(select(QuestionExtension).where(QuestionExtension.question_id == question.id, QuestionExtension.state == "asked"))
    if asked is None:
        raise StateChanged
    asked.state, asked.decided_by, asked.decided_at = "granted" if grant else "refused", who.account_id, now
    if grant:
        question.due_at = question.level_due_at = asked.until
        question.level = rules.FIRM
    record(session, who, "question.grant_extension" if grant else "question.refuse_extension", "question", question.ref, now, question.prison_id)
    if grant:
        _tell(session, question, "question_later", now)


def say_satisfaction(session: Session, who: Identity, question_id: int, stars: int, now: datetime) -> None:
    """1 to 5, once. Raises Refused."""
    question = _locked(session, question_id)
    if question.account_id != who.account_id or question.state != "delivered":
        raise NotFound
    if question.satisfaction is not None or not 1 <= stars <= 5:
        raise Refused(Refusal("SATISFACTION_ONCE"))
    question.satisfaction = stars
    record(session, who, "question.satisfaction", "question", question.ref, now, question.prison_id, stars=stars)


def sweep(session: Session, now: datetime) -> int:
    """Questions whose answer or acknowledgement is overdue move up one level each; again, they are left where they are. Returns how many moved."""
    rows = list(queries.late(session, now, AT_ONCE))
    for question in rows:
        step = rules.next_step(question.state, question.level, question.level_due_at, now)
        assert step is not None, "the query finds what moves"
        days = policies_of(session, question.prison_id, ("question_level_workdays",)).value("question_level_workdays", local_day(now))
        missed = question.due_at if question.acknowledged_at else question.acknowledge_by
        session.add(QuestionStep(question_id=question.id, level=step.level, due_at=missed, at=now))
        question.level = step.level
        question.level_due_at = timetable.add_workdays(session, question.prison_id, step.at, days)
        record(session, SYSTEM, "question.move_up", "question", question.ref, now, question.prison_id, level=step.level)
    return len(rows)


def _tell(session: Session, question: Question, kind: str, now: datetime) -> None:
    """Tell a relative; an inmate is told through the ward."""
    if question.account_id is not None:
        tell(session, question.account_id, kind, {"ref": question.ref, "reason_text": question.closing_note}, now, f"/questions/{question.ref}")


def _locked(session: Session, question_id: int) -> Question:
    question = session.get(Question, question_id, with_for_update=True, populate_existing=True)
    if question is None:
        raise NotFound
    return question


def _open(session: Session, question_id: int, states: tuple[str, ...]) -> Question:
    question = _locked(session, question_id)
    if question.state not in states:
        raise StateChanged
    return question


def _of_firm(session: Session, lawyer: Lawyer, question_id: int, states: tuple[str, ...]) -> Question:
    question = _locked(session, question_id)
    if question.firm_id != lawyer.firm_id:
        raise NotFound
    if question.state not in states:
        raise StateChanged
    return question

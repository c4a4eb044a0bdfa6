"""Reading questionnaires, and counting what was answered."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from consult.questionnaires import rules
from consult.questionnaires.models import Questionnaire, QuestionnaireAnswer, QuestionnaireReply, QuestionnaireTurn, QuestionnaireVersion
from consult.questionnaires.rules import Item, Result
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Inmate, Kinship
from visitation.people.rules_staff import GONE


def by_ref(session: Session, ref: str) -> Questionnaire | None:
    return session.scalar(select(Questionnaire).where(Questionnaire.ref == ref.upper()))


def items_of(version: QuestionnaireVersion) -> list[Item]:
    return [rules.unpacked(one) for one in version.items]


def state_of(row: Questionnaire, today: date) -> str:
    return rules.state(row.published_id is not None, row.opens_on, row.closes_on, row.closed_at is not None, today)


def answered_version(row: Questionnaire, number: str) -> QuestionnaireVersion:
    """The version somebody was shown and now sends back, though a newer one may be published by now; otherwise the published one."""
    asked = [one for one in row.versions if str(one.number) == number and one.published_at is not None]
    found = asked[0] if asked else row.published
    assert found is not None
    return found


def kept(session: Session, who: Identity) -> list[Questionnaire]:
    """What a prison's keepers see: their own; the bureau sees all. The latest first."""
    query = select(Questionnaire).options(joinedload(Questionnaire.published))
    if who.prison_id is not None:
        query = query.where(Questionnaire.prison_id == who.prison_id)
    return list(session.scalars(query.order_by(Questionnaire.id.desc())))


def open_inside(session: Session, prison_id: int | None, today: date) -> list[Questionnaire]:
    """What the inmates of a prison may answer now."""
    return _open(session, ("inmates",), {prison_id}, today)


def open_outside(session: Session, who: Identity | None, today: date) -> list[Questionnaire]:
    """What this person may answer in the family zone now: what is for everybody, and for approved relatives what is for them."""
    found = _open(session, ("public",), None, today)
    return found + (_open(session, ("relatives",), prisons_of(session, who), today) if is_relative(who) else [])


def _open(session: Session, audiences: Sequence[str], prisons: set[int | None] | None, today: date) -> list[Questionnaire]:
    query = select(Questionnaire).options(joinedload(Questionnaire.published)).where(Questionnaire.published_id.is_not(None))
    query = query.where(Questionnaire.audience.in_(audiences), Questionnaire.opens_on <= today, Questionnaire.closes_on >= today)
    if prisons is not None:
        known = [one for one in prisons if one is not None]
        query = query.where(or_(Questionnaire.prison_id.is_(None), Questionnaire.prison_id.in_(known)) if prisons else false())
    return list(session.scalars(query.where(Questionnaire.closed_at.is_(None)).order_by(Questionnaire.closes_on, Questionnaire.id)))


def is_relative(who: Identity | None) -> bool:
    return who is not None and who.has(Role.FAMILY, Role.CLERK) and who.visitor_id is not None


def prisons_of(session: Session, who: Identity | None) -> set[int | None]:
    """Prisons in which this person is an approved relative."""
    if who is None or who.visitor_id is None:
        return set()
    return set(session.scalars(select(Kinship.prison_id).where(Kinship.visitor_id == who.visitor_id, Kinship.state == "approved")))


def has_answered(session: Session, version_id: int, digest: str) -> bool:
    return session.get(QuestionnaireTurn, (version_id, digest)) is not None


def invited(session: Session, audience: str, prison_id: int | None) -> int | None:
    """How many people it is open to: approved relatives, or inmates who are here; None for everybody."""
    if audience == "relatives":
        relatives = select(func.count(Kinship.visitor_id.distinct())).where(Kinship.state == "approved")
        return session.scalar(relatives.where(Kinship.prison_id == prison_id) if prison_id is not None else relatives) or 0
    if audience == "inmates":
        inside = select(func.count(Inmate.id)).where(Inmate.status.not_in(GONE))
        return session.scalar(inside.where(Inmate.prison_id == prison_id) if prison_id is not None else inside) or 0
    return None


def replies(session: Session, version_ids: Sequence[int]) -> dict[int, int]:
    """How many have answered, by version."""
    query = select(QuestionnaireReply.version_id, func.count()).where(QuestionnaireReply.version_id.in_(version_ids))
    return dict(session.execute(query.group_by(QuestionnaireReply.version_id)).all())


def results(session: Session, version: QuestionnaireVersion) -> list[Result]:
    """Every question of a version, counted; three queries."""
    of_version = QuestionnaireReply.version_id == version.id
    joined = select(QuestionnaireAnswer).join(QuestionnaireReply, QuestionnaireReply.uid == QuestionnaireAnswer.reply_uid).where(of_version)
    item, choice = QuestionnaireAnswer.item, QuestionnaireAnswer.choice
    people = dict(session.execute(joined.with_only_columns(item, func.count(QuestionnaireAnswer.reply_uid.distinct())).group_by(item)).all())
    counts: dict[int, dict[int, int]] = defaultdict(dict)
    for place, number, count in session.execute(joined.with_only_columns(item, choice, func.count()).group_by(item, choice)):
        counts[place][number] = count
    texts: dict[int, list[str]] = defaultdict(list)
    if max(people.values(), default=0) >= rules.FEWEST:
        for answer in session.scalars(joined.where(QuestionnaireAnswer.text_box.is_not(None))):
            texts[answer.item].append(answer.text)
    return [rules.result(one, people.get(place, 0), counts[place], texts[place]) for place, one in enumerate(items_of(version))]

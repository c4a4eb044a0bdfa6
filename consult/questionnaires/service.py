"""Writing, publishing, closing and answering questionnaires."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.once import Once
from consult.questionnaires import queries, rules
from consult.questionnaires.models import Questionnaire, QuestionnaireAnswer, QuestionnaireReply, QuestionnaireTurn, QuestionnaireVersion
from consult.questionnaires.rules import Given, Item
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.ids import secret_token
from visitation.kernel.interval import local_day
from visitation.store.sealed import vault


@dataclass(frozen=True)
class Written:
    """A questionnaire as it was typed. seen: how often it had been saved when it was opened for writing (0: new)."""

    audience: str
    occasion: str
    title: str
    intro: str
    items: tuple[Item, ...]
    seen: int = 0


def write(session: Session, who: Identity, row_id: int | None, written: Written, now: datetime) -> Questionnaire:
    """A new questionnaire; or a draft changed; or, of a published one, the next version. Raises Refused with every reason."""
    refuse(rules.writing_refusals(written.audience, written.occasion, written.title, written.intro, written.items))
    row = Questionnaire(prison_id=who.prison_id, audience=written.audience, sequence=0) if row_id is None else _mine(session, who, row_id)
    if row.sequence != written.seen:
        raise Refused("QUESTIONNAIRE_CHANGED")
    if row.published_id is not None and row.audience != written.audience:
        raise Refused("QUESTIONNAIRE_AUDIENCE_FIXED")
    row.audience, row.occasion, row.sequence = written.audience, written.occasion, row.sequence + 1
    session.add(row)
    session.flush()
    version = row.latest if row.versions and row.latest.published_at is None else None
    if version is None:
        version = QuestionnaireVersion(number=len(row.versions) + 1)
        row.versions.append(version)
    version.title, version.intro, version.items = written.title, written.intro, [item.packed() for item in written.items]
    version.at, version.by = now, who.account_id
    session.flush()
    record(session, who, "questionnaire.write", "questionnaire", row.ref, now, row.prison_id, version=version.number, audience=row.audience)
    return row


def publish(session: Session, who: Identity, row_id: int, opens_on: date, closes_on: date, now: datetime) -> None:
    """The latest version can be answered from one day to another, both included. Raises Refused, StateChanged when it is published already."""
    refuse(rules.period_refusals(opens_on, closes_on, local_day(now)))
    row = _mine(session, who, row_id)
    latest = row.latest
    if row.published_id == latest.id:
        raise StateChanged
    latest.published_at, latest.invited = now, queries.invited(session, row.audience, row.prison_id)
    row.published_id, row.opens_on, row.closes_on, row.closed_at = latest.id, opens_on, closes_on, None
    record(session, who, "questionnaire.publish", "questionnaire", row.ref, now, row.prison_id, version=latest.number, until=closes_on.isoformat())


def close(session: Session, who: Identity, row_id: int, now: datetime) -> None:
    """Nobody can answer any more; what was answered stays. Raises StateChanged when it is not under way."""
    row = _mine(session, who, row_id)
    if queries.state_of(row, local_day(now)) not in ("planned", "open"):
        raise StateChanged
    row.closed_at = now
    record(session, who, "questionnaire.close", "questionnaire", row.ref, now, row.prison_id)


def account_mark(version_id: int, who: Identity) -> str:
    """What stands for an account: the same each time, and nobody without the key can tell whose it is."""
    return vault().index(f"{version_id}\0{who.visitor_id}", "questionnaire_turn")


def browser_mark(version_id: int, token: str) -> str:
    return vault().index(f"{version_id}\0{token}", "questionnaire_browser")


def reply(session: Session, row_id: int, number: int, given: Mapping[int, Given], mark: str, now: datetime) -> None:
    """Somebody's answers in the family zone, once for each mark. The version may have been followed by a newer one while they typed."""
    version = _answerable(session, row_id, number, now)
    refuse(rules.reply_refusals(queries.items_of(version), given))
    if queries.has_answered(session, version.id, mark):
        raise Refused("REPLY_ONCE")
    session.add(QuestionnaireTurn(version_id=version.id, digest=mark))
    _keep(session, version, given, "online", now)


def reply_inside(
    session: Session, who: Identity, row_id: int, number: int, given: Mapping[int, Given], channel: str, now: datetime, key: str | None = None
) -> None:
    """An inmate's answers: from paper, entered by the ward (channel `ward`), or given at a terminal; the same form (`key`) twice counts once.

    Never more than there are inmates.
    """
    once = Once(session, who, key, "questionnaire_reply", (row_id, number, sorted(given.items())), now)
    if once.ref:
        return
    version = _answerable(session, row_id, number, now)
    session.refresh(version, with_for_update={"of": QuestionnaireVersion})  # two sheets at once are counted one after the other
    refuse(rules.reply_refusals(queries.items_of(version), given, spoken=channel == "terminal"))
    there = session.scalar(select(func.count()).where(QuestionnaireReply.version_id == version.id)) or 0
    if version.invited is not None and there >= version.invited:
        raise Refused(Refusal("REPLY_FULL", {"most": version.invited}))
    _keep(session, version, given, channel, now)
    once.made(version.questionnaire.ref)  # not which answers: they carry no name
    record(session, who, "questionnaire.enter", "questionnaire", version.questionnaire.ref, now, who.prison_id, channel=channel)


def _answerable(session: Session, row_id: int, number: int, now: datetime) -> QuestionnaireVersion:
    row = session.get(Questionnaire, row_id, populate_existing=True)
    if row is None:
        raise NotFound
    if queries.state_of(row, local_day(now)) != "open":
        raise Refused("QUESTIONNAIRE_CLOSED")
    version = next((one for one in row.versions if one.number == number and one.published_at is not None), None)
    if version is None:
        raise NotFound
    return version


def _keep(session: Session, version: QuestionnaireVersion, given: Mapping[int, Given], channel: str, now: datetime) -> None:
    """The rows carry random keys and go in by them: neither time nor order says who answered."""
    one = QuestionnaireReply(uid=secret_token(), version_id=version.id, channel=channel, day=local_day(now))
    session.add(one)
    session.flush()
    for item, answer in given.items():
        session.add_all(QuestionnaireAnswer(reply_uid=one.uid, item=item, choice=choice) for choice in answer.choices)
        if answer.text.strip():
            session.add(QuestionnaireAnswer(reply_uid=one.uid, item=item, choice=0, text=answer.text))


def _mine(session: Session, who: Identity, row_id: int) -> Questionnaire:
    row = session.get(Questionnaire, row_id, with_for_update=True, populate_existing=True)
    if row is None or (who.prison_id is not None and row.prison_id != who.prison_id):
        raise NotFound
    return row

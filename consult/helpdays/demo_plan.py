"""The plan of the demo's next legal-help day: the lawyers have answered, the day is published. Harmless to repeat."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.helpdays import conflicts, planning, publishing, queries
from consult.helpdays.demo import OFFICE, PRISON
from consult.helpdays.facts_plan import shown_of
from consult.helpdays.models import HelpDay
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Identity, Zone
from visitation.kernel.interval import local_day
from visitation.people.models import Prison

WEEKS = 4


def next_plan(session: Session, now: datetime) -> None:
    """The first day whose roster is full: asked, answered (one lawyer knows the other side of one case), planned."""
    office, day = _office(session), _first(session, now)
    if office is None or day is None or day.state != "planned" or len(queries.on_duty(session, day)) < day.lawyers:
        return
    conflicts.ask(session, office, day.id, now)
    for place, duty in enumerate(queries.on_duty(session, day)):
        asked = conflicts.questions(session, duty.lawyer, now)
        answers = {one.request.ref: (place == number == 0, shown_of(one.request)) for number, one in enumerate(asked)}
        conflicts.declare(session, identity_of(duty.lawyer.account, Zone.FAMILY.value), duty.lawyer, answers, now)
    planning.propose(session, office, day.id, day.plan_version, now)


def next_published(session: Session, now: datetime) -> None:
    """That day is published, as far as nothing stands in its way."""
    office, day = _office(session), _first(session, now)
    if office is not None and day is not None and day.state == "proposed":
        publishing.publish(session, office, day.id, day.plan_version, now)


def _first(session: Session, now: datetime) -> HelpDay | None:
    prison = session.scalar(select(Prison).where(Prison.code == PRISON))
    if prison is None:
        return None
    today = local_day(now)
    days = queries.days_of(session, prison.id, today, today + timedelta(weeks=WEEKS))
    return next((day for day in days if day.starts_at > now and day.state in ("planned", "proposed", "published")), None)


def _office(session: Session) -> Identity | None:
    account = session.scalar(select(Account).where(Account.login == OFFICE))
    return identity_of(account, Zone.PRISON.value) if account is not None else None


STEPS = (next_plan, next_published)

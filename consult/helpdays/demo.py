"""Legal-help days of the demo: a room with eight terminals, ten lawyers, a weekly series, and who serves next. Harmless to repeat."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.helpdays import people, queries, roster, series
from consult.helpdays.models import HelpSeries
from consult.helpdays.rules_series import FOR_EACH, OPEN, Elsewhere, Pattern
from consult.lawyers import service as lawyers
from consult.lawyers.models import Firm, Lawyer
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.accounts.second_factor import new_secret
from visitation.kernel.identity import Identity, Zone
from visitation.kernel.interval import local_day
from visitation.people.models import Prison
from visitation.people.service_places import save_terminal

PRISON, OFFICE, FIRST = "QS", "legal", "lawyer"
ROOM, LAWYERS, WEDNESDAY = "法律帮教室", 4, 2
OPENS, CLOSES = time(14), time(16, 30)
MORE = (
    ("lawyer3", "郑文博", ("zh",), ()),
    ("lawyer4", "梁晓雯", ("zh",), ("marriage", "inheritance", "civil", "housing")),
    ("lawyer5", "热依汗", ("zh", "ug"), ("labour", "social", "injury", "administrative")),
    ("lawyer6", "高志远", ("zh",), ()),
    ("lawyer7", "方静", ("zh", "en"), ("civil", "labour", "injury")),
    ("lawyer8", "罗永昌", ("zh",), ("appeal", "commutation", "administrative")),
    ("lawyer9", "彭佳", ("zh",), ()),
    ("lawyer10", "蒋一鸣", ("zh",), ("inheritance", "housing", "social", "other")),
)
CLOSED = "当日监狱不开放（演示）"


def more_lawyers(session: Session, now: datetime) -> None:
    """Eight beside the two that the demo has: ten on the list (rules.md §6). They sign in as the first one does."""
    office, first = _staff(session), session.scalar(select(Account).where(Account.login == FIRST))
    firms = list(session.scalars(select(Firm).where(Firm.closed_at.is_(None)).order_by(Firm.id)))
    if office is None or first is None or first.password_hash is None or not firms:
        return
    known = set(session.scalars(select(Account.login).where(Account.kind == "lawyer")))
    for number, (login, name, languages, matters) in enumerate(MORE):
        if login not in known:
            profile = lawyers.Profile(name, f"1110120201{number + 3:07d}", matters, languages, ())
            row = lawyers.enter(session, office, firms[number % len(firms)].id, profile, lawyers.Credentials(login, first.password_hash, once=False), now)
            row.account.totp_secret = new_secret()
            lawyers.verify(session, office, row.id, "演示数据", now)


def weekly_series(session: Session, now: datetime) -> None:
    """Wednesdays from 14:00 to 16:30 with four lawyers; a Wednesday on which the prison is closed is left out."""
    office, prison = _staff(session), session.scalar(select(Prison).where(Prison.code == PRISON))
    running = select(func.count(HelpSeries.id)).where(HelpSeries.state == "active")
    if office is None or prison is None or session.scalar(running.where(HelpSeries.prison_id == prison.id)):
        return
    names = [f"帮教 {number} 号" for number in range(1, FOR_EACH * LAWYERS + 1)]
    there = {name: number for number, name in queries.terminal_names(session, prison.id).items()}
    terminals = tuple(there.get(name) or save_terminal(session, office, prison.id, None, name, ROOM, True, now).id for name in names)
    starts = local_day(now) + timedelta(days=1)
    pattern = Pattern((WEDNESDAY,), 1, starts, None, OPENS, CLOSES, LAWYERS, terminals)
    left_out = {day: Elsewhere(None) for day in series.closed_dates(session, prison.id, pattern, now)}
    series.create(session, office, prison.id, pattern, left_out, CLOSED, now)


def next_roster(session: Session, now: datetime) -> None:
    """Four lawyers have agreed for the next day, and four are asked for the one after it, of whom one has said no."""
    office, prison = _staff(session), session.scalar(select(Prison).where(Prison.code == PRISON))
    if office is None or prison is None:
        return
    today = local_day(now)
    coming = [day for day in queries.days_of(session, prison.id, today, today + timedelta(weeks=4)) if day.state in OPEN and day.starts_at > now]
    for number, day in enumerate(coming[:2]):
        if not day.duties and day.state == "planned":
            chosen = people.proposal(session, day, people.candidates(session, day), now)
            duties = roster.ask(session, office, day.id, chosen, number == 0, now)
            if number and duties:
                roster.answer(session, identity_of(session.get_one(Lawyer, duties[0].lawyer_id).account, Zone.FAMILY.value), duties[0].id, False, "出庭", now)


def _staff(session: Session) -> Identity | None:
    account = session.scalar(select(Account).where(Account.login == OFFICE))
    return identity_of(account, Zone.PRISON.value) if account is not None else None


STEPS = (more_lawyers, weekly_series, next_roster)

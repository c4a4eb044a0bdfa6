"""A visit that is always about to begin, for whoever tries the product at whatever hour. A sweep of the demo keeps it so."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings import service
from visitation.bookings.models import Booking, QuotaEntry
from visitation.bookings.queries import case_of
from visitation.bookings.service import Wanted
from visitation.demo.invented import families
from visitation.demo.places import prison_id, trial_terminal
from visitation.demo.visits import account_of, confirm
from visitation.kernel.ids import secret_token
from visitation.kernel.interval import LOCAL, local_day, month_start
from visitation.people.models import Kinship
from visitation.store.sealed import vault
from visitation.supervision.models import LiveSession
from visitation.timetable.models import CalendarDay, Duty, Template, TemplateTerminal

STEP = timedelta(minutes=5)
AHEAD = timedelta(minutes=7)
STILL = timedelta(minutes=20)
"""A visit that began this long ago and was never taken up is replaced by a fresh one."""
BOOKED = timedelta(days=5)
MINUTES = 30
TURNAROUND = 5
"""Shorter than that of the weekly rows: of two places at the same time the engine takes the one with the shorter turnaround first, which is ours."""


def keep_ready(session: Session, now: datetime) -> bool:
    """Make the next visit of the demo's first family when there is none to join. Returns whether one was made."""
    kinship = _kinship(session)
    if kinship is None or _joinable(session, kinship, now):
        return False
    start = _start(now)
    _let_go(session, kinship, now)
    _slot(session, kinship.prison_id, start)
    _duty(session, kinship.prison_id, start)
    _allowance(session, kinship, start, now)
    session.flush()
    who = account_of(session, kinship)
    confirm(session, who, Wanted(kinship.ref, "family_visit", start), start - BOOKED, f"ready-{secret_token()[:12]}")
    return True


def _kinship(session: Session) -> Kinship | None:
    account = select(Account.visitor_id).where(Account.mobile_index == _index(families()[0].mobile))
    return session.scalars(select(Kinship).where(Kinship.visitor_id.in_(account), Kinship.state == "approved").order_by(Kinship.id)).first()


def _index(mobile: str) -> str:
    return vault().index(mobile, "mobile")


def _mine(kinship: Kinship, terminal_id: int) -> tuple[object, ...]:
    return (Booking.inmate_id == kinship.inmate_id, Booking.terminal_id == terminal_id, Booking.state == "confirmed")


def _joinable(session: Session, kinship: Kinship, now: datetime) -> bool:
    """There is a visit that may be entered, or one that is going on."""
    own = _mine(kinship, trial_terminal(session).id)
    rows = session.scalars(select(Booking).where(*own, Booking.ends_at > now)).all()  # type: ignore[arg-type]
    return any(row.starts_at > now - STILL or _is_live(session, row) for row in rows)


def _is_live(session: Session, booking: Booking) -> bool:
    found = session.scalar(select(LiveSession.stage).where(LiveSession.booking_id == booking.id))
    return found not in (None, "scheduled", "ended")


def _let_go(session: Session, kinship: Kinship, now: datetime) -> None:
    """Earlier ones that nobody took up end as a fault of the prison, so that they cost nothing."""
    own = _mine(kinship, trial_terminal(session).id)
    for booking_id in session.scalars(select(Booking.id).where(*own, Booking.starts_at <= now)).all():  # type: ignore[arg-type]
        service.record_outcome(session, booking_id, "technical", 0, "emergency", now)


def _start(now: datetime) -> datetime:
    """The next five minutes that leave time to sign in; never so late that the visit would cross midnight in Shanghai."""
    ahead = now + AHEAD
    start = ahead.replace(minute=ahead.minute - ahead.minute % 5, second=0, microsecond=0)
    local = start.astimezone(LOCAL)
    if local.hour == 23 and local.minute >= 25:
        return (local + timedelta(days=1)).replace(hour=0, minute=0).astimezone(start.tzinfo)
    return start


def _slot(session: Session, place: int, start: datetime) -> None:
    """A weekly row that is valid on this one day, on the trial terminal; yesterday's are cleared away. The day counts as a working day."""
    terminal, day = trial_terminal(session), local_day(start)
    local = start.astimezone(LOCAL)
    old = select(Template.id).join(TemplateTerminal).where(TemplateTerminal.terminal_id == terminal.id)
    ids = list(session.scalars(old))
    session.execute(delete(TemplateTerminal).where(TemplateTerminal.template_id.in_(ids)))
    session.execute(delete(Template).where(Template.id.in_(ids)))
    closes = (local + timedelta(minutes=MINUTES)).time()
    row = Template(prison_id=place, kind="family_visit", weekday=day.weekday(), opens=local.time(), closes=closes, minutes=MINUTES, turnaround=TURNAROUND)
    row.valid_from, row.valid_to = day, day
    row.terminals = [TemplateTerminal(terminal_id=terminal.id)]
    session.add(row)
    if session.scalar(select(CalendarDay.id).where(CalendarDay.day == day, CalendarDay.prison_id == place)) is None:
        session.add(CalendarDay(day=day, prison_id=place, working=True, note="演示"))


def _duty(session: Session, place: int, start: datetime) -> None:
    """The demo's officers are on duty around it."""
    begins, ends = start - timedelta(hours=1), start + timedelta(hours=2)
    for login in ("officer", "officer2"):
        account_id = session.scalars(select(Account.id).where(Account.login == login)).one()
        on_duty = select(Duty.id).where(Duty.account_id == account_id, Duty.starts_at <= begins, Duty.ends_at >= ends)
        if session.scalar(on_duty) is None:
            session.add(Duty(prison_id=place, account_id=account_id, starts_at=begins, ends_at=ends, lanes=4))


def _allowance(session: Session, kinship: Kinship, start: datetime, now: datetime) -> None:
    """Whoever tries the product a third time this month is given one visit more."""
    who = account_of(session, kinship)
    day = local_day(start)
    case = case_of(session, who, kinship, "family_visit", day, day, start - BOOKED)
    month = month_start(day)
    if case is not None and case.limits.allowance[month].left < 1:
        session.add(QuotaEntry(inmate_id=case.inmate.id, month=month, purse="visit", kind="adjusted", units=1, at=now, note="演示"))


def is_loaded(session: Session) -> bool:
    """Whether the demo's data are in this database."""
    return prison_id(session, "QS") is not None and _kinship(session) is not None


def sweep(session: Session, now: datetime) -> None:
    """For the jobs: only where the demo's data are."""
    if is_loaded(session):
        keep_ready(session, now)

"""Prisons, wards, staff, terminals, inmates, the weekly timetable and the duty roster."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.accounts.second_factor import new_secret
from visitation.accounts.service_staff import create_staff, staff_facts
from visitation.demo.invented import inmates
from visitation.demo.logins import STAFF, StaffLogin
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.interval import at_local, local_day
from visitation.people.models import Inmate, Prison, Ward
from visitation.people.service_inmates import InmateData, create_inmate
from visitation.people.service_places import PrisonData, create_prison, save_terminal, save_ward
from visitation.timetable.models import Duty, Template, TemplateTerminal, Terminal
from visitation.timetable.queries import is_working_day

FOUNDER = Identity(0, frozenset({Role.OPERATOR, Role.BUREAU, Role.ADMINISTRATOR}), "demo", Zone.PRISON)
"""Who sets up an empty installation."""
PRISONS = {
    "QS": PrisonData("青山监狱（演示）", "Qingshan Prison (demo)", "示例省", "0990-5550101", "示例省青山县向阳路 1 号", r"31[0-9]{8}", 12),
    "LC": PrisonData("绿川监狱（演示）", "Lüchuan Prison (demo)", "示例省", "0990-5550202", "示例省绿川县滨河路 8 号", r"LC[0-9]{6}", 8),
}
WARDS = {"QS": ("一监区", "二监区", "三监区", "四监区"), "LC": ("一监区", "二监区")}
TERMINALS = {"QS": 6, "LC": 3}
TRIAL = "体验终端"
"""The terminal of the visit that is always about to begin (ready.py). It is in no weekly row."""
HOURS = ((time(9), time(11, 30)), (time(13, 30), time(16, 30)))
SINCE = timedelta(days=260)
ROSTER = range(-21, 22)


def prisons(session: Session, now: datetime) -> None:
    """Both prisons with wards, terminals and the weekly rows; once."""
    for code, data in PRISONS.items():
        if session.scalar(select(Prison.id).where(Prison.code == code)) is None:
            prison = create_prison(session, FOUNDER, code, data, now)
            for number, name in enumerate(WARDS[code], start=1):
                save_ward(session, FOUNDER, prison.id, None, name, f"Ward {number}", now)
            names = [f"{number} 号终端" for number in range(1, TERMINALS[code] + 1)]
            made = [save_terminal(session, FOUNDER, prison.id, None, name, "远程会见室", True, now) for name in names]
            if code == "QS":
                save_terminal(session, FOUNDER, prison.id, None, TRIAL, "体验室", True, now)
            _weekly(session, prison.id, [terminal.id for terminal in made], local_day(now) - SINCE)


def _weekly(session: Session, prison_id: int, terminals: list[int], since: date) -> None:
    """Family visits on all terminals but the last, calls on the last, on workdays."""
    for weekday in range(5):
        for opens, closes in HOURS:
            _row(session, prison_id, "family_visit", weekday, (opens, closes), (30, 10, 5), since, terminals[:-1])
            _row(session, prison_id, "family_call", weekday, (opens, closes), (10, 5, 0), since, terminals[-1:])


def _row(
    session: Session, prison_id: int, kind: str, weekday: int, hours: tuple[time, time], lengths: tuple[int, int, int], since: date, terminals: list[int]
) -> None:
    row = Template(
        prison_id=prison_id,
        kind=kind,
        weekday=weekday,
        opens=hours[0],
        closes=hours[1],
        minutes=lengths[0],
        turnaround=lengths[1],
        stagger=lengths[2],
        valid_from=since,
        terminals=[TemplateTerminal(terminal_id=terminal) for terminal in terminals],
    )
    session.add(row)


def prison_id(session: Session, code: str) -> int | None:
    return session.scalar(select(Prison.id).where(Prison.code == code)) if code else None


def staff_login(login: StaffLogin, password_hash: str) -> Callable[[Session, datetime], None]:
    """One member of the staff with the demo's password, so that nobody has to change it first, and a second factor that `make code` reads."""

    def make(session: Session, now: datetime) -> None:
        if session.scalar(select(Account.id).where(Account.login == login.login)) is not None:
            return
        place = prison_id(session, login.place)
        wards = session.scalars(select(Ward.id).where(Ward.prison_id == place)).all() if Role.WARD_OFFICER in login.roles else []
        account = create_staff(session, FOUNDER, staff_facts(session, login.login, login.name, login.roles, place, wards), password_hash, now)
        account.must_change_password = False
        account.totp_secret = new_secret()

    return make


def all_inmates(session: Session, now: datetime) -> None:
    """Sixty inmates; once."""
    wards = {code: session.scalars(select(Ward.id).where(Ward.prison_id == prison_id(session, code)).order_by(Ward.id)).all() for code in PRISONS}
    if session.scalar(select(func.count()).select_from(Inmate)):
        return
    for one in inmates():
        place = prison_id(session, one.place)
        assert place is not None
        data = InmateData(wards[one.place][one.ward], one.number, one.name, one.born, one.level, one.status, one.language, one.foreign, "")
        create_inmate(session, FOUNDER, place, data, now)


def roster(session: Session, now: datetime) -> None:
    """Officers on duty on the workdays of three weeks back and three weeks ahead; days that have somebody are left alone."""
    chosen = [login for login in STAFF if "officer" in login.roles and login.place]
    for login in chosen:
        account = session.scalars(select(Account).where(Account.login == login.login)).one()
        assert account.prison_id is not None
        for step in ROSTER:
            day = local_day(now) + timedelta(days=step)
            starts_at, ends_at = at_local(day, time(8, 30)), at_local(day, time(17, 30))
            on_duty = select(Duty.id).where(Duty.account_id == account.id, Duty.starts_at == starts_at)
            if is_working_day(session, account.prison_id, day) and session.scalar(on_duty) is None:
                session.add(Duty(prison_id=account.prison_id, account_id=account.id, starts_at=starts_at, ends_at=ends_at, lanes=4))


def trial_terminal(session: Session) -> Terminal:
    return session.scalars(select(Terminal).where(Terminal.name == TRIAL).order_by(Terminal.id)).first() or _missing()


def _missing() -> Terminal:
    raise LookupError(TRIAL)

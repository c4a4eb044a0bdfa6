"""The people and things of the legal-help story: a prison with a help day that begins in a few minutes, a lawyer on duty, and offices in three cities."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.helpdays.models import HelpDay, HelpSeat
from tests import factories
from tests.browser.live_rig import Visit
from tests.scenes import make_template
from tests.web.afternoon import make_institutions
from tests.web.helpday_world import make_day
from visitation.accounts.models import Account, Device
from visitation.kernel.identity import Role
from visitation.kernel.ids import digest, secret_token
from visitation.timetable.models import Duty, Terminal

INMATE = "欧阳试一"
PLANNED_IN = timedelta(seconds=120)


@dataclass
class Story(Visit):
    """As a visit, before there is one: `booking_id` and `ref` come with the publication. `staff`: sign-ins of the prison by what they do."""

    inmate_id: int = 0
    day_ref: str = ""
    prison: str = ""
    lawyer_id: int = 0
    staff: tuple[str, str, str] = ("", "", "")

    def booked(self, session: Session) -> None:
        """The session that the publication has made."""
        seat = session.scalars(select(HelpSeat).where(HelpSeat.booking_id.is_not(None))).one()
        assert seat.booking is not None
        self.booking_id, self.ref = seat.booking.id, seat.booking.ref


def make_story(session: Session, minutes: int, _kind: str, now: datetime, _terms: dict[str, Any]) -> Story:
    """A day that begins at the next step of five minutes that leaves time to plan it; its doors are open already. `minutes` of a case."""
    made = make_day(session, ({},), wards=1)
    prison, lawyer, day = made.prison, made.lawyers[0], made.day
    begins = datetime.fromtimestamp(((now + PLANNED_IN).timestamp() // 300 + 1) * 300, now.tzinfo)
    day.starts_at, day.ends_at, day.minutes, day.planned_on = begins, begins + timedelta(hours=2), minutes, begins.date()
    inmate = factories.make_inmate(session, made.wards[0], name=INMATE)
    ward = factories.make_staff(session, [Role.WARD_OFFICER], prison, wards=[made.wards[0]])
    officer = factories.make_staff(session, [Role.OFFICER], prison)
    terminals = list(session.scalars(select(Terminal).where(Terminal.id.in_(day.terminals))))
    make_template(session, prison, terminals)
    session.add(Duty(prison_id=prison.id, account_id=officer.id, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=6), lanes=4))
    make_institutions(session)
    key = secret_token()
    session.add(Device(terminal_id=day.terminals[0], key_digest=digest(key), paired_at=now, paired_by=officer.id, seen_at=now))
    staff = tuple(factories.make_sign_in(session, one, "prison", now) for one in (ward, made.office, officer))
    token = factories.make_sign_in(session, session.get_one(Account, lawyer.account_id), "family", now)
    visit = Story("", 0, 0, token, day.terminals[0], key, officer.id)
    visit.inmate_id, visit.day_ref, visit.prison, visit.lawyer_id = inmate.id, day.ref, prison.name, lawyer.account_id
    visit.staff = staff  # type: ignore[assignment]
    return visit


def day_of(session: Session, story: Story) -> HelpDay:
    return session.scalars(select(HelpDay).where(HelpDay.ref == story.day_ref)).one()

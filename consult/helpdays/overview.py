"""The coming legal-help days at a glance, and what of them waits on the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.helpdays import queries, rules_roster, telling
from consult.helpdays.models import HelpDay, HelpDuty
from consult.helpdays.rules_series import AHEAD, CHANGEABLE, OPEN
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.supervision.desk import DeskItem

FULL = timedelta(days=14)
"""So long before a day is a place that nobody has agreed to fill a matter for the desk."""
NEAR = timedelta(days=4)
"""So near is it red."""
CHANGED = timedelta(days=7)
"""So long are wards shown that a day was moved or cancelled."""


@dataclass(frozen=True)
class Line:
    """A day with its roster: by place who stands there, which places nobody has agreed to fill, how many are asked; closed: the prison is closed then."""

    day: HelpDay
    standing: dict[int, HelpDuty]
    holes: list[int]
    asked: int
    closed: queries.Closed | None
    moved: bool

    @property
    def is_open(self) -> bool:
        return self.day.state in OPEN

    def needs_office(self, now: datetime) -> bool:
        """Whether the office has to do something: a closed date, or an empty place of a day that is near."""
        return self.is_open and (self.closed is not None or (bool(self.holes) and self.day.starts_at - now < FULL))

    def is_red(self, now: datetime) -> bool:
        return self.closed is not None or self.day.starts_at - now < NEAR


def line(session: Session, day: HelpDay) -> Line:
    return _line(day, queries.closed_now(session, [day]).get(day.id))


def lines(session: Session, prison_id: int | None, first: date, last: date) -> list[Line]:
    """The days from `first` to `last`, cancelled ones too."""
    days = queries.days_of(session, prison_id, first, last)
    closed = queries.closed_now(session, days)
    return [_line(day, closed.get(day.id)) for day in days]


def _line(day: HelpDay, closed: queries.Closed | None) -> Line:
    standing = {duty.place: duty for duty in day.duties if duty.state in rules_roster.STANDING}
    agreed = [place for place, duty in standing.items() if duty.state == "agreed"]
    return Line(day, standing, rules_roster.holes(day.lawyers, agreed), len(standing) - len(agreed), closed, queries.is_moved(day))


def pile(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """For the office: days that need it. For a ward: days that were moved or cancelled."""
    today = local_day(now)
    if who.has(Role.LEGAL_OFFICE):
        found = [one for one in lines(session, who.prison_id, today, today + AHEAD) if one.day.ends_at > now and one.needs_office(now)]
        lamp = "red" if any(one.is_red(now) for one in found) else "yellow"
        yield DeskItem(_l("legal-help days with an empty place or on a closed day"), len(found), url_for("helpdays.index"), lamp)
    if who.has(Role.WARD_OFFICER):
        yield DeskItem(_l("news of legal-help days for your ward to read"), len(telling.ward_news(session, who)), url_for("helpdays.index"), "yellow")
        changed = [one for one in lines(session, who.prison_id, today, today + FULL) if _is_news(one, now)]
        yield DeskItem(_l("legal-help days that were moved or cancelled"), len(changed), url_for("helpdays.index"), "yellow")


def _is_news(one: Line, now: datetime) -> bool:
    """Moved or cancelled a short while ago; whoever moves a day touches it last, so the moment of the change is the day's own."""
    return now - one.day.changed_at < CHANGED and (one.day.state == "cancelled" or (one.moved and one.day.state in CHANGEABLE))

"""Calendars of legal-help days to subscribe to: the series of a prison by its rule, and a lawyer's own duties. They name no inmate and no prison (rules.md §2).

A series is one recurring event: RRULE, an EXDATE for each day that is not held, and an event of its own with RECURRENCE-ID for each that stands elsewhere.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from icalendar import Event, vRecur
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from consult.helpdays import rules_series as rules
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeries
from visitation.accounts.models import Account
from visitation.calendars import events
from visitation.calendars.models import CalendarFeed
from visitation.calendars.offers import OWN, Offer
from visitation.kernel.identity import Role
from visitation.kernel.interval import LOCAL, at_local, local_day

BEHIND = timedelta(days=28)
"""Duties of this time past stay in a lawyer's calendar, and series that ended no longer ago."""
STATUS = {"agreed": "CONFIRMED", "asked": "TENTATIVE"}
ALARM = (timedelta(days=1),)


def series_feed(rows: Iterable[HelpSeries], link: str) -> bytes:
    """Series as one calendar, in the language of the moment. `link`: the page of the days."""
    return events.feed(gettext("Legal-help days"), [event for row in rows for event in _events(row, link)])


def _events(row: HelpSeries, link: str) -> Iterator[Event]:
    """The recurring event of a series, and one for each day that stands elsewhere."""
    first = next(iter(rules.occurrences(row.rrule, row.starts_on, row.ends_on, row.starts_on, row.ends_on or row.starts_on + rules.LOOK)), None)
    by_rule = {day.planned_on: day for day in row.days if _is_of_rule(row, day.planned_on)}
    if first is None or _is_empty(row, by_rule):
        return
    made = events.event(_entry(row, first, row.opens, row.closes, link))
    made.add("rrule", _rule(row))
    gone = [at_local(day.planned_on, row.opens).astimezone(LOCAL) for day in by_rule.values() if day.state == "cancelled"]
    for moment in sorted(gone):
        made.add("exdate", moment)
    yield made
    for planned_on, day in sorted(by_rule.items()):
        if day.state != "cancelled" and _stands_elsewhere(row, day):
            yield _override(row, day, planned_on, link)


def _is_of_rule(row: HelpSeries, day: date) -> bool:
    return bool(rules.occurrences(row.rrule, row.starts_on, row.ends_on, day, day))


def _is_empty(row: HelpSeries, by_rule: dict[date, HelpDay]) -> bool:
    """A rule of which no day is left is no event (RFC 5545 §3.8.5.3)."""
    if row.ends_on is None:
        return False
    every = rules.occurrences(row.rrule, row.starts_on, row.ends_on, row.starts_on, row.ends_on)
    return all(day in by_rule and by_rule[day].state == "cancelled" for day in every)


def _rule(row: HelpSeries) -> vRecur:
    """The rule with its end as a moment in UTC, as a beginning with a time zone asks for."""
    rule: vRecur = vRecur.from_ical(row.rrule)
    if row.ends_on is not None:
        rule["UNTIL"] = [at_local(row.ends_on, time(23, 59, 59))]
    return rule


def _entry(row: HelpSeries, day: date, opens: time, closes: time, link: str) -> events.Entry:
    return events.Entry(
        uid=f"help-series-{row.ref}@{events.UID_DOMAIN}",
        summary=gettext("Legal-help day"),
        description=gettext("What is planned stands on the page: %(link)s", link=link),
        starts_at=at_local(day, opens),
        ends_at=at_local(day, closes),
        changed_at=max([row.changed_at, *(one.changed_at for one in row.days)]),
        url=link,
        sequence=row.sequence + sum(one.sequence for one in row.days),
        blocks=False,
    )


def _stands_elsewhere(row: HelpSeries, day: HelpDay) -> bool:
    return (day.starts_at, day.ends_at) != (at_local(day.planned_on, row.opens), at_local(day.planned_on, row.closes))


def _override(row: HelpSeries, day: HelpDay, planned_on: date, link: str) -> Event:
    begins, ends = day.starts_at.astimezone(LOCAL), day.ends_at.astimezone(LOCAL)
    made = events.event(_entry(row, begins.date(), begins.time(), ends.time(), link))
    made.add("recurrence-id", at_local(planned_on, row.opens).astimezone(LOCAL))
    return made


def duty_feed(duties: Iterable[HelpDuty], link: str) -> bytes:
    """A lawyer's duties: those agreed to, and those they are asked for. What is cancelled or handed over is left out."""
    return events.feed(gettext("Duty on legal-help days"), [events.event(_duty(duty, link)) for duty in duties])


def _duty(duty: HelpDuty, link: str) -> events.Entry:
    agreed = duty.state == "agreed"
    return events.Entry(
        uid=f"help-duty-{duty.ref}@{events.UID_DOMAIN}",
        summary=gettext("Legal-help day %(ref)s", ref=duty.day.ref) if agreed else gettext("Legal-help day %(ref)s: please answer", ref=duty.day.ref),
        description=gettext("Your days, to answer, hand over and prepare: %(link)s", link=link),
        starts_at=duty.day.starts_at,
        ends_at=duty.day.ends_at,
        changed_at=max(duty.changed_at, duty.day.changed_at),
        url=link,
        sequence=duty.sequence + duty.day.sequence,
        status=STATUS[duty.state],
        blocks=agreed,
        alarms=ALARM if agreed else (),
    )


def duties_of(session: Session, account_id: int, now: datetime) -> list[HelpDuty]:
    """Duties of an account's lawyer that stand, from a while ago on."""
    query = select(HelpDuty).join(HelpDay, HelpDay.id == HelpDuty.day_id).where(HelpDuty.lawyer.has(account_id=account_id), HelpDuty.state.in_(STATUS))
    return list(session.scalars(query.where(HelpDay.state != "cancelled", HelpDay.ends_at > now - BEHIND).order_by(HelpDay.starts_at, HelpDuty.id)))


def series_of_prison(session: Session, prison_id: int | None, now: datetime) -> list[HelpSeries]:
    """Series that run, or ran until a while ago; of one prison, or of all."""
    since = local_day(now - BEHIND)
    query = select(HelpSeries).where((HelpSeries.ends_on.is_(None)) | (HelpSeries.ends_on >= since)).options(selectinload(HelpSeries.days))
    return list(session.scalars((query if prison_id is None else query.where(HelpSeries.prison_id == prison_id)).order_by(HelpSeries.id)))


def series_of_lawyer(session: Session, account_id: int, now: datetime) -> list[HelpSeries]:
    """Series on which a lawyer serves, has served lately, or is asked to."""
    mine = select(HelpDay.series_id).join(HelpDuty, HelpDuty.day_id == HelpDay.id).where(HelpDuty.lawyer.has(account_id=account_id))
    numbers = set(session.scalars(mine.where(HelpDuty.state.in_(STATUS), HelpDay.ends_at > now - BEHIND)))
    return [row for row in series_of_prison(session, None, now) if row.id in numbers]


def _duties(session: Session, _feed: CalendarFeed, account: Account, now: datetime, origin: str) -> bytes:
    return duty_feed(duties_of(session, account.id, now), f"{origin}/lawyer/days")


def _series_of_mine(session: Session, _feed: CalendarFeed, account: Account, now: datetime, origin: str) -> bytes:
    return series_feed(series_of_lawyer(session, account.id, now), f"{origin}/lawyer/days")


def _series_of_prison(session: Session, _feed: CalendarFeed, account: Account, now: datetime, origin: str) -> bytes:
    return series_feed(series_of_prison(session, account.prison_id, now), f"{origin}/help-days")


SERIES = "help_days"
SECRET = _l("Whoever has it sees when the legal-help days are, so keep it to yourself. If it is lost, make a new one.")
LEAD = _l("The legal-help days as they are now: moved days at their new time, cancelled days left out. It shows the hours, and no name and no place.")
DUTIES = Offer(
    OWN,
    frozenset({Role.LAWYER}),
    _l("My duties in a calendar"),
    _l("Your calendar shows by itself when you serve, always as it is now. It shows time and reference, and no name and no place."),
    _l("Whoever has it sees when you serve, so keep it to yourself. If it is lost, make a new one."),
    ("lawyer_days.index", _l("Back to my days")),
    _duties,
)
SERIES_OF_LAWYER = Offer(
    SERIES, frozenset({Role.LAWYER}), _l("Legal-help days in a calendar"), LEAD, SECRET, ("lawyer_days.index", _l("Back to my days")), _series_of_mine
)
READERS = frozenset({Role.LEGAL_OFFICE, Role.WARD_OFFICER, Role.DUTY_CHIEF, Role.OFFICER})
SERIES_OF_PRISON = Offer(SERIES, READERS, _l("Legal-help days in a calendar"), LEAD, SECRET, ("helpdays.index", _l("Back to the days")), _series_of_prison)

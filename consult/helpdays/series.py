"""The series of legal-help days: making one, its days, moving and cancelling a day, changing the rule from a date on, ending it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from consult.helpdays import queries, roster, telling
from consult.helpdays import rules_series as rules
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat, HelpSeries
from consult.helpdays.rules_roster import STANDING
from consult.lawyers import queries as lawyers
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import at_local, local_day
from visitation.timetable.service import lock

Decided = Mapping[date, rules.Elsewhere]


def refusals(session: Session, prison_id: int, pattern: rules.Pattern, decided: Decided, now: datetime, replacing: HelpSeries | None = None) -> list[Refusal]:
    """Everything that speaks against a series, closed days of which nobody has said what is to become included. `replacing`: the series it follows."""
    today = local_day(now)
    without = () if replacing is None else (replacing.id,)
    ground = queries.ground(session, prison_id, pattern.starts_on, today, without)
    found = rules.series_refusals(pattern, ground, today)
    if found:
        return found
    closed = closed_dates(session, prison_id, pattern, now)
    found, moved = rules.undecided(closed, decided), set[date]()
    for day in closed:
        to = decided[day].to if day in decided else None
        if to is not None:
            found += _target_refusals(session, prison_id, to, pattern, ground, today, to in moved)
            moved.add(to)
    return found


def _target_refusals(session: Session, prison_id: int, to: date, pattern: rules.Pattern, ground: rules.Ground, today: date, twice: bool) -> list[Refusal]:
    """Why a closed day cannot be held on another date; `twice`: another closed day is to be held there too."""
    shut = bool(queries.closed_days(session, prison_id, [to], pattern.opens, pattern.closes, pattern.terminals))
    own = rules.Taken(to, pattern.opens, pattern.closes, frozenset(pattern.terminals))
    others = [taken for taken in ground.taken if taken.day == to] + ([own] if twice or to in pattern.days(to, to) else [])
    target = rules.Target(to, pattern.opens, pattern.closes, shut, others)
    return rules.target_refusals(target, pattern.terminals, ground.terminals, ground.minutes, today)


def closed_dates(session: Session, prison_id: int, pattern: rules.Pattern, now: datetime) -> list[date]:
    """The days of a wanted series on which the prison is known to be closed."""
    days = pattern.days(local_day(now), local_day(now) + rules.LOOK)
    return [one.day for one in queries.closed_days(session, prison_id, days, pattern.opens, pattern.closes, pattern.terminals)]


def create(session: Session, who: Identity, prison_id: int, pattern: rules.Pattern, decided: Decided, reason: str, now: datetime) -> HelpSeries:
    """A new series with its days of the coming weeks. `decided`: what becomes of each closed day; `reason`: why those are left out. Raises Refused."""
    lock(session, prison_id)
    refuse(refusals(session, prison_id, pattern, decided, now))
    row = _add(session, who, prison_id, pattern, now)
    record(session, who, "help_series.create", "help_series", row.ref, now, prison_id, rule=row.rrule, first=row.starts_on.isoformat())
    _fill(session, who, row, pattern, decided, reason, now)
    return row


def _add(session: Session, who: Identity, prison_id: int, pattern: rules.Pattern, now: datetime) -> HelpSeries:
    row = HelpSeries(prison_id=prison_id, rrule=pattern.rule, starts_on=pattern.starts_on, ends_on=pattern.ends_on, created_at=now, created_by=who.account_id)
    row.opens, row.closes, row.lawyers, row.terminals, row.changed_at = pattern.opens, pattern.closes, pattern.lawyers, list(pattern.terminals), now
    row.minutes = queries.minutes_of_case(session, prison_id, pattern.starts_on)
    session.add(row)
    session.flush()
    return row


def _fill(session: Session, who: Identity, row: HelpSeries, pattern: rules.Pattern, decided: Decided, reason: str, now: datetime) -> None:
    make_days(session, who, row, local_day(now) + rules.AHEAD, now)
    made = {day.planned_on: day for day in row.days}
    for planned_on in closed_dates(session, row.prison_id, pattern, now):
        day = made.get(planned_on) or _new_day(session, row, planned_on, now)
        to = decided[planned_on].to
        if to is None:
            _cancel(session, who, day, reason, now)
        else:
            _place(session, who, day, rules.Target(to, row.opens, row.closes, False), reason, now)


def make_days(session: Session, who: Identity | None, series: HelpSeries, until: date, now: datetime) -> list[HelpDay]:
    """Make the days of a series up to `until` that are not there yet; harmless to repeat.

    A day on a closed date is made and shown as such, never left out in silence. Hands back the new ones.
    """
    row = session.get_one(HelpSeries, series.id, with_for_update=True, populate_existing=True)
    known = set(session.scalars(select(HelpDay.planned_on).where(HelpDay.series_id == row.id)))
    wanted = rules.occurrences(row.rrule, row.starts_on, row.ends_on, local_day(now), until) if row.state == "active" else []
    made = [_new_day(session, row, day, now) for day in wanted if day not in known and at_local(day, row.opens) > now]
    if made:
        record(session, who or SYSTEM, "help_day.make", "help_series", row.ref, now, row.prison_id, days=[day.planned_on.isoformat() for day in made])
    return made


def _new_day(session: Session, row: HelpSeries, day: date, now: datetime) -> HelpDay:
    made = HelpDay(prison_id=row.prison_id, planned_on=day, starts_at=at_local(day, row.opens), ends_at=at_local(day, row.closes), changed_at=now)
    made.minutes, made.lawyers, made.terminals = row.minutes, row.lawyers, list(row.terminals)
    row.days.append(made)
    session.flush()
    return made


def move(session: Session, who: Identity, day_id: int, target: rules.Target, reason: str, now: datetime) -> HelpDay:
    """Hold one day at another time. Lawyers who had agreed are asked anew; those who are away then fall out. `target.closed` and `taken` are gathered here."""
    day = _locked(session, day_id)
    refuse([*rules.change_refusals(day.state), *_moving_refusals(session, day, target, now)])
    _place(session, who, day, target, reason, now)
    return day


def _place(session: Session, who: Identity, day: HelpDay, target: rules.Target, reason: str, now: datetime) -> None:
    day.starts_at, day.ends_at, day.reason = at_local(target.day, target.opens), at_local(target.day, target.closes), reason
    _changed(session, day, now)
    telling.moved(session, day, _ask_anew(session, day, target.day, now), now)
    record(session, who, "help_day.move", "help_day", day.ref, now, day.prison_id, to=day.starts_at.isoformat(), reason=reason)


def _moving_refusals(session: Session, day: HelpDay, target: rules.Target, now: datetime) -> list[Refusal]:
    if (target.day, target.opens, target.closes) == queries.hours(day):
        return [Refusal("HELP_NOT_MOVED")]
    shut = bool(queries.closed_days(session, day.prison_id, [target.day], target.opens, target.closes, day.terminals))
    others = [one for one in queries.taken(session, day.prison_id, target.day, target.day, without_day=day.id) if one.day == target.day]
    gathered = rules.Target(target.day, target.opens, target.closes, shut, others)
    found = rules.target_refusals(gathered, day.terminals, queries.terminal_names(session, day.prison_id), day.minutes, local_day(now))
    return found or ([Refusal("HELP_MOVED_PAST")] if at_local(target.day, target.opens) <= now else [])


def _ask_anew(session: Session, day: HelpDay, on: date, now: datetime) -> list[HelpDuty]:
    """Everybody on the roster is asked again for the new time; returns them."""
    duties = _standing(session, day)
    for duty in duties:
        away = lawyers.standing(duty.lawyer).is_away(on)
        duty.state, duty.reason = ("dropped", "AWAY_THEN") if away else ("asked", "")
        duty.asked_at, duty.answered_at, duty.changed_at, duty.sequence = now, now if away else None, now, duty.sequence + 1
        roster.lapse(session, duty, now)
    return duties


def cancel_day(session: Session, who: Identity, day_id: int, reason: str, now: datetime) -> HelpDay:
    """One day is not held; lawyers and wards are told. The requests wait for the next day."""
    day = _locked(session, day_id)
    refuse(rules.change_refusals(day.state))
    _cancel(session, who, day, reason, now)
    return day


def _cancel(session: Session, who: Identity, day: HelpDay, reason: str, now: datetime) -> None:
    day.state, day.reason = "cancelled", reason
    _changed(session, day, now, "cancelled")
    duties = _standing(session, day)
    for duty in duties:
        duty.state, duty.reason, duty.changed_at, duty.sequence = "dropped", "DAY_CANCELLED", now, duty.sequence + 1
        roster.lapse(session, duty, now)
    telling.cancelled(session, day, duties, reason, now)
    record(session, who, "help_day.cancel", "help_day", day.ref, now, day.prison_id, reason=reason)


def restore(session: Session, who: Identity, day_id: int, now: datetime) -> HelpDay:
    """A cancelled day is held after all. Lawyers are asked again by the office. Raises StateChanged, Refused."""
    day = _locked(session, day_id)
    if day.state != "cancelled" or day.series.state != "active":
        raise StateChanged
    on, opens, closes = queries.hours(day)
    shut = bool(queries.closed_days(session, day.prison_id, [on], opens, closes, day.terminals))
    others = [one for one in queries.taken(session, day.prison_id, on, on, without_day=day.id) if one.day == on]
    target = rules.Target(on, opens, closes, shut, others)
    found = rules.target_refusals(target, day.terminals, queries.terminal_names(session, day.prison_id), day.minutes, local_day(now))
    refuse(found or ([Refusal("HELP_MOVED_PAST")] if day.starts_at <= now else []))
    day.state, day.reason = "planned", ""
    _changed(session, day, now)
    record(session, who, "help_day.restore", "help_day", day.ref, now, day.prison_id)
    return day


def change(session: Session, who: Identity, series_id: int, pattern: rules.Pattern, decided: Decided, reason: str, now: datetime) -> HelpSeries:
    """Another rule from `pattern.starts_on` on: this series ends the day before and a new one follows it.

    Days that both rules give keep their roster; others are cancelled. Refused(HELP_PUBLISHED_AFTER) while a day from then on is published.
    """
    old = _locked_series(session, series_id)
    first = pattern.starts_on
    later = _days_from(session, old, first)
    refuse([*_published(later), *refusals(session, old.prison_id, pattern, decided, now, replacing=old)])
    _stop(old, first - timedelta(days=1), later, now)
    new = _add(session, who, old.prison_id, pattern, now)
    kept = set(pattern.days(first, max((day.planned_on for day in later), default=first)))
    for day in later:
        if day.planned_on in kept and day.state in (*rules.CHANGEABLE, "cancelled"):
            _carry(session, day, new, now)
        elif day.state in rules.CHANGEABLE:
            _cancel(session, who, day, reason, now)
    session.expire(new, ["days"])
    record(session, who, "help_series.change", "help_series", old.ref, now, old.prison_id, into=new.ref, rule=new.rrule, first=first.isoformat())
    _fill(session, who, new, pattern, decided, reason, now)
    return new


def _carry(session: Session, day: HelpDay, new: HelpSeries, now: datetime) -> None:
    """A day goes over to the series that follows. Other hours: its lawyers are asked anew; fewer lawyers: the places beyond fall away."""
    times = (at_local(day.planned_on, new.opens), at_local(day.planned_on, new.closes))
    other_hours = (day.starts_at, day.ends_at) != times
    day.series_id, day.starts_at, day.ends_at = new.id, *times
    day.minutes, day.lawyers, day.terminals = new.minutes, new.lawyers, list(new.terminals)
    _changed(session, day, now, "cancelled" if day.state == "cancelled" else "planned")
    for duty in _standing(session, day):
        if duty.place > new.lawyers:
            duty.state, duty.reason, duty.changed_at, duty.sequence = "dropped", "FEWER_LAWYERS", now, duty.sequence + 1
            roster.lapse(session, duty, now)
            telling.cancelled(session, day, [duty], "", now)
    if other_hours:
        telling.moved(session, day, _ask_anew(session, day, local_day(times[0]), now), now)


def end(session: Session, who: Identity, series_id: int, last: date, reason: str, now: datetime) -> HelpSeries:
    """The series ends with `last`; days after it are cancelled. Raises Refused(HELP_END_PAST, HELP_PUBLISHED_AFTER)."""
    row = _locked_series(session, series_id)
    later = _days_from(session, row, last + timedelta(days=1))
    found = _published(later)
    if last < local_day(now):
        found.append(Refusal("HELP_END_PAST"))
    if row.ends_on is not None and last > row.ends_on:
        found.append(Refusal("HELP_END_LATER", {"day": row.ends_on}))
    refuse(found)
    _stop(row, last, later, now)
    for day in later:
        if day.state in rules.CHANGEABLE:
            _cancel(session, who, day, reason, now)
    record(session, who, "help_series.end", "help_series", row.ref, now, row.prison_id, last=last.isoformat(), reason=reason)
    return row


def _stop(row: HelpSeries, last: date, later: list[HelpDay], now: datetime) -> None:
    """The rule runs until `last`. Its number in calendars grows although the `later` days, whose changes were counted in it, may go over to another series."""
    until = last if row.ends_on is None else min(last, row.ends_on)
    row.ends_on, row.changed_at, row.sequence = until, now, row.sequence + 1 + sum(day.sequence for day in later)
    if row.ends_on < local_day(now) or row.ends_on < row.starts_on:
        row.state = "ended"


def _days_from(session: Session, row: HelpSeries, first: date) -> list[HelpDay]:
    query = select(HelpDay).where(HelpDay.series_id == row.id, HelpDay.planned_on >= first).order_by(HelpDay.planned_on)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _published(days: list[HelpDay]) -> list[Refusal]:
    return [Refusal("HELP_PUBLISHED_AFTER", {"day": local_day(day.starts_at)}) for day in days if day.state == "published"]


def _locked(session: Session, day_id: int) -> HelpDay:
    known = session.get(HelpDay, day_id)
    if known is None:
        raise NotFound
    lock(session, known.prison_id)
    return session.get_one(HelpDay, day_id, with_for_update=True, populate_existing=True)


def _locked_series(session: Session, series_id: int) -> HelpSeries:
    known = session.get(HelpSeries, series_id)
    if known is None:
        raise NotFound
    lock(session, known.prison_id)
    row = session.get_one(HelpSeries, series_id, with_for_update=True, populate_existing=True)
    if row.state != "active":
        raise StateChanged
    return row


def _standing(session: Session, day: HelpDay) -> list[HelpDuty]:
    return list(session.scalars(select(HelpDuty).where(HelpDuty.day_id == day.id, HelpDuty.state.in_(STANDING)).order_by(HelpDuty.place)))


def _changed(session: Session, day: HelpDay, now: datetime, becomes: str = "planned") -> None:
    """Another version of the day. A proposal was made for the old one: it is thrown away, and the requests in it wait as before."""
    here = (HelpSeat.day_id == day.id, HelpSeat.state.in_(("proposed", "carried")))
    session.execute(delete(HelpSeat).where(*here, HelpSeat.carried_at.is_(None)))
    without = {"duty_id": None, "terminal_id": None, "starts_at": None, "ends_at": None, "trip": None, "by_hand": False}
    session.execute(update(HelpSeat).where(*here).values(state="carried", **without))  # kept: this day has counted as a wait already
    day.state, day.changed_at, day.sequence, day.plan_version = becomes, now, day.sequence + 1, day.plan_version + 1
    session.flush()
    session.expire(day, ["seats"])


def sweep(session: Session, now: datetime) -> int:
    """Make the days ahead, end series that have run out, close days that have passed without being published: the others are closed by the queue, which
    carries over whoever is left. Returns how much was done; a killed run loses nothing."""
    today, done = local_day(now), 0
    for row in session.scalars(select(HelpSeries).where(HelpSeries.state == "active").order_by(HelpSeries.id)).all():
        done += len(make_days(session, None, row, today + rules.AHEAD, now))
        if row.ends_on is not None and row.ends_on < today:
            row.state, row.changed_at, done = "ended", now, done + 1
    gone = select(HelpDay).where(HelpDay.state.in_(rules.CHANGEABLE), HelpDay.ends_at < at_local(today, datetime.min.time()))
    for day in session.scalars(gone.with_for_update()).all():
        day.state, day.changed_at, done = "over", now, done + 1
    return done

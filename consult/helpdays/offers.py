"""Places that have become free on a published day, and whom they are offered to. A proposal: the legal office accepts it with one button (changing.fill)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.helpdays import fitting, publishing
from consult.helpdays.facts_plan import LIVING, Ground, gather
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.helpdays.rules_plan import places_of
from consult.helpdays.seating import Case, Seat
from consult.requests.models import HelpRequest
from consult.requests.rules import HERE
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import Interval
from visitation.people.models import Inmate
from visitation.supervision.desk import DeskItem

MOST = 6
"""Offers shown at once: after each acceptance they are made anew."""


@dataclass(frozen=True)
class Offer:
    """A free place and the request that fits it best.

    gone: who had it and is no longer in the prison, or None. trips: escorts of the day then; more: how many of them are new.
    """

    duty: HelpDuty
    time: int
    span: Interval
    request: HelpRequest
    gone: HelpSeat | None
    trips: int
    more: int

    @property
    def value(self) -> str:
        """As forms_plan.MoveForm.to."""
        return f"{self.duty.lawyer_id}-{self.time}"


def offers(ground: Ground, now: datetime) -> list[Offer]:
    """What can be accepted now, in the order of the afternoon."""
    left = gone(ground, now)
    places = free(ground, left)
    found = fitting.best(ground.facts, staying(ground, left), places, candidates(ground), MOST)
    had = {(seat.lawyer, seat.time): row for row in left if (seat := ground.seat(row)) is not None}
    return [_offer(ground, fit, had) for fit in sorted(found, key=lambda fit: (fit.seat.time, fit.seat.lawyer))]


def _offer(ground: Ground, fit: fitting.Fit, had: dict[tuple[int, int], HelpSeat]) -> Offer:
    seat = fit.seat
    row = had.get((seat.lawyer, seat.time))
    return Offer(ground.duties[seat.lawyer], seat.time, ground.places[seat.time], ground.requests[seat.case], row, fit.trips, fit.more)


def gone(ground: Ground, now: datetime) -> list[HelpSeat]:
    """Seats to come of inmates who were released or transferred. Court and hospital are not release (rules.md §5.9)."""
    rows = [row for number, row in ground.seats.items() if row.state == "published" and number in ground.requests]
    return [row for row in rows if row.starts_at is not None and row.starts_at > now and ground.requests[row.request_id].inmate.status not in HERE]


def free(ground: Ground, left: Iterable[HelpSeat]) -> list[tuple[int, int]]:
    """(lawyer, time) of every place that nobody has, or only somebody of `left`."""
    numbers = {row.request_id for row in left}
    return [(one.number, time) for one in ground.facts.lawyers for time in sorted(publishing.left(ground, one, numbers).times)]


def staying(ground: Ground, left: Iterable[HelpSeat]) -> list[Seat]:
    numbers = {row.request_id for row in left}
    return [seat for seat in ground.seated() if seat.case not in numbers]


def candidates(ground: Ground) -> list[Case]:
    """Requests without a place; those that have given theirs up on this day are not asked again."""
    return [case for case in ground.facts.cases if (row := ground.seats.get(case.number)) is None or row.state == "carried"]


def pile(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """On the desk of the legal office: free places that somebody who waits could have."""
    if not who.has(Role.LEGAL_OFFICE) or who.prison_id is None:
        return
    waits = select(func.count(HelpRequest.id)).where(HelpRequest.prison_id == who.prison_id, HelpRequest.state == "waiting", HelpRequest.path == "helpday")
    if not session.scalar(waits):
        return
    for day in _days_with_room(session, who.prison_id, now):
        ground = gather(session, day, now)
        left = gone(ground, now)
        fit = fitting.fitting(ground.facts, staying(ground, left), free(ground, left), candidates(ground))
        if next(fit, None) is not None:
            yield DeskItem(_l("legal-help days with a free place that somebody who waits could have"), 1, url_for("help_plan.show", ref=day.ref), "yellow")


def _days_with_room(session: Session, prison_id: int, now: datetime) -> list[HelpDay]:
    """Published days to come on which a place is empty, or somebody seated is not here any more; a cheap question before the whole day is gathered."""
    coming = (HelpDay.prison_id == prison_id, HelpDay.state == "published", HelpDay.ends_at > now)
    seats = select(HelpSeat.day_id, func.count()).join(HelpDay).join(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id)
    seats = seats.where(*coming, HelpSeat.state.in_((*LIVING, "advised", "missed")), Inmate.status.in_(HERE)).group_by(HelpSeat.day_id)
    taken = {day_id: number for day_id, number in session.execute(seats)}  # noqa: C416 - a Row is no plain pair for the type checker
    days = session.scalars(select(HelpDay).where(*coming).order_by(HelpDay.starts_at))
    return [day for day in days if taken.get(day.id, 0) < day.lawyers * len(places_of(day.starts_at, day.ends_at, day.minutes))]

"""Prisons with thousands of free places, and families who are signed in already: what the measurements of booking take place in."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.orm import Session

from tests.factories import MADE_AT, make_inmate, make_kinship, make_prison, make_sign_in, make_terminal, make_ward
from tests.factories import make_family as make_family_row
from tests.scenes import make_template
from visitation.kernel.interval import at_local, local_day, next_month
from visitation.people.models import Inmate, Prison
from visitation.policies.models import PolicyRow
from visitation.timetable.models import Terminal

TERMINALS = 8
OPENS, CLOSES, CYCLE = time(9), time(16, 30), timedelta(minutes=40)
STARTS = 11
"""Visits of half an hour and ten minutes of turnaround, from nine until they no longer end by half past four."""


@dataclass
class Place:
    """A prison and who can book there."""

    prison: Prison
    terminals: list[Terminal]
    families: list[dict[str, Any]]


def make_place(session: Session, families: int, now: datetime, sign_ins: bool = False, visits: int = 31) -> Place:
    """A prison open from Monday to Friday; each family has an inmate of its own. `visits`: a month's allowance."""
    prison = make_prison(session)
    terminals = [make_terminal(session, prison) for _ in range(TERMINALS)]
    for weekday in range(5):
        make_template(session, prison, terminals, weekday=weekday, opens=OPENS, closes=CLOSES)
    ward = make_ward(session, prison)
    for key, value in (("planned_lanes", TERMINALS), ("visits_per_month", {"general": visits})):
        session.add(PolicyRow(key=key, prison_id=prison.id, effective_from=date(2026, 1, 1), value=value, basis="bench", created_at=MADE_AT))
    return Place(prison, terminals, [_family(session, make_inmate(session, ward), now, sign_ins) for _ in range(families)])


def _family(session: Session, inmate: Any, now: datetime, sign_ins: bool) -> dict[str, Any]:
    family = make_family_row(session)
    kinship = make_kinship(session, family.visitor, inmate)
    token = make_sign_in(session, family.account, "family", now) if sign_ins else ""
    return {"account": family.account.id, "visitor": family.visitor.id, "kinship": kinship.ref, "kinship_id": kinship.id, "inmate": inmate.id, "token": token}


def relative_of(session: Session, family: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Another relative of the same inmate, signed in too."""
    return _family(session, session.get_one(Inmate, family["inmate"]), now, True)


def bookable_days(now: datetime) -> list[date]:
    """Mondays to Fridays from four days ahead to the end of next month."""
    first, last = local_day(now) + timedelta(days=4), next_month(next_month(local_day(now)))
    return [day for number in range((last - first).days) if (day := first + timedelta(days=number)).weekday() < 5]


def jobs(places: list[Place], now: datetime) -> list[dict[str, Any]]:
    """One booking for every place there is, none in the way of another; the days next to each other are far apart in the list."""
    found = []
    for day in bookable_days(now):
        for number in range(STARTS):
            start = at_local(day, OPENS) + CYCLE * number
            for place in places:
                for turn in range(TERMINALS):
                    family = place.families[(number * TERMINALS + turn) % len(place.families)]
                    found.append({"kind": "book", "game": "load", "start": start.isoformat(), "key": f"b{start:%m%d%H%M}-{turn}", **family})
    return [{**job, "id": number} for number, job in enumerate(found)]


def cookie(app: Flask, token: str) -> str:
    """The cookie header of a browser that is signed in."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps({'_user_id': token, '_fresh': True})}"

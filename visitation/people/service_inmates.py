"""Keeping inmates: by hand, one at a time; who is kept apart from whom."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Inmate, Level, NonAssociation, Prison, Ward
from visitation.people.queries import numbered
from visitation.people.rules import name_refusals, tidy_name, tidy_number
from visitation.people.rules_import import OLDEST
from visitation.people.rules_staff import LANGUAGES, STATUSES, same_prison
from visitation.people.service_waiting import link_waiting_claims

FIELDS = ("ward_id", "number", "name", "birth_date", "level_code", "status", "language", "foreign", "staff_note")


@dataclass(frozen=True)
class InmateData:
    """What the form says of an inmate."""

    ward_id: int
    number: str
    name: str
    birth_date: date | None
    level_code: str
    status: str
    language: str
    foreign: bool
    staff_note: str


def create_inmate(session: Session, who: Identity, prison_id: int, data: InmateData, now: datetime) -> Inmate:
    """A new inmate. Raises Refused with every reason."""
    prison = _prison(session, who, prison_id)
    data = _tidy(data)
    refuse(_refusals(session, prison, data, None, now))
    inmate = Inmate(prison_id=prison.id, updated_at=now, **{name: getattr(data, name) for name in FIELDS})
    session.add(inmate)
    session.flush()
    record(session, who, "inmate.create", "inmate", inmate.id, now, prison.id)
    link_waiting_claims(session, who, prison.id, now)
    return inmate


def change_inmate(session: Session, who: Identity, inmate_id: int, data: InmateData, seen_at: datetime, now: datetime) -> None:
    """New values. `seen_at`: the row's `updated_at` when the form was shown; raises StateChanged when somebody was faster. No change writes nothing."""
    inmate = session.get(Inmate, inmate_id, with_for_update=True, populate_existing=True)
    if inmate is None or not same_prison(who, inmate):
        raise NotFound
    if inmate.updated_at != seen_at or inmate.merged_into_id is not None:
        raise StateChanged
    data = _tidy(data)
    refuse(_refusals(session, session.get_one(Prison, inmate.prison_id), data, inmate.id, now))
    changed = [name for name in FIELDS if getattr(inmate, name) != getattr(data, name)]
    if not changed:
        return
    before = {name: getattr(inmate, name) for name in changed if name in ("level_code", "status", "ward_id")}
    for name in changed:
        setattr(inmate, name, getattr(data, name))
    inmate.updated_at = now
    record(session, who, "inmate.change", "inmate", inmate.id, now, inmate.prison_id, fields=changed, before=before)
    link_waiting_claims(session, who, inmate.prison_id, now)


def keep_apart(session: Session, who: Identity, inmate_id: int, other_number: str, note: str, now: datetime) -> None:
    """Two inmates who must not share waiting space on the same day (rules.md §5.16)."""
    inmate = session.get(Inmate, inmate_id)
    if inmate is None or not same_prison(who, inmate):
        raise NotFound
    other = session.scalar(select(Inmate).where(numbered(inmate.prison_id, tidy_number(other_number))))
    if other is None:
        raise Refused("PAIR_UNKNOWN")
    if other.id == inmate.id:
        raise Refused("PAIR_SELF")
    lower, higher = sorted((inmate.id, other.id))
    _lock_in_order(session, lower, higher)
    pair = session.scalar(select(NonAssociation).where(NonAssociation.inmate_id == lower, NonAssociation.other_id == higher))
    if pair is not None and pair.ended_at is None:
        raise Refused("PAIR_EXISTS")
    if pair is None:
        session.add(NonAssociation(inmate_id=lower, other_id=higher, note=note))
    else:
        pair.note, pair.ended_at = note, None
    record(session, who, "inmate.keep_apart", "inmate", inmate.id, now, inmate.prison_id, other=other.id)


def end_keeping_apart(session: Session, who: Identity, inmate_id: int, pair_id: int, now: datetime) -> None:
    pair = session.get(NonAssociation, pair_id)
    inmate = session.get(Inmate, inmate_id)
    if pair is None or inmate is None or inmate_id not in (pair.inmate_id, pair.other_id) or not same_prison(who, inmate):
        raise NotFound
    _lock_in_order(session, pair.inmate_id, pair.other_id)
    if pair.ended_at is None:
        pair.ended_at = now
        record(session, who, "inmate.end_apart", "inmate", inmate.id, now, inmate.prison_id, pair=pair.id)


def _lock_in_order(session: Session, *inmate_ids: int) -> None:
    """The row locks a booking takes first (architecture.md, claims), in the same order."""
    for inmate_id in sorted(inmate_ids):
        session.get(Inmate, inmate_id, with_for_update=True, populate_existing=True)


def _prison(session: Session, who: Identity, prison_id: int) -> Prison:
    prison = session.get(Prison, prison_id)
    if prison is None or (who.prison_id is not None and who.prison_id != prison.id):
        raise NotFound
    return prison


def _tidy(data: InmateData) -> InmateData:
    values = {name: getattr(data, name) for name in FIELDS}
    return InmateData(**values | {"number": tidy_number(data.number), "name": tidy_name(data.name)})


def _refusals(session: Session, prison: Prison, data: InmateData, inmate_id: int | None, now: datetime) -> list[Refusal]:
    found = name_refusals(data.name)
    ward = session.get(Ward, data.ward_id)
    if ward is None or ward.prison_id != prison.id:
        found.append(Refusal("WARD_NOT_HERE"))
    if not re.fullmatch(prison.inmate_number_pattern, data.number):
        found.append(Refusal("NUMBER_SHAPE"))
    holder = session.scalar(select(Inmate.id).where(Inmate.prison_id == prison.id, Inmate.number == data.number))
    if holder is not None and holder != inmate_id:
        found.append(Refusal("NUMBER_TAKEN"))
    return found + _value_refusals(session, data, local_day(now))


def _value_refusals(session: Session, data: InmateData, today: date) -> list[Refusal]:
    found = [] if session.get(Level, data.level_code) is not None else [Refusal("LEVEL_UNKNOWN")]
    if data.status not in STATUSES:
        found.append(Refusal("STATUS_UNKNOWN"))
    if data.language not in LANGUAGES:
        found.append(Refusal("LANGUAGE_UNKNOWN"))
    if data.birth_date is not None and not OLDEST <= data.birth_date <= today:
        found.append(Refusal("BIRTH_FUTURE"))
    return found

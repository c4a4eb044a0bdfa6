"""Keeping the directory: entering, changing, confirming, closing, and taking over a file."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.directory import places, rules
from consult.directory.models import Institution
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day


@dataclass(frozen=True)
class Entry:
    """What is said of an institution. Without coordinates it stands at the seat of its county."""

    kind: str
    name: str
    place_code: str
    address: str
    phone: str
    hours: str = ""
    services: str = ""
    latitude: float | None = None
    longitude: float | None = None


def enter(session: Session, who: Identity, entry: Entry, now: datetime) -> Institution:
    """A new institution. Raises Refused."""
    refuse(refusals(entry) or _doubled(session, entry, None))
    row = Institution(updated_at=now, checked_on=local_day(now))
    put(row, entry)
    session.add(row)
    session.flush()
    record(session, who, "institution.enter", "institution", row.ref, now, name=row.name)
    return row


def change(session: Session, who: Identity, institution_id: int, entry: Entry, now: datetime) -> None:
    """Correct an entry; whoever corrects it has checked it. Raises Refused."""
    row = _open(session, institution_id)
    refuse(refusals(entry) or _doubled(session, entry, row.id))
    before = {name: getattr(row, name) for name in ("kind", "name", "address", "phone", "hours", "services", "latitude", "longitude")}
    put(row, entry)
    row.checked_on, row.updated_at = local_day(now), now
    fields = [name for name, value in before.items() if getattr(row, name) != value]
    record(session, who, "institution.change", "institution", row.ref, now, fields=fields)


def confirm(session: Session, who: Identity, institution_id: int, now: datetime) -> None:
    """Somebody has made sure that the entry is still true."""
    row = _open(session, institution_id)
    row.checked_on = local_day(now)
    record(session, who, "institution.confirm", "institution", row.ref, now)


def close(session: Session, who: Identity, institution_id: int, now: datetime) -> None:
    """It is there no more: nobody is sent to it from now on; old referrals keep it."""
    row = _open(session, institution_id)
    row.closed_at = now
    record(session, who, "institution.close", "institution", row.ref, now)


def refusals(entry: Entry) -> list[Refusal]:
    """What is wrong with an entry, all of it."""
    found = rules.point_refusals(entry.latitude, entry.longitude)
    if places.place(entry.place_code) is None:
        found.append(Refusal("PLACE_UNKNOWN"))
    return found


def _doubled(session: Session, entry: Entry, own_id: int | None) -> list[Refusal]:
    same = select(Institution.id).where(
        Institution.kind == entry.kind, Institution.name == entry.name, Institution.place_code == entry.place_code, Institution.closed_at.is_(None)
    )
    other = session.scalar(same.where(Institution.id != (own_id or 0)))
    return [Refusal("INSTITUTION_KNOWN")] if other is not None else []


def _open(session: Session, institution_id: int) -> Institution:
    row = session.get(Institution, institution_id, with_for_update=True, populate_existing=True)
    if row is None or row.closed_at is not None:
        raise NotFound
    return row


def put(row: Institution, entry: Entry) -> None:
    """Write what is said into the row."""
    for name, value in asdict(entry).items():
        setattr(row, name, value)
    row.exact = entry.latitude is not None
    if not row.exact:
        seat = places.every()[entry.place_code]
        row.latitude, row.longitude = seat.latitude, seat.longitude

"""Keeping places: prisons, wards, levels and the terminals of the visiting rooms."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate, Level, Prison, Ward
from visitation.timetable import service as timetable
from visitation.timetable.models import Terminal, Timetable

FIRST_LEVELS = (("strict", "严管", "Strict"), ("probation", "考察", "Probation"), ("general", "普管", "General"), ("lenient", "宽管", "Lenient"))
"""The four levels most provinces have; others are added on the page (rules.md §1)."""


@dataclass(frozen=True)
class PrisonData:
    """What the form says of a prison."""

    name: str
    name_en: str
    province: str
    phone: str
    address: str
    inmate_number_pattern: str
    uplink_sessions: int


def ensure_levels(session: Session) -> None:
    """The first levels, where there are none at all."""
    if session.scalar(select(func.count()).select_from(Level)) == 0:
        session.add_all(Level(code=code, name=name, name_en=english, rank=rank) for rank, (code, name, english) in enumerate(FIRST_LEVELS))


def create_prison(session: Session, who: Identity, code: str, data: PrisonData, now: datetime) -> Prison:
    """A new prison, with its timetable row. Only for who belongs to no prison."""
    if who.prison_id is not None:
        raise NotFound
    refusals = _pattern_refusals(data.inmate_number_pattern)
    if session.scalar(select(Prison.id).where(Prison.code == code)) is not None:
        refusals.append(Refusal("CODE_TAKEN"))
    refuse(refusals)
    prison = Prison(code=code, **asdict(data))
    session.add(prison)
    session.flush()
    session.add(Timetable(prison_id=prison.id))
    ensure_levels(session)
    record(session, who, "prison.create", "prison", prison.id, now, prison.id)
    return prison


def change_prison(session: Session, who: Identity, prison_id: int, data: PrisonData, now: datetime) -> None:
    """Name, telephone, address, pattern of numbers, uplink."""
    prison = session.get(Prison, _own(who, prison_id), with_for_update=True, populate_existing=True)
    if prison is None:
        raise NotFound
    refuse(_pattern_refusals(data.inmate_number_pattern))
    changed = [name for name, value in asdict(data).items() if getattr(prison, name) != value]
    for name in changed:
        setattr(prison, name, getattr(data, name))
    if "uplink_sessions" in changed:
        timetable.uplink_changed(session, prison.id, now)
    if changed:
        record(session, who, "prison.change", "prison", prison.id, now, prison.id, fields=changed)


def save_ward(session: Session, who: Identity, prison_id: int, ward_id: int | None, name: str, name_en: str, now: datetime) -> Ward:
    """A new ward, or new names of one."""
    _own(who, prison_id)
    ward = session.get(Ward, ward_id) if ward_id is not None else Ward(prison_id=prison_id)
    if ward is None or ward.prison_id != prison_id:
        raise NotFound
    holder = session.scalar(select(Ward.id).where(Ward.prison_id == prison_id, Ward.name == name))
    if holder is not None and holder != ward_id:
        raise Refused("NAME_TAKEN")
    ward.name, ward.name_en = name, name_en
    session.add(ward)
    session.flush()
    record(session, who, "ward.save", "ward", ward.id, now, prison_id, name=name)
    return ward


def save_level(session: Session, who: Identity, code: str, name: str, name_en: str, rank: int, now: datetime) -> None:
    """A new level, or new names and place of one. Levels are shared by all prisons: only for who belongs to none."""
    if who.prison_id is not None:
        raise NotFound
    level = session.get(Level, code) or Level(code=code)
    level.name, level.name_en, level.rank = name, name_en, rank
    session.add(level)
    record(session, who, "level.save", "level", code, now)


def remove_level(session: Session, who: Identity, code: str, now: datetime) -> None:
    """Take a level away that nobody has. Raises Refused(LEVEL_IN_USE)."""
    level = session.get(Level, code)
    if who.prison_id is not None or level is None:
        raise NotFound
    if session.scalar(select(Inmate.id).where(Inmate.level_code == code).limit(1)) is not None:
        raise Refused("LEVEL_IN_USE")
    session.delete(level)
    record(session, who, "level.remove", "level", code, now)


def save_terminal(session: Session, who: Identity, prison_id: int, terminal_id: int | None, name: str, room: str, in_service: bool, now: datetime) -> Terminal:
    """A new terminal, or changes of one. Out of service: no new visit is placed on it; visits that have it already are flagged, and stand until somebody
    moves them."""
    _own(who, prison_id)
    terminal = session.get(Terminal, terminal_id, with_for_update=True, populate_existing=True) if terminal_id is not None else Terminal(prison_id=prison_id)
    if terminal is None or terminal.prison_id != prison_id:
        raise NotFound
    holder = session.scalar(select(Terminal.id).where(Terminal.prison_id == prison_id, Terminal.name == name))
    if holder is not None and holder != terminal_id:
        raise Refused("NAME_TAKEN")
    _count_change(session, prison_id)
    turned = terminal_id is not None and terminal.in_service is not in_service
    terminal.name, terminal.room, terminal.in_service = name, room, in_service
    session.add(terminal)
    session.flush()
    if turned:
        timetable.service_changed(session, terminal, now)
    record(session, who, "terminal.save", "terminal", terminal.id, now, prison_id, name=name, in_service=in_service)
    return terminal


def _count_change(session: Session, prison_id: int) -> None:
    """Terminals are part of the timetable: bookings wait while they change."""
    timetable = session.get(Timetable, prison_id, with_for_update=True, populate_existing=True)
    if timetable is not None:
        timetable.version += 1


def _own(who: Identity, prison_id: int) -> int:
    if who.prison_id is not None and who.prison_id != prison_id:
        raise NotFound
    return prison_id


def _pattern_refusals(pattern: str) -> list[Refusal]:
    try:
        re.compile(pattern)
    except re.error:
        return [Refusal("PATTERN_WRONG")]
    return []

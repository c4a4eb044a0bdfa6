"""Reading inmates and places for the staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Device
from visitation.kernel.identity import Identity
from visitation.people.models import ImportRun, Inmate, Level, NonAssociation, Prison, Ward
from visitation.people.rules_staff import PRISON_WIDE
from visitation.timetable.models import Terminal

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """What the list of inmates is narrowed by; empty means everything. `words`: part of a name, or the beginning or end of a number."""

    words: str = ""
    prison_id: int | None = None
    ward_id: int | None = None
    level_code: str = ""
    status: str = ""


def inmates(session: Session, who: Identity, chosen: Filter, page: int = 1) -> tuple[Sequence[Inmate], int]:
    """One page of inmates by ward and number, and how many there are in all."""
    query = _narrow(_scoped(select(Inmate).where(Inmate.merged_into_id.is_(None)), who), chosen)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    shown = query.options(joinedload(Inmate.ward), joinedload(Inmate.level), joinedload(Inmate.prison))
    shown = shown.order_by(Inmate.prison_id, Inmate.ward_id, Inmate.number).offset((page - 1) * PAGE).limit(PAGE)
    return session.scalars(shown).all(), total


def _scoped(query: Select[Inmate], who: Identity) -> Select[Inmate]:
    if who.prison_id is not None:
        query = query.where(Inmate.prison_id == who.prison_id)
    return query if who.has(*PRISON_WIDE) else query.where(Inmate.ward_id.in_(who.ward_ids))


def _narrow(query: Select[Inmate], chosen: Filter) -> Select[Inmate]:
    if chosen.words:
        number = or_(Inmate.number.startswith(chosen.words, autoescape=True), Inmate.number.endswith(chosen.words, autoescape=True))
        query = query.where(Inmate.name.contains(chosen.words, autoescape=True) | number)
    pairs = ((Inmate.prison_id, chosen.prison_id), (Inmate.ward_id, chosen.ward_id), (Inmate.level_code, chosen.level_code), (Inmate.status, chosen.status))
    for column, value in pairs:
        if value:
            query = query.where(column == value)
    return query


def inmate_by_id(session: Session, inmate_id: int) -> Inmate | None:
    return session.get(Inmate, inmate_id)


def apart_from(session: Session, inmate: Inmate) -> list[tuple[NonAssociation, Inmate]]:
    """Whom an inmate is kept apart from at present."""
    pair = or_(NonAssociation.inmate_id == inmate.id, NonAssociation.other_id == inmate.id)
    other = (Inmate.id != inmate.id) & or_(Inmate.id == NonAssociation.inmate_id, Inmate.id == NonAssociation.other_id)
    query = select(NonAssociation, Inmate).join(Inmate, other).where(pair, NonAssociation.ended_at.is_(None))
    return [(row, who) for row, who in session.execute(query.order_by(Inmate.name))]


def wards(session: Session, who: Identity, prison_id: int | None = None) -> Sequence[Ward]:
    """Wards this person may see: their prison's (all for who belongs to none), or only their own for who is only a ward officer."""
    chosen = who.prison_id if who.prison_id is not None else prison_id
    query = select(Ward).options(joinedload(Ward.prison)).order_by(Ward.prison_id, Ward.id)
    if chosen is not None:
        query = query.where(Ward.prison_id == chosen)
    return session.scalars(query if who.has(*PRISON_WIDE) else query.where(Ward.id.in_(who.ward_ids))).all()


def ward_by_id(session: Session, ward_id: int) -> Ward | None:
    return session.get(Ward, ward_id)


def levels(session: Session) -> Sequence[Level]:
    return session.scalars(select(Level).order_by(Level.rank, Level.code)).all()


def prisons(session: Session, who: Identity) -> Sequence[Prison]:
    """Prisons this person keeps: one's own, or all."""
    query = select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.code)
    return session.scalars(query if who.prison_id is None else query.where(Prison.id == who.prison_id)).all()


def prison_by_code(session: Session, code: str) -> Prison | None:
    return session.scalar(select(Prison).where(Prison.code == code))


@dataclass(frozen=True)
class TerminalLine:
    """A terminal and whether a living device is paired with it."""

    terminal: Terminal
    paired: bool


def terminal_lines(session: Session, prison_id: int) -> list[TerminalLine]:
    paired = set(session.scalars(select(Device.terminal_id).where(Device.revoked_at.is_(None))))
    rows = session.scalars(select(Terminal).where(Terminal.prison_id == prison_id).order_by(Terminal.name, Terminal.id))
    return [TerminalLine(terminal, terminal.id in paired) for terminal in rows]


def terminal_by_id(session: Session, terminal_id: int) -> Terminal | None:
    return session.get(Terminal, terminal_id)


def import_run(session: Session, run_id: int) -> ImportRun | None:
    return session.get(ImportRun, run_id)


def import_runs(session: Session, who: Identity) -> Sequence[ImportRun]:
    """The latest imports of the person's prison."""
    query = select(ImportRun).order_by(ImportRun.at.desc(), ImportRun.id.desc()).limit(20)
    return session.scalars(query if who.prison_id is None else query.where(ImportRun.prison_id == who.prison_id)).all()

"""Importing inmates: good rows are taken over, bad ones reported, in one transaction; the same file again adds nothing."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, aliased

from visitation.audit.service import record
from visitation.kernel.cells import Cell
from visitation.kernel.errors import NotFound, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import ImportRun, Inmate, Level, Prison, Ward
from visitation.people.rules_import import Known, Plan, World, columns_of, header_refusals, plan
from visitation.people.service_waiting import link_waiting_claims
from visitation.web.table_file import Table

CHUNK = 1_000
Progress = Callable[[int, int], None]


def no_progress(_done: int, _of: int) -> None:
    """Nobody watches."""


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def import_inmates(
    session: Session, who: Identity, prison_id: int, table: Table, file_name: str, sha256: str, now: datetime, progress: Progress = no_progress
) -> ImportRun:
    """Take a table over. `progress(done, of)` counts rows judged, then rows written. Raises Refused when columns are missing."""
    prison = session.get(Prison, prison_id, with_for_update=True)
    if prison is None or (who.prison_id is not None and who.prison_id != prison_id):
        raise NotFound
    columns = columns_of(table[0][1])
    refuse(header_refusals(columns))
    made = plan(_rows(table[1:], columns, progress), world_of(session, prison, now))
    _write(session, made, prison_id, now)
    run = ImportRun(
        prison_id=prison_id,
        account_id=who.account_id,
        file_name=file_name[-200:],
        sha256=sha256,
        at=now,
        added=len(made.added),
        changed=len(made.changes),
        unchanged=made.unchanged,
        failed=made.failed,
        report=[asdict(problem) for problem in made.problems],
    )
    session.add(run)
    session.flush()
    _note(session, who, run, made, now)
    link_waiting_claims(session, who, prison_id, now)
    return run


def world_of(session: Session, prison: Prison, now: datetime) -> World:
    """Everything rows are judged against, in three queries."""
    wards = session.scalars(select(Ward).where(Ward.prison_id == prison.id)).all()
    levels = session.scalars(select(Level)).all()
    fields = (Inmate.id, Inmate.number, Inmate.name, Inmate.ward_id, Inmate.level_code, Inmate.status, Inmate.birth_date, Inmate.language, Inmate.foreign)
    known = {row.number: Known(*row) for row in session.execute(select(*fields).where(Inmate.prison_id == prison.id))}
    kept = aliased(Inmate)
    merged = select(Inmate.number, kept.number).join(kept, kept.id == Inmate.merged_into_id).where(Inmate.prison_id == prison.id)
    return World(
        number_pattern=prison.inmate_number_pattern,
        wards={name.casefold(): ward.id for ward in wards for name in (ward.name_en, ward.name)},
        levels={name.casefold(): level.code for level in levels for name in (level.code, level.name_en, level.name)},
        known=known,
        today=local_day(now),
        merged={row[0]: row[1] for row in session.execute(merged)},
    )


def _rows(table: Sequence[tuple[int, list[Cell]]], columns: Mapping[str, int], progress: Progress) -> Iterator[tuple[int, Mapping[str, Cell]]]:
    for done, (number, cells) in enumerate(table, start=1):
        yield number, {column: cells[place] for column, place in columns.items() if place < len(cells)}
        if done % CHUNK == 0 or done == len(table):
            progress(done, len(table))


def _write(session: Session, made: Plan, prison_id: int, now: datetime) -> None:
    added = [_values(wanted, now) | {"prison_id": prison_id, "number": wanted.number, "name": wanted.name} for wanted in made.added]
    changed = [_values(wanted, now) | {"id": known.id} for known, wanted in made.changes]
    for start in range(0, len(added), CHUNK):
        session.execute(insert(Inmate), added[start : start + CHUNK])
    for start in range(0, len(changed), CHUNK):
        session.execute(update(Inmate), changed[start : start + CHUNK])


def _values(wanted: Known, now: datetime) -> dict[str, object]:
    names = ("ward_id", "level_code", "status", "birth_date", "language", "foreign")
    return {name: getattr(wanted, name) for name in names} | {"updated_at": now}


def _note(session: Session, who: Identity, run: ImportRun, made: Plan, now: datetime) -> None:
    """One entry for the file, and one for each inmate whom it changed."""
    counts = {"added": run.added, "changed": run.changed, "unchanged": run.unchanged, "failed": run.failed}
    record(session, who, "inmate.import", "import_run", run.id, now, run.prison_id, sha256=run.sha256, **counts)
    for known, wanted in made.changes:
        names = [name for name in ("ward_id", "level_code", "status", "birth_date", "language", "foreign") if getattr(known, name) != getattr(wanted, name)]
        record(session, who, "inmate.change", "inmate", known.id, now, run.prison_id, fields=names, import_run=run.id)

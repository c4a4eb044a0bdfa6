"""Bringing bookings in from elsewhere: a file is read at once, its rows are judged and written by the jobs, some at a time.

Every transaction takes some rows and says how far it is, so a killed worker goes on where it was, and nothing is lost or entered twice. A bad row is
reported with its reasons and keeps no other row from being taken over. The same file again adds nothing.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from visitation.accounts.models import Account
from visitation.audit.service import record
from visitation.bookings import claims, facts, ledger
from visitation.bookings.models import Booking, BookingImport, BookingVisitor
from visitation.bookings.rules_file import Entry, Problem, columns_of, header_refusals, read, text_of
from visitation.bookings.terms import frozen
from visitation.kernel.errors import NotFound, refuse
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.interval import Interval, local_day, month_start
from visitation.people.models import Inmate, Kinship, NonAssociation, Prison, Visitor
from visitation.policies.queries import Policies, policies_of
from visitation.store.sealed import indexed_value, vault
from visitation.timetable import queries as timetable
from visitation.timetable.models import Terminal

AT_ONCE = 50
"""Rows of one transaction: on SQLite nobody else writes meanwhile."""
FIELD = "booking_import.content"
DOCUMENTS = ("resident_id", "hmt_permit", "hm_travel", "tw_travel", "passport")
Rows = list[tuple[int, dict[str, str], dict[str, str]]]
Person = TypeVar("Person", Inmate, Visitor)


class _Refused(Exception):
    """A row that cannot be entered; undone as a whole."""

    def __init__(self, code: str, text: str = "", **given: object) -> None:
        self.code, self.text, self.given = code, text, given
        super().__init__(code)


@dataclass(frozen=True)
class World:
    """What the rows of one transaction are judged against."""

    prison: Prison
    policies: Policies
    inmates: Mapping[str, Inmate]
    terminals: Mapping[str, int]
    people: Mapping[str, Visitor]
    ties: Mapping[tuple[int, int], Kinship]
    accounts: Mapping[int, int]
    apart: frozenset[int]
    grids: dict[date, timetable.Grid] = field(default_factory=dict)

    def grid(self, session: Session, day: date) -> timetable.Grid:
        """Of a day, read once for all rows of a transaction."""
        if day not in self.grids:
            self.grids[day] = timetable.grid(session, self.prison.id, day, day, self.policies.value("planned_lanes", day))
        return self.grids[day]


def submit(
    session: Session, who: Identity, prison_id: int, table: Sequence[tuple[int, Sequence[Any]]], file_name: str, data: bytes, now: datetime
) -> BookingImport:
    """Keep a table for the jobs. Raises Refused when columns are missing."""
    if session.get(Prison, prison_id) is None or (who.prison_id is not None and who.prison_id != prison_id):
        raise NotFound
    columns = columns_of(table[0][1])
    refuse(header_refusals(columns))
    rows: Rows = []
    for number, cells in table[1:]:
        here = {column: cells[place] for column, place in columns.items() if place < len(cells)}
        rows.append((number, {name: text_of(cell) for name, cell in here.items()}, {name: cell.problem for name, cell in here.items() if cell.problem}))
    run = BookingImport(prison_id=prison_id, account_id=who.account_id, file_name=file_name[-200:], sha256=hashlib.sha256(data).hexdigest(), at=now)
    run.total, run.report = len(rows), []
    session.add(run)
    session.flush()
    run.content = vault().seal(json.dumps(rows, ensure_ascii=False).encode(), FIELD, run.uid)
    record(session, who, "booking.import", "booking_import", run.id, now, prison_id, sha256=run.sha256, rows=run.total)
    return run


def work(session: Session, now: datetime) -> int:
    """The jobs' part: the next rows of the oldest file that is not done. Returns how many rows were judged."""
    waiting = select(BookingImport).where(BookingImport.state.in_(("waiting", "running"))).order_by(BookingImport.id).limit(1)
    run = session.scalar(waiting.options(undefer(BookingImport.content)).with_for_update(skip_locked=True))
    if run is None or run.content is None:
        return 0
    rows: Rows = json.loads(vault().open(run.content, FIELD, run.uid))
    part = rows[run.done : run.done + AT_ONCE]
    problems = _take_over(session, run, part, now)
    run.report = [*run.report, *(asdict(one) for one in problems)]
    run.failed += len({one.row for one in problems})
    run.done += len(part)
    run.state = "done" if run.done >= run.total else "running"
    if run.state == "done":
        run.content, run.ended_at = None, now
        counts = {"added": run.added, "unchanged": run.unchanged, "failed": run.failed}
        record(session, _writer(session, run), "booking.import_done", "booking_import", run.id, now, run.prison_id, **counts)
    return len(part)


def _writer(session: Session, run: BookingImport) -> Identity:
    account = session.get_one(Account, run.account_id)
    return Identity(account.id, frozenset({Role.ADMINISTRATOR}), account.name, Zone.PRISON, account.prison_id)


def _take_over(session: Session, run: BookingImport, part: Rows, now: datetime) -> list[Problem]:
    timetable.lock_shared(session, run.prison_id)
    policies = policies_of(session, run.prison_id)
    usual = policies.value("visit_minutes", local_day(now))
    entries, problems = [], []
    for number, cells, bad in part:
        found = read(number, cells, bad, usual, now)
        if isinstance(found, Entry):
            entries.append(found)
        else:
            problems += found
    world, who = _world(session, run.prison_id, policies, entries), _writer(session, run)
    for entry in entries:
        try:
            with session.begin_nested():
                added = _enter(session, who, world, entry, now)
        except _Refused as refused:
            problems.append(Problem(entry.row, refused.code, refused.text, refused.given))
        else:
            run.added, run.unchanged = run.added + added, run.unchanged + (not added)
    return sorted(problems, key=lambda one: one.row)


def _world(session: Session, prison_id: int, policies: Policies, entries: Sequence[Entry]) -> World:
    """Everything that these rows name, in a fixed number of queries; inmates and visitors are locked, each by id."""
    numbers, names = {entry.number for entry in entries}, {name for entry in entries for name in entry.people}
    inmates = session.scalars(
        select(Inmate).where(Inmate.prison_id == prison_id, Inmate.number.in_(numbers)).order_by(Inmate.id).with_for_update(key_share=True)
    )
    indexes = {vault().index(indexed_value(name, kind), "document_number"): name for name in names for kind in DOCUMENTS}
    people: dict[str, Visitor] = {}
    wanted = Visitor.document_number_index.in_(indexes) | Visitor.ref.in_(names)
    for row in session.scalars(select(Visitor).where(wanted).order_by(Visitor.id).with_for_update(read=True)):
        people[indexes.get(row.document_number_index or "", row.ref)] = row
        people.setdefault(row.ref, row)
    people = _standing(session, Visitor, people)
    ids = [row.id for row in people.values()]
    ties = select(Kinship).where(Kinship.visitor_id.in_(ids), Kinship.prison_id == prison_id, Kinship.state == "approved").order_by(Kinship.id)
    accounts = session.execute(select(Account.visitor_id, Account.id).where(Account.visitor_id.in_(ids), Account.closed_at.is_(None)))
    pairs = session.execute(select(NonAssociation.inmate_id, NonAssociation.other_id).where(NonAssociation.ended_at.is_(None)))
    return World(
        session.get_one(Prison, prison_id),
        policies,
        _standing(session, Inmate, {row.number: row for row in inmates}),
        {row.name: row.id for row in session.scalars(select(Terminal).where(Terminal.prison_id == prison_id))},
        people,
        {(row.visitor_id, row.inmate_id): row for row in session.scalars(ties) if row.inmate_id is not None},
        {row.visitor_id: row.id for row in accounts if row.visitor_id is not None},
        frozenset(number for pair in pairs for number in pair),
    )


def _standing(session: Session, model: type[Person], named: dict[str, Person]) -> dict[str, Person]:
    """Who is meant: a record that was merged into another one is a signpost to it."""
    ids = {row.merged_into_id for row in named.values() if row.merged_into_id is not None}
    if not ids:
        return named
    kept = {row.id: row for row in session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id).with_for_update(read=True))}
    return {name: kept.get(row.merged_into_id or 0, row) for name, row in named.items()}


def _enter(session: Session, who: Identity, world: World, entry: Entry, now: datetime) -> bool:
    """Enter one row. False: it is there already. Raises _Refused with the reason."""
    inmate = world.inmates.get(entry.number)
    if inmate is None:
        raise _Refused("ROW_NO_INMATE", entry.number)
    if entry.inmate and entry.inmate != inmate.name:
        raise _Refused("ROW_INMATE_NAME", entry.inmate)
    same = (Booking.inmate_id == inmate.id, Booking.starts_at == entry.visit.start, Booking.state.in_(("requested", "confirmed", "ended")))
    if session.scalar(select(Booking.id).where(*same).limit(1)) is not None:
        return False
    terminal_id = world.terminals.get(entry.terminal)
    if terminal_id is None:
        raise _Refused("ROW_NO_TERMINAL", entry.terminal)
    party = _party(world, entry, inmate)
    day = local_day(entry.visit.start)
    grid = world.grid(session, day)
    if any(shut.hits(entry.visit, inmate.ward_id, terminal_id) for shut in grid.shut):
        raise _Refused("ROW_CLOSED", entry.terminal)
    if inmate.id in world.apart and day in facts.separated_days(session, inmate.id, day, day, now):
        raise _Refused("ROW_DAY_NOT_POSSIBLE", entry.number)
    booking = _booking(session, who, world, entry, inmate, terminal_id, party, now)
    _claim(session, booking, entry, grid)
    _spend(session, world, booking, inmate, now)
    record(session, who, "booking.import_row", "booking", booking.ref, now, booking.prison_id, row=entry.row)
    return True


def _party(world: World, entry: Entry, inmate: Inmate) -> list[tuple[Visitor, Kinship]]:
    most = world.policies.value("max_visitors", local_day(entry.visit.start))
    if len(entry.people) > most:
        raise _Refused("ROW_TOO_MANY", " ".join(entry.people), most=most)
    found = []
    for name in entry.people:
        person = world.people.get(name)
        tie = world.ties.get((person.id, inmate.id)) if person is not None else None
        if person is None or tie is None:
            raise _Refused("ROW_NO_VISITOR", name)
        found.append((person, tie))
    return found


def _booking(
    session: Session, who: Identity, world: World, entry: Entry, inmate: Inmate, terminal_id: int, party: Sequence[tuple[Visitor, Kinship]], now: datetime
) -> Booking:
    """Confirmed as it stood elsewhere; the notice is accepted before the visit, as by everybody."""
    day, lead = local_day(entry.visit.start), party[0][0]
    minutes = int((entry.visit.end - entry.visit.start).total_seconds()) // 60
    row = Booking(
        kind=entry.kind,
        prison_id=world.prison.id,
        inmate_id=inmate.id,
        terminal_id=terminal_id,
        account_id=world.accounts.get(lead.id) or lead.manager_id or who.account_id,
        starts_at=entry.visit.start,
        ends_at=entry.visit.end,
        turnaround=world.policies.value("turnaround_minutes", day)[entry.kind],
        state="confirmed",
        language=entry.language,
        terms=frozen(lambda key: world.policies.value(key, day), entry.kind, minutes, world.policies.version(day)),
        created_at=now,
        decided_at=now,
        party=[BookingVisitor(visitor_id=person.id, kinship_id=tie.id, place=place) for place, (person, tie) in enumerate(party)],
    )
    session.add(row)
    session.flush()
    return row


def _claim(session: Session, booking: Booking, entry: Entry, grid: timetable.Grid) -> None:
    visit = Interval(booking.starts_at, booking.ends_at)
    people = claims.people_of(visit, booking.inmate_id, [person.visitor_id for person in booking.party])
    counted = claims.Counted(booking.prison_id, grid.lanes_during(visit), grid.uplink)
    try:
        claims.take(session, booking.id, [*people, *claims.terminal_of(visit, booking.terminal_id, booking.turnaround)], counted)
    except claims.Busy as busy:
        kinds = {name.partition(":")[0] for name in busy.resources}
        code = next((code for kind, code in TAKEN.items() if kind in kinds), "ROW_NO_LANE")
        raise _Refused(code, f"{entry.terminal} {entry.number}") from None


TAKEN = {"terminal": "ROW_TERMINAL_TAKEN", "inmate": "ROW_INMATE_BUSY", "visitor": "ROW_VISITOR_BUSY"}


def _spend(session: Session, world: World, booking: Booking, inmate: Inmate, now: datetime) -> None:
    """It counts in its month, even where the level would not allow as many: the visit is a fact, and the page of the allowance says so."""
    month, (purse, _key) = month_start(local_day(booking.starts_at)), ledger.PURSES[booking.kind]
    ledger.grant(session, inmate.id, purse, month, facts.entitlement(world.policies, booking.kind, inmate.level_code, month), now)
    ledger.use(session, inmate.id, purse, month, booking.id, now)
    session.flush()


def runs(session: Session, who: Identity) -> list[BookingImport]:
    query = select(BookingImport).order_by(BookingImport.id.desc()).limit(30)
    return list(session.scalars(query if who.prison_id is None else query.where(BookingImport.prison_id == who.prison_id)))


def run_by_id(session: Session, run_id: int) -> BookingImport | None:
    return session.get(BookingImport, run_id)

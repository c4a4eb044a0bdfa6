"""Whatever is done to bookings in whatever order: no resource twice, the ledger right, and every claim owned by a visit or hold that lives."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House, move_in, move_out
from tests.factories import MADE_AT, make_staff
from tests.scenes import NINE, Scene, acceptance, make_scene, neighbour, officer_identity, relative
from visitation.bookings import ledger, service
from visitation.bookings.changing import change_time
from visitation.bookings.models import Booking, BookingVisitor, Claim, QuotaEntry
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.kernel.interval import Interval
from visitation.people import queries_merging, service_merging
from visitation.people.models import Inmate
from visitation.people.service_inmates import InmateData, change_inmate
from visitation.policies.models import PolicyRow
from visitation.timetable import service as timetable
from visitation.timetable.rules import Shut

ENTITLED = 2
STARTS = tuple(NINE + timedelta(days=day, minutes=minutes) for day in (0, 1, 8) for minutes in (0, 40))
LIVING = ("held", "offered", "requested", "confirmed")


def left_of(session: Session, inmate: int, month: date) -> int:
    """What the ledger alone says is left of a month."""
    lines = ledger.totals(session, inmate, "visit", [month])[month]
    return sum(ledger.SIGN[kind] * units for kind, units in lines.items())


class Bookings(RuleBasedStateMachine):
    """Two inmates, three families, two terminals, six times; one family is asked about by an officer first."""

    house: House
    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="visits-stateful-"))
        move_in(self.house, self.empty, self.folder)
        self.tries = 0
        self.records = 1

    @initialize()
    def begin(self) -> None:
        def work(session: Session) -> tuple[list[Scene], Any]:
            first = make_scene(session)
            asked = neighbour(session, first)
            asked.kinship.relation = "other"
            asked.inmate.name = first.inmate.name
            session.add(PolicyRow(key="planned_lanes", prison_id=first.prison.id, effective_from=date(2026, 1, 1), value=1, basis="t", created_at=MADE_AT))
            chief = make_staff(session, (Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.OFFICER), first.prison)
            return [first, relative(session, first), asked], chief

        self.scenes, chief = self.house.write(work)
        self.chief = officer_identity(chief, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.OFFICER)

    def attempt(self, work: Callable[[Session], Any]) -> None:
        """A refusal is an answer; anything else is a fault."""
        self.tries += 1
        with suppress(Refused):
            self.house.write(work)

    def booking(self, number: int) -> Booking | None:
        rows = self.house.read(lambda s: s.scalars(select(Booking).order_by(Booking.id)).all())
        return rows[number % len(rows)] if rows else None

    def who(self, booking: Booking) -> Any:
        return next(scene.who for scene in self.scenes if scene.family.account.id == booking.account_id)

    @rule(scene=st.integers(0, 2), start=st.sampled_from(STARTS), along=st.booleans())
    def book(self, scene: int, start: Any, along: bool) -> None:
        self.hold(scene, start)
        self.confirm(-1, along)

    @rule(scene=st.integers(0, 2), start=st.sampled_from(STARTS))
    def hold(self, scene: int, start: Any) -> None:
        who = self.scenes[scene]
        self.attempt(lambda s: service.hold(s, who.who, who.wanted(start), f"k{self.tries}", self.house.now))

    @rule(number=st.integers(-2, 9), along=st.booleans())
    def confirm(self, number: int, along: bool) -> None:
        held = self.booking(number)
        if held is not None:
            codes = (self.scenes[1].family.visitor.ref,) if along and held.account_id == self.scenes[0].family.account.id else ()
            self.attempt(
                lambda s: service.confirm(s, self.who(held), held.id, acceptance(s, s.get_one(Booking, held.id), codes), f"k{self.tries}", self.house.now)
            )

    @rule(number=st.integers(-2, 9), start=st.sampled_from(STARTS))
    def change(self, number: int, start: Any) -> None:
        row = self.booking(number)
        if row is not None:
            self.attempt(lambda s: change_time(s, self.who(row), row.id, start, "", f"k{self.tries}", self.house.now))

    @rule(number=st.integers(-2, 9), act=st.sampled_from(("cancel", "let_hold_go", "approve", "refuse", "call_off", "fail")))
    def act(self, number: int, act: str) -> None:
        row = self.booking(number)
        if row is None:
            return
        now = self.house.now
        acts: dict[str, Callable[[Session], Any]] = {
            "cancel": lambda s: service.cancel(s, self.who(row), row.id, now),
            "let_hold_go": lambda s: service.let_hold_go(s, self.who(row), row.id, now),
            "approve": lambda s: service.approve(s, self.chief, row.id, "", now),
            "refuse": lambda s: service.refuse_request(s, self.chief, row.id, "REASON_OTHER", "", "", now),
            "call_off": lambda s: service.call_off(s, self.chief, row.id, "REASON_OTHER", "", now),
            "fail": lambda s: service.record_outcome(s, row.id, "technical", 60, "BROKER_LOST", now),
        }
        self.attempt(acts[act])

    @rule(minutes=st.sampled_from((1, 11, 60 * 24)))
    def pass_time(self, minutes: int) -> None:
        self.house.clock.advance(timedelta(minutes=minutes))
        self.attempt(lambda s: service.sweep(s, self.house.now))

    @rule(start=st.sampled_from(STARTS))
    def close(self, start: Any) -> None:
        draft = timetable.Draft(Shut(Interval(start, start + timedelta(minutes=30))), "t")
        prison = self.scenes[0].prison.id
        self.attempt(
            lambda s: timetable.add_closure(s, self.chief, prison, draft, timetable.plan_closure(s, prison, draft, self.house.now).fingerprint, self.house.now)
        )

    @rule(status=st.sampled_from(("transferred", "held", "hospital")))
    def transfer(self, status: str) -> None:
        def work(session: Session) -> None:
            inmate = session.get_one(Inmate, self.scenes[0].inmate.id)
            fields = {name: getattr(inmate, name) for name in InmateData.__dataclass_fields__} | {"status": status}
            change_inmate(session, self.chief, inmate.id, InmateData(**fields), inmate.updated_at, self.house.now)
            service.review(session, self.house.now)

        self.attempt(work)

    @precondition(lambda self: self.tries > 12)
    @rule()
    def merge(self) -> None:
        """The two inmates turn out to be one who was entered twice."""
        names = ("inmate", self.scenes[0].inmate.id, self.scenes[2].inmate.id)
        parts = self.house.prison.extensions["merge_parts"]

        def work(session: Session) -> None:
            pair = queries_merging.pair(session, *names)
            assert pair is not None
            found = service_merging.plan(session, self.chief, parts, pair, self.house.now)
            service_merging.merge(session, self.chief, parts, names, found.fingerprint, self.house.now)
            self.records = 2

        self.attempt(work)

    @invariant()
    def nothing_is_taken_twice(self) -> None:
        rows = self.house.read(lambda s: s.scalars(select(Booking).where(Booking.state.in_(LIVING))).all())
        party = self.house.read(lambda s: s.execute(select(BookingVisitor.booking_id, BookingVisitor.visitor_id)).all())
        taken: Counter[tuple[str, int, int]] = Counter()
        for row in rows:
            visit = Interval(row.starts_at, row.ends_at)
            whole = Interval(row.starts_at, row.ends_at + timedelta(minutes=row.turnaround))
            names = [("inmate", row.inmate_id), *(("visitor", visitor) for number, visitor in party if number == row.id), ("lane", row.prison_id)]
            taken.update((*name, tick) for name in names for tick in visit.ticks())
            taken.update(("terminal", row.terminal_id, tick) for tick in whole.ticks())
        assert not [place for place, times in taken.items() if times > 1]

    @invariant()
    def every_claim_is_owned(self) -> None:
        claims = Counter(self.house.read(lambda s: s.scalars(select(Claim.booking_id)).all()))
        rows = {row.id: row for row in self.house.read(lambda s: s.scalars(select(Booking)).all())}
        people = Counter(self.house.read(lambda s: s.scalars(select(BookingVisitor.booking_id)).all()))
        assert {number for number in claims if rows[number].state not in (*LIVING, "ended")} == set()
        for number, row in rows.items():
            if row.state in LIVING:
                ticks, turnaround = int((row.ends_at - row.starts_at).total_seconds()) // 300, row.turnaround // 5
                assert claims[number] == ticks * (4 + people[number]) + turnaround, (row.ref, row.state)

    @invariant()
    def the_ledger_is_right(self) -> None:
        lines = self.house.read(lambda s: s.scalars(select(QuotaEntry)).all())
        rows = {row.id: row for row in self.house.read(lambda s: s.scalars(select(Booking)).all())}
        standing: Counter[int] = Counter()
        months: Counter[tuple[int, date]] = Counter()
        for line in lines:
            if line.kind in ("used", "returned"):
                sign = 1 if line.kind == "used" else -1
                standing[line.booking_id or 0] += sign * line.units
                months[line.inmate_id, line.month] += sign * line.units
        assert all(0 <= used <= ENTITLED * self.records for used in months.values()), months  # whoever was entered twice may have used twice
        for inmate, month in months:
            left = self.house.read(partial(left_of, inmate=inmate, month=month))
            assert left == ENTITLED - months[inmate, month], (inmate, month)
        for number, row in rows.items():
            if row.state in ("requested", "confirmed"):
                assert standing[number] == 1, row.ref
            elif row.state in ("held", "offered", "expired", "refused", "withdrawn"):
                assert standing[number] == 0, row.ref
            else:
                assert standing[number] in (0, 1), row.ref

    def teardown(self) -> None:
        move_out(self.house)
        shutil.rmtree(self.folder)


def test_any_sequence_keeps_the_books(shared_house: House, empty_database: Path) -> None:
    """FUZZ=n plays n sequences instead of the few of `make test`."""
    many = int(os.environ.get("FUZZ") or 5)

    class Machine(Bookings):
        house, empty = shared_house, empty_database

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(Machine, settings=settings(max_examples=many, stateful_step_count=25, deadline=None, suppress_health_check=checks, database=None))

"""A lawyer in the live session: joins with the booking's account, is compared by licence, loses the leg with the right; and every job with such sessions."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import wsgi
from consult.lawyers import outside as lawyers
from consult.lawyers.models import Firm, Lawyer
from tests.conftest import House
from tests.factories import make_broker, make_inmate, make_lawyer, make_prison, make_staff, make_terminal, make_ward
from tests.web.access_world import Ground, open_ground
from tests.web.browsing import browser
from tests.web.test_supervision_service import claims
from visitation.accounts.models import Account
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.bookings.service import Arrangement
from visitation.calendars.service import for_letters
from visitation.kernel.errors import Refused
from visitation.kernel.identity import SYSTEM, Identity, Role, Zone
from visitation.notices.models import Notice
from visitation.people.models import Suspension
from visitation.store.transaction import perform
from visitation.supervision import checkin, closing, queries, rights, service
from visitation.supervision.checkin import Verdict
from visitation.supervision.link import sweep
from visitation.supervision.models import BrokerCommand, LiveSession, SessionEvent

TWENTY = timedelta(minutes=20)


class Room:
    """A consultation of today that is about to begin, a second one after it, their lawyer, an officer, and a broker that answers."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.write(self._make)

    def _make(self, session: Session) -> None:
        make_broker(session, self.house.now)
        prison = make_prison(session)
        inmates = [make_inmate(session, make_ward(session, prison)) for _ in range(2)]
        places = [make_terminal(session, prison) for _ in range(2)]
        firm = Firm(name="明德律师事务所", created_at=self.house.now)
        session.add(firm)
        session.flush()
        self.lawyer, self.other = make_lawyer(session, firm, name="苏敏", licence="11101202010000001"), make_lawyer(session, firm)
        self.account = session.get_one(Account, self.lawyer.account_id)
        self.account.name = self.lawyer.name
        self.stranger = session.get_one(Account, self.other.account_id)
        self.officer = make_staff(session, [Role.OFFICER], prison)
        begins = self.house.now + timedelta(minutes=10)
        given: dict[str, Any] = {"prison_id": prison.id, "account_id": self.account.id, "lawyer": self.lawyer.id}
        wanted = [
            Arrangement("legal_consult", inmate_id=one.id, terminal_id=place.id, starts_at=begins + n * TWENTY, ends_at=begins + (n + 1) * TWENTY, **given)
            for n, (one, place) in enumerate(zip(inmates, places, strict=True))
        ]
        self.booking, self.next = bookings.arrange_all(session, SYSTEM, wanted, self.house.now)
        self.terminal_id, self.prison_id = places[0].id, prison.id

    @property
    def who(self) -> Identity:
        return Identity(self.account.id, frozenset({Role.LAWYER}), "苏敏", Zone.FAMILY)

    @property
    def guard(self) -> Identity:
        return Identity(self.officer.id, frozenset({Role.OFFICER}), "警官", Zone.PRISON, prison_id=self.prison_id)

    def act(self, work: Callable[[Session, Booking], Any], zone: str = "prison") -> Any:
        with getattr(self.house, zone).app_context():
            return perform(lambda session: work(session, session.get_one(Booking, self.booking.id)))

    def join(self) -> dict[str, Any]:
        return self.act(lambda s, b: service.participant_token(s, self.who, b, self.house.now), "family")  # type: ignore[no-any-return]

    def tick(self, verdict: str = "confirmed", reason: str = "") -> LiveSession:
        leg = f"lawyer:{self.account.id}"
        return self.act(lambda s, b: checkin.decide_outside(s, self.guard, b, Verdict(0, verdict, reason, leg), self.house.now))  # type: ignore[no-any-return]

    def refused(self, work: Callable[[], Any]) -> tuple[str, ...]:
        with pytest.raises(Refused) as caught:
            work()
        return caught.value.codes

    def live(self) -> LiveSession:
        found = self.house.read(lambda s: queries.session_of(s, self.booking.id))
        assert found is not None
        return found  # type: ignore[no-any-return]

    def leaves(self) -> set[str]:
        """Who must leave, with the lawyer inside."""

        def inside(session: Session) -> None:
            live = session.get_one(LiveSession, self.live().id)
            live.participants = [{"pid": f"lawyer:{self.account.id}", "role": "lawyer", "state": "in_session"}]

        self.house.write(inside)
        return {one.pid for one in self.house.read(lambda s: rights.look(s, [self.live().sid], self.house.now)).leave}


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


def test_the_lawyer_joins_as_a_lawyer_with_the_bookings_account(room: Room) -> None:
    ticket = claims(room.house, "family", room.join()["token"])
    assert (ticket.role, ticket.pid, ticket.persons, ticket.admitted) == ("lawyer", f"lawyer:{room.account.id}", 1, False)
    assert (ticket.facts.kind, ticket.facts.legs, ticket.facts.officer_hears, ticket.facts.record, ticket.facts.officer_sees) == (
        "legal_consult",
        1,
        False,
        False,
        True,
    )


def test_nobody_else_joins(room: Room) -> None:
    other = Identity(room.stranger.id, frozenset({Role.LAWYER}), "x", Zone.FAMILY)
    assert room.refused(lambda: room.act(lambda s, b: service.participant_token(s, other, b, room.house.now), "family")) == ("NOT_IN_PARTY",)
    strange = browser(room.house, "family", room.stranger)
    for page in ("room", "test"):
        assert strange.get(f"/visits/{room.booking.ref}/{page}").status_code == 404


def unverified(session: Session, room: Room) -> None:
    session.get_one(Lawyer, room.lawyer.id).state = "ended"


def closed(session: Session, room: Room) -> None:
    session.get_one(Account, room.account.id).closed_at = room.house.now


def replaced(session: Session, room: Room) -> None:
    session.get_one(Booking, room.booking.id).account_id = room.stranger.id


def failed(session: Session, room: Room) -> None:
    session.get_one(LiveSession, room.live().id).outside = "failed"


LOST: list[tuple[Callable[[Session, Room], None], str]] = [
    (unverified, "LAWYER_NOT_VERIFIED"),
    (closed, "LAWYER_NOT_VERIFIED"),
    (replaced, "NOT_IN_PARTY"),
    (failed, "NOT_IN_PARTY"),
]


@pytest.mark.parametrize(("change", "code"), LOST, ids=[change.__name__ for change, _code in LOST])
def test_a_right_that_is_gone_takes_the_leg_and_the_next_token(room: Room, change: Callable[[Session, Room], None], code: str) -> None:
    room.join()
    assert room.leaves() == set()
    room.house.write(lambda s: change(s, room))
    assert room.leaves() == {f"lawyer:{room.account.id}"}
    assert room.refused(room.join) == (code,)


def test_what_is_known_of_lawyers(room: Room) -> None:
    found = room.house.read(lambda s: lawyers.people(s, [room.account.id, room.officer.id]))
    assert set(found) == {room.account.id}
    assert (found[room.account.id].name, [value for _name, value in found[room.account.id].lines]) == ("苏敏", ["11101202010000001", "明德律师事务所"])


def test_the_check_in_compares_name_licence_and_firm_and_opens_the_room(room: Room) -> None:
    officer = browser(room.house, "prison", room.officer)
    room.join()
    page = officer.get(f"/visits/{room.booking.ref}/check-in").text
    for told in ("苏敏", "11101202010000001", "明德律师事务所", f'data-person="lawyer:{room.account.id}"'):
        assert told in page
    assert room.refused(lambda: room.act(lambda s, b: checkin.finish(s, room.guard, b, room.house.now))) == ("CHECK_IN_INCOMPLETE",)
    room.tick()
    room.act(lambda s, b: checkin.finish(s, room.guard, b, room.house.now))
    sent = room.house.read(lambda s: [row.body for row in s.scalars(select(BrokerCommand).order_by(BrokerCommand.number))])
    assert [(one["op"], one.get("pid")) for one in sent][-2:] == [("admit", f"lawyer:{room.account.id}"), ("checked_in", None)]
    assert claims(room.house, "family", room.join()["token"]).admitted
    assert (room.live().stage, room.live().outside, room.live().outside_by) == ("waiting", "confirmed", room.officer.id)
    (tile,) = officer.get("/wall/sessions.json").json["mine"]
    assert (tile["people"], tile["hears"], tile["checkedIn"]) == (["苏敏"], False, True)


def test_who_is_not_confirmed_holds_no_session(room: Room) -> None:
    room.join()
    assert room.refused(lambda: room.tick("failed")) == ("REASON_MISSING",)
    room.tick("failed", "face_differs")
    assert room.house.read(lambda s: s.get_one(Booking, room.booking.id).outcome) == "failed_identity"
    assert room.live().ended_at == room.house.now


def test_a_verification_that_ended_is_none_at_the_check_in(room: Room) -> None:
    room.join()
    room.house.write(lambda s: unverified(s, room))
    assert room.refused(room.tick) == ("LAWYER_NOT_VERIFIED",)


def test_a_suspension_of_visits_keeps_no_lawyer_out(room: Room) -> None:
    """Visits of relatives are suspended; advice is not (rules.md 1 and 2)."""

    def suspend(session: Session) -> None:
        day = {"starts_on": room.house.now.date(), "decided_by": room.officer.id, "decided_at": room.house.now}
        session.add(Suspension(prison_id=room.prison_id, inmate_id=room.booking.inmate_id, code="investigation", **day))

    room.house.write(suspend)
    assert room.join()["stage"] == "scheduled"


def test_a_queue_that_moves_up_takes_the_open_room_along(room: Room) -> None:
    room.join()
    begins = room.booking.starts_at - timedelta(minutes=5)
    room.act(lambda s, b: bookings.rearrange(s, SYSTEM, b.id, b.terminal_id, begins, begins + timedelta(minutes=25), room.house.now))
    ticket = claims(room.house, "family", room.join()["token"])
    assert (ticket.facts.starts_at, ticket.facts.minutes) == (begins.timestamp(), 25)
    sent = room.house.read(lambda s: [row.body["op"] for row in s.scalars(select(BrokerCommand))])
    assert sent == ["extend"]
    room.join()
    assert len(room.house.read(lambda s: s.scalars(select(BrokerCommand)).all())) == 1


def test_a_room_that_waits_is_not_closed_by_its_old_time(room: Room) -> None:
    """Back to the end of the queue, an hour later: the sweep follows before it closes what is overdue."""
    room.join()
    later = room.booking.starts_at + timedelta(hours=3)
    room.act(lambda s, b: bookings.rearrange(s, SYSTEM, b.id, b.terminal_id, later, later + TWENTY, room.house.now))
    room.house.clock.advance(timedelta(hours=2, minutes=30))
    room.house.write(lambda s: sweep(s, room.house.now))
    assert room.live().ended_at is None
    assert room.live().facts["starts_at"] == later.timestamp()
    assert room.house.write(lambda s: service.follow_moved(s, room.house.now)) == 0


@pytest.mark.parametrize(("came", "outcome"), [(True, "technical"), (False, "no_show_lawyer")])
def test_a_lawyer_who_does_not_come_is_missed_as_one(room: Room, came: bool, outcome: str) -> None:
    room.join()

    def end(session: Session) -> None:
        live = session.get_one(LiveSession, room.live().id)
        if came:
            event = {"uid": "e1", "session_id": live.id, "broker_id": "broker-1", "number": 1, "at": room.house.now, "data": {}}
            session.add(SessionEvent(type="joined", pid=f"lawyer:{room.account.id}", **event))
            session.flush()
        closing.close(session, live, "not_held", "HARD_END", room.house.now, room.house.now)

    room.house.write(end)
    assert room.house.read(lambda s: s.get_one(Booking, room.booking.id).outcome) == outcome


def test_the_lawyers_own_pages(room: Room) -> None:
    lawyer = browser(room.house, "family", room.account)
    page = lawyer.get("/sessions").text
    assert room.booking.ref in page
    assert f"/visits/{room.booking.ref}/room" in page
    assert f"/visits/{room.next.ref}/room" in page, "it opens half an hour before"
    inside = lawyer.get(f"/visits/{room.booking.ref}/room").text
    assert "但听不到声音" in inside
    assert "不录音录像" in inside
    assert "/visits/new" not in inside
    assert lawyer.get(f"/visits/{room.booking.ref}").status_code == 403
    room.join()
    room.house.write(lambda s: closing.close(s, s.get_one(LiveSession, room.live().id), "completed", "TIME_UP", room.house.now, room.house.now))
    assert "/sessions" in lawyer.get(f"/visits/{room.booking.ref}/room").text


@pytest.mark.parametrize(("reason", "words"), [("开庭时间冲突", "开庭时间冲突"), ("REASON_CLOSED", "关闭"), ("NO_SUCH_CODE", "")])
def test_a_lawyer_reads_why_a_session_does_not_take_place(room: Room, reason: str, words: str) -> None:
    room.act(lambda s, b: bookings.call_off_arranged(s, SYSTEM, b.id, reason, "cancelled_by_prison", room.house.now))
    page = browser(room.house, "family", room.account).get("/sessions").text
    assert words in page.partition("<details")[2]
    assert "NO_SUCH_CODE" not in page


def test_the_end_of_a_case_is_no_message_and_its_invitation_leads_to_the_room(room: Room) -> None:
    room.join()
    room.house.write(lambda s: closing.close(s, s.get_one(LiveSession, room.live().id), "completed", "TIME_UP", room.house.now, room.house.now))
    assert room.house.read(lambda s: s.scalars(select(Notice).where(Notice.account_id == room.account.id)).all()) == []
    with room.house.family.test_request_context():
        letter = for_letters("http://localhost:8000", "office@example.org")
        made = room.house.read(lambda s: letter(s, room.next.ref))
    assert f"/visits/{room.next.ref}/room".encode() in made.replace(b"\r\n ", b"")


def test_a_day_of_cases_is_one_reminder_and_one_test(room: Room) -> None:
    room.house.clock.advance(timedelta(minutes=-59))
    worker = wsgi.build_worker(room.house.prison)
    for job in worker._sweeps:
        if job.name in ("reminders", "equipment"):
            worker.sweep_once(job)
    told = room.house.read(lambda s: [(row.kind, row.facts["ref"]) for row in s.scalars(select(Notice).where(Notice.account_id == room.account.id))])
    assert {ref for _kind, ref in told} <= {room.booking.ref}


# -- every page has such sessions in its world (access_world.py); here every job


@pytest.fixture(scope="module")
def ground(empty_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    yield from open_ground(empty_database, tmp_path_factory.mktemp("jobs"))


def test_every_sweep_runs_over_sessions_without_a_party(ground: Ground) -> None:
    """Before, during and after the day; twice each, as a sweep is idempotent."""
    house = ground.house
    worker = wsgi.build_worker(house.prison)
    start: datetime = house.now
    for ahead in (timedelta(), timedelta(minutes=20), timedelta(hours=2), timedelta(days=1, hours=3)):
        house.clock.set(start + ahead)
        for job in [*worker._sweeps, *worker._sweeps]:
            worker.sweep_once(job)
    kinds = ("legal_consult", "mediation_session")
    ends = house.read(lambda s: {row.kind: (row.state, row.outcome) for row in s.scalars(select(Booking).where(Booking.kind.in_(kinds)))})
    assert set(ends) == set(kinds)
    assert {state for state, _outcome in ends.values()} == {"ended"}
    house.clock.set(start)

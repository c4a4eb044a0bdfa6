"""Mediation by video: arranged with an approved relative at a free time, moved, called off; what its end means; the reminder after an agreement."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from consult.mediation import places, service, video
from consult.mediation.models import MediationAttempt, MediationCase
from consult.mediation.rules import Tried
from consult.mediation.service import Opened
from tests.conftest import House
from tests.factories import make_staff
from tests.scenes import MONDAY, NINE, Scene, book, make_scene, neighbour
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking, Claim
from visitation.kernel.identity import Identity, Role
from visitation.notices.models import Notice
from visitation.people.models import Kinship

DAY = MONDAY.isoformat()


class Office:
    """A scene with a case of its inmate, and who works on it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scene: Scene = house.write(lambda session: make_scene(session))
        self.account: Account = house.write(lambda session: make_staff(session, (Role.LEGAL_OFFICE,), session.merge(self.scene.prison)))
        self.who: Identity = identity_of(self.account, "prison")
        typed = Opened(self.scene.inmate.number, self.scene.family.visitor.name, "sibling", "", "divorce", "争执")
        self.ref: str = house.write(lambda session: service.open_case(session, self.who, typed, house.now).ref)

    def page(self) -> Browser:
        found = browser(self.house, "prison", self.account)
        found.speak("en")
        return found

    def case(self) -> MediationCase:
        def read(session: Any) -> MediationCase:
            found: MediationCase = session.scalars(select(MediationCase).where(MediationCase.ref == self.ref)).one()
            assert all(one.booking is None or one.booking.ref for one in found.attempts)
            return found

        return self.house.read(read)  # type: ignore[no-any-return]

    def arrange(self, start: datetime = NINE, terminal: int = 0) -> Booking:
        def work(session: Any) -> Booking:
            return video.arrange(session, self.who, self.case_id, self.scene.kinship.id, self.scene.terminals[terminal].id, start, self.house.now)

        return self.house.write(work)  # type: ignore[no-any-return]

    @property
    def case_id(self) -> int:
        return self.house.read(lambda session: session.scalar(select(MediationCase.id).where(MediationCase.ref == self.ref)))  # type: ignore[no-any-return]

    def sweep(self) -> int:
        return self.house.write(lambda session: video.sweep(session, self.house.now))  # type: ignore[no-any-return]

    def starts(self, own: int | None = None) -> list[str]:
        def read(session: Any) -> list[str]:
            case, visitor = session.get(MediationCase, self.case_id), self.scene.family.visitor.id
            found = places.free(session, case, visitor, MONDAY, own, self.house.now)
            return [f"{(one.visit.start + timedelta(hours=8)):%H:%M}x{len(one.terminals)}" for one in found]

        return self.house.read(read)  # type: ignore[no-any-return]


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def test_it_is_arranged_on_the_page_and_the_relative_is_told(office: Office) -> None:
    page = office.page()
    page.get(f"/mediation/{office.ref}/video?day={DAY}")
    assert office.scene.family.visitor.name in page.page.text
    page.submit({}, form="place")
    assert "choose a time from the list" in page.page.text
    page.submit({"place": f"{office.scene.terminals[0].id}@{NINE.isoformat()}"}, form="place")
    assert "The session is arranged" in page.page.text
    assert "Session by video on 2026-11-30 09:00" in page.page.text
    booking = office.house.read(lambda session: session.scalars(select(Booking)).one())
    assert (booking.kind, booking.state, booking.starts_at, booking.account_id) == ("mediation_session", "confirmed", NINE, office.scene.family.account.id)
    assert booking.ends_at - booking.starts_at == timedelta(minutes=booking.terms["minutes"])
    (attempt,) = office.case().attempts
    assert (attempt.means, attempt.result, attempt.booking_id) == ("video", "planned", booking.id)
    told = office.house.read(lambda session: [(one.account_id, one.kind) for one in session.scalars(select(Notice))])
    assert told == [(office.scene.family.account.id, "session_arranged")]
    family = browser(office.house, "family", office.scene.family.account)
    assert booking.ref in family.get(f"/visits/{booking.ref}").text


def test_free_times_leave_out_what_anybody_concerned_has(office: Office) -> None:
    whole = office.starts()
    assert (whole[0], whole[-1]) == ("09:00x2", "11:00x2"), "while the room is open, the last one within it"
    visit = office.house.write(lambda session: book(session, neighbour(session, office.scene), office.house.now, NINE))
    taken = office.starts()
    assert [one for one in taken if one.endswith("x1")] == ["09:00x1", "09:15x1", "09:30x1"], "one terminal has a visit until 09:30, and is kept until 09:40"
    office.house.write(lambda session: book(session, office.scene, office.house.now, NINE + timedelta(minutes=80)))
    assert [one[:5] for one in office.starts()] == ["09:00", "09:15", "09:30", "09:45", "11:00"], "both sides are there from 10:20 to 10:50"
    own = office.arrange(NINE, terminal=1 if visit.terminal_id == office.scene.terminals[0].id else 0)
    assert "09:15" not in [one[:5] for one in office.starts()]
    assert "09:15" in [one[:5] for one in office.starts(own.id)], "what is moved is not in its own way"


def test_a_time_that_is_taken_meanwhile_is_named(office: Office) -> None:
    page = office.page()
    page.get(f"/mediation/{office.ref}/video?day={DAY}")
    visit = office.house.write(lambda session: book(session, neighbour(session, office.scene), office.house.now, NINE))
    page.submit({"place": f"{visit.terminal_id}@{NINE.isoformat()}"}, form="place")
    assert visit.ref in page.page.text
    assert office.case().attempts == []


def test_only_an_approved_relative_of_this_inmate(office: Office) -> None:
    office.house.write(lambda session: session.execute(update(Kinship).values(inmate_answer="declined")))
    page = office.page()
    assert "there is none yet" in page.get(f"/mediation/{office.ref}/video?day={DAY}").text
    page.post(f"/mediation/{office.ref}/video", {"kinship": str(office.scene.kinship.id), "place": f"{office.scene.terminals[0].id}@{NINE.isoformat()}"})
    assert office.house.read(lambda session: session.scalar(select(func.count(Booking.id)))) == 0


def test_another_time_keeps_the_reference_and_calling_off_frees_it(office: Office) -> None:
    first = office.arrange()
    again = office.arrange(NINE + timedelta(minutes=30), terminal=1)
    assert (again.id, again.ref) == (first.id, first.ref)
    assert len(office.case().attempts) == 1
    page = office.page()
    page.get(f"/mediation/{office.ref}")
    page.submit(form="call-off")
    assert "called off" in page.page.text
    (attempt,) = office.case().attempts
    assert attempt.result == "called_off"
    assert office.house.read(lambda session: session.scalar(select(func.count()).select_from(Claim))) == 0
    assert office.sweep() == 0, "the office knows already"
    assert page.post(f"/mediation/{office.ref}/call-off").status_code == 409


@pytest.mark.parametrize("outcome", ["no_show_visitor", "refused_by_inmate", "failed_identity"])
def test_nobody_reached_is_written_down_by_itself_and_once(office: Office, outcome: str) -> None:
    booking = office.arrange()
    assert office.sweep() == 0
    office.house.clock.set(NINE + timedelta(hours=1))
    office.house.write(lambda session: bookings.record_outcome(session, booking.id, outcome, 0, None, office.house.now))
    assert [office.sweep() for _twice in range(2)] == [1, 0]
    case = office.case()
    assert [(one.result, one.booking_id) for one in case.attempts] == [("not_reached", booking.id)]
    assert case.state == "open"
    assert case.next_at is not None
    assert case.next_at > office.house.now
    assert "Visitor did not come" in office.page().get(f"/mediation/{office.ref}").text or outcome != "no_show_visitor"


def test_a_relative_who_cancels_was_not_reached(office: Office) -> None:
    booking = office.arrange()
    family = browser(office.house, "family", office.scene.family.account)
    family.get(f"/visits/{booking.ref}/cancel")
    family.submit({})
    assert office.sweep() == 1
    assert office.case().attempts[0].result == "not_reached"


def test_what_took_place_is_left_to_the_officer_with_a_proposal(office: Office) -> None:
    booking = office.arrange()
    office.house.clock.set(NINE + timedelta(hours=1))
    office.house.write(lambda session: bookings.record_outcome(session, booking.id, "completed", 1500, None, office.house.now))
    assert office.sweep() == 0
    page = office.page()
    assert "is over. Please write down" in page.get(f"/mediation/{office.ref}").text
    assert page.form("attempt")["fields"]["result"] == ["again"]
    assert page.form("attempt")["fields"]["means"] == ["video"]
    page.submit({"result": "agreed", "agreement": "每月通话两次", "follow_up_on": "2026-12-20"}, form="attempt")
    case = office.case()
    assert case.state == "agreed"
    assert [(one.result, one.booking_id) for one in case.attempts] == [("agreed", booking.id)]
    assert page.get(f"/mediation/{office.ref}/agreement.pdf").data.startswith(b"%PDF")


def test_an_agreement_by_telephone_calls_the_session_off(office: Office) -> None:
    booking = office.arrange()
    tried = Tried("phone", "agreed", "", None, "和好", date(2026, 12, 20))
    office.house.write(lambda session: service.write_attempt(session, office.who, office.case_id, tried, office.house.now))
    assert office.house.read(lambda session: session.get(Booking, booking.id).state) == "cancelled"
    assert sorted(one.result for one in office.case().attempts) == ["agreed", "called_off"]


def test_the_office_is_reminded_once_on_the_day_however_often_the_sweep_is_killed(office: Office) -> None:
    tried = Tried("phone", "agreed", "", None, "和好", date(2026, 12, 20))
    office.house.write(lambda session: service.write_attempt(session, office.who, office.case_id, tried, office.house.now))
    office.house.clock.set(datetime.fromisoformat("2026-12-19T15:59:00+00:00"))
    assert office.sweep() == 0, "still the day before in Shanghai"
    office.house.clock.set(datetime.fromisoformat("2026-12-19T16:00:00+00:00"))

    def killed(session: Any) -> None:
        video.sweep(session, office.house.now)
        session.flush()
        raise KeyboardInterrupt

    for _time in range(5):
        with pytest.raises(KeyboardInterrupt):
            office.house.write(killed)
    assert [office.sweep() for _time in range(5)] == [1, 0, 0, 0, 0]
    told = office.house.read(lambda session: [(one.account_id, one.kind) for one in session.scalars(select(Notice))])
    assert told == [(office.account.id, "mediation_follow_up")]
    office.house.write(lambda session: service.follow_up(session, office.who, office.case_id, False, "没有", office.house.now))
    office.house.write(
        lambda session: service.write_attempt(
            session, office.who, office.case_id, Tried("phone", "agreed", "", None, "和好", date(2026, 12, 31)), office.house.now
        )
    )
    assert office.sweep() == 0
    office.house.clock.set(datetime.fromisoformat("2026-12-31T04:00:00+00:00"))
    assert office.sweep() == 1, "another day of asking is another reminder"
    assert office.house.read(lambda session: session.scalar(select(func.count(MediationAttempt.id)))) == 2

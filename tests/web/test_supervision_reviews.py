"""An officer ends a lawyer meeting alone: the review opens with the broker's own report of the end, and a second officer decides it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit, make_staff
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.kernel.identity import SYSTEM, Role
from visitation.policies.models import PolicyRow
from visitation.supervision import journal, service
from visitation.supervision.models import DeskChange, EmergencyReview, LiveSession

TEXT = "Asked the officer and the lawyer; the inmate had collapsed."


@pytest.fixture
def meeting(house: House) -> LiveVisit:
    """A lawyer meeting with an open session on a broker."""

    def make(session: Session) -> LiveVisit:
        broker = make_broker(session, house.now)
        made = make_live_visit(session, house.now, kind="lawyer_meeting")
        live = service.open_session(session, made.booking, house.now)
        live.broker_id, live.boot = broker.id, broker.boot
        return made

    return house.write(make)


def end(house: House, meeting: LiveVisit, pid: str | None = None, **data: Any) -> None:
    """What the broker writes when an officer ends the meeting."""

    def take(session: Session) -> None:
        live = session.scalars(select(LiveSession).where(LiveSession.booking_id == meeting.booking.id)).one()
        told = {"outcome": "ended_by_officer", "cause": "emergency: collapsed", "seconds_used": 61.0, **data}
        who = f"officer:{meeting.officer.id}" if pid is None else pid
        event = {"n": 1, "id": "e1", "at": house.now.isoformat(), "sid": live.sid, "type": "ended", "pid": who, "generation": 1, "data": told}
        assert live.broker_id is not None
        journal.take_over(session, live.broker_id, [event], house.now)

    house.write(take)


def second(house: House, meeting: LiveVisit, *roles: Role) -> Browser:
    made = browser(house, "prison", house.write(lambda s: make_staff(s, roles or (Role.OFFICER,), meeting.prison)))
    made.speak("en")
    return made


def review(house: House) -> EmergencyReview | None:
    found: EmergencyReview | None = house.read(lambda s: s.scalars(select(EmergencyReview)).one_or_none())
    return found


def page_of(meeting: LiveVisit) -> str:
    return f"/reviews/{meeting.booking.ref}"


def test_the_end_opens_a_review_that_is_due_in_a_day(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    row = review(house)
    assert row is not None
    assert (row.state, row.ended_by, row.reason) == ("open", meeting.officer.id, "emergency: collapsed")
    assert row.due_at == house.now + timedelta(hours=24)
    acts = house.read(lambda s: {entry.act: entry.actor_id for entry in s.scalars(select(AuditEntry)) if entry.act in ("review.open", "session.ended")})
    assert acts == {"review.open": SYSTEM.account_id, "session.ended": meeting.officer.id}
    assert house.read(lambda s: s.scalars(select(DeskChange.kind).where(DeskChange.kind == "review")).all()) == ["review"]


def test_a_prison_may_ask_for_it_sooner(house: House, meeting: LiveVisit) -> None:
    rule = {"prison_id": meeting.prison.id, "key": "emergency_review_hours", "value": 6, "basis": "x", "effective_from": house.now.date() - timedelta(days=1)}
    house.write(lambda s: s.add(PolicyRow(**rule, created_at=house.now, created_by=meeting.officer.id)))
    end(house, meeting)
    assert review(house).due_at == house.now + timedelta(hours=6)  # type: ignore[union-attr]


def test_who_is_not_named_by_the_broker_is_the_officer_who_supervised(house: House, meeting: LiveVisit) -> None:
    def supervised(session: Session) -> None:
        session.scalars(select(LiveSession)).one().officer_id = meeting.officer.id

    house.write(supervised)
    end(house, meeting, pid="")
    assert review(house).ended_by == meeting.officer.id  # type: ignore[union-attr]


@pytest.mark.parametrize(("kind", "outcome"), [("lawyer_meeting", "completed"), ("lawyer_meeting", "technical"), ("legal_consult", "ended_by_officer")])
def test_other_ends_need_none(house: House, meeting: LiveVisit, kind: str, outcome: str) -> None:
    def change(session: Session) -> None:
        session.get_one(Booking, meeting.booking.id).kind = kind

    house.write(change)
    end(house, meeting, outcome=outcome)
    assert review(house) is None


def test_a_second_officer_finds_it_on_the_desk_and_decides(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    other = second(house, meeting)
    assert "emergency ends of lawyer meetings to review" in other.get("/").text
    listed = other.get("/reviews").text
    assert meeting.booking.ref in listed
    assert "emergency · collapsed" in listed
    page = other.get(page_of(meeting))
    assert "never heard and never recorded" in page.text
    answer = other.submit({"verdict": "justified", "text": TEXT}, "review")
    assert answer.status_code == 200
    assert "The review is written down." in answer.text
    row = review(house)
    assert row is not None
    assert (row.state, row.text, row.decided_at) == ("justified", TEXT, house.now)
    entry = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "review.decide")).one())
    assert (entry.actor_id, entry.detail["ended_by"], entry.detail["late"]) == (row.decided_by, meeting.officer.id, False)
    assert meeting.booking.ref not in other.get("/reviews").text
    assert meeting.booking.ref in other.get("/reviews?state=decided").text
    assert TEXT in other.get(page_of(meeting)).text


def test_the_officer_who_ended_it_does_not_review_it(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    mine = browser(house, "prison", meeting.officer)
    mine.speak("en")
    assert "emergency ends" not in mine.get("/").text.lower().split("<main", 1)[-1]
    page = mine.get(page_of(meeting))
    assert "a second officer reviews it" in page.text
    assert 'id="review"' not in page.text
    answer = mine.post(page_of(meeting), {"verdict": "justified", "text": TEXT})
    assert answer.status_code == 422
    assert "a second officer reviews it" in answer.text
    assert review(house).state == "open"  # type: ignore[union-attr]


def test_nothing_typed_is_lost_and_a_finding_needs_its_reasons(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    other = second(house, meeting)
    other.get(page_of(meeting))
    answer = other.submit({"verdict": "unjustified", "text": "kurz"}, "review")
    assert "kurz" in answer.text
    assert review(house).state == "open"  # type: ignore[union-attr]


def test_of_two_reviewers_one_decides(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    first, late = second(house, meeting), second(house, meeting)
    late.get(page_of(meeting))
    first.get(page_of(meeting))
    first.submit({"verdict": "unjustified", "text": TEXT}, "review")
    assert late.submit({"verdict": "justified", "text": TEXT}, "review").status_code == 409
    assert review(house).state == "unjustified"  # type: ignore[union-attr]


def test_who_reads_and_who_decides(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    auditor = second(house, meeting, Role.AUDITOR)
    page = auditor.get(page_of(meeting))
    assert page.status_code == 200
    assert 'id="review"' not in page.text
    assert auditor.post(page_of(meeting), {"verdict": "justified", "text": TEXT}).status_code == 403
    for role in (Role.WARD_OFFICER, Role.ADMINISTRATOR, Role.BUREAU):
        assert second(house, meeting, role).get("/reviews").status_code == 403

    def elsewhere(session: Session) -> Account:
        return make_staff(session, (Role.OFFICER,), make_live_visit(session, house.now + timedelta(days=2)).prison)

    assert browser(house, "prison", house.write(elsewhere)).get(page_of(meeting)).status_code == 404


def test_the_lamp_is_red_once_it_is_overdue(house: House, meeting: LiveVisit) -> None:
    end(house, meeting)
    house.clock.advance(timedelta(hours=25))
    page = second(house, meeting).get(page_of(meeting))
    assert "lamp-red" in page.text

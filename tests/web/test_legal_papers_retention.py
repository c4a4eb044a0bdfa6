"""How long legal help keeps what is written: notes, letters, papers and files go after the policy's days, unless held."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.helpdays.models import HelpSeat
from consult.notes import boxes, retention
from consult.notes.models import AdviceDocument, AdviceNote, AdvicePaper, FollowUp, NoteSuccession
from consult.requests.models import FamilyPaper, HelpRequest
from tests.conftest import NOON, House
from tests.factories import make_booking, make_family, make_staff
from tests.web.access_world import upload
from tests.web.afternoon import make_afternoon
from tests.web.browsing import browser
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Role
from visitation.policies.models import PolicyRow
from visitation.supervision.models import LiveSession
from visitation.supervision.models_recordings import RecordingHold
from visitation.timetable.models import Terminal
from visitation.uploads.models import Upload, UploadContent

WRITTEN = (AdviceNote, NoteSuccession, FollowUp, AdvicePaper, AdviceDocument, FamilyPaper, UploadContent, Upload)
DAY = timedelta(days=1)
KEPT = 1095 * DAY


class Case:
    """An advised request with everything that can be written for it, closed now."""

    def __init__(self, session: Session) -> None:
        made = make_afternoon(session, lawyers=2)
        self.office, self.prison_id, row = made.day.office, made.day.prison.id, made.request
        self.second = make_staff(session, (Role.LEGAL_OFFICE,), made.day.prison)
        self.id, self.ref, self.seat_id = row.id, row.ref, made.seats[0][0].id
        row.state, row.closed_at, row.letter, row.family_words = "advised", NOON, b"letter", "户口簿"
        mine = {"request_id": row.id, "lawyer_id": made.lawyer.id}
        session.add(AdviceNote(box=boxes.sealed("笔记", "note:u"), uid="u", begun_at=NOON, saved_at=NOON, **mine))
        session.add(NoteSuccession(request_id=row.id, lawyer_id=made.day.lawyers[1].id, from_lawyer_id=made.lawyer.id, reason="接手", at=NOON))
        session.add(FollowUp(uid="f", due_on=date(2026, 12, 1), box=boxes.sealed("立案", "follow_up:f"), at=NOON, **mine))
        session.add(AdvicePaper(text="意见", at=NOON, **mine))
        session.add(AdviceDocument(upload_id=upload(session, made.lawyer.account, "proof").id, title="文书", at=NOON, **mine))
        kin = make_family(session)
        session.add(FamilyPaper(request_id=row.id, upload_id=upload(session, kin.account, "proof").id, account_id=kin.account.id, at=NOON))
        session.flush()


@pytest.fixture
def case(house: House) -> Case:
    return house.write(Case)


def forget(house: House, at: datetime) -> int:
    house.clock.set(at)
    return house.write(lambda session: retention.forget(session, at))


def left(house: House) -> list[int]:
    return [house.read(lambda s, model=model: s.scalar(select(func.count()).select_from(model))) for model in WRITTEN]


def row(house: House, case: Case) -> HelpRequest:
    def find(session: Session) -> HelpRequest:
        found = session.get_one(HelpRequest, case.id, populate_existing=True)
        assert not (found.letter or found.summary_box or found.parties_box) or found.forgotten_at is None
        return found

    return house.read(find)


def test_what_is_written_goes_after_its_days_and_the_request_stays(house: House, case: Case) -> None:
    everything = left(house)
    assert everything == [1, 1, 1, 1, 1, 1, 2, 2]
    assert forget(house, NOON + KEPT - timedelta(seconds=1)) == 0
    assert left(house) == everything
    assert forget(house, NOON + KEPT) == 1
    assert left(house) == [0] * 8
    gone = row(house, case)
    assert (gone.letter, gone.summary, gone.parties, gone.family_words, gone.state, gone.forgotten_at) == (None, None, None, "", "advised", house.now)
    entry = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "help_request.forget")).one())
    assert (entry.detail["advice_note"], entry.detail["advice_document"], entry.detail["letter"]) == (1, 1, 1)
    assert forget(house, NOON + KEPT + DAY) == 0, "once"
    assert house.read(lambda s: s.scalar(select(func.count(HelpRequest.id)))) == 2
    page = browser(house, "prison", case.office)
    page.speak("en")
    assert "was deleted after its time" in page.get(f"/help-requests/{case.ref}").text


def test_an_open_request_is_never_touched(house: House, case: Case) -> None:
    house.write(lambda s: setattr(s.get_one(HelpRequest, case.id), "state", "waiting"))
    assert forget(house, NOON + 2 * KEPT) == 0
    assert left(house)[0] == 1


def test_the_rule_of_the_day_on_which_it_was_closed_holds(house: House, case: Case) -> None:
    def rule(session: Session, since: date, days: int) -> None:
        made = {"basis": "省监狱管理局规定", "created_at": NOON, "created_by": case.office.id}
        session.add(PolicyRow(key="legal_papers_days", prison_id=case.prison_id, effective_from=since, value=days, **made))

    house.write(lambda s: rule(s, date(2026, 11, 25), 30))
    assert forget(house, NOON + 31 * DAY) == 0, "closed the day before the new rule"
    house.write(lambda s: rule(s, date(2026, 11, 1), 60))
    assert forget(house, NOON + 59 * DAY) == 0
    assert forget(house, NOON + 60 * DAY) == 1


def test_a_hold_keeps_everything_until_a_second_person_lifts_it(house: House, case: Case) -> None:
    page, other = browser(house, "prison", case.office), browser(house, "prison", case.second)
    for one in (page, other):
        one.speak("en")
    page.get(f"/help-requests/{case.ref}")
    page.submit({"reason": " "}, form="hold")
    assert "say why it must be kept" in page.page.text
    page.submit({"reason": "检察院调阅"}, form="hold")
    assert "检察院调阅" in page.page.text
    assert forget(house, NOON + KEPT) == 0
    house.clock.set(NOON)
    page.submit(form="hold")
    assert "does not end that" in page.page.text
    assert row(house, case).hold_at is not None
    other.get(f"/help-requests/{case.ref}")
    other.submit(form="hold")
    assert "goes after its time again" in other.page.text
    assert forget(house, NOON + KEPT) == 1
    acts = house.read(lambda s: [entry.act for entry in s.scalars(select(AuditEntry)) if "hold" in entry.act])
    assert acts == ["help_request.hold", "help_request.lift_hold"]


def test_a_hold_on_the_recording_of_a_talk_keeps_its_papers_too(house: House, case: Case) -> None:
    def held(session: Session) -> int:
        seat = session.get_one(HelpSeat, case.seat_id)
        terminal = session.get_one(Terminal, seat.terminal_id)
        seat.booking = make_booking(session, make_family(session), seat.request.inmate, terminal, NOON, kind="legal_consult")
        live = LiveSession(booking_id=seat.booking.id, sid="S1", opened_at=NOON)
        session.add(live)
        session.flush()
        hold = RecordingHold(session_id=live.id, reason="调查", set_by=case.office.id, set_at=NOON)
        session.add(hold)
        session.flush()
        return hold.id

    number = house.write(held)
    assert forget(house, NOON + KEPT) == 0
    house.write(lambda s: setattr(s.get_one(RecordingHold, number), "lifted_at", NOON))
    assert forget(house, NOON + KEPT) == 1

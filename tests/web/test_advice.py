"""What comes of a talk: notes that no prison role reads, a successor who takes over, papers and files through the prison, what is still to be done."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from consult.helpdays.models import ConflictDeclaration, HelpDuty, HelpSeat
from consult.notes import boxes
from consult.notes.models import AdviceDocument, AdviceNote, AdvicePaper, FollowUp, NoteSuccession
from consult.requests.models import HelpRequest
from consult.sealing import SealBroken
from tests.conftest import NOON, House
from tests.factories import make_lawyer, make_staff
from tests.settings import FAMILY_ORIGIN
from tests.web.access_world import picture
from tests.web.afternoon import make_afternoon
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import STAFF
from visitation.store.db import db

SECRET = "父亲的雇主已转移财产，先申请保全"


@dataclass
class Case:
    ref: str
    request_id: int
    lawyer: Account
    office: Account


@pytest.fixture
def case(house: House) -> Case:
    def make(session: Session) -> Case:
        made = make_afternoon(session)
        return Case(made.request.ref, made.request.id, made.lawyer.account, made.day.office)

    return house.write(make)  # type: ignore[no-any-return]


@pytest.fixture
def lawyer(house: House, case: Case) -> Browser:
    page = browser(house, "family", case.lawyer)
    page.speak("en")
    page.get(f"/lawyer/cases/{case.ref}")
    return page


def kept(house: House, model: type) -> list:  # type: ignore[type-arg]
    return house.read(lambda session: list(session.scalars(select(model).order_by(model.id))))  # type: ignore[attr-defined, no-any-return]


def save(page: Browser, case: Case, words: str, version: int) -> tuple[int, dict[str, object]]:
    """As the script of the page does."""
    page.get(f"/lawyer/cases/{case.ref}")
    answer = page.post(f"/lawyer/cases/{case.ref}/note", {"text": words, "version": str(version)}, headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json()


def test_notes_are_kept_while_they_are_typed_and_no_window_overwrites_another(house: House, lawyer: Browser, case: Case) -> None:
    assert save(lawyer, case, SECRET, 0) == (200, {"version": 1, "saved": "Saved"})
    assert save(lawyer, case, SECRET + "。", 1)[1]["version"] == 2
    status, told = save(lawyer, case, "old window", 1)
    assert (status, told["codes"]) == (409, ["STATE_CHANGED"])
    status, told = save(lawyer, case, "记" * 20_001, 2)
    assert (status, told["codes"]) == (422, ["NOTE_LONG"])
    assert SECRET + "。" in lawyer.get(f"/lawyer/cases/{case.ref}").text
    lawyer.submit({"text": "记" * 20_001}, form="note")
    assert "20001 characters" in lawyer.page.text
    assert "记" * 20_001 in lawyer.page.text, "nothing typed is lost"
    acts = [row.act for row in kept(house, AuditEntry) if row.act.startswith("note.")]
    assert acts == ["note.begin"], "not one entry for every few seconds"


def test_no_prison_role_and_no_other_lawyer_reads_notes(house: House, lawyer: Browser, case: Case) -> None:
    save(lawyer, case, SECRET, 0)
    prison = house.write(lambda session: session.get_one(HelpRequest, case.request_id).prison)
    staff = house.write(lambda session: [make_staff(session, [role], prison) for role in sorted(STAFF)])
    for account in staff:
        page = browser(house, "prison", account)
        for address in (f"/help-requests/{case.ref}", "/advice", f"/lawyer/cases/{case.ref}", "/audit"):
            assert SECRET not in page.get(address).text, (account.login, address)
    other = house.write(lambda session: make_lawyer(session, session.scalars(select(HelpDuty)).first().lawyer.firm).account)  # type: ignore[union-attr]
    for path in (f"/lawyer/cases/{case.ref}", f"/lawyer/cases/{case.ref}/referral"):
        assert browser(house, "family", other).get(path).status_code == 404


def test_who_declares_a_conflict_after_the_publication_reads_no_more(house: House, lawyer: Browser, case: Case) -> None:
    """Neither what is asked nor who the others are; the own notes, which nobody else may read, stay."""
    asked, others = house.read(lambda session: (lambda row: (row.summary, row.parties))(session.get_one(HelpRequest, case.request_id)))
    save(lawyer, case, SECRET, 0)
    for address in ("/lawyer/afternoon", f"/lawyer/cases/{case.ref}"):
        assert asked in lawyer.get(address).text
        assert others in lawyer.page.text, "whoever advises sees who the others are"

    def declare(session: Session) -> None:
        seat = session.scalars(select(HelpSeat).where(HelpSeat.request_id == case.request_id)).one()
        assert seat.duty is not None
        session.add(ConflictDeclaration(request_id=case.request_id, lawyer_id=seat.duty.lawyer_id, conflict=True, shown="", at=NOON))

    house.write(declare)
    for address in ("/lawyer/afternoon", f"/lawyer/cases/{case.ref}", "/lawyer/cases"):
        assert asked not in lawyer.get(address).text, address
        assert others not in lawyer.page.text, address
    assert "closed to you" in lawyer.get("/lawyer/afternoon").text
    assert SECRET in lawyer.get(f"/lawyer/cases/{case.ref}").text
    assert lawyer.post(f"/lawyer/cases/{case.ref}/paper", {"text": "x"}).status_code == 404


def test_the_database_holds_no_plain_text_and_the_prison_has_no_key(house: House, lawyer: Browser, case: Case) -> None:
    save(lawyer, case, SECRET, 0)
    lawyer.get(f"/lawyer/cases/{case.ref}")
    lawyer.submit({"what": "去法院立案保全", "due_on": "2026-12-01"}, form="follow")
    with house.prison.app_context():
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        stored = b"".join(file.read_bytes() for file in house.prison.extensions["settings"].data_dir.glob("test.sqlite3*"))
        note, later = db.session.scalars(select(AdviceNote)).one(), db.session.scalars(select(FollowUp)).one()
        for words in (SECRET, "去法院立案保全"):
            assert words.encode() not in stored
        for box, purpose in ((note.box, f"note:{note.uid}"), (later.box, f"follow_up:{later.uid}")):
            with pytest.raises(PermissionError):
                boxes.opened(box, purpose)
        assert not hasattr(house.prison.extensions["settings"], "letters_private_key")
        box, purpose = note.box, f"note:{note.uid}"
    with house.family.app_context():
        assert boxes.opened(box, purpose) == SECRET
        with pytest.raises(SealBroken):
            boxes.opened(box, "note:of-another-row")


def hand_to(session: Session, case: Case) -> Account:
    """The case goes to another lawyer of the day."""
    seat = session.scalars(select(HelpSeat).where(HelpSeat.request_id == case.request_id)).one()
    assert seat.duty is not None
    after = make_lawyer(session, seat.duty.lawyer.firm)
    duty = HelpDuty(day_id=seat.day_id, lawyer_id=after.id, place=2, state="agreed", asked_at=NOON, changed_at=NOON)
    session.add(duty)
    session.flush()
    seat.duty.state, seat.duty_id = "dropped", duty.id
    return after.account


def test_a_successor_takes_over_and_it_is_on_record(house: House, lawyer: Browser, case: Case) -> None:
    save(lawyer, case, SECRET, 0)
    after = browser(house, "family", house.write(lambda session: hand_to(session, case)))
    after.speak("en")
    assert SECRET not in after.get(f"/lawyer/cases/{case.ref}").text
    after.submit({"reason": " "}, form="over")
    assert not kept(house, NoteSuccession)
    after.submit({"reason": "苏律师今天退出"}, form="over")
    assert SECRET in after.page.text
    row = next(one for one in kept(house, AuditEntry) if one.act == "note.take_over")
    assert row.detail["reason"] == "苏律师今天退出"
    assert "苏律师今天退出" in lawyer.get(f"/lawyer/cases/{case.ref}").text, "the author sees it"
    assert SECRET in lawyer.page.text, "and keeps the own notes"
    assert save(lawyer, case, "too late", 1)[0] == 404, "but has the case no longer"
    assert after.post(f"/lawyer/cases/{case.ref}/take-over", {"reason": "again"}).status_code == 200
    assert len(kept(house, NoteSuccession)) == 1


def test_a_double_click_writes_one_paper_and_one_thing_to_do(house: House, lawyer: Browser, case: Case) -> None:
    page = lawyer.page
    for typed, form in (({"text": "请您父亲先去仲裁院。"}, "paper"), ({"what": "联系仲裁院", "due_on": "2026-12-01"}, "follow")):
        for _click in range(2):
            lawyer.page = page
            lawyer.submit(typed, form=form)
    assert len(kept(house, AdvicePaper)) == len(kept(house, FollowUp)) == 1


def test_a_paper_goes_through_the_prison(house: House, lawyer: Browser, case: Case) -> None:
    lawyer.submit({"text": "请您父亲先去仲裁院。"}, form="paper")
    paper = kept(house, AdvicePaper)[0]
    office = browser(house, "prison", case.office)
    assert paper.ref in office.get("/advice").text
    sheet = office.get(f"/advice/papers/{paper.ref}.pdf")
    assert sheet.data.startswith(b"%PDF")
    office.get("/advice")
    office.submit(form=f"papers/{paper.ref}/handed")
    office.post(f"/advice/papers/{paper.ref}/handed")
    assert kept(house, AdvicePaper)[0].handed_over_by == case.office.id
    assert [one.act for one in kept(house, AuditEntry)].count("advice.hand_over") == 1
    stranger = house.write(lambda session: make_staff(session, ["ward_officer"], session.get_one(HelpRequest, case.request_id).prison))
    assert browser(house, "prison", stranger).get(f"/advice/papers/{paper.ref}.pdf").status_code == 404, "another ward's"


def test_a_file_is_checked_handed_over_or_comes_back(house: House, lawyer: Browser, case: Case) -> None:
    def send(name: str, data: bytes) -> None:
        fields = lawyer.form("document")["fields"]
        sent = {**fields, "title": name, "file": (BytesIO(data), "../x.jpg")}
        path, headers = f"/lawyer/cases/{case.ref}/document", {"Origin": FAMILY_ORIGIN}
        lawyer.page = lawyer.client.post(path, data=sent, base_url=lawyer.origin, headers=headers, follow_redirects=True)

    send("起诉状", b"MZ not a picture")
    assert "起诉状" in lawyer.page.text, "nothing typed is lost"
    assert not kept(house, AdviceDocument)
    send("起诉状", picture())
    lawyer.get(f"/lawyer/cases/{case.ref}")
    send("证据清单", picture())
    first, second = kept(house, AdviceDocument)
    office = browser(house, "prison", case.office)
    office.speak("en")
    assert office.get(f"/advice/documents/{first.ref}").mimetype == "image/jpeg"
    office.get("/advice")
    office.submit({"act": "return"}, form=f"document-{first.ref}")
    assert "why the file goes back" in office.page.text
    office.submit({"act": "return", "reason": "附有联系方式"}, form=f"document-{first.ref}")
    office.submit({"act": "hand"}, form=f"document-{second.ref}")
    assert [row.state for row in kept(house, AdviceDocument)] == ["returned", "handed_over"]
    assert office.post(f"/advice/documents/{first.ref}/decide", {"act": "hand"}).status_code == 409
    assert "附有联系方式" in lawyer.get(f"/lawyer/cases/{case.ref}").text


def test_follow_ups_and_a_second_talk(house: House, lawyer: Browser, case: Case) -> None:
    lawyer.submit({"what": "回访当事人", "due_on": "2026-11-20"}, form="follow")
    assert "from today on" in lawyer.page.text
    assert "回访当事人" in lawyer.page.text
    lawyer.submit({"due_on": "2026-11-24"}, form="follow")
    assert "回访当事人" in lawyer.get("/lawyer/cases").text
    lawyer.submit(form="done")
    lawyer.post(f"/lawyer/cases/follow-ups/{kept(house, FollowUp)[0].ref}/done")
    assert kept(house, FollowUp)[0].done_at == house.now
    assert lawyer.post(f"/lawyer/cases/{case.ref}/again").status_code == 422, "the first talk is still to come"

    def advised(session: Session) -> None:
        session.get_one(HelpRequest, case.request_id).state = "advised"
        session.scalars(select(HelpSeat)).one().state = "advised"

    house.write(advised)
    lawyer.get(f"/lawyer/cases/{case.ref}")
    lawyer.submit(form="again")
    request = kept(house, HelpRequest)[0]
    assert (request.state, request.path, request.waited, request.closed_at) == ("waiting", "helpday", 1, None)
    assert lawyer.post(f"/lawyer/cases/{case.ref}/again").status_code == 422, "once"

"""The kinship desk and the ward officer's page, through the pages: who sees what, who decides what, and what the family is told."""

import io
from dataclasses import dataclass
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from tests.conftest import House
from tests.factories import (
    Family,
    make_companion,
    make_family,
    make_inmate,
    make_kinship,
    make_prison,
    make_proof,
    make_staff,
    make_ward,
)
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Role
from visitation.notices.models import Notice
from visitation.people.models import Inmate, Kinship, Prison, Ward
from visitation.uploads import service as uploads
from visitation.uploads.models import Upload


@dataclass
class Desk:
    prison: Prison
    ward: Ward
    inmate: Inmate
    family: Family
    claim: Kinship

    def account(self, house: House, *roles: Role, wards: tuple[Ward, ...] = ()) -> Account:
        return house.write(lambda session: make_staff(session, roles, session.get_one(Prison, self.prison.id), wards=wards))

    def page(self, house: House, *roles: Role, wards: tuple[Ward, ...] = ()) -> Browser:
        made = browser(house, "prison", self.account(house, *roles, wards=wards))
        made.speak("en")
        return made

    def now(self, house: House) -> Kinship:
        return house.read(lambda session: session.get(Kinship, self.claim.id))


@pytest.fixture
def desk(house: House) -> Desk:
    def work(session):  # type: ignore[no-untyped-def]
        prison = make_prison(session)
        ward = make_ward(session, prison)
        inmate = make_inmate(session, ward, number="65000001", name="王试验")
        family = make_family(session, name="李家属")
        claim = make_kinship(session, family.visitor, inmate, approved=False, due_at=house.now + timedelta(days=2))
        return Desk(prison, ward, inmate, family, claim)

    return house.write(work)


def ready(house: House, desk: Desk, **changes: object) -> None:
    def work(session):  # type: ignore[no-untyped-def]
        claim = session.get(Kinship, desk.claim.id)
        for name, value in ({"inmate_answer": "accepted", "restriction": "none"} | changes).items():
            setattr(claim, name, value)

    house.write(work)


def notices(house: House, account_id: int) -> list[tuple[str, dict[str, object]]]:
    return house.read(
        lambda session: [(row.kind, row.facts) for row in session.scalars(select(Notice).where(Notice.account_id == account_id).order_by(Notice.id))]
    )


def acts(house: House, subject: str, row_id: int) -> list[str]:
    query = select(AuditEntry.act).where(AuditEntry.subject_type == subject, AuditEntry.subject_id == str(row_id)).order_by(AuditEntry.id)
    return house.read(lambda session: list(session.scalars(query)))


def test_the_queue_is_ordered_by_due_time_with_lamps_and_shows_no_number(house: House, desk: Desk) -> None:
    def more(session):  # type: ignore[no-untyped-def]
        for name, hours in (("晚", 90), ("早", -1), ("中", 20)):
            make_kinship(
                session,
                make_family(session, name=f"{name}客").visitor,
                session.get(Inmate, desk.inmate.id),
                approved=False,
                due_at=house.now + timedelta(hours=hours),
            )

    house.write(more)
    page = desk.page(house, Role.OFFICER)
    text = page.get("/kinship").text
    assert sorted(("晚客", "中客", "李家属", "早客"), key=text.index) == ["早客", "中客", "李家属", "晚客"]
    assert (text.count("lamp-red"), text.count("lamp-yellow"), text.count("lamp-good")) == (1, 1, 2)
    assert "4 waiting, 1 overdue" in text
    number = house.read(lambda session: session.get(Kinship, desk.claim.id).visitor.document_number)
    assert number not in text
    assert desk.inmate.number not in text


def test_the_claim_page_shows_whole_numbers_and_leaves_a_trace(house: House, desk: Desk) -> None:
    page = desk.page(house, Role.OFFICER)
    text = page.get(f"/kinship/{desk.claim.ref}").text
    number = house.read(lambda session: session.get(Kinship, desk.claim.id).visitor.document_number)
    assert number in text
    for subject, row_id in (("kinship", desk.claim.id), ("visitor", desk.family.visitor.id), ("inmate", desk.inmate.id)):
        assert acts(house, subject, row_id) == ["sight"]


def test_approval_needs_the_inmate_and_the_check(house: House, desk: Desk) -> None:
    page = desk.page(house, Role.OFFICER)
    page.get(f"/kinship/{desk.claim.ref}")
    assert "has not accepted" in page.page.text
    page.submit({"decision": "approve", "note": "kept words"}, form="decision")
    assert "has not been recorded yet" in page.page.text
    assert "kept words" in page.page.text
    assert desk.now(house).state == "submitted"
    page.submit({"result": "none", "restriction_note": "lists read"}, form="restriction")
    assert "The check is recorded" in page.page.text
    assert "lists read" in page.page.text
    page.submit({"decision": "approve"}, form="decision")
    assert "has not accepted" in page.page.text
    ward = desk.page(house, Role.WARD_OFFICER, wards=(desk.ward,))
    ward.get("/answers")
    ward.submit({"answer": "accepted"}, form=desk.claim.ref)
    assert "Recorded for 王试验: Accepts" in ward.page.text
    page.get(f"/kinship/{desk.claim.ref}")
    page.submit({"decision": "approve"}, form="decision")
    assert "The claim is approved" in page.page.text
    assert desk.now(house).state == "approved"
    assert notices(house, desk.family.account.id) == [("kinship_approved", {"ref": desk.claim.ref})]
    assert [act for act in acts(house, "kinship", desk.claim.id) if act != "sight"] == ["kinship.check_restriction", "kinship.answer", "kinship.approve"]


def test_a_restriction_leaves_only_the_general_refusal(house: House, desk: Desk) -> None:
    ready(house, desk, restriction="unchecked")
    page = desk.page(house, Role.OFFICER)
    page.get(f"/kinship/{desk.claim.ref}")
    page.submit({"result": "restricted", "restriction_note": "protection order 7/2026"}, form="restriction")
    page.submit({"decision": "approve"}, form="decision")
    assert "A contact restriction was found" in page.page.text
    page.submit({"decision": "refuse", "reason_code": "KINSHIP_NOT_APPROVED", "reason_text": "protection order of the victim"}, form="decision")
    told = desk.now(house)
    assert (told.state, told.reason_code, told.reason_text) == ("refused", "KINSHIP_NOT_APPROVED", "")
    assert "protection order of the victim" in house.read(lambda session: session.get(Kinship, desk.claim.id).staff_note)
    assert notices(house, desk.family.account.id) == [
        ("kinship_refused", {"ref": desk.claim.ref, "reason_code": "KINSHIP_NOT_APPROVED", "reason_text": ""}),
    ]


def test_a_refusal_needs_reason_and_words_and_the_family_reads_them(house: House, desk: Desk) -> None:
    page = desk.page(house, Role.OFFICER)
    page.get(f"/kinship/{desk.claim.ref}")
    page.submit({"decision": "refuse"}, form="decision")
    assert "Please choose the reason" in page.page.text
    assert "Please write a sentence" in page.page.text
    page.submit({"decision": "refuse", "reason_code": "KINSHIP_PROOF_UNCLEAR", "reason_text": "The stamp is cut off."}, form="decision")
    assert desk.now(house).reason_text == "The stamp is cut off."
    assert notices(house, desk.family.account.id)[0][1]["reason_text"] == "The stamp is cut off."
    assert page.post(f"/kinship/{desk.claim.ref}/decision", {"decision": "shrug"}).status_code == 400


def test_a_claim_with_nobody_here_is_shown_as_such_and_refused_the_same_way(house: House, desk: Desk) -> None:
    declined = desk.claim
    house.write(lambda session: setattr(session.get(Kinship, declined.id), "inmate_answer", "declined"))
    nobody = house.write(
        lambda session: make_kinship(
            session, make_family(session).visitor, session.get(Inmate, desk.inmate.id), approved=False, inmate_id=None, inmate_number="65999999"
        )
    )
    page = desk.page(house, Role.OFFICER)
    assert "nobody here" in page.get("/kinship").text
    told = []
    for claim in (declined, nobody):
        page.get(f"/kinship/{claim.ref}")
        page.submit({"decision": "refuse", "reason_code": "KINSHIP_NOT_APPROVED", "reason_text": "inside words"}, form="decision")
        kept = house.read(lambda session, claim=claim: session.get(Kinship, claim.id))
        told.append((kept.state, kept.reason_code, kept.reason_text))
    assert told[0] == told[1] == ("refused", "KINSHIP_NOT_APPROVED", "")
    page.get(f"/kinship/{nobody.ref}")


def test_nobody_here_cannot_be_approved(house: House, desk: Desk) -> None:
    ready(house, desk, inmate_id=None)
    page = desk.page(house, Role.DUTY_CHIEF)
    page.get(f"/kinship/{desk.claim.ref}")
    page.submit({"decision": "approve"}, form="decision")
    assert "Nobody here has exactly this name and number" in page.page.text
    assert desk.now(house).state == "submitted"


def test_two_officers_cannot_both_decide(house: House, desk: Desk) -> None:
    ready(house, desk)
    first, second = desk.page(house, Role.OFFICER), desk.page(house, Role.OFFICER)
    for page in (first, second):
        page.get(f"/kinship/{desk.claim.ref}")
    first.submit({"decision": "approve"}, form="decision")
    second.submit({"decision": "refuse", "reason_code": "KINSHIP_PROOF_UNCLEAR", "reason_text": "x"}, form="decision")
    assert second.page.status_code == 409
    assert "Somebody was faster" in second.page.text
    assert desk.now(house).state == "approved"
    assert [kind for kind, _facts in notices(house, desk.family.account.id)] == ["kinship_approved"]
    second.get("/kinship")
    assert second.post(f"/kinship/{desk.claim.ref}/restriction", {"result": "restricted"}).status_code == 409


def test_a_special_relation_is_approved_by_the_duty_chief_only(house: House, desk: Desk) -> None:
    ready(house, desk, relation="other")
    for role, state in ((Role.OFFICER, "submitted"), (Role.DUTY_CHIEF, "approved")):
        page = desk.page(house, role)
        page.get(f"/kinship/{desk.claim.ref}")
        page.submit({"decision": "approve"}, form="decision")
        assert desk.now(house).state == state


def test_the_account_that_looks_after_a_person_is_told(house: House, desk: Desk) -> None:
    child = house.write(lambda session: make_companion(session, desk.family))
    claim = house.write(
        lambda session: make_kinship(session, child, session.get(Inmate, desk.inmate.id), approved=False, inmate_answer="accepted", restriction="none")
    )
    page = desk.page(house, Role.OFFICER)
    page.get(f"/kinship/{claim.ref}")
    page.submit({"decision": "approve"}, form="decision")
    assert notices(house, desk.family.account.id) == [("kinship_approved", {"ref": claim.ref})]


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (480, 640), colour).save(out, "JPEG")
    return out.getvalue()


def staged(house: House, desk: Desk, purpose: str, data: bytes, name: str) -> Upload:
    return house.write(lambda session: uploads.stage(session, "", desk.family.account.id, purpose, name, data, house.now))


def test_papers_are_shown_to_the_desk_and_only_through_their_claim(house: House, desk: Desk) -> None:
    face, proof, foreign = (
        staged(house, desk, "face", picture("red"), "我.jpg"),
        staged(house, desk, "proof", picture("blue"), "户口 簿.jpg"),
        staged(house, desk, "proof", picture("green"), "x.jpg"),
    )

    def tie(session):  # type: ignore[no-untyped-def]
        session.get(Kinship, desk.claim.id).visitor.photo_id = face.id
        make_proof(session, session.get(Kinship, desk.claim.id), session.get(Upload, proof.id))

    house.write(tie)
    page = desk.page(house, Role.OFFICER)
    text = page.get(f"/kinship/{desk.claim.ref}").text
    for upload in (face, proof):
        address = f"/kinship/{desk.claim.ref}/files/{upload.uid}"
        assert f'src="{address}"' in text
        answer = page.get(address)
        assert (answer.status_code, answer.mimetype, answer.headers["Content-Security-Policy"]) == (200, "image/jpeg", "default-src 'none'")
        assert Image.open(io.BytesIO(answer.data)).size == (480, 640)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert acts(house, "upload", upload.id) == ["sight"]
    assert page.get(f"/kinship/{desk.claim.ref}/files/{foreign.uid}").status_code == 404
    elsewhere = house.write(lambda session: make_staff(session, (Role.OFFICER,), make_prison(session)))
    assert browser(house, "prison", elsewhere).get(f"/kinship/{desk.claim.ref}/files/{face.uid}").status_code == 404
    ward = desk.page(house, Role.WARD_OFFICER, wards=(desk.ward,))
    assert ward.get(f"/kinship/{desk.claim.ref}/files/{face.uid}").status_code == 403


def test_another_prisons_desk_does_not_exist(house: House, desk: Desk) -> None:
    stranger = browser(house, "prison", house.write(lambda session: make_staff(session, (Role.DUTY_CHIEF,), make_prison(session))))
    assert desk.claim.ref not in stranger.get("/kinship").text
    assert stranger.get(f"/kinship/{desk.claim.ref}").status_code == 404
    stranger.get("/kinship")
    for path in ("decision", "restriction"):
        assert stranger.post(f"/kinship/{desk.claim.ref}/{path}", {"decision": "approve", "result": "none"}).status_code == 404
    assert desk.now(house).restriction == "unchecked"


@pytest.mark.parametrize("role", [Role.WARD_OFFICER, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.AUDITOR, Role.BUREAU, Role.OPERATOR])
def test_only_officers_and_chiefs_stand_at_the_desk(house: House, desk: Desk, role: Role) -> None:
    page = desk.page(house, role)
    for path in ("/kinship", f"/kinship/{desk.claim.ref}", f"/kinship/{desk.claim.ref}/suspend"):
        assert page.get(path).status_code == 403


@pytest.mark.parametrize("role", sorted(set(Role) & {Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.AUDITOR, Role.BUREAU}))
def test_only_ward_officers_record_answers(house: House, desk: Desk, role: Role) -> None:
    page = desk.page(house, role)
    assert page.get("/answers").status_code == 403
    page.get("/account")
    assert page.post(f"/answers/{desk.claim.ref}", {"answer": "accepted"}).status_code == 403
    assert desk.now(house).inmate_answer == "unasked"


def test_a_ward_officer_answers_for_their_own_wards_only(house: House, desk: Desk) -> None:
    other = house.write(lambda session: make_ward(session, session.get(Prison, desk.prison.id)))
    page = desk.page(house, Role.WARD_OFFICER, wards=(other,))
    assert desk.inmate.name not in page.get("/answers").text
    assert page.post(f"/answers/{desk.claim.ref}", {"answer": "accepted"}).status_code == 404
    assert desk.now(house).inmate_answer == "unasked"


def test_answers_decline_and_change_and_withdraw_and_the_family_is_never_told(house: House, desk: Desk) -> None:
    page = desk.page(house, Role.WARD_OFFICER, wards=(desk.ward,))
    for answer in ("declined", "accepted", "withdrawn"):
        page.get("/answers")
        page.submit({"answer": answer}, form=desk.claim.ref)
        assert desk.now(house).inmate_answer == answer
    assert notices(house, desk.family.account.id) == []
    ready(house, desk, state="approved")
    page.get("/answers")
    page.submit({"answer": "withdrawn"}, form=desk.claim.ref)
    kept = desk.now(house)
    assert (kept.state, kept.inmate_answer, kept.inmate_answer_at) == ("approved", "withdrawn", house.now)
    page.get("/answers")
    assert page.post(f"/answers/{desk.claim.ref}", {"answer": "accepted"}).status_code == 422
    assert page.post(f"/answers/{desk.claim.ref}", {"answer": "approved"}).status_code == 422
    assert notices(house, desk.family.account.id) == []


def test_a_claim_without_inmate_asks_no_ward(house: House, desk: Desk) -> None:
    ready(house, desk, inmate_id=None)
    page = desk.page(house, Role.WARD_OFFICER, wards=(desk.ward,))
    assert "李家属" not in page.get("/answers").text
    assert page.post(f"/answers/{desk.claim.ref}", {"answer": "accepted"}).status_code == 404

"""Suspensions, objections and the auditor's question, through the pages."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_family, make_inmate, make_kinship, make_prison, make_staff, make_ward
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.kernel.identity import Role
from visitation.notices.models import Notice
from visitation.people.models import Kinship, Objection, Prison, Suspension


@pytest.fixture
def claim(house: House) -> Kinship:
    """An approved kinship."""

    def work(session):  # type: ignore[no-untyped-def]
        inmate = make_inmate(session, make_ward(session, make_prison(session)), number="65000001")
        return make_kinship(session, make_family(session, name="李家属").visitor, inmate)

    return house.write(work)


def account(house: House, claim: Kinship, *roles: Role) -> Account:
    return house.write(lambda session: make_staff(session, roles, session.get(Prison, claim.prison_id)))


def page_of(house: House, claim: Kinship, *roles: Role) -> Browser:
    made = browser(house, "prison", account(house, claim, *roles))
    made.speak("en")
    return made


def family_account(house: House, claim: Kinship) -> int:
    return house.read(lambda session: session.scalar(select(Account.id).where(Account.visitor_id == claim.visitor_id)))


def told(house: House) -> list[tuple[str, dict[str, object], str]]:
    return house.read(lambda session: [(row.kind, row.facts, row.link) for row in session.scalars(select(Notice).order_by(Notice.id))])


def test_a_visitor_is_suspended_within_the_limit_and_told_why_and_until_when(house: House, claim: Kinship) -> None:
    page = page_of(house, claim, Role.OFFICER)
    page.get(f"/kinship/{claim.ref}/suspend")
    values = {"code": "misconduct", "starts_on": "2026-11-24", "ends_on": "2027-02-25", "note": "shouted at the officer"}
    page.submit(values)
    assert "at most 3 months" in page.page.text
    assert "shouted at the officer" in page.page.text
    page.submit(values | {"ends_on": ""})
    assert "needs a last day" in page.page.text
    page.submit(values | {"ends_on": "2027-02-24"})
    assert "The suspension is set" in page.page.text
    row = house.read(lambda session: session.scalar(select(Suspension)))
    assert (row.visitor_id, row.prison_id, row.inmate_id) == (claim.visitor_id, claim.prison_id, None)
    facts = {"ref": row.ref, "reason_code": "SUSPENSION_MISCONDUCT", "starts_on": "2026-11-24", "ends_on": "2027-02-24"}
    assert told(house) == [("suspension_set", facts, f"/suspensions/{row.ref}/object")]
    page.get(f"/kinship/{claim.ref}/suspend")
    page.submit(values | {"starts_on": "2027-02-24", "ends_on": "2027-02-24"})
    assert "a suspension in this time already" in page.page.text
    assert "This person is suspended" in page.get(f"/kinship/{claim.ref}").text


def test_an_inmates_suspension_tells_the_families_the_days_and_not_the_reason(house: House, claim: Kinship) -> None:
    page = page_of(house, claim, Role.DUTY_CHIEF)
    page.get(f"/inmates/{claim.inmate_id}/suspend")
    page.submit({"code": "confinement", "starts_on": "2026-11-25", "note": "in the cell block"})
    assert "The suspension is set" in page.page.text
    assert "Begins later" in page.page.text
    (kind, facts, link) = told(house)[0]
    assert (kind, facts["reason_code"], facts["ends_on"], link) == ("suspension_set", "SUSPENSION_INMATE", "", "")
    assert "confinement" not in str(facts)


def test_lifting_once(house: House, claim: Kinship) -> None:
    page = page_of(house, claim, Role.OFFICER)
    page.get(f"/inmates/{claim.inmate_id}/suspend")
    page.submit({"code": "other", "starts_on": "2026-11-24", "note": "x"})
    ref = house.read(lambda session: session.scalar(select(Suspension.ref)))
    assert ref in page.get("/suspensions").text
    page.get(f"/suspensions/{ref}")
    page.submit(form="lift")
    assert "The suspension is lifted" in page.page.text
    assert ref not in page.get("/suspensions").text
    assert ref in page.get("/suspensions?past=1").text
    page.get("/account")
    assert page.post(f"/suspensions/{ref}/lift").status_code == 409


def test_suspensions_of_another_prison_do_not_exist(house: House, claim: Kinship) -> None:
    page = page_of(house, claim, Role.OFFICER)
    page.get(f"/inmates/{claim.inmate_id}/suspend")
    page.submit({"code": "other", "starts_on": "2026-11-24", "note": "x"})
    ref = house.read(lambda session: session.scalar(select(Suspension.ref)))
    stranger = browser(house, "prison", house.write(lambda session: make_staff(session, (Role.OFFICER,), make_prison(session))))
    assert ref not in stranger.get("/suspensions").text
    for path in (f"/suspensions/{ref}", f"/kinship/{claim.ref}/suspend", f"/inmates/{claim.inmate_id}/suspend"):
        assert stranger.get(path).status_code == 404
    stranger.get("/account")
    assert stranger.post(f"/suspensions/{ref}/lift").status_code == 404


@pytest.mark.parametrize("role", [Role.WARD_OFFICER, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.AUDITOR, Role.BUREAU, Role.OPERATOR])
def test_only_officers_and_chiefs_suspend(house: House, claim: Kinship, role: Role) -> None:
    page = page_of(house, claim, role)
    for path in ("/suspensions", f"/inmates/{claim.inmate_id}/suspend", f"/kinship/{claim.ref}/suspend"):
        assert page.get(path).status_code == 403


def objected(house: House, claim: Kinship, refuser: Account, **values: object) -> Objection:
    """The kinship is refused by `refuser`, and the family objects."""

    def work(session):  # type: ignore[no-untyped-def]
        row = session.get(Kinship, claim.id)
        row.state, row.decided_by, row.reason_code, row.reason_text = "refused", refuser.id, "KINSHIP_PROOF_UNCLEAR", "blurred"
        objection = Objection(
            prison_id=claim.prison_id,
            account_id=session.scalar(select(Account.id).where(Account.visitor_id == claim.visitor_id)),
            subject_type="kinship",
            subject_id=claim.id,
            text="The photo is sharp.",
            created_at=house.now,
            due_at=house.now + timedelta(days=5),
            refused_by=refuser.id,
        )
        for name, value in values.items():
            setattr(objection, name, value)
        session.add(objection)
        session.flush()
        return objection

    return house.write(work)


def test_the_refuser_cannot_decide_on_the_objection(house: House, claim: Kinship) -> None:
    refuser = account(house, claim, Role.DUTY_CHIEF)
    objection = objected(house, claim, refuser)
    page = browser(house, "prison", refuser)
    page.speak("en")
    assert "another person decides" in page.get(f"/objections/{objection.ref}").text
    assert page.post(f"/objections/{objection.ref}", {"decision": "uphold", "answer": "no"}).status_code == 200
    assert "You took this decision yourself" in page.page.text
    assert house.read(lambda session: session.get(Objection, objection.id).state) == "open"


def test_a_refusal_of_ones_own_is_known_even_when_the_objection_does_not_name_it(house: House, claim: Kinship) -> None:
    refuser = account(house, claim, Role.DUTY_CHIEF)
    objection = objected(house, claim, refuser, refused_by=None)
    page = browser(house, "prison", refuser)
    page.get("/objections")
    page.post(f"/objections/{objection.ref}", {"decision": "uphold", "answer": "no"})
    assert house.read(lambda session: session.get(Objection, objection.id).state) == "open"


def test_granted_a_claim_is_examined_anew_and_the_family_is_told(house: House, claim: Kinship) -> None:
    objection = objected(house, claim, account(house, claim, Role.OFFICER))
    page = page_of(house, claim, Role.DUTY_CHIEF)
    assert objection.ref in page.get("/objections").text
    page.get(f"/objections/{objection.ref}")
    assert "The photo is sharp." in page.page.text
    page.submit({"decision": "grant", "answer": ""}, form="objection")
    assert house.read(lambda session: session.get(Objection, objection.id).state) == "open"
    page.submit({"decision": "grant", "answer": "We look at it again."}, form="objection")
    kept = house.read(lambda session: session.get(Kinship, claim.id))
    assert (kept.state, kept.decided_by, kept.reason_code, kept.inmate_answer) == ("submitted", None, None, "accepted")
    assert kept.due_at > house.now
    assert told(house) == [
        ("objection_decided", {"ref": objection.ref, "reason_text": "We look at it again.", "granted": True}, f"/objections/{objection.ref}")
    ]
    assert objection.ref in page.get("/objections?state=decided").text
    page.get("/objections")
    assert page.post(f"/objections/{objection.ref}", {"decision": "uphold", "answer": "no"}).status_code == 409


def test_granted_after_a_new_claim_the_old_one_stays(house: House, claim: Kinship) -> None:
    objection = objected(house, claim, account(house, claim, Role.OFFICER))

    def anew(session):  # type: ignore[no-untyped-def]
        old = session.get(Kinship, claim.id)
        make_kinship(session, old.visitor, old.inmate, approved=False)

    house.write(anew)
    page = page_of(house, claim, Role.DUTY_CHIEF)
    page.get(f"/objections/{objection.ref}")
    page.submit({"decision": "grant", "answer": "Your new request is examined."}, form="objection")
    assert house.read(lambda session: session.get(Kinship, claim.id).state) == "refused"


def test_upheld_the_refusal_stands(house: House, claim: Kinship) -> None:
    objection = objected(house, claim, account(house, claim, Role.OFFICER))
    page = page_of(house, claim, Role.DUTY_CHIEF)
    page.get(f"/objections/{objection.ref}")
    page.submit({"decision": "uphold", "answer": "It is not readable."}, form="objection")
    assert house.read(lambda session: session.get(Kinship, claim.id).state) == "refused"
    assert house.read(lambda session: session.get(Objection, objection.id).state) == "upheld"


def test_granted_a_suspension_is_lifted(house: House, claim: Kinship) -> None:
    officer = account(house, claim, Role.OFFICER)
    setter = browser(house, "prison", officer)
    setter.get(f"/kinship/{claim.ref}/suspend")
    setter.submit({"code": "misconduct", "starts_on": "2026-11-24", "ends_on": "2026-12-24", "note": "x"})
    row = house.read(lambda session: session.scalar(select(Suspension)))
    objection = objected(house, claim, officer, subject_type="suspension", subject_id=row.id)
    page = page_of(house, claim, Role.DUTY_CHIEF)
    page.get(f"/objections/{objection.ref}")
    page.submit({"decision": "grant", "answer": "It was somebody else."}, form="objection")
    assert house.read(lambda session: session.get(Suspension, row.id).lifted_at) == house.now


@pytest.mark.parametrize("role", [Role.OFFICER, Role.WARD_OFFICER, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.AUDITOR, Role.OPERATOR])
def test_only_chiefs_and_the_bureau_decide_on_objections(house: House, claim: Kinship, role: Role) -> None:
    objection = objected(house, claim, account(house, claim, Role.OFFICER))
    page = page_of(house, claim, role)
    for path in ("/objections", f"/objections/{objection.ref}"):
        assert page.get(path).status_code == 403


def test_objections_of_another_prison_do_not_exist(house: House, claim: Kinship) -> None:
    objection = objected(house, claim, account(house, claim, Role.OFFICER))
    stranger = browser(house, "prison", house.write(lambda session: make_staff(session, (Role.DUTY_CHIEF,), make_prison(session))))
    assert objection.ref not in stranger.get("/objections").text
    assert stranger.get(f"/objections/{objection.ref}").status_code == 404


def test_the_auditor_finds_who_saw_a_person(house: House, claim: Kinship) -> None:
    officer = account(house, claim, Role.OFFICER)
    browser(house, "prison", officer).get(f"/kinship/{claim.ref}")
    page = page_of(house, claim, Role.AUDITOR)
    number, code = house.read(lambda session: (session.get(Kinship, claim.id).visitor.document_number, session.get(Kinship, claim.id).visitor.ref))
    for kind, words in (("visitor", number), ("visitor", code.lower()), ("inmate", "65000001")):
        page.get("/audit/person")
        page.submit({"kind": kind, "words": words}, form="person")
        assert officer.name in page.page.text
        assert "saw the data" in page.page.text
        assert number not in page.page.text
        assert words not in page.page.request.full_path
    shown = page.page.request.path
    assert officer.name in page.get(f"{shown}?first_day=2026-11-24&last_day=2026-11-24").text
    assert officer.name not in page.get(f"{shown}?first_day=2026-11-25").text
    page.get("/audit/person")
    page.submit({"kind": "inmate", "words": "65009999"}, form="person")
    assert "Nobody with this number" in page.page.text
    assert page.get("/audit/person/outbox/1").status_code == 404


def test_an_auditor_of_another_prison_finds_nobody(house: House, claim: Kinship) -> None:
    page = browser(house, "prison", house.write(lambda session: make_staff(session, (Role.AUDITOR,), make_prison(session))))
    page.speak("en")
    page.get("/audit/person")
    page.submit({"kind": "inmate", "words": "65000001"}, form="person")
    assert "Nobody with this number" in page.page.text
    assert page.get(f"/audit/person/inmate/{claim.inmate_id}").status_code == 404
    assert page.get(f"/audit/person/visitor/{claim.visitor_id}").status_code == 404
    assert page_of(house, claim, Role.BUREAU).get("/audit/person").status_code == 403

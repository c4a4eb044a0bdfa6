"""Kinship claims by the family, companions, withdrawing, objecting; and nobody learns who is held where."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from tests.conftest import House
from tests.factories import Family, make_companion, make_family, make_inmate, make_kinship, make_prison, make_staff, make_visitor, make_ward
from tests.numbers import resident_id
from tests.web.browsing import Browser, browser
from tests.web.family_steps import acts, photo, stage
from visitation.notices.models import Notice
from visitation.people.models import Inmate, Kinship, KinshipProof, Objection, Prison, Suspension, Visitor
from visitation.policies.models import PolicyRow
from visitation.store.db import db
from visitation.uploads.models import Upload


class Place:
    """A prison with one inmate, a family and its browser."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.prison: Prison
        self.inmate: Inmate
        self.family: Family
        house.write(self._fill)
        self.page = browser(house, "family", self.family.account)
        self.page.speak("en")

    def _fill(self, session: Any) -> None:
        self.prison = make_prison(session)
        self.inmate = make_inmate(session, make_ward(session, self.prison), name="阿依古丽·买买提", number="65000001")
        self.family = make_family(session)

    def claim(self, files: int = 1, **changes: Any) -> Any:
        self.page.get("/relatives/new")
        for _file in range(files):
            assert stage(self.page, "proof").status_code == 201
        self.page.get("/relatives/new")
        typed = {"inmate_name": self.inmate.name, "inmate_number": self.inmate.number, "relation": "sibling", "prison": str(self.prison.id)}
        return self.page.submit(typed | changes, form="claim-form")

    def claims(self) -> list[Kinship]:
        return list(self.house.read(lambda session: session.scalars(select(Kinship).order_by(Kinship.id)).all()))


@pytest.fixture
def place(house: House) -> Place:
    return Place(house)


def test_a_claim_is_taken(house: House, place: Place) -> None:
    place.claim(files=2)
    (claim,) = place.claims()
    assert (claim.state, claim.inmate_answer, claim.restriction, claim.inmate_id) == ("submitted", "unasked", "unchecked", place.inmate.id)
    assert claim.due_at == house.now + timedelta(days=3)  # Tuesday noon, three workdays
    assert place.page.page.request.path == f"/relatives/{claim.ref}"
    proofs = house.read(lambda session: session.scalars(select(KinshipProof)).all())
    assert [proof.kind for proof in proofs] == ["household_book"] * 2
    uploads = house.read(lambda session: session.scalars(select(Upload)).all())
    assert all(upload.attached_at == house.now for upload in uploads)
    notice = house.read(lambda session: session.scalar(select(Notice)))
    assert (notice.kind, notice.account_id, notice.facts, notice.link) == (
        "kinship_received",
        place.family.account.id,
        {"ref": claim.ref},
        f"/relatives/{claim.ref}",
    )
    (entry,) = acts(house, "kinship.claim")
    assert (entry.subject_id, entry.prison_id) == (str(claim.id), place.prison.id)


def test_the_review_ends_after_workdays(house: House, place: Place) -> None:
    house.clock.advance(timedelta(days=3))  # Friday
    house.write(lambda session: session.add(_policy("review_workdays", 5)))
    place.page = browser(house, "family", place.family.account)
    place.claim()
    assert place.claims()[0].due_at == datetime(2026, 12, 4, 4, 0, tzinfo=UTC)


def _policy(key: str, value: Any) -> PolicyRow:
    made_at = datetime(2026, 11, 1, tzinfo=UTC)
    return PolicyRow(key=key, value=value, basis="Anhui: five workdays", effective_from=date(2026, 11, 1), created_at=made_at)


def plain(text: str, claim: Kinship) -> str:
    """A page without its tokens, references and file addresses."""
    text = re.sub(r'value="[^"]{30,}"|data-csrf="[^"]*"|/uploads/[\w-]{20,}|data-uid="[^"]*"', "", text)
    return text.replace(claim.ref, "REF")


@pytest.mark.parametrize(
    "asked",
    [
        {"inmate_name": "无此人", "inmate_number": "65000999"},
        {"inmate_name": "无此人", "inmate_number": "65000001"},
        {"inmate_name": "阿依古丽·买买提", "inmate_number": "65000999"},
        {"inmate_name": "阿依古丽·买买堤", "inmate_number": "65000001"},
    ],
    ids=["nobody", "other name", "other number", "nearly"],
)
def test_an_unknown_inmate_answers_exactly_as_a_known_one(house: House, place: Place, asked: dict[str, str]) -> None:
    pages, headers, counts, queries = [], [], [], []
    for account, who in ((place.family.account, {}), (house.write(lambda session: make_family(session).account), asked)):
        place.page = browser(house, "family", account)
        with counting(house) as seen:
            place.claim(**who)
        queries.append(seen)
        claim = place.claims()[-1]
        typed = who or {"inmate_name": place.inmate.name, "inmate_number": place.inmate.number}
        pages.append(plain(place.page.page.text, claim).replace(typed["inmate_name"], "NAME"))
        pages[-1] += plain(place.page.get("/relatives").text, claim).replace(typed["inmate_name"], "NAME")
        headers.append({name: value for name, value in place.page.page.headers if name not in ("Set-Cookie", "Content-Length")})
        counts.append(house.read(lambda session: session.scalar(select(func.count(Notice.id)))))
    assert re.sub(r'class="visitor-code">\w+', "", pages[0]) == re.sub(r'class="visitor-code">\w+', "", pages[1])
    assert headers[0] == headers[1]
    assert counts == [1, 2]
    assert queries[0] == queries[1], "the work tells the two apart"
    known, unknown = place.claims()
    assert (known.inmate_id, unknown.inmate_id) == (place.inmate.id, None)
    assert (known.due_at, known.state) == (unknown.due_at, unknown.state)


class counting:  # noqa: N801 - reads as a word
    """The shapes of the statements of the family's application, in order."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.seen: list[str] = []

    def __enter__(self) -> list[str]:
        with self.house.family.app_context():
            self.engine = db.engine
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.seen

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("PRAGMA"):  # a connection's first words, whoever asks
            self.seen.append(statement)

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)


@pytest.mark.parametrize("typed", ["阿依古丽•买买提", "阿依古丽.买买提", " 阿依古丽 ・ 买买提 "])
def test_the_name_matches_with_any_dot(place: Place, typed: str) -> None:
    place.claim(inmate_name=typed, inmate_number="６５００ 0001")
    assert place.claims()[0].inmate_id == place.inmate.id


def test_an_inmate_of_another_prison_is_not_matched(house: House, place: Place) -> None:
    other = house.write(lambda session: make_prison(session))
    place.claim(prison=str(other.id))
    assert place.claims()[0].inmate_id is None


@pytest.mark.parametrize(
    ("changes", "files", "words"),
    [
        ({"inmate_number": "12"}, 1, "does not look like one of this prison"),
        ({"inmate_name": "4"}, 1, "name of the relative as it stands"),
        ({"inmate_name": ""}, 1, "fill in this field"),
        ({"relation": ""}, 1, "fill in this field"),
        ({"relation": "other"}, 1, "describe the relation"),
        ({}, 0, "at least one photo or PDF"),
        ({"relation": "cousin"}, 1, "valid choice"),
    ],
)
def test_a_refused_claim_keeps_words_and_files(place: Place, changes: dict[str, str], files: int, words: str) -> None:
    place.claim(files=files, **changes)
    text = place.page.page.text
    assert words in text
    assert f'value="{changes.get("inmate_number", "65000001")}"' in text
    assert text.count('<img src="/uploads/') == files
    assert place.claims() == []


def test_five_proofs_are_too_many(house: House, place: Place) -> None:
    place.page.get("/relatives/new")
    uids = [stage(place.page, "proof").json["uid"] for _number in range(5)]  # type: ignore[index]
    place.page.get("/relatives/new")
    typed = {"inmate_name": "王试", "inmate_number": "65000001", "relation": "sibling", "proofs": ",".join(uids)}
    place.page.submit(typed, form="claim-form")
    assert "at most 4" in place.page.page.text


def test_the_same_form_twice_is_one_claim(house: House, place: Place) -> None:
    place.page.get("/relatives/new")
    stage(place.page, "proof")
    place.page.get("/relatives/new")
    form = place.page.form("claim-form")["fields"] | {"inmate_name": "王试", "inmate_number": "65000001", "relation": "sibling"}
    answers = [place.page.post("/relatives/new", form, follow=False) for _time in range(2)]
    assert answers[0].status_code == 302
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(place.claims()) == 1
    assert len(acts(house, "kinship.claim")) == 1


def test_a_second_claim_for_the_same_person_is_refused(place: Place) -> None:
    place.claim()
    place.claim()
    assert "already a request" in place.page.page.text
    assert len(place.claims()) == 1


def test_somebody_elses_file_is_no_proof(house: House, place: Place) -> None:
    other = browser(house, "family", house.write(lambda session: make_family(session).account))
    other.get("/relatives/new")
    uid = stage(other, "proof").json["uid"]  # type: ignore[index]
    place.claim(files=0, proofs=uid)
    assert "no longer waiting" in place.page.page.text
    assert place.claims() == []


def test_a_claim_for_somebody_elses_person_is_refused(house: House, place: Place) -> None:
    stranger = house.write(lambda session: make_visitor(session))
    house.write(lambda session: make_companion(session, place.family))
    place.claim(person=str(stranger.id))
    assert place.claims() == []


def test_another_family_does_not_see_the_claim(house: House, place: Place) -> None:
    place.claim()
    ref = place.claims()[0].ref
    other = browser(house, "family", house.write(lambda session: make_family(session).account))
    other.get("/relatives")
    for path in (f"/relatives/{ref}", f"/relatives/{ref}/object"):
        assert other.get(path).status_code == 404
    assert other.post(f"/relatives/{ref}/withdraw").status_code == 404
    assert place.claims()[0].state == "submitted"


@pytest.mark.parametrize("path", ["/relatives", "/relatives/new", "/companions/new"])
def test_nobody_enters_without_an_account(house: House, path: str) -> None:
    assert browser(house).get(path).request.path == "/sign-in"


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_a_claim_is_taken_back(house: House, place: Place, state: str) -> None:
    claim = house.write(lambda session: make_kinship(session, place.family.visitor, place.inmate, approved=state == "approved"))
    place.page.get(f"/relatives/{claim.ref}")
    place.page.submit(form="withdraw-form")
    assert place.claims()[0].state == "withdrawn"
    place.page.post(f"/relatives/{claim.ref}/withdraw")
    assert len(acts(house, "kinship.withdraw")) == 1


def test_a_refused_claim_is_not_taken_back(house: House, place: Place) -> None:
    claim = house.write(lambda session: make_kinship(session, place.family.visitor, place.inmate, approved=False, state="refused"))
    place.page.get(f"/relatives/{claim.ref}")
    assert place.page.post(f"/relatives/{claim.ref}/withdraw").status_code == 409
    assert place.claims()[0].state == "refused"


def test_the_inmates_answer_and_restrictions_are_never_shown(house: House, place: Place) -> None:
    pages = set()
    for answer, restriction in (("unasked", "unchecked"), ("declined", "none"), ("withdrawn", "restricted")):
        claim = house.write(
            lambda session, a=answer, r=restriction: make_kinship(
                session, place.family.visitor, place.inmate, approved=False, inmate_answer=a, restriction=r, staff_note="SECRET", ref="ABCD2345"
            )
        )
        text = place.page.get(f"/relatives/{claim.ref}").text
        assert "SECRET" not in text
        pages.add(plain(text, claim))
        house.write(lambda session, key=claim.id: session.delete(session.get(Kinship, key)))
    assert len(pages) == 1


def refused(house: House, place: Place) -> Kinship:
    decider = house.write(lambda session: make_staff(session, prison=place.prison))
    values = {"state": "refused", "reason_code": "KINSHIP_PROOF_UNCLEAR", "reason_text": "请补拍。", "decided_by": decider.id}
    return house.write(lambda session: make_kinship(session, place.family.visitor, place.inmate, approved=False, **values))  # type: ignore[no-any-return]


def test_an_objection_has_a_due_time_and_names_who_must_not_decide(house: House, place: Place) -> None:
    claim = refused(house, place)
    assert "photograph them again" in place.page.get(f"/relatives/{claim.ref}").text
    place.page.get(f"/relatives/{claim.ref}/object")
    place.page.submit({"text": "我已补拍。"})
    (made,) = house.read(lambda session: session.scalars(select(Objection)).all())
    assert (made.subject_type, made.subject_id, made.refused_by, made.prison_id) == ("kinship", claim.id, claim.decided_by, place.prison.id)
    assert made.due_at == house.now + timedelta(days=7)  # five workdays
    assert place.page.page.request.path == f"/objections/{made.ref}"
    place.page.post(f"/relatives/{claim.ref}/object", {"text": "noch einmal"})
    assert house.read(lambda session: session.scalar(select(func.count(Objection.id)))) == 1


def test_nothing_to_object_to(house: House, place: Place) -> None:
    claim = house.write(lambda session: make_kinship(session, place.family.visitor, place.inmate))
    place.page.get(f"/relatives/{claim.ref}/object")
    place.page.submit({"text": "I object to this."})
    assert house.read(lambda session: session.scalar(select(func.count(Objection.id)))) == 0


def test_an_objection_is_its_writers(house: House, place: Place) -> None:
    claim = refused(house, place)
    place.page.get(f"/relatives/{claim.ref}/object")
    place.page.submit({"text": "我已补拍。"})
    ref = house.read(lambda session: session.scalar(select(Objection.ref)))
    other = browser(house, "family", house.write(lambda session: make_family(session).account))
    assert other.get(f"/objections/{ref}").status_code == 404


def test_a_suspension_is_shown_without_notes_and_can_be_objected_to(house: House, place: Place) -> None:
    def suspend(session: Any) -> Suspension:
        decider = make_staff(session, prison=place.prison)
        row = Suspension(prison_id=place.prison.id, visitor_id=place.family.visitor.id, code="SUSPENSION_MISCONDUCT", starts_on=date(2026, 11, 20))
        row.ends_on, row.note, row.decided_by, row.decided_at = date(2027, 1, 20), "SECRET", decider.id, house.now
        session.add(row)
        session.flush()
        return row

    row = house.write(suspend)
    text = place.page.get("/relatives").text
    assert "rules of a visit were broken" in text
    assert "SECRET" not in text
    place.page.get(f"/suspensions/{row.ref}/object")
    place.page.submit({"text": "It was not me."})
    assert house.read(lambda session: session.scalar(select(Objection.subject_type))) == "suspension"
    other = browser(house, "family", house.write(lambda session: make_family(session).account))
    assert other.get(f"/suspensions/{row.ref}/object").status_code == 404


def add(page: Browser, **changes: Any) -> None:
    page.get("/companions/new")
    assert stage(page, "face").status_code == 201
    page.get("/companions/new")
    child = {"name": "李小𠮷", "document_number": resident_id(date(2017, 5, 1))}
    page.submit(child | changes, form="companion-form")


def test_a_child_is_added_and_claimed_for(house: House, place: Place) -> None:
    add(place.page)
    child = house.read(lambda session: session.scalar(select(Visitor).where(Visitor.manager_id == place.family.account.id)))
    assert (child.name, child.birth_date) == ("李小𠮷", date(2017, 5, 1))
    assert child.photo_id is not None
    place.claim(person=str(child.id), relation="child")
    (claim,) = place.claims()
    assert claim.visitor_id == child.id
    assert place.page.get(f"/relatives/{claim.ref}").status_code == 200
    assert len(acts(house, "visitor.add_companion")) == 1


def test_a_companion_without_photo_or_with_a_taken_document_is_refused(house: House, place: Place) -> None:
    number = resident_id(date(2017, 5, 1))
    house.write(lambda session: make_visitor(session, document_number=number))
    place.page.get("/companions/new")
    place.page.submit({"name": "李小试", "document_number": number}, form="companion-form")
    assert "already registered" in place.page.page.text
    assert "photo of the face" in place.page.page.text
    assert house.read(lambda session: session.scalar(select(func.count(Visitor.id)))) == 2


def test_the_same_companion_twice_is_one(house: House, place: Place) -> None:
    place.page.get("/companions/new")
    stage(place.page, "face", photo())
    place.page.get("/companions/new")
    form = place.page.form("companion-form")["fields"] | {"name": "李小试", "document_number": resident_id(date(2017, 5, 1))}
    for _time in range(2):
        assert place.page.post("/companions/new", form, follow=False).status_code == 302
    assert house.read(lambda session: session.scalar(select(func.count(Visitor.id)))) == 2


def test_what_is_shown_leaves_a_sight(house: House, place: Place) -> None:
    place.page.get("/relatives")
    assert [entry.subject_id for entry in acts(house, "sight")] == [str(place.family.visitor.id)]
    place.page.get("/account")
    with house.family.app_context():
        number = place.family.visitor.document_number
    assert number not in place.page.page.text
    assert f"{number[:4]}************{number[-2:]}" in place.page.page.text

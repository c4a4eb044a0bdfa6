"""Inmates through the pages: list, filter, form, who is kept apart, and who may see whom."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_inmate, make_levels, make_prison, make_staff, make_ward
from tests.web.browsing import Browser, browser
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Role
from visitation.people.models import Inmate, NonAssociation, Prison, Ward


@pytest.fixture
def ward(house: House) -> Ward:
    def work(session):  # type: ignore[no-untyped-def]
        make_levels(session)
        return make_ward(session, make_prison(session), name="一监区")

    return house.write(work)


def page_of(house: House, ward: Ward, *roles: Role, wards: tuple[Ward, ...] = ()) -> Browser:
    account = house.write(lambda session: make_staff(session, roles, session.get(Prison, ward.prison_id), wards=wards))
    made = browser(house, "prison", account)
    made.speak("en")
    return made


def held(house: House, ward: Ward, **values: object) -> Inmate:
    return house.write(lambda session: make_inmate(session, ward, **values))


def fresh(house: House, inmate: Inmate) -> Inmate:
    return house.read(lambda session: session.get(Inmate, inmate.id))


FORM = {
    "number": "65000077",
    "name": "阿依古丽.买买提",
    "level": "lenient",
    "status": "court",
    "language": "ug",
    "birth_date": "1990-02-28",
    "staff_note": "quiet",
}


def test_an_inmate_is_entered_with_a_tidy_name(house: House, ward: Ward) -> None:
    page = page_of(house, ward, Role.ADMINISTRATOR)
    page.get("/inmates/new")
    page.submit(FORM | {"ward": str(ward.id), "foreign": "y"})
    assert "The inmate is entered" in page.page.text
    made = house.read(lambda session: session.scalar(select(Inmate)))
    assert (made.name, made.number, made.level_code, made.status, made.language) == ("阿依古丽·买买提", "65000077", "lenient", "court", "ug")
    assert (made.birth_date, made.foreign, made.prison_id) == (date(1990, 2, 28), True, ward.prison_id)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": "77"}, "does not have the shape"),
        ({"name": "12345"}, "Please type the name"),
        ({"birth_date": "2030-01-01"}, "in the future"),
        ({"birth_date": "1990-02-31"}, "Not a valid date"),
        ({"level": "none"}, "Not a valid choice"),
        ({"status": "gone"}, "Not a valid choice"),
    ],
)
def test_each_refusal_keeps_what_was_typed(house: House, ward: Ward, changes: dict[str, str], said: str) -> None:
    page = page_of(house, ward, Role.ADMINISTRATOR)
    page.get("/inmates/new")
    page.submit(FORM | {"ward": str(ward.id)} | changes)
    assert said in page.page.text
    assert "quiet" in page.page.text
    assert house.read(lambda session: session.scalar(select(Inmate))) is None


def test_a_number_is_unique_within_its_prison_only(house: House, ward: Ward) -> None:
    held(house, house.write(lambda session: make_ward(session, make_prison(session))), number="65000077")
    page = page_of(house, ward, Role.ADMINISTRATOR)
    for said in ("The inmate is entered", "Another inmate of this prison has this number"):
        page.get("/inmates/new")
        page.submit(FORM | {"ward": str(ward.id)})
        assert said in page.page.text


def test_a_ward_of_another_prison_cannot_be_chosen(house: House, ward: Ward) -> None:
    elsewhere = house.write(lambda session: make_ward(session, make_prison(session)))
    page = page_of(house, ward, Role.ADMINISTRATOR)
    page.get("/inmates/new")
    page.submit(FORM | {"ward": str(elsewhere.id)})
    assert "Not a valid choice" in page.page.text


def test_a_change_is_saved_and_audited_and_no_change_writes_nothing(house: House, ward: Ward) -> None:
    inmate = held(house, ward, number="65000001")
    page = page_of(house, ward, Role.ADMINISTRATOR)
    house.clock.advance(timedelta(minutes=5))
    page.get(f"/inmates/{inmate.id}/edit")
    page.submit({})
    assert fresh(house, inmate).updated_at == inmate.updated_at
    page.get(f"/inmates/{inmate.id}/edit")
    page.submit({"level": "strict", "status": "confined"})
    assert "The changes are saved" in page.page.text
    kept = fresh(house, inmate)
    assert (kept.level_code, kept.status, kept.updated_at) == ("strict", "confined", house.now)
    entries = house.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "inmate.change")).all())
    assert [(entry.subject_id, entry.detail["fields"], entry.detail["before"]) for entry in entries] == [
        (str(inmate.id), ["level_code", "status"], {"level_code": "general", "status": "held"})
    ]


def test_two_people_editing_at_once_do_not_overwrite_each_other(house: House, ward: Ward) -> None:
    inmate = held(house, ward)
    first, second = (page_of(house, ward, Role.ADMINISTRATOR) for _ in range(2))
    house.clock.advance(timedelta(seconds=1))
    for page in (first, second):
        page.get(f"/inmates/{inmate.id}/edit")
    first.submit({"status": "hospital"})
    second.submit({"status": "released"})
    assert second.page.status_code == 409
    assert fresh(house, inmate).status == "hospital"
    assert first.post(f"/inmates/{inmate.id}/edit", FORM | {"ward": str(ward.id), "version": "yesterday"}).status_code == 400


def test_the_list_is_filtered_paged_and_shows_no_whole_number(house: House, ward: Ward) -> None:
    def many(session):  # type: ignore[no-untyped-def]
        for number in range(60):
            make_inmate(session, ward, number=f"7000{number:04d}", name=f"甲{'一二三四五六七八九十'[number % 10]}", status="court" if number < 3 else "held")

    house.write(many)
    page = page_of(house, ward, Role.OFFICER)
    text = page.get("/inmates").text
    assert "60 people" in text
    assert (text.count("<tr>"), "1 of 2" in text) == (51, True)
    assert "70000005" not in text
    assert "******05" in text
    assert page.get("/inmates?page=2").text.count("<tr>") == 11
    assert "3 people" in page.get("/inmates?status=court").text
    assert "6 people" in page.get("/inmates?q=甲三").text
    assert "1 person" in page.get("/inmates?q=70000012").text
    assert "Nobody matches" in page.get("/inmates?q=%25").text
    assert "60 people" in page.get(f"/inmates?ward={ward.id}&level=general").text
    assert page.get("/inmates?page=x&ward=x&level=x").status_code == 200


def test_one_inmates_page_leaves_a_trace(house: House, ward: Ward) -> None:
    inmate = held(house, ward)
    page = page_of(house, ward, Role.OFFICER)
    assert inmate.number in page.get(f"/inmates/{inmate.id}").text
    entries = house.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.subject_type == "inmate")).all())
    assert [(entry.act, entry.subject_id, entry.detail) for entry in entries] == [("sight", str(inmate.id), {"where": "inmates.show"})]


def test_a_ward_officer_sees_only_their_wards(house: House, ward: Ward) -> None:
    other = house.write(lambda session: make_ward(session, session.get(Prison, ward.prison_id)))
    mine, theirs = held(house, ward, name="我的人"), held(house, other, name="别的人")
    page = page_of(house, ward, Role.WARD_OFFICER, wards=(ward,))
    text = page.get("/inmates").text
    assert ("我的人" in text, "别的人" in text) == (True, False)
    assert page.get(f"/inmates/{mine.id}").status_code == 200
    assert page.get(f"/inmates/{theirs.id}").status_code == 404
    assert "别的人" not in page.get(f"/inmates?ward={other.id}").text


def test_other_prisons_do_not_exist(house: House, ward: Ward) -> None:
    stranger = held(house, house.write(lambda session: make_ward(session, make_prison(session))), name="远方人")
    page = page_of(house, ward, Role.ADMINISTRATOR, Role.DUTY_CHIEF, Role.OFFICER)
    assert "远方人" not in page.get("/inmates").text
    assert "远方人" not in page.get(f"/inmates?prison={stranger.prison_id}").text
    page.get("/inmates/new")
    for path in ("", "/edit", "/suspend"):
        assert page.get(f"/inmates/{stranger.id}{path}").status_code == 404
    assert page.post(f"/inmates/{stranger.id}/apart", {"other": "1"}).status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.FAMILY, Role.CLERK, Role.LAWYER, Role.TERMINAL, Role.ADMINISTRATOR}))
def test_only_an_administrator_enters_and_changes(house: House, ward: Ward, role: Role) -> None:
    inmate = held(house, ward)
    page = page_of(house, ward, role, wards=(ward,))
    page.get("/account")
    assert page.get("/inmates/new").status_code == 403
    assert page.get(f"/inmates/{inmate.id}/edit").status_code == 403
    page.get("/account")
    assert page.post(f"/inmates/{inmate.id}/edit", {"status": "released"}).status_code == 403
    expected = 403 if role in (Role.AUDITOR, Role.OPERATOR) else 200
    assert page.get(f"/inmates/{inmate.id}").status_code == expected


def test_two_inmates_are_kept_apart_and_no_longer(house: House, ward: Ward) -> None:
    one, two = held(house, ward, number="65000001"), held(house, ward, number="65000002", name="对方")
    page = page_of(house, ward, Role.DUTY_CHIEF)

    def keep(number: str, note: str = "") -> str:
        page.get(f"/inmates/{two.id}")
        return page.submit({"other": number, "note": note}, form="apart").text

    assert "Nobody in this prison has this number" in keep("65009999", "typed note")
    assert "typed note" in page.page.text
    assert "two different people" in keep("65000002")
    assert "kept apart from now on" in keep(" 6500 0001 ", "old quarrel")
    assert "kept apart already" in keep("65000001")
    pair = house.read(lambda session: session.scalar(select(NonAssociation)))
    assert (pair.inmate_id, pair.other_id) == (min(one.id, two.id), max(one.id, two.id))
    assert house.read(lambda session: session.scalar(select(NonAssociation.note))) == "old quarrel"
    page.get(f"/inmates/{one.id}")
    assert "对方" in page.page.text
    page.submit(form="/end")
    assert "Nobody." in page.page.text
    assert "kept apart from now on" in keep("65000001")
    assert house.read(lambda session: len(session.scalars(select(NonAssociation)).all())) == 1

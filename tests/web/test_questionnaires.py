"""Questionnaires: written, published in versions, answered once by everybody who may, counted, and never with a name."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from consult.questionnaires import queries, service
from consult.questionnaires.models import Questionnaire, QuestionnaireReply
from consult.questionnaires.rules import Given, Item
from consult.questionnaires.service import Written
from tests.conftest import House
from tests.factories import make_family, make_inmate, make_kinship, make_prison, make_staff, make_ward
from tests.postgres import Cluster
from tests.web.browsing import Browser, browser
from tests.web.test_live import Scene
from tests.web.test_roles import refused, with_roles, zones  # noqa: F401 - fixtures
from visitation.accounts.queries import identity_of
from visitation.audit.models import AuditEntry
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.store.db import db

ITEMS = (
    Item("one", "办理是否方便", ("方便", "一般", "不方便"), required=True),
    Item("several", "希望改进什么", ("时间", "画质", "流程")),
    Item("scale", "总体评价"),
    Item("text", "还有什么建议"),
)
PUBLISHED = {"opens_on": "2026-11-24", "closes_on": "2026-12-24"}


class World:
    """A prison with an inmate, his sister, the legal office and the ward; and a relative of another prison."""

    def __init__(self, session: Session) -> None:
        self.prison = make_prison(session)
        self.ward = make_ward(session, self.prison)
        self.inmate = make_inmate(session, self.ward)
        self.sister, self.stranger = make_family(session), make_family(session)
        make_kinship(session, self.sister.visitor, self.inmate)
        make_kinship(session, self.stranger.visitor, make_inmate(session, make_ward(session, make_prison(session))))
        self.office = make_staff(session, (Role.LEGAL_OFFICE,), self.prison)
        self.officer = make_staff(session, (Role.WARD_OFFICER,), self.prison, wards=(self.ward,))


@pytest.fixture
def world(house: House) -> World:
    return house.write(World)


def published(house: House, world: World, audience: str, items: tuple[Item, ...] = ITEMS, occasion: str = "") -> str:
    """The reference of one that is open from today."""
    who, day = identity_of(world.office, "prison"), house.now.date()

    def work(session: Session) -> str:
        row = service.write(session, who, None, Written(audience, occasion, "服务满意度", "请如实填答", items), house.now)
        service.publish(session, who, row.id, day, day + timedelta(days=30), house.now)
        return row.ref

    return house.write(work)


def row_of(session: Session, ref: str) -> Questionnaire:
    found = queries.by_ref(session, ref)
    assert found is not None
    return found


def fill(house: House, ref: str, count: int, given: Any) -> None:
    def work(session: Session) -> None:
        for place in range(count):
            service.reply(session, row_of(session, ref).id, 1, given(place), f"{place:064d}", house.now)

    house.write(work)


def english(house: House, zone: str, account: Any = None) -> Browser:
    found = browser(house, zone, account)
    found.speak("en")
    return found


def test_one_is_written_question_by_question_and_nothing_typed_is_lost(house: House, world: World) -> None:
    office = english(house, "prison", world.office)
    office.get("/questionnaires/new")
    office.submit({"title": "会见满意度", "items-0-text": "方便吗", "items-0-options": "是\n否", "do": "add"}, form="questionnaire")
    assert [name for name in office.form("questionnaire")["fields"] if name.endswith("-text")] == ["items-0-text", "items-1-text"]
    office.submit({"items-1-text": "评价", "items-1-kind": "scale", "do": "up-1"}, form="questionnaire")
    office.submit({"items-1-options": "是", "do": "save"}, form="questionnaire")
    assert "Question 2 needs between two" in office.page.text
    assert "会见满意度" in office.page.text
    office.submit({"items-1-options": "是\n\n 否 ", "do": "save"}, form="questionnaire")
    assert "It is saved" in office.page.text
    items = house.read(lambda session: queries.items_of(session.scalars(select(Questionnaire)).one().latest))
    assert items == [Item("scale", "评价"), Item("one", "方便吗", ("是", "否"))]
    office.submit({"opens_on": "2026-11-20", "closes_on": "2026-11-10"}, form="publish")
    assert "lies in the past" in office.page.text
    assert "comes before" in office.page.text
    office.submit(PUBLISHED, form="publish")
    assert "It is published" in office.page.text


def test_a_published_version_is_not_changed_and_both_are_counted_by_themselves(house: House, world: World) -> None:
    ref = published(house, world, "public")
    guest, office = english(house, "family"), english(house, "prison", world.office)
    guest.get(f"/info/questionnaires/{ref}")
    office.get(f"/questionnaires/{ref}/edit")
    office.submit({"items-0-text": "新的第一题", "do": "save"}, form="questionnaire")
    office.submit(PUBLISHED, form="publish")
    guest.submit({"q0": "2"}, form="questionnaire")  # of the version that was on the screen
    assert "have arrived" in guest.page.text
    assert "新的第一题" in guest.get(f"/info/questionnaires/{ref}").text, "the new version may be answered too"
    rows = house.read(lambda session: [(one.number, queries.replies(session, [one.id])) for one in row_of(session, ref).versions])
    assert [(number, sum(counts.values())) for number, counts in rows] == [(1, 1), (2, 0)]
    assert "办理是否方便" in office.get(f"/questionnaires/{ref}?version=1").text
    assert "新的第一题" in office.get(f"/questionnaires/{ref}").text


def test_two_who_write_at_once_notice_each_other(house: House, world: World) -> None:
    who = identity_of(world.office, "prison")
    row = house.write(lambda session: service.write(session, who, None, Written("public", "", "一", "", ITEMS), house.now))
    house.write(lambda session: service.write(session, who, row.id, Written("public", "", "二", "", ITEMS, seen=1), house.now))
    with pytest.raises(Refused, match="QUESTIONNAIRE_CHANGED"):
        house.write(lambda session: service.write(session, who, row.id, Written("public", "", "三", "", ITEMS, seen=1), house.now))


def test_everybody_answers_what_is_for_everybody_once_a_browser(house: House, world: World) -> None:
    ref = published(house, world, "public")
    guest = english(house, "family")
    guest.get(f"/info/questionnaires/{ref}")
    guest.submit({"q3": "写了很多", "q1": ["0", "2"]}, form="questionnaire")
    assert "写了很多" in guest.page.text, "what was typed is there after a refusal"
    guest.submit({"q0": "0"}, form="questionnaire")
    assert "have arrived" in guest.page.text
    assert "already" in guest.get(f"/info/questionnaires/{ref}").text
    guest.post(f"/info/questionnaires/{ref}", {"q0": "1", "number": "1"})
    assert "It counts once" in guest.page.text
    other = english(house, "family")
    other.get(f"/info/questionnaires/{ref}")
    other.submit({"q0": "1"}, form="questionnaire")
    assert house.read(lambda session: len(session.scalars(select(QuestionnaireReply)).all())) == 2


def test_relatives_answer_what_is_for_them_once_an_account_and_without_a_name(house: House, world: World) -> None:
    ref = published(house, world, "relatives")
    for who, status in ((None, 404), (world.stranger.account, 404), (world.sister.account, 200)):
        page = english(house, "family", who)
        assert page.get(f"/info/questionnaires/{ref}").status_code == status
        assert (ref in page.get("/info/questionnaires").text) is (status == 200)
    for _browser in range(2):
        page = english(house, "family", world.sister.account)
        page.get(f"/info/questionnaires/{ref}")
        page.post(f"/info/questionnaires/{ref}", {"q0": "0", "number": "1"})
    assert "It counts once" in page.page.text
    assert house.read(lambda session: row_of(session, ref).latest.invited) == 1
    assert house.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.actor_id == world.sister.account.id)).all()) == []


def test_after_its_last_day_and_once_closed_nothing_more_is_taken_and_what_was_typed_stays(house: House, world: World) -> None:
    ref = published(house, world, "public")
    guest, late = english(house, "family"), english(house, "family")
    late.get(f"/info/questionnaires/{ref}")
    office = english(house, "prison", world.office)
    office.get(f"/questionnaires/{ref}")
    office.submit(form="close")
    assert "is closed" in guest.get(f"/info/questionnaires/{ref}").text
    late.submit({"q0": "0", "q3": "来晚了"}, form="questionnaire")
    assert "can no longer be answered" in late.page.text
    assert "来晚了" in late.page.text


def test_the_one_that_is_offered_after_a_visit_is_found(house: House, world: World) -> None:
    ref = published(house, world, "relatives", occasion="visit")
    for who, lands in ((world.sister.account, f"/info/questionnaires/{ref}"), (None, "/info/questionnaires")):
        assert browser(house, "family", who).get("/info/questionnaires/after/visit").request.path == lands


def test_after_a_visit_it_is_offered_once(house: House) -> None:
    visit, day = Scene(house, state="ended", outcome="completed"), house.now.date()
    page = visit.family
    assert "/info/questionnaires" not in page.get(f"/visits/{visit.ref}/room").text

    def work(session: Session) -> str:
        bureau = identity_of(make_staff(session, (Role.BUREAU,)), "prison")
        row = service.write(session, bureau, None, Written("relatives", "visit", "会见后", "", ITEMS), house.now)
        service.publish(session, bureau, row.id, day, day, house.now)
        return row.ref

    ref = house.write(work)
    assert f"/info/questionnaires/{ref}" in page.get(f"/visits/{visit.ref}/room").text
    page.get(f"/info/questionnaires/{ref}")
    page.submit({"q0": "0"}, form="questionnaire")
    assert f"/info/questionnaires/{ref}" not in page.get(f"/visits/{visit.ref}/room").text


def test_the_ward_enters_sheets_of_paper_never_more_than_there_are_inmates(house: House, world: World) -> None:
    ref = published(house, world, "inmates")
    assert browser(house, "family", world.sister.account).get(f"/info/questionnaires/{ref}").status_code == 404
    officer = english(house, "prison", world.officer)
    assert "服务满意度" in officer.get("/questionnaires").text
    assert officer.get(f"/questionnaires/{ref}/sheet.pdf").data.startswith(b"%PDF")
    form = officer.get(f"/questionnaires/{ref}/enter")
    for _click in range(2):
        officer.page = form
        officer.submit({"q0": "1", "q2": "4", "q3": "伙食"}, form="sheet")
        assert "The sheet is entered" in officer.page.text, "a double click counts one sheet and says the same"
    assert house.read(lambda session: session.scalar(select(func.count(QuestionnaireReply.uid)))) == 1
    officer.submit({"q0": "1"}, form="sheet")
    assert "as many answers as people" in officer.page.text
    assert officer.get(f"/questionnaires/{ref}").status_code == 403
    elsewhere = make_away(house)
    assert elsewhere.get(f"/questionnaires/{ref}/enter").status_code == 404
    assert elsewhere.get(f"/questionnaires/{ref}").status_code == 404


def make_away(house: House) -> Browser:
    return browser(house, "prison", house.write(lambda session: make_staff(session, (Role.LEGAL_OFFICE,), make_prison(session))))


def varied(place: int) -> dict[int, Given]:
    """Answers of many kinds: every third leaves out the scale, every second writes something."""
    several = Given(tuple(one for one in range(3) if (place >> one) & 1))
    return {0: Given((place % 3,)), 1: several, 2: Given((place % 5 + 1,)) if place % 3 else Given(), 3: Given(text=f"=建议{place}" if place % 2 else "")}


RECOUNT = text(
    "SELECT a.item, a.choice, COUNT(DISTINCT r.uid) FROM questionnaire_answer a JOIN questionnaire_reply r ON r.uid = a.reply_uid"
    " JOIN questionnaire_version v ON v.id = r.version_id JOIN questionnaire q ON q.id = v.questionnaire_id"
    " WHERE q.ref = :ref AND v.number = 1 GROUP BY a.item, a.choice"
)


def recounted(session: Session, ref: str) -> None:
    """What the page shows is what plain SQL and the answers themselves say."""
    given = [varied(place) for place in range(40)]
    found = queries.results(session, row_of(session, ref).latest)
    by_sql = {(item, choice): count for item, choice, count in session.execute(RECOUNT, {"ref": ref})}
    for place, one in enumerate(found):
        people = [reply[place] for reply in given if not reply[place].is_empty]
        assert one.answered == len(people)
        if one.item.kind != "text":
            assert one.counts == tuple(by_sql.get((place, choice), 0) for choice in one.item.choices)
            assert one.counts == tuple(sum(choice in answer.choices for answer in people) for choice in one.item.choices)
    assert found[2].mean == round(sum(answer[2].choices[0] for answer in given if answer[2].choices) / found[2].answered, 2)
    assert found[3].texts == tuple(sorted(answer[3].text for answer in given if answer[3].text))
    assert by_sql[(3, 0)] == len(found[3].texts)


def test_results_are_what_plain_sql_counts(house: House, world: World) -> None:
    ref = published(house, world, "public")
    fill(house, ref, 40, varied)
    house.read(lambda session: recounted(session, ref))
    office = english(house, "prison", world.office)
    page = office.get(f"/questionnaires/{ref}").text
    assert "=建议1" in page
    assert "40 people answered" in page
    assert "<svg" in office.get(f"/questionnaires/{ref}/bars/0.svg").text
    assert office.get(f"/questionnaires/{ref}/bars/3.svg").status_code == 404
    book = load_workbook(BytesIO(office.get(f"/questionnaires/{ref}/results.xlsx").data))
    rows = [tuple(cell.value for cell in row) for row in book.worksheets[0]]
    assert ("Filled in", 40) in [row[:2] for row in rows]
    assert ("方便", 14, 35.0) in [row[:3] for row in rows]
    assert {cell.data_type for sheet in book for row in sheet for cell in row if cell.value is not None} <= {"s", "n"}
    assert "'=建议1" in {row[1].value for row in book.worksheets[1]}


@pytest.mark.postgresql
@pytest.mark.xdist_group("postgresql")
def test_the_family_application_puts_answers_in_and_cannot_read_them_again(zones: House) -> None:  # noqa: F811
    world = zones.write(World)
    ref = published(zones, world, "relatives")
    sister = english(zones, "family", world.sister.account)
    sister.get(f"/info/questionnaires/{ref}")
    sister.submit({"q0": "0", "q3": "谢谢"}, form="questionnaire")
    assert "have arrived" in sister.page.text
    for table in ("questionnaire_reply", "questionnaire_answer"):
        assert refused(zones, "family", f"SELECT uid FROM {table}")
        assert refused(zones, "family", f"DELETE FROM {table}")
    assert refused(zones, "family", "UPDATE questionnaire SET closes_on = NULL")
    assert zones.read(lambda session: queries.replies(session, [row_of(session, ref).latest.id])) != {}


@pytest.mark.xdist_group("postgresql")
def test_results_are_what_plain_sql_counts_on_postgresql(house: House, postgres: Cluster) -> None:
    engine = create_engine(postgres.new_database())
    db.metadata.create_all(engine)
    with house.prison.app_context(), Session(engine) as session:
        who, day = identity_of(make_staff(session, (Role.LEGAL_OFFICE,), make_prison(session)), "prison"), house.now.date()
        row = service.write(session, who, None, Written("public", "", "题", "", ITEMS), house.now)
        service.publish(session, who, row.id, day, day, house.now)
        for place in range(40):
            service.reply(session, row.id, 1, varied(place), f"{place:064d}", house.now)
        recounted(session, row.ref)
        session.rollback()
    engine.dispose()


def test_four_answers_are_a_number_and_nothing_else(house: House, world: World) -> None:
    ref = published(house, world, "public")
    fill(house, ref, 4, lambda place: {0: Given((0,)), 3: Given(text=f"秘密{place}")})
    office = english(house, "prison", world.office)
    page = office.get(f"/questionnaires/{ref}").text
    assert "4 people answered" in page
    assert "Fewer than five people" in page
    assert "秘密" not in page
    assert office.get(f"/questionnaires/{ref}/bars/0.svg").status_code == 404
    book = load_workbook(BytesIO(office.get(f"/questionnaires/{ref}/results.xlsx").data))
    assert "秘密" not in str([[cell.value for cell in row] for sheet in book for row in sheet])


def test_words_are_sealed_and_the_rows_say_neither_who_nor_when(house: House, world: World) -> None:
    ref = published(house, world, "public")
    fill(house, ref, 5, lambda place: {0: Given((0,)), 3: Given(text=f"写明{place}")})
    stored = house.read(lambda session: [bytes(box) for (box,) in session.execute(text("SELECT text_box FROM questionnaire_answer WHERE item = 3"))])
    assert len(stored) == 5
    assert not any("写明".encode() in box for box in stored)
    columns = house.read(lambda session: {row[1] for row in session.execute(text("PRAGMA table_info(questionnaire_reply)"))})
    assert columns == {"uid", "version_id", "channel", "day"}

"""Reading and answering at the terminal: by topic, what is for inmates and for everybody, and only while no visit is near."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.disclosure import service
from consult.disclosure.models import Article
from consult.disclosure.service import Written
from consult.questionnaires import service as questionnaires
from consult.questionnaires.models import QuestionnaireReply
from consult.questionnaires.rules import Item
from tests.conftest import NOON, House
from tests.factories import make_prison, make_staff
from tests.web.browsing import Browser
from tests.web.test_live import Scene
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Role
from visitation.live.rules import Turn, is_calm
from visitation.people.models import Prison

FAR = {"starts_at": NOON + timedelta(hours=3), "ends_at": NOON + timedelta(hours=4)}
ITEMS = (Item("one", "是否方便", ("方便", "不方便"), required=True), Item("scale", "评价"), Item("text", "建议", required=True))


def disclosed(house: House, prison_id: int | None, *written: Written) -> list[str]:
    """References of articles that a prison's legal office published."""

    def work(session):  # type: ignore[no-untyped-def]
        prison = session.get(Prison, prison_id) if prison_id else make_prison(session)
        who = identity_of(make_staff(session, (Role.LEGAL_OFFICE,), prison), "prison")
        rows = [service.write(session, who, None, one, house.now) for one in written]
        for row in rows:
            service.publish(session, who, row.id, house.now)
        return [row.ref for row in rows]

    return house.write(work)  # type: ignore[no-any-return]


def own_prison(scene: Scene) -> int:
    from visitation.timetable.models import Terminal

    return scene.house.read(lambda session: session.get_one(Terminal, scene.terminal_id).prison_id)  # type: ignore[no-any-return]


def questionnaire(scene: Scene) -> str:
    def work(session):  # type: ignore[no-untyped-def]
        who = identity_of(make_staff(session, (Role.LEGAL_OFFICE,), session.get_one(Prison, own_prison(scene))), "prison")
        row = questionnaires.write(session, who, None, questionnaires.Written("inmates", "", "终端问卷", "", ITEMS), NOON)
        questionnaires.publish(session, who, row.id, NOON.date(), NOON.date(), NOON)
        return row.ref

    return scene.house.write(work)  # type: ignore[no-any-return]


def terminal(scene: Scene) -> Browser:
    found = scene.terminal()
    found.speak("en")
    return found


def test_a_terminal_offers_what_is_for_inmates_and_for_everybody_by_topic(house: House) -> None:
    scene = Scene(house, **FAR)
    mine = disclosed(
        house,
        own_prison(scene),
        Written("guide", "inmates", "减刑须知", "条件如下", topic="sentence"),
        Written("article", "public", "会见须知", "须知", topic="visits"),
        Written("article", "relatives", "亲属须知", "须知", topic="visits"),
    )
    (other,) = disclosed(house, None, Written("guide", "inmates", "他监须知", "无", topic="sentence"))
    page = terminal(scene)
    assert "Rules, guides and questionnaires" in page.get("/kiosk").text
    index = page.get("/kiosk/read").text
    assert "Commutation and parole" in index
    assert "Health and daily life" not in index, "a topic without a text is left out"
    listed = page.get("/kiosk/read/topic/visits").text
    assert "会见须知" in listed
    assert "亲属须知" not in listed
    assert "他监须知" not in page.get("/kiosk/read/topic/sentence").text
    assert "条件如下" in page.get(f"/kiosk/read/{mine[0]}").text
    assert [page.get(f"/kiosk/read/{ref}").status_code for ref in (mine[2], other)] == [404, 404]
    assert page.get("/kiosk/read/topic/everything").status_code == 404


@pytest.mark.parametrize(
    ("stage", "minutes", "calm"),
    [("scheduled", 16, True), ("scheduled", 15, False), ("scheduled", -5, False), ("checking_in", 60, False), ("live", -5, False), ("ended", -5, False)],
)
def test_when_no_visit_is_near(stage: str, minutes: int, calm: bool) -> None:
    start = NOON + timedelta(minutes=minutes)
    assert is_calm(Turn("A", start, start + timedelta(minutes=30), stage), NOON) is calm
    assert is_calm(None, NOON)


def test_a_visit_that_is_near_comes_first(house: House) -> None:
    scene = Scene(house)  # in ten minutes
    disclosed(house, own_prison(scene), Written("guide", "inmates", "减刑须知", "条件", topic="sentence"))
    ref, page = questionnaire(scene), terminal(scene)
    assert page.get("/kiosk/state.json").json["calm"] is False
    article = house.read(lambda session: session.scalars(select(Article.ref)).one())
    for path in ("/kiosk/read", "/kiosk/read/topic/sentence", f"/kiosk/read/{article}", f"/kiosk/questionnaires/{ref}"):
        answer = page.get(path, follow=False)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/kiosk")


def test_a_questionnaire_is_answered_by_touch_and_needs_no_words(house: House) -> None:
    scene = Scene(house, **FAR)
    ref, page = questionnaire(scene), terminal(scene)
    assert page.get("/kiosk/state.json").json["calm"] is True
    assert "终端问卷" in page.get("/kiosk/read").text
    assert "建议" not in page.get(f"/kiosk/questionnaires/{ref}").text
    page.submit({"q1": "4"}, form="questionnaire")
    assert "Please fill in this field" in page.page.text
    form = page.page
    for _touch in range(2):
        page.page = form
        page.submit({"q0": "1"}, form="questionnaire")
        assert "have arrived" in page.page.text
    assert page.page.request.path == "/kiosk/read"
    assert house.read(lambda session: session.scalars(select(QuestionnaireReply.channel)).all()) == ["terminal"]

"""Written questions from asking to the answer, with lamps, levels, more time, merging, and a sweep that survives anything."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.lawyers.models import Firm, Lawyer
from consult.questions import service
from consult.questions.models import Question, QuestionStep
from consult.questions.service import Asked
from tests.conftest import House
from tests.factories import Family, make_family, make_inmate, make_kinship, make_lawyer, make_prison, make_staff, make_ward
from tests.web.browsing import Browser, browser
from visitation.accounts.queries import identity_of
from visitation.jobs.worker import Worker
from visitation.kernel.errors import NotFound, StateChanged
from visitation.kernel.identity import Identity, Role
from visitation.notices.models import Notice
from visitation.people.models import Inmate, Prison
from visitation.timetable.models import CalendarDay

TYPED = {"matter": "labour", "title": "拖欠工资", "text": "我父亲在工地干了三个月，没有拿到工资。", "language": "zh"}


class Scene:
    """A prison with an inmate, its offices, a firm with two lawyers, and a family."""

    def __init__(self, session: Any) -> None:
        self.prison: Prison = make_prison(session)
        self.ward = make_ward(session, self.prison)
        self.inmate: Inmate = make_inmate(session, self.ward)
        self.office = make_staff(session, (Role.LEGAL_OFFICE,), self.prison)
        self.officer = make_staff(session, (Role.WARD_OFFICER,), self.prison, wards=[self.ward])
        self.firm = Firm(name="诚信律师事务所", created_at=self.inmate.updated_at)
        session.add(self.firm)
        session.flush()
        self.lawyer: Lawyer = make_lawyer(session, self.firm)
        self.colleague: Lawyer = make_lawyer(session, self.firm)
        self.lawyer_account, self.colleague_account = self.lawyer.account, self.colleague.account
        self.family: Family = make_family(session)


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(Scene)


def page(house: House, zone: str, account: Any) -> Browser:
    found = browser(house, zone, account)
    found.speak("en")
    return found


def who(house: House, account: Any, zone: str = "prison") -> Identity:
    return house.read(lambda session: identity_of(session.merge(account, load=True), zone))


def asked(house: House, scene: Scene, **values: Any) -> Question:
    """A relative's question that has arrived."""
    person = who(house, scene.family.account, "family")
    question = Asked("labour", values.pop("title", "拖欠工资"), "三个月")
    return house.write(lambda session: service.ask(session, person, scene.prison.id, question, values.get("at", house.now)))


def row(house: House, ref: str) -> Question:
    return house.read(lambda session: session.scalars(select(Question).where(Question.ref == ref)).one())


def test_a_relative_asks_a_lawyer_answers_the_office_checks(house: House, scene: Scene) -> None:
    family = page(house, "family", scene.family.account)
    family.get("/questions/new")
    family.submit({**TYPED, "prison": str(scene.prison.id)}, form="question")
    ref = house.read(lambda session: session.scalars(select(Question)).one().ref)
    assert ref in family.page.text
    assert house.read(lambda session: session.scalars(select(Notice.kind)).all()) == ["question_received"]

    office = page(house, "prison", scene.office)
    office.get(f"/legal-questions/{ref}")
    office.submit({"firm": ""}, form="route")
    assert (row(house, ref).firm_id, row(house, ref).state) == (scene.firm.id, "routed")
    assert row(house, ref).acknowledged_at == house.now

    lawyer, colleague = page(house, "family", scene.lawyer_account), page(house, "family", scene.colleague_account)
    lawyer.get("/lawyer/questions")
    assert "拖欠工资" in lawyer.page.text
    lawyer.get(f"/lawyer/questions/{ref}")
    lawyer.submit(form="take")
    colleague.get(f"/lawyer/questions/{ref}")
    assert 'id="answer"' not in colleague.page.text
    assert colleague.post(f"/lawyer/questions/{ref}", {"answer": "mine"}).status_code == 409
    lawyer.get(f"/lawyer/questions/{ref}")
    lawyer.submit({"answer": "先向劳动监察投诉。"}, form="answer")

    family.get(f"/questions/{ref}")
    assert "劳动监察" not in family.page.text, "nothing is shown before it was checked"
    office.get(f"/legal-questions/{ref}")
    office.submit({"note": ""}, form="return")
    assert "what should be changed" in office.page.text
    office.submit({"note": "请写明时效"}, form="return")
    lawyer.get(f"/lawyer/questions/{ref}")
    assert "请写明时效" in lawyer.page.text
    assert "先向劳动监察投诉。" in lawyer.page.text, "the first answer is kept to be changed"
    lawyer.submit({"answer": "先投诉，仲裁时效一年。"}, form="answer")
    office.get(f"/legal-questions/{ref}")
    office.submit(form="deliver")
    family.get(f"/questions/{ref}")
    assert "仲裁时效一年" in family.page.text
    family.submit({"stars": "4"}, form="stars")
    assert row(house, ref).satisfaction == 4
    assert "It helped me" in family.page.text
    assert house.read(lambda session: session.scalars(select(Notice.kind).order_by(Notice.id)).all()) == ["question_received", "question_answered"]


def test_an_inmate_asks_through_the_ward_and_gets_paper(house: House, scene: Scene) -> None:
    ward = page(house, "prison", scene.officer)
    ward.get("/legal-questions/new")
    ward.submit({**TYPED, "number": "00000000", "form": "letter"}, form="question")
    assert "三个月" in ward.page.text, "nothing typed is lost"
    ward.submit({**TYPED, "number": scene.inmate.number, "form": "letter"}, form="question")
    question = house.read(lambda session: session.scalars(select(Question)).one())
    assert (question.form, question.inmate_id) == ("letter", scene.inmate.id)
    assert question.due_at > house.now + timedelta(days=8), "a letter has seven workdays"
    slip = ward.get(f"/legal-questions/{question.ref}/slip.pdf")
    assert slip.data.startswith(b"%PDF")

    office, lawyer = who(house, scene.office), who(house, scene.lawyer_account, "family")
    house.write(lambda session: service.route(session, office, question.id, None, house.now))
    house.write(lambda session: service.answer(session, lawyer, session.get_one(Lawyer, scene.lawyer.id), question.id, "答复", house.now))
    house.write(lambda session: service.deliver(session, office, question.id, house.now))
    ward.get("/legal-questions")
    assert "To hand to inmates" in ward.page.text
    ward.submit(form="hand-over")
    assert row(house, question.ref).handed_over_at == house.now
    assert house.read(lambda session: session.scalar(select(func.count(Notice.id)))) == 0

    def elsewhere(session: Any) -> Any:
        prison = session.merge(scene.prison)
        return make_staff(session, (Role.WARD_OFFICER,), prison, wards=[make_ward(session, prison)])

    other = house.write(elsewhere)
    assert page(house, "prison", other).get(f"/legal-questions/{question.ref}").status_code == 404


def test_too_long_a_question_is_kept_and_refused(house: House, scene: Scene) -> None:
    family = page(house, "family", scene.family.account)
    family.get("/questions/new")
    text = "长" * 100_000
    family.submit({**TYPED, "text": text, "prison": str(scene.prison.id)}, form="question")
    assert "has 100000 characters" in family.page.text
    assert text in family.page.text
    assert house.read(lambda session: session.scalar(select(func.count(Question.id)))) == 0


def test_a_double_click_asks_once_and_another_text_is_another_question(house: House, scene: Scene) -> None:
    family, ward = page(house, "family", scene.family.account), page(house, "prison", scene.officer)
    cases = ((family, "/questions/new", {"prison": str(scene.prison.id)}), (ward, "/legal-questions/new", {"number": scene.inmate.number, "form": "letter"}))
    for who_asks, address, more in cases:
        before = house.read(lambda session: session.scalar(select(func.count(Question.id))))
        form = who_asks.get(address)
        for _click in range(3):
            who_asks.page = form
            who_asks.submit({**TYPED, **more}, form="question")
            assert "/new" not in who_asks.page.request.path
        assert house.read(lambda session: session.scalar(select(func.count(Question.id)))) == before + 1
        who_asks.page = form
        who_asks.submit({**TYPED, **more, "text": "后来想起的另一件事"}, form="question")
        assert house.read(lambda session: session.scalar(select(func.count(Question.id)))) == before + 2, "nothing typed is swallowed"


def test_an_inmate_takes_a_question_back_through_the_ward_and_nobody_elses(house: House, scene: Scene) -> None:
    mine = house.write(lambda session: service.ask_for_inmate(session, who_is(session, scene.officer), scene.inmate.id, Asked("labour", "一", "二"), house.now))
    theirs = asked(house, scene)
    ward, office = page(house, "prison", scene.officer), page(house, "prison", scene.office)
    assert 'id="withdraw"' not in office.get(f"/legal-questions/{theirs.ref}").text
    assert office.post(f"/legal-questions/{theirs.ref}/withdraw").status_code == 404
    with pytest.raises(NotFound):
        house.write(lambda session: service.withdraw(session, who_is(session, scene.officer), theirs.id, house.now))
    ward.get(f"/legal-questions/{mine.ref}")
    ward.submit(form="withdraw")
    assert row(house, mine.ref).state == "withdrawn"
    assert ward.post(f"/legal-questions/{mine.ref}/withdraw").status_code == 409


def test_the_due_time_follows_the_prisons_own_calendar(house: House, scene: Scene) -> None:
    """Tuesday noon, three workdays: Friday. With the Thursday off here and the Saturday worked in exchange: Saturday, and only here."""
    other = house.write(make_prison)
    thursday, saturday = house.now.date() + timedelta(days=2), house.now.date() + timedelta(days=4)
    person = who(house, scene.family.account, "family")

    def due(prison_id: int, title: str) -> datetime:
        return house.write(lambda s: service.ask(s, person, prison_id, Asked("labour", title, "三个月"), house.now).due_at)  # type: ignore[no-any-return]

    assert due(scene.prison.id, "一") == house.now + timedelta(days=3)
    own = [CalendarDay(day=day, prison_id=scene.prison.id, working=working, note="") for day, working in ((thursday, False), (saturday, True))]
    house.write(lambda session: session.add_all(own))
    assert due(scene.prison.id, "二") == house.now + timedelta(days=4)
    assert due(other.id, "三") == house.now + timedelta(days=3)


def test_another_firm_neither_reads_nor_answers(house: House, scene: Scene) -> None:
    def elsewhere(session: Any) -> Lawyer:
        firm = Firm(name="别家律师事务所", created_at=house.now)
        session.add(firm)
        session.flush()
        return make_lawyer(session, firm)

    question, stranger = asked(house, scene), house.write(elsewhere)
    house.write(lambda session: service.route(session, who_is(session, scene.office), question.id, scene.firm.id, house.now))
    account = house.read(lambda session: session.get_one(Lawyer, stranger.id).account)
    assert page(house, "family", account).get(f"/lawyer/questions/{question.ref}").status_code == 404
    one = who(house, account, "family")
    for act in (
        lambda session: service.answer(session, one, session.get_one(Lawyer, stranger.id), question.id, "答", house.now),
        lambda session: service.take(session, one, session.get_one(Lawyer, stranger.id), question.id, house.now),
        lambda session: service.ask_extension(session, one, session.get_one(Lawyer, stranger.id), question.id, 2, "x", house.now),
    ):
        with pytest.raises(NotFound):
            house.write(act)


def who_is(session: Any, account: Any) -> Identity:
    return identity_of(session.merge(account), "prison")


def test_nobody_able_is_said_and_the_office_passes_on_or_chooses(house: House, scene: Scene) -> None:
    house.write(lambda session: setattr(session.get_one(Firm, scene.firm.id), "matters", ["civil"]))
    question = asked(house, scene)
    office = page(house, "prison", scene.office)
    office.get(f"/legal-questions/{question.ref}")
    office.submit({"firm": ""}, form="route")
    assert "No firm that takes part" in office.page.text
    office.submit({"firm": str(scene.firm.id)}, form="route")
    assert row(house, question.ref).firm_id == scene.firm.id
    office.submit({"where": ""}, form="transfer")
    assert "where the question is passed on to" in office.page.text
    office.submit({"where": "市人力资源和社会保障局"}, form="transfer")
    assert row(house, question.ref).state == "transferred"
    family = page(house, "family", scene.family.account)
    family.get(f"/questions/{question.ref}")
    assert "市人力资源和社会保障局" in family.page.text


def test_the_same_asked_twice_is_merged_only_for_the_same_person(house: House, scene: Scene) -> None:
    first, second = asked(house, scene), asked(house, scene, title="还是工资")
    other = house.write(make_family)
    person = who(house, other.account, "family")
    theirs = house.write(lambda session: service.ask(session, person, scene.prison.id, Asked("labour", "别人", "别人"), house.now))
    office = page(house, "prison", scene.office)
    for into, said in (("ZZZZZZZZ", "no such question"), (theirs.ref, "wrong person"), (second.ref, "no such question")):
        office.get(f"/legal-questions/{second.ref}")
        office.submit({"into": into}, form="merge")
        assert said in office.page.text
    office.submit({"into": first.ref.lower()}, form="merge")
    assert row(house, second.ref).state == "merged"
    family = page(house, "family", scene.family.account)
    family.get(f"/questions/{second.ref}")
    assert f"/questions/{first.ref}" in family.page.text
    assert page(house, "family", other.account).get(f"/questions/{first.ref}").status_code == 404


def test_overdue_moves_up_level_by_level_and_more_time_brings_it_back(house: House, scene: Scene) -> None:
    question = asked(house, scene)
    office, lawyer = who(house, scene.office), who(house, scene.lawyer_account, "family")
    house.write(lambda session: service.route(session, office, question.id, None, house.now))
    moment = question.due_at
    assert house.write(lambda session: service.sweep(session, moment)) == 0
    for level in (1, 2, 3):
        moment = row(house, question.ref).level_due_at + timedelta(seconds=1)
        assert house.write(lambda session, at=moment: service.sweep(session, at)) == 1
        assert house.write(lambda session, at=moment: service.sweep(session, at)) == 0, "again changes nothing"
        assert row(house, question.ref).level == level
    assert house.write(lambda session: service.sweep(session, moment + timedelta(days=400))) == 0, "there is no higher level"

    house.clock.set(moment)
    page_of_lawyer = page(house, "family", scene.lawyer_account)
    page_of_lawyer.get(f"/lawyer/questions/{question.ref}")
    page_of_lawyer.submit({"workdays": "2", "reason": "需查阅判决书"}, form="extension")
    assert row(house, question.ref).due_at == question.due_at, "asked for is not granted"
    page_of_office = page(house, "prison", scene.office)
    page_of_office.get("/legal-questions?pile=extensions")
    assert question.ref in page_of_office.page.text
    page_of_office.get(f"/legal-questions/{question.ref}")
    assert "Discipline office" in page_of_office.page.text
    page_of_office.submit(form="grant")
    again = row(house, question.ref)
    assert (again.level, again.due_at > moment) == (0, True)
    with pytest.raises(StateChanged):
        house.write(lambda session: service.decide_extension(session, office, question.id, True, moment))
    house.write(lambda session: service.answer(session, lawyer, session.get_one(Lawyer, scene.lawyer.id), question.id, "答复", moment))
    house.write(lambda session: service.deliver(session, office, question.id, moment))
    assert house.write(lambda session: service.sweep(session, moment + timedelta(days=400))) == 0
    assert house.read(lambda session: session.scalar(select(func.count(QuestionStep.id)))) == 3


def test_an_acknowledgement_that_is_late_is_red_on_the_desk_moves_up_and_is_settled_by_sending_it_on(house: House, scene: Scene) -> None:
    question = asked(house, scene)
    assert question.acknowledge_by == house.now + timedelta(hours=24)
    office = page(house, "prison", scene.office)

    def colour_on_the_desk() -> str:
        return re.findall(r"lamp-(\w+)(?:(?!lamp-).)*legal questions to decide on", office.get("/").text, re.DOTALL)[0]  # type: ignore[no-any-return]

    assert "to acknowledge within a day" in office.get("/legal-questions").text
    assert colour_on_the_desk() == "yellow"
    assert question.ref not in office.get("/legal-questions?pile=red").text
    assert house.write(lambda session: service.sweep(session, question.acknowledge_by)) == 0

    late = house.now + timedelta(hours=24, seconds=1)
    house.clock.set(late)
    office = page(house, "prison", scene.office)  # yesterday's sign-in is over
    assert question.ref in office.get("/legal-questions?pile=red").text
    assert "acknowledgement overdue" in office.page.text
    assert colour_on_the_desk() == "red"
    assert [house.write(lambda session: service.sweep(session, late)) for _again in range(2)] == [1, 0]
    assert row(house, question.ref).level == 1

    office.get(f"/legal-questions/{question.ref}")
    assert "acknowledgement overdue" in office.page.text
    office.submit({"firm": ""}, form="route")
    assert "acknowledgement overdue" not in office.page.text
    settled = row(house, question.ref)
    assert (settled.acknowledged_at, settled.level, settled.level_due_at) == (late, 0, question.due_at), "with the firm, against the answer's time"
    assert question.ref not in office.get("/legal-questions?pile=red").text
    assert house.write(lambda session: service.sweep(session, question.due_at + timedelta(seconds=1))) == 1, "the same level once more, for the answer"
    assert house.read(lambda session: len(session.scalars(select(QuestionStep)).all())) == 2


def test_a_sweep_that_dies_a_hundred_times_loses_and_doubles_nothing(house: House, scene: Scene) -> None:
    """Killed before its commit: nothing has happened. After it: it is done, and not done again."""
    questions = [asked(house, scene, title=f"第{number}件", at=house.now - timedelta(days=30 * number)) for number in range(1, 5)]
    late = house.now + timedelta(days=60)

    class Killed(Exception):
        pass

    def dying(session: Any, moment: datetime) -> None:
        service.sweep(session, moment)
        raise Killed

    for number in range(100):
        with pytest.raises(Killed):
            house.write(lambda session, n=number: dying(session, late + timedelta(seconds=n)))
    assert house.read(lambda session: session.scalar(select(func.count(QuestionStep.id)))) == 0
    for number in range(30):
        house.write(lambda session, n=number: service.sweep(session, late + timedelta(minutes=n)))
    assert house.read(lambda session: session.scalar(select(func.count(QuestionStep.id)))) == 3 * len(questions)
    assert house.read(lambda session: set(session.scalars(select(Question.level)))) == {3}


def test_the_answer_rate_page_counts_what_plain_sql_counts(house: House, scene: Scene) -> None:
    office, lawyer = who(house, scene.office), who(house, scene.lawyer_account, "family")
    for number in range(3):
        question = asked(house, scene, title=str(number))
        if number < 2:
            house.write(lambda session, q=question: service.route(session, office, q.id, None, house.now))
            house.write(lambda session, q=question: service.answer(session, lawyer, session.get_one(Lawyer, scene.lawyer.id), q.id, "答", house.now))
            house.write(lambda session, q=question: service.deliver(session, office, q.id, house.now))

    def at_the_last_moment(session: Any) -> None:
        row = session.scalars(select(Question).where(Question.title == "0")).one()
        row.delivered_at = row.due_at

    house.write(at_the_last_moment)
    house.clock.set(house.now + timedelta(days=6))
    shown = page(house, "prison", scene.office)
    shown.get("/legal-questions/rate")
    assert "66.7 %" in shown.page.text
    assert b"<svg" in shown.get("/legal-questions/rate.svg").data
    shown.get("/legal-questions?pile=red")
    assert "overdue" in shown.page.text


def test_the_desk_and_the_jobs_know_of_it(house: House, scene: Scene) -> None:
    import wsgi

    asked(house, scene)
    desk = page(house, "prison", scene.office)
    desk.get("/")
    assert "legal questions to decide on" in desk.page.text
    worker: Worker = wsgi.build_worker(house.prison)
    assert "questions.late" in {sweep.name for sweep in worker._sweeps}


def test_the_form_begins_with_the_own_prison_and_no_matter_and_a_closed_question_says_what_next(house: House, scene: Scene) -> None:
    def kin(session: Session) -> str:
        prison = make_prison(session, name="乙监狱", code="ZZ")
        make_kinship(session, session.merge(scene.family.visitor), make_inmate(session, make_ward(session, prison)))
        return str(prison.id)

    own = house.write(kin)
    family = page(house, "family", scene.family.account)
    family.get("/questions/new")
    first = re.findall(r'<select[^>]*name="prison".*?<option[^>]*value="(\d+)"', family.page.text, re.DOTALL)
    assert first == [own], "the first choice is where the relative is, whatever the codes' order"
    family.submit({**TYPED, "matter": "", "prison": own}, form="question")
    assert "三个月" in family.page.text, "no matter is guessed, and nothing typed is lost"
    ref = asked(house, scene).ref
    family.get(f"/questions/{ref}")
    family.submit({}, form="withdraw")
    family.get(f"/questions/{ref}")
    assert 'href="/questions/new"' in family.page.text


def test_a_lawyer_sees_that_more_time_is_asked_for(house: House, scene: Scene) -> None:
    question = asked(house, scene)
    office, lawyer = page(house, "prison", scene.office), page(house, "family", scene.lawyer_account)
    office.get(f"/legal-questions/{question.ref}")
    office.submit({"firm": ""}, form="route")
    lawyer.get(f"/lawyer/questions/{question.ref}")
    lawyer.submit({"workdays": "2", "reason": "要核实"}, form="extension")
    lawyer.get(f"/lawyer/questions/{question.ref}")
    assert 'id="extension"' not in lawyer.page.text, "it is not asked twice"
    assert "More time is asked for" in lawyer.page.text

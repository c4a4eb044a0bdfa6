"""The roster of a legal-help day: asked, agreed, declined, substituted, dropped, and handed over between lawyers without ever leaving a hole."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from consult.helpdays import people, queries, roster, series
from consult.helpdays.models import HelpDay, HelpDuty, HelpSwap
from consult.helpdays.overview import pile
from consult.lawyers import service as lawyers
from consult.lawyers.models import Lawyer, LawyerAway
from tests.conftest import House
from tests.factories import make_lawyer
from tests.web.browsing import Browser, browser
from tests.web.helpdays import Office, make_office, pattern
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.notices.models import Notice

FIRST, SECOND, THIRD = date(2026, 11, 25), date(2026, 12, 2), date(2026, 12, 9)


@dataclass
class Roster:
    """A series with its days, and short ways to act on it. Lawyers are numbered from 0."""

    office: Office
    days: dict[date, HelpDay]

    def write(self, work: Any) -> Any:
        return self.office.house.write(work)

    def put(self, day: date, *numbers: int, agreed: bool = True) -> list[HelpDuty]:
        """Lawyers on places 1, 2, ... of a day."""
        chosen = {place: self.office.lawyers[number].id for place, number in enumerate(numbers, start=1)}
        found: list[HelpDuty] = self.write(lambda s: roster.ask(s, self.office.who, self.days[day].id, chosen, agreed, self.office.house.now))
        return found

    def offer(self, duty: HelpDuty, giver: int, to: int, back: HelpDuty | None = None) -> HelpSwap:
        now, back_id = self.office.house.now, back.id if back else None
        found: HelpSwap = self.write(lambda s: roster.offer(s, self.office.as_lawyer(giver), duty.id, self.office.lawyers[to].id, back_id, now))
        return found

    def answer(self, swap: HelpSwap, by: int, accepts: bool = True) -> None:
        self.write(lambda s: roster.answer_swap(s, self.office.as_lawyer(by), swap.id, accepts, self.office.house.now))

    def on_duty(self, day: date) -> list[int]:
        """Numbers of the lawyers who have agreed, by place."""
        numbers = {lawyer.id: number for number, lawyer in enumerate(self.office.lawyers)}
        duties = self.office.house.read(lambda s: queries.on_duty(s, s.get(HelpDay, self.days[day].id)))
        return [numbers[duty.lawyer_id] for duty in duties]

    def states(self, day: date) -> dict[int, str]:
        numbers = {lawyer.id: number for number, lawyer in enumerate(self.office.lawyers)}
        query = select(HelpDuty.lawyer_id, HelpDuty.state).where(HelpDuty.day_id == self.days[day].id)
        return {numbers[lawyer]: state for lawyer, state in self.office.house.read(lambda s: s.execute(query).all())}

    def open_swaps(self) -> int:
        query = select(HelpSwap.id).where(HelpSwap.state == "open")
        return len(self.office.house.read(lambda s: s.scalars(query).all()))

    def away(self, number: int, day: date) -> None:
        self.write(lambda s: s.add(LawyerAway(lawyer_id=self.office.lawyers[number].id, starts_on=day, ends_on=day)))

    def page(self, number: int) -> Browser:
        found = browser(self.office.house, "family", self.office.lawyers[number].account)
        found.speak("en")
        return found

    def told(self, number: int) -> list[str]:
        account = self.office.lawyers[number].account_id
        return list(self.office.house.read(lambda s: s.scalars(select(Notice.kind).where(Notice.account_id == account).order_by(Notice.id)).all()))


@pytest.fixture
def plan(house: House) -> Roster:
    office = make_office(house)
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), {}, "", house.now))
    return Roster(office, {day.planned_on: day for day in row.days})


@pytest.fixture
def page(house: House, plan: Roster) -> Browser:
    found = browser(house, "prison", plan.office.account)
    found.speak("en")
    return found


def test_the_office_asks_and_the_lawyers_answer(house: House, plan: Roster, page: Browser) -> None:
    ref = plan.days[SECOND].ref
    page.get(f"/help-days/{ref}")
    proposed = page.form("ask")["fields"]
    assert proposed["place-1"] != proposed["place-2"]
    page.submit({"place-1": str(plan.office.lawyers[0].id), "place-2": str(plan.office.lawyers[1].id)}, form="ask")
    assert "The lawyers are on the roster" in page.page.text
    assert plan.states(SECOND) == {0: "asked", 1: "asked"}
    assert plan.told(0) == ["help_duty_asked"]

    first, second = plan.page(0), plan.page(1)
    assert "Can you serve on a legal-help day?" in first.get("/notices").text
    assert "(1 new)" in first.get("/lawyer/days").text
    assert "Can you serve on this day?" in first.page.text
    first.submit({"said": "yes"}, form="answer")
    assert "stands in your calendar" in first.page.text
    second.get("/lawyer/days")
    second.submit({"said": "no", "reason": "出庭"}, form="answer")
    assert "asks somebody else" in second.page.text
    assert plan.on_duty(SECOND) == [0]
    text = page.get(f"/help-days/{ref}").text
    assert "出庭" in text
    assert "Who fell out" in text
    assert first.post(f"/lawyer/days/{_ref(house, plan, SECOND, 0)}/answer", {"said": "yes"}).status_code == 409
    assert first.post(f"/lawyer/days/{_ref(house, plan, SECOND, 1)}/answer", {"said": "yes"}).status_code == 404, "another's"
    page.get(f"/help-days/{ref}")
    page.submit({"place-2": str(plan.office.lawyers[1].id)}, form="ask")
    assert plan.states(SECOND) == {0: "agreed", 1: "asked"}, "who declined can be asked again"


def _ref(house: House, plan: Roster, day: date, number: int) -> str:
    query = select(HelpDuty.ref).where(HelpDuty.day_id == plan.days[day].id, HelpDuty.lawyer_id == plan.office.lawyers[number].id)
    return str(house.read(lambda s: s.scalars(query).one()))


def test_asking_is_all_or_nothing_with_every_reason(house: House, plan: Roster, page: Browser) -> None:
    plan.put(SECOND, 0)
    plan.away(1, SECOND)
    lawyers = plan.office.lawyers
    chosen = {1: lawyers[2].id, 2: lawyers[1].id, 3: lawyers[0].id}
    with pytest.raises(Refused) as refused:
        house.write(lambda s: roster.ask(s, plan.office.who, plan.days[SECOND].id, chosen, False, house.now))
    assert sorted(refused.value.codes) == ["DUTY_AWAY", "DUTY_HERE", "DUTY_PLACE", "DUTY_PLACE_TAKEN"]
    with pytest.raises(Refused, match="DUTY_TWO_PLACES"):
        house.write(lambda s: roster.ask(s, plan.office.who, plan.days[THIRD].id, {1: lawyers[0].id, 2: lawyers[0].id}, False, house.now))
    assert plan.states(SECOND) == {0: "agreed"}
    page.get(f"/help-days/{plan.days[SECOND].ref}")
    page.submit({"place-2": str(lawyers[1].id)}, form="ask")
    assert page.page.status_code == 422
    assert f"{lawyers[1].name} is away on Wednesday" in page.page.text
    page.submit({"place-2": ""}, form="ask")
    assert "at least one place" in page.page.text


def test_who_serves_elsewhere_or_is_not_verified(house: House, plan: Roster) -> None:
    other = make_office(house, lawyers=0)
    row = house.write(lambda s: series.create(s, other.who, other.prison.id, pattern(other, opens=time(16), closes=time(17)), {}, "", house.now))
    plan.put(SECOND, 0)
    with pytest.raises(Refused, match="DUTY_ELSEWHERE"):
        house.write(lambda s: roster.ask(s, other.who, row.days[1].id, {1: plan.office.lawyers[0].id}, False, house.now))
    new = house.write(lambda s: make_lawyer(s, s.get(Lawyer, plan.office.lawyers[0].id).firm, state="submitted"))
    with pytest.raises(Refused, match="DUTY_NOT_VERIFIED"):
        house.write(lambda s: roster.ask(s, other.who, row.days[1].id, {1: new.id}, False, house.now))
    with pytest.raises(Refused, match="DUTY_UNKNOWN_LAWYER"):
        house.write(lambda s: roster.ask(s, other.who, row.days[1].id, {1: 0}, False, house.now))


def test_those_who_have_served_least_are_proposed(house: House, plan: Roster) -> None:
    plan.put(FIRST, 0, 1)
    plan.away(2, SECOND)
    day = house.read(lambda s: s.get(HelpDay, plan.days[SECOND].id, populate_existing=True))
    found = house.read(lambda s: people.candidates(s, s.merge(day, load=False)))
    assert [one.lawyer_id for one in found] == [plan.office.lawyers[number].id for number in (3, 0, 1, 2)]
    proposed = house.read(lambda s: people.proposal(s, s.merge(day, load=False), found, house.now))
    assert proposed == {1: plan.office.lawyers[3].id, 2: plan.office.lawyers[0].id}


def test_a_substitute_and_dropping_out(house: House, plan: Roster, page: Browser) -> None:
    first, _second = plan.put(SECOND, 0, 1)
    page.get(f"/help-days/{plan.days[SECOND].ref}")
    page.submit({"lawyer": str(plan.office.lawyers[2].id), "agreed": "y"}, form=f"substitute-{first.ref}")
    assert "The substitute is on the roster" in page.page.text
    assert plan.on_duty(SECOND) == [2, 1]
    assert plan.states(SECOND)[0] == "replaced"
    assert plan.told(0)[-1] == "help_duty_replaced"
    assert page.post(f"/help-days/duties/{first.ref}/substitute", {"lawyer": str(plan.office.lawyers[3].id)}).status_code == 409
    assert page.post(f"/help-days/duties/{first.ref}/substitute", {"lawyer": "77777"}).status_code == 422

    me = plan.page(1)
    me.get(f"/lawyer/days/{_ref(house, plan, SECOND, 1)}/swap")
    me.submit({"reason": ""}, form="drop")
    assert "Please fill in this field" in me.page.text
    me.submit({"reason": "突发疾病"}, form="drop")
    assert "The legal office has been told" in me.page.text
    assert plan.on_duty(SECOND) == [2]
    text = page.get(f"/help-days/{plan.days[SECOND].ref}").text
    assert "突发疾病" in text
    assert ">empty<" in text
    assert "1 place is empty" in page.get("/help-days").text
    page.get(f"/help-days/{plan.days[SECOND].ref}")
    page.submit({"reason": "来电告知"}, form="drop-")
    assert plan.on_duty(SECOND) == []


def test_the_plan_notices_every_change_of_the_roster(house: House, plan: Roster) -> None:
    def version() -> int:
        return int(house.read(lambda s: s.get(HelpDay, plan.days[SECOND].id, populate_existing=True).plan_version))

    seen = [version()]
    first, second = plan.put(SECOND, 0, 1)
    seen.append(version())
    plan.answer(plan.offer(first, 0, 2), 2)
    seen.append(version())
    house.write(lambda s: roster.substitute(s, plan.office.who, second.id, plan.office.lawyers[3].id, True, house.now))
    seen.append(version())
    assert seen == sorted(set(seen))


# -- between lawyers


def test_a_colleague_takes_over_on_the_pages(house: House, plan: Roster) -> None:
    plan.put(SECOND, 0, 1)
    mine, theirs = plan.page(0), plan.page(2)
    mine.get(f"/lawyer/days/{_ref(house, plan, SECOND, 0)}/swap")
    mine.submit({"colleague": str(plan.office.lawyers[1].id)}, form="swap")
    assert "cannot fill two places" in mine.page.text
    mine.submit({"colleague": str(plan.office.lawyers[2].id)}, form="swap")
    assert "Your colleague has been asked" in mine.page.text
    assert plan.on_duty(SECOND) == [0, 1], "nothing changes before the answer"
    mine.get(f"/lawyer/days/{_ref(house, plan, SECOND, 0)}/swap")
    mine.submit({"colleague": str(plan.office.lawyers[3].id)}, form="swap")
    assert "already asked a colleague" in mine.page.text
    theirs.get("/lawyer/days")
    theirs.submit({"said": "yes"}, form="swap-")
    assert "You take over" in theirs.page.text
    assert plan.on_duty(SECOND) == [2, 1]
    assert plan.told(0)[-1] == "help_swap_accepted"
    assert "Days on which I serve" in mine.get("/lawyer/days").text
    assert plan.days[SECOND].ref not in mine.page.text


def test_two_days_change_hands_at_once(plan: Roster) -> None:
    mine = plan.put(SECOND, 0, 1)[0]
    theirs = plan.put(THIRD, 2, 3)[0]
    plan.answer(plan.offer(mine, 0, 2, theirs), 2)
    assert (plan.on_duty(SECOND), plan.on_duty(THIRD)) == ([2, 1], [0, 3])
    theirs_now = select(HelpDuty).where(HelpDuty.lawyer_id == plan.office.lawyers[2].id, HelpDuty.state == "agreed")
    back = plan.office.house.read(lambda s: s.scalars(theirs_now).one())
    plan.answer(plan.offer(back, 2, 0), 0)
    assert plan.on_duty(SECOND) == [0, 1], "who gave a day away can take it back"


def test_a_swap_that_leaves_a_hole(plan: Roster) -> None:
    """In exchange: the colleague's second day, on which the asker is away; or a day on which the asker serves already; or the other place of the same day."""
    mine, beside = plan.put(SECOND, 0, 1)
    theirs, own = plan.put(THIRD, 2, 0)
    plan.away(3, SECOND)
    plan.away(0, THIRD)
    cases = [
        (0, None, ("SWAP_SELF",)),
        (1, None, ("SWAP_HOLE",)),
        (3, None, ("DUTY_AWAY",)),
        (2, theirs, ("SWAP_HOLE_BACK",)),
        (1, own, ("SWAP_HOLE", "SWAP_NOT_THEIRS", "SWAP_HOLE_BACK")),
        (1, beside, ("SWAP_HOLE_BACK",)),
    ]
    for to, back, codes in cases:
        with pytest.raises(Refused) as refused:
            plan.offer(mine, 0, to, back)
        assert refused.value.codes == codes
    assert plan.open_swaps() == 0
    assert plan.on_duty(SECOND) == [0, 1]


def test_too_near_published_or_over(house: House, plan: Roster) -> None:
    near, planned = plan.put(FIRST, 0, 1)[0], plan.put(SECOND, 0, 1)[0]
    house.clock.set(plan.days[FIRST].starts_at - timedelta(hours=24))
    swap = plan.offer(near, 0, 2)
    house.clock.advance(timedelta(minutes=1))
    with pytest.raises(Refused, match="SWAP_TOO_NEAR"):
        plan.answer(swap, 2)
    assert house.write(lambda s: roster.sweep(s, house.now)) == 1
    assert plan.open_swaps() == 0
    house.write(lambda s: setattr(s.get(HelpDay, plan.days[SECOND].id), "state", "published"))
    with pytest.raises(Refused, match="SWAP_PUBLISHED"):
        plan.offer(planned, 0, 2)
    house.clock.set(plan.days[SECOND].ends_at)
    for refused in (lambda: plan.offer(planned, 0, 2), lambda: house.write(lambda s: roster.drop(s, plan.office.as_lawyer(0), planned.id, "x", house.now))):
        with pytest.raises(Refused, match="DUTY_DAY_OVER"):
            refused()


def test_everything_is_judged_again_when_the_colleague_answers(plan: Roster) -> None:
    mine = plan.put(SECOND, 0, 1)[0]
    swap = plan.offer(mine, 0, 2)
    plan.away(2, SECOND)
    with pytest.raises(Refused, match="DUTY_AWAY"):
        plan.answer(swap, 2)
    assert plan.on_duty(SECOND) == [0, 1]
    plan.answer(swap, 2, accepts=False)
    assert plan.told(0)[-1] == "help_swap_declined"
    with pytest.raises(StateChanged):
        plan.answer(swap, 2)


def test_whoever_decides_first_wins(house: House, plan: Roster) -> None:
    """The office takes the duty away, the lawyer drops out, the question is taken back: a late yes changes nothing."""
    office, now = plan.office, house.now
    for end in (
        lambda duty, _swap: house.write(lambda s: roster.substitute(s, office.who, duty.id, office.lawyers[3].id, True, now)),
        lambda duty, _swap: house.write(lambda s: roster.drop(s, office.as_lawyer(0), duty.id, "x", now)),
        lambda _duty, swap: house.write(lambda s: roster.withdraw(s, office.as_lawyer(0), swap.id, now)),
    ):
        day = list(plan.days)[1 + len(house.read(lambda s: s.scalars(select(HelpSwap.id)).all()))]
        duty = plan.put(day, 0, 1)[0]
        swap = plan.offer(duty, 0, 2)
        end(duty, swap)
        assert plan.open_swaps() == 0
        before = plan.states(day)
        with pytest.raises(StateChanged):
            plan.answer(swap, 2)
        assert plan.states(day) == before
    duty = plan.put(FIRST, 0, 1)[0]
    with pytest.raises(NotFound):
        plan.offer(duty, 1, 2)
    with pytest.raises(NotFound):
        house.write(lambda s: roster.answer(s, office.as_lawyer(1), duty.id, True, "", now))


def test_a_hole_turns_the_desk_red_and_goes_when_it_is_filled(house: House, plan: Roster, page: Browser) -> None:
    def waiting() -> tuple[int, str]:
        with house.prison.test_request_context():
            item = house.read(lambda s: (s.expire_all(), list(pile(s, plan.office.who, house.now)))[1])[0]
        return item.count, item.lamp

    plan.put(FIRST, 0, 1)
    assert waiting() == (1, "yellow"), "the second day is eight days away"
    house.clock.advance(timedelta(days=5))
    assert waiting()[1] == "red"
    plan.put(SECOND, 0, 1)
    plan.put(THIRD, 0, 1)
    assert waiting()[0] == 0
    assert "legal-help days with an empty place" not in page.get("/").text


def test_who_serves_here_no_more_or_notes_to_be_away_leaves_the_roster(house: House, plan: Roster, page: Browser) -> None:
    """Ended by the office, or days away noted after they had agreed: a hole on the desk within a minute, once, and no lawyer who never comes."""
    plan.put(SECOND, 0, 1)
    plan.put(THIRD, 0, 1)
    office = plan.office
    house.write(lambda s: lawyers.end(s, office.who, office.lawyers[0].id, "调离", house.now))
    plan.away(1, THIRD)
    assert house.write(lambda s: roster.sweep(s, house.now)) == 3
    assert house.write(lambda s: roster.sweep(s, house.now)) == 0
    assert (plan.on_duty(SECOND), plan.on_duty(THIRD)) == ([1], [])
    assert plan.told(1)[-1] == "help_duty_cancelled"
    text = page.get(f"/help-days/{plan.days[THIRD].ref}").text
    assert "serves here no more" in text
    assert "has noted to be away then" in text

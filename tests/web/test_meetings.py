"""Meetings with defenders: what waits with its deadline, free times, arranged and called off."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from consult.lawyers.models import Firm
from consult.meetings import queries, service
from consult.requests.models import HelpRequest
from tests.conftest import House
from tests.factories import make_lawyer, make_staff
from tests.scenes import MONDAY, NINE, Scene, book, make_scene
from tests.web.browsing import Browser, browser
from visitation.accounts.queries import identity_of
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.kernel.errors import StateChanged
from visitation.kernel.identity import Role
from visitation.notices.models import Notice
from visitation.policies.models import PolicyRow
from visitation.policies.rules import DEFAULTS


class Office:
    """A request on the defence path, a lawyer, the legal office; `remote`: the prison's rule allows meetings by video."""

    def __init__(self, house: House, remote: bool = True) -> None:
        self.house = house
        self.scene: Scene = house.write(make_scene)
        self.ref: str = house.write(lambda s: self._make(s, remote))
        self.page: Browser = browser(house, "prison", self.account)

    def _make(self, session: Any, remote: bool) -> str:
        now, scene = self.house.now, self.scene
        self.account = make_staff(session, [Role.LEGAL_OFFICE], session.merge(scene.prison))
        firm = Firm(name="明德所", created_at=now)
        session.add(firm)
        session.flush()
        self.lawyer = make_lawyer(session, firm)
        if remote:
            rule = {"key": "remote", "value": dict.fromkeys(DEFAULTS["remote"].value, True), "basis": "省局批复", "effective_from": date(2026, 11, 1)}
            session.add(PolicyRow(prison_id=scene.prison.id, created_at=now, **rule))
        given = {"prison_id": scene.prison.id, "ward_id": scene.inmate.ward_id, "inmate_id": scene.inmate.id, "matter": "criminal", "consent_at": now}
        row = HelpRequest(**given, entered_by=self.account.id, entered_at=now, state="to_pass", path="defence", due_at=now + timedelta(hours=48))
        row.summary = "案件开庭在即"
        session.add(row)
        session.flush()
        return row.ref

    def new(self, day: date = MONDAY) -> Any:
        return self.page.get(f"/lawyer-meetings/new/{self.ref}?lawyer={self.lawyer.id}&day={day.isoformat()}")

    def send(self, **values: Any) -> Any:
        place = f"{self.scene.terminals[0].id}@{NINE.isoformat()}"
        given = {"lawyer": str(self.lawyer.id), "place": place, "papers": ["licence", "certificate", "mandate"]}
        self.new()
        return self.page.submit(given | values, form="meeting", follow=False)

    def request(self) -> HelpRequest:
        return self.house.read(lambda s: s.scalar(select(HelpRequest)))  # type: ignore[no-any-return]


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def test_what_waits_is_shown_with_its_deadline(office: Office) -> None:
    page = office.page.get("/lawyer-meetings").text
    assert office.ref in page
    assert "lamp-good" in page
    office.house.clock.advance(timedelta(hours=30))
    browser_again = browser(office.house, "prison", office.account)
    assert "lamp-yellow" in browser_again.get("/lawyer-meetings").text


def test_a_meeting_is_arranged_and_the_request_is_passed_on(office: Office) -> None:
    assert office.send().status_code == 302
    made = office.house.read(lambda s: s.scalar(select(Booking)))
    assert (made.kind, made.state, made.lawyer, made.account_id) == ("lawyer_meeting", "confirmed", office.lawyer.id, office.lawyer.account_id)
    assert not made.terms["officer_sees"], "defence in a pending case: connection state and timer only"
    assert (made.terms["officer_hears"], made.terms["record"], made.ends_at - made.starts_at) == (False, False, timedelta(minutes=60))
    row = office.request()
    assert row.state == "passed"
    assert "2026-11-30 09:00" in row.passed_to
    told = office.house.read(lambda s: s.scalars(select(Notice).where(Notice.account_id == office.lawyer.account_id)).all())
    assert [one.kind for one in told] == ["session_arranged"]
    entry = office.house.read(lambda s: s.scalar(select(AuditEntry).where(AuditEntry.act == "meeting.arrange")))
    assert entry.detail["papers"] == ["certificate", "licence", "mandate"]
    assert entry.detail["late"], "Monday is after the 48 hours, and the record says so"
    page = office.page.get("/lawyer-meetings").text
    assert made.ref in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": "1@9999-12-31T23:59:59-14:00"}, "请选择一个时间"),
        ({"papers": ["licence"]}, "律师事务所证明"),
        ({"papers": ["licence", "certificate"]}, "法律援助公函"),
        ({"place": "nonsense"}, "请选择一个时间"),
        ({"lawyer": "99999999999"}, "请选择一个时间"),
        ({"lawyer": "4321"}, "核验已失效"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(office: Office, changes: dict[str, Any], words: str) -> None:
    answer = office.send(**changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert office.request().state == "to_pass"
    assert office.house.read(lambda s: s.scalar(select(Booking))) is None


def test_what_the_office_has_decided_otherwise_meanwhile_is_not_arranged(office: Office) -> None:
    who = office.house.read(lambda s: identity_of(s.merge(office.account), "prison"))
    wanted = service.Wanted(office.lawyer.id, office.scene.terminals[0].id, NINE, ["licence", "certificate", "mandate"])
    office.house.write(lambda s: setattr(s.scalars(select(HelpRequest)).one(), "path", "legal_aid"))
    with pytest.raises(StateChanged):
        office.house.write(lambda s: service.arrange(s, who, office.ref, wanted, office.house.now))


def test_free_times_leave_out_what_is_taken(office: Office) -> None:
    request = office.request()

    def free() -> list[Any]:
        rows = office.house.read(lambda s: queries.times(s, s.merge(request), office.lawyer.id, MONDAY, office.house.now))
        return [one.visit.start for one in rows]

    before = free()
    assert before[0] == NINE
    assert {later - earlier for earlier, later in pairwise(before)} == {timedelta(minutes=15)}
    office.house.write(lambda s: book(s, office.scene, office.house.now, NINE + timedelta(minutes=40)))
    after = free()
    assert after, "the visit ends at 10:10, and an hour fits behind it"
    assert min(after) >= NINE + timedelta(minutes=70)


def test_without_a_rule_the_page_says_where_it_is_held(house: House) -> None:
    office = Office(house, remote=False)
    page = office.new().text
    assert "未开通视频律师会见" in page
    assert 'name="place"' not in page


def test_a_meeting_is_called_off_with_its_reason(office: Office) -> None:
    office.send()
    ref = office.house.read(lambda s: s.scalar(select(Booking.ref)))
    office.page.get("/lawyer-meetings")
    wrong = office.page.submit({"reason": " "}, form=f"/lawyer-meetings/{ref}/call-off", follow=False)
    assert wrong.status_code == 422
    assert "请填写原因" in wrong.text
    office.page.get("/lawyer-meetings")
    assert office.page.submit({"reason": "开庭改期"}, form=f"/lawyer-meetings/{ref}/call-off", follow=False).status_code == 302
    row = office.house.read(lambda s: s.scalar(select(Booking)))
    assert (row.state, row.outcome, row.reason_text) == ("cancelled", "cancelled_by_prison", "开庭改期")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.WARD_OFFICER, Role.DUTY_CHIEF, Role.BUREAU])
def test_only_the_legal_office_arranges(office: Office, role: Role) -> None:
    other = browser(office.house, "prison", office.house.write(lambda s: make_staff(s, [role], s.merge(office.scene.prison))))
    assert other.get("/lawyer-meetings").status_code == 403


def test_another_prison_sees_nothing(office: Office) -> None:
    def elsewhere(session: Any) -> Any:
        return make_staff(session, [Role.LEGAL_OFFICE], make_scene(session).prison)

    other = browser(office.house, "prison", office.house.write(elsewhere))
    assert office.ref not in other.get("/lawyer-meetings").text
    assert other.get(f"/lawyer-meetings/new/{office.ref}").status_code == 404

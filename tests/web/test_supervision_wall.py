"""The wall's list, and a watch offered, accepted, taken back: every refusal, and what stays behind in the audit."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import (
    LiveVisit,
    make_booking,
    make_broker,
    make_family,
    make_inmate,
    make_kinship,
    make_live_visit,
    make_staff,
    make_terminal,
    make_ward,
)
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.kernel.identity import Role
from visitation.store.db import db
from visitation.supervision import service
from visitation.supervision.models import LiveSession, SessionEvent, SessionTask
from visitation.supervision.models_handover import Handover
from visitation.timetable.models import Duty


@pytest.fixture
def visit(house: House) -> LiveVisit:
    """A visit that goes on, watched by its officer."""

    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now)
        made = make_live_visit(session, house.now)
        live = service.open_session(session, made.booking, house.now)
        live.stage, live.checked_in_at, live.officer_id, live.gate_open = "live", house.now, made.officer.id, True
        return made

    return house.write(make)


@pytest.fixture
def officer(house: House, visit: LiveVisit) -> Browser:
    return seated(house, visit.officer)


@pytest.fixture
def other(house: House, visit: LiveVisit) -> Browser:
    return seated(house, colleague(house, visit))


def seated(house: House, account: Account) -> Browser:
    made = browser(house, "prison", account)
    made.speak("en")
    made.get("/wall")
    return made


def colleague(house: House, visit: LiveVisit, *roles: Role, on_duty: bool = True) -> Account:
    def make(session: Session) -> Account:
        account = make_staff(session, roles or (Role.OFFICER,), visit.prison)
        if on_duty:
            hours = {"starts_at": house.now - timedelta(hours=1), "ends_at": house.now + timedelta(hours=4)}
            session.add(Duty(prison_id=visit.prison.id, account_id=account.id, lanes=4, **hours))
        return account

    return house.write(make)


def send(who: Browser, path: str, **values: str) -> Any:
    headers = {"Origin": who.origin, "Accept": "application/json"}
    return who.client.post(path, data={"csrf_token": who.csrf(), **values}, base_url=who.origin, headers=headers)


def codes(answer: Any) -> list[str]:
    return list((answer.json or {}).get("codes", []))


def listed(who: Browser, query: str = "") -> dict[str, Any]:
    answer = who.client.get(f"/wall/sessions.json{query}", base_url=who.origin)
    assert answer.json is not None
    return dict(answer.json)


def refs(rows: list[dict[str, Any]]) -> list[str]:
    return [row["ref"] for row in rows]


def act(house: House, visit: LiveVisit, work: Any) -> Any:
    return house.write(lambda session: work(session, session.scalars(select(LiveSession).where(LiveSession.booking_id == visit.booking.id)).one()))


# -- the list


def test_a_session_is_on_its_officers_wall_and_beside_the_others(visit: LiveVisit, officer: Browser, other: Browser) -> None:
    ref = visit.booking.ref
    mine = listed(officer)
    assert refs(mine["mine"]) == [ref]
    assert mine["mine"][0]["actions"] == ["check", "end", "hush", "lift", "mark", "message", "mute", "pause", "resume", "speak", "warn"]
    assert mine["mine"][0]["hears"] is True
    theirs = listed(other)
    assert refs(theirs["mine"]) == []
    assert refs(theirs["others"]) == [ref]
    assert theirs["others"][0]["officer"] == visit.officer.name
    asked = listed(other, f"?focus={ref}")
    assert refs(asked["mine"]) == [ref]
    assert asked["mine"][0]["officer"] == visit.officer.name
    assert refs(listed(other, f"?kept={ref},AAAAAAAA")["mine"]) == [ref]


def test_a_new_session_appears_by_itself_and_one_that_is_over_goes(house: House, visit: LiveVisit, other: Browser) -> None:
    assert refs(listed(other)["mine"]) == []
    account = house.read(lambda s: s.scalars(select(Duty.account_id)).one())
    act(house, visit, lambda _s, live: (setattr(live, "officer_id", None), setattr(live, "checked_in_by", account)))
    assert refs(listed(other)["mine"]) == [visit.booking.ref]
    act(house, visit, lambda _s, live: (setattr(live, "stage", "ended"), setattr(live, "ended_at", house.now)))
    state = listed(other)
    assert refs(state["mine"]) == []
    assert refs(state["others"]) == []


def test_before_the_check_in_a_visit_is_among_those_to_come(house: House, visit: LiveVisit, officer: Browser) -> None:
    act(house, visit, lambda _s, live: (setattr(live, "stage", "scheduled"), setattr(live, "checked_in_at", None)))
    state = listed(officer)
    assert refs(state["mine"]) == []
    assert refs(state["arriving"]) == [visit.booking.ref]
    assert state["arriving"][0]["url"].endswith("/check-in")


def test_what_an_ended_visit_still_needs_is_on_the_wall(house: House, visit: LiveVisit, officer: Browser, other: Browser) -> None:
    act(house, visit, lambda _s, live: (setattr(live, "stage", "ended"), setattr(live, "ended_at", house.now)))
    assert refs(listed(officer)["unwritten"]) == [visit.booking.ref]
    assert refs(listed(other)["unwritten"]) == []


def test_another_prisons_visit_is_nowhere(house: House, visit: LiveVisit) -> None:
    far = house.write(lambda s: make_staff(s, (Role.OFFICER,), make_live_visit(s, house.now + timedelta(days=2)).prison))
    state = listed(seated(house, far), f"?focus={visit.booking.ref}&kept={visit.booking.ref}")
    assert [state[name] for name in ("mine", "others", "offers", "arriving", "unwritten")] == [[], [], [], [], []]


def test_more_sessions_are_not_more_questions_to_the_database(house: House, visit: LiveVisit, officer: Browser) -> None:
    """The list is asked for every two seconds by every console."""

    def asked() -> int:
        count = 0

        def counts(*_args: Any) -> None:
            nonlocal count
            count += 1

        with house.prison.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", counts)
        listed(officer)
        event.remove(engine, "before_cursor_execute", counts)
        return count

    def another(session: Session) -> None:
        family = make_family(session)
        inmate, terminal = make_inmate(session, make_ward(session, visit.prison)), make_terminal(session, visit.prison)
        make_kinship(session, family.visitor, inmate)
        live = service.open_session(session, make_booking(session, family, inmate, terminal, house.now + timedelta(minutes=10)), house.now)
        live.stage, live.checked_in_at, live.officer_id = "live", house.now, visit.officer.id

    one = asked()
    for _ in range(3):
        house.write(another)
    assert len(listed(officer)["mine"]) == 4
    assert asked() - one <= 3 * 2, "at most two more for each session: its open offer and its terms"


# -- the handover


def test_a_watch_is_offered_and_accepted(house: House, visit: LiveVisit, officer: Browser, other: Browser) -> None:
    ref = visit.booking.ref

    def happened(session: Session, live: LiveSession) -> None:
        session.add(SessionTask(session_id=live.id, key="LINE_BAD:terminal:3:1", kind="LINE_BAD", severity="low", since=house.now))
        given = {"uid": "b:1", "session_id": live.id, "broker_id": "b", "number": 1, "at": house.now, "type": "warned", "pid": "officer:1"}
        session.add(SessionEvent(**given, data={"id": "m1", "rule": 2, "to": ["terminal:3"]}))
        session.add(SessionEvent(**given | {"uid": "b:2", "number": 2, "type": "confirmed", "pid": "terminal:3"}, data={"id": "m1", "rule": 2}))

    act(house, visit, happened)
    assert send(officer, f"/visits/{ref}/handover").status_code == 200
    assert listed(officer)["mine"][0]["offered"] is True
    assert listed(officer)["offers"] == [], "one's own offer is not for oneself"
    (offer,) = listed(other)["offers"]
    assert (offer["from"], offer["tasks"], offer["warnings"], offer["recording"]) == (visit.officer.name, ["The line is bad"], ["rule 2"], "being recorded")
    assert send(other, offer["accept"]).status_code == 200
    assert refs(listed(other)["mine"]) == [ref]
    kept = listed(officer, f"?kept={ref}")["mine"][0]
    assert (kept["offered"], kept["officer"]) == (False, house.read(lambda s: s.get_one(Account, s.scalars(select(Duty.account_id)).one()).name))
    acts = house.read(lambda s: list(s.scalars(select(AuditEntry.act).where(AuditEntry.act.like("session.handover%")).order_by(AuditEntry.id))))
    assert acts == ["session.handover_offered", "session.handover_accepted"]


def test_not_while_a_warning_is_unconfirmed(house: House, visit: LiveVisit, officer: Browser, other: Browser) -> None:
    ref = visit.booking.ref
    key = {"key": "WARNING_UNCONFIRMED::1", "kind": "WARNING_UNCONFIRMED", "severity": "medium", "since": house.now}
    task = act(house, visit, lambda s, live: (s.add(made := SessionTask(session_id=live.id, **key)), s.flush(), made)[2])
    assert codes(send(officer, f"/visits/{ref}/handover")) == ["WARNING_UNCONFIRMED"]
    house.write(lambda s: setattr(s.get_one(SessionTask, task.id), "closed_at", house.now))
    assert send(officer, f"/visits/{ref}/handover").status_code == 200
    given = {"uid": "b:1", "broker_id": "b", "number": 1, "at": house.now, "type": "warned", "pid": "officer:1"}
    act(house, visit, lambda s, live: s.add(SessionEvent(session_id=live.id, **given, data={"id": "m2", "rule": 2, "to": ["terminal:3"]})))
    assert codes(send(other, f"/visits/{ref}/handover/accept")) == ["WARNING_UNCONFIRMED"], "the journal's own count says so before the task does"
    assert house.read(lambda s: s.scalars(select(LiveSession)).one().officer_id) == visit.officer.id


def test_only_the_one_who_was_meant_takes_it_and_only_once(house: House, visit: LiveVisit, officer: Browser, other: Browser) -> None:
    ref = visit.booking.ref
    meant = colleague(house, visit)
    assert codes(send(other, f"/visits/{ref}/handover/accept")) == ["OFFER_GONE"]
    assert codes(send(other, f"/visits/{ref}/handover")) == ["NOT_YOUR_WATCH"]
    assert send(officer, f"/visits/{ref}/handover", to=str(meant.id)).status_code == 200
    assert listed(other)["offers"] == []
    assert codes(send(other, f"/visits/{ref}/handover/accept")) == ["OFFER_NOT_YOURS"]
    assert codes(send(officer, f"/visits/{ref}/handover/accept")) == ["OFFER_NOT_YOURS"]
    next_one = seated(house, meant)
    assert send(next_one, f"/visits/{ref}/handover/accept").status_code == 200
    assert codes(send(next_one, f"/visits/{ref}/handover/accept")) == ["OFFER_GONE"]


def test_an_offer_is_taken_back_and_a_new_one_takes_its_place(house: House, visit: LiveVisit, officer: Browser, other: Browser) -> None:
    ref = visit.booking.ref
    for path in (f"/visits/{ref}/handover", f"/visits/{ref}/handover", f"/visits/{ref}/handover/withdraw"):
        assert send(officer, path).status_code == 200
    assert house.read(lambda s: list(s.scalars(select(Handover.state).order_by(Handover.id)))) == ["lapsed", "withdrawn"]
    assert codes(send(other, f"/visits/{ref}/handover/accept")) == ["OFFER_GONE"]
    assert send(other, f"/visits/{ref}/handover/withdraw").status_code == 200, "nothing of theirs is open: nothing happens"


def test_to_somebody_off_duty_or_elsewhere_nothing_is_offered(house: House, visit: LiveVisit, officer: Browser) -> None:
    off = colleague(house, visit, on_duty=False)
    for to in (str(off.id), str(visit.officer.id), "999999", "no number"):
        assert codes(send(officer, f"/visits/{visit.booking.ref}/handover", to=to)) == ["OFFER_NOT_YOURS"], to


def test_nobody_takes_more_than_their_lanes(house: House, visit: LiveVisit, officer: Browser) -> None:
    full = colleague(house, visit)

    def busy(session: Session) -> None:
        session.scalars(select(Duty)).one().lanes = 1
        second = make_live_visit(session, house.now)
        live = service.open_session(session, session.get_one(Booking, second.booking.id), house.now)
        live.stage, live.officer_id = "live", full.id

    house.write(busy)
    assert send(officer, f"/visits/{visit.booking.ref}/handover").status_code == 200
    assert codes(send(seated(house, full), f"/visits/{visit.booking.ref}/handover/accept")) == ["LANES_FULL"]


def test_a_console_that_only_connects_again_takes_nothing_back(house: House, visit: LiveVisit, officer: Browser, other: Browser) -> None:
    ref = visit.booking.ref
    send(officer, f"/visits/{ref}/handover")
    send(other, f"/visits/{ref}/handover/accept")
    taken = house.read(lambda s: s.scalars(select(LiveSession)).one().officer_id)
    headers = {"Origin": officer.origin, "Accept": "application/json", "X-CSRFToken": officer.csrf()}

    def token(take: bool) -> int:
        address, sent = f"/visits/{ref}/token", {"purpose": "supervise", "take": take}
        return int(officer.client.post(address, json=sent, base_url=officer.origin, headers=headers).status_code)

    assert token(take=False) == 200
    assert house.read(lambda s: s.scalars(select(LiveSession)).one().officer_id) == taken != visit.officer.id
    assert token(take=True) == 200
    assert house.read(lambda s: s.scalars(select(LiveSession)).one().officer_id) == visit.officer.id


@pytest.mark.parametrize("role", [Role.WARD_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR, Role.OPERATOR])
def test_other_roles_see_no_wall(house: House, visit: LiveVisit, role: Role) -> None:
    made = browser(house, "prison", colleague(house, visit, role, on_duty=False))
    assert made.get("/wall").status_code == 403
    assert made.get("/wall/sessions.json").status_code == 403

"""Series of legal-help days on a real database and on its pages: closed days, bad input, moving, cancelling, changing, ending, and the sweep."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consult.helpdays import overview, queries, roster, series
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat, HelpSeries
from consult.helpdays.rules_series import Elsewhere, Target
from consult.lawyers.models import LawyerAway
from consult.requests.models import HelpRequest
from tests.conftest import House
from tests.factories import make_prison, make_staff, make_terminal
from tests.web.browsing import Browser, browser
from tests.web.helpdays import Office, make_office, pattern
from visitation.audit.models import AuditEntry
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Role
from visitation.kernel.interval import at_local, local_day
from visitation.notices.models import Notice
from visitation.timetable.models import Closure

CHRISTMAS = date(2026, 12, 23)


@pytest.fixture
def office(house: House) -> Office:
    return make_office(house)


@pytest.fixture
def page(house: House, office: Office) -> Browser:
    found = browser(house, "prison", office.account)
    found.speak("en")
    return found


def create(office: Office, decided: dict[date, Elsewhere] | None = None, **changes: Any) -> HelpSeries:
    made: HelpSeries = office.house.write(
        lambda s: series.create(s, office.who, office.prison.id, pattern(office, **changes), decided or {}, "原因", office.house.now)
    )
    return made


def days(office: Office, ref: str | None = None) -> dict[date, HelpDay]:
    """Days by the date their rule gave."""

    def read(session: Any) -> dict[date, HelpDay]:
        session.expire_all()
        query = select(HelpDay).where(HelpDay.prison_id == office.prison.id).order_by(HelpDay.id)
        return {day.planned_on: day for day in session.scalars(query) if ref is None or day.series.ref == ref}

    found: dict[date, HelpDay] = office.house.read(read)
    return found


def typed(office: Office, **changes: Any) -> dict[str, Any]:
    values = {"weekdays": ["2"], "every_weeks": "1", "starts_on": "2026-11-25", "ends_on": "", "opens": "14:00", "closes": "16:30", "lawyers": "2"}
    return {**values, "terminals": [str(number) for number in office.terminals], "act": "preview", **changes}


def count(house: House, model: Any) -> int:
    found: int = house.read(lambda s: s.scalar(select(func.count()).select_from(model)))
    return found


def test_the_days_are_shown_first_and_made_when_saved(house: House, office: Office, page: Browser) -> None:
    page.get("/help-days")
    assert "There is no legal-help day yet" in page.page.text
    page.get("/help-days/series/new")
    page.submit(typed(office), form="series")
    assert "Wednesday, December 2, 2026" in page.page.text
    assert "calendar of this year is not published yet" in page.page.text, "2027 is not known"
    assert count(house, HelpSeries) == 0
    page.submit(typed(office, act="save"), form="series")
    assert "The series is saved" in page.page.text
    assert "2 places are empty" in page.page.text
    found = days(office)
    assert list(found) == [date(2026, 11, 25) + timedelta(weeks=number) for number in range(8)]
    first = found[date(2026, 11, 25)]
    assert (first.starts_at, first.ends_at) == (at_local(first.planned_on, time(14)), at_local(first.planned_on, time(16, 30)))
    assert (first.minutes, first.lawyers, first.terminals) == (20, 2, list(office.terminals))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"ends_on": "2026-11-24"}, "The last day lies before the first day"),
    ({"starts_on": "2026-11-20"}, "The first day lies in the past"),
    ({"opens": "22:00", "closes": "00:00"}, "cannot run past midnight"),
    ({"opens": "16:30", "closes": "14:00"}, "cannot run past midnight"),
    ({"closes": "14:17"}, "on the 5 minutes"),
    ({"weekdays": []}, "at least one weekday"),
    ({"lawyers": "3"}, "3 lawyers need exactly 6 terminals, two each; 4 are ticked"),
    ({"terminals": []}, "need exactly 4 terminals"),
    ({"lawyers": "99"}, "between 1 and 20"),
    ({"starts_on": "2026-02-30"}, "Not a valid date"),
    ({"starts_on": "9999-12-31"}, "at most 2999"),
]


def test_bad_input_is_refused_and_kept(house: House, office: Office, page: Browser) -> None:
    page.get("/help-days/series/new")
    for number, (change, words) in enumerate(BAD):
        page.submit(typed(office, act="save" if number % 2 else "preview", **change), form="series")
        assert words in page.page.text, change
        kept = next((value for value in change.values() if value), "16:30")
        assert f'value="{kept}"' in page.page.text, change
    assert count(house, HelpSeries) == 0


def test_a_terminal_twice_or_of_another_prison(house: House, office: Office, page: Browser) -> None:
    foreign = house.write(lambda s: make_terminal(s, make_prison(s)).id)
    page.get("/help-days/series/new")
    page.submit(typed(office, terminals=[str(number) for number in (*office.terminals[:3], office.terminals[0])]), form="series")
    assert "A terminal is named twice" in page.page.text
    page.submit(typed(office, terminals=[str(number) for number in (*office.terminals[:3], foreign)], act="save"), form="series")
    assert count(house, HelpSeries) == 0
    with pytest.raises(Refused, match="HELP_TERMINAL_ELSEWHERE"):
        create(office, terminals=(*office.terminals[:3], foreign))


def test_a_series_that_hits_a_closed_day_says_so_and_asks(house: House, office: Office, page: Browser) -> None:
    office.close(CHRISTMAS, date(2026, 12, 24))
    page.get("/help-days/series/new")
    page.submit(typed(office), form="series")
    assert "The prison is closed on 1 of these days" in page.page.text
    assert "年终安全检查" in page.page.text
    page.submit(typed(office, act="save"), form="series")
    assert "The prison is closed on Wednesday, December 23, 2026. Please say below" in page.page.text
    assert count(house, HelpSeries) == 0, "never silently"
    page.submit(typed(office, act="save", **{"deal-2026-12-23": "move", "to-2026-12-23": "2026-12-24"}), form="series")
    assert "closed on Thursday, December 24, 2026, too" in page.page.text
    assert 'value="2026-12-24"' in page.page.text, "what was typed is kept"
    page.submit(typed(office, act="save", **{"deal-2026-12-23": "move", "to-2026-12-23": "tomorrow"}), form="series")
    assert "Please say below" in page.page.text
    page.submit(typed(office, act="save", **{"deal-2026-12-23": "move", "to-2026-12-23": "2026-12-22"}), form="series")
    assert "The series is saved" in page.page.text
    assert "Moved here from Wednesday, December 23, 2026" in page.page.text
    moved = days(office)[CHRISTMAS]
    assert (local_day(moved.starts_at), moved.state) == (date(2026, 12, 22), "planned")


def test_two_closed_days_are_not_held_on_one(office: Office) -> None:
    office.close(CHRISTMAS, date(2026, 12, 30))
    with pytest.raises(Refused, match="HELP_TERMINAL_TAKEN"):
        create(office, {CHRISTMAS: Elsewhere(date(2026, 12, 24)), date(2026, 12, 30): Elsewhere(date(2026, 12, 24))})
    create(office, {CHRISTMAS: Elsewhere(date(2026, 12, 24)), date(2026, 12, 30): Elsewhere(date(2026, 12, 31))})


def test_a_closed_day_is_left_out_with_its_reason(office: Office) -> None:
    office.close(CHRISTMAS)
    with pytest.raises(Refused, match="HELP_CLOSED_DAY"):
        create(office)
    create(office, {CHRISTMAS: Elsewhere(None)})
    left_out = days(office)[CHRISTMAS]
    assert (left_out.state, left_out.reason) == ("cancelled", "原因")


def test_two_series_on_the_same_terminals(office: Office) -> None:
    create(office)
    for change in ({}, {"weekdays": (1, 2)}, {"opens": time(16, 25), "closes": time(17)}, {"starts_on": date(2026, 12, 2), "every_weeks": 2}):
        with pytest.raises(Refused, match="HELP_TERMINAL_TAKEN"):
            create(office, **change)
    create(office, opens=time(16, 30), closes=time(17))
    create(office, weekdays=(1,))
    assert count(office.house, HelpSeries) == 3


def test_every_second_week_leaves_room_for_another_in_between(office: Office) -> None:
    create(office, every_weeks=2)
    create(office, every_weeks=2, starts_on=date(2026, 12, 2))
    assert len(days(office)) == 8


def test_the_sweep_makes_days_once_however_often_it_is_killed(house: House, office: Office) -> None:
    row = create(office)
    house.clock.advance(timedelta(days=21))

    def killed(session: Any) -> None:
        series.sweep(session, house.now)
        raise KeyboardInterrupt

    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            house.write(killed)
    assert len(days(office)) == 8
    assert house.write(lambda s: series.sweep(s, house.now)) == 6, "three new days, and the first three are over"
    assert house.write(lambda s: series.sweep(s, house.now)) == 0
    found = days(office, row.ref)
    assert len(found) == 11
    assert [day.state for day in found.values()] == ["over"] * 3 + ["planned"] * 8
    assert house.read(lambda s: queries.day_by_ref(s, found[date(2027, 1, 27)].ref)) is not None


def test_a_day_moves_and_its_lawyers_are_asked_again(house: House, office: Office, page: Browser) -> None:
    create(office)
    day = days(office)[date(2026, 12, 2)]
    house.write(lambda s: roster.ask(s, office.who, day.id, {1: office.lawyers[0].id, 2: office.lawyers[1].id}, True, house.now))
    house.write(lambda s: s.add(HelpSeat(day_id=day.id, request_id=_request(s, office), state="proposed")))
    house.write(lambda s: setattr(s.get(HelpDay, day.id), "state", "proposed"))
    office.close(date(2026, 12, 4))
    page.get(f"/help-days/{day.ref}/move")
    assert "Free at these hours" in page.page.text
    for to, words in (
        ("2026-12-04", "The prison is closed on Friday"),
        ("2026-12-09", "already uses"),
        ("2026-11-20", "already passed"),
        ("2026-12-02", "nothing has"),
    ):
        page.submit({"day": to, "opens": "14:00", "closes": "16:30", "reason": "法庭占用"}, form="move")
        assert words in page.page.text
        assert "法庭占用" in page.page.text
    page.submit({"day": "2026-12-03", "opens": "09:00", "closes": "11:00", "reason": "法庭占用"}, form="move")
    assert "The day has moved" in page.page.text
    assert "Moved here from Wednesday, December 2, 2026" in page.page.text
    moved = days(office)[date(2026, 12, 2)]
    assert (moved.starts_at, moved.state, moved.sequence, moved.reason) == (at_local(date(2026, 12, 3), time(9)), "planned", 1, "法庭占用")
    assert [duty.state for duty in duties(house, day)] == ["asked", "asked"]
    assert kinds(house) == ["help_duty_agreed"] * 2 + ["help_duty_moved"] * 2
    assert count(house, HelpSeat) == 0, "a proposal for the old time is thrown away"


def _request(session: Any, office: Office) -> int:
    given = {"prison_id": office.prison.id, "ward_id": office.inmate.ward_id, "inmate_id": office.inmate.id, "entered_by": office.account.id}
    row = HelpRequest(
        matter="labour", summary="1", parties="1", consent_at=office.house.now, entered_at=office.house.now, state="waiting", path="helpday", **given
    )
    session.add(row)
    session.flush()
    return row.id


def duties(house: House, day: HelpDay) -> list[HelpDuty]:
    found: list[HelpDuty] = house.read(lambda s: list(s.scalars(select(HelpDuty).where(HelpDuty.day_id == day.id).order_by(HelpDuty.id))))
    return found


def kinds(house: House) -> list[str]:
    return list(house.read(lambda s: s.scalars(select(Notice.kind).order_by(Notice.id)).all()))


def test_a_lawyer_who_is_away_then_falls_out(house: House, office: Office) -> None:
    create(office)
    day = days(office)[date(2026, 12, 2)]
    house.write(lambda s: roster.ask(s, office.who, day.id, {1: office.lawyers[0].id}, True, house.now))
    house.write(lambda s: s.add(LawyerAway(lawyer_id=office.lawyers[0].id, starts_on=date(2026, 12, 3), ends_on=date(2026, 12, 3))))
    house.write(lambda s: series.move(s, office.who, day.id, Target(date(2026, 12, 3), time(14), time(16), closed=False), "换", house.now))
    assert [(duty.state, duty.reason) for duty in duties(house, day)] == [("dropped", "AWAY_THEN")]


def test_a_day_is_cancelled_and_held_after_all(house: House, office: Office, page: Browser) -> None:
    create(office)
    day = days(office)[date(2026, 12, 2)]
    house.write(lambda s: roster.ask(s, office.who, day.id, {1: office.lawyers[0].id}, True, house.now))
    page.get(f"/help-days/{day.ref}/move")
    page.submit({"reason": ""}, form="cancel")
    assert "Please fill in this field" in page.page.text
    page.submit({"reason": "网络检修"}, form="cancel")
    assert "The day is not held" in page.page.text
    assert "网络检修" in page.page.text
    assert kinds(house)[-1] == "help_duty_cancelled"
    with pytest.raises(Refused, match="HELP_DAY_OVER"):
        house.write(lambda s: series.cancel_day(s, office.who, day.id, "again", house.now))
    page.submit({}, form="restore")
    assert "The day is held" in page.page.text
    assert [duty.state for duty in duties(house, day)] == ["dropped"]
    with pytest.raises(StateChanged):
        house.write(lambda s: series.restore(s, office.who, day.id, house.now))


def test_a_day_whose_terminals_are_taken_meanwhile_stays_cancelled(house: House, office: Office) -> None:
    row = create(office, ends_on=date(2026, 12, 31))
    day = days(office, row.ref)[date(2026, 12, 2)]
    house.write(lambda s: series.cancel_day(s, office.who, day.id, "x", house.now))
    create(office, starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 2))
    with pytest.raises(Refused, match="HELP_TERMINAL_TAKEN"):
        house.write(lambda s: series.restore(s, office.who, day.id, house.now))


def test_a_published_day_is_neither_moved_nor_cancelled_nor_changed_away(house: House, office: Office, page: Browser) -> None:
    row = create(office)
    day = days(office)[date(2026, 12, 2)]
    house.write(lambda s: setattr(s.get(HelpDay, day.id), "state", "published"))
    page.get(f"/help-days/{day.ref}/move")
    page.submit({"day": "2026-12-03", "opens": "14:00", "closes": "16:30", "reason": "x"}, form="move")
    assert "take back the publication first" in page.page.text
    page.submit({"reason": "x"}, form="cancel")
    assert "take back the publication first" in page.page.text
    page.get(f"/help-days/series/{row.ref}/end")
    page.submit({"last": "2026-11-26", "reason": "x"}, form="end")
    assert "The plan of Wednesday, December 2, 2026 is published" in page.page.text
    with pytest.raises(Refused, match="HELP_PUBLISHED_AFTER"):
        house.write(lambda s: series.change(s, office.who, row.id, pattern(office, starts_on=date(2026, 12, 1)), {}, "x", house.now))
    house.write(lambda s: series.change(s, office.who, row.id, pattern(office, starts_on=date(2026, 12, 3)), {}, "x", house.now))
    assert days(office)[date(2026, 12, 2)].state == "published"


def test_a_changed_series_keeps_the_roster_of_days_that_stay(house: House, office: Office, page: Browser) -> None:
    row = create(office)
    before = days(office)
    kept, gone, cancelled = before[date(2026, 12, 9)], before[date(2026, 12, 16)], before[date(2026, 12, 23)]
    for day in (kept, gone):
        house.write(lambda s, day=day: roster.ask(s, office.who, day.id, {1: office.lawyers[0].id, 2: office.lawyers[1].id}, True, house.now))
    house.write(lambda s: series.cancel_day(s, office.who, cancelled.id, "律师年会", house.now))
    page.get(f"/help-days/series/{row.ref}/change")
    wanted = typed(office, starts_on="2026-12-07", every_weeks="2", lawyers="1", terminals=[str(number) for number in office.terminals[:2]], reason="律师减少")
    page.submit(wanted, form="series")
    assert "Wednesday, December 9, 2026" in page.page.text
    page.submit(wanted | {"act": "save"}, form="series")
    assert "The series is saved" in page.page.text
    after = days(office)
    assert after[date(2026, 12, 2)].series_id == row.id
    assert (after[kept.planned_on].id, after[kept.planned_on].lawyers) == (kept.id, 1)
    assert [(duty.place, duty.state, duty.reason) for duty in duties(house, kept)] == [(1, "agreed", ""), (2, "dropped", "FEWER_LAWYERS")]
    assert (after[gone.planned_on].state, [duty.state for duty in duties(house, gone)]) == ("cancelled", ["dropped", "dropped"])
    assert (after[cancelled.planned_on].id, after[cancelled.planned_on].state) == (cancelled.id, "cancelled"), "what was cancelled by hand stays so"
    old = house.read(lambda s: s.get(HelpSeries, row.id, populate_existing=True))
    assert (old.ends_on, old.state) == (date(2026, 12, 6), "active")


def test_a_series_ends_and_its_later_days_fall_away(house: House, office: Office, page: Browser) -> None:
    row = create(office)
    page.get(f"/help-days/series/{row.ref}/end")
    page.submit({"last": "2026-11-23", "reason": "合作结束"}, form="end")
    assert "cannot end in the past" in page.page.text
    assert "合作结束" in page.page.text
    page.submit({"last": "2026-12-02", "reason": "合作结束"}, form="end")
    assert "The series ends" in page.page.text
    assert [day.state for day in days(office).values()] == ["planned"] * 2 + ["cancelled"] * 6
    with pytest.raises(Refused, match="HELP_END_LATER"):
        house.write(lambda s: series.end(s, office.who, row.id, date(2026, 12, 9), "x", house.now))
    house.clock.advance(timedelta(days=10))
    house.write(lambda s: series.sweep(s, house.now))
    assert house.read(lambda s: s.get(HelpSeries, row.id, populate_existing=True).state) == "ended"
    with pytest.raises(StateChanged):
        house.write(lambda s: series.end(s, office.who, row.id, date(2027, 1, 1), "x", house.now))


def test_a_late_closure_is_seen_on_the_pages_and_the_desk_and_lifts_by_itself(house: House, office: Office, page: Browser) -> None:
    create(office)
    day = days(office)[date(2026, 12, 16)]
    assert "legal-help days with an empty place" in page.get("/").text
    piled = house.read(
        lambda s: [one.day.ref for one in overview.lines(s, office.prison.id, date(2026, 11, 24), date(2027, 1, 20)) if one.needs_office(house.now)]
    )
    assert day.ref not in piled, "its empty places have time"
    office.close(date(2026, 12, 16), opens=time(15), closes=time(15, 30), reason="消防演练")
    assert "消防演练" in page.get("/help-days").text
    assert "Please move the day or cancel it" in page.get(f"/help-days/{day.ref}").text
    house.write(lambda s: setattr(s.scalars(select(Closure)).one(), "lifted_at", house.now))
    assert "消防演练" not in page.get("/help-days").text
    spare = house.write(lambda s: make_terminal(s, office.prison).id)
    for terminal, seen in ((spare, False), (office.terminals[3], True)):
        office.close(date(2026, 12, 9), reason="屏幕维修", terminal=terminal)
        assert ("屏幕维修" in page.get("/help-days").text) is seen, "only a terminal that the day needs"
    office.close(date(2026, 12, 16), opens=time(8), closes=time(14), reason="上午关闭")
    assert "上午关闭" not in page.get("/help-days").text, "half-open: it ends when the day begins"


def test_a_ward_is_told_of_moved_and_cancelled_days(house: House, office: Office) -> None:
    create(office)
    found = days(office)
    ward = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.WARD_OFFICER,), office.prison)))
    ward.speak("en")
    assert "legal-help days that were moved" not in ward.get("/").text
    house.write(lambda s: series.move(s, office.who, found[date(2026, 12, 2)].id, Target(date(2026, 12, 3), time(14), time(16), closed=False), "换", house.now))
    house.write(lambda s: series.cancel_day(s, office.who, found[date(2026, 11, 25)].id, "网络检修", house.now))
    assert "legal-help days that were moved" in ward.get("/").text
    text = ward.get("/help-days").text
    assert "网络检修" in text
    assert "Moved here from" in text
    assert "New series" not in text
    house.clock.advance(timedelta(days=8))
    assert "legal-help days that were moved" not in ward.get("/").text


def test_everything_that_is_decided_is_on_record(house: House, office: Office) -> None:
    row = create(office)
    day = days(office)[date(2026, 12, 2)]
    house.write(lambda s: series.move(s, office.who, day.id, Target(date(2026, 12, 3), time(14), time(16), closed=False), "换", house.now))
    house.write(lambda s: series.cancel_day(s, office.who, day.id, "x", house.now))
    house.write(lambda s: series.restore(s, office.who, day.id, house.now))
    house.write(lambda s: series.change(s, office.who, row.id, replace(pattern(office), starts_on=date(2026, 12, 8)), {}, "x", house.now))
    acts = house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("help_")).order_by(AuditEntry.id)).all())
    assert acts == ["help_series.create", "help_day.make", "help_day.move", "help_day.cancel", "help_day.restore", "help_series.change"]

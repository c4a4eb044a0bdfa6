"""Every refusal by name, window and release, reviews, outcomes. Each test is named after its rule (rules.md §1, §5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from visitation.bookings.availability import Occupancy, free, nearest, taken
from visitation.bookings.ledger import allowance
from visitation.bookings.rules import (
    KEEPS_ALLOWANCE,
    OUTCOMES,
    Allowance,
    Ban,
    Inside,
    Limits,
    Person,
    Tie,
    Window,
    Wish,
    age_on,
    cancels_freely,
    company,
    free_after,
    gives_back,
    is_coming,
    is_mine,
    may_change,
    review_notice,
    review_reasons,
    standing,
)
from visitation.bookings.terms import fingerprint, frozen
from visitation.bookings.window import window
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.interval import Interval, at_local, tick_of
from visitation.policies.rules import DEFAULTS
from visitation.timetable.rules import Slot

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
DAY = date(2026, 11, 30)
START = at_local(DAY, time(9))
VISIT = Interval(START, START + timedelta(minutes=30))
TIE = Tie("approved", "accepted", "none", "sibling")
ADULT = Person(1, "李试", date(1985, 6, 15), "resident_id", TIE)
CHILD = Person(2, "李小试", date(2017, 5, 1), "resident_id", TIE)
TEEN = Person(3, "李中试", date(2010, 5, 1), "resident_id", TIE)
WINDOW = Window(NOW + timedelta(days=3), at_local(date(2027, 1, 1), time()), NOW + timedelta(days=8), at_local(date(2026, 12, 20), time(9)))
LIMITS = Limits(WINDOW, {date(2026, 11, 1): Allowance(2, 2)})
HELD = Inside("held")
WISH = Wish(VISIT, (ADULT,), accepted=True)


def codes(wish: Wish = WISH, inside: Inside = HELD, limits: Limits = LIMITS, now: datetime = NOW) -> list[str]:
    return [refusal.code for refusal in standing(wish, inside, limits, now)]


def party(*people: Person, accepted: bool = True, limits: Limits = LIMITS) -> list[str]:
    return [refusal.code for refusal in company(Wish(VISIT, people, accepted), limits)]


def test_an_ordinary_wish_is_not_refused() -> None:
    assert codes() == []
    assert party(ADULT) == []


@pytest.mark.parametrize(
    ("status", "code"),
    [("court", "INMATE_AWAY"), ("hospital", "INMATE_AWAY"), ("confined", "INMATE_AWAY"), ("transferred", "INMATE_LEFT"), ("released", "INMATE_LEFT")],
)
def test_the_inmates_status(status: str, code: str) -> None:
    assert codes(inside=Inside(status)) == [code]


@pytest.mark.parametrize(
    ("ban", "expected"),
    [
        (Ban(DAY, DAY), ["INMATE_SUSPENDED"]),
        (Ban(DAY - timedelta(days=9), None), ["INMATE_SUSPENDED_OPEN"]),
        (Ban(DAY - timedelta(days=9), DAY - timedelta(days=1)), []),
        (Ban(DAY + timedelta(days=1), None), []),
    ],
)
def test_a_suspension_of_the_inmate_covers_both_its_days(ban: Ban, expected: list[str]) -> None:
    assert codes(inside=replace(HELD, bans=(ban,))) == expected
    named = [code.replace("INMATE", "VISITOR") for code in expected]
    assert codes(replace(WISH, party=(replace(ADULT, bans=(ban,)),))) == named


def test_bans_end_and_dates_after_them_are_offered() -> None:
    bans = (Ban(DAY, DAY + timedelta(days=3)), Ban(DAY + timedelta(days=4), DAY + timedelta(days=6)))
    assert free_after(bans, DAY) == DAY + timedelta(days=7)
    assert standing(WISH, replace(HELD, bans=bans), LIMITS, NOW)[0].facts["day"] == DAY + timedelta(days=7)
    assert free_after((Ban(DAY, DAY), Ban(DAY + timedelta(days=1), None)), DAY) is None


def test_non_association_takes_the_whole_day() -> None:
    assert codes(inside=replace(HELD, separated=frozenset({DAY}))) == ["DAY_NOT_POSSIBLE"]
    assert codes(inside=replace(HELD, separated=frozenset({DAY + timedelta(days=1)}))) == []


@pytest.mark.parametrize(("offset", "busy"), [(-1, False), (0, True), (5, True), (6, False)])
def test_touching_edges_are_no_conflict(offset: int, busy: bool) -> None:
    ticks = frozenset({tick_of(START) + offset})
    assert codes(inside=replace(HELD, busy=ticks)) == (["INMATE_BUSY"] if busy else [])
    assert codes(replace(WISH, party=(replace(ADULT, busy=ticks),))) == (["VISITOR_BUSY"] if busy else [])


@pytest.mark.parametrize(
    ("entitled", "left", "code"), [(0, 0, "LEVEL_WITHOUT_VISITS"), (1, 0, "QUOTA_USED"), (1, 1, None), (0, 1, None), (2, -1, "QUOTA_USED")]
)
def test_level_and_allowance(entitled: int, left: int, code: str | None) -> None:
    limits = replace(LIMITS, allowance={date(2026, 11, 1): Allowance(entitled, left)})
    assert codes(limits=limits) == ([code] if code else [])


def test_the_allowance_is_that_of_the_visits_month() -> None:
    assert codes(limits=replace(LIMITS, allowance={date(2026, 12, 1): Allowance(2, 2)})) == ["LEVEL_WITHOUT_VISITS"]


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (WINDOW.opens, None),
        (WINDOW.opens - timedelta(minutes=5), "NOTICE_TOO_SHORT"),
        (WINDOW.closes, "NOT_RELEASED"),
        (WINDOW.closes - timedelta(minutes=5), None),
    ],
)
def test_notice_and_release_are_half_open(start: datetime, code: str | None) -> None:
    limits = replace(LIMITS, allowance={date(2026, month, 1): Allowance(2, 2) for month in (11, 12)} | {date(2027, 1, 1): Allowance(2, 2)})
    wish = replace(WISH, visit=Interval(start, start + timedelta(minutes=30)))
    assert codes(wish, limits=limits) == ([code] if code else [])
    assert standing(wish, HELD, limits, NOW, windowed=False) == []


def test_the_past_is_refused_even_outside_the_window_rules() -> None:
    assert [r.code for r in standing(WISH, HELD, LIMITS, START, windowed=False)] == ["IN_THE_PAST"]


@pytest.mark.parametrize("state", ["submitted", "refused", "withdrawn"])
def test_kinship_must_be_approved(state: str) -> None:
    assert codes(replace(WISH, party=(replace(ADULT, tie=replace(TIE, state=state)),))) == ["VISITOR_NOT_APPROVED"]


def test_without_a_kinship_nobody_visits() -> None:
    assert codes(replace(WISH, party=(replace(ADULT, tie=None),))) == ["VISITOR_NOT_APPROVED"]


@pytest.mark.parametrize(
    ("answer", "restriction"), [("declined", "none"), ("withdrawn", "none"), ("unasked", "none"), ("accepted", "restricted"), ("accepted", "unchecked")]
)
def test_an_inmates_no_and_a_restriction_read_the_same(answer: str, restriction: str) -> None:
    tie = replace(TIE, inmate_answer=answer, restriction=restriction)
    assert codes(replace(WISH, party=(replace(ADULT, tie=tie),))) == ["PARTICIPANT_RESTRICTED"]


def test_at_most_three_people() -> None:
    people = [replace(ADULT, visitor_id=n) for n in range(4)]
    assert party(*people[:3]) == []
    assert party(*people) == ["TOO_MANY_VISITORS"]


def test_at_least_one_adult_and_a_guardian_for_a_child() -> None:
    assert party(ADULT, CHILD) == []
    assert party(TEEN) == ["NO_ADULT"]
    assert party(TEEN, CHILD) == ["NO_ADULT", "CHILD_WITHOUT_GUARDIAN"]


def test_the_same_person_twice() -> None:
    assert party(ADULT, ADULT) == ["VISITOR_TWICE"]


def test_companions_are_judged_like_the_lead() -> None:
    assert party(ADULT, replace(CHILD, tie=None)) == ["VISITOR_NOT_APPROVED"]
    assert party(ADULT, replace(CHILD, busy=frozenset({tick_of(START)}))) == ["VISITOR_BUSY"]


def test_the_notice_must_be_accepted() -> None:
    assert party(ADULT, accepted=False) == ["NOTICE_NOT_ACCEPTED"]


def test_all_refusals_are_collected() -> None:
    tie = replace(TIE, state="refused")
    wish = replace(WISH, party=(replace(ADULT, tie=tie, bans=(Ban(DAY, DAY),)),))
    inside = Inside("released", bans=(Ban(DAY, None),), busy=frozenset({tick_of(START)}), separated=frozenset({DAY}))
    assert codes(wish, inside, replace(LIMITS, allowance={}), now=START) == [
        "INMATE_LEFT",
        "INMATE_SUSPENDED_OPEN",
        "DAY_NOT_POSSIBLE",
        "LEVEL_WITHOUT_VISITS",
        "VISITOR_NOT_APPROVED",
        "VISITOR_SUSPENDED",
        "INMATE_BUSY",
        "IN_THE_PAST",
    ]


@pytest.mark.parametrize("document", ["hmt_permit", "hm_travel", "tw_travel", "passport"])
def test_a_foreign_document_goes_to_an_officer(document: str) -> None:
    assert review_reasons(replace(WISH, party=(ADULT, replace(CHILD, document_kind=document))), HELD, LIMITS) == ["FOREIGN_DOCUMENT"]


def test_other_reasons_for_a_review() -> None:
    limits = replace(LIMITS, asked_relations=frozenset({"sibling"}), instant=False)
    assert review_reasons(WISH, replace(HELD, foreign=True), limits) == ["FOREIGN_INMATE", "RELATION_ASKED", "REQUEST_ONLY"]
    assert review_reasons(WISH, HELD, LIMITS) == []


def test_a_review_needs_its_time() -> None:
    assert review_notice(WISH, ["FOREIGN_DOCUMENT"], WINDOW)[0].code == "REVIEW_NEEDS_TIME"
    assert review_notice(WISH, [], WINDOW) == []
    assert review_notice(WISH, ["FOREIGN_DOCUMENT"], replace(WINDOW, review_from=START)) == []


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [(date(2012, 2, 29), date(2026, 2, 28), 13), (date(2012, 2, 29), date(2026, 3, 1), 14), (date(2012, 11, 30), DAY, 14), (date(2012, 12, 1), DAY, 13)],
)
def test_age_on_the_day_of_the_visit(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        (at_local(date(2026, 11, 20), time(8, 59)), date(2026, 12, 1)),
        (at_local(date(2026, 11, 20), time(9)), date(2027, 1, 1)),
        (at_local(date(2026, 12, 1), time()), date(2027, 1, 1)),
        (at_local(date(2028, 2, 29), time(12)), date(2028, 4, 1)),
    ],
)
def test_the_next_month_opens_on_release_day(now: datetime, closes: date) -> None:
    found = window(now, 3, 1, 20, "09:00", now)
    assert found.closes == at_local(closes, time())
    assert found.opens == at_local((now + timedelta(hours=8)).date() + timedelta(days=3), time())
    assert found.released_at > now


def test_a_window_of_this_month_only_and_of_no_notice() -> None:
    found = window(NOW, 0, 0, 20, "09:00", NOW)
    assert (found.opens, found.closes) == (NOW, at_local(date(2026, 12, 1), time()))


def test_free_cancellation_until_the_hour() -> None:
    assert cancels_freely(START, 24, START - timedelta(hours=24))
    assert not cancels_freely(START, 24, START - timedelta(hours=24) + timedelta(seconds=1))


def test_which_outcomes_give_the_visit_back() -> None:
    for outcome in OUTCOMES - {"technical"}:
        assert gives_back(outcome, None, 0, 30, 0.5) is (outcome in KEEPS_ALLOWANCE)
    assert gives_back("technical", "OUTSIDE_LOST", 899, 30, 0.5)
    assert not gives_back("technical", "OUTSIDE_LOST", 900, 30, 0.5)
    assert gives_back("technical", "BROKER_LOST", 1799, 30, 0.5)


def test_the_balance_counts_every_line_but_follows_todays_entitlement() -> None:
    assert allowance(2, {}) == Allowance(2, 2)
    assert allowance(2, {"granted": 2, "used": 2, "returned": 1, "external": 1, "adjusted": 1}) == Allowance(2, 1)
    assert allowance(1, {"granted": 2, "used": 2}) == Allowance(1, -1)


def someone(account: int, visitor: int | None = None, clerk: int | None = None) -> Identity:
    return Identity(account, frozenset({Role.FAMILY}), "x", Zone.FAMILY, visitor_id=visitor, clerk_id=clerk)


BOOKING = SimpleNamespace(account_id=5, prison_id=1, party=[SimpleNamespace(visitor_id=50, place=0), SimpleNamespace(visitor_id=51, place=1)])


@pytest.mark.parametrize(
    ("who", "mine", "change"),
    [
        (someone(5), True, True),
        (someone(6, 50), True, True),
        (someone(6, 51), True, False),
        (someone(6, 52), False, False),
        (someone(5, 52, clerk=5), False, False),  # a clerk sees only what concerns the person being assisted
        (someone(9, 50, clerk=9), True, True),
    ],
)
def test_whose_booking_it_is(who: Identity, mine: bool, change: bool) -> None:
    assert is_mine(who, BOOKING) is mine
    assert may_change(who, BOOKING) is change


def slot(minutes: int = 0, terminals: tuple[int, ...] = (1, 2)) -> Slot:
    return Slot(1, "family_visit", START + timedelta(minutes=minutes), 30, 10, terminals)


def lanes(most: int):  # type: ignore[no-untyped-def]
    return lambda visit: dict.fromkeys(visit.ticks(), most)


def test_availability_knows_terminals_turnaround_and_lanes() -> None:
    occupancy = Occupancy([taken(1, START, START + timedelta(minutes=30), 10)])
    assert free([slot()], occupancy, lanes(9))[0].terminals == (2,)
    assert free([slot(30, (1,))], occupancy, lanes(9)) == []  # turnaround
    assert free([slot(40, (1,))], occupancy, lanes(9))
    assert free([slot(-40, (1,))], occupancy, lanes(9))
    assert free([slot(-35, (1,))], occupancy, lanes(9)) == []  # its own turnaround would reach in
    assert free([slot()], occupancy, lanes(1)) == []
    assert free([slot(30, (2,))], occupancy, lanes(1))  # lanes are free during a turnaround


def test_the_nearest_times_are_offered_in_order() -> None:
    found = nearest([slot(n) for n in (-80, -40, 0, 40, 200)], START)
    assert [each.start - START for each in found] == [timedelta(minutes=n) for n in (-80, -40, 40)]


def test_terms_are_frozen_by_kind_and_have_a_fingerprint() -> None:
    terms = frozen(lambda key: DEFAULTS[key].value, "family_visit", 30, "v1")
    assert (terms["record"], terms["officer_hears"], terms["minutes"], terms["recording_days"]) == (True, True, 30, 180)
    assert fingerprint(terms) == fingerprint(dict(reversed(terms.items())))
    assert fingerprint({**terms, "record": False}) != fingerprint(terms)


@pytest.mark.parametrize(
    ("state", "left", "expected"),
    [("confirmed", None, True), ("requested", None, True), ("held", 1, True), ("held", 0, False), ("expired", None, False), ("cancelled", None, False)],
)
def test_a_hold_that_ran_out_is_not_to_come(state: str, left: int | None, expected: bool) -> None:
    assert is_coming(state, None if left is None else NOW + timedelta(minutes=left), NOW) is expected

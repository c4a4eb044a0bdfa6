"""Sessions that staff arrange: claims, everything that stands against them at once, places that change, legal appointments before family visits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from consult.lawyers.models import Firm
from tests.conftest import House
from tests.factories import make_inmate, make_lawyer, make_staff, make_terminal
from tests.scenes import NINE, Scene, acceptance, book, make_scene, neighbour, officer_identity, relative
from visitation.accounts.models import Account
from visitation.bookings import queries, service
from visitation.bookings.arranging import Arrangement, NewPlace
from visitation.bookings.models import Booking, BookingFlag, Claim, QuotaEntry
from visitation.kernel.errors import Refused, SlotTaken, StateChanged
from visitation.kernel.identity import Identity, Role
from visitation.notices.models import Notice
from visitation.people.models import Inmate, NonAssociation, Ward
from visitation.policies.models import PolicyRow
from visitation.policies.rules import DEFAULTS
from visitation.store.transaction import perform
from visitation.timetable.models import Closure, Terminal
from visitation.timetable.plans import lock

TWENTY = timedelta(minutes=20)


class Office:
    """A scene, the legal office, and two lawyers."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scene: Scene = house.write(lambda s: make_scene(s, terminals=3))
        self.who: Identity = house.write(self._people)

    def _people(self, session: Any) -> Identity:
        firm = Firm(name="明德所", created_at=self.house.now)
        session.add(firm)
        session.flush()
        self.lawyers = [make_lawyer(session, firm) for _ in range(2)]
        self.accounts = [session.get(Account, one.account_id) for one in self.lawyers]
        staff = make_staff(session, [Role.LEGAL_OFFICE], session.merge(self.scene.prison))
        self.others = [make_inmate(session, session.get(Ward, self.scene.inmate.ward_id)) for _ in range(3)]
        return officer_identity(staff, Role.LEGAL_OFFICE)

    def wish(self, start: Any = NINE, terminal: int = 0, lawyer: int = 0, inmate: Inmate | None = None, **values: Any) -> Arrangement:
        """A consultation of twenty minutes. lawyer: which of the two; `values` replace fields."""
        given = {"kind": "legal_consult", "prison_id": self.scene.prison.id, "account_id": self.accounts[lawyer].id, "lawyer": self.lawyers[lawyer].id}
        given |= {"inmate_id": (inmate or self.scene.inmate).id, "terminal_id": self.scene.terminals[terminal].id}
        return Arrangement(**given | {"starts_at": start, "ends_at": start + TWENTY} | values)

    def arrange(self, *wanted: Arrangement) -> list[Booking]:
        return self.house.write(lambda s: service.arrange_all(s, self.who, wanted, self.house.now))  # type: ignore[no-any-return]

    def refused(self, *wanted: Arrangement) -> Refused:
        with pytest.raises(Refused) as caught:
            self.arrange(*wanted)
        return caught.value

    def claims(self, booking: Booking) -> dict[str, int]:
        """resource without its lane -> ticks."""
        rows = self.house.read(lambda s: s.scalars(select(Claim.resource).where(Claim.booking_id == booking.id)).all())
        found: dict[str, int] = {}
        for row in rows:
            name = row.partition("#")[0]
            found[name] = found.get(name, 0) + 1
        return found


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def test_a_session_claims_everything_and_costs_nothing(office: Office) -> None:
    (made,) = office.arrange(office.wish())
    assert (made.state, made.kind, made.lawyer, made.party, made.terms["minutes"]) == ("confirmed", "legal_consult", office.lawyers[0].id, [], 20)
    assert (made.terms["officer_hears"], made.terms["record"], made.terms["officer_sees"]) == (False, False, True)
    here, scene = f"{office.scene.prison.id}", office.scene
    assert office.claims(made) == {
        f"terminal:{scene.terminals[0].id}": 6,
        f"inmate:{scene.inmate.id}": 4,
        f"lawyer:{office.lawyers[0].id}": 4,
        f"watch:{here}": 4,
        f"uplink:{here}": 4,
    }
    assert office.house.read(lambda s: s.scalar(select(func.count(QuotaEntry.id)))) == 0


def test_everything_that_stands_against_several_is_named_at_once(office: Office) -> None:
    first = office.arrange(office.wish())[0]
    visit = office.house.write(lambda s: book(s, neighbour(s, office.scene), office.house.now, NINE + timedelta(minutes=80)))
    wanted = [
        office.wish(inmate=office.others[0]),  # the same terminal and lawyer
        office.wish(NINE + timedelta(minutes=20), terminal=1),  # begins when the first ends, elsewhere: nothing against it
        office.wish(NINE + timedelta(minutes=25), terminal=0, lawyer=1, inmate=office.others[1]),  # in the turnaround of the terminal
        office.wish(NINE + timedelta(minutes=80), terminal=2, inmate=office.house.read(lambda s: s.get(Inmate, visit.inmate_id))),
    ]
    found = office.refused(*wanted)
    told = [(one.facts["number"], one.code, one.facts.get("ref")) for one in found.refusals]
    clash = [] if visit.terminal_id != office.scene.terminals[2].id else [(3, "ARRANGE_TERMINAL_BUSY", visit.ref)]
    assert sorted(told) == sorted(
        [
            (0, "ARRANGE_LAWYER_BUSY", first.ref),
            (0, "ARRANGE_TERMINAL_BUSY", first.ref),
            (2, "ARRANGE_TERMINAL_BUSY", first.ref),
            (3, "ARRANGE_INMATE_BUSY", visit.ref),
            *clash,
        ]
    )
    assert office.house.read(lambda s: s.scalar(select(func.count(Booking.id)).where(Booking.kind == "legal_consult"))) == 1


def test_a_lawyer_goes_from_one_terminal_to_the_other_without_a_gap(office: Office) -> None:
    """Seven cases of twenty minutes in a row at two terminals: the turnaround of one is the case of the other."""
    people = [office.scene.inmate, *office.others] * 2
    made = office.arrange(*(office.wish(NINE + n * TWENTY, terminal=n % 2, inmate=people[n]) for n in range(7)))
    assert [row.starts_at for row in made] == [NINE + n * TWENTY for n in range(7)]
    same = office.refused(*(office.wish(NINE + timedelta(days=1) + n * TWENTY, terminal=0, inmate=people[n]) for n in range(2)))
    assert [(one.code, one.facts["ref"]) for one in same.refusals] == [("ARRANGE_TERMINAL_BUSY", office.scene.inmate.name)]


def test_a_day_of_28_takes_few_statements(office: Office) -> None:
    def more(session: Any) -> None:
        firm = session.scalar(select(Firm))
        office.lawyers += [make_lawyer(session, firm) for _ in range(2)]
        office.accounts += [session.get(Account, one.account_id) for one in office.lawyers[2:]]
        prison = session.merge(office.scene.prison)
        office.scene.terminals += [make_terminal(session, prison) for _ in range(5)]
        office.others += [make_inmate(session, session.get(Ward, office.scene.inmate.ward_id)) for _ in range(28)]

    office.house.write(more)
    day = [(lawyer, n) for lawyer in range(4) for n in range(7)]
    wanted = [office.wish(NINE + n * TWENTY, terminal=2 * who + n % 2, lawyer=who, inmate=office.others[7 * who + n]) for who, n in day]
    with office.house.prison.app_context(), counted() as statements:
        made = perform(lambda s: service.arrange_all(s, office.who, wanted, office.house.now))
    assert len(made) == 28
    assert len(statements) <= 2 * 28 + 22, "booking and audit entry of each, and what does not depend on how many there are"
    assert len({row.ref for row in made}) == 28


@contextmanager
def counted() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, begin and end left out."""
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


REFUSED = [
    ("ARRANGE_NOT_FIVE", {"starts_at": NINE + timedelta(minutes=2), "ends_at": NINE + timedelta(minutes=22)}),
    ("ARRANGE_PAST", {"starts_at": NINE - timedelta(days=7), "ends_at": NINE - timedelta(days=7) + TWENTY}),
    ("ARRANGE_TOO_LONG", {"ends_at": NINE + timedelta(hours=4, minutes=5)}),
    ("ARRANGE_KIND", {"kind": "family_call"}),
    ("ARRANGE_NOT_REMOTE", {"kind": "lawyer_meeting"}),
    ("ARRANGE_NO_ACCOUNT", {"account_id": 987654}),
]


@pytest.mark.parametrize(("code", "changes"), REFUSED)
def test_what_cannot_be_is_refused(office: Office, code: str, changes: dict[str, Any]) -> None:
    assert code in office.refused(office.wish(**changes)).codes


def test_a_meeting_by_video_needs_a_rule_with_its_basis(office: Office) -> None:
    def allow(session: Any) -> None:
        kinds = dict.fromkeys(DEFAULTS["remote"].value, True)
        row = {"key": "remote", "value": kinds, "prison_id": office.scene.prison.id, "effective_from": NINE.date() - timedelta(days=1), "basis": "省局批复"}
        session.add(PolicyRow(**row, created_at=office.house.now))

    office.house.write(allow)
    (made,) = office.arrange(office.wish(kind="lawyer_meeting"))
    assert (made.terms["officer_hears"], made.terms["record"], made.kind) == (False, False, "lawyer_meeting")


def closed(session: Any, office: Office) -> None:
    span = {"starts_at": NINE, "ends_at": NINE + timedelta(hours=1)}
    session.add(Closure(prison_id=office.scene.prison.id, reason="x", created_by=office.who.account_id, created_at=office.house.now, **span))
    lock(session, office.scene.prison.id)


def in_court(session: Any, office: Office) -> None:
    session.get(Inmate, office.scene.inmate.id).status = "court"


def out_of_order(session: Any, office: Office) -> None:
    session.get(Terminal, office.scene.terminals[0].id).in_service = False


def lawyer_closed(session: Any, office: Office) -> None:
    session.get(Account, office.accounts[0].id).closed_at = office.house.now


def kept_apart(session: Any, office: Office) -> None:
    one, other = sorted((office.scene.inmate.id, office.others[0].id))
    session.add(NonAssociation(inmate_id=one, other_id=other))
    session.flush()
    service.arrange(session, office.who, office.wish(NINE + timedelta(hours=3), inmate=office.others[0]), office.house.now)


STATES = [
    (closed, "ARRANGE_CLOSED"),
    (in_court, "ARRANGE_INMATE_NOT_HERE"),
    (out_of_order, "ARRANGE_TERMINAL_OUT"),
    (lawyer_closed, "ARRANGE_NO_ACCOUNT"),
    (kept_apart, "ARRANGE_APART"),
]


@pytest.mark.parametrize(("change", "code"), STATES, ids=[code for _change, code in STATES])
def test_how_things_stand_is_looked_at(office: Office, change: Any, code: str) -> None:
    office.house.write(lambda s: change(s, office))
    assert office.refused(office.wish()).codes == (code,)


def test_a_family_hold_gives_way_and_a_visit_does_not(office: Office) -> None:
    held = office.house.write(lambda s: service.hold(s, office.scene.who, office.scene.wanted(), "k", office.house.now))
    (made,) = office.arrange(office.wish())
    assert office.house.read(lambda s: s.get(Booking, held.id).state) == "expired"
    assert sum(count for name, count in office.claims(made).items() if name.startswith("inmate")) == 4
    with pytest.raises(Refused):
        office.house.write(lambda s: confirm_again(s, office, held))


def confirm_again(session: Any, office: Office, held: Booking) -> None:
    service.confirm(session, office.scene.who, held.id, acceptance(session, held), "k2", office.house.now)


def flags(office: Office, booking: Booking) -> list[tuple[str, bool]]:
    rows = office.house.read(lambda s: s.scalars(select(BookingFlag).where(BookingFlag.booking_id == booking.id)).all())
    return [(row.code, row.cleared_at is None) for row in rows]


def test_visits_near_a_session_are_flagged_and_none_is_booked_there(office: Office) -> None:
    """Legal appointments come first (rules.md 5.14): half an hour on either side; a session that moves away or falls takes its flag along."""
    visit = office.house.write(lambda s: book(s, office.scene, office.house.now, NINE))
    (made,) = office.arrange(office.wish(NINE + timedelta(minutes=50), terminal=2))
    assert flags(office, visit) == [("APPOINTMENT", True)]
    assert office.house.write(lambda s: service.review(s, office.house.now)) == 0, "the look at all visits sees the same"
    kin = office.house.write(lambda s: relative(s, office.scene))
    with pytest.raises(Refused) as caught:
        office.house.write(lambda s: service.hold(s, kin.who, kin.wanted(NINE + timedelta(minutes=80)), "n", office.house.now))
    assert caught.value.codes == ("INMATE_BUSY",)
    later = NINE + timedelta(hours=5)
    office.house.write(lambda s: service.rearrange(s, office.who, made.id, office.scene.terminals[2].id, later, later + TWENTY, office.house.now))
    assert flags(office, visit) == [("APPOINTMENT", False)]
    office.house.write(lambda s: service.hold(s, kin.who, kin.wanted(NINE + timedelta(minutes=80)), "n", office.house.now))
    assert office.house.write(lambda s: service.review(s, office.house.now)) == 0


def test_two_sessions_change_places_under_their_references(office: Office) -> None:
    one, two = office.arrange(office.wish(), office.wish(NINE + TWENTY, terminal=1, inmate=office.others[0]))
    with pytest.raises(Refused) as caught:
        office.house.write(lambda s: service.rearrange(s, office.who, two.id, office.scene.terminals[0].id, NINE, NINE + TWENTY, office.house.now))
    assert sorted(caught.value.codes) == ["ARRANGE_LAWYER_BUSY", "ARRANGE_TERMINAL_BUSY"]
    places = [NewPlace(two.id, one.terminal_id, NINE, NINE + TWENTY), NewPlace(one.id, two.terminal_id, NINE + TWENTY, NINE + 2 * TWENTY)]
    office.house.write(lambda s: service.rearrange_all(s, office.who, places, office.house.now))
    now = {row.id: row for row in office.house.read(lambda s: s.scalars(select(Booking).where(Booking.kind == "legal_consult")).all())}
    assert (now[two.id].starts_at, now[one.id].starts_at) == (NINE, NINE + TWENTY)
    assert (now[one.id].ref, now[one.id].sequence, now[two.id].sequence) == (one.ref, 1, 1)
    assert [sum(office.claims(row).values()) for row in (one, two)] == [22, 22]
    office.house.write(lambda s: service.rearrange_all(s, office.who, places, office.house.now))
    assert office.house.read(lambda s: s.get(Booking, one.id).sequence) == 1, "a change that changes nothing changes nothing"


def test_a_session_is_called_off_once_and_frees_everything(office: Office) -> None:
    (made,) = office.arrange(office.wish())
    for _again in range(2):
        office.house.write(lambda s: service.call_off_arranged(s, office.who, made.id, "律师临时出庭", "cancelled_by_lawyer", office.house.now))
    row = office.house.read(lambda s: s.get(Booking, made.id))
    assert (row.state, row.outcome, row.reason_code, row.reason_text, row.sequence) == ("cancelled", "cancelled_by_lawyer", None, "律师临时出庭", 1)
    assert office.claims(made) == {}
    with pytest.raises(ValueError, match="completed"):
        office.house.write(lambda s: service.call_off_arranged(s, office.who, made.id, "", "completed", office.house.now))
    with pytest.raises(StateChanged):
        office.house.write(lambda s: service.rearrange(s, office.who, made.id, made.terminal_id, NINE, NINE + TWENTY, office.house.now))
    office.arrange(office.wish())


def test_a_family_visit_is_neither_moved_nor_called_off_as_a_session(office: Office) -> None:
    visit = office.house.write(lambda s: book(s, office.scene, office.house.now))
    for act in (
        lambda s: service.rearrange(s, office.who, visit.id, visit.terminal_id, NINE, NINE + TWENTY, office.house.now),
        lambda s: service.call_off_arranged(s, office.who, visit.id, "", "cancelled_by_prison", office.house.now),
    ):
        with pytest.raises(StateChanged):
            office.house.write(act)


def test_a_mediation_brings_its_relatives_and_tells_them(office: Office) -> None:
    def invite(session: Any) -> tuple[Any, ...]:
        kin = relative(session, office.scene)
        return office.scene.kinship.id, kin.kinship.id

    ties = office.house.write(invite)
    who = {"account_id": office.scene.family.account.id, "visitors": ties}
    talk = {"kind": "mediation_session", "ends_at": NINE + timedelta(minutes=30), **who}
    (made,) = office.arrange(replace(office.wish(**talk), lawyer=None))
    party = office.house.read(lambda s: [(one.place, one.kinship_id) for one in s.get(Booking, made.id).party])
    assert party == [(0, ties[0]), (1, ties[1])]
    assert sum(name.startswith("visitor:") for name in office.claims(made)) == 2
    told = office.house.read(lambda s: s.scalars(select(Notice.kind)).all())
    assert told == ["session_arranged", "session_arranged"]
    busy = office.refused(replace(office.wish(terminal=1, inmate=office.others[0], **talk), lawyer=None))
    assert sorted(set(busy.codes)) == ["ARRANGE_VISITOR_BARRED", "ARRANGE_VISITOR_BUSY"], "no kinship with that inmate, and elsewhere at that time"


def test_more_time_is_claimed_for_the_lawyer_too(office: Office) -> None:
    one, two = office.arrange(office.wish(), office.wish(NINE + timedelta(minutes=30), terminal=1, inmate=office.others[0]))
    end = office.house.read(lambda s: queries.hard_end(s, s.get(Booking, one.id)))
    assert end == two.starts_at - timedelta(minutes=3), "the lawyer's next case needs the lawyer"
    office.house.write(lambda s: service.extend(s, office.who, one.id, 5, office.house.now))
    assert office.claims(one)[f"lawyer:{office.lawyers[0].id}"] == 5
    with pytest.raises(SlotTaken):
        office.house.write(lambda s: service.extend(s, office.who, one.id, 10, office.house.now))

"""Sessions that staff arrange: claims, everything that stands against them at once, places that change, legal appointments before family visits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consult.lawyers.models import Firm
from tests.conftest import House
from tests.factories import make_inmate, make_lawyer, make_staff, make_terminal
from tests.scenes import NINE, Scene, book, make_scene, neighbour, officer_identity
from visitation.accounts.models import Account
from visitation.bookings import service
from visitation.bookings.arranging import Arrangement
from visitation.bookings.models import Booking, Claim, QuotaEntry
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Inmate, Ward

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
    from sqlalchemy import event

    def more(session: Any) -> None:
        firm = session.scalar(select(Firm))
        office.lawyers += [make_lawyer(session, firm) for _ in range(2)]
        office.accounts += [session.get(Account, one.account_id) for one in office.lawyers[2:]]
        prison = session.merge(office.scene.prison)
        office.scene.terminals += [make_terminal(session, prison) for _ in range(5)]
        office.others += [make_inmate(session, session.get(Ward, office.scene.inmate.ward_id)) for _ in range(28)]

    office.house.write(more)
    wanted = [
        office.wish(NINE + n * TWENTY, terminal=2 * lawyer + n % 2, lawyer=lawyer, inmate=office.others[7 * lawyer + n]) for lawyer in range(4) for n in range(7)
    ]
    counted: list[str] = []
    with office.house.prison.app_context():
        from visitation.store.db import db

        event.listen(db.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    assert len(office.arrange(*wanted)) == 28
    print(len(counted))
    assert len(counted) < 120

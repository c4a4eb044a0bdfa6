"""A prison with a timetable, an inmate and a family who may visit: what most tests of bookings begin with."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from tests.factories import Family, make_family, make_inmate, make_kinship, make_prison, make_terminal, make_ward
from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.bookings.service import Party, Wanted, confirm, hold, terms_shown
from visitation.bookings.terms import fingerprint
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.interval import at_local
from visitation.people.models import Inmate, Kinship, Prison, Ward
from visitation.timetable.models import Template, TemplateTerminal, Terminal

MONDAY = date(2026, 11, 30)
"""The first Monday that can be booked at the tests' noon (Tuesday 24 November 2026, three days ahead)."""
NINE = at_local(MONDAY, time(9, 0))


@dataclass
class Scene:
    """Rows, and the identity of the family."""

    prison: Prison
    terminals: list[Terminal]
    inmate: Inmate
    family: Family
    kinship: Kinship

    @property
    def who(self) -> Identity:
        return identity(self.family)

    def wanted(self, start: datetime = NINE, kind: str = "family_visit") -> Wanted:
        return Wanted(self.kinship.ref, kind, start)


def identity(family: Family) -> Identity:
    return Identity(family.account.id, frozenset({Role.FAMILY}), family.account.name, Zone.FAMILY, visitor_id=family.visitor.id)


def officer_identity(account: Account, *roles: Role) -> Identity:
    return Identity(account.id, frozenset(roles or (Role.OFFICER,)), account.name, Zone.PRISON, prison_id=account.prison_id)


def make_template(session: Session, prison: Prison, terminals: list[Terminal], **values: Any) -> Template:
    """Family visits of 30 + 10 minutes, Monday to Friday is five of these: this is one weekday, 09:00 to 11:30."""
    given: dict[str, Any] = {
        "prison_id": prison.id,
        "kind": "family_visit",
        "weekday": 0,
        "opens": time(9),
        "closes": time(11, 30),
        "minutes": 30,
        "turnaround": 10,
        "valid_from": date(2026, 1, 1),
    }
    row = Template(**given | values, terminals=[TemplateTerminal(terminal_id=terminal.id) for terminal in terminals])
    session.add(row)
    session.flush()
    return row


def make_scene(session: Session, terminals: int = 2, level: str = "lenient", days: tuple[int, ...] = (0, 1, 2, 3, 4), **visitor: Any) -> Scene:
    """Slots at 09:00, 09:40, 10:20 and 11:00 on working days, at `terminals` terminals; one inmate, one approved sibling."""
    prison = make_prison(session)
    places = [make_terminal(session, prison) for _ in range(terminals)]
    for weekday in days:
        make_template(session, prison, places, weekday=weekday)
    inmate = make_inmate(session, make_ward(session, prison), level_code=level)
    family = make_family(session, **visitor)
    return Scene(prison, places, inmate, family, make_kinship(session, family.visitor, inmate))


def relative(session: Session, scene: Scene) -> Scene:
    """Another relative of the same inmate."""
    family = make_family(session)
    inmate = session.get_one(Inmate, scene.inmate.id)
    return Scene(scene.prison, scene.terminals, inmate, family, make_kinship(session, family.visitor, inmate))


def neighbour(session: Session, scene: Scene) -> Scene:
    """Another inmate of the same ward, with a family of their own."""
    inmate = make_inmate(session, session.get_one(Ward, scene.inmate.ward_id), level_code=scene.inmate.level_code)
    family = make_family(session)
    return Scene(scene.prison, scene.terminals, inmate, family, make_kinship(session, family.visitor, inmate))


def book(session: Session, scene: Scene, now: datetime, start: datetime = NINE, codes: tuple[str, ...] = (), key: str = "k") -> Booking:
    """Hold and confirm in one go."""
    held = hold(session, scene.who, scene.wanted(start), key, now)
    return confirm(session, scene.who, held.id, acceptance(session, held, codes), key, now)


def acceptance(session: Session, held: Booking, codes: tuple[str, ...] = (), accepted: bool = True) -> Party:
    return Party(codes, "zh", accepted, fingerprint(terms_shown(session, held)))

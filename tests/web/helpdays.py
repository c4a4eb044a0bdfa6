"""A prison with a legal office, lawyers and terminals, for the tests of legal-help days."""

from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from consult.helpdays.rules_series import Pattern
from consult.lawyers.models import Firm, Lawyer
from tests.conftest import House
from tests.factories import make_inmate, make_lawyer, make_prison, make_staff, make_terminal, make_ward
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import at_local
from visitation.people.models import Inmate, Prison
from visitation.timetable.models import Closure


@dataclass(frozen=True)
class Office:
    """Everybody and everything a legal-help day needs; `who` is the legal office. The terminals are enough for two lawyers."""

    house: House
    prison: Prison
    account: Account
    who: Identity
    terminals: tuple[int, ...]
    lawyers: tuple[Lawyer, ...]
    inmate: Inmate

    def as_lawyer(self, number: int) -> Identity:
        return identity_of(self.lawyers[number].account, "family")

    def close(self, *days: date, opens: time = time(8), closes: time = time(18), reason: str = "年终安全检查", terminal: int | None = None) -> None:
        """The prison, or one terminal, is closed on these days."""
        for day in days:
            values = {"starts_at": at_local(day, opens), "ends_at": at_local(day, closes), "reason": reason, "created_at": self.house.now}
            values |= {"terminal_id": terminal}
            self.house.write(lambda s, values=values: s.add(Closure(prison_id=self.prison.id, created_by=self.account.id, **values)))


def make_office(house: House, lawyers: int = 4) -> Office:
    def work(session: Any) -> Office:
        prison = make_prison(session)
        terminals = tuple(make_terminal(session, prison).id for _ in range(4))
        account = make_staff(session, (Role.LEGAL_OFFICE,), prison)
        firm = Firm(name=f"诚信律师事务所{prison.code}", created_at=house.now)
        session.add(firm)
        session.flush()
        people = tuple(make_lawyer(session, firm) for _ in range(lawyers))
        for lawyer in people:
            identity_of(lawyer.account, "family")  # loads what is asked for outside the session
        inmate = make_inmate(session, make_ward(session, prison))
        return Office(house, prison, account, identity_of(account, "prison"), terminals, people, inmate)

    found: Office = house.write(work)
    return found


def pattern(office: Office, **changes: Any) -> Pattern:
    """Wednesdays from tomorrow on, 14:00 to 16:30, two lawyers."""
    return replace(Pattern((2,), 1, date(2026, 11, 25), None, time(14), time(16, 30), 2, office.terminals), **changes)

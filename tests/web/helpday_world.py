"""A prison with a legal-help day to come: lawyers on duty, terminals, wards with inmates, and requests that compete for its places."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from consult.helpdays.facts_plan import shown_of
from consult.helpdays.models import ConflictDeclaration, HelpDay, HelpDuty, HelpSeries
from consult.lawyers.models import Firm, Lawyer
from consult.requests.models import HelpRequest
from tests.conftest import NOON
from tests.factories import make_inmate, make_lawyer, make_prison, make_staff, make_terminal, make_ward
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Identity, Role, Zone
from visitation.people.models import Prison, Ward

OPENS = datetime(2026, 12, 2, 6, 0, tzinfo=UTC)
CLOSES = datetime(2026, 12, 2, 8, 30, tzinfo=UTC)
"""Wednesday 2 December 2026, 14:00 to 16:30 in Shanghai: seven places of 20 minutes for each lawyer."""


@dataclass
class Day:
    """Ids and rows of the day and everybody around it."""

    prison: Prison
    day: HelpDay
    office: Account
    lawyers: list[Lawyer]
    wards: list[Ward]
    requests: list[HelpRequest] = field(default_factory=list)

    @property
    def who(self) -> Identity:
        return identity_of(self.office, Zone.PRISON)


def make_day(session: Session, lawyers: Sequence[dict[str, Any]] = ({},) * 4, wards: int = 12, prison: Prison | None = None) -> Day:
    """A day with these lawyers agreed, two terminals each."""
    prison = prison or make_prison(session)
    office = make_staff(session, (Role.LEGAL_OFFICE,), prison)
    firm = Firm(name=f"试所{prison.code}", created_at=NOON)
    session.add(firm)
    session.flush()
    people = [make_lawyer(session, firm, **values) for values in lawyers]
    terminals = [make_terminal(session, prison).id for _ in range(2 * len(people))]
    hours = {"opens": time(14), "closes": time(16, 30), "minutes": 20, "lawyers": len(people), "terminals": terminals}
    made = {"created_at": NOON, "created_by": office.id, "changed_at": NOON}
    series = HelpSeries(prison_id=prison.id, rrule="FREQ=WEEKLY;BYDAY=WE", starts_on=date(2026, 12, 2), **hours, **made)
    session.add(series)
    session.flush()
    day = HelpDay(series_id=series.id, prison_id=prison.id, planned_on=date(2026, 12, 2), starts_at=OPENS, ends_at=CLOSES, minutes=20, changed_at=NOON)
    day.lawyers, day.terminals = len(people), terminals
    session.add(day)
    session.flush()
    for place, lawyer in enumerate(people, 1):
        session.add(HelpDuty(day_id=day.id, lawyer_id=lawyer.id, place=place, state="agreed", asked_at=NOON, answered_at=NOON, changed_at=NOON))
    session.flush()
    return Day(prison, day, office, people, [make_ward(session, prison) for _ in range(wards)])


def make_request(session: Session, day: Day, ward: int = 0, **values: Any) -> HelpRequest:
    """A request that waits for a help day."""
    inmate = values.pop("inmate", None) or make_inmate(session, day.wards[ward])
    given = {"matter": "labour", "summary": "父亲被拖欠工资", "parties": "某建筑公司", "consent_at": NOON, "entered_by": day.office.id, "entered_at": NOON}
    row = HelpRequest(prison_id=day.prison.id, ward_id=inmate.ward_id, inmate_id=inmate.id, **{"state": "waiting", "path": "helpday"} | given | values)
    session.add(row)
    session.flush()
    day.requests.append(row)
    return row


def declare_all(session: Session, day: Day, conflict: bool = False, lawyers: Sequence[Lawyer] | None = None) -> None:
    """Every lawyer of the day has answered about every request."""
    requests = [session.get_one(HelpRequest, row.id) for row in day.requests]
    for lawyer in day.lawyers if lawyers is None else lawyers:
        for request in requests:
            session.merge(ConflictDeclaration(request_id=request.id, lawyer_id=lawyer.id, conflict=conflict, shown=shown_of(request), at=NOON))
    session.flush()

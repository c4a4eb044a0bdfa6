"""Suspending and lifting, under the row locks that a booking takes: no visit slips in between."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.notices import service as notices
from visitation.people import queries_suspensions as queries
from visitation.people.models import Inmate, Suspension, Visitor
from visitation.people.queries_desk import accounts_of
from visitation.people.rules_staff import same_prison
from visitation.people.rules_suspensions import INMATE_CODES, VISITOR_CODES, SuspensionFacts, suspension_refusals
from visitation.policies import queries as policies

PAGE = "/suspensions/{ref}/object"
"""The family's page of a suspension: what it says, and where to object."""


@dataclass(frozen=True)
class Wanted:
    """What the officer asks for; both days included, `ends_on` None: open end. `note` stays with the staff."""

    code: str
    starts_on: date
    ends_on: date | None
    note: str


def suspend_inmate(session: Session, who: Identity, inmate_id: int, wanted: Wanted, now: datetime) -> Suspension:
    """No visits of an inmate in these days. The families are told that, and not why."""
    inmate = session.get(Inmate, inmate_id, with_for_update=True, populate_existing=True)
    if inmate is None or not same_prison(who, inmate):
        raise NotFound
    others = queries.others_of(session, inmate.id, None, inmate.prison_id)
    refuse(suspension_refusals(_facts(wanted, INMATE_CODES, None, others), local_day(now)))
    row = Suspension(prison_id=inmate.prison_id, inmate_id=inmate.id, **asdict(wanted))
    return _set(session, who, row, queries.relatives_of(session, inmate.id), "SUSPENSION_INMATE", now)


def suspend_visitor(session: Session, who: Identity, prison_id: int, visitor_id: int, wanted: Wanted, now: datetime) -> Suspension:
    """No visits by this person in one prison, for at most the months of the policy. They are told why, until when, and how to object."""
    visitor = session.get(Visitor, visitor_id, with_for_update=True, populate_existing=True)
    if visitor is None or (who.prison_id is not None and who.prison_id != prison_id):
        raise NotFound
    if not queries.claim_of_visitor(session, visitor.id, prison_id):
        raise Refused("SUSPENSION_STRANGER")
    today = local_day(now)
    most = policies.value(session, "suspension_max_months", prison_id, today)
    others = queries.others_of(session, None, visitor.id, prison_id)
    refuse(suspension_refusals(_facts(wanted, VISITOR_CODES, most, others), today))
    row = Suspension(prison_id=prison_id, visitor_id=visitor.id, **asdict(wanted))
    return _set(session, who, row, [visitor.id], f"SUSPENSION_{wanted.code.upper()}", now)


def _facts(wanted: Wanted, codes: tuple[str, ...], most: int | None, others: tuple[tuple[date, date | None], ...]) -> SuspensionFacts:
    return SuspensionFacts(codes, wanted.code, wanted.starts_on, wanted.ends_on, wanted.note, most, others)


def lift(session: Session, who: Identity, suspension_id: int, now: datetime) -> None:
    """The suspension holds no more from now on; the row stays. Raises StateChanged when it was lifted before."""
    row = session.get(Suspension, suspension_id)
    if row is None or not same_prison(who, row):
        raise NotFound
    target: type[Inmate] | type[Visitor] = Inmate if row.inmate_id is not None else Visitor
    session.get(target, row.inmate_id or row.visitor_id, with_for_update=True)
    session.refresh(row)
    if row.lifted_at is not None:
        raise StateChanged
    row.lifted_at = now
    record(session, who, "suspension.lift", "suspension", row.id, now, row.prison_id)


def _set(session: Session, who: Identity, row: Suspension, visitor_ids: list[int], reason_code: str, now: datetime) -> Suspension:
    row.decided_by, row.decided_at = who.account_id, now
    session.add(row)
    session.flush()
    target = ("inmate", row.inmate_id) if row.inmate_id is not None else ("visitor", row.visitor_id)
    record(session, who, "suspension.set", *target, now, row.prison_id, suspension=row.id, code=row.code)
    facts = {"ref": row.ref, "reason_code": reason_code, "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat() if row.ends_on else ""}
    link = PAGE.format(ref=row.ref) if row.visitor_id is not None else ""
    for account_id in accounts_of(session, visitor_ids):
        notices.tell(session, account_id, "suspension_set", facts, now, link)
    return row

"""Adding a policy row. Rows are only ever added, for a day to come: what held yesterday stays readable."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.policies.models import PolicyRow
from visitation.policies.rules import problems


def add_row(
    session: Session, who: Identity, key: str, value: Any, effective_from: date, basis: str, prison_id: int | None, province: str | None, now: datetime
) -> PolicyRow:
    """A new value of `key` from a day on, for one prison, a province (prison_id None), or everywhere (both None). Raises Refused with every reason.

    Whoever belongs to a prison writes rows of that prison only.
    """
    if who.prison_id is not None and prison_id != who.prison_id:
        raise NotFound
    refuse(problems(key, value, basis, effective_from, local_day(now)))
    row = PolicyRow(
        key=key,
        value=value,
        basis=basis.strip(),
        effective_from=effective_from,
        prison_id=prison_id,
        province=None if prison_id is not None else province,
        created_by=who.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, who, "policy.add", "policy", key, now, prison_id, value=value, effective_from=effective_from.isoformat(), row=row.id)
    return row


def withdraw_row(session: Session, who: Identity, row_id: int, now: datetime) -> None:
    """Take back a row that is not in force yet. One that has been in force stays for ever."""
    row = session.get(PolicyRow, row_id, with_for_update=True, populate_existing=True)
    if row is None or (who.prison_id is not None and row.prison_id != who.prison_id):
        raise NotFound
    if row.effective_from <= local_day(now):
        raise Refused("POLICY_IN_FORCE")
    record(session, who, "policy.withdraw", "policy", row.key, now, row.prison_id, value=row.value, effective_from=row.effective_from.isoformat(), row=row.id)
    session.delete(row)

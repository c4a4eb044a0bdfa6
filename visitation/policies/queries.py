"""Reading policy values: all rows of a prison in one query, then the pure choice of the row in force."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.people.models import Prison
from visitation.policies.models import PolicyRow
from visitation.policies.rules import Dated, in_force


@dataclass(frozen=True)
class Policies:
    """Everything that is or will be in force in one prison, read once."""

    rows: tuple[Dated, ...]

    def value(self, key: str, on: date) -> Any:
        """The value of `key` on a day. Raises KeyError for a key that does not exist."""
        return in_force(key, self.rows, on).value

    def version(self, on: date) -> str:
        """Names the rows in force on a day, for the record of a visit: `2026-11-24 #3,17` (no number: only what was shipped)."""
        ids = sorted({in_force(row.key, self.rows, on).row_id for row in self.rows} - {0})
        return f"{on.isoformat()} #{','.join(map(str, ids))}".rstrip(" #")


def policies_of(session: Session, prison_id: int | None, keys: tuple[str, ...] = ()) -> Policies:
    """The policies of a prison (None: those for everywhere), future rows included, in one query. `keys` narrows what is read."""
    query = select(PolicyRow).where(_applies(prison_id))
    if keys:
        query = query.where(PolicyRow.key.in_(keys))
    return Policies(tuple(_dated(row) for row in session.scalars(query)))


def value(session: Session, key: str, prison_id: int | None, on: date) -> Any:
    """The value of one key: the narrowest dated row, else the default."""
    return policies_of(session, prison_id, (key,)).value(key, on)


def history(session: Session, prison_id: int | None, key: str) -> list[tuple[Dated, PolicyRow, str]]:
    """Every row of a key that counts for a prison, the latest first, with who entered it."""
    query = select(PolicyRow, Account.name).outerjoin(Account, Account.id == PolicyRow.created_by).where(_applies(prison_id), PolicyRow.key == key)
    rows = session.execute(query.order_by(PolicyRow.effective_from.desc(), PolicyRow.id.desc()))
    return [(_dated(row), row, name or "") for row, name in rows]


def _applies(prison_id: int | None) -> Any:
    everywhere = and_(PolicyRow.prison_id.is_(None), PolicyRow.province.is_(None))
    if prison_id is None:
        return everywhere
    province = select(Prison.province).where(Prison.id == prison_id).scalar_subquery()
    return or_(PolicyRow.prison_id == prison_id, and_(PolicyRow.prison_id.is_(None), PolicyRow.province == province), everywhere)


def _dated(row: PolicyRow) -> Dated:
    scope = 2 if row.prison_id is not None else 1 if row.province is not None else 0
    return Dated(row.key, scope, row.effective_from, row.id, row.value, row.basis)

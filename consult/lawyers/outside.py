"""Who a lawyer is who joins a session: name, licence and firm for the officer who compares them, and whether the licence still stands."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.lawyers.models import Lawyer
from visitation.supervision.outside import Outside

LICENCE: Any = _l("Number of the practising licence")
FIRM: Any = _l("Law firm")


def people(session: Session, account_ids: Iterable[int]) -> Mapping[int, Outside]:
    """The lawyers among these accounts. They may come while an officer's verification stands and their account is open."""
    query = select(Lawyer).where(Lawyer.account_id.in_(list(account_ids))).options(joinedload(Lawyer.firm), joinedload(Lawyer.account))
    return {row.account_id: _outside(row) for row in session.scalars(query)}


def _outside(row: Lawyer) -> Outside:
    stands = row.state == "verified" and row.account.closed_at is None
    return Outside(row.account_id, row.name, ((LICENCE, row.licence), (FIRM, row.firm.name)), stands)

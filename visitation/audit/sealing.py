"""Sealing: every entry becomes a link of the chain, shortly after it was written and outside the booking's transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from visitation.audit import chain
from visitation.audit.models import AuditEntry, AuditSeal

BATCH = 500
LOCK = 7_236_001
"""Advisory lock of PostgreSQL: one sealer at a time. On SQLite the writer's turn is the lock."""

LOOK_BACK = 10_000
"""How many ids behind the newest link are looked through each second; the hourly run looks through all of them."""
SEALED = (
    "id", "at", "zone", "actor_id", "actor_roles", "actor_name", "assisted_by", "prison_id", "act", "subject_type", "subject_id", "detail",
)  # fmt: skip
"""The columns under the hash. A column that is added later is not among them, or every older link would break."""


def seal(session: Session, now: datetime, everything: bool = False) -> int:
    """Seal what is not sealed yet, in the order of the ids, at most BATCH entries. Returns how many. Another sealer at work: 0."""
    if session.get_bind().dialect.name == "postgresql" and not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK}):
        return 0
    entries = session.scalars(unsealed(everything).limit(BATCH).execution_options(populate_existing=True)).all()
    number, previous = head(session)
    for entry in entries:
        number += 1
        made = chain.link(previous, number, facts(entry))
        session.add(AuditSeal(number=number, entry_id=entry.id, previous=previous, hash=made, sealed_at=now))
        previous = made
    return len(entries)


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the newest link; (0, FIRST) while there is none."""
    newest = session.execute(select(AuditSeal.number, AuditSeal.hash).order_by(AuditSeal.number.desc()).limit(1)).first()
    return (newest.number, newest.hash) if newest else (0, chain.FIRST)


def unsealed(everything: bool = False) -> Select[AuditEntry]:
    """Query: entries without a link, oldest first. An entry that commits late, behind a greater id, is found all the same."""
    query = select(AuditEntry).outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id).where(AuditSeal.number.is_(None))
    if not everything:
        newest = select(func.coalesce(func.max(AuditSeal.entry_id), 0)).scalar_subquery()
        query = query.where(AuditEntry.id > newest - LOOK_BACK)
    return query.order_by(AuditEntry.id)


def facts(entry: AuditEntry) -> dict[str, Any]:
    """An entry as it is hashed: the time in ISO 8601, the rest as it is."""
    return {name: _plain(getattr(entry, name)) for name in SEALED}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

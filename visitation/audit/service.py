"""Leaving a trace: every act, and every sight of a person's data."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Identity
from visitation.store.transaction import run

APPEND = insert(AuditEntry.__table__)  # type: ignore[arg-type]


def record(
    session: Session, who: Identity, act: str, subject_type: str, subject_id: object, now: datetime, prison_id: int | None = None, **detail: Any
) -> None:
    """Append one entry in the caller's transaction. `act` is `<room>.<verb>`, e.g. `kinship.approve`."""
    run(session, APPEND, _entry(who, act, subject_type, subject_id, now, prison_id, detail))


def record_sights(session: Session, who: Identity, sights: Iterable[tuple[str, str]], where: str, now: datetime) -> None:
    """One entry for each (subject type, id) that a page showed to `who`."""
    rows = [_entry(who, "sight", subject_type, subject_id, now, None, {"where": where}) for subject_type, subject_id in sorted(set(sights))]
    if rows:
        run(session, APPEND, rows)


def _entry(who: Identity, act: str, subject_type: str, subject_id: object, now: datetime, prison_id: int | None, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": now,
        "zone": who.zone.value,
        "actor_id": who.account_id,
        "actor_roles": ",".join(sorted(who.roles)),
        "actor_name": who.name,
        "assisted_by": who.clerk_id,
        "prison_id": prison_id if prison_id is not None else who.prison_id,
        "act": act,
        "subject_type": subject_type,
        "subject_id": str(subject_id),
        "detail": detail,
    }

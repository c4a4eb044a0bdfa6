"""Reading the audit: for the auditor, and for the health page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.audit.heads import Head
from visitation.audit.models import AuditEntry
from visitation.audit.sealing import head, unsealed
from visitation.audit.verifying import Verdict, length, verify
from visitation.kernel.interval import at_local

__all__ = ["Search", "Verdict", "entries", "head", "length", "oldest_unsealed", "verdict"]
PAGE = 100
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
"""Days beyond which a search is not narrowed: at the ends of the calendar there is no day before or after."""


@dataclass(frozen=True)
class Search:
    """What the auditor looks for; empty fields do not narrow. prison_id: the auditor's own prison, None for all.

    subject_ids: every id of a person whose records were merged.
    """

    prison_id: int | None = None
    actor: str = ""
    act: str = ""
    subject_type: str = ""
    subject_id: str = ""
    subject_ids: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    before_id: int | None = None


def entries(session: Session, wanted: Search, limit: int = PAGE) -> list[AuditEntry]:
    """Entries, newest first; `before_id` pages on."""
    query = select(AuditEntry)
    if wanted.prison_id is not None:
        query = query.where(AuditEntry.prison_id == wanted.prison_id)
    if wanted.actor:
        query = query.where(AuditEntry.actor_name == wanted.actor)
    if wanted.act:
        query = query.where(AuditEntry.act.startswith(wanted.act, autoescape=True))
    if wanted.subject_type:
        query = query.where(AuditEntry.subject_type == wanted.subject_type)
    if wanted.subject_id:
        query = query.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.subject_ids:
        query = query.where(AuditEntry.subject_id.in_(wanted.subject_ids))
    if wanted.first_day and wanted.first_day > EARLIEST:
        query = query.where(AuditEntry.at >= at_local(wanted.first_day, time.min))
    if wanted.last_day and wanted.last_day < LATEST:
        query = query.where(AuditEntry.at < at_local(wanted.last_day + timedelta(days=1), time.min))
    if wanted.before_id:
        query = query.where(AuditEntry.id < wanted.before_id)
    return list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)))


def subject_types(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.subject_type).distinct().order_by(AuditEntry.subject_type)))


def oldest_unsealed(session: Session) -> datetime | None:
    """When the oldest entry without a link was written; None when all are sealed."""
    waiting = unsealed().order_by(None).with_only_columns(AuditEntry.at).subquery()
    oldest: datetime | None = session.scalar(select(func.min(waiting.c.at)))
    return oldest


def verdict(session: Session, now: datetime, heads: Iterable[Head]) -> Verdict:
    return verify(session, now, heads)

"""Measuring the installation."""

import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from visitation.audit import queries as audit
from visitation.audit.heads import Heads
from visitation.kernel.clock import Clock
from visitation.notices import queries as notices
from visitation.operations.rules import Facts
from visitation.store import outbox
from visitation.supervision.models import Broker


def measure(session: Session, clock: Clock, data_dir: Path, now: datetime) -> Facts:
    """Everything the health page shows, in a handful of short reads."""
    begin = clock.monotonic()
    session.execute(text("SELECT 1"))
    database_ms = (clock.monotonic() - begin) * 1000
    waiting, oldest = outbox.oldest_waiting(session)
    disk = shutil.disk_usage(data_dir if data_dir.exists() else data_dir.anchor)
    last = Heads(data_dir / "audit").last()
    return Facts(
        now=now,
        database=session.get_bind().dialect.name,
        database_ms=database_ms,
        waiting=waiting,
        oldest_waiting=oldest,
        failed=sum(count for (_channel, state), count in notices.delivery_counts(session).items() if state == "failed"),
        oldest_unsealed=audit.oldest_unsealed(session),
        head_number=audit.head(session)[0],
        head_kept=last.number if last else None,
        beats={row.id: (row.beat_at, row.skew_ms, row.draining) for row in session.scalars(select(Broker))},
        disk_free=disk.free,
        disk_total=disk.total,
    )

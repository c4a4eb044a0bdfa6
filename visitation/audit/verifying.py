"""Verifying: walk the chain from the first link, and compare it with the heads that were kept outside the database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.audit import chain
from visitation.audit.heads import Head
from visitation.audit.models import AuditEntry, AuditSeal
from visitation.audit.sealing import facts, unsealed

STEP = 1000
LATE = timedelta(seconds=5)
"""An entry that is older than this and still without a link is an alarm (architecture.md)."""
SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """What was found at one place. code: NUMBER (a link is missing or out of order), ENTRY_MISSING, PREVIOUS, HASH (the entry or the link was
    altered), UNSEALED (an entry without a link), HEAD (a kept head is not in the chain: it was cut or rewritten). at: link number or entry id."""

    code: str
    at: int


@dataclass(frozen=True)
class Verdict:
    """Outcome of a walk. `faults` holds the first SHOWN of them; `found` counts all."""

    links: int
    head: str
    heads_checked: int
    found: int
    faults: tuple[Fault, ...]

    @property
    def intact(self) -> bool:
        return self.found == 0


def verify(session: Session, now: datetime, heads: Iterable[Head] = (), progress: Callable[[int], object] = lambda _done: None) -> Verdict:
    """Read the whole chain in steps. `heads`: what was exported or countersigned earlier. Nothing is written."""
    kept = list(heads)
    wanted = {head.number for head in kept}
    faults: list[Fault] = []
    seen: dict[int, str] = {}
    previous, expected, links = chain.FIRST, 1, 0
    while rows := _step(session, expected):
        for link, entry in rows:
            faults += _faults_of(link, entry, previous, expected)
            previous, expected, links = link.hash, link.number + 1, links + 1
            if link.number in wanted:
                seen[link.number] = link.hash
        progress(links)
        session.expunge_all()
    faults += [Fault("HEAD", head.number) for head in kept if head.number and seen.get(head.number) != head.hash]
    faults += [Fault("UNSEALED", entry.id) for entry in session.scalars(unsealed(everything=True).where(AuditEntry.at < now - LATE))]
    return Verdict(links, previous, len(kept), len(faults), tuple(faults[:SHOWN]))


def length(session: Session) -> int:
    """How many links there are: the end of a progress bar."""
    return session.scalar(select(func.count()).select_from(AuditSeal)) or 0


def _step(session: Session, first: int) -> list[tuple[AuditSeal, AuditEntry | None]]:
    query = select(AuditSeal, AuditEntry).outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id).where(AuditSeal.number >= first)
    return [(link, entry) for link, entry in session.execute(query.order_by(AuditSeal.number).limit(STEP))]


def _faults_of(link: AuditSeal, entry: AuditEntry | None, previous: str, expected: int) -> list[Fault]:
    faults = []
    if link.number != expected:
        faults.append(Fault("NUMBER", expected))
    if link.previous != previous:
        faults.append(Fault("PREVIOUS", link.number))
    if entry is None:
        faults.append(Fault("ENTRY_MISSING", link.number))
    elif chain.link(link.previous, link.number, facts(entry)) != link.hash:
        faults.append(Fault("HASH", link.number))
    return faults

"""Re-listening (复听): which recorded visits are to be listened to again, by whom and until when, and what was heard."""

import hmac
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account, AccountRole
from visitation.audit import service as audit
from visitation.bookings.models import Booking
from visitation.kernel.identity import SYSTEM, Identity, Role
from visitation.kernel.interval import local_day
from visitation.policies.queries import policies_of
from visitation.supervision import commands
from visitation.supervision.models import Listening, LiveSession, Segment, SessionEvent
from visitation.supervision.models_recordings import Relistening
from visitation.supervision.rules_recordings import assignee, drawn
from visitation.timetable.queries import add_workdays

STIRRED = ("warned", "marked", "muted")
"""What an officer did during the visit that has somebody else listen to it."""
SAMPLE, STIR, CONCERN, ENDED_EARLY = "sample", "stirred", "concern", "ended_by_officer"
AT_ONCE = 100


def points(private_key: str) -> Callable[[int | None, int], float]:
    """The secret points of the draw: for (officer, unit) a number in [0, 1), the same for ever, known to nobody without the key of the recordings."""
    key = hmac.digest(private_key.encode(), b"visitation re-listening draw v1", sha256)

    def point(officer_id: int | None, unit: int) -> float:
        return int.from_bytes(hmac.digest(key, f"{officer_id}/{unit}".encode(), sha256)[:6], "big") / float(1 << 48)

    return point


def sweep(private_key: str) -> Callable[[Session, datetime], int]:
    """The job that looks at every recorded session once it is over and all of its recording is here: is it to be listened to again?"""
    point = points(private_key)

    def look(session: Session, now: datetime) -> int:
        rows = _unlooked(session)
        for live in rows:
            _decide(session, live, point, now)
        for row in _concerned(session):
            _add_concern(session, row, now)
        return len(rows)

    return look


def _unlooked(session: Session) -> list[LiveSession]:
    on_the_way = select(Segment.session_id).where(Segment.state == "reported")
    query = (
        select(LiveSession)
        .where(
            LiveSession.ended_at.is_not(None),
            LiveSession.id.in_(select(Segment.session_id).where(Segment.state == "stored")),
            LiveSession.id.not_in(on_the_way),
            LiveSession.id.not_in(select(Relistening.session_id)),
        )
        .options(joinedload(LiveSession.booking))
        .order_by(LiveSession.ended_at, LiveSession.id)
        .limit(AT_ONCE)
    )
    return list(session.scalars(query))


def _decide(session: Session, live: LiveSession, point: Callable[[int | None, int], float], now: datetime) -> None:
    day, prison_id = local_day(now), live.booking.prison_id
    policies = policies_of(session, prison_id, ("relisten_share", "relisten_workdays"))
    share = float(policies.value("relisten_share", day))
    officer = Relistening.officer_id.is_(None) if live.officer_id is None else Relistening.officer_id == live.officer_id
    number = session.scalar(select(func.count()).select_from(Relistening).where(officer)) or 0
    row = Relistening(session_id=live.id, officer_id=live.officer_id, number=number, share=share, looked_at=now)
    row.sampled = drawn(number, share, lambda unit: point(live.officer_id, unit))
    session.add(row)
    _oblige(session, row, live, ([SAMPLE] if row.sampled else []) + _stir(session, live), int(policies.value("relisten_workdays", day)), now)
    session.flush()


def _stir(session: Session, live: LiveSession) -> list[str]:
    query = select(SessionEvent.id).where(SessionEvent.session_id == live.id, SessionEvent.type.in_(STIRRED)).limit(1)
    found = [STIR] if session.scalar(query) is not None else []
    found += [CONCERN] if live.concern else []
    return found + ([ENDED_EARLY] if live.booking.outcome == "ended_by_officer" else [])


def _oblige(session: Session, row: Relistening, live: LiveSession, reasons: list[str], workdays: int, now: datetime) -> None:
    row.reasons = reasons
    if not reasons:
        return
    prison_id = live.booking.prison_id
    row.due_at = add_workdays(session, prison_id, now, workdays)
    row.assigned_to = assignee(_officers(session, prison_id), live.officer_id)
    audit.record(
        session, SYSTEM, "recording.assign", "session", live.sid, now, prison_id, reasons=reasons, to=row.assigned_to, number=row.number, share=row.share
    )
    commands.changed(session, prison_id, "recording", now, live.booking.ref)


def _officers(session: Session, prison_id: int) -> list[tuple[int, int]]:
    """(account, open duties) of everybody of the prison who may listen."""
    open_duties = select(Relistening.assigned_to, func.count().label("load")).where(Relistening.due_at.is_not(None), Relistening.done_at.is_(None))
    counted = open_duties.group_by(Relistening.assigned_to).subquery()
    query = (
        select(Account.id, func.coalesce(counted.c.load, 0))
        .outerjoin(counted, counted.c.assigned_to == Account.id)
        .where(Account.prison_id == prison_id, Account.closed_at.is_(None))
        .where(Account.id.in_(select(AccountRole.account_id).where(AccountRole.role == str(Role.OFFICER))))
    )
    return [(account, load) for account, load in session.execute(query)]


def _concerned(session: Session) -> list[Relistening]:
    """Visits of the last days whose officer wrote down a concern; those that were looked at before it was written are looked at once more."""
    query = select(Relistening).join(LiveSession, LiveSession.id == Relistening.session_id).options(joinedload(Relistening.session))
    query = query.where(LiveSession.concern.is_(True), Relistening.done_at.is_(None), LiveSession.outcome_at > Relistening.looked_at)
    return [row for row in session.scalars(query.limit(AT_ONCE)) if CONCERN not in row.reasons]


def _add_concern(session: Session, row: Relistening, now: datetime) -> None:
    live = row.session
    workdays = int(policies_of(session, live.booking.prison_id, ("relisten_workdays",)).value("relisten_workdays", local_day(now)))
    _oblige(session, row, live, [*row.reasons, CONCERN], workdays, now)


# -- what was heard


def listen(session: Session, who: Identity, live: LiveSession, result: str, text: str, now: datetime) -> Listening:
    """Write down the result of a re-listening. It fulfils the duty unless the listener supervised the visit: nobody checks their own work."""
    row = Listening(session_id=live.id, account_id=who.account_id, at=now, result=result, text=text)
    session.add(row)
    duty = session.get(Relistening, live.id, with_for_update=True, populate_existing=True)
    if duty is not None and duty.due_at is not None and duty.done_at is None and who.account_id != live.officer_id:
        duty.done_at, duty.done_by = now, who.account_id
    audit.record(session, who, "recording.listened", "session", live.sid, now, live.booking.prison_id, result=result, own=who.account_id == live.officer_id)
    commands.changed(session, live.booking.prison_id, "recording", now, live.booking.ref)
    return row


def hand_over(session: Session, who: Identity, live: LiveSession, account_id: int, now: datetime) -> bool:
    """Give an open duty to another officer of the prison; False when there is none. The caller offers only those who may have it."""
    duty = session.get(Relistening, live.id, with_for_update=True, populate_existing=True)
    if duty is None or duty.due_at is None or duty.done_at is not None:
        return False
    duty.assigned_to = account_id
    audit.record(session, who, "recording.hand_over", "session", live.sid, now, live.booking.prison_id, to=account_id)
    return True


def listeners(session: Session, prison_id: int | None, leave_out: int | None = None) -> list[tuple[int, str]]:
    """(account, name) of the officers who may listen, by name."""
    if prison_id is None:
        return []
    ids = [account for account, _load in _officers(session, prison_id) if account != leave_out]
    return [(row.id, row.name) for row in session.scalars(select(Account).where(Account.id.in_(ids)).order_by(Account.name, Account.id))]


def duties(session: Session, prison_id: int | None, *, done: bool = False, limit: int = 200) -> list[Relistening]:
    """What is to be listened to again, the earliest due first; `done`: what has been, the newest first."""
    query = select(Relistening).join(LiveSession, LiveSession.id == Relistening.session_id).join(Booking).where(Relistening.due_at.is_not(None))
    query = query.where(Relistening.done_at.is_not(None) if done else Relistening.done_at.is_(None))
    query = query.options(joinedload(Relistening.session).joinedload(LiveSession.booking).joinedload(Booking.inmate))
    order: Any = Relistening.done_at.desc() if done else Relistening.due_at
    query = query if prison_id is None else query.where(Booking.prison_id == prison_id)
    return list(session.scalars(query.order_by(order, Relistening.session_id).limit(limit)))


def figures(session: Session, prison_id: int | None, since: datetime, now: datetime) -> dict[str, int]:
    """Counts of the recorded visits looked at since a day: recorded, to be listened to (due), done, late (done or not)."""
    query = select(Relistening).join(LiveSession, LiveSession.id == Relistening.session_id).join(Booking).where(Relistening.looked_at >= since)
    rows = list(session.scalars(query if prison_id is None else query.where(Booking.prison_id == prison_id)))
    due = [row for row in rows if row.due_at is not None]
    late = sum(1 for row in due if row.due_at is not None and (row.done_at or now) > row.due_at)
    return {"recorded": len(rows), "due": len(due), "done": sum(1 for row in due if row.done_at is not None), "late": late}

"""Check-in: each outside person compared with the registered photo and document, and ticked (rules.md §5.19)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.bookings.models import Booking, BookingVisitor
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.supervision import closing, commands, outside, passes
from visitation.supervision.models import LiveSession
from visitation.supervision.queries import party_of, visit_of
from visitation.supervision.rules import CONFIRMED, FAILED, Member, check_in_problems, late_problems, opening_problems
from visitation.supervision.service import open_session


@dataclass(frozen=True)
class Verdict:
    """What the officer decided about one person. `leg`: participant whose camera shows them; `reason`: why the comparison failed."""

    visitor_id: int
    verdict: str
    reason: str = ""
    leg: str = ""


def decide(session: Session, who: Identity, booking: Booking, verdict: Verdict, now: datetime) -> LiveSession:
    """Tick one person. A failed lead refuses the whole visit; another person only leaves the party. Raises Refused.

    After the check-in is closed only somebody who was not there then is decided, while the visit waits or is paused.
    """
    live = _open(session, booking, now)
    query = select(BookingVisitor).where(BookingVisitor.booking_id == booking.id, BookingVisitor.visitor_id == verdict.visitor_id)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if live.checked_in_at is not None:
        refuse(late_problems(live.stage, row.identity, verdict.verdict))
    elif row.identity != "unchecked" and row.identity != verdict.verdict and row.checked_by != who.account_id:
        raise StateChanged
    if verdict.verdict == CONFIRMED:
        _confirm(session, live, booking, verdict, now)
    elif verdict.verdict == FAILED and not verdict.reason:
        raise Refused("REASON_MISSING")
    else:
        _take_off(session, live, verdict.visitor_id, now)
    row.identity, row.checked_at, row.checked_by = verdict.verdict, now, who.account_id
    row.leg = 1 + list(live.legs).index(verdict.leg) if verdict.leg in live.legs else row.leg
    audit.record(
        session, who, f"visit.identity_{verdict.verdict}", "visitor", verdict.visitor_id, now, booking.prison_id, ref=booking.ref, reason=verdict.reason
    )
    if row.place == 0 and verdict.verdict == FAILED:
        _refuse_visit(session, who, live, booking, verdict.reason, now)
    commands.changed(session, booking.prison_id, "session", now, booking.ref)
    return live


def decide_outside(session: Session, who: Identity, booking: Booking, verdict: Verdict, now: datetime) -> LiveSession:
    """Tick the lawyer or mediator who joins with the booking's account. Not confirmed: the session is refused. Raises Refused.

    Their standing is asked again: a verification that has ended since is none.
    """
    live = _open(session, booking, now)
    if not outside.comes_alone(booking):
        raise NotFound
    if live.checked_in_at is not None:
        refuse(late_problems(live.stage, live.outside, verdict.verdict))
    elif live.outside not in ("unchecked", verdict.verdict) and live.outside_by != who.account_id:
        raise StateChanged
    if verdict.verdict == CONFIRMED:
        _confirm_outside(session, live, booking, verdict.leg, now)
    elif verdict.verdict != FAILED:
        raise NotFound
    elif not verdict.reason:
        raise Refused("REASON_MISSING")
    live.outside, live.outside_at, live.outside_by = verdict.verdict, now, who.account_id
    audit.record(
        session, who, f"visit.identity_{verdict.verdict}", "account", booking.account_id, now, booking.prison_id, ref=booking.ref, reason=verdict.reason
    )
    if verdict.verdict == FAILED:
        _refuse_visit(session, who, live, booking, verdict.reason, now)
    commands.changed(session, booking.prison_id, "session", now, booking.ref)
    return live


def _confirm_outside(session: Session, live: LiveSession, booking: Booking, leg: str, now: datetime) -> None:
    known = outside.of_booking(session, booking)
    problem = known.problem(booking.id) if known is not None else "LAWYER_NOT_VERIFIED"
    if problem is not None:
        raise Refused(problem)
    pid = leg if leg.partition(".")[0] == outside.pid_of(booking) else outside.pid_of(booking)
    live.legs = {pid: [booking.account_id]}
    commands.command(session, live, "admit", now, pid=pid, persons=1)


def finish(session: Session, who: Identity, booking: Booking, now: datetime) -> LiveSession:
    """Close the check-in: the session waits for the terminal and the officer. Raises Refused while somebody is undecided."""
    live = _open_for_check_in(session, booking, now)
    alone = outside.comes_alone(booking)
    refuse(check_in_problems([Member(0, 0, live.outside)] if alone else party_of(session, booking, local_day(now))))
    live.checked_in_at, live.checked_in_by, live.stage = now, who.account_id, "waiting"
    for pid, people in live.legs.items():
        commands.command(session, live, "admit", now, pid=pid, persons=len(people))
    commands.command(session, live, "checked_in", now)
    audit.record(session, who, "visit.checked_in", "booking", booking.ref, now, booking.prison_id, persons=sum(map(len, live.legs.values())))
    commands.changed(session, booking.prison_id, "session", now, booking.ref)
    return live


def _open(session: Session, booking: Booking, now: datetime) -> LiveSession:
    refuse(opening_problems(visit_of(session, booking, now), now))
    return open_session(session, booking, now)


def _open_for_check_in(session: Session, booking: Booking, now: datetime) -> LiveSession:
    live = _open(session, booking, now)
    if live.checked_in_at is not None:
        raise Refused("ALREADY_CHECKED_IN")
    return live


def _confirm(session: Session, live: LiveSession, booking: Booking, verdict: Verdict, now: datetime) -> None:
    """The right to visit is asked again at check-in: suspension, kinship, the inmate's consent."""
    member = next(member for member in party_of(session, booking, local_day(now)) if member.visitor_id == verdict.visitor_id)
    if member.suspended or not member.related:
        raise Refused("VISITOR_RESTRICTED")
    legs = {pid: [one for one in people if one != verdict.visitor_id] for pid, people in live.legs.items()}
    legs.setdefault(verdict.leg, []).append(verdict.visitor_id)
    live.legs = {pid: people for pid, people in legs.items() if people}
    commands.command(session, live, "admit", now, pid=verdict.leg, persons=len(live.legs[verdict.leg]))


def _take_off(session: Session, live: LiveSession, visitor_id: int, now: datetime) -> None:
    legs = {pid: [one for one in people if one != visitor_id] for pid, people in live.legs.items()}
    live.legs = {pid: people for pid, people in legs.items() if people}
    for person in live.participants:
        pid = str(person.get("pid"))
        if pid.partition(".")[0] == f"visitor:{visitor_id}" and pid not in live.legs:
            passes.revoke(session, live, pid, now)


def _refuse_visit(session: Session, who: Identity, live: LiveSession, booking: Booking, reason: str, now: datetime) -> None:
    commands.command(session, live, "end", now, outcome="failed_identity")
    audit.record(session, who, "visit.refuse", "booking", booking.ref, now, booking.prison_id, reason=reason)
    closing.close(session, live, "failed_identity", f"identity: {reason}", now, now)

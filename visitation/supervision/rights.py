"""Whether those who are in a session now may still be there: read again every second, for all sessions at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account, Device, SignIn
from visitation.audit import service as audit
from visitation.bookings.models import BookingVisitor
from visitation.kernel.identity import SYSTEM
from visitation.kernel.interval import local_day
from visitation.people.models import Kinship, Suspension
from visitation.supervision import commands, passes
from visitation.supervision.models import LiveSession, SessionPass
from visitation.supervision.outside import Outside
from visitation.supervision.outside import people as outside_people
from visitation.supervision.rules import FAILED, OFFICERS, Standing, must_leave
from visitation.timetable.models import Terminal

LAWYER, MEDIATOR = "lawyer", "mediator"
GONE = frozenset({"left", "away"})


@dataclass(frozen=True)
class Presence:
    """One participant of a session, as the broker reports them."""

    session_id: int
    pid: str

    @property
    def role(self) -> str:
        return self.pid.partition(":")[0]

    @property
    def number(self) -> int:
        """The row behind the pid: `officer:12` and, after a revocation, `officer:12.2` are both account 12."""
        digits = self.pid.partition(":")[2].partition(".")[0]
        return int(digits) if digits.isdigit() else 0


@dataclass(frozen=True)
class Findings:
    """Who must leave (session id, pid), and which sessions must end with which outcome."""

    leave: tuple[Presence, ...] = ()
    end: tuple[tuple[int, str], ...] = ()


def look(session: Session, sids: Iterable[str], now: datetime) -> Findings:
    """Check everybody in these sessions. Reads only."""
    rows = session.scalars(
        select(LiveSession).where(LiveSession.sid.in_(list(sids)), LiveSession.ended_at.is_(None)).options(joinedload(LiveSession.booking))
    ).all()
    over = {row.id: row.booking.state for row in rows if row.booking.state != "confirmed"}
    people = [Presence(row.id, str(p["pid"])) for row in rows if row.id not in over for p in row.participants if p.get("state") not in GONE]
    ledger = _read(session, rows, people, now)
    left = tuple(one for one in people if must_leave(ledger.standing(one)))
    return Findings(left, tuple((number, state) for number, state in over.items()))


def act(session: Session, findings: Findings, now: datetime) -> int:
    """Queue what follows from the findings, once for each pass. Returns how many commands were queued."""
    queued = 0
    for one in findings.leave:
        live = session.get(LiveSession, one.session_id)
        if live is None or not passes.revoke(session, live, one.pid, now):
            continue
        audit.record(session, SYSTEM, "session.revoke", "session", live.sid, now, live.booking.prison_id, pid=one.pid)
        commands.changed(session, live.booking.prison_id, "session", now, live.booking.ref)
        queued += 1
    for session_id, state in findings.end:
        live = session.get(LiveSession, session_id)
        if live is not None and live.ended_at is None and live.broker_id is not None and live.cause is None:
            live.cause = f"BOOKING_{state.upper()}"
            commands.command(session, live, "end", now, outcome=state)
            queued += 1
    return queued


@dataclass
class _Ledger:
    """Everything that the check of all sessions needs, from a handful of queries."""

    sessions: dict[int, LiveSession]
    passes: dict[tuple[int, str], int | None] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    signed_in: set[int] = field(default_factory=set)
    paired: set[int] = field(default_factory=set)
    in_party: set[tuple[int, int]] = field(default_factory=set)
    suspended: set[tuple[int, int]] = field(default_factory=set)
    """(prison, visitor): a visitor's suspension counts in the prison that set it."""
    related: set[tuple[int, int]] = field(default_factory=set)
    outside: Mapping[int, Outside] = field(default_factory=dict)
    """Account -> the lawyer or mediator behind it."""

    def standing(self, one: Presence) -> Standing:
        booking = self.sessions[one.session_id].booking
        if one.role == "officer":
            return self._officer(one, booking.prison_id)
        if one.role == "terminal":
            return Standing(entitled=one.number in self.paired and booking.terminal_id == one.number)
        if one.role in (LAWYER, MEDIATOR):
            return self._outside(one)
        account = self.accounts.get(self.passes.get((one.session_id, one.pid)) or 0)
        restricted = (booking.prison_id, one.number) in self.suspended or (one.number, booking.inmate_id) not in self.related
        return Standing(account_open=account is None or account.closed_at is None, entitled=(booking.id, one.number) in self.in_party, restricted=restricted)

    def _outside(self, one: Presence) -> Standing:
        """Whoever comes with the booking's account, while it is still theirs and their standing holds."""
        live, known = self.sessions[one.session_id], self.outside.get(one.number)
        entitled = live.booking.account_id == one.number and live.outside != FAILED
        return Standing(account_open=known is not None and known.problem(live.booking_id) is None, entitled=entitled)

    def _officer(self, one: Presence, prison_id: int) -> Standing:
        account = self.accounts.get(one.number)
        if account is None:
            return Standing(account_open=False)
        roles = {row.role for row in account.roles}
        entitled = bool(roles & set(OFFICERS)) and account.prison_id in (None, prison_id)
        return Standing(account_open=account.closed_at is None, signed_in=account.id in self.signed_in, entitled=entitled)


def _read(session: Session, rows: Sequence[LiveSession], people: Sequence[Presence], now: datetime) -> _Ledger:
    ledger = _Ledger({row.id: row for row in rows})
    if not people:
        return ledger
    for held in session.scalars(select(SessionPass).where(SessionPass.session_id.in_(ledger.sessions))):
        ledger.passes[held.session_id, held.pid] = held.account_id
    officers = {one.number for one in people if one.role == "officer"}
    wanted = officers | {number for number in ledger.passes.values() if number}
    ledger.accounts = {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(wanted)))}
    ledger.signed_in = _signed_in(session, officers, now)
    ledger.paired = _paired(session, {one.number for one in people if one.role == "terminal"})
    ledger.outside = outside_people(session, {one.number for one in people if one.role in (LAWYER, MEDIATOR)})
    _read_party(session, ledger, {one.number for one in people if one.role == "visitor"}, now)
    return ledger


def _signed_in(session: Session, accounts: set[int], now: datetime) -> set[int]:
    query = select(SignIn.account_id).where(
        SignIn.account_id.in_(accounts), SignIn.zone == "prison", SignIn.revoked_at.is_(None), SignIn.expires_at > now, SignIn.second_factor_at.is_not(None)
    )
    return set(session.scalars(query))


def _paired(session: Session, terminals: set[int]) -> set[int]:
    query = select(Device.terminal_id).join(Terminal, Terminal.id == Device.terminal_id)
    return set(session.scalars(query.where(Device.terminal_id.in_(terminals), Device.revoked_at.is_(None), Terminal.in_service.is_(True))))


def _read_party(session: Session, ledger: _Ledger, visitors: set[int], now: datetime) -> None:
    today = local_day(now)
    bookings = [row.booking_id for row in ledger.sessions.values()]
    party = session.execute(
        select(BookingVisitor.booking_id, BookingVisitor.visitor_id).where(BookingVisitor.booking_id.in_(bookings), BookingVisitor.identity != FAILED)
    )
    ledger.in_party = {(booking, visitor) for booking, visitor in party}
    in_force = Suspension.lifted_at.is_(None) & (Suspension.starts_on <= today) & or_(Suspension.ends_on.is_(None), Suspension.ends_on >= today)
    suspended = select(Suspension.prison_id, Suspension.visitor_id).where(Suspension.visitor_id.in_(visitors), in_force)
    ledger.suspended = {(prison, number) for prison, number in session.execute(suspended) if number}
    kin = session.execute(
        select(Kinship.visitor_id, Kinship.inmate_id).where(
            Kinship.visitor_id.in_(visitors), Kinship.state == "approved", Kinship.inmate_answer == "accepted", Kinship.inmate_id.is_not(None)
        )
    )
    ledger.related = {(visitor, inmate) for visitor, inmate in kin if inmate is not None}

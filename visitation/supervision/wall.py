"""The officer's wall: which sessions stand on it, which others run, what is offered, and who comes next. Values ready for JSON."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.bookings.models import Booking, BookingVisitor
from visitation.bookings.queries import outside_names
from visitation.kernel.identity import Identity
from visitation.officers.models import OfficerAssignment
from visitation.signalling.policy import CEILINGS, Kind
from visitation.supervision import desk, handover
from visitation.supervision.models import LiveSession
from visitation.supervision.models_handover import Handover
from visitation.supervision.queries import lanes_of, terms_of, unwritten_outcomes
from visitation.supervision.rules_handover import WATCHED, is_mine
from visitation.timetable.models import Duty


@dataclass(frozen=True)
class Sight:
    """A session on the wall. `name`: of the officer who watches it, if another one does; `offer`: its open offer, if this officer made it."""

    booking: Booking
    live: LiveSession | None
    officer: str = ""
    offer: Handover | None = None
    actions: frozenset[str] = frozenset()
    alone: list[str] = field(default_factory=list)
    """Name of the lawyer or mediator, who is in no party."""
    hears: bool = False

    @property
    def stage(self) -> str:
        return self.live.stage if self.live else "scheduled"

    @property
    def watched(self) -> bool:
        """Whether an officer is connected to it, as the broker told last."""
        return any(one.get("role") == "officer" and one.get("state") == "in_session" for one in self.live.participants) if self.live else False


@dataclass(frozen=True)
class Wall:
    """Everything that the page shows beside the pictures themselves."""

    lanes: int
    mine: list[Sight] = field(default_factory=list)
    others: list[Sight] = field(default_factory=list)
    offers: list[tuple[Handover, str]] = field(default_factory=list)
    arriving: list[desk.Row] = field(default_factory=list)
    unwritten: list[LiveSession] = field(default_factory=list)


def wall(session: Session, who: Identity, now: datetime, focus: Booking | None = None, kept: frozenset[str] = frozenset()) -> Wall:
    """The wall of this officer. focus: a visit that they opened by name; kept: references that stand on their page already; whoever's these are by now."""
    running = _running(session, who.prison_id)
    named = _named(session, [live.booking_id for live in running])
    wanted = kept | ({focus.ref} if focus is not None else set())
    mine = [live for live in running if live.booking.ref in wanted or _belongs(live, named, who)]
    names = _names(session, running)
    offers = handover.offers_to(session, who)
    seen = {live.id for live in mine}
    sights = [_sight(session, live.booking, live, names, who) for live in mine]
    if focus is not None and focus.id not in {live.booking_id for live in mine}:
        sights.insert(0, _sight(session, focus, _session_of(session, focus), names, who))
    return Wall(
        lanes=lanes_of(session, who.account_id, who.prison_id, now) if who.prison_id is not None else 1,
        mine=sights,
        others=[Sight(live.booking, live, names.get(live.officer_id or 0, "")) for live in running if live.id not in seen],
        offers=[(one, names.get(one.from_id) or _name(session, one.from_id)) for one in offers],
        arriving=[row for row in desk.rows(session, who, now) if row.phase in ("late", "ready", "checking_in")],
        unwritten=[live for live in unwritten_outcomes(session, who.prison_id) if live.officer_id == who.account_id],
    )


def _belongs(live: LiveSession, named: dict[int, int], who: Identity) -> bool:
    return is_mine(live.officer_id, named.get(live.booking_id), live.checked_in_by, who.account_id)


def next_officers(session: Session, who: Identity, now: datetime) -> list[Account]:
    """Who is on duty now, beside this officer: to whom a watch can be offered by name."""
    on_duty = select(Duty.account_id).where(Duty.starts_at <= now, Duty.ends_at > now, Duty.prison_id == who.prison_id)
    query = select(Account).where(Account.id.in_(on_duty), Account.id != who.account_id, Account.closed_at.is_(None))
    return list(session.scalars(query.order_by(Account.name, Account.id)))


def _running(session: Session, prison_id: int | None) -> list[LiveSession]:
    query = select(LiveSession).join(Booking).where(LiveSession.ended_at.is_(None), LiveSession.stage.in_(WATCHED), Booking.state == "confirmed")
    visit = joinedload(LiveSession.booking)
    query = query.options(visit.joinedload(Booking.inmate), visit.joinedload(Booking.terminal))
    query = query.options(visit.selectinload(Booking.party).joinedload(BookingVisitor.visitor))
    query = query.order_by(Booking.starts_at, Booking.id)
    return list(session.scalars(query if prison_id is None else query.where(Booking.prison_id == prison_id)))


def _named(session: Session, booking_ids: Iterable[int]) -> dict[int, int]:
    query = select(OfficerAssignment.booking_id, OfficerAssignment.account_id).where(OfficerAssignment.booking_id.in_(list(booking_ids)))
    return dict(session.execute(query).all())


def _names(session: Session, running: Iterable[LiveSession]) -> dict[int, str]:
    ids = {live.officer_id for live in running if live.officer_id is not None}
    return dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).all())


def _name(session: Session, account_id: int) -> str:
    return session.get_one(Account, account_id).name


def _session_of(session: Session, booking: Booking) -> LiveSession | None:
    return session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id))


def _sight(session: Session, booking: Booking, live: LiveSession | None, names: dict[int, str], who: Identity) -> Sight:
    other = live is not None and live.officer_id not in (None, who.account_id)
    made = handover.open_offer(session, live.id) if live is not None else None
    return Sight(
        booking,
        live,
        officer=names.get(live.officer_id or 0, "") if live is not None and other else "",
        offer=made if made is not None and made.from_id == who.account_id else None,
        actions=actions_of(session, booking),
        alone=list(outside_names(session, [booking]).values()),
        hears=bool(terms_of(session, booking)["officer_hears"] and CEILINGS[Kind(booking.kind)].hears),
    )


def actions_of(session: Session, booking: Booking) -> frozenset[str]:
    """What an officer may do in this visit: the kind's ceiling, without speaking where the terms say so (signalling/policy.py)."""
    top = CEILINGS[Kind(booking.kind)]
    return top.actions if terms_of(session, booking)["speak"] and top.speaks else top.actions - {"speak", "hush"}

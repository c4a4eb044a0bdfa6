"""Reading requests: only what somebody may see (rules.may_see), in lists, counts and pages alike."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from consult.requests import rules
from consult.requests.models import FamilyPaper, HelpCode, HelpRequest, RequestSlip
from consult.requests.rules import Seen, Stop
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Inmate, Kinship, Visitor
from visitation.people.queries_suspensions import current_of
from visitation.store.sealed import vault

MOST = 200
STATES = {"decide": ("received",), "pass": ("to_pass",), "waiting": ("waiting", "seated"), "postponed": ("postponed",), "closed": rules.CLOSED}
"""Which states a pile holds."""
PILES = tuple(STATES)
NOT_ABOUT = HelpRequest.path.is_distinct_from("about_prison")


def by_ref(session: Session, ref: str) -> HelpRequest | None:
    return session.scalar(select(HelpRequest).where(HelpRequest.ref == ref.upper()).options(joinedload(HelpRequest.inmate)))


def seen(request: HelpRequest) -> Seen:
    return Seen(request.prison_id, request.inmate.ward_id, request.path)


def visible(who: Identity) -> ColumnElement[bool]:
    """rules.may_see as a condition on HelpRequest joined with Inmate."""
    if who.has(Role.BUREAU):
        return true() if who.prison_id is None else HelpRequest.prison_id == who.prison_id
    if who.prison_id is None or not who.has(Role.LEGAL_OFFICE, Role.WARD_OFFICER):
        return false()
    mine = and_(HelpRequest.prison_id == who.prison_id, NOT_ABOUT)
    return mine if who.has(Role.LEGAL_OFFICE) else and_(mine, Inmate.ward_id.in_(who.ward_ids))


def _of(who: Identity) -> Select[HelpRequest]:
    query = select(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id).where(visible(who))
    return query.options(joinedload(HelpRequest.inmate).joinedload(Inmate.ward), joinedload(HelpRequest.prison))


def pile(session: Session, who: Identity, name: str, *only: ColumnElement[bool]) -> list[HelpRequest]:
    """One of PILES: what is due first; what waits, the most urgent and longest waiting first; what is closed, the latest first. only: fewer of them."""
    query = _of(who).where(*only)
    if name == "closed":
        return list(session.scalars(query.where(HelpRequest.state.in_(rules.CLOSED)).order_by(HelpRequest.closed_at.desc(), HelpRequest.id).limit(MOST)))
    order = {"waiting": (HelpRequest.urgency.desc(), HelpRequest.waited.desc()), "postponed": (HelpRequest.postponed_until,)}.get(name, (HelpRequest.due_at,))
    return list(session.scalars(query.where(HelpRequest.state.in_(STATES[name])).order_by(*order, HelpRequest.entered_at, HelpRequest.id).limit(MOST)))


def counts(session: Session, who: Identity) -> dict[str, int]:
    """How many are in each pile, of those this person may see."""
    query = select(HelpRequest.state, func.count()).join(Inmate, Inmate.id == HelpRequest.inmate_id).where(visible(who)).group_by(HelpRequest.state)
    found = {state: number for state, number in session.execute(query)}  # noqa: C416 - a Row is no plain pair for the type checker
    return {pile: sum(found.get(state, 0) for state in states) for pile, states in STATES.items()}


def due(session: Session, who: Identity, *conditions: ColumnElement[bool]) -> tuple[int, datetime | None]:
    """How many wait for a decision or to be passed on, and the earliest due time among them."""
    query = select(func.count(), func.min(HelpRequest.due_at)).select_from(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id)
    number, first = session.execute(query.where(visible(who), HelpRequest.state.in_(("received", "to_pass")), *conditions)).one()
    return number, first


def open_of(session: Session, inmate_id: int, about: bool) -> int:
    """How many open requests an inmate has: about the prison, or the others. Each is counted for itself, so that a ward cannot tell from a refusal."""
    kind = HelpRequest.path == "about_prison" if about else NOT_ABOUT
    query = select(func.count(HelpRequest.id)).where(HelpRequest.inmate_id == inmate_id, HelpRequest.state.in_(rules.OPEN), kind)
    return session.scalar(query) or 0


def coming_back(session: Session, today: date, most: int) -> list[HelpRequest]:
    """Postponed ones whose day has come; locked, and those that somebody holds are left for the next round."""
    query = select(HelpRequest).where(HelpRequest.state == "postponed", HelpRequest.postponed_until <= today)
    return list(session.scalars(query.order_by(HelpRequest.id).limit(most).with_for_update(skip_locked=True)))


def stops(session: Session, request: HelpRequest, now: datetime) -> list[Stop]:
    """The inmate's suspensions, now and later."""
    return [Stop(row.code, row.starts_on, row.ends_on) for row in current_of(session, request.inmate_id, None, request.prison_id, now)]


def relatives(session: Session, inmate_id: int) -> list[Kinship]:
    """Relatives who may be asked for something: approved, accepted by the inmate, under no restriction."""
    return list(session.scalars(_living().where(Kinship.inmate_id == inmate_id).options(joinedload(Kinship.visitor)).order_by(Kinship.id)))


def _living() -> Select[Kinship]:
    return select(Kinship).where(Kinship.state == "approved", Kinship.inmate_answer == "accepted", Kinship.restriction == "none")


def of_released(session: Session, most: int) -> list[HelpRequest]:
    """Those that wait for a legal-help day whose inmate has been released; locked as above. Court and hospital are not release (rules.md §5.9)."""
    query = select(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id).where(HelpRequest.state == "waiting", Inmate.status == "released")
    return list(session.scalars(query.order_by(HelpRequest.id).limit(most).with_for_update(of=HelpRequest, skip_locked=True)))


# -- slips


def slips_to_hand(session: Session, who: Identity) -> list[RequestSlip]:
    """Papers nobody has handed over yet: a ward's own; for the legal office, those in closed form, which no ward sees."""
    if who.prison_id is None:
        return []
    query = select(RequestSlip).join(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id).where(RequestSlip.handed_over_at.is_(None))
    ward = and_(NOT_ABOUT, Inmate.ward_id.in_(who.ward_ids))
    mine = [rule for role, rule in ((Role.WARD_OFFICER, ward), (Role.LEGAL_OFFICE, HelpRequest.path == "about_prison")) if who.has(role)]
    people = joinedload(RequestSlip.request).joinedload(HelpRequest.inmate).joinedload(Inmate.ward)
    query = query.where(HelpRequest.prison_id == who.prison_id, or_(false(), *mine)).options(people)
    return list(session.scalars(query.order_by(RequestSlip.at, RequestSlip.id).limit(MOST)))


def slip_by_id(session: Session, slip_id: int) -> RequestSlip | None:
    return session.get(RequestSlip, slip_id)


# -- the terminal


def without_letter(session: Session, inmate_id: int) -> list[HelpRequest]:
    """An inmate's open requests for the lawyer only whose letter has not been written yet."""
    query = select(HelpRequest).where(HelpRequest.inmate_id == inmate_id, HelpRequest.lawyer_only, HelpRequest.letter.is_(None), NOT_ABOUT)
    return list(session.scalars(query.where(HelpRequest.state.in_(rules.OPEN)).order_by(HelpRequest.id)))


def code_index(code: str) -> str:
    return vault().index(code, "help_code")


def living_code(session: Session, code: str, prison_id: int | None, now: datetime) -> HelpCode | None:
    """A code that still works in this prison."""
    query = select(HelpCode).join(Inmate, Inmate.id == HelpCode.inmate_id).where(HelpCode.code_index == code_index(code), Inmate.prison_id == prison_id)
    return session.scalar(query.where(HelpCode.used_at.is_(None), HelpCode.expires_at > now))


# -- the family zone


def asked_of_family(session: Session, account_id: int, visitor_id: int | None) -> list[HelpRequest]:
    """What a relative is asked for, with the inmate's consent; the account's own person and those it looks after. Gone once the request is withdrawn.

    For the lawyer only: from when the letter is there, which says what is asked for.
    """
    mine = Visitor.manager_id == account_id
    mine = mine if visitor_id is None else mine | (Visitor.id == visitor_id)
    living = _living().with_only_columns(Kinship.id).join(Visitor, Visitor.id == Kinship.visitor_id).where(mine)
    query = select(HelpRequest).where(HelpRequest.family_part != "", HelpRequest.family_consent_at.is_not(None), HelpRequest.state != "withdrawn")
    query = query.where(or_(HelpRequest.lawyer_only.is_(False), HelpRequest.letter.is_not(None)))
    return list(session.scalars(query.where(HelpRequest.kinship_id.in_(living)).order_by(HelpRequest.entered_at.desc(), HelpRequest.id)))


def papers_of_family(session: Session, request_ids: Iterable[int]) -> dict[int, list[FamilyPaper]]:
    """What relatives have sent: request's id -> their files, the oldest first."""
    query = select(FamilyPaper).where(FamilyPaper.request_id.in_(list(request_ids))).options(joinedload(FamilyPaper.upload)).order_by(FamilyPaper.id)
    found: dict[int, list[FamilyPaper]] = {}
    for row in session.scalars(query):
        found.setdefault(row.request_id, []).append(row)
    return found

"""Reading cases as their lawyers have them, their notes, and the papers that the prison hands over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload, undefer
from sqlalchemy.sql.base import ExecutableOption

from consult.helpdays.models import ConflictDeclaration, HelpDay, HelpDuty, HelpSeat
from consult.lawyers.models import Lawyer
from consult.notes import rules
from consult.notes.models import AdviceDocument, AdviceNote, AdvicePaper, FollowUp, NoteSuccession
from consult.notes.rules import Part
from consult.requests.models import HelpRequest
from consult.requests.queries import visible
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate

MOST = 200


@dataclass(frozen=True)
class Case:
    """A request as one of its lawyers has it. seat: the latest place it had with this lawyer."""

    request: HelpRequest
    part: Part
    seat: HelpSeat | None


def request_by_ref(session: Session, ref: str) -> HelpRequest | None:
    return session.scalar(select(HelpRequest).where(HelpRequest.ref == ref.upper()))


def _seats(lawyer_id: int) -> Select[HelpSeat]:
    """Seats whose case is with this lawyer: on a roster they have agreed to, or one that is over already. Whoever has declared a conflict has no part in it."""
    mine = select(HelpSeat).join(HelpDuty, HelpDuty.id == HelpSeat.duty_id).join(HelpDay, HelpDay.id == HelpSeat.day_id)
    living = or_(HelpDuty.state == "agreed", HelpSeat.state == "advised")
    said = ConflictDeclaration.request_id == HelpSeat.request_id, ConflictDeclaration.lawyer_id == lawyer_id, ConflictDeclaration.conflict
    return mine.where(HelpDuty.lawyer_id == lawyer_id, HelpSeat.state.in_(rules.HANDLES), living, ~exists().where(*said))


def case_of(session: Session, lawyer: Lawyer, request: HelpRequest) -> Case | None:
    """None when the lawyer has nothing to do with it."""
    seat = session.scalar(_seats(lawyer.id).where(HelpSeat.request_id == request.id).order_by(HelpSeat.id.desc()).limit(1))
    wrote = session.scalar(select(AdviceNote.id).where(AdviceNote.request_id == request.id, AdviceNote.lawyer_id == lawyer.id)) is not None
    part = Part(seat is not None, wrote)
    return Case(request, part, seat) if part.may_see else None


def lawyer_of(session: Session, request: HelpRequest) -> Lawyer | None:
    """Who has the case now: the lawyer of its latest place with whom it still is."""
    query = select(Lawyer).join(HelpDuty, HelpDuty.lawyer_id == Lawyer.id).join(HelpSeat, HelpSeat.duty_id == HelpDuty.id)
    for lawyer in session.scalars(query.where(HelpSeat.request_id == request.id).order_by(HelpSeat.id.desc())):
        case = case_of(session, lawyer, request)
        if case is not None and case.part.handles:
            return lawyer
    return None


def cases_of(session: Session, lawyer: Lawyer) -> list[HelpSeat]:
    """Every place of theirs, the latest first, with its request and day."""
    query = _seats(lawyer.id).options(joinedload(HelpSeat.request), joinedload(HelpSeat.day).joinedload(HelpDay.prison))
    return list(session.scalars(query.order_by(HelpSeat.starts_at.desc(), HelpSeat.id.desc()).limit(MOST)))


def notes_of(session: Session, request_id: int) -> list[AdviceNote]:
    """All notes of a request with their boxes, the latest first; who may open which is asked of rules.may_read."""
    query = select(AdviceNote).where(AdviceNote.request_id == request_id).options(joinedload(AdviceNote.lawyer), undefer(AdviceNote.box))
    return list(session.scalars(query.order_by(AdviceNote.saved_at.desc(), AdviceNote.id)))


def successions(session: Session, request_id: int) -> list[NoteSuccession]:
    query = select(NoteSuccession).where(NoteSuccession.request_id == request_id).options(joinedload(NoteSuccession.lawyer))
    return list(session.scalars(query.order_by(NoteSuccession.id)))


def follow_ups(session: Session, lawyer_id: int, request_id: int | None = None) -> list[FollowUp]:
    """What they still have to do, by day; of one request what is done too."""
    query = select(FollowUp).where(FollowUp.lawyer_id == lawyer_id).options(joinedload(FollowUp.request))
    query = query.where(FollowUp.done_at.is_(None)) if request_id is None else query.where(FollowUp.request_id == request_id)
    return list(session.scalars(query.order_by(FollowUp.done_at.is_not(None), FollowUp.due_on, FollowUp.id).limit(MOST)))


def overdue(rows: Iterable[FollowUp], today: date) -> int:
    return sum(row.done_at is None and row.due_on < today for row in rows)


def papers_of(session: Session, request_id: int) -> list[AdvicePaper]:
    return list(session.scalars(select(AdvicePaper).where(AdvicePaper.request_id == request_id).order_by(AdvicePaper.id)))


def documents_of(session: Session, request_id: int) -> list[AdviceDocument]:
    query = select(AdviceDocument).where(AdviceDocument.request_id == request_id).options(joinedload(AdviceDocument.upload))
    return list(session.scalars(query.order_by(AdviceDocument.id)))


# -- the prison hands over


def paper_by_ref(session: Session, ref: str) -> AdvicePaper | None:
    return session.scalar(select(AdvicePaper).where(AdvicePaper.ref == ref.upper()))


def document_by_ref(session: Session, ref: str) -> AdviceDocument | None:
    return session.scalar(select(AdviceDocument).where(AdviceDocument.ref == ref.upper()))


def papers_to_hand(session: Session, who: Identity) -> list[AdvicePaper]:
    """Papers that nobody has handed over yet, of the requests this person may see."""
    query = select(AdvicePaper).join(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id).where(AdvicePaper.handed_over_at.is_(None), visible(who))
    return list(session.scalars(query.options(_people(AdvicePaper), joinedload(AdvicePaper.lawyer)).order_by(AdvicePaper.at).limit(MOST)))


def documents_to_hand(session: Session, who: Identity) -> list[AdviceDocument]:
    """Files that wait to be checked."""
    query = select(AdviceDocument).join(HelpRequest).join(Inmate, Inmate.id == HelpRequest.inmate_id).where(AdviceDocument.state == "waiting", visible(who))
    found = query.options(_people(AdviceDocument), joinedload(AdviceDocument.lawyer), joinedload(AdviceDocument.upload))
    return list(session.scalars(found.order_by(AdviceDocument.at).limit(MOST)))


def _people(model: type[AdvicePaper] | type[AdviceDocument]) -> ExecutableOption:
    return joinedload(model.request).joinedload(HelpRequest.inmate).joinedload(Inmate.ward)

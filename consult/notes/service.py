"""What a lawyer writes during and after a talk: notes that only lawyers read, papers and files that the prison hands over, what is still to be done."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.lawyers.models import Lawyer
from consult.notes import queries, rules
from consult.notes.boxes import sealed
from consult.notes.models import AdviceDocument, AdviceNote, AdvicePaper, FollowUp, NoteSuccession
from consult.notes.queries import Case
from consult.once import Once
from consult.requests import queries as requests
from consult.requests import rules as request_rules
from consult.requests import service as request_service
from consult.requests.models import HelpRequest
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.ids import secret_token
from visitation.kernel.interval import local_day
from visitation.notices.service import tell
from visitation.uploads import service as uploads
from visitation.uploads.rules import Found

PURPOSE = "proof"
"""What a lawyer's file is to the room of files: a photo or a PDF."""


def handled(session: Session, lawyer: Lawyer, request_id: int) -> Case:
    """The case, held until the end of the transaction. Raises NotFound for one that is not with this lawyer."""
    request = session.get(HelpRequest, request_id, with_for_update={"key_share": True}, populate_existing=True)
    case = queries.case_of(session, lawyer, request) if request is not None else None
    if case is None or not case.part.handles:
        raise NotFound
    return case


def save(session: Session, who: Identity, lawyer: Lawyer, request_id: int, text: str, version: int, now: datetime) -> AdviceNote:
    """Keep the notes as they are now. version: of the notes they were written on, 0 for none. Raises StateChanged when another window has saved since."""
    refuse(rules.note_refusals(text))
    case = handled(session, lawyer, request_id)
    note = session.scalar(select(AdviceNote).where(AdviceNote.request_id == request_id, AdviceNote.lawyer_id == lawyer.id).with_for_update())
    if rules.is_stale(note.version if note else 0, version):
        raise StateChanged
    if note is None:
        uid = secret_token()
        note = AdviceNote(uid=uid, request_id=request_id, lawyer_id=lawyer.id, box=sealed(text, f"note:{uid}"), begun_at=now, saved_at=now)
        session.add(note)
        record(session, who, "note.begin", "help_request", case.request.ref, now, case.request.prison_id)
    else:
        note.box, note.version, note.saved_at = sealed(text, f"note:{note.uid}"), note.version + 1, now
    session.flush()
    return note


def take_over(session: Session, who: Identity, lawyer: Lawyer, request_id: int, reason: str, now: datetime) -> int:
    """The lawyer who has the case now takes it over from those who wrote notes before, and reads them from now on. Returns from how many.

    Raises Refused(TAKE_OVER_REASON, TAKE_OVER_NONE).
    """
    if not reason.strip():
        raise Refused("TAKE_OVER_REASON")
    case = handled(session, lawyer, request_id)
    known = {row.from_lawyer_id for row in queries.successions(session, request_id) if row.lawyer_id == lawyer.id}
    authors = {note.lawyer_id for note in queries.notes_of(session, request_id)} - known - {lawyer.id}
    if not authors:
        raise Refused("TAKE_OVER_NONE")
    for author in sorted(authors):
        session.add(NoteSuccession(request_id=request_id, lawyer_id=lawyer.id, from_lawyer_id=author, reason=reason.strip()[: rules.LONGEST_REASON], at=now))
    record(session, who, "note.take_over", "help_request", case.request.ref, now, case.request.prison_id, from_lawyers=sorted(authors), reason=reason.strip())
    return len(authors)


def write_paper(
    session: Session, who: Identity, lawyer: Lawyer, request_id: int, text: str, now: datetime, kind: str = "advice", key: str | None = None
) -> AdvicePaper:
    """A paper for the inmate, in plain words, which the prison reads and hands over; the same form (`key`) twice writes it once. Raises Refused."""
    refuse(rules.paper_refusals(text))
    case = handled(session, lawyer, request_id)
    once = Once(session, who, key, "paper", (request_id, text), now)
    if once.ref:
        return session.scalars(select(AdvicePaper).where(AdvicePaper.ref == once.ref)).one()
    paper = AdvicePaper(request_id=request_id, lawyer_id=lawyer.id, kind=kind, text=text.strip(), at=now)
    session.add(paper)
    session.flush()
    once.made(paper.ref)
    record(session, who, "advice.write", "help_request", case.request.ref, now, case.request.prison_id, paper=paper.ref, kind=kind)
    return paper


def give_document(
    session: Session, who: Identity, lawyer: Lawyer, request_id: int, title: str, name: str, data: bytes, looked: tuple[Found, bytes] | None, now: datetime
) -> AdviceDocument:
    """A file for the inmate: checked by content and kept sealed; the prison looks at it and hands it over. Raises Refused with every reason."""
    case = handled(session, lawyer, request_id)
    waiting = select(func.count(AdviceDocument.id)).where(AdviceDocument.request_id == request_id, AdviceDocument.state == "waiting")
    if (session.scalar(waiting) or 0) >= rules.MOST_DOCUMENTS:
        raise Refused(Refusal("DOCUMENTS_MANY", {"most": rules.MOST_DOCUMENTS}))
    upload = uploads.stage(session, "", who.account_id, PURPOSE, name, data, now, looked)
    upload.attached_at = now
    document = AdviceDocument(request_id=request_id, lawyer_id=lawyer.id, upload_id=upload.id, title=(title.strip() or upload.file_name)[:120], at=now)
    session.add(document)
    session.flush()
    record(session, who, "advice.give_document", "help_request", case.request.ref, now, case.request.prison_id, document=document.ref, sha256=upload.sha256)
    return document


def follow_up(
    session: Session, who: Identity, lawyer: Lawyer, request_id: int, what: str, due_on: date | None, now: datetime, key: str | None = None
) -> FollowUp:
    """Something to do by a day; the same form (`key`) twice notes it once. Raises Refused."""
    refuse(rules.follow_up_refusals(what, due_on, local_day(now)))
    case, uid = handled(session, lawyer, request_id), secret_token()
    once = Once(session, who, key, "follow_up", (request_id, what, due_on), now)
    if once.ref:
        return session.scalars(select(FollowUp).where(FollowUp.ref == once.ref)).one()
    assert due_on is not None, "the rules want a day"
    row = FollowUp(uid=uid, request_id=request_id, lawyer_id=lawyer.id, due_on=due_on, box=sealed(what.strip(), f"follow_up:{uid}"), at=now)
    session.add(row)
    session.flush()
    once.made(row.ref)
    record(session, who, "note.follow_up", "help_request", case.request.ref, now, case.request.prison_id, due_on=due_on.isoformat())
    return row


def done(session: Session, who: Identity, lawyer: Lawyer, ref: str, now: datetime) -> FollowUp:
    """It is done; a repeat changes nothing."""
    row = session.scalar(select(FollowUp).where(FollowUp.ref == ref.upper(), FollowUp.lawyer_id == lawyer.id).with_for_update())
    if row is None:
        raise NotFound
    if row.done_at is None:
        row.done_at = now
        record(session, who, "note.follow_up_done", "help_request", row.request.ref, now, row.request.prison_id)
    return row


def again(session: Session, who: Identity, lawyer: Lawyer, request_id: int, now: datetime) -> HelpRequest:
    """The lawyer asks for a second talk: the request waits for a help day again, before those who come for the first time. Raises Refused."""
    request = handled(session, lawyer, request_id).request
    refuse(rules.again_refusals(request.state))
    request.state, request.path, request.closed_at = "waiting", "helpday", None
    request.waited, request.carried_reason = request.waited + 1, "SECOND_TALK"
    record(session, who, "help_request.again", "help_request", request.ref, now, request.prison_id)
    request_service.slip(session, who, request, "carried", "SECOND_TALK", now)
    return request


def tell_of_papers(session: Session, request: HelpRequest, now: datetime) -> None:
    """A relative's papers have come: whoever has the case is told, without a name or a word of it. Nobody has it yet: they find them with the case."""
    lawyer = queries.lawyer_of(session, request)
    if lawyer is not None:
        tell(session, lawyer.account_id, "help_paper_arrived", {"ref": request.ref}, now, f"/lawyer/cases/{request.ref}")


# -- the prison


def hand_paper(session: Session, who: Identity, paper_id: int, now: datetime) -> None:
    """The paper is in the inmate's hands; a repeat changes nothing."""
    paper = session.get(AdvicePaper, paper_id, with_for_update=True, populate_existing=True)
    if paper is None or not request_rules.may_see(who, requests.seen(paper.request)):
        raise NotFound
    if paper.handed_over_at is None:
        paper.handed_over_at, paper.handed_over_by = now, who.account_id
        record(session, who, "advice.hand_over", "help_request", paper.request.ref, now, paper.request.prison_id, paper=paper.ref)


def decide_document(session: Session, who: Identity, document_id: int, hand_over: bool, reason: str, now: datetime) -> None:
    """The prison has looked at a file: it is handed over, or goes back with a reason that the lawyer reads. Raises Refused, StateChanged."""
    document = session.get(AdviceDocument, document_id, with_for_update=True, populate_existing=True)
    if document is None or not request_rules.may_see(who, requests.seen(document.request)):
        raise NotFound
    if document.state != "waiting":
        raise StateChanged
    if not hand_over and not reason.strip():
        raise Refused("DOCUMENT_REASON")
    document.state, document.reason = ("handed_over", "") if hand_over else ("returned", reason.strip()[: rules.LONGEST_REASON])
    document.decided_at, document.decided_by = now, who.account_id
    record(
        session,
        who,
        "advice.hand_document" if hand_over else "advice.return_document",
        "help_request",
        document.request.ref,
        now,
        document.request.prison_id,
        document=document.ref,
    )

"""The number changed and the old telephone is gone: a request that an officer decides with the pictures beside each other."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts import queries
from visitation.accounts.models import Account, MobileChange
from visitation.accounts.service import close_sign_ins
from visitation.accounts.service_account import set_mobile
from visitation.accounts.service_family import NOBODY
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.notices import service as notices
from visitation.people import queries as people
from visitation.people import rules as people_rules
from visitation.people.models import Prison
from visitation.people.rules import Person
from visitation.people.service import Pictures
from visitation.uploads import service as uploads


@dataclass(frozen=True)
class Lost:
    """What the person still knows and has. `mobile`: the new number, confirmed; `old_mobile`: in E.164, or None."""

    person: Person
    mobile: str
    old_mobile: str | None
    prison_id: int
    language: str
    pictures: Pictures


def ask(session: Session, lost: Lost, now: datetime) -> MobileChange:
    """Keep the request; the same answer and the same work whether the person is known here. One open request a number: a repeat gives the first."""
    judged = people_rules.judge(lost.person, local_day(now))
    missing = [Refusal(code) for code, uid in (("FACE_NEEDED", lost.pictures.face), ("DOCUMENT_PHOTO_NEEDED", lost.pictures.document)) if not uid]
    refuse([*judged.refusals, *missing])
    if session.get(Prison, lost.prison_id) is None:
        raise NotFound
    request = MobileChange(mobile=lost.mobile, state="submitted", created_at=now, prison_id=lost.prison_id, language=lost.language)
    earlier = session.scalar(select(MobileChange).where(MobileChange.mobile_index == request.mobile_index, MobileChange.state == "submitted"))
    if earlier is not None:
        return earlier
    visitor = people.visitor_by_document(session, judged.person.document_kind, judged.person.document_number)
    old = queries.by_mobile(session, lost.old_mobile or "")
    known = visitor is not None and visitor.name == judged.person.name
    request.name, request.document_kind = judged.person.name, judged.person.document_kind
    request.document_number = judged.person.document_number
    request.visitor_id = visitor.id if visitor is not None and known else None
    request.old_mobile_right = visitor is not None and old is not None and old.visitor_id == visitor.id
    pictures = lost.pictures
    request.face_id = uploads.attach(session, pictures.face, pictures.owner_key, pictures.owner_id, "face", now).id
    request.document_id = uploads.attach(session, pictures.document, pictures.owner_key, pictures.owner_id, "document", now).id
    session.add(request)
    session.flush()
    record(session, NOBODY, "mobile_change.ask", "mobile_change", request.id, now, lost.prison_id)
    return request


def approve(session: Session, who: Identity, request_id: int, now: datetime) -> None:
    """The person is the one who registered: the account gets the new number, and every earlier sign-in ends. A closed account opens again."""
    request = _open(session, who, request_id)
    account = session.scalar(select(Account).where(Account.visitor_id == request.visitor_id).with_for_update()) if request.visitor_id else None
    if account is None or request.mobile is None:
        raise Refused("NOBODY_FOUND")
    account.closed_at = None
    if account.mobile is not None and account.mobile != request.mobile:
        notices.tell_number(session, account.mobile, "number_replaced", {"ref": request.ref}, account.language, now)
    set_mobile(session, account, request.mobile)
    account.password_hash = None
    close_sign_ins(session, account.id, now)
    _decide(session, who, request, "approved", "", now)
    notices.tell(session, account.id, "number_changed", {"ref": request.ref}, now, "/account")


def refuse_change(session: Session, who: Identity, request_id: int, reason: str, now: datetime) -> None:
    """Not the same person, or not to be told: the account stays as it is. Whoever asked gets a message, and finds the reason on the page of the request."""
    request = _open(session, who, request_id)
    _decide(session, who, request, "refused", reason, now)
    if request.mobile is not None:
        notices.tell_number(session, request.mobile, "number_refused", {"ref": request.ref}, request.language, now)


def _open(session: Session, who: Identity, request_id: int) -> MobileChange:
    request = session.get(MobileChange, request_id, with_for_update=True, populate_existing=True)
    if request is None or (who.prison_id is not None and request.prison_id != who.prison_id):
        raise NotFound
    if request.state != "submitted":
        raise StateChanged
    return request


def _decide(session: Session, who: Identity, request: MobileChange, state: str, reason: str, now: datetime) -> None:
    request.state, request.reason_text, request.decided_at, request.decided_by = state, reason, now, who.account_id
    record(session, who, f"mobile_change.{'approve' if state == 'approved' else 'refuse'}", "mobile_change", request.id, now, request.prison_id)

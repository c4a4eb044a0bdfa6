"""A new family account and the person it stands for, in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts import queries, service
from visitation.accounts.models import Account, AccountRole
from visitation.accounts.service_family import ZONE, Browser
from visitation.audit.service import record
from visitation.bookings.models import RequestKey
from visitation.kernel.errors import Refusal, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people import queries as people
from visitation.people import rules as people_rules
from visitation.people import service as people_service
from visitation.people.rules import Person
from visitation.people.service import Pictures
from visitation.policies.queries import value


@dataclass(frozen=True)
class Applicant:
    """Everything a registration is made of. `mobile`: confirmed by a code; None: a person without a telephone, at a clerk's counter."""

    person: Person
    mobile: str | None
    email: str | None
    language: str
    password_hash: str | None
    pictures: Pictures


@dataclass(frozen=True)
class Registered:
    """The account, the person, and warnings that stopped nothing."""

    account_id: int
    visitor_id: int
    warnings: tuple[Refusal, ...]


def register(session: Session, applicant: Applicant, clerk: Identity | None, key: str, now: datetime) -> Registered:
    """Keep a new person with an account. The same registration twice gives the first one's result. Raises Refused with every reason."""
    judged = people_rules.judge(applicant.person, local_day(now))
    earlier = _earlier(session, applicant, judged.person, clerk, key)
    if earlier is not None:
        return Registered(earlier.id, earlier.visitor_id or 0, ())
    refuse([*judged.refusals, *_refusals(session, applicant, judged.person, now)])
    account = Account(kind="family", name=judged.person.name, mobile=applicant.mobile, email=applicant.email, language=applicant.language, created_at=now)
    account.password_hash = applicant.password_hash
    account.roles = [AccountRole(role="family")]
    visitor = people_service.new_visitor(session, judged.person, applicant.pictures, now, mobile=applicant.mobile, language=applicant.language[:2])
    account.visitor_id = visitor.id
    session.add(account)
    session.flush()
    people_service.hand_over_pictures(session, visitor, account.id)
    _note(session, account, visitor.id, judged.person.document_kind, clerk, key, now)
    return Registered(account.id, visitor.id, judged.warnings)


def let_in(session: Session, account_id: int, browser: Browser, now: datetime) -> str:
    """The first sign-in, straight after the registration; returns its token."""
    return service.open_sign_in(session, session.get_one(Account, account_id), ZONE, now, True, browser.address, browser.agent)


def _earlier(session: Session, applicant: Applicant, person: Person, clerk: Identity | None, key: str) -> Account | None:
    """The account that this very registration has already made: same telephone and document, or the same form of the clerk."""
    if applicant.mobile is not None:
        account = queries.by_mobile(session, applicant.mobile)
        visitor = people.visitor_by_document(session, person.document_kind, person.document_number)
        return account if account is not None and visitor is not None and account.visitor_id == visitor.id else None
    if clerk is None or not key:
        return None
    result = session.scalar(select(RequestKey.result).where(RequestKey.account_id == clerk.account_id, RequestKey.key == key))
    return session.get(Account, int(result.removeprefix("account:"))) if result and result.startswith("account:") else None


def _refusals(session: Session, applicant: Applicant, person: Person, now: datetime) -> list[Refusal]:
    found = []
    if people.visitor_by_document(session, person.document_kind, person.document_number) is not None:
        found.append(Refusal("DOCUMENT_TAKEN"))
    if applicant.mobile is None and applicant.pictures.owner_id is None:
        raise Refused("MOBILE_NOT_CONFIRMED")
    if applicant.mobile is not None and queries.by_mobile(session, applicant.mobile) is not None:
        found.append(Refusal("MOBILE_TAKEN"))
    if not applicant.pictures.face:
        found.append(Refusal("FACE_NEEDED"))
    if not applicant.pictures.document:
        found.append(Refusal("DOCUMENT_PHOTO_NEEDED"))
    least = value(session, "guardian_age", None, local_day(now))
    if person.birth_date is not None and people_rules.age_on(person.birth_date, local_day(now)) < least:
        found.append(Refusal("TOO_YOUNG", {"least": least}))
    return found


def _note(session: Session, account: Account, visitor_id: int, kind: str, clerk: Identity | None, key: str, now: datetime) -> None:
    who = queries.identity_of(account, ZONE)
    if clerk is not None:
        who = replace(who, clerk_id=clerk.account_id)
        session.add(RequestKey(account_id=clerk.account_id, key=key, result=f"account:{account.id}", at=now))
    record(session, who, "account.register", "visitor", visitor_id, now, document_kind=kind, has_mobile=account.mobile_box is not None)

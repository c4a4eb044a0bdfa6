"""Referring somebody outside: the row, the inmate's paper, and the link that works once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.directory import places
from consult.directory.models import Institution
from consult.directory.rules import distance
from consult.lawyers.models import Lawyer
from consult.notes import service as notes
from consult.referrals import queries, rules
from consult.referrals.models import Referral, ReferralInstitution, ReferralLink, ReferralOpening
from consult.requests.models import HelpRequest
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.ids import digest, secret_token
from visitation.kernel.interval import local_day
from visitation.notices.service import tell_number
from visitation.policies.queries import policies_of

TWICE = timedelta(minutes=1)
"""The same referral again within this time is a second click on the same button."""


@dataclass(frozen=True)
class Referring:
    """institutions: ids in the lawyer's order; place: county code; mobile as rules.Wanted has it; consent: the inmate agrees that the person is told."""

    institutions: Sequence[int]
    place: str
    relation: str = ""
    sentence: str = ""
    consent: bool = False
    mobile: str | None = ""
    language: str = "zh_Hans_CN"


def refer(session: Session, who: Identity, lawyer: Lawyer, request_id: int, wanted: Referring, now: datetime) -> Referral:
    """Refer the person concerned. With a number and the inmate's consent the link goes out; the inmate gets a paper in any case. Raises Refused."""
    request = notes.handled(session, lawyer, request_id).request
    rows = _chosen(session, wanted.institutions)
    asked = rules.Wanted(len(rows), places.place(wanted.place) is not None, wanted.sentence, wanted.consent, wanted.mobile)
    refuse(rules.refusals(asked, hidden_names(request)))
    before = _just_made(session, lawyer, request_id, [row.id for row in rows], now)
    if before is not None:
        return before
    referral = Referral(request_id=request.id, lawyer_id=lawyer.id, matter=request.matter, relation=wanted.relation, place=wanted.place, at=now)
    referral.sentence, referral.language = wanted.sentence.strip() or None, wanted.language
    referral.consent_at = now if wanted.consent else None
    referral.mobile = wanted.mobile or None
    here = places.every()[wanted.place]
    referral.institutions = [ReferralInstitution(institution_id=row.id, number=number, km=distance(here, row)) for number, row in enumerate(rows, start=1)]
    session.add(referral)
    session.flush()
    record(session, who, "referral.make", "help_request", request.ref, now, request.prison_id, referral=referral.ref, consent=wanted.consent)
    notes.write_paper(session, who, lawyer, request_id, _paper(rows, wanted.sentence), now, kind="referral")
    if wanted.mobile:
        send_link(session, who, referral, now)
    return referral


def hidden_names(request: HelpRequest) -> list[str]:
    """What a stranger must not read: who is held, under which number, and where."""
    inmate, prison = request.inmate, request.prison
    return [name for name in (inmate.name, inmate.number, prison.name, prison.name_en) if name]


def send_link(session: Session, who: Identity, referral: Referral, now: datetime) -> str:
    """A new link by short message to the person's number, which names nobody. Returns its address; only a digest is kept."""
    token = secret_token()
    days = int(policies_of(session, referral.request.prison_id, ("referral_link_days",)).value("referral_link_days", local_day(now)))
    session.add(ReferralLink(token_digest=digest(token), referral_id=referral.id, sent_at=now, expires_at=now + timedelta(days=days)))
    referral.last_sent_at, referral.links_sent = now, referral.links_sent + 1
    address = f"{current_app.extensions['settings'].family_origin.split(',')[0].strip().rstrip('/')}/r/{token}"
    assert referral.mobile is not None, "a link goes to a number"
    tell_number(session, referral.mobile, "referral_link", {"link": address}, referral.language, now)
    session.flush()
    record(session, who, "referral.send", "referral", referral.ref, now, referral.request.prison_id)
    return address


def open_link(session: Session, token: str, browser: str, now: datetime) -> bool:
    """This browser opens the link, and it is theirs from now on. browser: digest of its cookie. False when it does not open (any more)."""
    row = session.scalar(select(ReferralLink).where(ReferralLink.token_digest == digest(token)).with_for_update())
    found = rules.standing(queries.facts_of(row), browser, now)
    if row is None or found == "gone":
        return False
    if found == "fresh":
        session.add(ReferralOpening(link_id=row.id, browser_digest=browser, at=now))
        row.opened_at = row.opened_at or now
        record(session, SYSTEM, "referral.open", "referral", row.referral.ref, now, row.referral.request.prison_id)
    return True


def ask_again(session: Session, token: str, now: datetime) -> bool:
    """Whoever holds an old link wants a new one: it goes to the number the first one went to. Returns whether it did; the page does not tell."""
    row = session.scalar(select(ReferralLink).where(ReferralLink.token_digest == digest(token)))
    if row is None:
        return False
    referral = session.get_one(Referral, row.referral_id, with_for_update=True, populate_existing=True)
    has_number = referral.mobile_box is not None
    if not rules.may_send_again(referral.withdrawn_at is not None, has_number, referral.links_sent, referral.last_sent_at, now):
        return False
    send_link(session, SYSTEM, referral, now)
    return True


def withdraw(session: Session, who: Identity, lawyer: Lawyer, referral_id: int, now: datetime) -> None:
    """The lawyer takes it back: no link of it opens any more. A repeat changes nothing."""
    referral = session.get(Referral, referral_id, with_for_update=True, populate_existing=True)
    if referral is None or referral.lawyer_id != lawyer.id:
        raise NotFound
    if referral.withdrawn_at is None:
        referral.withdrawn_at = now
        record(session, who, "referral.withdraw", "referral", referral.ref, now, referral.request.prison_id)


def _chosen(session: Session, ids: Sequence[int]) -> list[Institution]:
    wanted = list(dict.fromkeys(ids))
    rows = {row.id: row for row in session.scalars(select(Institution).where(Institution.id.in_(wanted), Institution.closed_at.is_(None)))}
    return [rows[number] for number in wanted if number in rows]


def _just_made(session: Session, lawyer: Lawyer, request_id: int, ids: list[int], now: datetime) -> Referral | None:
    query = select(Referral).where(Referral.request_id == request_id, Referral.lawyer_id == lawyer.id, Referral.at > now - TWICE)
    for row in session.scalars(query.where(Referral.withdrawn_at.is_(None))):
        if [one.institution_id for one in row.institutions] == ids:
            return row
    return None


def _paper(rows: Sequence[Institution], sentence: str) -> str:
    """The inmate's paper, in the language of the prison's papers."""
    with force_locale("zh_Hans_CN"):
        lines = [gettext("The lawyer refers the person concerned to:")]
        lines += [
            f"{number}. {row.name}\n{row.address}\n{gettext('Office telephone')} {row.phone}  {row.hours}".rstrip() for number, row in enumerate(rows, start=1)
        ]
        return "\n\n".join([*lines, *([gettext("The lawyer's word: %(text)s", text=sentence.strip())] if sentence.strip() else [])])

"""Firms and lawyers: entering, inviting, registering, verifying, ending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.lawyers import queries, rules
from consult.lawyers.models import Firm, Lawyer, LawyerAway, LawyerInvitation
from consult.matters import MATTERS
from consult.once import Once
from visitation.accounts import service as accounts
from visitation.accounts.models import Account, AccountRole
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity, Role
from visitation.kernel.ids import digest, reference


@dataclass(frozen=True)
class Profile:
    """What a lawyer, or the office for them, says: licence of 17 digits, matters and languages by code, weekdays 0 to 6."""

    name: str
    licence: str
    matters: Sequence[str]
    languages: Sequence[str]
    weekdays: Sequence[int]


@dataclass(frozen=True)
class Credentials:
    """Login name and the hash of a password. `once`: it was made for one use and is changed at the first sign-in."""

    login: str
    password_hash: str
    once: bool


def save_firm(
    session: Session, who: Identity, firm_id: int | None, name: str, phone: str, address: str, matters: Sequence[str], now: datetime, key: str | None = None
) -> Firm:
    """A new firm (the same form, `key`, twice makes it once), or changes of one. Raises Refused(NAME_TAKEN)."""
    once = Once(session, who, key if firm_id is None else None, "firm", (name, phone, address, matters), now)
    if once.ref:
        return session.scalars(select(Firm).where(Firm.ref == once.ref)).one()
    firm = session.get(Firm, firm_id, with_for_update=True) if firm_id is not None else Firm(created_at=now)
    if firm is None:
        raise NotFound
    holder = session.scalar(select(Firm.id).where(Firm.name == name))
    if holder is not None and holder != firm_id:
        raise Refused("NAME_TAKEN")
    firm.name, firm.phone, firm.address, firm.matters = name, phone, address, list(matters)
    session.add(firm)
    session.flush()
    once.made(firm.ref)
    record(session, who, "firm.save", "firm", firm.ref, now, name=name)
    return firm


def close_firm(session: Session, who: Identity, firm_id: int, now: datetime) -> None:
    """A firm ends its work here. Refused(FIRM_HAS_LAWYERS) while verified lawyers of it remain: each of them is ended first."""
    firm = session.get(Firm, firm_id, with_for_update=True, populate_existing=True)
    if firm is None or firm.closed_at is not None:
        raise NotFound
    if session.scalar(select(Lawyer.id).where(Lawyer.firm_id == firm_id, Lawyer.state.in_(("submitted", "verified"))).limit(1)) is not None:
        raise Refused("FIRM_HAS_LAWYERS")
    firm.closed_at = now
    record(session, who, "firm.close", "firm", firm.ref, now)


def invite(session: Session, who: Identity, firm_id: int, name: str, now: datetime) -> str:
    """A code for one lawyer of a firm, as it is shown; shown once."""
    firm = session.get(Firm, firm_id)
    if firm is None or firm.closed_at is not None:
        raise NotFound
    code = reference() + reference()
    row = LawyerInvitation(code_digest=digest(code), firm_id=firm_id, name=name, invited_by=who.account_id, created_at=now)
    row.expires_at = now + timedelta(days=rules.INVITED_DAYS)
    session.add(row)
    record(session, who, "lawyer.invite", "firm", firm.ref, now, name=name)
    return rules.grouped(code)


def join(session: Session, code: str, profile: Profile, credentials: Credentials, now: datetime) -> Lawyer:
    """A lawyer registers with the code of an invitation. Raises Refused."""
    invited = queries.invitation(session, code, now)
    row = session.get(LawyerInvitation, invited.id, with_for_update=True, populate_existing=True) if invited else None
    if row is None or row.used_at is not None:
        raise Refused("INVITATION_OVER")
    lawyer = _new(session, row.firm_id, profile, credentials, now)
    row.used_at = now
    record(session, SYSTEM, "lawyer.join", "lawyer", lawyer.ref, now)
    return lawyer


def enter(session: Session, who: Identity, firm_id: int, profile: Profile, credentials: Credentials, now: datetime, key: str | None = None) -> Lawyer:
    """The legal office, or a legal-aid centre through it, enters a lawyer. The same form (`key`) twice: the one entered first, with that password.

    Raises Refused.
    """
    once = Once(session, who, key, "lawyer", (firm_id, profile, credentials.login), now)
    if once.ref:
        return session.scalars(select(Lawyer).where(Lawyer.ref == once.ref)).one()
    lawyer = _new(session, firm_id, profile, credentials, now)
    once.made(lawyer.ref)
    record(session, who, "lawyer.enter", "lawyer", lawyer.ref, now)
    return lawyer


def renew_password(session: Session, who: Identity, lawyer_id: int, password_hash: str, now: datetime) -> None:
    """Another one-time password, while the lawyer has not chosen one. Afterwards the account, and the notes in it, are the lawyer's alone: StateChanged."""
    lawyer = session.get(Lawyer, lawyer_id, with_for_update=True, populate_existing=True)
    if lawyer is None:
        raise NotFound
    account = session.get_one(Account, lawyer.account_id, with_for_update=True, populate_existing=True)
    if not rules.waits_for_password(account.must_change_password, account.closed_at is not None):
        raise StateChanged
    account.password_hash = password_hash
    accounts.close_sign_ins(session, account.id, now)
    record(session, who, "lawyer.renew_password", "lawyer", lawyer.ref, now)


def _new(session: Session, firm_id: int, profile: Profile, credentials: Credentials, now: datetime) -> Lawyer:
    found = _refusals(session, firm_id, profile, None)
    if session.scalar(select(Account.id).where(func.lower(Account.login) == credentials.login.lower())) is not None:
        found.append(Refusal("LOGIN_TAKEN"))
    refuse(found)
    account = Account(kind="lawyer", login=credentials.login, name=profile.name, created_at=now)
    account.password_hash, account.must_change_password = credentials.password_hash, credentials.once
    account.roles = [AccountRole(role=Role.LAWYER.value)]
    session.add(account)
    session.flush()
    lawyer = Lawyer(account_id=account.id, firm_id=firm_id, submitted_at=now)
    _put(lawyer, profile)
    session.add(lawyer)
    session.flush()
    return lawyer


def _refusals(session: Session, firm_id: int, profile: Profile, own_id: int | None) -> list[Refusal]:
    firm = session.get(Firm, firm_id)
    taken = session.scalar(select(Lawyer.id).where(Lawyer.licence == profile.licence, Lawyer.id != (own_id or 0)))
    is_open = firm is not None and firm.closed_at is None
    facts = rules.LawyerFacts(profile.name, profile.licence, profile.matters, profile.languages, profile.weekdays, is_open, taken is not None)
    return rules.refusals(facts, MATTERS)


def _put(lawyer: Lawyer, profile: Profile) -> None:
    lawyer.name, lawyer.licence = profile.name, profile.licence
    lawyer.matters, lawyer.languages, lawyer.weekdays = list(profile.matters), list(profile.languages), list(profile.weekdays)


def verify(session: Session, who: Identity, lawyer_id: int, checked: str, now: datetime) -> None:
    """An officer of the legal office has compared the licence with the public register; `checked` says with what. Raises StateChanged."""
    lawyer = _decided(session, who, lawyer_id, "submitted", "verified", now)
    lawyer.checked = checked
    record(session, who, "lawyer.verify", "lawyer", lawyer.ref, now, checked=checked)


def refuse_lawyer(session: Session, who: Identity, lawyer_id: int, reason: str, now: datetime) -> None:
    """The licence could not be verified; the lawyer reads the reason. Raises StateChanged."""
    lawyer = _decided(session, who, lawyer_id, "submitted", "refused", now)
    lawyer.reason = reason
    record(session, who, "lawyer.refuse", "lawyer", lawyer.ref, now)


def end(session: Session, who: Identity, lawyer_id: int, reason: str, now: datetime) -> None:
    """A lawyer serves here no more: every sign-in ends at once. Raises StateChanged."""
    lawyer = _decided(session, who, lawyer_id, "verified", "ended", now)
    lawyer.reason, lawyer.account.closed_at = reason, now
    accounts.close_sign_ins(session, lawyer.account_id, now)
    record(session, who, "lawyer.end", "lawyer", lawyer.ref, now)


def _decided(session: Session, who: Identity, lawyer_id: int, state: str, becomes: str, now: datetime) -> Lawyer:
    lawyer = session.get(Lawyer, lawyer_id, with_for_update=True, populate_existing=True)
    if lawyer is None:
        raise NotFound
    if lawyer.state != state:
        raise StateChanged
    lawyer.state, lawyer.decided_at, lawyer.decided_by = becomes, now, who.account_id
    return lawyer


def change_profile(session: Session, who: Identity, lawyer_id: int, profile: Profile, now: datetime) -> None:
    """The lawyer's own matters, languages and weekdays. Another name or licence has to be verified again. Raises Refused."""
    lawyer = session.get(Lawyer, lawyer_id, with_for_update=True, populate_existing=True)
    if lawyer is None or lawyer.account_id != who.account_id:
        raise NotFound
    refuse(_refusals(session, lawyer.firm_id, profile, lawyer.id))
    again = (lawyer.name, lawyer.licence) != (profile.name, profile.licence) or lawyer.state == "refused"
    _put(lawyer, profile)
    if again:
        lawyer.state, lawyer.submitted_at, lawyer.decided_at, lawyer.reason = "submitted", now, None, ""
    record(session, who, "lawyer.change", "lawyer", lawyer.ref, now, again=again)


def stay_away(session: Session, who: Identity, lawyer_id: int, first: date, last: date, now: datetime) -> None:
    """Days on which the lawyer cannot serve. Raises Refused(DAYS_ORDER)."""
    lawyer = session.get(Lawyer, lawyer_id, with_for_update=True, populate_existing=True)
    if lawyer is None or lawyer.account_id != who.account_id:
        raise NotFound
    if last < first:
        raise Refused("DAYS_ORDER")
    session.add(LawyerAway(lawyer_id=lawyer.id, starts_on=first, ends_on=last))
    record(session, who, "lawyer.away", "lawyer", lawyer.ref, now, first=first.isoformat(), last=last.isoformat())


def be_back(session: Session, who: Identity, lawyer_id: int, away_id: int, now: datetime) -> None:
    """The lawyer is there after all."""
    row = session.get(LawyerAway, away_id)
    lawyer = session.get(Lawyer, lawyer_id)
    if row is None or lawyer is None or row.lawyer_id != lawyer_id or lawyer.account_id != who.account_id:
        raise NotFound
    session.delete(row)
    record(session, who, "lawyer.back", "lawyer", lawyer.ref, now)

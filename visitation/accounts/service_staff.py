"""Accounts of the staff, made and kept by administrators: roles, wards, closing, and what opens a door that was lost."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.accounts import rules_staff, service
from visitation.accounts.models import Account, AccountRole, AccountWard
from visitation.accounts.rules_staff import StaffFacts
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Ward


def staff_facts(
    session: Session, login: str, name: str, roles: Iterable[str], prison_id: int | None, ward_ids: Iterable[int], spoken: Iterable[str] = ("zh",)
) -> StaffFacts:
    """Gather what the rules want to know of an account; an unknown ward counts as one elsewhere."""
    wanted = set(ward_ids)
    rows = session.execute(select(Ward.id, Ward.prison_id).where(Ward.id.in_(wanted)))
    known = {ward_id: place for ward_id, place in rows}  # noqa: C416 - a Row is no plain pair for the type checker
    return StaffFacts(
        login, name, frozenset(Role(role) for role in roles), prison_id, {ward_id: known.get(ward_id, 0) for ward_id in wanted}, frozenset(spoken)
    )


def create_staff(session: Session, who: Identity, facts: StaffFacts, password_hash: str, now: datetime) -> Account:
    """A new account; its password is for one use. Raises Refused with every reason."""
    refusals = rules_staff.role_refusals(who, facts)
    if session.scalar(select(Account.id).where(func.lower(Account.login) == facts.login.lower())) is not None:
        refusals.append(Refusal("LOGIN_TAKEN"))
    refuse(refusals)
    account = Account(kind=rules_staff.kind_of(facts.roles), login=facts.login, name=facts.name, prison_id=facts.prison_id, created_at=now)
    account.password_hash, account.must_change_password = password_hash, True
    session.add(account)
    _set_duties(account, facts)
    session.flush()
    record(session, who, "staff.create", "account", account.id, now, facts.prison_id, roles=sorted(facts.roles), wards=sorted(facts.wards))
    return account


def change_staff(session: Session, who: Identity, account_id: int, facts: StaffFacts, now: datetime) -> None:
    """New name, roles and wards. The change counts from the next request on. Nobody changes their own roles."""
    account = _managed(session, who, account_id)
    refusals = rules_staff.role_refusals(who, facts)
    if account.id == who.account_id:
        refusals.append(Refusal("NOT_ONESELF"))
    if facts.prison_id != account.prison_id:
        refusals.append(Refusal("PRISON_NOT_YOURS"))
    if rules_staff.kind_of(facts.roles) != account.kind:
        refusals.append(Refusal("CLERK_STAYS"))
    refuse(refusals)
    before = sorted(row.role for row in account.roles)
    account.name = facts.name
    _set_duties(account, facts)
    record(session, who, "staff.change", "account", account.id, now, account.prison_id, before=before, roles=sorted(facts.roles), wards=sorted(facts.wards))


def close_staff(session: Session, who: Identity, account_id: int, now: datetime) -> None:
    """The account ends: its sign-ins at once, its live rights within two seconds (they are asked for again each second)."""
    account = _managed(session, who, account_id)
    _not_oneself(who, account)
    account.closed_at = now
    service.close_sign_ins(session, account.id, now)
    record(session, who, "staff.close", "account", account.id, now, account.prison_id)


def reset_password(session: Session, who: Identity, account_id: int, password_hash: str, now: datetime) -> None:
    """A one-time password in place of a lost one. The second factor stays."""
    account = _managed(session, who, account_id)
    _not_oneself(who, account)
    account.password_hash, account.must_change_password = password_hash, True
    service.close_sign_ins(session, account.id, now)
    record(session, who, "staff.reset_password", "account", account.id, now, account.prison_id)


def reset_second_factor(session: Session, who: Identity, account_id: int, now: datetime) -> None:
    """Forget the secret of a lost telephone: the next sign-in enrols a new one. The last step stays, so that an old code is never right again."""
    account = _managed(session, who, account_id)
    _not_oneself(who, account)
    account.totp_secret = account.totp_pending = None
    service.close_sign_ins(session, account.id, now)
    record(session, who, "staff.reset_second_factor", "account", account.id, now, account.prison_id)


def _managed(session: Session, who: Identity, account_id: int) -> Account:
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or account.kind not in rules_staff.KEPT_KINDS:
        raise NotFound
    if not rules_staff.may_manage(who, account.prison_id, [Role(row.role) for row in account.roles]):
        raise NotFound
    if account.closed_at is not None:
        raise StateChanged
    return account


def _not_oneself(who: Identity, account: Account) -> None:
    if account.id == who.account_id:
        raise Refused("NOT_ONESELF")


def _set_duties(account: Account, facts: StaffFacts) -> None:
    """Keep the rows that stay: a composite key cannot be deleted and added in one flush."""
    account.spoken = sorted(facts.spoken)
    wards = set(facts.wards) if Role.WARD_OFFICER in facts.roles else set()
    account.roles = [row for row in account.roles if row.role in facts.roles]
    account.roles += [AccountRole(role=role.value) for role in sorted(facts.roles - {row.role for row in account.roles})]
    account.wards = [row for row in account.wards if row.ward_id in wards]
    account.wards += [AccountWard(ward_id=ward_id) for ward_id in sorted(wards - {row.ward_id for row in account.wards})]

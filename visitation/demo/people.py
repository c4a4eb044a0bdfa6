"""Families: registered, with pictures, with claims in every state. The services are told the day on which each step would have been taken."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.accounts.queries import by_mobile, identity_of
from visitation.accounts.service_registration import Applicant, register
from visitation.demo.faces import face, paper
from visitation.demo.invented import RELATIONS, SomePerson, companion, inmates
from visitation.demo.places import prison_id
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people import service_desk as desk
from visitation.people.models import Inmate, Kinship
from visitation.people.rules import Person
from visitation.people.rules_staff import NEUTRAL, PAPER_REASONS
from visitation.people.service import Claim, Pictures, Subject, add_companion, claim_kinship, object_to, withdraw
from visitation.people.service_suspensions import Wanted, suspend_inmate, suspend_visitor
from visitation.uploads.service import stage

REGISTERED = timedelta(days=45)
CLAIMED = timedelta(days=44)
ANSWERED = timedelta(days=43)
DECIDED = timedelta(days=42)
WAITING = {2, 9, 16, 22, 27}
"""Whose claim waits for a decision. It was sent yesterday."""
REFUSED = {3: PAPER_REASONS[0], 13: PAPER_REASONS[1], 20: NEUTRAL}
WITHDRAWN = {25}
WITH_COMPANION = range(0, 12, 2)
KEY = "demo"
NOTES = {"parent_in_law": "岳母"}
TURNS, APART = 7, timedelta(days=30)
"""Families came in over some months; those of the demo's sign-ins, and those with something open, only lately."""
LATELY = {0, 1, 2, 3} | WAITING | set(REFUSED) | WITHDRAWN


def family(index: int, person: SomePerson) -> Callable[[Session, datetime], None]:
    """One family in one transaction: account, pictures, people who come along, claims and what became of them."""

    def make(session: Session, now: datetime) -> None:
        if by_mobile(session, person.mobile) is not None:
            return
        registered = now - REGISTERED - earlier(index)
        applicant = Applicant(_person(person), person.mobile, None, "zh_Hans_CN", None, _pictures(session, index, None, registered))
        made = register(session, applicant, None, "", registered)
        who = identity_of(session.get_one(Account, made.account_id), "family")
        visitors = [made.visitor_id]
        if index in WITH_COMPANION:
            visitors.append(_companion(session, who, index, now))
        for place, visitor_id in enumerate(visitors):
            _claim(session, who, visitor_id, index, place, now)

    return make


def earlier(index: int) -> timedelta:
    """How long before the last ones a family came."""
    return timedelta() if index in LATELY else index % TURNS * APART + index % 3 * timedelta(hours=9)


def _person(one: SomePerson) -> Person:
    return Person(one.name, "resident_id", one.number)


def _pictures(session: Session, seed: int, owner_id: int | None, at: datetime) -> Pictures:
    key = KEY if owner_id is None else ""
    portrait = stage(session, key, owner_id, "face", "face.jpg", face(seed), at)
    document = stage(session, key, owner_id, "document", "id.jpg", paper(seed, photo=True), at)
    return Pictures(portrait.uid, document.uid, key, owner_id)


def _companion(session: Session, who: Identity, index: int, now: datetime) -> int:
    at = now - REGISTERED - earlier(index)
    made, _warnings = add_companion(session, who, _person(companion(index)), _pictures(session, 500 + index, who.account_id, at), "", at)
    return made.id


def _claim(session: Session, who: Identity, visitor_id: int, index: int, place: int, now: datetime) -> None:
    waits = index in WAITING
    at = now - timedelta(days=1) if waits else now - CLAIMED - earlier(index)
    one = inmates()[index if index < 24 else index + 20]
    proof = stage(session, "", who.account_id, "proof", "household-book.jpg", paper(900 + index, photo=False), at)
    home = prison_id(session, one.place)
    assert home is not None
    relation = RELATIONS[index % len(RELATIONS)] if place == 0 else "child"
    claim = claim_kinship(session, who, Claim(visitor_id, home, one.name, one.number, relation, NOTES.get(relation, ""), "household_book", [proof.uid]), "", at)
    if not waits:
        _decide(session, who, claim, index, now)


def _decide(session: Session, who: Identity, claim: Kinship, index: int, now: datetime) -> None:
    second = session.get_one(Inmate, claim.inmate_id).prison_id != prison_id(session, "QS")
    officer = staff(session, "chief-lc" if second else "officer")
    ward = staff(session, "ward")
    if index in WITHDRAWN:
        withdraw(session, who, claim.id, now - DECIDED)
    elif index in REFUSED:
        desk.refuse_claim(session, officer, claim.id, REFUSED[index], "户口簿照片不清晰，看不出与服刑人员的关系，请重新拍摄整页。", "", now - DECIDED)
        if index == 13:
            object_to(session, who, Subject("kinship", claim.id, claim.prison_id, claim.state, claim.decided_by), "材料是派出所出具的原件，请再核对一次。", now)
    else:
        answered, decided = now - ANSWERED - earlier(index), now - DECIDED - earlier(index) - index % 5 * timedelta(hours=4)
        desk.record_restriction(session, officer, claim.id, False, "", answered)
        desk.record_answer(session, officer if second else ward, claim.id, "accepted", answered)
        desk.approve(session, staff(session, "chief") if not second else officer, claim.id, "", decided)


def staff(session: Session, login: str) -> Identity:
    """A member of the demo's staff as they would be when signed in."""
    return identity_of(session.scalars(select(Account).where(Account.login == login)).one(), "prison")


def suspensions(session: Session, now: datetime) -> None:
    """One inmate in confinement, one visitor suspended after misconduct. Called once, with the families."""
    today = local_day(now)
    chief = staff(session, "chief")
    confined = session.scalars(select(Inmate).where(Inmate.status == "confined", Inmate.prison_id == chief.prison_id).order_by(Inmate.id)).first()
    claim = session.scalars(select(Kinship).where(Kinship.state == "approved", Kinship.prison_id == chief.prison_id).order_by(Kinship.id.desc())).first()
    if confined is not None and claim is not None and chief.prison_id is not None:
        suspend_inmate(session, chief, confined.id, Wanted("confinement", today, today + timedelta(days=10), "禁闭，期满自动恢复"), now)
        suspend_visitor(session, chief, chief.prison_id, claim.visitor_id, Wanted("misconduct", today, today + timedelta(days=31), "会见中不听劝阻"), now)

"""The requests of a legal-help day at a large prison (rules.md §6): 41 from 12 wards, 2 for legal aid, 1 for the defence, 1 inmate confined; 37 compete."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.requests import queries, service
from consult.requests.models import HelpRequest
from consult.requests.rules import OPEN, Asked
from visitation.accounts.models import Account, AccountRole, AccountWard
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.interval import local_day
from visitation.people.models import Inmate, Level, Prison, Suspension, Ward

WARDS, REQUESTS = 12, 41
LEGAL_AID, DEFENCE, CONFINED = (4, 23), 11, 17
"""Which of the requests, counted from 0, take another path."""
FATHER, LETTER = 2, 8
"""The labour dispute of a father in another city; a letter for the lawyer only."""
CONFINED_DAYS = 9
NUMERALS = "一二三四五六七八九十"
NAMES = ("赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫")
GIVEN = ("长河", "远山", "大海", "明亮")
ASKED = (
    ("civil", "我替朋友担保借款，债主要求家里代还，这样合法吗？", "债主 郑某"),
    ("marriage", "妻子提出离婚，孩子今年八岁，我想知道抚养权怎么判。", "妻子 林某"),
    ("labour", "父亲在东莞的工地干了三个月，包工头一直不给工资，该找谁？", "包工头 赵某\n某建筑公司"),
    ("inheritance", "母亲去世，老家的房子我和哥哥怎样继承？", "哥哥 孙某"),
    ("social", "入监前参加的养老保险要不要继续缴？", ""),
    ("housing", "老家房屋被征收，补偿协议我没有签字。", "某街道办事处"),
    ("commutation", "我的财产刑没有履行完，会影响减刑吗？", ""),
    ("injury", "入监前的交通事故，对方还没有赔偿。", "司机 何某\n某保险公司"),
    ("appeal", "我认为判决对数额的认定有误，申诉怎样提出？", ""),
    ("administrative", "我的驾驶证被吊销，出狱后能否重新申请？", "某交警支队"),
    ("other", "我被人冒名注册了公司，怎么办？", "某科技公司"),
)
URGENT = {2: 2, 9: 3, 14: 1, 20: 2, 28: 3, 33: 1, 37: 2}
WAITED = (0, 5, 14, 26, 31)
"""Carried over from the week before."""
UYGHUR = (19, 35)


def day_of_rules(session: Session, prison: Prison, now: datetime, public_key: str = "") -> list[HelpRequest]:
    """Enter and decide on all of them as a ward's officer and the legal office would; returns them in the order of entering.

    Wards and inmates that the prison lacks are added. It needs an account of the legal office there. public_key: seals the letter for the lawyer only;
    without one that request is an ordinary one.
    """
    office = _office(session, prison)
    wards = _wards(session, prison)
    ward_officer = Identity(office.account_id, frozenset({Role.WARD_OFFICER}), office.name, Zone.PRISON, prison.id, frozenset(ward.id for ward in wards))
    made = []
    for number, inmate in enumerate(_inmates(session, prison, wards, now)):
        sealed = bool(public_key) and number == LETTER
        asked, at = _asked(number, sealed), now - timedelta(hours=(REQUESTS - number) * 0.5)
        known = service.ground(session, inmate, asked, by_ward=not sealed, at_terminal=sealed)
        channel = "terminal" if sealed else "ward"
        made.append(service.make(session, ward_officer, inmate, asked, known, at, office.account_id, channel, public_key if sealed else ""))
    for number, request in enumerate(made):
        _decide(session, office, number, request, now)
    return made


def some_requests(session: Session, now: datetime) -> None:
    """The demo's: the day of the rules in its first prison, a relative who is asked for a paper, and a letter about the prison. Once."""
    prison = session.scalar(select(Prison).where(Prison.code == "QS"))
    if prison is None or session.scalar(select(func.count(HelpRequest.id)).where(HelpRequest.state.in_(OPEN))):
        return
    made = day_of_rules(session, prison, now, current_app.extensions["settings"].letters_public_key)
    for account in session.scalars(select(Account).join(AccountRole).where(Account.prison_id == prison.id, AccountRole.role == Role.WARD_OFFICER)):
        known = {row.ward_id for row in account.wards}
        account.wards += [AccountWard(ward_id=ward.id) for ward in _wards(session, prison) if ward.id not in known]
    for request in made:
        relatives = queries.relatives(session, request.inmate_id)
        if relatives and not request.lawyer_only:
            request.family_part, request.family_words, request.kinship_id, request.family_consent_at = "paper", "户口簿复印件一份", relatives[0].id, now
            break
    office, about = _office(session, prison), Asked("other", "监区伙食账目几个月没有公布，请查一查。", secrecy="prison", consent=True)
    service.make(session, office, made[0].inmate, about, service.ground(session, made[0].inmate, about, by_ward=False), now, office.account_id, "terminal")


def _asked(number: int, sealed: bool) -> Asked:
    matter, summary, parties = ASKED[number % len(ASKED)]
    return Asked(
        matter=matter,
        summary=summary,
        parties=parties,
        urgency=URGENT.get(number, 0),
        language="ug" if number in UYGHUR else "zh",
        asks_for="legal_aid" if number in LEGAL_AID else "defence" if number == DEFENCE else "advice",
        secrecy="lawyer" if sealed else "open",
        concerned_relation="parent" if number == FATHER else "",
        concerned_place="441900" if number == FATHER else "",
        consent=True,
    )


def _decide(session: Session, office: Identity, number: int, request: HelpRequest, now: datetime) -> None:
    if number == CONFINED:
        today = local_day(now)
        ends = today + timedelta(days=CONFINED_DAYS)
        stop = {"prison_id": request.prison_id, "inmate_id": request.inmate_id, "code": "confinement", "note": "禁闭"}
        session.add(Suspension(starts_on=today - timedelta(days=1), ends_on=ends, decided_by=office.account_id, decided_at=now, **stop))
        service.postpone(session, office, request.id, ends + timedelta(days=1), "禁闭期间暂缓，解除后自动恢复办理", now)
        return
    service.triage(session, office, request.id, "legal_aid" if number in LEGAL_AID else "defence" if number == DEFENCE else "helpday", now)
    if number in WAITED:
        service.carry(session, office, request, "full", now)


def _office(session: Session, prison: Prison) -> Identity:
    query = select(Account).join(AccountRole).where(Account.prison_id == prison.id, AccountRole.role == Role.LEGAL_OFFICE, Account.closed_at.is_(None))
    account = session.scalars(query.order_by(Account.id)).first()
    if account is None:
        raise LookupError("the prison has no account of the legal office")
    return Identity(account.id, frozenset({Role.LEGAL_OFFICE}), account.name, Zone.PRISON, prison.id)


def _wards(session: Session, prison: Prison) -> list[Ward]:
    """Twelve: those that are there, and more."""
    wards = list(session.scalars(select(Ward).where(Ward.prison_id == prison.id).order_by(Ward.id)))
    taken = {ward.name for ward in wards}
    names = (name for name in (f"{_numeral(place)}监区" for place in count(1)) if name not in taken)
    while len(wards) < WARDS:
        wards.append(Ward(prison_id=prison.id, name=next(names), name_en=f"Ward {len(wards) + 1}"))
        session.add(wards[-1])
    session.flush()
    return wards[:WARDS]


def _numeral(number: int) -> str:
    """一 to 九十九."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十") + (NUMERALS[ones - 1] if ones else "")


def _inmates(session: Session, prison: Prison, wards: list[Ward], now: datetime) -> list[Inmate]:
    """One for each request, three or four of a ward; inmates who are held and have no open request, and new ones."""
    level = session.scalars(select(Level.code).order_by(Level.rank.desc())).first()
    numbers, found = _numbers(session, prison), []
    for place, ward in enumerate(wards):
        asking = select(HelpRequest.inmate_id).where(HelpRequest.state.in_(OPEN))
        free = select(Inmate).where(Inmate.ward_id == ward.id, Inmate.status == "held", Inmate.id.not_in(asking))
        wanted = REQUESTS // WARDS + (place < REQUESTS % WARDS)
        here = list(session.scalars(free.order_by(Inmate.id).limit(wanted)))
        for order in range(wanted - len(here)):
            name = f"{NAMES[place]}{GIVEN[order]}"
            here.append(Inmate(prison_id=prison.id, ward_id=ward.id, number=next(numbers), name=name, level_code=level, updated_at=now))
        found.append(here)
    session.add_all(inmate for here in found for inmate in here)
    session.flush()
    rounds = max(len(here) for here in found)
    return [here[order] for order in range(rounds) for here in found if order < len(here)]


def _numbers(session: Session, prison: Prison) -> Iterator[str]:
    """Numbers of the prison's own pattern that nobody has: after the highest, or the first that fits."""
    highest = session.scalar(select(func.max(Inmate.number)).where(Inmate.prison_id == prison.id))
    if highest is None:
        widths = (width for width in range(1, 41) if re.fullmatch(prison.inmate_number_pattern, "1" * width))
        highest = "1" * next(widths)
    head, tail = re.fullmatch(r"(.*?)(\d+)", highest).groups()  # type: ignore[union-attr]
    return (f"{head}{int(tail) + step:0{len(tail)}d}" for step in count(1))

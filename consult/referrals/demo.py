"""What came of two talks of the demo's lawyer: notes, a paper for the inmate, something to do, and a referral with its link. Harmless to repeat."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.helpdays.models import HelpSeat
from consult.lawyers.models import Lawyer
from consult.notes import queries, service
from consult.notes.models import AdviceNote
from consult.referrals import queries as referrals
from consult.referrals.service import Referring, refer
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Identity, Zone
from visitation.kernel.interval import local_day

LAWYER = "lawyer"
PLACE = "441900"
NUMBER = "+8613800005678"
NOTES = (
    "当事人之父在外地务工被拖欠工资。已告知先申请劳动仲裁，时效一年；工资条、考勤记录由家属收集。（演示）",
    "夫妻协商离婚，孩子随奶奶生活。建议先行调解，保留抚养费转账记录。（演示）",
)
PAPER = """一、请家属先收集工资条、考勤记录和与包工头的聊天记录。
二、向工作地的劳动人事争议仲裁院申请仲裁，不收费。
三、对裁决不服的，收到裁决书十五日内可以起诉。（演示）"""
BEFORE = timedelta(hours=2)
"""The link was sent some time ago: nothing of it goes out when the demo is loaded."""
SENTENCE = "请先打电话预约，带齐工资条和聊天记录。"


def some_advice(session: Session, now: datetime) -> None:
    """Once, where the demo's lawyer has advised somebody."""
    lawyer = session.scalar(select(Lawyer).join(Account, Account.id == Lawyer.account_id).where(Account.login == LAWYER))
    if lawyer is None or session.scalar(select(func.count(AdviceNote.id))):
        return
    who = identity_of(lawyer.account, Zone.FAMILY.value)
    seats = [seat for seat in queries.cases_of(session, lawyer) if seat.state == "advised"][: len(NOTES)]
    for number, (seat, text) in enumerate(zip(seats, NOTES, strict=False)):
        at = seat.left_at or now
        service.save(session, who, lawyer, seat.request_id, text, 0, at)
        if number == 0:
            _and_all_the_rest(session, who, lawyer, seat, at, now)


def _and_all_the_rest(session: Session, who: Identity, lawyer: Lawyer, seat: HelpSeat, at: datetime, now: datetime) -> None:
    service.write_paper(session, who, lawyer, seat.request_id, PAPER, at)
    service.follow_up(session, who, lawyer, seat.request_id, "回访当事人家属是否已申请仲裁（演示）", local_day(now + timedelta(days=3)), now)
    offers = referrals.offers(session, "labour", PLACE)
    if offers:
        chosen = tuple(offer.found[0].row.id for offer in offers)
        refer(session, who, lawyer, seat.request_id, Referring(chosen, PLACE, "parent", SENTENCE, consent=True, mobile=NUMBER), now - BEFORE)


STEPS = (some_advice,)

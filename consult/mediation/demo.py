"""The three mediation cases of rules.md §6: one agreed, one not reached, one that needs a second talk, which is arranged by video. Harmless to repeat."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.mediation import places, service, video
from consult.mediation.models import MediationCase
from consult.mediation.rules import Tried
from consult.mediation.service import Opened
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Identity, Zone
from visitation.kernel.interval import local_day
from visitation.people.models import Inmate, Kinship

DAY = timedelta(days=1)
AHEAD = 14
"""Days ahead in which a free time is looked for."""
CONFLICTS = (
    ("support", "家中老人的赡养费用分担意见不一，希望协商。"),
    ("children", "孩子的照看和会见安排有分歧，希望协商。"),
    ("housing", "老家房屋和宅基地如何分配意见不一，希望协商。"),
)


def some_cases(session: Session, now: datetime) -> None:
    """Opened five days ago by the legal office, with inmates who have an approved relative."""
    if session.scalar(select(func.count(MediationCase.id))):
        return
    account = session.scalars(select(Account).where(Account.login == "legal")).one()
    office, opened_at, spoken_at = identity_of(account, Zone.PRISON), now - 5 * DAY, now - 3 * DAY
    cases = []
    for (cause, summary), kinship in zip(CONFLICTS, _relatives(session, account.prison_id), strict=False):
        number = session.get_one(Inmate, kinship.inmate_id).number
        typed = Opened(number, kinship.visitor.name, kinship.relation, "0990-5550188", cause, summary)
        cases.append(service.open_case(session, office, typed, opened_at))
    outcomes = (
        Tried("phone", "agreed", "双方心平气和。", None, "一、赡养费由双方各承担一半。\n二、每月十日前支付。", local_day(now) + 7 * DAY),
        Tried("phone", "not_reached", "两次拨打均无人接听。", now + DAY),
        Tried("phone", "again", "愿意再谈，希望见面说。", now + 2 * DAY),
    )
    for case, tried in zip(cases, outcomes, strict=False):
        service.write_attempt(session, office, case.id, tried, spoken_at)
    if len(cases) == len(outcomes):
        _by_video(session, office, cases[-1], now)


def _relatives(session: Session, prison_id: int | None) -> Iterator[Kinship]:
    """One approved relative of each inmate of the prison, those with an account."""
    stands = (Kinship.state == "approved", Kinship.inmate_answer == "accepted", Kinship.restriction == "none")
    query = select(Kinship).join(Inmate, Inmate.id == Kinship.inmate_id).join(Account, Account.visitor_id == Kinship.visitor_id)
    seen = set()
    for kinship in session.scalars(query.where(Kinship.prison_id == prison_id, Inmate.status == "held", *stands).order_by(Kinship.id)):
        if kinship.inmate_id not in seen:
            seen.add(kinship.inmate_id)
            yield kinship


def _by_video(session: Session, office: Identity, case: MediationCase, now: datetime) -> None:
    """The second talk, at the first time that is free; arranged two days ago, so that nobody is told of it today."""
    for number in range(1, AHEAD):
        for relative in places.relatives(session, case)[:1]:
            found = places.free(session, case, relative.kinship.visitor_id, local_day(now) + number * DAY, None, now)
            if found:
                video.arrange(session, office, case.id, relative.kinship.id, found[0].terminals[0].id, found[0].visit.start, now - 2 * DAY)
                return

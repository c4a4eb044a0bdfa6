"""The figures of legal help: what `visitation.reports` shows beside its own, without knowing this house."""

from collections import defaultdict
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.mediation.models import MediationAttempt, MediationCase
from consult.questions.models import Question
from consult.questions.queries import counted as counted_questions
from consult.questions.rules import answer_rate
from consult.referrals.models import Referral, ReferralLink
from consult.requests.models import HelpRequest
from visitation.kernel.interval import local_day
from visitation.policies import queries as policies
from visitation.reports.figures import Asked, Column, Figure
from visitation.reports.local_sql import LocalMonth
from visitation.reports.queries_visits import by_month, first_of, moves
from visitation.reports.rules import Facts, Tally, average, counted, flow, persons, share, standing

SEATED = ("published", "called", "live", "dropped", "advised", "missed")
"""A seat that a published day has given; not one that was only proposed, taken back, or not to be had."""
HELD = ("published", "over")


def help_days(session: Session, asked: Asked) -> Facts:
    """Days that have begun, and the requests on them; two queries."""
    facts = Facts()
    where = (*asked.within(HelpDay.starts_at, HelpDay.prison_id), HelpDay.state.in_(HELD), HelpDay.starts_at <= asked.now)
    for prison, month, number in by_month(session, HelpDay.starts_at, HelpDay.prison_id, number=func.count(), where=where):
        facts.at(prison, month).counts["days"] += number
    seats = select(HelpDay.prison_id, LocalMonth(HelpDay.starts_at), HelpSeat.state, func.count()).join(HelpSeat, HelpSeat.day_id == HelpDay.id)
    for prison, month, state, number in session.execute(seats.where(*where).group_by(HelpDay.prison_id, LocalMonth(HelpDay.starts_at), HelpSeat.state)):
        facts.at(prison, first_of(month)).counts[state] += number
    return facts


def lawyers(session: Session, asked: Asked) -> Facts:
    """Lawyers who advised, and their time in cases of the time from their first beginning to their last end on a day; one query."""
    facts = Facts()
    where = (*asked.within(HelpDay.starts_at, HelpDay.prison_id), HelpDay.state.in_(HELD), HelpSeat.live_at.is_not(None), HelpSeat.left_at.is_not(None))
    query = select(HelpDay.prison_id, HelpDay.starts_at, HelpDay.id, HelpDuty.lawyer_id, HelpSeat.live_at, HelpSeat.left_at)
    query = query.join(HelpSeat, HelpSeat.day_id == HelpDay.id).join(HelpDuty, HelpDuty.id == HelpSeat.duty_id)
    talks: defaultdict[tuple[int, datetime, int, int], list[tuple[datetime, datetime]]] = defaultdict(list)
    for prison, starts_at, day, lawyer, begun, left in session.execute(query.where(*where)):
        if begun is not None and left is not None:
            talks[prison, starts_at, day, lawyer].append((begun, left))
    for (prison, starts_at, _day, lawyer), found in talks.items():
        tally = facts.at(prison, asked.period.bucket_of(local_day(starts_at), "month"))
        tally.people["lawyers"].add(lawyer)
        _count_afternoon(tally, found)
    return facts


def _count_afternoon(tally: Tally, talks: list[tuple[datetime, datetime]]) -> None:
    tally.counts["afternoons"] += 1
    tally.counts["cases"] += len(talks)
    tally.counts["in_cases"] += round(sum((left - begun).total_seconds() for begun, left in talks))
    tally.counts["there"] += round((max(left for _begun, left in talks) - min(begun for begun, _left in talks)).total_seconds())


def questions(session: Session, asked: Asked) -> Facts:
    """Written questions by the rule of the answer rate (rules.md §2); one query."""
    facts = Facts()
    for prison, month, counted_alike in counted_questions(session, asked.now, *asked.within(Question.received_at, Question.prison_id)):
        one = answer_rate([counted_alike])
        numbers = {"received": one.received, "left_out": one.left_out, "due": one.due, "in_time": one.in_time, "waiting": one.waiting}
        facts.at(prison, month).counts.update(numbers)
    return facts


def target(session: Session, asked: Asked) -> float:
    """The prison's, or where there are several the one for everywhere."""
    prison_id = asked.prison_ids[0] if len(asked.prisons) == 1 else None
    return float(policies.value(session, "answer_rate_target", prison_id, local_day(asked.now)))


def mediation(session: Session, asked: Asked) -> Facts:
    """Cases opened and ended, how many are under way, and the talks in them; four queries."""
    found = moves(session, asked, (MediationCase.prison_id, MediationCase.opened_at, MediationCase.closed_at, MediationCase.state))
    facts = flow(asked.prison_ids, asked.period.buckets("month"), found, "open")
    tried = select(MediationCase.prison_id, LocalMonth(MediationAttempt.at), func.count()).join(MediationAttempt, MediationAttempt.case_id == MediationCase.id)
    tried = tried.where(*asked.within(MediationAttempt.at, MediationCase.prison_id)).group_by(MediationCase.prison_id, LocalMonth(MediationAttempt.at))
    for prison, month, number in session.execute(tried):
        facts.at(prison, first_of(month)).counts["talks"] += number
    return facts


def referrals(session: Session, asked: Asked) -> Facts:
    """Referrals that stand, those whose person was written to, and those whose link was opened; one query."""
    facts = Facts()
    opened = select(ReferralLink.id).where(ReferralLink.referral_id == Referral.id, ReferralLink.opened_at.is_not(None)).exists()
    written, read = (func.sum(case((condition, 1), else_=0)) for condition in (Referral.links_sent > 0, opened))
    query = select(HelpRequest.prison_id, LocalMonth(Referral.at), func.count(), written, read).join(HelpRequest, HelpRequest.id == Referral.request_id)
    query = query.where(*asked.within(Referral.at, HelpRequest.prison_id), Referral.withdrawn_at.is_(None))
    for prison, month, *numbers in session.execute(query.group_by(HelpRequest.prison_id, LocalMonth(Referral.at))):
        facts.at(prison, first_of(month)).counts.update(dict(zip(("made", "written", "read"), numbers, strict=True)))
    return facts


HELP_DAYS = Figure(
    "help-days",
    "legal",
    _l("Legal-help days"),
    _l(
        "Legal-help days that were published and have begun, by their day; the requests that had a place on them, those that were advised, those that were"
        " missed, and those that were carried over to a later day."
    ),
    help_days,
    (
        Column(_l("Help days"), counted("days")),
        Column(_l("Seated"), counted(*SEATED), drawn=True),
        Column(_l("Advised"), counted("advised"), drawn=True),
        Column(_l("Missed"), counted("missed")),
        Column(_l("Carried over"), counted("carried"), drawn=True),
        Column(_l("Cases for each help day"), average(SEATED, "days"), "rate"),
    ),
    "bars",
)
LAWYERS = Figure(
    "lawyers",
    "legal",
    _l("Lawyers taking part"),
    _l(
        "Lawyers who spoke with at least one inmate on a legal-help day, each once; and of the time from a lawyer's first beginning to the last end of the day"
        " the share that was spent in talks."
    ),
    lawyers,
    (
        Column(_l("Lawyers"), persons("lawyers"), drawn=True),
        Column(_l("Lawyers' afternoons"), counted("afternoons"), drawn=True),
        Column(_l("Talks held"), counted("cases")),
        Column(_l("Time in talks"), share(("in_cases",), ("there",)), "share"),
    ),
    "bars",
)
QUESTIONS = Figure(
    "questions",
    "legal",
    _l("Answer rate of written questions"),
    _l(
        "Questions by the day on which they were received. Answered in time: passed on to who asked by the due time. The rate is of those whose due time has"
        " passed; what was withdrawn, merged or passed on is left out."
    ),
    questions,
    (
        Column(_l("All received"), counted("received")),
        Column(_l("Left out"), counted("left_out")),
        Column(_l("Not yet due"), counted("waiting")),
        Column(_l("Due by now"), counted("due")),
        Column(_l("Answered in time"), counted("in_time")),
        Column(_l("Answer rate"), share(("in_time",), ("due",)), "share", drawn=True),
    ),
    "lines",
    target=target,
)
MEDIATION = Figure(
    "mediation",
    "legal",
    _l("Mediation of family conflicts"),
    _l("Cases opened and ended by the day on which that was, and how many were under way at the end of the month, or now; talks tried, by telephone or video."),
    mediation,
    (
        Column(_l("Cases opened"), counted("joined")),
        Column(_l("Talks tried"), counted("talks")),
        Column(_l("Agreed"), counted("agreed"), drawn=True),
        Column(_l("Not agreed"), counted("failed"), drawn=True),
        Column(_l("Withdrawn"), counted("withdrawn"), drawn=True),
        Column(_l("Under way at the end"), standing("open")),
    ),
)
REFERRALS = Figure(
    "referrals",
    "legal",
    _l("Referrals"),
    _l("Referrals by lawyers to an institution near the person concerned, by their day, without those taken back; and whether the person was written to."),
    referrals,
    (
        Column(_l("Referrals made"), counted("made"), drawn=True),
        Column(_l("Person written to"), counted("written"), drawn=True),
        Column(_l("Link opened"), counted("read"), drawn=True),
        Column(_l("Share opened"), share(("read",), ("written",)), "share"),
    ),
    "bars",
)
FIGURES = (HELP_DAYS, LAWYERS, QUESTIONS, MEDIATION, REFERRALS)

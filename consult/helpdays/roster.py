"""The roster of a legal-help day: asking lawyers, their answer, substitutes, dropping out, and one lawyer taking over from another."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.helpdays import people, telling
from consult.helpdays import rules_roster as rules
from consult.helpdays.models import HelpDay, HelpDuty, HelpSwap
from consult.helpdays.rules_series import OPEN
from consult.lawyers import queries as lawyers
from consult.lawyers.models import Lawyer, LawyerAway
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.policies.queries import value


def ask(session: Session, who: Identity, day_id: int, chosen: Mapping[int, int], agreed: bool, now: datetime) -> list[HelpDuty]:
    """Put lawyers on empty places, place -> lawyer's id. `agreed`: they have said yes to the office already, by telephone. All or none; raises Refused."""
    day = _locked(session, day_id)
    holders = {duty.place: duty.lawyer.name for duty in day.duties if duty.state in rules.STANDING}
    facts = people.day_facts(day)
    found: list[Refusal] = []
    for place, lawyer_id in sorted(chosen.items()):
        person = people.person(session, day, _lawyer(session, lawyer_id))
        found += rules.asking_refusals(facts, place, holders.get(place, ""), person, now)
    if len(set(chosen.values())) < len(chosen):
        found.append(Refusal("DUTY_TWO_PLACES"))
    refuse(found)
    duties = [_put(session, day, place, lawyer_id, "agreed" if agreed else "asked", now) for place, lawyer_id in sorted(chosen.items())]
    _changed(day, now)
    for duty in duties:
        telling.asked(session, duty, now)
        record(session, who, "help_duty.ask", "help_day", day.ref, now, day.prison_id, lawyer=duty.lawyer.ref, place=duty.place, agreed=agreed)
    return duties


def _put(session: Session, day: HelpDay, place: int, lawyer_id: int, state: str, now: datetime) -> HelpDuty:
    """A lawyer on a place; whoever was on this day's roster before and fell out keeps the same row."""
    duty = session.scalar(select(HelpDuty).where(HelpDuty.day_id == day.id, HelpDuty.lawyer_id == lawyer_id).with_for_update())
    if duty is None:
        duty = HelpDuty(day_id=day.id, lawyer_id=lawyer_id, sequence=-1)
        session.add(duty)
    duty.place, duty.state, duty.reason, duty.replaced_by_id = place, state, "", None
    duty.asked_at, duty.answered_at, duty.changed_at, duty.sequence = now, now if state == "agreed" else None, now, duty.sequence + 1
    session.flush()
    session.expire(day, ["duties"])
    return duty


def answer(session: Session, who: Identity, duty_id: int, agrees: bool, reason: str, now: datetime) -> HelpDuty:
    """A lawyer says yes or no to what they were asked. Raises NotFound for another's, StateChanged once it is decided, Refused when it is too late."""
    duty = _own(session, who, duty_id)
    if duty.state != "asked":
        raise StateChanged
    if agrees:
        refuse(rules.agreeing_refusals(people.day_facts(duty.day), people.person(session, duty.day, duty.lawyer), now))
    _become(duty, "agreed" if agrees else "declined", "" if agrees else reason, now)
    duty.answered_at = now
    _changed(duty.day, now)
    record(session, who, "help_duty.agree" if agrees else "help_duty.decline", "help_day", duty.day.ref, now, duty.day.prison_id, place=duty.place)
    return duty


def drop(session: Session, who: Identity, duty_id: int, reason: str, now: datetime) -> HelpDuty:
    """A lawyer falls out, by their own word or the office's; the place is a hole from now on, on the desk of the office. Raises StateChanged, Refused."""
    known = _known(session, duty_id)
    day = _locked(session, known.day_id)
    duty = session.get_one(HelpDuty, duty_id, with_for_update=True, populate_existing=True)
    if duty.state not in rules.STANDING:
        raise StateChanged
    refuse(rules.day_refusals(people.day_facts(day), now))
    _become(duty, "dropped", reason, now)
    lapse(session, duty, now)
    _changed(day, now)
    if who.account_id != duty.lawyer.account_id:
        telling.cancelled(session, day, [duty], reason, now)
    record(session, who, "help_duty.drop", "help_day", day.ref, now, day.prison_id, lawyer=duty.lawyer.ref, place=duty.place, reason=reason)
    return duty


def substitute(session: Session, who: Identity, duty_id: int, lawyer_id: int, agreed: bool, now: datetime) -> HelpDuty:
    """The office gives a lawyer's place to another one; returns the new duty. Raises StateChanged, Refused."""
    known = _known(session, duty_id)
    day = _locked(session, known.day_id)
    old = session.get_one(HelpDuty, duty_id, with_for_update=True, populate_existing=True)
    if old.state not in rules.STANDING:
        raise StateChanged
    refuse(rules.asking_refusals(people.day_facts(day), old.place, "", people.person(session, day, _lawyer(session, lawyer_id)), now))
    new = _put(session, day, old.place, lawyer_id, "agreed" if agreed else "asked", now)
    _become(old, "replaced", "", now)
    old.replaced_by_id = new.id
    lapse(session, old, now)
    _changed(day, now)
    telling.replaced(session, old, now)
    telling.asked(session, new, now)
    record(session, who, "help_duty.substitute", "help_day", day.ref, now, day.prison_id, lawyer=old.lawyer.ref, by=new.lawyer.ref, place=new.place)
    return new


def offer(session: Session, who: Identity, duty_id: int, colleague_id: int, back_id: int | None, now: datetime) -> HelpSwap:
    """A lawyer asks a colleague to take over an agreed duty, in exchange for one of theirs or not. Raises Refused with every reason."""
    duty = _own(session, who, duty_id)
    if duty.state != "agreed":
        raise StateChanged
    back = session.get(HelpDuty, back_id) if back_id is not None else None
    found = _swap_refusals(session, duty, _lawyer(session, colleague_id), back, now)
    if session.scalar(select(HelpSwap.id).where(HelpSwap.duty_id == duty.id, HelpSwap.state == "open")) is not None:
        found.append(Refusal("SWAP_OPEN"))
    refuse(found)
    swap = HelpSwap(duty_id=duty.id, to_lawyer_id=colleague_id, in_exchange_id=back.id if back else None, at=now)
    session.add(swap)
    session.flush()
    telling.swap_asked(session, swap, now)
    record(session, who, "help_swap.offer", "help_day", duty.day.ref, now, duty.day.prison_id, to=swap.to_lawyer.ref, exchange=back is not None)
    return swap


def _swap_refusals(session: Session, duty: HelpDuty, colleague: Lawyer, back: HelpDuty | None, now: datetime) -> list[Refusal]:
    """Gather what the rule of a swap asks for. A duty that changes hands does not count against whoever gives it."""
    given = () if back is None else (back.id,)
    swap = rules.Swap(people.day_facts(duty.day), people.person(session, duty.day, colleague, without=given))
    if back is not None:
        asker = people.person(session, back.day, duty.lawyer, without=(duty.id,))
        theirs = back.lawyer_id == colleague.id and back.state == "agreed"
        swap = rules.Swap(swap.day, swap.colleague, people.day_facts(back.day), asker, theirs)
    return rules.swap_refusals(swap, duty.lawyer_id, notice(session, duty.day, now), now)


def notice(session: Session, day: HelpDay, now: datetime) -> timedelta:
    """How long before a day lawyers can still arrange it between themselves."""
    return timedelta(hours=int(value(session, "help_swap_hours", day.prison_id, local_day(now))))


def answer_swap(session: Session, who: Identity, swap_id: int, accepts: bool, now: datetime) -> HelpSwap:
    """The colleague takes over, or does not. Everything is judged again: raises StateChanged when it is decided meanwhile, Refused when it leaves a hole."""
    swap = _open_swap(session, swap_id)
    if swap.to_lawyer.account_id != who.account_id:
        raise NotFound
    duty, back = swap.duty, swap.in_exchange
    if accepts:
        for day_id in sorted({one.day_id for one in (duty, back) if one is not None}):
            _locked(session, day_id)
        if any(session.get_one(HelpDuty, one.id, with_for_update=True, populate_existing=True).state != "agreed" for one in (duty, back) if one is not None):
            raise StateChanged
        refuse(_swap_refusals(session, duty, swap.to_lawyer, back, now))
        _hand_over(session, duty, swap.to_lawyer_id, now)
        if back is not None:
            _hand_over(session, back, duty.lawyer_id, now)
    swap.state, swap.answered_at = "accepted" if accepts else "declined", now
    telling.swap_answered(session, swap, accepts, now)
    record(
        session,
        who,
        "help_swap.accept" if accepts else "help_swap.decline",
        "help_day",
        duty.day.ref,
        now,
        duty.day.prison_id,
        lawyer=duty.lawyer.ref,
        exchange=back.day.ref if back else "",
    )
    return swap


def _hand_over(session: Session, duty: HelpDuty, lawyer_id: int, now: datetime) -> None:
    """The same place goes from one lawyer to another in one step: it is never empty."""
    _become(duty, "replaced", "", now)
    lapse(session, duty, now)
    new = _put(session, duty.day, duty.place, lawyer_id, "agreed", now)
    duty.replaced_by_id = new.id
    _changed(duty.day, now)


def withdraw(session: Session, who: Identity, swap_id: int, now: datetime) -> HelpSwap:
    """Whoever asked a colleague takes it back."""
    swap = _open_swap(session, swap_id)
    if swap.duty.lawyer.account_id != who.account_id:
        raise NotFound
    swap.state, swap.answered_at = "withdrawn", now
    record(session, who, "help_swap.withdraw", "help_day", swap.duty.day.ref, now, swap.duty.day.prison_id)
    return swap


def _fall_out(session: Session, now: datetime) -> int:
    """Who serves here no more, or has noted to be away then, leaves the roster: the place is a hole that the office sees, and not a lawyer who never comes."""
    gone = (Lawyer.state == "ended") | Lawyer.away.any(LawyerAway.ends_on >= local_day(now))
    query = select(HelpDuty.id, HelpDuty.day_id).join(HelpDay, HelpDay.id == HelpDuty.day_id).join(Lawyer, Lawyer.id == HelpDuty.lawyer_id)
    query = query.where(HelpDuty.state.in_(rules.STANDING), HelpDay.state.in_(OPEN), HelpDay.ends_at > now, gone)
    done = 0
    for duty_id, day_id in session.execute(query.order_by(HelpDuty.day_id, HelpDuty.id)).all():
        day = _locked(session, day_id)
        duty = session.get_one(HelpDuty, duty_id, with_for_update=True, populate_existing=True)
        why = rules.falls_out(lawyers.standing(duty.lawyer), local_day(day.starts_at)) if duty.state in rules.STANDING else ""
        if not why:
            continue
        _become(duty, "dropped", why, now)
        lapse(session, duty, now)
        _changed(day, now)
        telling.cancelled(session, day, [duty], "", now)
        record(session, SYSTEM, "help_duty.drop", "help_day", day.ref, now, day.prison_id, lawyer=duty.lawyer.ref, place=duty.place, reason=why)
        done += 1
    return done


def sweep(session: Session, now: datetime) -> int:
    """Requests to take over that nobody has answered in time lapse; who is gone leaves the roster. Harmless to repeat."""
    done = _fall_out(session, now)
    for swap in session.scalars(select(HelpSwap).where(HelpSwap.state == "open").with_for_update().execution_options(populate_existing=True)).all():
        if swap.duty.state != "agreed" or swap.duty.day.starts_at - now < notice(session, swap.duty.day, now):
            swap.state, swap.answered_at, done = "lapsed", now, done + 1
    return done


def _become(duty: HelpDuty, state: str, reason: str, now: datetime) -> None:
    duty.state, duty.reason, duty.changed_at, duty.sequence = state, reason, now, duty.sequence + 1


def _changed(day: HelpDay, now: datetime) -> None:
    """A plan that was made for another roster no longer fits."""
    day.plan_version, day.changed_at = day.plan_version + 1, now


def lapse(session: Session, duty: HelpDuty, now: datetime) -> None:
    """Whoever was asked to take this duty over is no longer asked."""
    query = select(HelpSwap).where((HelpSwap.duty_id == duty.id) | (HelpSwap.in_exchange_id == duty.id), HelpSwap.state == "open")
    for swap in session.scalars(query):
        swap.state, swap.answered_at = "lapsed", now


def _locked(session: Session, day_id: int) -> HelpDay:
    day = session.get(HelpDay, day_id, with_for_update=True, populate_existing=True)
    if day is None:
        raise NotFound
    session.expire(day, ["duties"])
    return day


def _known(session: Session, duty_id: int) -> HelpDuty:
    duty = session.get(HelpDuty, duty_id)
    if duty is None:
        raise NotFound
    return duty


def _own(session: Session, who: Identity, duty_id: int) -> HelpDuty:
    """A duty of the lawyer who is signed in, locked with its day."""
    known = _known(session, duty_id)
    if known.lawyer.account_id != who.account_id:
        raise NotFound
    _locked(session, known.day_id)
    return session.get_one(HelpDuty, duty_id, with_for_update=True, populate_existing=True)


def _open_swap(session: Session, swap_id: int) -> HelpSwap:
    swap = session.get(HelpSwap, swap_id, with_for_update=True, populate_existing=True)
    if swap is None:
        raise NotFound
    if swap.state != "open":
        raise StateChanged
    return swap


def _lawyer(session: Session, lawyer_id: int) -> Lawyer:
    lawyer = session.get(Lawyer, lawyer_id)
    if lawyer is None:
        raise Refused("DUTY_UNKNOWN_LAWYER")
    return lawyer

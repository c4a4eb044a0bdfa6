"""A request step by step: entered, decided on, seated or passed on or postponed, advised or withdrawn. Each step gives the inmate a numbered slip."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.directory import places
from consult.matters import MATTERS
from consult.once import Once
from consult.requests import letters, queries, rules
from consult.requests.letters import Letter
from consult.requests.models import FamilyPaper, HelpRequest, RequestSlip
from consult.requests.rules import Asked, Ground
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity, Role
from visitation.kernel.interval import local_day
from visitation.notices.service import tell
from visitation.people.models import Inmate
from visitation.people.queries import account_of_visitor
from visitation.policies.queries import policies_of
from visitation.uploads import service as uploads
from visitation.web.code_words import RELATIONS

AT_ONCE = 100


def enter(session: Session, who: Identity, inmate_id: int, asked: Asked, now: datetime, key: str | None = None) -> HelpRequest:
    """An officer of the ward, or the legal office, enters what an inmate asks; the same form (`key`) twice enters it once.

    Raises Refused; NotFound for an inmate who is not theirs.
    """
    inmate = session.get(Inmate, inmate_id, with_for_update=True)
    if inmate is None or inmate.prison_id != who.prison_id or not (who.has(Role.LEGAL_OFFICE) or inmate.ward_id in who.ward_ids):
        raise NotFound
    once = Once(session, who, key, "help_request", (inmate_id, asked), now)
    if once.ref:
        return session.scalars(select(HelpRequest).where(HelpRequest.ref == once.ref)).one()
    by_ward = not who.has(Role.LEGAL_OFFICE)
    request = make(session, who, inmate, asked, ground(session, inmate, asked, by_ward=by_ward), now, who.account_id, "ward" if by_ward else "office")
    once.made(request.ref)
    if request.family_part and not request.lawyer_only:
        tell_family(session, request, now)
    return request


def ground(session: Session, inmate: Inmate, asked: Asked, by_ward: bool, at_terminal: bool = False) -> Ground:
    """What the rules want to know about an inmate who asks."""
    open_now = queries.open_of(session, inmate.id, asked.secrecy == "prison")
    relatives = {kinship.id for kinship in queries.relatives(session, inmate.id)}
    return Ground(MATTERS, RELATIONS, places.every(), inmate.status, open_now, by_ward, at_terminal, relatives)


def make(
    session: Session, who: Identity, inmate: Inmate, asked: Asked, known: Ground, now: datetime, entered_by: int, channel: str, public_key: str = ""
) -> HelpRequest:
    """The request's row and its first slip. public_key: seals a letter for lawyers only. Raises Refused."""
    refuse(rules.enter_refusals(asked, known))
    about = asked.secrecy == "prison"
    request = HelpRequest(
        prison_id=inmate.prison_id,
        ward_id=inmate.ward_id,
        inmate_id=inmate.id,
        matter=asked.matter,
        asks_for=asked.asks_for,
        urgency=asked.urgency,
        language=asked.language,
        concerned_relation=asked.concerned_relation,
        concerned_place=asked.concerned_place,
        lawyer_only=asked.secrecy == "lawyer",
        consent_at=now,
        channel=channel,
        entered_by=entered_by,
        entered_at=now,
        state="to_pass" if about else "received",
        path="about_prison" if about else None,
        due_at=now + timedelta(hours=hours(session, inmate.prison_id, "about_prison" if about else "legal_aid", now)),
    )
    if not request.lawyer_only:
        request.summary, request.parties = asked.summary, asked.parties
    elif public_key:
        request.letter = letters.write(public_key, request.uid, Letter(asked.summary, asked.parties))
    if asked.family_part:
        request.family_part, request.family_words, request.kinship_id, request.family_consent_at = asked.family_part, asked.family_words, asked.kinship_id, now
    session.add(request)
    session.flush()
    record(session, who, "help_request.enter", "help_request", request.ref, now, request.prison_id, channel=channel, secrecy=asked.secrecy)
    slip(session, who, request, "received", "", now)
    return request


def hours(session: Session, prison_id: int, path: str, now: datetime) -> int:
    """Until when a request of a path is passed on (policy row help_request_hours)."""
    found: int = policies_of(session, prison_id, ("help_request_hours",)).value("help_request_hours", local_day(now))[path]
    return found


def tell_family(session: Session, request: HelpRequest, now: datetime) -> None:
    """The relative is told that something is asked for; what, stands on the page. For the lawyer only: once the letter, which says what, is there."""
    session.flush()
    account = account_of_visitor(session, request.kinship.visitor_id) if request.kinship else None
    if account is not None:
        tell(session, account.id, "help_part_asked", {"ref": request.ref}, now, "/legal-help/asked")


# -- the legal office decides


def triage(session: Session, who: Identity, request_id: int, path: str, now: datetime) -> HelpRequest:
    """Send it on its path. What is passed on elsewhere runs against its hours from when it was entered. Raises Refused."""
    request = locked(session, who, request_id)
    refuse(rules.triage_refusals(request.state, path, is_own_mark(request)))
    if request.path == path and request.triaged_at is not None and request.state in ("waiting", "to_pass"):
        return request  # decided already: a second click gives no second slip
    request.path, request.triaged_by, request.triaged_at, request.postponed_until, request.reason = path, who.account_id, now, None, ""
    request.state = "waiting" if path == "helpday" else "to_pass"
    request.due_at = None if path == "helpday" else request.entered_at + timedelta(hours=hours(session, request.prison_id, path, now))
    record(session, who, "help_request.triage", "help_request", request.ref, now, request.prison_id, path=path)
    slip(session, who, request, path, "", now)
    return request


def is_own_mark(request: HelpRequest) -> bool:
    """Whether it was written as one about this prison, and not sent to the bureau by the office."""
    return request.path == "about_prison" and request.triaged_at is None


def postpone(session: Session, who: Identity, request_id: int, until: date | None, reason: str, now: datetime) -> HelpRequest:
    """It comes back by itself on a day. Raises Refused."""
    request = locked(session, who, request_id)
    refuse(rules.postpone_refusals(request.state, request.asks_for, reason, until, local_day(now)))
    assert until is not None, "the rules want a day"
    request.state, request.path, request.due_at, request.postponed_until, request.reason = "postponed", None, None, until, reason[:400]
    request.triaged_by, request.triaged_at = who.account_id, now
    record(session, who, "help_request.postpone", "help_request", request.ref, now, request.prison_id, until=until.isoformat())
    slip(session, who, request, "postponed", until.isoformat(), now)
    return request


def pass_on(session: Session, who: Identity, request_id: int, where: str, now: datetime) -> HelpRequest:
    """It has been passed on: where to, when, by whom. Raises Refused(PASS_WHERE)."""
    if not where.strip():
        raise Refused("PASS_WHERE")
    request = locked(session, who, request_id)
    if request.state != "to_pass":
        raise StateChanged
    request.state, request.passed_to, request.passed_at, request.closed_at = "passed", where.strip()[:120], now, now
    in_time = request.due_at is None or now <= request.due_at
    record(session, who, "help_request.pass_on", "help_request", request.ref, now, request.prison_id, path=request.path, in_time=in_time)
    slip(session, who, request, "passed", request.passed_to, now)
    return request


def withdraw(session: Session, who: Identity, request_id: int, now: datetime) -> HelpRequest:
    """The inmate takes it back. Raises Refused."""
    request = locked(session, who, request_id)
    refuse(rules.withdraw_refusals(request.state))
    _withdrawn(session, who, request, now)
    return request


def _withdrawn(session: Session, who: Identity, request: HelpRequest, now: datetime) -> None:
    request.state, request.closed_at, request.due_at = "withdrawn", now, None
    record(session, who, "help_request.withdraw", "help_request", request.ref, now, request.prison_id)
    slip(session, who, request, "withdrawn", "", now)


def sweep(session: Session, now: datetime) -> int:
    """Postponed requests whose day has come wait for a decision again; done once, however often it runs. Returns how many."""
    rows = queries.coming_back(session, local_day(now), AT_ONCE)
    for request in rows:
        request.state, request.postponed_until = "received", None
        request.due_at = now + timedelta(hours=hours(session, request.prison_id, "legal_aid", now))
        record(session, SYSTEM, "help_request.return", "help_request", request.ref, now, request.prison_id)
        slip(session, SYSTEM, request, "returned", "", now)
    return len(rows) + _close_released(session, now)


def _close_released(session: Session, now: datetime) -> int:
    """Whoever has been released comes to no legal-help day of a prison: once the place is given away, the request is closed, with a slip that says why."""
    rows = queries.of_released(session, AT_ONCE)
    for request in rows:
        request.state, request.closed_at, request.due_at = "withdrawn", now, None
        record(session, SYSTEM, "help_request.withdraw", "help_request", request.ref, now, request.prison_id, reason="released")
        slip(session, SYSTEM, request, "released", "", now)
    return len(rows)


# -- the help day (called by consult.helpdays)


def seated(session: Session, who: Identity, request: HelpRequest, day_words: str, now: datetime) -> RequestSlip:
    """It has a place on a published day. day_words: day and time as the inmate reads them. Raises StateChanged unless it waits for one, or had another."""
    _hold(session, request, ("waiting", "seated"))
    request.state = "seated"
    record(session, who, "help_request.seat", "help_request", request.ref, now, request.prison_id)
    return slip(session, who, request, "seated", day_words, now)


def unseat(session: Session, who: Identity, request: HelpRequest, reason_code: str, now: datetime) -> RequestSlip:
    """It loses its place and waits again. reason_code: one of words.CARRIED. Raises StateChanged."""
    _hold(session, request, ("seated",))
    request.state = "waiting"
    record(session, who, "help_request.unseat", "help_request", request.ref, now, request.prison_id, reason=reason_code)
    return slip(session, who, request, "unseated", reason_code, now)


def withdraw_seated(session: Session, who: Identity, request: HelpRequest, now: datetime) -> None:
    """The inmate takes back a request that has a place; the day gives the place up. Raises StateChanged."""
    _hold(session, request, ("seated",))
    _withdrawn(session, who, request, now)


def carry(session: Session, who: Identity, request: HelpRequest, reason_code: str, now: datetime) -> RequestSlip:
    """No place this time: carried over with a reason (words.CARRIED) and a longer wait to its credit. Raises StateChanged."""
    _hold(session, request, ("waiting", "seated"))
    request.state, request.waited, request.carried_reason = "waiting", request.waited + 1, reason_code
    record(session, who, "help_request.carry", "help_request", request.ref, now, request.prison_id, reason=reason_code, waited=request.waited)
    return slip(session, who, request, "carried", reason_code, now)


def advised(session: Session, who: Identity, request: HelpRequest, now: datetime) -> RequestSlip:
    """The lawyer has advised: it is closed. Raises StateChanged."""
    _hold(session, request, ("waiting", "seated"))
    request.state, request.closed_at = "advised", now
    record(session, who, "help_request.advise", "help_request", request.ref, now, request.prison_id)
    return slip(session, who, request, "advised", "", now)


# -- kept beyond its time


def hold(session: Session, who: Identity, request_id: int, reason: str, now: datetime) -> HelpRequest:
    """Keep what is written for a request whatever its time says (consult/notes/retention.py). Raises Refused, StateChanged when it is kept already."""
    request = locked(session, who, request_id)
    if not reason.strip():
        raise Refused("HOLD_REASON")
    if request.forgotten_at is not None:
        raise Refused("HOLD_NOTHING")
    if request.hold_at is not None:
        raise StateChanged
    request.hold_at, request.hold_by, request.hold_reason = now, who.account_id, reason.strip()[:200]
    record(session, who, "help_request.hold", "help_request", request.ref, now, request.prison_id, reason=request.hold_reason)
    return request


def lift_hold(session: Session, who: Identity, request_id: int, now: datetime) -> HelpRequest:
    """A second person lets it go again. Raises Refused(HOLD_OWN), StateChanged."""
    request = locked(session, who, request_id)
    if request.hold_at is None:
        raise StateChanged
    if request.hold_by == who.account_id:
        raise Refused("HOLD_OWN")
    request.hold_at, request.hold_by, request.hold_reason = None, None, ""
    record(session, who, "help_request.lift_hold", "help_request", request.ref, now, request.prison_id)
    return request


# -- slips


def slip(session: Session, who: Identity, request: HelpRequest, step: str, detail: str, now: datetime) -> RequestSlip:
    """The next numbered slip of a request. step: words.STEPS; detail: at most 200 characters, what the step's sentence names."""
    session.get(HelpRequest, request.id, with_for_update=True)  # two steps at once get two numbers
    last = session.scalar(select(func.max(RequestSlip.number)).where(RequestSlip.request_id == request.id)) or 0
    by = who.account_id if who.account_id and not who.has(Role.TERMINAL) else None
    row = RequestSlip(request_id=request.id, number=last + 1, step=step, detail=detail[:200], at=now, by=by)
    session.add(row)
    session.flush()
    return row


def hand_over(session: Session, who: Identity, slip_id: int, now: datetime) -> None:
    """A slip is in the inmate's hands. Raises NotFound for one that is not this person's to hand over, StateChanged when it was done already."""
    row = session.get(RequestSlip, slip_id, with_for_update=True, populate_existing=True)
    if row is None or not rules.may_hand(who, queries.seen(row.request)):
        raise NotFound
    if row.handed_over_at is not None:
        raise StateChanged
    row.handed_over_at = now
    record(session, who, "help_request.hand_over", "help_request", row.request.ref, now, row.request.prison_id, slip=row.number)


def hand_over_all(session: Session, who: Identity, slip_ids: Iterable[int], now: datetime) -> int:
    """Those of several slips that nobody has handed over yet; how many. Raises NotFound when one is not this person's to hand over."""
    rows = [row for row in (session.get(RequestSlip, slip_id) for slip_id in sorted(set(slip_ids))) if row is None or row.handed_over_at is None]
    for row in rows:
        hand_over(session, who, row.id if row is not None else 0, now)
    return len(rows)


def family_done(session: Session, who: Identity, ref: str, now: datetime) -> HelpRequest:
    """A relative has done what was asked for. Once; raises NotFound for what they are not asked."""
    request = _asked_of(session, who, ref)
    _done(session, who, request, now)
    return request


def send_papers(session: Session, who: Identity, ref: str, uids: Sequence[str], owner: tuple[str, int | None], now: datetime) -> HelpRequest:
    """A relative sends what was asked for: staged files, sealed for the lawyer. owner: of the staged files. Raises Refused, NotFound."""
    request = _asked_of(session, who, ref)
    sent = len(queries.papers_of_family(session, [request.id]).get(request.id, ()))
    refuse(rules.papers_refusals(request.family_part, sent, len(uids)))
    for uid in uids:
        upload = uploads.attach(session, uid, *owner, "legal_paper", now)
        session.add(FamilyPaper(request_id=request.id, upload_id=upload.id, account_id=who.account_id, at=now))
    session.flush()
    record(session, who, "help_request.family_papers", "help_request", request.ref, now, request.prison_id, files=len(uids))
    _done(session, who, request, now)
    return request


def _asked_of(session: Session, who: Identity, ref: str) -> HelpRequest:
    """What this relative is asked for, held until the end of the transaction. Raises NotFound."""
    asked = {row.ref: row for row in queries.asked_of_family(session, who.account_id, who.visitor_id)}
    request = asked.get(ref.upper())
    if request is None:
        raise NotFound
    session.refresh(request, with_for_update={"of": HelpRequest})  # of it alone: what it was loaded with comes along by outer joins
    return request


def _done(session: Session, who: Identity, request: HelpRequest, now: datetime) -> None:
    if request.family_done_at is None:
        request.family_done_at = now
        record(session, who, "help_request.family_done", "help_request", request.ref, now, request.prison_id)
        slip(session, SYSTEM, request, "family_done", "", now)


def locked(session: Session, who: Identity, request_id: int) -> HelpRequest:
    """The request, held until the end of the transaction. Raises NotFound for one this person may not see."""
    request = session.get(HelpRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None or not rules.may_see(who, queries.seen(request)):
        raise NotFound
    return request


def _hold(session: Session, request: HelpRequest, states: tuple[str, ...]) -> None:
    session.flush()
    session.refresh(request, with_for_update={"of": HelpRequest})  # of it alone: what it was loaded with comes along by outer joins
    if request.state not in states:
        raise StateChanged

"""The terminal's page: an officer opens it for one inmate with a code, the inmate writes, and what is for the lawyer only is sealed at once."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from consult.requests import letters, queries, rules, service
from consult.requests.letters import Letter
from consult.requests.models import HelpCode, HelpRequest
from consult.requests.rules import Asked
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.ids import one_time_code
from visitation.people.models import Inmate


def open_for(session: Session, who: Identity, inmate_id: int, request_id: int | None, now: datetime) -> str:
    """A code of rules.CODE_DIGITS digits for one inmate; it works once, for rules.CODE_LIVES, and earlier ones no longer do.

    request_id: a request of this inmate that waits for its letter. Raises NotFound.
    """
    inmate = session.get(Inmate, inmate_id, with_for_update=True)
    if inmate is None or not rules.may_open(who, inmate.prison_id, inmate.ward_id):
        raise NotFound
    if request_id is not None and request_id not in {row.id for row in queries.without_letter(session, inmate_id)}:
        raise NotFound
    session.execute(update(HelpCode).where(HelpCode.inmate_id == inmate_id, HelpCode.used_at.is_(None)).values(used_at=now))
    code = one_time_code(rules.CODE_DIGITS)
    made = {"made_by": who.account_id, "made_at": now, "expires_at": now + rules.CODE_LIVES}
    session.add(HelpCode(code_index=queries.code_index(code), inmate_id=inmate_id, request_id=request_id, **made))
    record(session, who, "help_request.open_terminal", "inmate", inmate_id, now, inmate.prison_id)
    return code


def write(session: Session, who: Identity, code: str, asked: Asked, public_key: str, now: datetime) -> HelpRequest:
    """What the inmate wrote at the terminal `who`; the code is used up. Raises Refused: CODE_DEAD, and what rules.enter_refusals finds.

    The text of a letter for the lawyer leaves this function sealed for public_key only.
    """
    row = _used(session, who, code, now)
    if row.request is not None:
        return _letter(session, who, row.request, asked, public_key, now)
    inmate = session.get_one(Inmate, row.inmate_id, with_for_update=True)
    known = service.ground(session, inmate, asked, by_ward=False, at_terminal=True)
    return service.make(session, who, inmate, asked, known, now, row.made_by, "terminal", public_key)


def _letter(session: Session, who: Identity, request: HelpRequest, asked: Asked, public_key: str, now: datetime) -> HelpRequest:
    """The letter of a request that an officer has entered."""
    refuse(rules.letter_refusals(asked.summary, asked.parties, asked.family_words))
    session.refresh(request, with_for_update={"of": HelpRequest})
    if request.letter is not None or request.state not in rules.OPEN:
        raise StateChanged
    request.letter = letters.write(public_key, request.uid, Letter(asked.summary, asked.parties, asked.family_words.strip() if request.family_part else ""))
    record(session, who, "help_request.letter", "help_request", request.ref, now, request.prison_id)
    if request.family_part:
        service.tell_family(session, request, now)
    service.slip(session, who, request, "letter", "", now)
    return request


def _used(session: Session, who: Identity, code: str, now: datetime) -> HelpCode:
    row = queries.living_code(session, code, who.prison_id, now)
    if row is not None:
        session.refresh(row, with_for_update={"of": HelpCode})
    if row is None or row.used_at is not None:
        raise Refused("HELP_CODE_DEAD")
    row.used_at = now
    return row

"""One-time codes: six digits, tied to the browser that asked, so that nobody else can use up or guess somebody's code."""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from visitation.accounts import rules
from visitation.accounts.models import OneTimeCode
from visitation.kernel.errors import Refusal, refuse
from visitation.kernel.ids import one_time_code
from visitation.notices.service import send_code
from visitation.store.sealed import vault

KEPT = timedelta(days=1)


def mobile_index(mobile: str) -> str:
    """The blind index under which a number is counted and found (accounts.models.Account.mobile_index)."""
    return vault().index(mobile, "mobile")


def _index(code: str, asker: str) -> str:
    """A keyed digest: six digits could be tried out from a plain one."""
    return vault().index(f"{asker}\0{code}", "one_time_code")


def send(session: Session, mobile: str, purpose: str, asker: str, address: str, language: str, now: datetime) -> None:
    """Send a code to `mobile` (E.164). `asker`: digest of the browser's key. Raises Refused(CODE_SOON or CODES_MANY)."""
    index = mobile_index(mobile)
    session.execute(delete(OneTimeCode).where(OneTimeCode.mobile_index == index, OneTimeCode.created_at < now - KEPT))
    since = now - rules.CODE_WINDOW
    of_number = session.scalars(select(OneTimeCode.created_at).where(OneTimeCode.mobile_index == index, OneTimeCode.created_at > since)).all()
    of_address = session.scalars(select(OneTimeCode.created_at).where(OneTimeCode.address == address, OneTimeCode.created_at > since)).all()
    refuse(rules.code_send_refusals(of_number, of_address, now))
    code = one_time_code()
    row = OneTimeCode(mobile_index=index, purpose=purpose, code_digest=_index(code, asker), asker=asker, address=address[:45], created_at=now)
    row.expires_at = now + rules.CODE_LIVES
    session.add(row)
    send_code(session, mobile, code, purpose, language, now)


def take(session: Session, mobile: str, purpose: str, asker: str, typed: str, now: datetime) -> Refusal | None:
    """Use up a code; None when it was right. Returns the refusal instead of raising it, because the failed try must be kept."""
    query = select(OneTimeCode).where(OneTimeCode.mobile_index == mobile_index(mobile), OneTimeCode.purpose == purpose, OneTimeCode.asker == asker)
    rows = session.scalars(query.order_by(OneTimeCode.created_at, OneTimeCode.id).with_for_update()).all()
    facts = [rules.SentCode(row.expires_at, row.attempts, row.used_at is not None) for row in rows]
    living = [row for row, fact in zip(rows, facts, strict=True) if rules.is_living(fact, now)]
    if not living:
        return rules.dead_code_refusal(facts, now)
    wanted = _index("".join(typed.split()), asker)
    for row in living:
        row.attempts += 1
    right = next((row for row in living if hmac.compare_digest(row.code_digest, wanted)), None)
    if right is None:
        left = rules.CODE_TRIES - max(row.attempts for row in living)
        return Refusal("CODE_NOT_RIGHT", {"left": left}) if left > 0 else Refusal("CODE_SPENT")
    for row in living:
        row.used_at = now
    return None


def sweep(session: Session, now: datetime) -> int:
    """Forget codes a day after they were sent; returns how many. Safe to run again."""
    result = session.execute(delete(OneTimeCode).where(OneTimeCode.created_at < now - KEPT))
    return int(getattr(result, "rowcount", 0))

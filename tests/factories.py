"""People and things for tests: invented, with safe identifiers (resident-ID area 990101, which does not exist).

Every function takes the session first, adds and flushes, and returns the row, so that `house.write(lambda s: make_prison(s).id)` works.
Keyword arguments override columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.lawyers.models import Firm, Lawyer
from tests.numbers import ADULT_BORN, resident_id
from visitation.accounts.models import Account, AccountRole, AccountWard, Device, SignIn
from visitation.bookings.models import Booking, BookingVisitor, Claim
from visitation.bookings.terms import frozen
from visitation.kernel.identity import Role
from visitation.kernel.ids import digest, secret_token
from visitation.kernel.interval import Interval
from visitation.people.models import Inmate, Kinship, KinshipProof, Level, Prison, Visitor, Ward
from visitation.policies.rules import DEFAULTS
from visitation.supervision.models import Broker
from visitation.timetable.models import Terminal, Timetable
from visitation.uploads.models import Upload

MADE_AT = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
LEVELS = (("strict", "严管", "Strict"), ("probation", "考察", "Probation"), ("general", "普管", "General"), ("lenient", "宽管", "Lenient"))

_numbers = count(1)


def mobile_number() -> str:
    """A fresh mainland mobile number in E.164."""
    return f"+86138{next(_numbers):08d}"


def make_prison(session: Session, **values: Any) -> Prison:
    """A prison with its timetable row."""
    number = next(_numbers)
    given = {
        "code": f"P{number}",
        "name": f"青山第{number}监狱",
        "name_en": f"Green Hill Prison {number}",
        "province": "示例省",
        "phone": "0991-5550100",
        "address": "青山路1号",
        "inmate_number_pattern": r"[0-9]{8}",
    }
    prison = _add(session, Prison(**given | values))
    _add(session, Timetable(prison_id=prison.id))
    return prison


def make_levels(session: Session) -> list[Level]:
    """The four treatment levels; a second call finds the first one's."""
    found = [session.get(Level, code) for code, _name, _english in LEVELS]
    return [
        level or _add(session, Level(code=code, name=name, name_en=english, rank=rank))
        for rank, ((code, name, english), level) in enumerate(zip(LEVELS, found, strict=True))
    ]


def make_ward(session: Session, prison: Prison, **values: Any) -> Ward:
    number = next(_numbers)
    return _add(session, Ward(**{"prison_id": prison.id, "name": f"第{number}监区", "name_en": f"Ward {number}"} | values))


def make_inmate(session: Session, ward: Ward, **values: Any) -> Inmate:
    """An inmate of the ward's prison, level general."""
    make_levels(session)
    number = next(_numbers)
    given = {
        "prison_id": ward.prison_id,
        "ward_id": ward.id,
        "number": f"65{number:06d}",
        "name": f"王试{'一二三四五六七八九十'[number % 10]}",
        "birth_date": date(1980, 3, 2),
        "level_code": "general",
        "updated_at": MADE_AT,
    }
    return _add(session, Inmate(**given | values))


def make_visitor(session: Session, **values: Any) -> Visitor:
    """A person outside, without an account. `birth_date` also shapes the resident-ID number. Needs an app context (the numbers are sealed)."""
    birth = values.get("birth_date", ADULT_BORN)
    given = {"name": "李试", "document_kind": "resident_id", "document_number": resident_id(birth), "birth_date": birth, "created_at": MADE_AT}
    return _add(session, Visitor(**given | values))


@dataclass(frozen=True)
class Family:
    """A family account and the person it stands for."""

    account: Account
    visitor: Visitor


def make_family(session: Session, mobile: str | None = None, **values: Any) -> Family:
    """An account with the role family and its visitor; `values` are the visitor's columns."""
    number = mobile or mobile_number()
    visitor = make_visitor(session, **{"mobile": number} | values)
    account = Account(kind="family", name=visitor.name, visitor_id=visitor.id, mobile=number, created_at=MADE_AT, roles=[AccountRole(role="family")])
    return Family(_add(session, account), visitor)


def make_companion(session: Session, family: Family, **values: Any) -> Visitor:
    """A person without an account of their own, looked after by the family's account; a child of nine unless told otherwise."""
    given = {"name": "李小试", "birth_date": date(2017, 5, 1), "manager_id": family.account.id}
    return make_visitor(session, **given | values)


def make_staff(session: Session, roles: Iterable[Role | str] = (Role.OFFICER,), prison: Prison | None = None, **values: Any) -> Account:
    """A staff account. `wards`: the wards of a ward officer. `password_hash` stays empty unless given (hashing is slow)."""
    wards = values.pop("wards", ())
    number = next(_numbers)
    given = {"kind": "staff", "login": f"staff{number}", "name": f"警官{number}", "prison_id": prison.id if prison else None, "created_at": MADE_AT}
    account = Account(**given | values)
    account.roles = [AccountRole(role=str(Role(role))) for role in roles]
    account.wards = [AccountWard(ward_id=ward.id) for ward in wards]
    return _add(session, account)


def make_clerk(session: Session, **values: Any) -> Account:
    """A clerk of a justice station (family zone)."""
    number = next(_numbers)
    given = {"kind": "clerk", "login": f"clerk{number}", "name": f"所员{number}", "created_at": MADE_AT, "roles": [AccountRole(role="clerk")]}
    return _add(session, Account(**given | values))


def make_lawyer(session: Session, firm: Firm, **values: Any) -> Lawyer:
    """A verified lawyer of a firm, with an account of the family zone."""
    number = next(_numbers)
    account = _add(session, Account(kind="lawyer", login=f"lawyer{number}", name=f"律师{number}", created_at=MADE_AT, roles=[AccountRole(role="lawyer")]))
    given = {"name": account.name, "licence": f"{number:017d}", "state": "verified", "submitted_at": MADE_AT, "decided_at": MADE_AT}
    return _add(session, Lawyer(account_id=account.id, firm_id=firm.id, **given | values))


def make_kinship(session: Session, visitor: Visitor, inmate: Inmate, approved: bool = True, **values: Any) -> Kinship:
    """A kinship claim; approved means: the inmate accepted, no restriction found, decided."""
    given: dict[str, Any] = {
        "visitor_id": visitor.id,
        "prison_id": inmate.prison_id,
        "inmate_id": inmate.id,
        "inmate_name": inmate.name,
        "inmate_number": inmate.number,
        "relation": "sibling",
        "submitted_at": MADE_AT,
        "due_at": MADE_AT + timedelta(days=3),
    }
    if approved:
        given |= {"state": "approved", "inmate_answer": "accepted", "inmate_answer_at": MADE_AT, "restriction": "none", "decided_at": MADE_AT}
    return _add(session, Kinship(**given | values))


def make_upload(session: Session, owner: Account | None = None, **values: Any) -> Upload:
    """The row of a file, without content (see uploads.service.stage for a real one)."""
    given = {
        "owner_id": owner.id if owner else None,
        "purpose": "proof",
        "media_type": "image/jpeg",
        "file_name": "proof.jpg",
        "size": 1000,
        "sha256": "0" * 64,
        "created_at": MADE_AT,
    }
    return _add(session, Upload(**given | values))


def make_proof(session: Session, kinship: Kinship, upload: Upload, **values: Any) -> KinshipProof:
    return _add(session, KinshipProof(**{"kinship_id": kinship.id, "upload_id": upload.id, "kind": "household_book"} | values))


def make_terminal(session: Session, prison: Prison, **values: Any) -> Terminal:
    number = next(_numbers)
    return _add(session, Terminal(**{"prison_id": prison.id, "name": f"T{number}", "room": "一号会见室", "in_service": True} | values))


def make_sign_in(session: Session, account: Account, zone: str, now: datetime, **values: Any) -> str:
    """A living sign-in with its second factor given; returns the token."""
    token = secret_token()
    given = {
        "token_digest": digest(token),
        "account_id": account.id,
        "zone": zone,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + timedelta(hours=12),
        "second_factor_at": now,
    }
    _add(session, SignIn(**given | values))
    return token


def make_booking(session: Session, family: Family, inmate: Inmate, terminal: Terminal, starts_at: datetime, **values: Any) -> Booking:
    """A confirmed family visit of 30 minutes with its claims, terms frozen from the policies in force. `companions`: more visitors, each with a kinship."""
    companions: Iterable[Visitor] = values.pop("companions", ())
    kind, minutes = values.get("kind", "family_visit"), values.pop("minutes", 30)
    given = {
        "kind": kind,
        "prison_id": inmate.prison_id,
        "inmate_id": inmate.id,
        "terminal_id": terminal.id,
        "account_id": family.account.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "turnaround": 10,
        "state": "confirmed",
        "terms": frozen(lambda key: DEFAULTS[key].value, kind, minutes, "test"),
        "notice_accepted_at": MADE_AT,
        "created_at": MADE_AT,
        "decided_at": MADE_AT,
    }
    booking: Booking = _add(session, Booking(**given | values))
    for place, visitor in enumerate([family.visitor, *companions]):
        known = session.scalar(select(Kinship).where(Kinship.visitor_id == visitor.id, Kinship.inmate_id == inmate.id))
        kinship = known or make_kinship(session, visitor, inmate)
        _add(session, BookingVisitor(booking_id=booking.id, visitor_id=visitor.id, kinship_id=kinship.id, place=place))
        for tick in Interval(booking.starts_at, booking.ends_at).ticks():
            session.add(Claim(resource=f"visitor:{visitor.id}", tick=tick, booking_id=booking.id))
    for tick in Interval(booking.starts_at, booking.ends_at).ticks():
        session.add(Claim(resource=f"inmate:{inmate.id}", tick=tick, booking_id=booking.id))
    for tick in Interval(booking.starts_at, booking.ends_at + timedelta(minutes=booking.turnaround)).ticks():
        session.add(Claim(resource=f"terminal:{terminal.id}", tick=tick, booking_id=booking.id))
    session.flush()
    session.refresh(booking)
    return booking


def make_broker(session: Session, now: datetime, **values: Any) -> Broker:
    """A broker that has just answered; nobody listens there."""
    given = {"id": "broker-1", "boot": "boot1", "control_url": "http://127.0.0.1:9", "outside_url": "ws://127.0.0.1:9", "inside_url": "ws://127.0.0.1:9"}
    return _add(session, Broker(**given | {"beat_at": now, "skew_ms": 0, "sessions": 0, "draining": False, "cursor": 0} | values))


@dataclass(frozen=True)
class LiveVisit:
    """A visit that can be checked in now, and everybody it needs."""

    prison: Prison
    inmate: Inmate
    family: Family
    terminal: Terminal
    officer: Account
    booking: Booking


def make_live_visit(session: Session, now: datetime, **values: Any) -> LiveVisit:
    """A confirmed visit that begins in ten minutes, with a paired terminal and an officer; `values` are make_booking's. No broker."""
    prison = make_prison(session)
    inmate = make_inmate(session, make_ward(session, prison))
    family, terminal, officer = make_family(session), make_terminal(session, prison), make_staff(session, prison=prison)
    make_kinship(session, family.visitor, inmate)
    _add(session, Device(terminal_id=terminal.id, key_digest=secret_token(), paired_at=now, paired_by=officer.id, seen_at=now))
    starts_at = values.pop("starts_at", now + timedelta(minutes=10))
    companions = [make_companion(session, family) for _ in range(values.pop("children", 0))]
    booking = make_booking(session, family, inmate, terminal, starts_at, companions=companions, **values)
    return LiveVisit(prison, inmate, family, terminal, officer, booking)


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row

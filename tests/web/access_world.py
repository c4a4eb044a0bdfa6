"""Two prisons full of people and things in every state, and everybody who might knock: the ground on which doors are tried.

What stands in prison A carries marks (`Side.marks`: names, numbers, notes that occur nowhere else), so that an answer that should not tell anything
can be searched for them. `Ground.restore()` puts the database back as it was built.
"""

import base64
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from hashlib import sha1
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

import wsgi
from consult.directory.models import Institution
from consult.disclosure.models import Article, ArticleVersion
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat, HelpSeries, HelpSwap
from consult.lawyers.models import Firm, LawyerAway
from consult.mediation.models import MediationCase
from consult.notes import boxes
from consult.notes.models import AdviceDocument, AdvicePaper, FollowUp
from consult.questionnaires.models import Questionnaire, QuestionnaireAnswer, QuestionnaireReply, QuestionnaireVersion
from consult.questions.models import Question
from consult.referrals.models import Referral, ReferralInstitution, ReferralLink
from consult.requests.models import FamilyPaper, HelpRequest, RequestSlip
from tests.conftest import NOON, House, move_in, move_out
from tests.factories import (
    Family,
    make_booking,
    make_broker,
    make_clerk,
    make_companion,
    make_family,
    make_inmate,
    make_kinship,
    make_lawyer,
    make_prison,
    make_proof,
    make_sign_in,
    make_staff,
    make_terminal,
    make_ward,
    resident_id,
)
from tests.scenes import MONDAY, make_template
from tests.settings import FAMILY_ORIGIN, PRISON_ORIGIN, SECRETS, settings_for
from visitation.accounts.models import Account, Device, MobileChange, SignIn
from visitation.bookings.arranging import Arrangement, arrange_all
from visitation.bookings.models import Appointment, Booking, BookingFlag, BookingImport, Offer, OfferPlace, Wish
from visitation.calendars.models import CalendarFeed
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import digest as digest_of
from visitation.kernel.ids import reference, secret_token
from visitation.kernel.interval import at_local
from visitation.live.models import EquipmentDue
from visitation.movements.models import MovementPrint
from visitation.notices.service import tell
from visitation.people.models import ImportRun, Inmate, Kinship, NonAssociation, Objection, Prison, Suspension, Ward
from visitation.policies.models import PolicyRow
from visitation.policies.rules import DEFAULTS
from visitation.signalling.sealing import SealedHeader, Sealer, digest
from visitation.supervision import closing, recordings
from visitation.supervision.models import EmergencyReview, LiveSession, Segment, SessionEvent
from visitation.supervision.models_recordings import RecordingRequest, Relistening
from visitation.supervision.service import open_session
from visitation.timetable.models import CalendarDay, Closure, Duty
from visitation.uploads import service as uploads
from visitation.uploads.models import Upload

ORIGINS = {"family": FAMILY_ORIGIN, "prison": PRISON_ORIGIN}
OF_A_PRISON = (Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.AUDITOR)
LATER = date(2027, 3, 1)
"""A day so far ahead that what begins then hinders nothing today."""
LATE = NOON + timedelta(days=90)
CSRF_RAW = sha1(b"the same for everybody").hexdigest()
MISSING = {"ref": "ZZZZZZZZ", "uid": "x" * 43, "code": "NOPE", "key": "no_such_rule", "kind": "visitor", "which": "face", "purpose": "nothing"}


@dataclass
class Side:
    """One prison. `args`: endpoint -> arguments of its address, for the things of this prison. `marks`: what nobody else may read."""

    prison: Prison
    args: dict[str, dict[str, Any]] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    ward_marks: list[str] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """Somebody at a door. `roles`: what the gate finds; empty: nobody, or not in yet. `side`: A, B, or "" for who belongs to no prison.

    `place`: owner, relative or other for families; other_ward for a ward officer of another ward. `assisted`: a clerk acts for them.
    """

    label: str
    zone: str
    cookie: str
    roles: frozenset[Role] = frozenset()
    side: str = ""
    place: str = ""
    assisted: bool = False

    @property
    def is_in(self) -> bool:
        return bool(self.roles)


@cache
def picture() -> bytes:
    out = BytesIO()
    Image.effect_noise((480, 600), 30).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@cache
def film() -> bytes:
    """A second of WebM, as a broker writes it."""
    out = BytesIO()
    with av.open(out, "w", format="webm", options={"live": "1"}) as made:
        stream = made.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 64, 48, "yuv420p", Fraction(1, 10)
        for number in range(10):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 20]) * plane.buffer_size)
            frame.pts = number
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


def upload(session: Session, owner: Account | None, purpose: str, attached: bool = True, key: str = "") -> Upload:
    row = uploads.stage(session, key, owner.id if owner else None, purpose, f"{purpose}.jpg", picture(), NOON)
    row.attached_at = NOON if attached else None
    session.flush()
    return row


def device_key(prison: Prison) -> str:
    return f"device-of-{prison.code}"


class Builder:
    """Furnishes one prison. Each step adds rows and remembers the addresses that lead to them."""

    def __init__(self, session: Session, tag: str, folder: Path) -> None:
        self.session, self.tag, self.folder = session, tag, folder
        number = {"甲": 1, "乙": 2}[tag]
        self.prison = make_prison(session, code=f"SIDE{number}", name=f"试验第{number}监狱", phone=f"0991-555010{number}")
        self.side = Side(self.prison)
        self.numbers = iter(f"659{number}{serial:04d}" for serial in range(7100, 7200))

    def build(self) -> Side:
        self.people()
        self.staff()
        self.kinships()
        self.visits()
        self.cases()
        self.help_plan()
        self.recording()
        self.measures()
        self.timetable()
        self.sessions()
        self.papers()
        self.advice()
        self.roster()
        self.addresses()
        return self.side

    def mark(self, text: str) -> str:
        self.side.marks.append(text)
        return text

    def inmate(self, ward: Ward, name: str) -> Inmate:
        note = self.mark(f"密注{name}")
        return make_inmate(self.session, ward, name=self.mark(name), number=self.mark(next(self.numbers)), staff_note=note, level_code="lenient")

    def family(self, name: str) -> Family:
        number = self.mark(resident_id())
        made = make_family(self.session, name=self.mark(name), document_number=number)
        self.mark((made.account.mobile or "").removeprefix("+86"))
        made.visitor.photo_id = upload(self.session, made.account, "face").id
        made.visitor.document_photo_id = upload(self.session, made.account, "document").id
        return made

    def people(self) -> None:
        self.ward, self.other_ward = make_ward(self.session, self.prison), make_ward(self.session, self.prison)
        self.held = self.inmate(self.ward, f"阚彤{self.tag}")
        self.side.ward_marks = [self.held.name, self.held.number, f"密注{self.held.name}"]
        self.other = self.inmate(self.other_ward, f"阚霁{self.tag}")
        self.pair = self.add(NonAssociation(inmate_id=self.held.id, other_id=self.other.id, note=self.mark(f"分押缘由{self.tag}")))
        self.owner, self.relative = self.family(f"邝彤{self.tag}"), self.family(f"邝霁{self.tag}")
        self.child = make_companion(self.session, self.owner, name=self.mark(f"邝芸{self.tag}"))
        self.mark(self.child.document_number or "")

    def staff(self) -> None:
        wards = {Role.WARD_OFFICER: [self.ward]}
        for role in OF_A_PRISON:
            self.side.accounts[role] = make_staff(self.session, [role], self.prison, wards=wards.get(role, []))
        self.side.accounts["other_ward"] = make_staff(self.session, [Role.WARD_OFFICER], self.prison, wards=[self.other_ward])
        self.side.accounts["subject"] = make_staff(self.session, [Role.OFFICER], self.prison)
        self.side.accounts |= {"owner": self.owner.account, "relative": self.relative.account}
        self.side.people = {"owner": self.owner.visitor, "relative": self.relative.visitor, "other": self.other}

    def kinships(self) -> None:
        for person in (self.owner.visitor, self.relative.visitor, self.child):
            make_kinship(self.session, person, self.held)
        self.claim = make_kinship(self.session, self.child, self.held, approved=False, staff_note=self.mark(f"办案备注{self.tag}"))
        self.proof = upload(self.session, self.owner.account, "proof")
        make_proof(self.session, self.claim, self.proof)
        refused = {"state": "refused", "reason_code": "KINSHIP_PROOF_UNCLEAR", "reason_text": self.mark(f"材料不清{self.tag}")}
        decided = {"decided_by": self.side.accounts["subject"].id, "decided_at": NOON}
        self.refused = make_kinship(self.session, self.owner.visitor, self.other, approved=False, **refused, **decided)

    def visit(self, starts_at: datetime, **values: Any) -> Booking:
        party = [self.relative.visitor, self.child]
        return make_booking(self.session, self.owner, self.held, self.terminal, starts_at, companions=party, **values)

    def visits(self) -> None:
        self.terminal = make_terminal(self.session, self.prison)
        self.spare = make_terminal(self.session, self.prison)
        morning = at_local(MONDAY, time(9))
        self.wanted = self.visit(morning, state="requested", due_at=NOON + timedelta(days=1), lapses_at=NOON + timedelta(days=2), decided_at=None)
        self.confirmed = self.visit(morning + timedelta(minutes=40))
        self.kept = self.visit(morning + timedelta(minutes=80), state="held", hold_expires_at=NOON + timedelta(minutes=10), notice_accepted_at=None)
        told = {"reason_code": "REASON_OTHER", "reason_text": self.mark(f"未予批准{self.tag}"), "decided_by": self.side.accounts["subject"].id}
        self.no = self.visit(morning + timedelta(minutes=120), state="refused", **told)
        self.today = self.visit(NOON + timedelta(minutes=10))
        self.flag = self.add(BookingFlag(booking_id=self.confirmed.id, code="CLOSURE", source="closure:0", raised_at=NOON))
        if self.tag == "甲":
            make_broker(self.session, NOON)
        open_session(self.session, self.today, NOON)
        window = {"ahead": 1440, "starts_at": self.today.starts_at, "opens_at": NOON - timedelta(days=1), "closes_at": NOON - timedelta(minutes=20)}
        self.due = self.add(EquipmentDue(booking_id=self.today.id, state="missed", **window))
        printed = {"prison_id": self.prison.id, "ward_id": self.ward.id, "scope": f"ward:{self.ward.id}", "day": NOON.date(), "number": 1, "lines": []}
        self.printed = self.add(MovementPrint(**printed, at=NOON, by=self.side.accounts["subject"].id))

    def cases(self) -> None:
        """Places that are offered, a wish on the waiting list, an appointment, an import of bookings."""
        noon = at_local(MONDAY, time(13))
        kept = {"state": "offered", "hold_expires_at": NOON + timedelta(hours=2), "notice_accepted_at": None}
        places = [self.visit(noon + timedelta(minutes=40 * number), **kept) for number in range(2)]
        asked = {"inmate_id": self.held.id, "kinship_id": places[0].party[0].kinship_id, "kind": "family_visit", "weekdays": "01234", "parts": "morning"}
        days = {"first_day": LATER, "last_day": LATER, "created_at": NOON}
        self.wish = self.add(Wish(prison_id=self.prison.id, account_id=self.owner.account.id, **asked, **days))
        given = {"account_id": self.owner.account.id, "created_at": NOON, "expires_at": NOON + timedelta(hours=2)}
        about = {"booking_id": self.confirmed.id, "reason_text": self.mark(f"改期缘由{self.tag}")}
        self.offer = self.add(Offer(kind="move", places=[OfferPlace(booking_id=places[0].id)], **about, **given))
        self.again = self.add(Offer(kind="rebook", places=[OfferPlace(booking_id=places[1].id)], booking_id=self.confirmed.id, **given))
        span = {"starts_at": at_local(LATER, time(9)), "ends_at": at_local(LATER, time(10))}
        self.appointment = self.add(
            Appointment(
                prison_id=self.prison.id,
                inmate_id=self.held.id,
                kind="court",
                entered_by=self.side.accounts["subject"].id,
                entered_at=NOON,
                note=self.mark(f"出庭事由{self.tag}"),
                **span,
            )
        )
        problem = {"row": 2, "code": "IMPORT_NO_INMATE", "facts": {}, "text": self.mark(f"错行{self.tag}")}
        run = {"file_name": "bookings.csv", "sha256": "0" * 64, "at": NOON, "state": "done", "total": 1, "done": 1, "failed": 1, "report": [problem]}
        by = self.side.accounts[Role.ADMINISTRATOR].id
        self.brought = self.add(BookingImport(prison_id=self.prison.id, account_id=by, **run))

    def help_plan(self) -> None:
        """A legal-help day that is planned, with one request on it."""
        by, starts = self.side.accounts[Role.LEGAL_OFFICE].id, at_local(LATER, time(14))
        made = {"prison_id": self.prison.id, "minutes": 20, "lawyers": 1, "terminals": [self.terminal.id, self.spare.id], "changed_at": NOON}
        rule = {"rrule": "FREQ=WEEKLY;BYDAY=MO", "starts_on": LATER, "opens": time(14), "closes": time(16)}
        series = self.add(HelpSeries(**rule, **made, created_at=NOON, created_by=by))
        ends = starts + timedelta(hours=2)
        self.plan_day = self.add(HelpDay(series_id=series.id, planned_on=LATER, starts_at=starts, ends_at=ends, state="proposed", **made))
        wants = {"prison_id": self.prison.id, "ward_id": self.ward.id, "inmate_id": self.held.id, "consent_at": NOON, "entered_by": by, "entered_at": NOON}
        wish = self.add(
            HelpRequest(
                matter="labour", summary=self.mark(f"求助事由{self.tag}"), parties=self.mark(f"当事人{self.tag}"), state="waiting", path="helpday", **wants
            )
        )
        self.plan_seat = self.add(HelpSeat(day_id=self.plan_day.id, request_id=wish.id, state="carried", reason="NO_PLACE"))

    def recording(self) -> None:
        past = self.visit(NOON - timedelta(days=1), state="confirmed")
        live = open_session(self.session, past, past.starts_at)
        live.officer_note = self.mark(f"监听记录{self.tag}")
        closing.close(self.session, live, "completed", "TIME_UP", past.ends_at, NOON)
        self.add(SessionEvent(uid=secret_token(), session_id=live.id, broker_id="broker-1", number=1, at=past.starts_at, type="warned", data={"text": "提醒"}))
        self.past, self.segment = past, self.sealed(live)
        cut = {"ended_by": self.side.accounts["subject"].id, "reason": self.mark(f"突发缘由{self.tag}"), "ended_at": past.ends_at}
        self.add(EmergencyReview(session_id=live.id, prison_id=self.prison.id, due_at=NOON, **cut))
        asked = {"kind": "export", "reason": self.mark(f"调取缘由{self.tag}"), "recipient": self.mark(f"调取单位{self.tag}")}
        by = {"asked_by": self.side.accounts["subject"].id, "asked_at": NOON, "lapses_at": NOON + timedelta(days=3)}
        self.request = self.add(RecordingRequest(ref=reference(), session_id=live.id, **asked, **by))
        duty = {"number": 0, "share": 1.0, "sampled": True, "reasons": ["sample"], "looked_at": NOON, "due_at": NOON + timedelta(days=3)}
        self.add(Relistening(session_id=live.id, assigned_to=self.side.accounts[Role.OFFICER].id, **duty))

    def sealed(self, live: LiveSession) -> Segment:
        private = X25519PrivateKey.from_private_bytes(base64.b64decode(SECRETS["recording_private_key"]))
        sealer = Sealer(base64.b64encode(private.public_key().public_bytes_raw()).decode(), SealedHeader("r", "outside1", 1, 0))
        path = recordings.stored_path(self.folder, live.sid, "outside1-1.webm.sealed")
        path.parent.mkdir(parents=True)
        path.write_bytes(sealer.prefix + sealer.seal(film()) + sealer.seal(b"", final=True))
        with path.open("rb") as stored:
            values = {"sha256": digest(stored), "bytes": path.stat().st_size, "file": path.name, "broker_id": "broker-1"}
        kept = {"state": "stored", "fetched_at": NOON, "keep_until": LATER}
        return self.add(Segment(session_id=live.id, leg="outside1", number=1, seconds=1.0, starts_at=NOON - timedelta(days=1), **values, **kept))

    def measures(self) -> None:
        decided = {"decided_by": self.side.accounts["subject"].id, "decided_at": NOON, "prison_id": self.prison.id, "starts_on": LATER}
        note = self.mark(f"处分情况{self.tag}")
        self.suspended = self.add(Suspension(visitor_id=self.owner.visitor.id, code="misconduct", note=note, ends_on=LATER + timedelta(days=30), **decided))
        self.add(Suspension(inmate_id=self.held.id, code="confinement", note=note, ends_on=LATER + timedelta(days=7), **decided))
        self.objection = self.add(
            Objection(
                prison_id=self.prison.id,
                account_id=self.owner.account.id,
                subject_type="kinship",
                subject_id=self.refused.id,
                text=self.mark(f"申诉理由{self.tag}"),
                created_at=NOON,
                due_at=NOON + timedelta(days=5),
                refused_by=self.side.accounts["subject"].id,
            )
        )

    def timetable(self) -> None:
        chief = self.side.accounts[Role.DUTY_CHIEF]
        self.template = make_template(self.session, self.prison, [self.terminal, self.spare])
        shut = at_local(LATER, time(9)), at_local(LATER, time(12))
        made = {"created_by": chief.id, "created_at": NOON}
        self.closure = self.add(Closure(prison_id=self.prison.id, starts_at=shut[0], ends_at=shut[1], reason=self.mark(f"检修{self.tag}"), **made))
        self.day = self.add(CalendarDay(day=LATER, prison_id=self.prison.id, working=False, note=self.mark(f"调休{self.tag}")))
        officer = self.side.accounts[Role.OFFICER]
        self.duty = self.add(Duty(prison_id=self.prison.id, account_id=officer.id, starts_at=shut[0], ends_at=shut[1], lanes=2))
        rule = {"key": "max_visitors", "value": 2, "basis": self.mark(f"依据文件{self.tag}"), "created_at": NOON, "created_by": chief.id}
        self.rule = self.add(PolicyRow(prison_id=self.prison.id, effective_from=LATER, **rule))
        self.firm = self.add(Firm(name=f"律所{self.tag}", created_at=NOON))
        self.lawyer = make_lawyer(self.session, self.firm)
        self.side.accounts["lawyer"] = self.lawyer.account
        self.away = self.add(LawyerAway(lawyer_id=self.lawyer.id, starts_on=LATER, ends_on=LATER))
        question = {"prison_id": self.prison.id, "entered_by": chief.id, "matter": "labour", "text": self.mark(f"讨薪{self.tag}"), "received_at": NOON}
        question |= {"acknowledge_by": LATE, "due_at": LATE, "level_due_at": LATE, "firm_id": self.firm.id, "title": self.mark(f"工资{self.tag}")}
        self.asked = self.add(Question(inmate_id=self.held.id, state="routed", **question))
        self.answered = self.add(Question(inmate_id=self.held.id, state="delivered", delivered_at=NOON, closed_at=NOON, answer="1", **question))
        self.own_question = self.add(Question(account_id=self.side.accounts["owner"].id, **question))
        conflict = {"prison_id": self.prison.id, "inmate_id": self.held.id, "other_name": self.mark(f"赵前妻{self.tag}"), "other_relation": "spouse"}
        conflict |= {"cause": "divorce", "summary": self.mark(f"离婚争执{self.tag}"), "opened_at": NOON, "opened_by": chief.id, "next_at": LATE}
        self.conflict = self.add(MediationCase(**conflict))
        self.settled_conflict = self.add(MediationCase(**conflict, state="agreed", agreement=f"和好{self.tag}", follow_up_on=LATE.date()))
        wish = {"prison_id": self.prison.id, "ward_id": self.ward.id, "inmate_id": self.held.id, "matter": "labour", "consent_at": NOON, "entered_at": NOON}
        self.help = self.add(
            HelpRequest(entered_by=chief.id, due_at=LATE, summary=self.mark(f"求助{self.tag}"), parties=self.mark(f"包工头{self.tag}"), **wish)
        )
        mine = self.session.scalars(select(Kinship).where(Kinship.visitor_id == self.owner.visitor.id, Kinship.inmate_id == self.held.id)).one()
        part = {"family_part": "paper", "family_words": self.mark(f"户口簿{self.tag}"), "family_consent_at": NOON, "kinship_id": mine.id}
        self.paper_asked = self.add(HelpRequest(entered_by=chief.id, summary="1", parties="1", state="waiting", path="helpday", **part, **wish))
        self.slip = self.add(RequestSlip(request_id=self.help.id, number=1, step="received", at=NOON))
        self.article = self.add(Article(prison_id=self.prison.id, kind="guide", audience="relatives", published_at=NOON))
        text = {"number": 1, "title": f"指南{self.tag}", "body": "1", "at": NOON, "by": chief.id}
        self.article.published = self.add(ArticleVersion(article_id=self.article.id, **text))
        self.session.flush()
        self.inside = self.add(Article(prison_id=self.prison.id, kind="guide", audience="inmates", topic="rights", published_at=NOON))
        self.inside.published = self.add(ArticleVersion(article_id=self.inside.id, **text | {"title": self.mark(f"须知{self.tag}")}))
        self.survey, self.public_survey = (self.questionnaire(audience, chief.id) for audience in ("inmates", "public"))
        spot = {"kind": "notary", "place_code": "441900", "address": "1", "latitude": 23.02, "longitude": 113.75, "phone": "12348"}
        self.institution = self.add(Institution(name=f"公证处{self.tag}", checked_on=LATER, updated_at=NOON, **spot))

    def questionnaire(self, audience: str, by: int) -> Questionnaire:
        """Published for an audience, with one question that five have answered."""
        row = self.add(Questionnaire(prison_id=self.prison.id, audience=audience, opens_on=NOON.date(), closes_on=NOON.date() + timedelta(days=9)))
        items = [{"kind": "scale", "text": self.mark(f"问卷{audience}{self.tag}") if audience == "inmates" else "?", "options": [], "required": True}]
        asked = {"number": 1, "title": f"问卷{self.tag}", "items": items, "at": NOON, "by": by, "published_at": NOON, "invited": 99}
        row.published = self.add(QuestionnaireVersion(questionnaire_id=row.id, **asked))
        for _one in range(5):
            reply = self.add(QuestionnaireReply(version_id=row.published.id, channel="ward", day=NOON.date()))
            self.add(QuestionnaireAnswer(reply_uid=reply.uid, item=0, choice=4))
        return row

    def roster(self) -> None:
        """Two lawyers on duty who have asked each other to take over."""
        mine = self.session.scalars(select(HelpDuty).where(HelpDuty.lawyer_id == self.lawyer.id)).one()
        colleague = make_lawyer(self.session, self.firm)
        answered = {"state": "agreed", "asked_at": NOON, "answered_at": NOON, "changed_at": NOON}
        theirs = self.add(HelpDuty(day_id=self.plan_day.id, lawyer_id=colleague.id, place=2, **answered))
        self.roster_duty = mine
        self.swap_of_mine = self.add(HelpSwap(duty_id=mine.id, to_lawyer_id=colleague.id, at=NOON))
        self.swap_to_answer = self.add(HelpSwap(duty_id=theirs.id, to_lawyer_id=self.lawyer.id, at=NOON))

    def advice(self) -> None:
        """A case that the lawyer has advised in, with everything that came of it."""
        duty = self.add(HelpDuty(day_id=self.plan_day.id, lawyer_id=self.lawyer.id, place=1, state="agreed", asked_at=NOON, changed_at=NOON))
        wish = {"prison_id": self.prison.id, "ward_id": self.ward.id, "inmate_id": self.held.id, "consent_at": NOON, "entered_at": NOON, "closed_at": NOON}
        wish |= {"entered_by": self.side.accounts["subject"].id, "concerned_relation": "parent", "concerned_place": "441900", "path": "helpday"}
        self.case = self.add(HelpRequest(matter="labour", summary="1", parties="1", state="advised", **wish))
        seat = {"starts_at": self.plan_day.starts_at, "ends_at": self.plan_day.starts_at + timedelta(minutes=20), "terminal_id": self.terminal.id}
        self.case_seat = self.add(HelpSeat(day_id=self.plan_day.id, request_id=self.case.id, duty_id=duty.id, state="advised", left_at=NOON, **seat))
        self.talking = self.add(HelpRequest(matter="labour", summary="1", parties="1", state="seated", **{**wish, "closed_at": None}))
        self.live_seat = self.add(HelpSeat(day_id=self.plan_day.id, request_id=self.talking.id, duty_id=duty.id, state="live", live_at=NOON, **seat))
        mine = {"request_id": self.case.id, "lawyer_id": self.lawyer.id, "at": NOON}
        self.advice_paper = self.add(AdvicePaper(text=f"意见{self.tag}", **mine))
        self.advice_file = self.add(AdviceDocument(upload_id=upload(self.session, self.lawyer.account, "proof").id, title=self.mark(f"文书{self.tag}"), **mine))
        sent = uploads.stage(self.session, "", self.side.accounts["subject"].id, "proof", "hetong.jpg", picture(), NOON)
        sent.attached_at = NOON
        self.family_paper = self.add(FamilyPaper(request_id=self.case.id, upload_id=sent.id, account_id=self.side.accounts["subject"].id, at=NOON))
        box = boxes.sealed("回访", "follow_up:u" + self.tag)
        self.follow_up = self.add(FollowUp(uid="u" + self.tag, due_on=LATER, box=box, **mine))
        self.referral = self.add(Referral(matter="labour", place="441900", links_sent=1, mobile="+8613800000009", **mine))
        self.add(ReferralInstitution(referral_id=self.referral.id, institution_id=self.institution.id, number=1, km=1.0))
        self.add(ReferralLink(token_digest=digest_of(f"link-{self.tag}"), referral_id=self.referral.id, sent_at=NOON, expires_at=LATE))

    def sessions(self) -> None:
        """A legal consultation and a mediation of today, arranged by staff: the one without anybody in its party."""
        asker = make_inmate(self.session, self.ward, level_code="lenient")
        who = Identity(self.side.accounts[Role.LEGAL_OFFICE].id, frozenset({Role.LEGAL_OFFICE}), "legal", Zone.PRISON, prison_id=self.prison.id)
        begins, given = NOON + timedelta(minutes=15), {"prison_id": self.prison.id, "inmate_id": asker.id, "terminal_id": self.spare.id}
        consult = {"account_id": self.lawyer.account_id, "lawyer": self.lawyer.id, "starts_at": begins, "ends_at": begins + timedelta(minutes=20)}
        begins += timedelta(minutes=60)
        kin = [make_kinship(self.session, person, asker).id for person in (self.owner.visitor, self.relative.visitor)]
        talk = {"account_id": self.owner.account.id, "visitors": tuple(kin), "starts_at": begins, "ends_at": begins + timedelta(minutes=30)}
        begins += timedelta(minutes=60)
        defence = consult | {"starts_at": begins, "ends_at": begins + timedelta(minutes=60)}
        kinds = dict.fromkeys(DEFAULTS["remote"].value, True)
        self.add(PolicyRow(prison_id=self.prison.id, key="remote", value=kinds, basis="b", effective_from=NOON.date(), created_at=NOON))
        wanted = [Arrangement("legal_consult", **given, **consult), Arrangement("mediation_session", **given, **talk)]
        wanted.append(Arrangement("lawyer_meeting", **given, **defence))
        self.consult, self.talk, self.defence = arrange_all(self.session, who, wanted, NOON)
        asked = {"prison_id": self.prison.id, "ward_id": self.ward.id, "inmate_id": asker.id, "matter": "criminal", "consent_at": NOON, "due_at": LATE}
        asked |= {"entered_by": who.account_id, "entered_at": NOON, "state": "to_pass", "path": "defence"}
        self.defended = self.add(HelpRequest(**asked))
        self.add(BookingFlag(booking_id=self.consult.id, code="CAPACITY", source="capacity:0", raised_at=NOON))
        open_session(self.session, self.consult, NOON)

    def papers(self) -> None:
        admin = self.side.accounts[Role.ADMINISTRATOR]
        problem = {"row": 2, "column": "number", "code": "ROW_NUMBER_SHAPE", "value": self.mark(f"错号{self.tag}"), "facts": {}}
        counts = {"added": 0, "changed": 0, "unchanged": 0, "failed": 1, "report": [problem]}
        self.run = self.add(ImportRun(prison_id=self.prison.id, account_id=admin.id, file_name="inmates.csv", sha256="0" * 64, at=NOON, **counts))
        self.lost = MobileChange(mobile="+8613900000000", state="submitted", created_at=NOON, prison_id=self.prison.id, visitor_id=self.relative.visitor.id)
        self.lost.name, self.lost.document_kind, self.lost.document_number = self.relative.visitor.name, "resident_id", self.relative.visitor.document_number
        self.lost.face_id, self.lost.document_id = (upload(self.session, None, purpose, key="k").id for purpose in ("face", "document"))
        self.add(self.lost)
        key = digest_of(device_key(self.prison))
        self.device = self.add(Device(terminal_id=self.terminal.id, key_digest=key, paired_at=NOON, paired_by=admin.id, seen_at=NOON))
        self.notice = tell(self.session, self.owner.account.id, "kinship_received", {"ref": self.claim.ref}, NOON, "/relatives")
        self.staged = upload(self.session, self.owner.account, "proof", attached=False)
        self.session.flush()

    def addresses(self) -> None:
        visits = {"show": self.confirmed, "calendar": self.confirmed, "cancel": self.confirmed, "confirm": self.kept, "release": self.kept}
        args: dict[str, dict[str, Any]] = {f"family:bookings.{name}": {"ref": row.ref} for name, row in visits.items()}
        args |= {f"changes.{name}": {"ref": self.confirmed.ref} for name in ("time", "to", "party")}
        args |= {f"offers.{name}": {"ref": self.offer.ref} for name in ("show", "answer")} | {"offers.again": {"ref": self.again.ref}}
        args |= {f"offers.{name}": {"ref": self.confirmed.ref} for name in ("known", "rebook")} | {"waiting.leave": {"ref": self.wish.ref}}
        args |= {f"allowances.{name}": {"inmate_id": self.held.id} for name in ("show", "external", "correct")}
        args |= {"appointments.cancel": {"appointment_id": self.appointment.id}, "worklist.telephoned": {"ref": self.confirmed.ref}}
        args |= {f"booking_imports.{name}": {"run_id": self.brought.id} for name in ("show", "report")}
        args |= {f"prison:bookings.{name}": {"ref": self.wanted.ref} for name in ("show", "decide", "call_off")}
        args |= {"prison:bookings.give_back": {"ref": self.past.ref}, "prison:bookings.clear_flag": {"flag_id": self.flag.id}}
        args |= {f"live.{name}": {"ref": self.today.ref} for name in ("room", "test", "test_result", "test_token", "token")}
        args |= {"notices.open_notice": {"notice_id": self.notice.id}, "recovery.state": {"ref": self.lost.ref}}
        args |= {f"people.{name}": {"ref": self.claim.ref} for name in ("kinship", "withdraw")}
        args |= {"people.object_to_kinship": {"ref": self.refused.ref}, "people.object_to_suspension": {"ref": self.suspended.ref}}
        args |= {"people.object_to_visit": {"ref": self.no.ref}, "people.objection": {"ref": self.objection.ref}}
        args |= {"uploads.show": {"uid": self.staged.uid}, "uploads.remove": {"uid": self.staged.uid}, "uploads.step": {"purpose": "proof"}}
        args |= {"answers.answer": {"ref": self.claim.ref}, "kinship.file": {"ref": self.claim.ref, "uid": self.proof.uid}}
        args |= {f"kinship.{name}": {"ref": self.claim.ref} for name in ("show", "decide", "restriction")}
        args |= {"devices.show": {"terminal_id": self.terminal.id}, "terminals.edit": {"terminal_id": self.terminal.id}}
        args |= {"devices.revoke": {"terminal_id": self.terminal.id, "device_id": self.device.id}}
        args |= {"figures.chart": {"key": "help-days"}}
        args |= {f"imports.{name}": {"run_id": self.run.id} for name in ("show", "report")}
        args |= {f"inmates.{name}": {"inmate_id": self.held.id} for name in ("show", "edit", "keep_apart")}
        args |= {"merging.compare": {"kind": "inmate", "kept_id": self.held.id, "gone_id": self.other.id}}
        args |= {"inmates.end_apart": {"inmate_id": self.held.id, "pair_id": self.pair.id}, "suspensions.inmate": {"inmate_id": self.held.id}}
        args |= {f"mobile_changes.{name}": {"ref": self.lost.ref} for name in ("show", "approve", "refuse")}
        args |= {"mobile_changes.picture": {"ref": self.lost.ref, "which": "registered-face"}, "objections.show": {"ref": self.objection.ref}}
        args |= {f"places.{name}": {"code": self.prison.code} for name in ("prison", "add_ward")} | {"terminals.create": {"code": self.prison.code}}
        args |= {
            "places.ward": {"ward_id": self.ward.id},
            "places.remove_level": {"code": "strict"},
            "policies.add": {"key": "max_visitors"},
            "policies.show": {"key": "max_visitors"},
        }
        args |= {"policies.withdraw": {"row_id": self.rule.id}, "recordings.segment": {"ref": self.past.ref, "number": self.segment.id}}
        args |= {f"recordings.{name}": {"ref": self.past.ref} for name in ("show", "hold", "listening", "certificate", "certificate_paper")}
        args |= {f"recording_requests.{name}": {"request_ref": self.request.ref} for name in ("show", "decide", "withdraw", "fetch")}
        args |= {"recording_requests.ask": {"ref": self.past.ref, "kind": "deletion"}, "relistening.hand_over": {"ref": self.past.ref}}
        args |= {f"reviews.{name}": {"ref": self.past.ref} for name in ("show", "decide")}
        args |= {"seen.show": {"kind": "visitor", "row_id": self.owner.visitor.id}}
        args |= {f"staff.{name}": {"account_id": self.side.accounts["subject"].id} for name in ("edit", "close", "reset_password", "reset_second_factor")}
        names = ("attention", "check_in", "console", "extend", "finish", "not_held", "outcome", "state", "token")
        args |= {f"supervision.{name}": {"ref": self.today.ref} for name in names}
        args |= {f"wall.{name}": {"ref": self.today.ref} for name in ("accept", "offer", "withdraw")} | {"equipment.helped": {"due_id": self.due.id}}
        args |= {"supervision.decide": {"ref": self.today.ref, "visitor_id": self.owner.visitor.id}}
        args |= {"supervision.photo": {"ref": self.today.ref, "visitor_id": self.owner.visitor.id, "kind": "face"}}
        args |= {"meetings.call_off": {"ref": self.defence.ref}, "meetings.create": {"ref": self.defended.ref}}
        args |= {"supervision.decide_outside": {"ref": self.consult.ref}, "a mediation": {"ref": self.talk.ref}}
        args |= {f"suspensions.{name}": {"ref": self.suspended.ref} for name in ("show", "lift")} | {"suspensions.visitor": {"ref": self.claim.ref}}
        args |= {f"movements.{name}": {"ref": self.today.ref} for name in ("step", "undo", "answer", "undo_answer")}
        args |= {f"officers.{name}": {"account_id": self.side.accounts[Role.OFFICER].id} for name in ("out", "back")}
        args |= {"officers.assign": {"ref": self.today.ref}}
        for zone, account in (("family", self.owner.account), ("prison", self.side.accounts[Role.OFFICER])):
            self.add(CalendarFeed(account_id=account.id, zone=zone, token_digest=digest_of(f"feed-{zone}-{self.tag}"), created_at=NOON))
            args |= {f"{zone}:calendars.feed": {"token": f"feed-{zone}-{self.tag}"}}
        args |= {"movements.paper": {"print_id": self.printed.id}}
        args |= {"account.revoke": {"sign_in_id": self.sign_in(self.owner.account, "family")}}
        args |= {"own_account.end": {"sign_in_id": self.sign_in(self.side.accounts[Role.OFFICER], "prison")}}
        args |= {"timetable.end": {"template_id": self.template.id}, "timetable.lift": {"closure_id": self.closure.id}}
        args |= {"timetable.remove_day": {"row_id": self.day.id}, "timetable.remove_duty": {"duty_id": self.duty.id}}
        args |= {"timetable.change": {"template_id": self.template.id}, "timetable.change_duty": {"duty_id": self.duty.id}}
        args |= {"timetable.ward": {"ward_id": self.ward.id}, "timetable.serve": {"terminal_id": self.terminal.id}, "timetable.year_table": {"year": 2027}}
        args |= {f"lawyers.{name}": {"ref": self.firm.ref} for name in ("firm", "close")}
        args |= {f"lawyers.{name}": {"ref": self.lawyer.ref} for name in ("show", "renew_password")}
        args |= {"lawyer.back": {"away_id": self.away.id}}
        args |= {f"prison:questions.{name}": {"ref": self.asked.ref} for name in ("show", "slip", "withdraw")}
        args |= {"prison:questions.hand_over": {"ref": self.answered.ref}, "prison:questions.decide": {"ref": self.asked.ref, "act": "route"}}
        args |= {f"family:questions.{name}": {"ref": self.own_question.ref} for name in ("show", "withdraw")}
        args |= {f"lawyer_questions.{name}": {"ref": self.asked.ref} for name in ("case", "take", "extension")}
        args |= {f"mediation.{name}": {"ref": self.conflict.ref} for name in ("show", "follow_up", "withdraw")}
        args |= {"kiosk_reading.article": {"ref": self.inside.ref}, "kiosk_reading.topic": {"topic": "rights"}, "kiosk_surveys.show": {"ref": self.survey.ref}}
        args |= {f"mediation_video.{name}": {"ref": self.conflict.ref} for name in ("arrange", "call_off")}
        args |= {"mediation_video.agreement": {"ref": self.settled_conflict.ref}}
        args |= {f"disclosure.{name}": {"ref": self.article.ref} for name in ("show", "edit")} | {"inquiry.show": {"ref": self.article.ref}}
        survey = {"ref": self.survey.ref}
        args |= {f"questionnaires.{name}": survey for name in ("close", "edit", "enter", "publish", "results", "sheet", "show")}
        args |= {"questionnaires.bars": {**survey, "place": 0}, "surveys.show": {"ref": self.public_survey.ref}, "surveys.after": {"occasion": "visit"}}
        args |= {"disclosure.act": {"ref": self.article.ref, "act": "withdraw"}}
        args |= {f"help_requests.{name}": {"ref": self.help.ref} for name in ("show", "withdraw", "hold")}
        args |= {"help_requests.decide": {"ref": self.help.ref, "act": "triage"}, "help_asked.done": {"ref": self.help.ref}}
        args |= {"help_asked.papers": {"ref": self.paper_asked.ref}, "cases.from_family": {"ref": self.case.ref, "paper": self.family_paper.ref}}
        args |= {f"help_requests.{name}": {"slip_id": self.slip.id} for name in ("slip", "hand_over")}
        args |= {f"help_requests.{name}": {"inmate_id": self.held.id} for name in ("enter", "code")}
        args |= {"directory.drawn": {"place": "441900"}, "nearby.drawn": {"place": "441900"}}
        args |= {"directory.show": {"ref": self.institution.ref}, "directory.act": {"ref": self.institution.ref, "act": "confirm"}}
        args |= {f"help_plan.{name}": {"ref": self.plan_day.ref} for name in ("show", "ask", "propose", "publish", "take_back", "again", "fill")}
        args |= {"help_plan.seat": {"ref": self.plan_seat.ref}}
        args |= {f"helpdays.{name}": {"ref": self.plan_day.ref} for name in ("day", "ask", "move", "cancel", "restore")}
        args |= {f"helpdays.{name}": {"ref": self.roster_duty.ref} for name in ("substitute", "drop")}
        args |= {f"help_series.{name}": {"ref": self.plan_day.series.ref} for name in ("change", "end")}
        args |= {f"lawyer_days.{name}": {"ref": self.roster_duty.ref} for name in ("answer", "swap", "drop")}
        args |= {"lawyer_days.answer_swap": {"ref": self.swap_to_answer.ref}, "lawyer_days.withdraw": {"ref": self.swap_of_mine.ref}}
        args |= {f"cases.{name}": {"ref": self.case.ref} for name in ("show", "note", "take_over", "paper", "document", "follow_up", "again")}
        args |= {f"help_queue.{name}": {"ref": self.plan_day.ref} for name in ("show", "board")}
        args |= {"help_queue.act": {"ref": self.plan_day.ref, "seat_ref": self.case_seat.ref}}
        args |= {"help_queue.more": {"ref": self.plan_day.ref, "seat_ref": self.live_seat.ref}}
        args |= {"cases.done": {"ref": self.follow_up.ref}, "referrals.make": {"ref": self.case.ref}}
        args |= {"referrals.withdraw": {"ref": self.case.ref, "referral_ref": self.referral.ref}}
        args |= {f"referral.{name}": {"token": f"link-{self.tag}"} for name in ("show", "open_it", "again")}
        args |= {f"advice.{name}": {"ref": self.advice_paper.ref} for name in ("sheet", "handed")}
        args |= {f"advice.{name}": {"ref": self.advice_file.ref} for name in ("file", "decide")}
        self.side.args = args

    def sign_in(self, account: Account, zone: str) -> int:
        token = make_sign_in(self.session, account, zone, NOON)
        return self.session.scalars(select(SignIn.id).where(SignIn.token_digest == digest_of(token))).one()

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row


class Ground:
    """Both applications over the furnished database, everybody who may knock, and the way back to the beginning."""

    def __init__(self, house: House, database: Path) -> None:
        self.house = house
        self.folder = database.parent
        self.sides: dict[str, Side] = {}
        self.people: dict[str, list[Person]] = {"family": [], "prison": []}
        self.clients = {zone: getattr(house, zone).test_client(use_cookies=False) for zone in ORIGINS}
        self.bodies: dict[str, dict[str, Any]] = {}
        house.write(lambda session: self._furnish(session, database.parent))
        self._meet()
        self.line = sqlite3.connect(database, timeout=20)
        self.line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.pristine = sqlite3.connect(":memory:")
        self.line.backup(self.pristine)
        self.before = self.version()

    def app(self, zone: str) -> Flask:
        return getattr(self.house, zone)  # type: ignore[no-any-return]

    def _furnish(self, session: Session, folder: Path) -> None:
        self.sides = {"A": Builder(session, "甲", folder).build(), "B": Builder(session, "乙", folder).build()}
        above = {"bureau": [Role.BUREAU], "operator": [Role.OPERATOR], "auditor of all": [Role.AUDITOR], "administrator of all": [Role.ADMINISTRATOR]}
        self.above = {label: make_staff(session, roles) for label, roles in above.items()}
        self.clerk = make_clerk(session)
        self.new = make_staff(session, [Role.OFFICER], self.sides["A"].prison, totp_pending="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        self.bodies = {"kiosk.token": {"ref": self.sides["A"].args["supervision.token"]["ref"]}, "supervision.token": {"purpose": "check_in"}}

    def _meet(self) -> None:
        family, prison = self.people["family"], self.people["prison"]
        for zone, found in self.people.items():
            found.append(Person("anonymous", zone, self.cookie(zone)))
        for name in ("A", "B"):
            accounts = self.sides[name].accounts
            family += [self.member("family", accounts[place], side=name, place=place) for place in ("owner", "relative")]
            prison += [self.member("prison", accounts[role], side=name) for role in OF_A_PRISON]
            prison.append(self.terminal(name))
            family += [self.assisting(name), self.member("family", accounts["lawyer"], label=f"lawyer {name}")]
        prison.append(self.member("prison", self.sides["A"].accounts["other_ward"], side="A", place="other_ward"))
        prison += [self.member("prison", account, label=label) for label, account in self.above.items()]
        family.append(self.member("family", self.clerk, label="clerk", at_counter=self.sides["A"].people["owner"].id))
        chief, owner = self.sides["A"].accounts[Role.DUTY_CHIEF], self.sides["A"].accounts["owner"]
        family += [self.outside("family", self.clerk, "half signed in", second_factor_at=None), self.outside("family", owner, "signed out", revoked_at=NOON)]
        family.append(self.outside("family", chief, "staff with their own cookie", token_zone="prison"))
        prison += [self.outside("prison", chief, "half signed in", second_factor_at=None), self.outside("prison", chief, "signed out", revoked_at=NOON)]
        prison.append(self.outside("prison", owner, "family with their own cookie", token_zone="family"))
        prison.append(self.outside("prison", self.new, "enrolling", second_factor_at=None))

    def member(self, zone: str, account: Account, label: str = "", side: str = "", place: str = "", **kept: Any) -> Person:
        """Somebody who is wholly signed in."""
        roles = frozenset(Role(row.role) for row in account.roles)
        words = label or f"{place or '+'.join(sorted(roles))} {side}"
        return Person(words, zone, self.cookie(zone, self.token(account, zone), **kept), roles, side, place)

    def outside(self, zone: str, account: Account, label: str, token_zone: str = "", **values: Any) -> Person:
        """Somebody whose sign-in does not count here."""
        return Person(label, zone, self.cookie(zone, self.token(account, token_zone or zone, **values)))

    def assisting(self, side: str) -> Person:
        person = self.sides[side].people["owner"]
        token = self.token(self.clerk, "family", assisting_id=person.id)
        return Person(f"clerk assisting {side}", "family", self.cookie("family", token), frozenset({Role.CLERK, Role.FAMILY}), side, "owner", assisted=True)

    def terminal(self, side: str) -> Person:
        cookie = f"{self.cookie('prison')}; __Host-device={device_key(self.sides[side].prison)}"
        return Person(f"terminal {side}", "prison", cookie, frozenset({Role.TERMINAL}), side)

    def token(self, account: Account, zone: str, **values: Any) -> str:
        return self.house.write(lambda session: make_sign_in(session, account, zone, NOON, **values))  # type: ignore[no-any-return]

    def cookie(self, zone: str, token: str = "", **kept: Any) -> str:
        app = self.app(zone)
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        signed = {"_user_id": token, "_fresh": True} if token else {}
        return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'csrf_token': CSRF_RAW, **signed, **kept})}"

    def csrf(self, zone: str) -> str:
        return str(URLSafeTimedSerializer(self.app(zone).secret_key, salt="wtf-csrf-token").dumps(CSRF_RAW))

    def person(self, zone: str, label: str) -> Person:
        return next(one for one in self.people[zone] if one.label == label)

    def address(self, zone: str, endpoint: str, side: str = "A", missing: bool = False) -> str:
        """The address of a page of one prison's thing; or of one that does not exist."""
        app = self.app(zone)
        wanted = next(iter(app.url_map.iter_rules(endpoint))).arguments
        given = self.values(endpoint, zone, side)
        values = {name: MISSING.get(name, 987654) if missing else given[name] for name in wanted}
        with app.test_request_context(base_url=ORIGINS[zone]):
            return app.url_for(endpoint, **values, _external=False)

    def pattern(self, zone: str, endpoint: str) -> str:
        return next(iter(self.app(zone).url_map.iter_rules(endpoint))).rule

    def values(self, endpoint: str, zone: str, side: str = "A") -> dict[str, Any]:
        known = self.sides[side].args
        return known.get(f"{zone}:{endpoint}") or known.get(endpoint) or {}

    def keep(self) -> None:
        """What has been added since belongs to the beginning."""
        self.line.backup(self.pristine)
        self.before = self.version()

    def version(self) -> int:
        """Changes when anybody else has committed a change."""
        return int(self.line.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        return self.version() != self.before

    def restore(self) -> None:
        """Back to the beginning, where something has changed."""
        if self.changed():
            self.pristine.backup(self.line)
            self.before = self.version()


def open_ground(empty_database: Path, folder: Path) -> Iterator[Ground]:
    """A furnished house with the demo's page, of its own."""
    clock = FixedClock(NOON)
    family, prison = settings_for(f"sqlite:///{folder / 'test.sqlite3'}", folder, demo=True)
    house = House(wsgi.build_family(family, clock), wsgi.build_prison(prison, clock), clock)
    move_in(house, empty_database, folder)
    ground = Ground(house, folder / "test.sqlite3")
    yield ground
    ground.line.close()
    move_out(house)

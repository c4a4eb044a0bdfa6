"""People and places: prisons, wards, inmates, visitors, the kinship between them, and what suspends a visit."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference, secret_token
from visitation.store.db import Base
from visitation.store.sealed import Sealed


class Prison(Base):
    """A prison. `inmate_number_pattern` is a regular expression; `phone` is shown on every family page."""

    __tablename__ = "prison"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    province: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(30))
    address: Mapped[str] = mapped_column(String(200), default="")
    inmate_number_pattern: Mapped[str] = mapped_column(String(80), default=r"[0-9]{6,12}")
    uplink_sessions: Mapped[int] = mapped_column(default=20)
    closed_at: Mapped[datetime | None]


class Ward(Base):
    __tablename__ = "ward"
    __table_args__ = (UniqueConstraint("prison_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    prison: Mapped[Prison] = relationship()


class Level(Base):
    """A treatment level (分级处遇). The set of levels is data; the visits a month of each are a policy row."""

    __tablename__ = "level"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(40))
    rank: Mapped[int]


class Inmate(Base):
    """An inmate. `status`: held, court, hospital, confined, transferred, released, merged. Absence for court or hospital is not release.

    merged: this record was a second one of somebody. It stays as a signpost: `merged_into_id` is the one that everything went to.
    """

    __tablename__ = "inmate"
    __table_args__ = (UniqueConstraint("prison_id", "number"), Index("ix_inmate_ward", "ward_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    ward_id: Mapped[int] = mapped_column(ForeignKey("ward.id"))
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    birth_date: Mapped[date | None]
    level_code: Mapped[str] = mapped_column(ForeignKey("level.code"))
    status: Mapped[str] = mapped_column(String(20), default="held")
    language: Mapped[str] = mapped_column(String(20), default="zh")
    foreign: Mapped[bool] = mapped_column(default=False)
    staff_note: Mapped[str] = mapped_column(Text, default="", deferred=True)
    updated_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("inmate.id"), index=True)
    prison: Mapped[Prison] = relationship()
    ward: Mapped[Ward] = relationship()
    level: Mapped[Level] = relationship()


class NonAssociation(Base):
    """Two inmates who must not share waiting space on the same day. The lower id comes first."""

    __tablename__ = "non_association"
    __table_args__ = (UniqueConstraint("inmate_id", "other_id"), CheckConstraint("inmate_id < other_id", name="ordered"))

    id: Mapped[int] = mapped_column(primary_key=True)
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"))
    note: Mapped[str] = mapped_column(Text, default="", deferred=True)
    ended_at: Mapped[datetime | None]


class Visitor(Base):
    """A person outside who may visit. `manager_id` is the account that looks after a person without one of their own (a child, an old parent).

    document_kind: resident_id, hmt_permit, hm_travel, tw_travel, passport. photo_id is the face photo taken at registration.
    The number is unique within its kind. merged_into_id: this record was a second one of that person, and is a signpost now.
    """

    __tablename__ = "visitor"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True, default=secret_token)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    name: Mapped[str] = mapped_column(String(100))
    document_kind: Mapped[str] = mapped_column(String(20))
    document_number = Sealed(indexed=True, within="document_kind")
    document_number_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_number_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    birth_date: Mapped[date]
    mobile = Sealed(indexed=True)
    mobile_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_index: Mapped[str | None] = mapped_column(String(64), index=True)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"))
    document_photo_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", use_alter=True))
    language: Mapped[str] = mapped_column(String(20), default="zh")
    created_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("visitor.id"), index=True)

    def __init__(self, **values: Any) -> None:
        values.setdefault("uid", secret_token())  # the seals need it before the row is flushed
        super().__init__(uid=values.pop("uid"))
        for name, value in values.items():
            setattr(self, name, value)


class Kinship(Base):
    """A claim that a visitor is an inmate's relative, and what became of it.

    inmate_id stays empty when nobody here has that name and number: the claim looks the same to the family either way.
    state: submitted, approved, refused, withdrawn. inmate_answer: unasked, accepted, declined, withdrawn (never shown to the family).
    restriction: unchecked, none, restricted (victim, protection order, child).
    """

    __tablename__ = "kinship"
    __table_args__ = (Index("ix_kinship_desk", "prison_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitor.id"), index=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int | None] = mapped_column(ForeignKey("inmate.id"), index=True)
    inmate_name: Mapped[str] = mapped_column(String(100))
    inmate_number: Mapped[str] = mapped_column(String(40))
    relation: Mapped[str] = mapped_column(String(30))
    relation_note: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    inmate_answer: Mapped[str] = mapped_column(String(20), default="unasked")
    inmate_answer_at: Mapped[datetime | None]
    inmate_answer_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    restriction: Mapped[str] = mapped_column(String(20), default="unchecked")
    submitted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason_code: Mapped[str | None] = mapped_column(String(40))
    reason_text: Mapped[str] = mapped_column(Text, default="")
    staff_note: Mapped[str] = mapped_column(Text, default="", deferred=True)
    visitor: Mapped[Visitor] = relationship()
    prison: Mapped[Prison] = relationship()
    inmate: Mapped[Inmate | None] = relationship()
    proofs: Mapped[list["KinshipProof"]] = relationship(back_populates="kinship", cascade="all, delete-orphan")


class KinshipProof(Base):
    """A document that proves kinship. kind: household_book, marriage, birth, certificate, judgment, other."""

    __tablename__ = "kinship_proof"

    id: Mapped[int] = mapped_column(primary_key=True)
    kinship_id: Mapped[int] = mapped_column(ForeignKey("kinship.id"), index=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    kind: Mapped[str] = mapped_column(String(30))
    kinship: Mapped[Kinship] = relationship(back_populates="proofs")


class Suspension(Base):
    """Visits of an inmate or of a visitor stopped from `starts_on` to `ends_on` (both included; open end while None).

    A visitor's counts in the prison that set it, and in no other.
    """

    __tablename__ = "suspension"
    __table_args__ = (CheckConstraint("(inmate_id IS NULL) <> (visitor_id IS NULL)", name="one_target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int | None] = mapped_column(ForeignKey("inmate.id"), index=True)
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("visitor.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="", deferred=True)
    decided_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    prison: Mapped[Prison] = relationship()


class Objection(Base):
    """A family's objection (申诉) to a refusal or suspension; decided by another person, against a due time.

    subject_type: kinship, booking, suspension. state: open, upheld (the refusal stands), granted.
    """

    __tablename__ = "objection"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default="open")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    refused_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")


class ImportRun(Base):
    """A file of inmates read in: what it was, who brought it, and its report by row."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    account_id: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    failed: Mapped[int]
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class PersonMerge(Base):
    """Two records that are, or look like, one person. kind: inmate, visitor; kept_id and gone_id are ids of that kind.

    state: asked (a second person decides), done, refused, apart (they are two people: not shown as a likely pair again).
    differences: codes of what the second person had to look at. moved: what went along, `table.column` -> rows.
    """

    __tablename__ = "person_merge"
    __table_args__ = (Index("ix_person_merge_pair", "kind", "state", "kept_id", "gone_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    kept_id: Mapped[int]
    gone_id: Mapped[int]
    prison_id: Mapped[int | None] = mapped_column(ForeignKey("prison.id"))
    state: Mapped[str] = mapped_column(String(10))
    differences: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(String(400), default="")
    moved: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]

"""Files that people bring: checked, stored under generated names, sealed, in the database (the one store both zones reach)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from visitation.kernel.ids import secret_token
from visitation.store.db import Base


class Upload(Base):
    """purpose: face, document, proof, legal_paper, import. owner_id: the account that brought it; attached_at is empty while the file is only staged."""

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True, default=secret_token)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", use_alter=True))
    owner_key: Mapped[str] = mapped_column(String(64), default="")
    purpose: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(60))
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    attached_at: Mapped[datetime | None]


class UploadContent(Base):
    """The sealed bytes, in a table of their own so that lists do not read them."""

    __tablename__ = "upload_content"

    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)

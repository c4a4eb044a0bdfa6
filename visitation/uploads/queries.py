"""Reading files that people brought."""

from collections.abc import Iterable
from typing import Protocol

from flask import current_app
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from visitation.store.sealed import vault
from visitation.uploads.models import Upload, UploadContent
from visitation.uploads.rules import SEALED_ELSEWHERE, belongs_to

FIELD = "upload_content.box"


class Keeper(Protocol):
    """Seals and opens the content of one purpose (extension `upload_keepers`: purpose -> keeper), where this room's own key must not. uid: of the upload."""

    def seal(self, data: bytes, uid: str) -> bytes: ...

    def open(self, box: bytes, uid: str) -> bytes: ...


class _House:
    """The vault that both zones hold."""

    def seal(self, data: bytes, uid: str) -> bytes:
        return vault().seal(data, FIELD, uid)

    def open(self, box: bytes, uid: str) -> bytes:
        return vault().open(box, FIELD, uid)


def keeper_of(purpose: str) -> Keeper:
    """Raises PermissionError in an application that has no key for this purpose."""
    if purpose not in SEALED_ELSEWHERE:
        return _House()
    found: Keeper | None = current_app.extensions.get("upload_keepers", {}).get(purpose)
    if found is None:
        raise PermissionError(f"this application does not keep files of the purpose {purpose}")
    return found


def by_uid(session: Session, uid: str) -> Upload | None:
    return session.scalar(select(Upload).where(Upload.uid == uid))


def content(session: Session, upload: Upload) -> bytes:
    """The file's bytes. Raises cryptography.exceptions.InvalidTag (or what its keeper raises) when they were altered in the store, PermissionError."""
    return keeper_of(upload.purpose).open(session.get_one(UploadContent, upload.id).box, upload.uid)


def waiting(session: Session, owner_key: str, owner_id: int | None, purpose: str = "") -> list[Upload]:
    """Files of this owner that no form has taken yet, oldest first."""
    theirs = Upload.owner_id == owner_id if owner_id is not None else (Upload.owner_key == owner_key) & Upload.owner_id.is_(None)
    query = select(Upload).where(Upload.attached_at.is_(None), theirs)
    return list(session.scalars((query.where(Upload.purpose == purpose) if purpose else query).order_by(Upload.id)))


def count_waiting(session: Session, owner_key: str, owner_id: int | None) -> int:
    mine = [Upload.owner_key == owner_key] if owner_key else []
    mine += [Upload.owner_id == owner_id] if owner_id is not None else []
    return session.scalar(select(func.count(Upload.id)).where(Upload.attached_at.is_(None), or_(*mine))) or 0


def chosen(session: Session, uids: Iterable[str], owner_key: str, owner_id: int | None) -> list[Upload]:
    """The files a form names in its hidden field, without those that are not this person's; in the form's order."""
    found = [by_uid(session, uid) for uid in uids]
    return [row for row in found if row and belongs_to(row.owner_id, row.owner_key, owner_id, owner_key)]


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, Upload]:
    return {row.id: row for row in session.scalars(select(Upload).where(Upload.id.in_(list(ids))))}

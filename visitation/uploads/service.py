"""Files come in two steps: staged when they are chosen, attached when the form that needs them is accepted."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from visitation.kernel.errors import NotFound, Refused, refuse
from visitation.kernel.ids import secret_token
from visitation.uploads import queries, rules
from visitation.uploads.content import cleaned
from visitation.uploads.models import Upload, UploadContent

Looked = tuple[rules.Found, bytes]


def stage(
    session: Session, who_key: str, owner_id: int | None, purpose: str, file_name: str, data: bytes, now: datetime, looked: Looked | None = None
) -> Upload:
    """Check and keep a file. Raises Refused with every reason.

    `who_key`: digest of the browser's key, empty with an account; `owner_id`: the account. `looked`: the result of `cleaned(data)` where it was made before
    the transaction, because decoding a photo is slow.
    """
    refuse(rules.size_refusals(purpose, len(data), queries.count_waiting(session, who_key, owner_id)))
    result = looked or cleaned(data)
    refuse(rules.content_refusals(purpose, result[0] if result else None))
    assert result is not None
    found, kept = result
    upload = Upload(
        uid=secret_token(),
        owner_id=owner_id,
        owner_key=who_key,
        purpose=purpose,
        media_type=found.media_type,
        file_name=_safe_name(file_name),
        size=len(kept),
        sha256=hashlib.sha256(kept).hexdigest(),
        created_at=now,
    )
    session.add(upload)
    session.flush()
    session.add(UploadContent(upload_id=upload.id, box=queries.keeper_of(purpose).seal(kept, upload.uid)))
    return upload


def attach(session: Session, uid: str, owner_key: str, owner_id: int | None, purpose: str, now: datetime) -> Upload:
    """Give a staged file to the form that was accepted; from now on it is the account's. Raises Refused(FILE_GONE)."""
    upload = session.scalar(select(Upload).where(Upload.uid == uid).with_for_update())
    if upload is None or upload.purpose != purpose or upload.attached_at is not None:
        raise Refused("FILE_GONE")
    if not rules.belongs_to(upload.owner_id, upload.owner_key, owner_id, owner_key):
        raise Refused("FILE_GONE")
    upload.attached_at = now
    upload.owner_id = owner_id if owner_id is not None else upload.owner_id
    return upload


def discard(session: Session, uid: str, owner_key: str, owner_id: int | None) -> None:
    """Take back a staged file. Raises NotFound when it is not theirs or already in use."""
    upload = session.scalar(select(Upload).where(Upload.uid == uid).with_for_update())
    if upload is None or upload.attached_at is not None or not rules.belongs_to(upload.owner_id, upload.owner_key, owner_id, owner_key):
        raise NotFound
    remove(session, [upload.id])


def sweep(session: Session, now: datetime) -> int:
    """Remove files that no form has taken within a day; returns how many. Safe to run again."""
    query = select(Upload.id).where(Upload.attached_at.is_(None), Upload.created_at <= now - rules.STAGED_FOR).limit(500)
    ids = list(session.scalars(query))
    remove(session, ids)
    return len(ids)


def remove(session: Session, ids: Sequence[int]) -> None:
    """Delete files with their content: nothing may point to them any more."""
    session.execute(delete(UploadContent).where(UploadContent.upload_id.in_(ids)))
    session.execute(delete(Upload).where(Upload.id.in_(ids)))


def _safe_name(name: str) -> str:
    """The name as it is shown: the last part of a path, printable, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-120:] or "file"

"""Sending a person's papers to the staff's browser: sealed in the store, opened for this one answer, never kept by a cache."""

from urllib.parse import quote

from flask import Response
from sqlalchemy.orm import Session

from visitation.uploads import queries as uploads
from visitation.uploads.models import Upload

SHOWN = {"image/jpeg": "default-src 'none'", "image/png": "default-src 'none'", "image/webp": "default-src 'none'"}
PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types application/pdf"
"""A browser's own viewer draws a PDF with its own styles; nothing of the document itself may run or load."""


def paper(session: Session, upload: Upload) -> Response:
    """Images and PDF to be looked at, anything else to be saved. The type is the one found in the content, not the one claimed."""
    policy = SHOWN.get(upload.media_type) or (PDF if upload.media_type == "application/pdf" else "")
    answer = Response(uploads.content(session, upload), mimetype=upload.media_type if policy else "application/octet-stream")
    answer.headers["Content-Security-Policy"] = policy or "default-src 'none'"
    answer.headers["Content-Disposition"] = f"{'inline' if policy else 'attachment'}; filename*=UTF-8''{quote(upload.file_name)}"
    answer.headers["Cache-Control"] = "no-store"
    return answer

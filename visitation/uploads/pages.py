"""A file that somebody brought, as an answer: a photo on the page, a PDF only as a download, and nothing in it acts."""

from flask import Response

from visitation.uploads.models import Upload
from visitation.uploads.rules import IMAGES


def shown_file(upload: Upload, data: bytes, name: str) -> Response:
    """name: without ending. Whether this person may have it was asked before."""
    is_image = upload.media_type in IMAGES
    answer = Response(data, mimetype=upload.media_type)
    answer.headers["Content-Disposition"] = f'{"inline" if is_image else "attachment"}; filename="{name}.{"jpg" if is_image else "pdf"}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer

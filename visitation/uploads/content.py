"""Looking into a file: its kind by what is inside, never by its name. Photos come out re-encoded, without what the camera wrote about the place."""

import re
import warnings
import zipfile
from io import BytesIO

import filetype
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from visitation.uploads.rules import CSV, IMAGES, PDF, XLSX, Found

LONGEST_SIDE = 1600
MOST_PIXELS = 60_000_000
MOST_PAGES = 30
LARGEST_UNZIPPED = 200 * 1024 * 1024
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|OpenAction|AA)\b")
"""Names in a PDF that make it do something when it is opened."""


def cleaned(data: bytes) -> tuple[Found, bytes] | None:
    """What a file really is, and the bytes to keep; None when it is nothing that we take."""
    kind = filetype.guess(data)
    mime = kind.mime if kind else ""
    if mime in IMAGES:
        return _photo(data, mime)
    if mime == PDF:
        return (Found(PDF), data) if _is_quiet_pdf(data) else None
    if mime in (XLSX, "application/zip"):
        return (Found(XLSX), data) if _is_workbook(data) else None
    return (Found(CSV), data) if kind is None and _is_text(data) else None


def _photo(data: bytes, mime: str) -> tuple[Found, bytes] | None:
    """Decode wholly, turn upright, shrink, and write anew as JPEG."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=[FORMATS[mime]]) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    return None
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        return None
    sides = upright.size
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = BytesIO()
    upright.save(out, "JPEG", quality=85, optimize=True)
    return Found("image/jpeg", sides), out.getvalue()


def _is_quiet_pdf(data: bytes) -> bool:
    """A PDF that can be read to its last page and does nothing by itself."""
    if ACTIVE.search(data):
        return False
    try:
        read = PdfReader(BytesIO(data), strict=False)
        if read.is_encrypted or not 1 <= len(read.pages) <= MOST_PAGES:
            return False
        return not {"/OpenAction", "/AA"} & set(read.root_object) and all("/AA" not in page for page in read.pages)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return False


def _is_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist() and sum(part.file_size for part in archive.infolist()) <= LARGEST_UNZIPPED
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False

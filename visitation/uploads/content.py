"""Looking into a file: its kind by what is inside, never by its name. Photos come out re-encoded, without what the camera wrote about the place."""

import warnings
import zipfile
from io import BytesIO
from typing import Any

import filetype
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import IndirectObject

from visitation.uploads.rules import CSV, IMAGES, PDF, XLSX, Found

LONGEST_SIDE = 1600
MOST_PIXELS = 60_000_000
MOST_PAGES = 30
LARGEST_UNZIPPED = 200 * 1024 * 1024
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
MOST_OBJECTS = 20_000
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/RichMedia", "/EmbeddedFiles", "/EF", "/XFA"})
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition"})
"""What makes a PDF do something by itself. An /OpenAction that only turns to a page is harmless: word processors write one."""


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
    try:
        read = PdfReader(BytesIO(data), strict=False)
        if read.is_encrypted or not 1 <= len(read.pages) <= MOST_PAGES:
            return False
        ids = {(number, generation) for generation, numbers in read.xref.items() for number in numbers} | {(number, 0) for number in read.xref_objStm}
        if len(ids) > MOST_OBJECTS:
            return False
        return not any(_acts(read.get_object(IndirectObject(number, generation, read))) for number, generation in ids if number)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return False


def _acts(thing: Any) -> bool:
    """Whether an object of a PDF, or anything written directly inside it, is active. References are objects of their own."""
    if isinstance(thing, dict):
        if ACTIVE_KEYS & thing.keys() or thing.get("/S") in ACTIVE_ACTIONS or thing.get("/Type") == "/EmbeddedFile":
            return True
        return any(_acts(dict.get(thing, name)) for name in thing)
    return isinstance(thing, list) and any(_acts(list.__getitem__(thing, place)) for place in range(len(thing)))


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

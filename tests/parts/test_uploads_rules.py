"""Which file serves which purpose, by its content."""

import struct
import zipfile
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from visitation.uploads import rules
from visitation.uploads.content import cleaned
from visitation.uploads.rules import Found


def picture(width: int = 800, height: int = 600, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def pdf(pages: int = 1, change: object = None) -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(200, 200)
    if callable(change):
        change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def with_script(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")})
    writer.root_object[NameObject("/OpenAction")] = action


def with_first_page(writer: PdfWriter) -> None:
    """What word processors write: open at the first page."""
    writer.root_object[NameObject("/OpenAction")] = ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_comes_out_as_jpeg(kind: str) -> None:
    result = cleaned(picture(kind=kind))
    assert result is not None
    assert result[0] == Found("image/jpeg", (800, 600))
    with Image.open(BytesIO(result[1])) as again:
        assert again.format == "JPEG"


def test_a_photo_loses_what_the_camera_wrote_and_its_size() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER"
    exif[0x0112] = 6  # turned by a quarter
    result = cleaned(picture(2400, 1200, exif=exif))
    assert result is not None
    assert b"SECRET-MAKER" not in result[1]
    with Image.open(BytesIO(result[1])) as again:
        assert again.size == (800, 1600)
        assert not again.getexif()


def bomb() -> bytes:
    """A PNG that says it is 30,000 pixels wide and high."""
    data = bytearray(picture(10, 10, "PNG"))
    data[16:24] = struct.pack(">II", 30_000, 30_000)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"MZ" + b"\0" * 5000,
        b"\xff\xd8\xff\xe0" + b"no photo at all" * 100,
        picture()[:3000],
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>" + b"\0",
        b"%PDF-1.4 nothing more",
        pdf(31),
        pdf(change=with_script),
        pdf(change=lambda writer: writer.encrypt("secret")),
        pdf(change=lambda writer: writer.add_attachment("a.exe", b"MZ")),
        bomb(),
        b"",
        b"PK\x03\x04 no archive",
    ],
    ids=["exe", "broken jpeg", "cut jpeg", "gif", "svg", "broken pdf", "long pdf", "script pdf", "locked pdf", "attachment pdf", "bomb", "empty", "broken zip"],
)
def test_what_is_no_photo_and_no_quiet_pdf_is_nothing(data: bytes) -> None:
    found = cleaned(data)
    assert found is None or rules.content_refusals("proof", found[0])


def test_a_pdf_is_taken_as_it_is() -> None:
    data = pdf(3)
    assert cleaned(data) == (Found(rules.PDF), data)


def test_a_pdf_that_opens_at_its_first_page_is_harmless() -> None:
    found = cleaned(pdf(change=with_first_page))
    assert found is not None
    assert found[0].media_type == rules.PDF


def test_tables_are_for_imports_only() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    for data, kind in ((out.getvalue(), rules.XLSX), ("编号,姓名\n1,王试".encode("gb18030"), rules.CSV)):
        found = cleaned(data)
        assert found is not None
        assert found[0].media_type == kind
        assert rules.content_refusals("import", found[0]) == []
        assert [refusal.code for refusal in rules.content_refusals("proof", found[0])] == ["FILE_KIND_PROOF"]


def test_purposes_and_sizes() -> None:
    assert rules.size_refusals("face", 1000, 0) == []
    assert rules.size_refusals("face", rules.LARGEST, 19) == []
    found = rules.size_refusals("virus", rules.LARGEST + 1, 20)
    assert [refusal.code for refusal in found] == ["FILE_PURPOSE", "FILE_LARGE", "FILES_MANY"]
    assert [refusal.code for refusal in rules.size_refusals("face", 0, 0)] == ["FILE_EMPTY"]


@pytest.mark.parametrize(
    ("purpose", "found", "code"),
    [
        ("face", Found(rules.PDF), "FILE_KIND_PHOTO"),
        ("face", Found("image/jpeg", (239, 900)), "PHOTO_SMALL"),
        ("face", Found("image/jpeg", (240, 900)), None),
        ("document", Found("image/jpeg", (399, 900)), "PHOTO_SMALL"),
        ("proof", Found(rules.PDF), None),
        ("import", Found(rules.PDF), "FILE_KIND_TABLE"),
        ("proof", None, "FILE_KIND_PROOF"),
    ],
)
def test_content_for_purpose(purpose: str, found: Found | None, code: str | None) -> None:
    assert [refusal.code for refusal in rules.content_refusals(purpose, found)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("owner_id", "owner_key", "account_id", "browser_key", "mine"),
    [
        (7, "", 7, "", True),
        (7, "", 8, "", False),
        (7, "k", None, "k", False),
        (None, "k", None, "k", True),
        (None, "k", None, "x", False),
        (None, "", None, "", False),
    ],
)
def test_whose_file(owner_id: int | None, owner_key: str, account_id: int | None, browser_key: str, mine: bool) -> None:
    assert rules.belongs_to(owner_id, owner_key, account_id, browser_key) is mine


def test_uids_are_split_once_each() -> None:
    assert rules.split_uids("a,b,,a,c", 2) == ["a", "b"]

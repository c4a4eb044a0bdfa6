"""What a family does on its pages, step by step, for tests: the code that was sent, files, the whole registration."""

import re
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.conftest import House
from tests.numbers import resident_id
from tests.web.browsing import Browser
from visitation.audit.models import AuditEntry
from visitation.notices.models import Delivery

MOBILE = "13812345678"


def last_code(house: House) -> str:
    """The code of the latest short message."""

    def read(session: Session) -> str:
        row = session.scalar(select(Delivery).where(Delivery.notice_id.is_(None)).order_by(Delivery.id.desc()))
        assert row is not None, "no code was sent"
        return str(row.text)

    text = house.read(read)
    found = re.search(r"[0-9]{6}", text)
    assert found
    return found.group(0)


def wrong_code(house: House) -> str:
    return f"{(int(last_code(house)) + 1) % 1_000_000:06d}"


def codes_sent(house: House) -> int:
    return len(house.read(lambda session: session.scalars(select(Delivery.id).where(Delivery.notice_id.is_(None))).all()))


def acts(house: House, act: str) -> list[AuditEntry]:
    return list(house.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == act)).all()))


def photo(width: int = 640, height: int = 480) -> bytes:
    out = BytesIO()
    Image.effect_noise((width, height), 30).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def stage(page: Browser, purpose: str, data: bytes | None = None, name: str = "photo.jpg") -> TestResponse:
    """Send a file as the script does; the token comes from the last page."""
    file = (BytesIO(photo() if data is None else data), name)
    return page.client.post(
        "/uploads",
        data={"csrf_token": page.csrf(), "purpose": purpose, "file": file},
        headers={"Origin": page.origin, "Accept": "application/json"},
        base_url=page.origin,
    )


def sign_in(house: House, page: Browser, mobile: str = MOBILE) -> TestResponse:
    page.get("/sign-in")
    page.submit({"mobile": mobile})
    return page.submit({"code": last_code(house)}, form="code-form")


def to_details(house: House, page: Browser, mobile: str = MOBILE) -> TestResponse:
    """Number, code and both photos; the last page is the details."""
    sign_in(house, page, mobile)
    for purpose in ("face", "document"):
        assert stage(page, purpose).status_code == 201
        page.submit(form="photo-form")
    return page.page


def details(**changes: Any) -> dict[str, Any]:
    return {"name": "李试", "document_kind": "resident_id", "document_number": resident_id(), "agree": "y", **changes}


def register(house: House, page: Browser, mobile: str = MOBILE, **changes: Any) -> TestResponse:
    to_details(house, page, mobile)
    return page.submit(details(**changes), form="details-form")

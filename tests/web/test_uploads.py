"""Files from a browser: staged, shown only to their owner, refused by content and size, removed when nothing takes them."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.conftest import House
from tests.factories import make_family
from tests.web.browsing import Browser, browser
from tests.web.family_steps import photo, stage
from visitation.accounts.models import Account
from visitation.kernel.errors import NotFound, Refused
from visitation.uploads import queries, service
from visitation.uploads.models import Upload, UploadContent

LIMIT = 10 * 1024 * 1024


@pytest.fixture
def account(house: House) -> Account:
    return house.write(lambda session: make_family(session).account)  # type: ignore[no-any-return]


@pytest.fixture
def page(house: House, account: Account) -> Browser:
    made = browser(house, "family", account)
    made.get("/account")
    return made


def count(house: House) -> int:
    return house.read(lambda session: session.scalar(select(func.count(Upload.id))))  # type: ignore[no-any-return]


def test_a_photo_is_kept_sealed_and_shown_to_its_owner(house: House, page: Browser) -> None:
    answer = stage(page, "proof", name="../../户口簿.jpg")
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["name"] == "户口簿.jpg"
    shown = page.get(answer.json["url"])
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    with Image.open(BytesIO(shown.data)) as picture:
        assert picture.size == (640, 480)
    box = house.read(lambda session: session.scalar(select(UploadContent.box)))
    assert shown.data[:200] not in box
    assert box.startswith(b"t1\0")


def test_nobody_else_sees_it(house: House, page: Browser) -> None:
    url = stage(page, "proof").json["url"]  # type: ignore[index]
    other = house.write(lambda session: make_family(session).account)
    assert browser(house, "family", other).get(url).status_code == 404
    assert browser(house).get(url).status_code == 404
    assert page.get("/uploads/nothing").status_code == 404


def test_before_the_account_a_file_belongs_to_the_browser(house: House) -> None:
    first, second = browser(house), browser(house)
    for one in (first, second):
        one.get("/sign-in")
    url = stage(first, "face").json["url"]  # type: ignore[index]
    assert first.get(url).status_code == 200
    assert second.get(url).status_code == 404


@pytest.mark.parametrize(
    ("purpose", "data", "status", "code"),
    [
        ("proof", b"MZ" + b"\0" * 4000, 422, "FILE_KIND_PROOF"),
        ("face", b"MZ" + b"\0" * 4000, 422, "FILE_KIND_PHOTO"),
        ("face", photo(200, 200), 422, "PHOTO_SMALL"),
        ("face", b"", 422, "FILE_EMPTY"),
        ("import", b"a,b", 422, "FILE_PURPOSE"),
        ("other", b"a,b", 422, "FILE_PURPOSE"),
        ("proof", b"\xff\xd8\xff" + b"\0" * LIMIT, 422, "FILE_LARGE"),
        ("proof", b"\xff\xd8\xff" + b"\0" * 2 * LIMIT, 413, "FILE_LARGE"),
    ],
    ids=["exe as proof", "exe as face", "small", "empty", "import", "unknown", "11 MB", "20 MB"],
)
def test_what_is_not_taken_says_why_and_leaves_nothing(house: House, page: Browser, purpose: str, data: bytes, status: int, code: str) -> None:
    answer = stage(page, purpose, data, "photo.jpg")
    assert (answer.status_code, answer.json["codes"]) == (status, [code])  # type: ignore[index]
    assert len(answer.json["reasons"][0]) > 5  # type: ignore[index]
    assert count(house) == 0


def test_twenty_files_may_wait(house: House, account: Account) -> None:
    data = photo(400, 400)
    for _number in range(20):
        house.write(lambda session: service.stage(session, "", account.id, "proof", "a.jpg", data, house.now))
    with pytest.raises(Refused, match="FILES_MANY"):
        house.write(lambda session: service.stage(session, "", account.id, "proof", "a.jpg", data, house.now))


def test_without_script_a_page_of_its_own_takes_the_file(house: House, page: Browser) -> None:
    page.get("/uploads/new/proof?next=/relatives/new")
    page.submit({"file": (BytesIO(b"MZ" + b"\0" * 900), "a.jpg")}, form="file-form")
    assert page.page.text.count('role="alert"') == 1
    page.submit({"file": (BytesIO(photo()), "a.jpg")}, form="file-form")
    assert page.page.text.count("upload-item") == 1
    assert 'href="/relatives/new"' in page.page.text
    page.submit(form="/remove")
    assert "upload-item" not in page.page.text
    assert count(house) == 0


def test_without_script_20_mb_are_refused_with_words(page: Browser) -> None:
    page.get("/uploads/new/proof?next=/relatives/new")
    page.submit({"file": (BytesIO(b"\xff\xd8\xff" + b"\0" * 2 * LIMIT), "a.jpg")}, form="file-form")
    assert page.page.status_code == 413
    assert "10 MB" in page.page.text
    assert 'href="/relatives/new"' in page.page.text


def test_a_step_for_something_else_is_no_page(page: Browser) -> None:
    assert page.get("/uploads/new/import").status_code == 404


def test_one_cannot_remove_what_is_not_ones_own(house: House, page: Browser) -> None:
    uid = stage(page, "proof").json["uid"]  # type: ignore[index]
    other = browser(house, "family", house.write(lambda session: make_family(session).account))
    other.get("/account")
    assert other.post(f"/uploads/{uid}/remove").status_code == 404
    assert count(house) == 1


def test_an_attached_file_is_taken_once_and_not_removed(house: House, account: Account) -> None:
    upload = house.write(lambda session: service.stage(session, "", account.id, "proof", "a.jpg", photo(), house.now))
    take = lambda session: service.attach(session, upload.uid, "", account.id, "proof", house.now)  # noqa: E731
    house.write(take)
    with pytest.raises(Refused, match="FILE_GONE"):
        house.write(take)
    with pytest.raises(NotFound):
        house.write(lambda session: service.discard(session, upload.uid, "", account.id))


@pytest.mark.parametrize(("purpose", "owner"), [("face", 0), ("proof", 1)])
def test_a_file_for_another_purpose_or_of_another_owner_is_gone(house: House, account: Account, purpose: str, owner: int) -> None:
    upload = house.write(lambda session: service.stage(session, "", account.id, "proof", "a.jpg", photo(), house.now))
    with pytest.raises(Refused, match="FILE_GONE"):
        house.write(lambda session: service.attach(session, upload.uid, "", account.id + owner, purpose, house.now))


def test_the_sweep_removes_what_nothing_took(house: House, account: Account) -> None:
    kept = house.write(lambda session: service.stage(session, "", account.id, "proof", "a.jpg", photo(), house.now))
    house.write(lambda session: service.attach(session, kept.uid, "", account.id, "proof", house.now))
    house.write(lambda session: service.stage(session, "", account.id, "proof", "b.jpg", photo(), house.now))
    assert house.write(lambda session: service.sweep(session, house.now + timedelta(hours=23))) == 0
    assert house.write(lambda session: service.sweep(session, house.now + timedelta(hours=24))) == 1
    assert house.write(lambda session: service.sweep(session, house.now + timedelta(hours=24))) == 0
    assert house.read(lambda session: session.scalars(select(Upload.id)).all()) == [kept.id]


def test_an_altered_file_does_not_open(house: House, account: Account) -> None:
    upload = house.write(lambda session: service.stage(session, "", account.id, "proof", "a.jpg", photo(), house.now))

    def alter(session):  # type: ignore[no-untyped-def]
        row = session.get(UploadContent, upload.id)
        row.box = row.box[:-1] + bytes([row.box[-1] ^ 1])

    house.write(alter)
    with pytest.raises(Exception, match=r"^$"):
        house.read(lambda session: queries.content(session, upload))

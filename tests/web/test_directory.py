"""The directory: what is near, for families and staff; keeping entries; a file with bad rows."""

import io
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from consult.directory import service
from consult.directory.importing import HEADERS
from consult.directory.models import Institution
from consult.directory.service import Entry
from tests.conftest import House
from tests.factories import make_prison, make_staff
from tests.web.browsing import Browser, browser
from visitation.kernel.identity import SYSTEM, Role

DONGGUAN, SHENZHEN, BEIJING = "441900", "440300", "110000"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def entries(house: House) -> None:
    rows = [
        Entry("labour_arbitration", "东莞市劳动人事争议仲裁院", DONGGUAN, "莞城街道1号", "0769-12345678", "9:00-17:00"),
        Entry("labour_arbitration", "深圳市劳动人事争议仲裁院", SHENZHEN, "福田区2号", "0755-12345678"),
        Entry("legal_aid", "北京市法律援助中心", BEIJING, "西城区3号", "010-12345678", latitude=39.91, longitude=116.40),
    ]
    house.write(lambda session: [service.enter(session, SYSTEM, row, house.now) for row in rows])


@pytest.fixture
def keeper(house: House) -> Browser:
    return staff(house, Role.LEGAL_OFFICE)


def staff(house: House, *roles: Role) -> Browser:
    account = house.write(lambda session: make_staff(session, roles, make_prison(session)))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def count(house: House) -> int:
    return house.read(lambda session: session.scalar(select(func.count(Institution.id)))) or 0


def rows_of(house: House) -> dict[str, Institution]:
    return house.read(lambda session: {row.name: row for row in session.scalars(select(Institution))})


@pytest.mark.usefixtures("entries")
def test_anybody_finds_the_nearest_first(house: House) -> None:
    guest = browser(house, "family")
    guest.speak("en")
    guest.get("/legal-help/nearby?place=东莞")
    text = guest.page.text
    assert text.index("东莞市劳动人事争议仲裁院") < text.index("深圳市劳动人事争议仲裁院") < text.index("北京市法律援助中心")
    assert "in this city or county" in text, "a distance of nothing is no figure"
    assert "62 km" in text
    assert "from the seat of the county" in text
    guest.get("/legal-help/nearby?place=441900&kind=legal_aid")
    assert "东莞市劳动" not in guest.page.text
    assert "北京市法律援助中心" in guest.page.text


@pytest.mark.usefixtures("entries")
def test_the_map_has_every_number_and_needs_nobody(house: House) -> None:
    guest = browser(house, "family")
    drawing = ET.fromstring(guest.get("/legal-help/nearby/441900.svg").data)
    texts = [text.text for text in drawing.iter(f"{SVG}text")]
    assert {"1", "2", "3", "N ↑", "东莞市"} <= set(texts)
    assert not [one for one in drawing.iter() if "href" in one.attrib or one.tag.endswith(("image", "script"))]
    assert guest.get("/legal-help/nearby/nowhere.svg").status_code == 404


def test_words_that_mean_two_places_offer_them_and_unknown_ones_say_so(house: House) -> None:
    guest = browser(house, "family")
    guest.speak("en")
    guest.get("/legal-help/nearby?place=鼓楼区")
    assert "Which place do you mean?" in guest.page.text
    assert "江苏省南京市鼓楼区" in guest.page.text
    guest.get("/legal-help/nearby?place=<script>")
    assert "There is no such city or county" in guest.page.text
    assert "<script>" not in guest.page.text


def test_a_keeper_enters_corrects_confirms_and_closes(house: House, keeper: Browser) -> None:
    keeper.get("/directory/entries/new")
    typed = {"kind": "notary", "name": "成都公证处", "place": "朝阳", "address": "锦江区1号", "phone": "028-1234567"}
    keeper.submit(typed, form="entry")
    assert "More than one place" in keeper.page.text
    assert "锦江区1号" in keeper.page.text, "nothing typed is lost"
    keeper.submit({**typed, "place": "成都市", "latitude": "104.07", "longitude": "30.57"}, form="entry")
    assert "outside the country" in keeper.page.text
    keeper.submit({**typed, "place": "成都市", "latitude": "", "longitude": ""}, form="entry")
    row = rows_of(house)["成都公证处"]
    assert (row.place_code, row.exact, row.latitude) == ("510100", False, 30.57)

    keeper.get("/directory/entries/new")
    keeper.submit({**typed, "place": "成都市"}, form="entry")
    assert "already entered" in keeper.page.text
    assert count(house) == 1

    keeper.get(f"/directory/entries/{row.ref}")
    keeper.submit({"latitude": "30.6", "longitude": "104.1"}, form="entry")
    assert rows_of(house)["成都公证处"].exact
    house.clock.advance(timedelta(days=200))
    keeper = staff(house, Role.BUREAU)
    keeper.get("/directory/entries?stale=1")
    assert "成都公证处" in keeper.page.text
    keeper.post(f"/directory/entries/{row.ref}/confirm", {})
    keeper.get("/directory/entries?stale=1")
    assert "成都公证处" not in keeper.page.text
    keeper.post(f"/directory/entries/{row.ref}/close", {})
    assert keeper.get(f"/directory/entries/{row.ref}").status_code == 404
    keeper.get("/directory?place=510100")
    assert "成都公证处" not in keeper.page.text


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in ([names[0] for names in HEADERS.values()], *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = ("公证处", "广州公证处", "广州市", "越秀区1号", "020-12345678", "", "", 23.13, 113.27)
BAD = (
    ("茶馆", "甲", "广州市", "1号", "020-1234567"),
    ("公证处", "", "广州市", "1号", "020-1234567"),
    ("公证处", "乙", "鼓楼区", "1号", "020-1234567"),
    ("公证处", "丙", "广州市", "1号", "not a number"),
    ("公证处", "丁", "广州市", "1号", "020-1234567", "", "", 113.27, 23.13),
    ("公证处", "戊", "广州市", "1号", "020-1234567", "", "", 23.13),
    ("公证处", "=1+1", "广州市", "1号", "020-1234567"),
)


def test_a_file_with_bad_rows_gives_the_good_ones_and_a_reason_for_each_bad_one(house: House, keeper: Browser) -> None:
    keeper.get("/directory/import")
    keeper.submit({"file": (io.BytesIO(workbook(GOOD, *BAD)), "机构.xlsx")})
    text = keeper.page.text
    assert count(house) == 1
    for reason in (
        "one of the six kinds",
        "The cell is empty",
        "not in the table of counties",
        "digits, spaces",
        "outside the country",
        "both coordinates",
        "formula",
    ):
        assert reason in text, reason
    keeper.get("/directory/import")
    keeper.submit({"file": (io.BytesIO(workbook(GOOD)), "机构.xlsx")})
    assert count(house) == 1, "the same file again adds nothing"
    keeper.submit({"file": (io.BytesIO(b"name\nx\n"), "x.csv")})
    assert "missing in the first row" in keeper.page.text
    assert keeper.get("/directory/template.xlsx").status_code == 200

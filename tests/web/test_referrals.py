"""From a case to the institution nearest to the person concerned; the link that works once, names nobody, and tells a stranger nothing."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import wsgi
from consult.notes.models import AdvicePaper
from consult.referrals.models import Referral, ReferralLink
from consult.requests.models import HelpRequest
from tests.conftest import NOON, House
from tests.web.afternoon import make_afternoon, make_institutions
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry

NUMBER = "13800001234"


@dataclass
class Case:
    ref: str
    request_id: int
    lawyer: Account
    hidden: tuple[str, ...]
    near: list[int]


@pytest.fixture
def case(house: House) -> Case:
    def make(session: Session) -> Case:
        made, offices = make_afternoon(session, concerned_relation="parent", concerned_place="441900"), make_institutions(session)
        request, inmate = made.request, made.request.inmate
        inmate.name = "欧阳试一"
        hidden = (inmate.name, inmate.number, made.day.prison.name, made.day.prison.phone, made.lawyer.name, request.ref)
        return Case(request.ref, request.id, made.lawyer.account, hidden, [offices[0].id, offices[1].id])

    return house.write(make)  # type: ignore[no-any-return]


@pytest.fixture
def lawyer(house: House, case: Case) -> Browser:
    page = browser(house, "family", case.lawyer)
    page.speak("en")
    page.get(f"/lawyer/cases/{case.ref}/referral")
    return page


def refer(page: Browser, **values: object) -> None:
    given = {"institutions": page.form("refer")["fields"]["institutions"], "mobile": NUMBER, "sentence": "请带上劳动合同。", "consent": "y"}
    page.submit(given | values, form="refer")


def kept(house: House, model: type) -> list:  # type: ignore[type-arg]
    return house.read(lambda session: list(session.scalars(select(model).order_by(model.id))))  # type: ignore[attr-defined, no-any-return]


def messages(house: House) -> list[dict[str, str]]:
    """What a telephone got: the jobs deliver what waits."""
    app = house.prison
    wsgi.build_worker(app).deliver_due("sms")
    file = app.extensions["settings"].data_dir / "outgoing" / "sms.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def path_of(message: dict[str, str]) -> str:
    address = next(word for word in message["text"].split() if "/r/" in word)
    return "/r/" + address.partition("/r/")[2]


def test_the_nearest_fit_is_offered_and_everybody_gets_their_part(house: House, lawyer: Browser, case: Case) -> None:
    page = lawyer.page.text
    assert page.index("441900labour_arbitration") < page.index("440300labour_arbitration") < page.index("510100labour_arbitration")
    assert page.index("510100labour_arbitration") < page.index("441900mediation"), "the kind that fits best comes first"
    refer(lawyer)
    assert "The link has gone out" in lawyer.page.text
    row = kept(house, Referral)[0]
    assert row.consent_at == NOON
    assert "441900labour_arbitration" in house.read(lambda session: session.scalars(select(AdvicePaper)).one().text)
    (message,) = messages(house)
    assert message["to"] == f"+86{NUMBER}"
    assert not [name for name in case.hidden if name in message["text"]]
    link = kept(house, ReferralLink)[0]
    token = path_of(message).removeprefix("/r/")
    assert token not in (link.token_digest, str(vars(link)))
    told = json.dumps([entry.detail for entry in kept(house, AuditEntry)])
    assert token not in told
    assert NUMBER not in told


def test_one_browser_opens_the_link_and_reads_no_name(house: House, lawyer: Browser, case: Case) -> None:
    refer(lawyer)
    path = path_of(messages(house)[0])
    for _look in range(3):
        fetched = Browser(house.family.test_client()).get(path)  # as chats and telephones fetch addresses
        assert fetched.status_code == 200
        assert "441900labour" not in fetched.text
    father = Browser(house.family.test_client())
    father.get(path)
    father.submit(form="open")
    text = father.page.text
    assert "441900labour_arbitration" in text
    assert 'href="tel:0769-12345678"' in text
    assert "请带上劳动合同。" in text
    assert "劳动合同、工作证" in text
    assert not [name for name in case.hidden if name in text]
    assert "会见" not in text.partition("</head>")[2], "nor what this house is for"
    house.clock.set(NOON + timedelta(days=6))
    assert "441900labour_arbitration" in father.get(path).text
    house.clock.set(NOON + timedelta(days=7))
    assert father.get(path).status_code == 404
    assert [entry.act for entry in kept(house, AuditEntry)].count("referral.open") == 1


def test_what_does_not_open_looks_the_same(house: House, lawyer: Browser) -> None:
    refer(lawyer)
    path = path_of(messages(house)[0])
    first = Browser(house.family.test_client())
    first.get(path)
    first.submit(form="open")
    house.clock.set(NOON + timedelta(minutes=11))
    unknown = "/r/" + "x" * 43

    def seen(address: str) -> tuple[int, str]:
        page = Browser(house.family.test_client()).get(address)
        csrf = [part.partition('"')[0] for part in page.text.split('csrf_token" type="hidden" value="')[1:]]
        text = page.text.replace(address, "/r/…").replace(address.removeprefix("/r/"), "…")
        for token in csrf:
            text = text.replace(token, "")
        return page.status_code, text

    used = seen(path)
    assert used[0] == 404
    assert used == seen(unknown)
    house.clock.set(NOON + timedelta(days=15))
    assert seen(path) == used
    stranger = Browser(house.family.test_client())
    stranger.get(path)
    assert stranger.post(f"{path}/open").status_code == 404


def test_a_new_link_goes_to_the_same_number_and_nowhere_else(house: House, lawyer: Browser) -> None:
    refer(lawyer)
    path = path_of(messages(house)[0])
    other = Browser(house.family.test_client())
    other.get(path)

    def asks(address: str) -> str:
        other.get(address)
        page = other.post(f"{address}/again")
        assert page.status_code == 200
        return page.text.partition("<main")[2].partition("</main>")[0]

    assert asks(path) == asks("/r/" + "x" * 43), "the answer tells nothing"
    assert len(messages(house)) == 1, "not within ten minutes"
    house.clock.set(NOON + timedelta(minutes=10))
    asks(path)
    sent = messages(house)
    assert [one["to"] for one in sent] == [f"+86{NUMBER}"] * 2
    assert path_of(sent[1]) != path
    lawyer.get(lawyer.page.request.path)
    lawyer.submit(form="withdraw")
    assert Browser(house.family.test_client()).get(path_of(sent[1])).status_code == 404
    house.clock.set(NOON + timedelta(minutes=30))
    asks(path)
    assert len(messages(house)) == 2, "nothing goes out for one that was taken back"


def test_refusals_keep_what_was_typed_and_write_nothing(house: House, lawyer: Browser, case: Case) -> None:
    refer(lawyer, sentence="请联系欧阳 试一的律师", mobile="010-12345678", institutions=[])
    page = lawyer.page.text
    assert "names 欧阳试一" in page
    assert "not a mobile number" in page
    assert "at least one institution" in page
    assert "请联系欧阳 试一的律师" in page
    lawyer.submit({"institutions": [str(case.near[0])], "sentence": "", "mobile": NUMBER}, form="refer", leave_out=("consent",))
    assert "only when the inmate agrees" in lawyer.page.text
    assert not kept(house, Referral)
    lawyer.submit({"mobile": ""}, form="refer", leave_out=("consent",))
    assert "nobody was written to" in lawyer.page.text
    assert messages(house) == []
    assert len(kept(house, Referral)) == len(kept(house, AdvicePaper)) == 1
    refer(lawyer, mobile="", institutions=[str(case.near[0])])
    assert len(kept(house, Referral)) == 1, "a second click makes no second one"


def test_where_the_person_lives_may_be_said_here(house: House, lawyer: Browser, case: Case) -> None:
    house.write(lambda session: setattr(session.get_one(HelpRequest, case.request_id), "concerned_place", ""))
    assert 'id="refer"' not in lawyer.get(f"/lawyer/cases/{case.ref}/referral").text
    assert "成都市" in lawyer.get(f"/lawyer/cases/{case.ref}/referral?place=510100").text
    refer(lawyer, consent="", mobile="")
    assert kept(house, Referral)[0].place == "510100"

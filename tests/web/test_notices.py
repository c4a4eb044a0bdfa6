"""Telling people: inbox, SMS over a real HTTP gateway, e-mail over a real SMTP relay, and what happens when they are down."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select

from tests.conftest import House
from tests.factories import Family, make_family
from tests.web.browsing import Browser, browser
from tests.web.servers import Gateway, Relay, sms_gateway, smtp_relay
from visitation.jobs.log import open_log
from visitation.jobs.worker import Worker
from visitation.notices.channels import Letter, Rejected
from visitation.notices.delivery import CalendarOf, Post, handlers
from visitation.notices.mail import FileMail, SmtpMail, compose
from visitation.notices.models import Delivery, Notice
from visitation.notices.service import send_code, tell
from visitation.notices.sms import FileSms, HttpSms
from visitation.notices.texts import KINDS
from visitation.store.outbox import Outbox

FACTS = {"ref": "K7M2Q9TB", "starts_at": "2026-11-30T02:00:00+00:00", "reason_text": "张三的材料不清楚", "inmate": "王试一", "prison": "青山监狱"}
SECRET_WORDS = ("王试一", "青山", "监狱", "张三", "prison", "inmate", "服刑")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as made:
        yield made


@pytest.fixture
def relay() -> Iterator[Relay]:
    with smtp_relay() as made:
        yield made


@pytest.fixture
def family(house: House) -> Family:
    def work(session):  # type: ignore[no-untyped-def]
        made = make_family(session, mobile="+8613800138000")
        made.account.email = "li@example.org"
        return made

    return house.write(work)  # type: ignore[no-any-return]


def worker(house: House, gateway: Gateway, relay: Relay, calendar: CalendarOf | None = None) -> Worker:
    sms = HttpSms(gateway.url, "the-token", seconds=0.5)
    mail = SmtpMail(relay.url, "Visits <visits@example.org>", house.clock.now, seconds=2)
    post = Post(sms, mail, "https://visits.example.org", house.clock.now, calendar)
    return Worker(house.prison, house.clock, handlers(post), [], open_log())


def told(house: House, family: Family, kind: str = "booking_confirmed", link: str = "/visits/K7M2Q9TB") -> None:
    house.write(lambda session: tell(session, family.account.id, kind, FACTS, house.now, link))


def states(house: House) -> dict[str, tuple[str, str]]:
    return {row.channel: (row.state, row.error) for row in house.read(lambda session: session.scalars(select(Delivery)).all())}


def test_a_notice_goes_out_by_both_channels(house: House, family: Family, gateway: Gateway, relay: Relay) -> None:
    told(house, family)
    made = worker(house, gateway, relay)
    assert made.deliver_due("sms") == 1
    assert made.deliver_due("email") == 1
    headers, body = gateway.asked[0]
    assert headers["Authorization"] == "Bearer the-token"
    assert headers["Idempotency-Key"] == body["id"]
    assert body["to"] == "+8613800138000"
    assert "K7M2Q9TB" in body["text"]
    assert "11月30日 星期一 10:00" in body["text"]
    letter = relay.letters[0]
    assert letter["To"] == "li@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Subject"] == "您的会见已预约成功"
    assert {part.get_content_type() for part in letter.walk()} == {"multipart/alternative", "text/plain", "text/html"}
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert "https://visits.example.org/visits/K7M2Q9TB" in plain.get_content()
    assert states(house) == {"sms": ("sent", ""), "email": ("sent", "")}
    assert made.deliver_due("sms") == 0, "delivered once"


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_no_message_names_a_person_or_a_prison(house: House, family: Family, gateway: Gateway, relay: Relay, kind: str, language: str) -> None:
    def set_language(session):  # type: ignore[no-untyped-def]
        session.merge(family.account).language = language

    told(house, family, kind)
    house.write(set_language)  # changed after the notice was written: the person is written to in the new language
    made = worker(house, gateway, relay)
    made.deliver_due("sms")
    made.deliver_due("email")
    sms = gateway.asked[0][1]["text"]
    letter = relay.letters[0]
    whole = sms + str(letter["Subject"]) + "".join(str(part.get_content()) for part in letter.walk() if part.get_content_maintype() == "text")
    assert not [word for word in SECRET_WORDS if word in sms.lower()]
    assert not [word for word in ("王试一", "青山", "张三") if word in whole]
    assert ("K7M2Q9TB" in sms) is (kind not in ("referral_link", "account_joined")), "whoever has no account, or no longer one, has no use for a number"
    assert ("请" in sms or "您" in sms or "预约" in sms) is (language != "en")
    assert "%(" not in whole
    assert len(sms) <= (160 if language == "en" else 70), "one short message, not two"


def test_the_calendar_comes_along_with_its_method(house: House, family: Family, gateway: Gateway, relay: Relay) -> None:
    calendar = Calendar()
    calendar.add("prodid", "-//visits//")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL")
    event = Event()
    event.add("uid", "1@visits")
    event.add("summary", "远程会见 K7M2Q9TB")
    calendar.add_component(event)
    told(house, family, "booking_cancelled")
    made = worker(house, gateway, relay, lambda _session, ref: calendar.to_ical() if ref == "K7M2Q9TB" else None)
    made.deliver_due("email")
    part = next(part for part in relay.letters[0].walk() if part.get_content_type() == "text/calendar")
    assert part["Content-Type"].params["method"] == "CANCEL"
    assert part["Content-Type"].params["charset"] == "utf-8"
    assert str(Calendar.from_ical(part.get_content())["METHOD"]) == "CANCEL"


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403, 404, 302])
def test_a_gateway_that_is_down_loses_nothing(house: House, family: Family, gateway: Gateway, relay: Relay, status: int) -> None:
    gateway.answers = [status]
    told(house, family)
    made = worker(house, gateway, relay)
    assert made.deliver_due("sms") == 1
    assert states(house)["sms"] == ("waiting", f"gateway answered {status}")
    assert len(gateway.asked) == 1, "a redirection is not followed: it would carry the token away"
    assert made.deliver_due("sms") == 0, "not at once again"
    gateway.answers = [200]
    house.clock.advance(timedelta(seconds=3))
    assert made.deliver_due("sms") == 1
    assert states(house)["sms"] == ("sent", "")
    assert gateway.asked[0][1]["id"] == gateway.asked[1][1]["id"], "the same key, so that the gateway can tell a repeat"


def test_a_gateway_that_hangs_or_is_gone_loses_nothing(house: House, family: Family, gateway: Gateway, relay: Relay) -> None:
    gateway.pause.clear()
    told(house, family)
    made = worker(house, gateway, relay)
    made.deliver_due("sms")
    assert states(house)["sms"] == ("waiting", "gateway: TimeoutError")
    gateway.pause.set()
    gone = Worker(
        house.prison,
        house.clock,
        handlers(Post(HttpSms("http://127.0.0.1:9/"), FileMail(Path("/nowhere"), "a@b.c", house.clock.now), "", house.clock.now)),
        [],
        open_log(),
    )
    house.clock.advance(timedelta(seconds=3))
    gone.deliver_due("sms")
    assert states(house)["sms"] == ("waiting", "gateway: ConnectionRefusedError")
    assert house.read(lambda session: session.scalars(select(Outbox.attempts).where(Outbox.topic == "sms")).all()) == [2]


@pytest.mark.parametrize("status", [400, 422])
def test_a_number_that_the_gateway_rejects_is_not_tried_for_ever(house: House, family: Family, gateway: Gateway, relay: Relay, status: int) -> None:
    gateway.answers = [status]
    told(house, family)
    made = worker(house, gateway, relay)
    made.deliver_due("sms")
    house.clock.advance(timedelta(hours=2))
    assert made.deliver_due("sms") == 0
    assert states(house)["sms"] == ("failed", f"gateway answered {status}")


def test_the_relay_defers_and_rejects(house: House, family: Family, gateway: Gateway, relay: Relay) -> None:
    relay.replies = ["451 later", "550 no such person"]
    told(house, family)
    made = worker(house, gateway, relay)
    made.deliver_due("email")
    assert states(house)["email"] == ("waiting", "relay answered 451")
    house.clock.advance(timedelta(seconds=3))
    made.deliver_due("email")
    assert states(house)["email"] == ("failed", "relay answered 550")
    assert not relay.letters


def test_a_code_is_sent_once_and_then_forgotten(house: House, gateway: Gateway, relay: Relay) -> None:
    house.write(lambda session: send_code(session, "+8613800138000", "482913", "sign_in", "zh_Hans_CN", house.now))
    assert b"482913" not in Path(house.prison.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")).read_bytes()
    assert "482913" not in json.dumps([row.payload for row in house.read(lambda session: session.scalars(select(Outbox)).all())])
    made = worker(house, gateway, relay)
    made.deliver_due("sms")
    assert "482913" in gateway.asked[0][1]["text"]
    row = house.read(lambda session: session.scalars(select(Delivery)).one())
    assert (row.state, row.text_box) == ("sent", None)


def test_a_code_that_came_too_late_is_not_sent(house: House, gateway: Gateway, relay: Relay) -> None:
    gateway.answers = [503]
    house.write(lambda session: send_code(session, "+8613800138000", "482913", "sign_in", "en", house.now))
    made = worker(house, gateway, relay)
    made.deliver_due("sms")
    gateway.answers = [200]
    house.clock.advance(timedelta(minutes=10))
    made.deliver_due("sms")
    row = house.read(lambda session: session.scalars(select(Delivery)).one())
    assert (row.state, row.text_box, len(gateway.asked)) == ("expired", None, 1)


def test_an_unknown_kind_is_refused_where_it_is_written(house: House, family: Family) -> None:
    with pytest.raises(KeyError):
        told(house, family, "no_such_kind")
    assert house.read(lambda session: session.scalars(select(Notice)).all()) == []


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
def test_a_line_break_never_reaches_a_header(break_: str, tmp_path: Path, house: House) -> None:
    letter = Letter("li@example.org", f"Hello{break_}Bcc: other@example.org", "text", "<p>text</p>")
    message = compose(letter, f"Visits{break_}X-Evil: 1 <visits@example.org>", "key", house.now)
    assert "Bcc" not in message
    assert "X-Evil" not in message
    assert message["Subject"] == "Hello Bcc: other@example.org"
    with pytest.raises(Rejected):
        compose(Letter(f"li@example.org{break_}Bcc: other@example.org", "Hello", "", ""), "visits@example.org", "key", house.now)


def test_without_a_gateway_messages_are_files(house: House, family: Family, tmp_path: Path) -> None:
    folder = tmp_path / "outgoing"
    post = Post(
        FileSms(folder / "sms.jsonl", house.clock.now), FileMail(folder / "mail", "visits@localhost", house.clock.now), "http://localhost:8000", house.clock.now
    )
    told(house, family)
    made = Worker(house.prison, house.clock, handlers(post), [], open_log())
    made.deliver_due("sms")
    made.deliver_due("email")
    line = json.loads((folder / "sms.jsonl").read_text())
    assert line["to"] == "+8613800138000"
    assert (folder / "sms.jsonl").stat().st_mode & 0o077 == 0
    assert len(list((folder / "mail").glob("*.eml"))) == 1


def test_the_inbox_shows_what_was_told_and_its_reason(house: House, family: Family) -> None:
    told(house, family, "kinship_refused", link="/kinships/K7M2Q9TB")
    page = browser(house, "family", family.account)
    html = page.get("/notices").text
    assert "张三的材料不清楚" in html
    assert "K7M2Q9TB" in html
    answer = page.submit(form="/open", follow=False)
    assert answer.status_code == 302
    assert answer.location == "/kinships/K7M2Q9TB"
    assert house.read(lambda session: session.scalars(select(Notice)).one().read_at) == house.now


def test_all_can_be_marked_as_read(house: House, family: Family) -> None:
    for _turn in range(3):
        told(house, family)
    page = browser(house, "family", family.account)
    page.get("/notices")
    page.submit(form="/notices/read")
    assert all(row.read_at for row in house.read(lambda session: session.scalars(select(Notice)).all()))
    assert "/notices/read" not in page.get("/notices").text


def test_an_empty_inbox_says_so(house: House, family: Family) -> None:
    assert "还没有消息" in browser(house, "family", family.account).get("/notices").text


def test_somebody_elses_notice_does_not_exist(house: House, family: Family) -> None:
    told(house, family)
    other = house.write(make_family)
    page = browser(house, "family", other.account)
    page.get("/notices")
    assert "K7M2Q9TB" not in page.page.text
    assert page.post("/notices/1/open").status_code == 404
    assert page.post("/notices/999/open").status_code == 404
    page.post("/notices/read")
    assert house.read(lambda session: session.scalars(select(Notice)).one().read_at) is None


def test_nobody_enters_without_a_sign_in(house: House) -> None:
    stranger = Browser(house.family.test_client())
    assert stranger.post("/notices/1/open").status_code in (400, 401)
    assert house.prison.test_client().get("/notices").status_code == 404

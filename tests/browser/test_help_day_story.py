"""Legal help, the story whole: an inmate's father works in another city and is not paid. Asked, seated, advised under the officer's eyes, referred; and the
father, who has no account, opens the link that names nobody.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

import wsgi
from consult.helpdays import queue
from consult.helpdays.models import HelpSeat
from tests.browser.browsers import PHONE, Cast, Person, cast
from tests.browser.help_day import INMATE, Story, make_story
from tests.browser.live_rig import Rig, act, live_rig, officer_in, until
from tests.browser.test_live_visit import awaits, moves, no_faults
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.bookings.models import Booking
from visitation.supervision import checkin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(240)]

ASKED = "我父亲在东莞的工地干了三个月，包工头一直拖欠工资。他应该找哪个部门？"
NOTED = "先向东莞仲裁院申请，时效一年；证据清单已口述。"
MORE = "家属周五前交材料。"
NUMBER = "13800001234"


@pytest.fixture
def people() -> Iterator[Cast]:
    with cast() as made:
        yield made


def _beside(person: Person, **options: Any) -> Person:
    """Somebody else, in a window of their own of a browser that runs already: nothing is shared but the machine."""
    context = person.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
    context.grant_permissions(["camera", "microphone"])
    other = Person(person.browser, context, context.new_page(), person.faults)
    other.page.on("console", lambda message: other.faults.append(message.text) if message.type == "error" else None)
    other.page.on("pageerror", lambda error: other.faults.append(str(error)))
    return other


def send(page: Page, form: str, button: str = "button[type=submit]") -> None:
    with page.expect_navigation():
        page.locator(f"{form} {button}").first.click()


def enter(rig: Rig, page: Page, zone: str, token: str, path: str) -> None:
    origin = rig.stack.family if zone == "family" else rig.stack.prison
    page.goto(f"{origin}/rig/enter/{token}?language=zh_Hans_CN")
    page.goto(f"{origin}{path}")


def test_from_the_inmates_question_to_the_fathers_telephone(tmp_path: Path, people: Cast) -> None:
    with live_rig(tmp_path, minutes=20, make=make_story) as rig:
        story: Story = rig.visit  # type: ignore[assignment]
        staff, lawyer, terminal = people.person(), people.person(), people.person()
        _asked_and_seated(rig, story, staff, lawyer)
        rig.write(story.booked)
        afternoon = _called(rig, story, staff, lawyer)
        kiosk = rig.terminal_in(terminal)
        _talked(rig, story, staff, lawyer, afternoon, kiosk)
        _referred(rig, story, afternoon)
        father = _beside(terminal, viewport=PHONE, is_mobile=True)
        _the_father_knows_where_to_go(rig, story, father)
        assert [fault for fault in no_faults(staff, lawyer, terminal, father) if "ERR_INTERNET_DISCONNECTED" not in fault] == []


def _asked_and_seated(rig: Rig, story: Story, staff: Person, lawyer: Person) -> None:
    """The ward enters it, the legal office decides and plans, the lawyer declares no conflict, the day is published."""
    page, (ward, office, _officer) = staff.page, story.staff
    enter(rig, page, "prison", ward, f"/help-requests/new/{story.inmate_id}")
    page.check("#request [name=matter][value=labour]")
    page.fill("#request [name=summary]", ASKED)
    page.fill("#request [name=parties]", "东莞某建筑公司")
    page.select_option("#request [name=concerned_relation]", "parent")
    page.fill("#request [name=concerned_place]", "广东省东莞市")
    page.check("#request [name=consent]")
    send(page, "#request")
    enter(rig, page, "prison", office, "/help-requests/" + page.url.rpartition("/")[2])
    page.check("#triage [name=path][value=helpday]")
    send(page, "#triage")
    page.goto(f"{rig.stack.prison}/help-days/{story.day_ref}/plan")
    send(page, "#propose")
    send(page, "#ask")
    enter(rig, lawyer.page, "family", story.family_token, "/lawyer/conflicts")
    assert "东莞某建筑公司" in lawyer.page.locator("main").inner_text()
    assert ASKED not in lawyer.page.locator("main").inner_text(), "names, and nothing else"
    send(lawyer.page, "#declare", "button[value=all_none]")
    page.goto(f"{rig.stack.prison}/help-days/{story.day_ref}/plan")
    send(page, "#publish")


def _called(rig: Rig, story: Story, staff: Person, lawyer: Person) -> Page:
    """The officer calls the case; the lawyer's page says who waits, and leads into the room."""
    page = lawyer.page
    page.goto(f"{rig.stack.family}/lawyer/afternoon")
    assert ASKED in page.locator("main").inner_text(), "the matter beforehand"
    queue_page = staff.page
    enter(rig, queue_page, "prison", story.staff[2], f"/help-days/{story.day_ref}/queue")
    queue_page.locator("#queue button[value=call]").click()
    queue_page.locator("#queue button[value=back]").wait_for()
    queue_page.locator("#queue button[value=arrived]").click()
    queue_page.locator("#queue button[value=arrived]").wait_for(state="detached")
    page.locator("#afternoon-board", has_text="已在终端前等候您").wait_for(timeout=15000)
    return page


def _talked(rig: Rig, story: Story, staff: Person, lawyer: Person, afternoon: Page, kiosk: Page) -> None:
    """Compared with the licence, seen and not heard; notes are kept while they talk; then the seat follows the end."""
    with lawyer.context.expect_page() as opened:
        afternoon.locator("#afternoon-board a[href$='/room']").click()
    room = opened.value
    room.on("pageerror", lambda error: lawyer.faults.append(str(error)))
    room.wait_for_load_state()  # the room's script must be there before the button is pressed
    room.click("[data-join]")
    room.locator(".wait-pictures").wait_for()
    officer = _beside(staff)
    console = officer_in(rig, officer, "check_in")
    pid = f"lawyer:{story.lawyer_id}"
    until(lambda: act(console, "check", pid=pid)["ok"])
    rig.write(lambda s: checkin.decide_outside(s, _officer(s, story), s.get_one(Booking, story.booking_id), checkin.Verdict(0, "confirmed", leg=pid), _now()))
    rig.finish_check_in()
    console = officer_in(rig, officer, "supervise")
    awaits(room, "LIVE")
    awaits(kiosk, "LIVE", "#kiosk")
    assert moves(kiosk, "[data-remote]")
    assert moves(console, "video:nth-of-type(1)"), "under the officer's eyes"
    media = console.evaluate("window.officer.peer.offer.streams.map((one) => one.medium)")
    assert "audio" not in media, "and not within hearing"
    until(lambda: rig.write(lambda s: queue.sweep(s, _now())) or _seat(rig) == "live")
    afternoon.bring_to_front()
    afternoon.fill("#note textarea", NOTED)
    until(lambda: "已保存" in afternoon.locator("[data-keep-state]").inner_text())
    assert act(console, "end", reason="test")["ok"]
    awaits(room, "ENDED")
    room.close()
    until(lambda: rig.write(lambda s: queue.sweep(s, _now())) or _seat(rig) == "advised")


def _referred(rig: Rig, story: Story, page: Page) -> None:
    """To the arbitration office nearest to the father, who lives elsewhere."""
    page.goto(f"{rig.stack.family}/lawyer/cases")
    with page.expect_navigation():
        page.locator("main a[href*='/lawyer/cases/']").first.click()
    assert page.locator("#note textarea").input_value() == NOTED
    page.context.set_offline(True)
    page.fill("#note textarea", NOTED + MORE)
    page.locator("[data-keep-state]", has_text="网络中断").wait_for()
    page.context.set_offline(False)
    page.locator("[data-keep-state]", has_text="已保存").wait_for()
    with page.expect_navigation():
        page.locator("a[href$='/referral']").click()
    nearest = page.locator("#refer .choice").first
    assert "441900labour_arbitration" in nearest.inner_text()
    assert nearest.locator("input").is_checked()
    page.fill("#refer [name=sentence]", f"{INMATE}托我转告：请带上工资条。")
    page.fill("#refer [name=mobile]", NUMBER)
    page.check("#refer [name=consent]")
    send(page, "#refer")
    assert INMATE in page.locator(".alert-danger").inner_text(), "a name is refused, and nothing typed is lost"
    assert page.input_value("#refer [name=mobile]") == NUMBER
    page.fill("#refer [name=sentence]", "请带上工资条。")
    send(page, "#refer")
    assert "转介已办理" in page.locator("main").inner_text()


def _the_father_knows_where_to_go(rig: Rig, story: Story, father: Person) -> None:
    """No account, one link, one tap; no prison and no person on it."""
    wsgi.build_worker(rig.prison).deliver_due("sms")
    folder = rig.prison.extensions["settings"].data_dir
    sent = [json.loads(line) for line in (folder / "outgoing" / "sms.jsonl").read_text().splitlines()]
    message = next(one["text"] for one in sent if one["to"] == f"+86{NUMBER}")
    page = father.page
    page.goto("http" + message.partition("http")[2].split()[0])
    send(page, "#open")
    text = page.locator("body").inner_text()
    assert "441900labour_arbitration" in text
    assert "请带上工资条。" in text
    assert page.locator("a[href^='tel:0769']").count() == 1
    for hidden in (INMATE, story.prison, "监狱", "服刑", "会见"):
        assert hidden not in text + message, hidden
    assert page.evaluate("document.documentElement.scrollWidth <= 360"), "it fits a small phone"


def _seat(rig: Rig) -> str:
    return str(rig.read(lambda session: session.scalars(select(HelpSeat)).one().state))


def _officer(session, story: Story):  # type: ignore[no-untyped-def]
    return identity_of(session.get_one(Account, story.officer_id), "prison")


def _now() -> datetime:
    return datetime.now(UTC)

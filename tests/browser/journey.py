"""One family visit through the pages, from an empty prison to the outcome: what administrator, family, ward, officer and terminal do.

Each act is what a person does: pages, forms, buttons. Only the beginning is short-cut (`furnish`): a prison with levels, an administrator who has
enrolled, and the prison's rule that a visit may be booked for the same day.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Page
from sqlalchemy.orm import Session

import wsgi
from tests.browser.browsers import PHONE, Cast, Person
from tests.factories import make_levels, make_prison, make_staff, make_ward
from tests.numbers import resident_id
from tests.settings import settings_for
from tests.stack import Stack
from visitation.accounts.passwords import hash_password
from visitation.kernel.clock import SystemClock
from visitation.kernel.identity import Role
from visitation.kernel.interval import LOCAL
from visitation.policies.models import PolicyRow
from visitation.store.transaction import perform

PASSWORD = "绿树成荫的一条安静的小路上"
MOBILE = "13800138000"
STEP = timedelta(minutes=5)


def until(holds: Callable[[], Any], seconds: float = 20, what: str = "it") -> Any:
    """Wait for something in a page: the content policy does not let Playwright's own wait_for_function run there."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.1)
    return value


@dataclass
class Journey:
    """The state of the play. `starts`: when the visit is to begin; `seen`: names of the pages that were photographed."""

    stack: Stack
    cast: Cast
    pictures: Path | None = None
    starts: datetime = field(default_factory=lambda: next_start(datetime.now(UTC)))
    secrets: dict[str, str] = field(default_factory=dict)
    ref: str = ""
    seen: list[str] = field(default_factory=list)

    # ---- the beginning

    def furnish(self) -> None:
        """A prison with levels and a ward, an administrator, and the rule that lets a visit be booked for today."""
        _family, prison = settings_for(self.stack.database_url, self.stack.folder)
        app = wsgi.build_prison(prison, SystemClock())
        secret = pyotp.random_base32()

        def work(session: Session) -> None:
            made = make_prison(session, name="清河示范监狱", name_en="Clearwater Model Prison", code="QH", phone="010-55550100")
            make_levels(session)
            make_ward(session, made, name="一监区", name_en="Ward One")
            account = make_staff(session, [Role.ADMINISTRATOR], made, login="admin", name="管理员", password_hash=hash_password(PASSWORD))
            account.totp_secret = secret
            for key, value in (("window_min_days", 0), ("release_time", "00:00")):
                row = {"key": key, "value": value, "prison_id": made.id, "effective_from": date(2026, 1, 1), "basis": "示范"}
                session.add(PolicyRow(**row, created_at=datetime.now(UTC)))

        with app.app_context():
            perform(work)
        self.secrets["admin"] = secret

    # ---- the administrator

    def administer(self, admin: Person, *, timetable: bool = True) -> None:
        """An inmate, a terminal, officers; with `timetable`, a weekly row that begins now, and the roster."""
        page = admin.page
        self._sign_in(page, "admin", PASSWORD)
        self._fill(page, "/inmates/new", number="65010001", name="王晓明", level="general")
        self.photograph(admin, "prison-inmate")
        self._fill(page, "/prisons/QH/terminals/new", name="1", room="会见室一")
        self.secrets["ward"] = self.staff(admin, "ward1", "李监区", ["ward_officer"], wards=True)
        self.secrets["officer"] = self.staff(admin, "officer1", "赵警官", ["officer"])
        if timetable:
            self._timetable(page)
            self.photograph(admin, "prison-roster")

    def staff(self, admin: Person, login: str, name: str, roles: list[str], *, wards: bool = False) -> str:
        """A member of staff; returns the one-time password."""
        page = admin.page
        page.goto(f"{self.stack.prison}/staff/new")
        page.fill("[name=login]", login)
        page.fill("[name=name]", name)
        for role in roles:
            page.check(f"[name=roles][value={role}]")
        if wards:
            page.locator("[name=wards]").first.check()
        page.locator("main form button[type=submit]").first.click()
        return page.locator("#one-time").inner_text().strip()

    def _timetable(self, page: Page) -> None:
        local = self.starts.astimezone(LOCAL)
        weekday = str(local.weekday())
        page.goto(f"{self.stack.prison}/timetable/days/new")
        page.fill("[name=day]", local.date().isoformat())
        page.select_option("[name=working]", "yes")
        self._seen_and_saved(page, "day-form")
        page.goto(f"{self.stack.prison}/timetable/new")
        page.select_option("[name=kind]", "family_visit")
        page.check(f"[name=weekdays][value='{weekday}']")
        page.fill("[name=opens]", local.strftime("%H:%M"))
        page.fill("[name=closes]", (local + timedelta(minutes=30)).strftime("%H:%M"))
        page.fill("[name=minutes]", "30")
        page.fill("[name=turnaround]", "5")
        page.fill("[name=stagger]", "0")
        page.locator("[name=terminals]").first.check()
        page.fill("[name=valid_from]", local.date().isoformat())
        self._seen_and_saved(page, "template")
        page.wait_for_url(lambda url: not url.endswith("/new"))
        page.goto(f"{self.stack.prison}/timetable/roster/new")
        page.locator("[name=officer] option", has_text="赵警官").wait_for(state="attached")
        page.select_option("[name=officer]", label="赵警官")
        page.fill("[name=starts]", (local - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M"))
        page.fill("[name=ends]", (local + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
        page.fill("[name=lanes]", "4")
        self._seen_and_saved(page, "duty")

    @staticmethod
    def _seen_and_saved(page: Page, form: str) -> None:
        """Show what the change does, then save it."""
        for _step in ("show", "save"):
            with page.expect_navigation():
                page.locator(f"#{form} .form-actions button[type=submit]").click()

    def pair(self, admin: Person, terminal: Person) -> None:
        """The terminal shows a code, the administrator types it, the terminal goes on by itself."""
        terminal.page.goto(f"{self.stack.prison}/pair")
        shown = terminal.page.locator("[data-code]")
        code = until(lambda: (text := shown.inner_text().strip()) and "·" not in text and text, what="a pairing code")
        self.photograph(terminal, "terminal-pairing")
        admin.page.goto(f"{self.stack.prison}/terminals/1/devices")
        admin.page.fill("#pair [name=code]", code)
        admin.page.locator("#pair button[type=submit]").click()
        terminal.page.wait_for_url("**/kiosk", timeout=30_000)

    # ---- the family

    def register(self, family: Person) -> None:
        """Number and code, face and document by the camera, details."""
        page = family.page
        page.goto(f"{self.stack.family}/sign-in")
        self.photograph(family, "family-sign-in")
        page.fill("[name=mobile]", MOBILE)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/sign-in/code")
        page.fill("[name=code]", self._code())
        page.locator("main form button[type=submit]").first.click()
        for purpose in ("face", "document"):
            page.wait_for_url(f"**/register/{purpose}")
            self._take_photo(family, purpose)
            page.locator("#photo-form > .form-actions button[type=submit]").click()
        page.wait_for_url("**/register/details")
        page.fill("[name=name]", "阿依古丽·买买提")
        page.select_option("[name=document_kind]", "resident_id")
        page.fill("[name=document_number]", resident_id(date(1988, 3, 8)))
        page.fill("[name=email]", "family@example.org")
        page.check("[name=agree]")
        self.photograph(family, "family-details")
        page.locator("#details-form button[type=submit]").click()
        page.wait_for_url(f"{self.stack.family}/")

    def _take_photo(self, family: Person, purpose: str) -> None:
        page = family.page
        page.locator("[data-open-camera]").click()
        until(lambda: page.evaluate("document.querySelector('[data-view]').videoWidth > 0"), what="the camera")
        page.locator("[data-take]").click()
        page.locator("[data-use]").click()
        page.locator("li[data-uid] img").wait_for()
        self.photograph(family, f"family-photo-{purpose}")

    def _code(self) -> str:
        """The newest code that was sent, read as the demonstration shows it."""
        path = self.stack.folder / "outgoing" / "sms.jsonl"
        lines = until(lambda: path.exists() and path.read_text(encoding="utf-8").splitlines(), what="the message with the code")
        text = json.loads(lines[-1])["text"]
        return next(word for word in "".join(letter if letter.isdigit() else " " for letter in text).split() if len(word) == 6)

    def claim(self, family: Person) -> None:
        """Name the inmate and bring the proof."""
        page = family.page
        page.goto(f"{self.stack.family}/relatives/new")
        page.select_option("[name=prison]", index=0 if page.locator("[name=prison] option").count() == 1 else 1)
        page.fill("[name=inmate_name]", "王晓明")
        page.fill("[name=inmate_number]", "65010001")
        page.select_option("[name=relation]", "spouse")
        page.select_option("[name=proof_kind]", "marriage")
        page.locator("input[type=file]").set_input_files(files=[{"name": "结婚证.png", "mimeType": "image/png", "buffer": picture()}])
        page.locator("li[data-uid]").wait_for()
        self.photograph(family, "family-claim")
        page.locator("#claim-form .form-actions button[type=submit]").click()
        page.wait_for_url("**/relatives/*")

    def book(self, family: Person) -> None:
        """The first free time, the notice, and the booking."""
        page = family.page
        page.goto(f"{self.stack.family}/visits/new")
        self.photograph(family, "family-months")
        page.locator("#hold .slot").first.click()
        page.wait_for_url("**/confirm")
        page.check("[name=accept]")
        self.photograph(family, "family-confirm")
        page.locator("#confirm .form-actions button[type=submit]").click()
        page.wait_for_url(lambda url: "/confirm" not in url)
        self.ref = page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
        self.photograph(family, "family-booked")

    def test_equipment(self, family: Person) -> None:
        """Camera, microphone, sound and line, a few seconds through the broker."""
        page = family.page
        page.goto(f"{self.stack.family}/visits/{self.ref}/test")
        page.locator("[data-start]").click()
        page.locator("[data-play]").click()
        page.locator("[data-heard=yes]").click()
        page.locator("[data-verdict]:not([hidden])").wait_for(timeout=40_000)
        self.photograph(family, "family-test")

    def enter(self, family: Person) -> None:
        """Into the waiting room with one tap."""
        page = family.page
        page.goto(f"{self.stack.family}/visits/{self.ref}/room")
        page.locator("[data-join]").click()
        page.locator(".wait-pictures").wait_for()
        time.sleep(1)
        self.photograph(family, "family-waiting")

    # ---- ward and officer

    def accept(self, ward: Person) -> None:
        """The ward officer records that the inmate accepts the visitor."""
        self._sign_in(ward.page, "ward1", self.secrets["ward"])
        ward.page.goto(f"{self.stack.prison}/answers")
        self.photograph(ward, "prison-answers")
        ward.page.locator("button[name=answer][value=accepted]").first.click()
        ward.page.locator("button[name=answer][value=withdrawn]").wait_for()

    def approve(self, officer: Person) -> None:
        """Compare, check restrictions, approve."""
        page = officer.page
        self._sign_in(page, "officer1", self.secrets["officer"])
        page.goto(f"{self.stack.prison}/kinship")
        page.locator("tbody a.reference").first.click()
        page.check("#restriction [name=result][value=none]")
        with page.expect_navigation():
            page.locator("#restriction button[type=submit]").click()
        self.photograph(officer, "prison-claim")
        page.locator("#decision button[value=approve]").click()
        page.locator("#decision").wait_for(state="detached")

    def check_in(self, officer: Person) -> None:
        """See the visitor by camera beside photo and document, tick, and go on to the console."""
        page = officer.page
        page.goto(f"{self.stack.prison}/")
        until(lambda: page.locator(f"a[href$='/visits/{self.ref}/check-in']").count(), what="the visit on the desk")
        self.photograph(officer, "prison-desk")
        page.locator(f"a[href$='/visits/{self.ref}/check-in']").first.click()
        until(lambda: page.evaluate("(() => { const v = document.querySelector('[data-camera]'); return Boolean(v) && v.videoWidth > 0 })()"), 30, "the camera")
        self.photograph(officer, "prison-check-in")
        page.locator("button[value=confirmed]").click()
        until(lambda: page.locator("#check-in-end button.btn-primary:enabled").count(), what="the end of the check-in")
        page.locator("#check-in-end button.btn-primary").click()
        page.wait_for_url("**/console")

    def live(self, officer: Person) -> None:
        """Wait until the gate is open."""
        until(lambda: "gate-good" in (officer.page.locator("[data-gate]").get_attribute("class") or ""), 60, "the open gate")

    def end(self, officer: Person) -> None:
        """End with a reason, and write the outcome down."""
        page = officer.page
        page.locator("[data-do=end]").click()
        page.locator("#end-reason").select_option("finished_early")
        page.locator("[data-end-form] button[type=submit]").click()
        until(lambda: page.locator("select[name=outcome]").count(), 40, "the form of the outcome")
        page.fill("textarea[name=note]", "一切正常")
        self.photograph(officer, "prison-outcome")
        page.locator("form:has(select[name=outcome]) button[type=submit]").click()

    # ---- pieces

    def sign_in(self, person: Person, login: str, password: str) -> None:
        """Sign a member of staff in who has had nothing to do yet."""
        self._sign_in(person.page, login, password)

    def _sign_in(self, page: Page, login: str, password: str) -> None:
        """Password; at the first time a password of one's own and the enrolment; the code of the second factor."""
        page.goto(f"{self.stack.prison}/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", password)
        self._press(page)
        for _step in range(4):
            if page.url == f"{self.stack.prison}/":
                return
            step = page.url.rsplit("/", 1)[-1]
            if step == "password":
                page.fill("[name=new]", PASSWORD)
                page.fill("[name=again]", PASSWORD)
            elif step == "enrol":
                self.secrets[f"{login}.totp"] = page.locator("code.reference").inner_text().replace(" ", "")
            if step in ("enrol", "code"):
                page.fill("[name=code]", pyotp.TOTP(self.secrets.get(f"{login}.totp") or self.secrets[login]).now())
            self._press(page)
        assert page.url == f"{self.stack.prison}/", page.locator("main").inner_text()

    @staticmethod
    def _press(page: Page) -> None:
        """Send the first form of the page, and wait for the next page."""
        with page.expect_navigation():
            page.locator("main form button[type=submit]").first.click()

    def _fill(self, page: Page, path: str, **values: str) -> None:
        page.goto(f"{self.stack.prison}{path}")
        for name, value in values.items():
            control = page.locator(f"main [name={name}]")
            if control.evaluate("one => one.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: not url.endswith(path))

    def photograph(self, person: Person, name: str) -> None:
        if self.pictures is not None:
            person.page.screenshot(path=str(self.pictures / f"{name}.png"), animations="disabled")
        self.seen.append(name)


def next_start(now: datetime) -> datetime:
    """The next five-minute mark that leaves a few minutes for the way through the pages; on the same day in Shanghai."""
    start = datetime.fromtimestamp((now.timestamp() // 300 + 2) * 300, tz=UTC)
    local = start.astimezone(LOCAL)
    if (local + timedelta(minutes=45)).date() != local.date():
        start = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), tzinfo=LOCAL).astimezone(UTC) + STEP
    return start


def picture() -> bytes:
    """A small PNG, for a proof."""
    import io

    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 60, 60)).save(made, "PNG")
    return made.getvalue()


def people(cast: Cast) -> dict[str, Person]:
    """The five persons: family on a telephone, the others at desks."""
    roles = {"admin": None, "family": PHONE, "ward": None, "officer": None, "terminal": None}
    return {name: cast.person(viewport, mobile=viewport is PHONE) for name, viewport in roles.items()}

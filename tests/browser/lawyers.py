"""How a lawyer comes to sit in a session: firm and invitation by the legal office, registration with a second factor, verification of the licence."""

import pyotp

from tests.browser.browsers import Person
from tests.browser.journey import PASSWORD, Journey

LOGIN = "lawyer"
NAME = "苏敏"
LICENCE = "11101202010000001"


def invite(journey: Journey, office: Person) -> str:
    """The legal office enters the firm and makes an invitation. Returns its code."""
    page = office.page
    page.goto(f"{journey.stack.prison}/lawyers/firms/new")
    page.fill("#firm [name=name]", "明德律师事务所（演示）")
    with page.expect_navigation():
        page.locator("#firm button[type=submit]").first.click()
    page.goto(f"{journey.stack.prison}/lawyers/invite")
    page.fill("#invite [name=name]", NAME)
    with page.expect_navigation():
        page.locator("#invite button[type=submit]").first.click()
    return page.locator("#invitation").inner_text().strip()


def join(journey: Journey, lawyer: Person, code: str) -> None:
    """The lawyer registers with the code, enrols the second factor and is in."""
    page = lawyer.page
    page.goto(f"{journey.stack.family}/lawyer/join")
    for name, value in (("code", code), ("name", NAME), ("licence", LICENCE), ("login", LOGIN), ("new", PASSWORD), ("again", PASSWORD)):
        page.fill(f"#join [name={name}]", value)
    with page.expect_navigation():
        page.locator("#join button[type=submit]").first.click()
    page.fill("[name=login]", LOGIN)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("#factor-form [name=code]", pyotp.TOTP(secret).now())
    with page.expect_navigation():
        page.locator("#factor-form button[type=submit]").click()
    assert "/clerk/sign-in" not in page.url, page.locator("main").inner_text()


def verify(journey: Journey, office: Person) -> None:
    """The licence is compared with the register, and stands."""
    page = office.page
    page.goto(f"{journey.stack.prison}/lawyers?state=submitted")
    page.locator("tbody a").first.click()
    page.fill("#decide [name=text]", "司法厅公开名册，当日查询")
    with page.expect_navigation():
        page.locator("#decide button[value=verify]").click()


def enter(journey: Journey, lawyer: Person) -> None:
    """From the list of sessions into the waiting room."""
    page = lawyer.page
    page.goto(f"{journey.stack.family}/sessions")
    journey.photograph(lawyer, "lawyer-sessions")
    with page.expect_navigation():  # to its load: the room's script must be there before the button is pressed
        page.locator(f"a[href$='/visits/{journey.ref}/room']").click()
    page.locator("[data-join]").click()
    page.locator(".wait-pictures").wait_for()
    journey.photograph(lawyer, "lawyer-waiting")

"""Chromium with an invented camera and microphone, in as many separate browsers as there are people in the play."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import kill

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

EXECUTABLE = "/usr/bin/chromium"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1366, "height": 800}


@dataclass
class Person:
    """One person at one browser; `faults` collects what the console and the content policy complained about."""

    browser: Browser
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every renderer of this browser stands still (SIGSTOP) inside the block."""
        session = self.browser.new_browser_cdp_session()
        pids = [int(one["id"]) for one in session.send("SystemInfo.getProcessInfo")["processInfo"] if one["type"] == "renderer"]
        try:
            for pid in pids:
                kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                kill(pid, signal.SIGCONT)


class Cast:
    """The people of a play, each in a browser process of their own."""

    def __init__(self, play: Playwright, locale: str = "zh-CN") -> None:
        self._play = play
        self._locale = locale
        self.people: list[Person] = []

    def person(
        self,
        viewport: dict[str, int] | None = None,
        *,
        mobile: bool = False,
        user_agent: str | None = None,
        program: str = EXECUTABLE,
        flags: tuple[str, ...] = (),
    ) -> Person:
        """Open a browser for one more person; `program` starts it, with further `flags`."""
        browser = self._play.chromium.launch(executable_path=program, args=[*FLAGS, *flags], ignore_default_args=["--mute-audio"])
        context = browser.new_context(
            viewport=viewport or DESK, locale=self._locale, is_mobile=mobile, has_touch=mobile, user_agent=user_agent, timezone_id="Asia/Shanghai"
        )
        context.grant_permissions(["camera", "microphone"])
        one = Person(browser, context, context.new_page())
        one.page.on("console", lambda message: _listen(one, message))
        one.page.on("pageerror", lambda error: one.faults.append(f"error: {error}"))
        self.people.append(one)
        return one

    def close(self) -> None:
        for one in self.people:
            one.browser.close()


def _listen(person: Person, message: ConsoleMessage) -> None:
    text = message.text
    if message.type == "error" or "Content Security Policy" in text or "Content-Security-Policy" in text:
        person.faults.append(text)


@contextmanager
def cast(locale: str = "zh-CN") -> Iterator[Cast]:
    """Browsers for one test; all are closed at its end."""
    with sync_playwright() as play:
        made = Cast(play, locale)
        try:
            yield made
        finally:
            made.close()

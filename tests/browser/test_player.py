"""Playback in a real browser, on small films of its own: what the record says and what a file holds need not agree to the millisecond."""

import json
from fractions import Fraction
from html import escape
from io import BytesIO

import av
import pytest
from playwright.sync_api import Page, Route

from tests.browser.browsers import cast
from tests.browser.live_rig import until
from tests.browser.served import served
from tests.conftest import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
FPS = 25
CONTROLS = """
<button data-play></button><div data-track><input type="range" data-seek><i data-head></i></div><span data-place></span>
<select data-speed><option value="1"></select><input type="checkbox" data-skip checked><p data-player-trouble hidden></p>
"""


def film(seconds: float) -> bytes:
    """A WebM of `seconds`, as the prison's playable copies are."""
    result = BytesIO()
    with av.open(result, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=FPS)
        stream.width, stream.height, stream.time_base = 64, 48, Fraction(1, FPS)
        for number in range(int(seconds * FPS)):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return result.getvalue()


def shown(page: Page, origin: str, legs: dict[str, list[dict[str, object]]], films: dict[str, bytes]) -> None:
    """A page with the player on it, playing `legs` from `films` (by name)."""
    playable = escape(json.dumps({"begin": 0, "legs": legs, "marks": []}))
    videos = "".join(f'<video data-leg="{leg}" muted playsinline></video>' for leg in legs)
    script = '<script type="module" src="/static/js/desk/player.js"></script>'
    html = f'<!doctype html><section id="player" data-playable="{playable}">{videos}{CONTROLS}</section>{script}'

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        if name in films:
            route.fulfill(body=films[name], content_type="video/webm")
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page.route("**/rig/*", answer)
    page.goto(f"{origin}/rig/page")


def test_a_segment_that_is_shorter_than_its_record_rests_at_its_end(house: House) -> None:
    with served(house) as places, cast() as people:
        page = people.person().page
        short, long = {"at": 0, "seconds": 1.2, "src": "/rig/short"}, {"at": 1.5, "seconds": 2, "src": "/rig/long"}
        shown(page, places.origins["prison"], {"terminal": [short, long], "outside1": [long]}, {"short": film(0.4), "long": film(2)})
        page.evaluate("window.begun = 0; document.querySelector('[data-leg=terminal]').addEventListener('play', () => { window.begun += 1; })")
        page.locator("[data-play]").click()
        for leg in ("terminal", "outside1"):
            until(lambda leg=leg: page.evaluate(f"document.querySelector('[data-leg={leg}]').currentSrc.endsWith('long')"))
        until(lambda: page.evaluate("[...document.querySelectorAll('video')].every((video) => video.currentTime > 1.5)"))
        until(lambda: page.locator("[data-place]").inner_text() == "0:03 / 0:03")
        assert page.evaluate("window.begun") == 2, "once for each segment: a film that has ended is not begun again"

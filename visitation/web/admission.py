"""When more people knock than a process can serve: those beyond the limit wait at the door, with a page that keeps their place and tries again by itself.

A family that is asked to wait gets a signed mark of when it came. The longer somebody has waited, the sooner they are let in: the limit is a little higher
for them with every second. What they had sent is kept in the page, and sent again. Visits under way and what belongs to pages are never asked to wait.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from flask_babel import get_locale
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup, escape

from visitation.kernel.clock import Clock
from visitation.kernel.identity import Zone

RETRY_SECONDS = 3
LONGEST_WAIT = 120
"""Seconds after which an older place is no better than this."""
SECONDS_A_PLACE = 2
"""Waiting this long raises the limit by one."""
PLACE = "__Host-family-place"
FREE = ("/static/", "/bootstrap/", "/healthz", "/i18n/", "/room", "/test")
KEPT = ("bookings.", "changes.", "waiting.", "offers.")
"""Rooms whose forms are kept in the page: none of them carries a password or a code."""
TURNED_AWAY = "visits.turned_away"


class Gate:
    """How many are inside, of `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.inside = 0
        self._guard = threading.Lock()

    def enter(self, waited: float = 0.0) -> bool:
        """Whether there is room, also for somebody who has waited so many seconds."""
        with self._guard:
            if self.inside >= self.most + int(min(waited, LONGEST_WAIT) / SECONDS_A_PLACE):
                return False
            self.inside += 1
            return True

    def leave(self) -> None:
        with self._guard:
            self.inside -= 1


def install_admission(app: Flask, zone: Zone, most: int) -> None:
    """Stand before everything else, in the families' application. The prison's own has as many users as it has desks."""
    if zone is not Zone.FAMILY:
        return
    gate = app.extensions["admission"] = Gate(most)
    inner = app.wsgi_app

    def admit(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if any(part in path for part in FREE):
            return inner(environ, start_response)
        if not gate.enter() and not gate.enter(_waited(app, environ)):
            environ[TURNED_AWAY] = True
            return inner(environ, start_response)
        try:
            return inner(environ, start_response)
        finally:
            gate.leave()

    app.wsgi_app = admit  # type: ignore[method-assign]
    app.before_request(_wait_please)


def _signer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(str(app.config["SECRET_KEY"]), salt="place")


def _now(app: Flask) -> float:
    clock: Clock = app.extensions["clock"]
    return clock.now().timestamp()


def _waited(app: Flask, environ: dict[str, Any]) -> float:
    """Seconds since this browser was first asked to wait; 0 for a place that we did not give."""
    for part in str(environ.get("HTTP_COOKIE", "")).split("; "):
        name, _, value = part.partition("=")
        if name == PLACE:
            try:
                return max(0.0, _now(app) - float(_signer(app).loads(value)))
            except (BadSignature, TypeError, ValueError):
                return 0.0
    return 0.0


def _wait_please() -> Response | None:
    """The page for somebody who was turned away; nothing was done of what they asked."""
    if not request.environ.get(TURNED_AWAY):
        return None
    answer = Response(_page(), status=429, mimetype="text/html")
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    if PLACE not in request.cookies:
        mark = _signer(current_app).dumps(round(_now(current_app), 1))
        answer.set_cookie(PLACE, str(mark), max_age=LONGEST_WAIT * 5, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def _page() -> str:
    """The page of this language, made once, with what was sent put into it: turning somebody away must cost next to nothing."""
    kept = request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded" and (request.endpoint or "").startswith(KEPT)
    kind = "get" if request.method in ("GET", "HEAD") else "post" if kept else "back"
    pages: dict[tuple[str, str], str] = current_app.extensions.setdefault("busy_pages", {})
    key = (str(get_locale()), kind)
    if key not in pages:
        pages[key] = render_template("shared/busy.html", kind=kind, seconds=RETRY_SECONDS)
    return pages[key].replace("<!--sent-->", _sent() if kept else "")


def _sent() -> str:
    fields = ((name, value) for name, values in request.form.lists() for value in values)
    inputs = (Markup('<input type="hidden" name="{}" value="{}">').format(name, value) for name, value in fields)
    return f'<form method="post" action="{escape(request.path)}" data-again="{RETRY_SECONDS}">{"".join(inputs)}'

"""Both applications of a `house` in real browsers: served on free loopback ports, with a door for signing in that only tests have."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, g, redirect, request
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from tests import factories
from tests.conftest import House
from visitation.accounts.models import Account
from visitation.kernel.identity import Identity
from visitation.web.door import access_table, open_door
from visitation.web.login import begin

ENTER = "/test-only/enter"


@dataclass
class Served:
    """Where the two applications answer."""

    house: House
    origins: dict[str, str]

    def door(self, zone: str, account: Account | None, language: str = "zh_Hans_CN", large: bool = False) -> str:
        """An address that signs in as `account`, sets language and type, and says so."""
        token = self.house.write(lambda session: factories.make_sign_in(session, account, zone, self.house.now)) if account else ""
        return f"{self.origins[zone]}{ENTER}?token={token}&language={language}&type={'large' if large else 'normal'}"


@contextmanager
def served(house: House) -> Iterator[Served]:
    """Serve until the end of the block."""
    servers: dict[str, BaseWSGIServer] = {}
    for zone, app in (("family", house.family), ("prison", house.prison)):
        app.add_url_rule(ENTER, "test_only_enter", open_door(lambda _who, app=app: _enter(app)))
        servers[zone] = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=servers[zone].serve_forever, daemon=True).start()
    try:
        yield Served(house, {zone: f"http://localhost:{server.server_port}" for zone, server in servers.items()})
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()


def _enter(app: Flask) -> Response:
    token = request.args["token"]
    if token:
        begin(app.login_manager._user_callback(token))  # type: ignore[attr-defined]
    answer = redirect("/healthz")
    for name, value in ((g.zone.language_cookie, request.args["language"]), (g.zone.type_cookie, request.args["type"])):
        answer.set_cookie(name, value, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def plain_pages(app: Flask, who: Identity | None) -> list[str]:
    """Every page without arguments that this person may open; files and streams are no pages."""
    doors = access_table(app)
    paths = []
    for rule in app.url_map.iter_rules():
        door = doors.get(rule.endpoint)
        may = door is not None and (not door.roles or (who is not None and who.has(*door.roles)))
        file = "." in rule.rule or rule.rule in (ENTER, "/healthz") or rule.rule.endswith("/stream")
        if may and "GET" in (rule.methods or ()) and not rule.arguments and not file:
            paths.append(rule.rule)
    return sorted(set(paths))

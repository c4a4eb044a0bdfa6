"""Both applications of a `house` in real browsers: served on free loopback ports, with a door for signing in that stands in front of them and only in tests."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from tests import factories
from tests.conftest import House
from visitation.accounts.models import Account
from visitation.kernel.identity import Identity, Zone
from visitation.web.door import access_table
from visitation.web.zone import BY_ZONE

ENTER = "/test-only/enter"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


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
        servers[zone] = make_server("127.0.0.1", 0, _with_door(app, zone), threaded=True)
        threading.Thread(target=servers[zone].serve_forever, daemon=True).start()
    try:
        yield Served(house, {zone: f"http://localhost:{server.server_port}" for zone, server in servers.items()})
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()


def _with_door(app: Flask, zone: str) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == ENTER:
            return _enter(app, zone, Request(environ))(environ, start_response)
        return app(environ, start_response)

    return answer


def _enter(app: Flask, zone: str, request: Request) -> Response:
    """The cookies that signing in and the two switches would have left."""
    names = BY_ZONE[Zone(zone)]
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    token = request.args["token"]
    cookies = {names.language_cookie: request.args["language"], names.type_cookie: request.args["type"]}
    if token:
        cookies[names.session_cookie] = str(signer.dumps({"_user_id": token, "_fresh": True}))
    entered = Response("come in")
    for name, value in cookies.items():
        entered.set_cookie(name, value, secure=True, httponly=True, samesite="Lax", path="/")
    return entered


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

"""The two listeners: outside for families and lawyers, inside for officers, terminals and the prison application."""

import asyncio
import contextlib
import logging
import ssl
from collections import defaultdict, deque
from collections.abc import Iterator

from aiohttp import WSMessage, WSMsgType, web

from visitation.signalling import control
from visitation.signalling.broker import Broker
from visitation.signalling.control import BROKER
from visitation.signalling.desk import BadMessage, Desk, parse
from visitation.signalling.draining import drain
from visitation.signalling.settings import BrokerSettings
from visitation.signalling.tokens import TokenRefused, Zone

log = logging.getLogger(__name__)
ZONE = web.AppKey("zone", Zone)
MAX_MESSAGE = 64 * 1024
JOIN_SECONDS = 5.0
IDLE_SECONDS = 90.0  # a hidden page may be woken only once a minute
SOCKETS_PER_ADDRESS = 60
INSIDE_FACTOR = 20  # a whole prison may stand behind one address


class JoinLimit:
    """Joins a minute and open sockets by address."""

    def __init__(self, settings: BrokerSettings, zone: Zone) -> None:
        self._settings = settings
        factor = 1 if zone is Zone.FAMILY else INSIDE_FACTOR
        self._joins_allowed, self._sockets_allowed = settings.joins_per_minute * factor, SOCKETS_PER_ADDRESS * factor
        self._joins: dict[str, deque[float]] = defaultdict(deque)
        self.open: dict[str, int] = defaultdict(int)

    def address(self, request: web.Request) -> str:
        """The client's address; what a trusted proxy says of it, where one is in front."""
        peer = request.remote or ""
        if peer in self._settings.trusted_proxies:
            return request.headers.get("X-Forwarded-For", peer).rpartition(",")[2].strip()[:60] or peer
        return peer

    def admits(self, address: str, now: float) -> bool:
        if len(self._joins) > 10000:
            self._joins = defaultdict(deque, {a: j for a, j in self._joins.items() if j and now - j[-1] < 60})
        joins = self._joins[address]
        while joins and now - joins[0] > 60:
            joins.popleft()
        if len(joins) >= self._joins_allowed or self.open.get(address, 0) >= self._sockets_allowed:
            return False
        joins.append(now)
        return True

    @contextlib.contextmanager
    def holding(self, address: str) -> Iterator[None]:
        self.open[address] += 1
        try:
            yield
        finally:
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]


LIMITER = web.AppKey("limiter", JoinLimit)


def _origin_fits(request: web.Request) -> bool:
    """A browser names its origin, and it must be one of ours; what names none is no browser."""
    origin = request.headers.get("Origin")
    return origin is None or origin in request.app[BROKER].settings.origins(request.app[ZONE])


async def websocket(request: web.Request) -> web.WebSocketResponse:
    """`/ws`."""
    broker, limit = request.app[BROKER], request.app[LIMITER]
    if not _origin_fits(request):
        raise web.HTTPForbidden(text="this origin is not served here")
    address = limit.address(request)
    if not limit.admits(address, broker.clock.monotonic()):
        raise web.HTTPTooManyRequests(text="too many joins from this address")
    socket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, heartbeat=20, timeout=5.0, compress=False)
    await socket.prepare(request)
    desk = Desk(socket, broker.clock)
    writer = asyncio.create_task(desk.write())
    try:
        with limit.holding(address):
            await _serve(broker, request.app[ZONE], socket, desk)
    finally:
        if desk.room is not None and desk.person is not None:
            desk.room.leave(desk.person, desk.generation, on_purpose=desk.left)
        desk.close()
        await _finish(writer)
        with contextlib.suppress(ConnectionError, TimeoutError):
            await socket.close()
    return socket


async def _finish(writer: asyncio.Task[None]) -> None:
    """Let last words out, for a moment."""
    _, waiting = await asyncio.wait([writer], timeout=2.0)
    for task in waiting:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await writer


async def _serve(broker: Broker, zone: Zone, socket: web.WebSocketResponse, desk: Desk) -> None:
    try:
        async with asyncio.timeout(JOIN_SECONDS):
            first = await socket.receive()
        token = _join_token(first)
        room, person = broker.enter(token, zone, desk)
        desk.seat(room, person)
        while (message := await socket.receive(timeout=IDLE_SECONDS)).type is WSMsgType.TEXT:
            desk.receive(message)
            if desk.left:
                return
    except TokenRefused as refused:
        desk.hang_up({"t": "refused", "code": refused.code})
    except BadMessage:
        desk.hang_up({"t": "refused", "code": "BAD_MESSAGE"})
    except TimeoutError:
        desk.hang_up({"t": "refused", "code": "SILENT"})


def _join_token(message: WSMessage) -> str:
    if message.type is not WSMsgType.TEXT:
        raise BadMessage
    content = parse(message.data)
    token = content.get("token")
    if content["t"] != "join" or content.get("v") != 1 or not isinstance(token, str) or len(token) > 8192:
        raise BadMessage
    return token


def make_app(broker: Broker, zone: Zone) -> web.Application:
    """One listener's application. Only the inside has control and metrics."""
    app = web.Application(client_max_size=1024 * 1024)
    app[BROKER], app[ZONE], app[LIMITER] = broker, zone, JoinLimit(broker.settings, zone)
    app.router.add_get("/ws", websocket)
    if zone is Zone.FAMILY:
        app.router.add_get("/health", control.show_health_outside)
        return app
    app.router.add_get("/health", control.show_health)
    app.router.add_get("/metrics", control.show_metrics)
    app.router.add_post("/control/beat", control.beat)
    app.router.add_get("/control/events", control.events)
    app.router.add_get("/control/recordings/{sid}/{file}", control.recording)
    return app


def tls_context(settings: BrokerSettings) -> ssl.SSLContext | None:
    """TLS of our own, for a demonstration on a local network; otherwise a proxy in front has it."""
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


async def serve(broker: Broker, stop: asyncio.Event, hurry: asyncio.Event) -> None:
    """Open both listeners and serve until told to stop; then drain, unless told to hurry."""
    settings, runners = broker.settings, []
    context = tls_context(settings)
    places = {Zone.FAMILY: (settings.outside_host, settings.outside_port), Zone.PRISON: (settings.inside_host, settings.inside_port)}
    for zone, (host, port) in places.items():
        runner = web.AppRunner(make_app(broker, zone), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        await web.TCPSite(runner, host, port, ssl_context=context).start()
        runners.append(runner)
        log.info("%s listens on %s:%s", zone, host, port)
    broker.start()
    try:
        await stop.wait()
        await drain(broker, settings.drain_seconds, hurry)
    finally:
        await broker.stop()
        for runner in runners:
            await runner.cleanup()

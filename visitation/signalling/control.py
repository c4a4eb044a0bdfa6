"""What the prison application asks over HTTP, on the inside listener only."""

import json
from typing import Any

from aiohttp import web

from visitation.signalling.broker import Broker
from visitation.signalling.metrics import health, metrics
from visitation.signalling.snapshot import snapshot_of
from visitation.signalling.tokens import TokenRefused, Zone, verify_control

BROKER = web.AppKey("broker", Broker)
COMMANDS_AT_ONCE = 500
EVENTS_AT_ONCE = 2000
WAIT_SECONDS = 10.0


def _demand_control(request: web.Request) -> Broker:
    broker = request.app[BROKER]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        verify_control(token, broker.settings.public_keys, broker.settings.id, broker.clock.now())
    except TokenRefused as refused:
        raise web.HTTPUnauthorized(text=json.dumps({"error": refused.code}), content_type="application/json") from refused
    return broker


async def beat(request: web.Request) -> web.Response:
    """`POST /control/beat`."""
    broker = _demand_control(request)
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("commands", []), list):
        return web.json_response({"error": "BAD_MESSAGE"}, status=400)
    elsewhere = body.get("elsewhere")
    broker.beat(standing=body.get("standing") is True, elsewhere=elsewhere if isinstance(elsewhere, bool) else None)
    done: list[object] = []
    refused: list[object] = []
    for command in body.get("commands", [])[:COMMANDS_AT_ONCE]:
        if isinstance(command, dict):
            (done if broker.command(command) else refused).append(command.get("id"))
    return web.json_response(state(broker) | {"done": done, "refused": refused})


def state(broker: Broker) -> dict[str, Any]:
    """The broker as the prison application sees it."""
    legs = sum(1 for room in broker.rooms.values() for _ in room.plane.legs())
    return {
        "broker": broker.settings.id,
        "boot": broker.boot,
        "now": broker.clock.now().timestamp(),
        "draining": broker.closed_to_new,
        "leaving": broker.leaving,
        "load": {"sessions": len(broker.carried()), "legs": legs, "cpu": round(broker.cpu, 3), "most": broker.settings.max_sessions},
        "outside_url": broker.settings.url(Zone.FAMILY),
        "inside_url": broker.settings.url(Zone.PRISON),
        "last_event": broker.journal.durable,
        "sessions": [_session(snapshot_of(room.session)) for room in broker.rooms.values() if not room.session.test],
    }


def _session(snapshot: dict[str, Any]) -> dict[str, Any]:
    people = [{k: p[k] for k in ("pid", "role", "state", "quality")} for p in snapshot["participants"]]
    kept = ("sid", "kind", "stage", "gate", "awaits", "seconds_used", "seconds_left", "hard_end", "recording")
    return {name: snapshot[name] for name in kept} | {"participants": people}


async def events(request: web.Request) -> web.Response:
    """`GET /control/events?after=N&limit=500&wait=5`: with `wait`, held until there is one, at most so many seconds."""
    broker = _demand_control(request)
    try:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "500"))
        wait = min(float(request.query.get("wait", "0")), WAIT_SECONDS)
    except ValueError:
        return web.json_response({"error": "BAD_MESSAGE"}, status=400)
    if wait > 0:
        await broker.journal.wait(after, wait)
    found = broker.journal.after(max(0, after), max(1, min(limit, EVENTS_AT_ONCE)))
    return web.json_response({"events": found, "last_event": broker.journal.durable})


async def recording(request: web.Request) -> web.StreamResponse:
    """`GET /control/recordings/<sid>/<file>`: stored bytes, by range where asked."""
    broker = _demand_control(request)
    path = broker.vault.file(request.match_info["sid"], request.match_info["file"])
    if path is None:
        raise web.HTTPNotFound(text='{"error": "NOT_FOUND"}', content_type="application/json")
    return web.FileResponse(path, headers={"Content-Type": "application/octet-stream", "Cache-Control": "no-store"})


async def show_metrics(request: web.Request) -> web.Response:
    return web.Response(text=metrics(request.app[BROKER]), content_type="text/plain")


async def show_health(request: web.Request) -> web.Response:
    """`GET /health` inside: with the media ports in use, so that an independent tap knows what to count."""
    return web.json_response(health(request.app[BROKER], with_ports=True))


async def show_health_outside(request: web.Request) -> web.Response:
    return web.json_response(health(request.app[BROKER], with_ports=False))

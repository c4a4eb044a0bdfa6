"""What the broker is compared with: aiortc's own MediaRelay, one publisher's tracks to any number of subscribers, decoded and encoded again for each."""

import sys

from aiohttp import web
from aioice import ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

TRACKS: dict[str, list[object]] = {}
CONNECTIONS: set[RTCPeerConnection] = set()
RELAY = MediaRelay()


def _connection() -> RTCPeerConnection:
    made = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    CONNECTIONS.add(made)
    return made


async def _answer(connection: RTCPeerConnection) -> web.Response:
    await connection.setLocalDescription(await connection.createAnswer())
    return web.json_response({"sdp": connection.localDescription.sdp})


async def publish(request: web.Request) -> web.Response:
    body = await request.json()
    connection, tracks = _connection(), TRACKS.setdefault(body["name"], [])
    connection.on("track", tracks.append)
    await connection.setRemoteDescription(RTCSessionDescription(sdp=body["sdp"], type="offer"))
    return await _answer(connection)


async def subscribe(request: web.Request) -> web.Response:
    body = await request.json()
    connection = _connection()
    await connection.setRemoteDescription(RTCSessionDescription(sdp=body["sdp"], type="offer"))
    for track in TRACKS[body["name"]]:
        connection.addTrack(RELAY.subscribe(track))  # type: ignore[arg-type]
    return await _answer(connection)


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="relay")


def main() -> None:
    host, port = sys.argv[1], int(sys.argv[2])
    ice.get_host_addresses = lambda use_ipv4, use_ipv6: [host]
    app = web.Application()
    app.add_routes([web.get("/", hello), web.post("/publish", publish), web.post("/subscribe", subscribe)])
    web.run_app(app, host=host, port=port, print=None)


if __name__ == "__main__":
    main()

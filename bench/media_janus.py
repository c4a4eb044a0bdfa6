"""Janus (Debian package `janus`, plugin videoroom) as a yardstick: started with a configuration of its own, spoken to over its WebSocket."""

import asyncio
import contextlib
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench.media_peer import Peer
from bench.media_rig import SERVER_CORE, Place, own_core, stop

PORT, ROOM = 8188, 1000
_PLUGINS = ("audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "voicemail")
_TRANSPORTS = ("http", "mqtt", "nanomsg", "pfunix", "rabbitmq")
_MAIN = """
general: {{ configs_folder = "{folder}", debug_level = 2, session_timeout = 0, admin_secret = "bench" }}
media: {{ rtp_port_range = "20000-30000", ipv6 = false }}
nat: {{ full_trickle = false, ice_enforce_list = "{host}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
events: {{ broadcast = false }}
"""


def installed() -> bool:
    return shutil.which("janus") is not None


def _configure(folder: Path, host: str) -> None:
    folder.mkdir(parents=True)
    plugins = ",".join(f"libjanus_{name}.so" for name in _PLUGINS)
    transports = ",".join(f"libjanus_{name}.so" for name in _TRANSPORTS)
    (folder / "janus.jcfg").write_text(_MAIN.format(folder=folder, host=host, plugins=plugins, transports=transports))
    (folder / "janus.transport.websockets.jcfg").write_text(f'general: {{ json = "compact", ws = true, ws_port = {PORT}, ws_ip = "{host}" }}\n')
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")


class Line:
    """One session with Janus over one WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())
        self.session = 0

    async def _read(self) -> None:
        async for message in self._socket:
            told = message.json()
            waiting = self._waiting.get(told.get("transaction", ""))
            if waiting is not None and told["janus"] != "ack" and not waiting.done():
                waiting.set_result(told)

    async def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """A request, and what comes of it (not its mere receipt)."""
        name = uuid.uuid4().hex
        answer = self._waiting[name] = asyncio.get_running_loop().create_future()
        session = {"session_id": self.session} if self.session else {}
        await self._socket.send_json({"janus": what, "transaction": name, **session, **more})
        async with asyncio.timeout(10):
            told = await answer
        if told["janus"] == "error" or "error" in told.get("plugindata", {}).get("data", {}):
            raise RuntimeError(f"Janus refuses {what}: {told}")
        return told

    async def handle(self) -> int:
        return int((await self.ask("attach", plugin="janus.plugin.videoroom"))["data"]["id"])

    async def say(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        return await self.ask("message", handle_id=handle, body=body, **({"jsep": jsep} if jsep else {}))

    async def room(self, number: int) -> None:
        body = {"request": "create", "room": number, "publishers": 6, "audiocodec": "opus", "videocodec": "vp8", "bitrate": 0, "fir_freq": 0}
        await self.say(await self.handle(), body)

    async def publish(self, number: int) -> tuple[Peer, int]:
        """A publisher that is connected, and the number of what it publishes."""
        handle, peer = await self.handle(), Peer()
        joined = await self.say(handle, {"request": "join", "ptype": "publisher", "room": number})
        offer = await peer.offer("sendonly")
        told = await self.say(handle, {"request": "publish"}, {"type": "offer", "sdp": offer})
        await peer.accept(told["jsep"]["sdp"])
        await asyncio.wait_for(peer.up.wait(), 10)
        return peer, int(joined["plugindata"]["data"]["id"])

    async def subscribe(self, number: int, feed: int) -> Peer:
        handle, peer = await self.handle(), Peer()
        told = await self.say(handle, {"request": "join", "ptype": "subscriber", "room": number, "streams": [{"feed": feed}]})
        answer = await peer.answer(told["jsep"]["sdp"], set())
        await self.say(handle, {"request": "start"}, {"type": "answer", "sdp": answer})
        await asyncio.wait_for(peer.up.wait(), 10)
        return peer

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()


@asynccontextmanager
async def janus(folder: Path, place: Place) -> AsyncIterator[tuple[int, Line]]:
    """A running Janus: (process id, a line to it)."""
    _configure(folder / "janus", place.server)
    command = [*place.prefix, "janus", "-F", str(folder / "janus"), "-C", str(folder / "janus" / "janus.jcfg")]
    with (folder / "janus.log").open("ab") as log:
        process = await asyncio.to_thread(subprocess.Popen, command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession() as http:
            line = Line(await _connect(http, f"ws://{place.server}:{PORT}", folder))
            own_core(process.pid, SERVER_CORE)
            line.session = int((await line.ask("create"))["data"]["id"])
            yield process.pid, line
            await line.close()
    finally:
        await asyncio.to_thread(stop, process)


async def _connect(http: aiohttp.ClientSession, url: str, folder: Path) -> aiohttp.ClientWebSocketResponse:
    for _ in range(100):
        with contextlib.suppress(aiohttp.ClientError):
            return await http.ws_connect(url, protocols=("janus-protocol",))
        await asyncio.sleep(0.1)
    raise RuntimeError(f"Janus does not answer, look at {folder}/janus.log")

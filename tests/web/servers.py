"""Real servers for tests: an SMS gateway over HTTP whose behaviour a test chooses, and an SMTP relay."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Gateway:
    """`answers`: status codes for the next requests, the last one for ever after; `asked`: (headers, body) of each request."""

    def __init__(self) -> None:
        self.answers = [200]
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.pause = threading.Event()
        self.pause.set()
        self.url = ""

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def sms_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.asked.append((dict(self.headers), json.loads(body)))
            gateway.pause.wait(5)
            status = gateway.answer()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", gateway.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.pause.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class Relay:
    """`replies`: what RCPT is answered next (empty: accepted); `letters`: what arrived."""

    def __init__(self) -> None:
        self.replies: list[str] = []
        self.letters: list[EmailMessage] = []
        self.url = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@contextmanager
def smtp_relay() -> Iterator[Relay]:
    relay = Relay()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(relay, hostname="127.0.0.1", port=port)
    controller.start()
    relay.url = f"smtp://127.0.0.1:{port}"
    try:
        yield relay
    finally:
        controller.stop()

"""The prison side's calls to a broker's control listener: one small HTTP client, bounded in time and size."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from visitation.signalling import tokens

LARGEST_ANSWER = 8 * 1024 * 1024
BLOCK = 256 * 1024


class BrokerUnreachable(Exception):
    """The broker did not answer, in time and as the protocol says. `status`: what it answered with, if it did."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class ControlLine:
    """How to call one broker. `url`: its inside listener; `timeout` in seconds, for each step of a call."""

    url: str
    private_key: str
    timeout: float = 2.0

    def health(self) -> dict[str, Any]:
        """What the broker says of itself without a token: its id and boot."""
        return self._json("GET", "/health", {}, None)

    def beat(self, broker: str, *, standing: bool, commands: Sequence[Mapping[str, Any]], now: datetime, elsewhere: bool | None = None) -> dict[str, Any]:
        """`POST /control/beat`; answers what docs/protocol.md §3 says. elsewhere: another broker could take this one's sessions (None: nothing new)."""
        told = {} if elsewhere is None else {"elsewhere": elsewhere}
        body = json.dumps({"standing": standing, "commands": list(commands), **told}).encode()
        return self._json("POST", "/control/beat", self._signed(broker, now), body)

    def events(self, broker: str, after: int, now: datetime, limit: int = 500, wait: float = 0) -> list[dict[str, Any]]:
        """The journal behind event `after`; where there is nothing yet, the broker may hold the question for `wait` seconds."""
        query = f"after={after}&limit={limit}" + (f"&wait={wait:g}" if wait else "")
        told = self._json("GET", f"/control/events?{query}", self._signed(broker, now), None, self.timeout + wait)
        events = told.get("events")
        if not isinstance(events, list):
            raise BrokerUnreachable("the journal is not a list")
        return events

    def recording(self, broker: str, sid: str, file: str, now: datetime) -> Iterator[bytes]:
        """The stored bytes of a segment, block by block."""
        path = f"/control/recordings/{quote(sid, safe='')}/{quote(file, safe='')}"
        connection, answer = self._open("GET", path, self._signed(broker, now), None, self.timeout)
        try:
            while block := answer.read(BLOCK):
                yield block
        except (OSError, http.client.HTTPException) as problem:
            raise BrokerUnreachable(str(problem)) from problem
        finally:
            connection.close()

    def _signed(self, broker: str, now: datetime) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.sign_control(self.private_key, broker, now)}"}

    def _json(self, method: str, path: str, headers: dict[str, str], body: bytes | None, timeout: float = 0) -> dict[str, Any]:
        connection, answer = self._open(method, path, headers, body, timeout or self.timeout)
        try:
            told = json.loads(answer.read(LARGEST_ANSWER))
        except (OSError, ValueError, http.client.HTTPException) as problem:
            raise BrokerUnreachable(str(problem)) from problem
        finally:
            connection.close()
        if not isinstance(told, dict):
            raise BrokerUnreachable("the answer is not an object")
        return told

    def _open(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, timeout: float
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = connect(self.url, timeout)
        try:
            connection.request(method, urlsplit(self.url).path.rstrip("/") + path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as problem:
            connection.close()
            raise BrokerUnreachable(str(problem)) from problem
        if answer.status != http.client.OK:
            connection.close()
            raise BrokerUnreachable(f"answered {answer.status}", answer.status)
        return connection, answer


def connect(url: str, timeout: float) -> http.client.HTTPConnection:
    """A connection to the host of an http or https URL; ws and wss count as their siblings."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme in ("https", "wss") else http.client.HTTPConnection
    return kind(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)


def answers(url: str, timeout: float = 1.0) -> bool:
    """Whether a GET of this URL answers 200 within the time: how the link sees that the prison application stands."""
    connection = connect(url, timeout)
    try:
        parts = urlsplit(url)
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

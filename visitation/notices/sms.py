"""Short messages: over HTTP to a gateway, or into a file where there is none (the demo, a first installation)."""

import fcntl
import http.client
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from visitation.notices.channels import Rejected, Unreachable

SECONDS = 5
NEVER = {400, 422}
"""Answers that mean this very message is wrong. Everything else, a wrong password too, may be mended and is tried again."""


class HttpSms:
    """POST `{"id", "to", "text"}` as JSON with a bearer token and the header Idempotency-Key; any 2xx means taken."""

    def __init__(self, url: str, token: str = "", seconds: float = SECONDS) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError("SMS_URL is an http:// or https:// address")
        self._url = url
        self._token = token
        self._seconds = seconds
        self._open = build_opener(_NoRedirect).open

    def send(self, to: str, text: str, key: str) -> None:
        body = json.dumps({"id": key, "to": to, "text": text}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = Request(self._url, body, headers, method="POST")  # noqa: S310 - the scheme was checked
        try:
            self._open(request, timeout=self._seconds).close()
        except HTTPError as error:
            error.close()
            raise (Rejected if error.code in NEVER else Unreachable)(f"gateway answered {error.code}") from None
        except (URLError, OSError, http.client.HTTPException) as error:
            raise Unreachable(f"gateway: {type(getattr(error, 'reason', error)).__name__}") from None


class _NoRedirect(HTTPRedirectHandler):
    """A gateway that sends us elsewhere would be given the token and the text: it is an error instead."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class FileSms:
    """Appends each message as a line of JSON; whole lines only, also with several writers."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now

    def send(self, to: str, text: str, key: str) -> None:
        line = json.dumps({"id": key, "at": self._now().isoformat(), "to": to, "text": text}, ensure_ascii=False)
        append_line(self._path, line)


def append_line(path: Path, line: str) -> None:
    """Append one line and wait until it is on the disk. The file can be read by its owner only. Raises Unreachable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unreachable(f"file: {type(error).__name__}") from None

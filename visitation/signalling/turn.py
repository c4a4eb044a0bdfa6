"""Short-lived credentials for a TURN server that shares a secret with us (coturn's `use-auth-secret`)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

LIFE_SECONDS = 4 * 3600


def turn_servers(urls: Sequence[str], secret: str, pid: str, now: datetime) -> list[dict[str, Any]]:
    """The entry for a client's `iceServers`; none without a secret."""
    if not urls or not secret:
        return []
    name = f"{int(now.timestamp()) + LIFE_SECONDS}:{pid}"
    credential = base64.b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode()
    return [{"urls": list(urls), "username": name, "credential": credential}]

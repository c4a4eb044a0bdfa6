"""The chain of hashes over the audit: what is hashed, and how a link is made. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FIRST = "0" * 64
"""What the first link names as its predecessor."""


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The one way to write an entry as bytes: JSON with sorted keys, without spaces, UTF-8."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def link(previous: str, number: int, entry: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the previous hash, the link's number and the entry."""
    return hashlib.sha256(f"{previous}\n{number}\n".encode() + canonical(entry)).hexdigest()

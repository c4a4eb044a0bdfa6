"""Personal numbers at rest: AES-256-GCM under a named key, and a blind index to look them up by.

The additional data of every box is key id, field and row: a box copied into another row or column does not open.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

NONCE_BYTES = 12


class Vault:
    """Keys by id (32 bytes each); new boxes are made under `current`."""

    def __init__(self, keys: Mapping[str, bytes], current: str, index_key: bytes) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._current = current
        self._index_key = index_key

    def seal(self, plain: bytes, field: str, row: str) -> bytes:
        """`key id | 0 | nonce | ciphertext`."""
        nonce = os.urandom(NONCE_BYTES)
        box = self._ciphers[self._current].encrypt(nonce, plain, self._context(self._current, field, row))
        return self._current.encode() + b"\0" + nonce + box

    def open(self, box: bytes, field: str, row: str) -> bytes:
        """Raises cryptography.exceptions.InvalidTag when the box was made for another field or row, or altered."""
        name, _, rest = box.partition(b"\0")
        key = name.decode()
        return self._ciphers[key].decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], self._context(key, field, row))

    def index(self, value: str, field: str) -> str:
        """HMAC-SHA-256 in hex: equal for equal values of a field, and nothing else can be told from it."""
        return hmac.new(self._index_key, f"{field}\0{value}".encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _context(key: str, field: str, row: str) -> bytes:
        return f"{key}\0{field}\0{row}".encode()


def vault_from(keys: str, index_key: str) -> Vault:
    """Build a vault from settings: `keys` is `id:base64,id:base64`, the first being current; both kinds of key are 32 bytes."""
    pairs = dict(pair.strip().split(":", 1) for pair in keys.split(","))
    opened = {name: base64.b64decode(value, validate=True) for name, value in pairs.items()}
    return Vault(opened, next(iter(opened)), base64.b64decode(index_key, validate=True))


def vault() -> Vault:
    """The vault of the running application."""
    found: Vault = current_app.extensions["vault"]
    return found


def indexed_value(value: str, scope: str) -> str:
    """What is indexed of a value that belongs to a scope: two kinds of documents may have the same number."""
    return f"{scope}\0{value}"


class Sealed:
    """A text attribute kept sealed in the column `<name>_box`; the row's own `uid` is part of the seal.

    With `indexed`, the column `<name>_index` carries the blind index. `within`: another attribute of the row that the value means nothing without (the
    kind of a document): it is part of what is indexed, as `indexed_value` puts it together, and has to be set first.
    """

    def __init__(self, indexed: bool = False, within: str = "") -> None:
        self._indexed = indexed
        self._within = within
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        box = getattr(row, f"{self._name}_box")
        return None if box is None else vault().open(box, self._field(row), row.uid).decode()

    def __set__(self, row: Any, value: str | None) -> None:
        field = self._field(row)
        setattr(row, f"{self._name}_box", None if value is None else vault().seal(value.encode(), field, row.uid))
        if self._indexed:
            setattr(row, f"{self._name}_index", None if value is None else vault().index(self._scoped(row, value), self._name))

    def _scoped(self, row: Any, value: str) -> str:
        if not self._within:
            return value
        scope = getattr(row, self._within)
        if not scope:
            raise ValueError(f"set {self._within} before {self._name}")
        return indexed_value(value, scope)

    def _field(self, row: Any) -> str:
        return f"{row.__tablename__}.{self._name}"

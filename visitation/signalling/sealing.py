"""Sealed recording files: written by a broker that cannot read them back, opened by the prison application.

A file is `VREC`, a version byte, the length of the header, the header (JSON), and chunks. A chunk is a 4-byte
length, whose top bit marks the last chunk, and AES-256-GCM ciphertext. The nonce is the chunk's index; the
additional data are the hash of everything before the first chunk, the index and the final mark, so that no chunk
can be moved, dropped from the middle, or taken from another file. The data key is wrapped for an X25519 public key.
"""

import base64
import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"VREC"
VERSION = 1
MAX_CHUNK = 32 * 1024 * 1024
_FINAL = 0x80000000
_PREFIX = struct.Struct("!4sBI")
_LENGTH = struct.Struct("!I")
_WRAP_INFO = b"visitation recording key v1"


class SealBroken(Exception):
    """The file is not what its writer wrote, or the key is not the one it was sealed for."""


def new_recording_key_pair() -> tuple[str, str]:
    """A fresh X25519 pair as (private, public), base64 of the raw bytes. The private half stays in the prison application."""
    key = X25519PrivateKey.generate()
    return _text(key.private_bytes_raw()), _text(key.public_key().public_bytes_raw())


@dataclass(frozen=True)
class SealedHeader:
    """What a sealed file says of itself without a key."""

    recording: str
    leg: str
    segment: int
    started_ms: int  # wall clock, milliseconds since the epoch, of timestamp 0


class Sealer:
    """Turns clusters into sealed bytes, one call a chunk; the caller writes them."""

    def __init__(self, public_key: str, header: SealedHeader) -> None:
        data_key = AESGCM.generate_key(256)
        self._cipher = AESGCM(data_key)
        body = header.__dict__ | {"key": _wrap(data_key, public_key)}
        encoded = json.dumps(body, sort_keys=True).encode()
        self.prefix = _PREFIX.pack(MAGIC, VERSION, len(encoded)) + encoded
        self._bound = hashlib.sha256(self.prefix).digest()
        self._index = 0

    def seal(self, plain: bytes, *, final: bool = False) -> bytes:
        """The next chunk, sealed."""
        sealed = self._cipher.encrypt(_nonce(self._index), plain, _extra(self._bound, self._index, final=final))
        self._index += 1
        return _LENGTH.pack(len(sealed) | (_FINAL if final else 0)) + sealed


class Unsealer:
    """Reads a sealed file. After `chunks()` is exhausted, `complete` tells whether the file has its last chunk.

    A file cut off by a crash yields every whole chunk and leaves `complete` False; a damaged one raises SealBroken.
    """

    def __init__(self, source: BinaryIO, private_key: str) -> None:
        self._source = source
        self.header, wrapped, prefix = _read_prefix(source)
        self._cipher = AESGCM(_unwrap(wrapped, private_key))
        self._bound = hashlib.sha256(prefix).digest()
        self.complete = False

    def chunks(self) -> Iterator[bytes]:
        """The clusters, in order."""
        index = 0
        while not self.complete:
            head = self._source.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                return
            word: int = _LENGTH.unpack(head)[0]
            size, final = word & ~_FINAL, bool(word & _FINAL)
            if size > MAX_CHUNK:
                raise SealBroken("a chunk is too long")
            sealed = self._source.read(size)
            if len(sealed) < size:
                return
            yield self._open(sealed, index, final=final)
            self.complete = final
            index += 1
        if self._source.read(1):
            raise SealBroken("bytes after the last chunk")

    def _open(self, sealed: bytes, index: int, *, final: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(index), sealed, _extra(self._bound, index, final=final))
        except InvalidTag as problem:
            raise SealBroken(f"chunk {index} is damaged") from problem


def read_header(source: BinaryIO) -> SealedHeader:
    """The header of a sealed file; needs no key. Raises SealBroken."""
    return _read_prefix(source)[0]


def unseal(source: BinaryIO, private_key: str, target: BinaryIO) -> bool:
    """Write the plain WebM of a sealed file to `target`; True if the file was complete. Raises SealBroken."""
    reader = Unsealer(source, private_key)
    target.writelines(reader.chunks())
    return reader.complete


def digest(source: BinaryIO) -> str:
    """SHA-256 over the stored bytes, as the manifest and the journal give it."""
    running = hashlib.sha256()
    while block := source.read(1 << 20):
        running.update(block)
    return running.hexdigest()


def _read_prefix(source: BinaryIO) -> tuple[SealedHeader, str, bytes]:
    start = source.read(_PREFIX.size)
    if len(start) < _PREFIX.size:
        raise SealBroken("not a sealed recording")
    magic, version, size = _PREFIX.unpack(start)
    if magic != MAGIC or version != VERSION or size > 65536:
        raise SealBroken("not a sealed recording of this version")
    encoded = source.read(size)
    try:
        body: dict[str, Any] = json.loads(encoded)
        header = SealedHeader(str(body["recording"]), str(body["leg"]), int(body["segment"]), int(body["started_ms"]))
        return header, str(body["key"]), start + encoded
    except (ValueError, KeyError, TypeError) as problem:
        raise SealBroken("the header is damaged") from problem


def _wrap(data_key: bytes, public_key: str) -> str:
    theirs = X25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    ours = X25519PrivateKey.generate()
    public = ours.public_key().public_bytes_raw()
    nonce = os.urandom(12)
    sealed = AESGCM(_agree(ours.exchange(theirs), public)).encrypt(nonce, data_key, public)
    return _text(public + nonce + sealed)


def _unwrap(wrapped: str, private_key: str) -> bytes:
    try:
        raw = base64.b64decode(wrapped, validate=True)
        ours = X25519PrivateKey.from_private_bytes(base64.b64decode(private_key, validate=True))
        public, nonce, sealed = raw[:32], raw[32:44], raw[44:]
        shared = ours.exchange(X25519PublicKey.from_public_bytes(public))
        return AESGCM(_agree(shared, public)).decrypt(nonce, sealed, public)
    except (ValueError, InvalidTag) as problem:
        raise SealBroken("sealed for another key") from problem


def _agree(shared: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=_WRAP_INFO).derive(shared)


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _extra(bound: bytes, index: int, *, final: bool) -> bytes:
    return bound + struct.pack("!Q?", index, final)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

"""A file that is only ever encrypted on the disk and can be read at any place: how playable copies of recordings are kept.

The stored recording is sealed cluster by cluster and has no index, so a browser could not jump in it. The copy made for playback is an ordinary indexed WebM,
cut into blocks of 64 KB, each under AES-256-GCM with the file's name and the block's number as additional data. Its key is derived from the recording's own
private key and its hash, so that every worker of the prison application can read it, nobody else can, and plain text never reaches a disk: there is nothing
to clean up after a crash.
"""

import base64
import io
import os
from collections import OrderedDict
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BLOCK = 64 * 1024
NONCE, TAG = 12, 16
STRIDE = NONCE + BLOCK + TAG
KEPT = 16
_INFO = b"visitation playback copy v1"


def copy_key(recording_private_key: str, sha256: str) -> bytes:
    """The key of the playable copy of one segment (32 bytes)."""
    secret = base64.b64decode(recording_private_key, validate=True)
    return HKDF(algorithm=SHA256(), length=32, salt=bytes.fromhex(sha256), info=_INFO).derive(secret)


class BlockFile(io.RawIOBase):
    """Reads and writes plain bytes at any place over an encrypted file. Not for two writers at once."""

    def __init__(self, path: Path, key: bytes, name: str, *, create: bool = False) -> None:
        super().__init__()
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC if create else os.O_RDONLY
        self._fd = os.open(path, flags | os.O_CLOEXEC, 0o600)
        self._cipher = AESGCM(key)
        self._name = name.encode()
        self._blocks: OrderedDict[int, bytearray] = OrderedDict()
        self._dirty: set[int] = set()
        self._place = 0
        stored = os.fstat(self._fd).st_size
        whole, rest = divmod(stored, STRIDE)
        self._size = whole * BLOCK + max(0, rest - NONCE - TAG)

    @property
    def size(self) -> int:
        """Plain bytes."""
        return self._size

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` plain bytes from here on; fewer at the end. Raises InvalidTag where the file was altered."""
        left = self._size - self._place if size < 0 else min(size, self._size - self._place)
        parts = []
        while left > 0:
            number, offset = divmod(self._place, BLOCK)
            part = bytes(self._block(number)[offset : offset + left])
            parts.append(part)
            self._place += len(part)
            left -= len(part)
        return b"".join(parts)

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        view = memoryview(data)
        while view:
            number, offset = divmod(self._place, BLOCK)
            block = self._block(number)
            part = view[: BLOCK - offset]
            if len(block) < offset:
                block.extend(bytes(offset - len(block)))
            block[offset : offset + len(part)] = part
            self._dirty.add(number)
            self._place += len(part)
            self._size = max(self._size, self._place)
            view = view[len(part) :]
        return len(data)

    def finish(self) -> None:
        """Write what waits, and have it on the disk."""
        for number in sorted(self._dirty):
            self._store(number)
        self._dirty.clear()
        os.fsync(self._fd)

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        super().close()

    def _block(self, number: int) -> bytearray:
        block = self._blocks.pop(number, None)
        if block is None:
            block = bytearray(self._load(number))
        self._blocks[number] = block
        while len(self._blocks) > KEPT:
            old, _ = next(iter(self._blocks.items()))
            if old in self._dirty:
                self._store(old)
                self._dirty.discard(old)
            del self._blocks[old]
        return block

    def _load(self, number: int) -> bytes:
        stored = os.pread(self._fd, STRIDE, number * STRIDE)
        if not stored:
            return b""
        return self._cipher.decrypt(stored[:NONCE], stored[NONCE:], self._context(number))

    def _store(self, number: int) -> None:
        nonce = os.urandom(NONCE)
        os.pwrite(self._fd, nonce + self._cipher.encrypt(nonce, bytes(self._blocks[number]), self._context(number)), number * STRIDE)

    def _context(self, number: int) -> bytes:
        return self._name + number.to_bytes(8, "big")

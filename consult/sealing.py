"""What only the family zone may read: letters to a lawyer, a lawyer's notes. Either zone seals; the private key is in the family zone alone.

A box is a version byte, the sender's public key for this box (X25519, 32 bytes), a nonce (12 bytes) and AES-256-GCM ciphertext. The key comes from both keys
through HKDF; purpose and head are part of what is authenticated, so that a box made for one thing does not open as another.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
KEY_BYTES, NONCE_BYTES = 32, 12
HEAD = len(VERSION) + KEY_BYTES
INFO = b"consult family zone v1\0"


class SealBroken(Exception):
    """The box is damaged, was made for another purpose, or for another key."""


def seal(public_key: str, data: bytes, purpose: str) -> bytes:
    """A box for the holder of the private key. public_key: base64 of 32 bytes. purpose: what it is and of which row, e.g. `letter:<uid>`."""
    theirs = X25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    ours = X25519PrivateKey.generate()
    head, nonce = VERSION + ours.public_key().public_bytes_raw(), os.urandom(NONCE_BYTES)
    return head + nonce + _cipher(ours.exchange(theirs), head, purpose).encrypt(nonce, data, _bound(head, purpose))


class Opener:
    """Opens what was sealed for it. private_key: base64 of 32 bytes."""

    def __init__(self, private_key: str) -> None:
        self._key = X25519PrivateKey.from_private_bytes(base64.b64decode(private_key, validate=True))

    @property
    def public_key(self) -> str:
        """The half to seal with."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def open(self, box: bytes, purpose: str) -> bytes:
        """Raises SealBroken."""
        head, nonce, sealed = box[:HEAD], box[HEAD : HEAD + NONCE_BYTES], box[HEAD + NONCE_BYTES :]
        if len(nonce) < NONCE_BYTES or not head.startswith(VERSION):
            raise SealBroken("not a box of this version")
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(head[len(VERSION) :]))
            return _cipher(shared, head, purpose).decrypt(nonce, sealed, _bound(head, purpose))
        except (InvalidTag, ValueError) as problem:
            raise SealBroken("damaged, or sealed for another purpose or key") from problem


def _cipher(shared: bytes, head: bytes, purpose: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=head, info=INFO + purpose.encode()).derive(shared))


def _bound(head: bytes, purpose: str) -> bytes:
    return head + purpose.encode()

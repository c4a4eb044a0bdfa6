"""Passwords: Argon2id, a bounded number at once, and the same time for a login that does not exist."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from visitation.kernel.errors import Refused
from visitation.kernel.ids import reference, secret_token

AT_ONCE = 2
"""A verification takes 64 MB and 0.1 to 0.3 s of a core: a crowd waits in line instead of exhausting the machine."""
PATIENCE = 15.0
"""Seconds a sign-in waits for its turn before it is asked to come again."""

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise Refused("SIGN_IN_BUSY")
    try:
        yield
    finally:
        _turns.release()


def hash_password(plain: str) -> str:
    """Argon2id in its usual text form, with its own salt. Raises Refused(SIGN_IN_BUSY) when too many wait."""
    with _turn():
        return _hasher.hash(plain)


_NOBODY = _hasher.hash(secret_token())


def verify_password(kept: str | None, plain: str) -> bool:
    """Whether `plain` is the password of `kept`. Without a hash one of nobody's is verified, so that the answer takes as long."""
    with _turn():
        try:
            return _hasher.verify(kept or _NOBODY, plain) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def one_time_password() -> str:
    """Sixteen letters and digits (78 bits) in groups of four: shown once, changed at the first sign-in."""
    plain = reference(16)
    return "-".join(plain[start : start + 4] for start in range(0, 16, 4))

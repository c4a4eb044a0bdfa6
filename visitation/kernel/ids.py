"""References that people read and secrets that nobody guesses."""

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0 O 1 I L U: read aloud on the telephone without mistakes


def reference(length: int = 8) -> str:
    """A public reference such as `K7M2Q9TB`: short enough to read aloud, too many to guess one (30^8)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def one_time_code(digits: int = 6) -> str:
    """A code of decimal digits for a telephone or a pairing screen."""
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def secret_token() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 in hex: how a random secret is kept. Not for passwords, which are guessable."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Time-based one-time codes (RFC 6238): six digits, 30 seconds, one step of tolerance either way, and no code twice."""

import hmac
from datetime import datetime
from io import BytesIO

import pyotp
import segno

STEP_SECONDS = 30
TOLERANCE = 1
ISSUER = "Remote visits"


def new_secret() -> str:
    """160 random bits in base32, as authenticator applications read it."""
    return pyotp.random_base32()


def accepted_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code this is, if it is newer than the last one accepted; None: wrong, too old, or used already."""
    typed = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        expected = generator.generate_otp(step)
        if hmac.compare_digest(expected.encode(), typed.encode()) and step > last_step:
            return step
    return None


def was_used(secret: str, code: str, now: datetime, last_step: int) -> bool:
    """Whether the code is right but had its turn: the person only has to wait for the next one."""
    return accepted_step(secret, code, now, last_step) is None and accepted_step(secret, code, now, -1) is not None


def provisioning_uri(secret: str, login: str) -> str:
    """What the QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def qr_svg(secret: str, login: str) -> bytes:
    """The QR code as an SVG file without inline style, served from a route of its own."""
    out = BytesIO()
    segno.make(provisioning_uri(secret, login), error="m").save(out, kind="svg", scale=6, border=4, dark="#000", light="#fff")
    return out.getvalue()


def grouped(secret: str) -> str:
    """The secret in groups of four, to be typed by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))

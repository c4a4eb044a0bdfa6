"""Signed tickets: the only place that signs or verifies what the broker is told to enforce.

The web applications hold a private Ed25519 key each (`family`, `prison`); a broker knows the two public ones.
Keys are written as base64 of the 32 raw bytes, or as PEM.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from visitation.signalling.policy import Kind, Role

VERSION = 1
LIFE_SECONDS = 30
SKEW_SECONDS = 2


class Zone(StrEnum):
    """Who signed, and therefore through which listener the holder may come in."""

    FAMILY = "family"
    PRISON = "prison"


class Purpose(StrEnum):
    SESSION = "session"
    TEST = "test"
    CHECK_IN = "check_in"
    SUPERVISE = "supervise"


MAY_SIGN: Mapping[Zone, frozenset[Role]] = {
    Zone.FAMILY: frozenset({Role.VISITOR, Role.LAWYER, Role.MEDIATOR, Role.INTERPRETER}),
    Zone.PRISON: frozenset({Role.OFFICER, Role.TERMINAL, Role.CONTROL}),
}


# The times and the audience are checked below, against the clock that is handed in.
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "require": ["aud", "iat", "nbf", "exp", "jti"],
}


class TokenRefused(Exception):
    """The token does not let its holder in; `code` is the name of the refusal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Values(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OfficerDrop(_Values):
    """Seconds after the loss of the last lease: when others are asked to take over, when the session pauses."""

    takeover: float = 10
    pause: float = 120


class LegDrop(_Values):
    """Seconds after the loss of a side: when the session pauses, when it ends."""

    pause: float
    end: float


class Drops(_Values):
    """The drop table: what follows when somebody is lost."""

    officer: OfficerDrop = OfficerDrop()
    terminal: LegDrop = LegDrop(pause=15, end=300)
    outside: LegDrop = LegDrop(pause=60, end=600)


class Unconfirmed(_Values):
    """A warning that somebody has not confirmed."""

    rule: Annotated[int, Field(gt=0, lt=1000)]
    to: Annotated[tuple[str, ...], Field(max_length=8)] = ()


class Resume(_Values):
    """What earlier runs of the session left behind. run: how many there were."""

    run: Annotated[int, Field(ge=0, le=10000)] = 0
    was_live: bool = False
    pause: Annotated[str, Field(max_length=200)] | None = None
    muted: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    warnings: Annotated[int, Field(ge=0)] = 0
    unconfirmed: Annotated[tuple[Unconfirmed, ...], Field(max_length=8)] = ()


class Facts(_Values):
    """What the policy says about one session, frozen before its participants accept the notice."""

    kind: Kind
    minutes: Annotated[float, Field(gt=0, le=600)]
    hard_end: float
    starts_at: float = 0
    checked_in: bool = False
    record: bool = False
    officer_sees: bool = False
    officer_hears: bool = False
    speak: bool = False
    warn_at: tuple[float, ...] = (300, 60)
    drops: Drops = Drops()
    policy: str = ""
    legs: Annotated[int, Field(ge=1, le=3)] = 1
    pause_without_recording: bool = False
    resume: Resume = Resume()


class Ticket(_Values):
    """One participant's right to join one session once."""

    sid: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\w[\w:.-]*$")]
    pid: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\w[\w:.-]*$")]
    role: Role
    purpose: Purpose = Purpose.SESSION
    persons: Annotated[int, Field(ge=1, le=3)] = 1
    admitted: bool = False
    lanes: Annotated[int, Field(ge=1, le=64)] = 1
    facts: Facts | None = None

    @model_validator(mode="after")
    def _coherent(self) -> "Ticket":
        if (self.purpose is Purpose.TEST) != self.sid.startswith("test:"):
            raise ValueError("an equipment test, and nothing else, has a session id test:...")
        if self.purpose in (Purpose.CHECK_IN, Purpose.SUPERVISE) and self.role is not Role.OFFICER:
            raise ValueError("only an officer checks in or supervises")
        if self.facts is None and self.purpose is not Purpose.TEST:
            raise ValueError("a session needs its facts")
        return self


class Verified(_Values):
    """A ticket that stood the test, with who signed it and its single-use number."""

    ticket: Ticket
    zone: Zone
    jti: str
    exp: float


def new_key_pair() -> tuple[str, str]:
    """A fresh Ed25519 pair as (private, public), base64 of the raw bytes."""
    key = Ed25519PrivateKey.generate()
    return base64.b64encode(key.private_bytes_raw()).decode(), base64.b64encode(key.public_key().public_bytes_raw()).decode()


def audience(broker: str, boot: str) -> str:
    """The audience of a ticket: this broker, this run of it."""
    return f"{broker}/{boot}"


def sign(private_key: str, zone: Zone, aud: str, ticket: Ticket, now: datetime) -> str:
    """Sign a ticket for the broker `aud` (see `audience`). Raises ValueError where the zone may not sign the role."""
    if ticket.role not in MAY_SIGN[zone]:
        raise ValueError(f"{zone} may not sign {ticket.role}")
    return _sign(private_key, zone, aud, ticket.model_dump(mode="json", exclude_none=True), now)


def sign_control(private_key: str, broker: str, now: datetime) -> str:
    """Sign a control call to a broker; it names the broker but no run of it, because the answer tells the run."""
    return _sign(private_key, Zone.PRISON, broker, {"role": Role.CONTROL.value}, now)


def verify(token: str, public_keys: Mapping[Zone, str], aud: str, zone: Zone, now: datetime) -> Verified:
    """Check a ticket presented on the listener of `zone`. Raises TokenRefused with the code of the refusal."""
    claims = _verify(token, public_keys, zone, now)
    if claims["aud"] != aud:
        raise TokenRefused("WRONG_AUDIENCE")
    try:
        ticket = Ticket.model_validate(claims)
    except ValidationError as problem:
        raise TokenRefused("BAD_MESSAGE") from problem
    if ticket.role not in MAY_SIGN[zone] or ticket.role is Role.CONTROL:
        raise TokenRefused("WRONG_ZONE")
    return Verified(ticket=ticket, zone=zone, jti=claims["jti"], exp=claims["exp"])


def verify_control(token: str, public_keys: Mapping[Zone, str], broker: str, now: datetime) -> None:
    """Check a control call. Raises TokenRefused."""
    claims = _verify(token, public_keys, Zone.PRISON, now)
    if claims["aud"] != broker:
        raise TokenRefused("WRONG_AUDIENCE")
    if claims.get("role") != Role.CONTROL.value:
        raise TokenRefused("WRONG_ZONE")


def _sign(private_key: str, zone: Zone, aud: str, claims: dict[str, Any], now: datetime) -> str:
    issued = int(now.timestamp())
    envelope = {"v": VERSION, "aud": aud, "iat": issued, "nbf": issued, "exp": issued + LIFE_SECONDS, "jti": secrets.token_urlsafe(16)}
    return jwt.encode(claims | envelope, load_private_key(private_key), algorithm="EdDSA", headers={"kid": zone.value})


def _verify(token: str, public_keys: Mapping[Zone, str], zone: Zone, now: datetime) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        if kid != zone.value or zone not in public_keys:
            raise TokenRefused("WRONG_ZONE")
        claims: dict[str, Any] = jwt.decode(token, load_public_key(public_keys[zone]), algorithms=["EdDSA"], options=_SIGNATURE_ONLY)
    except jwt.PyJWTError as problem:
        raise TokenRefused("BAD_MESSAGE") from problem
    _check_envelope(claims, now.timestamp())
    return claims


def _check_envelope(claims: dict[str, Any], at: float) -> None:
    numbers = [claims["iat"], claims["nbf"], claims["exp"]]
    if claims.get("v") != VERSION or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        raise TokenRefused("BAD_MESSAGE")
    if not isinstance(claims["aud"], str) or not isinstance(claims["jti"], str) or not 8 <= len(claims["jti"]) <= 64:
        raise TokenRefused("BAD_MESSAGE")
    if claims["exp"] - claims["iat"] > LIFE_SECONDS:
        raise TokenRefused("BAD_MESSAGE")
    if at > claims["exp"] + SKEW_SECONDS or at < claims["nbf"] - SKEW_SECONDS:
        raise TokenRefused("TOKEN_EXPIRED")


def load_private_key(text: str) -> Ed25519PrivateKey:
    """Read an Ed25519 private key from PEM or base64 of its 32 raw bytes."""
    if "BEGIN" in text:
        key = serialization.load_pem_private_key(text.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        return key
    return Ed25519PrivateKey.from_private_bytes(_raw(text))


def load_public_key(text: str) -> Ed25519PublicKey:
    """Read an Ed25519 public key from PEM or base64 of its 32 raw bytes."""
    if "BEGIN" in text:
        key = serialization.load_pem_public_key(text.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        return key
    return Ed25519PublicKey.from_public_bytes(_raw(text))


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as problem:
        raise ValueError("a key is PEM or base64") from problem

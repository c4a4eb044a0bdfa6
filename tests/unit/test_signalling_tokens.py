"""Tickets: who may sign what, and every way to be refused."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from pydantic import ValidationError

from visitation.signalling import tokens
from visitation.signalling.policy import Role
from visitation.signalling.tokens import Facts, Purpose, Ticket, TokenRefused, Zone

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AUD = tokens.audience("b1", "boot")
FACTS = Facts(kind="family_visit", minutes=30, hard_end=NOW.timestamp() + 1800)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def keys() -> dict[Zone, tuple[str, str]]:
    return {Zone.FAMILY: tokens.new_key_pair(), Zone.PRISON: tokens.new_key_pair()}


def public(keys: dict[Zone, tuple[str, str]]) -> dict[Zone, str]:
    return {zone: pair[1] for zone, pair in keys.items()}


def ticket(role: Role = Role.VISITOR, **more: object) -> Ticket:
    return Ticket.model_validate({"sid": "v1", "pid": f"{role}:1", "role": role, "facts": FACTS, **more})


def refusal(token: str, keys: dict[Zone, tuple[str, str]], zone: Zone, at: datetime = NOW, aud: str = AUD) -> str:
    with pytest.raises(TokenRefused) as caught:
        tokens.verify(token, public(keys), aud, zone, at)
    return caught.value.code


def test_a_ticket_comes_back_as_it_was_signed(keys: dict[Zone, tuple[str, str]]) -> None:
    token = tokens.sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, ticket(admitted=True, persons=2), NOW)
    verified = tokens.verify(token, public(keys), AUD, Zone.FAMILY, NOW + timedelta(seconds=29))
    assert verified.ticket == ticket(admitted=True, persons=2)
    assert verified.zone is Zone.FAMILY
    assert len(token) < 2000


@pytest.mark.parametrize("role", list(Role))
def test_each_zone_signs_its_own_roles_only(keys: dict[Zone, tuple[str, str]], role: Role) -> None:
    for zone in Zone:
        if role in tokens.MAY_SIGN[zone]:
            tokens.sign(keys[zone][0], zone, AUD, ticket(role), NOW)
        else:
            with pytest.raises(ValueError, match="may not sign"):
                tokens.sign(keys[zone][0], zone, AUD, ticket(role), NOW)


def test_a_stolen_family_key_signs_no_officer(keys: dict[Zone, tuple[str, str]]) -> None:
    claims = ticket(Role.OFFICER).model_dump(mode="json", exclude_none=True)
    forged = tokens._sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, claims, NOW)
    assert refusal(forged, keys, Zone.FAMILY) == "WRONG_ZONE"
    assert refusal(forged, keys, Zone.PRISON) == "WRONG_ZONE"
    disguised = tokens._sign(keys[Zone.FAMILY][0], Zone.PRISON, AUD, claims, NOW)
    assert refusal(disguised, keys, Zone.PRISON) == "BAD_MESSAGE"


def test_a_listener_takes_its_own_zone_only(keys: dict[Zone, tuple[str, str]]) -> None:
    token = tokens.sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, ticket(), NOW)
    assert refusal(token, keys, Zone.PRISON) == "WRONG_ZONE"


@pytest.mark.parametrize("seconds", [-3, 33, 3600])
def test_a_ticket_lives_thirty_seconds(keys: dict[Zone, tuple[str, str]], seconds: int) -> None:
    token = tokens.sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, ticket(), NOW)
    assert refusal(token, keys, Zone.FAMILY, NOW + timedelta(seconds=seconds)) == "TOKEN_EXPIRED"


def test_another_run_of_the_broker_is_another_audience(keys: dict[Zone, tuple[str, str]]) -> None:
    token = tokens.sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, ticket(), NOW)
    assert refusal(token, keys, Zone.FAMILY, aud=tokens.audience("b1", "later")) == "WRONG_AUDIENCE"


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"exp": int(NOW.timestamp()) + 600},
        {"exp": "soon"},
        {"jti": "x"},
        {"jti": 5},
        {"aud": ["b1/boot"]},
        {"iat": True},
    ],
)
def test_a_crooked_envelope_is_refused(keys: dict[Zone, tuple[str, str]], change: dict[str, object]) -> None:
    token = tokens.sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, ticket(), NOW)
    claims = jwt.decode(token, options={"verify_signature": False}) | change
    try:
        crooked = jwt.encode(claims, tokens.load_private_key(keys[Zone.FAMILY][0]), algorithm="EdDSA", headers={"kid": "family"})
    except TypeError:
        pytest.skip("the library itself refuses to write it")
    assert refusal(crooked, keys, Zone.FAMILY) == "BAD_MESSAGE"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ey.ey.ey", "." * 50])
def test_nonsense_is_refused(keys: dict[Zone, tuple[str, str]], token: str) -> None:
    assert refusal(token, keys, Zone.FAMILY) == "BAD_MESSAGE"


def test_a_symmetric_or_unsigned_token_is_refused(keys: dict[Zone, tuple[str, str]]) -> None:
    token = tokens.sign(keys[Zone.FAMILY][0], Zone.FAMILY, AUD, ticket(), NOW)
    claims = jwt.decode(token, options={"verify_signature": False})
    plain = jwt.encode(claims, "", algorithm="none", headers={"kid": "family"})
    shared = jwt.encode(claims, "k" * 64, algorithm="HS256", headers={"kid": "family"})
    assert refusal(plain, keys, Zone.FAMILY) == "BAD_MESSAGE"
    assert refusal(shared, keys, Zone.FAMILY) == "BAD_MESSAGE"


@pytest.mark.parametrize(
    "change",
    [
        {"sid": "../etc"},
        {"sid": ".."},
        {"sid": ""},
        {"pid": "a b"},
        {"persons": 4},
        {"persons": 0},
        {"facts": None},
        {"purpose": "check_in"},
        {"purpose": "test"},
        {"sid": "test:1"},
    ],
)
def test_an_incoherent_ticket_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ticket(**change)


def test_an_equipment_test_needs_no_facts() -> None:
    made = Ticket.model_validate({"sid": "test:ab", "pid": "visitor:1", "role": "visitor", "purpose": "test"})
    assert made.purpose is Purpose.TEST


def test_control_is_for_the_prison_and_for_this_broker(keys: dict[Zone, tuple[str, str]]) -> None:
    token = tokens.sign_control(keys[Zone.PRISON][0], "b1", NOW)
    tokens.verify_control(token, public(keys), "b1", NOW)
    with pytest.raises(TokenRefused, match="WRONG_AUDIENCE"):
        tokens.verify_control(token, public(keys), "b2", NOW)
    join = tokens.sign(keys[Zone.PRISON][0], Zone.PRISON, "b1", ticket(Role.OFFICER), NOW)
    with pytest.raises(TokenRefused, match="WRONG_ZONE"):
        tokens.verify_control(join, public(keys), "b1", NOW)
    with pytest.raises(TokenRefused, match="WRONG_AUDIENCE"):
        tokens.verify(token, public(keys), AUD, Zone.PRISON, NOW)


def test_keys_are_read_from_pem_too() -> None:
    private, raw = tokens.new_key_pair()
    key = tokens.load_private_key(private)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    pem_public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert tokens.load_private_key(pem).private_bytes_raw() == key.private_bytes_raw()
    assert tokens.load_public_key(pem_public).public_bytes_raw() == tokens.load_public_key(raw).public_bytes_raw()
    with pytest.raises(ValueError, match="PEM or base64"):
        tokens.load_public_key("not a key!")

"""Settings for tests: invented keys, a database of their own."""

import base64
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from config import FamilySettings, PrisonSettings

FAMILY_ORIGIN = "http://localhost:8000"
PRISON_ORIGIN = "http://localhost:8001"


def raw_base64(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return base64.b64encode(key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())).decode()


LETTERS = X25519PrivateKey.from_private_bytes(b"l" * 32)
SECRETS = {
    "field_keys": "t1:" + base64.b64encode(b"f" * 32).decode(),
    "index_key": base64.b64encode(b"i" * 32).decode(),
    "family_secret_key": "family-secret-of-the-tests",
    "prison_secret_key": "prison-secret-of-the-tests",
    "family_signing_key": raw_base64(Ed25519PrivateKey.from_private_bytes(b"a" * 32)),
    "prison_signing_key": raw_base64(Ed25519PrivateKey.from_private_bytes(b"p" * 32)),
    "recording_private_key": raw_base64(X25519PrivateKey.from_private_bytes(b"r" * 32)),
    "letters_private_key": raw_base64(LETTERS),
    "letters_public_key": base64.b64encode(LETTERS.public_key().public_bytes_raw()).decode(),
}


def settings_for(database_url: str, folder: Path, **changes: Any) -> tuple[FamilySettings, PrisonSettings]:
    """Both zones' settings over one database, with files under `folder`."""
    values: dict[str, Any] = {**SECRETS, "database_url": database_url, "data_dir": folder, **changes}
    return FamilySettings(**values), PrisonSettings(**values)

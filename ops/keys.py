"""`python -m ops.keys [FILE]`: make every secret once. What a file has is never changed: its keys open what is in the database.

A file of an earlier version gets the keys that have come since (LATER), and nothing else.

In production each zone's host gets only its own part (deploy/systemd): `python -m ops.keys --split DIR` writes family.env, prison.env and broker.env.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

ROOT = Path(__file__).parents[1]
DEFAULT = ROOT / "var" / "secrets.env"
BOTH = ("FIELD_KEYS", "INDEX_KEY")
PARTS = {
    "family.env": (*BOTH, "FAMILY_SECRET_KEY", "FAMILY_SIGNING_KEY", "LETTERS_PRIVATE_KEY"),
    "prison.env": (*BOTH, "PRISON_SECRET_KEY", "PRISON_SIGNING_KEY", "RECORDING_PRIVATE_KEY", "LETTERS_PUBLIC_KEY"),
    "broker.env": ("BROKER_FAMILY_PUBLIC_KEY", "BROKER_PRISON_PUBLIC_KEY", "BROKER_RECORDING_PUBLIC_KEY"),
}
LATER = (("LETTERS_PRIVATE_KEY", "LETTERS_PUBLIC_KEY"),)
"""Groups of keys that belong together and came after the first version."""


def make() -> dict[str, str]:
    """Fresh secrets and the public halves that the broker is given."""
    family, prison, recording = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    letters = X25519PrivateKey.generate()
    return {
        "FIELD_KEYS": f"k1:{_text(secrets.token_bytes(32))}",
        "INDEX_KEY": _text(secrets.token_bytes(32)),
        "FAMILY_SECRET_KEY": secrets.token_urlsafe(48),
        "PRISON_SECRET_KEY": secrets.token_urlsafe(48),
        "FAMILY_SIGNING_KEY": _text(family.private_bytes_raw()),
        "PRISON_SIGNING_KEY": _text(prison.private_bytes_raw()),
        "RECORDING_PRIVATE_KEY": _text(recording.private_bytes_raw()),
        "LETTERS_PRIVATE_KEY": _text(letters.private_bytes_raw()),
        "LETTERS_PUBLIC_KEY": _text(letters.public_key().public_bytes_raw()),
        "BROKER_FAMILY_PUBLIC_KEY": _text(family.public_key().public_bytes_raw()),
        "BROKER_PRISON_PUBLIC_KEY": _text(prison.public_key().public_bytes_raw()),
        "BROKER_RECORDING_PUBLIC_KEY": _text(recording.public_key().public_bytes_raw()),
    }


def read(path: Path) -> dict[str, str]:
    """`NAME=value` lines."""
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if "=" in line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def ensure(path: Path = DEFAULT) -> dict[str, str]:
    """The secrets of a file, made first where there is none; groups of LATER that it has nothing of are added at its end."""
    if not path.exists():
        write(path, make())
    values, fresh = read(path), make()
    missing = [name for group in LATER if not values.keys() & set(group) for name in group]
    if missing:
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{name}={fresh[name]}\n" for name in missing))
            file.flush()
            os.fsync(file.fileno())
    return read(path)


def write(path: Path, values: dict[str, str]) -> None:
    """A new file for its owner only. Raises FileExistsError rather than replace one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(f"{name}={value}\n" for name, value in values.items()))
        file.flush()
        os.fsync(file.fileno())


def split(folder: Path) -> None:
    """One file for each host of a real installation."""
    values = make()
    for name, keys in PARTS.items():
        write(folder / name, {key: values[key] for key in keys})


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--split"] and len(arguments) == 2:
        split(Path(arguments[1]))
    elif len(arguments) <= 1:
        ensure(Path(arguments[0]) if arguments else DEFAULT)
    else:
        sys.stderr.write("usage: python -m ops.keys [FILE] | --split FOLDER\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

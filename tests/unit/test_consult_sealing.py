"""Letters to a lawyer: only the family zone's key opens them, and only as what they are."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from consult.sealing import Opener, SealBroken, seal


def opener(byte: bytes = b"l") -> Opener:
    return Opener(base64.b64encode(X25519PrivateKey.from_private_bytes(byte * 32).private_bytes_raw()).decode())


TEXT = "只给律师看：父亲被拖欠工资。".encode()
BOX = seal(opener().public_key, TEXT, "letter:7")


def test_the_right_key_and_purpose_open_it() -> None:
    assert opener().open(BOX, "letter:7") == TEXT
    assert TEXT not in BOX
    assert opener().open(seal(opener().public_key, b"", "letter:7"), "letter:7") == b""
    assert seal(opener().public_key, TEXT, "letter:7") != BOX, "nothing is told by sealing the same twice"


def test_another_key_does_not() -> None:
    with pytest.raises(SealBroken):
        opener(b"m").open(BOX, "letter:7")


@pytest.mark.parametrize("purpose", ["letter:8", "note:7", "", "letter:7 "])
def test_another_purpose_does_not(purpose: str) -> None:
    with pytest.raises(SealBroken):
        opener().open(BOX, purpose)


def test_no_byte_may_change_and_none_be_missing() -> None:
    for place in range(len(BOX)):
        changed = BOX[:place] + bytes([BOX[place] ^ 1]) + BOX[place + 1 :]
        with pytest.raises(SealBroken):
            opener().open(changed, "letter:7")
    for length in (0, 1, 32, 33, 44, 45, 60, len(BOX) - 1):
        with pytest.raises(SealBroken):
            opener().open(BOX[:length], "letter:7")

"""Sealing what lawyers write to themselves. The prison's process can seal (it knows the public half) and never open."""

from typing import cast

from flask import current_app

from config import FamilySettings, PrisonSettings
from consult.sealing import Opener, seal


def sealed(text: str, purpose: str) -> bytes:
    """A box for the family zone. purpose: what it is and of which row, e.g. `note:<uid>`."""
    return seal(_public_key(), text.encode(), purpose)


def opened(box: bytes, purpose: str) -> str:
    """Raises PermissionError outside the family zone, consult.sealing.SealBroken for a damaged box."""
    settings = current_app.extensions["settings"]
    if not isinstance(settings, FamilySettings):
        raise PermissionError("only the family zone's process opens what lawyers write")
    return Opener(settings.letters_private_key.get_secret_value()).open(box, purpose).decode()


def _public_key() -> str:
    settings = current_app.extensions["settings"]
    if isinstance(settings, FamilySettings):
        return Opener(settings.letters_private_key.get_secret_value()).public_key
    return cast(PrisonSettings, settings).letters_public_key

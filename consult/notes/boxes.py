"""Sealing what lawyers write to themselves, and what relatives send them. The prison's process can seal (it knows the public half) and never open."""

from typing import cast

from flask import current_app

from config import FamilySettings, PrisonSettings
from consult.sealing import Opener, seal


def sealed(text: str, purpose: str) -> bytes:
    """A box for the family zone. purpose: what it is and of which row, e.g. `note:<uid>`."""
    return seal(_public_key(), text.encode(), purpose)


class PapersOfRelatives:
    """Keeper of the purpose legal_paper (visitation.uploads.queries.Keeper): files from relatives, which the family zone alone opens, for the case's lawyer."""

    def seal(self, data: bytes, uid: str) -> bytes:
        return seal(_public_key(), data, f"legal_paper:{uid}")

    def open(self, box: bytes, uid: str) -> bytes:
        """Raises as `opened`."""
        return _opener().open(box, f"legal_paper:{uid}")


def opened(box: bytes, purpose: str) -> str:
    """Raises PermissionError outside the family zone, consult.sealing.SealBroken for a damaged box."""
    return _opener().open(box, purpose).decode()


def _opener() -> Opener:
    settings = current_app.extensions["settings"]
    if not isinstance(settings, FamilySettings):
        raise PermissionError("only the family zone's process opens what is for lawyers")
    return Opener(settings.letters_private_key.get_secret_value())


def _public_key() -> str:
    settings = current_app.extensions["settings"]
    if isinstance(settings, FamilySettings):
        return Opener(settings.letters_private_key.get_secret_value()).public_key
    return cast(PrisonSettings, settings).letters_public_key

"""The one composition root: settings, clock and rooms become two applications.

`family_app`, `prison_app` and `app` (the prison's, for the command line) are built on first access, so that a family host starts with only its own secrets.
"""

from typing import Any

from flask import Flask

from config import FamilySettings, PrisonSettings
from visitation.accounts import queries as accounts
from visitation.kernel.clock import Clock, SystemClock
from visitation.store import tables  # noqa: F401 - so that migrations know every table
from visitation.web import zone
from visitation.web.app import Parts, create_app


def build_family(settings: FamilySettings, clock: Clock) -> Flask:
    """The Internet side."""
    return create_app(Parts(zone.FAMILY, settings, clock, blueprints=[], sentences=[], resolve=accounts.resolve))


def build_prison(settings: PrisonSettings, clock: Clock) -> Flask:
    """The intranet side."""
    return create_app(Parts(zone.PRISON, settings, clock, blueprints=[], sentences=[], resolve=accounts.resolve))


def __getattr__(name: str) -> Any:
    if name == "family_app":
        made = build_family(FamilySettings(), SystemClock())
    elif name in ("prison_app", "app"):
        made = build_prison(PrisonSettings(), SystemClock())
    else:
        raise AttributeError(name)
    globals()[name] = made
    if name in ("prison_app", "app"):
        globals().update(prison_app=made, app=made)
    return made

"""Private feeds: who may have one, how long what is in it lasts. Pure."""

from datetime import datetime, timedelta

from visitation.kernel.identity import Identity, Role

AHEAD = timedelta(days=14)
"""An officer's feed shows their sessions of this time to come."""
BEHIND = timedelta(days=7)
"""A family's feed keeps visits so long after their day."""
NOTED = timedelta(hours=1)
"""How often a reading is written down: whether a feed is used at all is what its owner wants to know."""
TOKEN_LENGTH = 43
OFFICERS = (Role.OFFICER, Role.DUTY_CHIEF)


def acts_for_self(who: Identity, _subject: object = None) -> bool:
    """A feed is made by its owner, never by a clerk who assists."""
    return who.clerk_id is None


def needs_note(read_at: datetime | None, now: datetime) -> bool:
    return read_at is None or now - read_at >= NOTED

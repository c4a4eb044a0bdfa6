"""The jobs about recordings: what is deleted, what lapses, what is to be listened to again."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from visitation.supervision import exports, relistening
from visitation.supervision.playback import Copies
from visitation.supervision.recordings import deletions, retention


def recording_sweeps(data_dir: Path, private_key: str) -> list[tuple[str, float, Callable[[Session, datetime], Any]]]:
    """Name, pace in seconds, and work of each."""
    kept = Copies(data_dir / "playback", private_key)
    return [
        ("recordings", 3600, retention(data_dir, kept)),
        ("recordings.deletions", 60, deletions(data_dir, kept)),
        ("recordings.lapse", 60, _lapse),
        ("recordings.relistening", 60, relistening.sweep(private_key)),
    ]


def _lapse(session: Session, now: datetime) -> int:
    return exports.lapse(session, now)

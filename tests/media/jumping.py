"""A broker whose wall clock can be set: `python -m tests.media.jumping` with `JUMP_FILE`, whose text is the seconds its clock is ahead (or behind)."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from visitation.kernel.clock import SystemClock
from visitation.signalling import __main__ as broker

FILE = Path(os.environ.get("JUMP_FILE", ""))


class JumpingClock(SystemClock):
    """The machine's clock, put forward or back by whoever writes the file."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=float(FILE.read_text() or 0))


if __name__ == "__main__":
    broker.SystemClock = JumpingClock  # type: ignore[misc, attr-defined]
    sys.exit(broker.main())

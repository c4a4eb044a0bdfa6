"""The jobs' log: one line of JSON an event, with codes and numbers of rows, never with what a row says.

The text of an exception is left out: a database quotes its parameters, a relay the address it refused.
"""

import sys
import traceback
from pathlib import Path
from typing import Any, Protocol, cast

import structlog


class Log(Protocol):
    def info(self, event: str, **facts: Any) -> Any: ...
    def warning(self, event: str, **facts: Any) -> Any: ...
    def error(self, event: str, **facts: Any) -> Any: ...


def open_log() -> Log:
    """To standard error, for systemd's journal or the terminal."""
    maker = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    return cast(Log, maker)


def where(error: BaseException) -> str:
    """File and line at which an error was raised, without its values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""

"""The running service for a measurement: processes of their own on free ports, over a fresh database with the demo's data."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack import Stack


@contextmanager
def service(*names: str) -> Iterator[Stack]:
    """Start the named processes (all, unless named) with demo data; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="visits-bench-"))
    stack = Stack(folder)
    try:
        stack.flask("demo-data", "--prepare")
        yield stack.start(*names)
    finally:
        stack.stop()
        shutil.rmtree(folder)

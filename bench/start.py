"""How long it takes until the service answers: import of the code, both web applications, and a second `make run`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import against, figure
from tests.stack import ROOT, Stack

GOAL_START = 10.0
"""A second start takes seconds (issue A): our own yardstick for the whole of it on two cores."""


def run() -> None:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import wsgi"], cwd=ROOT, check=True)
    figure("start.import", time.perf_counter() - begin, "s")
    with tempfile.TemporaryDirectory(prefix="visits-bench-") as folder:
        _measure(Stack(Path(folder)))


def _measure(stack: Stack) -> None:
    begin = time.perf_counter()
    stack.flask("demo-data", "--prepare")
    figure("start.first_demo_data", time.perf_counter() - begin, "s")
    begin = time.perf_counter()
    stack.flask("demo-data", "--prepare")
    prepared = time.perf_counter() - begin
    try:
        begin = time.perf_counter()
        stack.start()
        answering = time.perf_counter() - begin
    finally:
        stack.stop()
    figure("start.processes", answering, "s")
    against("start.second_run", prepared + answering, "s", GOAL_START, "goal")

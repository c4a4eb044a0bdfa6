"""`make test`: style, types, then the tests in groups, the quick ones first.

GROUP=web runs one group. What is passed in PYTEST goes to every pytest.
"""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORES = os.cpu_count() or 1
MANY = ["-n", str(min(CORES, 8)), "--dist", "loadgroup"]
# The media tests wait for the clock most of their time. In a browser, whatever encodes video stays on one worker (its group is "cameras").
GROUPS: dict[str, list[str]] = {
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "unit": ["pytest", "tests/unit", *MANY],
    "web": ["pytest", "tests/web", "tests/parts", "tests/test_architecture.py", *MANY],
    "media": ["pytest", "tests/media", "-n", str(1 + CORES), "--dist", "loadgroup"],
    "faults": ["pytest", "tests/faults", *MANY],
    "browser": ["pytest", "tests/browser", *MANY],
}
NOTHING_COLLECTED = 5


def main() -> int:
    wanted = os.environ.get("GROUP", "").split() or list(GROUPS)
    results = {name: _run(name) for name in wanted}
    width = max(map(len, results))
    sys.stdout.write(
        "\n" + "".join(f"  {name:<{width}}  {'ok' if code == 0 else 'FAILED':<6}  {seconds:5.0f} s\n" for name, (code, seconds) in results.items())
    )
    return int(any(code for code, _seconds in results.values()))


def _run(name: str) -> tuple[int, float]:
    program, *rest = GROUPS[name]
    folders = [part for part in rest if part.startswith("tests/")]
    if folders and not any((ROOT / part).exists() for part in folders):
        return 0, 0.0
    command = [sys.executable, "-m", program, *rest, *(shlex.split(os.environ.get("PYTEST", "")) if program == "pytest" else [])]
    sys.stdout.write(f"\n== {name}\n")
    sys.stdout.flush()
    begin = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    return 0 if code == NOTHING_COLLECTED else code, time.monotonic() - begin


if __name__ == "__main__":
    sys.exit(main())

"""`make proof`: the full counts of what `make test` shows on samples. Each proof runs by itself; what has passed at this commit is not run again.

`make proof PROOF="access lease"` runs some of them; `RESTART=1` forgets what has passed. Counts can be set: `make proof PROOF=lease TRIALS=50`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "var" / "proof.json"
PROOFS: dict[str, tuple[dict[str, str], list[str]]] = {
    "access": ({"FULL": "1"}, ["tests/web/test_access_matrix.py"]),
    "names": ({"FUZZ": "1000"}, ["tests/unit/test_bad_names.py"]),
    "sequences": ({"FUZZ": "300"}, ["tests/web/test_bookings_stateful.py", "--timeout", "1800"]),
    "input": ({"FUZZ": "200"}, ["tests/web/test_bad_input.py"]),
    "lease": ({"TRIALS": "500", "AT_ONCE": "50"}, ["tests/media/test_lease.py", "-s", "--timeout", "900"]),
    "mutants": ({"MUTANTS": "10000"}, ["tests/media/test_mutants.py", "-s", "--timeout", "3600"]),
    "frozen": ({"BROWSER_TRIALS": "10"}, ["tests/browser/test_frozen.py", "-s", "--timeout", "900"]),
    "takeover": ({"KILLS": "100"}, ["tests/proofs/test_takeover.py", "-s"]),
    "import": ({"ROWS": "10000"}, ["tests/proofs/test_import_of_bookings.py", "-s", "--timeout", "1800"]),
    "policy": ({}, ["tests/proofs/test_policy_lines.py", "-s"]),
    "sweeps": ({"KILLS": "100"}, ["tests/proofs/test_sweeps_killed.py", "-s", "--timeout", "900"]),
    "calendars": ({"SERIES": "300"}, ["tests/proofs/test_help_calendars.py", "-s", "--timeout", "900"]),
}


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(PROOFS)
    if unknown:
        sys.stderr.write(f"no proof {', '.join(sorted(unknown))}; there are: {', '.join(PROOFS)}\n")
        return 2
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    passed = _passed(commit)
    failed = [name for name in wanted or PROOFS if name not in passed and not _run(name, passed, commit)]
    sys.stdout.write("".join(f"  {name:<8} {'FAILED' if name in failed else 'passed'}\n" for name in wanted or PROOFS))
    return int(bool(failed))


def _passed(commit: str) -> dict[str, float]:
    """Seconds of each proof that passed at this commit."""
    if os.environ.get("RESTART") == "1" or not KEPT.exists():
        return {}
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    return dict(kept["passed"]) if kept["commit"] == commit else {}


def _run(name: str, passed: dict[str, float], commit: str) -> bool:
    environment, arguments = PROOFS[name]
    sys.stdout.write(f"\n== {name}  {environment}\n")
    sys.stdout.flush()
    begin = time.monotonic()
    if subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env={**environment, **os.environ}, check=False).returncode:
        return False
    passed[name] = round(time.monotonic() - begin, 1)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps({"commit": commit, "passed": passed}), encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make code USER=officer`: the current second factor of a demo account."""

import subprocess
import sys

from ops.environment import ROOT, compose, plan

if __name__ == "__main__":
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo-code", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, env=compose(plan()), check=False).returncode)

"""`make test` and `make bench` need a few Debian packages: installed when we are root, otherwise named."""

import os
import shutil
import subprocess
import sys

PACKAGES = ("chromium", "fonts-noto-cjk", "postgresql", "redis-server", "ffmpeg", "xvfb", "coturn")
PROGRAMS = {"chromium": "chromium", "redis-server": "redis-server", "ffmpeg": "ffprobe", "xvfb": "Xvfb", "coturn": "turnserver"}


def missing() -> list[str]:
    """Packages that are not installed; on a system without dpkg, those whose program is not found."""
    if shutil.which("dpkg-query") is None:
        return [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    answer = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *PACKAGES], capture_output=True, text=True, check=False)
    present = {line.split()[0] for line in answer.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in PACKAGES if package not in present]


def main() -> int:
    wanted = missing()
    if not wanted:
        return 0
    install = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.stderr.write(f"The tests need: {' '.join(wanted)}\nPlease run:\n  sudo apt-get update && sudo {' '.join(install)}\n")
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["apt-get", "update", "-qq"], [*install[:1], "-qq", *install[1:]]):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

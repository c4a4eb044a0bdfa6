"""The whole service as separate processes on free loopback ports, over a database of its own: for browser tests, fault tests and benches.

Unlike `make run` it starts each process itself, so that a test can kill and restart one by its process id.
"""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.settings import SECRETS

ROOT = Path(__file__).parents[1]
START_SECONDS = 120


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass
class Stack:
    """A running service. `processes` by name: family, prison, broker, jobs, link."""

    folder: Path
    database_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.family_port, self.prison_port, self.outside_port, self.inside_port = free_ports(4)
        self.database_url = self.database_url or f"sqlite:///{self.folder / 'stack.sqlite3'}"
        self.environment = {**os.environ, **self._settings(), **self.extra}

    @property
    def family(self) -> str:
        return f"http://localhost:{self.family_port}"

    @property
    def prison(self) -> str:
        return f"http://localhost:{self.prison_port}"

    def _settings(self) -> dict[str, str]:
        recording = X25519PrivateKey.from_private_bytes(base64.b64decode(SECRETS["recording_private_key"]))
        return {
            **{name.upper(): value for name, value in SECRETS.items()},
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.folder),
            "DEMO": "1",
            "FAMILY_ORIGIN": self.family,
            "PRISON_ORIGIN": self.prison,
            "BROKER_CONTROL_URLS": f"http://127.0.0.1:{self.inside_port}",
            "BROKER_ORIGINS": f"ws://localhost:{self.outside_port} ws://localhost:{self.inside_port}",
            "BROKER_ID": "broker-1",
            "BROKER_OUTSIDE_PORT": str(self.outside_port),
            "BROKER_INSIDE_PORT": str(self.inside_port),
            "BROKER_OUTSIDE_URL": f"ws://localhost:{self.outside_port}",
            "BROKER_INSIDE_URL": f"ws://localhost:{self.inside_port}",
            "BROKER_OUTSIDE_ORIGINS": self.family,
            "BROKER_INSIDE_ORIGINS": self.prison,
            "BROKER_DATA_DIR": str(self.folder / "broker"),
            "BROKER_FAMILY_PUBLIC_KEY": _public(SECRETS["family_signing_key"]),
            "BROKER_PRISON_PUBLIC_KEY": _public(SECRETS["prison_signing_key"]),
            "BROKER_RECORDING_PUBLIC_KEY": base64.b64encode(recording.public_key().public_bytes_raw()).decode(),
            "PYTHONUNBUFFERED": "1",
        }

    def command(self, name: str) -> list[str]:
        """The command line of a process, as in production."""
        python = sys.executable
        web = [python, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "12", "--graceful-timeout", "2", "--no-control-socket"]
        return {
            "family": [*web, "--bind", f"127.0.0.1:{self.family_port}", "wsgi:family_app"],
            "prison": [*web, "--bind", f"127.0.0.1:{self.prison_port}", "wsgi:prison_app"],
            "broker": [python, "-m", "visitation.signalling"],
            "jobs": [python, "-m", "flask", "--app", "wsgi", "work"],
            "link": [python, "-m", "flask", "--app", "wsgi", "link"],
        }[name]

    def flask(self, *arguments: str) -> str:
        """Run one `flask --app wsgi ...` command to its end; returns what it printed."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"flask {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *names: str) -> "Stack":
        """Start processes (all of them, unless named) and wait until those that listen answer."""
        for name in names or ("family", "prison", "broker", "jobs", "link"):
            log = (self.folder / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(self.command(name), cwd=ROOT, env=self.environment, stdout=log, stderr=log)
            log.close()
        self._wait(names)
        return self

    def _wait(self, names: tuple[str, ...]) -> None:
        ports = {"family": (self.family_port, "healthz"), "prison": (self.prison_port, "healthz"), "broker": (self.inside_port, "health")}
        for name, (port, path) in ports.items():
            if not names or name in names:
                self._wait_for(name, f"http://127.0.0.1:{port}/{path}")

    def _wait_for(self, name: str, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.processes[name].poll() is not None:
                break
            try:
                with urllib.request.urlopen(url, timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{name} did not answer: {(self.folder / f'{name}.log').read_text()[-3000:]}")

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """End one process by its id."""
        process = self.processes.pop(name)
        process.send_signal(signal_number)
        process.wait(timeout=15)

    def stop(self) -> None:
        """End every process that this stack started."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)
        self.processes.clear()


def _public(private: str) -> str:
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private))
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()

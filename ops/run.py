"""`make run`: the whole service on this machine with demo data. honcho holds the processes: when one ends, all end; real installations use systemd."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from consult.demo import LAWYER_LOGIN
from ops.environment import ROOT, Plan, compose, plan
from visitation.demo.logins import FAMILIES, PASSWORD, STAFF

READY_SECONDS = 60


def main() -> int:
    os.umask(0o077)  # the database holds names
    chosen = plan()
    taken = [str(port) for port in chosen.ports if _is_taken(port)]
    if taken:
        sys.stderr.write(
            f"in use already: port {', '.join(taken)}. Choose others: FAMILY_PORT= PRISON_PORT= BROKER_OUTSIDE_PORT= BROKER_INSIDE_PORT= make run\n"
        )
        return 1
    environment = compose(chosen)
    subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "demo-data", "--prepare"], cwd=ROOT, env=environment, check=True)
    return _serve(chosen, environment)


def _serve(chosen: Plan, environment: dict[str, str]) -> int:
    procfile = _procfile(chosen, Path(environment["DATA_DIR"]))
    command = [sys.executable, "-m", "honcho", "start", "-f", str(procfile), "-d", str(ROOT), "-e", os.devnull]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_args: process.terminate())
    threading.Thread(target=_announce, args=(chosen, process), daemon=True).start()
    ended = process.wait()
    return 0 if ended in (0, -signal.SIGTERM, 128 + signal.SIGTERM, 130) else ended


def _procfile(chosen: Plan, data: Path) -> Path:
    """The Procfile of the repository; with TLS for the local network one line more, in front of the broker."""
    if not chosen.secure:
        return ROOT / "Procfile"
    pairs = f"{chosen.outside}:{chosen.inner_outside} {chosen.inside}:{chosen.inner_inside}"
    made = data / "Procfile.tls"
    made.write_text((ROOT / "Procfile").read_text() + f'tls: exec python -m ops.tls "$TLS_CHAIN" "$TLS_KEY" {pairs}\n')
    return made


def _announce(chosen: Plan, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(chosen, chosen.family) and _answers(chosen, chosen.prison):
            sys.stdout.write(_welcome(chosen))
            sys.stdout.flush()
            return
        time.sleep(0.2)


def _answers(chosen: Plan, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only to see whether it listens
    with contextlib.suppress(OSError):
        url = f"{'https' if chosen.secure else 'http'}://127.0.0.1:{port}/healthz"
        with urllib.request.urlopen(url, timeout=1, context=context if chosen.secure else None) as answer:  # noqa: S310 - built here
            return bool(answer.status == 200)
    return False


def _welcome(chosen: Plan) -> str:
    family, prison = chosen.page(chosen.family), chosen.page(chosen.prison)
    lines = [
        "",
        f"  Families      {family}",
        *(f"    {login.mobile}  {login.name}: {login.what}" for login in FAMILIES),
        f"    the codes sent to these numbers: {family}/demo/messages",
        f"    {LAWYER_LOGIN:<11}  a lawyer, at {family}/clerk/sign-in, with the password below and: make code USER={LAWYER_LOGIN}",
        "",
        f"  Prison        {prison}",
        *(f"    {login.login:<10} {login.what}" for login in STAFF),
        f"    password {PASSWORD}; the second factor: make code USER=officer",
        f"  Terminal      {prison}/kiosk",
        "",
    ]
    if chosen.secure:
        lines.insert(1, "  On a phone: install var/tls/authority.pem as a trusted certificate first, or accept the warning on both ports.")
    return "\n".join(lines) + "\n"


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())

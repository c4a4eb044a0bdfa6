"""The environment in which `make run` starts the processes: ports and addresses from the caller's, secrets from var/secrets.env."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ops import keys, tls

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Plan:
    """Where everything listens. `secure`: TLS for the local network. inner: the broker's own ports when TLS stands in front of them."""

    family: int
    prison: int
    outside: int
    inside: int
    secure: bool
    host: str
    inner_outside: int
    inner_inside: int

    @property
    def ports(self) -> tuple[int, ...]:
        return self.family, self.prison, self.outside, self.inside

    def origin(self, port: int) -> str:
        """What a browser shows; with TLS the local name works as well."""
        return f"https://{self.host}:{port},https://localhost:{port}" if self.secure else f"http://localhost:{port}"

    def page(self, port: int) -> str:
        return self.origin(port).split(",")[0]

    def socket_url(self, port: int) -> str:
        return f"{'wss' if self.secure else 'ws'}://{self.host}:{port}"


def plan() -> Plan:
    """From FAMILY_PORT, PRISON_PORT, BROKER_OUTSIDE_PORT, BROKER_INSIDE_PORT and TLS."""
    names = (("FAMILY_PORT", 8000), ("PRISON_PORT", 8001), ("BROKER_OUTSIDE_PORT", 8002), ("BROKER_INSIDE_PORT", 8003))
    family, prison, outside, inside = (int(os.environ.get(name) or default) for name, default in names)
    secure = os.environ.get("TLS", "") not in ("", "0", "no")
    inner = (_free_port(), _free_port()) if secure else (outside, inside)
    return Plan(family, prison, outside, inside, secure, tls.lan_address() if secure else "localhost", *inner)


def compose(chosen: Plan) -> dict[str, str]:
    """The whole environment. What the caller has set himself stays (DATABASE_URL, SMS_URL ...)."""
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var")
    made = {
        **keys.ensure(data / "secrets.env"),
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data / 'visitation.sqlite3'}",
        "DEMO": "1",
        "FAMILY_ORIGIN": chosen.origin(chosen.family),
        "PRISON_ORIGIN": chosen.origin(chosen.prison),
        "BROKER_ORIGINS": f"{_all_sockets(chosen, chosen.outside)} {_all_sockets(chosen, chosen.inside)}",
        "BROKER_CONTROL_URLS": f"http://127.0.0.1:{chosen.inner_inside}",
        "BROKER_OUTSIDE_URL": chosen.socket_url(chosen.outside),
        "BROKER_INSIDE_URL": chosen.socket_url(chosen.inside),
        "BROKER_OUTSIDE_ORIGINS": chosen.origin(chosen.family),
        "BROKER_INSIDE_ORIGINS": chosen.origin(chosen.prison),
        "BROKER_DATA_DIR": str(data / "broker"),
    }
    forced = {
        "BROKER_OUTSIDE_PORT": str(chosen.inner_outside),
        "BROKER_INSIDE_PORT": str(chosen.inner_inside),
        "FAMILY_BIND": f"{_bind(chosen)}:{chosen.family}",
        "PRISON_BIND": f"{_bind(chosen)}:{chosen.prison}",
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        **_certificate(chosen, data),
    }
    given = {name: value for name, value in os.environ.items() if value}
    return made | given | forced


def _certificate(chosen: Plan, data: Path) -> dict[str, str]:
    if not chosen.secure:
        return {}
    authority, chain, key = tls.certificate(data / "tls", chosen.host)
    # The link asks the prison application over TLS whether it stands; it has to know who made the certificate.
    return {"TLS_CHAIN": str(chain), "TLS_KEY": str(key), "SSL_CERT_FILE": str(authority)}


def _all_sockets(chosen: Plan, port: int) -> str:
    return f"{chosen.socket_url(port)} wss://localhost:{port}" if chosen.secure else chosen.socket_url(port)


def _bind(chosen: Plan) -> str:
    return "0.0.0.0" if chosen.secure else "127.0.0.1"  # noqa: S104 - asked for with TLS=1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

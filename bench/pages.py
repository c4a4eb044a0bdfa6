"""How long the pages take, as a signed-in person asks for them one after the other, over HTTP and with the demo's data."""

import http.client
import time

from bench.figures import against, quantile
from bench.people import Person, family, officer
from bench.service import service
from tests.stack import Stack

ROUNDS = 40
GOAL_MS = 200.0
"""p95 of a page on two cores: our own yardstick; the round trip of a slow mobile line costs more."""
FAMILY_PAGES = {"home": "/", "messages": "/notices", "relatives": "/relatives", "months": "/visits/new"}
PRISON_PAGES = {"desk": "/", "sign_in": "/sign-in"}


def run() -> None:
    with service("family", "prison", "jobs") as stack:
        for zone, person, pages in (("family", family(stack), FAMILY_PAGES), ("prison", officer(stack), PRISON_PAGES)):
            for name, path in pages.items():
                _page(stack, zone, person, name, path)


def _page(stack: Stack, zone: str, person: Person, name: str, path: str) -> None:
    port = stack.family_port if zone == "family" else stack.prison_port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    for _round in range(ROUNDS + 3):
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Host": f"localhost:{port}", "Cookie": person.cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 302):
            raise RuntimeError(f"{zone} {path} answered {answer.status}")
        times.append((time.perf_counter() - begin) * 1000)
    connection.close()
    against(f"pages.{zone}.{name}.p50", quantile(times[3:], 0.5), "ms", GOAL_MS, "goal")
    against(f"pages.{zone}.{name}.p95", quantile(times[3:], 0.95), "ms", GOAL_MS, "goal")

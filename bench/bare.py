"""The floor: the statements that a booking cannot do without, in a loop, through the driver alone: claims, booking, party, ledger, audit, message.

Two transactions a booking, as in the service; nothing is judged and nothing is read.
"""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import make_url

from tests.stack import ROOT
from visitation.store.turn import Turnstile

TICKS, RESOURCES = 6, ("inmate", "visitor", "watch", "uplink", "terminal")
CLAIM = "INSERT INTO claim (resource, tick, booking_id) VALUES ({0}, {0}, {0})"
KEY = "INSERT INTO request_key (account_id, key, result, at) VALUES ({0}, {0}, 'x', '2026-11-24 04:00:00')"


def bare(url: str, seconds: float, processes: int, threads: int) -> float:
    """Claim transactions a second."""
    command = [sys.executable, "-m", "bench.bare", url, str(seconds), str(threads)]
    running = [subprocess.Popen([*command, str(number)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for number in range(processes)]
    return sum(float(process.communicate()[0]) for process in running) / seconds


def main(url: str, seconds: str, threads: str, place: str) -> None:
    made, until, counts = make_url(url), time.monotonic() + float(seconds), [0] * int(threads)
    step = _sqlite(str(made.database)) if url.startswith("sqlite") else _postgresql(made.render_as_string().replace("+psycopg", ""))

    def work(number: int) -> None:
        once = step()
        while time.monotonic() < until:
            once(int(place) * 1_000_000_000 + number * 100_000_000 + counts[number])
            counts[number] += 1

    running = [threading.Thread(target=work, args=(number,)) for number in range(int(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    sys.stdout.write(str(sum(counts)))


def _rows(number: int) -> list[tuple[str, int, int]]:
    return [(f"{name}:{number}", tick, 0) for name in RESOURCES for tick in range(TICKS)]


def _sqlite(path: str) -> Callable[[], Callable[[int], None]]:
    turn = Turnstile(f"{path}.lock")

    def open_one() -> Callable[[int], None]:
        connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;")

        def once(number: int) -> None:
            with turn.writing():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(KEY.format("?"), (number, "k"))
                connection.executemany(CLAIM.format("?"), _rows(number))
                connection.execute("COMMIT")

        return once

    return open_one


def _postgresql(url: str) -> Callable[[], Callable[[int], None]]:
    import psycopg

    def open_one() -> Callable[[int], None]:
        connection: Any = psycopg.connect(url)
        connection.execute("SET session_replication_role = replica")  # no foreign keys: there is no booking behind these claims

        def once(number: int) -> None:
            rows = _rows(number)
            connection.execute(KEY.format("%s"), (number, "k"))
            connection.execute(
                "INSERT INTO claim (resource, tick, booking_id) SELECT * FROM unnest(%s::text[], %s::int[], %s::int[])",
                [list(part) for part in zip(*rows, strict=True)],
            )
            connection.commit()

        return once

    return open_one


if __name__ == "__main__":
    main(*sys.argv[1:])

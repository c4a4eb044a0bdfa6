"""`make race ENGINE=sqlite|postgresql ATTEMPTS=20000`: families in several processes of several threads race for everything there is, through the real
services, while officers change it and processes are killed with SIGKILL. What is left is counted in plain SQL; one line of JSON says what came of it.

NEGATIVE=1 drops the primary key of `claim` and lets the service's look see nothing: overlaps must come. BLIND=1 does only the latter: none may come.
SEED, PROCESSES, THREADS and KILLS change the play. It ends by itself; the exit code is 1 when anything is wrong.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.engines import create_tables, database, let_go, prison_app
from bench.figures import quantile
from bench.race_check import ghosts, overlaps, slipped
from bench.race_world import Job, Round, rounds
from tests.conftest import NOON
from visitation.kernel.clock import FixedClock
from visitation.store.db import db
from visitation.store.transaction import perform

ROOT = Path(__file__).parents[1]
MIXED = 6
"""Rounds whose jobs are mixed: as many crowds push at once."""
LONGEST = 900.0
"""Seconds after which a race is ended whatever is left of it."""
EXPECTED = {"SLOT_TAKEN", "INMATE_BUSY", "VISITOR_BUSY", "QUOTA_USED", "DAY_NOT_POSSIBLE", "SLOT_CLOSED", "INMATE_SUSPENDED", "LEVEL_WITHOUT_VISITS"}
EXPECTED |= {"HOLD_EXPIRED", "NOTICE_CHANGED", "PLAN_CHANGED", "SUSPENSION_OVERLAPS", "PAIR_EXISTS", "PAIR_SELF", "STATE_CHANGED"}


@dataclass
class Play:
    """How it is played."""

    attempts: int = 20_000
    processes: int = 4
    threads: int = 8
    kills: int = 12
    seed: int = 7
    negative: bool = False
    blind: bool = False


@dataclass
class Told:
    """What the jobs were told, by id, and how it went."""

    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    kills: int = 0
    seconds: float = 0.0


def race(engine: str, play: Play) -> dict[str, Any]:
    """Play once, on a database of its own."""
    with database(engine) as (url, folder):
        app = prison_app(url, folder, FixedClock(NOON))
        create_tables(app)
        with app.app_context():
            played = perform(lambda session: rounds(session, play.attempts, play.seed))
            if play.negative:
                perform(lambda session: _drop_key(session.connection(), engine))
            let_go()
        jobs = _mixed(played, play.seed)
        told = _run(url, folder, jobs, play)
        with app.app_context():
            result = _judged(played, jobs, told, db.session.connection())
            let_go()
        return {"engine": engine, **result, "negative": play.negative, "blind": play.blind or play.negative}


def _drop_key(connection: Any, engine: str) -> None:
    if engine == "postgresql":
        connection.execute(text("ALTER TABLE claim DROP CONSTRAINT pk_claim"))
    else:
        connection.execute(text("DROP TABLE claim"))
        connection.execute(text("CREATE TABLE claim (resource VARCHAR(40) NOT NULL, tick INTEGER NOT NULL, booking_id INTEGER NOT NULL)"))


def _mixed(played: Sequence[Round], seed: int) -> list[Job]:
    generator, found = random.Random(seed), []
    for first in range(0, len(played), MIXED):
        crowd = [{**job, "round": name} for name, _winners, jobs in played[first : first + MIXED] for job in jobs]
        generator.shuffle(crowd)
        found.extend(crowd)
    return [{**job, "id": number} for number, job in enumerate(found)]


def _run(url: str, folder: Path, jobs: list[Job], play: Play) -> Told:
    """Deal the jobs; kill now and then; whoever was killed is followed by another process that does what is not in the journal."""
    told, generator, begin = Told(), random.Random(play.seed + 1), time.monotonic()
    hands = [_Hand(folder / f"journal{number}", jobs[number :: play.processes], play, url, folder) for number in range(play.processes)]
    every = len(jobs) / (play.kills + 1) if play.kills else float("inf")
    while any(hand.busy() for hand in hands) and time.monotonic() - begin < LONGEST:
        time.sleep(0.05)
        if sum(hand.done() for hand in hands) >= every * (told.kills + 1):
            told.kills += generator.choice(hands).kill()
    for hand in hands:
        hand.end()
        told.lines.update(hand.lines())
    told.seconds = time.monotonic() - begin
    return told


class _Hand:
    """One place at the table: a process, and its successors."""

    def __init__(self, journal: Path, jobs: list[Job], play: Play, url: str, folder: Path) -> None:
        self._journal = journal
        self._jobs = jobs
        self._plan = {"url": url, "folder": str(folder), "now": NOON.isoformat(), "threads": play.threads, "journal": str(journal)}
        self._plan["blind"] = play.blind or play.negative
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        known = self.lines()
        plan = {**self._plan, "jobs": [job for job in self._jobs if job["id"] not in known]}
        process = subprocess.Popen([sys.executable, "-m", "bench.race_worker"], cwd=ROOT, stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(json.dumps(plan).encode())
        process.stdin.close()
        return process

    def busy(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> bool:
        """SIGKILL in the middle of whatever it does; another one goes on. Whether there was somebody to kill."""
        if not self.busy():
            return False
        self._process.kill()
        self._process.wait()
        self._process = self._start()
        return True

    def end(self) -> None:
        if self.busy():
            self._process.kill()
        self._process.wait()

    def done(self) -> int:
        return self._journal.read_bytes().count(b"\n") if self._journal.exists() else 0

    def lines(self) -> dict[int, dict[str, Any]]:
        """What was written down; a line that a kill has cut is not there."""
        found = {}
        for line in self._journal.read_text().splitlines() if self._journal.exists() else ():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[int(entry["id"])] = entry
        return found


def _judged(played: Sequence[Round], jobs: list[Job], told: Told, connection: Any) -> dict[str, Any]:
    states = {row.ref: row.state for row in connection.execute(text("SELECT ref, state FROM booking"))}
    won = [line for line in told.lines.values() if line["told"] == "WON"]
    lost = [line for line in won if states.get(line["ref"]) not in ("confirmed", "cancelled")]
    unacknowledged = {ref for ref, state in states.items() if state == "confirmed"} - {line["ref"] for line in won}
    strange = Counter(line["told"] for line in told.lines.values() if not set(line["told"].split(",")) <= EXPECTED | {"WON", "CHANGED", "NOTHING"})
    fair = list(_fair(played, jobs, told.lines))
    unfair = {name: _story(name, jobs, told.lines) for name, wanted, got in fair if wanted != got}
    left = {"overlaps": overlaps(connection), "ghosts": ghosts(connection) | {"unacknowledged": len(unacknowledged)}, "slipped": slipped(connection)}
    times = sorted(line[step] for line in told.lines.values() for step in ("hold", "confirm") if step in line)
    return {
        "attempts": len(jobs),
        "answered": len(told.lines),
        "winners": len({line["ref"] for line in won}),
        "overlaps": sum(left["overlaps"].values()),
        "lost": len(lost),
        "ghosts": sum(left["ghosts"].values()),
        "false_refusals": sum(max(0, wanted - got) for _name, wanted, got in fair),
        "too_many": sum(max(0, got - wanted) for _name, wanted, got in fair),
        "slipped": sum(left["slipped"].values()),
        "errors": dict(strange),
        "kills": told.kills,
        "seconds": round(told.seconds, 1),
        "attempts_per_s": round(len(told.lines) / told.seconds, 1),
        "p50_ms": round(quantile(times, 0.5) * 1000, 1),
        "p99_ms": round(quantile(times, 0.99) * 1000, 1),
        "told": dict(Counter(line["told"] for line in told.lines.values()).most_common()),
        "unfair": unfair,
        "where": {name: {key: number for key, number in part.items() if number} for name, part in left.items()},
    }


def _fair(played: Sequence[Round], jobs: list[Job], lines: dict[int, dict[str, Any]]) -> Iterator[tuple[str, int, int]]:
    """(name, winners there must be, winners there were) of every round of known outcome that was played to its end."""
    by_round: dict[str, set[str]] = {}
    answered = Counter(job["round"] for job in jobs if job["id"] in lines)
    for job in jobs:
        line = lines.get(job["id"])
        if line is not None and line["told"] == "WON":
            by_round.setdefault(job["round"], set()).add(line["ref"])
    for name, winners, of_round in played:
        if winners >= 0 and answered[name] == len(of_round):
            yield name, winners, len(by_round.get(name, ()))


def _story(name: str, jobs: list[Job], lines: dict[int, dict[str, Any]]) -> list[str]:
    """What each job of a round was told, in the order of the answers."""
    told = sorted((lines[job["id"]]["at"], job["key"], lines[job["id"]]["told"]) for job in jobs if job["round"] == name)
    return [f"{at - told[0][0]:.3f} {key} {answer}" for at, key, answer in told]


def wrong(result: dict[str, Any]) -> bool:
    """Whether something is not as it must be."""
    if result["negative"]:
        return not result["overlaps"]
    faults = ("overlaps", "lost", "ghosts", "false_refusals", "too_many", "slipped")
    return bool(result["errors"]) or any(result[name] for name in faults) or result["answered"] != result["attempts"]


def main() -> int:
    number = {name: int(os.environ.get(name.upper()) or value) for name, value in vars(Play()).items()}
    play = Play(**{name: bool(value) if name in ("negative", "blind") else value for name, value in number.items()})  # type: ignore[arg-type]
    failed = False
    for engine in os.environ.get("ENGINE", "sqlite").split():
        result = race(engine, play)
        failed |= wrong(result)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""`make demo-visit`: one family visit from the first sign-in to the outcome, unattended, in real browsers, with the wire as a witness.

Everything goes through the pages (tests/browser/journey.py). During the visit the officer's renderer is stopped once (SIGSTOP). The last line printed is
JSON with what was counted; the command ends with 1 when a promise was not kept.
"""

import hashlib
import io
import sys
import time

import av
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.getstats import keep_connections, received
from bench.play import SIDES, Result, acted, on_the_wire, reading, say, staged, told
from bench.witness import Witness
from tests.browser.browsers import Person
from tests.browser.journey import Journey, people, until
from tests.settings import SECRETS
from tests.stack import Stack
from visitation.signalling.sealing import unseal
from visitation.supervision.models import LiveSession, Segment
from visitation.supervision.recordings import stored_path

LIVE_SECONDS = 22
FROZEN_SECONDS = 5
LATEST_MS = 2000


def main() -> int:
    return staged("demo-visit", play, lambda stack: {"recording": recording(stack)}, kept)


def play(stack: Stack, journey: Journey) -> Result:
    """The whole play; returns the figures of browsers and wire."""
    persons = people(journey.cast)
    for name in SIDES:
        keep_connections(persons[name].page)
    acted(
        (
            ("the administrator makes inmate, terminal, officers, timetable and roster", lambda: journey.administer(persons["admin"])),
            ("the terminal is paired by its code", lambda: journey.pair(persons["admin"], persons["terminal"])),
            ("the family registers with number, camera and document", lambda: journey.register(persons["family"])),
            ("the family names the inmate and brings the proof", lambda: journey.claim(persons["family"])),
            ("the ward officer records that the inmate accepts", lambda: journey.accept(persons["ward"])),
            ("the officer approves the claim", lambda: journey.approve(persons["officer"])),
            ("the family books the first free time", lambda: journey.book(persons["family"])),
            ("the family tests camera, microphone and line", lambda: journey.test_equipment(persons["family"])),
        )
    )
    witness = Witness(f"http://127.0.0.1:{stack.inside_port}/health").start()
    say("the family waits, the officer checks in")
    journey.enter(persons["family"])
    journey.check_in(persons["officer"])
    journey.live(persons["officer"])
    figures = visit(journey, persons, witness)
    journey.end(persons["officer"])
    time.sleep(2)
    packets = witness.stop()
    say("the outcome is written down; counting")
    return {"kind": "family_visit", **figures, **on_the_wire(told(stack), witness, packets)}


def visit(journey: Journey, persons: dict[str, Person], witness: Witness) -> Result:
    """Live, the officer frozen once, live again."""
    say("live")
    time.sleep(LIVE_SECONDS / 2)
    for name in SIDES:
        journey.photograph(persons[name], f"live-{name}")
    with persons["officer"].frozen():
        stopped = time.time()
        say("the officer's page is stopped")
        time.sleep(FROZEN_SECONDS)
        last = max((packet.at for packet in witness.leaving(stopped)), default=stopped)
    before = {name: received(persons[name].page) for name in ("family", "terminal")}
    journey.live(persons["officer"])
    say("and goes on")
    for name in before:
        until(lambda name=name: received(persons[name].page)["frames"] > before[name]["frames"] + 10, 20, f"{name}'s picture")  # type: ignore[misc]
    time.sleep(LIVE_SECONDS / 2 + 2)
    counted = {name: received(persons[name].page) for name in SIDES}
    return {
        "frames_decoded": {name: counted[name]["frames"] for name in SIDES},
        "audio_packets": {name: counted[name]["audio"] for name in SIDES},
        "gate_closed_ms": round((last - stopped) * 1000),
    }


def recording(stack: Stack) -> Result:
    """Every stored segment: its hash computed anew, unsealed with the prison's key, every packet demuxed and decoded."""
    segments = until(lambda: (rows := reading(stack, stored)) and all(row[2] == "stored" for row in rows) and rows, 30, "the recording's arrival")
    seconds: dict[str, float] = {}
    tracks: set[tuple[str, str]] = set()
    right = True
    for sid, file, _state, sha256, leg in segments:
        path = stored_path(stack.folder, sid, file)
        right &= hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        plain = io.BytesIO()
        with path.open("rb") as sealed:
            unseal(sealed, SECRETS["recording_private_key"], plain)
        length, kinds = decoded(plain)
        seconds[leg] = seconds.get(leg, 0.0) + length
        tracks |= {(leg, kind) for kind in kinds}
    return {"seconds": round(min(seconds.values())), "tracks": len(tracks), "segments": len(segments), "sha256_ok": right}


def decoded(plain: io.BytesIO) -> tuple[float, set[str]]:
    """Seconds and kinds of track of one segment, after decoding all of it."""
    plain.seek(0)
    last = 0.0
    kinds: set[str] = set()
    with av.open(plain, format="matroska") as container:
        for frame in container.decode(*[stream for stream in container.streams if stream.type in ("video", "audio")]):
            kinds.add(type(frame).__name__)
            last = max(last, frame.time or 0.0)
    return last, kinds


def stored(session: Session) -> list[tuple[str, str, str, str, str]]:
    rows = session.execute(select(LiveSession.sid, Segment.file, Segment.state, Segment.sha256, Segment.leg).join(LiveSession).order_by(Segment.id))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def kept(result: Result) -> bool:
    """Whether everything that this play is to show was shown."""
    kept_recording = result["recording"]
    return bool(
        result["live_seconds"] >= LIVE_SECONDS - 2
        and min(result["frames_decoded"].values()) > 100
        and min(result["audio_packets"].values()) > 100
        and result["unsupervised_packets"] == 0
        and 0 < result["gate_closed_ms"] <= LATEST_MS
        and kept_recording["sha256_ok"]
        and kept_recording["tracks"] == 4
        and abs(kept_recording["seconds"] - result["live_seconds"]) <= 5
    )


if __name__ == "__main__":
    sys.exit(main())

"""`make demo-consult`: one legal consultation, unattended: lawyer, terminal and officer in a browser each, with the wire and the disk as witnesses.

The lawyer is one: invited, registered with a second factor, verified by the legal office, compared by licence at the check-in, all through the pages. The
session is arranged by the service that publishes a legal-help day (`bookings.service.arrange`), for now instead of next week. The last line printed is JSON;
the command ends with 1 when a promise was broken: the officer saw, never heard, and nothing was recorded.
"""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.getstats import audio_lines, keep_connections, received
from bench.play import SIDES, Result, acted, on_the_wire, reading, say, staged, told, waited_since, writing
from bench.tap import Packet
from bench.witness import Witness, gate_spans
from consult.lawyers.models import Lawyer
from tests.browser import lawyers
from tests.browser.browsers import Person
from tests.browser.journey import Journey, people, until
from tests.stack import Stack
from visitation.bookings import service as bookings
from visitation.kernel.identity import SYSTEM
from visitation.people.models import Inmate
from visitation.policies.rules import DEFAULTS
from visitation.signalling.rtp import OPUS
from visitation.signalling.sealing import MAGIC
from visitation.supervision.models import Segment
from visitation.timetable.models import Terminal
from visitation.web.translations import known

LIVE_SECONDS = 20
PAUSED_SECONDS = 3
FILM = (MAGIC, b"\x1a\x45\xdf\xa3", b"OpusHead", b"ftyp")
"""How a recording begins: sealed, Matroska, Opus, MP4."""
LINE = ("An officer can see this visit, but cannot hear it.", "It is not recorded.")


def main() -> int:
    return staged("demo-consult", play, lambda stack: {"recording_bytes": recorded_bytes(stack.folder), "segments": reading(stack, segments)}, kept)


def play(stack: Stack, journey: Journey) -> Result:
    """The whole play; returns the figures of browsers and wire."""
    persons = people(journey.cast)
    for name in SIDES:
        keep_connections(persons[name].page)
    acted(
        (
            ("the administrator makes inmate, terminal and officers", lambda: journey.administer(persons["admin"], timetable=False)),
            ("the terminal is paired by its code", lambda: journey.pair(persons["admin"], persons["terminal"])),
            ("the legal office enters the firm and invites a lawyer", lambda: invited(journey, persons)),
            ("the lawyer registers and sets up the second factor", lambda: lawyers.join(journey, persons["family"], journey.secrets["invitation"])),
            ("the legal office verifies the licence", lambda: lawyers.verify(journey, persons["ward"])),
            ("the consultation is arranged", lambda: arrange(stack, journey)),
            ("the officer signs in", lambda: journey.sign_in(persons["officer"], "officer1", journey.secrets["officer"])),
        )
    )
    witness = Witness(f"http://127.0.0.1:{stack.inside_port}/health").start()
    say("the lawyer waits, the officer checks in")
    lawyers.enter(journey, persons["family"])
    journey.check_in(persons["officer"])
    journey.live(persons["officer"])
    figures = consultation(journey, persons)
    journey.end(persons["officer"])
    time.sleep(2)
    packets = witness.stop()
    say("the outcome is written down; counting")
    events = told(stack)
    ports = {port for port, role in witness.owners.items() if role == "officer"}
    figures["officer_audio_packets"] = sounds(packets, ports, waited_since(events)) + figures.pop("officer_heard")
    figures["officer_spoken_packets"] = sounds([turned(one) for one in witness.everything], ports, gate_spans(events)[0].opened)
    return {"kind": "legal_consult", "lawyer": lawyers.LOGIN, **figures, **on_the_wire(events, witness, packets)}


def invited(journey: Journey, persons: dict[str, Person]) -> None:
    """The legal office's officer signs in at the desk that the other plays give to the ward."""
    secret = journey.staff(persons["admin"], "legal1", "孙法务", ["legal_office"])
    journey.sign_in(persons["ward"], "legal1", secret)
    journey.secrets["invitation"] = lawyers.invite(journey, persons["ward"])


def arrange(stack: Stack, journey: Journey) -> None:
    """A legal consultation with this lawyer that begins at the five-minute mark before now."""

    def work(session: Session) -> str:
        now = datetime.now(UTC)
        lawyer, inmate, terminal = session.scalars(select(Lawyer)).one(), session.scalars(select(Inmate)).one(), session.scalars(select(Terminal)).one()
        starts_at = datetime.fromtimestamp(now.timestamp() // 300 * 300, tz=UTC)
        span: dict[str, Any] = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=int(DEFAULTS["visit_minutes"].value["legal_consult"]))}
        given: dict[str, Any] = {"prison_id": inmate.prison_id, "inmate_id": inmate.id, "terminal_id": terminal.id}
        given |= {"account_id": lawyer.account_id, "lawyer": lawyer.id}
        return bookings.arrange(session, SYSTEM, bookings.Arrangement("legal_consult", **given, **span), now).ref

    journey.ref = writing(stack, work)


def consultation(journey: Journey, persons: dict[str, Person]) -> Result:
    """Live, a pause, live again; what each side reads and what the browsers say they received."""
    say("live")
    shown = {name: rules_line(persons[name]) for name in ("family", "terminal")}
    time.sleep(LIVE_SECONDS / 2)
    for name in SIDES:
        journey.photograph(persons[name], f"consult-{name}")
    pause(journey, persons["officer"])
    time.sleep(LIVE_SECONDS / 2)
    counted = {name: received(persons[name].page) for name in SIDES}
    wanted = chinese(LINE)
    return {
        "frames_decoded": {"lawyer": counted["family"]["frames"], "terminal": counted["terminal"]["frames"], "officer": counted["officer"]["frames"]},
        "audio_packets": {"lawyer": counted["family"]["audio"], "terminal": counted["terminal"]["audio"]},
        "officer_heard": counted["officer"]["audio"],
        "officer_audio_mlines": audio_lines(persons["officer"].page),
        "officer_may": sorted(one for one in persons["officer"].page.locator("[data-do]").evaluate_all("all => all.map((one) => one.dataset.do)")),
        "line_shown": {"lawyer": all(text in shown["family"] for text in wanted), "terminal": all(text in shown["terminal"] for text in wanted)},
    }


def pause(journey: Journey, officer: Person) -> None:
    say("the officer pauses, and goes on")
    officer.page.locator("[data-do=pause]").first.click()
    time.sleep(PAUSED_SECONDS)
    officer.page.locator("[data-do=pause]").first.click()
    journey.live(officer)


def rules_line(person: Person) -> str:
    """The line about supervision and recording, as this side reads it."""
    line = person.page.locator("[data-rules]").first
    text: str = until(lambda: line.inner_text().strip(), 20, "the line about supervision")
    return text


def chinese(msgids: tuple[str, ...]) -> list[str]:
    texts = {msgid: text for msgid, text, _room in known("zh_Hans_CN")}
    return [texts[msgid] for msgid in msgids]


def sounds(packets: list[Packet], ports: set[int], since: float) -> int:
    """Packets of sound that left these ports of the broker from a moment on: the end of the check-in, in which officer and lawyer do talk."""
    return sum(1 for one in packets if one.at >= since and one.kind == OPUS and one.from_port in ports)


def turned(packet: Packet) -> Packet:
    """The same, counted by where it went: what the officer's microphone sends once the visit is live."""
    return replace(packet, from_port=packet.to_port, to_port=packet.from_port)


def recorded_bytes(folder: Path) -> int:
    """Bytes in places for recordings, and of every file anywhere under the service's data that begins like one."""
    found = 0
    for path in (one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as source:
            begins = source.read(8192)
        if "recordings" in path.relative_to(folder).parts or "playback" in path.relative_to(folder).parts or any(mark in begins for mark in FILM):
            found += path.stat().st_size
    return found


def segments(session: Session) -> int:
    return session.scalar(select(func.count(Segment.id))) or 0


def kept(result: dict[str, Any]) -> bool:
    """Whether everything that this play is to show was shown."""
    return bool(
        result["officer_audio_packets"] == 0
        and result["officer_spoken_packets"] == 0
        and result["officer_audio_mlines"] == 0
        and result["recording_bytes"] == 0
        and result["segments"] == 0
        and result["unsupervised_packets"] == 0
        and result["live_seconds"] >= LIVE_SECONDS - 4
        and min(result["frames_decoded"].values()) > 100
        and min(result["audio_packets"].values()) > 100
        and all(result["line_shown"].values())
        and not {"talk-all", "talk-outside", "mute-outside"} & set(result["officer_may"])
    )


if __name__ == "__main__":
    sys.exit(main())

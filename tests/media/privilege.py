"""What could be overheard in a lawyer's session: counted at the officer's leg and on the broker's disk."""

import asyncio
from pathlib import Path

from tests.media.house import House, facts, visit

GREEDY = {"officer_hears": True, "record": True, "speak": True}


async def overheard(house: House, kind: str, recordings: Path, seconds: float = 1.5) -> dict[str, int]:
    """Everything that must be nothing, by name. The tokens of a lawyer meeting ask for all that the kind may never have."""
    more = GREEDY if kind == "lawyer_meeting" else {}
    lawyer, terminal, officer = await visit(house, facts(kind, **more), outside="lawyer:1" if kind.startswith("l") else "visitor:1")
    await asyncio.sleep(seconds)
    await lawyer.until(lambda: lawyer.count("terminal", "audio") > 10 and terminal.count("outside1", "video") > 5)  # they hear and see each other
    await officer.until(lambda: officer.count("terminal", "video") > 5)  # and are within sight
    offered = [offer["sdp"] for offer in officer.offers]
    told = [stream["from"] for client in (lawyer, terminal) for offer in client.offers for stream in offer["streams"]]
    heard = [counter.packets for (_, medium), counter in officer.counters.items() if medium == "audio"]
    await officer.act("end", reason="emergency")
    await asyncio.sleep(0.3)
    figures = await house.metrics()
    sizes = await asyncio.to_thread(_sizes, recordings)
    return {
        "officer_audio_mlines": sum(sdp.count("m=audio") for sdp in offered),
        "officer_audio_packets": sum(heard),
        "lines_from_the_officer": told.count("officer"),
        "recorders": int(figures["broker_recorders"]),
        "recording_files": len(sizes),
        "recording_bytes": sum(sizes),
        "segments": len(await house.events("segment")),
    }


def _sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]

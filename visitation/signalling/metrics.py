"""Figures about the broker, for a collector inside and for an independent tap."""

import asyncio
import resource
from collections import Counter
from typing import Any

from visitation.signalling.broker import Broker
from visitation.signalling.tally import counts
from visitation.signalling.transport import open_ports


def health(broker: Broker, *, with_ports: bool) -> dict[str, Any]:
    """Whether the broker can do its work."""
    base: dict[str, Any] = {"ok": not broker.journal.failed, "broker": broker.settings.id, "boot": broker.boot, "draining": broker.draining}
    if not with_ports:
        return base
    ports = {port: dict(zip(("sid", "pid", "role"), owner.split(" "), strict=True)) for port, owner in open_ports().items()}
    return base | {"media_ports": sorted(ports), "media_port_owners": ports, "recordable": broker.vault.has_room()}


GROWING = frozenset(
    {
        "broker_packets_in",
        "broker_octets_in",
        "broker_nacks_sent",
        "broker_keyframes_asked",
        "broker_packets_out",
        "broker_octets_out",
        "broker_packets_resent",
        "broker_datagrams_refused",
        "broker_cpu_seconds",
        "broker_beats",
        "broker_task_failures",
        "broker_joins",
    }
)
"""Figures that only grow while the process lives; the others say what is now."""


def metrics(broker: Broker) -> str:
    """Prometheus text. Loss is a share of packets in the last second: the mean of the lines that are up, and the worst."""
    growing, now = Counter(broker.house.tally.closed), _now(broker)
    losses = [leg.loss for room in broker.rooms.values() for leg in room.plane.legs() if leg.is_up]
    for room in broker.rooms.values():
        for leg in room.plane.legs():
            growing.update(counts(leg))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures: dict[str, float] = {
        **dict.fromkeys(sorted(GROWING - {"broker_joins"}), 0),
        **growing,
        **now,
        "broker_cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "broker_resident_peak_bytes": usage.ru_maxrss * 1024,
        "broker_loss_mean": round(sum(losses) / len(losses), 4) if losses else 0,
        "broker_loss_worst": round(max(losses, default=0), 4),
        "broker_beats": broker.beats,
        "broker_task_failures": broker.tasks.failures,
    }
    lines = [_line(name, value) for name, value in figures.items()]
    stages = Counter(str(room.session.stage) for room in broker.rooms.values() if not room.session.test)
    lines.append(_family("broker_sessions_by_stage", "stage", stages))
    lines.append(_family("broker_joins", "answer", broker.house.tally.joins))
    return "".join(lines)


def _now(broker: Broker) -> dict[str, float]:
    rooms = list(broker.rooms.values())
    legs = [leg for room in rooms for leg in room.plane.legs()]
    return {
        "broker_sessions": len(rooms),
        "broker_tests": sum(room.session.test for room in rooms),
        "broker_gates_open": sum(room.session.gate.open for room in rooms),
        "broker_recorders": sum(room.has_recorder for room in rooms),
        "broker_legs": len(legs),
        "broker_legs_up": sum(leg.is_up for leg in legs),
        "broker_media_ports": len(open_ports()),
        "broker_loop_lag_seconds": round(broker.lag, 4),
        "broker_cpu_cores": round(broker.cpu, 4),
        "broker_tasks": len(broker.tasks),
        "broker_tasks_of_all": len(asyncio.all_tasks()),  # the media library's own included: one that is left behind shows here
        "broker_standing": int(broker.stands),
        "broker_draining": int(broker.draining),
        "broker_leaving": int(broker.leaving),
        "broker_journal_last": broker.journal.durable,
        "broker_journal_fetched": broker.journal.fetched,
        "broker_recordable": int(broker.vault.has_room()),
    }


def _type(name: str) -> str:
    return f"# TYPE {name} {'counter' if name in GROWING else 'gauge'}\n"


def _line(name: str, value: float) -> str:
    return f"{_type(name)}{name} {value}\n"


def _family(name: str, label: str, values: Counter[str]) -> str:
    return _type(name) + "".join(f'{name}{{{label}="{key}"}} {count}\n' for key, count in sorted(values.items()))

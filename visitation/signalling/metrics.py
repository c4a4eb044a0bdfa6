"""Figures about the broker, for a collector inside and for an independent tap."""

import asyncio
from collections import Counter
from typing import Any

from visitation.signalling.broker import Broker
from visitation.signalling.transport import open_ports


def health(broker: Broker, *, with_ports: bool) -> dict[str, Any]:
    """Whether the broker can do its work."""
    base: dict[str, Any] = {"ok": not broker.journal.failed, "broker": broker.settings.id, "boot": broker.boot, "draining": broker.draining}
    if not with_ports:
        return base
    ports = {port: dict(zip(("sid", "pid", "role"), owner.split(" "), strict=True)) for port, owner in open_ports().items()}
    return base | {"media_ports": sorted(ports), "media_port_owners": ports, "recordable": broker.vault.has_room()}


def metrics(broker: Broker) -> str:
    """Prometheus text."""
    totals: Counter[str] = Counter()
    for room in broker.rooms.values():
        totals["broker_gates_open"] += room.session.gate.open
        for leg in room.plane.legs():
            totals["broker_legs"] += 1
            totals["broker_legs_up"] += leg.is_up
            totals["broker_datagrams_refused"] += leg.connection.dropped
            for ingress in leg.ingress.values():
                totals["broker_packets_in"] += ingress.packets
                totals["broker_nacks_sent"] += ingress.nacks
                totals["broker_keyframes_asked"] += ingress.keyframes_asked
            for egress in leg.egress.values():
                totals["broker_packets_out"] += egress.packets
                totals["broker_packets_resent"] += egress.resent
    figures = {
        **dict.fromkeys(("broker_gates_open", "broker_legs", "broker_packets_in", "broker_packets_out"), 0),
        **totals,
        "broker_sessions": len(broker.rooms),
        "broker_loop_lag_seconds": round(broker.lag, 4),
        "broker_cpu_cores": round(broker.cpu, 4),
        "broker_tasks": len(broker.tasks),
        "broker_tasks_of_all": len(asyncio.all_tasks()),  # the media library's own included: one that is left behind shows here
        "broker_media_ports": len(open_ports()),
        "broker_task_failures": broker.tasks.failures,
        "broker_journal_last": broker.journal.durable,
    }
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in figures.items())

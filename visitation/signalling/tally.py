"""Counts that only grow: a collector takes differences, so what a closed connection counted must not be forgotten."""

from collections import Counter

from visitation.signalling.router import Leg


def counts(leg: Leg) -> Counter[str]:
    """What one connection has counted so far, by the name of its figure."""
    found: Counter[str] = Counter()
    found["broker_datagrams_refused"] += leg.connection.dropped
    for ingress in leg.ingress.values():
        found["broker_packets_in"] += ingress.packets
        found["broker_octets_in"] += ingress.octets
        found["broker_nacks_sent"] += ingress.nacks
        found["broker_keyframes_asked"] += ingress.keyframes_asked
    for egress in leg.egress.values():
        found["broker_packets_out"] += egress.packets
        found["broker_octets_out"] += egress.octets
        found["broker_packets_resent"] += egress.resent
    return found


class Tally:
    """What closed connections counted, and how often people were let in or refused, by the code of the refusal."""

    def __init__(self) -> None:
        self.closed: Counter[str] = Counter()
        self.joins: Counter[str] = Counter()

    def retire(self, leg: Leg) -> None:
        self.closed.update(counts(leg))

"""Pinned versions, the check that the hooks are where they were, and the senders and receivers without engines."""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import aiortc.rtcdtlstransport as dtls
import aiortc.rtcpeerconnection as peer
import aiortc.rtcrtpreceiver as receiver
from aioice import ice
from aiortc import RTCRtpReceiver, RTCRtpSender
from aiortc.rtcdtlstransport import RTCDtlsTransport
from pylibsrtp import Session as SrtpSession
from pylibsrtp._binding import lib

PINNED = {"aiortc": "1.16.0", "aioice": "0.13.0", "pylibsrtp": "1.0.0"}
CONSENT_SECONDS = 1.5  # a silent peer answers a consent check this often, well within the 5 s of the dead-peer timer
CONSENT_TRIES = 12

_HOOKS: tuple[tuple[object, tuple[str, ...]], ...] = (
    (peer, ("RTCRtpSender", "RTCRtpReceiver")),
    (peer.RTCPeerConnection, ("_RTCPeerConnection__connect",)),
    (receiver, ("RemoteBitrateEstimator",)),
    (dtls, ("certificate_digest",)),
    (RTCDtlsTransport, ("_setup_srtp", "_recv_next")),
    (ice, ("CONSENT_INTERVAL", "CONSENT_FAILURES", "StunProtocol", "get_host_addresses", "CandidatePair")),
    (ice.Connection, ("get_component_candidates", "data_received", "check_incoming")),
    (lib, ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp")),
)


class HooksMissing(RuntimeError):
    """The media libraries are not the ones this package was written against."""


class InertSender(RTCRtpSender):
    """Announces its SSRCs in the SDP and does nothing else: no encoder, no task."""

    async def send(self, parameters: Any) -> None:
        """Start nothing."""

    async def stop(self) -> None:
        """Stop nothing."""


class InertReceiver(RTCRtpReceiver):
    """No decoder thread, no jitter buffer at work."""

    async def receive(self, parameters: Any) -> None:
        """Start nothing."""

    async def stop(self) -> None:
        """Stop nothing."""

    def _handle_disconnect(self) -> None:
        """Nobody waits."""


class NoEstimator:
    """The library's own takes a thousand objects for each line of pictures, and nobody here asks it."""


def remembered(addresses: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """The host's addresses, looked up once for everybody who rings in the same second."""
    known: dict[tuple[bool, bool], tuple[float, list[str]]] = {}

    def look(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        now = asyncio.get_running_loop().time()
        at, found = known.get((use_ipv4, use_ipv6), (-1.0, []))
        if at < 0 or now - at > 1.0:
            found = addresses(use_ipv4=use_ipv4, use_ipv6=use_ipv6)
            known[use_ipv4, use_ipv6] = now, found
        return list(found)

    return look


def _spare() -> None:
    """What the library does for each connection and would do once: measured, a sixth of what a join costs."""
    receiver.RemoteBitrateEstimator = NoEstimator  # type: ignore[attr-defined,assignment]
    if not hasattr(dtls.certificate_digest, "cache_info"):
        dtls.certificate_digest = lru_cache(256)(dtls.certificate_digest)
        ice.get_host_addresses = remembered(ice.get_host_addresses)


def install() -> None:
    """Check versions and hooks, then put the inert senders and receivers in place. Raises HooksMissing."""
    for package, wanted in PINNED.items():
        if version(package) != wanted:
            raise HooksMissing(f"{package} {version(package)} is installed; this broker is built on {wanted}")
    for owner, names in _HOOKS:
        for name in names:
            if not hasattr(owner, name):
                raise HooksMissing(f"{owner} has no {name}")
    if not {"_srtp", "_cdata"} <= set(vars(SrtpSession())):
        raise HooksMissing("pylibsrtp.Session hides its session")
    peer.RTCRtpSender = InertSender  # type: ignore[attr-defined]
    peer.RTCRtpReceiver = InertReceiver  # type: ignore[attr-defined]
    ice.CONSENT_INTERVAL = CONSENT_SECONDS  # type: ignore[assignment]
    ice.CONSENT_FAILURES = CONSENT_TRIES
    _spare()

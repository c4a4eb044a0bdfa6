"""What is let through of a client's answer before a parser sees it."""

import re
from collections.abc import Sequence

MAX_SDP = 64 * 1024
MAX_LINES = 1500
_KEPT = re.compile(
    r"(?:v=0|o=|s=|t=|c=|m=(?:audio|video) |b=|a=(?:group:BUNDLE|mid:|ice-ufrag:|ice-pwd:|ice-options:|fingerprint:|setup:"
    r"|(?:sendrecv|sendonly|recvonly|inactive)$|rtcp-mux$|rtcp:|rtpmap:|fmtp:|rtcp-fb:|extmap:|ssrc:|ssrc-group:|msid:|msid-semantic:))"
)


class BadDescription(Exception):
    """The client's answer cannot be used."""


def clean_answer(sdp: str, sections: Sequence[tuple[str, str]]) -> str:
    """The answer reduced to what we negotiate. `sections`: (medium, mid) of every section offered, in order. Raises BadDescription.

    Candidates are dropped on purpose: the broker sends checks only to addresses that have first shown, by an
    authenticated check of their own, that they belong to the client. Nobody can point it at a third party.
    """
    if len(sdp) > MAX_SDP or sdp.count("\n") > MAX_LINES:
        raise BadDescription("too long")
    kept = [line for line in sdp.splitlines() if _KEPT.match(line)]
    media = [line[2:].split(" ", 1)[0] for line in kept if line.startswith("m=")]
    mids = [line[6:].strip() for line in kept if line.startswith("a=mid:")]
    if list(zip(media, mids, strict=False)) != list(sections) or len(media) != len(mids):
        raise BadDescription("other media sections than offered")
    return "\r\n".join(kept) + "\r\n"

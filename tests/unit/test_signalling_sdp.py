"""What is let through of a client's answer."""

import pytest

from visitation.signalling.transport.sdp import MAX_SDP, BadDescription, clean_answer

SECTIONS = [("audio", "0"), ("video", "1")]
HEAD = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]


def answer(*sections: tuple[str, str], more: tuple[str, ...] = ()) -> str:
    lines = list(HEAD)
    for medium, mid in sections:
        lines += [f"m={medium} 9 UDP/TLS/RTP/SAVPF 96", f"a=mid:{mid}", "a=recvonly", *more]
    return "\r\n".join(lines) + "\r\n"


def test_a_fitting_answer_passes_and_candidates_do_not() -> None:
    cleaned = clean_answer(answer(*SECTIONS, more=("a=candidate:1 1 udp 1 10.0.0.1 9 typ host", "a=crypto:1", "a=end-of-candidates")), SECTIONS)
    assert cleaned == answer(*SECTIONS)


@pytest.mark.parametrize(
    "sections",
    [
        [],
        [("audio", "0")],
        [("video", "1"), ("audio", "0")],
        [("audio", "0"), ("audio", "1")],
        [("audio", "1"), ("video", "0")],
        [("audio", "0"), ("video", "")],
        [*SECTIONS, ("video", "2")],
        [*SECTIONS, *SECTIONS],
    ],
)
def test_other_sections_than_offered_never_reach_a_parser(sections: list[tuple[str, str]]) -> None:
    with pytest.raises(BadDescription):
        clean_answer(answer(*sections), SECTIONS)


def test_a_section_needs_its_mid() -> None:
    with pytest.raises(BadDescription):
        clean_answer(answer(*SECTIONS).replace("a=mid:1\r\n", ""), SECTIONS)


def test_what_is_too_long_is_not_even_looked_at() -> None:
    with pytest.raises(BadDescription):
        clean_answer(answer(*SECTIONS) + "a=fmtp:" + "x" * MAX_SDP, SECTIONS)
    with pytest.raises(BadDescription):
        clean_answer(answer(*SECTIONS) + "a=ssrc:1\r\n" * 1500, SECTIONS)

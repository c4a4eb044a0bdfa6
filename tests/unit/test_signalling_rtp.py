"""RTP on values: descriptors, wrap-around, what is missing, order, time lines, WebM."""

import io
import itertools
import random
from collections.abc import Callable

import av
import pytest
from aiortc.rtp import RtcpPacket, RtcpRtpfbPacket, RtcpSenderInfo, RtcpSrPacket

from visitation.signalling import webm
from visitation.signalling.assembler import Reorder, TimeLine
from visitation.signalling.egress import Egress
from visitation.signalling.ingress import Ingress
from visitation.signalling.policy import Medium
from visitation.signalling.rtp import Jitter, Missing, Packet, ahead, descriptor_length, is_behind, is_key_start, parse_vp8, payload_range, unwrap

KEY_FRAME = bytes([0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00])  # 320 x 240


@pytest.mark.parametrize(
    ("head", "length"),
    [
        ("10", 1),
        ("00", 1),
        ("9000", 2),
        ("908055", 3),
        ("9080d5a1", 4),
        ("90c0d5a107", 5),
        ("90e0d5a10720", 6),
        ("90100f", 3),
        ("90f0550720", 5),
    ],
)
def test_the_vp8_descriptor_has_many_lengths(head: str, length: int) -> None:
    descriptor = bytes.fromhex(head)
    assert descriptor_length(descriptor + KEY_FRAME) == length
    whole = parse_vp8(descriptor + KEY_FRAME)
    starts = descriptor[0] & 0x1F == 0x10
    assert (whole.start, whole.key, whole.offset) == (starts, starts, length)
    assert whole.size == ((320, 240) if starts else None)
    assert is_key_start(descriptor + KEY_FRAME) is starts


def test_an_inter_frame_and_a_later_partition_are_no_key_start() -> None:
    assert not is_key_start(b"\x10\x01\x00")
    assert not is_key_start(b"\x11" + KEY_FRAME)
    assert not is_key_start(b"\x00" + KEY_FRAME)


def test_any_bytes_are_parsed_without_a_fault() -> None:
    dice = random.Random(7)
    for _ in range(3000):
        noise = dice.randbytes(dice.randrange(16))
        assert parse_vp8(noise).offset >= 1
        is_key_start(noise)
        padded = noise.ljust(12, b"\0")
        start, end = payload_range(padded, len(padded))
        assert start >= 12
        assert end <= len(padded)


def test_sequence_numbers_wrap() -> None:
    assert ahead(2, 65534) == 4
    assert is_behind(65534, 2)
    assert not is_behind(2, 65534)
    assert unwrap(5, 2**32 - 5) == 2**32 + 5
    assert unwrap(2**32 - 5, 2**32 + 5) == 2**32 - 5


def test_headers_extensions_and_padding_are_left_out() -> None:
    plain = bytes(12) + b"abc"
    assert payload_range(b"\x80" + plain[1:], 15) == (12, 15)
    extended = b"\x90" + bytes(11) + b"\xbe\xde\x00\x01" + bytes(4) + b"abc"
    assert payload_range(extended, len(extended)) == (20, 23)
    padded = b"\xa0" + bytes(11) + b"abc" + b"\x00\x00\x03"
    assert payload_range(padded, len(padded)) == (12, 15)
    torn = b"\x90" + bytes(11)
    start, end = payload_range(torn, len(torn))
    assert start > end


def test_missing_packets_are_asked_for_again_and_given_up() -> None:
    missing = Missing()
    assert missing.gap(65534, 4, 100.0)
    assert missing.due(100.0) == ([65535, 0, 1], False)
    assert missing.due(100.01) == ([], False)
    missing.arrived(0)
    assert missing.due(100.06)[0] == [65535, 1]
    asked = [missing.due(100.06 + n * 0.06) for n in range(1, 12)]
    assert any(gave_up for _, gave_up in asked)
    assert len(missing) == 0
    assert not missing.gap(0, 500, 101.0)


def test_jitter_of_a_steady_stream_is_nothing() -> None:
    steady, shaken = Jitter(90000), Jitter(90000)
    for n in range(200):
        steady.seen((n * 3600) & 0xFFFFFFFF, 50 + n * 0.04)
        shaken.seen((n * 3600) & 0xFFFFFFFF, 50 + n * 0.04 + (n % 2) * 0.01)
    assert steady.value < 2
    assert 700 < shaken.value < 1000


class Wire:
    """Stands for a connection: remembers what was sent."""

    def __init__(self) -> None:
        self.rtp: list[tuple[int, int, int, int, bytes]] = []
        self.rtcp: list[bytes] = []

    def send_rtp(self, mpt: int, seq: int, ts: int, ssrc: int, payload: bytes) -> bool:
        self.rtp.append((mpt, seq, ts, ssrc, payload))
        return True

    def send_rtcp(self, data: bytes) -> bool:
        self.rtcp.append(data)
        return True


LATER: list[Callable[[], None]] = []
"""What the stream wants done in a moment."""


def video_pair(until: float = 1e9) -> tuple[Ingress, Egress, Wire, list[bytes]]:
    asked: list[bytes] = []
    wire = Wire()
    ticks = itertools.count(1000)
    ingress = Ingress(Medium.VIDEO, asked.append, 9, lambda: float(next(ticks)))
    egress = Egress(Medium.VIDEO, wire, 77, 78, lambda: 1000.0, lambda seconds, work: LATER.append(work))
    LATER.clear()
    egress.valve.until = until
    ingress.connect(egress)
    return ingress, egress, wire, asked


def packet(seq: int, *, key: bool = False, ts: int = 0) -> Packet:
    return Packet(seq & 0xFFFF, ts, 0x80 | 97, b"\x10" + KEY_FRAME if key else b"\x10\x01\x00")


def test_a_receiver_starts_at_a_key_frame_with_numbers_of_its_own() -> None:
    ingress, _egress, wire, asked = video_pair()
    ingress.accept(packet(65533), 5, 1000.0)
    assert wire.rtp == []
    assert asked
    for n in range(65534, 65540):
        ingress.accept(packet(n, key=n == 65534, ts=n * 3600), 5, 1000.0)
    numbers = [seq for _, seq, *_ in wire.rtp]
    assert [b - a for a, b in itertools.pairwise(numbers)] == [1] * 5
    assert {ssrc for *_, ssrc, _ in wire.rtp} == {77}


def test_nothing_passes_a_closed_valve_whatever_the_timers_do() -> None:
    ingress, egress, wire, _ = video_pair(until=1000.5)
    ingress.accept(packet(1, key=True), 5, 1000.0)
    ingress.accept(packet(2), 5, 1000.49)
    assert len(wire.rtp) == 2
    ingress.accept(packet(3, key=True), 5, 1000.5)
    ingress.accept(packet(4), 5, 1001.0)
    assert len(wire.rtp) == 2
    egress.valve.until = 1e9
    ingress.accept(packet(5), 5, 1001.1)
    assert len(wire.rtp) == 2, "it starts again at a key frame only"
    ingress.accept(packet(6, key=True), 5, 1001.2)
    assert [seq for _, seq, *_ in wire.rtp[-2:]] == [wire.rtp[1][1], wire.rtp[1][1] + 1]


def test_a_lost_packet_is_sent_again_out_of_the_history() -> None:
    ingress, egress, wire, _ = video_pair()
    for n in range(5):
        ingress.accept(packet(n, key=n == 0), 5, 1000.0)
    third = wire.rtp[2][1]
    egress.feedback(RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=77, lost=[third]))
    mpt, _, _, ssrc, payload = wire.rtp[-1]
    assert (mpt & 0x7F, ssrc) == (98, 78)
    assert int.from_bytes(payload[:2], "big") == third
    egress.valve.until = 0.0
    egress.feedback(RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=77, lost=[third]))
    assert len(wire.rtp) == 6, "not even a repetition passes a closed valve"


def test_the_key_frame_that_begins_a_picture_is_sent_twice() -> None:
    ingress, egress, wire, _ = video_pair()
    for n in range(3):
        ingress.accept(packet(n, key=n == 0, ts=900), 5, 1000.0)
    ingress.accept(packet(3, ts=4500), 5, 1000.0)
    LATER[0]()
    again = [(mpt & 0x7F, int.from_bytes(payload[:2], "big")) for mpt, _, _, ssrc, payload in wire.rtp[4:] if ssrc == 78]
    assert again == [(98, seq) for _, seq, *_ in wire.rtp[:3]], "its three packets, and not the next frame's"
    egress.valve.until = 0.0
    LATER[0]()
    assert len(wire.rtp) == 7, "not through a closed valve"
    egress.valve.until, egress.resync = 1e9, True
    LATER[0]()
    assert len(wire.rtp) == 7, "not when it has to begin again"


def test_a_request_for_a_key_frame_is_repeated_until_one_comes() -> None:
    ticking = [1000.0]
    asked: list[bytes] = []
    ingress = Ingress(Medium.VIDEO, asked.append, 9, lambda: ticking[0])
    ingress.accept(packet(0), 5, 1000.0)
    assert len(asked) == 1
    for step, expected in [(0.05, 1), (0.06, 2), (0.05, 2), (0.06, 3)]:
        ticking[0] += step
        ingress.ask_keyframe()
        assert len(asked) == expected, "unanswered: every 100 ms"
    ingress.accept(packet(1, key=True), 5, ticking[0])
    for step, expected in [(0.15, 3), (0.1, 3), (0.1, 4)]:
        ticking[0] += step
        ingress.ask_keyframe()
        assert len(asked) == expected, "answered: every 300 ms, however many receivers ask"


def test_a_senders_report_is_passed_on_with_our_numbers() -> None:
    ingress, egress, wire, _ = video_pair()
    ingress.accept(packet(0, key=True, ts=90_000), 5, 1000.0)
    ingress.sender_report(RtcpSenderInfo(ntp_timestamp=7 << 32, rtp_timestamp=99_000, packet_count=1, octet_count=1))
    report = RtcpPacket.parse(wire.rtcp[-1])[0]
    assert isinstance(report, RtcpSrPacket)
    assert (report.ssrc, report.sender_info.ntp_timestamp, report.sender_info.packet_count) == (77, 7 << 32, 1)
    assert (report.sender_info.rtp_timestamp - wire.rtp[0][2]) & 0xFFFFFFFF == 9000, "as far from the packets as it was"
    sent = len(wire.rtcp)
    egress.valve.until = 0.0
    ingress.sender_report(RtcpSenderInfo(ntp_timestamp=8 << 32, rtp_timestamp=99_000, packet_count=1, octet_count=1))
    assert len(wire.rtcp) == sent, "nothing passes a closed valve, no report either"


def test_a_long_stream_never_runs_into_its_own_restart() -> None:
    ingress, egress, wire, _ = video_pair()
    ingress.accept(packet(0, key=True), 5, 1000.0)
    for n in range(1, 70000):
        ingress.accept(packet(n), 5, 1000.0)
        if n % 200 == 0:
            egress.tick()
    assert len(wire.rtp) == 70000


def test_a_source_that_numbers_anew_is_followed() -> None:
    ingress, _, wire, _ = video_pair()
    ingress.accept(packet(100, key=True), 5, 1000.0)
    ingress.accept(packet(40000), 6, 1000.0)
    assert len(wire.rtp) == 1
    ingress.accept(packet(40001, key=True), 6, 1000.1)
    assert wire.rtp[1][1] == wire.rtp[0][1] + 1


def test_the_source_is_told_the_least_that_a_receiver_can_take() -> None:
    ingress, egress, _, _ = video_pair()
    assert ingress.bitrate(1000.0) == 1_500_000
    egress.remb, egress.remb_at = 400_000, 1000.0
    assert ingress.bitrate(1001.0) == 400_000
    egress.remb = 10
    assert ingress.bitrate(1001.0) == 100_000
    assert ingress.bitrate(1020.0) == 1_500_000


def test_receiver_reports_count_losses() -> None:
    ingress, *_ = video_pair()
    for n in [0, 1, 2, 3, 5, 6, 7, 9]:
        ingress.accept(packet(n), 5, 1000.0)
    report = ingress.report()
    assert report is not None
    assert (report.packets_lost, report.fraction_lost, report.highest_sequence) == (2, 51, 9)
    assert ingress.loss == pytest.approx(0.2)


def reordered(arrivals: list[tuple[int, float]]) -> tuple[list[int], int, int]:
    taken: list[int] = []
    gaps: list[int] = []
    order = Reorder(0.08, lambda p: taken.append(p.seq), lambda: gaps.append(1))
    for seq, at in arrivals:
        order.put(packet(seq), at)
    return taken, len(gaps), order.lost


def test_late_packets_are_put_in_order_and_lost_ones_given_up() -> None:
    assert reordered([(65534, 0), (0, 0.01), (65535, 0.02), (1, 0.03)]) == ([65534, 65535, 0, 1], 0, 0)
    assert reordered([(1, 0), (3, 0.02), (4, 0.04), (5, 0.11)]) == ([1, 3, 4, 5], 1, 1)
    assert reordered([(5, 0), (4, 0.01), (6, 0.02)]) == ([5, 6], 0, 0)


def test_sound_and_picture_come_together_by_the_sender_reports() -> None:
    sound, picture = TimeLine(Medium.AUDIO), TimeLine(Medium.VIDEO)
    shift = 0
    for n in range(400):
        at = n * 20.0
        heard = sound.place(n * 960, at)
        if n % 2 == 0:
            seen = picture.place(n // 2 * 3600, at + 120)  # the picture came 120 ms late
        if n == 10:
            sound.sender_report(int(50_000 * (1 << 32) / 1000), 0)
            picture.sender_report(int(50_000 * (1 << 32) / 1000), 0)
        picture.follow(sound)
        shift = abs(heard - seen)
    assert shift <= 21


def test_a_time_line_never_runs_backwards() -> None:
    line = TimeLine(Medium.VIDEO)
    dice = random.Random(3)
    placed = [line.place(max(0, n * 3600 + dice.randrange(-20000, 20000)) & 0xFFFFFFFF, n * 40.0) for n in range(300)]
    assert placed == sorted(set(placed))


def test_clusters_make_a_file_that_others_read() -> None:
    builder = webm.ClusterBuilder()
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "stereo", "s16"
    out = webm.header(audio=True, video=None)
    clusters = 0
    for n in range(100):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(bytes(960 * 4))
        frame.sample_rate, frame.pts = 48000, n * 960
        for sound in encoder.encode(frame):
            done = builder.add(webm.Block(webm.AUDIO, n * 20, bytes(sound), True))
            if done:
                out, clusters = out + done, clusters + 1
    rest = builder.flush()
    assert rest is not None
    assert clusters == 2
    with av.open(io.BytesIO(out + rest)) as media:
        stream = media.streams.audio[0]
        times = [float(f.pts * f.time_base) for f in media.decode(stream)]
    assert len(times) >= 98
    assert times == sorted(times)

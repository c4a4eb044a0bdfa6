"""What every participant of the media bench sends: one picture and one sound, encoded once, cut into RTP payloads once.

640x480 at 25 frames a second of about 800 kbit/s VP8, key frame each second; Opus at 50 packets a second.
"""

import fractions
from functools import cache

import av
from aiortc.codecs.vpx import Vp8Encoder

WIDTH, HEIGHT, FPS, BITS = 640, 480, 25, 920_000
SECONDS = 2


@cache
def pictures() -> list[list[bytes]]:
    """Two seconds of a moving picture; each frame as its RTP payloads. Frame 0 and every 25th are key frames."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.framerate = fractions.Fraction(1, FPS), fractions.Fraction(FPS)
    codec.bit_rate, codec.gop_size = BITS, FPS
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "keyint_max": str(FPS), "minrate": str(BITS), "maxrate": str(BITS)}
    frames: list[list[bytes]] = []
    for number in range(SECONDS * FPS):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            plane.update(_moving(plane.buffer_size, plane.line_size, number))
        frame.pts = number
        for packet in codec.encode(frame):
            frames.append(Vp8Encoder._packetize(bytes(packet), len(frames) & 0x7FFF))
    return frames


def _moving(size: int, width: int, number: int) -> bytes:
    """A texture that wanders, so that the encoder has work and the bit rate is reached."""
    row = bytes(128 + (abs((x % 160) - 80) >> 1) + (x >> 4 & 3) * 6 & 0xFF for x in range(width + 512))
    lines = (row[((y >> 3) * 3 + number * 2) % 512 :][:width] for y in range(size // width + 1))
    return b"".join(lines)[:size]


@cache
def sounds() -> list[bytes]:
    """A second of a tone."""
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = 48000, "stereo", "s16"
    codec.options = {"application": "voip"}
    packets: list[bytes] = []
    for number in range(50):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(bytes((((i * 7 + number) % 100) - 50) & 0xFF for i in range(960 * 4)))
        frame.sample_rate, frame.pts = 48000, number * 960
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets

"""The tap in a process of its own, so that neither the clients nor the broker can slow it down: `python -m tests.media.wire FILE` until its input closes."""

import array
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from bench.tap import Packet, Tap

ROOT = Path(__file__).parents[2]


class Wire:
    """Watches the loopback interface inside its `with` block; afterwards `packets` are what was seen."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wire.bin"
        self.packets: list[Packet] = []

    def __enter__(self) -> "Wire":
        self._process = subprocess.Popen([sys.executable, "-m", "tests.media.wire", str(self._file)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate(timeout=60)
        values = array.array("d")
        values.frombytes(self._file.read_bytes())
        self.packets = [
            Packet(at, int(ports) >> 16, int(ports) & 0xFFFF, int(size)) for at, ports, size in zip(values[0::3], values[1::3], values[2::3], strict=True)
        ]
        self._file.unlink()


def main(path: Path) -> None:
    tap = Tap().start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    values = array.array("d")
    for packet in tap.stop():
        values.extend((packet.at, packet.from_port << 16 | packet.to_port, packet.size))
    path.write_bytes(values.tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

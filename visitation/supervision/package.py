"""The package of an export: the decrypted files, a manifest, the certificate. It is made while it is handed over; plain text never reaches a disk."""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from visitation.kernel.interval import LOCAL
from visitation.supervision.blockfile import BlockFile
from visitation.supervision.certificate import AGREES, Certificate, Piece
from visitation.supervision.models import SessionEvent

BLOCK = 256 * 1024


class _Pipe(io.RawIOBase):
    """What the archive writes into, and what has gone through it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []
        self.sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        block = bytes(data)
        self._waiting.append(block)
        self.sha256.update(block)
        self.size += len(block)
        return len(block)

    def taken(self) -> Iterator[bytes]:
        waiting, self._waiting = self._waiting, []
        yield from waiting


@dataclass
class Package:
    """One export on its way. After `blocks()` is exhausted `sha256` and `size` describe all of it; `given` has the hash of each decrypted file."""

    certificate: Certificate
    opened: Callable[[Piece], BlockFile]
    described: Mapping[str, Any]
    paper: Callable[[Mapping[int, str]], bytes]
    given: dict[int, str] = field(default_factory=dict)
    sha256: str = ""
    size: int = 0

    def blocks(self) -> Iterator[bytes]:
        """The archive (ZIP, stored), piece by piece."""
        pipe = _Pipe()
        with ZipFile(cast(Any, pipe), "w", ZIP_STORED) as archive:
            for leg in self.certificate.legs:
                for one in leg.segments:
                    if one.verdict == AGREES:
                        yield from self._recorded(archive, pipe, one.segment)
            for name, content in self._papers():
                archive.writestr(self._entry(name), content)
                yield from pipe.taken()
        yield from pipe.taken()
        self.sha256, self.size = pipe.sha256.hexdigest(), pipe.size

    def _recorded(self, archive: ZipFile, pipe: _Pipe, row: Piece) -> Iterator[bytes]:
        running = hashlib.sha256()
        with self.opened(row) as source, archive.open(self._entry(file_name(row)), "w", force_zip64=True) as target:
            while block := source.read(BLOCK):
                running.update(block)
                target.write(block)
                yield from pipe.taken()
        self.given[row.id] = running.hexdigest()

    def _papers(self) -> Iterator[tuple[str, bytes]]:
        yield "manifest.json", json.dumps(self._manifest(), ensure_ascii=False, indent=1).encode()
        names = {one.segment.id: file_name(one.segment) for leg in self.certificate.legs for one in leg.segments}
        yield "SHA256SUMS", "".join(f"{sha}  {names[number]}\n" for number, sha in self.given.items()).encode()
        yield "certificate.pdf", self.paper(self.given)

    def _manifest(self) -> dict[str, Any]:
        legs = {
            leg.name: {
                "segments": [_described(one.segment, one.verdict, self.given) for one in leg.segments],
                "gaps": [{"from": gap.starts_at.isoformat(), "to": gap.ends_at.isoformat(), "reason": gap.reason} for gap in leg.gaps],
            }
            for leg in self.certificate.legs
        }
        return {"version": 1, "made_at": self.certificate.made_at.isoformat(), **self.described, "legs": legs}

    def _entry(self, name: str) -> ZipInfo:
        return ZipInfo(name, self.certificate.made_at.astimezone(LOCAL).timetuple()[:6])


def file_name(row: Piece) -> str:
    return f"{row.leg}-{row.number}.webm"


def _described(row: Piece, verdict: str, given: Mapping[int, str]) -> dict[str, Any]:
    return {
        "file": file_name(row) if row.id in given else None,
        "sha256": given.get(row.id),
        "starts_at": row.starts_at.isoformat(),
        "seconds": row.seconds,
        "complete": row.final,
        "stored": {"file": row.file, "sha256": row.sha256, "bytes": row.bytes, "verdict": verdict},
    }


def events_as(events: Iterable[SessionEvent]) -> list[dict[str, Any]]:
    """The session's events as the manifest gives them."""
    return [{"at": event.at.isoformat(), "type": event.type, "participant": event.pid, "data": dict(event.data)} for event in events]

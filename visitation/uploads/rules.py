"""Which file may serve which purpose, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from visitation.kernel.errors import Refusal

LARGEST = 10 * 1024 * 1024
STAGED_FOR = timedelta(hours=24)
"""How long a file waits for its form; then a sweep removes it."""
MOST_STAGED = 20
"""Files that one browser may have waiting."""
IMAGES = frozenset({"image/jpeg", "image/png"})
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
SEALED_ELSEWHERE = frozenset({"legal_paper"})
"""Purposes whose content another room seals and opens (its keeper, registered at the composition root): for a lawyer only."""
ACCEPTED = {"face": IMAGES, "document": IMAGES, "proof": IMAGES | {PDF}, "legal_paper": IMAGES | {PDF}, "import": frozenset({XLSX, CSV})}
SMALLEST_SIDE = {"face": 240, "document": 400, "proof": 200, "legal_paper": 200}
"""Pixels of the shorter side below which a face is not recognised and a document not read."""


@dataclass(frozen=True)
class Found:
    """What is really in a file, whatever its name says. `sides`: pixels of an image, else empty."""

    media_type: str
    sides: tuple[int, int] | None = None


def size_refusals(purpose: str, size: int, waiting: int) -> list[Refusal]:
    """What can be said before the content is looked at."""
    found = [] if purpose in ACCEPTED else [Refusal("FILE_PURPOSE")]
    if size == 0:
        found.append(Refusal("FILE_EMPTY"))
    if size > LARGEST:
        found.append(Refusal("FILE_LARGE", {"most": LARGEST // 1024 // 1024}))
    if waiting >= MOST_STAGED:
        found.append(Refusal("FILES_MANY", {"most": MOST_STAGED}))
    return found


def content_refusals(purpose: str, found: Found | None) -> list[Refusal]:
    """Why content of this kind does not serve the purpose; None: it is nothing that was asked for."""
    if found is None or found.media_type not in ACCEPTED[purpose]:
        return [Refusal("FILE_KIND_PROOF" if PDF in ACCEPTED[purpose] else "FILE_KIND_TABLE" if purpose == "import" else "FILE_KIND_PHOTO")]
    if found.sides and min(found.sides) < SMALLEST_SIDE.get(purpose, 1):
        return [Refusal("PHOTO_SMALL", {"least": SMALLEST_SIDE[purpose]})]
    return []


def belongs_to(owner_id: int | None, owner_key: str, account_id: int | None, browser_key: str) -> bool:
    """Whether a file is this person's: brought by their account, or by this very browser before there was one."""
    if owner_id is not None:
        return owner_id == account_id
    return bool(owner_key) and owner_key == browser_key


def split_uids(text: str, most: int) -> Sequence[str]:
    """The uids in a form's hidden field, each once, in order."""
    return list(dict.fromkeys(part for part in text.split(",") if part))[:most]

"""What an inmate wrote, as the lawyer reads it: in the family zone only. The prison's process seals letters and cannot open one."""

import json
from dataclasses import dataclass

from config import FamilySettings
from consult.requests.models import HelpRequest
from consult.sealing import Opener, seal


@dataclass(frozen=True)
class Letter:
    """summary: what it is about; parties: names of the people and firms concerned, a line each; family: what a relative is asked for."""

    summary: str
    parties: str
    family: str = ""

    @property
    def names(self) -> list[str]:
        """The people and firms concerned, one by one."""
        return [line.strip() for line in self.parties.splitlines() if line.strip()]


def write(public_key: str, uid: str, letter: Letter) -> bytes:
    """Seal a letter for the family zone. uid: of its request."""
    text = json.dumps({"summary": letter.summary, "parties": letter.parties, "family": letter.family}, ensure_ascii=False)
    return seal(public_key, text.encode(), _purpose(uid))


def read(request: HelpRequest, settings: FamilySettings) -> Letter:
    """The letter of a request, sealed for lawyers or not; empty while it has not been written. Raises consult.sealing.SealBroken."""
    if not request.lawyer_only:
        return Letter(request.summary or "", request.parties or "", request.family_words)
    if request.letter is None:
        return Letter("", "")
    opened = json.loads(Opener(settings.letters_private_key.get_secret_value()).open(request.letter, _purpose(request.uid)))
    return Letter(str(opened["summary"]), str(opened["parties"]), str(opened.get("family", "")))


def names(request: HelpRequest, settings: FamilySettings) -> list[str]:
    """The people and firms concerned, and nothing of what is asked. Raises consult.sealing.SealBroken."""
    letter = read(request, settings) if request.lawyer_only else Letter("", request.parties or "")
    return letter.names


def _purpose(uid: str) -> str:
    return f"letter:{uid}"

"""What can go wrong in a way that a person must be told: refusals by name, collected, never first-fail."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """One named reason. `code` is a constant such as QUOTA_USED; `facts` are values for its sentence (dates, counts, names)."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.code)


class Refused(Exception):
    """The act was decided against: nothing was written. Carries every refusal, at least one."""

    status = 422

    def __init__(self, refusals: Iterable[Refusal] | Refusal | str) -> None:
        if isinstance(refusals, str):
            refusals = Refusal(refusals)
        self.refusals = (refusals,) if isinstance(refusals, Refusal) else tuple(refusals)
        super().__init__(", ".join(refusal.code for refusal in self.refusals))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(refusal.code for refusal in self.refusals)


class SlotTaken(Refused):
    """Somebody else holds one of the wanted resources at one of the wanted times."""

    status = 409

    def __init__(self) -> None:
        super().__init__("SLOT_TAKEN")


class StateChanged(Refused):
    """The thing has been decided or changed by another person since this one looked at it."""

    status = 409

    def __init__(self) -> None:
        super().__init__("STATE_CHANGED")


class NotFound(Exception):
    """There is no such thing, or it is not this person's: the same answer to both."""


def refuse(refusals: Iterable[Refusal]) -> None:
    """Raise Refused when there is at least one refusal."""
    found = tuple(refusals)
    if found:
        raise Refused(found)

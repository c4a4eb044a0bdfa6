"""Who may see a notice."""

from typing import Protocol

from visitation.kernel.identity import Identity


class Addressed(Protocol):
    @property
    def account_id(self) -> int: ...


def is_addressed_to(who: Identity, notice: Addressed) -> bool:
    """A notice is read by the account it was sent to, and by nobody else."""
    return notice.account_id == who.account_id

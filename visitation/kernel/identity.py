"""Who is acting: a value that the web layer makes once a request and every service receives."""

from dataclasses import dataclass
from enum import StrEnum


class Zone(StrEnum):
    FAMILY = "family"
    PRISON = "prison"


class Role(StrEnum):
    """The roles of the house (architecture.md). A staff account holds one or more; a family account exactly FAMILY."""

    FAMILY = "family"
    CLERK = "clerk"  # a justice station's clerk, who acts for a family member at the counter
    LAWYER = "lawyer"
    TERMINAL = "terminal"
    WARD_OFFICER = "ward_officer"
    OFFICER = "officer"  # supervising officer
    DUTY_CHIEF = "duty_chief"
    ADMINISTRATOR = "administrator"
    LEGAL_OFFICE = "legal_office"
    AUDITOR = "auditor"
    BUREAU = "bureau"
    OPERATOR = "operator"


STAFF = frozenset(
    {
        Role.WARD_OFFICER,
        Role.OFFICER,
        Role.DUTY_CHIEF,
        Role.ADMINISTRATOR,
        Role.LEGAL_OFFICE,
        Role.AUDITOR,
        Role.BUREAU,
        Role.OPERATOR,
    }
)


@dataclass(frozen=True)
class Identity:
    """A signed-in person or device.

    account_id: row of `account`, or of `terminal` for a device. prison_id: the prison a staff member or terminal belongs to (None: all).
    ward_ids: wards of a ward officer. visitor_id: the person a family account stands for; with a clerk, the person being assisted.
    clerk_id: the clerk's account when the act is assisted.
    """

    account_id: int
    roles: frozenset[Role]
    name: str
    zone: Zone
    prison_id: int | None = None
    ward_ids: frozenset[int] = frozenset()
    visitor_id: int | None = None
    lawyer_id: int | None = None
    clerk_id: int | None = None

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        return not self.roles.isdisjoint(STAFF)


SYSTEM = Identity(account_id=0, roles=frozenset(), name="system", zone=Zone.PRISON)
"""The service itself: jobs, sweeps and the broker's reports."""

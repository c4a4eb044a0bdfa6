"""The entries of the menus. Who sees one is what its door says; an entry whose page this application does not have is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from visitation.kernel.identity import Identity, Role, Zone
from visitation.web.door import Door


@dataclass(frozen=True)
class Entry:
    """One entry: the page it opens, its words, its icon. `rooms`: blueprints whose pages count as being here. `roles`: narrower than the door."""

    endpoint: str
    text: Any
    icon: str
    rooms: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()

    def is_here(self, endpoint: str) -> bool:
        return endpoint == self.endpoint or endpoint.rpartition(".")[0] in self.rooms


@dataclass(frozen=True)
class Group:
    """Entries that belong together, under a name that staff read at the side."""

    name: Any
    entries: tuple[Entry, ...]


FAMILY = (
    Group(
        _l("Menu"),
        (
            Entry("home.index", _l("Home"), "house", ("home",)),
            Entry("bookings.months", _l("Book a visit"), "calendar-plus"),
        ),
    ),
)
PRISON = (
    Group(
        _l("Today"),
        (Entry("desk.index", _l("Desk"), "inboxes", ("desk",)),),
    ),
)
MENUS = {Zone.FAMILY: FAMILY, Zone.PRISON: PRISON}


def entries_for(groups: Iterable[Group], doors: Mapping[str, Door], who: Identity | None) -> list[Group]:
    """The groups as this person sees them; empty groups are left out. Nobody signed in sees none."""
    if who is None:
        return []
    seen = [Group(group.name, tuple(entry for entry in group.entries if _may(entry, doors, who))) for group in groups]
    return [group for group in seen if group.entries]


def _may(entry: Entry, doors: Mapping[str, Door], who: Identity) -> bool:
    door = doors.get(entry.endpoint)
    if door is None or (entry.roles and not who.has(*entry.roles)):
        return False
    return not door.roles or who.has(*door.roles)


def current(groups: Iterable[Group], endpoint: str) -> Entry | None:
    """The entry of the page that is shown: its own page first, else the one whose rooms it is in."""
    every = [entry for group in groups for entry in group.entries]
    exact = next((entry for entry in every if entry.endpoint == endpoint), None)
    return exact or next((entry for entry in every if entry.is_here(endpoint)), None)

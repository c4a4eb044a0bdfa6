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
            Entry("clerk.home", _l("Counter"), "person-workspace", ("clerk",), frozenset({Role.CLERK})),
            Entry("home.index", _l("Home"), "house", ("home",)),
            Entry("bookings.months", _l("Book"), "calendar-plus", ("bookings", "live")),
            Entry("people.index", _l("Relatives"), "people", ("people", "registration")),
            Entry("notices.inbox", _l("Messages"), "envelope", ("notices",), frozenset({Role.FAMILY})),
            Entry("account.show", _l("Me"), "person-circle", ("account", "calendars")),
        ),
    ),
)
PRISON = (
    Group(
        _l("Today"),
        (
            Entry("desk.index", _l("Desk"), "inboxes", ("desk", "supervision")),
            Entry("wall.index", _l("Wall"), "grid-3x3-gap", ("wall",)),
            Entry("bookings.requests", _l("Visit requests"), "calendar-check", ("bookings",)),
            Entry("bookings.day", _l("Visits of a day"), "calendar-day"),
            Entry("appointments.index", _l("Appointments"), "briefcase", ("appointments",)),
            Entry("worklist.index", _l("Work list"), "list-check", ("worklist",)),
            Entry("movements.index", _l("Movements"), "signpost-split", ("movements",)),
            Entry("equipment.index", _l("Equipment tests"), "camera-video", ("equipment",)),
            Entry("officers.index", _l("Officers of the day"), "person-lines-fill", ("officers",)),
            Entry("kinship.index", _l("Kinship claims"), "person-check", ("kinship",)),
            Entry("answers.index", _l("Inmates' answers"), "chat-left-text", ("answers",)),
            Entry("objections.index", _l("Objections"), "envelope-exclamation", ("objections",)),
            Entry("mobile_changes.index", _l("Lost numbers"), "phone", ("mobile_changes",)),
            Entry("reviews.index", _l("Emergency ends"), "shield-exclamation", ("reviews",)),
            Entry("recordings.index", _l("Recordings"), "record-circle", ("recordings", "recording_requests", "relistening")),
        ),
    ),
    Group(
        _l("People"),
        (
            Entry("inmates.index", _l("Inmates"), "person-badge", ("inmates",)),
            Entry("suspensions.index", _l("Suspensions"), "pause-circle", ("suspensions",)),
            Entry("merging.index", _l("Entered twice"), "people", ("merging",)),
            Entry("imports.index", _l("Import"), "file-earmark-arrow-up", ("imports",)),
            Entry("booking_imports.index", _l("Import of bookings"), "calendar2-plus", ("booking_imports",)),
        ),
    ),
    Group(
        _l("Settings"),
        (
            Entry("timetable.index", _l("Timetable"), "calendar-week", ("timetable",)),
            Entry("terminals.index", _l("Terminals"), "display", ("terminals", "devices")),
            Entry("places.index", _l("Prisons and wards"), "buildings", ("places",)),
            Entry("policies.index", _l("Rules of visits"), "sliders", ("policies",)),
            Entry("staff.index", _l("Accounts"), "person-gear", ("staff",)),
            Entry("own_account.show", _l("My account"), "person-circle", ("own_account", "calendars")),
        ),
    ),
    Group(
        _l("Oversight"),
        (
            Entry("figures.index", _l("Figures"), "bar-chart", ("figures",)),
            Entry("audit.search", _l("Who did what"), "search", ("audit",)),
            Entry("seen.index", _l("Who saw whom"), "eye", ("seen",)),
            Entry("audit.chain", _l("Integrity of records"), "link-45deg"),
            Entry("operations.health", _l("Health"), "heart-pulse", ("operations",)),
        ),
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

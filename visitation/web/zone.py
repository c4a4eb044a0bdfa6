"""What differs between the two applications, in one value each."""

from dataclasses import dataclass

from visitation.kernel.identity import Zone


@dataclass(frozen=True)
class ZoneNames:
    """Names that must not be shared between the zones, because cookies are shared between ports."""

    zone: Zone
    session_cookie: str
    language_cookie: str
    type_cookie: str
    sign_in_endpoint: str
    home_endpoint: str


FAMILY = ZoneNames(Zone.FAMILY, "__Host-family", "__Host-family-lang", "__Host-family-type", "accounts.sign_in", "home.index")
PRISON = ZoneNames(Zone.PRISON, "__Host-prison", "__Host-prison-lang", "__Host-prison-type", "accounts.sign_in", "desk.index")
BY_ZONE = {Zone.FAMILY: FAMILY, Zone.PRISON: PRISON}

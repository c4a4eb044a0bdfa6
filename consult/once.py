"""A form that comes twice (a double click, a page sent again) does its work once. Another text in the same form is another wish: nothing typed is swallowed."""

from datetime import datetime

from sqlalchemy.orm import Session

from visitation.bookings.requests import first_result, remember
from visitation.kernel.errors import StateChanged
from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest


class Once:
    """One wish of one account. key: the form's own (empty: it does not come from a form); said: what was typed. `ref`: what the first one made, or empty."""

    def __init__(self, session: Session, who: Identity, key: str | None, kind: str, said: object, now: datetime) -> None:
        self._session, self._account, self._kind = session, who.account_id, kind
        self._key = digest(f"{key}\0{kind}\0{said!r}") if key else ""
        known = first_result(session, self._account, self._key, now) if key else None
        if known is not None and not known.startswith(f"{kind}:"):
            raise StateChanged
        self.ref = known.removeprefix(f"{kind}:") if known else ""

    def made(self, ref: str) -> None:
        """Keep what came of it, in the same transaction."""
        if self._key:
            remember(self._session, self._account, self._key, f"{self._kind}:{ref}")

"""Row locks for what a claim cannot guard, always in this order: the prison's timetable (shared), inmates by id, visitors by id, bookings by id.

Changes of the timetable, suspensions and kinship decisions take the same rows exclusively. SQLite has one writer at a time and needs no locks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from visitation.bookings.ground import mark_of
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound
from visitation.store.transaction import run

LOCK = text(
    """
    WITH table_row AS (SELECT mark FROM timetable WHERE prison_id = :prison FOR SHARE),
    inmates AS (
        SELECT id FROM inmate WHERE id IN (
            SELECT CAST(:inmate AS integer)
            UNION SELECT other_id FROM non_association WHERE inmate_id = :inmate AND ended_at IS NULL
            UNION SELECT inmate_id FROM non_association WHERE other_id = :inmate AND ended_at IS NULL
        ) ORDER BY id FOR NO KEY UPDATE
    ),
    visitors AS (SELECT id FROM visitor WHERE id = ANY(CAST(:visitors AS integer[])) ORDER BY id FOR SHARE)
    SELECT (SELECT mark FROM table_row), (SELECT count(*) FROM inmates), (SELECT count(*) FROM visitors)
    """
)
"""One round trip; the sub-selects run in the order in which they are listed, which is the order of the locks."""


@dataclass(frozen=True)
class Still:
    """What stands still. `mark`: of the timetable (ground.py). `apart`: how many inmates kept apart from this one are locked too; None: needs no lock."""

    mark: int | None
    apart: int | None


def stand_still(session: Session, prison_id: int, inmate_id: int, visitor_ids: Iterable[int]) -> Still:
    """Keep everything a booking is judged by as it is until the end of the transaction."""
    if session.get_bind().dialect.name == "sqlite":
        return Still(mark_of(session, prison_id), None)
    wanted = {"prison": prison_id, "inmate": inmate_id, "visitors": sorted(set(visitor_ids))}
    mark, inmates, _visitors = run(session, LOCK, wanted).one()
    return Still(mark, inmates - 1)


def booking_for_change(session: Session, booking_id: int) -> Booking:
    """The booking's row, locked and fresh. Raises NotFound."""
    row = session.get(Booking, booking_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    return row

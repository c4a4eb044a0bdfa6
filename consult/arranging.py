"""When and where a session that the legal office arranges can be: the day that a page shows, and the free time that comes back from it."""

from datetime import UTC, date, datetime, timedelta

from visitation.kernel.errors import Refused
from visitation.kernel.interval import local_day

FARTHEST = timedelta(days=366)
LARGEST = 2**31 - 1
"""Of a row's number."""


def day_shown(asked: str, now: datetime) -> date:
    """The day that is asked for (ISO), from today to a year ahead; tomorrow while none is."""
    today = local_day(now)
    try:
        return min(max(date.fromisoformat(asked), today), today + FARTHEST)
    except ValueError:
        return today + timedelta(days=1)


def choice(terminal_id: int, start: datetime) -> str:
    """A free time as a page sends it back."""
    return f"{terminal_id}@{start.isoformat()}"


def chosen(whom: object, place: object, code: str) -> tuple[int, int, datetime]:
    """Number of a row (who is met), number of the terminal, start in UTC, of what a page sent. Raises Refused(code)."""
    terminal, _, start = str(place or "").partition("@")
    try:
        said, numbers = datetime.fromisoformat(start), (int(str(whom)), int(terminal))
        moment = said.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(code) from error
    if said.tzinfo is None or not 0 < min(numbers) <= max(numbers) <= LARGEST:
        raise Refused(code)
    return *numbers, moment

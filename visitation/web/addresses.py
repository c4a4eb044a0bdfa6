"""Numbers in addresses."""

from typing import Any

from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1
"""Of a row in PostgreSQL; a larger number in an address is no address."""


class RowNumber(IntegerConverter):
    """`<int:…>` of this house: beyond LARGEST_ID there is no such page, and no database is asked."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:  # noqa: A002 - werkzeug's own name
        super().__init__(map, *args, **{"max": LARGEST_ID, **options})


def row_number(text: str) -> int:
    """For `request.args.get(…, type=row_number)`. Raises ValueError for what can be no row's number."""
    number = int(text)
    if not 0 <= number <= LARGEST_ID:
        raise ValueError(text)
    return number

"""What can be no address: numbers beyond every row, and texts that no database takes."""

from typing import Any

from flask import Flask, abort, request
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


def install_plain_text(app: Flask) -> None:
    """PostgreSQL keeps no NUL in a text, and no honest browser sends one: such an address is no address. Fields of forms are tidied (web/forms.py)."""

    @app.before_request
    def _refuse_nul() -> None:
        if "\0" in request.path or any("\0" in text for texts in request.args.listvalues() for text in texts):
            abort(404)
        if request.is_json and b"\\u0000" in request.get_data():
            abort(400)

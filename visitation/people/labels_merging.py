"""Words for the pages on which two records of one person become one."""

from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from visitation.people.labels_staff import ALL_STATUSES, DOCUMENTS, local_name
from visitation.people.models import Inmate, Visitor
from visitation.people.queries_merging import Pair

ALIKE = {
    "SAME_NAME": _l("same name"),
    "NEAR_NAME": _l("similar name"),
    "SAME_BIRTH": _l("same day of birth"),
    "SAME_NUMBER": _l("same number"),
    "NEAR_NUMBER": _l("numbers one slip apart"),
    "SAME_MOBILE": _l("same telephone"),
}
DIFFERENT = {
    "NAME": _l("The names differ."),
    "BIRTH": _l("The days of birth differ."),
    "DOCUMENT": _l("The documents differ."),
    "ACCOUNTS": _l("Both sign in with an account of their own. The account of the record that goes is closed; its visits go to the other one."),
    "TIE": _l("One record is approved for an inmate for whom the other was declined or restricted."),
}
STATES = {"asked": _l("waits for a second person"), "done": _l("merged"), "refused": _l("left as two")}
SAID = {
    "merge": _l("The two records are one now. The old number still finds the person."),
    "ask": _l("A second person is asked. Nothing has been moved yet."),
    "apart": _l("They are two people: this pair is not proposed again."),
    "approve": _l("The two records are one now. The old number still finds the person."),
    "decline": _l("Both records stay as they are."),
}
Row = tuple[Any, Any, Any, bool]


def rows_of(pair: Pair) -> list[Row]:
    """(what, at the record that stays, at the one that goes, whether they differ). Numbers are whole: whoever compares two records has to read them."""
    left, right = (_inmate(row) if isinstance(row, Inmate) else _visitor(row) for row in (pair.keep_row, pair.gone_row))
    return [(word, left[word], right[word], left[word] != right[word]) for word in left]


def _inmate(row: Inmate) -> dict[Any, Any]:
    return {
        _NAME: row.name,
        _NUMBER: row.number,
        _BIRTH: format_date(row.birth_date) if row.birth_date else "",
        _WARD: local_name(row.ward),
        _LEVEL: local_name(row.level),
        _STATUS: ALL_STATUSES.get(row.status, row.status),
    }


def _visitor(row: Visitor) -> dict[Any, Any]:
    return {
        _NAME: row.name,
        _DOCUMENT: DOCUMENTS.get(row.document_kind, row.document_kind),
        _DOCUMENT_NUMBER: row.document_number or "",
        _BIRTH: format_date(row.birth_date),
        _MOBILE: row.mobile or "",
        _CODE: row.ref,
        _ENTERED: format_date(row.created_at.date()),
    }


_NAME, _NUMBER, _BIRTH, _WARD = _l("Name"), _l("Inmate number"), _l("Date of birth"), _l("Ward")
_LEVEL, _STATUS, _DOCUMENT, _DOCUMENT_NUMBER = _l("Treatment level"), _l("Status"), _l("Document"), _l("Number of the document")
_MOBILE, _CODE, _ENTERED = _l("Telephone"), _l("Visitor code"), _l("Entered on")

"""The acts of legal help in words, as the auditor reads them."""

from typing import Any

from flask_babel import lazy_gettext as _l

ACTS: dict[str, Any] = {
    "institution.enter": _l("entered an institution"),
    "institution.change": _l("corrected an institution"),
    "institution.confirm": _l("checked an institution"),
    "institution.close": _l("closed an institution"),
    "institution.import": _l("imported institutions"),
}

"""Papers that a lawyer shows, in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

PAPERS: dict[str, Any] = {
    "licence": _l("Practising licence"),
    "certificate": _l("Certificate of the law firm"),
    "mandate": _l("Mandate of the client or the family"),
    "aid_letter": _l("Letter of the legal-aid agency"),
}

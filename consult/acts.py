"""The acts of legal help in words, as the auditor reads them."""

from typing import Any

from flask_babel import lazy_gettext as _l

ACTS: dict[str, Any] = {
    "firm.save": _l("saved a law firm"),
    "firm.close": _l("closed a law firm"),
    "lawyer.invite": _l("invited a lawyer"),
    "lawyer.join": _l("registered as a lawyer"),
    "lawyer.enter": _l("entered a lawyer"),
    "lawyer.verify": _l("verified a lawyer's licence"),
    "lawyer.refuse": _l("could not verify a lawyer's licence"),
    "lawyer.end": _l("ended a lawyer's service"),
    "lawyer.change": _l("changed their profile as a lawyer"),
    "lawyer.away": _l("noted days away"),
    "lawyer.back": _l("took days away back"),
    "institution.enter": _l("entered an institution"),
    "institution.change": _l("corrected an institution"),
    "institution.confirm": _l("checked an institution"),
    "institution.close": _l("closed an institution"),
    "institution.import": _l("imported institutions"),
}

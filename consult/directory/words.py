"""Words for the kinds of institutions."""

from flask_babel import lazy_gettext as _l

KINDS = {
    "legal_aid": _l("Legal aid centre"),
    "law_firm": _l("Law firm"),
    "notary": _l("Notary office"),
    "forensic": _l("Forensic institute"),
    "mediation": _l("People's mediation committee"),
    "labour_arbitration": _l("Labour arbitration"),
}
HELPS = {
    "legal_aid": _l("Free advice and a lawyer for people who cannot pay one."),
    "law_firm": _l("Lawyers for every matter, against a fee."),
    "notary": _l("Certificates, powers of attorney, wills."),
    "forensic": _l("Expert opinions: injuries, handwriting, kinship."),
    "mediation": _l("Settles quarrels between people, without cost."),
    "labour_arbitration": _l("Wages, contracts, accidents at work: before one goes to court."),
}

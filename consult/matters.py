"""The matters that legal help is about, in the field's terms; what a request, a question, a lawyer and a firm are sorted by."""

from flask_babel import lazy_gettext as _l

MATTERS = {
    "appeal": _l("Appeal against a judgment"),
    "commutation": _l("Commutation and parole"),
    "civil": _l("Debts and property"),
    "marriage": _l("Marriage and family"),
    "inheritance": _l("Inheritance"),
    "labour": _l("Work and wages"),
    "housing": _l("Housing and demolition"),
    "injury": _l("Injury and compensation"),
    "social": _l("Social insurance and support"),
    "administrative": _l("Dispute with an authority"),
    "other": _l("Something else"),
}
INSTITUTIONS = {
    "labour": ("labour_arbitration", "mediation"),
    "marriage": ("mediation", "legal_aid"),
    "inheritance": ("notary", "mediation"),
    "injury": ("forensic", "legal_aid"),
}
"""Where a person with such a matter is sent first; otherwise to legal aid."""


def institutions_for(matter: str) -> tuple[str, ...]:
    """Kinds of institutions that fit a matter, the most fitting first."""
    return INSTITUTIONS.get(matter, ("legal_aid", "mediation"))

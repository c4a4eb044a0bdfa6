"""What a person brings to an institution, by matter, and other words of referrals. Nothing here names a prison or a person."""

from flask_babel import lazy_gettext as _l

from consult.matters import MATTERS as MATTERS
from visitation.web.code_words import RELATIONS as RELATIONS

ALWAYS = (_l("Your identity card, and a copy of it"), _l("Every paper about the matter, in the order of its dates"))
BRING = {
    "labour": (
        _l("Labour contract, work permit or badge, or whatever shows that you work there"),
        _l("Pay slips, bank statements, records of hours, messages with the employer"),
        _l("The employer's full name, address and telephone"),
    ),
    "marriage": (_l("Marriage certificate, household book, birth certificates of the children"), _l("Papers about the home, income and debts")),
    "inheritance": (
        _l("Death certificate of the deceased, household book"),
        _l("Title of the house, passbooks, the will if there is one"),
        _l("Papers that show who the relatives are"),
    ),
    "injury": (_l("Medical records, bills and expert opinions"), _l("Report of the police or of the accident")),
    "civil": (_l("Contracts, notes of debt, transfers"), _l("Messages with the other side, and their address")),
    "housing": (_l("Title or lease of the home"), _l("The announcement of the demolition and the agreement, if there is one")),
    "social": (_l("Social security card and record of contributions"), _l("Decisions of the office that you disagree with")),
    "administrative": (_l("The decision that you disagree with, and the envelope it came in"), _l("What you have sent to the office before")),
    "appeal": (_l("All judgments and rulings in the case"), _l("New evidence, if there is any")),
}
NO_MONEY = _l("If you apply for legal aid: something that shows your income, or a certificate of your village or neighbourhood committee.")


def to_bring(matter: str) -> list[object]:
    """A list for the person who goes there."""
    return [*ALWAYS, *BRING.get(matter, ()), NO_MONEY]

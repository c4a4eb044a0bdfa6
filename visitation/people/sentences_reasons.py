"""Reasons that a family is told, in both zones: none of them reveals another person's data or a protection measure (rules.md §5.12)."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "KINSHIP_PROOF_UNCLEAR": _l("The papers cannot be read. Please photograph them again: flat, in good light, all four corners in the picture."),
    "KINSHIP_PROOF_MISSING": _l("The papers do not show this relation. Another paper is needed, for example the household book or a notary's certificate."),
    "KINSHIP_DOCUMENT_DIFFERS": _l("The photo and the identity document do not show the same person, or the details differ."),
    "KINSHIP_RELATION": _l("This relation is not among those who may visit here."),
    "KINSHIP_NOT_APPROVED": _l(
        "The request cannot be approved as it stands. Please compare name and number with a letter from the prison. "
        "To protect everybody's privacy no further reason is given; you may object."
    ),
    "SUSPENSION_MISCONDUCT": _l("The rules of a visit were broken."),
    "SUSPENSION_FALSE_DOCUMENT": _l("A paper that was handed in is not genuine."),
    "SUSPENSION_UNREGISTERED_PERSON": _l("Somebody who was not registered took part in a visit."),
    "SUSPENSION_HIDDEN_RECORDING": _l("A visit was recorded or photographed without permission."),
    "SUSPENSION_OTHER": _l("Another reason under the rules for visits."),
    "SUSPENSION_INMATE": _l("Visits with this person are not possible in this time."),
}

"""Words for codes of this room, as the staff read them."""

from flask_babel import lazy_gettext as _l

from visitation.people.words import PROOFS as PROOFS
from visitation.people.words import RELATIONS as RELATIONS
from visitation.web.code_words import LANGUAGES as LANGUAGES
from visitation.web.local_names import local_name as local_name
from visitation.web.person_fields import DOCUMENTS as DOCUMENTS

STATUSES = {
    "held": _l("Held"),
    "court": _l("At court"),
    "hospital": _l("In hospital"),
    "confined": _l("Confined"),
    "transferred": _l("Transferred"),
    "released": _l("Released"),
}
ALL_STATUSES = {**STATUSES, "merged": _l("Merged into another record")}
"""With the one that nobody sets by hand."""
CLAIM_STATES = {"submitted": _l("Waiting"), "approved": _l("Approved"), "refused": _l("Refused"), "withdrawn": _l("Withdrawn by the family")}
ANSWERS = {"unasked": _l("Not asked yet"), "accepted": _l("Accepts"), "declined": _l("Declines"), "withdrawn": _l("Has withdrawn")}
RESTRICTIONS = {"unchecked": _l("Not checked yet"), "none": _l("None found"), "restricted": _l("Restriction found")}
LAMPS = {"green": _l("in time"), "yellow": _l("due within a day"), "red": _l("overdue")}
INMATE_SUSPENSIONS = {
    "investigation": _l("Under investigation"),
    "prosecution": _l("Under prosecution"),
    "trial": _l("On trial"),
    "confinement": _l("Confinement"),
    "escort": _l("Escort or transfer"),
    "isolation": _l("Isolation for health"),
    "emergency": _l("Emergency in the prison"),
    "other": _l("Another reason"),
}
VISITOR_SUSPENSIONS = {
    "misconduct": _l("Broke the rules of a visit"),
    "false_document": _l("Handed in a false paper"),
    "unregistered_person": _l("An unregistered person took part"),
    "hidden_recording": _l("Recorded or photographed without permission"),
    "other": _l("Another reason"),
}
STAGES = {"current": _l("In force"), "coming": _l("Begins later"), "over": _l("Over"), "lifted": _l("Lifted")}
OBJECTION_STATES = {"open": _l("Open"), "upheld": _l("Refusal upheld"), "granted": _l("Granted")}
SUBJECTS = {"kinship": _l("Kinship claim"), "booking": _l("Visit"), "suspension": _l("Suspension")}
REASONS = {
    "KINSHIP_PROOF_UNCLEAR": _l("Papers cannot be read"),
    "KINSHIP_PROOF_MISSING": _l("Papers do not show the relation"),
    "KINSHIP_DOCUMENT_DIFFERS": _l("Photo and identity document differ"),
    "KINSHIP_RELATION": _l("Relation is not admitted"),
    "KINSHIP_NOT_APPROVED": _l("General reason (nothing further is told)"),
}
COLUMNS = {
    "number": _l("Inmate number"),
    "name": _l("Name"),
    "ward": _l("Ward"),
    "level": _l("Treatment level"),
    "status": _l("Status"),
    "birth_date": _l("Date of birth"),
    "language": _l("Language"),
    "foreign": _l("Foreign national"),
}

"""What is said when a person, a claim or an objection is refused."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "NAME_EMPTY": _l("Please type the name as it stands on the document."),
    "NAME_LONG": _l("A name may have at most %(longest)s characters."),
    "NAME_CHARACTERS": _l("A name consists of letters, with · or a hyphen where needed. Please remove digits and other signs."),
    "DOCUMENT_KIND": _l("Please choose the kind of document."),
    "ID_15_DIGITS": _l("This is a number of the old kind with 15 digits. Please use the 18 digits of your present identity card."),
    "ID_SHAPE": _l("The number has 17 digits, and a digit or X at the end. Please compare it with the document."),
    "ID_OTHER_KIND": _l("This number belongs to another kind of document. Please choose the kind again."),
    "ID_CHECKSUM": _l("The number is not right: one digit may be mistyped, or two exchanged. Please compare it with the document."),
    "ID_DATE": _l("The date of birth in the number does not exist. Please compare it with the document."),
    "ID_AREA_UNKNOWN": _l("We do not know the first six digits of the number as a place. Please check them again; an officer compares them with the photo."),
    "HM_TRAVEL_SHAPE": _l("The number of this permit is H or M and 8 digits. Please leave out what follows them."),
    "TW_TRAVEL_SHAPE": _l("The number of this permit has 8 digits."),
    "PASSPORT_SHAPE": _l("A passport's number has 5 to 20 letters and digits."),
    "BIRTH_DATE_NEEDED": _l("Please give the date of birth: it does not follow from this document's number."),
    "BIRTH_DATE_FUTURE": _l("The date of birth lies in the future. Please compare it with the document."),
    "BIRTH_DATE_OLD": _l("The date of birth lies before 1900. Please compare it with the document."),
    "DOCUMENT_TAKEN": _l(
        "This document is already registered. Please sign in with the number you used then. If you no longer have it, use “My number has changed” on the "
        "sign-in page, or ask the prison or the clerk at a justice station."
    ),
    "FACE_NEEDED": _l("Please add a photo of the face."),
    "COMPANIONS_MANY": _l("At most %(most)s people can be added to one account. Please ask the prison if more are needed."),
    "NOT_YOUR_PERSON": _l("Please choose for whom this request is."),
    "INMATE_NAME": _l("Please type the name of the relative as it stands on official letters."),
    "INMATE_NUMBER_SHAPE": _l("The number does not look like one of this prison. It stands on letters and notices from the prison."),
    "RELATION_NOT_HERE": _l("Please choose how you are related."),
    "RELATION_NOTE_NEEDED": _l("Please describe the relation: this prison decides on it individually."),
    "PROOF_COUNT": _l("Please add at least one photo or PDF that proves the relation, and at most %(most)s."),
    "CLAIMED_ALREADY": _l("There is already a request for this person and this number. You find it under Relatives."),
}

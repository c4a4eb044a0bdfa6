"""What the room of questions refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "QUESTION_EMPTY": _l("Please write what you want to know, and a short title."),
    "TITLE_LONG": _l("The title has %(has)s characters; there is room for %(most)s."),
    "QUESTION_LONG": _l("The question has %(has)s characters; there is room for %(most)s. Please shorten it, or ask the rest in a second question."),
    "QUESTIONS_OPEN": _l("You have %(most)s open questions. As soon as one is answered you can ask the next."),
    "NO_FIRM": _l("No firm that takes part has a verified lawyer for this matter and language. Please choose one by hand, or pass the question on."),
    "ANSWER_EMPTY": _l("Please write the answer."),
    "ANSWER_LONG": _l("The answer has %(has)s characters; there is room for %(most)s."),
    "RETURN_NOTE": _l("Please say what should be changed; the lawyer reads it."),
    "MERGE_INTO": _l("There is no such question in this prison that is open or answered. Please check the number."),
    "MERGE_ASKER": _l("The other question was asked by somebody else: its answer would go to the wrong person."),
    "TRANSFER_WHERE": _l("Please say where the question is passed on to; who asked is told."),
    "EXTENSION_NOT_NOW": _l("More time can be asked for only before the answer."),
    "EXTENSION_NOT_LATER": _l("The new time must be later than the present one."),
    "EXTENSION_REASON": _l("Please say why more time is needed."),
    "EXTENSION_PENDING": _l("More time has been asked for already; it is being decided."),
    "SATISFACTION_ONCE": _l("Thank you, you have told us already."),
}

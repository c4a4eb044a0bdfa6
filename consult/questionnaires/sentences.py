"""What questionnaires refuse, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "QUESTIONNAIRE_EMPTY": _l("Please write a title and at least one question."),
    "QUESTIONNAIRE_AUDIENCE": _l("Please choose whom it is for. Only one for relatives can be offered by itself."),
    "QUESTIONNAIRE_AUDIENCE_FIXED": _l("A questionnaire that was published keeps its audience. For another one, please write a new questionnaire."),
    "QUESTIONNAIRE_LONG": _l("The text has %(has)s characters; there is room for %(most)s."),
    "QUESTIONNAIRE_MANY": _l("There are %(has)s questions; at most %(most)s are possible. Short questionnaires are answered more often."),
    "QUESTIONNAIRE_CHANGED": _l("Somebody else has saved this questionnaire meanwhile. Please open it in a second window, and take over what you typed here."),
    "QUESTIONNAIRE_PAST": _l("The first day lies in the past."),
    "QUESTIONNAIRE_PERIOD": _l("The last day comes before the first."),
    "QUESTIONNAIRE_CLOSED": _l("This questionnaire is closed: it can no longer be answered. Thank you for wanting to."),
    "ITEM_EMPTY": _l("Question %(number)s has no text."),
    "ITEM_LONG": _l("Question %(number)s has %(has)s characters; there is room for %(most)s."),
    "ITEM_OPTIONS": _l("Question %(number)s needs between two and %(most)s options, each once, one on each line."),
    "OPTION_LONG": _l("An option of question %(number)s is too long; there is room for %(most)s characters."),
    "REPLY_MISSING": _l("Question %(number)s must be answered."),
    "REPLY_LONG": _l("Your answer to question %(number)s has %(has)s characters; there is room for %(most)s."),
    "REPLY_CHOICE": _l("The answer to question %(number)s is none of its options."),
    "REPLY_EMPTY": _l("Nothing is answered yet."),
    "REPLY_ONCE": _l("You have answered this questionnaire already. It counts once."),
    "REPLY_FULL": _l("There are as many answers as people it is open to (%(most)s). Please look whether a sheet was entered twice."),
}

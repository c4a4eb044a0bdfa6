"""What disclosure refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "ARTICLE_EMPTY": _l("Please write a title and a text."),
    "ARTICLE_AUDIENCE": _l("Please choose what it is and whom it is for."),
    "ARTICLE_AUDIENCE_FIXED": _l("A published article keeps its audience. Withdraw it first; then it can be given another one."),
    "ARTICLE_TITLE_LONG": _l("The title has %(has)s characters; there is room for %(most)s."),
    "ARTICLE_LONG": _l("The text has %(has)s characters; there is room for %(most)s."),
}

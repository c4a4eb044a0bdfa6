"""The form of a review: shape and type, no law."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from visitation.supervision.rules_reviews import VERDICTS
from visitation.supervision.words_reviews import VERDICT_WORDS
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form


class ReviewForm(Form):
    verdict = RadioField(_l("Finding"), choices=choices([(code, VERDICT_WORDS[code]) for code in VERDICTS]), validators=[InputRequired(REQUIRED)])
    text = TextAreaField(_l("What you have looked at, and why you find so"), validators=[InputRequired(REQUIRED), Length(min=10, max=2000)])

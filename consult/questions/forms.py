"""Shape of what is typed about questions."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from consult.questions import words
from consult.questions.service import Asked
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

MOST_TYPED = 200_000
"""Far above what is accepted: whoever types too much is told how much, and keeps it all."""


class AskForm(Form):
    matter = SelectField(_l("What is it about?"), choices=choices(words.MATTERS))
    title = StringField(_l("Title"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)])
    text = TextAreaField(_l("Your question"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)], render_kw={"rows": "10"})
    language = SelectField(_l("Language of the answer"), choices=choices(words.LANGUAGES))

    def asked(self, form: str = "question") -> Asked:
        return Asked(self.matter.data, self.title.data, self.text.data, self.language.data, form)


class FamilyAskForm(AskForm):
    matter = SelectField(_l("What is it about?"), [InputRequired(REQUIRED)], choices=choices(words.MATTERS, _l("Please choose")))
    prison = SelectField(_l("Which prison's legal office?"), coerce=int)


class WardAskForm(AskForm):
    number = StringField(_l("Inmate number"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})
    form = SelectField(_l("How it came"), choices=choices(words.FORMS))


class RouteForm(Form):
    firm = SelectField(_l("Firm"))


class ReturnForm(Form):
    ids = "return-"
    note = TextAreaField(_l("What should be changed"), [Length(max=1000)])


class CloseForm(Form):
    ids = "close-"
    into = StringField(_l("Number of the other question"), [Length(max=12)])
    where = StringField(_l("Passed on to"), [Length(max=200)])


class AnswerForm(Form):
    ids = "own-"
    answer = TextAreaField(_l("Your answer"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)], render_kw={"rows": "14"})


class ExtensionForm(Form):
    ids = "extension-"
    workdays = IntegerField(_l("More workdays"), [InputRequired(REQUIRED), NumberRange(1, 20)])
    reason = StringField(_l("Why"), [InputRequired(REQUIRED), Length(max=400)])


class StarsForm(Form):
    stars = RadioField(_l("Did the answer help you?"), [InputRequired(REQUIRED)], choices=choices(words.STARS), coerce=int)

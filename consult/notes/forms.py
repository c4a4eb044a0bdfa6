"""Shape of what is typed about cases."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from visitation.web.forms import REQUIRED, Form

MOST_TYPED = 200_000
"""Far above what is accepted: whoever types too much is told how much, and keeps it all."""


class NoteForm(Form):
    ids = "note-"
    text = TextAreaField(_l("Your notes"), [Length(max=MOST_TYPED)], render_kw={"rows": "12"})
    version = IntegerField(default=0, validators=[Optional()], render_kw={"type": "hidden"})


class PaperForm(Form):
    ids = "paper-"
    text = TextAreaField(_l("What the inmate is to read"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)], render_kw={"rows": "6"})


class DocumentForm(Form):
    ids = "document-"
    file = FileField(_l("File"), render_kw={"accept": "image/jpeg,image/png,application/pdf"})
    title = StringField(_l("What it is"), [Length(max=120)])


class FollowUpForm(Form):
    ids = "follow-"
    what = StringField(_l("What is to be done"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)])
    due_on = DateField(_l("By"), [InputRequired(REQUIRED)])


class TakeOverForm(Form):
    ids = "over-"
    reason = StringField(_l("Why you take it over"), [InputRequired(REQUIRED), Length(max=200)])


class DocumentActForm(Form):
    reason = StringField(_l("Why it goes back"), [Length(max=200)])
    act = HiddenField(validators=[Length(max=12)])

"""The form that only brings a file."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField

from visitation.web.forms import Form


class StageForm(Form):
    file = FileField(_l("File"))

"""Shape of what is typed about institutions."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import FloatField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from consult.directory import places, words
from consult.directory.models import Institution
from consult.directory.service import Entry
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

PHONE = Regexp(r"[0-9+()（）\- ,、/转]{3,40}\Z", message=_l("Digits, spaces and hyphens."))


class InstitutionForm(Form):
    kind = SelectField(_l("Kind"), choices=choices(words.KINDS))
    name = StringField(_l("Name of the institution"), [InputRequired(REQUIRED), Length(max=120)])
    place = StringField(_l("County or city"), [InputRequired(REQUIRED), Length(max=60)])
    address = StringField(_l("Address"), [InputRequired(REQUIRED), Length(max=200)])
    phone = StringField(_l("Office telephone"), [InputRequired(REQUIRED), PHONE])
    hours = StringField(_l("Opening hours"), [Length(max=120)])
    services = TextAreaField(_l("What it helps with"), [Length(max=1000)])
    latitude = FloatField(_l("Latitude"), [Optional()])
    longitude = FloatField(_l("Longitude"), [Optional()])

    def validate_place(self, field: Any) -> None:
        if field.data and places.meant(field.data) is None:
            found = [one.path for one in places.find(field.data, 5)]
            raise ValidationError(
                gettext("More than one place is meant by this. Please write one of: %(places)s", places="、".join(found))
                if found
                else gettext("There is no such county or city. Please write its name as on a map, for example 东莞市.")
            )

    def fill(self, row: Institution) -> None:
        """Show an entry as it stands; coordinates only where they are its own."""
        known = places.place(row.place_code)
        self.place.data = known.path if known else ""
        if not row.exact:
            self.latitude.data = self.longitude.data = None

    def entry(self) -> Entry:
        place = places.meant(self.place.data or "")
        texts = {name: getattr(self, name).data or "" for name in ("kind", "name", "address", "phone", "hours", "services")}
        return Entry(**texts, place_code=place.code if place else "", latitude=self.latitude.data, longitude=self.longitude.data)


class DirectoryFileForm(Form):
    file = FileField(_l("File (.xlsx or .csv)"), [FileRequired(_l("Please choose a file."))], render_kw={"accept": ".xlsx,.csv"})

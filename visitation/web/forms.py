"""The base of every form: forgery token, the form's own key, and refusals shown where the person can see them."""

import re
import unicodedata
from datetime import date
from functools import cache
from typing import Any

from babel.support import Translations
from flask import request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms import HiddenField
from wtforms.i18n import messages_path
from wtforms.validators import Length

from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.ids import secret_token

YEARS = range(1000, 3000)


@cache
def library_sentences(locale: str) -> Any:
    """What the library says itself (a value that is no number, a choice that is none), in a language."""
    return LibrarySentences(Translations.load(messages_path(), [locale], domain="wtforms"))


class LibrarySentences:
    """A catalogue as the library asks it."""

    def __init__(self, catalogue: Any) -> None:
        self.gettext, self.ngettext = catalogue.ugettext, catalogue.ungettext


def tidy(value: Any) -> Any:
    """Text as it is kept: NFC, without surrounding space or control characters."""
    if not isinstance(value, str):
        return value
    text = "".join(letter for letter in value if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf"))
    return unicodedata.normalize("NFC", text).strip()


def tidy_line(value: Any) -> Any:
    """As tidy, of a field that has one line: whoever sends it more gets them as one."""
    text = tidy(value)
    return re.sub(r"\s*[\n\t]\s*", " ", text) if isinstance(text, str) else text


def known_year(value: Any) -> Any:
    """A day or a moment far from the ends of the calendar, so that there are always days before and after it."""
    if isinstance(value, date) and value.year not in YEARS:
        raise ValueError(_l("Please give a year of four digits, at most 2999."))
    return value


class Form(FlaskForm):  # type: ignore[misc]
    """A form of the house. `request_key` makes a double submit harmless: services keep it with the result.

    `ids` stands before the ids of its fields, for a form that shares its page with another one of the same names.
    """

    ids = ""
    request_key = HiddenField(validators=[Length(max=64)], default=secret_token)

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            filters = unbound_field.kwargs.get("filters", [])
            kind = unbound_field.field_class.__name__
            if kind in ("StringField", "TextAreaField", "TelField", "EmailField", "HiddenField"):
                filters = [tidy if kind == "TextAreaField" else tidy_line, *filters]
            elif kind in ("DateField", "DateTimeLocalField"):
                filters = [known_year, *filters]
            bound = unbound_field.bind(form=form, filters=filters, **options)
            bound.id = bound.label.field_id = f"{form.ids}{bound.id}"
            return bound

        def get_translations(self, form: Any) -> Any:
            """The library's own sentences, read once a language and not once a request."""
            return library_sentences(str(get_locale()))

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """A form is read from a form. Of JSON the base class would make fields, whatever stands in it."""
            return None if formdata is _Auto and request.is_json else super().wrap_formdata(form, formdata)

        def render_field(self, field: Any, render_kw: Any) -> Any:
            """Every form of a page has these two: they are told apart by their form, not by an id."""
            if field.short_name in ("csrf_token", "request_key"):
                render_kw.setdefault("id", False)
            return super().render_field(field, render_kw)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: tuple[Refusal, ...] = ()

    def refuse(self, refused: Refused) -> None:
        """Keep the refusals for the page, beside everything that was typed."""
        self.refusals = refused.refusals


REQUIRED = _l("Please fill in this field.")


class ActForm(Form):
    """A button: nothing is typed."""

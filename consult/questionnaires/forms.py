"""Shape of what is typed into questionnaires: the one that is written, and the one that is answered."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, FieldList, FormField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from consult.questionnaires import words
from consult.questionnaires.models import Questionnaire
from consult.questionnaires.rules import Given, Item, unpacked
from consult.questionnaires.service import Written
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form, tidy, tidy_line

MOST_TYPED = 100_000


class ItemForm(PlainForm):  # type: ignore[misc]
    """One question; part of WriteForm, whose token counts for it."""

    text = StringField(_l("Text of the question"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)], filters=[tidy_line])
    kind = SelectField(_l("How it is answered"), choices=choices(words.KINDS))
    options = TextAreaField(_l("Options, one on each line"), [Length(max=MOST_TYPED)], filters=[tidy], render_kw={"rows": "4"})
    required = BooleanField(_l("Must be answered"))

    def item(self) -> Item:
        lines = [line.strip() for line in (self.options.data or "").splitlines()]
        chosen = self.kind.data in ("one", "several")
        return Item(self.kind.data, self.text.data or "", tuple(line for line in lines if line) if chosen else (), self.required.data)


class WriteForm(Form):
    audience = SelectField(_l("Who is asked"), choices=choices(words.AUDIENCES))
    occasion = SelectField(_l("When it is offered"), choices=choices(words.OCCASIONS))
    title = StringField(_l("Title"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)])
    intro = TextAreaField(_l("What it is about"), [Length(max=MOST_TYPED)], render_kw={"rows": "3"})
    items = FieldList(FormField(ItemForm), min_entries=1)
    seen = HiddenField(default="0")

    def written(self) -> Written:
        seen = self.seen.data if str(self.seen.data).isdecimal() else "0"
        items = tuple(entry.form.item() for entry in self.items)
        return Written(self.audience.data, self.occasion.data, self.title.data or "", self.intro.data or "", items, int(seen))

    def rearranged(self, wish: str) -> "WriteForm":
        """The same with a question more (`add`), one less (`remove-2`), or one earlier (`up-2`); places count from 0. Other wishes change nothing."""
        values: dict[str, Any] = {name: getattr(self, name).data for name in ("audience", "occasion", "title", "intro", "seen")}
        items = [{name: entry.form[name].data for name in ("text", "kind", "options", "required")} for entry in self.items]
        act, _, place = wish.partition("-")
        at = int(place) if place.isdecimal() else -1
        if act == "add":
            items.append({"kind": "one", "text": "", "options": "", "required": False})
        elif act == "remove" and at in range(len(items)):
            del items[at]
        elif act == "up" and at in range(1, len(items)):
            items[at - 1], items[at] = items[at], items[at - 1]
        return type(self)(formdata=None, items=items, **values)


def filled(row: Questionnaire) -> WriteForm:
    """The form with what was saved last."""
    latest = row.latest
    items = [{"kind": one.kind, "text": one.text, "options": "\n".join(one.options), "required": one.required} for one in map(unpacked, latest.items)]
    return WriteForm(formdata=None, audience=row.audience, occasion=row.occasion, title=latest.title, intro=latest.intro, seen=str(row.sequence), items=items)


class PublishForm(Form):
    ids = "publish-"
    opens_on = DateField(_l("First day"), [InputRequired(REQUIRED)])
    closes_on = DateField(_l("Last day"), [InputRequired(REQUIRED)])

    def period(self) -> tuple[date, date]:
        return self.opens_on.data, self.closes_on.data


class ReplyForm(Form):
    """Answers; `form_for` gives it a field for each question. number: of the version that is answered."""

    number = HiddenField()

    def given(self, items: Sequence[Item]) -> dict[int, Given]:
        return {place: _given(self[f"q{place}"].data, item) for place, item in enumerate(items) if f"q{place}" in self}


def _given(value: Any, item: Item) -> Given:
    if item.kind == "text":
        return Given(text=value or "")
    if item.kind == "several":
        return Given(tuple(value or ()))
    return Given(() if value is None else (value,))


def form_for(items: Sequence[Item], *, spoken: bool = False) -> type[ReplyForm]:
    """A form with a field for each question; spoken: without those that ask for words."""
    fields = {f"q{place}": _field(place, item) for place, item in enumerate(items) if not (spoken and item.kind == "text")}
    return type("ReplyForm", (ReplyForm,), fields)


def _field(place: int, item: Item) -> Any:
    label = f"{place + 1}. {item.text}"
    must: list[Any] = [InputRequired(REQUIRED) if item.required else Optional()]
    if item.kind == "text":
        return TextAreaField(label, [*must, Length(max=MOST_TYPED)], render_kw={"rows": "4"})
    named = words.POINTS.items() if item.kind == "scale" else enumerate(item.options)
    if item.kind == "several":
        boxes = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
        return SelectMultipleField(label, must, coerce=int, choices=choices(named), **boxes)
    return RadioField(label, must, coerce=int, choices=choices(named))

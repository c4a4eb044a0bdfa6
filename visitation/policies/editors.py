"""A form for a rule's value, built from its shape: numbers, minutes, tables by level or kind, yes or no, times, relations. Nobody types code here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, Field, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp, ValidationError

from visitation.kernel.shapes import WALL_TIME, Each, Falling, Listed, Record, Shape, Whole, share, wall_time, yes_no
from visitation.policies.forms import PolicyForm
from visitation.policies.rules import DEFAULTS, NEVER
from visitation.policies.words import NAMES
from visitation.web.choices import choices
from visitation.web.code_words import RELATIONS
from visitation.web.forms import REQUIRED

VALUE = "v"
NEEDED = InputRequired(REQUIRED)
YES_NO = (("yes", _l("yes")), ("no", _l("no")))
ADMITTED = (("no", _l("no")), ("yes", _l("yes")), ("asked", _l("after approval")))


@dataclass(frozen=True)
class Known:
    """What a form needs to know beside the shape: names of the treatment levels by code."""

    levels: Mapping[str, str]


def form_for(key: str, value: Any, known: Known) -> type[PolicyForm]:
    """The class of the form for one rule; `value` is the present one, which fills it."""
    fields = dict(_fields(key, (), DEFAULTS[key].shape, value, known))
    return type("ValueForm", (PolicyForm,), fields)


def value_of(key: str, form: PolicyForm, known: Known) -> Any:
    """The value that was typed. The rules judge it afterwards; fields that are not valid have their own errors."""
    return _read(key, (), DEFAULTS[key].shape, form, known, DEFAULTS[key].value)


def parts(form: PolicyForm) -> list[Field]:
    """The fields of the value, in their order."""
    return [field for field in form if field.short_name == VALUE or field.short_name.startswith(f"{VALUE}__")]


def _name(path: tuple[str, ...]) -> str:
    return "__".join((VALUE, *path))


def _label(path: tuple[str, ...], known: Known) -> Any:
    if not path:
        return _l("Value")
    return str(gettext(": ")).join(known.levels.get(step) or str(NAMES.get(step, step)) for step in path)


def _fields(key: str, path: tuple[str, ...], shape: Shape, value: Any, known: Known) -> Iterator[tuple[str, Any]]:
    if isinstance(shape, Each | Record):
        for name, inner in _inner(shape, value, known):
            yield from _fields(key, (*path, name), inner, value.get(name) if isinstance(value, dict) else None, known)
    elif isinstance(shape, Listed):
        yield from _relations(path, value)
    elif not _is_never(key, path):
        yield _name(path), _field(shape, _label(path, known), value)


def _is_never(key: str, path: tuple[str, ...]) -> bool:
    """What no prison may switch on is not asked for."""
    return bool(path) and path[-1] in NEVER.get(key, ())


def _inner(shape: Each | Record, value: Any, known: Known) -> list[tuple[str, Shape]]:
    if isinstance(shape, Record):
        return list(shape.fields)
    if shape.keys is not None:
        return [(name, shape.inner) for name in shape.keys]
    present = list(value) if isinstance(value, dict) else []
    return [(name, shape.inner) for name in dict.fromkeys([*known.levels, *present])]


def _field(shape: Shape, label: Any, value: Any) -> Any:
    if isinstance(shape, Whole):
        limits = NumberRange(shape.low, shape.high, _l("Please give a number from %(min)s to %(max)s."))
        return IntegerField(label, default=value, validators=[NEEDED, limits, *([_step(shape.step)] if shape.step > 1 else [])])
    if isinstance(shape, Falling):
        return StringField(label, default=_list_text(value), validators=[NEEDED, Length(max=200), _falling(shape)])
    if shape is yes_no:
        return SelectField(label, default="yes" if value else "no", choices=choices(YES_NO))
    if shape is share:
        limits = NumberRange(0, 100, _l("Please give a number from %(min)s to %(max)s."))
        percent = round(float(value) * 100, 2) if value is not None else None
        return DecimalField(_l("%(label)s (per cent)", label=label), default=percent, places=None, validators=[NEEDED, limits])
    if shape is wall_time:
        return StringField(label, default=value, validators=[NEEDED, Regexp(WALL_TIME.pattern + r"\Z", message=_l("Please give a time such as 09:00."))])
    raise TypeError(f"no field for the shape {shape!r}: add one here")


def _step(step: int) -> Any:
    def check(_form: Any, field: Any) -> None:
        if field.data is not None and field.data % step:
            raise ValidationError(gettext("Please give a multiple of %(step)s.", step=step))

    return check


def _falling(shape: Falling) -> Any:
    def check(_form: Any, field: Any) -> None:
        if not shape(_list_of(field.data)):
            raise ValidationError(
                gettext("Please give numbers from %(max)s down to %(min)s, each smaller than the one before: 300, 60.", max=shape.high, min=shape.low)
            )

    return check


def _list_text(value: Any) -> str:
    return ", ".join(map(str, value or []))


def _list_of(text: str | None) -> list[int] | None:
    words = (text or "").replace("，", ",").replace("、", ",").split(",")
    return [int(word) for word in words] if all(word.strip().isascii() and word.strip().isdigit() for word in words) else None


def _relations(path: tuple[str, ...], value: Any) -> Iterator[tuple[str, Any]]:
    """Each relation of the house, and those that a row names beside them: admitted, not, or after approval."""
    present = {item["code"]: "asked" if item["needs_approval"] else "yes" for item in value or []}
    for code in dict.fromkeys([*RELATIONS, *present]):
        yield _name((*path, code)), SelectField(NAMES.get(code, code), default=present.get(code, "no"), choices=choices(ADMITTED))


def _read(key: str, path: tuple[str, ...], shape: Shape, form: PolicyForm, known: Known, default: Any) -> Any:
    if isinstance(shape, Each | Record):
        names = [name for name, _shape in _inner(shape, _present(form, path), known)]
        inner = dict(_inner(shape, dict.fromkeys(names), known))
        return {name: _read(key, (*path, name), inner[name], form, known, None) for name in names}
    if isinstance(shape, Listed):
        prefix = _name(path) + "__"
        answers = {field.short_name.removeprefix(prefix): field.data for field in parts(form)}
        return [{"code": code, "needs_approval": answer == "asked"} for code, answer in answers.items() if answer != "no"]
    if _is_never(key, path):
        return False
    data = form[_name(path)].data
    if isinstance(shape, Falling):
        return _list_of(data)
    if shape is yes_no:
        return data == "yes"
    return round(float(data) / 100, 4) if shape is share and data is not None else data


def _present(form: PolicyForm, path: tuple[str, ...]) -> dict[str, None]:
    """Names that the form has under a path: levels that a row names and the house no longer has."""
    prefix = _name(path) + "__"
    return {field.short_name.removeprefix(prefix).partition("__")[0]: None for field in parts(form) if field.short_name.startswith(prefix)}

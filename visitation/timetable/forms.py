"""Shape and type of what is typed in this room."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, DateTimeLocalField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from visitation.kernel.interval import Interval, at_local
from visitation.timetable.rules import KINDS, Said, Shut, Weekly
from visitation.timetable.rules_weekly import MOST_WEEKS
from visitation.timetable.words import KIND_WORDS, WEEKDAYS
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

NEEDED = InputRequired(REQUIRED)


def checks(label: object, **options: object) -> SelectMultipleField:
    return SelectMultipleField(label, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), **options)


class Planned(Form):
    """A form in two steps. `seen`: the fingerprint of the plan that was shown."""

    seen = StringField(validators=[Length(max=64)])


class TemplateForm(Planned):
    """A weekly row on one or more weekdays."""

    kind = SelectField(_l("Kind"), choices=choices([(code, KIND_WORDS[code]) for code in KINDS]))
    weekdays = checks(_l("Weekdays"), choices=choices(enumerate(WEEKDAYS)), coerce=int)
    opens = TimeField(_l("Begins at"), validators=[NEEDED])
    closes = TimeField(_l("Ends at"), validators=[NEEDED])
    minutes = IntegerField(_l("Minutes of one visit"), validators=[NEEDED, NumberRange(5, 240)])
    turnaround = IntegerField(_l("Minutes between two visits"), validators=[InputRequired(REQUIRED), NumberRange(0, 120)])
    stagger = IntegerField(_l("Each terminal starts later than the one before by (minutes)"), validators=[InputRequired(REQUIRED), NumberRange(0, 60)])
    every_weeks = IntegerField(_l("Every how many weeks"), default=1, validators=[NEEDED, NumberRange(1, MOST_WEEKS)])
    terminals = checks(_l("Terminals"), coerce=int)
    wards = checks(_l("Only for the wards"), coerce=int)
    levels = checks(_l("Only for the levels"))
    valid_from = DateField(_l("First day"), validators=[NEEDED])
    valid_to = DateField(_l("Last day"), validators=[Optional()])

    def row(self) -> Weekly:
        return Weekly(
            self.kind.data,
            0,
            self.opens.data,
            self.closes.data,
            self.minutes.data,
            self.turnaround.data,
            self.valid_from.data,
            self.valid_to.data,
            self.stagger.data,
            tuple(self.terminals.data or ()),
            every_weeks=self.every_weeks.data,
            wards=frozenset(self.wards.data or ()),
            levels=frozenset(self.levels.data or ()),
        )


class EndForm(Planned):
    """The last day of a weekly row."""

    last_day = DateField(_l("Last day"), validators=[NEEDED])


def span(start: datetime, end: datetime) -> Interval | None:
    """The typed wall-clock times of Shanghai as an interval; None when they are the wrong way round."""
    first, last = at_local(start.date(), start.time()), at_local(end.date(), end.time())
    return Interval(first, last) if first < last else None


class ClosureForm(Planned):
    """No visits from one moment to another, in a part of the prison."""

    scope = SelectField(_l("What is closed"), validators=[NEEDED])
    starts = DateTimeLocalField(_l("Begins at"), format="%Y-%m-%dT%H:%M", validators=[NEEDED])
    ends = DateTimeLocalField(_l("Ends at"), format="%Y-%m-%dT%H:%M", validators=[NEEDED])
    reason = StringField(_l("Reason, for colleagues"), validators=[NEEDED, Length(max=200)])

    def shut(self) -> Shut | None:
        interval = span(self.starts.data, self.ends.data)
        what, _, number = str(self.scope.data).partition(":")
        if interval is None:
            return None
        return Shut(interval, int(number) if what == "ward" else None, int(number) if what == "terminal" else None)


class DayForm(Planned):
    """A day decided by hand."""

    day = DateField(_l("Day"), validators=[NEEDED])
    working = SelectField(_l("It is"), choices=choices([("no", _l("a day without visits")), ("yes", _l("a working day"))]))
    as_weekday = SelectField(_l("With the timetable of"), choices=choices([(str(n), word) for n, word in enumerate(WEEKDAYS)], _l("its own weekday")))
    note = StringField(_l("Note"), validators=[Length(max=100)])

    def word(self) -> Said:
        return Said(self.working.data == "yes", int(self.as_weekday.data) if self.as_weekday.data else None)


class WardForm(Planned):
    """The weekdays of a ward, and its release."""

    weekdays = checks(_l("Weekdays of family visits and calls"), choices=choices(enumerate(WEEKDAYS)), coerce=int)
    release_minutes = IntegerField(_l("Minutes after the prison's time of release"), validators=[InputRequired(REQUIRED), NumberRange(0, 720)])


class DutyForm(Planned):
    """An officer on the roster."""

    officer = SelectField(_l("Officer"), coerce=int, validators=[NEEDED])
    starts = DateTimeLocalField(_l("Begins at"), format="%Y-%m-%dT%H:%M", validators=[NEEDED])
    ends = DateTimeLocalField(_l("Ends at"), format="%Y-%m-%dT%H:%M", validators=[NEEDED])
    lanes = IntegerField(_l("Sessions at once"), validators=[NEEDED, NumberRange(1, 16)])


class DutiesForm(DutyForm):
    """An officer on the roster, on one day or on every working day until another."""

    until = DateField(_l("The same on every working day until"), validators=[Optional()])


class LineForm(Planned):
    """What the prison's line carries."""

    sessions = IntegerField(_l("Sessions the line carries at once"), validators=[NEEDED, NumberRange(1, 500)])


class YearForm(Planned):
    """A year's calendar: the file, and in the second step what was read from it."""

    year = SelectField(_l("Year"))
    file = FileField(_l("File (.xlsx or .csv)"), validators=[FileRequired(REQUIRED)])
    scope = SelectField(_l("For"))


class YearSaveForm(Planned):
    """What was read from the file, as it goes back for saving."""

    year = IntegerField(validators=[InputRequired(), NumberRange(2000, 2999)])
    rows = TextAreaField(validators=[InputRequired(), Length(max=60_000)])
    file_name = StringField(validators=[Length(max=200)])
    scope = StringField(validators=[Length(max=10)])


class ActForm(Planned):
    """Only a button."""

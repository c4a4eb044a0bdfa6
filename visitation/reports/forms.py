"""Which period, and which prison."""

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.validators import Optional

from visitation.kernel.interval import month_start
from visitation.people.models import Prison
from visitation.reports import rules
from visitation.reports.words import SPANS, show_month
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form
from visitation.web.local_names import local_name

MONTHS, QUARTERS, YEARS = 36, 12, 6
"""How many of each can be chosen, the present one first; further back there is the period from a day to a day."""
LATELY = 6


class PeriodForm(Form):
    """Read from the address, so that it can be kept and sent to somebody: it changes nothing and needs no token."""

    span = SelectField(_l("Which period"), choices=choices(SPANS), default="days")
    month = SelectField(_l("Month"))
    quarter = SelectField(_l("Quarter"))
    year = SelectField(_l("Year"))
    first = DateField(_l("First day counted"), validators=[Optional()])
    last = DateField(_l("Last day counted"), validators=[Optional()])
    prison = SelectField(_l("Prison"))

    def offer(self, today: date, prisons: Iterable[Prison]) -> None:
        """Fill the lists."""
        month = month_start(today)
        months = [month]
        while len(months) < MONTHS:
            months.append(month_start(months[-1] - rules.ONE_DAY))
        quarters = list(dict.fromkeys((one.year, (one.month + 2) // 3) for one in months))[:QUARTERS]
        self.month.choices = choices([(f"{one:%Y-%m}", show_month(one)) for one in months])
        self.quarter.choices = choices([(f"{year}-{number}", gettext("%(year)s, quarter %(number)s", year=year, number=number)) for year, number in quarters])
        self.year.choices = choices([(str(number), str(number)) for number in range(today.year, today.year - YEARS, -1)])
        self.prison.choices = choices([(prison.code, local_name(prison)) for prison in prisons], first=gettext("All prisons"))

    def period(self) -> rules.Period | None:
        """The period that is asked about; None, with the field marked, where something of it is missing."""
        span = self.span.data
        if span == "month":
            return rules.month(date.fromisoformat(f"{self.month.data}-01"))
        if span == "quarter":
            year, _dash, number = self.quarter.data.partition("-")
            return rules.quarter(int(year), int(number))
        if span == "year":
            return rules.year(int(self.year.data))
        for field in (self.first, self.last):
            if field.data is None:
                field.errors = [*field.errors, REQUIRED]
        return None if self.first.data is None or self.last.data is None else rules.Period(self.first.data, self.last.data)

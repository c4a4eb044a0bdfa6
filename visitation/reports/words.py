"""Labels and numbers of figures, as the reader writes them."""

from datetime import date

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale, gettext
from flask_babel import lazy_gettext as _l

from visitation.people.models import Prison
from visitation.reports.figures import Asked, Row
from visitation.reports.rules import Period
from visitation.web.local_names import local_name

NOTHING = "–"
STEPS = {"month": _l("Month"), "week": _l("Week from"), "prison": _l("Prison")}
SPANS = {"month": _l("A month"), "quarter": _l("A quarter"), "year": _l("A year"), "days": _l("From a day to a day")}
PLACES = {"count": 0, "days": 0, "share": 1, "hours": 1, "size": 1, "rate": 1}
"""Decimals by unit."""


def label(row: Row, step: str) -> str:
    """What a row is about."""
    if row.key is None:
        return str(gettext("Altogether"))
    if isinstance(row.key, Prison):
        return local_name(row.key)
    return show_month(row.key) if step == "month" else row.key.isoformat()


def mark(row: Row, step: str) -> str:
    """The same, short, for the axis of a chart."""
    return f"{row.key:{'%Y-%m' if step == 'month' else '%m-%d'}}" if isinstance(row.key, date) else label(row, step)


def show_month(day: date) -> str:
    """2026年11月; November 2026."""
    return str(format_skeleton("yMMMM", day, locale=get_locale()))


def shown(value: float | None, unit: str) -> str:
    """1,234; 98.0 %; a dash for what cannot be said."""
    if value is None:
        return NOTHING
    number = str(format_decimal(value, f"#,##0.{'0' * PLACES[unit]}" if PLACES[unit] else "#,##0"))
    return f"{number} %" if unit == "share" else number


def show_period(period: Period) -> str:
    return str(gettext("%(first)s to %(last)s", first=period.first.isoformat(), last=period.last.isoformat()))


def place(asked: Asked) -> str:
    """Whose figures these are."""
    return local_name(asked.prisons[0]) if len(asked.prisons) == 1 else gettext("All prisons (%(count)s)", count=len(asked.prisons))

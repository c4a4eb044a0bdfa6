"""Days and months in Shanghai as the database counts them, on both engines. The zone has had no summer time since 1991, and nothing here is older."""

from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class LocalMonth(FunctionElement[str]):
    """`2026-11` of a moment."""

    type = String()
    name = "local_month"
    inherit_cache = True


class LocalDay(FunctionElement[str]):
    """`2026-11-24` of a moment."""

    type = String()
    name = "local_day"
    inherit_cache = True


class DaysBetween(FunctionElement[int]):
    """How many midnights lie between two moments, the later one first."""

    type = Integer()
    name = "days_between"
    inherit_cache = True


@compiles(LocalMonth, "sqlite")
def _month_lite(element: Any, compiler: Any, **options: Any) -> str:
    return f"strftime('%Y-%m', {compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(LocalMonth, "postgresql")
def _month(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} + interval '8 hours', 'YYYY-MM')"


@compiles(LocalDay, "sqlite")
def _day_lite(element: Any, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(LocalDay, "postgresql")
def _day(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} + interval '8 hours', 'YYYY-MM-DD')"


class TenthsOfHours(FunctionElement[int]):
    """The time between two moments in tenths of an hour, the later one first; three minutes and more count as the next tenth. Full seconds of either moment."""

    type = Integer()
    name = "tenths_of_hours"
    inherit_cache = True


TENTH, HALF = 360, 180
"""Seconds."""


@compiles(DaysBetween, "sqlite")
def _between_lite(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (f"(strftime('%s', {compiler.process(one, **options)}) + 28800) / 86400" for one in element.clauses)
    return f"({later} - {earlier})"


@compiles(DaysBetween, "postgresql")
def _between(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (compiler.process(one, **options) for one in element.clauses)
    return f"(CAST({later} + interval '8 hours' AS date) - CAST({earlier} + interval '8 hours' AS date))"


@compiles(TenthsOfHours, "sqlite")
def _tenths_lite(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (f"strftime('%s', {compiler.process(one, **options)})" for one in element.clauses)
    return f"(({later} - {earlier} + {HALF}) / {TENTH})"


@compiles(TenthsOfHours, "postgresql")
def _tenths(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (f"CAST(floor(extract(epoch FROM {compiler.process(one, **options)})) AS bigint)" for one in element.clauses)
    return f"(({later} - {earlier} + {HALF}) / {TENTH})"

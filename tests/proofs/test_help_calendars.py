"""Random series of legal-help days, expanded by ical.js, icalendar with recurring-ical-events, vobject, and by the rules themselves: all the same.

ical.js comes from its registry into var/, once; it is what Thunderbird and calendars in browsers read with.
"""

import os
import random
import subprocess
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from flask_babel import force_locale

from consult.helpdays import feeds
from consult.helpdays import rules_series as rules
from consult.helpdays.models import HelpDay, HelpSeries
from tests.calendar_readers import Spans, by_hand, by_ical_js, by_recurring, by_vobject
from tests.conftest import House
from visitation.kernel.interval import at_local

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "var" / "ical-js"
SERIES = int(os.environ.get("SERIES", "300"))
FIRST, LAST = at_local(date(2026, 1, 1), time()), at_local(date(2029, 6, 1), time())
MADE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def ical_js() -> Path:
    module = FOLDER / "node_modules" / "ical.js" / "dist" / "ical.es5.cjs"
    if not module.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(FOLDER), "ical.js@2"], check=True, timeout=300)
    return module


def wanted(row: HelpSeries) -> Spans:
    """What the rules and the days say, without any calendar."""
    known = {day.planned_on: day for day in row.days}
    found = []
    for day in rules.occurrences(row.rrule, row.starts_on, row.ends_on, row.starts_on, date(2029, 5, 31)):
        own = known.get(day)
        if own is None:
            found.append((at_local(day, row.opens), at_local(day, row.closes)))
        elif own.state != "cancelled":
            found.append((own.starts_at, own.ends_at))
    spans = [(int(begin.timestamp()), int(end.timestamp())) for begin, end in found]
    return sorted((begin, end) for begin, end in spans if begin < LAST.timestamp() and end > FIRST.timestamp())


def any_series(chance: random.Random) -> HelpSeries:
    """A rule, and some of its first days left out, on other dates, or at other hours."""
    starts = date(2026, 1, 5) + timedelta(days=chance.randrange(800))
    ends = starts + timedelta(days=chance.randrange(7, 400)) if chance.random() < 0.5 else None
    opens = time(chance.randrange(7, 20), chance.choice((0, 5, 30)))
    closes = time(opens.hour + chance.randrange(1, 4), opens.minute)
    rule = rules.rule_text(chance.sample(range(7), chance.randrange(1, 5)), chance.randrange(1, 5))
    row = HelpSeries(ref="AAAAAAAA", rrule=rule, starts_on=starts, ends_on=ends, opens=opens, closes=closes, sequence=0, changed_at=MADE, days=[])
    for day in rules.occurrences(rule, starts, ends, starts, starts + timedelta(days=200)):
        if chance.random() < 0.4:
            row.days.append(_changed(row, day, chance))
    return row


def _changed(row: HelpSeries, day: date, chance: random.Random) -> HelpDay:
    made = HelpDay(planned_on=day, sequence=1, changed_at=MADE, state=chance.choice(("planned", "cancelled", "over")))
    moved_by = timedelta(days=chance.choice((0, 0, 1, -1, 3)), minutes=chance.choice((0, 0, 60, -35)))
    made.starts_at, made.ends_at = at_local(day, row.opens) + moved_by, at_local(day, row.closes) + moved_by
    return made


def test_every_reader_finds_the_same_days(house: House, ical_js: Path) -> None:
    chance = random.Random(2026)
    rows = [any_series(chance) for _ in range(SERIES)]
    with house.prison.test_request_context(), force_locale("zh_Hans_CN"):
        files = [feeds.series_feed([row], "http://localhost:8001/help-days") for row in rows]
    read = by_ical_js(ical_js, files, FIRST, LAST)
    for row, data, third in zip(rows, files, read, strict=True):
        truth = wanted(row)
        name = f"{row.rrule} from {row.starts_on} to {row.ends_on}"
        assert by_recurring(data, FIRST, LAST) == truth, name
        assert by_vobject(data, FIRST, LAST) == truth, name
        assert by_hand(data, FIRST, LAST) == truth, name
        assert third == truth, name
    print(f'{{"series": {len(rows)}, "days": {sum(map(len, read))}, "moved or left out": {sum(len(row.days) for row in rows)}, "readers": 4}}')

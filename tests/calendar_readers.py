"""Programs that know nothing of each other and expand a calendar: each gives the same list of (begin, end) or the calendar is wrong."""

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
import vobject
from dateutil.rrule import rrulestr
from icalendar import Calendar

Spans = list[tuple[int, int]]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def by_recurring(data: bytes, first: datetime, last: datetime) -> Spans:
    """icalendar, expanded by recurring-ical-events."""
    found = recurring_ical_events.of(Calendar.from_ical(data)).between(first, last)
    return sorted((_unix(one.decoded("DTSTART")), _unix(one.decoded("DTEND"))) for one in found if str(one.get("STATUS")) != "CANCELLED")


def by_vobject(data: bytes, first: datetime, last: datetime) -> Spans:
    """vobject; it leaves the overriding events of a series to whoever reads it."""
    events = list(vobject.readOne(data.decode()).contents.get("vevent", []))
    moved = {(one.uid.value, _unix(one.recurrence_id.value)): one for one in events if hasattr(one, "recurrence_id")}
    found = [(_unix(one.dtstart.value), _unix(one.dtend.value)) for one in moved.values()]
    for one in (event for event in events if not hasattr(event, "recurrence_id")):
        length = _unix(one.dtend.value) - _unix(one.dtstart.value)
        begins = one.getrruleset(addRDate=True) if hasattr(one, "rrule") else [one.dtstart.value]
        for moment in begins:
            at = _unix(moment)
            if at > last.timestamp():
                break
            if (one.uid.value, at) not in moved:
                found.append((at, at + length))
    return _within(found, first, last)


def by_hand(data: bytes, first: datetime, last: datetime) -> Spans:
    """The lines read by their text, and the rule given to dateutil as wall-clock time in Shanghai."""
    found, moved, masters = [], {}, []
    for block in re.findall(r"BEGIN:VEVENT\n(.*?)END:VEVENT", re.sub(r"\r\n[ \t]", "", data.decode()).replace("\r\n", "\n"), re.DOTALL):
        lines = [line.partition(":")[::2] for line in block.splitlines()]
        values = {name.partition(";")[0]: value for name, value in lines}
        out = {_wall(text) for name, value in lines if name.startswith("EXDATE") for text in value.split(",")}
        if "RECURRENCE-ID" in values:
            moved[values["UID"], _wall(values["RECURRENCE-ID"])] = values
        else:
            masters.append((values, out))
    found += [(_local(values["DTSTART"]), _local(values["DTEND"])) for values in moved.values()]
    for values, out in masters:
        length = _local(values["DTEND"]) - _local(values["DTSTART"])
        for moment in _expanded(values, last):
            if moment not in out and (values["UID"], moment) not in moved:
                found.append((_unix(moment), _unix(moment) + length))
    return _within(found, first, last)


def _expanded(values: dict[str, str], last: datetime) -> list[datetime]:
    start = _wall(values["DTSTART"])
    if "RRULE" not in values:
        return [start]
    rule = re.sub(r"UNTIL=(\w+)", lambda hit: f"UNTIL={_utc(hit[1]).astimezone(SHANGHAI):%Y%m%dT%H%M%S}", values["RRULE"])
    return list(rrulestr(rule, dtstart=start).between(start, last.astimezone(SHANGHAI).replace(tzinfo=None), inc=True))


def _wall(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall-clock time


def _utc(text: str) -> datetime:
    return datetime.strptime(text + "+0000", "%Y%m%dT%H%M%SZ%z")


def _local(text: str) -> int:
    return _unix(_wall(text))


def _unix(moment: Any) -> int:
    return int((moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp())


def _within(spans: Spans, first: datetime, last: datetime) -> Spans:
    return sorted((begin, end) for begin, end in spans if begin < last.timestamp() and end > first.timestamp())


SCRIPT = """
const ICAL = require(process.argv[1]).default || require(process.argv[1]);
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const answers = asked.files.map(text => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const events = calendar.getAllSubcomponents('vevent'), found = [];
  const moved = events.filter(one => one.hasProperty('recurrence-id'));
  for (const one of events.filter(one => !one.hasProperty('recurrence-id'))) {
    const event = new ICAL.Event(one, {exceptions: moved.filter(other => other.getFirstPropertyValue('uid') === one.getFirstPropertyValue('uid'))});
    if (!event.isRecurring()) { found.push([event.startDate.toUnixTime(), event.endDate.toUnixTime()]); continue; }
    const steps = event.iterator();
    for (let next = steps.next(); next && next.toUnixTime() <= asked.last; next = steps.next()) {
      const details = event.getOccurrenceDetails(next);
      found.push([details.startDate.toUnixTime(), details.endDate.toUnixTime()]);
    }
  }
  return found.filter(([begin, end]) => begin < asked.last && end > asked.first).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
});
process.stdout.write(JSON.stringify(answers));
"""


def by_ical_js(module: Path, files: list[bytes], first: datetime, last: datetime) -> list[Spans]:
    """ical.js, which Thunderbird and web calendars read with, in node. `module`: where it is."""
    asked = {"files": [data.decode() for data in files], "first": first.timestamp(), "last": last.timestamp()}
    done = subprocess.run(["node", "-e", SCRIPT, str(module)], input=json.dumps(asked).encode(), capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return [[(begin, end) for begin, end in spans] for spans in json.loads(done.stdout)]

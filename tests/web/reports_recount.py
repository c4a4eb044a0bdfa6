"""Every figure once more, by plain SQL that knows nothing of the product's queries: for some prisons, between two moments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any

from chinese_calendar import is_workday
from sqlalchemy import text
from sqlalchemy.orm import Session

EAST = timedelta(hours=8)
STAMP = "%Y-%m-%d %H:%M:%S.%f"
KINDS = ("family_visit", "family_call", "legal_consult", "lawyer_meeting", "mediation_session")
HELD = "b.state = 'ended' AND b.outcome IN ('completed', 'ended_by_inmate', 'ended_by_visitor', 'ended_by_officer')"


def moment(value: Any) -> datetime:
    """What a database gives for a time that is kept in UTC without a zone."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def local(value: Any) -> date:
    return (moment(value) + EAST).date()


@dataclass(frozen=True)
class Count:
    """`begin` is included, `end` is not."""

    session: Session
    prisons: tuple[int, ...]
    begin: datetime
    end: datetime
    now: datetime

    def rows(self, sql: str) -> list[Any]:
        """`:a` and `:b` are the two moments, PRISONS the ids."""
        found = sql.replace("PRISONS", f"({', '.join(map(str, self.prisons))})")
        bound = {"a": self.begin.astimezone(UTC).strftime(STAMP), "b": self.end.astimezone(UTC).strftime(STAMP), "n": self.now.strftime(STAMP)}
        return list(self.session.execute(text(found), {name: value for name, value in bound.items() if f":{name}" in found}))

    def one(self, sql: str) -> int:
        return int(self.rows(sql)[0][0] or 0)

    def of(self, condition: str) -> int:
        return self.one(f"SELECT count(*) FROM booking b WHERE b.prison_id IN PRISONS AND b.starts_at >= :a AND b.starts_at < :b AND {condition}")


def nearest_rank(values: Iterable[int], share: float) -> int | None:
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else None


def percent(part: int, whole: int) -> float | None:
    return round(part * 100 / whole, 1) if whole else None


def visits(count: Count) -> list[Any]:
    days = [local(count.begin.replace(tzinfo=None)), local(count.end.replace(tzinfo=None))]
    sql = "SELECT coalesce(sum(q.units), 0) FROM quota_entry q JOIN inmate i ON i.id = q.inmate_id WHERE i.prison_id IN PRISONS AND q.kind = 'external'"
    elsewhere = count.one(f"{sql} AND q.held_on >= '{days[0]}' AND q.held_on < '{days[1]}'")
    kinds = [count.of(f"{HELD} AND b.kind = '{kind}'") for kind in KINDS]
    return [*kinds, elsewhere, sum(kinds) + elsewhere]


def persons(count: Count) -> list[Any]:
    found = []
    for kind in KINDS:
        sql = f"SELECT count(*) FROM booking_visitor v, booking b WHERE v.booking_id = b.id AND v.identity = 'confirmed' AND b.kind = '{kind}' AND {HELD}"
        in_party = count.one(f"{sql} AND b.prison_id IN PRISONS AND b.starts_at >= :a AND b.starts_at < :b")
        alone = count.of(f"{HELD} AND b.kind = '{kind}' AND b.id NOT IN (SELECT booking_id FROM booking_visitor)")
        found.append(in_party + alone)
    return [*found, sum(found)]


def outcomes(count: Count) -> list[Any]:
    groups = ("= 'completed'", "LIKE 'ended_by_%'", "LIKE 'no_show_%'", "IN ('refused_by_inmate', 'failed_identity')", "= 'technical'", "LIKE 'cancelled_by_%'")
    return [count.of(f"b.outcome {group}") for group in groups]


def technical(count: Count) -> list[Any]:
    failed = count.of("b.outcome = 'technical'")
    begun = count.of(HELD) + failed
    return [begun, failed, percent(failed, begun)]


def waiting(count: Count) -> list[Any]:
    sql = f"SELECT b.created_at, b.starts_at FROM booking b WHERE b.prison_id IN PRISONS AND b.starts_at >= :a AND b.starts_at < :b AND {HELD}"
    days = [(local(starts) - local(created)).days for created, starts in count.rows(sql)]
    return [len(days), nearest_rank(days, 0.5), nearest_rank(days, 0.9)]


def decided(count: Count, sql: str) -> list[Any]:
    rows = [tuple(map(moment, row)) for row in count.rows(sql)]
    tenths = [(int(at.timestamp()) - int(asked.timestamp()) + 180) // 360 for asked, at, _due in rows]
    good = sum(at <= due for _asked, at, due in rows)
    middle, most = nearest_rank(tenths, 0.5), nearest_rank(tenths, 0.9)
    return [len(rows), good, percent(good, len(rows)), *(None if one is None else one / 10 for one in (middle, most))]


def decisions(count: Count) -> list[Any]:
    sql = "SELECT created_at, decided_at, due_at FROM booking WHERE prison_id IN PRISONS AND due_at IS NOT NULL AND decided_at >= :a AND decided_at < :b"
    return decided(count, sql)


def kinship(count: Count) -> list[Any]:
    sql = "SELECT submitted_at, decided_at, due_at FROM kinship WHERE prison_id IN PRISONS AND decided_at >= :a AND decided_at < :b"
    return decided(count, f"{sql} AND state IN ('approved', 'refused', 'withdrawn')")


def waitlist(count: Count) -> list[Any]:
    joined = count.one("SELECT count(*) FROM waiting_wish WHERE prison_id IN PRISONS AND created_at >= :a AND created_at < :b")
    sql = "SELECT count(*) FROM waiting_wish WHERE prison_id IN PRISONS AND ended_at >= :a AND ended_at < :b"
    gone = [count.one(f"{sql} AND state = '{state}'") for state in ("done", "left", "over")]
    still = count.one("SELECT count(*) FROM waiting_wish WHERE prison_id IN PRISONS AND created_at < :b AND (ended_at IS NULL OR ended_at >= :b)")
    return [joined, *gone, still]


def occupancy(count: Count) -> list[Any]:
    """Day by day and minute by minute, from the rows themselves."""
    sql = "SELECT t.*, x.terminal_id FROM template t JOIN template_terminal x ON x.template_id = t.id WHERE t.prison_id IN PRISONS ORDER BY t.id, x.terminal_id"
    rows = count.rows(sql)
    shut = [tuple(row) for row in count.rows("SELECT prison_id, terminal_id, starts_at, ends_at FROM closure WHERE prison_id IN PRISONS AND lifted_at IS NULL")]
    shut += [tuple(row) for row in count.rows("SELECT prison_id, id, offline_since, offline_until FROM terminal WHERE offline_since IS NOT NULL")]
    shut = [(prison, terminal, moment(begin), moment(end)) for prison, terminal, begin, end in shut]
    nth = {(row.id, row.terminal_id): place for row in rows for place, other in enumerate(one for one in rows if one.id == row.id) if other is row}
    said = {(row[0], str(row[1])): row for row in count.rows("SELECT prison_id, day, working, as_weekday FROM calendar_day")}
    places, day = 0, (count.begin + EAST).date()
    while day < (count.end + EAST).date():
        places += sum(_places_of(row, nth[row.id, row.terminal_id], day, said, shut) for row in rows)
        day += timedelta(days=1)
    booked = count.of("b.kind IN ('family_visit', 'family_call') AND b.state IN ('requested', 'confirmed', 'ended')")
    return [places, booked, percent(booked, places)]


def _places_of(row: Any, nth: int, day: date, said: Any, shut: Any) -> int:
    known = said.get((row.prison_id, str(day)))
    working = bool(known[2]) if known else is_workday(day)
    weekday = known[3] if known and known[3] is not None else day.weekday()
    begins = date.fromisoformat(str(row.valid_from))
    apart = ((day - timedelta(days=day.weekday())) - (begins - timedelta(days=begins.weekday()))).days // 7
    if not working or weekday != row.weekday or day < begins or apart % row.every_weeks:
        return 0
    opens, closes = (int(str(one)[:2]) * 60 + int(str(one)[3:5]) for one in (row.opens, row.closes))
    step = row.minutes + row.turnaround
    found, start = 0, opens + nth * row.stagger % step
    while start + row.minutes <= closes:
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - EAST + timedelta(minutes=start)
        end = begin + timedelta(minutes=row.minutes)
        hit = [one for one in shut if one[0] == row.prison_id and one[1] in (None, row.terminal_id) and one[2] < end and one[3] > begin]
        found, start = found + (not hit), start + step
    return found


def officers(count: Count) -> list[Any]:
    sql = "FROM live_session l JOIN booking b ON b.id = l.booking_id WHERE b.prison_id IN PRISONS AND l.live_at >= :a AND l.live_at < :b"
    both = f"SELECT l.officer_id AS o {sql} AND l.officer_id IS NOT NULL UNION SELECT l.checked_in_by {sql} AND l.checked_in_by IS NOT NULL"
    who = count.one(f"SELECT count(*) FROM ({both}) x")
    number, seconds = count.rows(f"SELECT count(*), coalesce(sum(l.seconds_used), 0) {sql}")[0]
    return [who, number, round(seconds / 3600, 1), round(number / who, 1) if who else None]


def recordings(count: Count) -> list[Any]:
    sql = "SELECT g.session_id, g.bytes, g.deleted_at FROM segment g JOIN live_session l ON l.id = g.session_id JOIN booking b ON b.id = l.booking_id"
    rows = count.rows(f"{sql} WHERE b.prison_id IN PRISONS AND g.starts_at >= :a AND g.starts_at < :b")
    kept = [row for row in rows if row[2] is None]
    return [
        len({row[0] for row in rows}),
        round(sum(row[1] for row in rows) / 1e9, 1),
        len({row[0] for row in kept}),
        round(sum(row[1] for row in kept) / 1e9, 1),
    ]


def help_days(count: Count) -> list[Any]:
    sql = "d.prison_id IN PRISONS AND d.starts_at >= :a AND d.starts_at < :b AND d.starts_at <= :n AND d.state IN ('published', 'over')"
    days = count.one(f"SELECT count(*) FROM help_day d WHERE {sql}")
    states = {state: count.one(f"SELECT count(*) FROM help_seat s, help_day d WHERE d.id = s.day_id AND {sql} AND s.state {state}") for state in STATES}
    seated, advised, missed, carried = states.values()
    return [days, seated, advised, missed, carried, round(seated / days, 1) if days else None]


STATES = ("NOT IN ('proposed', 'withdrawn', 'carried')", "= 'advised'", "= 'missed'", "= 'carried'")


def lawyers(count: Count) -> list[Any]:
    sql = "SELECT d.id, u.lawyer_id, s.live_at, s.left_at FROM help_seat s JOIN help_day d ON d.id = s.day_id JOIN help_duty u ON u.id = s.duty_id"
    sql += " WHERE d.prison_id IN PRISONS AND d.starts_at >= :a AND d.starts_at < :b AND d.state IN ('published', 'over') AND s.live_at IS NOT NULL"
    rows = [(day, lawyer, moment(live), moment(left)) for day, lawyer, live, left in count.rows(f"{sql} AND s.left_at IS NOT NULL")]
    afternoons = {(day, lawyer) for day, lawyer, _live, _left in rows}
    there = sum((max(r[3] for r in rows if r[:2] == one) - min(r[2] for r in rows if r[:2] == one)).total_seconds() for one in afternoons)
    busy = sum((left - live).total_seconds() for _day, _lawyer, live, left in rows)
    return [len({one[1] for one in afternoons}), len(afternoons), len(rows), percent(round(busy), round(there))]


def questions(count: Count) -> list[Any]:
    sql = "SELECT count(*) FROM question WHERE prison_id IN PRISONS AND received_at >= :a AND received_at < :b"
    received, out = count.one(sql), count.one(f"{sql} AND state IN ('withdrawn', 'merged', 'transferred')")
    counted = f"{sql} AND state NOT IN ('withdrawn', 'merged', 'transferred')"
    due = count.one(f"{counted} AND due_at < :n")
    in_time = count.one(f"{counted} AND due_at < :n AND delivered_at IS NOT NULL AND delivered_at <= due_at")
    return [received, out, received - out - due, due, in_time, percent(in_time, due)]


def mediation(count: Count) -> list[Any]:
    opened = count.one("SELECT count(*) FROM mediation_case WHERE prison_id IN PRISONS AND opened_at >= :a AND opened_at < :b")
    tried = count.one(
        "SELECT count(*) FROM mediation_attempt t JOIN mediation_case c ON c.id = t.case_id WHERE c.prison_id IN PRISONS AND t.at >= :a AND t.at < :b"
    )
    sql = "SELECT count(*) FROM mediation_case WHERE prison_id IN PRISONS AND closed_at >= :a AND closed_at < :b"
    ended = [count.one(f"{sql} AND state = '{state}'") for state in ("agreed", "failed", "withdrawn")]
    still = count.one("SELECT count(*) FROM mediation_case WHERE prison_id IN PRISONS AND opened_at < :b AND (closed_at IS NULL OR closed_at >= :b)")
    return [opened, tried, *ended, still]


def referrals(count: Count) -> list[Any]:
    sql = "SELECT count(*) FROM referral f JOIN help_request r ON r.id = f.request_id WHERE r.prison_id IN PRISONS AND f.at >= :a AND f.at < :b"
    made, written = count.one(f"{sql} AND f.withdrawn_at IS NULL"), count.one(f"{sql} AND f.withdrawn_at IS NULL AND f.links_sent > 0")
    read = count.one(f"{sql} AND f.withdrawn_at IS NULL AND f.id IN (SELECT referral_id FROM referral_link WHERE opened_at IS NOT NULL)")
    return [made, written, read, percent(read, written)]


RECOUNT: dict[str, Callable[[Count], list[Any]]] = {
    "visits": visits,
    "persons": persons,
    "outcomes": outcomes,
    "technical": technical,
    "waiting": waiting,
    "decisions": decisions,
    "kinship": kinship,
    "waitlist": waitlist,
    "occupancy": occupancy,
    "officers": officers,
    "recordings": recordings,
    "help-days": help_days,
    "lawyers": lawyers,
    "questions": questions,
    "mediation": mediation,
    "referrals": referrals,
}

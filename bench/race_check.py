"""What a race has left in the database, counted in plain SQL: the service's own code has no word in it. A visit, its turnaround and its people stand in
`booking`; what is counted here does not look at `claim` at all, except to find claims that belong to nobody."""

from typing import Any

from sqlalchemy import Connection, text

LIVING = "('held', 'offered', 'requested', 'confirmed')"
END = {
    "sqlite": "datetime({row}.ends_at, '+' || {row}.turnaround || ' minutes')",
    "postgresql": "{row}.ends_at + {row}.turnaround * interval '1 minute'",
}
START = {"sqlite": "datetime({row}.starts_at)", "postgresql": "{row}.starts_at"}
STOP = {"sqlite": "datetime({row}.ends_at)", "postgresql": "{row}.ends_at"}
DAY = {"sqlite": "date({row}, '+8 hours')", "postgresql": "({row} + interval '8 hours')::date"}

DETAIL = {"sqlite": "CAST(json_extract({row}.detail, '$.{name}') AS text)", "postgresql": "({row}.detail->>'{name}')"}
PAIRS = "n.inmate_id || '-' || n.other_id, n.other_id || '-' || n.inmate_id"


def _count(connection: Connection, sql: str, **values: Any) -> int:
    return int(connection.execute(text(sql), values).scalar() or 0)


def overlaps(connection: Connection) -> dict[str, int]:
    """Pairs of living visits that share a terminal (turnaround included), an inmate or a visitor; and moments with more visits than lanes."""
    engine = connection.dialect.name
    start, stop, end = (part[engine] for part in (START, STOP, END))
    a_start, b_start, a_stop, b_stop = start.format(row="a"), start.format(row="b"), stop.format(row="a"), stop.format(row="b")
    living = f"a.id < b.id AND a.state IN {LIVING} AND b.state IN {LIVING}"
    together = f"{a_start} < {b_stop} AND {b_start} < {a_stop}"
    occupied = f"{a_start} < {end.format(row='b')} AND {b_start} < {end.format(row='a')}"
    pairs = "booking a JOIN booking b ON a.prison_id = b.prison_id"
    people = (
        "booking_visitor p JOIN booking a ON a.id = p.booking_id JOIN booking_visitor q ON q.visitor_id = p.visitor_id JOIN booking b ON b.id = q.booking_id"
    )
    at_once = f"SELECT count(*) FROM booking b WHERE b.prison_id = a.prison_id AND b.state IN {LIVING} AND {b_start} <= {a_start} AND {a_start} < {b_stop}"
    lanes = "SELECT value FROM policy WHERE prison_id = a.prison_id AND key = 'planned_lanes'"
    return {
        "terminal": _count(connection, f"SELECT count(*) FROM {pairs} AND a.terminal_id = b.terminal_id WHERE {living} AND {occupied}"),
        "inmate": _count(connection, f"SELECT count(*) FROM {pairs} AND a.inmate_id = b.inmate_id WHERE {living} AND {together}"),
        "visitor": _count(connection, f"SELECT count(*) FROM {people} WHERE {living} AND {together}"),
        "lane": _count(connection, f"SELECT count(*) FROM booking a WHERE a.state IN {LIVING} AND ({at_once}) > CAST(CAST(({lanes}) AS text) AS integer)"),
    }


def ghosts(connection: Connection) -> dict[str, int]:
    """What belongs to nothing, and what lacks what belongs to it: claims, uses of the allowance, notices, audit rows."""
    parts = "(SELECT count(*) FROM booking_visitor p WHERE p.booking_id = b.id)"
    used = "(SELECT count(*) FROM quota_entry q WHERE q.booking_id = b.id AND q.kind = '{kind}')"
    told = (
        "SELECT 1 FROM notice n JOIN delivery d ON d.notice_id = n.id"
        " WHERE n.kind = 'booking_confirmed' AND n.account_id = b.account_id AND n.link = '/visits/' || b.ref"
    )
    standing = f"{used.format(kind='used')} - {used.format(kind='returned')}"
    return {
        "claims_of_nobody": _count(connection, f"SELECT count(*) FROM claim c JOIN booking b ON b.id = c.booking_id WHERE b.state NOT IN {LIVING}"),
        # half an hour is six ticks: the inmate, each visitor, a lane and a line; the terminal two more
        "wrong_claims": _count(
            connection,
            f"SELECT count(*) FROM booking b WHERE b.state IN {LIVING} AND (SELECT count(*) FROM claim c WHERE c.booking_id = b.id) <> 6 * (4 + {parts}) + 2",
        ),
        "uses": _count(connection, f"SELECT count(*) FROM booking b WHERE {standing} <> CASE WHEN b.state = 'confirmed' THEN 1 ELSE 0 END"),
        "untold": _count(connection, f"SELECT count(*) FROM booking b WHERE b.state = 'confirmed' AND NOT EXISTS ({told})"),
        "unrecorded": _count(
            connection,
            "SELECT count(*) FROM booking b WHERE b.state = 'confirmed' AND (SELECT count(*) FROM audit_entry e"
            " WHERE e.act = 'booking.confirm' AND e.subject_type = 'booking' AND e.subject_id = b.ref) <> 1",
        ),
    }


def slipped(connection: Connection) -> dict[str, int]:
    """Visits confirmed although something that was changed before forbade it. The audit's numbers are drawn under the locks, so they are in their order."""
    engine = connection.dialect.name
    start, stop, day, detail = START[engine], STOP[engine], DAY[engine], DETAIL[engine]
    confirmed = "audit_entry e JOIN booking b ON b.ref = e.subject_id AND e.act = 'booking.confirm'"
    during = f"{start.format(row='b')} < {stop.format(row='c')} AND {start.format(row='c')} < {stop.format(row='b')}"
    closed = f"{confirmed} JOIN closure c ON c.prison_id = b.prison_id JOIN audit_entry f ON f.act = 'closure.add' AND f.subject_id = CAST(c.id AS text)"
    set_then = f"f.act = 'suspension.set' AND {detail.format(row='f', name='suspension')} = CAST(s.id AS text)"
    ban = f"{confirmed} JOIN suspension s ON s.inmate_id = b.inmate_id JOIN audit_entry f ON {set_then}"
    parted = f"k.act = 'inmate.keep_apart' AND k.subject_id || '-' || {detail.format(row='k', name='other')} IN ({PAIRS})"
    pair = (
        "non_association n JOIN booking a ON a.inmate_id = n.inmate_id JOIN booking b ON b.inmate_id = n.other_id"
        " JOIN audit_entry e ON e.act = 'booking.confirm' AND e.subject_id = a.ref JOIN audit_entry f ON f.act = 'booking.confirm' AND f.subject_id = b.ref"
        f" LEFT JOIN audit_entry k ON {parted}"
    )
    same_day = f"a.state = 'confirmed' AND b.state = 'confirmed' AND {day.format(row='a.starts_at')} = {day.format(row='b.starts_at')}"
    # of two visits, the later one was confirmed when both the separation and the earlier visit stood
    after = "(k.id IS NULL OR e.id > k.id OR f.id > k.id)"
    return {
        "closed": _count(connection, f"SELECT count(*) FROM {closed} WHERE e.id > f.id AND c.lifted_at IS NULL AND {during}"),
        "suspended": _count(connection, f"SELECT count(*) FROM {ban} WHERE e.id > f.id AND {day.format(row='b.starts_at')} BETWEEN s.starts_on AND s.ends_on"),
        "apart": _count(connection, f"SELECT count(*) FROM {pair} WHERE {same_day} AND {after}"),
    }

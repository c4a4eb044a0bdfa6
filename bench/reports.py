"""The figures of a province: 25 prisons, a year of 27,600 sessions a month. What each figure and all of them cost, in time of one processor."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.engines import create_tables, database, let_go, prison_app
from bench.figures import against, figure
from tests.factories import make_family, make_inmate, make_kinship, make_prison, make_staff, make_terminal, make_ward
from tests.scenes import make_template
from visitation.kernel.clock import FixedClock
from visitation.people.models import Prison
from visitation.reports.figures import Asked, Figure, measure_all
from visitation.reports.rules import year
from visitation.store.db import db
from visitation.store.transaction import perform

PRISONS, A_MONTH, MONTHS = 25, 27_600, 12
YEAR, NOW = 2025, datetime(2026, 1, 5, 4, tzinfo=UTC)
GOAL = 10.0
"""Seconds for all figures at once: nobody waits for it often, and it is asked for a year of a province."""
BOOKINGS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :many)
INSERT INTO booking (id, ref, kind, prison_id, inmate_id, terminal_id, account_id, starts_at, ends_at, turnaround, state, outcome, language, terms,
  created_at, due_at, decided_at, reason_text, staff_note, inmate_note, sequence)
SELECT i + 1, printf('R%09d', i), CASE WHEN i % 5 THEN 'family_visit' ELSE 'family_call' END, i % :prisons + 1, i % :prisons + 1, i % :prisons + 1, 1,
  strftime('%Y-%m-%d %H:%M:%f000', :first, (i * :step) || ' seconds'), strftime('%Y-%m-%d %H:%M:%f000', :first, (i * :step + 1800) || ' seconds'),
  10, 'ended', CASE i % 20 WHEN 0 THEN 'technical' WHEN 1 THEN 'no_show_visitor' WHEN 2 THEN 'ended_by_officer' ELSE 'completed' END, 'zh', '{}',
  strftime('%Y-%m-%d %H:%M:%f000', :first, (i * :step - 86400 * (3 + i % 27)) || ' seconds'),
  CASE WHEN i % 6 THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f000', :first, (i * :step) || ' seconds') END,
  strftime('%Y-%m-%d %H:%M:%f000', :first, (i * :step - 86400) || ' seconds'), '', '', '', 0
FROM n"""
PEOPLE = """
INSERT INTO booking_visitor (booking_id, visitor_id, kinship_id, place, leg, identity)
SELECT id, 1, 1, 0, 1, 'confirmed' FROM booking"""
SESSIONS = """
INSERT INTO live_session (sid, booking_id, boot, run, stage, gate_open, facts, participants, legs, opened_at, live_at, seconds_used, seconds_before, coverage,
  officer_note, concern, officer_id, outside)
SELECT printf('s%09d', id), id, '', 0, 'ended', 0, '{}', '[]', '{}', starts_at, starts_at, 1500.0, 0.0, '{}', '', 0, 2 + id % 100, 'visitors'
FROM booking WHERE outcome <> 'no_show_visitor'"""


def run() -> None:
    with database("sqlite") as (url, folder):
        _measure(url, folder)


def _measure(url: str, folder: Path) -> None:
    app = prison_app(url, folder, FixedClock(NOW))
    create_tables(app)
    with app.app_context():
        perform(fill)
        for one in app.extensions["figures"]:
            figure(f"reports.{one.key}_cpu", 1000 * _cost([one]), "ms")
        against("reports.all_cpu", _cost(app.extensions["figures"]), "s", GOAL, "goal")
        figure("reports.bookings", A_MONTH * MONTHS, "bookings")
        let_go()


def _cost(figures: Sequence[Figure]) -> float:
    """Seconds of one processor."""
    session: Session = db.session()
    asked = Asked(tuple(session.query(Prison).order_by(Prison.code)), year(YEAR), NOW)
    begin = time.process_time()
    measure_all(session, figures, asked)
    return time.process_time() - begin


def fill(session: Session) -> None:
    """Prisons with a timetable, and the bookings of the year with people and sessions, spread evenly."""
    for _number in range(102):
        make_staff(session)
    family = make_family(session)
    for _number in range(PRISONS):
        prison = make_prison(session)
        inmate = make_inmate(session, make_ward(session, prison))
        terminals = [make_terminal(session, prison) for _ in range(8)]
        make_kinship(session, family.visitor, inmate)
        for weekday in range(5):
            make_template(session, prison, terminals, weekday=weekday, valid_from=date(YEAR, 1, 1))
    session.flush()
    many = A_MONTH * MONTHS
    first = datetime(YEAR, 1, 1) - timedelta(hours=8)  # noqa: DTZ001 - as the database keeps it
    bound = {"many": many, "prisons": PRISONS, "first": first.isoformat(" "), "step": 365 * 86400 // many}
    session.execute(text(BOOKINGS), bound)
    session.execute(text(PEOPLE))
    session.execute(text(SESSIONS))

"""The sweeps of legal help in a process that is killed (SIGKILL), again and again, each time at an instant of its own: nothing is lost, nothing done twice.

`make proof PROOF=sweeps`. Overdue questions move up level by level, postponed requests come back with one slip each, the office is reminded once of each
agreement, and the days of a series are made once. One line of JSON.
"""

import json
import os
import random
import signal
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from consult.helpdays import series
from consult.helpdays.models import HelpDay
from consult.mediation import video
from consult.mediation.models import MediationCase
from consult.questions import service as questions
from consult.questions.models import Question, QuestionStep
from consult.requests import service as requests
from consult.requests.models import HelpRequest, RequestSlip
from tests.conftest import House
from tests.web.helpdays import make_office, pattern
from visitation.audit.models import AuditEntry
from visitation.notices.models import Notice
from visitation.store.db import db
from visitation.store.engine import engine_options, prepare
from visitation.store.transaction import perform

pytestmark = pytest.mark.timeout(900)
KILLS = int(os.environ.get("KILLS", "20"))
EACH = 200
"""Questions, requests and agreements: more than the killed runs get through."""
SWEEPS = (questions.sweep, requests.sweep, video.remind, series.sweep)


@pytest.fixture
def late(house: House, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A ground on which everything is due; a run takes one at a time, so that most kills come between two of them or in one."""
    for room in (questions, requests):
        monkeypatch.setattr(room, "AT_ONCE", 1)
    monkeypatch.setattr(video, "BATCH", 1)
    office = make_office(house)

    def fill(session: Session) -> None:
        place = {"prison_id": office.prison.id, "inmate_id": office.inmate.id}
        due = {"acknowledge_by": house.now, "due_at": house.now, "level_due_at": house.now, "received_at": house.now, "entered_by": office.account.id}
        given = {"consent_at": house.now, "entered_by": office.account.id, "entered_at": house.now, "ward_id": office.inmate.ward_id, "state": "postponed"}
        kept = {"other_name": "李", "other_relation": "spouse", "cause": "other", "state": "agreed", "opened_at": house.now, "opened_by": office.account.id}
        for _number in range(EACH):
            session.add(Question(matter="labour", title="工资", text="三个月", **due, **place))
            session.add(HelpRequest(matter="labour", postponed_until=house.now.date(), **given, **place))
            session.add(MediationCase(follow_up_on=house.now.date(), **kept, **place))

    house.write(fill)
    house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), {}, "", house.now))
    return house.now + timedelta(days=100)


def sweeping(house: House, moment: datetime, seed: int, ready: int) -> None:
    """In a process of its own, with connections of its own, until it is killed: the sweeps by turns, each in its transaction."""
    url = house.prison.config["SQLALCHEMY_DATABASE_URI"]
    chance = random.Random(seed)
    with house.prison.app_context():
        db.session.remove()
        db.engine.dispose(close=False)
        engine = create_engine(url, **engine_options(url))
        prepare(engine)
        db.engines[None] = engine
        os.write(ready, b".")
        while True:
            sweep = chance.choice(SWEEPS)
            perform(lambda session, one=sweep: one(session, moment))


def killed(house: House, moment: datetime, number: int) -> None:
    begun, ready = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            sweeping(house, moment, number, ready)
        finally:
            os._exit(1)
    os.close(ready)
    assert os.read(begun, 1) == b"."
    os.close(begun)
    time.sleep(random.uniform(0.0, 0.4))
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was still at work"


def counted(house: House, model: Any, *where: Any) -> int:
    found: int = house.read(lambda session: session.scalar(select(func.count()).select_from(model).where(*where)))
    return found


def done(house: House) -> dict[str, int]:
    """What is there of each kind of work, and what the audit says of it."""
    acts = {act: counted(house, AuditEntry, AuditEntry.act == act) for act in ("question.move_up", "help_request.return", "mediation.remind")}
    slips = counted(house, RequestSlip, RequestSlip.step == "returned")
    notices = counted(house, Notice, Notice.kind == "mediation_follow_up")
    return {"steps": counted(house, QuestionStep), "slips": slips, "reminders": notices, "days": counted(house, HelpDay), **acts}


def test_nothing_is_lost_and_nothing_done_twice(house: House, late: datetime) -> None:
    with house.prison.app_context():
        db.session.remove()
        db.engine.dispose()
    before = done(house)
    for number in range(KILLS):
        with house.prison.app_context():
            db.session.remove()
            db.engine.dispose()
        killed(house, late, number)
    after = done(house)
    assert after["steps"] == after["question.move_up"]
    assert after["slips"] == after["help_request.return"]
    assert after["reminders"] == after["mediation.remind"]
    while sum(house.write(lambda session, one=sweep: one(session, late)) for sweep in SWEEPS):
        pass
    end = done(house)
    assert (end["steps"], end["slips"], end["reminders"]) == (3 * EACH, EACH, EACH)
    assert (end["question.move_up"], end["help_request.return"], end["mediation.remind"]) == (3 * EACH, EACH, EACH)
    assert house.read(lambda session: set(session.scalars(select(Question.level)))) == {3}
    days = house.read(lambda session: list(session.scalars(select(HelpDay.planned_on).order_by(HelpDay.planned_on))))
    assert len(days) == len(set(days)) > before["days"]
    by_killed = {name: after[name] - before[name] for name in ("steps", "slips", "reminders", "days")}
    print(json.dumps({"kills": KILLS, "done by runs that were killed": by_killed, "in all": {name: end[name] for name in by_killed}}))

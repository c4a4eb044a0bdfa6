"""Recordings on PostgreSQL under the prison's own role: locks that wait for each other, and a hold that a deletion meets."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit, make_staff
from tests.web.recorded import ended, file_of, stored
from visitation.accounts.queries import identity_of
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.supervision import exports, holds, recordings, relistening
from visitation.supervision.models import LiveSession, Segment
from visitation.supervision.models_recordings import RecordingRequest, Relistening

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]


def person(house: House, visit: LiveVisit, role: Role) -> Identity:
    return house.write(lambda s: identity_of(make_staff(s, [role], visit.prison), "prison"))


def test_everything_about_recordings_under_the_prisons_role(zones: House) -> None:
    house, now = zones, zones.now
    visit: LiveVisit = house.write(lambda s: (make_broker(s, now), make_live_visit(s, now))[1])
    live = ended(house, visit, visit.officer.id)
    stored(house, live, b"film")
    officer, chief = person(house, visit, Role.OFFICER), person(house, visit, Role.DUTY_CHIEF)
    assert house.write(lambda s: relistening.sweep("key")(s, now)) == 1
    assert house.read(lambda s: s.scalars(select(Relistening)).one().number) == 0

    def ask(kind: str) -> int:
        return house.write(lambda s: exports.ask(s, officer, s.get_one(LiveSession, live.id), kind, "why", "who", now).id)

    number = ask("export")
    house.write(lambda s: exports.decide(s, chief, number, True, "yes", now))
    house.write(lambda s: exports.fetch(s, officer, number, now))
    house.write(lambda s: exports.left_the_house(s, officer, number, "0" * 64, 5_000_000_000, now))
    assert house.read(lambda s: s.get_one(RecordingRequest, number).bytes) == 5_000_000_000, "more than 2^31 bytes"
    house.write(lambda s: holds.set_hold(s, chief, s.get_one(LiveSession, live.id), "case", now))
    number = ask("release")
    house.write(lambda s: exports.decide(s, chief, number, True, "yes", now))
    assert not house.read(lambda s: s.scalars(select(Segment)).one().legal_hold)
    number = ask("deletion")
    assert house.write(lambda s: exports.lapse(s, now + timedelta(days=9))) == 1


def test_a_hold_and_a_deletion_at_once_leave_the_file_or_no_hold(zones: House) -> None:
    """Whoever comes first wins: never a hold over a file that is gone."""
    house, now = zones, zones.now
    house.write(lambda s: make_broker(s, now))
    outcomes = set()
    for day in range(8):
        visit: LiveVisit = house.write(lambda s, day=day: make_live_visit(s, now + timedelta(days=day)))
        live = ended(house, visit)
        row = stored(house, live, b"film")
        officer, chief = person(house, visit, Role.OFFICER), person(house, visit, Role.DUTY_CHIEF)
        number = house.write(lambda s, who=officer, live=live: exports.ask(s, who, s.get_one(LiveSession, live.id), "deletion", "why", "", now).id)
        house.write(lambda s, who=chief, number=number: exports.decide(s, who, number, True, "yes", now))
        outcomes.add(race(house, live, chief))
        file_there, held = file_of(house, live, row.file).exists(), house.read(lambda s, row=row: s.get_one(Segment, row.id).legal_hold)
        assert file_there is held, "held and there, or deleted and not held"
    assert outcomes <= {"held", "NO_RECORDING"}


def race(house: House, live: LiveSession, chief: Identity) -> str:
    start, found = threading.Barrier(2), []
    with house.prison.app_context():
        sweep = recordings.deletions(house.prison.extensions["settings"].data_dir, recordings.copies())

    def delete() -> None:
        start.wait()
        house.write(lambda s: sweep(s, house.now))

    def hold() -> None:
        start.wait()
        try:
            house.write(lambda s: holds.set_hold(s, chief, s.get_one(LiveSession, live.id), "case", house.now))
            found.append("held")
        except Refused as refused:
            found.append(refused.codes[0])

    threads = [threading.Thread(target=work) for work in (delete, hold)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found[0]


def test_only_one_request_of_a_kind_is_open_however_many_ask_at_once(zones: House) -> None:
    house, now = zones, zones.now
    visit: LiveVisit = house.write(lambda s: (make_broker(s, now), make_live_visit(s, now))[1])
    live = ended(house, visit)
    stored(house, live, b"film")
    askers = [person(house, visit, Role.OFFICER) for _ in range(4)]
    start, found = threading.Barrier(len(askers)), []

    def ask(who: Identity) -> None:
        def work(session: Session) -> str:
            return exports.ask(session, who, session.get_one(LiveSession, live.id), "export", "why", "who", now).state

        start.wait()
        try:
            found.append(house.write(work))
        except Refused as refused:
            found.append(refused.codes[0])

    threads = [threading.Thread(target=ask, args=(who,)) for who in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["ALREADY_ASKED"] * 3 + ["asked"]

"""The chain over the audit: sealed in order, and every way of tampering found."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.conftest import House
from visitation.audit import chain
from visitation.audit.heads import Heads
from visitation.audit.models import AuditEntry, AuditSeal
from visitation.audit.queries import oldest_unsealed
from visitation.audit.sealing import BATCH, seal
from visitation.audit.service import record
from visitation.audit.sweeps import ChainRewritten, head_keeper
from visitation.audit.verifying import Verdict, verify
from visitation.kernel.identity import SYSTEM
from visitation.store.db import db

TRIGGERS = ("audit_entry_no_update", "audit_entry_no_delete", "audit_seal_no_update", "audit_seal_no_delete")


def write_entries(house: House, count: int) -> None:
    def work(session):  # type: ignore[no-untyped-def]
        for number in range(count):
            record(session, SYSTEM, "test.act", "thing", number, house.now, value=number, name="阿依古丽·买买提", part=0.25)

    house.write(work)


def sealed(house: House, count: int = 5) -> None:
    write_entries(house, count)
    while house.write(lambda session: seal(session, house.now)):
        pass


def check(house: House, heads: Heads | None = None, later: timedelta = timedelta(0)) -> Verdict:
    return house.read(lambda session: verify(session, house.now + later, heads.all() if heads else ()))  # type: ignore[no-any-return]


def tamper(house: House, *statements: str) -> None:
    """Somebody with the database's own password, who first removes the triggers."""

    with house.prison.app_context(), db.engine.connect().execution_options(writes=True) as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("PRAGMA query_only=OFF")
        for name in TRIGGERS:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        raw.execute("PRAGMA foreign_keys=ON")


def codes(verdict: Verdict) -> set[str]:
    return {fault.code for fault in verdict.faults}


def test_entries_are_sealed_in_order_and_verify(house: House) -> None:
    sealed(house, 5)
    verdict = check(house)
    assert verdict.intact
    assert verdict.links == 5
    rows = house.read(lambda session: [(row.number, row.entry_id) for row in session.query(AuditSeal).order_by(AuditSeal.number)])
    assert rows == [(number, number) for number in range(1, 6)]


def test_sealing_goes_on_where_it_stopped_in_batches(house: House) -> None:
    write_entries(house, BATCH + 1)
    assert house.write(lambda session: seal(session, house.now)) == BATCH
    assert house.write(lambda session: seal(session, house.now)) == 1
    assert house.write(lambda session: seal(session, house.now)) == 0
    assert check(house).intact


def test_an_entry_that_commits_late_is_sealed_too(house: House) -> None:
    def late(session, number):  # type: ignore[no-untyped-def]
        session.add(
            AuditEntry(
                id=number, at=house.now, zone="prison", actor_id=0, actor_roles="", actor_name="", act="late", subject_type="x", subject_id="1", detail={}
            )
        )

    house.write(lambda session: late(session, 7))
    house.write(lambda session: seal(session, house.now))
    house.write(lambda session: late(session, 3))
    assert house.write(lambda session: seal(session, house.now)) == 1
    assert check(house).intact


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry", "UPDATE audit_seal SET hash = 'x'", "DELETE FROM audit_seal"]
)
def test_the_database_refuses_to_change_the_audit(house: House, statement: str) -> None:
    sealed(house, 2)
    with pytest.raises(DatabaseError, match="only ever added to"):
        house.write(lambda session: session.execute(text(statement)))
    assert check(house).links == 2


@pytest.mark.parametrize(
    "column",
    ["at", "zone", "actor_id", "actor_roles", "actor_name", "assisted_by", "prison_id", "act", "subject_type", "subject_id", "detail"],
)
def test_every_edited_column_is_found(house: House, column: str) -> None:
    sealed(house)
    value = {"detail": "'{\"value\": 9}'", "at": "'2020-01-01 00:00:00.000000'"}.get(column, "77")
    tamper(house, f"UPDATE audit_entry SET {column} = {value} WHERE id = 3")
    verdict = check(house)
    assert codes(verdict) == {"HASH"}
    assert verdict.faults[0].at == 3


@pytest.mark.parametrize("number", range(1, 5))
def test_a_deleted_entry_is_found(house: House, number: int) -> None:
    sealed(house)
    tamper(house, f"DELETE FROM audit_entry WHERE id = {number}")
    assert codes(check(house)) == {"ENTRY_MISSING"}


def test_a_deleted_link_with_its_entry_is_found(house: House) -> None:
    sealed(house)
    tamper(house, "DELETE FROM audit_seal WHERE number = 3", "DELETE FROM audit_entry WHERE id = 3")
    assert codes(check(house)) == {"NUMBER", "PREVIOUS"}


def test_two_entries_that_changed_places_are_found(house: House) -> None:
    sealed(house)
    tamper(
        house,
        "UPDATE audit_seal SET entry_id = 99 WHERE number = 2",
        "UPDATE audit_seal SET entry_id = 2 WHERE number = 3",
        "UPDATE audit_seal SET entry_id = 3 WHERE number = 2",
    )
    assert codes(check(house)) == {"HASH"}


def test_an_entry_put_in_afterwards_is_found_when_nobody_seals_it(house: House) -> None:
    sealed(house)
    write_entries(house, 1)
    assert check(house).intact
    assert codes(check(house, later=timedelta(seconds=6))) == {"UNSEALED"}


def test_a_cut_chain_is_found_by_the_head_outside_the_database(house: House, tmp_path: Path) -> None:
    heads = Heads(tmp_path / "audit")
    sealed(house)
    house.write(lambda session: head_keeper(heads)(session, house.now))
    assert check(house, heads).intact
    tamper(house, "DELETE FROM audit_seal WHERE number > 3", "DELETE FROM audit_entry WHERE id > 3")
    assert check(house).intact, "nothing inside the database tells"
    assert codes(check(house, heads)) == {"HEAD"}


def test_a_chain_that_was_made_anew_is_found_and_the_head_is_not_overwritten(house: House, tmp_path: Path) -> None:
    heads = Heads(tmp_path / "audit")
    keep = head_keeper(heads)
    sealed(house)
    house.write(lambda session: keep(session, house.now))
    tamper(house, "DELETE FROM audit_seal", "UPDATE audit_entry SET actor_name = 'somebody else' WHERE id = 2")
    house.write(lambda session: seal(session, house.now))
    sealed(house, 3)
    assert check(house).intact
    before = heads.newest.read_text()
    with pytest.raises(ChainRewritten):
        house.write(lambda session: keep(session, house.now))
    assert heads.newest.read_text() == before
    assert codes(check(house, heads)) == {"HEAD"}


def test_one_head_a_day_is_kept_for_good(house: House, tmp_path: Path) -> None:
    heads = Heads(tmp_path / "audit")
    keep = head_keeper(heads)
    for _day in range(2):
        for _turn in range(2):
            sealed(house, 1)
            house.write(lambda session: keep(session, house.now))
        house.clock.advance(timedelta(days=1))
    lines = [json.loads(line)["number"] for line in heads.daily.read_text().splitlines()]
    assert lines == [1, 3]
    last = heads.last()
    assert last is not None
    assert last.number == 4


def test_the_age_of_what_is_not_sealed(house: House) -> None:
    assert house.read(oldest_unsealed) is None
    write_entries(house, 1)
    assert house.read(oldest_unsealed) == house.now
    sealed(house, 0)
    assert house.read(oldest_unsealed) is None


def test_a_link_depends_on_everything_before_it() -> None:
    one = chain.link(chain.FIRST, 1, {"a": 1})
    assert one != chain.link(chain.FIRST, 2, {"a": 1}) != chain.link(one, 2, {"a": 1})
    assert chain.canonical({"b": 1, "a": "会见"}) == '{"a":"会见","b":1}'.encode()

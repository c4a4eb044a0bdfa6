"""The store: one commit, reading that cannot write, turns that are fair, seals that do not open elsewhere."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_visitor
from visitation.kernel.errors import Refused
from visitation.people import queries as people
from visitation.people.models import Prison, Visitor
from visitation.store import outbox
from visitation.store.sealed import vault_from
from visitation.store.transaction import perform, reader
from visitation.store.turn import Turnstile


def a_prison(session: Session, code: str = "A") -> int:
    row = Prison(code=code, name="甲监狱", name_en="First Prison", province="示例省", phone="0000-1234567")
    session.add(row)
    session.flush()
    return row.id


def test_a_refusal_leaves_nothing_behind(house: House) -> None:
    def work(session: Session) -> None:
        a_prison(session)
        raise Refused("NO")

    with pytest.raises(Refused):
        house.write(work)
    assert house.read(lambda session: session.scalar(select(func.count(Prison.id)))) == 0


def test_reading_cannot_write(house: House) -> None:
    with house.family.app_context(), pytest.raises(OperationalError, match="readonly"):
        a_prison(reader())


def test_facts_read_before_are_read_again_inside(house: House) -> None:
    house.write(a_prison)
    with house.family.app_context():
        prison = reader().scalar(select(Prison))
        assert prison is not None
        with house.prison.app_context():
            perform(lambda session: session.scalar(select(Prison)).__setattr__("phone", "1"))  # type: ignore[union-attr]
        assert perform(lambda _session: prison.phone) == "1"


def test_updates_are_not_lost_between_threads(house: House) -> None:
    prison_id = house.write(a_prison)

    def add_one() -> None:
        with house.prison.app_context():
            for _ in range(20):
                perform(lambda session: setattr(session.get(Prison, prison_id), "uplink_sessions", session.get(Prison, prison_id).uplink_sessions + 1))  # type: ignore[union-attr]

    threads = [threading.Thread(target=add_one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert house.read(lambda session: session.get(Prison, prison_id).uplink_sessions) == 20 + 100


def test_turns_are_first_come_first_served(tmp_path: Path) -> None:
    turnstile = Turnstile(str(tmp_path / "lock"))
    order: list[int] = []
    inside = threading.Event()

    def take(number: int) -> None:
        with turnstile.writing():
            order.append(number)

    with turnstile.writing():
        threads = []
        for number in range(8):
            thread = threading.Thread(target=take, args=(number,))
            thread.start()
            threads.append(thread)
            while len(turnstile._waiting) < number + 2:
                inside.wait(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_a_number_is_sealed_and_found_by_its_index(house: House) -> None:
    def add(session: Session) -> int:
        row = Visitor(name="甲", document_kind="resident_id", document_number="990101190001010018", birth_date=date(1900, 1, 1), created_at=house.now)
        session.add(row)
        session.flush()
        return row.id

    visitor_id = house.write(add)
    with house.family.app_context():
        row = reader().get(Visitor, visitor_id)
        assert row is not None
        assert row.document_number == "990101190001010018"
        assert b"990101" not in (row.document_number_box or b"")
        assert row.document_number_index == house.family.extensions["vault"].index("resident_id\0990101190001010018", "document_number")


def test_two_kinds_of_documents_may_share_a_number_and_one_kind_may_not(house: House) -> None:
    def add(kind: str) -> int:
        return house.write(lambda session: make_visitor(session, document_kind=kind, document_number="12345678").id)

    passport, permit = add("passport"), add("tw_travel")
    with pytest.raises(IntegrityError):
        add("passport")

    def find(session: Session) -> tuple[int, int, list[int]]:
        by = people.visitor_by_document
        found = by(session, "passport", "12345678"), by(session, "tw_travel", "12345678")
        assert by(session, "hm_travel", "12345678") is None
        return found[0].id, found[1].id, [row.id for row in people.visitors_by_number(session, "12345678")]

    assert house.read(find) == (passport, permit, [passport, permit])


def test_a_number_is_not_indexed_before_its_kind_is_known(house: House) -> None:
    with house.prison.app_context(), pytest.raises(ValueError, match="document_kind"):
        Visitor(name="甲", document_number="12345678", document_kind="passport")


def test_a_box_does_not_open_in_another_place() -> None:
    keys = "a:" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    vault = vault_from(keys, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    box = vault.seal(b"secret", "visitor.mobile", "row-1")
    assert vault.open(box, "visitor.mobile", "row-1") == b"secret"
    for field, row in (("visitor.mobile", "row-2"), ("account.mobile", "row-1")):
        with pytest.raises(InvalidTag):
            vault.open(box, field, row)


def test_old_keys_still_open_after_a_new_one_is_current() -> None:
    index = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    box = vault_from(f"a:{index}", index).seal(b"secret", "f", "r")
    newer = vault_from("b:" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=" + f",a:{index}", index)
    assert newer.open(box, "f", "r") == b"secret"
    assert newer.seal(b"x", "f", "r").startswith(b"b\0")


def test_the_outbox_leases_settles_and_tries_again(house: House) -> None:
    now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    house.write(lambda session: outbox.put(session, "letter", {"to": 1}, now))
    taken = house.write(lambda session: outbox.take(session, now))
    assert [(topic, payload) for _id, topic, payload in taken] == [("letter", {"to": 1})]
    assert house.write(lambda session: outbox.take(session, now)) == [], "leased to the first worker"
    row_id = taken[0][0]
    house.write(lambda session: outbox.settle(session, row_id, now, error="line down"))
    later = now + outbox.LEASE
    assert [row[0] for row in house.write(lambda session: outbox.take(session, later))] == [row_id]
    house.write(lambda session: outbox.settle(session, row_id, later))
    assert house.write(lambda session: outbox.take(session, later + outbox.LEASE)) == []

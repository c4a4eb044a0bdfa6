"""Who may write to the database, and connections that the server has closed."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.conftest import House
from visitation.store import engine
from visitation.store.transaction import perform, reader

CLOSE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
CHANGE = text("UPDATE prison SET phone = phone")


def test_only_a_transaction_that_says_so_may_write(either: House) -> None:
    with either.prison.app_context():
        for _ in range(2):  # the pool gives the same connection to a reader, then to a writer, then to a reader again
            with pytest.raises(DBAPIError, match=r"read-?only"):
                reader().execute(CHANGE)
            reader().rollback()
            perform(lambda session: session.execute(CHANGE))


def closed_by_the_server(url: str) -> None:
    """Fill the pool, and let the server close what rests in it."""
    reader().scalar(text("SELECT 1"))
    reader().rollback()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
        ended = other.execute(CLOSE).fetchall()
    assert ended


def test_a_connection_that_has_rested_is_asked_first(zones: House, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with zones.prison.app_context():
        monkeypatch.setattr(engine, "DOUBTFUL", -1.0)
        closed_by_the_server(postgres_url)
        assert reader().scalar(text("SELECT 1")) == 1


def test_one_in_use_shows_that_all_have_gone(zones: House, postgres_url: str) -> None:
    with zones.prison.app_context():
        closed_by_the_server(postgres_url)
        with pytest.raises(OperationalError):
            reader().scalar(text("SELECT 1"))
        reader().rollback()
        assert reader().scalar(text("SELECT 1")) == 1

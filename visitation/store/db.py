"""The database seen from Python: the typed base, the extension, and the column types of the house."""

from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, DateTime, Engine, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python, naive UTC in the database, so that both engines compare it as plain text or timestamp."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was given to the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table. Datetime columns are UtcDateTime unless they say otherwise."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime})


ENGINE = "engine"
"""Key in a session's info: the engine of the transaction it is in, where that is not the one for reading."""


class HouseSession(FlaskSession):
    """A session that writes through the engine its transaction names (store/transaction.py), and reads through the application's."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **rest: Any) -> Engine | Connection:
        chosen: Engine | Connection | None = bind if bind is not None else self.info.get(ENGINE)
        return self._db.engine if chosen is None else chosen


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": HouseSession, "expire_on_commit": False, "autoflush": True})

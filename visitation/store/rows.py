"""Rows written by one plain statement and still known to the session as objects: for what is done hundreds of times a second.

The unit of work is right for nearly everything; it costs about five times as much a row.
"""

from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Insert, Update, bindparam, insert, inspect, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from visitation.store.db import Base
from visitation.store.transaction import run

Row = TypeVar("Row", bound=Base)


@lru_cache(maxsize=64)
def _insert(model: type[Base]) -> Insert:
    table: Any = model.__table__
    (key,) = inspect(model).primary_key
    return insert(table).returning(key)


@lru_cache(maxsize=256)
def _update(model: type[Base], names: tuple[str, ...]) -> Update:
    table: Any = model.__table__
    (key,) = inspect(model).primary_key
    return update(table).where(key == bindparam("the_key")).values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})


def add_row(session: Session, row: Row) -> Row:
    """Insert `row`, whose plain columns are set or have no default, at once; it comes back with its number, like one that was read.

    Its relationships are read when they are asked for: none of them is written. The model has one key column.
    """
    mapper: Any = inspect(type(row))
    (key,) = mapper.primary_key
    values = {name: value for name, value in vars(row).items() if name in mapper.columns}
    number = run(session, _insert(type(row)), values).scalar_one()
    set_committed_value(row, mapper.get_property_by_column(key).key, number)
    make_transient_to_detached(row)
    session.add(row)
    return row


def change_row(session: Session, row: Base, **values: Any) -> None:
    """Set columns of a row at once; the object shows them, and the unit of work has nothing left to do."""
    mapper: Any = inspect(type(row))
    (key,) = mapper.primary_key_from_instance(row)
    names = tuple(sorted(values))
    run(session, _update(type(row), names), {"the_key": key, **{f"new_{name}": value for name, value in values.items()}})
    for name in names:
        set_committed_value(row, name, values[name])

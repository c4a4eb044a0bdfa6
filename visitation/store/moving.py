"""Rows that name a person who turns out to be another one: what each room has of them, and how it goes along when two records become one (rules.md §5.20).

Every foreign key to a person belongs to exactly one part; a test walks all tables and fails on one that nobody answers for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from visitation.kernel.errors import Refusal

Count = Callable[[Session, int], int]
Move = Callable[[Session, int, int, datetime], None]
Clashes = Callable[[Session, int, int, datetime], Sequence[Refusal]]


def no_clash(_session: Session, _keep: int, _gone: int, _now: datetime) -> Sequence[Refusal]:
    return ()


@dataclass(frozen=True)
class Part:
    """What one room has of somebody. kind: inmate, visitor, account or kinship, whose ids `move(session, keep, gone, now)` and the others get.

    columns: the foreign keys it answers for, as `table.column`. word: what a page calls these rows (lazy; None: they are not counted aloud).
    clashes: what has to be settled before, with refusals by name.
    """

    kind: str
    columns: tuple[str, ...]
    word: Any
    count: Count
    move: Move
    clashes: Clashes = no_clash


def named(kind: str, word: Any, *columns: Any) -> Part:
    """Rows that name somebody in plain columns (mapped attributes) and need nothing but another number there."""

    def count(session: Session, number: int) -> int:
        return sum(session.scalar(select(func.count()).where(column == number)) or 0 for column in columns)

    def move(session: Session, keep: int, gone: int, _now: datetime) -> None:
        for column in columns:
            session.execute(update(column.class_).where(column == gone).values({column.key: keep}))

    return Part(kind, tuple(place(column) for column in columns), word, count, move)


def stays(kind: str, *columns: Any) -> Part:
    """Rows that remain with the old record, as a part of its history."""
    return Part(kind, tuple(place(column) for column in columns), None, lambda _session, _number: 0, lambda *_given: None)


def place(column: Any) -> str:
    """`table.column` of a mapped attribute."""
    return f"{column.class_.__tablename__}.{column.property.columns[0].name}"

"""When and where visits can be: terminals, weekly templates, closures, the working calendar and the duty roster."""

import secrets
from datetime import date, datetime, time

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.store.db import Base


class Timetable(Base):
    """One row a prison, only to be locked: shared by bookings, exclusively by changes of the timetable. `version` counts the changes.

    `mark`: another random number after every change of anything that places and rules are made of, set by triggers (marks.py) and nobody else.
    """

    __tablename__ = "timetable"

    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    mark: Mapped[int] = mapped_column(BigInteger, default=lambda: secrets.randbits(53))


class Terminal(Base):
    """A screen with a camera in a visiting room. `seen_at` is its last heartbeat.

    offline_since, offline_until: written by the sweep when it has fallen silent (policy terminal_offline); until then it has no places.
    """

    __tablename__ = "terminal"
    __table_args__ = (UniqueConstraint("prison_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    name: Mapped[str] = mapped_column(String(40))
    room: Mapped[str] = mapped_column(String(60), default="")
    in_service: Mapped[bool] = mapped_column(default=True)
    seen_at: Mapped[datetime | None]
    offline_since: Mapped[datetime | None]
    offline_until: Mapped[datetime | None]


class Template(Base):
    """A weekly row: on `weekday` (0 Monday) visits of `kind` start every (minutes + turnaround) from `opens` until they no longer end by `closes`.

    Wall-clock times in Asia/Shanghai. valid_to is included; open end while None. `stagger`: minutes by which each terminal starts later than the one
    before it in the list, so that not all check-ins of an officer fall on one moment. `every_weeks`: 2 is every other week, counted from the week of
    valid_from. wards, levels: ids of wards and codes of levels that are admitted; empty admits everybody.
    """

    __tablename__ = "template"
    __table_args__ = (
        Index("ix_template_prison", "prison_id", "kind"),
        CheckConstraint("closes > opens", name="ordered"),
        CheckConstraint("every_weeks >= 1", name="every_weeks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    kind: Mapped[str] = mapped_column(String(20))
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]
    minutes: Mapped[int]
    turnaround: Mapped[int]
    stagger: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    every_weeks: Mapped[int] = mapped_column(default=1)
    wards: Mapped[list[int]] = mapped_column(JSON, default=list)
    levels: Mapped[list[str]] = mapped_column(JSON, default=list)
    terminals: Mapped[list["TemplateTerminal"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class TemplateTerminal(Base):
    __tablename__ = "template_terminal"

    template_id: Mapped[int] = mapped_column(ForeignKey("template.id"), primary_key=True)
    terminal_id: Mapped[int] = mapped_column(ForeignKey("terminal.id"), primary_key=True)


class Closure(Base):
    """No visits from `starts_at` to `ends_at`: in the whole prison, or of one ward, or at one terminal."""

    __tablename__ = "closure"
    __table_args__ = (Index("ix_closure_prison", "prison_id", "ends_at"), CheckConstraint("ends_at > starts_at", name="ordered"))

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    terminal_id: Mapped[int | None] = mapped_column(ForeignKey("terminal.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class CalendarDay(Base):
    """What an administrator says of a day, over what the published calendar says; prison_id None: for all prisons.

    as_weekday: the weekday (0 Monday) whose templates run on it, for a make-up day; None: its own.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("day", "prison_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    prison_id: Mapped[int | None] = mapped_column(ForeignKey("prison.id"))
    working: Mapped[bool]
    as_weekday: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(100), default="")


class WardHours(Base):
    """What the timetable says of a ward: the weekdays (0 Monday) of its family visits and calls, empty for all; and how many minutes after the
    prison's time of release its own places are released, so that not everybody comes at once (rules.md §1)."""

    __tablename__ = "ward_hours"

    ward_id: Mapped[int] = mapped_column(ForeignKey("ward.id"), primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"), index=True)
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    release_minutes: Mapped[int] = mapped_column(default=0)


class Duty(Base):
    """An officer on duty: may watch `lanes` sessions at once from `starts_at` to `ends_at`."""

    __tablename__ = "duty"
    __table_args__ = (Index("ix_duty_prison", "prison_id", "starts_at"), CheckConstraint("ends_at > starts_at", name="ordered"))

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lanes: Mapped[int]

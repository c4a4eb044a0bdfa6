"""The legal resource directory (法治资源地图): institutions that help, and where they are."""

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from visitation.kernel.ids import reference
from visitation.store.db import Base


class Institution(Base):
    """One institution. kind: see rules.KINDS. place_code: the county it stands in (GB/T 2260). latitude and longitude in degrees; `exact` is False
    where they are those of the county's seat, because nobody knew better. checked_on: the day somebody last made sure that the entry is true.
    """

    __tablename__ = "institution"
    __table_args__ = (Index("ix_institution_kind", "kind", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    place_code: Mapped[str] = mapped_column(String(6))
    address: Mapped[str] = mapped_column(String(200))
    latitude: Mapped[float]
    longitude: Mapped[float]
    exact: Mapped[bool] = mapped_column(default=False)
    phone: Mapped[str] = mapped_column(String(40))
    hours: Mapped[str] = mapped_column(String(120), default="")
    services: Mapped[str] = mapped_column(Text, default="")
    checked_on: Mapped[date]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

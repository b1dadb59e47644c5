"""The municipality's own table of what things cost: object templates in versions, and finished projects to compare with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, JsonValue, Moment, OreAmount, ore_check


class ObjectTemplate(Base):
    """One version of a template; a stored one never changes. `content` is `object_templates.to_json`, whole öre."""

    __tablename__ = "object_template"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    added_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class ReferenceObject(Base):
    """A finished project; `removed_at` takes it out of comparisons and keeps it for the history."""

    __tablename__ = "reference_object"
    __table_args__ = (
        *ore_check("outlay_ore"),
        CheckConstraint("outlay_ore > 0", name="outlay_positive"),
        CheckConstraint(
            "(area_m2 IS NULL OR area_m2 > 0) AND (places IS NULL OR places > 0) AND (length_m IS NULL OR length_m > 0)",
            name="sizes_positive",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    object_type: Mapped[str] = mapped_column(String(40), index=True)
    year: Mapped[int]
    outlay_ore: Mapped[int] = mapped_column(OreAmount)
    price_level_year: Mapped[int]
    area_m2: Mapped[int | None]
    places: Mapped[int | None]
    length_m: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(200), default="")
    added_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)

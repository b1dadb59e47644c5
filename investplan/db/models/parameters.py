"""Parameter sets: conventions and rates, versioned; a set in use never changes."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, JsonValue
from investplan.domain.parameters import Parameters


class ParameterSet(Base):
    """One version of all conventions and rates (`domain.parameters.Parameters` as JSON).

    `notes` are source and confidence of single values by name (`domain.parameter_notes`); NULL where none was stated.
    """

    __tablename__ = "parameter_set"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(Text, default="")
    values: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    notes: Mapped[dict[str, dict[str, str]] | None] = mapped_column(JsonValue)

    @cached_property
    def parameters(self) -> Parameters:
        """What the set says, also where it was stored in an earlier schema: read once, since a stored set never changes."""
        return Parameters.from_json(self.values)

    @property
    def label(self) -> str:
        return f"{self.name} v{self.version}"

"""Imports of files: what came, how it was read, and the report per row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from investplan.db.base import Base, JsonValue, Moment


class ImportBatch(Base):
    """One file taken in, all or nothing. `report` tells of every row what was taken, changed or refused, and why."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    state: Mapped[str] = mapped_column(String(20))
    counts: Mapped[dict[str, int]] = mapped_column(JsonValue)
    report: Mapped[list[dict[str, Any]]] = deferred(mapped_column(JsonValue))
    imported_by: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(Moment)

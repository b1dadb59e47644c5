"""The table of accounts for SIE files, and budgets that were read in from files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, JsonValue, Moment, one_of
from investplan.domain.accounts import RowKind
from investplan.domain.parameter_descriptions import Confidence


class AccountMapping(Base):
    """Which account the rows of one kind are written on. A kind without a row has the seeded account."""

    __tablename__ = "account_mapping"
    __table_args__ = (one_of("kind", RowKind), one_of("confidence", Confidence))

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    account: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    confidence: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)


class BudgetImport(Base):
    """A file that set the committees' base frames, all or nothing. `lines` tells what each responsibility gave."""

    __tablename__ = "budget_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[str] = mapped_column(Text, default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JsonValue)
    imported_by: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(Moment)

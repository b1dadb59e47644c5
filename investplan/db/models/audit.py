"""The append-only record of every change, and the keys by which a repeated request is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, JsonValue, Moment


class AuditEntry(Base):
    """Who did what, when, from what to what, and why; each row's hash covers the one before it."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(80))
    noun: Mapped[str] = mapped_column(String(40), index=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
    reason: Mapped[str] = mapped_column(Text, default="")
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class IdempotencyKey(Base):
    """A create that was carried out: the same key again answers with the same record."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("actor_id", "action", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(80))
    body_hash: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)

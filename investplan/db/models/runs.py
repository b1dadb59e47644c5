"""Runs of the optimiser, and the outbox through which they reach the queue."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment, one_of
from investplan.db.models.scenarios import Scenario


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Run(Base):
    """One solve: what was asked (frozen at the first claim), whose it is now (attempt, lease), and the answer.

    `value`, `bound` and `gap` are decimal text, so that page, JSON and Excel print the same figures.
    """

    __tablename__ = "run"
    __table_args__ = (
        one_of("state", RunState),
        # One active run per scenario: the lock against double submits and a flooded queue.
        Index(
            "uq_run_active",
            "scenario_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=RunState.QUEUED.value)
    requested_by: Mapped[int]
    requested_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    max_seconds: Mapped[int] = mapped_column(default=60)
    gap_target: Mapped[str] = mapped_column(String(20), default="0.0001")
    solver: Mapped[str] = mapped_column(String(10), default="highs")
    seed: Mapped[int] = mapped_column(default=0)
    parameter_set_id: Mapped[int | None] = mapped_column(ForeignKey("parameter_set.id"))
    software_version: Mapped[str] = mapped_column(String(20), default="")
    case_sha256: Mapped[str | None] = mapped_column(String(64))
    case_bytes: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    snapshot: Mapped[dict[str, Any] | None] = deferred(mapped_column(JsonValue))
    progress: Mapped[dict[str, Any]] = mapped_column(JsonValue, default=dict)
    status: Mapped[str | None] = mapped_column(String(20))
    value: Mapped[str | None] = mapped_column(String(40))
    bound: Mapped[str | None] = mapped_column(String(40))
    gap: Mapped[str | None] = mapped_column(String(40))
    plan: Mapped[dict[str, Any] | None] = deferred(mapped_column(JsonValue))
    message: Mapped[str] = mapped_column(Text, default="")

    scenario: Mapped[Scenario] = relationship(lazy="joined")


class Outbox(Base):
    """Messages to send once their transaction has committed; the relay deletes what it has handed over."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)

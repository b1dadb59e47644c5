"""Studies: families of re-solves from a run's plan, in parts that workers take, with every answer as it comes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment, one_of
from investplan.db.models.runs import Run


class StudyKind(StrEnum):
    OPERATING = "operating"
    CEILING = "ceiling"
    DIFFERENT = "different"
    STABILITY = "stability"
    ROBUSTNESS = "robustness"
    ANSWERS = "answers"


class StudyState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ChunkState(StrEnum):
    WAITING = "waiting"  # for the opening part
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Study(Base):
    """What is asked about a run's plan. The run's case is frozen, so the study needs no copy of it.

    `parameters` are those of the family; `gap_target` (a share, decimal text) and `member_seconds` are for each member.
    """

    __tablename__ = "study"
    __table_args__ = (
        one_of("kind", StudyKind),
        one_of("state", StudyState),
        # One active study per run: the lock against double submits and a flooded queue.
        Index(
            "uq_study_active",
            "run_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=StudyState.QUEUED.value)
    parameters: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    gap_target: Mapped[str] = mapped_column(String(20))
    member_seconds: Mapped[int]
    seed: Mapped[int] = mapped_column(default=0)
    software_version: Mapped[str] = mapped_column(String(20), default="")
    member_count: Mapped[int]
    answered_count: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[int]
    requested_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    message: Mapped[str] = mapped_column(Text, default="")

    run: Mapped[Run] = relationship(lazy="joined")


class StudyChunk(Base):
    """A part of neighbouring members, whose it is now (attempt, lease) and how often its worker was lost in a row.

    The others wait for the `opening` part, where there is one, and start from its answers.
    """

    __tablename__ = "study_chunk"
    __table_args__ = (one_of("state", ChunkState), UniqueConstraint("study_id", "first_number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    first_number: Mapped[int]
    size: Mapped[int]
    opening: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(20), default=ChunkState.QUEUED.value)
    attempt: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)

    study: Mapped[Study] = relationship(lazy="joined")

    @property
    def numbers(self) -> range:
        return range(self.first_number, self.first_number + self.size)


class StudyMember(Base):
    """An answered member: what was changed (empty where there was nothing to ask), and what is kept of the answer.

    `state` is the answer's status, or `skipped`.
    """

    __tablename__ = "study_member"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    chunk_id: Mapped[int] = mapped_column(ForeignKey("study_chunk.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    change: Mapped[dict[str, Any]] = deferred(mapped_column(JsonValue, nullable=False))
    answer: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    answered_at: Mapped[datetime] = mapped_column(Moment)

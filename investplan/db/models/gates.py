"""Gates: a municipality's table in versions, the moves that were made under them, and money asked for to investigate."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment, OreAmount, one_of, ore_check
from investplan.db.models.organisations import Organisation
from investplan.db.models.proposals import Proposal
from investplan.domain.gates import MoveKind, RequestState
from investplan.domain.proposals import Stage


class GateTableVersion(Base):
    """One version of the municipality's gates (`domain.gates.GateTable` as JSON); never changed. The newest holds."""

    __tablename__ = "gate_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    values: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    made_by: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Moment)


class StageMove(Base):
    """A move that was made, with the decision behind it; never changed.

    `amount_ore` is what the body decided. `not_before_year` is a postponement's new earliest start. `sunk_ore` is what
    a cancelled investigation has cost, to be expensed by `sunk_organisation` in `sunk_year` (domain reference 1.1).
    """

    __tablename__ = "stage_move"
    __table_args__ = (
        one_of("kind", MoveKind),
        one_of("from_stage", Stage),
        one_of("to_stage", Stage),
        *ore_check("amount_ore", "sunk_ore"),
        CheckConstraint("sunk_ore IS NULL OR sunk_ore >= 0", name="sunk_positive"),
        Index("ix_stage_move_by_kind", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    gate_table_id: Mapped[int] = mapped_column(ForeignKey("gate_table.id"))
    kind: Mapped[str] = mapped_column(String(20))
    from_stage: Mapped[str] = mapped_column(String(30))
    to_stage: Mapped[str] = mapped_column(String(30))
    from_status: Mapped[str] = mapped_column(String(20))
    to_status: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(String(80), default="")
    decided_on: Mapped[date | None]
    paragraph: Mapped[str] = mapped_column(String(20), default="")
    amount_ore: Mapped[int | None] = mapped_column(OreAmount)
    conditions: Mapped[str] = mapped_column(Text, default="")
    protocol: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    not_before_year: Mapped[int | None]
    sunk_ore: Mapped[int | None] = mapped_column(OreAmount)
    sunk_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    sunk_year: Mapped[int | None]
    moved_by: Mapped[int]
    moved_by_name: Mapped[str] = mapped_column(String(120))
    moved_at: Mapped[datetime] = mapped_column(Moment)

    proposal: Mapped[Proposal] = relationship()
    gate_table: Mapped[GateTableVersion] = relationship(lazy="joined")
    sunk_organisation: Mapped[Organisation | None] = relationship(lazy="joined")

    @property
    def decision(self) -> str:
        """How minutes cite it: `Kommunstyrelsen 2026-11-23 § 214`; empty where no decision was stated."""
        if self.decided_on is None:
            return ""
        number = f" § {self.paragraph}" if self.paragraph else ""
        return f"{self.body} {self.decided_on.isoformat()}{number}"


class InvestigationRequest(Base):
    """Money asked for to investigate a proposal in one year: running cost of the committee, never part of the outlay."""

    __tablename__ = "investigation_request"
    __table_args__ = (
        one_of("state", RequestState),
        *ore_check("amount_ore"),
        CheckConstraint("amount_ore > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    amount_ore: Mapped[int] = mapped_column(OreAmount)
    purpose: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(20), default=RequestState.ASKED.value)
    body: Mapped[str] = mapped_column(String(80), default="")
    decided_on: Mapped[date | None]
    paragraph: Mapped[str] = mapped_column(String(20), default="")
    version: Mapped[int] = mapped_column(default=1)
    asked_by: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(Moment)

    proposal: Mapped[Proposal] = relationship()
    organisation: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def decision(self) -> str:
        """The decision as minutes cite it; empty before there is one."""
        if self.decided_on is None:
            return ""
        return f"{self.body} {self.decided_on.isoformat()} § {self.paragraph}"

"""Consultations: what was asked of whom, the replies as they were given, and what the asker answered.

A reply is never changed (triggers): a new one supersedes it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment, OreAmount, one_of, ore_check
from investplan.db.models.organisations import Organisation
from investplan.db.models.proposals import Proposal
from investplan.domain.consultations import ConsultationState, Decider, Outcome, Stance
from investplan.domain.proposals import OperatingKind


class QuestionSet(Base):
    """A municipality's own questions and rules; a code without a row has the seeded ones."""

    __tablename__ = "question_set"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    questions: Mapped[list[str]] = mapped_column(JsonValue)
    categories: Mapped[list[str]] = mapped_column(JsonValue)
    districts: Mapped[list[str]] = mapped_column(JsonValue)
    organisations: Mapped[list[str]] = mapped_column(JsonValue)
    version: Mapped[int] = mapped_column(default=1)


class Consultation(Base):
    """A proposal sent out for opinions. `questions` are kept as they were asked; `asked_version` is the proposal's.

    While one that `discloses` is open, those asked read what the proposal has marked secret.
    """

    __tablename__ = "consultation"
    __table_args__ = (one_of("state", ConsultationState),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    asked_version: Mapped[int]
    question_set: Mapped[str] = mapped_column(String(40), default="")
    questions: Mapped[list[str]] = mapped_column(JsonValue)
    text: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default=ConsultationState.OPEN.value)
    discloses: Mapped[bool] = mapped_column(default=False)
    asked_by: Mapped[int]
    asked_by_name: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    proposal: Mapped[Proposal] = relationship(lazy="joined")
    parties: Mapped[list[ConsultationParty]] = relationship(
        back_populates="consultation", lazy="selectin", order_by="ConsultationParty.position"
    )


class ConsultationParty(Base):
    """A committee or company that is asked. A gate waits for the reply of an `affected` one."""

    __tablename__ = "consultation_party"
    __table_args__ = (UniqueConstraint("consultation_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    position: Mapped[int]
    affected: Mapped[bool] = mapped_column(default=False)

    consultation: Mapped[Consultation] = relationship(back_populates="parties", lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    replies: Mapped[list[Reply]] = relationship(
        back_populates="party", lazy="selectin", order_by="Reply.id.desc()"
    )
    reminders: Mapped[list[Reminder]] = relationship(lazy="selectin", order_by="Reminder.id")
    draft: Mapped[ReplyDraft | None] = relationship(lazy="selectin")


class Reminder(Base):
    """A party was reminded; `sent_by` None is the daily job."""

    __tablename__ = "consultation_reminder"
    __table_args__ = (UniqueConstraint("party_id", "reminded_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("consultation_party.id"))
    reminded_on: Mapped[date]
    sent_by: Mapped[int | None]


class Reply(Base):
    """What a party answered, as it was given. `rows_entered`: its rows became part of the proposal when it was given."""

    __tablename__ = "reply"
    __table_args__ = (one_of("stance", Stance), one_of("decider", Decider))

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("consultation_party.id"), index=True)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id"))
    stance: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    answers: Mapped[list[str]] = mapped_column(JsonValue)
    decider: Mapped[str] = mapped_column(String(20))
    decided_on: Mapped[date]
    paragraph: Mapped[str] = mapped_column(String(40), default="")
    proposal_version: Mapped[int]
    rows_entered: Mapped[bool] = mapped_column(default=False)
    on_behalf_note: Mapped[str] = mapped_column(String(400), default="")
    given_by: Mapped[int]
    given_by_name: Mapped[str] = mapped_column(String(120))
    given_at: Mapped[datetime] = mapped_column(Moment)

    party: Mapped[ConsultationParty] = relationship(back_populates="replies", lazy="joined")
    rows: Mapped[list[ReplyCost]] = relationship(lazy="selectin", order_by="ReplyCost.position")
    answer: Mapped[ReplyAnswer | None] = relationship(lazy="selectin")


class ReplyCost(Base):
    """A cost row as the reply states it; `alternative` None is every alternative."""

    __tablename__ = "reply_cost"
    __table_args__ = (
        *ore_check("annual_ore"),
        one_of("kind", OperatingKind),
        CheckConstraint("starts_after_months BETWEEN -360 AND 360", name="start_sane"),
        CheckConstraint("lasts_months IS NULL OR lasts_months BETWEEN 1 AND 1200", name="length_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id"), index=True)
    position: Mapped[int]
    alternative: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    annual_ore: Mapped[int] = mapped_column(OreAmount)
    starts_after_months: Mapped[int] = mapped_column(default=0)
    lasts_months: Mapped[int | None]
    internal: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(200), default="")


class ReplyDraft(Base):
    """A reply that is being written: the form's text as it was typed, whatever it says."""

    __tablename__ = "reply_draft"

    party_id: Mapped[int] = mapped_column(ForeignKey("consultation_party.id"), primary_key=True)
    typed: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    saved_by_name: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)


class ReplyAnswer(Base):
    """What the asker says of a reply; `rows_removed`: its cost rows were taken out of the proposal, for that reason."""

    __tablename__ = "reply_answer"
    __table_args__ = (one_of("outcome", Outcome),)

    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    rows_removed: Mapped[bool] = mapped_column(default=False)
    answered_by_name: Mapped[str] = mapped_column(String(120))
    answered_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

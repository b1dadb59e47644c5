"""Parts of a proposal that are marked secret."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, Moment, one_of
from investplan.domain.secrecy import SecretPart


class SecrecyMark(Base):
    """One part of one proposal, with the law that the mark leans on."""

    __tablename__ = "secrecy_mark"
    __table_args__ = (one_of("part", SecretPart),)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(30), primary_key=True)
    basis: Mapped[str] = mapped_column(String(200))
    marked_by: Mapped[str] = mapped_column(String(120))
    marked_at: Mapped[datetime] = mapped_column(Moment)

"""Comments on proposals, and whom they mention."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, Moment
from investplan.db.models.organisations import User
from investplan.db.models.proposals import Proposal


class Comment(Base):
    """Plain text. A deleted one keeps who and when, never the text."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)
    edited_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    proposal: Mapped[Proposal] = relationship(lazy="select")
    author: Mapped[User] = relationship(lazy="joined")
    mentions: Mapped[list[Mention]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Mention.user_id", back_populates="comment"
    )


class Mention(Base):
    """A user whom a comment mentions, and when that user said that it is read."""

    __tablename__ = "mention"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    read_at: Mapped[datetime | None] = mapped_column(Moment)

    comment: Mapped[Comment] = relationship(back_populates="mentions")
    user: Mapped[User] = relationship(lazy="joined")

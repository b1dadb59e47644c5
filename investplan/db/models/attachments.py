"""Files that go with a proposal, in versions; what was added is never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from investplan.db.base import Base, Moment, one_of
from investplan.domain.attachments import DocumentKind


class Attachment(Base):
    """One version of a document. `document` is the number of the document within the proposal.

    A removed document keeps its rows and its hash; the content goes.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("proposal_id", "document", "version"),
        one_of("kind", DocumentKind),
        CheckConstraint("size_bytes >= 0", name="size_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    document: Mapped[int]
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    secret: Mapped[bool] = mapped_column(default=False)
    added_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime] = mapped_column(Moment)
    removed_by: Mapped[str] = mapped_column(String(120), default="")
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

"""Files that go with a proposal: added in versions, read by those who may, removed with a trace.

Contents lie in the database, in the same transaction as their audit row and in the same backup as the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select

from investplan.db.models import Attachment
from investplan.domain import attachments as domain
from investplan.domain.attachments import DocumentKind
from investplan.domain.proposals import Status
from investplan.errors import InvalidInputError, Note, NotFoundError, StateError
from investplan.services import lineages, proposals, secrecy
from investplan.services.work import Work, once


@dataclass(frozen=True)
class Document:
    """A document and its versions, the latest first."""

    number: int
    versions: Sequence[Attachment]

    @property
    def latest(self) -> Attachment:
        return self.versions[0]


def of(work: Work, proposal_id: int) -> list[Document]:
    """The proposal's documents that the actor may read, in the order in which they were first added.

    Raises:
        NotFoundError: no such proposal, or the actor may not see it.
    """
    proposal = proposals.find(work, proposal_id)
    query = (
        select(Attachment)
        .where(Attachment.proposal_id == proposal_id)
        .order_by(Attachment.document, Attachment.version.desc())
    )
    if not secrecy.reads(work, proposal):
        query = query.where(~Attachment.secret)
    rows = work.session.scalars(query)
    return [Document(number, list(group)) for number, group in groupby(rows, key=lambda row: row.document)]


def kinds_of(work: Work, proposal_id: int) -> frozenset[DocumentKind]:
    """Which kinds of document the proposal has, secret ones too: what gates ask for."""
    query = select(Attachment.kind).where(
        Attachment.proposal_id == proposal_id, Attachment.removed_at.is_(None)
    )
    return frozenset(DocumentKind(kind) for kind in work.session.scalars(query))


def add(
    work: Work,
    proposal_id: int,
    file_name: str,
    content: bytes,
    *,
    kind: DocumentKind,
    document: int | None = None,
    secret: bool = False,
    key: str = "",
) -> Attachment:
    """A new document, or a new version of the `document` with that number.

    Raises:
        InvalidInputError: a type or size that is not taken in, or the proposal has too much already.
        NotFoundError: no such proposal or document.
        NotAllowedError: another organisation's proposal.
        StateError: it goes on in a later round.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    lineages.refuse_carried(proposal)
    name, found = domain.clean_name(file_name), domain.type_of(domain.clean_name(file_name), content)
    if isinstance(found, Note):
        raise InvalidInputError({"file": found})
    _refuse_too_much(work, proposal_id, len(content))
    sha256 = hashlib.sha256(content).hexdigest()

    def insert() -> int:
        number, version = _place(work, proposal_id, document)
        row = Attachment(
            proposal_id=proposal_id,
            document=number,
            version=version,
            kind=kind.value,
            file_name=name,
            media_type=found.media_type,
            size_bytes=len(content),
            sha256=sha256,
            secret=secret,
            added_by=work.actor.name,
            added_at=work.now(),
            content=content,
        )
        work.session.add(row)
        work.session.flush()
        work.record("add attachment", "proposal", proposal_id, after={"attachment": to_json(row)})
        return row.id

    asked = {"proposal": proposal_id, "document": document, "sha256": sha256, "kind": kind.value}
    return work.session.get_one(Attachment, once(work, "add attachment", key, asked, insert))


def _refuse_too_much(work: Work, proposal_id: int, more: int) -> None:
    query = select(func.coalesce(func.sum(Attachment.size_bytes), 0)).where(
        Attachment.proposal_id == proposal_id, Attachment.removed_at.is_(None)
    )
    if int(work.session.scalar(query) or 0) + more > domain.MOST_BYTES_TOGETHER:
        most = domain.MOST_BYTES_TOGETHER // 2**20
        raise InvalidInputError(
            {"file": Note("Förslagets filer får tillsammans vara högst %(most)d MB.", {"most": most})}
        )


def _place(work: Work, proposal_id: int, document: int | None) -> tuple[int, int]:
    """Number and version of what is added."""
    query = select(func.max(Attachment.document)).where(Attachment.proposal_id == proposal_id)
    if document is None:
        return int(work.session.scalar(query) or 0) + 1, 1
    latest = work.session.scalar(
        select(func.max(Attachment.version)).where(
            Attachment.proposal_id == proposal_id,
            Attachment.document == document,
            Attachment.removed_at.is_(None),
        )
    )
    if latest is None:
        raise NotFoundError("document", document)
    return document, int(latest) + 1


def find(work: Work, proposal_id: int, attachment_id: int) -> Attachment:
    """One version of a document of the proposal, if the actor may read it.

    Raises:
        NotFoundError: there is none, it is removed, or the actor may not read it.
    """
    proposal = proposals.find(work, proposal_id)
    row = work.session.get(Attachment, attachment_id)
    hidden = row is not None and row.secret and not secrecy.reads(work, proposal)
    if row is None or row.proposal_id != proposal_id or row.removed_at is not None or hidden:
        raise NotFoundError("attachment", attachment_id)
    return row


def remove(work: Work, proposal_id: int, document: int, *, reason: str) -> None:
    """Take away a document with all its versions; name, hash, who and why stay.

    Raises:
        InvalidInputError: no reason.
        StateError: the proposal is decided, and what was decided on stays.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    lineages.refuse_carried(proposal)
    if not reason.strip():
        raise InvalidInputError({"reason": Note("Skriv varför filen tas bort.")})
    if proposal.status == Status.DECIDED:
        raise StateError(Note("Förslaget är beslutat. Filerna som beslutet bygger på står kvar."))
    rows = [
        row
        for row in work.session.scalars(
            select(Attachment).where(Attachment.proposal_id == proposal_id, Attachment.document == document)
        )
        if row.removed_at is None
    ]
    if not rows:
        raise NotFoundError("document", document)
    before = {"attachments": [to_json(row) for row in rows]}
    for row in rows:
        row.removed_at, row.removed_by, row.content = work.now(), work.actor.name, None
    work.session.flush()
    work.record("remove attachment", "proposal", proposal_id, before=before, reason=reason.strip()[:1000])


def to_json(row: Attachment) -> dict[str, object]:
    """What the log keeps: everything but the content, which its hash stands for."""
    return {
        "document": row.document,
        "version": row.version,
        "kind": row.kind,
        "file_name": row.file_name,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "secret": row.secret,
    }

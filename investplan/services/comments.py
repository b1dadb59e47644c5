"""Comments on proposals, for all who may see the proposal, and the users that they mention."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from investplan.db.models import Comment, Mention, User
from investplan.domain import comments as domain
from investplan.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    Note,
    NotFoundError,
    StateError,
)
from investplan.services import lineages, proposals
from investplan.services.work import Work, once


@dataclass(frozen=True)
class Person:
    """Somebody who may be mentioned."""

    id: int
    username: str
    name: str
    organisation: str


def people(work: Work) -> list[Person]:
    """Everybody who may be mentioned today, by name."""
    work.require("see")
    query = (
        select(User)
        .where(User.valid_from <= work.today, or_(User.valid_to.is_(None), User.valid_to >= work.today))
        .order_by(User.display_name, User.id)
    )
    return [
        Person(one.id, one.username, one.display_name, one.organisation.name if one.organisation else "")
        for one in work.session.scalars(query)
    ]


def of_proposal(work: Work, proposal_id: int) -> list[Comment]:
    """The proposal's comments in the order they were written, deleted ones too."""
    proposals.find(work, proposal_id)
    query = select(Comment).where(Comment.proposal_id == proposal_id).order_by(Comment.id)
    return list(work.session.scalars(query))


def write(work: Work, proposal_id: int, text: str, *, key: str = "") -> Comment:
    """A new comment.

    Raises:
        InvalidInputError: no text, or too much.
        NotFoundError: the actor may not see the proposal.
        StateError: it goes on in a later round.
    """
    work.require("comment")
    lineages.refuse_carried(proposals.find(work, proposal_id))
    if work.actor.user_id is None:
        raise NotAllowedError("comment")
    author_id, text = work.actor.user_id, _fitting(text)

    def insert() -> int:
        made = Comment(proposal_id=proposal_id, author_id=author_id, text=text, written_at=work.now())
        _mention(work, made)
        work.session.add(made)
        work.session.flush()
        work.record("write comment", "comment", made.id, after={"proposal": proposal_id, "text": text})
        return made.id

    body = {"proposal": proposal_id, "text": text}
    return work.session.get_one(Comment, once(work, "write comment", key, body, insert))


def _fitting(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInputError({"text": Note("Skriv något.")})
    if len(text) > domain.MAX_COMMENT:
        raise InvalidInputError({"text": Note("Texten får vara högst %(most)d tecken.", {"most": domain.MAX_COMMENT})})  # fmt: skip
    return text


def _mention(work: Work, comment: Comment) -> None:
    """Let the mentions be those of the text; who has read theirs already is not asked again."""
    ids = {one.username: one.id for one in people(work)}
    wanted = {ids[name] for name in domain.mentioned(comment.text, ids)} - {comment.author_id}
    kept = [one for one in comment.mentions if one.user_id in wanted]
    new = wanted - {one.user_id for one in kept}
    comment.mentions = kept + [Mention(user_id=user_id) for user_id in sorted(new)]


def find(work: Work, comment_id: int) -> Comment:
    """One comment.

    Raises:
        NotFoundError: there is none, or the actor may not see its proposal.
    """
    found = work.session.get(Comment, comment_id)
    if found is None:
        raise NotFoundError("comment", comment_id)
    proposals.find(work, found.proposal_id)
    return found


def _own(work: Work, comment_id: int, seen_version: int, text: str) -> Comment:
    found = find(work, comment_id)
    work.require("comment")
    if found.author_id != work.actor.user_id:
        raise NotAllowedError("edit comment")
    if found.deleted_at is not None:
        raise StateError(Note("Kommentaren är borttagen."))
    if found.version != seen_version:
        raise ConflictError("comment", comment_id, stored={"text": found.text}, submitted={"text": text})
    return found


def edit(work: Work, comment_id: int, text: str, *, seen_version: int) -> Comment:
    """Change one's own comment, within ten minutes.

    Raises:
        NotAllowedError: it is another's.
        StateError: it is too late, or it has been deleted.
    """
    found, text = _own(work, comment_id, seen_version, text), _fitting(text)
    if not domain.may_edit(found.written_at, work.now()):
        raise StateError(Note("En kommentar kan ändras i tio minuter. Skriv en ny i stället."))
    before, found.text = found.text, text
    _mention(work, found)
    found.edited_at = work.now()
    found.version += 1
    work.record("edit comment", "comment", found.id, before={"text": before}, after={"text": text})
    return found


def delete(work: Work, comment_id: int, *, seen_version: int) -> Comment:
    """Take one's own comment away; that there was one stays, and the log keeps what it said."""
    found = _own(work, comment_id, seen_version, "")
    before = {"text": found.text}
    found.text, found.mentions, found.deleted_at = "", [], work.now()
    found.version += 1
    work.record("delete comment", "comment", found.id, before=before)
    return found


def unread(work: Work) -> list[Mention]:
    """The actor's own mentions that it has not read, the latest first, of proposals that it may see."""
    query = (
        select(Mention)
        .join(Mention.comment)
        .where(Mention.user_id == work.actor.user_id, Mention.read_at.is_(None))
        .order_by(Mention.comment_id.desc())
    )
    return [one for one in work.session.scalars(query) if _may_see(work, one.comment.proposal_id)]


def _may_see(work: Work, proposal_id: int) -> bool:
    try:
        proposals.find(work, proposal_id)
    except NotFoundError:
        return False
    return True


def mark_read(work: Work, comment_id: int) -> None:
    """Say that the actor has read the comment that mentions it; once is enough."""
    find(work, comment_id)
    mention = work.session.get(Mention, (comment_id, work.actor.user_id or 0))
    if mention is None:
        raise NotFoundError("mention", comment_id)
    if mention.read_at is None:
        mention.read_at = work.now()
        work.record("read mention", "comment", comment_id)

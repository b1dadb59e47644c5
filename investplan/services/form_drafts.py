"""Text of forms that is not saved yet: each user's own, kept until its step is saved, it is thrown away, or 60 days.

Keeping a draft is no change of the proposal: it raises no version and writes no audit row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from investplan.db.models import FormDraft, IdempotencyKey, Proposal
from investplan.errors import InvalidInputError, NotAllowedError, Note, NotFoundError
from investplan.services import proposals
from investplan.services.work import Work

MOST_CHARACTERS = 200_000
MOST_FIELDS = 3_000
MOST_DRAFTS = 200
MOST_LISTED = 20
KEPT_DAYS = 60
LATE = timedelta(minutes=1)
"""How long a draft may have been on its way when its form was saved."""
CLOSED = ""
"""The step of a row that only tells that its form is saved."""
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)

Typed = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Place:
    """Which step of which proposal; `proposal_id` None is a proposal that is not saved yet."""

    proposal_id: int | None
    step: str
    alternative: str = ""


def fits(typed: Typed) -> bool:
    """Whether so much text is kept."""
    return (
        len(typed) <= MOST_FIELDS
        and sum(len(name) + len(text) + 8 for name, text in typed) <= MOST_CHARACTERS
    )


def keep(work: Work, form_key: str, place: Place, typed: Typed, *, seen_version: int = 0) -> FormDraft | None:
    """Keep what stands in the form, instead of what the same form held before.

    Args:
        form_key: Made when the form was opened; of a proposal that is not saved yet its idempotency key.
        seen_version: The version of the proposal that the writer had before them.

    Returns:
        The draft; None where the form has been saved meanwhile.

    Raises:
        InvalidInputError: no key, or too much text.
        NotAllowedError: another organisation's proposal.
    """
    _require(work, place)
    if not FORM_KEY.fullmatch(form_key) or len(place.step) > 20 or len(place.alternative) > 40:
        raise InvalidInputError({"draft_key": Note("Formuläret är för gammalt. Ladda om sidan.")})
    if not fits(typed):
        raise InvalidInputError({"typed": Note("Texten är för lång för att sparas som utkast.")})
    if place.proposal_id is None and _has_become_proposal(work, form_key):
        return None
    _clear(work)
    row = _row(work, form_key)
    if row.step == CLOSED and work.now() - row.saved_at < LATE:
        return None
    row.proposal_id, row.step, row.alternative = place.proposal_id, place.step, place.alternative
    row.typed = [[name, text] for name, text in typed]
    row.seen_version, row.saved_at = seen_version, work.now()
    work.session.flush()
    return row


def _row(work: Work, form_key: str) -> FormDraft:
    """The actor's row of that form, closed or not, or a new one that is closed no longer."""
    query = select(FormDraft).where(FormDraft.user_id == _user_id(work), FormDraft.form_key == form_key)
    row = work.session.scalar(query)
    if row is None:
        row = FormDraft(user_id=_user_id(work), form_key=form_key, step=CLOSED, alternative="", typed=[])
        row.seen_version, row.saved_at = 0, work.now() - LATE
        work.session.add(row)
    return row


def close(work: Work, form_key: str) -> None:
    """The form is saved: nothing of it waits, and what was on its way meanwhile does not come back."""
    if FORM_KEY.fullmatch(form_key):
        row = _row(work, form_key)
        row.step, row.proposal_id, row.typed, row.saved_at = CLOSED, None, [], work.now()
        work.session.flush()


def _require(work: Work, place: Place) -> None:
    if place.proposal_id is None:
        work.require("edit proposal")
    else:
        proposal = proposals.find(work, place.proposal_id)
        work.require("edit proposal", organisation_id=proposal.organisation_id)


def _user_id(work: Work) -> int:
    if work.actor.user_id is None:
        raise NotAllowedError("edit proposal")
    return work.actor.user_id


def _has_become_proposal(work: Work, form_key: str) -> bool:
    made = select(IdempotencyKey.record_id).where(
        IdempotencyKey.actor_id == _user_id(work),
        IdempotencyKey.action == "create proposal",
        IdempotencyKey.key == form_key,
    )
    return work.session.scalar(made) is not None


def _clear(work: Work) -> None:
    """Let go of everybody's drafts that are too old, and of the actor's oldest where there are too many."""
    clear_old(work)
    own = (
        select(FormDraft.id)
        .where(FormDraft.user_id == _user_id(work))
        .order_by(FormDraft.saved_at.desc(), FormDraft.id.desc())
        .offset(MOST_DRAFTS - 1)
    )
    surplus = list(work.session.scalars(own))
    if surplus:
        work.session.execute(delete(FormDraft).where(FormDraft.id.in_(surplus)))


def clear_old(work: Work) -> None:
    """Let go of every draft that nobody has touched for 60 days."""
    closed = (FormDraft.step == CLOSED) & (FormDraft.saved_at < work.now() - LATE)
    limit = work.now() - timedelta(days=KEPT_DAYS)
    work.session.execute(delete(FormDraft).where(closed | (FormDraft.saved_at < limit)))


def find(work: Work, form_key: str) -> FormDraft | None:
    """The actor's own draft of that form, if there is one."""
    query = select(FormDraft).where(
        FormDraft.user_id == work.actor.user_id,
        FormDraft.form_key == form_key[:80],
        FormDraft.step != CLOSED,
    )
    return work.session.scalar(query)


def of_place(work: Work, place: Place) -> list[FormDraft]:
    """The actor's own drafts of a step, latest first."""
    query = (
        select(FormDraft)
        .where(
            FormDraft.user_id == work.actor.user_id,
            FormDraft.proposal_id == place.proposal_id,
            FormDraft.step == place.step,
            FormDraft.alternative == place.alternative,
        )
        .order_by(FormDraft.saved_at.desc(), FormDraft.id.desc())
    )
    return list(work.session.scalars(query.limit(MOST_LISTED)))


def own(work: Work) -> list[tuple[FormDraft, Proposal | None]]:
    """The actor's own drafts, latest first, with their proposals; those of what the actor may not see any more are left out."""
    query = (
        select(FormDraft)
        .where(FormDraft.user_id == work.actor.user_id, FormDraft.step != CLOSED)
        .order_by(FormDraft.saved_at.desc(), FormDraft.id.desc())
    )
    found: list[tuple[FormDraft, Proposal | None]] = []
    for row in work.session.scalars(query.limit(MOST_LISTED)):
        try:
            found.append((row, proposals.find(work, row.proposal_id) if row.proposal_id else None))
        except NotFoundError:
            continue
    return found


def title_of(row: FormDraft, proposal: Proposal | None) -> str:
    """What the draft is about: its proposal's title, else what stands as title in the form."""
    if proposal is not None:
        return proposal.title
    return next((text.strip()[:200] for name, text in row.typed if name == "title"), "")


def discard(work: Work, form_key: str) -> None:
    """Let go of the actor's own draft of that form; nothing happens where there is none."""
    row = find(work, form_key)
    if row is not None:
        work.session.delete(row)
        work.session.flush()

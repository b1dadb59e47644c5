"""Marking parts of a proposal secret, and lifting the marks."""

from __future__ import annotations

from collections.abc import Mapping

from investplan.db.models import Proposal, SecrecyMark
from investplan.domain.secrecy import SecretPart
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import lineages, proposals, secrecy
from investplan.services.work import Work

MOST_BASIS = 200


def save(
    work: Work,
    proposal_id: int,
    wanted: Mapping[SecretPart, str],
    *,
    seen: Mapping[SecretPart, str],
    reason: str = "",
) -> Proposal:
    """Marks just these parts, each with the law that it leans on; a decided proposal's too, since secrecy outlives decisions.

    Args:
        seen: The marks that the writer had before them.

    Raises:
        InvalidInputError: a mark without a law, or with too long a text.
        ConflictError: somebody else changed the marks since.
        StateError: the proposal goes on in a later round, and is marked there for both.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    lineages.refuse_carried(proposal)
    faults = {}
    for part, basis in wanted.items():
        if not basis.strip():
            faults[part.value] = Note("Skriv vilken bestämmelse sekretessen stöder sig på.")
        elif len(basis.strip()) > MOST_BASIS:
            faults[part.value] = Note("Texten får vara högst %(most)d tecken.", {"most": MOST_BASIS})
    if faults:
        raise InvalidInputError(faults)
    before = secrecy.marks(work, proposal)
    stated = {part: mark.basis for part, mark in before.items()}
    asked = {part: basis.strip() for part, basis in wanted.items()}
    if stated != dict(seen):
        raise ConflictError("secrecy", proposal_id, stored=_told(stated), submitted=_told(asked))
    if stated == asked:
        return proposal
    # What is secret now was so in earlier rounds, whose pages can still be read.
    for one in lineages.of(proposal):
        _write(work, one, asked)
    work.record(
        "mark secrecy",
        "proposal",
        proposal_id,
        before={"secrecy": _told(stated)},
        after={"secrecy": _told(asked)},
        reason=reason.strip()[:1000],
    )
    return proposal


def _write(work: Work, proposal: Proposal, asked: Mapping[SecretPart, str]) -> None:
    stored = secrecy.marks(work, proposal)
    for part, mark in stored.items():
        if asked.get(part) != mark.basis:
            work.session.delete(mark)
    work.session.flush()
    for part, basis in asked.items():
        if part not in stored or stored[part].basis != basis:
            work.session.add(
                SecrecyMark(
                    proposal_id=proposal.id,
                    part=part.value,
                    basis=basis,
                    marked_by=work.actor.name,
                    marked_at=work.now(),
                )
            )
    work.session.flush()


def _told(marks: Mapping[SecretPart, str]) -> dict[str, str]:
    return {part.value: basis for part, basis in sorted(marks.items())}

"""Who reads what is marked secret: the one place that lists, maps, exports, papers and searches ask."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from investplan.db.models import Consultation, ConsultationParty, Proposal, SecrecyMark
from investplan.domain.consultations import ConsultationState
from investplan.domain.proposals import ProposalFacts
from investplan.domain.secrecy import SecretPart, reads_secrets, redacted
from investplan.services import proposal_records
from investplan.services.work import Work

__all__ = ["SecretPart"]


def reads(work: Work, proposal: Proposal) -> bool:
    """Whether the actor reads what is marked secret in this proposal: as its own, or told in a consultation."""
    own = work.actor.organisation_id is not None and work.actor.organisation_id == proposal.organisation_id
    if reads_secrets(work.actor.role, own=own):
        return True
    return (
        work.session.scalar(told_to(work).where(Consultation.proposal_id == proposal.id).limit(1)) is not None
    )


def told_to(work: Work) -> Select[Any]:
    """Ids of the proposals whose secrets the actor's organisation is told in an open consultation."""
    return (
        select(Consultation.proposal_id)
        .join(ConsultationParty, ConsultationParty.consultation_id == Consultation.id)
        .where(
            ConsultationParty.organisation_id == work.actor.organisation_id,
            Consultation.discloses,
            Consultation.state == ConsultationState.OPEN.value,
        )
    )


def marks(work: Work, proposal: Proposal) -> dict[SecretPart, SecrecyMark]:
    """The proposal's marks."""
    query = select(SecrecyMark).where(SecrecyMark.proposal_id == proposal.id)
    return {SecretPart(mark.part): mark for mark in work.session.scalars(query)}


def hidden(work: Work, proposal: Proposal) -> dict[SecretPart, str]:
    """The parts that the actor may not read, each with the law that the mark leans on."""
    if reads(work, proposal):
        return {}
    return {part: mark.basis for part, mark in marks(work, proposal).items()}


def readable(work: Work, proposal: Proposal) -> ProposalFacts:
    """What the proposal says to the actor."""
    return redacted(proposal_records.facts(proposal), hidden(work, proposal).keys())


def hides_place(work: Work, proposal: Proposal) -> bool:
    return SecretPart.PLACE in hidden(work, proposal)


def place_is_open(work: Work) -> ColumnElement[bool] | None:
    """What a query of places must ask for on behalf of the actor; None where it reads every place."""
    if reads_secrets(work.actor.role, own=False):
        return None
    marked = exists().where(
        SecrecyMark.proposal_id == Proposal.id, SecrecyMark.part == SecretPart.PLACE.value
    )
    own = work.actor.organisation_id
    return or_(Proposal.organisation_id == own, ~marked, Proposal.id.in_(told_to(work)))

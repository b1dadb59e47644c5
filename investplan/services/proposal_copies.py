"""A new draft that begins as a copy of a proposal."""

from __future__ import annotations

from dataclasses import replace

from investplan.db.models import Proposal
from investplan.domain.proposals import ProposalFacts, Stage
from investplan.domain.secrecy import redacted
from investplan.services import proposal_records, proposals, secrecy
from investplan.services.work import Work


def copied(facts: ProposalFacts, *, case_number: str, source_ref: str) -> ProposalFacts:
    """What a copy says: what the planner has stated, as a need of its own that nobody has scored or replied to."""
    alternatives = tuple(replace(one, from_replies=()) for one in facts.alternatives)
    return replace(
        facts,
        case_number=case_number.strip(),
        source_ref=source_ref[:200],
        stage=Stage.NEED,
        scores={},
        alternatives=alternatives,
    )


def copy(work: Work, proposal_id: int, *, case_number: str, key: str) -> Proposal:
    """Copy a proposal to a new draft of the same round; sent twice with the same key it is one copy.

    Points, decisions, replies and what they cost, files, comments and what is marked as secret are not copied.

    Raises:
        InvalidInputError: no case number, or one that is used already.
        NotAllowedError: another organisation's proposal.
    """
    source = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=source.organisation_id)
    facts = redacted(proposal_records.facts(source), secrecy.marks(work, source))
    came_from = f"{source.case_number}, {source.round.name}"
    return proposals.create(
        work, source.round_id, copied(facts, case_number=case_number, source_ref=came_from), key=key
    )

"""Where a case was before its round, and where it goes on after it."""

from __future__ import annotations

from typing import Any

from investplan.errors import NotFoundError
from investplan.services import lineages, proposals
from investplan.services.work import Work


def of_proposal(work: Work, proposal: Any) -> dict[str, Any]:
    """`earlier`: the same case in earlier rounds, the latest first; `later`: round and id, None where it is not to be read."""
    return {
        "earlier": [one for one in lineages.of(proposal)[1:] if _may_read(work, one.id)],
        "later": _later(work, proposal),
    }


def _later(work: Work, proposal: Any) -> tuple[str, int | None] | None:
    if proposal.carried_on is None:
        return None
    target = proposal.carried_on.target
    return target.round.name, target.id if _may_read(work, target.id) else None


def _may_read(work: Work, proposal_id: int) -> bool:
    try:
        proposals.find(work, proposal_id)
    except NotFoundError:
        return False
    return True

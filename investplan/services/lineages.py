"""The rounds that a case has been through: each round has a proposal of its own, and only the latest is worked on."""

from __future__ import annotations

from investplan.db.models import Proposal
from investplan.errors import Note, StateError


def of(proposal: Proposal) -> list[Proposal]:
    """The proposal, and what it was in each earlier round, the latest first."""
    found = [proposal]
    while found[-1].carried_from is not None:
        found.append(found[-1].carried_from.source)
    return found


def refuse_carried(proposal: Proposal) -> None:
    """Refuse to work on a proposal that goes on in a later round.

    Raises:
        StateError: it does; the message names the round.
    """
    if proposal.carried_on is not None:
        name = proposal.carried_on.target.round.name
        raise StateError(Note("Förslaget har följt med till %(round)s. Arbeta vidare där.", {"round": name}))

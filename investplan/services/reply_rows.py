"""Cost rows of replies in the proposals they are about: entered and taken out as a change of the proposal like any other."""

from __future__ import annotations

from collections.abc import Iterable

from investplan.db.models import Proposal, Reply
from investplan.domain import consultations as domain
from investplan.domain.proposals import OperatingKind, ProposalFacts, Status
from investplan.errors import Note, StateError
from investplan.services import proposal_records as records
from investplan.services.work import Work

OPEN_STATUSES = (Status.DRAFT, Status.SUBMITTED, Status.DORMANT)


def accepts_rows(proposal: Proposal) -> bool:
    """Whether the proposal's costs can still change."""
    return Status(proposal.status) in OPEN_STATUSES


def stated(reply: Reply) -> list[domain.ReplyRow]:
    """The rows that the reply states, in order."""
    return [
        domain.ReplyRow(
            row.alternative,
            OperatingKind(row.kind),
            row.annual_ore,
            row.starts_after_months,
            row.lasts_months,
            bool(row.internal),
            row.note,
        )
        for row in reply.rows
    ]


def entered_ids(facts: ProposalFacts, committee: str) -> frozenset[int]:
    """The replies whose rows the proposal holds for that committee or company: at most one, but for spoiled data."""
    return frozenset(
        row.reply_id
        for alternative in facts.alternatives
        for row in alternative.from_replies
        if row.committee == committee and row.reply_id is not None
    )


def enter(work: Work, proposal: Proposal, reply: Reply) -> bool:
    """Let the reply's rows be all that its party adds to the proposal; False where nothing changes.

    Raises:
        StateError: the proposal is locked.
    """
    committee = reply.party.organisation.code
    rows = [(reply.id, row) for row in stated(reply)]
    return _change(work, proposal, committee, rows, "enter reply rows", "")


def remove(work: Work, proposal: Proposal, reply: Reply, *, reason: str) -> bool:
    """Take the rows of the reply's party out of the proposal."""
    return _change(work, proposal, reply.party.organisation.code, [], "remove reply rows", reason)


def _change(
    work: Work,
    proposal: Proposal,
    committee: str,
    rows: Iterable[tuple[int, domain.ReplyRow]],
    action: str,
    reason: str,
) -> bool:
    facts = records.facts(proposal)
    changed = domain.with_reply_rows(facts, committee, rows, instead_of=entered_ids(facts, committee))
    if changed == facts:
        return False
    if not accepts_rows(proposal):
        raise StateError(Note("Förslaget är beslutat eller avslutat, så dess kostnader kan inte ändras."))
    before = records.to_json(proposal)
    records.write(proposal, changed, records.People.of(work), now=work.now(), keep_scores=True)
    proposal.version += 1
    work.session.flush()
    work.record(
        action, "proposal", proposal.id, before=before, after=records.to_json(proposal), reason=reason
    )
    return True

"""Proposals that have what their next gate demands, and wait for the actor to take them through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from investplan.db.models import PlanningRound, Proposal
from investplan.domain import gates
from investplan.domain.gate_demands import LOOKED_UP, GateContext
from investplan.domain.gates import Gate, GateTable, MoveKind
from investplan.domain.organisations import FINANCE, OF_ORGANISATION, Role
from investplan.domain.proposals import Stage
from investplan.services import gate_tables, proposal_records, proposals, stage_moves
from investplan.services.kept import Kept
from investplan.services.work import Work

MOST_LOOKED_AT = 500
"""How many proposals before a role's gates are looked through, those changed last first."""
_stated: Kept[list[int]] = Kept(most=32)


def own_gates(table: GateTable, role: Role | None) -> dict[Stage, Gate]:
    """The gates that wait for this role, by the stage they lead from.

    Finance may make most moves on behalf of others; only what nobody else may make waits for it.
    """
    found: dict[Stage, Gate] = {}
    for stage in Stage:
        gate = table.next_gate(stage)
        if gate is None or role is None or role not in gate.movers:
            continue
        if role not in FINANCE or gate.movers <= FINANCE:
            found[stage] = gate
    return found


def moves(work: Work, planning_round: PlanningRound) -> Iterator[tuple[Proposal, Gate]]:
    """The round's proposals that have all that such a gate demands, each with the gate, by id.

    What they say themselves is kept until a proposal of the round changes.
    """
    work.require("see")
    table = gate_tables.in_force(work)
    waiting = own_gates(table, work.actor.role)
    if not waiting:
        return
    query = proposals.only_visible(work, select(Proposal), planning_round.id).where(
        Proposal.stage.in_([one.value for one in waiting]),
        Proposal.status.in_([one.value for one in gates.STATUSES_BY_KIND[MoveKind.FORWARD]]),
    )
    if work.actor.role in OF_ORGANISATION:
        query = query.where(Proposal.organisation_id == work.actor.organisation_id)
    stored = gate_tables.newest(work)
    key = (*proposals.state(work, planning_round.id), stored.version if stored else 0)
    ids = _stated.get(key, lambda: _that_state_everything(work, query, waiting, table))
    found = work.session.scalars(select(Proposal).where(Proposal.id.in_(ids)).order_by(Proposal.id))
    for one in found:
        gate = waiting[Stage(one.stage)]
        context = stage_moves.context_of(work, one, table)
        if not any(gates.findings(gate, proposal_records.facts(one), context).values()):
            yield one, gate


def _that_state_everything(work: Work, query: Any, waiting: dict[Stage, Gate], table: GateTable) -> list[int]:
    """Ids of the proposals that say all they must themselves; most lack something, and the rest need not be looked up."""
    found = []
    for one in work.session.scalars(
        query.order_by(Proposal.changed_at.desc(), Proposal.id).limit(MOST_LOOKED_AT)
    ):
        facts, gate = proposal_records.facts(one), waiting[Stage(one.stage)]
        told = gates.findings(gate, facts, GateContext(accuracy_percent=table.accuracy_in(facts.stage)))
        if all(finding is None or demand in LOOKED_UP for demand, finding in told.items()):
            found.append(one.id)
    return found

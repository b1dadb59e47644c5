"""The part of a proposal's page that tells where it is among the gates, what is missing, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from investplan.domain.gate_demands import DEMAND_LABELS, Demand, Finding
from investplan.domain.gates import MOVE_LABELS, Gate, MoveKind
from investplan.domain.organisations import Role
from investplan.domain.proposals import ProposalFacts, Stage
from investplan.errors import Note
from investplan.services import investigation_requests, proposals, stage_moves
from investplan.services.stage_moves import Standing
from web import access, sessions
from web.proposals import steps
from web.texts import label


@dataclass(frozen=True)
class CheckLine:
    """One demand: what it is called, what is missing (None: met), and where that is stated ("" where nowhere)."""

    label: str
    note: Note | None
    url: str


def move_name(gate: Gate, from_stage: Stage | None = None, to_stage: Stage | None = None) -> str:
    """What a move is called: `Till Förstudie`, `Tillbaka till Behov`, `Lägg vilande`."""
    if gate.into is not None:
        return str(_("Till %(stage)s", stage=label(gate.into)))
    if gate.kind is MoveKind.BACK and to_stage is not None:
        return str(_("Tillbaka till %(stage)s", stage=label(to_stage)))
    return str(_(MOVE_LABELS[gate.kind]))


def movers_text(gate: Gate) -> str:
    """Who may make the move, in words."""
    return ", ".join(label(role) for role in Role if role in gate.movers)


def check_lines(
    proposal_id: int, findings: dict[Demand, Finding | None], *, may_edit: bool
) -> list[CheckLine]:
    """The checklist; each missing line leads to where it is stated, for those who may state it."""
    found: list[CheckLine] = []
    for demand, finding in findings.items():
        url = ""
        if finding is not None and may_edit:
            url = _address(proposal_id, finding.field)
        found.append(CheckLine(_(DEMAND_LABELS[demand]), finding.note if finding else None, url))
    return found


def _address(proposal_id: int, field: str) -> str:
    """Where the field is stated; "" where that is not on the proposal's own pages."""
    if field == "consultation":
        return url_for("proposals.show", proposal_id=proposal_id, _anchor="consultations")
    if field == "attachments":
        return url_for("attachments.index", proposal_id=proposal_id)
    if not field:
        return ""
    place = steps.location_of(field)
    return steps.address(proposal_id, place.step, place.number, place.input_id)


def track(standing: Standing) -> list[tuple[str, str | None, str]]:
    """The stages in use, and the one the proposal is in: name, no address, state."""
    stage = standing.facts.stage
    used = {one.into for one in standing.table.gates if one.into and one.in_use} | {Stage.NEED, stage}
    return [
        (
            label(one),
            None,
            "done" if one.order < stage.order else "current" if one is stage else "todo",
        )
        for one in Stage
        if one in used
    ]


def shown(proposal: Any, facts: ProposalFacts, *, may_edit: bool) -> dict[str, Any]:
    """What `gates/panel.html` draws."""
    work = sessions.current()
    standing = stage_moves.standing(work, proposal, facts)
    asked = investigation_requests.of_proposal(work, proposal.id)
    moves = [
        (
            one,
            move_name(one, facts.stage, standing.table.target(one, facts.stage)),
            url_for("gates.move", proposal_id=proposal.id, code=one.code),
        )
        for one in standing.may
    ]
    may_submit = proposals.may_submit(work, proposal)
    return {
        "standing": standing,
        "track": track(standing),
        "next_name": move_name(standing.next) if standing.next else "",
        "next_movers": movers_text(standing.next) if standing.next else "",
        "may_next": standing.next in standing.may,
        "checks": check_lines(proposal.id, standing.findings, may_edit=may_edit),
        "moves": moves,
        "accuracy": standing.table.accuracy_in(facts.stage),
        "move_text": lambda one: _move_text(one),
        "asked": asked,
        "may_ask": may_edit
        and access.allowed("ask for investigation", organisation_id=proposal.organisation_id),
        "may_submit": may_submit,
        "may_ready": may_edit
        and not may_submit
        and access.allowed("submit proposal", organisation_id=proposal.organisation_id),
    }


def _move_text(one: Any) -> str:
    if one.kind in (MoveKind.FORWARD, MoveKind.BACK):
        return f"{label(one.from_stage)} → {label(one.to_stage)}"
    if one.kind == MoveKind.POSTPONE:
        return str(_("Senarelagt till tidigast %(year)s", year=one.not_before_year))
    return str(_(MOVE_LABELS[MoveKind(one.kind)]))

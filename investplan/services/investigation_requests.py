"""Money asked for to investigate a proposal before it is an investment: running cost, never part of an outlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import InvestigationRequest, Organisation, PlanningRound, Proposal
from investplan.domain.frames import AdjustmentKind
from investplan.domain.gates import RequestState
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import organisations, planned_adjustments, proposals
from investplan.services.frame_bases import committee_codes
from investplan.services.stage_moves import decision_faults
from investplan.services.work import Work, once
from investplan.units import Ore


@dataclass(frozen=True)
class AskedMoney:
    """What is asked for: the amount in öre of one year, what for, and whose running cost it is (a code)."""

    year: int
    amount_ore: Ore
    purpose: str
    committee: str


@dataclass(frozen=True)
class Sums:
    """The round's requests summed by committee code and year, öre: what is asked for and what is granted."""

    asked: Mapping[str, Mapping[int, Ore]]
    granted: Mapping[str, Mapping[int, Ore]]
    years: tuple[int, ...]


def years_of(planning_round: PlanningRound) -> range:
    """The years that money can be asked for in a round.

    The year before the budget year is the one that goes on now, in which most investigations are begun.
    """
    return range(planning_round.budget_year - 1, planning_round.years[-1] + 1)


def of_proposal(work: Work, proposal_id: int) -> list[InvestigationRequest]:
    """The proposal's requests by year."""
    work.require("see")
    query = select(InvestigationRequest).where(InvestigationRequest.proposal_id == proposal_id)
    return list(work.session.scalars(query.order_by(InvestigationRequest.year, InvestigationRequest.id)))


def of_round(work: Work, round_id: int) -> list[InvestigationRequest]:
    """The round's requests but those withdrawn, by year and committee."""
    work.require("follow gates")
    query = (
        select(InvestigationRequest)
        .join(InvestigationRequest.proposal)
        .join(InvestigationRequest.organisation)
        .where(Proposal.round_id == round_id, InvestigationRequest.state != RequestState.WITHDRAWN.value)
        .order_by(InvestigationRequest.year, Organisation.name, InvestigationRequest.id)
    )
    return list(work.session.scalars(query))


def sums(requests: list[InvestigationRequest]) -> Sums:
    """Per committee and year; what is refused or withdrawn is in neither sum."""
    asked: dict[str, dict[int, Ore]] = {}
    granted: dict[str, dict[int, Ore]] = {}
    for one in requests:
        target = {RequestState.ASKED: asked, RequestState.GRANTED: granted}.get(RequestState(one.state))
        if target is not None:
            of_committee = target.setdefault(one.organisation.code, {})
            of_committee[one.year] = of_committee.get(one.year, 0) + one.amount_ore
    return Sums(asked, granted, tuple(sorted({one.year for one in requests})))


def find(work: Work, request_id: int) -> InvestigationRequest:
    """One request, of a proposal that the actor may see."""
    found = work.session.get(InvestigationRequest, request_id)
    if found is None:
        raise NotFoundError("investigation request", request_id)
    proposals.find(work, found.proposal_id)
    return found


def ask(work: Work, proposal_id: int, stated: AskedMoney, *, key: str = "") -> InvestigationRequest:
    """Ask for money to investigate the proposal.

    Raises:
        InvalidInputError: one note per field.
        StateError: the proposal is decided, rejected or cancelled.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("ask for investigation", organisation_id=proposal.organisation_id)
    proposals.refuse_closed(proposal)

    def insert() -> int:
        faults = _faults(work, proposal, stated)
        if faults:
            raise InvalidInputError(faults)
        row = InvestigationRequest(
            proposal_id=proposal_id,
            organisation=organisations.by_code(work)[stated.committee],
            year=stated.year,
            amount_ore=stated.amount_ore,
            purpose=stated.purpose.strip(),
            state=RequestState.ASKED.value,
            asked_by=work.actor.user_id or 0,
            asked_at=work.now(),
        )
        work.session.add(row)
        work.session.flush()
        _record(work, "ask for investigation", row, before=None)
        return row.id

    body = {
        "proposal": proposal_id,
        "year": stated.year,
        "amount_ore": stated.amount_ore,
        "purpose": stated.purpose,
        "committee": stated.committee,
    }
    row_id = once(work, "ask for investigation", key, body, insert)
    return work.session.get_one(InvestigationRequest, row_id)


def _faults(work: Work, proposal: Proposal, stated: AskedMoney) -> dict[str, Note]:
    faults: dict[str, Note] = {}
    years = years_of(proposal.round)
    if stated.year not in years:
        faults["year"] = Note(
            "Välj ett år från %(first)d till %(last)d.", {"first": years[0], "last": years[-1]}
        )
    if stated.amount_ore <= 0:
        faults["amount_ore"] = Note("Ange ett belopp som är större än noll.")
    if not stated.purpose.strip() or len(stated.purpose.strip()) > 300:
        faults["purpose"] = Note("Skriv vad som ska utredas, högst 300 tecken.")
    if stated.committee not in organisations.by_code(work):
        faults["committee"] = Note("Välj vems driftkostnad det är.")
    return faults


def _for_change(work: Work, request_id: int, seen_version: int) -> InvestigationRequest:
    row = find(work, request_id)
    if row.version != seen_version:
        raise ConflictError("investigation request", request_id, stored=to_json(row), submitted={})
    if row.state != RequestState.ASKED:
        raise StateError(Note("Begäran är redan avgjord."))
    return row


def withdraw(work: Work, request_id: int, *, seen_version: int) -> InvestigationRequest:
    """Take a request back before it is decided."""
    row = find(work, request_id)
    proposal = proposals.find(work, row.proposal_id)
    work.require("ask for investigation", organisation_id=proposal.organisation_id)
    row = _for_change(work, request_id, seen_version)
    before = to_json(row)
    row.state = RequestState.WITHDRAWN.value
    row.version += 1
    _record(work, "withdraw investigation", row, before=before)
    return row


def decide(
    work: Work,
    request_id: int,
    *,
    granted: bool,
    body: str,
    decided_on: date | None,
    paragraph: str,
    seen_version: int,
    into_frames: bool = False,
) -> InvestigationRequest:
    """Record what was decided about a request.

    Args:
        into_frames: Let a granted one also stand among the planned adjustments of the frames, as a one-off of its year.

    Raises:
        InvalidInputError: the decision is not stated, or the frames cannot take the row.
    """
    work.require("decide investigation")
    row = _for_change(work, request_id, seen_version)
    faults = decision_faults(work, body, decided_on, paragraph, required=True)
    if into_frames and granted:
        faults |= _frame_faults(work, row)
    if faults:
        raise InvalidInputError(faults)
    before = to_json(row)
    row.state = (RequestState.GRANTED if granted else RequestState.REFUSED).value
    row.body, row.decided_on = body.strip(), decided_on
    row.paragraph = paragraph.strip().removeprefix("§").strip()
    row.version += 1
    work.session.flush()
    _record(work, "decide investigation", row, before=before)
    if into_frames and granted:
        _plan(work, row)
    return row


def _frame_faults(work: Work, row: InvestigationRequest) -> dict[str, Note]:
    note = Note("Ramarna har ingen rad för den nämnden det året. Bevilja utan att lägga till i ramarna.")
    fits = row.year in row.proposal.round.years and row.organisation.code in committee_codes(work)
    return {} if fits else {"into_frames": note}


def _plan(work: Work, row: InvestigationRequest) -> None:
    """One more planned row; the others stay as they are."""
    round_id = row.proposal.round_id
    stored = planned_adjustments.of_round(work, round_id)
    added = planned_adjustments.StatedRow(
        committee=row.organisation.code,
        year=row.year,
        kind=AdjustmentKind.PRIORITY,
        amount_ore=row.amount_ore,
        source=f"Utredningsmedel {row.proposal.case_number}: {row.purpose}"[:200],
        permanent=False,
    )
    rows = [*(planned_adjustments.facts_of(one) for one in stored), added]
    planned_adjustments.save(work, round_id, rows, seen={one.id: one.version for one in stored})


def to_json(row: InvestigationRequest) -> dict[str, Any]:
    """The request as the audit keeps it, the amount in öre."""
    return {
        "year": row.year,
        "amount_ore": row.amount_ore,
        "purpose": row.purpose,
        "committee": row.organisation.code,
        "state": row.state,
        "decision": row.decision,
    }


def _record(work: Work, action: str, row: InvestigationRequest, *, before: Mapping[str, Any] | None) -> None:
    work.record(action, "investigation_request", row.id, before=before, after=to_json(row))

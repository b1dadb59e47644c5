"""Moving a proposal: through a gate, a stage back, later, to rest and up again, rejected, cancelled.

Every move is a row that never changes, with the decision behind it and the version of the gates it was made under.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import Consultation, DecidedInvestment, Proposal, StageMove
from investplan.domain import gates
from investplan.domain.gate_demands import Demand, Finding, GateContext
from investplan.domain.gates import Gate, GateTable, MoveKind
from investplan.domain.investigations import missing_before_submission
from investplan.domain.proposals import ProposalFacts, Stage, Status
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, Note, StateError
from investplan.services import (
    attachments,
    consultations,
    gate_tables,
    lineages,
    organisations,
    proposal_records,
    proposals,
)
from investplan.services.work import Work, once
from investplan.units import Ore, format_amount

MAX_TEXT, MAX_PROTOCOL = 2000, 300


@dataclass(frozen=True)
class StatedMove:
    """What the form of a move says.

    Args:
        body, decided_on, paragraph: The decision; empty and None where none was made.
        amount_ore: What the body decided, öre; None where the decision names no amount.
        protocol: Where the minutes are: a link or a reference.
        not_before_year: Of a postponement: the new earliest start year.
        sunk_ore: Of a cancelled proposal: what it has cost so far and must be expensed; an explicit 0 for nothing.
        sunk_committee, sunk_year: Whose result bears it, and which year's.
    """

    body: str = ""
    decided_on: date | None = None
    paragraph: str = ""
    amount_ore: Ore | None = None
    conditions: str = ""
    protocol: str = ""
    reason: str = ""
    not_before_year: int | None = None
    sunk_ore: Ore | None = None
    sunk_committee: str = ""
    sunk_year: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "decided_on": self.decided_on.isoformat() if self.decided_on else None}


@dataclass(frozen=True)
class Standing:
    """Where a proposal is among the gates, for its page.

    Attributes:
        findings: What the next gate demands, and what of it is missing (None: met).
        may: The moves that the actor may make, the next gate first.
    """

    table: GateTable
    version: int
    facts: ProposalFacts
    next: Gate | None
    findings: dict[Demand, Finding | None]
    may: tuple[Gate, ...]
    competes: bool
    history: tuple[StageMove, ...]

    @property
    def missing(self) -> int:
        return sum(one is not None for one in self.findings.values())


def standing(work: Work, proposal: Proposal, facts: ProposalFacts) -> Standing:
    """Where the proposal is, what its next gate demands, what the actor may do, and what has been done."""
    work.require("see")
    stored = gate_tables.newest(work)
    table = gate_tables.in_force(work)
    status = Status(proposal.status)
    possible = table.possible(facts.stage, status) if proposal.carried_on is None else ()
    following = possible[0] if possible and possible[0].kind is MoveKind.FORWARD else None
    own = proposal.organisation_id == work.actor.organisation_id
    return Standing(
        table=table,
        version=stored.version if stored else 0,
        facts=facts,
        next=following,
        findings=gates.findings(following, facts, context_of(work, proposal, table)) if following else {},
        may=tuple(one for one in possible if gates.may_make(one, work.actor.role, own=own)),
        competes=table.may_compete(facts.stage),
        history=tuple(history(work, proposal)),
    )


def history(work: Work, proposal: Proposal) -> list[StageMove]:
    """The case's moves in this round and earlier ones, the latest first."""
    ids = [one.id for one in lineages.of(proposal)]
    query = select(StageMove).where(StageMove.proposal_id.in_(ids)).order_by(StageMove.id.desc())
    return list(work.session.scalars(query))


def context_of(work: Work, proposal: Proposal, table: GateTable) -> GateContext:
    """What the gates must know beside the proposal itself."""
    asked = work.session.scalar(
        select(Consultation.id).where(Consultation.proposal_id == proposal.id).limit(1)
    )
    known = GateContext(
        accuracy_percent=table.accuracy_in(Stage(proposal.stage)),
        is_consulted=asked is not None,
        documents=attachments.kinds_of(work, proposal.id),
        missing_replies=tuple(consultations.missing_replies(work, proposal.id)),
    )
    decided = work.session.scalar(
        select(DecidedInvestment).where(DecidedInvestment.proposal_id == proposal.id)
    )
    if decided is None:
        return known
    facts = proposal_records.facts_from_json(decided.snapshot)
    chosen = next(one for one in facts.alternatives if one.code == decided.alternative_code)
    return replace(known, decided_ore=chosen.outlay_ore)


def find_move(work: Work, proposal: Proposal, code: str) -> Gate:
    """The move that the code names, if the actor may make it from where the proposal is.

    Raises:
        StateError: there is no such move from here, or the proposal goes on in a later round.
        NotAllowedError: it is not for this role.
    """
    lineages.refuse_carried(proposal)
    table = gate_tables.in_force(work)
    gate = table.with_code(code)
    stage = proposal_records.facts(proposal).stage
    if gate is None or gate not in table.possible(stage, Status(proposal.status)):
        raise StateError(Note("Förslaget kan inte flyttas så från det skede och den status det har."))
    own = proposal.organisation_id == work.actor.organisation_id
    if not gates.may_make(gate, work.actor.role, own=own):
        raise NotAllowedError("move proposal")
    return gate


def move(
    work: Work, proposal_id: int, code: str, stated: StatedMove, *, seen_version: int, key: str = ""
) -> StageMove:
    """Make a move.

    Args:
        code: Which (`Gate.code`): the stage of a forward gate, else the kind.

    Raises:
        NotAllowedError: the table does not give the move to this role, or not on this organisation's proposals.
        InvalidInputError: what is missing, by `demands.<demand>` and by field of the form, all at once.
        ConflictError: someone else changed the proposal since.
        StateError: no such move from where the proposal is.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("move proposal", organisation_id=proposal.organisation_id)

    def insert() -> int:
        if proposal.version != seen_version:
            raise ConflictError(
                "proposal",
                proposal_id,
                stored=proposal_records.to_json(proposal),
                submitted={"gate": code, **stated.to_json()},
            )
        gate = find_move(work, proposal, code)
        table, facts = gate_tables.in_force(work), proposal_records.facts(proposal)
        context = context_of(work, proposal, table)
        own = proposal.organisation_id == work.actor.organisation_id
        faults = gates.guard(
            table, gate, facts, Status(proposal.status), context, role=work.actor.role, own=own
        )
        faults |= _stated_faults(work, proposal, gate, stated, context)
        if faults:
            raise InvalidInputError(faults)
        return _carry_out(work, proposal, gate, stated, table).id

    body = {"proposal": proposal_id, "gate": code, "seen": seen_version, **stated.to_json()}
    return work.session.get_one(StageMove, once(work, "move proposal", key, body, insert))


def _carry_out(work: Work, proposal: Proposal, gate: Gate, stated: StatedMove, table: GateTable) -> StageMove:
    facts = proposal_records.facts(proposal)
    status = gates.STATUS_AFTER.get(gate.kind, Status(proposal.status))
    bearer = organisations.by_code(work).get(stated.sunk_committee) if stated.sunk_committee else None
    cancelled = gate.kind is MoveKind.CANCEL
    made = StageMove(
        proposal_id=proposal.id,
        gate_table=gate_tables.stored_in_force(work),
        kind=gate.kind.value,
        from_stage=facts.stage.value,
        to_stage=table.target(gate, facts.stage).value,
        from_status=proposal.status,
        to_status=status.value,
        body=stated.body.strip(),
        decided_on=stated.decided_on,
        paragraph=_number(stated.paragraph),
        amount_ore=stated.amount_ore,
        conditions=stated.conditions.strip(),
        protocol=stated.protocol.strip(),
        reason=stated.reason.strip(),
        not_before_year=stated.not_before_year if gate.kind is MoveKind.POSTPONE else None,
        sunk_ore=stated.sunk_ore if cancelled else None,
        sunk_organisation=bearer if cancelled and stated.sunk_ore else None,
        sunk_year=stated.sunk_year if cancelled and stated.sunk_ore else None,
        moved_by=work.actor.user_id or 0,
        moved_by_name=work.actor.name,
        moved_at=work.now(),
    )
    before = _place_of(proposal)
    if made.to_stage != made.from_stage:
        proposal.stage = made.to_stage
    if made.to_status != made.from_status:
        proposal.status, proposal.ready = made.to_status, False
    if made.not_before_year is not None:
        proposal.not_before_year = made.not_before_year
    proposal.version += 1
    proposal.changed_at = work.now()
    work.session.add(made)
    work.session.flush()
    after = {
        **_place_of(proposal),
        "gate": gate.code,
        "gate_table": made.gate_table.version,
        **stated.to_json(),
    }
    work.record("move proposal", "proposal", proposal.id, before=before, after=after, reason=made.reason)
    return made


def _place_of(proposal: Proposal) -> dict[str, Any]:
    return {
        "stage": proposal.stage,
        "status": proposal.status,
        "not_before_year": proposal.not_before_year,
        "version": proposal.version,
    }


def _number(paragraph: str) -> str:
    return paragraph.strip().removeprefix("§").strip()


# What the form must say


def decision_faults(
    work: Work, body: str, decided_on: date | None, paragraph: str, *, required: bool
) -> dict[str, Note]:
    """What is wrong with a decision as stated: body, date and paragraph go together, and the date has been."""
    faults: dict[str, Note] = {}
    number = _number(paragraph)
    any_stated = decided_on is not None or bool(number)
    if (required or any_stated) and not body.strip():
        faults["body"] = Note("Ange vem som har beslutat.")
    if len(body.strip()) > gates.MAX_DECIDER_LENGTH:
        faults["body"] = Note("Texten får vara högst %(most)d tecken.", {"most": gates.MAX_DECIDER_LENGTH})
    if decided_on is None and (required or number):
        faults["decided_on"] = Note("Ange beslutets datum.")
    if decided_on is not None and decided_on > work.today:
        faults["decided_on"] = Note("Beslutsdatumet ligger i framtiden.")
    if not number and required:
        faults["paragraph"] = Note("Ange beslutets paragraf, till exempel 214.")
    if len(number) > 20:
        faults["paragraph"] = Note("Texten får vara högst %(most)d tecken.", {"most": 20})
    return faults


def _stated_faults(
    work: Work, proposal: Proposal, gate: Gate, stated: StatedMove, context: GateContext
) -> dict[str, Note]:
    faults = decision_faults(
        work, stated.body, stated.decided_on, stated.paragraph, required=gate.decision_required
    )
    for name, text, most in (
        ("conditions", stated.conditions, MAX_TEXT),
        ("reason", stated.reason, MAX_TEXT),
        ("protocol", stated.protocol, MAX_PROTOCOL),
    ):
        if len(text.strip()) > most:
            faults[name] = Note("Texten får vara högst %(most)d tecken.", {"most": most})
    if gate.kind is not MoveKind.FORWARD and gate.kind is not MoveKind.RESUME and not stated.reason.strip():
        faults["reason"] = Note("Skriv varför.")
    if stated.amount_ore is not None and stated.amount_ore < 0:
        faults["amount_ore"] = Note("Skriv beloppet utan minustecken.")
    if gate.within_decided:
        faults |= _amount_faults(stated.amount_ore, context.decided_ore)
    if gate.kind is MoveKind.POSTPONE:
        faults |= _postponement_faults(proposal, stated.not_before_year)
    if gate.kind is MoveKind.CANCEL:
        faults |= _sunk_faults(work, stated)
    return faults


def _amount_faults(amount_ore: Ore | None, decided_ore: Ore | None) -> dict[str, Note]:
    if amount_ore is None:
        return {"amount_ore": Note("Ange kontraktssumman med slutprognosen efter upphandlingen.")}
    if decided_ore is not None and amount_ore > decided_ore:
        facts = {"decided": format_amount(decided_ore, "tkr", 1)}
        return {
            "amount_ore": Note(
                "Beloppet är högre än de %(decided)s tkr som är beslutade. Avvikelsen går tillbaka till den som beslutade.",
                facts,
            )
        }
    return {}


def _postponement_faults(proposal: Proposal, year: int | None) -> dict[str, Note]:
    years = proposal.round.years
    if year is None or not years[0] < year <= years[-1] + 1:
        facts = {"first": years[0] + 1, "last": years[-1] + 1}
        return {"not_before_year": Note("Välj ett år från %(first)d till %(last)d.", facts)}
    return {}


def _sunk_faults(work: Work, stated: StatedMove) -> dict[str, Note]:
    """Ordered work that led nowhere is a cost of the year, and somebody must bear it (1.1, 10.14)."""
    faults: dict[str, Note] = {}
    if stated.sunk_ore is None:
        return {
            "sunk_ore": Note("Ange vad förslaget har kostat hittills. Skriv 0 om det inte har kostat något.")
        }
    if stated.sunk_ore < 0:
        faults["sunk_ore"] = Note("Skriv beloppet utan minustecken.")
    if stated.sunk_ore > 0:
        if stated.sunk_committee not in organisations.by_code(work):
            faults["sunk_committee"] = Note("Välj vilken nämnds resultat som bär kostnaden.")
        if stated.sunk_year is None or not 2000 <= stated.sunk_year <= 2200:
            faults["sunk_year"] = Note("Ange vilket års resultat som bär kostnaden.")
    return faults


# Ready for the committee


def mark_ready(work: Work, proposal_id: int, *, seen_version: int) -> Proposal:
    """The planner is done: the committee's manager may submit.

    Raises:
        InvalidInputError: what is still missing, one note per field.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("submit proposal", organisation_id=proposal.organisation_id)
    lineages.refuse_carried(proposal)
    if proposal.status != Status.DRAFT:
        raise StateError(Note("Bara ett utkast kan göras klart för nämnden."))
    if proposal.version != seen_version:
        raise ConflictError("proposal", proposal_id, stored=proposal_records.to_json(proposal), submitted={})
    missing = missing_before_submission(proposal_records.facts(proposal))
    if missing:
        raise InvalidInputError(missing)
    proposal.ready = True
    proposal.version += 1
    proposal.changed_at = work.now()
    work.record("mark proposal ready", "proposal", proposal.id, after={"version": proposal.version})
    return proposal


# Lists


def cancelled(work: Work, round_id: int) -> list[StageMove]:
    """The round's cancelled proposals, the latest first: what must be expensed, by whom and in which year."""
    work.require("follow gates")
    query = (
        select(StageMove)
        .join(StageMove.proposal)
        .where(StageMove.kind == MoveKind.CANCEL.value, Proposal.round_id == round_id)
        .order_by(StageMove.id.desc())
    )
    return list(work.session.scalars(query))

"""Gates between the stages of an investigation: who may pass one, what must be stated first, and who decides.

A municipality's rules are data: one `GateTable`, stored in versions. Here are its form, the default that follows the
domain reference (5.1 stages and deciders, 5.2, 5.4 what is required from which stage), and the one guard.

A gate leads *into* a stage. The next gate of a proposal is the first gate in use beyond its stage, so a municipality may
leave gates out, but nobody passes over one that is in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from investplan.domain.gate_demands import DEMANDS, Demand, Finding, GateContext
from investplan.domain.labels import N_
from investplan.domain.organisations import OF_ORGANISATION, Role
from investplan.domain.proposals import ProposalFacts, Stage, Status
from investplan.errors import NotAllowedError, Note, StateError

MAX_DECIDER_LENGTH = 80


class MoveKind(StrEnum):
    """What a move does: forward through a gate, a stage back, or out of and into the work."""

    FORWARD = "forward"
    BACK = "back"
    POSTPONE = "postpone"
    REST = "rest"
    RESUME = "resume"
    REJECT = "reject"
    CANCEL = "cancel"


class RequestState(StrEnum):
    """How it went with money asked for to investigate."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = (Status.DRAFT, Status.SUBMITTED)
STATUSES_BY_KIND: dict[MoveKind, tuple[Status, ...]] = {
    MoveKind.FORWARD: (*OPEN, Status.DECIDED),
    MoveKind.BACK: OPEN,
    MoveKind.POSTPONE: OPEN,
    MoveKind.REST: OPEN,
    MoveKind.RESUME: (Status.DORMANT,),
    MoveKind.REJECT: (*OPEN, Status.DORMANT),
    MoveKind.CANCEL: (*OPEN, Status.DORMANT),
}
"""In which statuses a move can be made. What the council has decided is neither rejected nor cancelled here."""

STATUS_AFTER: dict[MoveKind, Status] = {
    MoveKind.REST: Status.DORMANT,
    MoveKind.RESUME: Status.DRAFT,
    MoveKind.REJECT: Status.REJECTED,
    MoveKind.CANCEL: Status.CANCELLED,
}
MOVERS = (Role.PLANNER, Role.COMMITTEE_MANAGER, Role.EXECUTIVE_BOARD, Role.FINANCE)
"""Who a table may name. Planner and manager move their own organisation's only; the administrator may what finance may."""


@dataclass(frozen=True)
class Gate:
    """One row of the table.

    Args:
        into: The stage a forward gate leads into; None for the other kinds.
        movers: Roles that may make the move.
        decider: The body that decides, in words; a default for the form.
        decision_required: Whether body, date and paragraph must be stated.
        within_decided: Whether an amount must be stated that is within what the council decided.
        accuracy_percent: How exact the cost is in the stage the gate leads into, ± per cent; None: tender or actual.
        in_use: Whether the gate is used at all; only forward gates can be left out.
    """

    kind: MoveKind
    into: Stage | None
    movers: frozenset[Role]
    decider: str = ""
    decision_required: bool = False
    within_decided: bool = False
    accuracy_percent: int | None = None
    demands: tuple[Demand, ...] = ()
    in_use: bool = True

    @property
    def code(self) -> str:
        """What forms and addresses call it: the kind, or the stage that a forward gate leads into."""
        return self.into.value if self.into is not None else self.kind.value


@dataclass(frozen=True)
class GateTable:
    """A municipality's gates.

    Args:
        gates: Forward gates in the order of the stages, then the other moves.
        first_competing: The first stage in which a proposal may compete for room.
        planner_submits: Whether a planner may submit; else the planner marks it ready and the manager submits.
    """

    gates: tuple[Gate, ...]
    first_competing: Stage
    planner_submits: bool = True

    def next_gate(self, stage: Stage) -> Gate | None:
        """The first gate in use beyond the stage; None after the last."""
        ahead = (one for one in self.gates if one.into is not None and one.into.order > stage.order)
        return next((one for one in ahead if one.in_use), None)

    def stage_before(self, stage: Stage) -> Stage | None:
        """Where a step back leads: the last stage before that a gate in use leads into, else the first stage."""
        if stage is Stage.NEED:
            return None
        before = [one.into for one in self.gates if one.into and one.in_use and one.into.order < stage.order]
        return before[-1] if before else Stage.NEED

    def of_kind(self, kind: MoveKind) -> Gate:
        return next(one for one in self.gates if one.kind is kind)

    def with_code(self, code: str) -> Gate | None:
        return next((one for one in self.gates if one.code == code), None)

    def accuracy_in(self, stage: Stage) -> int | None:
        """How exact the cost is held to be in the stage, ± per cent: ± 50 for a need (`[OKU]` of 5.1)."""
        if stage is Stage.NEED:
            return NEED_ACCURACY_PERCENT
        return next((one.accuracy_percent for one in self.gates if one.into is stage), None)

    def may_compete(self, stage: Stage) -> bool:
        return stage.order >= self.first_competing.order

    def possible(self, stage: Stage, status: Status) -> tuple[Gate, ...]:
        """The moves that exist from here, whoever asks: the next gate first."""
        found: list[Gate] = []
        for kind in MoveKind:
            gate = self.next_gate(stage) if kind is MoveKind.FORWARD else self.of_kind(kind)
            if kind is MoveKind.BACK and self.stage_before(stage) is None:
                gate = None
            if gate is not None and status in STATUSES_BY_KIND[kind]:
                found.append(gate)
        return tuple(found)

    def target(self, gate: Gate, stage: Stage) -> Stage:
        """The stage after the move."""
        if gate.kind is MoveKind.BACK:
            return self.stage_before(stage) or stage
        return gate.into or stage


NEED_ACCURACY_PERCENT = 50


def may_make(gate: Gate, role: Role | None, *, own: bool) -> bool:
    """Whether the role may make the move on a proposal of its own organisation, or another's.

    >>> may_make(DEFAULT_TABLE.of_kind(MoveKind.REST), Role.PLANNER, own=False)
    False
    """
    if role is None:
        return False
    asked = Role.FINANCE if role is Role.ADMINISTRATOR else role
    return asked in gate.movers and (own or asked not in OF_ORGANISATION)


def findings(gate: Gate, facts: ProposalFacts, context: GateContext) -> dict[Demand, Finding | None]:
    """Every demand of the gate, in order, with what is missing; None where it is met."""
    return {demand: DEMANDS[demand](facts, context) for demand in gate.demands}


def guard(
    table: GateTable,
    gate: Gate,
    facts: ProposalFacts,
    status: Status,
    context: GateContext,
    *,
    role: Role | None,
    own: bool,
) -> dict[str, Note]:
    """Why the move cannot be made: notes by `demands.<demand>`; empty when it can.

    Args:
        own: Whether the proposal is of the actor's own organisation.

    Raises:
        NotAllowedError: the move is not for this role.
        StateError: there is no such move from where the proposal is.
    """
    if not may_make(gate, role, own=own):
        raise NotAllowedError("move proposal")
    if gate not in table.possible(facts.stage, status):
        raise StateError(Note("Förslaget kan inte flyttas så från det skede och den status det har."))
    found = findings(gate, facts, context)
    return {f"demands.{demand}": one.note for demand, one in found.items() if one is not None}


OWN_WORK = frozenset({Role.PLANNER, Role.COMMITTEE_MANAGER, Role.FINANCE})
BOARD = frozenset({Role.EXECUTIVE_BOARD, Role.FINANCE})
ONLY_FINANCE = frozenset({Role.FINANCE})


def in_order(*demands: Demand) -> tuple[Demand, ...]:
    """The demands in the order of the form."""
    return tuple(demand for demand in Demand if demand in demands)


_ANALYSED = in_order(
    Demand.PURPOSE, Demand.WITHOUT_ACTION, Demand.STEERING, Demand.TWO_ALTERNATIVES, Demand.PLACE
)
_STUDIED = in_order(
    *_ANALYSED, Demand.PLAN_STATUS, Demand.STARTS, Demand.OUTLAYS, Demand.ACCURACY, Demand.OPERATING, Demand.RISKS,
    Demand.PRE_STUDY_REPORT, Demand.REPLIES,
)  # fmt: skip
_DESIGNED = in_order(
    *_STUDIED, Demand.WITHOUT_VAT, Demand.RENT, Demand.COMPONENTS, Demand.GRANTS, Demand.DISPOSALS, Demand.IMPACTS,
    Demand.CALCULATION,
)  # fmt: skip


def _into(stage: Stage, movers: frozenset[Role], decider: str, **more: Any) -> Gate:
    return Gate(MoveKind.FORWARD, stage, movers, decider, **more)


MOVE_LABELS: dict[MoveKind, str] = {
    MoveKind.FORWARD: N_("Till nästa skede"),
    MoveKind.BACK: N_("Tillbaka ett skede"),
    MoveKind.POSTPONE: N_("Senarelägg förslaget"),
    MoveKind.REST: N_("Lägg förslaget vilande"),
    MoveKind.RESUME: N_("Ta upp förslaget igen"),
    MoveKind.REJECT: N_("Avslå förslaget"),
    MoveKind.CANCEL: N_("Avbryt förslaget"),
}

DEFAULT_TABLE = GateTable(
    gates=(
        _into(
            Stage.NEEDS_ANALYSIS, OWN_WORK, "Nämnden", accuracy_percent=40, demands=(Demand.PURPOSE,)
        ),
        _into(
            Stage.PRE_STUDY, BOARD, "Kommunstyrelsens arbetsutskott",
            decision_required=True, accuracy_percent=30, demands=_ANALYSED,
        ),
        _into(
            Stage.DESIGN, BOARD, "Kommunstyrelsen",
            decision_required=True, accuracy_percent=20, demands=_STUDIED,
        ),
        _into(
            Stage.IMPLEMENTATION_DECISION, ONLY_FINANCE, "Kommunfullmäktige",
            decision_required=True, accuracy_percent=10, demands=_DESIGNED,
        ),
        _into(
            Stage.STARTING_PERMIT, BOARD, "Kommunstyrelsens arbetsutskott",
            decision_required=True, within_decided=True, demands=(Demand.COUNCIL_DECISION,),
        ),
        _into(Stage.IMPLEMENTATION, OWN_WORK, "Styrgruppen", demands=(Demand.COUNCIL_DECISION,)),
        _into(
            Stage.COMMISSIONING, OWN_WORK, "Fastighetsägaren och ekonomi", demands=(Demand.COUNCIL_DECISION,)
        ),
        _into(
            Stage.FINAL_ACCOUNT, ONLY_FINANCE, "Det organ som beslutade investeringen",
            decision_required=True, demands=(Demand.COUNCIL_DECISION,),
        ),
        _into(Stage.EX_POST, OWN_WORK, "Nämnden", demands=(Demand.COUNCIL_DECISION,)),
        Gate(MoveKind.BACK, None, ONLY_FINANCE, "Ekonomi"),
        Gate(MoveKind.POSTPONE, None, BOARD, "Kommunstyrelsen", decision_required=True),
        Gate(MoveKind.REST, None, OWN_WORK, "Nämnden"),
        Gate(MoveKind.RESUME, None, OWN_WORK, "Nämnden"),
        Gate(MoveKind.REJECT, None, BOARD, "Kommunstyrelsen", decision_required=True),
        Gate(MoveKind.CANCEL, None, OWN_WORK | BOARD, "Nämnden"),
    ),
    first_competing=Stage.NEEDS_ANALYSIS,
)  # fmt: skip
"""What holds until a municipality has a table of its own: domain reference 5.1 (deciders, accuracy) and 5.4 (fields)."""


# Stored form


def to_json(table: GateTable) -> dict[str, Any]:
    """The table as JSON; `from_json` reads it back."""
    return {
        "first_competing": table.first_competing.value,
        "planner_submits": table.planner_submits,
        "gates": [
            {
                "code": one.code,
                "in_use": one.in_use,
                "movers": sorted(one.movers),
                "decider": one.decider,
                "decision_required": one.decision_required,
                "within_decided": one.within_decided,
                "accuracy_percent": one.accuracy_percent,
                "demands": [demand.value for demand in one.demands],
            }
            for one in table.gates
        ],
    }


def from_json(stored: Mapping[str, Any]) -> GateTable:
    """The table that was stored. Demands that this version does not know are refused, never skipped.

    Raises:
        ValueError: something in it is unknown.
    """
    rows = {row["code"]: row for row in stored["gates"]}
    if rows.keys() != {one.code for one in DEFAULT_TABLE.gates}:
        raise ValueError(f"gates {sorted(rows)}")
    gates = tuple(
        replace(
            one,
            in_use=bool(rows[one.code]["in_use"]),
            movers=frozenset(Role(role) for role in rows[one.code]["movers"]),
            decider=rows[one.code]["decider"],
            decision_required=bool(rows[one.code]["decision_required"]),
            within_decided=bool(rows[one.code]["within_decided"]),
            accuracy_percent=rows[one.code]["accuracy_percent"],
            demands=tuple(Demand(demand) for demand in rows[one.code]["demands"]),
        )
        for one in DEFAULT_TABLE.gates
    )
    return GateTable(gates, Stage(stored["first_competing"]), bool(stored["planner_submits"]))


def table_faults(table: GateTable) -> dict[str, Note]:
    """What makes a table unusable: one note per field (`design.movers`)."""
    faults: dict[str, Note] = {}
    for one in table.gates:
        if not one.in_use:
            if one.into is None:
                faults[f"{one.code}.in_use"] = Note("Bara grindar mellan skeden kan utelämnas.")
            continue
        if not one.movers:
            faults[f"{one.code}.movers"] = Note("Välj minst en roll, annars kommer inget förslag vidare.")
        if not one.movers <= set(MOVERS):
            faults[f"{one.code}.movers"] = Note("Välj ett av alternativen.")
        if not one.decider.strip() or len(one.decider) > MAX_DECIDER_LENGTH:
            faults[f"{one.code}.decider"] = Note(
                "Skriv vem som beslutar, högst %(most)d tecken.", {"most": MAX_DECIDER_LENGTH}
            )
        if one.accuracy_percent is not None and not 0 <= one.accuracy_percent <= 100:
            faults[f"{one.code}.accuracy_percent"] = Note("Skriv 0–100, eller lämna tomt.")
        if len(set(one.demands)) < len(one.demands):
            faults[f"{one.code}.demands"] = Note("Samma krav står två gånger.")
    return faults

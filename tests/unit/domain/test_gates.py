"""Gates: each demand, the table, the guard, and that nobody passes over a gate that is in use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investplan.domain import gates
from investplan.domain.attachments import DocumentKind
from investplan.domain.gate_demands import DEMAND_LABELS, DEMANDS, Demand, GateContext
from investplan.domain.gates import DEFAULT_TABLE, GateTable, MoveKind
from investplan.domain.organisations import Role
from investplan.domain.proposals import AlternativeKind, Component, ProposalFacts, Stage, Status
from investplan.domain.statements import Impact, ImpactCheck, PlanStatus, Risk, SteeringKind, SteeringLink
from investplan.errors import NotAllowedError, StateError
from tests import factories

WHOLE = replace(
    factories.alternative(), accuracy_percent=10, excludes_vat=True, plan_status=PlanStatus.PLAN_ADOPTED
)
ZERO = factories.alternative(
    0, code="zero", kind=AlternativeKind.NOTHING, outlays=(), components=(), place_wkt=None, operating=()
)
DECIDED = GateContext(decided_ore=10 * factories.MNKR, documents=frozenset(DocumentKind))


def whole(**changes: Any) -> ProposalFacts:
    """A proposal that meets every demand."""
    made = factories.facts(
        stage=Stage.NEED,
        alternatives=(WHOLE, ZERO),
        without_action="Barnen får ingen plats.",
        steering=(SteeringLink(SteeringKind.FOCUS_AREA, "En växande kommun"),),
        risks=(Risk("Marken är förorenad", 2, 4),),
        impacts=tuple(ImpactCheck(impact, False) for impact in Impact),
    )
    return replace(made, **changes)


def with_first(**changes: Any) -> ProposalFacts:
    return whole(alternatives=(replace(WHOLE, **changes), ZERO))


def test_a_whole_proposal_meets_every_demand() -> None:
    context = replace(DECIDED, accuracy_percent=10, is_consulted=True)
    assert {demand: check(whole(), context) for demand, check in DEMANDS.items()} == dict.fromkeys(Demand)


LACKING = [
    (Demand.PURPOSE, whole(purpose=" "), "purpose"),
    (Demand.WITHOUT_ACTION, whole(without_action=""), "without_action"),
    (Demand.STEERING, whole(steering=()), "steering"),
    (Demand.ALTERNATIVE, whole(alternatives=()), "alternatives"),
    (Demand.TWO_ALTERNATIVES, whole(alternatives=(WHOLE,)), "alternatives"),
    (Demand.PLACE, with_first(place_wkt=None), "place"),
    (Demand.PLACE, whole(alternatives=()), "place"),
    (Demand.PLAN_STATUS, with_first(plan_status=None), "alternatives.0.plan_status"),
    (Demand.STARTS, with_first(starts=()), "alternatives.0.starts"),
    (Demand.OUTLAYS, with_first(outlays=()), "alternatives.0.outlays"),
    (Demand.ACCURACY, with_first(accuracy_percent=None), "alternatives.0.accuracy_percent"),
    (Demand.ACCURACY, with_first(accuracy_percent=20), "alternatives.0.accuracy_percent"),
    (Demand.WITHOUT_VAT, with_first(excludes_vat=False), "alternatives.0.excludes_vat"),
    (Demand.COMPONENTS, with_first(components=()), "alternatives.0.components"),
    (Demand.COMPONENTS, with_first(components=(Component("Stomme", 1, 480),)), "alternatives.0.components"),
    (Demand.OPERATING, with_first(operating=None), "alternatives.0.operating"),
    (Demand.RENT, with_first(landlord="SEN", area_m2=None), "alternatives.0.area_m2"),
    (Demand.RENT, with_first(kind=AlternativeKind.LEASE), "alternatives.0.leases"),
    (Demand.GRANTS, with_first(grants=None), "alternatives.0.grants"),
    (Demand.DISPOSALS, with_first(disposals=None), "alternatives.0.disposals"),
    (Demand.RISKS, whole(risks=None), "risks"),
    (Demand.RISKS, whole(risks=(Risk("Marken är förorenad", 2, None),)), "risks"),
    (Demand.IMPACTS, whole(impacts=(ImpactCheck(Impact.CHILDREN, False),)), "impacts"),
]


@pytest.mark.parametrize(("demand", "facts", "field"), LACKING)
def test_each_demand_says_what_is_missing_and_where_it_is_stated(
    demand: Demand, facts: ProposalFacts, field: str
) -> None:
    found = DEMANDS[demand](facts, replace(DECIDED, accuracy_percent=10))
    assert found is not None
    assert found.field == field
    assert str(found.note)


def test_what_the_council_has_not_decided_is_told_without_a_field() -> None:
    found = DEMANDS[Demand.COUNCIL_DECISION](whole(), GateContext())
    assert found is not None
    assert found.field == ""


def test_replies_are_missing_by_name_and_nobody_affected_means_none_missing() -> None:
    waiting = replace(DECIDED, is_consulted=True, missing_replies=("Servicenämnden", "Vatten AB"))
    found = DEMANDS[Demand.REPLIES](whole(), waiting)
    assert found is not None
    assert str(found.note) == "Svar saknas från Servicenämnden, Vatten AB."
    assert DEMANDS[Demand.REPLIES](whole(), replace(waiting, missing_replies=())) is None
    assert DEMANDS[Demand.CONSULTED](whole(), waiting) is None
    unasked = DEMANDS[Demand.CONSULTED](whole(), GateContext())
    assert unasked is not None
    assert unasked.field == found.field == "consultation"


FILES = (Demand.PRE_STUDY_REPORT, Demand.CALCULATION, Demand.RISK_ANALYSIS, Demand.IMPACT_ANALYSIS)


@pytest.mark.parametrize("demand", FILES)
def test_a_file_of_the_kind_is_demanded_by_its_name(demand: Demand) -> None:
    for kind in DocumentKind:
        found = DEMANDS[demand](whole(), GateContext(documents=frozenset({kind})))
        assert (found is None) == (kind.value == demand.value)
        assert found is None or found.field == "attachments"


def test_every_demand_is_tried_above_and_has_a_name() -> None:
    assert {row[0] for row in LACKING} | {
        Demand.COUNCIL_DECISION,
        Demand.REPLIES,
        Demand.CONSULTED,
        *FILES,
    } == set(Demand)
    assert set(DEMAND_LABELS) == set(DEMANDS) == set(Demand)


def test_an_explicit_zero_and_no_risks_are_answers() -> None:
    facts = whole(risks=(), alternatives=(replace(WHOLE, grants=(), operating=(), disposals=()), ZERO))
    for demand in (Demand.RISKS, Demand.GRANTS, Demand.OPERATING, Demand.DISPOSALS):
        assert DEMANDS[demand](facts, DECIDED) is None


def test_an_alternative_that_is_ruled_out_counts_among_two_but_owes_no_figures() -> None:
    gone = replace(WHOLE, code="b", rejected=True, rejected_reason="För dyrt.", components=(), operating=None)
    facts = whole(alternatives=(WHOLE, gone))
    for demand in (Demand.TWO_ALTERNATIVES, Demand.COMPONENTS, Demand.OPERATING, Demand.ACCURACY):
        assert DEMANDS[demand](facts, DECIDED) is None


# The table


def test_the_shipped_table_follows_the_stages_and_holds_together() -> None:
    """Domain reference 5.1: ±50, 40, 30, 15–20 and 10 per cent; tender or actual after that."""
    assert gates.table_faults(DEFAULT_TABLE) == {}
    assert [gate.into for gate in DEFAULT_TABLE.gates if gate.into] == list(Stage)[1:]
    told = [DEFAULT_TABLE.accuracy_in(stage) for stage in Stage]
    assert told == [50, 40, 30, 20, 10, None, None, None, None, None]
    deciders = {gate.into: gate.decider for gate in DEFAULT_TABLE.gates}
    assert deciders[Stage.PRE_STUDY] == "Kommunstyrelsens arbetsutskott"
    assert deciders[Stage.IMPLEMENTATION_DECISION] == "Kommunfullmäktige"


def test_demands_only_grow_until_the_implementation_decision() -> None:
    held: set[Demand] = set()
    for gate in DEFAULT_TABLE.gates[:4]:
        assert held <= set(gate.demands)
        held = set(gate.demands)


def test_two_alternatives_and_place_are_demanded_before_the_pre_study_and_components_before_implementation() -> (
    None
):
    def demands(stage: Stage) -> tuple[Demand, ...]:
        gate = DEFAULT_TABLE.with_code(stage)
        assert gate is not None
        return gate.demands

    assert {Demand.TWO_ALTERNATIVES, Demand.PLACE} <= set(demands(Stage.PRE_STUDY))
    assert Demand.COMPONENTS not in demands(Stage.DESIGN)
    assert Demand.COMPONENTS in demands(Stage.IMPLEMENTATION_DECISION)


def test_a_stored_table_is_read_back_as_it_was() -> None:
    assert gates.from_json(gates.to_json(DEFAULT_TABLE)) == DEFAULT_TABLE


def test_a_demand_that_nobody_knows_is_refused_not_skipped() -> None:
    stored = gates.to_json(DEFAULT_TABLE)
    stored["gates"][0]["demands"] = ["stars_are_right"]
    with pytest.raises(ValueError, match="stars_are_right"):
        gates.from_json(stored)
    with pytest.raises(ValueError, match="gates"):
        gates.from_json({**gates.to_json(DEFAULT_TABLE), "gates": []})


def changed(code: str, **changes: Any) -> GateTable:
    found = tuple(replace(one, **changes) if one.code == code else one for one in DEFAULT_TABLE.gates)
    return replace(DEFAULT_TABLE, gates=found)


@pytest.mark.parametrize(
    ("code", "changes", "field"),
    [
        ("design", {"movers": frozenset()}, "design.movers"),
        ("design", {"movers": frozenset({Role.COUNCIL_VIEWER})}, "design.movers"),
        ("design", {"decider": " "}, "design.decider"),
        ("design", {"decider": "x" * 81}, "design.decider"),
        ("design", {"accuracy_percent": 101}, "design.accuracy_percent"),
        ("design", {"demands": (Demand.PLACE, Demand.PLACE)}, "design.demands"),
        ("cancel", {"in_use": False}, "cancel.in_use"),
    ],
)
def test_a_table_that_does_not_work_says_where(code: str, changes: dict[str, Any], field: str) -> None:
    assert list(gates.table_faults(changed(code, **changes))) == [field]


def test_a_gate_that_is_not_used_may_lack_everything() -> None:
    assert gates.table_faults(changed("design", in_use=False, movers=frozenset(), decider="")) == {}


# The guard


def _guard(
    gate_code: str, facts: ProposalFacts, status: Status = Status.DRAFT, **more: Any
) -> dict[str, Any]:
    gate = DEFAULT_TABLE.with_code(gate_code)
    assert gate is not None
    actor = {"role": Role.FINANCE, "own": False} | more
    return gates.guard(DEFAULT_TABLE, gate, facts, status, DECIDED, **actor)


def test_the_guard_tells_all_that_is_missing_at_once() -> None:
    bare = whole(stage=Stage.NEEDS_ANALYSIS, purpose="", alternatives=(WHOLE,), steering=())
    found = _guard("pre_study", bare, role=Role.EXECUTIVE_BOARD)
    assert set(found) == {"demands.purpose", "demands.two_alternatives", "demands.steering"}
    assert _guard("pre_study", whole(stage=Stage.NEEDS_ANALYSIS)) == {}


def test_the_guard_refuses_a_jump_and_a_stranger() -> None:
    with pytest.raises(StateError):
        _guard("design", whole())
    with pytest.raises(StateError):
        _guard("rest", whole(), Status.DECIDED)
    with pytest.raises(NotAllowedError):
        _guard("pre_study", whole(stage=Stage.NEEDS_ANALYSIS), role=Role.PLANNER, own=True)
    with pytest.raises(NotAllowedError):
        _guard("needs_analysis", whole(), role=Role.PLANNER, own=False)
    assert _guard("needs_analysis", whole(), role=Role.PLANNER, own=True) == {}


@pytest.mark.parametrize("status", [Status.REJECTED, Status.CANCELLED])
def test_nothing_moves_any_more_once_it_is_rejected_or_cancelled(status: Status) -> None:
    for stage in Stage:
        assert DEFAULT_TABLE.possible(stage, status) == ()


def test_a_decided_proposal_only_goes_forward() -> None:
    for stage in Stage:
        assert {gate.kind for gate in DEFAULT_TABLE.possible(stage, Status.DECIDED)} <= {MoveKind.FORWARD}


def test_the_administrator_may_what_finance_may() -> None:
    for gate in DEFAULT_TABLE.gates:
        assert gates.may_make(gate, Role.ADMINISTRATOR, own=False) == (Role.FINANCE in gate.movers)
        assert not gates.may_make(gate, None, own=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    used=st.sets(st.sampled_from(list(Stage)[1:])),
    first=st.sampled_from(list(Stage)),
    steps=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=20),
)
def test_no_sequence_of_allowed_moves_passes_over_a_gate_that_is_in_use(
    used: set[Stage], first: Stage, steps: list[tuple[int, bool]]
) -> None:
    """Whoever ends beyond a gate in use has gone through it, with its demands met, since last standing before it."""
    table = replace(
        DEFAULT_TABLE,
        gates=tuple(replace(one, in_use=one.into in used or one.into is None) for one in DEFAULT_TABLE.gates),
    )
    stage, status = first, Status.DRAFT
    passed = {one for one in used if one.order <= first.order}
    for choice, is_complete in steps:
        possible = table.possible(stage, status)
        if not possible:
            break
        gate = possible[choice % len(possible)]
        facts = whole(stage=stage) if is_complete else whole(stage=stage, purpose="")
        missing = gates.guard(table, gate, facts, status, DECIDED, role=Role.FINANCE, own=False)
        assert not (missing and not gate.demands)
        if missing:
            continue
        if gate.kind is MoveKind.FORWARD:
            assert not gate.demands or is_complete or Demand.PURPOSE not in gate.demands
            passed.add(table.target(gate, stage))
        stage = table.target(gate, stage)
        status = gates.STATUS_AFTER.get(gate.kind, status)
        passed = {one for one in passed if one.order <= stage.order}
        assert {one for one in used if one.order <= stage.order} <= passed

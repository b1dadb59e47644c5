from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from investplan.db.models import PlanningRound
from investplan.domain.consequences import consequences
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import Disposal, Grant, Recognition, Stage
from investplan.errors import InvalidInputError
from investplan.services import cases, decisions, proposals, scenarios
from investplan.services.work import Work
from investplan.units import kronor_from_ore
from tests import factories, prepared_plans
from tests.factories import MNKR


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


def _case(work: Work, found: PlanningRound, **changes: object) -> dict[str, Any]:
    built = cases.build_case(work, prepared_plans.scenario(work, found, **changes))
    told: dict[str, Any] = json.loads(built.case_bytes)
    return told


def test_an_amount_missing_is_no_limit_and_nought_is_nothing(work: Work, found: PlanningRound) -> None:
    limit = scenarios.LimitFacts(
        "ceiling", "Tak", "investment", {2027: 0, 2029: 7 * MNKR + 1}, carry_over=True
    )
    (told,) = _case(work, found, limits=(limit,))["limits"]
    assert told["max"] == [0, None, 7000000.01, *[None] * 7]
    assert told["carry_over"] is True


def test_shares_and_totals_go_into_the_case(work: Work, found: PlanningRound) -> None:
    extra = {"where": {"category": "legal"}, "max_share": "0.25", "max_total_ore": 3 * MNKR}
    (told,) = _case(work, found, limits=(scenarios.LimitFacts("s", "S", "investment", {}, extra=extra),))[
        "limits"
    ]
    assert told == {
        "id": "s",
        "of": "investment",
        "where": {"category": "legal"},
        "max_share": 0.25,
        "max_total": 3000000,
    }


def test_outlay_counts_against_the_ceiling_and_the_committees_cost_against_its_frame(
    work: Work, found: PlanningRound
) -> None:
    told = next(p for p in _case(work, found)["proposals"] if p["id"] == "KS 2026/0101")
    (alternative,) = told["alternatives"]
    facts = next(p for p in proposals.all_of(work, found.id) if p.case_number == "KS 2026/0101")
    stated = cases.proposal_records.facts(facts).alternatives[0]
    expected = consequences(stated, committee="UN", start=2028, parameters=DEFAULTS, years=found.years)
    assert alternative["investment"]["2028"] == [kronor_from_ore(ore) for ore in expected.investment_ore[1:]]
    assert alternative["operating"]["2028"] == [
        kronor_from_ore(ore) for ore in expected.consolidated_view.levels().ore[1:]
    ]
    levels = expected.committee_view.levels("UN").ore
    assert alternative["frames"]["UN"]["2028"] == [kronor_from_ore(ore) for ore in levels[1:]]
    assert levels != expected.consolidated_view.levels().ore


def test_a_company_uses_its_own_capacity_and_no_frame(work: Work, found: PlanningRound) -> None:
    told = next(p for p in _case(work, found)["proposals"] if p["id"] == "KS 2026/0104")
    (alternative,) = told["alternatives"]
    assert set(alternative) >= {"capacity"}
    assert "investment" not in alternative
    assert "KVAB" not in alternative.get("frames", {})


@pytest.mark.parametrize(
    ("stage", "first"), [(Stage.PRE_STUDY, 2029), (Stage.DESIGN, 2028), (Stage.IMPLEMENTATION, 2027)]
)
def test_the_stage_says_the_earliest_start(work: Work, stage: Stage, first: int) -> None:
    factories.committee(work)
    found = factories.planning_round(work)
    starts = tuple(range(2027, 2033))
    factories.submitted_proposal(
        work, found.id, stage=stage, alternatives=(factories.alternative(starts=starts, operating=()),)
    )
    built = cases.build_case(work, factories.scenario(work, found))
    assert built.problem.proposals[0].alternatives[0].starts == tuple(range(first, 2033))


def test_what_cannot_start_in_time_is_left_out_with_its_reason(work: Work, found: PlanningRound) -> None:
    built = cases.build_case(work, prepared_plans.scenario(work, found))
    (left,) = built.snapshot["left_out"]
    assert (left["case_number"], left["stage"], left["earliest"], left["starts"]) == (
        "KS 2026/0106",
        "needs_analysis",
        2029,
        [2027, 2028],
    )
    assert built.snapshot["limit_labels"]["ceiling"] == "Investeringstak"


def test_a_rule_about_an_absent_proposal_is_left_out_and_told(work: Work, found: PlanningRound) -> None:
    rules = (
        scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0106"}),
        scenarios.RuleFacts("r2", "forbid", {"proposal": "KS 2026/0105"}),
    )
    built = cases.build_case(work, prepared_plans.scenario(work, found, rules=rules))
    assert [rule.id for rule in built.problem.rules] == ["r2"]
    assert built.snapshot["rules_left_out"] == [{"rule": "r1", "reason": "KS 2026/0106"}]


def test_points_count_once_and_volume_counts_by_size(work: Work, found: PlanningRound) -> None:
    by_points = cases.build_case(
        work, prepared_plans.scenario(work, found, name="A", value_basis="points")
    ).problem
    by_volume = cases.build_case(
        work, prepared_plans.scenario(work, found, name="B", value_basis="volume")
    ).problem
    # 4 × 600 + 2 × 400 per mille of 5 points is 64 of 100; the street costs 7 mnkr.
    values = [problem.proposals[2].alternatives[0].value_by_start[2027] for problem in (by_points, by_volume)]
    assert values == [64, 448]
    # A year later is worth 96 per cent.
    assert by_points.proposals[2].alternatives[0].value_by_start[2028] * 100 == 64 * 96


def test_what_the_council_decided_stays_as_it_was(work: Work, found: PlanningRound) -> None:
    scenario = prepared_plans.scenario(work, found)
    run = prepared_plans.plan_of(work, scenario)
    decisions.adopt(work, run.id, decided_on=date(2026, 6, 1), paragraph="1", title="Budget")
    built = cases.build_case(work, scenario)
    assert run.plan is not None
    for choice in run.plan["chosen"]:
        committed = next(p for p in built.problem.proposals if p.id == choice["proposal"])
        assert committed.required
        assert [(a.id, a.starts) for a in committed.alternatives] == [
            (choice["alternative"], (choice["start"],))
        ]


def test_the_same_facts_give_the_same_bytes(work: Work, found: PlanningRound) -> None:
    scenario = prepared_plans.scenario(work, found)
    first = cases.build_case(work, scenario).case_bytes
    work.session.expire_all()
    assert cases.build_case(work, scenario).case_bytes == first


def test_a_case_that_does_not_hold_together_names_the_place(work: Work, found: PlanningRound) -> None:
    limit = scenarios.LimitFacts("x", "X", "no such row", {2027: 1})
    with pytest.raises(InvalidInputError) as caught:
        cases.build_case(work, prepared_plans.scenario(work, found, limits=(limit,)))
    assert any(place.startswith("limits[0]") for place in caught.value.fields)


def test_a_previous_plan_is_kept_in_mind_where_it_is_still_possible(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    assert run.plan is not None
    told = _case(work, found, name="Nära", previous_run_id=run.id)
    assert told["previous"] == run.plan["chosen"]


def _alternative_of(case: dict[str, Any], case_number: str) -> dict[str, Any]:
    (alternative,) = next(p for p in case["proposals"] if p["id"] == case_number)["alternatives"]
    found: dict[str, Any] = alternative
    return found


def test_premises_of_a_municipal_company_are_not_the_municipalitys_own(
    work: Work, found: PlanningRound
) -> None:
    alternative = factories.alternative(20 * MNKR, landlord="KVAB", area_m2=500, operating=())
    factories.submitted_proposal(work, found.id, "KS 2026/0107", alternatives=(alternative,))
    told = _alternative_of(_case(work, found), "KS 2026/0107")
    expected = consequences(
        alternative,
        committee="UN",
        start=2027,
        parameters=DEFAULTS,
        years=found.years,
        companies=frozenset({"KVAB"}),
    )
    # The rent is paid to the company; its depreciation and loans are not the municipality's.
    assert told["operating"]["2027"] == [
        kronor_from_ore(ore) for ore in expected.consolidated_view.levels().ore
    ]
    assert told["operating"]["2027"] == told["frames"]["UN"]["2027"]
    assert told["lasting"]["depreciation"]["2027"] == [0] * 10


def test_lasting_rows_tell_what_is_own_funds_and_what_is_not_paid(work: Work, found: PlanningRound) -> None:
    alternative = factories.alternative(
        20 * MNKR,
        starts=(2028, 2029),
        grants=(Grant("Stat", 0, 4 * MNKR), Grant("Exploatör", 0, MNKR + 1, Recognition.AT_COMPLETION)),
        disposals=(Disposal("Gammalt", "UN", 3 * MNKR, 60),),
    )
    factories.submitted_proposal(work, found.id, "KS 2026/0107", alternatives=(alternative,))
    told = _alternative_of(_case(work, found), "KS 2026/0107")["lasting"]
    # 20 mnkr over 40 years from January the year after, less what the old asset would have had in its five years;
    # the book value of the old asset in the year it goes. Grants are income over 40 years, or at once in the start year.
    assert told["depreciation"]["2028"] == [3000000, *[500000 - 600000] * 5, *[500000] * 3]
    assert told["grants"]["2028"] == [5000000.01, *[0] * 8]
    assert told["noncash"]["2029"] == [1999999.99, *[-200000] * 5, *[400000] * 2]
    assert "capitalised" not in told
    assert "lasting" not in _alternative_of(_case(work, found, name="Två"), "KS 2026/0104")

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from investplan.db.models import PlanningRound
from investplan.errors import InvalidInputError, StateError
from investplan.services import decision_reports, decisions, plans, runs, scenarios, ways_out
from investplan.services.work import Work
from optimizer.case_files import case_sha256, read_case, read_plan
from optimizer.problem import Choice
from optimizer.verifying import use_of, verify
from tests import factories, prepared_plans
from tests.factories import MNKR


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


def test_every_sum_of_a_plan_is_the_checkers_own(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    report = plans.of_run(work, run.id)
    assert run.case_bytes is not None
    assert run.plan is not None
    chosen = [Choice(c["proposal"], c["alternative"], c["start"]) for c in run.plan["chosen"]]
    expected = use_of(read_case(run.case_bytes), chosen)
    assert [(u.code, u.year, u.used_ore) for u in report.uses] == [
        (u.limit, u.year, u.used_ore) for u in expected
    ]
    own = [one for one in report.chosen if one.committee != "KVAB"]
    assert own
    for index, amount in enumerate(report.investment_ore):
        assert amount == sum(one.outlay_ore[index] for one in own)
    assert sum(report.company_ore["KVAB"]) == 6 * MNKR
    assert Fraction(report.proof.value) == sum(one.value for one in report.chosen)


def test_what_is_out_says_which_limits_it_would_break(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    report = plans.of_run(work, run.id)
    bath = next(one for one in report.out if one.title == "Badhuset")
    broken = {(obstacle.code, obstacle.year) for obstacle in bath.best.obstacles}
    assert ("ceiling", bath.best.start) in broken
    assert [one.case_number for one in report.unready] == ["KS 2026/0106"]
    assert "Behov" in str(report.unready[0].reason)
    assert "2029" in str(report.unready[0].reason)


@pytest.mark.parametrize("coordinated", [False, True])
def test_obstacles_are_what_the_exact_checker_finds(
    work: Work, found: PlanningRound, coordinated: bool
) -> None:
    rules = [
        scenarios.RuleFacts("r1", "at_most", {"proposals": ["KS 2026/0105", "KS 2026/0101"], "count": 1})
    ]
    if coordinated:
        saving = {
            "proposals": ["KS 2026/0101", "KS 2026/0105"],
            "saving": {"investment": 1_000_000},
            "value": 0,
        }
        rules.append(scenarios.RuleFacts("r2", "coordinate", saving))
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=tuple(rules)))
    answer = plans.options_of(work, run.id, "KS 2026/0105")
    assert answer is not None
    assert run.case_bytes is not None
    assert run.plan is not None
    problem = read_case(run.case_bytes)
    chosen = [Choice(c["proposal"], c["alternative"], c["start"]) for c in run.plan["chosen"]]
    proposal, options = answer
    assert len(options) == len(proposal.alternatives[0].starts)
    for option in options:
        breaches = verify(problem, [*chosen, Choice(proposal.id, option.alternative, option.start)])
        assert {(b.kind, b.id, b.year, b.amount_ore) for b in breaches} == {
            (o.kind, o.code, o.year, o.amount_ore) for o in option.obstacles
        }
        assert any(o.kind == "at_most" for o in option.obstacles)


def test_a_proposal_in_the_plan_has_no_reason_to_be_out(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    inside = plans.of_run(work, run.id).chosen[0]
    assert plans.options_of(work, run.id, inside.case_number) is None
    assert plans.options_of(work, run.id, "no such case") is None


def test_asked_for_counts_each_proposal_once_at_its_earliest_start(work: Work, found: PlanningRound) -> None:
    asked = plans.asked_for(work, prepared_plans.scenario(work, found))
    assert asked.count == 5
    # School 4 + field 9 + street 7 + bath 40 in 2027; the company's pipe stands by itself.
    assert asked.investment_ore[0] == 60 * MNKR + 33
    assert asked.company_ore == {"KVAB": (6 * MNKR, *[0] * 9)}
    assert asked.room_ore == (15 * MNKR,) * 10
    assert len(asked.unready) == 1


def test_nothing_to_ask_for_is_said(work: Work) -> None:
    factories.committee(work)
    empty = factories.planning_round(work)
    with pytest.raises(InvalidInputError):
        plans.asked_for(work, factories.scenario(work, empty))


def test_limits_that_collide_are_named_in_words(work: Work, found: PlanningRound) -> None:
    rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=(rule,)))
    assert run.status == "infeasible"
    told = {(one.kind, str(one.text)) for one in plans.conflict_of(run)}
    assert ("rule", "Badhuset (KS 2026/0105) ska vara med") in told
    assert ("limit", "Investeringstak") in told
    with pytest.raises(StateError):
        plans.of_run(work, run.id)


def test_limits_that_collide_come_with_ways_out_that_hold(work: Work, found: PlanningRound) -> None:
    rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=(rule,)))
    ways = ways_out.of_run(run)
    assert {str(step.decider) for way in ways for step in way.steps} == {"kommunfullmäktige", "nämnderna"}
    widest, *_ = ways
    assert widest.smallest
    assert all(step.by_ore for step in widest.steps)
    assert {str(step.demand.text) for step in widest.steps} == {"Investeringstak"}
    let_go = [[str(step.demand.text) for step in way.steps] for way in ways if way.steps[0].by_ore is None]
    assert ["Badhuset (KS 2026/0105) ska vara med"] in let_go
    # The bath is 40 mnkr in one year, under a ceiling of 15.
    assert sum(step.by_ore or 0 for step in widest.steps) == 25 * MNKR


def test_an_answer_is_kept_even_if_the_search_for_ways_out_fails(
    work: Work, found: PlanningRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object, **_options: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(ways_out, "ways_out", failing)
    rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=(rule,)))
    assert (run.status, ways_out.of_run(run)) == ("infeasible", ())
    assert plans.conflict_of(run)


def test_a_run_that_has_not_begun_has_no_files(work: Work, found: PlanningRound) -> None:
    run = runs.request(work, prepared_plans.scenario(work, found).id)
    with pytest.raises(StateError):
        plans.case_file(work, run.id)
    with pytest.raises(StateError):
        plans.plan_file(work, run.id)


def test_the_files_are_what_was_solved(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    assert plans.case_file(work, run.id) == run.case_bytes
    stored = plans.plan_file(work, run.id)
    assert json.loads(stored) == run.plan
    plan = read_plan(stored)
    assert plan.case_sha256 == case_sha256(plans.case_file(work, run.id))
    assert verify(read_case(plans.case_file(work, run.id)), plan.chosen) == ()


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("requires", {"proposal": "A", "needs": "B"}, "Skola (A) förutsätter B"),
        (
            "requires",
            {"proposal": "A", "needs": "B", "lag_years": 2},
            "Skola (A) förutsätter B och startar minst 2 år efter",
        ),
        ("at_most", {"proposals": ["A", "B"], "count": 1}, "Högst 1 av: Skola (A), B"),
        ("fix", {"proposal": "B", "start": 2028}, "B ska vara med och starta 2028"),
        ("forbid", {"proposal": "B", "alternative": "lease"}, "B får inte vara med som alternativ lease"),
    ],
)
def test_a_rule_is_told_in_words(kind: str, body: dict[str, object], words: str) -> None:
    assert str(plans.rule_note(kind, body, {"A": "Skola"})) == words


def test_a_percent_sign_in_a_name_does_no_harm(work: Work, found: PlanningRound) -> None:
    limit = scenarios.LimitFacts("ceiling", "Tak 50 %", "investment", {2027: 1})
    made = prepared_plans.scenario(work, found, limits=(limit,))
    run = prepared_plans.plan_of(work, made)
    out = plans.of_run(work, run.id).out
    assert all("Tak 50 %" in str(plans.obstacle_note(o)) for one in out for o in one.best.obstacles)


def test_plan_and_decision_show_the_same_sum_after_coordination(work: Work, found: PlanningRound) -> None:
    together = {
        "proposals": ["KS 2026/0102", "KS 2026/0103"],
        "saving": {"investment": 1000000.25},
        "value": 500,
    }
    rules = (scenarios.RuleFacts("samordna", "coordinate", together),)
    made = prepared_plans.scenario(work, found, 30 * MNKR, rules=rules)
    run = prepared_plans.plan_of(work, made)
    report = plans.of_run(work, run.id)
    assert sum(report.coordination_ore) == -100_000_025
    alone = sum(one.total_ore for one in report.chosen if one.committee not in report.company_ore)
    assert sum(report.investment_ore) == alone - 100_000_025
    adopted = decisions.adopt(work, run.id, decided_on=work.today, paragraph="214", title="Plan")
    decided = decision_reports.of_decision(work, adopted.id)
    assert decided.investment_ore == report.investment_ore
    assert decided.coordination_ore == report.coordination_ore

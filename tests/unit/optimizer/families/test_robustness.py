"""Counts equal to those of trying every plan in every sample, words that claim no more, and draws anyone can repeat."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.families.robustness import Robustness, sureness, wilson
from optimizer.families.sampling import PARTS, Draw, Spread, draw, drawn, falling_weights
from optimizer.problem import Alternative, Problem, Proposal
from optimizer.verifying import value_of
from tests.unit.optimizer.families.town import answered, best_plan, family_of, holding, town


@pytest.mark.parametrize("seed", range(2))
def test_counts_equal_those_of_trying_every_plan_in_every_sample(seed: int) -> None:
    family = family_of("robustness", town(seed), samples=12, seed=seed, ranking=["new", "again"])
    result = family.result(answered(family))
    counts: Counter[str] = Counter()
    solved = 0
    for number in range(12):
        member = family.member(number, {})
        assert member is not None
        plans = holding(member.problem)
        if plans:
            solved += 1
            best = max(value_of(member.problem, plan) for plan in plans)
            (plan,) = [p for p in plans if value_of(member.problem, p) == best]
            counts.update(c.proposal for c in plan)
    assert result.solved == solved
    assert result.impossible == 12 - solved
    assert {p.proposal: p.count for p in result.proposals} == {
        p.proposal: counts[p.proposal] for p in result.proposals
    }
    assert all(p.of == solved for p in result.proposals)
    for one in result.proposals:
        parts = [(one.growth_in, one.count), (one.growth_out, solved - one.count)]
        drawn_growth = sum(Fraction(family.draw(n).growth[one.proposal], PARTS) for n in range(12))
        if solved == 12:
            assert sum(mean * count for mean, count in parts if mean is not None) == drawn_growth
        assert all((mean is None) == (count == 0) for mean, count in parts)


def test_few_samples_never_say_always_or_never() -> None:
    always = sureness("P", Counter({2027: 20}), 20, in_plan=True)
    never = sureness("P", Counter(), 20, in_plan=False)
    assert (always.word, never.word) == ("too few", "too few")
    assert sureness("P", Counter({2027: 100}), 100, in_plan=True).word == "always"
    assert sureness("P", Counter(), 100, in_plan=True).word == "never"
    assert sureness("P", Counter({2027: 99}), 100, in_plan=True).word == "depends"


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_the_word_follows_from_it(pair: tuple[int, int]) -> None:
    count, of = pair
    low, high = wilson(count, of)
    assert 0 <= low <= count / of + 1e-12
    assert count / of - 1e-12 <= high <= 1
    word = sureness("P", Counter({2027: count} if count else {}), of, in_plan=True).word
    assert (word == "always") == (count == of and low >= 0.9)
    assert (word == "never") == (count == 0 and high <= 0.1)
    assert (word == "depends") == (0 < count < of)


def test_a_sample_is_the_same_whatever_the_order_of_the_proposals() -> None:
    problem = town(1)
    spread = Spread(growth_low=-500, growth_high=2500, delay_share=3000, ranking=("a", "b"))
    turned = tuple(reversed(problem.proposals))
    assert draw(spread, problem.proposals, seed=7, number=3) == draw(spread, turned, seed=7, number=3)
    assert draw(spread, turned, seed=7, number=3) != draw(spread, turned, seed=8, number=3)


def test_growth_falls_on_costs_and_not_on_savings_or_people() -> None:
    rows = {"investment": (1_000, -300), "operating": {2027: (105,)}, "capacity:people": (100,)}
    grown = _changed(rows, Draw({"P": 1000}, frozenset(), {}))
    assert grown.rows == {"investment": (1_100, -300), "operating": {2027: (116,)}, "capacity:people": (100,)}


def test_a_late_start_does_what_the_next_start_does_else_the_same_a_year_later() -> None:
    late = _changed(
        {"investment": {2027: (10, 20), 2028: (11, 22)}, "operating": (5,), "frame:UN": ()},
        Draw({"P": 0}, frozenset({"P"}), {}),
        starts=(2027, 2028),
        values={2027: 9, 2028: 8},
    )
    assert late.rows["investment"] == {2027: (0, 11, 22), 2028: (0, 11, 22)}
    assert late.rows["operating"] == {2027: (0, 5), 2028: (0, 5)}
    assert late.rows["frame:UN"] == {2027: (), 2028: ()}
    assert late.value_by_start == {2027: 8, 2028: 8}


def test_values_follow_the_drawn_weights_of_the_criteria() -> None:
    spread = Spread(
        ranking=("need", "joy"), scores={"P": {"need": 2, "joy": 4}}, weights={"need": 1, "joy": 1}
    )
    sample = Draw({"P": 0}, frozenset(), {"need": 7500, "joy": 2500})
    changed = _changed({}, sample, spread=spread, values={2027: Fraction(6)})
    # 0.75 · 2 + 0.25 · 4 = 2.5 against 0.5 · 2 + 0.5 · 4 = 3
    assert changed.value_by_start == {2027: Fraction(5)}


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_drawn_weights_fall_and_sum_to_one(count: int, seed: int) -> None:
    names = [f"c{k}" for k in range(count)]
    weights = list(falling_weights(names, random.Random(seed)).values())
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == PARTS


def test_drawn_weights_are_spread_evenly_over_all_falling_ones() -> None:
    """Of two criteria the first has a share uniform on 1/2–1: its mean is 3/4."""
    stream = random.Random(5)
    firsts = [falling_weights(["a", "b"], stream)["a"] for _ in range(4000)]
    assert abs(sum(firsts) / len(firsts) / PARTS - 0.75) < 0.01


def test_without_spread_every_sample_is_the_case_itself() -> None:
    problem = town(2)
    family = Robustness(
        problem, best_plan(problem), {"growth_low": "0", "growth_high": "0", "delay_share": "0", "samples": 2}
    )
    member = family.member(1, {})
    assert member is not None
    assert member.problem == problem


def _changed(
    rows: dict[str, object],
    sample: Draw,
    *,
    spread: Spread | None = None,
    starts: tuple[int, ...] = (2027,),
    values: dict[int, object] | None = None,
) -> Alternative:
    alternative = Alternative("x", starts, values or dict.fromkeys(starts, 1), rows)  # type: ignore[arg-type]
    problem = Problem("", (2027, 2028, 2029), (replace(Proposal("P"), alternatives=(alternative,)),))
    return drawn(problem, spread or Spread(), sample).proposals[0].alternatives[0]

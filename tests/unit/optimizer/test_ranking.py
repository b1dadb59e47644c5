"""The ranking by hand respects limits and is never better than the best plan."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.instances import municipality
from optimizer.ranking import rank
from optimizer.verifying import value_of, verify
from tests.unit.optimizer.random_cases import best_by_trying, random_problem
from tests.unit.optimizer.small_cases import limit, plan_words, problem, proposal


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6))
def test_a_ranking_says_what_it_breaks_and_never_beats_the_best(seed: int) -> None:
    case = random_problem(seed)
    ranking = rank(case)
    assert ranking.breaches == verify(case, ranking.chosen)
    best = best_by_trying(case)
    if best is not None and not ranking.breaches:
        assert ranking.value <= value_of(case, best)


def test_a_ranking_takes_the_best_value_per_krona_first() -> None:
    dear, cheap = proposal("A", 9, investment=(9,)), proposal("B", 5, investment=(4,))
    assert plan_words(rank(problem(dear, cheap, limit("investment", max=9))).chosen) == "B2027"


def test_a_ranking_of_a_municipality_keeps_every_limit() -> None:
    assert rank(municipality(80, seed=1)).breaches == ()

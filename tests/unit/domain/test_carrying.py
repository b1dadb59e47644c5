"""What follows to the next round: the years that lie in it, and otherwise the same words and the same öre."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.carrying import carried, starts_in
from tests import factories

years = st.integers(2020, 2060)
rounds = st.tuples(years, st.integers(1, 30)).map(lambda span: tuple(range(span[0], span[0] + span[1])))


@given(st.sets(years, max_size=12), rounds)
def test_start_years_lie_in_the_round_and_none_are_lost_altogether(
    starts: set[int], of_round: tuple[int, ...]
) -> None:
    found = starts_in(starts, of_round)
    assert set(found) <= set(of_round)
    assert bool(found) == bool(starts)
    assert list(found) == sorted(set(found))
    if starts & set(of_round):
        assert set(found) == starts & set(of_round)
    elif starts:
        assert found[0] == of_round[0]


@given(rounds)
def test_a_round_with_the_same_years_changes_nothing(of_round: tuple[int, ...]) -> None:
    facts = factories.facts(alternatives=(factories.alternative(starts=of_round),))
    assert carried(facts, of_round, {"behov", "risk"}) == (facts, ())


def test_points_by_criteria_that_the_round_does_not_have_are_left_out() -> None:
    facts = replace(factories.facts(), alternatives=(factories.alternative(starts=()),))
    found, moved = carried(facts, tuple(range(2028, 2038)), {"behov"})
    assert found == replace(facts, scores={"behov": 4})
    assert moved == ()

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.rankings import compare, faults_in

orders = st.permutations(range(1, 8))
marks = st.dictionaries(
    st.integers(1, 7), st.one_of(st.none(), st.integers(0, 20).map(lambda n: Fraction(n, 4))), max_size=7
)


@given(orders, st.integers(0, 7), marks)
def test_turned_pairs_are_those_that_stand_in_opposite_orders(
    order: list[int], ranked: int, points: dict[int, Fraction | None]
) -> None:
    own = order[:ranked]
    found = compare(own, points, range(1, 8))
    pairs = turned = 0
    for a, b in combinations(own, 2):
        x, y = points.get(a), points.get(b)
        if x is not None and y is not None and x != y:
            pairs += 1
            turned += x < y
    assert (found.pairs, found.turned) == (pairs, turned)
    assert [row.proposal_id for row in found.rows][:ranked] == own
    assert {row.proposal_id for row in found.rows} == set(range(1, 8))


def test_the_order_of_the_points_itself_agrees_wholly_and_its_reverse_not_at_all() -> None:
    points = {key: Fraction(key) for key in range(1, 6)}
    assert compare([5, 4, 3, 2, 1], points, range(1, 6)).agreement == 1
    assert compare([1, 2, 3, 4, 5], points, range(1, 6)).agreement == 0


def test_equal_points_share_a_place_and_are_no_disagreement() -> None:
    found = compare([2, 1, 3], {1: Fraction(4), 2: Fraction(4), 3: Fraction(1)}, [1, 2, 3])
    assert [row.central for row in found.rows] == [1, 1, 3]
    assert (found.pairs, found.turned) == (2, 0)


def test_what_is_not_scored_or_not_ranked_has_no_place_there_and_comes_last() -> None:
    found = compare([9, 2], {1: Fraction(3), 3: Fraction(4)}, [1, 2, 3])
    assert [(row.proposal_id, row.own, row.central, row.apart) for row in found.rows] == [
        (2, 1, None, None),
        (3, None, 1, None),
        (1, None, 2, None),
    ]
    assert found.agreement is None


def test_an_order_with_the_same_twice_or_somebody_elses_is_refused() -> None:
    assert set(faults_in([1, 1], {}, [1])) == {"order"}
    assert set(faults_in([2], {}, [1])) == {"order"}
    assert set(faults_in([1], {1: "x" * 2001}, [1])) == {"motive-1"}
    assert faults_in([1], {1: "x" * 2000}, [1]) == {}

"""Nearness in space and time, against a search that compares everything with everything."""

from __future__ import annotations

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.pairing import near_pairs, year_bits

places = st.tuples(
    st.integers(1, 6), st.integers(0, 400), st.integers(0, 400), st.sets(st.integers(2025, 2040), max_size=3)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(places, max_size=14), st.integers(0, 200), st.integers(0, 4))
def test_the_pairs_are_those_of_a_slow_search(
    found: list[tuple[int, int, int, set[int]]], within_m: int, within_years: int
) -> None:
    shapes = [shapely.Point(x, y) for _, x, y, _ in found]
    pairs = near_pairs(
        [who for who, *_ in found], shapes, [year_bits(years) for *_, years in found],
        within_m=within_m, within_years=within_years,
    )  # fmt: skip
    slow: dict[tuple[int, int], float] = {}
    for a, (one, _, _, years) in enumerate(found):
        for b, (other, _, _, others) in enumerate(found[:a]):
            near = shapes[a].distance(shapes[b])
            gap = min((abs(x - y) for x in years for y in others), default=99)
            if one != other and near <= within_m and gap <= within_years:
                key = (min(one, other), max(one, other))
                slow[key] = min(near, slow.get(key, near))
    assert {(one.first, one.second): one.distance_m for one in pairs} == slow
    assert [one.distance_m for one in pairs] == sorted(one.distance_m for one in pairs)


def test_overlap_is_told_where_areas_meet() -> None:
    year = year_bits([2027])
    found = near_pairs(
        [7, 3],
        [shapely.box(0, 0, 10, 10), shapely.box(5, 0, 20, 10)],
        [year, year],
        within_m=0,
        within_years=0,
    )
    assert [(one.first, one.second, one.overlap_m2) for one in found] == [(3, 7, 50.0)]


def test_no_places_have_no_pairs() -> None:
    assert near_pairs([], [], [], within_m=100, within_years=2) == []

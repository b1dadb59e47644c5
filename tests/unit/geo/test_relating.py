"""Overlap and nearness, against areas computed by hand and against what a slow search finds."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.relating import relations

SITE = shapely.box(0, 0, 100, 50)


def test_an_overlap_is_told_in_square_metres_and_as_a_share_of_the_place() -> None:
    found = relations(SITE, [shapely.box(75, 0, 300, 50)])
    assert [(one.share, one.overlap_m2, one.distance_m) for one in found] == [(0.25, 1_250.0, 0.0)]


def test_a_line_is_told_in_metres() -> None:
    street = shapely.LineString([(0, 10), (400, 10)])
    found = relations(street, [SITE])
    assert (found[0].share, found[0].overlap_m, found[0].overlap_m2) == (0.25, 100.0, 0.0)


def test_a_point_is_in_or_near() -> None:
    areas = [SITE, shapely.box(110, 0, 120, 50), shapely.box(900, 0, 910, 10)]
    found = relations(shapely.Point(100, 25), areas, within_m=100)
    assert [(one.index, one.share, one.distance_m) for one in found] == [(0, 1.0, 0.0), (1, 0.0, 10.0)]


def test_nothing_to_compare_with_is_nothing_found() -> None:
    assert relations(SITE, []) == []


boxes = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(1, 80), st.integers(1, 80)).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@settings(max_examples=100, deadline=None)
@given(st.lists(boxes, max_size=20), boxes, st.integers(0, 60))
def test_the_index_finds_just_what_a_slow_search_finds(
    areas: list, place: shapely.Polygon, within: int
) -> None:
    found = relations(place, areas, within_m=within)
    assert {one.index for one in found} == {
        i for i, area in enumerate(areas) if place.distance(area) <= within
    }
    for one in found:
        assert one.overlap_m2 == pytest.approx(place.intersection(areas[one.index]).area)
        assert 0 <= one.share <= 1

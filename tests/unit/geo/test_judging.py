"""Every feature is judged, and nothing is changed in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.checking import Fault
from geo.crs import SWEREF99_TM, WGS84
from geo.judging import MAX_MENDED_VERTICES, Outcome, judge, kinds_of

E, N = 580_000.0, 6_280_000.0
BOWTIE = shapely.Polygon([(E, N), (E + 200, N + 200), (E + 200, N), (E, N + 200)])


def only(geometry: Any, crs: str = SWEREF99_TM, **more: Any) -> Any:
    return judge([geometry], crs, **more)[0]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    ("wkt", "crs", "fault"),
    [
        ("POLYGON EMPTY", SWEREF99_TM, Fault.EMPTY),
        ("POINT (nan 6280000)", SWEREF99_TM, Fault.EMPTY),
        ("LINESTRING (580000 6280000, nan 6280000)", SWEREF99_TM, Fault.NOT_FINITE),
        ("POINT (580000 6280000)", WGS84, Fault.NOT_DEGREES),
        ("POINT (56.66 16.36)", WGS84, Fault.OUTSIDE),
        ("POLYGON ((-179 56, 179 56, 179 57, -179 57, -179 56))", WGS84, Fault.DATE_LINE),
        ("POINT (6280000 580000)", SWEREF99_TM, Fault.OUTSIDE),
    ],
)
def test_what_cannot_be_stored_is_left_out_with_its_reason(wkt: str, crs: str, fault: Fault) -> None:
    found = only(shapely.from_wkt(wkt), crs)
    assert found.outcome is Outcome.LEFT_OUT
    # How an empty or lost coordinate is told varies with the geometry library; that it is told does not.
    assert found.fault in ({Fault.EMPTY, Fault.NOT_FINITE} if "nan" in wkt else {fault})


def test_a_missing_geometry_is_left_out() -> None:
    assert only(None).fault is Fault.MISSING


def test_a_bowtie_is_mended_and_both_areas_are_told() -> None:
    found = only(BOWTIE)
    assert found.outcome is Outcome.MENDED
    assert found.fault is Fault.SELF_INTERSECTION
    assert found.geometry.is_valid
    assert (found.before_m2, round(found.after_m2)) == (0.0, 20_000)


def test_swapped_axes_are_turned_when_that_is_asked_for() -> None:
    found = only(shapely.Point(N, E), swapped=True)
    assert found.outcome is Outcome.WHOLE
    assert (found.geometry.x, found.geometry.y) == (E, N)


def test_several_parts_are_whole_and_heights_are_dropped() -> None:
    parts = shapely.from_wkt("MULTIPOLYGON Z (((0 0 5, 1 0 5, 1 1 5, 0 0 5)))")
    moved = shapely.transform(parts, lambda points: points + np.array([E, N, 0]), include_z=True)
    found = only(moved)
    assert found.outcome is Outcome.WHOLE
    assert not found.geometry.has_z


def test_a_mixed_collection_is_cut_down_to_its_areas() -> None:
    mixed = shapely.GeometryCollection([shapely.box(E, N, E + 10, N + 10), shapely.Point(E, N)])
    found = only(mixed)
    assert (found.outcome, found.geometry.area) == (Outcome.MENDED, 100.0)


def test_an_outline_too_large_to_mend_in_time_is_left_out() -> None:
    zigzag = [(E + (n % 2) * 100, N + n / 10) for n in range(MAX_MENDED_VERTICES + 5)]
    crossing = shapely.Polygon([*zigzag, (E + 50, N - 50), (E + 60, N + 500)])
    assert not crossing.is_valid
    assert only(crossing).outcome is Outcome.LEFT_OUT


def test_kinds_are_counted() -> None:
    shapes = [shapely.Point(0, 0), BOWTIE, None, shapely.GeometryCollection([])]
    assert kinds_of(shapes) == {"point": 1, "area": 1, "mixed": 1}


coordinates = st.tuples(st.integers(0, 60), st.integers(0, 60))


@settings(max_examples=200, deadline=None)
@given(st.lists(coordinates, min_size=3, max_size=9))
def test_whatever_is_stored_is_valid_and_lies_inside_the_outline_that_was_drawn(
    corners: list[tuple[int, int]],
) -> None:
    drawn = shapely.Polygon([(E + x, N + y) for x, y in corners])
    found = only(drawn)
    if found.outcome is Outcome.LEFT_OUT:
        assert shapely.make_valid(drawn).area == 0
    else:
        assert found.geometry.is_valid
        assert found.geometry.area > 0
        assert drawn.convex_hull.buffer(0.001).covers(found.geometry)
        if found.outcome is Outcome.WHOLE:
            assert found.geometry.equals(drawn)

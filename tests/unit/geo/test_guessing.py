"""In which system a file is: told by where its coordinates land."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import LIKELY_SYSTEMS, SWEREF99_TM, SWEREF99_ZONES, WGS84, project, transform_arrays
from geo.guessing import guesses, sample
from geo.outlining import municipality_outline

KALMAR = municipality_outline("0880")
SOUTH_OF_TOWN = [(583_460.0, 6_280_546.0), (575_000.0, 6_270_000.0), (571_000.0, 6_262_000.0)]


def in_system(crs: str) -> np.ndarray:
    east, north = np.array(SOUTH_OF_TOWN).T
    return np.column_stack(transform_arrays(east, north, SWEREF99_TM, crs))


@pytest.mark.parametrize("crs", [SWEREF99_TM, "EPSG:3010", WGS84, "EPSG:3857"])
def test_the_systems_that_kalmar_uses_are_guessed_first(crs: str) -> None:
    first = guesses(in_system(crs), KALMAR)[0]
    assert (first.crs, first.swapped) == (crs, False)
    assert first.share == 1.0


@pytest.mark.parametrize("crs", [SWEREF99_TM, "EPSG:3010", WGS84])
def test_swapped_axes_are_seen(crs: str) -> None:
    first = guesses(in_system(crs)[:, ::-1], KALMAR)[0]
    assert (first.crs, first.swapped) == (crs, True)


def test_every_local_zone_is_among_the_guesses_for_its_own_coordinates() -> None:
    for crs in SWEREF99_ZONES:
        assert (crs, False) in [(one.crs, one.swapped) for one in guesses(in_system(crs), KALMAR)]


def test_what_the_file_says_comes_first_when_it_is_as_good_as_another() -> None:
    found = guesses(in_system("EPSG:3010"), KALMAR, stated="EPSG:3010")
    assert found[0].crs == "EPSG:3010"


def test_metres_said_to_be_degrees_are_never_guessed_as_degrees() -> None:
    found = guesses(in_system(SWEREF99_TM), KALMAR, stated=WGS84)
    assert found[0].crs == SWEREF99_TM
    assert all(one.crs != WGS84 for one in found)


def test_another_municipality_is_no_guess_at_all() -> None:
    kiruna = municipality_outline("2584").centroid
    assert guesses(np.array([[kiruna.x, kiruna.y]]), KALMAR) == []
    assert guesses(np.empty((0, 2)), KALMAR) == []


def test_a_sample_takes_what_can_be_placed_and_stays_small() -> None:
    shapes = [None, shapely.from_wkt("POLYGON EMPTY"), shapely.Point(float("nan"), 1.0)]
    shapes += [shapely.Point(number, 0) for number in range(5_000)]
    found = sample(shapes)
    assert 300 <= len(found) <= 400
    assert np.isfinite(found).all()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LIKELY_SYSTEMS), st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_a_place_in_the_municipality_is_always_brought_home_by_some_guess(
    crs: str, x: float, y: float
) -> None:
    west, south, east, north = KALMAR.bounds
    point = shapely.Point(west + x * (east - west), south + y * (north - south))
    there = project(point, SWEREF99_TM, crs)
    found = guesses(np.array([[there.x, there.y]]), KALMAR.envelope)
    assert any(project(there, one.crs, SWEREF99_TM).distance(point) < 1 for one in found if not one.swapped)

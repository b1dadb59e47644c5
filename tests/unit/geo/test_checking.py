from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.checking import SWEDEN, Fault, fault_of, fault_of_position, repair, single

POINT = shapely.Point(583460, 6280546)
BOWTIE = shapely.from_wkt("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))")


@pytest.mark.parametrize(
    ("geometry", "crs", "fault"),
    [
        (None, "EPSG:3006", Fault.MISSING),
        (shapely.from_wkt("POLYGON EMPTY"), "EPSG:3006", Fault.EMPTY),
        (shapely.Point(float("inf"), 0), "EPSG:3006", Fault.NOT_FINITE),
        (BOWTIE, "EPSG:3006", Fault.SELF_INTERSECTION),
        (POINT, "EPSG:4326", Fault.NOT_DEGREES),
        (shapely.LineString([(-179, 0), (179, 1)]), "EPSG:4326", Fault.DATE_LINE),
        (shapely.MultiPoint([(0, 0), (1, 1)]), "EPSG:3006", Fault.SEVERAL_PARTS),
        (shapely.GeometryCollection([POINT]), "EPSG:3006", Fault.WRONG_TYPE),
        (POINT, "EPSG:3006", None),
        (shapely.Point(16.36, 56.66), "EPSG:4326", None),
    ],
)
def test_each_fault_has_its_code(geometry: object, crs: str, fault: Fault | None) -> None:
    assert fault_of(geometry, crs) is fault


def test_a_point_that_is_not_a_number_is_found() -> None:
    with np.errstate(invalid="ignore"):
        assert fault_of(shapely.Point(float("nan"), 1), "EPSG:3006") in (Fault.NOT_FINITE, Fault.EMPTY)


def test_a_place_outside_is_told_from_one_with_swapped_axes() -> None:
    assert fault_of_position(POINT, "EPSG:3006", SWEDEN) is None
    assert fault_of_position(shapely.Point(6280546, 583460), "EPSG:3006", SWEDEN) is Fault.AXES_SWAPPED
    assert fault_of_position(shapely.Point(-74.0, 40.7), "EPSG:4326", SWEDEN) is Fault.OUTSIDE


def test_a_repair_says_how_much_the_area_changed() -> None:
    mended = repair(BOWTIE)
    assert mended is not None
    assert mended.geometry.is_valid
    assert mended.geometry.geom_type == "Polygon"
    assert mended.geometry.area == pytest.approx(25)
    assert mended.area_change == pytest.approx(25 - BOWTIE.area)


def test_a_repair_keeps_the_largest_part_and_gives_up_on_nothing() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 9, 9)])
    mended = repair(parts)
    assert mended is not None
    assert mended.geometry.equals(shapely.box(5, 5, 9, 9))
    assert repair(shapely.from_wkt("POLYGON EMPTY")) is None


def test_a_multi_geometry_of_one_part_is_that_part() -> None:
    assert single(shapely.MultiPoint([(1, 2)])).geom_type == "Point"
    assert single(shapely.MultiPoint([(1, 2), (3, 4)])).geom_type == "MultiPoint"

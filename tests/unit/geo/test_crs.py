from __future__ import annotations

import math

import pytest
import shapely

from geo import crs
from geo.errors import GeoError


def test_kalmars_centre_has_east_before_north() -> None:
    """Numbers of the domain reference, 7.4: E 583 460, N 6 280 546."""
    east, north = crs.to_3006(16.3616, 56.6616)
    assert east == pytest.approx(583_460, abs=1)
    assert north == pytest.approx(6_280_546, abs=1)


def test_kalmars_centre_in_its_local_zone() -> None:
    point = crs.project(shapely.Point(16.3616, 56.6616), crs.WGS84, "EPSG:3010")
    assert (point.x, point.y) == (pytest.approx(141_513, abs=1), pytest.approx(6_282_239, abs=1))


def test_there_and_back_is_within_a_millimetre() -> None:
    longitude, latitude = crs.to_wgs84(*crs.to_3006(16.3616, 56.6616))
    assert longitude == pytest.approx(16.3616, abs=1e-8)
    assert latitude == pytest.approx(56.6616, abs=1e-8)


def test_new_york_is_drawn_in_metres_of_its_own_zone() -> None:
    point = crs.project(shapely.Point(-73.9878, 40.7041), crs.WGS84, "EPSG:32618")
    assert (point.x, point.y) == (pytest.approx(585_500, abs=500), pytest.approx(4_506_400, abs=500))


def test_a_third_axis_is_dropped() -> None:
    assert not crs.project(shapely.Point(1, 2, 3), "EPSG:3006", "EPSG:3006").has_z


def test_what_cannot_be_transformed_is_infinite_and_never_wrong() -> None:
    point = crs.project(shapely.Point(500, 95), crs.WGS84, crs.SWEREF99_TM)
    assert not math.isfinite(point.x)


def test_an_unknown_system_is_an_error_of_ours() -> None:
    with pytest.raises(GeoError):
        crs.system("EPSG:999999")


def test_degrees_and_metres_are_told_apart() -> None:
    assert crs.is_geographic("EPSG:4326")
    assert not crs.is_geographic("EPSG:3006")
    assert crs.same_system("EPSG:4326", "OGC:CRS84")
    assert not crs.same_system("EPSG:4326", "EPSG:3006")


def test_the_area_of_use_is_in_degrees() -> None:
    area = crs.area_of_use("EPSG:3006")
    assert area is not None
    west, south, east, north = area
    assert west < 16 < east
    assert south < 56 < north

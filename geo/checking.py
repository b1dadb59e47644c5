"""What is wrong with a geometry, as codes: readers of geodata accept all of this without a word.

Checked by hand against the readers: null, empty and NaN geometries, bowties, boxes across the date line and metres
declared as degrees are all read without error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely

from geo.crs import SWEREF99_TM, is_geographic, project

Box = tuple[float, float, float, float]
"""West, south, east, north."""

SWEDEN: Box = (200_000.0, 6_100_000.0, 1_000_000.0, 7_700_000.0)
"""Sweden in SWEREF 99 TM with a margin, metres."""

PLACE_TYPES = ("Point", "LineString", "Polygon")


class Fault(StrEnum):
    """Codes of what can be wrong with a place."""

    MISSING = "missing"
    EMPTY = "empty"
    NOT_FINITE = "not_finite"
    WRONG_TYPE = "wrong_type"
    SEVERAL_PARTS = "several_parts"
    SELF_INTERSECTION = "self_intersection"
    NOT_DEGREES = "not_degrees"
    DATE_LINE = "date_line"
    AXES_SWAPPED = "axes_swapped"
    OUTSIDE = "outside"


def fault_of(geometry: Any | None, crs: str) -> Fault | None:
    """The first thing wrong with a geometry in its own system, None where nothing is.

    >>> fault_of(shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))"), "EPSG:3006").value
    'self_intersection'
    >>> fault_of(shapely.Point(580000, 6280000), "EPSG:4326").value
    'not_degrees'
    """
    if geometry is None:
        return Fault.MISSING
    if geometry.is_empty:
        return Fault.EMPTY
    if not all(math.isfinite(value) for value in shapely.get_coordinates(geometry).ravel()):
        return Fault.NOT_FINITE
    if is_geographic(crs):
        west, south, east, north = geometry.bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            return Fault.NOT_DEGREES
        if east - west > 180:
            return Fault.DATE_LINE
    return _fault_of_shape(geometry)


def _fault_of_shape(geometry: Any) -> Fault | None:
    if geometry.geom_type not in PLACE_TYPES:
        return Fault.SEVERAL_PARTS if geometry.geom_type.startswith("Multi") else Fault.WRONG_TYPE
    return None if geometry.is_valid else Fault.SELF_INTERSECTION


def fault_of_position(geometry: Any, crs: str, box: Box, box_crs: str = SWEREF99_TM) -> Fault | None:
    """Whether the geometry lies outside `box`, and whether it would lie inside with its axes swapped.

    >>> fault_of_position(shapely.Point(56.66, 16.36), "EPSG:4326", SWEDEN).value
    'axes_swapped'
    """
    if _is_within(project(geometry, crs, box_crs), box):
        return None
    swapped = shapely.transform(geometry, lambda x, y: (y, x), interleaved=False)
    return Fault.AXES_SWAPPED if _is_within(project(swapped, crs, box_crs), box) else Fault.OUTSIDE


def _is_within(geometry: Any, box: Box) -> bool:
    west, south, east, north = geometry.bounds
    return bool(box[0] <= west <= east <= box[2] and box[1] <= south <= north <= box[3])


@dataclass(frozen=True)
class Repaired:
    """A geometry made valid and single, and how much its area changed, m² (or square units of its system)."""

    geometry: Any
    area_change: float


def single(geometry: Any) -> Any:
    """The only part of a multi-part geometry that has one; otherwise the geometry itself."""
    parts = shapely.get_parts(geometry)
    return parts[0] if len(parts) == 1 else geometry


def repair(geometry: Any) -> Repaired | None:
    """A self-crossing outline made valid, keeping the largest part; None where nothing usable comes out.

    >>> round(repair(shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")).geometry.area, 6)
    1.0
    """
    made = shapely.make_valid(geometry)
    parts = [part for part in shapely.get_parts(made) if part.geom_type in PLACE_TYPES and not part.is_empty]
    if not parts:
        return None
    largest = max(parts, key=lambda part: (part.area, part.length))
    return Repaired(largest, float(largest.area - geometry.area))

"""Is a file's layer fit to be stored? Every feature is judged: whole, to be mended, or to be left out, and why.

Nothing is changed in silence: a mend comes with the area before and after, and a feature left out with its reason.
Unlike a proposal's place, a feature of a layer may have several parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely

from geo.checking import SWEDEN, Fault
from geo.crs import SWEREF99_TM, is_geographic, project

MAX_VERTICES = 1_000_000
"""Of a whole layer; a municipality's detailed plans have some hundred thousand."""
MAX_MENDED_VERTICES = 3_000
"""Of one feature that is mended: a self-crossing outline can cross itself as many times as its square."""

DIMENSION = {"Point": 0, "MultiPoint": 0, "LineString": 1, "LinearRing": 1, "MultiLineString": 1,
             "Polygon": 2, "MultiPolygon": 2}  # fmt: skip


class Outcome(StrEnum):
    WHOLE = "whole"
    MENDED = "mended"
    LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Verdict:
    """What is to become of one feature.

    Attributes:
        geometry: In EPSG:3006, None where the feature is left out.
        fault: What was wrong, None where nothing was.
        before_m2, after_m2: The area as it stood in the file and after the mend.
    """

    outcome: Outcome
    geometry: Any | None = None
    fault: Fault | None = None
    before_m2: float = 0.0
    after_m2: float = 0.0


def judge(geometries: Sequence[Any | None], crs: str, *, swapped: bool = False) -> list[Verdict]:
    """One verdict a feature, in the file's order.

    Args:
        geometries: Shapely's, first and second coordinate as they stand in the file.
        crs: The system to read them in, `EPSG:…` or WKT.
        swapped: Whether north stands before east.

    >>> judge([shapely.from_wkt("POLYGON ((580000 6280000, 580200 6280200, 580200 6280000, 580000 6280200, "
    ...                         "580000 6280000))"), None], "EPSG:3006")[0].outcome.value
    'mended'
    """
    return [_verdict(one, crs, swapped) for one in geometries]


def _verdict(geometry: Any | None, crs: str, swapped: bool) -> Verdict:
    fault = _fault_as_it_stands(geometry)
    if fault is not None:
        return Verdict(Outcome.LEFT_OUT, fault=fault)
    flat = shapely.force_2d(geometry)
    if swapped:
        flat = shapely.transform(flat, lambda points: points[:, ::-1])
    if is_geographic(crs):
        west, south, east, north = flat.bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            return Verdict(Outcome.LEFT_OUT, fault=Fault.NOT_DEGREES)
        if east - west > 180:
            return Verdict(Outcome.LEFT_OUT, fault=Fault.DATE_LINE)
    return _placed(project(flat, crs, SWEREF99_TM))


def _fault_as_it_stands(geometry: Any | None) -> Fault | None:
    if geometry is None:
        return Fault.MISSING
    if geometry.is_empty:
        return Fault.EMPTY
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return Fault.NOT_FINITE
    is_known = geometry.geom_type in DIMENSION or geometry.geom_type == "GeometryCollection"
    return None if is_known else Fault.WRONG_TYPE


def _placed(geometry: Any) -> Verdict:
    west, south, east, north = geometry.bounds
    if not (SWEDEN[0] <= west <= east <= SWEDEN[2] and SWEDEN[1] <= south <= north <= SWEDEN[3]):
        return Verdict(Outcome.LEFT_OUT, fault=Fault.OUTSIDE)
    if geometry.geom_type in DIMENSION and geometry.is_valid:
        return Verdict(Outcome.WHOLE, geometry)
    return _mended(geometry)


def _mended(geometry: Any) -> Verdict:
    """A self-crossing outline made valid, a mixed collection cut down to its parts of the highest dimension."""
    fault = Fault.WRONG_TYPE if geometry.geom_type == "GeometryCollection" else Fault.SELF_INTERSECTION
    if shapely.get_num_coordinates(geometry) > MAX_MENDED_VERTICES:
        return Verdict(Outcome.LEFT_OUT, fault=fault)
    parts = [one for one in _leaves(shapely.make_valid(geometry)) if not one.is_empty]
    wanted = max((DIMENSION[one.geom_type] for one in parts), default=None)
    if wanted is None or (geometry.geom_type in ("Polygon", "MultiPolygon") and wanted < 2):
        return Verdict(Outcome.LEFT_OUT, fault=fault)
    kept = shapely.union_all([one for one in parts if DIMENSION[one.geom_type] == wanted])
    before = float(abs(geometry.area))
    return Verdict(Outcome.MENDED, kept, fault, before if math.isfinite(before) else 0.0, float(kept.area))


def _leaves(geometry: Any) -> list[Any]:
    if geometry.geom_type in ("Point", "LineString", "LinearRing", "Polygon"):
        return [geometry]
    return [leaf for part in shapely.get_parts(geometry) for leaf in _leaves(part)]


def kinds_of(geometries: Sequence[Any | None]) -> dict[str, int]:
    """How many features are points, lines, areas, or something else: `point`, `line`, `area`, `mixed`, none left out."""
    names = ("point", "line", "area")
    found: dict[str, int] = {}
    for one in geometries:
        if one is not None:
            place = DIMENSION.get(one.geom_type)
            name = "mixed" if place is None else names[place]
            found[name] = found.get(name, 0) + 1
    return found

"""Places of the demonstration: metres east and north of known places, and districts drawn around these.

The published outline of the municipality is so simplified that it cuts off the coast with the town on it. The
districts are therefore drawn out to `REACH_M` around their middle, also past the outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import shapely

from geo.crs import to_3006
from geo.outlining import municipality_outline
from investplan.services.demonstration_data.tables import read_table

MUNICIPALITY_CODE = "0880"
REACH_M = 1_600.0
GRID_M = 1.0

Offset = tuple[int, int]
"""Metres east and north."""


@dataclass(frozen=True)
class KnownPlace:
    """The middle of a district, in EPSG:3006."""

    code: str
    name: str
    east: float
    north: float

    def moved(self, offset: Offset) -> tuple[float, float]:
        return self.east + offset[0], self.north + offset[1]


@lru_cache(maxsize=1)
def known_places() -> dict[str, KnownPlace]:
    """The known places by name."""
    found: dict[str, KnownPlace] = {}
    for row in read_table("places")["place"]:
        east, north = to_3006(row["longitude"], row["latitude"])
        found[row["name"]] = KnownPlace(row["code"], row["name"], float(round(east)), float(round(north)))
    return found


def point(name: str, east: int, north: int) -> str:
    """A point as WKT, EPSG:3006."""
    return str(shapely.to_wkt(shapely.Point(known_places()[name].moved((east, north))), rounding_precision=0))


def line(name: str, offsets: list[Offset]) -> str:
    """A line as WKT, EPSG:3006."""
    known = known_places()[name]
    return str(
        shapely.to_wkt(shapely.LineString([known.moved(one) for one in offsets]), rounding_precision=0)
    )


def area(name: str, east: int, north: int, width_m: int, height_m: int) -> str:
    """A rectangle with its middle at the offset, as WKT, EPSG:3006."""
    middle_east, middle_north = known_places()[name].moved((east, north))
    west, south = middle_east - width_m // 2, middle_north - height_m // 2
    return str(
        shapely.to_wkt(shapely.box(west, south, west + width_m, south + height_m), rounding_precision=0)
    )


def district_outlines() -> dict[str, Any]:
    """District code → polygon, EPSG:3006: what lies nearest to its middle, cut at the outline and at `REACH_M`.

    Schematic, as the rest of the demonstration: no real district borders.
    """
    known = list(known_places().values())
    middles = shapely.MultiPoint([(one.east, one.north) for one in known])
    land = shapely.union_all([municipality_outline(MUNICIPALITY_CODE), middles.buffer(REACH_M)])
    cells = shapely.voronoi_polygons(middles, extend_to=land).geoms
    return {one.code: _cell_of(one, list(cells), land) for one in known}


def _cell_of(known: KnownPlace, cells: list[Any], land: Any) -> Any:
    middle = shapely.Point(known.east, known.north)
    cell = next(cell for cell in cells if cell.contains(middle))
    cut = shapely.set_precision(shapely.intersection(cell, land), GRID_M)
    # What the cut leaves on the other side of a bay belongs to nobody: a district is one piece.
    return next(part for part in shapely.get_parts(cut) if part.contains(middle))

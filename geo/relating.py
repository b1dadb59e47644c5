"""How a place lies to the areas of a layer: inside, partly inside, or near. EPSG:3006 throughout, metres and m²."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely


@dataclass(frozen=True)
class Relation:
    """One area that a place touches or lies near.

    Attributes:
        index: Of the area, in the order given.
        share: Of the place (its area, its length, or the point) that lies in it, 0-1.
        overlap_m2, overlap_m: Of an area, of a line; 0 for what has none.
        distance_m: 0 where they touch.
    """

    index: int
    share: float
    overlap_m2: float
    overlap_m: float
    distance_m: float


def relations(place: Any, areas: Sequence[Any], *, within_m: float = 0.0) -> list[Relation]:
    """The areas that touch `place` or lie at most `within_m` from it: the most overlap first, then the nearest.

    >>> place = shapely.box(0, 0, 10, 10)
    >>> found = relations(place, [shapely.box(5, 0, 20, 10), shapely.box(13, 0, 20, 10)], within_m=5)
    >>> [(one.index, one.share, one.overlap_m2, one.distance_m) for one in found]
    [(0, 0.5, 50.0, 0.0), (1, 0.0, 0.0, 3.0)]
    """
    if not len(areas):
        return []
    candidates = np.asarray(list(areas), dtype=object)
    near = shapely.STRtree(candidates).query(place, predicate="dwithin", distance=within_m)
    found = [_relation(place, int(index), candidates[index]) for index in near]
    return sorted(found, key=lambda one: (-one.share, one.distance_m, one.index))


def _relation(place: Any, index: int, area: Any) -> Relation:
    distance = float(shapely.distance(place, area))
    if distance > 0:
        return Relation(index, 0.0, 0.0, 0.0, distance)
    common = shapely.intersection(place, area)
    if place.area > 0:
        return Relation(index, min(1.0, common.area / place.area), float(common.area), 0.0, 0.0)
    if place.length > 0:
        return Relation(index, min(1.0, common.length / place.length), 0.0, float(common.length), 0.0)
    return Relation(index, 1.0, 0.0, 0.0, 0.0)

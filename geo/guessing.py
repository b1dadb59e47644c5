"""In which coordinate system do these numbers lie in the municipality? For files that say nothing, or the wrong thing.

Metres declared as degrees, north written before east, or a neighbour's local zone are read by every program without a
word; only where the coordinates land tells. Every likely system is tried both ways round against an outline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.crs import LIKELY_SYSTEMS, SWEREF99_TM, is_geographic, transform_arrays

SAMPLED = 400
"""Features looked at; a file is in one system, so more would tell nothing new."""
MARGIN_M = 5_000.0
"""Around the outline: published outlines are coarse, and quays and islands are honest places."""
LEAST_SHARE = 0.5
"""With fewer than half of the samples at home, a system is no suggestion."""


@dataclass(frozen=True)
class Guess:
    """One way to read the coordinates.

    Attributes:
        crs: `EPSG:…`.
        swapped: Whether north (latitude) stands where east (longitude) should.
        share: Of the sampled features, how many land in the municipality, 0-1.
        off_m: From the middle of the samples to the middle of the outline, metres; breaks ties.
    """

    crs: str
    swapped: bool
    share: float
    off_m: float


def sample(geometries: Sequence[Any]) -> Any:
    """Up to `SAMPLED` positions, one a feature and evenly spread over the file: an array of shape (n, 2), finite."""
    usable = [one for one in geometries if one is not None and not one.is_empty]
    step = max(1, -(-len(usable) // SAMPLED))
    boxes = shapely.bounds(np.array(usable[::step], dtype=object)).reshape(-1, 4)
    middles = np.column_stack(((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2))
    return middles[np.isfinite(middles).all(axis=1)]


def guesses(positions: Any, outline: Any, *, stated: str | None = None) -> list[Guess]:
    """The systems in which at least half of the positions lie in the outline, the likeliest first.

    Args:
        positions: Array (n, 2), first and second coordinate as they stand in the file.
        outline: The municipality, EPSG:3006.
        stated: What the file says; tried first, and first among equals.

    >>> home = shapely.box(546_000, 6_250_000, 600_000, 6_320_000)
    >>> [(one.crs, one.swapped) for one in guesses(np.array([[141_513.0, 6_282_239.0]]), home)][0]
    ('EPSG:3010', False)
    >>> [(one.crs, one.swapped) for one in guesses(np.array([[56.66, 16.36]]), home)]
    [('EPSG:4326', True)]
    """
    if len(positions) == 0:
        return []
    near = shapely.buffer(outline, MARGIN_M, quad_segs=2)
    shapely.prepare(near)
    middle = shapely.centroid(outline)
    systems = list(dict.fromkeys([*([stated] if stated else []), *LIKELY_SYSTEMS]))
    found = [_tried(positions, near, middle, crs, swapped) for crs in systems for swapped in (False, True)]
    good = [one for one in found if one is not None and one.share >= LEAST_SHARE]
    return sorted(
        good, key=lambda one: (-round(one.share, 2), one.swapped, one.crs != stated, one.off_m, one.crs)
    )


def _tried(positions: Any, near: Any, middle: Any, crs: str, swapped: bool) -> Guess | None:
    first, second = positions[:, 0], positions[:, 1]
    east, north = (second, first) if swapped else (first, second)
    if is_geographic(crs) and not (np.abs(east).max() <= 180 and np.abs(north).max() <= 90):
        return None
    east, north = transform_arrays(east, north, crs, SWEREF99_TM)
    inside = shapely.contains_xy(near, east, north)
    if not inside.any():
        return None
    off = np.hypot(np.median(east[inside]) - middle.x, np.median(north[inside]) - middle.y)
    return Guess(crs, swapped, float(inside.mean()), float(off))

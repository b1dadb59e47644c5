"""Which places lie near each other at nearly the same time. EPSG:3006, metres; years as bits of one number.

Ten thousand proposals have twenty thousand places: a spatial index and whole arrays, never a loop over pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

FIRST_YEAR = 2000
"""Bit 0; years from here to sixty-three later have a bit each, and what lies outside counts as the nearest of them."""
CHUNK = 4_000
MOST_PAIRS = 200_000
"""Beyond these the nearest are kept: nobody reads more, and a city drawn as one area would be near everything."""


@dataclass(frozen=True)
class Pair:
    """Two owners (the first lower) whose nearest places lie `distance_m` apart and whose years `gap_years` apart."""

    first: int
    second: int
    distance_m: float
    overlap_m2: float
    gap_years: int


def year_bits(years: Iterable[int]) -> int:
    """Years as bits.

    >>> bin(year_bits([2000, 2003]))
    '0b1001'
    """
    bits = 0
    for year in years:
        bits |= 1 << min(max(year - FIRST_YEAR, 0), 63)
    return bits


def near_pairs(
    owners: Sequence[int], shapes: Sequence[Any], bits: Sequence[int], *, within_m: float, within_years: int
) -> list[Pair]:
    """Pairs of different owners with places at most `within_m` apart and years at most `within_years` apart.

    Args:
        owners: Whose each place is; an owner may have several places.
        bits: The years of each place, see `year_bits`; 0 never pairs.

    Returns:
        One pair per two owners, of their nearest places; the nearest first, then in owner order.

    >>> spots = [shapely.Point(0, 0), shapely.Point(30, 40), shapely.Point(31, 41)]
    >>> years = [year_bits([2027]), year_bits([2029]), year_bits([2035])]
    >>> near_pairs([1, 2, 3], spots, years, within_m=100, within_years=2)
    [Pair(first=1, second=2, distance_m=50.0, overlap_m2=0.0, gap_years=2)]
    """
    if not len(shapes):
        return []
    who, where = np.asarray(owners, dtype=np.int64), np.asarray(shapes, dtype=object)
    when = np.asarray(bits, dtype=np.uint64)
    left, right = _near(who, where, when, within_m, within_years)
    if not len(left):
        return []
    distance = shapely.distance(where[left], where[right])
    low, high = np.minimum(who[left], who[right]), np.maximum(who[left], who[right])
    order = np.lexsort((high, low, distance))
    low, high, distance, left, right = low[order], high[order], distance[order], left[order], right[order]
    _, first_of = np.unique(np.stack((low, high)), axis=1, return_index=True)
    kept = np.sort(first_of)[:MOST_PAIRS]
    touching = kept[distance[kept] == 0]
    overlap = np.zeros(len(low))
    if len(touching):
        shared = shapely.intersection(where[left[touching]], where[right[touching]])
        overlap[touching] = shapely.area(shared)
    gaps = _gaps(when[left[kept]], when[right[kept]], within_years)
    return [
        Pair(int(low[i]), int(high[i]), float(distance[i]), float(overlap[i]), int(gap))
        for i, gap in zip(kept, gaps, strict=True)
    ]


def _near(who: Any, where: Any, when: Any, within_m: float, within_years: int) -> tuple[Any, Any]:
    tree = shapely.STRtree(where)
    found: list[Any] = []
    for begin in range(0, len(where), CHUNK):
        asked, other = tree.query(where[begin : begin + CHUNK], predicate="dwithin", distance=within_m)
        asked = asked + begin
        wanted = (asked < other) & (who[asked] != who[other])
        asked, other = asked[wanted], other[wanted]
        in_time = (_spread(when[asked], within_years) & when[other]) != 0
        found.append(np.stack((asked[in_time], other[in_time])))
    both = np.concatenate(found, axis=1)
    return both[0], both[1]


def _spread(bits: Any, years: int) -> Any:
    """The bits and all that lie at most `years` beside them."""
    wide = bits.copy()
    for step in range(1, years + 1):
        wide |= (bits << np.uint64(step)) | (bits >> np.uint64(step))
    return wide


def _gaps(one: Any, other: Any, most: int) -> Any:
    gaps = np.full(len(one), most)
    for step in range(most, -1, -1):
        gaps[(_spread(one, step) & other) != 0] = step
    return gaps

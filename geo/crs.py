"""Coordinate systems: always east before north, whatever the authority's own axis order is.

SWEREF 99 TM (EPSG:3006) is defined as north, east; nearly all software and every function here use east, north.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyproj
import shapely

from geo.errors import GeoError

SWEREF99_TM = "EPSG:3006"
WGS84 = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"
SWEREF99_ZONES = {
    "EPSG:3007": "12 00", "EPSG:3008": "13 30", "EPSG:3009": "15 00", "EPSG:3010": "16 30", "EPSG:3011": "18 00",
    "EPSG:3012": "14 15", "EPSG:3013": "15 45", "EPSG:3014": "17 15", "EPSG:3015": "18 45", "EPSG:3016": "20 15",
    "EPSG:3017": "21 45", "EPSG:3018": "23 15",
}  # fmt: skip
"""The local zones in which municipalities keep their large-scale data, by their middle meridian."""
LIKELY_SYSTEMS = (SWEREF99_TM, *SWEREF99_ZONES, WGS84, WEB_MERCATOR)
"""What a file about a Swedish municipality is likely to be in."""


@lru_cache(maxsize=64)
def system(crs: str) -> pyproj.CRS:
    """The coordinate system of an EPSG code or WKT text.

    Raises:
        GeoError: it is unknown.
    """
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise GeoError(f"unknown coordinate system: {crs[:80]}") from error


@lru_cache(maxsize=64)
def _transformer(from_crs: str, to_crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(system(from_crs), system(to_crs), always_xy=True)


def same_system(one: str, other: str) -> bool:
    """Whether two texts name the same system, axis order aside.

    >>> same_system("EPSG:4326", "OGC:CRS84")
    True
    """
    return bool(system(one).equals(system(other), ignore_axis_order=True))


def is_geographic(crs: str) -> bool:
    """Whether coordinates are degrees (longitude, latitude)."""
    return bool(system(crs).is_geographic)


def project(geometry: Any, from_crs: str, to_crs: str) -> Any:
    """The Shapely geometry in another system; east, north (longitude, latitude) in and out, third axis dropped.

    Coordinates that cannot be transformed come out as infinity: `checking` finds them.
    """
    flat = shapely.force_2d(geometry)
    if from_crs == to_crs:
        return flat
    transform = _transformer(from_crs, to_crs).transform
    return shapely.transform(flat, transform, interleaved=False)


def name_of(crs: str) -> str:
    """What people call the system; the code itself where it is none of the likely ones.

    >>> name_of("EPSG:3010"), name_of("EPSG:3006")
    ('SWEREF 99 16 30', 'SWEREF 99 TM')
    """
    if crs in SWEREF99_ZONES:
        return f"SWEREF 99 {SWEREF99_ZONES[crs]}"
    return {SWEREF99_TM: "SWEREF 99 TM", WGS84: "WGS 84", WEB_MERCATOR: "Web Mercator"}.get(crs, crs)


def code_of(crs: str) -> str | None:
    """`EPSG:…` of a system given as WKT or text, None where it has none or is unknown.

    >>> code_of(pyproj.CRS("EPSG:3006").to_wkt())
    'EPSG:3006'
    """
    try:
        found = system(crs).to_epsg(min_confidence=60)
    except GeoError:
        return None
    return None if found is None else f"EPSG:{found}"


def transform_arrays(east: Any, north: Any, from_crs: str, to_crs: str) -> tuple[Any, Any]:
    """Arrays of east and north in another system; what cannot be transformed becomes infinity."""
    if from_crs == to_crs:
        return east, north
    return _transformer(from_crs, to_crs).transform(east, north)


def to_3006(longitude: float, latitude: float, *, from_crs: str = WGS84) -> tuple[float, float]:
    """East and north in SWEREF 99 TM, metres.

    >>> [round(metres, -1) for metres in to_3006(16.3616, 56.6616)]
    [583460.0, 6280550.0]
    """
    east, north = _transformer(from_crs, SWEREF99_TM).transform(longitude, latitude)
    return float(east), float(north)


def to_wgs84(east: float, north: float, *, from_crs: str = SWEREF99_TM) -> tuple[float, float]:
    """Longitude and latitude, degrees.

    >>> [round(degrees, 4) for degrees in to_wgs84(583460, 6280546)]
    [16.3616, 56.6616]
    """
    longitude, latitude = _transformer(from_crs, WGS84).transform(east, north)
    return float(longitude), float(latitude)


def area_of_use(crs: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees of where the system is meant to be used; None where it does not say."""
    area = system(crs).area_of_use
    return None if area is None else (area.west, area.south, area.east, area.north)

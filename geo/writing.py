"""Geodata files out: GeoJSON for exchange (WGS 84, longitude first) and GeoPackage for map programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas
import shapely

from geo.crs import SWEREF99_TM, WGS84, project

DECIMALS = 6
"""Of a degree: about a decimetre."""

Feature = tuple[Any, Mapping[str, Any]]
"""(Shapely geometry or None, properties)."""


def geojson(features: Iterable[Feature], crs: str = SWEREF99_TM) -> dict[str, Any]:
    """A GeoJSON feature collection (RFC 7946): longitude and latitude, whatever system the geometries are in.

    >>> geojson([(shapely.Point(583460, 6280546), {"name": "a"})])["features"][0]["geometry"]["coordinates"]
    [16.361592, 56.661596]
    """
    return {"type": "FeatureCollection", "features": [_feature(*feature, crs) for feature in features]}


def _feature(geometry: Any, properties: Mapping[str, Any], crs: str) -> dict[str, Any]:
    shape = None
    if geometry is not None:
        degrees = project(geometry, crs, WGS84)
        rounded = shapely.transform(degrees, lambda points: points.round(DECIMALS))
        # Through text, because Shapely's own mapping has tuples and numpy numbers.
        shape = json.loads(shapely.to_geojson(rounded))
    return {"type": "Feature", "geometry": shape, "properties": dict(properties)}


def write_geojson(path: Path, features: Iterable[Feature], crs: str = SWEREF99_TM) -> None:
    """The features as a GeoJSON file, UTF-8."""
    path.write_text(json.dumps(geojson(features, crs), ensure_ascii=False, allow_nan=False), encoding="utf-8")


def write_geopackage(path: Path, features: Iterable[Feature], *, layer: str, crs: str = SWEREF99_TM) -> None:
    """The features as one layer of a new GeoPackage, in their own system."""
    rows = list(features)
    frame = geopandas.GeoDataFrame(
        [dict(properties) for _, properties in rows], geometry=[geometry for geometry, _ in rows], crs=crs
    )
    frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")

"""Layers of geodata files as plain columns and WKB, as GDAL gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import GeoError


@dataclass(frozen=True)
class Layer:
    """One layer: `columns[i]` holds the values of the field `names[i]`, `wkb[k]` the geometry of feature k.

    Attributes:
        crs: What the file says, `EPSG:…` or WKT; None where it says nothing.
    """

    names: tuple[str, ...]
    columns: tuple[Any, ...]
    wkb: tuple[bytes | None, ...]
    crs: str | None


def layer_names(path: Path | str) -> tuple[str, ...]:
    """Names of the layers in a file.

    Raises:
        GeoError: GDAL cannot read it.
    """
    import pyogrio

    try:
        return tuple(str(row[0]) for row in pyogrio.list_layers(path))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise GeoError(str(error)) from error


def read_layer(path: Path | str, layer: str, *, most_features: int, keep_height: bool = False) -> Layer:
    """A whole layer, in its own system.

    Args:
        keep_height: Whether a third coordinate is kept, where there is one.

    Raises:
        GeoError: GDAL cannot read it, or it has more than `most_features` features.
    """
    import pyogrio

    try:
        if pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"] > most_features:
            raise GeoError(f"more than {most_features} features")
        meta, _, wkb, columns = pyogrio.raw.read(
            path, layer=layer, force_2d=not keep_height, datetime_as_string=True, max_features=most_features
        )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FieldError,
    ) as error:
        raise GeoError(str(error)) from error
    geometries = tuple(wkb) if wkb is not None else (None,) * (len(columns[0]) if columns else 0)
    return Layer(tuple(str(name) for name in meta["fields"]), tuple(columns), geometries, meta["crs"])

"""Which area each place lies in."""

from __future__ import annotations

from typing import Any

import geopandas


def areas_of(places: Any, areas: Any, *, name: str) -> Any:
    """For each place, the value of `name` of the area that holds most of it; a Series aligned with `places`.

    Args:
        places: GeoDataFrame of points, lines or polygons.
        areas: GeoDataFrame of polygons with a column `name`; taken to the places' system first.

    Returns:
        None where no area touches the place. A place in several areas gets the one with the largest overlap (area,
        else length), and the first of equals.
    """
    areas = areas.to_crs(places.crs).reset_index(drop=True)
    pairs = geopandas.sjoin(places[["geometry"]], areas[[name, "geometry"]], predicate="intersects")
    shared = pairs.geometry.intersection(areas.geometry.loc[pairs["index_right"]].set_axis(pairs.index))
    ranked = pairs.assign(area=shared.area.to_numpy(), length=shared.length.to_numpy())
    ranked = ranked.sort_values(["area", "length"], ascending=False, kind="stable")
    best = ranked[~ranked.index.duplicated()][name].astype(object).reindex(places.index)
    return best.where(best.notna(), None)

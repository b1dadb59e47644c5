"""Layers as GeoJSON for maps: simplified to what can be seen, and kept as text, since a version never changes."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import shapely

from investplan.exchange.layer_files import LayerReading
from investplan.services import layers
from investplan.services.work import Work

PIXELS = 2_000
"""A layer is simplified to this fraction of its own width: finer than a large screen shows it whole."""
FINEST_M = 0.5
MOST_FEATURES = 5_000
"""The largest are drawn where there are more; the table has them all."""
KEPT = 24

_kept: OrderedDict[tuple[str, int, str], str] = OrderedDict()
_lock = Lock()


def of_version(work: Work, version_id: int) -> str:
    """A version's features as GeoJSON text, E N in EPSG:3006, with `name` and `number`."""
    work.require("see")
    version = layers.find_version(work, version_id)
    # The number alone would be mixed up where one process serves several databases.
    key = (str(work.session.get_bind().engine.url), version_id, version.content_sha256)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    text = drawn(layers.features(work, version_id))
    with _lock:
        _kept[key] = text
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return text


def of_reading(reading: LayerReading) -> str:
    """What would be stored of a file that is under review."""
    kept = reading.kept
    shapes = shapely.from_wkb([bytes.fromhex(one.wkb_hex) for one in kept])
    return drawn([(one.number, one.label, shape) for one, shape in zip(kept, shapes, strict=True)])


def drawn(features: Sequence[tuple[int, str, Any]]) -> str:
    """GeoJSON text of features (number, label, geometry), simplified; the largest where there are very many."""
    if not features:
        return '{"type":"FeatureCollection","features":[]}'
    shapes = np.array([shape for _, _, shape in features], dtype=object)
    if len(shapes) > MOST_FEATURES:
        boxes = shapely.bounds(shapes)
        sizes = np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        chosen = np.sort(np.argsort(-sizes, kind="stable")[:MOST_FEATURES])
    else:
        chosen = np.arange(len(shapes))
    shapes = shapes[chosen]
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance = max(FINEST_M, float(max(east - west, north - south)) / PIXELS)
    simple = shapely.simplify(shapes, tolerance, preserve_topology=True)
    rounded = shapely.transform(simple, lambda points: points.round(1))
    texts = shapely.to_geojson(rounded)
    told = [
        f'{{"type":"Feature","id":{features[index][0]},"geometry":{text},"properties":'
        + json.dumps({"name": features[index][1], "number": features[index][0]}, ensure_ascii=False)
        + "}"
        for index, text in zip(chosen.tolist(), texts, strict=True)
    ]
    return f'{{"type":"FeatureCollection","features":[{",".join(told)}]}}'

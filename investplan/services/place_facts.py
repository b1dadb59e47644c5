"""What the municipality's layers say of a proposal's places: computed when asked for, never typed, never stored.

The answer names the layer and the date of its data. A kind of layer that nobody has uploaded is told as such: "no
conflict" and "nobody knows" are two answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely

from geo.relating import Relation, relations
from investplan.db.models import District, MapLayer, MapLayerVersion, Proposal
from investplan.domain.layers import LayerKind
from investplan.services import layers, organisations, secrecy
from investplan.services.work import Work

SWEREF99_TM = "EPSG:3006"
NEAR_M = 100
"""How near an area that a place should not lie in is told of, metres."""


@dataclass(frozen=True)
class LayerName:
    """Which version of which layer something is told from."""

    layer_id: int
    name: str
    kind: str
    number: int
    source_date: date
    version_id: int = 0


@dataclass(frozen=True)
class AreaFact:
    """One area that a place lies in or near. `share` is of the place, 0-1; see `geo.relating.Relation`."""

    layer: LayerName
    label: str
    feature: int
    share: float
    overlap_m2: float
    overlap_m: float
    distance_m: float


@dataclass(frozen=True)
class PlaceFacts:
    """What is known of one alternative's place.

    Attributes:
        code: The alternative's.
        shape: `Point`, `LineString` or `Polygon`.
        district: Name of the district that holds most of it; None where none does.
        areas: Kind → areas that it lies in, the most overlap first. Conflicts also have those near.
        asked: Kind → the layers that were asked; empty where none of the kind is in use.
        to_middle_m: To the middle of that district, metres.
        key: The same for the same geometry.
    """

    code: str
    shape: str
    size_m2: float
    length_m: float
    district: str | None
    areas: Mapping[LayerKind, Sequence[AreaFact]]
    asked: Mapping[LayerKind, Sequence[LayerName]] = field(default_factory=dict)
    to_middle_m: float | None = None
    key: bytes = b""

    @property
    def conflicts(self) -> list[AreaFact]:
        """Areas it should rather not lie in or near, overlaps first."""
        found = [one for kind in LayerKind if kind.is_conflict for one in self.areas.get(kind, ())]
        return sorted(found, key=lambda one: (-one.share, one.distance_m))


def of_proposal(work: Work, proposal: Proposal, *, near_m: float = NEAR_M) -> dict[str, PlaceFacts]:
    """Alternative code → facts, for the alternatives that have a place; empty in a round of another system."""
    work.require("see")
    placed = [one for one in proposal.alternatives if one.geometry is not None]
    if proposal.round.map_crs != SWEREF99_TM or not placed or secrecy.hides_place(work, proposal):
        return {}
    shapes = {one.code: shapely.from_wkb(one.geometry) for one in placed}
    asked = _asked(work)
    box = shapely.buffer(shapely.union_all(shapely.envelope(list(shapes.values()))), near_m).bounds
    versions = [one.version_id for names in asked.values() for one in names]
    found = layers.features_within(work, versions, box) if versions else {}
    districts = _districts(work)
    return {code: _facts(code, shape, asked, found, districts, near_m) for code, shape in shapes.items()}


def _asked(work: Work) -> dict[LayerKind, list[LayerName]]:
    found: dict[LayerKind, list[LayerName]] = {kind: [] for kind in LayerKind}
    for layer in layers.in_use(work):
        found[LayerKind(layer.kind)].append(name_of(layer, layer.current))
    return found


def name_of(layer: MapLayer, version: MapLayerVersion) -> LayerName:
    return LayerName(layer.id, layer.name, layer.kind, version.number, version.source_date, version.id)


def _districts(work: Work) -> list[tuple[District, Any]]:
    return [
        (one, shapely.from_wkb(one.geometry))
        for one in organisations.districts(work)
        if one.geometry is not None
    ]


def _facts(
    code: str,
    shape: Any,
    asked: Mapping[LayerKind, Sequence[LayerName]],
    found: Mapping[int, list[tuple[int, str, Any]]],
    districts: list[tuple[District, Any]],
    near_m: float,
) -> PlaceFacts:
    inside = relations(shape, [outline for _, outline in districts])
    areas = {
        kind: [
            fact
            for name in names
            for fact in _area_facts(
                shape, name, found.get(name.version_id, []), near_m if kind.is_conflict else 0
            )
        ]
        for kind, names in asked.items()
    }
    return PlaceFacts(
        code,
        shape.geom_type,
        float(shape.area),
        float(shape.length) if shape.geom_type == "LineString" else 0.0,
        districts[inside[0].index][0].name if inside else None,
        areas,
        asked,
        float(shape.distance(districts[inside[0].index][1].centroid)) if inside else None,
        shapely.to_wkb(shape),
    )


def _area_facts(
    shape: Any, name: LayerName, features: list[tuple[int, str, Any]], within_m: float
) -> list[AreaFact]:
    def told(one: Relation) -> AreaFact:
        number, label, _ = features[one.index]
        return AreaFact(name, label, number, one.share, one.overlap_m2, one.overlap_m, one.distance_m)

    return [
        told(one)
        for one in relations(shape, [outline for _, _, outline in features], within_m=within_m)
        # A neighbour that only shares a border is no area that the place lies in.
        if one.share > 0 or within_m > 0
    ]

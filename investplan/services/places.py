"""Where things are, as the map draws them: GeoJSON whose coordinates are E N in the planning round's own system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping

from geo import outlining, picturing
from investplan.db.models import PlanningRound, Proposal
from investplan.services import organisations, proposals
from investplan.services.kept import Kept
from investplan.services.work import Work

SWEREF99_TM = "EPSG:3006"
DECIMALS = 2
# A metre on the map of a municipality is less than a pixel; rounding there halves what is sent.
OUTLINE_GRID_M = 1.0
_drawn: Kept[list[tuple[proposals.Placed, str]]] = Kept(most=8)


def has_outline(planning_round: PlanningRound) -> bool:
    """Whether the municipality's outline is in the same system as the round's places."""
    return planning_round.map_crs == SWEREF99_TM


def outline(work: Work, municipality_code: str) -> dict[str, Any]:
    """The municipality and its districts as a GeoJSON FeatureCollection, E N in SWEREF 99 TM.

    Each feature has `kind` (`municipality` or `district`) and `name`.
    """
    work.require("see")
    shapes = [("municipality", name, shape) for name, shape in _municipality(municipality_code)]
    shapes += [
        ("district", district.name, shapely.from_wkb(district.geometry))
        for district in organisations.districts(work)
        if district.geometry is not None
    ]
    return collection(
        {
            "type": "Feature",
            "properties": {"kind": kind, "name": name},
            "geometry": mapping(shapely.set_precision(shape, OUTLINE_GRID_M)),
        }
        for kind, name, shape in shapes
    )


def _municipality(code: str) -> list[tuple[str, Any]]:
    """Name and shape of the municipality with that code; nothing where there is none."""
    name = outlining.municipality_names().get(code)
    return [] if name is None else [(name, outlining.municipality_outline(code, SWEREF99_TM))]


def of_proposals(
    work: Work,
    round_id: int,
    wanted: proposals.Filter | None = None,
    *,
    proposal_id: int | None = None,
) -> list[tuple[proposals.Placed, str]]:
    """Proposals with a place that the actor may see, by id, each with its geometry as GeoJSON text.

    Kept until a proposal of the round changes.
    """
    wanted = wanted or proposals.Filter()
    key = (*proposals.state(work, round_id), wanted, proposal_id)
    return _drawn.get(key, lambda: _draw(proposals.places(work, round_id, wanted, proposal_id=proposal_id)))


def _draw(found: list[tuple[proposals.Placed, Any]]) -> list[tuple[proposals.Placed, str]]:
    exact = [shape for _, shape in found]
    rounded = shapely.set_precision(exact, 10**-DECIMALS)
    # An area smaller than the rounding would be nothing, and a map cannot show nothing: it keeps its own shape.
    drawn = np.where(shapely.is_empty(rounded), exact, rounded)
    return [(one, text) for (one, _), text in zip(found, shapely.to_geojson(drawn), strict=True)]


def picture(work: Work, proposal: Proposal, municipality_code: str) -> str | None:
    """A small map of the proposal's place as SVG, other proposals near it in grey; None where it has none."""
    own = proposals.places(work, proposal.round_id, proposal_id=proposal.id)
    if not own:
        return None
    place = own[0][1]
    west, south, east, north = place.bounds
    around = 2 * max(east - west, north - south) + picturing.LEAST_SPAN_M
    near = proposals.Filter(box=(west - around, south - around, east + around, north + around))
    others = [
        shape for one, shape in proposals.places(work, proposal.round_id, near) if one.id != proposal.id
    ]
    if not has_outline(proposal.round):
        return picturing.draw_place(place, None, (), others)
    shapes = [shape for _, shape in _municipality(municipality_code)]
    districts = [
        shapely.from_wkb(one.geometry) for one in organisations.districts(work) if one.geometry is not None
    ]
    return picturing.draw_place(place, shapes[0] if shapes else None, districts, others)


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}

"""Finding a place by name: districts, what the municipality's own layers call things, and places of other proposals."""

from __future__ import annotations

from typing import Any, NamedTuple

import shapely
from sqlalchemy import func, or_, select

from investplan.db.models import Alternative, MapLayerFeature, PlanningRound, Proposal
from investplan.services import layers, organisations, places, proposals
from investplan.services.work import Work

MOST_OF_EACH = 6
LEAST_LETTERS, MOST_LETTERS = 2, 60


class Hit(NamedTuple):
    """A place that was found. `kind`: `district`, `layer` or `proposal`; `detail` tells which; E N of a point inside it."""

    kind: str
    label: str
    detail: str
    east: int
    north: int


def search(work: Work, planning_round: PlanningRound, text: str) -> list[Hit]:
    """What is called something with `text` in it, those that begin with it first; at most six of each kind.

    Nothing for fewer than two letters, nor in a round whose places are in another system than the outlines. A proposal whose
    place is secret to the actor is never found.
    """
    work.require("see")
    wanted = " ".join(text.split())[:MOST_LETTERS]
    if len(wanted) < LEAST_LETTERS or not places.has_outline(planning_round):
        return []
    return [
        *_sorted(_districts(work, wanted), wanted),
        *_sorted(_features(work, wanted), wanted),
        *_sorted(_proposals(work, planning_round.id, wanted), wanted),
    ]


def _sorted(hits: list[Hit], wanted: str) -> list[Hit]:
    folded = wanted.casefold()
    hits.sort(key=lambda hit: (not hit.label.casefold().startswith(folded), hit.label, hit.detail))
    return hits[:MOST_OF_EACH]


def _hit(kind: str, label: str, detail: str, wkb: bytes) -> Hit:
    inside: Any = shapely.point_on_surface(shapely.from_wkb(wkb))
    return Hit(kind, label, detail, round(inside.x), round(inside.y))


def _districts(work: Work, wanted: str) -> list[Hit]:
    return [
        _hit("district", one.name, one.code, one.geometry)
        for one in organisations.districts(work)
        if one.geometry is not None and wanted.casefold() in one.name.casefold()
    ]


def _like(work: Work, column: Any, wanted: str) -> Any:
    """As the list searches: without regard to case, and with the wildcards taken for what they are."""
    anyhow = "like" if work.session.get_bind().dialect.name == "sqlite" else "ilike"
    pattern = "%" + wanted.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    return getattr(column, anyhow)(pattern, escape="\\")


def _features(work: Work, wanted: str) -> list[Hit]:
    names = {one.current.id: one.name for one in layers.in_use(work)}
    if not names:
        return []
    one = MapLayerFeature
    query = (
        select(one.version_id, one.label, func.min(one.id))
        .where(one.version_id.in_(names), _like(work, one.label, wanted))
        .group_by(one.version_id, one.label)
        .limit(10 * MOST_OF_EACH)
    )
    rows = list(work.session.execute(query))
    shapes = dict(
        row._tuple()
        for row in work.session.execute(
            select(one.id, one.geometry).where(one.id.in_([row[2] for row in rows]))
        )
    )
    return [_hit("layer", label, names[version], shapes[key]) for version, label, key in rows]


def _proposals(work: Work, round_id: int, wanted: str) -> list[Hit]:
    columns = (Proposal.id, Proposal.title, Proposal.case_number, Alternative.geometry)
    query = proposals.only_visible(work, select(*columns).join(Proposal.alternatives), round_id)
    query = proposals.only_open_places(work, query).where(
        Alternative.geometry.is_not(None),
        or_(
            _like(work, Proposal.title, wanted),
            _like(work, Proposal.place_note, wanted),
            _like(work, Alternative.property_designation, wanted),
        ),
    )
    found: dict[int, Hit] = {}
    for key, title, case_number, wkb in work.session.execute(
        query.order_by(Proposal.title, Alternative.position).limit(10 * MOST_OF_EACH)
    ):
        found.setdefault(key, _hit("proposal", title, case_number, wkb))
    return list(found.values())

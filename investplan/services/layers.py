"""The municipality's own map layers: read, judged, looked at, and only then stored as a new version.

A version never changes. What a layer says today is its latest version; taking it out of use keeps every version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import insert, select

from investplan.db.models import MapLayer, MapLayerFeature, MapLayerVersion
from investplan.domain.labels import N_
from investplan.domain.layers import LayerKind
from investplan.errors import InvalidInputError, Note, NotFoundError, StateError
from investplan.exchange.layer_files import Choices, Feature, LayerReading, read_layer_file
from investplan.exchange.tables import UnreadableError
from investplan.services.work import Work, once

__all__ = ["Choices", "LayerReading"]

REPORTED = 200
"""Mended and left-out features kept by name in a version's report; their numbers are kept whole."""
Box = tuple[float, float, float, float]
"""West, south, east, north in EPSG:3006."""

FAULT_LABELS = {
    "missing": N_("Geometrin saknas."),
    "empty": N_("Geometrin är tom."),
    "not_finite": N_("Koordinaterna är inte tal (NaN eller oändligt)."),
    "wrong_type": N_("Geometrin blandar slag. Bara delarna av högst slag behålls."),
    "self_intersection": N_("Gränsen korsar sig själv."),
    "not_degrees": N_("Koordinaterna är inte grader, men koordinatsystemet säger det."),
    "date_line": N_("Ytan sträcker sig över datumgränsen."),
    "outside": N_("Objektet ligger utanför Sverige."),
}


@dataclass(frozen=True)
class LayerFacts:
    """What a person says of a layer; the file says the rest."""

    name: str
    kind: LayerKind
    source: str
    source_date: date


@dataclass(frozen=True)
class Staged:
    """A file as it was read; nothing is stored yet."""

    file_name: str
    content_sha256: str
    reading: LayerReading

    @property
    def needs_acceptance(self) -> bool:
        """Whether something is changed or left out, so that a person has to say yes to it."""
        reading = self.reading
        is_reread = reading.swapped or reading.crs != reading.stated_crs
        return bool(is_reread or reading.of("mended") or reading.of("left_out"))


def stage(content: bytes, file_name: str, choices: Choices, *, municipality: str) -> Staged:
    """The file as it is read in the limited child process; touches no database.

    Raises:
        InvalidInputError: the file cannot be taken as a layer at all.
    """
    try:
        reading = read_layer_file(content, file_name, choices, municipality=municipality)
    except UnreadableError as error:
        fields = {"file" if not place else f"file-{place}": note for place, note in enumerate(error.notes)}
        raise InvalidInputError(fields) from None
    return Staged(file_name[:200], hashlib.sha256(content).hexdigest(), reading)


def publish(
    work: Work,
    facts: LayerFacts,
    staged: Staged,
    *,
    accepted: bool,
    layer_id: int | None = None,
    key: str = "",
) -> MapLayerVersion:
    """Store the file's features as a new layer, or as a new version of the layer `layer_id`.

    Args:
        accepted: Whether the person has said yes to what is mended, left out, or read in another system.

    Raises:
        InvalidInputError: one note per field; also where nothing would be left to store, or a yes is missing.
        StateError: the layer is out of use.
    """
    work.require("edit places")
    layer = None if layer_id is None else find(work, layer_id)
    if layer is not None and layer.retired_at is not None:
        raise StateError(Note("Lagret är taget ur bruk."))
    body = {
        "layer": layer_id or 0, "name": facts.name.strip(), "content": staged.content_sha256,
        "crs": staged.reading.crs, "swapped": staged.reading.swapped, "label": staged.reading.label_column,
        "date": facts.source_date.isoformat(), "kind": facts.kind.value, "source": facts.source.strip(),
    }  # fmt: skip

    def write() -> int:
        _refuse_faults(work, facts, staged, accepted, layer)
        return _insert(work, facts, staged, layer)

    return find_version(work, once(work, "publish map layer", key, body, write))


def _refuse_faults(
    work: Work, facts: LayerFacts, staged: Staged, accepted: bool, layer: MapLayer | None
) -> None:
    faults: dict[str, Note] = {}
    name = facts.name.strip()
    if not 1 <= len(name) <= 120:
        faults["name"] = Note("Ge lagret ett namn, högst 120 tecken.")
    elif layer is None and work.session.scalar(select(MapLayer.id).where(MapLayer.name == name)) is not None:
        faults["name"] = Note("Det finns redan ett lager med namnet %(name)s.", {"name": name})
    if facts.source_date > work.today:
        faults["source_date"] = Note("Uppgifternas datum ligger i framtiden.")
    if not staged.reading.crs:
        faults["crs"] = Note("Filen säger inget koordinatsystem. Välj ett.")
    elif not staged.reading.kept:
        faults["file"] = Note("Inget objekt i filen går att spara.")
    elif staged.needs_acceptance and not accepted:
        faults["accepted"] = Note("Godkänn ändringarna, eller rätta filen och skicka den igen.")
    if faults:
        raise InvalidInputError(faults)


def _insert(work: Work, facts: LayerFacts, staged: Staged, layer: MapLayer | None) -> int:
    is_new = layer is None
    if layer is None:
        layer = MapLayer(name=facts.name.strip(), kind=facts.kind.value, version=1)
        work.session.add(layer)
        work.session.flush()
    reading = staged.reading
    version = MapLayerVersion(
        layer_id=layer.id,
        number=len(layer.versions) + 1,
        source=facts.source.strip()[:200],
        source_date=facts.source_date,
        label_column=reading.label_column[:120],
        file_name=staged.file_name,
        content_sha256=staged.content_sha256,
        read_as=reading.crs + (" N E" if reading.swapped else ""),
        feature_count=len(reading.kept),
        report=_report(reading),
        added_by=work.actor.user_id or 0,
        added_at=work.now(),
    )
    work.session.add(version)
    work.session.flush()
    work.session.execute(insert(MapLayerFeature), [_row(version.id, one) for one in reading.kept])
    layer.version += 0 if is_new else 1
    action = "add map layer" if is_new else "add layer version"
    after = {"name": layer.name, "kind": layer.kind, **_to_json(version)}
    work.record(action, "map_layer", layer.id, after=after)
    work.session.expire(layer, ["versions"])
    return version.id


def _report(reading: LayerReading) -> dict[str, Any]:
    """Whole numbers and text only, as the audit keeps it."""
    return {
        "mended": len(reading.of("mended")),
        "left_out": len(reading.of("left_out")),
        "named": [
            [one.number, one.label, one.outcome, one.fault, round(one.before_m2), round(one.after_m2)]
            for one in reading.features
            if one.outcome != "whole"
        ][:REPORTED],
    }


def _row(version_id: int, one: Feature) -> dict[str, Any]:
    wkb = bytes.fromhex(one.wkb_hex)
    west, south, east, north = shapely.from_wkb(wkb).bounds
    return {"version_id": version_id, "number": one.number, "label": one.label, "geometry": wkb,
            "min_e": west, "min_n": south, "max_e": east, "max_n": north}  # fmt: skip


def _to_json(version: MapLayerVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "source": version.source,
        "source_date": version.source_date.isoformat(),
        "label_column": version.label_column,
        "file_name": version.file_name,
        "content_sha256": version.content_sha256,
        "read_as": version.read_as,
        "feature_count": version.feature_count,
        "report": version.report,
    }


def retire(work: Work, layer_id: int, *, seen_version: int, reason: str = "") -> MapLayer:
    """Take a layer out of use. Its versions stay.

    Raises:
        StateError: it is out of use already, or someone changed it since.
    """
    work.require("edit places")
    layer = find(work, layer_id)
    if layer.retired_at is not None:
        raise StateError(Note("Lagret är redan taget ur bruk."))
    if layer.version != seen_version:
        raise StateError(Note("Någon annan har ändrat lagret sedan du öppnade sidan."))
    layer.retired_at = work.now()
    layer.version += 1
    work.record(
        "retire map layer", "map_layer", layer.id,
        before={"retired": False}, after={"retired": True}, reason=reason,
    )  # fmt: skip
    return layer


# --- what is there -----------------------------------------------------------------------------------------------


def everything(work: Work) -> list[MapLayer]:
    """Every layer by kind and name, those in use first."""
    work.require("see")
    order = list(LayerKind)
    found = list(work.session.scalars(select(MapLayer).order_by(MapLayer.name)))
    return sorted(
        found, key=lambda one: (one.retired_at is not None, order.index(LayerKind(one.kind)), one.name)
    )


def in_use(work: Work) -> list[MapLayer]:
    """Layers that count, by kind and name."""
    return [one for one in everything(work) if one.retired_at is None]


def find(work: Work, layer_id: int) -> MapLayer:
    """One layer.

    Raises:
        NotFoundError: there is none.
    """
    work.require("see")
    found = work.session.get(MapLayer, layer_id)
    if found is None:
        raise NotFoundError("map layer", layer_id)
    return found


def find_version(work: Work, version_id: int) -> MapLayerVersion:
    """One version of a layer.

    Raises:
        NotFoundError: there is none.
    """
    work.require("see")
    found = work.session.get(MapLayerVersion, version_id)
    if found is None:
        raise NotFoundError("map layer version", version_id)
    return found


def features_within(
    work: Work, version_ids: Sequence[int], box: Box
) -> dict[int, list[tuple[int, str, Any]]]:
    """Version → its features whose boxes meet `box`: number, label and Shapely geometry."""
    work.require("see")
    west, south, east, north = box
    one = MapLayerFeature
    query = select(one.version_id, one.number, one.label, one.geometry).where(
        one.version_id.in_(version_ids),
        one.min_e <= east, one.max_e >= west, one.min_n <= north, one.max_n >= south,
    ).order_by(one.version_id, one.number)  # fmt: skip
    rows = list(work.session.execute(query))
    shapes = shapely.from_wkb([row.geometry for row in rows])
    found: dict[int, list[tuple[int, str, Any]]] = {}
    for row, shape in zip(rows, shapes, strict=True):
        found.setdefault(row.version_id, []).append((row.number, row.label, shape))
    return found


def features(
    work: Work, version_id: int, *, first: int = 0, most: int | None = None
) -> list[tuple[int, str, Any]]:
    """A version's features in the file's order: number, label and Shapely geometry."""
    work.require("see")
    one = MapLayerFeature
    query = (
        select(one.number, one.label, one.geometry).where(one.version_id == version_id).order_by(one.number)
    )
    query = query.offset(first) if first else query
    rows = list(work.session.execute(query.limit(most) if most is not None else query))
    shapes = shapely.from_wkb([row.geometry for row in rows])
    return [(row.number, row.label, shape) for row, shape in zip(rows, shapes, strict=True)]

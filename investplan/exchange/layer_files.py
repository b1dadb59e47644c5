"""A geodata file as a layer to be: read and judged in a limited child process, with everything found told.

One reading answers both questions of the review page: what is in the file, and what would be stored. The choices of
the person (layer, column of names, coordinate system, axes) go in; nothing is chosen in silence.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from investplan.errors import Note
from investplan.exchange import sandbox
from investplan.exchange.tables import UnreadableError, note_from_json

FORMATS = {".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg", ".zip": "shapefile"}
LIMITS = sandbox.Limits(cpu_seconds=4, wall_seconds=10)
"""A municipality's layers take a second; what takes more is broken, or meant to hurt."""


@dataclass(frozen=True)
class Choices:
    """What the person chose; empty where the file itself is to say.

    Attributes:
        layer: Of a file with several.
        label_column: Whose values name the features.
        crs: `EPSG:…`, instead of what the file says.
        swapped: Whether north stands before east.
    """

    layer: str = ""
    label_column: str = ""
    crs: str = ""
    swapped: bool = False


@dataclass(frozen=True)
class Feature:
    """One feature as it was judged; `wkb_hex` is its geometry in EPSG:3006, empty where it is left out."""

    number: int
    label: str
    outcome: str
    fault: str
    before_m2: float
    after_m2: float
    wkb_hex: str


@dataclass(frozen=True)
class Suggestion:
    """A system in which the coordinates lie in the municipality."""

    crs: str
    swapped: bool
    share: float


@dataclass(frozen=True)
class LayerReading:
    """What a file holds.

    Attributes:
        layers: Names of its layers.
        columns: Names of the chosen layer's attributes.
        stated_crs: What the file says, `EPSG:…`; empty where it says nothing.
        crs, swapped: How it was read; `crs` is empty where nobody knows.
        share: Of the features, how many land in the municipality that way.
        suggestions: Ways to read it in which most land there, the likeliest first.
        kinds: Features that are a `point`, `line`, `area` or `mixed`.
    """

    layer: str
    layers: tuple[str, ...]
    columns: tuple[str, ...]
    label_column: str
    stated_crs: str
    crs: str
    swapped: bool
    share: float
    suggestions: tuple[Suggestion, ...]
    features: tuple[Feature, ...]
    kinds: dict[str, int]
    remarks: tuple[Note, ...] = ()

    def of(self, outcome: str) -> list[Feature]:
        return [one for one in self.features if one.outcome == outcome]

    @property
    def kept(self) -> list[Feature]:
        """What would be stored."""
        return [one for one in self.features if one.wkb_hex]


def format_of(file_name: str) -> str:
    """The format that a name says.

    Raises:
        UnreadableError: none that is taken in.
    """
    found = FORMATS.get(Path(file_name).suffix.lower())
    if found is None:
        raise UnreadableError(
            Note("Filen ska vara GeoPackage (.gpkg), GeoJSON (.geojson) eller en zippad shapefil (.zip).")
        )
    return found


def read_layer_file(
    content: bytes,
    file_name: str,
    choices: Choices,
    *,
    municipality: str,
    limits: sandbox.Limits = LIMITS,
) -> LayerReading:
    """The layer in the file, judged.

    Args:
        municipality: Code (four digits) whose outline the features should lie in.

    Raises:
        UnreadableError: why the file is not taken, one note per fault; also when the child was stopped.
    """
    file_format = format_of(file_name)
    if len(content) > limits.content_bytes:
        raise UnreadableError(
            Note("Filen är för stor. Högst %(max)d MB tas emot.", {"max": limits.content_bytes // 1024**2})
        )
    sandbox.check_kind(content, file_name, file_format)
    with tempfile.TemporaryDirectory(prefix="investplan-layer-") as folder:
        path = Path(folder) / f"content{sandbox.ENDINGS[file_format][0]}"
        path.write_bytes(content)
        request = {
            "path": str(path),
            "format": file_format,
            "choices": asdict(choices),
            "municipality": municipality,
            "limits": asdict(limits),
        }
        found = sandbox.run_child("investplan.exchange.layer_child", request, folder, limits, geodata=True)
    if "refused" in found:
        raise UnreadableError(*[note_from_json(note) for note in found["refused"]])
    return _reading_from_json(found)


def _reading_from_json(found: dict[str, Any]) -> LayerReading:
    return LayerReading(
        layer=found["layer"],
        layers=tuple(found["layers"]),
        columns=tuple(found["columns"]),
        label_column=found["label_column"],
        stated_crs=found["stated_crs"],
        crs=found["crs"],
        swapped=found["swapped"],
        share=found["share"],
        suggestions=tuple(Suggestion(**one) for one in found["suggestions"]),
        features=tuple(Feature(*one) for one in found["features"]),
        kinds=found["kinds"],
        remarks=tuple(note_from_json(note) for note in found["remarks"]),
    )

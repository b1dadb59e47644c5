"""The child process that reads and judges a layer: limits first, then GDAL and GEOS, then one JSON answer.

Started by `layer_files.read_layer_file`, never by people. Mending happens here, too: a hostile outline can make it
take all the time and memory there is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from investplan.errors import Note
from investplan.exchange.sandbox_child import apply_limits, leave_network
from investplan.exchange.tables import FORBIDDEN, REPLACEMENT, UnreadableError, note_to_json

MAX_FEATURES = 50_000
MAX_LABEL = 120
CURVED = range(8, 18)
"""Codes of curves and surfaces of curves in WKB, without the thousands that say which axes there are."""
LABEL_NAMES = (
    "namn",
    "name",
    "beteckning",
    "fastighetsbeteckning",
    "fastighet",
    "plannamn",
    "skolnamn",
    "objektnamn",
)
"""Columns that name a feature in most files; the first of them that a file has is suggested."""


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return _judged(asked)
    except UnreadableError as error:
        return {"refused": [note_to_json(note) for note in error.notes]}
    except (MemoryError, RecursionError):
        return {"refused": [note_to_json(Note("Filen kräver för mycket minne för att läsas."))]}


def _judged(asked: dict[str, Any]) -> dict[str, Any]:
    for name in ("geopandas", "pandas", "pyarrow"):
        # GDAL's wrapper imports these where they are found: a second of start, and nothing used.
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    layers, layer, read = _read(asked)
    geometries, curved = _shapes(read.wkb)
    remarks = _remarks(geometries, curved)
    choices = asked["choices"]
    label_column = choices["label_column"] or next(
        (name for wanted in LABEL_NAMES for name in read.names if name.lower() == wanted), ""
    )
    if label_column and label_column not in read.names:
        raise UnreadableError(Note("Kolumnen ”%(name)s” finns inte i filen.", {"name": label_column[:80]}))
    labels = _labels(read, label_column)
    way = _way(read.crs, choices, geometries, asked["municipality"])
    return {
        "layer": layer,
        "layers": list(layers),
        "columns": [_clean(name) for name in read.names],
        "label_column": label_column,
        "remarks": [note_to_json(note) for note in remarks],
        **way,
        **_features(geometries, labels, way),
    }


def _read(asked: dict[str, Any]) -> tuple[tuple[str, ...], str, Any]:
    from geo.errors import GeoError
    from geo.reading import layer_names, read_layer
    from investplan.exchange import geodata, workbooks

    geodata.refuse_other_drivers()
    path, layer = asked["path"], asked["choices"]["layer"]
    if asked["format"] == "shapefile":
        geodata.check_shapefile(workbooks.check_archive(Path(path).read_bytes()))
        path = f"/vsizip/{path}"
    try:
        layers = layer_names(path)
        if not layers:
            raise UnreadableError(Note("Filen har inget lager."))
        layer = layer if layer in layers else layers[0]
        return layers, layer, read_layer(path, layer, most_features=MAX_FEATURES, keep_height=True)
    except GeoError as error:
        detail = str(error).replace(asked["path"], "").replace("/vsizip/", "")[:120]
        raise UnreadableError(Note("Geodatafilen går inte att läsa: %(fault)s", {"fault": detail})) from None


def _shapes(wkb: tuple[bytes | None, ...]) -> tuple[list[Any], int]:
    """Shapely's geometries, None where there is none; and how many were of curves, which are not taken."""
    import numpy as np
    import shapely

    from geo.judging import MAX_VERTICES

    if not wkb:
        raise UnreadableError(Note("Lagret är tomt: filen har inga objekt."))
    curved = [one is not None and len(one) >= 5 and _type_code(bytes(one)) in CURVED for one in wkb]
    plain = [
        None if is_curve or one is None else bytes(one) for one, is_curve in zip(wkb, curved, strict=True)
    ]
    with np.errstate(invalid="ignore"):
        geometries = list(shapely.from_wkb(plain, on_invalid="ignore"))
    vertices = int(shapely.get_num_coordinates(np.array(geometries, dtype=object)).sum())
    if vertices > MAX_VERTICES:
        raise UnreadableError(
            Note(
                "Lagret har %(count)d brytpunkter. Högst %(max)d tas emot: förenkla det, eller dela upp det.",
                {"count": vertices, "max": MAX_VERTICES},
            )
        )
    return geometries, sum(curved)


def _type_code(wkb: bytes) -> int:
    return int.from_bytes(wkb[1:5], "little" if wkb[0] == 1 else "big") % 1000


def _remarks(geometries: list[Any], curved: int) -> list[Note]:
    import numpy as np
    import shapely

    from geo.judging import kinds_of

    remarks = []
    if curved:
        remarks.append(Note(
            "%(count)d objekt består av bågar. De läses inte: spara lagret med raka segment.", {"count": curved}
        ))  # fmt: skip
    if shapely.has_z(np.array(geometries, dtype=object)).any():
        remarks.append(Note("Lagret har höjder. De används inte: bara läget i plan sparas."))
    if len(kinds_of(geometries)) > 1:
        remarks.append(Note("Lagret blandar punkter, linjer och ytor. Överlapp räknas bara mot ytorna."))
    return remarks


def _labels(read: Any, column: str) -> list[str]:
    if not column:
        return [""] * len(read.wkb)
    values = read.columns[read.names.index(column)]
    return ["" if value is None or value != value else _clean(str(value))[:MAX_LABEL] for value in values]


def _clean(text: str) -> str:
    return " ".join(FORBIDDEN.sub(REPLACEMENT, text).split())


def _way(
    stated: str | None, choices: dict[str, Any], geometries: list[Any], municipality: str
) -> dict[str, Any]:
    """How the coordinates are read: as the person chose, else as the file says, else as the likeliest guess."""
    from geo.crs import code_of
    from geo.guessing import guesses, sample
    from geo.outlining import municipality_outline

    known = code_of(stated) if stated else None
    found = guesses(sample(geometries), municipality_outline(municipality), stated=known)
    crs, swapped = choices["crs"] or known or "", bool(choices["swapped"])
    if not crs and found:
        crs, swapped = found[0].crs, found[0].swapped
    if crs and code_of(crs) is None:
        raise UnreadableError(Note("Okänt koordinatsystem: %(fault)s", {"fault": crs[:40]}))
    share = next((one.share for one in found if (one.crs, one.swapped) == (crs, swapped)), 0.0)
    return {
        "stated_crs": known or "",
        "crs": crs,
        "swapped": swapped,
        "share": share,
        "suggestions": [{"crs": one.crs, "swapped": one.swapped, "share": one.share} for one in found[:6]],
    }


def _features(geometries: list[Any], labels: list[str], way: dict[str, Any]) -> dict[str, Any]:
    import shapely

    from geo.judging import judge, kinds_of

    if not way["crs"]:
        return {"features": [], "kinds": kinds_of(geometries)}
    verdicts = judge(geometries, way["crs"], swapped=way["swapped"])
    features = [
        [number, label, one.outcome.value, one.fault.value if one.fault else "", one.before_m2, one.after_m2,
         shapely.to_wkb(one.geometry, hex=True) if one.geometry is not None else ""]
        for number, (label, one) in enumerate(zip(labels, verdicts, strict=True), start=1)
    ]  # fmt: skip
    return {"features": features, "kinds": kinds_of([one.geometry for one in verdicts])}


def main() -> int:
    asked = json.load(sys.stdin)
    leave_network()
    apply_limits(asked["limits"])
    json.dump(answer(asked), sys.stdout, ensure_ascii=True)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

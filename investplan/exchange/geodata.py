"""Geodata files as tables. Runs in the sandboxed child, where GDAL has four drivers and nothing else.

GDAL picks its driver by content, not by name, and some drivers fetch other files or addresses: a file called
`x.geojson` can read any file of the server. So the drivers are cut down before GDAL starts, and the content must
agree with the format that the mapping states.
"""

from __future__ import annotations

import zipfile
from decimal import Decimal
from functools import lru_cache
from typing import Any

from investplan.errors import Note
from investplan.exchange.tables import (
    MAX_CELL_CHARACTERS,
    MAX_ROWS,
    Cell,
    Counter,
    Row,
    Table,
    UnreadableError,
    cell_too_long,
)

ALLOWED_DRIVERS = ("ESRI Shapefile", "GPKG", "GeoJSON", "GeoJSONSeq")
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj")


@lru_cache(maxsize=1)
def skipped_drivers() -> str:
    """The value of `OGR_SKIP` that leaves `ALLOWED_DRIVERS`; computed, so that a new GDAL adds no new driver."""
    import pyogrio

    return ",".join(sorted(set(pyogrio.list_drivers()) - set(ALLOWED_DRIVERS)))


def drivers() -> list[str]:
    """The drivers that GDAL has in this process."""
    import pyogrio

    return sorted(pyogrio.list_drivers())


def refuse_other_drivers() -> None:
    """Stops where GDAL has more than the four drivers: nothing is ever read then.

    Raises:
        UnreadableError: naming some of them.
    """
    too_many = sorted(set(drivers()) - set(ALLOWED_DRIVERS))
    if too_many:
        raise UnreadableError(Note("Geodata läses inte: GDAL har otillåtna drivrutiner (%(names)s).", {
            "names": ", ".join(too_many[:5])}))  # fmt: skip


def read_geodata(path: str, *, file_format: str, layer: str | None) -> Table:
    """The features of a layer as rows, numbered from 1.

    Raises:
        UnreadableError: GDAL refuses the file, no such layer, too many features, too many drivers (never read then).
    """
    refuse_other_drivers()
    from geo.errors import GeoError
    from geo.reading import layer_names, read_layer

    source = f"/vsizip/{path}" if file_format == "shapefile" else path
    try:
        chosen = _choose_layer(layer_names(source), layer)
        found = read_layer(source, chosen, most_features=MAX_ROWS)
    except GeoError as error:
        # GDAL's own text may hold paths of the server.
        detail = str(error).replace(path, "").replace("/vsizip/", "")[:120]
        raise UnreadableError(Note("Geodatafilen går inte att läsa: %(fault)s", {"fault": detail})) from None
    rows = _rows(found.columns, found.wkb)
    return Table(found.names, rows, found.crs, ())


def _choose_layer(names: tuple[str, ...], wanted: str | None) -> str:
    if wanted is not None and wanted not in names:
        raise UnreadableError(
            Note(
                "Lagret %(layer)s finns inte. Filen har: %(layers)s",
                {"layer": wanted, "layers": ", ".join(names[:20])},
            )
        )
    if wanted is None and len(names) != 1:
        raise UnreadableError(
            Note(
                "Filen har flera lager. Skriv i mappningen vilket som gäller (file.layer): %(layers)s",
                {"layers": ", ".join(names[:20])},
            )
        )
    return wanted or names[0]


def _rows(columns: tuple[Any, ...], geometries: tuple[bytes | None, ...]) -> tuple[Row, ...]:
    counter = Counter()
    rows: list[Row] = []
    for number, geometry in enumerate(geometries, start=1):
        counter.count(len(columns))
        cells = tuple(
            _cell(column[number - 1], number, place) for place, column in enumerate(columns, start=1)
        )
        rows.append(Row(number, cells, bytes(geometry) if geometry is not None else None))
    return tuple(rows)


def _cell(value: Any, row: int, column: int) -> Cell:
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or plain != plain:  # NaN is how a missing number comes
        return None
    if isinstance(plain, bool):
        return "TRUE" if plain else "FALSE"
    if isinstance(plain, int | float):
        exact = Decimal(repr(plain))
        return exact if exact.is_finite() else str(plain)
    text = str(plain)
    if len(text) > MAX_CELL_CHARACTERS:
        raise cell_too_long(row, column)
    return text or None


def check_shapefile(archive: zipfile.ZipFile) -> None:
    """Refuses a zip that is not exactly one shapefile with its companions, at the top, nothing packed in it.

    Raises:
        UnreadableError: one note per fault.
    """
    names = [name for name in archive.namelist() if not name.endswith("/")]
    stems = {name.rsplit(".", 1)[0] for name in names if name.lower().endswith(".shp")}
    if len(stems) != 1:
        raise UnreadableError(Note("Arkivet ska innehålla en shapefil (.shp)."))
    stem = stems.pop()
    present = {name[len(stem) :].lower() for name in names if name.startswith(stem)}
    missing = [part for part in SHAPEFILE_PARTS if part not in present]
    if missing:
        raise UnreadableError(Note("Shapefilen saknar %(parts)s.", {"parts": ", ".join(missing)}))
    others = [name for name in names if not name.startswith(stem)]
    if others:
        raise UnreadableError(
            Note("Arkivet innehåller annat än shapefilen: %(names)s", {"names": ", ".join(others[:5])})
        )

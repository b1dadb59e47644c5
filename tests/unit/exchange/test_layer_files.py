"""Layers through the limited child: what is offered for a good file, and that no bad one hangs, crashes or gets in."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from geo.writing import write_geopackage
from investplan.exchange.layer_files import Choices, LayerReading, read_layer_file
from investplan.exchange.tables import UnreadableError

E, N = 580_000.0, 6_280_000.0
SQUARE = [[[E, N], [E + 100, N], [E + 100, N + 100], [E, N + 100], [E, N]]]
BOWTIE = [[[E, N], [E + 200, N + 200], [E + 200, N], [E, N + 200], [E, N]]]
TM = "urn:ogc:def:crs:EPSG::3006"
MOST_SECONDS = 12.0
"""The child is stopped after four seconds of processor time, and after ten on a busy machine."""


def geojson(*geometries: Any, crs: str | None = TM, **properties: Any) -> bytes:
    features = [
        {"type": "Feature", "properties": {"namn": f"Yta {number}", **properties}, "geometry": geometry}
        for number, geometry in enumerate(geometries, 1)
    ]
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **named, "features": features}).encode()


def area(rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": rings}


def read(content: bytes, name: str = "lager.geojson", **choices: Any) -> LayerReading:
    return read_layer_file(content, name, Choices(**choices), municipality="0880")


def shapefile(tmp_path: Path, *, crs: str | None = "EPSG:3006", leave_out: tuple[str, ...] = ()) -> bytes:
    folder = tmp_path / "shp"
    folder.mkdir()
    frame = geopandas.GeoDataFrame({"NAMN": ["A"]}, geometry=[shapely.Polygon(SQUARE[0])], crs=crs)
    frame.to_file(folder / "omr.shp", engine="pyogrio")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.iterdir():
            if path.suffix not in leave_out:
                archive.write(path, path.name)
    return packed.getvalue()


def test_a_good_file_needs_nothing_from_anyone() -> None:
    found = read(geojson(area(SQUARE)))
    assert (found.crs, found.swapped, found.share) == ("EPSG:3006", False, 1.0)
    assert [(one.number, one.label, one.outcome) for one in found.features] == [(1, "Yta 1", "whole")]
    assert (found.label_column, found.columns) == ("namn", ("namn",))


def test_geopackage_and_shapefile_give_the_same_layer(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    write_geopackage(path, [(shapely.Polygon(SQUARE[0]), {"NAMN": "A"})], layer="omr")
    for content, name in ((path.read_bytes(), "x.gpkg"), (shapefile(tmp_path), "x.zip")):
        found = read(content, name)
        assert [(one.label, one.outcome) for one in found.features] == [("A", "whole")]
        assert shapely.from_wkb(bytes.fromhex(found.features[0].wkb_hex)).area == pytest.approx(10_000)


def test_metres_said_to_be_degrees_are_told_with_the_system_that_fits() -> None:
    found = read(geojson(area(SQUARE), crs=None))
    assert (found.stated_crs, found.share, found.kept) == ("EPSG:4326", 0.0, [])
    assert (found.suggestions[0].crs, found.suggestions[0].swapped) == ("EPSG:3006", False)
    mended = read(geojson(area(SQUARE), crs=None), crs="EPSG:3006")
    assert (mended.share, len(mended.kept)) == (1.0, 1)


def test_swapped_axes_are_told_and_turned_on_request() -> None:
    turned = [[[n, e] for e, n in SQUARE[0]]]
    found = read(geojson(area(turned)))
    assert found.kept == []
    assert (found.suggestions[0].crs, found.suggestions[0].swapped) == ("EPSG:3006", True)
    assert len(read(geojson(area(turned)), crs="EPSG:3006", swapped=True).kept) == 1


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_local_zone_without_a_system_is_guessed_by_where_it_lands(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    local = shapely.box(141_500, 6_282_200, 141_600, 6_282_300)
    geopandas.GeoDataFrame({"namn": ["A"]}, geometry=[local]).to_file(path, layer="x", engine="pyogrio")
    found = read(path.read_bytes(), "x.gpkg")
    assert (found.stated_crs, found.crs, found.share) == ("", "EPSG:3010", 1.0)


def test_a_broken_outline_is_to_be_mended_with_both_areas_told() -> None:
    found = read(geojson(area(SQUARE), area(BOWTIE)))
    assert [(one.number, one.outcome, one.fault) for one in found.features] == [
        (1, "whole", ""), (2, "mended", "self_intersection")]  # fmt: skip
    assert round(found.features[1].after_m2) == 20_000


def test_heights_and_mixed_kinds_are_told() -> None:
    high = area([[[*corner, 12.5] for corner in SQUARE[0]]])
    found = read(geojson(high, {"type": "Point", "coordinates": [E, N]}))
    told = " ".join(str(note) for note in found.remarks)
    assert "höjder" in told
    assert "blandar" in told


def test_the_column_of_names_is_the_one_that_was_chosen() -> None:
    content = geojson(area(SQUARE), beteckning="Björken 2:1")
    assert read(content, label_column="beteckning").features[0].label == "Björken 2:1"
    with pytest.raises(UnreadableError, match="finns inte"):
        read(content, label_column="saknas")


# --- files made to do harm ---------------------------------------------------------------------------------------


def curved_geopackage(tmp_path: Path) -> bytes:
    """A circular string where the file says polygon: written by hand, since no library here writes curves."""
    path = tmp_path / "curved.gpkg"
    write_geopackage(path, [(shapely.Point(E, N), {"namn": "A"})], layer="x")
    header = b"GP\x00\x01" + struct.pack("<i", 3006)
    arc = struct.pack("<BIIdddddd", 1, 8, 3, E, N, E + 50, N + 50, E + 100, N)
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE x SET geom = ?", (header + arc,))
        database.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVE'")
    database.close()
    return path.read_bytes()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return packed.getvalue()


def lying_dbf(tmp_path: Path) -> bytes:
    """A table that says it has two thousand million rows."""
    good = shapefile(tmp_path)
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            content = bytearray(source.read(name))
            if name.endswith(".dbf"):
                content[4:8] = struct.pack("<I", 2_000_000_000)
            target.writestr(name, bytes(content))
    return packed.getvalue()


def star(corners: int) -> dict[str, Any]:
    """An outline that crosses itself about as many times as the square of its corners."""
    ring = [[E + (n * 7_919 % 1_000), N + (n * 104_729 % 997)] for n in range(corners)]
    return area([[*ring, ring[0]]])


def recursive_geopackage(tmp_path: Path) -> bytes:
    """A layer that is a view counting for ever."""
    path = tmp_path / "view.gpkg"
    write_geopackage(path, [(shapely.Point(E, N), {"namn": "A"})], layer="x")
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS fid, geom FROM n, x"
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('endless', 'features', 'e', 3006)"
        )
        database.execute("INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POINT', 3006, 0, 0)")
        database.execute("DELETE FROM gpkg_contents WHERE table_name = 'x'")
        database.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = 'x'")
    database.close()
    return path.read_bytes()


VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""


def hostile(name: str, tmp_path: Path) -> tuple[bytes, str]:
    made: dict[str, Any] = {
        "nothing at all": lambda: (b"", "a.geojson"),
        "another kind of file": lambda: (b"%PDF-1.7", "a.pdf"),
        "no features": lambda: (geojson(), "a.geojson"),
        "cut off": lambda: (geojson(area(SQUARE))[:-40], "a.geojson"),
        "brackets without end": lambda: (b'{"type":' + b"[" * 100_000, "a.geojson"),
        "deep properties": lambda: (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "a.geojson"),
        "too many corners": lambda: (_many_corners(), "a.geojson"),
        "a virtual file": lambda: (VRT, "a.geojson"),
        "a virtual file, packed": lambda: (
            zipped(a_dot_shp=VRT, a_dot_shx=b"", a_dot_dbf=b"", a_dot_prj=b""),
            "a.zip",
        ),
        "a path out of the archive": lambda: (zipped(**{"..__..__a_dot_shp": b"x"}), "a.zip"),
        "a bomb": lambda: (zipped(a_dot_shp=b"\0" * 140_000_000), "a.zip"),
        "a shapefile without its table": lambda: (shapefile(tmp_path, leave_out=(".dbf",)), "a.zip"),
        "a table that lies": lambda: (lying_dbf(tmp_path), "a.zip"),
        "a database that is none": lambda: (b"SQLite format 3\x00" + b"\xff" * 5_000, "a.gpkg"),
        "a view without end": lambda: (recursive_geopackage(tmp_path), "a.gpkg"),
        "a star of crossings": lambda: (geojson(star(2_900)), "a.geojson"),
        "a larger star": lambda: (geojson(star(15_000)), "a.geojson"),
        "curves": lambda: (curved_geopackage(tmp_path), "a.gpkg"),
    }
    content, file_name = made[name]()
    return content, file_name


def _many_corners() -> bytes:
    corner = b"[1,2],"
    ring = b"[" + corner * 1_300_000
    return b'{"type":"Polygon","coordinates":[' + ring + b"[1,2]]]}"


REFUSED = [
    "nothing at all", "another kind of file", "no features", "cut off", "brackets without end", "deep properties",
    "too many corners", "a virtual file", "a virtual file, packed", "a path out of the archive", "a bomb",
    "a shapefile without its table", "a database that is none", "a view without end",
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_in_words_and_in_time(name: str, tmp_path: Path) -> None:
    content, file_name = hostile(name, tmp_path)
    began = time.monotonic()
    with pytest.raises(UnreadableError) as refused:
        read(content, file_name)
    assert time.monotonic() - began < MOST_SECONDS
    told = " ".join(str(note) for note in refused.value.notes)
    assert told
    assert str(tmp_path) not in told
    assert "root:" not in told


@pytest.mark.parametrize("name", ["a table that lies", "a star of crossings", "a larger star", "curves"])
def test_a_hostile_file_that_can_be_opened_gives_no_broken_geometry(name: str, tmp_path: Path) -> None:
    content, file_name = hostile(name, tmp_path)
    began = time.monotonic()
    try:
        kept = read(content, file_name).kept
    except UnreadableError as refused:
        assert refused.notes
        kept = []
    assert time.monotonic() - began < MOST_SECONDS
    assert all(shapely.from_wkb(bytes.fromhex(one.wkb_hex)).is_valid for one in kept)

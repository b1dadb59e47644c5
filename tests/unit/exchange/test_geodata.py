"""Geodata through the child and the mapping: what GeoPandas would take without a word is told or refused."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from geo.crs import project
from geo.writing import write_geopackage
from investplan.exchange.mappings import FileFormat
from investplan.exchange.sandbox import read_table
from investplan.exchange.staging import Staged, stage_table
from investplan.exchange.tables import UnreadableError
from tests.unit.exchange.mapped import mapping, notes

PROPERTIES = {"Nr": "1", "Rubrik": "Skola", "Nämnd": "UN", "2027": 100, "2028": 200.5}


def geojson(*geometries: Any, crs: str | None = None) -> bytes:
    features = [
        {"type": "Feature", "properties": PROPERTIES | {"Nr": str(i)}, "geometry": geometry}
        for i, geometry in enumerate(geometries, 1)
    ]
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **named, "features": features}).encode()


def stage(content: bytes, name: str = "x.geojson", file_format: str = "geojson", **place: Any) -> Staged:
    wanted = FileFormat(format=file_format, layer=place.pop("layer", None))  # type: ignore[arg-type]
    table = read_table(content, name, wanted)
    stated = mapping(place={"geometry": True, "check": "municipality:0880"} | place)
    return stage_table(table, stated, name, content)


def test_a_point_in_degrees_comes_out_in_sweref_99_tm() -> None:
    found = stage(geojson({"type": "Point", "coordinates": [16.3616, 56.6616]}))
    point = shapely.from_wkt(found.projects[0].place_wkt)
    assert point.distance(shapely.Point(583460, 6280546)) < 1
    assert found.projects[0].outlays.by_year == {2027: 10_000_000, 2028: 20_050_000}


SQUARE = [[16.36, 56.66], [16.37, 56.66], [16.37, 56.67], [16.36, 56.67], [16.36, 56.66]]
BOWTIE = [[16.36, 56.66], [16.37, 56.67], [16.37, 56.66], [16.36, 56.67], [16.36, 56.66]]
BAD = {
    "swapped": ({"type": "Point", "coordinates": [56.6616, 16.3616]}, "omkastade"),
    "metres as degrees": ({"type": "Point", "coordinates": [583460, 6280546]}, "inte grader"),
    "Stockholm": ({"type": "Point", "coordinates": [18.07, 59.33]}, "utanför"),
    "New York": ({"type": "Point", "coordinates": [-74.0, 40.7]}, "utanför"),
    "bowtie": ({"type": "Polygon", "coordinates": [BOWTIE]}, "korsar sig själv"),
    "date line": ({"type": "LineString", "coordinates": [[-179.9, 56.0], [179.9, 56.1]]}, "datumgränsen"),
    "empty": ({"type": "Polygon", "coordinates": []}, "tom"),
    "two parts": ({"type": "MultiPoint", "coordinates": [[16.36, 56.66], [16.37, 56.67]]}, "flera delar"),
    "mixed": (
        {"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [16.36, 56.66]}, {"type": "LineString", "coordinates": SQUARE[:2]}]},
        "punkt, en linje eller en yta"),
}  # fmt: skip


def test_bad_geometries_are_each_refused_with_their_own_words() -> None:
    found = stage(geojson(*[geometry for geometry, _ in BAD.values()]))
    for number, (name, (_, words)) in enumerate(BAD.items(), 1):
        assert words in notes(found, number), name
    assert {row.outcome for row in found.rows} == {"refused"}


def test_a_geometry_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "x.gpkg"
    point = shapely.Point(583460, 6280546)
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([(583460, 6280546), (float("nan"), 6280547)])
    write_geopackage(package, [(point, PROPERTIES), (broken, PROPERTIES | {"Nr": "2"})], layer="p")
    found = stage(package.read_bytes(), "x.gpkg", "gpkg")
    assert [row.outcome for row in found.rows] == ["taken", "refused"]
    assert "inte tal" in notes(found, 2)


def test_a_missing_geometry_is_told_or_refused() -> None:
    content = geojson(None, {"type": "Point", "coordinates": [16.36, 56.66]})
    assert [row.outcome for row in stage(content).rows] == ["taken", "taken"]
    assert "Platsen saknas" in notes(stage(content), 1)
    assert stage(content, missing="refuse").rows[0].outcome == "refused"


def test_a_bowtie_is_mended_where_the_mapping_asks_and_the_change_of_area_is_told() -> None:
    found = stage(geojson({"type": "Polygon", "coordinates": [BOWTIE]}), repair=True)
    assert found.rows[0].outcome == "changed"
    assert "m² blev" in notes(found, 1)
    assert shapely.from_wkt(found.projects[0].place_wkt).is_valid


def test_a_layer_in_metres_keeps_its_system_and_must_agree_with_the_mapping() -> None:
    content = geojson({"type": "Point", "coordinates": [583460, 6280546]}, crs="urn:ogc:def:crs:EPSG::3006")
    assert stage(content).projects[0].place_wkt == "POINT (583460 6280546)"
    assert "annat koordinatsystem" in str(stage(content, crs="EPSG:4326").problems[0])


def test_an_unknown_municipality_or_system_is_a_problem_of_the_file() -> None:
    content = geojson({"type": "Point", "coordinates": [16.36, 56.66]})
    assert "9999" in str(stage(content, check="municipality:9999").problems[0])
    assert "koordinatsystem" in str(stage(content, crs="EPSG:999999").problems[0])


def test_a_geopackage_with_several_layers_must_say_which(tmp_path: Path) -> None:
    package = tmp_path / "x.gpkg"
    write_geopackage(package, [(shapely.Point(583460, 6280546), PROPERTIES)], layer="plan")
    frame = geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 1)], crs="EPSG:3006")
    frame.to_file(package, layer="other", driver="GPKG", engine="pyogrio")
    with pytest.raises(UnreadableError, match="plan, other"):
        read_table(package.read_bytes(), "x.gpkg", FileFormat(format="gpkg"))
    assert stage(package.read_bytes(), "x.gpkg", "gpkg", layer="plan").rows[0].outcome == "taken"
    with pytest.raises(UnreadableError, match="finns inte"):
        read_table(package.read_bytes(), "x.gpkg", FileFormat(format="gpkg", layer="gone"))


def shapefile(folder: Path, *, without: str = "") -> bytes:
    shape = project(shapely.Polygon(SQUARE), "EPSG:4326", "EPSG:3006")
    frame = geopandas.GeoDataFrame([PROPERTIES], geometry=[shape], crs="EPSG:3006")
    frame.to_file(folder / "x.shp", driver="ESRI Shapefile", engine="pyogrio")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in folder.glob("x.*"):
            if part.suffix != without:
                archive.write(part, part.name)
    return buffer.getvalue()


def test_a_zipped_shapefile_is_read(tmp_path: Path) -> None:
    found = stage(shapefile(tmp_path), "x.zip", "shapefile")
    assert found.rows[0].outcome == "taken"
    assert shapely.from_wkt(found.projects[0].place_wkt).geom_type == "Polygon"


@pytest.mark.parametrize("part", [".shx", ".prj", ".dbf"])
def test_a_shapefile_without_a_companion_is_refused(tmp_path: Path, part: str) -> None:
    with pytest.raises(UnreadableError, match=part):
        read_table(shapefile(tmp_path, without=part), "x.zip", FileFormat(format="shapefile"))


def test_numbers_text_and_nothing_stay_apart() -> None:
    features = [
        {"type": "Feature", "properties": {"a": 5, "b": 0.1, "c": "1.500", "d": None}, "geometry": None},
        {"type": "Feature", "properties": {"a": None, "b": 2.5, "c": "x", "d": "y"}, "geometry": None},
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    table = read_table(content, "x.geojson", FileFormat(format="geojson"))
    assert table.rows[0].cells == (Decimal(5), Decimal("0.1"), "1.500", None)
    assert table.rows[1].cells == (None, Decimal("2.5"), "x", "y")

"""Reading, writing, joining and measuring layers."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pytest
import shapely

from geo.errors import GeoError
from geo.joining import areas_of
from geo.measuring import area_m2, distance_m, length_m, pairs_within
from geo.reading import layer_names, read_layer
from geo.writing import geojson, write_geojson, write_geopackage

POINT = shapely.Point(583460.5, 6280546.4)


def test_a_geopackage_comes_back_with_its_system_and_values(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    write_geopackage(path, [(POINT, {"name": "Å", "ore": 5}), (None, {"name": "B", "ore": 6})], layer="plan")
    assert layer_names(path) == ("plan",)
    layer = read_layer(path, "plan", most_features=10)
    assert layer.names == ("name", "ore")
    assert list(layer.columns[0]) == ["Å", "B"]
    assert layer.crs == "EPSG:3006"
    assert shapely.from_wkb(layer.wkb[0]).equals(POINT)
    assert layer.wkb[1] is None


def test_a_layer_with_too_many_features_or_none_at_all_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    write_geopackage(path, [(POINT, {"a": 1})] * 3, layer="plan")
    with pytest.raises(GeoError, match="more than 2"):
        read_layer(path, "plan", most_features=2)
    with pytest.raises(GeoError):
        read_layer(path, "gone", most_features=2)
    (tmp_path / "y.gpkg").write_bytes(b"no")
    with pytest.raises(GeoError):
        layer_names(tmp_path / "y.gpkg")


def test_geojson_is_in_degrees_whatever_the_system(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    write_geojson(path, [(POINT, {"name": "Å"}), (None, {})])
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["features"][0]["geometry"]["coordinates"] == pytest.approx([16.3616, 56.6616], abs=1e-5)
    assert written["features"][1]["geometry"] is None
    frame = geopandas.read_file(path)
    assert frame.crs == "EPSG:4326"
    new_york = shapely.Point(585_497, 4_506_384)
    drawn = geojson([(new_york, {})], "EPSG:32618")["features"][0]["geometry"]["coordinates"]
    assert drawn == pytest.approx([-73.988, 40.704], abs=0.01)


def test_each_place_gets_the_area_that_holds_most_of_it() -> None:
    areas = geopandas.GeoDataFrame(
        {"district": ["west", "east"]},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)],
        crs="EPSG:3006",
    )
    places = geopandas.GeoDataFrame(
        geometry=[
            shapely.Point(5, 5),
            shapely.box(8, 0, 18, 10),
            shapely.LineString([(1, 1), (12, 1)]),
            shapely.Point(50, 50),
        ],
        index=[7, 3, 5, 1],
        crs="EPSG:3006",
    )
    found = areas_of(places, areas, name="district")
    assert found.to_dict() == {7: "west", 3: "east", 5: "west", 1: None}


def test_areas_in_another_system_are_taken_to_the_places() -> None:
    area = shapely.box(583_000, 6_280_000, 584_000, 6_281_000)
    areas = geopandas.GeoDataFrame({"district": ["C"]}, geometry=[area], crs="EPSG:3006").to_crs("EPSG:4326")
    places = geopandas.GeoDataFrame(geometry=[POINT], crs="EPSG:3006")
    assert list(areas_of(places, areas, name="district")) == ["C"]


def test_measures_are_metres_also_from_degrees() -> None:
    square = shapely.box(580_000, 6_280_000, 580_100, 6_280_100)
    degrees = geopandas.GeoSeries([square], crs="EPSG:3006").to_crs("EPSG:4326").iloc[0]
    assert area_m2(degrees, "EPSG:4326") == pytest.approx(10_000, rel=1e-6)
    assert length_m(square) == 400
    assert distance_m(shapely.Point(0, 0), shapely.Point(3, 4)) == 5


def test_pairs_are_each_told_once_with_their_distance() -> None:
    points = [shapely.Point(x, 0) for x in (0, 100, 150, 1000)]
    assert pairs_within(points, 100) == [(0, 1, 100.0), (1, 2, 50.0)]

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from geo.columns import read_columns, unpack_snappy
from geo.crs import project
from geo.errors import GeoError
from geo.outlining import municipality_names, municipality_outline, outline_feature

KALMAR_LAND_KM2 = 957.0


def test_all_290_municipalities_have_a_valid_outline() -> None:
    names = municipality_names()
    assert len(names) == 290
    assert (names["0880"], names["0180"], names["2584"]) == ("Kalmar", "Stockholm", "Kiruna")
    assert all(municipality_outline(code).is_valid for code in names)


def test_kalmars_outline_has_its_size_and_place() -> None:
    outline = municipality_outline("0880")
    assert outline.area / 1e6 == pytest.approx(KALMAR_LAND_KM2, rel=0.02)
    assert outline.contains(project(shapely.Point(16.23, 56.66), "EPSG:4326", "EPSG:3006"))
    assert not outline.contains(project(shapely.Point(18.07, 59.33), "EPSG:4326", "EPSG:3006"))


def test_municipalities_do_not_overlap_much() -> None:
    """Neighbours that overlap would mean that coordinates were misread."""
    kalmar = municipality_outline("0880")
    for code in ("0861", "0881", "0834", "0840"):
        assert kalmar.intersection(municipality_outline(code)).area < 0.02 * kalmar.area


def test_the_feature_is_plain_geojson_in_degrees() -> None:
    feature = json.loads(json.dumps(outline_feature("0880")))
    assert feature["properties"] == {"code": "0880", "name": "Kalmar"}
    west, south, east, north = shapely.geometry.shape(feature["geometry"]).bounds
    assert 15 < west < east < 17
    assert 56 < south < north < 58


def test_an_unknown_code_is_an_error_of_ours() -> None:
    with pytest.raises(GeoError, match="9999"):
        municipality_outline("9999")


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR2" + b"0" * 100)
    with pytest.raises(GeoError):
        read_columns(path)


def test_snappy_copies_may_overlap_and_damage_is_found() -> None:
    # "ab", then six bytes copied from two back: the copy reads what it has just written.
    assert unpack_snappy(bytes([8, 4]) + b"ab" + bytes([0b01001, 2])) == b"abababab"
    with pytest.raises(GeoError):
        unpack_snappy(bytes([9, 4]) + b"ab")

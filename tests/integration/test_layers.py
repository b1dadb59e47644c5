"""Layers in the database: versions, acceptance, and what they say of a proposal's place."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import shapely
from sqlalchemy import func, select

from investplan.db.models import AuditEntry, MapLayerFeature
from investplan.domain.layers import LayerKind
from investplan.errors import InvalidInputError, StateError
from investplan.exchange.layer_files import Choices, Feature, LayerReading
from investplan.services import layer_maps, layers, organisations, place_facts
from investplan.services.layers import LayerFacts, Staged
from investplan.services.work import Work
from tests import factories

E, N = 583_460.0, 6_280_546.0
"""Where the factories put a proposal."""


def staged(*shapes: Any, mended: int = 0, sha: str = "a" * 64, crs: str = "EPSG:3006") -> Staged:
    """As if a file with these geometries had been read; the first `mended` were mended."""
    features = tuple(
        Feature(number, f"Område {number}", "mended" if number <= mended else "whole",
                "self_intersection" if number <= mended else "", 0.0, 5.0, shapely.to_wkb(one, hex=True))
        for number, one in enumerate(shapes, 1)
    )  # fmt: skip
    reading = LayerReading(
        layer="x", layers=("x",), columns=("namn",), label_column="namn", stated_crs="EPSG:3006", crs=crs,
        swapped=False, share=1.0, suggestions=(), features=features, kinds={"area": len(features)},
    )  # fmt: skip
    return Staged("x.gpkg", sha, reading)


def facts(name: str = "Naturreservat", kind: LayerKind = LayerKind.PROTECTED) -> LayerFacts:
    return LayerFacts(name, kind, "Länsstyrelsen", date(2026, 3, 1))


def around(metres: float, east: float = E, north: float = N) -> Any:
    return shapely.box(east - metres, north - metres, east + metres, north + metres)


def publish(work: Work, *shapes: Any, kind: LayerKind = LayerKind.PROTECTED, **more: Any) -> Any:
    return layers.publish(work, facts(kind.value, kind), staged(*shapes), accepted=True, **more)


def test_a_file_becomes_a_layer_and_the_next_one_its_second_version(work: Work) -> None:
    first = layers.publish(work, facts(), staged(around(50)), accepted=False)
    second = layers.publish(
        work, replace(facts(), source_date=date(2026, 6, 1)), staged(around(60), around(20), sha="b" * 64),
        accepted=False, layer_id=first.layer_id,
    )  # fmt: skip
    layer = layers.find(work, first.layer_id)
    assert [(one.number, one.feature_count) for one in layer.versions] == [(1, 1), (2, 2)]
    assert layer.current.id == second.id
    # The first is as it was.
    assert [shape.area for _, _, shape in layers.features(work, first.id)] == [10_000.0]
    actions = work.session.scalars(select(AuditEntry.action).where(AuditEntry.noun == "map_layer"))
    assert list(actions) == ["add map layer", "add layer version"]


def test_a_mend_is_not_stored_without_a_yes(work: Work) -> None:
    with pytest.raises(InvalidInputError) as refused:
        layers.publish(work, facts(), staged(around(5), mended=1), accepted=False)
    assert set(refused.value.fields) == {"accepted"}
    assert layers.everything(work) == []
    version = layers.publish(work, facts(), staged(around(5), mended=1), accepted=True)
    assert version.report["named"] == [[1, "Område 1", "mended", "self_intersection", 0, 5]]


def test_a_file_read_in_another_system_than_it_says_needs_a_yes(work: Work) -> None:
    with pytest.raises(InvalidInputError, match="Godkänn"):
        layers.publish(work, facts(), staged(around(5), crs="EPSG:3010"), accepted=False)


def test_the_same_form_sent_twice_gives_one_layer(work: Work) -> None:
    once = layers.publish(work, facts(), staged(around(5)), accepted=True, key="a")
    assert layers.publish(work, facts(), staged(around(5)), accepted=True, key="a").id == once.id
    assert work.session.scalar(select(func.count()).select_from(MapLayerFeature)) == 1


def test_two_layers_cannot_share_a_name_and_nothing_is_half_written(work: Work) -> None:
    layers.publish(work, facts(), staged(around(5)), accepted=True)
    with pytest.raises(InvalidInputError, match="redan ett lager"):
        layers.publish(work, facts(), staged(around(9), sha="c" * 64), accepted=True)
    assert work.session.scalar(select(func.count()).select_from(MapLayerFeature)) == 1


def test_a_layer_out_of_use_keeps_its_versions_and_takes_no_more(work: Work) -> None:
    version = publish(work, around(50))
    layer = layers.retire(work, version.layer_id, seen_version=1, reason="Ersatt")
    assert layers.in_use(work) == []
    assert len(layers.features(work, version.id)) == 1
    with pytest.raises(StateError):
        layers.publish(work, facts(), staged(around(1)), accepted=True, layer_id=layer.id)
    with pytest.raises(StateError):
        layers.retire(work, layer.id, seen_version=2)


def test_an_upload_that_cannot_be_read_says_why(work: Work) -> None:
    with pytest.raises(InvalidInputError, match="tom"):
        layers.stage(b"", "x.geojson", Choices(), municipality="0880")


def place_of(work: Work, wkt: str) -> Any:
    found = factories.planning_round(work)
    factories.committee(work)
    alternatives = (factories.alternative(place_wkt=wkt),)
    proposal = factories.submitted_proposal(work, found.id, alternatives=alternatives)
    return place_facts.of_proposal(work, proposal)["build"]


def test_a_place_is_told_its_plan_school_area_property_and_district(work: Work) -> None:
    organisations.add_district(
        work, code="N", name="Norra staden", valid_from=date(2020, 1, 1), geometry=shapely.to_wkb(around(900))
    )
    for kind in (LayerKind.PLAN, LayerKind.SCHOOL_AREA, LayerKind.PROPERTY):
        publish(work, around(50, E + 500), around(100), kind=kind)
    found = place_of(work, f"POINT ({E} {N})")
    assert found.district == "Norra staden"
    for kind in (LayerKind.PLAN, LayerKind.SCHOOL_AREA, LayerKind.PROPERTY):
        assert [(one.label, one.layer.number) for one in found.areas[kind]] == [("Område 2", 1)]


def test_conflicts_are_told_with_overlap_and_with_distance(work: Work) -> None:
    publish(work, shapely.box(E, N - 100, E + 500, N + 100), around(10, E, N + 160))
    site = around(50)
    found = place_of(work, site.wkt)
    assert [(round(one.share, 2), one.overlap_m2, round(one.distance_m)) for one in found.conflicts] == [
        (0.5, 5_000.0, 0), (0.0, 0.0, 100)]  # fmt: skip
    assert found.conflicts[0].layer.source_date == date(2026, 3, 1)


def test_no_layer_of_a_kind_is_told_apart_from_no_conflict(work: Work) -> None:
    publish(work, around(10, E + 5_000))
    found = place_of(work, f"POINT ({E} {N})")
    assert found.conflicts == []
    assert [one.name for one in found.asked[LayerKind.PROTECTED]] == ["protected"]
    assert found.asked[LayerKind.FLOOD] == []


def test_a_neighbouring_plan_that_only_shares_a_border_is_not_where_the_place_lies(work: Work) -> None:
    publish(work, around(50), shapely.box(E + 50, N - 50, E + 150, N + 50), kind=LayerKind.PLAN)
    found = place_of(work, around(50).wkt)
    assert [one.label for one in found.areas[LayerKind.PLAN]] == ["Område 1"]


def test_the_map_gets_a_simplified_layer_with_names(work: Work) -> None:
    round_one = shapely.Point(E, N).buffer(500, quad_segs=200)
    version = publish(work, round_one)
    drawn = json.loads(layer_maps.of_version(work, version.id))
    feature = drawn["features"][0]
    assert feature["properties"]["name"] == "Område 1"
    assert len(feature["geometry"]["coordinates"][0]) < 200
    assert (
        shapely.geometry.shape(feature["geometry"]).symmetric_difference(round_one).area
        < 0.01 * round_one.area
    )
    assert layer_maps.of_version(work, version.id) is layer_maps.of_version(work, version.id)

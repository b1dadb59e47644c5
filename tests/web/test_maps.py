from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.db.models import Run
from investplan.services import proposals, rounds
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import Site

Writing = Callable[[], AbstractContextManager[Work]]


def features_of(client: FlaskClient, query: str = "") -> dict[str, dict[str, object]]:
    answer = client.get(f"/map/features.json{query}")
    assert answer.status_code == 200
    assert answer.content_type == "application/geo+json"
    return {one["properties"]["title"]: one for one in answer.get_json()["features"]}


def test_a_place_has_east_before_north_and_what_the_legend_needs(
    council_viewer: FlaskClient, site: Site
) -> None:
    found = features_of(council_viewer)
    school = found["Norrskolan, ny matsal"]
    assert school["geometry"] == {"type": "Point", "coordinates": [583460.0, 6280546.0]}
    assert found["Konstgräs Fjölebro"]["geometry"]["type"] == "LineString"  # type: ignore[index]
    assert school["properties"] == {
        "id": site.submitted_id,
        "title": "Norrskolan, ny matsal",
        "status": "submitted",
        "status_label": "Klart för prioritering",
        "organisation": "Utbildningsnämnden",
        "amount_text": "10,0\u00a0mnkr",
        "years_text": "Kan starta 2027–2029",
        "start_year": None,
        "url": f"/proposals/{site.submitted_id}",
    }


def test_others_drafts_are_not_on_the_map(
    planner: FlaskClient, finance: FlaskClient, council_viewer: FlaskClient
) -> None:
    assert "Bibliotek Smedby" not in features_of(planner)
    assert "Bibliotek Smedby" not in features_of(council_viewer)
    assert "Bibliotek Smedby" in features_of(finance)
    assert "Bibliotek Smedby" not in planner.get("/map").text


def test_map_and_table_are_cut_down_alike(finance: FlaskClient) -> None:
    assert set(features_of(finance, "?year=2027")) == {"Norrskolan, ny matsal", "Bibliotek Smedby"}
    assert set(features_of(finance, "?year=2027&status=submitted")) == {"Norrskolan, ny matsal"}
    page = finance.get("/map?year=2027&status=submitted").text
    assert "Norrskolan" in page
    assert "Konstgräs" not in page
    assert "features.json?status=submitted&amp;year=2027" in page


def test_one_proposals_page_shows_its_own_place_only(finance: FlaskClient, site: Site) -> None:
    assert set(features_of(finance, f"?proposal={site.other_id}")) == {"Konstgräs Fjölebro"}


def test_a_run_colours_what_it_chose(finance: FlaskClient, site: Site, writing: Writing) -> None:
    with writing() as work:
        scenario = factories.scenario(work, rounds.find(work, site.round_id))
        stored = {
            "KS 2026/0002": {"id": site.submitted_id, "decided": False},
            "KS 2026/0003": {"id": site.other_id, "decided": False},
        }
        chosen = [{"proposal": "KS 2026/0003", "alternative": "build", "start": 2029}]
        run = Run(scenario_id=scenario.id, state="done", requested_by=0, requested_at=work.now(), value="1",
                  finished_at=work.now(), snapshot={"proposals": stored}, plan={"chosen": chosen})  # fmt: skip
        work.session.add(run)
        work.session.flush()
        run_id = run.id
    found = features_of(finance, f"?run={run_id}")
    told = {
        title: (one["properties"]["status"], one["properties"]["years_text"]) for title, one in found.items()
    }  # type: ignore[index]
    assert told == {"Norrskolan, ny matsal": ("out", ""), "Konstgräs Fjölebro": ("in", "Start 2029")}
    assert set(features_of(finance, f"?run={run_id}&year=2029")) == {"Konstgräs Fjölebro"}
    assert "Med i planen" in finance.get(f"/map?run={run_id}").text


@pytest.mark.parametrize("query", ["?run=999", "?round=999"])
def test_what_does_not_exist_is_not_found(finance: FlaskClient, query: str) -> None:
    assert finance.get(f"/map{query}").status_code == 404


@pytest.mark.parametrize("query", ["?run=abc", "?year=²", "?status=%00", "?year=99999999999999999999"])
def test_nonsense_in_the_address_is_no_filter(finance: FlaskClient, query: str) -> None:
    assert len(features_of(finance, query)) == 3


def test_the_outline_is_the_municipality_in_sweref(planner: FlaskClient) -> None:
    answer = planner.get("/map/outline.json")
    assert answer.status_code == 200
    outline = answer.get_json()["features"][0]
    assert outline["properties"] == {"kind": "municipality", "name": "Kalmar"}
    east, north = outline["geometry"]["coordinates"][0][0][0]
    assert 500_000 < east < 620_000
    assert 6_200_000 < north < 6_350_000


def test_a_round_in_another_system_shows_points_without_an_outline(
    finance: FlaskClient, writing: Writing
) -> None:
    with writing() as work:
        abroad = rounds.add(
            work, name="Provomgång", budget_year=2030, map_crs="EPSG:2154",
            parameter_set=rounds.everything(work)[0].parameter_set,
        )  # fmt: skip
        work.session.flush()
        lyon = factories.alternative(place_wkt="POINT (842000 6519000)", starts=(2030,))
        proposals.create(work, abroad.id, factories.facts(alternatives=(lyon,), scores={}))
    page = finance.get("/map").text
    assert "data-src" in page
    assert "data-outline" not in page
    assert list(features_of(finance)) == ["Skola 1"]


def test_visitors_see_no_map(visitor: FlaskClient) -> None:
    for path in ("/map", "/map/features.json", "/map/outline.json"):
        assert visitor.get(path).status_code == 302

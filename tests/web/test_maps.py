from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy import event

from investplan.db.models import Alternative, Organisation, PlanningRound, Proposal, Run
from investplan.db.session import Database
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


def test_a_proposals_own_map_is_of_its_own_round(
    finance: FlaskClient, planner: FlaskClient, site: Site, writing: Writing
) -> None:
    with writing() as work:
        rounds.add(
            work, name="Budget 2028", budget_year=2028, parameter_set=rounds.everything(work)[0].parameter_set
        )
    assert features_of(finance) == {}
    assert set(features_of(finance, f"?proposal={site.other_id}")) == {"Konstgräs Fjölebro"}
    assert planner.get(f"/map/features.json?proposal={site.other_draft_id}").status_code == 404


def test_the_first_alternative_with_a_place_is_drawn_and_every_ones_years_count(
    finance: FlaskClient, site: Site, writing: Writing
) -> None:
    places_wkt = (None, "POINT (583000 6281000)", "POINT (584000 6282000)")
    with writing() as work:
        alternatives = tuple(
            factories.alternative(code=code, place_wkt=wkt, starts=(year,))
            for code, wkt, year in zip(("a", "b", "c"), places_wkt, (2031, 2027, 2028), strict=True)
        )
        proposals.create(
            work, site.round_id, factories.facts("KS 2026/0009", title="Tre sätt", alternatives=alternatives)
        )
    found = features_of(finance)["Tre sätt"]
    assert found["geometry"] == {"type": "Point", "coordinates": [583000.0, 6281000.0]}
    assert found["properties"]["years_text"] == "Kan starta 2027–2028, 2031"  # type: ignore[index]


def test_titles_are_text_and_a_tiny_area_is_still_a_place(
    finance: FlaskClient, site: Site, writing: Writing
) -> None:
    title = 'Citat " och \\ och </script> och \u2028'
    with writing() as work:
        tiny = shapely.box(583000, 6281000, 583000.001, 6281000.001)
        add_proposals(work, site, [title], tiny)
    assert len(features_of(finance)[title]["geometry"]["coordinates"][0]) == 5  # type: ignore[index]


def add_proposals(
    work: Work, site: Site, titles: list[str], place: shapely.Geometry, year: int = 2027
) -> None:
    """Submitted proposals with what a map needs and no more."""
    organisation = work.session.get(Organisation, site.organisation_ids["UN"])
    planning_round = work.session.get(PlanningRound, site.round_id)
    east, north = place.bounds[0], place.bounds[1]
    for number, title in enumerate(titles, 100):
        only = Alternative(
            position=0, code="build", kind="build", starts=[year], price_level_year=2027,
            commissioned_after_months=11, geometry=shapely.to_wkb(place),
        )  # fmt: skip
        proposal = Proposal(
            round=planning_round, case_number=f"KS 2026/{number:04}", title=title, organisation=organisation,
            category="expansion", stage="design", status="submitted", changed_at=work.now(), min_e=east,
            max_e=east, min_n=north, max_n=north, alternatives=[only],
        )  # fmt: skip
        work.session.add(proposal)


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """The SQL statements that are sent within the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/map", "/map/features.json"])
def test_more_proposals_take_no_more_statements(
    finance: FlaskClient, site: Site, site_database: Database, writing: Writing, path: str
) -> None:
    counts = []
    for titles in ([], [f"Plats {number:03}" for number in range(40)]):
        with writing() as work:
            add_proposals(work, site, titles, shapely.Point(583000, 6281000))
        with counted_statements(site_database) as sent:
            answer = finance.get(path)
        assert answer.status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] > 0


def test_a_long_table_goes_on_page_by_page_under_a_map_of_everything(
    finance: FlaskClient, site: Site, writing: Writing
) -> None:
    assert "rader" not in finance.get("/map").text
    with writing() as work:
        titles = [f"Plats {number:03}" for number in range(201)]
        add_proposals(work, site, titles, shapely.Point(583000, 6281000), year=2028)
    assert len(features_of(finance, "?status=submitted&year=2028")) == 203
    first = finance.get("/map?status=submitted&year=2028").text
    assert "Sida 1 av 2, 203 rader" in first
    assert 'href="/map?status=submitted&amp;year=2028&amp;page=2#places"' in first
    assert '<details class="details" id="places">' in first
    assert first.count("data-map-feature") == 200
    second = finance.get("/map?status=submitted&year=2028&page=2").text
    assert second.count("data-map-feature") == 3
    assert '<details class="details" open id="places">' in second
    assert "features.json?status=submitted&amp;year=2028" in second
    assert finance.get("/map?status=submitted&year=2028&page=99").text.count("data-map-feature") == 3


@pytest.mark.parametrize("query", ["?run=999", "?round=999", "?proposal=999"])
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

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from investplan.services import plans, ranking_views, rounds, runs, scenarios
from investplan.services.work import Work
from investplan.units import MINUS, NBSP
from tests import prepared_plans
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def scenario_id(site: Site, writing: Opening) -> int:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        return prepared_plans.scenario(work, found).id


@pytest.fixture
def run_id(scenario_id: int, writing: Opening) -> int:
    with writing() as work:
        return prepared_plans.plan_of(work, scenarios.find(work, scenario_id)).id


def _ask(client: FlaskClient, scenario_id: int, **changes: str) -> Any:
    fields = {
        "scenario_id": str(scenario_id),
        "max_seconds": "30",
        "gap_percent": "0,5",
        "solver": "highs",
        "key": "k",
    }
    return client.post("/runs", data={**fields, **changes})


def test_a_run_is_asked_for_once(finance: FlaskClient, scenario_id: int, looking: Opening) -> None:
    first = _ask(finance, scenario_id)
    assert first.status_code == 303
    assert _ask(finance, scenario_id, key="other").headers["Location"] == first.headers["Location"]
    with looking() as work:
        (run,) = runs.of_scenario(work, scenario_id)
        assert (run.state, run.max_seconds, run.gap_target, run.solver) == ("queued", 30, "0.005", "highs")
    page = finance.get(first.headers["Location"]).text
    assert "Köad" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Du kan stänga sidan" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"max_seconds": "x"},
        {"max_seconds": "0"},
        {"gap_percent": "NaN"},
        {"gap_percent": "100"},
        {"solver": "gurobi"},
    ],
)
def test_a_run_with_faults_is_refused_and_what_was_typed_is_kept(
    finance: FlaskClient, scenario_id: int, looking: Opening, changes: dict[str, str]
) -> None:
    answer = _ask(finance, scenario_id, **changes)
    assert answer.status_code == 422
    ((name, text),) = changes.items()
    assert f'href="#{name}"' in answer.text
    assert name == "solver" or f'value="{text}"' in answer.text
    with looking() as work:
        assert runs.of_scenario(work, scenario_id) == []


def test_progress_is_told_while_it_goes_on(finance: FlaskClient, scenario_id: int, writing: Opening) -> None:
    with writing() as work:
        run = runs.request(work, scenario_id)
        assert runs.claim(work, run.id, lease_seconds=60) is not None
        run.progress = {
            "seconds": 2.0,
            "best_value": "192.5",
            "bound": "195",
            "gap": "0.012987",
            "phase": "searching",
        }
        run.attempt = 2
        run_id = run.id
    panel = finance.get(f"/runs/{run_id}/progress").text
    assert "<html" not in panel
    for words in (
        "Pågår",
        "192,50 poäng",
        "1,3",
        "söker bättre planer",
        "Ingen plan kan nå över 195 poäng",
        "Försök 2",
    ):
        assert words in panel, words
    assert f'action="/runs/{run_id}/cancel"' in panel


def test_a_waiting_run_is_cancelled_at_once(finance: FlaskClient, scenario_id: int) -> None:
    address = _ask(finance, scenario_id).headers["Location"]
    assert finance.post(f"{address}/cancel").status_code == 303
    page = finance.get(address).text
    assert "Avbruten" in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "done", "status": "optimal", "gap": "0"}, ["Klar, bevisat bäst", "Ingen annan plan"]),
        ({"state": "done", "status": "optimal", "gap": "0.004"}, ["Klar, inom målet", "0,4"]),
        ({"state": "done", "status": "feasible", "gap": "0.25"}, ["Bästa hittills", "25,0", "Tiden tog slut"]),
        ({"state": "done", "status": "stopped", "value": None, "message": "Ingen plan hann hittas"},
         ["Ingen plan i tid", "Ingen plan hann hittas"]),
        ({"state": "cancelled", "status": "feasible", "message": "Körningen avbröts."}, ["Avbruten, bästa planen sparad"]),
        ({"state": "failed", "value": None, "message": "Lösaren avbröts av ett fel."}, ["Misslyckad", "Lösaren avbröts"]),
    ],
)  # fmt: skip
def test_each_outcome_is_told_truthfully(
    finance: FlaskClient, run_id: int, writing: Opening, values: dict[str, Any], words: list[str]
) -> None:
    with writing() as work:
        run = runs.find(work, run_id)
        for name, value in values.items():
            setattr(run, name, value)
    page = finance.get(f"/runs/{run_id}").text
    for one in words:
        assert one in page
    assert ("Visa planen" in page) is ("value" not in values)


def test_demands_that_collide_are_named_with_links(
    finance: FlaskClient, scenario_id: int, writing: Opening
) -> None:
    with writing() as work:
        scenario = scenarios.find(work, scenario_id)
        facts = scenarios.facts_of(scenario)
        rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
        changed = scenarios.ScenarioFacts(name=facts.name, limits=facts.limits, rules=(rule,))
        scenarios.save(work, scenario_id, changed, seen_version=1)
        run_id = prepared_plans.plan_of(work, scenario).id
    page = finance.get(f"/runs/{run_id}").text
    assert "Omöjligt" in page
    assert f'<a href="/scenarios/{scenario_id}#rules">Badhuset (KS 2026/0105) ska vara med</a>' in page
    assert f'<a href="/scenarios/{scenario_id}#room-title">Investeringstak</a>' in page
    assert finance.get(f"/runs/{run_id}/plan").status_code == 409


def _amounts(page: str) -> list[int]:
    """Every amount with two decimals on the page, in öre."""
    text = re.sub(r"<[^>]+>", " ", page)
    found = re.findall(rf"[{MINUS}+]?\d{{1,3}}(?:{NBSP}\d{{3}})*,\d\d\b", text)
    return [int(one.replace(NBSP, "").replace(",", "").replace(MINUS, "-").replace("+", "")) for one in found]


def test_page_json_and_excel_show_the_same_sums_to_the_oere(
    finance: FlaskClient, run_id: int, looking: Opening
) -> None:
    with looking() as work:
        report = plans.of_run(work, run_id)
    stored = finance.get(f"/runs/{run_id}/plan.json").get_json()
    book = openpyxl.load_workbook(io.BytesIO(finance.get(f"/runs/{run_id}/plan.xlsx").data))
    use_page = set(_amounts(finance.get(f"/runs/{run_id}/plan/use?unit=kr").text))
    plan_page = set(_amounts(finance.get(f"/runs/{run_id}/plan?unit=kr").text))

    in_json = [round(one["used"] * 100) for one in stored["use"]]
    in_book = [round(row[4] * 100) for row in book["Gränser"].iter_rows(min_row=2, values_only=True)]
    assert in_json == in_book == [one.used_ore for one in report.uses]
    assert set(in_json) <= use_page
    by_case = {one.case_number: one for one in report.chosen}
    for row in book["Plan"].iter_rows(min_row=2, values_only=True):
        one = by_case.pop(row[0])
        assert round(row[7] * 100) == one.total_ore == sum(round(cell * 100) for cell in row[8:])
        assert one.total_ore in plan_page
    assert by_case == {}
    assert sum(one.total_ore for one in report.chosen) in plan_page
    years = {
        row[0]: [round(cell * 100) for cell in row[1:]]
        for row in book["Per år"].iter_rows(min_row=2, values_only=True)
    }
    assert years["Kommunens investeringsutgift"] == list(report.investment_ore)
    assert years["Kommunens kostnad, koncernvy"] == list(report.operating_ore)
    assert set(report.operating_ore) <= use_page
    for amounts in report.committee_ore.values():
        assert set(amounts) <= use_page


def test_the_proof_can_be_checked_by_anyone(finance: FlaskClient, run_id: int) -> None:
    page = finance.get(f"/runs/{run_id}/plan/proof").text
    case = finance.get(f"/runs/{run_id}/case.json").data
    digest = hashlib.sha256(case).hexdigest()
    assert digest in re.sub(r"<wbr>", "", page)
    assert finance.get(f"/runs/{run_id}/plan.json").get_json()["case_sha256"] == digest
    for words in (
        "Kontrollerad av den exakta kontrollen",
        "HiGHS",
        "Grund v1",
        f"investplan verify case-{run_id}.json",
    ):
        assert words in page


def test_the_proof_shows_what_rankings_would_have_given(
    finance: FlaskClient, writing: Opening, run_id: int
) -> None:
    page = finance.get(f"/runs/{run_id}/plan/proof").text
    assert "Mot en rangordning" in page
    assert "Rangordning under investeringstaket ensamt" in page
    with writing() as work:
        run = runs.find(work, run_id)
        told = ranking_views.of_run(run)
        assert told is not None
        assert told.fair_lost == 1 - told.fair_value / Fraction(run.value or 0)
        run.progress = {k: v for k, v in run.progress.items() if k != "ranking"}
    assert "Mot en rangordning" not in finance.get(f"/runs/{run_id}/plan/proof").text


def test_the_proof_tells_what_a_better_plan_could_change(
    finance: FlaskClient, run_id: int, writing: Opening, looking: Opening
) -> None:
    assert (
        "ingen plan som håller gränserna är bättre än den här"
        in finance.get(f"/runs/{run_id}/plan/proof").text
    )
    with looking() as work:
        report = plans.of_run(work, run_id)
    inside, outside = report.chosen[0], report.out[0]
    with writing() as work:
        run = runs.find(work, run_id)
        run.progress = {**run.progress, "open": [inside.case_number, outside.case_number]}
    page = finance.get(f"/runs/{run_id}/plan/proof").text
    count = len(report.chosen) + len(report.out)
    assert f"{count - 2} av {count} förslag är avgjorda" in page
    assert "2 är öppna" in page
    for words in (inside.title, f"Med från {inside.start}", outside.title, "Inte med"):
        assert words in page
    with writing() as work:
        run = runs.find(work, run_id)
        run.progress = {k: v for k, v in run.progress.items() if k != "open"}
    assert "avgjorda" not in finance.get(f"/runs/{run_id}/plan/proof").text


def test_what_is_out_is_listed_with_its_reason(council_viewer: FlaskClient, run_id: int) -> None:
    page = council_viewer.get(f"/runs/{run_id}/plan/out").text
    assert "Badhuset" in page
    assert "Investeringstak 2027" in page
    assert "Tanken" in page
    reasons = council_viewer.get(f"/runs/{run_id}/plan/out/KS%202026/0105")
    assert reasons.status_code == 200
    assert "Investeringstak 2028" in reasons.text
    assert council_viewer.get(f"/runs/{run_id}/plan/out/nej").status_code == 404


def _results(page: str) -> str:
    return page[page.index('id="results"') :]


def test_the_plan_can_be_searched_and_sorted(finance: FlaskClient, run_id: int, looking: Opening) -> None:
    with looking() as work:
        report = plans.of_run(work, run_id)
    first, *others = report.chosen
    found = _results(finance.get(f"/runs/{run_id}/plan", query_string={"q": first.case_number}).text)
    assert first.alternative_title in found
    assert f'href="/proposals/{first.proposal_id}"' in found
    assert not any(f'href="/proposals/{one.proposal_id}"' in found for one in others)
    by_size = _results(finance.get(f"/runs/{run_id}/plan?sort=outlay").text)
    expected = sorted(report.chosen, key=lambda one: (-one.total_ore, one.title))
    places = [by_size.index(f'href="/proposals/{one.proposal_id}"') for one in expected]
    assert places == sorted(places)
    company = _results(finance.get(f"/runs/{run_id}/plan?committee=KVAB").text)
    assert "Ledning" in company
    assert company.count('href="/proposals/') == 1


def test_a_title_cannot_become_markup(finance: FlaskClient, site: Site, writing: Opening) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.factories.submitted_proposal(
            work, found.id, "KS <b>9</b>", title="<script>alert(1)</script>"
        )
        run_id = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, name="<i>x</i>")).id
    for path in ("plan", "plan/out", "plan/use", "plan/proof"):
        page = finance.get(f"/runs/{run_id}/{path}").text
        assert "<script>alert" not in page
        assert "<i>x" not in page
        assert "<b>9" not in page


@pytest.mark.parametrize(
    "path", ["", "/progress", "/plan", "/plan/out", "/plan/use", "/plan/proof", "/case.json", "/plan.xlsx"]
)
def test_unknown_runs_are_not_found(finance: FlaskClient, path: str) -> None:
    assert finance.get(f"/runs/999{path}").status_code == 404


def test_the_council_may_not_cancel(council_viewer: FlaskClient, run_id: int) -> None:
    assert council_viewer.post(f"/runs/{run_id}/cancel").status_code == 403
    assert "Registrera beslut" not in council_viewer.get(f"/runs/{run_id}/plan").text


def test_a_run_that_cannot_hold_shows_what_is_missing_and_who_may_decide(
    finance: FlaskClient, site: Site, writing: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
        run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=(rule,)))
    page = re.sub(r"\s+", " ", finance.get(f"/runs/{run.id}").text)
    assert "De här kraven går inte att förena" in page
    assert "Vägar ut" in page
    assert "25 000 tkr mer (kommunfullmäktige)" in page
    assert "Släpp kravet: Badhuset (KS 2026/0105) ska vara med (nämnderna)" in page

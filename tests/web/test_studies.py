from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from investplan import tasks
from investplan.config import Settings
from investplan.db.session import Database
from investplan.services import rounds, runs, scenarios, studies, study_parts
from investplan.services.work import Work, begin
from tests import prepared_plans
from tests.factories import MNKR
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]
FORMS: dict[str, dict[str, str]] = {
    "answers": {"about": "all"},
    "operating": {"steps": "8"},
    "ceiling": {"low": "60", "high": "140", "steps": "4"},
    "different": {"plans": "3", "within": "50", "least_changed": "1", "count": "in_or_out"},
    "stability": {},
    "robustness": {
        "samples": "40",
        "growth_low": "−5",
        "growth_high": "25,5",
        "delay_share": "10",
        "weights": "ranked",
        "rank-behov": "2",
        "rank-risk": "1",
    },
}
COMMON = {"gap": "0", "member_seconds": "5", "seed": "3", "key": "k"}
RESULTS = {
    "answers": ["Vad skulle ta in det som inte är med?", "Vänta ett år kostar", "Kostar i värde"],
    "operating": ["Värde mot driftkostnad", "Andel av värdet"],
    "ceiling": ["Tak mot dagens", "100", "Ligger pengarna rätt år?"],
    "different": ["Andra planer inom 50", "Kommer in"],
    "stability": ["Varje löfte för sig", "Pris för varje löfte till"],
    "robustness": ["Alltid med", "Beror på", "95 % intervall", "av 40"],
}


@pytest.fixture
def run_id(site: Site, writing: Opening) -> int:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        lower = prepared_plans.scenario(work, found, 9 * MNKR, name="Lägre tak")
        before = prepared_plans.plan_of(work, lower)
        facts = prepared_plans.scenario(work, found)
        facts.previous_run_id = before.id
        return prepared_plans.plan_of(work, scenarios.find(work, facts.id)).id


def _ask(client: FlaskClient, run_id: int, kind: str, **changes: str) -> Any:
    fields = {**COMMON, **FORMS[kind], **changes}
    if kind == "stability" and "promises_of" not in changes:
        fields["promises_of"] = str(run_id - 1)
    return client.post(f"/studies/of-run/{run_id}/new/{kind}", data=fields)


def carry_out(database: Database, study_id: int, *, parts: int = 100) -> None:
    for _ in range(parts):
        with begin(database) as work:
            chunks = [c.id for c in studies.parts_of(work, study_id) if c.state == "queued"]
        if not chunks:
            return
        tasks.carry_out_part(database, chunks[0], Settings())


def study_id_of(answer: Any) -> int:
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rpartition("/")[2])


def test_the_plan_leads_to_its_studies(finance: FlaskClient, run_id: int) -> None:
    assert f"/studies/of-run/{run_id}" in finance.get(f"/runs/{run_id}/plan").text
    page = finance.get(f"/studies/of-run/{run_id}").text
    assert "Vad kostar det att hålla det som lovades" in page
    assert "Gjorda undersökningar" not in page


@pytest.mark.parametrize("kind", FORMS)
def test_a_study_is_asked_for_carried_out_and_told(
    finance: FlaskClient, council_viewer: FlaskClient, site_database: Database, run_id: int, kind: str
) -> None:
    form = finance.get(f"/studies/of-run/{run_id}/new/{kind}").text
    for name in FORMS[kind]:
        assert f'name="{name}"' in form, name
    study_id = study_id_of(_ask(finance, run_id, kind))
    waiting = finance.get(f"/studies/{study_id}").text
    assert 'hx-trigger="every 1s"' in waiting
    assert "Avbryt och behåll svaren" in waiting
    carry_out(site_database, study_id)
    page = council_viewer.get(f"/studies/{study_id}")
    assert page.status_code == 200
    for words in RESULTS[kind]:
        assert words in page.text.replace("\u00a0", " "), words
    assert "Ofullständigt" not in page.text
    assert "hx-trigger" not in page.text
    told = json.loads(council_viewer.get(f"/studies/{study_id}/study.json").data)
    assert (told["kind"], told["state"], told["seed"]) == (kind, "done", 3)
    assert len(told["members"]) == told["member_count"]
    assert "Klar" in finance.get(f"/studies/of-run/{run_id}").text


def test_per_cent_as_swedes_write_it_becomes_exact_shares(
    finance: FlaskClient, run_id: int, looking: Opening
) -> None:
    study_id = study_id_of(_ask(finance, run_id, "robustness", gap="0,25"))
    with looking() as work:
        study = studies.find(work, study_id)
        parameters = study.parameters
        assert study.gap_target == "0.0025"
    assert (parameters["growth_low"], parameters["growth_high"]) == ("-0.05", "0.255")
    assert parameters["ranking"] == ["risk", "behov"]
    assert parameters["scores"]["KS 2026/0105"] == {"behov": 5, "risk": 5}


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("operating", {"steps": "x"}, "steps"),
        ("operating", {"steps": "1"}, "steps"),
        ("ceiling", {"low": "140", "high": "60"}, "high"),
        ("ceiling", {"low": "många"}, "low"),
        ("different", {"plans": "50"}, "plans"),
        ("stability", {"promises_of": ""}, "promises_of"),
        ("stability", {"promises_of": "999"}, "promises_of"),
        ("robustness", {"rank-risk": "2"}, "rank-behov"),
        ("robustness", {"growth_high": "-10"}, "growth_high"),
        ("robustness", {"member_seconds": "500"}, "member_seconds"),
    ],
)
def test_a_form_with_faults_is_refused_and_what_was_typed_is_kept(
    finance: FlaskClient, run_id: int, looking: Opening, kind: str, changes: dict[str, str], field: str
) -> None:
    answer = _ask(finance, run_id, kind, **changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    for text in changes.values():
        assert f'value="{text}"' in answer.text or not text or text == "999"
    with looking() as work:
        assert studies.of_run(work, run_id) == []


def test_a_second_study_of_a_plan_leads_to_the_one_that_goes_on(finance: FlaskClient, run_id: int) -> None:
    first = study_id_of(_ask(finance, run_id, "operating"))
    assert study_id_of(_ask(finance, run_id, "robustness", key="other")) == first


def test_partial_results_are_shown_as_partial_and_a_cancel_keeps_them(
    finance: FlaskClient, council_viewer: FlaskClient, site_database: Database, run_id: int
) -> None:
    study_id = study_id_of(_ask(finance, run_id, "robustness"))
    carry_out(site_database, study_id, parts=1)
    page = finance.get(f"/studies/{study_id}").text
    assert "10 av 40" in page
    assert "kan ändras när fler blir klara" in page
    assert "dragningarna är för få" in page
    panel = council_viewer.get(f"/studies/{study_id}/progress").text
    assert "<html" not in panel
    assert "Visa svaren hittills" in panel
    assert "Avbryt" not in panel
    assert finance.post(f"/studies/{study_id}/cancel").status_code == 303
    page = finance.get(f"/studies/{study_id}").text
    assert "Avbruten" in page
    assert "Resultatet nedan bygger på 10 av 40 beräkningar." in page
    assert "Visa resultatet" in finance.get(f"/studies/{study_id}/progress").text


def test_a_study_that_ended_without_answers_says_so(finance: FlaskClient, run_id: int) -> None:
    study_id = study_id_of(_ask(finance, run_id, "operating"))
    finance.post(f"/studies/{study_id}/cancel")
    assert "Inga svar" in finance.get(f"/studies/{study_id}").text


def test_only_finance_may_start_and_cancel(
    finance: FlaskClient, council_viewer: FlaskClient, planner: FlaskClient, run_id: int
) -> None:
    study_id = study_id_of(_ask(finance, run_id, "operating"))
    for client in (council_viewer, planner):
        assert client.get(f"/studies/{study_id}").status_code == 200
        assert client.get(f"/studies/of-run/{run_id}/new/operating").status_code == 403
        assert _ask(client, run_id, "operating").status_code == 403
        assert client.post(f"/studies/{study_id}/cancel").status_code == 403
    assert "Starta" not in council_viewer.get(f"/studies/of-run/{run_id}").text


def test_what_cannot_be_studied_says_why(finance: FlaskClient, site: Site, writing: Opening) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        waiting = runs.request(work, prepared_plans.scenario(work, found, name="Väntar").id).id
        only = scenarios.LimitFacts("debt", "Skuld", "investment", {}, extra={"max_total_ore": 20 * MNKR})
        bare = scenarios.create(work, found.id, scenarios.ScenarioFacts(name="Utan tak", limits=(only,)))
        done = prepared_plans.plan_of(work, bare).id
    assert "Ingen plan att undersöka" in finance.get(f"/studies/of-run/{waiting}").text
    assert finance.get(f"/studies/of-run/{waiting}/new/operating").status_code == 302
    assert _ask(finance, waiting, "operating").status_code == 409
    assert "inget tak att höja eller sänka" in finance.get(f"/studies/of-run/{done}/new/ceiling").text
    assert "inga löften att pröva" in finance.get(f"/studies/of-run/{done}/new/stability").text
    assert finance.get(f"/studies/of-run/{done}/new/nothing").status_code == 404
    assert finance.get("/studies/999").status_code == 404


def test_a_failed_study_says_how_far_it_came(
    finance: FlaskClient, site_database: Database, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = study_id_of(_ask(finance, run_id, "robustness", samples="12"))
    carry_out(site_database, study_id, parts=1)
    with begin(site_database) as work:
        (chunk,) = [c for c in studies.parts_of(work, study_id) if c.state == "queued"]
        claim = study_parts.claim(work, chunk.id, lease_seconds=60)
        assert claim is not None
        study_parts.fail(work, replace(claim), "crash")
    page = finance.get(f"/studies/{study_id}").text
    assert "Misslyckad" in page
    assert "6 av 12 svar finns" in page

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.services import decisions, plans, proposals
from investplan.services.work import Work
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]
FIELDS = {
    "decided_on": "2026-06-15",
    "paragraph": "§ 214",
    "case_number": "KS 2026/0500",
    "title": "Budget 2027",
    "key": "k",
}


def test_no_decisions_yet_says_how_they_come(council_viewer: FlaskClient) -> None:
    assert "Inga beslut än" in council_viewer.get("/decisions").text


def test_a_plan_is_adopted_once_and_shown(
    finance: FlaskClient, run_id: int, site: Site, looking: Opening
) -> None:
    assert "går inte att ta tillbaka" in finance.get(f"/decisions/new?run={run_id}").text
    first = finance.post("/decisions", data={**FIELDS, "run_id": str(run_id)})
    again = finance.post("/decisions", data={**FIELDS, "run_id": str(run_id)})
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    with looking() as work:
        assert len(decisions.of_round(work, site.round_id)) == 1
    page = finance.get(first.headers["Location"]).text
    for words in (
        "Kommunfullmäktige 2026-06-15 § 214",
        "KS 2026/0500",
        "Konstgräs",
        "Kultur- och fritidsnämnden",
    ):
        assert words in page
    assert "Planen är antagen" in finance.get(f"/runs/{run_id}/plan").text
    assert "Kommunfullmäktige 2026-06-15 § 214" in finance.get("/decisions").text
    assert (
        finance.post("/decisions", data={**FIELDS, "paragraph": "215", "run_id": str(run_id)}).status_code
        == 409
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"decided_on": ""}, "decided_on"), ({"decided_on": "2999-01-01"}, "decided_on"), ({"paragraph": " "}, "paragraph"),
     ({"title": ""}, "title")],
)  # fmt: skip
def test_faults_keep_what_was_typed(
    finance: FlaskClient, run_id: int, changes: dict[str, str], field: str
) -> None:
    answer = finance.post("/decisions", data={**FIELDS, "run_id": str(run_id), **changes})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "KS 2026/0500" in answer.text


def test_a_plan_whose_proposals_changed_is_refused_with_words(
    finance: FlaskClient, run_id: int, site: Site, writing: Opening, looking: Opening
) -> None:
    with writing() as work:
        inside = plans.of_run(work, run_id).chosen[0]
        found = proposals.find(work, inside.proposal_id)
        proposals.score(work, found.id, {"behov": 1, "risk": 0}, seen_version=found.version)
    answer = finance.post("/decisions", data={**FIELDS, "run_id": str(run_id)})
    assert answer.status_code == 409
    assert inside.case_number in answer.text
    assert "Kör scenariot igen" in answer.text
    with looking() as work:
        assert decisions.of_round(work, site.round_id) == []


@pytest.mark.parametrize("who", ["planner", "council_viewer"])
def test_only_finance_records_decisions(
    sign_in_as: Callable[[str], FlaskClient], run_id: int, who: str
) -> None:
    client = sign_in_as(who)
    assert client.get(f"/decisions/new?run={run_id}").status_code == 403
    assert client.post("/decisions", data={**FIELDS, "run_id": str(run_id)}).status_code == 403


def test_unknown_decisions_and_runs_are_not_found(finance: FlaskClient) -> None:
    assert finance.get("/decisions/999").status_code == 404
    assert finance.get("/decisions/new?run=999").status_code == 404
    assert finance.get("/decisions/new?run=x").status_code == 404
    assert finance.get("/decisions/new").status_code == 302
    assert "öppna den och välj Registrera beslut" in finance.get("/decisions").text

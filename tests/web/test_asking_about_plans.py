"""Those whom a proposal belongs to ask what would bring it into a plan, without waiting for finance."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import unquote

from flask.testing import FlaskClient
from sqlalchemy import select

from investplan.db.models import Proposal
from investplan.db.session import Database
from investplan.services import studies
from investplan.services.work import Work
from tests.web.conftest import Site
from tests.web.test_studies import carry_out, study_id_of

Opening = Callable[[], AbstractContextManager[Work]]
OF_UN = {"KS 2026/0002", "KS 2026/0101", "KS 2026/0103", "KS 2026/0105"}
"""What competes and is UN's; the rest is KFN's."""


def _out(client: FlaskClient, run_id: int) -> list[str]:
    """Case numbers that the plan leaves out, as the page lists them."""
    page = client.get(f"/runs/{run_id}/plan/out").text
    return [unquote(number) for number in re.findall(rf'href="/runs/{run_id}/plan/out/([^"]+)"', page)]


def _ask(client: FlaskClient, run_id: int, case_number: str, key: str = "k") -> Any:
    return client.post(f"/studies/of-run/{run_id}/about/{case_number}", data={"key": key})


def _told(client: FlaskClient, study_id: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/studies/{study_id}/study.json").data)
    return found


def test_planners_ask_about_each_of_their_own_and_are_told_what_finance_is_told(
    planner: FlaskClient,
    other_planner: FlaskClient,
    finance: FlaskClient,
    site_database: Database,
    run_id: int,
) -> None:
    whole = finance.post(
        f"/studies/of-run/{run_id}/new/answers",
        data={"about": "proposals_out", "gap": "0,2", "member_seconds": "10", "seed": "0", "key": "w"},
    )
    whole_id = study_id_of(whole)
    carry_out(site_database, whole_id)
    expected = {one["proposal"]: one for one in _told(finance, whole_id)["result"]["out"]}
    assert set(expected) == set(_out(planner, run_id))
    told = {}
    for number in expected:
        asking = planner if number in OF_UN else other_planner
        study_id = study_id_of(_ask(asking, run_id, number, key=number))
        carry_out(site_database, study_id)
        study = _told(asking, study_id)
        assert [m["change"] for m in study["members"]] == [
            {"asks": "in", "of": number},
            {"asks": "cost", "of": number},
        ]
        (told[number],) = study["result"]["out"]
    assert told == expected
    assert any(one["never"] for one in told.values())
    assert any(not one["never"] for one in told.values())


def test_the_page_leads_from_the_question_to_the_answer(
    planner: FlaskClient, site_database: Database, run_id: int
) -> None:
    address = f"/runs/{run_id}/plan/out/KS 2026/0105"
    before = planner.get(address).text
    assert "Räkna ut vad som skulle ta in det" in before
    assert "Räkna för alla" not in before
    study_id = study_id_of(_ask(planner, run_id, "KS 2026/0105"))
    assert study_id_of(_ask(planner, run_id, "KS 2026/0105")) == study_id
    waiting = planner.get(address).text
    assert "Det räknas nu" in waiting
    assert f'href="/studies/{study_id}"' in waiting
    assert "Räkna ut vad som skulle" not in waiting
    carry_out(site_database, study_id)
    after = planner.get(address).text
    assert "kan inte vara med i någon plan" in after
    assert "Det räknas nu" not in after
    shown = planner.get(f"/studies/{study_id}").text
    assert "Badhuset" in shown
    assert ": Badhuset" in planner.get(f"/studies/of-run/{run_id}").text


def test_a_proposals_page_tells_how_it_fared_and_leads_to_why(
    planner: FlaskClient, council_viewer: FlaskClient, site: Site, run_id: int, looking: Opening
) -> None:
    with looking() as work:
        ids = {one.case_number: one.id for one in work.session.scalars(select(Proposal))}
    for client in (planner, council_viewer):
        out = client.get(f"/proposals/{ids['KS 2026/0105']}").text
        assert "I planerna" in out
        assert "Inte med" in out
        assert f'href="/runs/{run_id}/plan/out/KS%202026/0105"' in out
        inside = client.get(f"/proposals/{ids['KS 2026/0101']}").text
        assert re.search(r"Med, start 20\d\d", inside)
        assert "vad skulle ta in det" not in inside
        assert "I planerna" not in client.get(f"/proposals/{ids['KS 2026/0106']}").text
    start = planner.get("/").text
    assert f'href="/runs/{run_id}/plan/out/KS%202026/0105">Inte med' in start
    assert "Med, start 20" in start
    assert "I planerna" not in planner.get(f"/proposals/{site.draft_id}").text


def test_only_those_it_belongs_to_board_and_finance_may_ask(
    planner: FlaskClient,
    other_planner: FlaskClient,
    council_viewer: FlaskClient,
    manager: FlaskClient,
    executive_board: FlaskClient,
    finance: FlaskClient,
    run_id: int,
    looking: Opening,
) -> None:
    address = f"/runs/{run_id}/plan/out/KS 2026/0105"
    for client in (other_planner, council_viewer):
        page = client.get(address).text
        assert "Räkna ut vad som skulle ta in det" not in page
        assert "Det är inte uträknat för den här planen" in page
        assert _ask(client, run_id, "KS 2026/0105").status_code == 403
    with looking() as work:
        assert studies.of_run(work, run_id) == []
    for number, client in enumerate((planner, manager, executive_board, finance)):
        assert "Räkna ut vad som skulle ta in det" in client.get(address).text
        study_id = study_id_of(_ask(client, run_id, "KS 2026/0105", key=str(number)))
        assert "Avbryt och behåll svaren" in client.get(f"/studies/{study_id}").text
        assert "Avbryt och behåll svaren" not in council_viewer.get(f"/studies/{study_id}").text
        assert other_planner.post(f"/studies/{study_id}/cancel").status_code == 403
        assert client.post(f"/studies/{study_id}/cancel").status_code == 303
    with looking() as work:
        assert {s.state for s in studies.of_run(work, run_id)} == {"cancelled"}


def test_what_cannot_be_asked_says_why(planner: FlaskClient, finance: FlaskClient, run_id: int) -> None:
    inside = OF_UN - set(_out(planner, run_id))
    assert inside
    refused = _ask(finance, run_id, min(inside))
    assert refused.status_code == 409
    assert "Förslaget är med i planen." in refused.text
    assert _ask(planner, run_id, "KS 2026/9999").status_code == 404
    assert _ask(planner, run_id, "KS 2026/0106").status_code == 404  # too early to compete
    assert _ask(planner, 999, "KS 2026/0105").status_code == 404


def test_another_question_meanwhile_leads_to_the_study_that_goes_on(
    planner: FlaskClient, finance: FlaskClient, run_id: int
) -> None:
    going = study_id_of(finance.post(
        f"/studies/of-run/{run_id}/new/operating",
        data={"steps": "8", "gap": "0", "member_seconds": "5", "seed": "3", "key": "o"},
    ))  # fmt: skip
    assert study_id_of(_ask(planner, run_id, "KS 2026/0105")) == going
    assert "Fråga igen när den är klar" in planner.get(f"/studies/{going}").text

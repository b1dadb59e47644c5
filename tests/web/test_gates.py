"""The pages of gates: the panel, the forms of moves, the table, and the money."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask.testing import FlaskClient

from investplan.domain.gates import DEFAULT_TABLE
from investplan.domain.proposals import Stage
from investplan.services import gate_tables, investigation_requests, proposals, stage_moves
from investplan.services.investigation_requests import AskedMoney
from investplan.services.stage_moves import StatedMove
from investplan.services.work import Work
from tests.factories import TKR
from tests.unit.domain.test_gates import WHOLE, whole
from tests.web.conftest import Site
from tests.web.test_proposals import form_of

Writing = Callable[[], AbstractContextManager[Work]]
DECISION = {
    "body": "Kommunstyrelsens arbetsutskott", "decided_on": "2026-03-10", "paragraph": "41", "amount_ore": "400",
    "protocol": "https://example.test/41", "conditions": "Samnyttjande prövas.",
}  # fmt: skip


@pytest.fixture
def analysed_id(site: Site, writing: Writing) -> int:
    """A whole proposal of UN that stands before the pre-study."""
    with writing() as work:
        facts = whole(case_number="KS 2026/0100", title="Förskolan Kalkstenen", stage=Stage.NEEDS_ANALYSIS)
        return proposals.create(work, site.round_id, facts).id


@pytest.fixture
def thin_id(site: Site, writing: Writing) -> int:
    """The same with one alternative only and no steering links."""
    with writing() as work:
        facts = whole(
            case_number="KS 2026/0101", stage=Stage.NEEDS_ANALYSIS, alternatives=(WHOLE,), steering=()
        )
        return proposals.create(work, site.round_id, facts).id


def told(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_the_panel_shows_what_is_missing_with_links_for_those_who_may_state_it(
    planner: FlaskClient, executive_board: FlaskClient, thin_id: int
) -> None:
    path = f"/proposals/{thin_id}"
    page = planner.get(path).text
    assert "2 krav saknas av 5" in page
    assert f'href="{path}/edit/alternatives#alternatives"' in page
    assert f'href="{path}/edit/basis#steering"' in page
    assert "Kommunstyrelsens arbetsutskott" in page
    assert f"/gates{path}/moves/pre_study" not in page
    assert f"/gates{path}/moves/rest" in page
    board = executive_board.get(path).text
    assert f"/gates{path}/moves/pre_study" in board
    assert "/edit/alternatives#alternatives" not in board


def test_the_council_reads_the_panel_and_moves_nothing(council_viewer: FlaskClient, site: Site) -> None:
    page = council_viewer.get(f"/proposals/{site.submitted_id}").text
    assert "Nästa grind" in page
    assert "/moves/" not in page


def test_the_board_records_its_decision_and_the_history_tells_it(
    executive_board: FlaskClient, council_viewer: FlaskClient, analysed_id: int
) -> None:
    path = f"/gates/proposals/{analysed_id}/moves/pre_study"
    form = form_of(executive_board, path)
    assert form["body"] == "Kommunstyrelsens arbetsutskott"
    answer = executive_board.post(path, data={**form, **DECISION})
    assert (answer.status_code, answer.location) == (303, f"/proposals/{analysed_id}#gate")
    page = told(executive_board, f"/proposals/{analysed_id}")
    assert "Flyttat: Behovsanalys → Förstudie." in page
    assert "Kommunstyrelsens arbetsutskott 2026-03-10 § 41" in page
    assert "Villkor: Samnyttjande prövas." in page
    assert 'href="https://example.test/41"' in executive_board.get(f"/proposals/{analysed_id}").text
    again = executive_board.post(path, data={**form, **DECISION})
    assert again.status_code == 303


def test_a_link_that_is_none_is_told_as_text(executive_board: FlaskClient, analysed_id: int) -> None:
    path = f"/gates/proposals/{analysed_id}/moves/pre_study"
    form = form_of(executive_board, path)
    executive_board.post(path, data={**form, **DECISION, "protocol": "javascript:alert(1)"})
    page = executive_board.get(f"/proposals/{analysed_id}").text
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_what_is_missing_is_a_checklist_and_what_was_typed_stands(
    executive_board: FlaskClient, thin_id: int
) -> None:
    path = f"/gates/proposals/{thin_id}/moves/pre_study"
    form = form_of(executive_board, path)
    sent = {**form, **DECISION, "paragraph": "", "decided_on": "igår", "amount_ore": "1.500"}
    answer = executive_board.post(path, data=sent)
    assert answer.status_code == 422
    assert "2 krav är inte uppfyllda" in answer.text
    assert "Skriv datumet som 2027-01-31." in answer.text
    assert 'value="1.500"' in answer.text
    answer = executive_board.post(path, data={**form, **DECISION, "paragraph": ""})
    assert answer.status_code == 422
    assert "Ange beslutets paragraf" in answer.text
    assert 'href="#checks"' in answer.text
    assert "Samnyttjande prövas." in answer.text


def test_whoever_moves_what_somebody_has_changed_keeps_the_text_and_sees_it_first(
    executive_board: FlaskClient, analysed_id: int, writing: Writing
) -> None:
    path = f"/gates/proposals/{analysed_id}/moves/pre_study"
    form = form_of(executive_board, path)
    with writing() as work:
        facts = whole(
            case_number="KS 2026/0100", title="Nytt namn", stage=Stage.NEEDS_ANALYSIS, alternatives=(WHOLE,)
        )
        proposals.save(work, analysed_id, facts, seen_version=1)
    answer = executive_board.post(path, data={**form, **DECISION})
    assert answer.status_code == 409
    assert "Någon annan har ändrat förslaget" in answer.text
    assert "Samnyttjande prövas." in answer.text
    assert "1 krav är inte uppfyllt" in answer.text
    assert 'name="version" value="2"' in answer.text


def test_a_move_that_another_made_first_is_told(
    executive_board: FlaskClient, analysed_id: int, writing: Writing
) -> None:
    path = f"/gates/proposals/{analysed_id}/moves/pre_study"
    form = form_of(executive_board, path)
    with writing() as work:
        stated = StatedMove(body="KSAU", decided_on=date(2026, 3, 10), paragraph="1")
        stage_moves.move(work, analysed_id, "pre_study", stated, seen_version=1)
    answer = executive_board.post(path, data={**form, **DECISION}, follow_redirects=True)
    assert "Någon annan har flyttat förslaget." in answer.text
    assert executive_board.get(path).status_code == 409


def test_a_cancelled_proposal_stands_in_finances_list_with_its_cost_and_in_the_file(
    manager: FlaskClient, finance: FlaskClient, site: Site
) -> None:
    assert "Inga avbrutna förslag" in finance.get("/gates/cancelled").text
    path = f"/gates/proposals/{site.submitted_id}/moves/cancel"
    form = form_of(manager, path)
    assert form["sunk_committee"] == "UN"
    refused = manager.post(path, data={**form, "reason": "Behovet har fallit bort."})
    assert refused.status_code == 422
    assert "Ange vad förslaget har kostat hittills." in refused.text
    sent = {**form, "reason": "=Behovet har fallit bort.", "sunk_ore": "180,5"}
    assert manager.post(path, data=sent).status_code == 303
    page = told(finance, "/gates/cancelled")
    assert "Norrskolan, ny matsal" in page
    assert "180,5" in page
    assert "Utbildningsnämnden" in page
    lines = finance.get("/gates/cancelled.csv").text.splitlines()
    assert lines[1].startswith("KS 2026/0002;Norrskolan, ny matsal;")
    assert ";180500;Utbildningsnämnden;" in lines[1]
    assert lines[1].endswith(";'=Behovet har fallit bort.")
    assert manager.get(f"/proposals/{site.submitted_id}/edit/need").status_code == 409


def test_a_postponed_proposal_says_so_and_its_costs_begin_then(
    executive_board: FlaskClient, planner: FlaskClient, site: Site
) -> None:
    path = f"/gates/proposals/{site.submitted_id}/moves/postpone"
    sent = {
        **form_of(executive_board, path),
        **DECISION,
        "reason": "Utrymmet saknas.",
        "not_before_year": "2029",
    }
    del sent["amount_ore"]
    assert executive_board.post(path, data=sent).status_code == 303
    page = told(planner, f"/proposals/{site.submitted_id}")
    assert "Förslaget kan starta tidigast 2029" in page
    assert "Vad det kostar vid start 2029" in page


def test_a_need_says_that_it_does_not_compete_yet(finance: FlaskClient, site: Site, writing: Writing) -> None:
    with writing() as work:
        need_id = proposals.create(work, site.round_id, whole(case_number="KS 2026/0102")).id
    page = finance.get(f"/proposals/{need_id}").text
    assert "Utredningen har inte kommit tillräckligt långt" in page
    assert "tidigast från skedet Behovsanalys" in page


# The table


def test_everyone_reads_the_gates_and_the_administrator_alone_may_change_them(
    council_viewer: FlaskClient, finance: FlaskClient, administrator: FlaskClient
) -> None:
    page = told(council_viewer, "/gates")
    for text in (
        "Systemets förval",
        "Till Förstudie",
        "Kommunstyrelsens arbetsutskott",
        "± 30 %",
        "från skedet Behovsanalys",
    ):
        assert text in page
    assert "Ändra grindarna" not in finance.get("/gates").text
    assert "Ändra grindarna" in administrator.get("/gates").text
    assert finance.get("/gates/edit").status_code == 403


def edit_form(client: FlaskClient) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form_of(client, "/gates/edit").items(multi=True)]


def test_the_form_that_is_sent_as_it_stands_saves_what_holds(
    administrator: FlaskClient, looking: Writing
) -> None:
    sent = [*edit_form(administrator), ("reason", "Beslut i KS")]
    sent = [pair for pair in sent if pair != ("reason", "")]
    answer = administrator.post("/gates/edit", data=_multi(sent))
    assert answer.status_code == 303
    with looking() as work:
        stored = gate_tables.newest(work)
        assert stored is not None
        assert stored.version == 1
        assert gate_tables.table_in(stored) == DEFAULT_TABLE


def _multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def test_a_changed_gate_is_a_new_version_and_the_old_one_can_be_read(
    administrator: FlaskClient, council_viewer: FlaskClient
) -> None:
    for decider in ("Tekniska utskottet", "Kommunstyrelsen"):
        sent = _multi([pair for pair in edit_form(administrator) if pair[0] != "reason"])
        sent |= {"pre_study.decider": [decider], "reason": [f"Ny beslutsordning: {decider}"]}
        sent["pre_study.demands"] = ["purpose"]
        assert administrator.post("/gates/edit", data=sent).status_code == 303
    assert "Ny beslutsordning: Tekniska utskottet" in council_viewer.get("/gates").text
    old = told(council_viewer, "/gates?version=1")
    assert "Version 1 gäller inte längre" in old
    assert "Tekniska utskottet" in old
    assert council_viewer.get("/gates?version=9").status_code == 404


def test_a_table_that_does_not_work_is_refused_where_it_is_wrong_and_kept(
    administrator: FlaskClient,
) -> None:
    sent = _multi(edit_form(administrator))
    sent |= {"design.decider": [""], "reason": [""], "design.accuracy_percent": ["120"]}
    del sent["rest.movers"]
    answer = administrator.post("/gates/edit", data=sent)
    assert answer.status_code == 422
    assert 'href="#design.accuracy_percent"' in answer.text
    sent["design.accuracy_percent"] = ["25"]
    answer = administrator.post("/gates/edit", data=sent)
    assert answer.status_code == 422
    for anchor in ("design.decider", "rest.movers", "reason"):
        assert f'href="#{anchor}"' in answer.text
    assert 'value="25"' in answer.text


def test_two_who_change_the_gates_at_once_lose_nothing(administrator: FlaskClient) -> None:
    sent = _multi([pair for pair in edit_form(administrator) if pair[0] not in ("reason", "key")])
    sent |= {"reason": ["Först"]}
    assert administrator.post("/gates/edit", data=sent).status_code == 303
    sent |= {"reason": ["Sedan"], "design.decider": ["Tekniska utskottet"]}
    answer = administrator.post("/gates/edit", data=sent)
    assert answer.status_code == 409
    assert "Någon annan har sparat en ny version" in answer.text
    assert "Tekniska utskottet" in answer.text
    assert 'name="version" value="1"' in answer.text


# Money to investigate


def test_a_planner_asks_and_the_board_decides(
    planner: FlaskClient, executive_board: FlaskClient, finance: FlaskClient, analysed_id: int
) -> None:
    assert "Inga utredningsmedel är begärda" in finance.get("/gates/money").text
    path = f"/gates/proposals/{analysed_id}/money/new"
    form = form_of(planner, path)
    refused = planner.post(path, data={**form, "amount_ore": "", "purpose": ""})
    assert refused.status_code == 422
    sent = {**form, "amount_ore": "350", "purpose": "Förstudie av två lägen", "year": "2028"}
    assert planner.post(path, data=sent).status_code == 303
    assert planner.post(path, data=sent).status_code == 303
    page = told(executive_board, "/gates/money")
    assert page.count("Förstudie av två lägen") == 1
    decide = re.search(r'href="(/gates/money/[0-9]+)"', executive_board.get("/gates/money").text)
    assert decide is not None
    form = form_of(executive_board, decide[1])
    assert "Lägg till bland ramarnas" not in executive_board.get(decide[1]).text
    assert "Lägg till bland ramarnas" in finance.get(decide[1]).text
    refused = executive_board.post(decide[1], data={**form, "granted": ""})
    assert refused.status_code == 422
    sent = {**form, **DECISION, "granted": "y", "into_frames": "y"}
    assert executive_board.post(decide[1], data=sent).status_code == 303
    assert "Beviljat" in told(planner, f"/proposals/{analysed_id}")
    lines = finance.get("/gates/money.csv").text.splitlines()
    assert lines[1] == (
        "2028;Utbildningsnämnden;KS 2026/0100;Förskolan Kalkstenen;Förstudie av två lägen;350000;Beviljat;"
        "Kommunstyrelsens arbetsutskott 2026-03-10 § 41"
    )
    assert "Förstudie av två lägen" not in finance.get("/frames/planned").text
    assert "redan avgjord" in executive_board.get(decide[1]).text


def test_finance_lets_a_granted_sum_stand_in_the_frames_and_a_planner_takes_a_request_back(
    planner: FlaskClient, other_planner: FlaskClient, finance: FlaskClient, analysed_id: int, writing: Writing
) -> None:
    with writing() as work:
        one, two = (
            investigation_requests.ask(work, analysed_id, AskedMoney(2028, 350 * TKR, purpose, "UN")).id
            for purpose in ("Geoteknik", "Skiss")
        )
    sent = {**form_of(finance, f"/gates/money/{one}"), **DECISION, "granted": "y", "into_frames": "y"}
    assert finance.post(f"/gates/money/{one}", data=sent).status_code == 303
    assert "Geoteknik" in finance.get("/frames/planned").text
    assert other_planner.post(f"/gates/money/{two}/withdraw", data={"version": 1}).status_code in (403, 404)
    assert planner.post(f"/gates/money/{two}/withdraw", data={"version": 1}).status_code == 303
    assert "Skiss" not in finance.get("/gates/money").text

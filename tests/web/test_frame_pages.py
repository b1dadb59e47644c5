"""Finance states bases and planned rows, previews the draft and registers the decision; anyone compares."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from flask.testing import FlaskClient

from investplan.domain.parameters import DEFAULTS
from investplan.services import (
    decisions,
    frame_bases,
    frame_calculations,
    frames,
    planned_adjustments,
    rounds,
)
from investplan.services.frame_bases import StatedBase
from investplan.services.work import Work
from tests import factories, prepared_plans
from tests.factories import TKR
from tests.integration.test_frame_rows import change_school
from tests.web.conftest import Site

DAY = date(2026, 6, 15)
Opening = Callable[[], AbstractContextManager[Work]]
BASIS = {
    "rows-0-committee": "UN",
    "rows-0-year": "2027",
    "rows-0-wages_ore": "980 000",
    "rows-0-payroll": "with",
    "rows-0-source": "Budget 2026",
}
PLANNED = {
    "rows-0-committee": "UN",
    "rows-0-year": "2027",
    "rows-0-kind": "priority",
    "rows-0-amount_ore": "−5 000",
    "rows-0-permanent": "lasting",
    "rows-0-source": "Effektivisering",
}
DECISION = {
    "decided_on": "2026-06-15",
    "paragraph": "214",
    "title": "Budget 2027",
    "last_year": "2027",
    "key": "k",
}


@pytest.fixture
def with_rates(site: Site, writing: Opening) -> None:
    with writing() as work:
        rates = {2026: Fraction("0.035"), 2027: Fraction("0.034")}
        parameters = replace(DEFAULTS, wage_raise=rates, pkv={2027: Fraction("0.027")})
        found = rounds.find(work, site.round_id)
        found.parameter_set = rounds.add_parameters(
            work, parameters, name="Grund", valid_from=factories.START_OF_TIME
        )
        frame_bases.save_base_frames(work, found.id, [StatedBase("UN", 1_450_000 * TKR, "Budget 2026")])


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def versions(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen-\d+)" value="(\d+)"', page))


def test_finance_states_previews_and_decides(
    finance: FlaskClient, site: Site, looking: Opening, with_rates: None
) -> None:
    assert finance.post("/frames/bases", data=BASIS).status_code == 303
    assert finance.post("/frames/planned", data=PLANNED).status_code == 303
    page = finance.get("/frames/draft").text
    for words in ("Löneöversyn 2027, 3,4", "Effektivisering", "Visa uträkningen", "980\u00a0000\u00a0000"):
        assert words in page, words
    sent = {**DECISION, "fingerprint": fingerprint(page)}
    first = finance.post("/frames/draft", data=sent)
    assert first.status_code == 303
    assert finance.post("/frames/draft", data=sent).headers["Location"] == first.headers["Location"]
    with looking() as work:
        education = frames.of_committee(work, site.round_id, "UN").years[0]
        assert education.frame_ore == (1_450_000 + 24_990 + 8_575 - 5_000) * TKR
    assert "Kommunfullmäktige 2026-06-15 §\u00a0214" in finance.get("/frames/UN?year=2027").text
    told = finance.get(first.headers["Location"]).text
    assert "Så ändras nämndernas ramar" in told
    compared = re.search(r'href="(/frames/compare[^"]+)"', told)
    assert compared
    assert finance.get(compared[1].replace("&amp;", "&")).status_code == 200
    assert "Utkastet har inga rader 2027" in finance.get("/frames/draft?year=2027").text
    assert "låst av beslut" in finance.get("/frames/bases").text


def test_what_was_not_previewed_is_not_decided(
    finance: FlaskClient, site: Site, looking: Opening, with_rates: None
) -> None:
    finance.post("/frames/planned", data=PLANNED)
    assert finance.post("/frames/draft", data=DECISION).status_code == 409
    seen = fingerprint(finance.get("/frames/draft").text)
    finance.post(
        "/frames/planned",
        data={**PLANNED, "rows-0-amount_ore": "1", **versions(finance.get("/frames/planned").text)},
    )
    answer = finance.post("/frames/draft", data={**DECISION, "fingerprint": seen})
    assert answer.status_code == 409
    assert "ändrats sedan du förhandsgranskade" in answer.text
    with looking() as work:
        assert decisions.of_round(work, site.round_id) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"decided_on": ""}, "decided_on"), ({"paragraph": ""}, "paragraph"), ({"title": ""}, "title")],
)
def test_a_decision_that_does_not_fit_keeps_what_was_typed(
    finance: FlaskClient, with_rates: None, changes: dict[str, str], field: str
) -> None:
    finance.post("/frames/planned", data=PLANNED)
    seen = fingerprint(finance.get("/frames/draft").text)
    answer = finance.post(
        "/frames/draft", data={**DECISION, "case_number": "KS 1", "fingerprint": seen, **changes}
    )
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'value="KS 1"' in answer.text


@pytest.mark.parametrize(
    ("address", "sent", "changes", "field"),
    [
        ("bases", BASIS, {"rows-0-committee": ""}, "committee"),
        ("bases", BASIS, {"rows-0-year": "2050"}, "year"),
        ("bases", BASIS, {"rows-0-wages_ore": "1.500"}, "wages_ore"),
        ("bases", BASIS, {"rows-0-wages_ore": "-1"}, "wages_ore"),
        ("bases", BASIS, {"rows-0-other_costs_ore": "x"}, "other_costs_ore"),
        ("bases", BASIS, {"rows-0-new_street_m2": "1,5"}, "new_street_m2"),
        ("planned", PLANNED, {"rows-0-committee": "XX"}, "committee"),
        ("planned", PLANNED, {"rows-0-year": "x"}, "year"),
        ("planned", PLANNED, {"rows-0-kind": "wages"}, "kind"),
        ("planned", PLANNED, {"rows-0-kind": "x"}, "kind"),
        ("planned", PLANNED, {"rows-0-amount_ore": "0"}, "amount_ore"),
        ("planned", PLANNED, {"rows-0-source": ""}, "source"),
        ("planned", PLANNED, {"rows-0-kind": "technical", "rows-0-group": "Flytt"}, "amount_ore"),
        ("planned", PLANNED, {"rows-0-kind": "rent"}, "earlier_decision"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(
    finance: FlaskClient, address: str, sent: dict[str, str], changes: dict[str, str], field: str
) -> None:
    answer = finance.post(f"/frames/{address}", data={**sent, **changes})
    assert answer.status_code == 422
    assert f'href="#rows-0-{field}"' in answer.text
    assert f'id="rows-0-{field}-error"' in answer.text
    assert f'id="rows-0-{field}"' in answer.text
    assert "Rad 1:" in answer.text
    assert sent["rows-0-source"] in answer.text or field == "source"


def test_budgets_of_the_year_before_are_saved_and_faults_stand_at_their_field(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    assert "Lägg in utgångsläget" in finance.get("/frames").text
    answer = finance.post("/frames/bases/budgets", data={"budget-UN": "12 x", "source-UN": "Budget 2026"})
    assert answer.status_code == 422
    assert 'id="budget-UN-error"' in answer.text
    sent = {"budget-UN": "1 450 000,5", "source-UN": "Budget 2026", "version-UN": "0"}
    assert finance.post("/frames/bases/budgets", data=sent).status_code == 303
    with looking() as work:
        assert frame_bases.base_frames(work, site.round_id)["UN"].amount_ore == 145_000_050_000
    # Somebody else's newer figure is not overwritten unseen.
    answer = finance.post("/frames/bases/budgets", data={**sent, "budget-UN": "7"})
    assert answer.status_code == 422
    assert "Någon annan har sparat" in answer.text


def test_rows_are_added_and_removed_without_scripts(finance: FlaskClient) -> None:
    more = finance.post("/frames/planned", data={**PLANNED, "add_row": "rows"}).text
    assert 'name="rows-1-amount_ore"' in more
    less = finance.post("/frames/planned", data={**PLANNED, "remove_row": "rows-0"}).text
    assert 'value="−5 000"' not in less


def test_two_who_save_are_both_told_and_neither_loses_anything(
    finance: FlaskClient, looking: Opening, site: Site
) -> None:
    finance.post("/frames/planned", data=PLANNED)
    page = finance.get("/frames/planned").text
    seen = versions(page)
    row_id = re.search(r'name="rows-0-id" value="(\d+)"', page)
    assert row_id
    mine = {**PLANNED, **seen, "rows-0-id": row_id[1]}
    assert finance.post("/frames/planned", data={**mine, "rows-0-amount_ore": "−6 000"}).status_code == 303
    answer = finance.post("/frames/planned", data={**mine, "rows-0-amount_ore": "−7 000"})
    assert answer.status_code == 409
    assert "Någon annan har sparat: UN 2027, −6\u00a0000 tkr, Effektivisering" in answer.text
    assert 'value="−7 000"' in answer.text
    again = {**mine, **versions(answer.text), "rows-0-amount_ore": "−7 000"}
    assert finance.post("/frames/planned", data=again).status_code == 303
    # Taken away here, changed there.
    answer = finance.post("/frames/planned", data=seen)
    assert answer.status_code == 409
    assert "En rad som du tog bort" in answer.text
    assert finance.post("/frames/planned", data=versions(answer.text)).status_code == 303
    with looking() as work:
        assert planned_adjustments.of_round(work, site.round_id) == []


def test_comparing_shows_who_gains_and_the_rows_behind(
    council_viewer: FlaskClient, finance: FlaskClient, with_rates: None
) -> None:
    same = council_viewer.get("/frames/compare?left=decided&right=decided").text
    assert "Ingen skillnad" in same
    finance.post("/frames/bases", data=BASIS)
    page = council_viewer.get("/frames/compare").text
    assert "+33\u00a0565" in page
    behind = council_viewer.get("/frames/compare/UN?left=decided&right=draft&year=2027").text
    for words in ("Löneöversyn 2027", "+24\u00a0990\u00a0000,00", "Visa uträkningen", "Skillnad i ramen"):
        assert words in behind, words
    assert (
        "Skillnad som följer med från 2027"
        in council_viewer.get("/frames/compare/UN?left=decided&right=draft&year=2028").text
    )
    for wrong in ("left=x", "left=run-99", "right=decision-99"):
        assert council_viewer.get(f"/frames/compare?{wrong}").status_code == 404
    assert council_viewer.get("/frames/compare/NEJ").status_code == 404


def test_a_reader_sees_the_draft_without_the_form(
    council_viewer: FlaskClient, finance: FlaskClient, with_rates: None
) -> None:
    finance.post("/frames/bases", data=BASIS)
    page = council_viewer.get("/frames/draft").text
    assert "Löneöversyn 2027" in page
    assert "Registrera fullmäktiges beslut" not in page
    assert council_viewer.get("/frames/bases").status_code == 403


def test_an_empty_draft_says_what_brings_rows(finance: FlaskClient) -> None:
    assert "Inget att besluta" in finance.get("/frames/draft").text


def test_the_page_says_why_premises_are_not_in_the_frame(
    council_viewer: FlaskClient, site: Site, writing: Opening, with_rates: None
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        parameters = replace(DEFAULTS, premises_in_price_tag=("UN",))
        found.parameter_set = rounds.add_parameters(
            work, parameters, name="Grund", valid_from=factories.START_OF_TIME
        )
    assert "Lokalerna ingår i prislappen" in council_viewer.get("/frames/UN").text


def test_changed_proposals_are_computed_anew_from_the_frames_page(
    finance: FlaskClient, site: Site, writing: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        run_id = prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id
        change_school(work)
    page = finance.get(f"/frames?run={run_id}").text
    assert "ramarna visar förslaget som det var" in page
    assert finance.post("/frames/refresh", data={"run": str(run_id)}).status_code == 303
    assert "ramarna visar förslaget som det är nu" in finance.get(f"/frames?view=run-{run_id}").text
    assert finance.post("/frames/refresh", data={"run": "x"}).status_code == 303


def test_a_delay_is_registered_from_the_decision(
    finance: FlaskClient, site: Site, writing: Opening, looking: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
        made = decisions.adopt(work, run.id, decided_on=DAY, paragraph="214", title="Budget")
        decision_id, investment_id = made.id, made.investments[0].id
        before = frames.of_round(work, found.id)
    page = finance.get(f"/decisions/{decision_id}").text
    address = f"/decisions/investments/{investment_id}/delay"
    assert address in page
    assert "Ramarna ändras" in finance.get(address).text
    sent = {
        "months": "12", "decided_on": "2026-06-20", "paragraph": "230", "title": "Senareläggning",
        "reason": "Överklagan", "key": "k",
    }  # fmt: skip
    for changes, field in (
        ({"months": "x"}, "months"),
        ({"decided_on": ""}, "decided_on"),
        ({"title": ""}, "title"),
    ):
        answer = finance.post(address, data={**sent, **changes})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
    answer = finance.post(address, data=sent)
    assert answer.status_code == 303
    told = finance.get(answer.headers["Location"]).text
    for words in ("Senareläggningar i beslutet", "Överklagan", "ramarna följer"):
        assert words in told, words
    assert "Senarelagt efter beslutet" in finance.get(f"/decisions/{decision_id}").text
    with looking() as work:
        after = frames.of_round(work, site.round_id)
    assert [[year.frame_ore for year in one.years] for one in after] != [
        [year.frame_ore for year in one.years] for one in before
    ]
    assert finance.get("/decisions/investments/999/delay").status_code == 404


def test_a_companys_own_investment_is_delayed_without_moving_any_frame(
    finance: FlaskClient, site: Site, writing: Opening, looking: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
        made = decisions.adopt(work, run.id, decided_on=DAY, paragraph="214", title="Budget")
        pipe = next(one for one in made.investments if one.snapshot["committee"] == "KVAB").id
        before = frames.to_json(found, frames.of_round(work, found.id))
    page = finance.get(f"/decisions/investments/{pipe}/delay").text
    assert "Bolaget bär investeringen själv" in page
    assert "Nämndernas ramar följer" not in page
    sent = {"months": "12", "decided_on": "2026-06-20", "paragraph": "230", "title": "Senare", "key": "k"}
    told = finance.post(f"/decisions/investments/{pipe}/delay", data=sent, follow_redirects=True).text
    assert "Senareläggningen är registrerad. Ramarna ändras inte." in told
    with looking() as work:
        found = rounds.find(work, site.round_id)
        assert frames.to_json(found, frames.of_round(work, found.id)) == before


def test_draft_and_calculation_use_the_same_fingerprint(
    finance: FlaskClient, site: Site, looking: Opening, with_rates: None
) -> None:
    finance.post("/frames/bases", data=BASIS)
    with looking() as work:
        expected = frame_calculations.draft(work, site.round_id).fingerprint
    assert fingerprint(finance.get("/frames/draft").text) == expected

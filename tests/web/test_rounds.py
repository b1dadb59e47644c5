"""Opening the next round and carrying proposals over to it, page by page and as each role."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.services import carrying_over, proposals, rounds
from investplan.services.work import Work
from tests.web.conftest import Site

Working = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def next_round(writing: Working) -> int:
    with writing() as work:
        return rounds.open_next(work, name="Budget 2028", budget_year=2028, horizon_years=10).id


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_finance_opens_the_next_round_with_what_most_would_choose_filled_in(
    finance: FlaskClient, looking: Working, site: Site
) -> None:
    page = finance.get("/rounds/new").text
    assert 'value="Budget 2028"' in page
    assert 'value="2028"' in page
    assert 'value="10"' in page
    set_id = re.search(r'<option value="(\d+)" selected', page)
    assert set_id is not None
    sent = {
        "key": _key(page),
        "name": "Budget 2028",
        "budget_year": "2028",
        "horizon_years": "10",
        "parameter_set": set_id[1],
    }
    answer, again = finance.post("/rounds/new", data=sent), finance.post("/rounds/new", data=sent)
    assert answer.status_code == 302
    assert answer.location == again.location
    with looking() as work:
        latest = rounds.latest(work)
        assert latest is not None
        assert latest.id != site.round_id
        assert answer.location == f"/rounds/{latest.id}/carry-over"


@pytest.mark.parametrize(
    ("field", "text"),
    [("budget_year", "i år"), ("budget_year", "2026"), ("horizon_years", ""), ("horizon_years", "31"), ("name", ""),
     ("name", "Budget 2027"), ("parameter_set", "999")],
)  # fmt: skip
def test_a_round_with_a_fault_is_not_opened_and_says_where(
    finance: FlaskClient, looking: Working, field: str, text: str
) -> None:
    right = {"key": "k", "name": "B", "budget_year": "2028", "horizon_years": "10", "parameter_set": "1"}
    answer = finance.post("/rounds/new", data={**right, field: text})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    with looking() as work:
        assert len(rounds.everything(work)) == 1


def test_a_planner_opens_no_round(planner: FlaskClient) -> None:
    assert planner.get("/rounds/new").status_code == 403
    assert planner.post("/rounds/new", data={}).status_code == 403
    assert "/rounds/new" not in planner.get("/rounds").text


def test_the_planner_is_told_at_the_start_and_chooses_among_the_own(
    planner: FlaskClient, next_round: int, site: Site, looking: Working
) -> None:
    address = f"/rounds/{next_round}/carry-over"
    for page in ("/", "/proposals", "/rounds"):
        assert address in planner.get(page).text
    page = planner.get(address).text
    assert "Norrskolan, ny matsal" in page
    assert "Konstgräs" not in page
    assert "2027–2029 blir 2028–2029" in page
    sent = {"key": _key(page), "proposal": [site.submitted_id]}
    answer = planner.post(address, data=sent)
    assert answer.location == f"/proposals?round={next_round}"
    assert "1 förslag följde med till Budget 2028" in planner.get(answer.location).text
    old = planner.get(f"/proposals/{site.submitted_id}").text
    assert "Följde med till Budget 2028" in old
    assert f"/proposals/{site.submitted_id}/need" not in old
    with looking() as work:
        source = proposals.find(work, site.submitted_id)
        assert source.carried_on is not None
        made = source.carried_on.to_id
    assert (
        f'Kommer från tidigare omgång: <a href="/proposals/{site.submitted_id}">Budget 2027</a>'
        in planner.get(f"/proposals/{made}").text
    )
    assert planner.get(f"/proposals/{site.submitted_id}/edit/need").status_code in (404, 409)


def test_another_committee_reads_where_it_went_but_finds_no_way_to_a_draft(
    planner: FlaskClient, other_planner: FlaskClient, next_round: int, site: Site
) -> None:
    planner.post(f"/rounds/{next_round}/carry-over", data={"key": "k", "proposal": [site.submitted_id]})
    page = other_planner.get(f"/proposals/{site.submitted_id}").text
    assert "Följde med till Budget 2028" in page
    assert "Till förslaget i Budget 2028" not in page


@pytest.mark.parametrize("chosen", [[], ["x"]])
def test_nothing_chosen_is_told(planner: FlaskClient, next_round: int, chosen: list[str]) -> None:
    answer = planner.post(f"/rounds/{next_round}/carry-over", data={"key": "k", "proposal": chosen})
    assert answer.status_code == 422
    assert "Välj minst ett förslag." in answer.text


def test_what_is_not_there_or_not_the_own_is_refused(
    planner: FlaskClient, next_round: int, site: Site
) -> None:
    address = f"/rounds/{next_round}/carry-over"
    for proposal_id, status in ((999999, 404), (site.other_draft_id, 404), (site.other_id, 403)):
        assert (
            planner.post(address, data={"key": f"k{proposal_id}", "proposal": [proposal_id]}).status_code
            == status
        )


def test_more_than_fit_on_a_page_come_when_the_first_have_followed(
    finance: FlaskClient, next_round: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying_over, "MOST_SHOWN", 3)
    page = finance.get(f"/rounds/{next_round}/carry-over").text
    assert page.count('name="proposal"') == 3
    assert "3 visas. 1 till visas när de här har följt med." in page


def test_a_viewer_carries_nothing(council_viewer: FlaskClient, next_round: int) -> None:
    assert council_viewer.get(f"/rounds/{next_round}/carry-over").status_code == 403
    assert "/carry-over" not in council_viewer.get("/").text


def test_an_empty_site_leads_the_administrator_to_the_first_round(
    administrator: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "latest", lambda _work: None)
    assert 'href="/rounds/new"' in administrator.get("/").text


@pytest.mark.parametrize(
    "address",
    ["/frames/bases", "/frames/compare", "/frames/draft", "/frames/planned", "/finances/rooms", "/scenarios/new",
     "/calendar.ics", "/proposals/export.csv"],
)  # fmt: skip
def test_a_page_of_a_round_that_nobody_has_opened_says_so_and_leads_on(
    finance: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(rounds, "latest", lambda _work: None)
    answer = finance.get(address)
    assert answer.status_code == 404
    assert "Ingen planeringsomgång ännu" in answer.text
    assert 'href="/rounds/new"' in answer.text
    assert "()" not in answer.text

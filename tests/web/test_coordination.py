"""The page of pairs: coordinated by a rule, or dismissed with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from flask.testing import FlaskClient

from investplan.services import neighbours, rounds, scenarios
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]


def fill(writing: Opening, site: Site) -> tuple[int, int]:
    """A second submitted proposal beside the one that is there, and a scenario."""
    with writing() as work:
        near = factories.alternative(place_wkt="POINT (583500 6280546)")
        made = factories.submitted_proposal(
            work, site.round_id, "KS 2026/0099", title="Ledning i Storgatan", alternatives=(near,)
        )
        return made.id, factories.scenario(work, rounds.find(work, site.round_id)).id


def test_a_round_without_pairs_says_so(finance: FlaskClient, writing: Opening, site: Site) -> None:
    with writing() as work:
        neighbours.dismiss(work, site.submitted_id, site.other_draft_id, reason="Ett exempel")
    assert "Inga förslag ligger nära varandra" in finance.get("/coordination").text


def test_a_pair_is_shown_on_both_pages_and_becomes_a_rule(
    finance: FlaskClient, writing: Opening, looking: Opening, site: Site
) -> None:
    other, scenario_id = fill(writing, site)
    page = finance.get("/coordination").text
    assert "40 m isär" in page
    assert "Kan starta samtidigt 2027–2029" in page
    assert "Ledning i Storgatan" in finance.get(f"/proposals/{site.submitted_id}").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    form = {
        "first": site.submitted_id,
        "second": other,
        "scenario": scenario_id,
        "saving": "1,5",
        "key": key[1],
    }
    for _ in range(2):
        answer = finance.post("/coordination/rules", data=form)
        assert answer.status_code == 303
    with looking() as work:
        assert [one.kind for one in scenarios.facts_of(scenarios.find(work, scenario_id)).rules] == [
            "coordinate"
        ]
    assert (
        finance.post("/coordination/rules", data={**form, "saving": "mycket", "key": ""}).status_code == 422
    )


def test_a_pair_is_dismissed_with_a_reason_and_taken_back(
    finance: FlaskClient, writing: Opening, site: Site
) -> None:
    other, _ = fill(writing, site)
    form = {"first": site.submitted_id, "second": other}
    refused = finance.post("/coordination/dismiss", data=form)
    assert refused.status_code == 422
    assert "Skriv varför" in refused.text
    assert finance.post("/coordination/dismiss", data={**form, "reason": "Var sin sida"}).status_code == 303
    page = finance.get("/coordination").text
    assert "Var sin sida" in page
    assert page.count("40 m isär") == 1
    assert finance.post("/coordination/restore", data=form).status_code == 303
    assert finance.get("/coordination").text.count("40 m isär") == 2


def test_planners_see_neighbours_but_not_the_page(planner: FlaskClient, writing: Opening, site: Site) -> None:
    fill(writing, site)
    assert planner.get("/coordination").status_code == 403
    page = planner.get(f"/proposals/{site.submitted_id}").text
    assert "Nära i tid och rum" in page
    assert "Samordna eller avfärda" not in page

"""A copy of a proposal: everything the planner has stated, under a case number of its own, made once."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from flask.testing import FlaskClient

from investplan.domain.proposals import Stage
from investplan.services import proposal_records, proposals
from investplan.services.work import Work
from tests.web.conftest import Site

Working = Callable[[], AbstractContextManager[Work]]


def test_a_copy_says_the_same_but_for_number_stage_source_and_points(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    url = f"/proposals/{site.submitted_id}/copy"
    page = planner.get(url).text
    assert "följer inte med: poäng, beslut" in page
    key = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert key is not None
    sent = {"case_number": "UN 2026/0900", "key": key[1]}
    first, again = planner.post(url, data=sent), planner.post(url, data=sent)
    assert first.location == again.location
    made_id = int(first.location.split("/")[2])
    with looking() as work:
        source, made = proposals.find(work, site.submitted_id), proposals.find(work, made_id)
        assert made.status == "draft"
        expected = replace(
            proposal_records.facts(source),
            case_number="UN 2026/0900",
            stage=Stage.NEED,
            scores={},
            source_ref=f"KS 2026/0002, {source.round.name}",
        )
        assert proposal_records.facts(made) == expected


def test_a_copy_needs_a_number_that_is_free(planner: FlaskClient, site: Site) -> None:
    url = f"/proposals/{site.submitted_id}/copy"
    for number in ("", "KS 2026/0002"):
        answer = planner.post(url, data={"case_number": number, "key": f"k{number}"})
        assert answer.status_code == 422
        assert 'id="case_number-error"' in answer.text


def test_another_committee_does_not_copy(
    planner: FlaskClient, other_planner: FlaskClient, site: Site
) -> None:
    url = f"/proposals/{site.submitted_id}/copy"
    assert other_planner.get(url).status_code == 403
    assert other_planner.post(url, data={"case_number": "X 1", "key": "k"}).status_code == 403
    assert "/copy" not in other_planner.get(f"/proposals/{site.submitted_id}").text
    assert url in planner.get(f"/proposals/{site.submitted_id}").text

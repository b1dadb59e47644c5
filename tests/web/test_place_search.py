from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.domain.secrecy import SecretPart
from investplan.services import secrecy_marks
from investplan.services.work import Work
from tests.web.conftest import Site

Writing = Callable[[], AbstractContextManager[Work]]


def found(client: FlaskClient, text: str) -> list[tuple[str, str]]:
    answer = client.get("/map/search.json", query_string={"q": text})
    assert answer.status_code == 200
    return [(hit["kind"], hit["label"]) for hit in answer.get_json()]


def test_a_proposal_is_found_by_its_title_without_regard_to_case(planner: FlaskClient) -> None:
    assert ("Förslag", "Norrskolan, ny matsal") in found(planner, "norrSKOLAN")
    hit = planner.get("/map/search.json?q=norrskolan").get_json()[0]
    assert (hit["east"], hit["north"]) == (583460, 6280546)


@pytest.mark.parametrize("text", ["", "n", " ", "%%", "__", "\\\\", "x" * 5000, "\u0000", "'; --"])
def test_what_names_nothing_finds_nothing(planner: FlaskClient, text: str) -> None:
    assert found(planner, text) == []


def test_others_drafts_and_secret_places_are_not_found(
    planner: FlaskClient, council_viewer: FlaskClient, finance: FlaskClient, site: Site, writing: Writing
) -> None:
    assert found(finance, "Bibliotek Smedby") != []
    assert found(planner, "Bibliotek Smedby") == []
    assert found(council_viewer, "Norrskolan") != []
    with writing() as work:
        secrecy_marks.save(work, site.submitted_id, {SecretPart.PLACE: "18 kap. 8 § OSL"}, seen={})
    assert found(council_viewer, "Norrskolan") == []
    assert found(planner, "Norrskolan") != []

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask.testing import FlaskClient

from investplan.services import organisations
from investplan.services.work import Work
from tests.web.conftest import Site

Looking = Callable[[], AbstractContextManager[Work]]


def test_a_new_committee_is_listed_and_can_be_let_end(administrator: FlaskClient, looking: Looking) -> None:
    form = {"code": "MN", "name": "Miljönämnden", "kind": "committee", "valid_from": "2027-01-01"}
    assert administrator.post("/administration/organisations", data=form).status_code == 302
    assert "Miljönämnden" in administrator.get("/administration/organisations").text
    with looking() as work:
        assert organisations.by_code(work)["MN"].valid_to is None


def test_bad_fields_are_told_and_what_was_typed_is_kept(administrator: FlaskClient) -> None:
    form = {"code": "UN", "name": "", "kind": "committee", "valid_from": "2027-01-01"}
    answer = administrator.post("/administration/organisations", data=form)
    assert answer.status_code == 422
    assert "Koden UN används redan." in answer.text
    assert "Namnet ska ha 1–120 tecken." in answer.text
    assert 'value="UN"' in answer.text


def test_a_date_that_is_none_is_told_at_its_field(administrator: FlaskClient) -> None:
    form = {"code": "X", "name": "X", "kind": "committee", "valid_from": "2027-02-30"}
    answer = administrator.post("/administration/organisations", data=form)
    assert answer.status_code == 422
    assert "Skriv datumet som 2027-01-31." in answer.text


def test_an_unknown_kind_is_refused(administrator: FlaskClient) -> None:
    form = {"code": "X", "name": "X", "kind": "emperor", "valid_from": "2027-02-01"}
    assert administrator.post("/administration/organisations", data=form).status_code == 422


def test_a_new_user_can_sign_in_and_an_ended_one_cannot(
    administrator: FlaskClient, visitor: FlaskClient, site: Site
) -> None:
    form = {
        "username": "ny.planerare", "display_name": "Ny planerare", "role": "planner",
        "organisation_id": str(site.organisation_ids["UN"]), "password": "ett långt lösenord",
    }  # fmt: skip
    assert administrator.post("/administration/users", data=form).status_code == 302
    credentials = {"username": "ny.planerare", "password": "ett långt lösenord"}
    assert visitor.post("/sign-in", data=credentials).status_code == 302
    assert visitor.get("/").status_code == 200
    page = administrator.get("/administration/users").text
    user_id = max(int(part.split("/")[0]) for part in page.split("/administration/users/")[1:])
    assert administrator.post(f"/administration/users/{user_id}/end").status_code == 302
    assert visitor.get("/").status_code == 302
    assert visitor.post("/sign-in", data=credentials).status_code != 302


def test_a_planner_without_organisation_and_a_short_password_are_told(administrator: FlaskClient) -> None:
    form = {
        "username": "x",
        "display_name": "X",
        "role": "planner",
        "organisation_id": "",
        "password": "kort",
    }
    answer = administrator.post("/administration/users", data=form)
    assert answer.status_code == 422
    assert "En planerare hör till en nämnd eller ett bolag." in answer.text
    assert "Lösenordet ska ha 8–128 tecken." in answer.text
    assert "kort" not in answer.text.split("</head>")[1].replace("kortkommando", "").replace(
        "Kortkommando", ""
    )


def test_the_log_shows_who_did_what(administrator: FlaskClient) -> None:
    form = {"code": "MN", "name": "Miljönämnden", "kind": "committee", "valid_from": "2027-01-01"}
    administrator.post("/administration/organisations", data=form)
    page = administrator.get("/administration/log").text
    assert "Lade till nämnd eller bolag" in page
    assert "Administrator" in page

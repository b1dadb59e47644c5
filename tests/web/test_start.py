from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from investplan.services import decisions, rounds
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import PASSWORD, ROLES, Site
from web.start.routes import safe_path

Writing = Callable[[], AbstractContextManager[Work]]


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "", None,
     "evil", "/\t/evil.example", "/ /evil", "http:/evil.example", "///evil.example"],
)  # fmt: skip
def test_only_a_path_of_this_site_is_followed(target: str | None) -> None:
    assert safe_path(target) == "/"


def test_a_path_with_a_query_is_followed() -> None:
    assert safe_path("/proposals?page=2&search=%C3%A5") == "/proposals?page=2&search=%C3%A5"


def test_a_visitor_is_sent_to_sign_in_and_then_to_the_page_asked_for(visitor: FlaskClient) -> None:
    answer = visitor.get("/proposals?page=2")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/proposals?page%3D2"
    form = {"username": "Planner", "password": PASSWORD, "next": "/proposals?page=2"}
    answer = visitor.post("/sign-in", data=form)
    assert (answer.status_code, answer.location) == (302, "/proposals?page=2")
    assert visitor.get("/").status_code == 200


def test_signing_in_never_leads_to_another_site(visitor: FlaskClient) -> None:
    form = {"username": "planner", "password": PASSWORD, "next": "//evil.example/"}
    assert visitor.post("/sign-in", data=form).location == "/"


@pytest.mark.parametrize("form", [("planner", "fel lösenord här"), ("finns inte", PASSWORD), ("", "")])
def test_a_refusal_does_not_tell_which_part_was_wrong(visitor: FlaskClient, form: tuple[str, str]) -> None:
    answer = visitor.post("/sign-in", data={"username": form[0], "password": form[1]})
    assert answer.status_code == 422
    assert "Användarnamnet eller lösenordet stämmer inte" in answer.text
    assert visitor.get("/").status_code == 302


def test_signing_in_is_tried_at_most_twenty_times_a_minute(visitor: FlaskClient, monkeypatch: Any) -> None:
    monkeypatch.setattr("investplan.services.users.sign_in", lambda *_asked: None)
    statuses = [
        visitor.post("/sign-in", data={"username": "", "password": ""}).status_code for _ in range(21)
    ]
    assert statuses == [422] * 20 + [429]


def test_forms_are_refused_without_their_token(app: Flask, visitor: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert visitor.post("/sign-in", data={"username": "planner", "password": PASSWORD}).status_code == 403


def test_signing_out_ends_the_session_in_the_database_too(
    app: Flask, planner: FlaskClient, site: Site
) -> None:
    with planner.session_transaction() as session:
        kept = dict(session)
    assert planner.post("/sign-out").location == "/sign-in"
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(kept)
    assert thief.get("/").status_code == 302


def test_the_language_is_chosen_and_kept(planner: FlaskClient) -> None:
    answer = planner.post("/language", data={"language": "en", "next": "/proposals?"})
    assert (answer.status_code, answer.location) == (302, "/proposals")
    assert '<html lang="en"' in planner.get("/").text
    assert planner.post("/language", data={"language": "xx", "next": "https://evil.example"}).location == "/"
    assert '<html lang="en"' in planner.get("/").text


def test_health_is_told_to_anyone_as_json(visitor: FlaskClient) -> None:
    answer = visitor.get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "ok"


def test_health_tells_of_a_database_that_is_gone(app: Flask, visitor: FlaskClient, monkeypatch: Any) -> None:
    def fail(_database: object) -> bool:
        raise OSError("gone")

    monkeypatch.setattr("investplan.services.databases.is_current", fail)
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")


def test_a_planner_sees_own_drafts_with_what_is_missing(planner: FlaskClient, site: Site) -> None:
    page = planner.get("/").text
    assert "Förskolan Sörgården" in page
    assert "4 uppgifter saknas" in page
    assert f"/proposals/{site.draft_id}/edit" in page
    assert "Norrskolan, ny matsal" in page
    assert "Bibliotek Smedby" not in page
    assert "Konstgräs" not in page


def test_finance_sees_what_is_asked_for_against_the_ceiling(
    finance: FlaskClient, site: Site, writing: Writing
) -> None:
    with writing() as work:
        factories.scenario(work, rounds.find(work, site.round_id), ceiling_ore=7 * factories.MNKR)
    page = finance.get("/").text
    assert "20,0" in page
    assert "−3,0" in page
    assert "Huvudscenario" in page
    assert "Inte körd" in page


def test_a_council_viewer_sees_decisions_but_no_drafts(
    council_viewer: FlaskClient, site: Site, writing: Writing
) -> None:
    with writing() as work:
        decisions.record(work, site.round_id, decided_on=work.today, paragraph="112", title="Budget 2027")
    page = council_viewer.get("/").text
    assert "112" in page
    assert "Begärd utgift" not in page
    assert "Utkast" not in page


def test_an_administrator_sees_users_and_organisations(administrator: FlaskClient) -> None:
    page = administrator.get("/").text
    assert "Till administrationen" in page
    assert f">{len(ROLES)}<" in page


@pytest.mark.parametrize("username", list(ROLES))
def test_without_a_round_the_start_page_says_so(
    sign_in_as: Callable[[str], FlaskClient], username: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("investplan.services.rounds.latest", lambda _work: None)
    client = sign_in_as(username)
    for path in ("/", "/proposals", "/map"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Ingen planeringsomgång ännu" in answer.text

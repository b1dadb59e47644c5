"""Every route: who may open it, that reading changes nothing, that forged posts are refused, and its headers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from investplan.config import Settings
from investplan.db.base import Base
from investplan.db.session import Database
from investplan.domain.organisations import ROLES_BY_ACTION, Role
from tests.web.conftest import ROLES, Site
from web import access
from web.app import CONTENT_SECURITY_POLICY, create_app, limiter

PUBLIC_ENDPOINTS = {
    "static", "start.sign_in", "start.carry_out_sign_in", "start.sign_out", "start.choose_language", "start.health",
    "statements.accessibility", "calendars.feed",
}  # fmt: skip
WRITERS_OF_OWN = {Role.PLANNER, Role.COMMITTEE_MANAGER, Role.FINANCE, Role.ADMINISTRATOR}
FINANCE = {Role.FINANCE, Role.ADMINISTRATOR}
BOARD = {Role.EXECUTIVE_BOARD, *FINANCE}
# The matrix by hand: what is not listed here fails, so that a new route must be given its readers.
READERS_BY_ACTION = {
    "see": set(Role),
    "edit proposal": WRITERS_OF_OWN,
    "submit proposal": WRITERS_OF_OWN,
    "move proposal": {*WRITERS_OF_OWN, *BOARD},
    "ask for investigation": WRITERS_OF_OWN,
    "decide investigation": BOARD,
    "follow gates": BOARD,
    "edit gates": {Role.ADMINISTRATOR},
    "score proposal": FINANCE,
    "rank proposals": {Role.PLANNER, Role.COMMITTEE_MANAGER},
    "consult": WRITERS_OF_OWN,
    "reply": WRITERS_OF_OWN,
    "comment": WRITERS_OF_OWN,
    "import proposals": FINANCE,
    "edit scenario": FINANCE,
    "edit finances": FINANCE,
    "edit frames": FINANCE,
    "run scenario": FINANCE,
    "ask about plan": {Role.PLANNER, Role.COMMITTEE_MANAGER, *BOARD},
    "decide": FINANCE,
    "edit populations": FINANCE,
    "edit places": FINANCE,
    "edit accounts": FINANCE,
    "edit templates": FINANCE,
    "edit round": FINANCE,
    "administer": {Role.ADMINISTRATOR},
}


def _address(rule: str, site: Site) -> str:
    address = rule
    for name, value in (
        ("proposal_id", site.submitted_id),
        ("step", "need"),
        ("code", "UN"),
        ("path:case_number", "x"),
    ):
        address = _fill(address, name, str(value))
    return _fill_rest(address)


def _fill(address: str, name: str, value: str) -> str:
    return re.sub(rf"<[^>]*{name}>", value, address)


def _fill_rest(address: str) -> str:
    return re.sub(r"<[^>]+>", "1", address)


def _rules(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint != "static":
            yield rule.endpoint, rule.rule


def test_every_view_says_who_it_is_for(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if access.required_action(app, rule.endpoint) is None
    ]
    assert silent == []
    public = {
        r.endpoint
        for r in app.url_map.iter_rules()
        if access.required_action(app, r.endpoint) == access.PUBLIC
    }
    assert public <= PUBLIC_ENDPOINTS


def test_the_policy_is_what_the_matrix_says() -> None:
    assert {
        action: set(roles) for action, roles in ROLES_BY_ACTION.items() if action in READERS_BY_ACTION
    } == (READERS_BY_ACTION)


@pytest.mark.parametrize("username", list(ROLES))
def test_each_role_opens_just_what_the_matrix_gives_it(
    app: Flask, site: Site, sign_in_as: Callable[[str], FlaskClient], username: str
) -> None:
    client, role = sign_in_as(username), ROLES[username][0]
    for method in ("GET", "POST"):
        for endpoint, rule in _rules(app, method):
            action = access.required_action(app, endpoint)
            if action == access.PUBLIC:
                continue
            assert action is not None
            answer = client.open(_address(rule, site), method=method)
            allowed = role in READERS_BY_ACTION[action]
            assert (answer.status_code != 403) or not allowed or _others(username, endpoint), (
                f"{method} {rule} {answer.status_code}"
            )
            if not allowed:
                assert answer.status_code == 403, f"{method} {rule} {answer.status_code}"
            assert answer.status_code < 500, f"{method} {rule} {answer.status_code}"


def _others(username: str, endpoint: str) -> bool:
    """Another committee's planner may do the action, but not on this record; `test_roles` tells own from others'."""
    mine = (
        "proposals.",
        "papers.",
        "rankings.",
        "attachments.",
        "consultations.",
        "comments.",
        "gates.",
        "secrecy.",
    )
    return username == "other_planner" and endpoint.startswith(mine)


def test_nobody_signed_in_is_sent_to_sign_in(app: Flask, site: Site, visitor: FlaskClient) -> None:
    for method in ("GET", "POST"):
        for endpoint, rule in _rules(app, method):
            if access.required_action(app, endpoint) != access.PUBLIC:
                answer = visitor.open(_address(rule, site), method=method)
                assert answer.status_code == 302, f"{method} {rule}"
                assert "/sign-in" in answer.headers["Location"]


def _state(database: Database) -> str:
    with database.engine.connect() as connection:
        content = [
            (
                table.name,
                [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table.name}" ORDER BY 1'))],
            )
            for table in Base.metadata.sorted_tables
        ]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def test_reading_any_page_changes_nothing(
    app: Flask, site: Site, site_database: Database, administrator: FlaskClient
) -> None:
    before = _state(site_database)
    for _, rule in _rules(app, "GET"):
        administrator.get(_address(rule, site))
    assert _state(site_database) == before


def test_every_post_without_a_token_is_refused(site: Site, site_database: Database, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, secret_key="for tests only"), site_database)
    limiter.reset()
    before = _state(site_database)
    for _, rule in _rules(app, "POST"):
        answer = app.test_client().post(_address(rule, site), data={"username": "finance"})
        assert answer.status_code == 403, rule
    assert _state(site_database) == before


def test_no_other_verb_does_anything(app: Flask, site: Site, administrator: FlaskClient) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        for _, rule in _rules(app, "GET"):
            assert administrator.open(_address(rule, site), method=method).status_code in (404, 405)


def test_every_answer_carries_the_security_headers(
    app: Flask, site: Site, administrator: FlaskClient
) -> None:
    for _, rule in _rules(app, "GET"):
        answer = administrator.get(_address(rule, site))
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, rule
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        if answer.content_type.startswith(("text/", "application/json")):
            assert (
                "charset=utf-8" in answer.content_type.lower() or answer.content_type == "application/json"
            ), rule


def test_behind_tls_the_cookie_is_host_bound_and_transport_is_strict(
    site: Site, site_database: Database, tmp_path: Path
) -> None:
    app = create_app(Settings(data_dir=tmp_path, secret_key="for tests only", https=True), site_database)
    answer = app.test_client().get("/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_an_ended_right_ends_open_sessions_at_once(
    site: Site, planner: FlaskClient, administrator: FlaskClient
) -> None:
    assert planner.get("/").status_code == 200
    user_id = site.actors["planner"].user_id
    assert administrator.post(f"/administration/users/{user_id}/end").status_code == 302
    assert planner.get("/").status_code == 302


def test_signing_out_ends_the_session_also_for_a_copied_cookie(
    planner: FlaskClient, site: Site, app: Flask
) -> None:
    assert planner.post("/sign-out").status_code == 302
    copied = app.test_client()
    with copied.session_transaction() as session:
        session["token"], session["seen"] = site.tokens["planner"], 4_000_000_000
    assert copied.get("/").status_code == 302


def test_a_part_of_a_page_asked_for_after_the_session_ended_is_401_not_a_sign_in_page(
    visitor: FlaskClient,
) -> None:
    assert visitor.get("/runs/1/progress", headers={"HX-Request": "true"}).status_code == 401


def test_a_page_that_does_not_exist_says_so_in_the_readers_language(planner: FlaskClient) -> None:
    answer = planner.get("/no-such-page")
    assert answer.status_code == 404
    assert 'lang="sv"' in answer.text

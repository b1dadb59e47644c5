"""Role × route × own or another organisation's record: what each may do, as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from investplan.domain.gates import DEFAULT_TABLE, MoveKind, may_make
from investplan.domain.organisations import OF_ORGANISATION, OWN_ONLY, ROLES_BY_ACTION, may
from investplan.services import gate_tables, proposals
from tests.web.conftest import ROLES, Site
from web import access

SignIn = Callable[[str], FlaskClient]
PEOPLE = ("planner", "manager", "executive_board", "finance", "council_viewer", "administrator")


HOLDS_HISTORY = {"/proposals/{id}/papers/case.zip"}
"""What tells who has done what: not for those of another organisation."""


READ_FIRST = ("POST", "/proposals/{id}/files")
"""Where a form that lacks its file is told so before the question of who may; `test_attachments` asks it."""


def _sent(method: str) -> dict[str, int] | None:
    """What makes a form come as far as to the question of who may: a version that nobody has seen."""
    return {"version": 999} if method == "POST" else None


CODES = [gate.code for gate in DEFAULT_TABLE.gates]


def _of_a_proposal(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, address and action of every route of one proposal, but those of moves, which have a table of their own."""
    for rule in app.url_map.iter_rules():
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            if "proposal_id>" in rule.rule and "<code>" not in rule.rule:
                address = re.sub(r"<[^>]*proposal_id>", "{id}", rule.rule).replace("<step>", "need")
                action = access.required_action(app, rule.endpoint)
                assert action is not None
                yield method, re.sub(r"<[^>]+>", "1", address), action


@pytest.mark.parametrize("username", PEOPLE)
def test_every_route_of_a_proposal_opens_for_own_and_others_just_as_the_policy_says(
    app: Flask, site: Site, sign_in_as: SignIn, username: str
) -> None:
    client, role = sign_in_as(username), ROLES[username][0]
    routes, bound = list(_of_a_proposal(app)), role in OF_ORGANISATION
    assert len(routes) >= 10
    for own, proposal_id in ((True, site.submitted_id), (False, site.other_id)):
        for method, address, action in routes:
            answer = client.open(address.format(id=proposal_id), method=method, data=_sent(method))
            if (method, address) == READ_FIRST and not own and bound:
                assert answer.status_code == 422, username
                continue
            hidden = not own and bound and address in HOLDS_HISTORY
            expected = may(role, action, own=own) and not hidden
            told = f"{username} {method} {address} own={own}: {answer.status_code}"
            # A part of the proposal that is not there may be told as missing to those who may not touch it either.
            refused = (403,) if expected else (403, 404)
            assert (answer.status_code not in refused) == expected, told
            assert answer.status_code < 500, told


OWN, OTHER = "own", "other"
# By hand, so that a change of the policy is seen here: who may do what is sensitive. ✓ may, · may not.
#                                          planner  manager  board  finance  council  administrator
SENSITIVE = """
proposals.edit              own            ✓        ✓        ·      ✓        ·        ✓
proposals.edit              other          ·        ·        ·      ✓        ·        ✓
proposals.submit            own            ✓        ✓        ·      ✓        ·        ✓
proposals.submit            other          ·        ·        ·      ✓        ·        ✓
proposals.score             own            ·        ·        ·      ✓        ·        ✓
gates.ready                 other          ·        ·        ·      ✓        ·        ✓
gates.carry_out_ask         own            ✓        ✓        ·      ✓        ·        ✓
gates.carry_out_ask         other          ·        ·        ·      ✓        ·        ✓
gates.carry_out_decide      own            ·        ·        ✓      ✓        ·        ✓
gates.save                  own            ·        ·        ·      ·        ·        ✓
gates.money                 own            ·        ·        ✓      ✓        ·        ✓
gates.cancelled             own            ·        ·        ✓      ✓        ·        ✓
decisions.create            own            ·        ·        ·      ✓        ·        ✓
frames.save_planned         own            ·        ·        ·      ✓        ·        ✓
scenarios.create            own            ·        ·        ·      ✓        ·        ✓
imports.take             own            ·        ·        ·      ✓        ·        ✓
administration.add_user     own            ·        ·        ·      ·        ·        ✓
"""
# Moves through the gates as they are shipped, on a proposal of the own committee and of another.
MOVES = """
needs_analysis              own            ✓        ✓        ·      ✓        ·        ✓
needs_analysis              other          ·        ·        ·      ✓        ·        ✓
pre_study                   own            ·        ·        ✓      ✓        ·        ✓
design                      own            ·        ·        ✓      ✓        ·        ✓
implementation_decision     own            ·        ·        ·      ✓        ·        ✓
starting_permit             own            ·        ·        ✓      ✓        ·        ✓
implementation              own            ✓        ✓        ·      ✓        ·        ✓
implementation              other          ·        ·        ·      ✓        ·        ✓
commissioning               own            ✓        ✓        ·      ✓        ·        ✓
final_account               own            ·        ·        ·      ✓        ·        ✓
ex_post                     own            ✓        ✓        ·      ✓        ·        ✓
back                        own            ·        ·        ·      ✓        ·        ✓
postpone                    own            ·        ·        ✓      ✓        ·        ✓
rest                        own            ✓        ✓        ·      ✓        ·        ✓
rest                        other          ·        ·        ·      ✓        ·        ✓
resume                      own            ✓        ✓        ·      ✓        ·        ✓
reject                      own            ·        ·        ✓      ✓        ·        ✓
cancel                      own            ✓        ✓        ✓      ✓        ·        ✓
cancel                      other          ·        ·        ✓      ✓        ·        ✓
"""


def _rows(table: str) -> list[tuple[str, bool, dict[str, bool]]]:
    found = []
    for line in table.strip().splitlines():
        name, whose, *marks = line.split()
        found.append((name, whose == OWN, dict(zip(PEOPLE, (mark == "✓" for mark in marks), strict=True))))
    return found


def test_what_is_sensitive_is_allowed_just_as_the_table_by_hand_says(
    app: Flask, site: Site, sign_in_as: SignIn
) -> None:
    clients = {username: sign_in_as(username) for username in PEOPLE}
    for endpoint, own, expected in _rows(SENSITIVE):
        action = access.required_action(app, endpoint)
        assert action is not None, endpoint
        rule = next(one for one in app.url_map.iter_rules() if one.endpoint == endpoint)
        method = "POST" if "POST" in (rule.methods or set()) else "GET"
        proposal_id = site.submitted_id if own else site.other_id
        address = re.sub(r"<[^>]*proposal_id>", str(proposal_id), rule.rule)
        address = re.sub(r"<[^>]+>", "1", address.replace("<step>", "need"))
        for username, client in clients.items():
            assert may(ROLES[username][0], action, own=own) == expected[username], (endpoint, own, username)
            answer = client.open(address, method=method, data=_sent(method))
            assert (answer.status_code != 403) == expected[username], (endpoint, own, username, answer.status)


def test_the_shipped_gates_give_their_moves_to_just_those_whom_the_table_by_hand_names() -> None:
    rows = _rows(MOVES)
    assert {name for name, _, _ in rows} == set(CODES)
    for code, own, expected in rows:
        gate = DEFAULT_TABLE.with_code(code)
        assert gate is not None
        told = {username: may_make(gate, ROLES[username][0], own=own) for username in PEOPLE}
        assert told == expected, (code, own)


@pytest.mark.parametrize("username", PEOPLE)
def test_a_move_opens_for_just_those_whom_its_gate_names(
    site: Site, sign_in_as: SignIn, username: str
) -> None:
    client, role = sign_in_as(username), ROLES[username][0]
    for own, proposal_id in ((True, site.submitted_id), (False, site.other_id)):
        for code in ("starting_permit", "rest", "postpone", "reject", "cancel", "back"):
            gate = DEFAULT_TABLE.with_code(code)
            assert gate is not None
            for method in ("GET", "POST"):
                path = f"/gates/proposals/{proposal_id}/moves/{code}"
                answer = client.open(path, method=method, data=_sent(method))
                assert (answer.status_code != 403) == may_make(gate, role, own=own), (method, path, username)


@pytest.mark.parametrize("username", ["planner", "manager", "executive_board", "council_viewer"])
def test_others_drafts_are_not_there_for_those_who_may_not_see_them(
    site: Site, sign_in_as: SignIn, username: str, writing: Callable[[], object]
) -> None:
    client = sign_in_as(username)
    # The draft has come past its first gate, so the board is to decide about it.
    expected = 200 if username == "executive_board" else 404
    assert client.get(f"/proposals/{site.other_draft_id}").status_code == expected


def test_whoever_works_for_one_organisation_does_everything_that_is_own_only_on_its_own_alone() -> None:
    for role in OF_ORGANISATION:
        written = {action for action, roles in ROLES_BY_ACTION.items() if role in roles} - {"see", "comment"}
        assert written == OWN_ONLY[role]


def test_where_the_manager_submits_a_planner_makes_ready_and_the_manager_submits(
    site: Site, planner: FlaskClient, manager: FlaskClient, writing: Callable[..., object]
) -> None:
    with writing() as work:  # type: ignore[attr-defined]
        gate_tables.save(
            work, replace(DEFAULT_TABLE, planner_submits=False), reason="Nämnden lämnar in.", seen_version=0
        )
        proposals.withdraw(work, site.submitted_id, seen_version=2)
    path = f"/proposals/{site.submitted_id}"
    assert "Klart för nämnden" in planner.get(f"{path}/edit/review").text
    assert planner.post(f"{path}/submit", data={"version": 3}).status_code == 403
    assert planner.post(f"/gates{path}/ready", data={"version": 3}).status_code == 303
    assert "Planeraren är klar" in manager.get(path).text
    assert "Lämna in förslaget" in manager.get(f"{path}/edit/review").text
    assert manager.post(f"{path}/submit", data={"version": 4}).status_code == 302


def test_every_kind_of_move_is_in_the_shipped_table() -> None:
    assert {gate.kind for gate in DEFAULT_TABLE.gates} == set(MoveKind)

"""Every page of the site, full, empty and with faults, at 360 and 1280 px: nothing for axe to find, nothing too wide.

The addresses come from the application's own rules and the forms from the pages, so that a new one is looked at or the
count fails. By default one page of each rule is looked at as one reader, and every third form is sent, chosen by name;
`make prove-pages` looks at all there is as every role, follows the links with questions in them, and sends every form in
up to three ways. It tells how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import abort
from playwright.sync_api import Browser

from investplan.domain.organisations import ROLES_BY_ACTION, Role
from investplan.services import users
from investplan.services.scenarios import RULE_KINDS
from investplan.services.work import begin
from tests.browser.every_page import (
    WHOLE,
    Form,
    Looker,
    addresses,
    chance,
    endpoint_of,
    get_rules,
)
from tests.browser.full_site import (
    CLOSED_KEY,
    FINANCE,
    MANAGER,
    OTHER_PLANNER,
    PLANNER,
    LookedAt,
    fill_everything,
    fill_nothing,
    fill_round_without_proposals,
    served,
)
from web import access, errors

pytestmark = pytest.mark.browser
ADMINISTRATOR, BOARD, VIEWER, NOBODY = "admin", "ks", "fullmaktige", ""
ROLES = {
    FINANCE: Role.FINANCE, PLANNER: Role.PLANNER, ADMINISTRATOR: Role.ADMINISTRATOR, BOARD: Role.EXECUTIVE_BOARD,
    MANAGER: Role.COMMITTEE_MANAGER, OTHER_PLANNER: Role.PLANNER, VIEWER: Role.COUNCIL_VIEWER,
}  # fmt: skip
READERS = (*ROLES, NOBODY)
LEAD_ELSEWHERE = {
    "administration.index": "leads to the organisations",
    "attachments.fetch": "gives a file",
    "finances.add_year": "leads to the year's figures",
    "proposals.begin": "leads to the step that lacks something",
    "proposals.open_draft": "leads to the step with the text",
}
"""Rules that answer GET, but never with a page of their own."""
BY_SCRIPT, NEEDS_MORE = (
    "is sent by a script and answers it",
    "stands in no page that is looked at by default, or in none before something else is done",
)
SENT_ELSEWHERE = {
    "start.sign_out": "ends the session that looks",
    "start.choose_language": "has no fault to make",
    "start.put_back": "stands in the page of kept text, see there",
    "proposals.keep_draft": BY_SCRIPT,
    "proposals.keep_new_draft": BY_SCRIPT,
    "proposals.pasted": BY_SCRIPT,
    "proposals.preview": BY_SCRIPT,
    "calendars.end_feed": NEEDS_MORE,
    "comments.delete": NEEDS_MORE,
    "coordination.restore": NEEDS_MORE,
    "comments.mark_read": NEEDS_MORE,
    "finances.seed": NEEDS_MORE,
    "gates.carry_out_decide": NEEDS_MORE,
    "parameters.choose": NEEDS_MORE,
    "proposals.submit": NEEDS_MORE,
    "runs.cancel": NEEDS_MORE,
    "runs.create": NEEDS_MORE,
    "frames.refresh": NEEDS_MORE,
    "gates.ready": NEEDS_MORE,
    "parameters.create": NEEDS_MORE,
    "proposals.discard_draft": NEEDS_MORE,
    "proposals.withdraw": NEEDS_MORE,
    "studies.cancel": NEEDS_MORE,
}
"""Rules that take a form which is not sent here."""
QUERIES = {"decisions.new": ["run=2"], "scenarios.new_rule": [f"kind={kind}" for kind in RULE_KINDS]}
"""What an address needs after its question mark to be a page."""
Shape = tuple[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def full(demonstrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LookedAt]:
    with served(demonstrated_template, tmp_path_factory.mktemp("full"), fill_everything) as site:
        yield site


@pytest.fixture(scope="module")
def looked(browser: Browser, full: LookedAt) -> Iterator[Looker]:
    """Every page of the full site, looked at."""
    looker = Looker(browser, full, "full")
    _visit(looker, READERS)
    if WHOLE:
        _follow_links(looker)
    looker.rest()
    yield looker
    looker.close()


def _visit(looker: Looker, usernames: tuple[str, ...], *, any_answer: bool = False) -> None:
    """Every address of every rule as each of those who may open it; without WHOLE the first of each rule that is a page."""
    for rule in get_rules(looker.site):
        asked = (
            (username, f"{address}?{query}".rstrip("?"))
            for address in addresses(looker.site, rule)
            for query in QUERIES.get(rule.endpoint, [""])
            for username in _allowed(looker.site, rule.endpoint, usernames)
        )
        for username, address in asked:
            if _look_at(looker, username, address, rule.endpoint, any_answer) and not WHOLE:
                break


def _allowed(site: LookedAt, endpoint: str, usernames: tuple[str, ...]) -> list[str]:
    """Those whose role opens it; nobody where it is for everyone."""
    action = access.required_action(site.app, endpoint)
    if action == access.PUBLIC:
        return [*usernames[:1], NOBODY]
    return [one for one in usernames if one and ROLES[one] in ROLES_BY_ACTION[str(action)]]


def _look_at(looker: Looker, username: str, address: str, endpoint: str, any_answer: bool = False) -> bool:
    """Whether the page of that endpoint stands there."""
    answer = looker.open(username, address)
    if answer is None or endpoint_of(looker.site, answer.url) != endpoint:
        return False
    if answer.status >= 400 and (answer.status == 403 or not any_answer):
        return False
    looker.look(username, address, endpoint, answer.status)
    if answer.status < 400:
        looker.note_forms(username)
    return True


def _follow_links(looker: Looker) -> None:
    """The pages with something after the question mark that links lead to: one of each shape."""
    seen: set[Shape] = set()
    for username, link in looker.links:
        parts, endpoint = urlsplit(link), endpoint_of(looker.site, link)
        shape = (endpoint, tuple(sorted(name for name, _value in parse_qsl(parts.query))))
        if parts.query and endpoint in looker.seen and shape not in seen and link.startswith(looker.site.url):
            seen.add(shape)
            _look_at(looker, username, link, endpoint)


def _dead_links(looker: Looker) -> list[str]:
    """Links that lead to a page which says that it is not there."""
    links = {(name, one.partition("#")[0]) for name, one in looker.links if one.startswith(looker.site.url)}
    return [
        f"{name} {link}"
        for name, link in sorted(links)
        if name and looker.site.client(name).get(link.removeprefix(looker.site.url)).status_code >= 400
    ]


def _tell(looker: Looker, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{looker.told()}")


def test_every_page_of_the_full_site(looked: Looker, capsys: pytest.CaptureFixture[str]) -> None:
    _tell(looked, capsys)
    rules = {one.endpoint for one in get_rules(looked.site)}
    assert rules - looked.seen == set(LEAD_ELSEWHERE)
    assert sum(looked.statuses.values()) >= len(rules) - len(LEAD_ELSEWHERE)
    assert not looked.findings, "\n".join(looked.findings)


@pytest.mark.parametrize("fill", [fill_nothing, *([fill_round_without_proposals] if WHOLE else [])])
def test_every_page_of_a_site_with_nothing_in_it(
    browser: Browser,
    migrated_template: Path,
    tmp_path: Path,
    fill: Callable[[LookedAt], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with served(migrated_template, tmp_path, fill) as site:
        looker = Looker(browser, site, fill.__name__.removeprefix("fill_"))
        _visit(looker, tuple(one for one in READERS if one in site.tokens or one == NOBODY), any_answer=True)
        looker.close()
        _tell(looker, capsys)
        rules = {one.endpoint for one in get_rules(site) if not one.arguments}
        assert rules - looker.seen <= set(LEAD_ELSEWHERE)
        assert not looker.findings, "\n".join(looker.findings)
        assert _dead_links(looker) == []


def test_every_form_sent_with_faults(
    browser: Browser, looked: Looker, capsys: pytest.CaptureFixture[str]
) -> None:
    looker = Looker(browser, looked.site, "faults")
    refused_nothing: set[str] = set()
    for key, form in sorted(looked.forms.items()):
        if SENT_ELSEWHERE.get(form.endpoint, NEEDS_MORE) != NEEDS_MORE:
            continue
        for how in _ways(key, form):
            status = looker.send(form, how)
            if status >= 400:
                looker.look(
                    form.username, f"{urlsplit(form.address).path} {key} {how}", form.endpoint, status
                )
            else:
                refused_nothing.add(form.endpoint)
                looker.rest()
                looked.site.put_back()
    looker.close()
    _tell(looker, capsys)
    posts = {one.endpoint for one in looked.site.app.url_map.iter_rules() if "POST" in (one.methods or ())}
    found = {form.endpoint for form in looked.forms.values()}
    assert posts - found <= set(SENT_ELSEWHERE)
    assert not WHOLE or looker.seen | refused_nothing >= found - set(SENT_ELSEWHERE)
    assert not looker.findings, "\n".join(looker.findings)


def _ways(key: str, form: Form) -> list[str]:
    """How the form is spoiled."""
    if WHOLE:
        return ["rubbish", "empty", *(["stale"] if form.versioned else [])]
    return [("stale" if form.versioned and chance(key, 2) else "rubbish")] if chance(key, 3) == 0 else []


def test_every_page_that_says_what_is_wrong(
    browser: Browser, full: LookedAt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looker = Looker(browser, full, "errors")
    for status in sorted(errors.PAGES):

        def fail(status: int = status, **_parts: Any) -> Any:
            abort(status)

        fail.required_action = "public"  # type: ignore[attr-defined]
        monkeypatch.setitem(full.app.view_functions, "statements.accessibility", fail)
        for username in (PLANNER, NOBODY):
            answer = looker.open(username, "/accessibility")
            assert answer is not None
            assert answer.status == status
            looker.look(username, f"/{status} {username}", "", status)
    looker.close()
    _tell(looker, capsys)
    assert set(looker.statuses) == errors.PAGES
    assert not looker.findings, "\n".join(looker.findings)


def test_text_in_a_proposal_that_was_cancelled_meanwhile(
    browser: Browser, full: LookedAt, capsys: pytest.CaptureFixture[str]
) -> None:
    looker = Looker(browser, full, "closed")
    answer = looker.open(PLANNER, f"/proposals/drafts/{CLOSED_KEY}")
    assert answer is not None
    assert "kan inte sparas" in answer.text()
    looker.look(PLANNER, "closed", "proposals.edit", answer.status)
    looker.close()
    _tell(looker, capsys)
    assert not looker.findings, "\n".join(looker.findings)


def test_text_that_was_sent_when_the_session_had_ended(
    browser: Browser, looked: Looker, capsys: pytest.CaptureFixture[str]
) -> None:
    looker = Looker(browser, looked.site, "kept text")
    form = next(one for one in looked.forms.values() if one.endpoint == "proposals.edit")
    page = looker.page(form.username)
    page.goto(form.address)
    with begin(looked.site.database) as work:
        users.sign_out(work, looked.site.tokens[form.username])
    for status, endpoint in ((401, "start.sign_in"), (403, "start.put_back")):
        with page.expect_navigation() as going:
            page.evaluate(
                "(place) => HTMLFormElement.prototype.submit.call(document.forms[place])", form.place
            )
        assert going.value.status == status
        looker.look(form.username, "kept", endpoint, status)
        # Signed in again, with a form whose token belonged to the session before.
        looked.site.put_back()
        page.goto(form.address)
        page.evaluate(
            "() => document.getElementsByName('csrf_token').forEach((one) => { one.value = 'old'; })"
        )
    looker.close()
    _tell(looker, capsys)
    assert not looker.findings, "\n".join(looker.findings)

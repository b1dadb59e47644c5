"""Forms with rows: without scripts, Enter in a field must press the form's own button, never a row's "Ta bort"."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from pathlib import Path

from flask.testing import FlaskClient

from investplan.services import rounds
from investplan.services.scenarios import RULE_KINDS
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import Site
from web.proposals.steps import Step

TEMPLATES = Path(__file__).parents[2] / "web"
OF_ROWS = {"add_row", "remove_row"}


class Forms(HTMLParser):
    """The names of each form's submit buttons, in order; what stands in a template is no button yet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self._asleep = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._asleep += tag == "template"
        if tag == "form":
            self.found.append([])
        elif tag == "button" and self.found and not self._asleep and told.get("type", "submit") == "submit":
            self.found[-1].append(told.get("name") or "")

    def handle_endtag(self, tag: str) -> None:
        self._asleep -= tag == "template"


def test_enter_in_a_form_with_rows_presses_the_forms_own_button(
    finance: FlaskClient, site: Site, writing: Callable[[], AbstractContextManager[Work]]
) -> None:
    with writing() as work:
        factories.scenario(work, rounds.find(work, site.round_id))
    steps = [f"/proposals/{site.draft_id}/edit/{step}" for step in Step if step is not Step.REVIEW]
    rules = [f"/scenarios/1/rules/new?kind={kind}" for kind in RULE_KINDS]
    pages = ["/frames/bases", "/frames/planned", "/parameters/new", "/scenarios/new", "/scenarios/1/edit"]
    with_rows = 0
    for address in (*pages, *rules, *steps):
        answer = finance.get(address)
        assert answer.status_code == 200, address
        for buttons in Forms(answer.text).found:
            with_rows += bool(OF_ROWS & set(buttons))
            assert not OF_ROWS & set(buttons[:1]), (address, buttons)
    assert with_rows >= len(pages) + 1 + 3


def test_no_form_with_rows_has_been_forgotten_here() -> None:
    used = {
        path.name
        for path in TEMPLATES.rglob("*.html")
        if "row_group(" in path.read_text(encoding="utf-8")
        or '"remove_row"' in path.read_text(encoding="utf-8")
    }
    assert used == {
        "forms.html", "bases.html", "planned.html", "fields.html", "edit.html", "rule.html", "alternatives.html",
        "outlays.html", "consequences.html", "basis.html", "reply.html",
    }  # fmt: skip

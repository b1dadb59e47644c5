"""A committee ranks what it has submitted, by keyboard alone; finance sees where it differs from the points."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from investplan.services import proposals
from investplan.services.work import begin
from tests import factories
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_a_committee_ranks_by_keyboard_and_finance_sees_the_difference(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    with begin(live.database) as work:
        for number, title in enumerate(("Förskolan Linden, ny avdelning", "Södra skolan, nytt tak"), start=1):
            facts = factories.facts(case_number=f"UN 2026/09{number}", title=title)
            made = proposals.create(work, live.site.round_id, facts)
            proposals.submit(work, made.id, seen_version=made.version)
            proposals.score(work, made.id, {"behov": 5 - number, "risk": 3}, seen_version=made.version)
    page = browsing.open("planner", width=width)
    page.goto(f"/rankings/{live.site.organisation_ids['UN']}")
    assert_accessible(page)
    page.get_by_role("link", name="Rangordna").click()
    assert_accessible(page)
    place = page.get_by_label("Plats för Södra skolan, nytt tak")
    place.focus()
    page.keyboard.type("ett")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("skriv platsen som ett heltal")
    assert_accessible(page)
    keep_picture(page, f"ranking-fault-{width}")
    page.get_by_label("Plats för Södra skolan, nytt tak").fill("1")
    page.get_by_label("Plats för Förskolan Linden, ny avdelning").fill("2")
    page.get_by_label("Motiv för Södra skolan, nytt tak").fill("Taket läcker sedan i våras.")
    page.get_by_role("button", name="Flytta ner Södra skolan, nytt tak").press("Enter")
    expect(page.get_by_text("Ordningen är inte sparad än")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Flytta upp Södra skolan, nytt tak").press("Enter")
    expect(page.get_by_label("Plats för Södra skolan, nytt tak")).to_have_value("1")
    keep_picture(page, f"ranking-edit-{width}")
    page.get_by_label("Plats för Södra skolan, nytt tak").press("Enter")
    expect(page.get_by_text("Nämndens ordning är sparad.")).to_be_visible()
    expect(page.get_by_text("Taket läcker sedan i våras.")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"ranking-{width}")
    page = browsing.open("finance", width=width)
    page.goto("/rankings")
    expect(page.get_by_text("nämnden 1, centralt 3")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"rankings-{width}")

"""A council viewer: the map, the plan, why something is out, and the frames; nothing to press that changes anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from investplan.services import rounds
from investplan.services.work import begin
from tests import prepared_plans
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.fixture
def run_id(live: LiveSite) -> int:
    with begin(live.database) as work:
        found = rounds.find(work, live.site.round_id)
        prepared_plans.fill(work, found)
        return prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_map_to_the_reasons_and_the_frames(browsing: Browsing, run_id: int, width: int) -> None:
    page = browsing.open("council_viewer", width=width)
    page.goto("/map")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(page)

    page.goto("/scenarios")
    page.get_by_role("link", name="Huvudscenario").click()
    expect(page.get_by_role("button", name="Kör", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Ändra scenariot")).to_have_count(0)
    page.get_by_role("link", name=f"Körning {run_id}").first.click()
    page.get_by_role("link", name="Visa planen").click()
    expect(page.get_by_role("link", name="Registrera beslut")).to_have_count(0)
    expect(page.get_by_text("Scenario – inte beslutat").first).to_be_visible()
    assert_accessible(page)

    page.get_by_role("navigation", name="Planens delar").get_by_role("link", name="Inte med").click()
    page.get_by_role("link", name="Badhuset").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Varför kom Badhuset inte med?")
    expect(page.get_by_text("Investeringstak 2027").first).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"why-{width}")

    page.goto("/frames")
    expect(page.get_by_text("Scenario – inte beslutat")).to_have_count(0)
    page.get_by_label("Visa", exact=True).select_option(f"run-{run_id}")
    expect(page.get_by_text("de verkliga ramarna ändras först av ett beslut.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Utbildningsnämnden", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Utbildningsnämnden")
    page.get_by_role("navigation", name="År").get_by_role("link", name="2028").click()
    page.get_by_text("Visa uträkningen").first.click()
    expect(page.get_by_text("Ändring: ").first).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"council-frame-{width}")

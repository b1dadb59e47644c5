"""A planner finds a place by name, by keyboard, and the map goes there; nothing is typed into the form for them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_a_place_is_found_by_name_and_the_map_goes_there(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    page = browsing.open("planner", width=width)
    page.goto(f"/proposals/{live.site.submitted_id}/edit/place")
    page.locator("[data-map-draw][data-ready]").wait_for()
    north = page.get_by_label("N (norr)").input_value()
    search = page.get_by_label("Sök en plats")
    search.focus()
    page.keyboard.type("finns ingenstans")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Inget med det namnet.")).to_be_visible()
    search.fill("konstgräs")
    found = page.get_by_role("button", name="Konstgräs Fjölebro")
    expect(found).to_be_visible()
    assert_accessible(page)
    found.press("Enter")
    expect(page.locator("#say")).to_have_text("Kartan visar Konstgräs Fjölebro.")
    centre = page.evaluate("document.querySelector('[data-map-draw]').investplanMap.getView().getCenter()")
    hit = page.request.get("/map/search.json?q=konstgräs").json()[0]
    assert [round(metres) for metres in centre] == [hit["east"], hit["north"]]
    assert page.get_by_label("N (norr)").input_value() == north
    keep_picture(page, f"place-search-{width}")

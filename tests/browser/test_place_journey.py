"""A layer from file to proposal: sent, mended with a yes, seen on the map and on the proposal's page; pairs and need."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from investplan.services.work import begin
from tests.browser.conftest import WIDTHS, Browsing, assert_accessible, keep_picture
from tests.integration.test_needs import FILE, forecast, profile
from tests.integration.test_needs import take as take_premises
from tests.web.test_layers import AROUND, BOWTIE, geojson

pytestmark = pytest.mark.browser


def checks(page: Page, name: str) -> None:
    keep_picture(page, name)
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_layer_is_mended_with_a_yes_and_tells_of_a_conflict(
    browsing: Browsing, tmp_path: Path, width: int
) -> None:
    with begin(browsing.live.database) as work:
        forecast(work)
        profile(work)
        take_premises(work, FILE)
    page = browsing.open("finance", width=width)
    page.set_default_timeout(40_000)  # a file is read in a process of its own, three times
    page.goto("/map/layers")
    checks(page, f"layers-empty-{width}")
    path = tmp_path / "reservat.geojson"
    path.write_bytes(geojson(AROUND, BOWTIE))
    assert json.loads(path.read_text())
    page.set_input_files("input[name=file]", path)
    page.fill("input[name=name]", "Naturreservat")
    page.fill("input[name=source_date]", "2026-03-01")
    page.click("text=Granska filen")
    page.wait_for_selector(".map[data-ready]")
    checks(page, f"layers-review-{width}")
    page.click("text=Spara lagret")
    page.wait_for_selector("text=Godkänn ändringarna")
    checks(page, f"layers-error-{width}")
    page.check("input[name=accepted]")
    page.click("text=Spara lagret")
    page.wait_for_selector(".map[data-ready]")
    checks(page, f"layers-show-{width}")
    page.goto(f"/proposals/{browsing.live.site.submitted_id}")
    assert page.locator("#place-facts").get_by_text("Krock", exact=True).count()
    page.wait_for_selector(".map[data-ready]")
    checks(page, f"layers-proposal-{width}")
    page.goto("/map")
    page.wait_for_selector(".map[data-ready]")
    page.get_by_label("Naturreservat").check()
    checks(page, f"layers-map-{width}")
    page.goto("/coordination")
    checks(page, f"coordination-{width}")
    page.goto("/needs?use=school&area=Norra")
    page.wait_for_selector(".chart svg, .chart canvas")
    checks(page, f"needs-{width}")
    page.goto("/needs/premises")
    checks(page, f"needs-premises-{width}")

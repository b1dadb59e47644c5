"""Finance reads in a population forecast: a fault first, then the file; the council looks at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from investplan.services import populations
from investplan.services.demonstration_data import population
from investplan.services.work import begin
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_a_forecast_is_read_in_and_looked_at(
    browsing: Browsing, live: LiveSite, tmp_path: Path, width: int
) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/populations")
    expect(page.get_by_text("Ingen befolkningsprognos än")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"populations-empty-{width}")
    path = tmp_path / "prognos.csv"
    path.write_text("ålder;2026;2027\n0;700;sju\n", encoding="cp1252")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_label("Vilken prognos").fill("2026-05")
    page.get_by_role("button", name="Läs in").click()
    expect(page.get_by_text("”sju” är inte ett antal invånare.")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"populations-fault-{width}")

    with begin(live.database) as work:
        for scenario in population.STEPS:
            populations.add(
                work,
                vintage="2026-04",
                scenario=scenario,
                series=population.forecast(scenario),
                source="Fiktiv prognos",
            )
    path.write_text("ålder;2026;2027\n0;700;701\n", encoding="cp1252")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Läs in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026-05, Bas")
    page.locator("[data-chart] svg").first.wait_for()
    assert_accessible(page)
    page.goto("/populations")
    assert_accessible(page)
    keep_picture(page, f"populations-{width}")

    page = browsing.open("council_viewer", width=width)
    page.goto("/populations")
    page.get_by_role("link", name="2026-04, Bas").click()
    page.get_by_role("navigation", name="Scenario").get_by_role("link", name="Hög").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026-04, Hög")
    page.locator("[data-chart] svg").nth(1).wait_for()
    page.get_by_text("Visa siffrorna i en tabell").first.click()
    assert_accessible(page)
    keep_picture(page, f"population-{width}")

"""Finance sets last year's budget from a file, looks at the accounts and changes one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_from_last_years_budget_to_the_accounts(
    browsing: Browsing, live: LiveSite, tmp_path: Path, width: int
) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/accounts")
    expect(page.get_by_text("Inga ramar än")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Läs in årets budget").click()
    assert_accessible(page)
    keep_picture(page, f"budget-send-{width}")
    path = tmp_path / "budget.csv"
    path.write_text(
        "Ansvar;Benämning;Budget 2026\n3100;Förskola norr;1 000\nKFN;Kultur;500\n", encoding="cp437"
    )
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_label("tkr", exact=True).check()
    page.get_by_role("button", name="Granska filen").click()
    expect(page.get_by_text("Ansvaret 3100 hör inte till någon nämnd")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"budget-fault-{width}")
    page.get_by_label("Vilken nämnd ansvaren hör till").fill("31* = UN")
    page.get_by_role("button", name="Visa igen").click()
    expect(page.get_by_role("button", name="Sätt utgångsläget för 2 nämnder")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"budget-review-{width}")
    page.get_by_role("button", name="Sätt utgångsläget för 2 nämnder").click()
    expect(page.get_by_role("link", name="Utbildningsnämnden", exact=True)).to_be_visible()

    page.goto("/accounts")
    assert_accessible(page)
    keep_picture(page, f"accounts-{width}")
    page.get_by_role("link", name="Hyra").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Konto", exact=True).fill("6")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    keep_picture(page, f"account-fault-{width}")
    page.get_by_label("Konto", exact=True).fill("6012")
    page.get_by_label("Säker", exact=True).check()
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Konton")
    expect(page.get_by_text("6012")).to_be_visible()

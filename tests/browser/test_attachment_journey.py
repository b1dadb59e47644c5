"""A planner sends a file that is refused, then one that is taken in, by keyboard; what stands is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_a_file_is_refused_and_another_taken_in(
    browsing: Browsing, live: LiveSite, tmp_path: Path, width: int
) -> None:
    page = browsing.open("planner", width=width)
    page.goto(f"/proposals/{live.site.submitted_id}/files")
    expect(page.get_by_text("Inga filer ännu")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"files-empty-{width}")
    wrong, right = tmp_path / "Kalkyl.pdf", tmp_path / "Förstudie Norrskolan.pdf"
    wrong.write_bytes(b"<html>")
    right.write_bytes(b"%PDF-1.7 rapport")
    page.get_by_label("Fil", exact=True).set_input_files(wrong)
    page.get_by_role("button", name="Lägg till").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("är inte en .pdf-fil")
    assert_accessible(page)
    keep_picture(page, f"files-fault-{width}")
    page.get_by_label("Fil", exact=True).set_input_files(right)
    page.get_by_label("Vad är det?").select_option(label="Förstudierapport")
    page.get_by_label("Sekretess").check()
    page.get_by_role("button", name="Lägg till").press("Enter")
    expect(page.get_by_role("link", name="Förstudie Norrskolan.pdf")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"files-{width}")

"""Writing with help: a template, years pasted from a spreadsheet, and consequences told while one types."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from investplan.services import object_templates, reference_objects
from investplan.services.work import begin
from tests.browser.conftest import WIDTHS, Browsing, assert_accessible, keep_picture
from tests.integration.test_references import KNOWN
from tests.unit.domain.test_object_templates import preschool

pytestmark = pytest.mark.browser
PASTE = """([selector, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.querySelector(selector).dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def look(page: Page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page, f"{name}-{width}")
        assert_accessible(page)


def test_a_planner_gets_outlay_from_a_template_pastes_years_and_sees_what_it_means(
    browsing: Browsing,
) -> None:
    with begin(browsing.live.database) as work:
        object_templates.save(work, preschool(), seen_version=0)
        reference_objects.add(work, KNOWN)
    page = browsing.open("planner")
    page.goto(f"/proposals/{browsing.live.site.draft_id}/edit/outlays")
    panel = page.locator("#live-panel")
    expect(panel).to_contain_text(re.compile(r"Utgift 10\s000\stkr"))

    page.locator("#object_type").select_option("forskola")
    page.get_by_role("button", name="Hämta från mallen").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#gained_m2-error")).to_contain_text("Ange storleken")
    look(page, "outlays-template-error")
    page.locator("#gained_m2").fill("1850")
    page.get_by_role("button", name="Hämta från mallen").click()
    expect(page.locator("main")).to_contain_text("föreslagna från mallen Förskola 2026")
    expect(page.locator("#components-2-name")).to_have_value("Stomme och grund")
    expect(panel).to_contain_text(re.compile(r"Utgift 80\s000\stkr"))
    look(page, "outlays-template")

    page.evaluate(PASTE, ["#outlays-0-amount", "2027\t20 000\n2028\t12,5"])
    expect(page.locator("#outlays-1-amount")).to_have_value("12,5")
    expect(page.locator("#say")).to_have_text(re.compile("ifyllda|Utgift"))
    expect(panel).to_contain_text(re.compile(r"Utgift 20\s013\stkr"))
    page.evaluate(PASTE, ["#outlays-0-amount", "2027\t1.500"])
    expect(page.locator("[data-paste-faults]")).to_contain_text("har en punkt")
    expect(page.locator("#outlays-0-amount")).to_have_value(re.compile(r"20.000"))
    page.locator("#outlays-0-amount").fill("1.500")
    expect(panel).to_contain_text("Följderna räknas när det här är rättat")
    look(page, "outlays-soft-fault")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_new_page_is_accessible_empty_and_filled(browsing: Browsing, width: int) -> None:
    page = browsing.open("finance", width=width)
    for path, name in (
        ("/templates", "templates"),
        ("/templates/new", "template-new"),
        ("/reference-objects", "objects"),
    ):
        page.goto(path)
        keep_picture(page, f"{name}-empty-{width}")
        assert_accessible(page)
    with begin(browsing.live.database) as work:
        object_templates.save(work, preschool(), seen_version=0)
        reference_objects.add(work, KNOWN)
    draft = f"/proposals/{browsing.live.site.draft_id}"
    for path, name in (
        ("/templates", "templates"),
        ("/templates/forskola", "template"),
        ("/templates/forskola/edit", "template-edit"),
        ("/reference-objects", "objects"),
        ("/proposals/new", "new-short"),
        (f"{draft}/edit/basis", "basis"),
    ):
        page.goto(path)
        if path == "/reference-objects":
            page.get_by_text("Lägg till ett projekt").click()
        if name == "basis":
            page.get_by_role("button", name="Lägg till risk").click()
            page.get_by_role("button", name="Lägg till det förslaget bidrar till").click()
        keep_picture(page, f"{name}-{width}")
        assert_accessible(page)
    page.goto(draft)
    page.get_by_role("button", name="Lägg till nollalternativ").click()
    expect(page.get_by_role("table", name="Alternativen i korthet")).to_be_visible()
    keep_picture(page, f"side-by-side-{width}")
    assert_accessible(page)
    page.goto(f"{draft}/edit/alternatives")
    for one in page.get_by_text("Nytta, prisnivå och bortval").all():
        one.click()
    keep_picture(page, f"alternatives-{width}")
    assert_accessible(page)

"""From signing in to a submitted proposal with the keys alone: Tab, Enter, Space, arrows and typing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from investplan.services import proposals
from investplan.services.work import look
from tests.browser.conftest import Browsing, LiveSite, assert_accessible
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.browser
MOST_TABS = 60
FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].innerText : "";
  return (one.getAttribute("aria-label") || label || one.innerText || "").replace(/\\s+/g, " ").trim();
}"""
SEEN = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const within = box.top >= 0 && box.top < innerHeight - 10;
  return within && (style.outlineStyle !== "none" || style.boxShadow !== "none");
}"""


def tab_to(page: Page, beginning: str) -> None:
    """Press Tab until the field or button whose name begins so has focus, and see that it is shown to have it."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        if passed[-1].startswith(beginning):
            # Scrolling to it may take a frame.
            page.wait_for_function(SEEN, timeout=2000)
            return
    raise AssertionError(f"{beginning} is not reached by Tab: {passed}")


def write(page: Page, beginning: str, text: str) -> None:
    tab_to(page, beginning)
    page.keyboard.type(text)


def test_a_simple_proposal_is_written_and_submitted_by_keyboard_alone(
    browsing: Browsing, live: LiveSite
) -> None:
    page = browsing.open()
    page.goto("/")
    write(page, "Användarnamn", "planner")
    write(page, "Lösenord", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Huvudmeny")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Till innehållet"
    tab_to(page, "Förslag")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Förslag")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, "Nytt förslag")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/proposals/new$"))
    write(page, "Rubrik", "Ny lekplats i Svensknabben")
    write(page, "Diarienummer", "UN 2026/0500")
    tab_to(page, "Kategori")
    page.keyboard.press("ArrowDown")
    write(page, "Behov och syfte", "Den gamla uppfyller inte säkerhetskraven.")
    tab_to(page, "Vad ska göras?")
    write(page, "Utgift, utan moms", "1.200")
    write(page, "Plats i ord", "Svensknabben")
    tab_to(page, "Inga bidrag")
    page.keyboard.press("Space")
    tab_to(page, "Spara och fortsätt")
    page.keyboard.press("Enter")

    # What was typed wrong is told where the focus is, and one key leads to it.
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED).startswith("Utgift, utan moms")
    page.keyboard.press("Control+a")
    page.keyboard.type("1 200")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Granska och lämna in")
    assert_accessible(page)
    tab_to(page, "Lämna in förslaget")
    page.keyboard.press("Space")
    expect(page.locator("#flashes")).to_contain_text("inlämnat")
    proposal_id = int(page.url.split("/")[4].split("#")[0])
    with look(live.database) as work:
        made = proposals.find(work, proposal_id)
        assert (made.status, made.outlay_ore, made.category) == ("submitted", 120_000_000, made.category)

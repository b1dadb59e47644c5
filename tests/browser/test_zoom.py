"""At 200 % zoom, half of 1280 × 900, every main page is read and worked without scrolling sideways (WCAG 1.4.4, 1.4.10)."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page

from investplan.services import consultations
from investplan.services.consultations import Asked
from investplan.services.work import begin
from tests.browser.conftest import Browsing, LiveSite, keep_picture

pytestmark = pytest.mark.browser
CUT_OFF = """() => {
  const wide = document.scrollingElement.clientWidth + 1;
  const told = [];
  const name = (one) => `${one.tagName.toLowerCase()}.${one.className} "${(one.textContent || "").trim().slice(0, 40)}"`;
  const scrolls = (one) => {
    for (let up = one.parentElement; up; up = up.parentElement) {
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true;
      if (getComputedStyle(up).position === "fixed") return false;
    }
    return false;
  };
  for (const one of document.querySelectorAll("body *")) {
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    if (style.visibility === "hidden" || box.width < 2 || box.height < 2 || one.closest(".visually-hidden, svg, .skip-link, canvas")) continue;
    if ((box.right > wide || box.left < -1) && !scrolls(one)) told.push(`outside: ${name(one)}`);
    const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (words && ["hidden", "clip"].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1) told.push(`cut: ${name(one)}`);
    if (words && ["hidden", "clip"].includes(style.overflowY) && one.scrollHeight > one.clientHeight + 2) told.push(`cut in height: ${name(one)}`);
    if (one.matches("button, .button, summary") && one.scrollWidth > one.clientWidth + 1) told.push(`wider than its button: ${name(one)}`);
    if (one.matches("select") && one.clientWidth < 60) told.push(`too narrow: ${name(one)}`);
  }
  return told;
}"""


def assert_map_fills_its_frame(page: Page) -> None:
    """What the map library draws covers the frame: it draws more pixels than are shown and scales them down."""
    page.wait_for_function(
        """() => {
          const drawn = document.querySelector(".map__canvas canvas").getBoundingClientRect();
          return Math.abs(drawn.width - document.querySelector(".map__canvas").clientWidth) <= 2;
        }""",
        timeout=3000,
    )


def faults_of(page: Page, path: str) -> list[str]:
    """What of the page at `path` sticks out or is cut off."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    if page.locator("[data-map], [data-map-draw]").count():
        page.locator("[data-map][data-ready], [data-map-draw][data-ready]").first.wait_for()
        assert_map_fills_its_frame(page)
    for area in page.locator("[data-chart]").all():
        area.locator("svg").first.wait_for(state="attached")
    keep_picture(page, f"zoom{path.replace('/', '-')}")
    wide, room = page.evaluate(
        "() => [document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
    )
    sideways = [f"{wide - room} px too wide"] if wide > room else []
    return [f"{path}: {told}" for told in sideways + page.evaluate(CUT_OFF)]


def test_nothing_is_cut_off_for_a_planner_at_200_percent(browsing: Browsing, live: LiveSite) -> None:
    site = live.site
    with begin(live.database) as work:
        asked = Asked(date(2099, 5, 29), {site.organisation_ids["KFN"]: True}, "Vad tycker ni?")
        made = consultations.ask(work, site.submitted_id, asked)
        consultation_id, party_id = made.id, made.parties[0].id
    one = f"/proposals/{site.submitted_id}"
    steps = ("need", "basis", "alternatives", "outlays", "consequences", "place", "review")
    page = browsing.open("planner", zoom=2)
    found = [
        fault
        for path in (
            "/", "/proposals", "/proposals/new", one, *(f"{one}/edit/{step}" for step in steps), f"{one}/files", f"{one}/secrecy",
            f"/gates/proposals/{site.submitted_id}/moves/rest", "/consultations", f"/consultations/{consultation_id}",
            "/map", "/rankings",
        )
        for fault in faults_of(page, path)
    ]  # fmt: skip
    replier = browsing.open("other_planner", zoom=2)
    found += faults_of(replier, f"/consultations/parties/{party_id}/reply")
    assert found == []


def test_nothing_is_cut_off_for_finance_at_200_percent(browsing: Browsing) -> None:
    page = browsing.open("finance", zoom=2)
    found = [
        fault
        for path in (
            "/", "/gates", "/gates/money", "/map/layers", "/needs", "/needs/premises", f"/rankings/{browsing.live.site.organisation_ids['UN']}",
            "/frames", "/finances",
        )
        for fault in faults_of(page, path)
    ]  # fmt: skip
    assert found == []

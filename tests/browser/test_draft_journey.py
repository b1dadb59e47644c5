"""Nothing typed is lost: kept when a field is left, there after a reload, and there after the session has ended."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, Browsing, assert_accessible, keep_picture
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.browser
LONG = "Barngrupperna är för stora.\nUtredningen från 2025 visar 40 platser för lite."


def look(page: Page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page, f"{name}-{width}")
        assert_accessible(page)


def test_what_is_typed_outlives_a_reload_and_an_ended_session(browsing: Browsing) -> None:
    page = browsing.open("planner")
    step = f"/proposals/{browsing.live.site.draft_id}/edit/need"
    page.goto(step)
    page.locator("#purpose").fill(LONG)
    page.locator("#title").focus()
    expect(page.locator("[data-autosave-status]")).to_have_text(re.compile(r"Utkast sparat \d\d:\d\d"))
    look(page, "draft-kept")

    page.goto("/")
    page.get_by_role("link", name=re.compile("Text som inte är sparad")).click()
    expect(page.locator("#purpose")).to_have_value(LONG)
    page.goto(step)
    expect(page.locator("#purpose")).not_to_have_value(LONG)
    look(page, "draft-offered")
    page.get_by_role("link", name="Fortsätt med den").click()
    expect(page.locator("#purpose")).to_have_value(LONG)

    page.context.clear_cookies()
    page.locator("#title").fill("Sörgården växer")
    page.locator("#purpose").focus()
    expect(page.locator("[data-autosave-status]")).to_contain_text("Du är utloggad")
    expect(page.get_by_role("link", name="Logga in i en ny flik")).to_be_visible()
    look(page, "draft-signed-out")
    page.get_by_role("button", name="Spara och stanna kvar").click()
    expect(page.locator("main")).to_contain_text("Inget har gått förlorat")
    look(page, "draft-sign-in")
    page.locator("#username").fill("planner")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.locator("#title")).to_have_value("Sörgården växer")
    expect(page.locator("#purpose")).to_have_value(LONG)
    look(page, "draft-put-back")
    page.get_by_role("button", name="Spara och stanna kvar").click()
    expect(page.locator("#flashes")).to_contain_text("Sparat")
    expect(page.locator("h1 ~ *, .page-header").first).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("text som inte är sparad")


def test_a_page_that_was_open_goes_on_after_signing_in_in_another_tab(browsing: Browsing) -> None:
    page = browsing.open("planner")
    page.goto(f"/proposals/{browsing.live.site.draft_id}/edit/need")
    page.context.clear_cookies()
    page.locator("#purpose").fill(LONG)
    page.locator("#title").focus()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Logga in i en ny flik").click()
    tab = opened.value
    tab.locator("#username").fill("planner")
    tab.locator("#password").fill(PASSWORD)
    tab.get_by_role("button", name="Logga in").click()
    expect(tab.locator("h1")).to_contain_text("Behov")
    page.bring_to_front()
    page.locator("#purpose").focus()
    page.locator("#title").focus()
    expect(page.locator("[data-autosave-status]")).to_have_text(re.compile(r"Utkast sparat"))
    page.get_by_role("button", name="Spara och stanna kvar").click()
    expect(page.locator("#flashes")).to_contain_text("Sparat")
    expect(page.locator("#purpose")).to_have_value(LONG)

"""What waits at the top of the start page, a comment that mentions somebody, the calendar, and the secret address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_a_mention_and_a_date_reach_the_start_page_and_the_own_calendar(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    def look(page: object, name: str) -> None:
        assert_accessible(page)  # type: ignore[arg-type]
        keep_picture(page, f"waiting-{name}-{width}")  # type: ignore[arg-type]

    finance = browsing.open("finance", width=width)
    finance.goto("/calendar")
    look(finance, "calendar-empty")
    finance.get_by_role("link", name="Lägg till det första datumet").click()
    finance.get_by_role("button", name="Spara").click()
    expect(finance.get_by_role("heading", name="Något behöver rättas")).to_be_visible()
    look(finance, "calendar-error")
    finance.get_by_label("Vad händer?").fill("Nämndernas förslag ska vara inlämnade")
    finance.get_by_label("Dag", exact=True).fill("2099-04-17")
    finance.get_by_role("button", name="Spara").click()
    expect(finance.get_by_text("är tillagd i årshjulet.")).to_be_visible()
    look(finance, "calendar")
    planner = browsing.open("planner", width=width)
    planner.goto(f"/proposals/{live.site.submitted_id}")
    planner.get_by_text("Skriv en kommentar").click()
    planner.get_by_label("Kommentar", exact=True).fill("Räcker matsalen?")
    planner.get_by_label("Nämn någon").fill("Finance (finance)")
    planner.get_by_role("button", name="Spara kommentaren").click()
    expect(planner.get_by_text("Kommentaren är sparad.")).to_be_visible()
    look(planner, "comments")
    finance.goto("/")
    look(finance, "start")
    finance.get_by_role("link", name="Planner nämner dig i en kommentar").click()
    finance.get_by_role("button", name="Markera som läst").click()
    expect(finance.get_by_role("button", name="Markera som läst")).to_have_count(0)
    finance.goto("/settings")
    finance.get_by_role("button", name="Skapa adress").click()
    expect(finance.get_by_label("Kalenderadress")).to_have_value(
        re.compile(r"/calendar/feed/[\w-]{40,}\.ics$")
    )
    look(finance, "settings")

"""From one budget year to the next: finance opens the round, the planner takes the own proposals along and submits one."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, Browsing, assert_accessible, keep_picture


def check(page: Page, name: str) -> None:
    """The page as it stands, on a phone and on a desk."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)
        keep_picture(page, f"{name}-{width}")


def test_proposals_follow_to_the_next_round_and_are_submitted_anew(browsing: Browsing) -> None:
    finance = browsing.open("finance")
    finance.goto("/rounds")
    check(finance, "rounds")
    finance.get_by_role("link", name="Öppna nästa omgång").click()
    finance.get_by_label("Antal år i planen").fill("31")
    finance.get_by_role("button", name="Öppna omgången").click()
    expect(finance.get_by_role("alert")).to_be_visible()
    check(finance, "round-new-error")
    finance.get_by_label("Antal år i planen").fill("10")
    finance.get_by_role("button", name="Öppna omgången").click()
    expect(finance.get_by_text("Budget 2028 är öppnad.")).to_be_visible()
    check(finance, "carry-over-finance")

    planner = browsing.open("planner")
    planner.goto("/")
    planner.get_by_role("link", name="Välj vilka som ska med").click()
    check(planner, "carry-over-planner")
    planner.get_by_role("button", name="Ta med de valda").click()
    expect(planner.get_by_text("2 förslag följde med till Budget 2028")).to_be_visible()
    check(planner, "carried")
    planner.get_by_role("link", name="Norrskolan, ny matsal").click()
    check(planner, "carried-proposal")
    planner.get_by_role("link", name="Granska och lämna in").click()
    planner.get_by_role("button", name="Lämna in").click()
    expect(planner.get_by_text("Förslaget är inlämnat")).to_be_visible()
    planner.get_by_role("link", name="Budget 2027").click()
    expect(planner.get_by_text("Följde med till Budget 2028")).to_be_visible()
    check(planner, "followed-proposal")

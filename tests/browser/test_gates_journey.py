"""From need to pre-study in the browser: what is missing is put right, the board decides, the administrator changes a gate."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from investplan.domain.proposals import Stage
from investplan.services import proposals
from investplan.services.work import begin
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture
from tests.unit.domain.test_gates import whole

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_gate_misses_is_stated_and_the_board_decides(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    facts = replace(whole(case_number=f"UN 2026/07{width}", stage=Stage.NEEDS_ANALYSIS), without_action="")
    with begin(live.database) as work:
        proposal_id = proposals.create(work, live.site.round_id, facts).id
    planner = browsing.open("planner", width=width)
    planner.goto(f"/proposals/{proposal_id}#gate")
    expect(planner.get_by_text("1 krav saknas av 5").first).to_be_visible()
    assert_accessible(planner)
    board = browsing.open("executive_board", width=width)
    board.goto(f"/proposals/{proposal_id}")
    board.get_by_role("link", name="Till Förstudie").click()
    board.get_by_label("Beslutsdatum").fill("2026-03-10")
    board.get_by_role("button", name="Till Förstudie").click()
    expect(board.get_by_role("alert")).to_contain_text("Grindens krav är inte uppfyllda")
    assert_accessible(board)
    keep_picture(board, f"gate-missing-{width}")
    planner.get_by_role("link", name="Skriv vad som händer om inget görs.").click()
    planner.locator("#without_action").fill("Barnen får ingen plats.")
    planner.get_by_role("button", name="Spara och fortsätt").click()
    expect(planner.locator("#flashes")).to_contain_text("Sparat")
    board.get_by_label("Paragraf").fill("41")
    board.get_by_role("button", name="Till Förstudie").click()
    expect(board.get_by_text("Någon annan har ändrat förslaget")).to_be_visible()
    expect(board.get_by_label("Paragraf")).to_have_value("41")
    board.get_by_role("button", name="Till Förstudie").click()
    expect(board.get_by_text("Flyttat: Behovsanalys → Förstudie.")).to_be_visible()
    expect(board.get_by_text("Kommunstyrelsens arbetsutskott 2026-03-10 § 41")).to_be_visible()
    assert_accessible(board)
    keep_picture(board, f"gate-passed-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_gates_and_money_are_accessible(browsing: Browsing, width: int) -> None:
    site = browsing.live.site
    pages = {
        "administrator": ("/gates", "/gates/edit"),
        "finance": ("/gates/money", "/gates/cancelled"),
        "manager": (
            f"/gates/proposals/{site.submitted_id}/moves/cancel",
            f"/gates/proposals/{site.submitted_id}/money/new",
        ),
    }
    for username, addresses in pages.items():
        page = browsing.open(username, width=width)
        for address in addresses:
            page.goto(address)
            for summary in page.locator("main details > summary").all():
                summary.click()
            assert_accessible(page)

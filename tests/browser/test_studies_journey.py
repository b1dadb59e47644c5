"""Finance asks what the plan is worth under other conditions, follows it, cancels one; the council reads the answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from investplan import tasks
from investplan.config import Settings
from investplan.services import rounds, studies
from investplan.services.work import begin
from tests import prepared_plans
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture
from tests.factories import MNKR

pytestmark = pytest.mark.browser

TITLES = {
    "answers": "Varför med och varför inte",
    "operating": "Värde mot driftkostnad",
    "ceiling": "Värde mot investeringstak",
    "different": "Andra planer som är nästan lika bra",
    "stability": "Löften i en tidigare plan",
    "robustness": "Vad håller om vi har fel?",
}


def make_run(live: LiveSite) -> int:
    """A plan, with one before it under a lower ceiling."""
    with begin(live.database) as work:
        found = rounds.find(work, live.site.round_id)
        prepared_plans.fill(work, found)
        before = prepared_plans.plan_of(
            work, prepared_plans.scenario(work, found, 9 * MNKR, name="Lägre tak")
        )
        scenario = prepared_plans.scenario(work, found)
        scenario.previous_run_id = before.id
        return prepared_plans.plan_of(work, scenario).id


def carry_out(live: LiveSite, study_id: int, parts: int = 100) -> None:
    for _ in range(parts):
        with begin(live.database) as work:
            waiting = [c.id for c in studies.parts_of(work, study_id) if c.state == "queued"]
        if not waiting:
            return
        tasks.carry_out_part(live.database, waiting[0], Settings())


def start(page: Page, run_id: int, kind: str) -> int:
    """From the plan, by its links, to a study that waits."""
    page.goto(f"/runs/{run_id}/plan")
    page.get_by_role("link", name="Undersök planen").click()
    page.get_by_role("link", name=TITLES[kind], exact=True).first.click()
    if kind == "different":
        page.get_by_label("Hur mycket värde får ges upp").fill("50")
        page.get_by_label("Hur många förslag måste skilja").fill("1")
    if kind == "robustness":
        page.get_by_label("Antal dragningar").fill("40")
    assert_accessible(page)
    keep_picture(page, f"studies-{kind}-form-{page.viewport_size['width'] if page.viewport_size else ''}")
    page.get_by_role("button", name="Starta undersökningen").click()
    expect(page.get_by_text("Köad").first).to_be_visible()
    return int(page.url.rpartition("/")[2])


@pytest.mark.parametrize("width", WIDTHS)
def test_a_plan_is_studied_in_every_way(browsing: Browsing, live: LiveSite, width: int) -> None:
    run_id = make_run(live)
    page = browsing.open("finance", width=width)
    for kind in TITLES:
        study_id = start(page, run_id, kind)
        carry_out(live, study_id)
        page.get_by_role("link", name="Visa resultatet").click()
        expect(page.get_by_text("Klar", exact=True).first).to_be_visible()
        if page.locator("[data-chart]").count():
            page.locator("[data-chart] svg").first.wait_for()
        assert_accessible(page)
        keep_picture(page, f"studies-{kind}-{width}")
    reader = browsing.open("council_viewer", width=width)
    reader.goto(f"/studies/of-run/{run_id}")
    expect(reader.get_by_role("link", name="Starta")).to_have_count(0)
    assert_accessible(reader)
    keep_picture(reader, f"studies-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_study_is_followed_and_cancelled_with_its_answers_kept(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    page = browsing.open("finance", width=width)
    study_id = start(page, make_run(live), "robustness")
    carry_out(live, study_id, parts=2)
    page.get_by_role("link", name="Visa svaren hittills").click()
    expect(page.get_by_text("20 av 40").first).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"studies-going-on-{width}")
    page.get_by_role("button", name="Avbryt och behåll svaren").click()
    expect(page.get_by_text("Resultatet nedan bygger på 20 av 40 beräkningar.")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"studies-cancelled-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_answer_stands_on_the_page_of_the_proposal_and_rankings_on_the_proof(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    run_id = make_run(live)
    page = browsing.open("finance", width=width)
    carry_out(live, start(page, run_id, "answers"))
    page.goto(f"/runs/{run_id}/plan/out")
    page.get_by_role("link", name="Konstgräs").first.click()
    expect(page.get_by_role("heading", name="Vad skulle ta in det?")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"why-answered-{width}")
    page.goto(f"/runs/{run_id}/plan/proof")
    expect(page.get_by_role("heading", name="Mot en rangordning")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"proof-rankings-{width}")

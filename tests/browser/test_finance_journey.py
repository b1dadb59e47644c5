"""Finance: a scenario, a run that is followed, its plan, the decision, and frames that changed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from investplan.services import decisions, frames, rounds, runs, scenarios
from investplan.services.work import begin, look
from tests import prepared_plans
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.fixture
def filled(live: LiveSite) -> LiveSite:
    """The site with proposals to choose among and base frames."""
    with begin(live.database) as work:
        prepared_plans.fill(work, rounds.find(work, live.site.round_id))
    return live


@pytest.fixture
def carry_out(filled: LiveSite) -> Iterator[Callable[[int], threading.Thread]]:
    """Carries out a run on a thread of the test, as the worker does."""
    threads: list[threading.Thread] = []

    def start(run_id: int) -> threading.Thread:
        threads.append(threading.Thread(target=prepared_plans.carry_out, args=(filled.database, run_id)))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(30)


def _run_id(page: Page) -> int:
    found = re.search(r"/runs/(\d+)", page.url)
    assert found
    return int(found[1])


@pytest.mark.parametrize("width", WIDTHS)
def test_from_scenario_to_changed_frames(
    browsing: Browsing, filled: LiveSite, carry_out: Callable[[int], threading.Thread], width: int
) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/scenarios")
    assert_accessible(page)
    keep_picture(page, f"scenarios-empty-{width}")
    page.get_by_role("link", name="Nytt scenario").first.click()
    page.get_by_label("Namn", exact=True).fill("Budgetramen")
    for year in range(2027, 2037):
        page.get_by_label(f"Investeringstak {year}, mnkr").fill("1.500" if year == 2027 else "15")
    page.get_by_role("button", name="Spara scenariot").click()

    # A fault: the summary has the focus and leads to the field, and all that was typed is still there.
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    keep_picture(page, f"scenario-fault-{width}")
    page.locator("[data-error-summary] a").first.press("Enter")
    expect(page.get_by_label("Investeringstak 2027, mnkr")).to_be_focused()
    expect(page.get_by_label("Investeringstak 2036, mnkr")).to_have_value("15")
    page.get_by_label("Investeringstak 2027, mnkr").fill("15")
    page.get_by_role("button", name="Spara scenariot").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Budgetramen")
    expect(page.get_by_text("Skedet Behovsanalys kan starta tidigast 2029")).to_be_visible()
    page.locator("[data-chart] svg").first.wait_for()
    assert_accessible(page)
    keep_picture(page, f"scenario-{width}")

    page.get_by_label("Nöj dig med högst").fill("0")
    page.get_by_role("button", name="Kör", exact=True).click()
    expect(page.locator("#run")).to_contain_text("Köad")
    assert_accessible(page)
    run_id = _run_id(page)
    carry_out(run_id)
    # No reload: the panel is fetched every second until the run is over.
    page.locator("#run").get_by_role("link", name="Visa planen").click(timeout=20_000)
    expect(page.get_by_role("link", name="Skolan i norr")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"plan-{width}")
    for name in ("Inte med", "Gränser och kostnader", "Bevis och filer"):
        page.get_by_role("navigation", name="Planens delar").get_by_role("link", name=name).click()
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        keep_picture(page, f"{name}-{width}")

    before = _frames(filled)
    page.get_by_role("link", name="Registrera beslut").click()
    assert_accessible(page)
    page.get_by_label("Beslutsdatum").fill("2026-06-15")
    page.get_by_label("Paragraf").fill("214")
    page.get_by_label("Vad beslutet gäller").fill("Verksamhetsplan med budget 2027")
    page.get_by_role("button", name="Registrera beslutet").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.get_by_text("Beslutad och låst")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"decision-{width}")
    assert _frames(filled) != before
    page.goto("/frames")
    assert_accessible(page)
    keep_picture(page, f"frames-{width}")
    page.get_by_role("link", name="Utbildningsnämnden", exact=True).click()
    page.locator("[data-chart] svg").first.wait_for()
    expect(page.get_by_role("link", name="Kommunfullmäktige 2026-06-15 § 214").first).to_be_visible()
    page.get_by_text("Visa uträkningen").first.click()
    assert_accessible(page)
    keep_picture(page, f"frame-{width}")


def _frames(live: LiveSite) -> list[list[int]]:
    with look(live.database) as work:
        return [[year.frame_ore for year in one.years] for one in frames.of_round(work, live.site.round_id)]


def test_a_run_is_followed_and_cancelled_from_the_keyboard(browsing: Browsing, filled: LiveSite) -> None:
    with begin(filled.database) as work:
        scenario = prepared_plans.scenario(work, rounds.find(work, filled.site.round_id))
        run = runs.request(work, scenario.id)
        run_id = run.id
        assert runs.claim(work, run_id, lease_seconds=60)
    page = browsing.open("finance")
    page.goto(f"/runs/{run_id}")
    expect(page.locator("#run")).to_contain_text("ingen ännu")
    with begin(filled.database) as work:
        run = runs.find(work, run_id)
        run.progress = {
            "seconds": 2,
            "best_value": "192.5",
            "bound": "195",
            "gap": "0.012987",
            "phase": "searching",
        }
    expect(page.locator("#run")).to_contain_text("192,50 poäng")
    expect(page.locator("#run")).to_contain_text("1,3\u00a0%")
    expect(page).to_have_title(re.compile(r"^\d+ % – "))
    button = page.get_by_role("button", name="Avbryt och behåll bästa planen")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#run")).to_contain_text("Avbryter")
    with look(filled.database) as work:
        assert runs.find(work, run_id).cancel_requested
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_with_scenario_rows_and_parameters(browsing: Browsing, filled: LiveSite, width: int) -> None:
    with begin(filled.database) as work:
        run = prepared_plans.plan_of(
            work, prepared_plans.scenario(work, rounds.find(work, filled.site.round_id))
        )
        run_id = run.id
        decisions.record(
            work, filled.site.round_id, decided_on=date(2026, 6, 1), paragraph="9", title="Budget"
        )
    page = browsing.open("finance", width=width)
    for address in (
        f"/frames?run={run_id}",
        f"/frames/UN?run={run_id}&year=2028",
        f"/runs/{run_id}",
        "/parameters",
        "/decisions",
        "/scenarios/1/rules/new?kind=at_most",
        "/scenarios/1/edit",
    ):
        page.goto(address)
        assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_that_cannot_hold_shows_its_ways_out(browsing: Browsing, filled: LiveSite, width: int) -> None:
    with begin(filled.database) as work:
        rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
        found = rounds.find(work, filled.site.round_id)
        run_id = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=(rule,))).id
    page = browsing.open("finance", width=width)
    page.goto(f"/runs/{run_id}")
    expect(page.get_by_role("list", name="Vägar ut")).to_contain_text("mer (kommunfullmäktige)")
    assert_accessible(page)
    keep_picture(page, f"ways-out-{width}")

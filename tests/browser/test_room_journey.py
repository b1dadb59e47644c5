"""Finance states figures and targets, sees the room, hands it to a scenario and follows the plan back to the targets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from investplan.domain.finances import Phase
from investplan.services import finances, financial_room, rounds, scenarios
from investplan.services.work import begin, look
from tests import prepared_finances, prepared_plans
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture
from tests.prepared_finances import YEAR

pytestmark = pytest.mark.browser
TABS = ("Mål", "Rum", "Balanskrav", "Siffror")


@pytest.fixture
def filled(live: LiveSite) -> LiveSite:
    """Proposals to choose among, and finances for every year but 2030."""
    with begin(live.database) as work:
        found = rounds.find(work, live.site.round_id)
        prepared_plans.fill(work, found)
        prepared_finances.fill(work, found)
        for year, result in ((2023, "-12.4"), (2024, 4), (2025, 30)):
            figures = {
                name: value for name, value in YEAR.items() if name not in ("operations", "financial_costs")
            }
            prepared_finances.change(
                work, found, year, Phase.HISTORY, {**figures, "result": result, "reserve": 0}
            )
        seen = finances.year_of(work, found.id, 2030, Phase.PLAN)
        finances.save_year(work, found.id, 2030, Phase.PLAN, {}, seen_version=seen.version)
    return live


def paste(page: Page, field: str, text: str) -> None:
    """Paste as a spreadsheet does: tabs between the cells, a line for each row."""
    page.get_by_label(field, exact=True).focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_empty_pages(browsing: Browsing, width: int) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/finances")
    for name in TABS:
        page.get_by_role("navigation", name="Ekonomins delar").get_by_role("link", name=name).click()
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        keep_picture(page, f"finances-empty-{name}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_figures_to_a_plan_that_keeps_the_targets(
    browsing: Browsing, filled: LiveSite, width: int
) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/finances")
    page.get_by_role("button", name="Börja med förslaget").click()
    page.get_by_role("link", name="Nytt mål").click()
    page.get_by_label("Namn", exact=True).fill("Självfinansiering minst 70 procent")
    page.get_by_label("Mått", exact=True).select_option("self_financing")
    page.get_by_label("Värde, procent eller kr").fill("sjuttio")
    page.get_by_role("button", name="Spara målet").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    keep_picture(page, f"target-fault-{width}")
    page.get_by_label("Värde, procent eller kr").fill("70")
    page.get_by_role("button", name="Spara målet").click()
    expect(page.get_by_text("uppgift saknas").first).to_be_visible()
    page.locator("[data-chart] svg").first.wait_for()
    assert_accessible(page)
    keep_picture(page, f"targets-{width}")

    # The year that is missing is pasted from a spreadsheet, a column with its sources.
    page.goto("/finances/figures/plan/2030/edit")
    column = [f"{YEAR[name]}\tBudgetmodell".replace(".", ",") for name in ("tax", "grants", "equalisation")]
    paste(page, "Skatteintäkter, mnkr", "\n".join(column))
    expect(page.get_by_label("Kommunalekonomisk utjämning, mnkr", exact=True)).to_have_value("40")
    expect(page.get_by_label("Källa till Generella statsbidrag")).to_have_value("Budgetmodell")
    page.get_by_label("Avskrivningar, mnkr", exact=True).fill("30.5")
    page.get_by_role("button", name="Spara siffrorna").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    keep_picture(page, f"figures-fault-{width}")
    paste(page, "Verksamhetens nettokostnad utan avskrivningar, mnkr", "452,5\n30\n0\n3\n5")
    page.get_by_label("Nettoinvesteringar, mnkr", exact=True).fill("5")
    page.get_by_role("button", name="Spara siffrorna").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan 2030")
    assert_accessible(page)
    keep_picture(page, f"year-{width}")
    for name in TABS[1:]:
        page.get_by_role("navigation", name="Ekonomins delar").get_by_role("link", name=name).click()
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        keep_picture(page, f"finances-{name}-{width}")

    with begin(filled.database) as work:
        scenario_id = prepared_plans.scenario(work, rounds.find(work, filled.site.round_id)).id
    page.goto(f"/scenarios/{scenario_id}")
    page.get_by_role("link", name="Hämta rummet från ekonomin").click()
    expect(page.get_by_text("Ny gräns").first).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"take-room-{width}")
    page.get_by_role("button", name="Spara rummet i scenariot").click()
    expect(page.get_by_text("0,7 × investeringsutgift").first).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"scenario-with-room-{width}")

    with begin(filled.database) as work:
        run_id = prepared_plans.plan_of(work, scenarios.find(work, scenario_id)).id
    for address, name in (
        (f"/finances?run={run_id}", "targets-with-plan"),
        (f"/finances/room?run={run_id}", "room-with-plan"),
        (f"/finances/balance?run={run_id}", "balance-with-plan"),
        (f"/runs/{run_id}/plan/use", "use"),
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        keep_picture(page, f"{name}-{width}")
    page.goto(f"/finances?run={run_id}")
    expect(page.get_by_text("nås alla 10 år")).to_have_count(2)


def test_the_committees_room_is_pasted_and_saved(browsing: Browsing, filled: LiveSite) -> None:
    page = browsing.open("finance")
    page.goto("/finances/rooms")
    paste(page, "Utbildningsnämnden 2027, mnkr", "1,5\t2\t3")
    expect(page.get_by_label("Utbildningsnämnden 2029, mnkr")).to_have_value("3")
    assert_accessible(page)
    keep_picture(page, "rooms-1280")
    page.get_by_role("button", name="Spara rummet").click()
    expect(page.get_by_role("heading", name="Nämndernas del av driftutrymmet")).to_be_visible()
    assert_accessible(page)
    with look(filled.database) as work:
        rooms, version = financial_room.rooms_of(work, filled.site.round_id)
    assert version == 1
    assert rooms["UN"][2028] == 200_000_000

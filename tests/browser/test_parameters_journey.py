"""Finance: from a wrong figure in a new version of the parameters to the round that computes with it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from investplan.services import decisions, parameter_sets, rounds
from investplan.services.work import begin, look
from tests import prepared_plans
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture

pytestmark = pytest.mark.browser


@pytest.fixture
def decided(live: LiveSite) -> LiveSite:
    """The site with a plan that the council has decided."""
    with begin(live.database) as work:
        found = rounds.find(work, live.site.round_id)
        prepared_plans.fill(work, found)
        run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
        decisions.adopt(work, run.id, decided_on=date(2026, 6, 15), paragraph="214", title="Budget 2027")
    return live


def _years(page: Page) -> list[str]:
    fields = page.locator("#internalrate [data-rows-body] input[name$='-year']")
    return [fields.nth(i).input_value() for i in range(fields.count())]


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_new_version_to_the_round_that_uses_it(
    browsing: Browsing, decided: LiveSite, width: int
) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/parameters")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gällande parametrar")
    assert_accessible(page)
    keep_picture(page, f"parameters-{width}")
    page.get_by_role("link", name="Visa bara platshållare").click()
    expect(page.get_by_role("heading", name="Demografi")).to_be_visible()
    expect(page.get_by_text("Räntans bas")).to_have_count(0)
    assert_accessible(page)
    keep_picture(page, f"parameters-placeholders-{width}")

    page.get_by_role("link", name="Ny version härifrån").click()
    assert_accessible(page)
    keep_picture(page, f"parameters-new-{width}")
    page.get_by_label("Gäller från").fill("2027-01-01")
    page.locator("#source").fill("Budgetanvisning 2027")
    rate = page.get_by_label("Internränta, övriga år")
    rate.fill("2.75")
    # Enter asks for the preview; it never takes a row away.
    rate.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("[data-error-summary]")).to_contain_text("Internränta: Skriv 0–100 procent")
    assert _years(page) == ["2020", "2021", "2022", "2023", "2024", "2025"]
    assert_accessible(page)
    keep_picture(page, f"parameters-fault-{width}")
    page.locator("[data-error-summary] a").first.press("Enter")
    expect(page.get_by_label("Internränta, övriga år")).to_be_focused()
    page.get_by_label("Internränta, övriga år").fill("2,75")
    page.locator("#internalrate").get_by_role("button", name="Lägg till år").click()
    page.locator("#internalrate [name='internalrate-6-year']").fill("2026")
    page.locator("#internalrate [name='internalrate-6-value']").fill("2,5")
    page.get_by_role("button", name="Förhandsvisa").last.click()

    expect(page.get_by_text("Inget är sparat än.")).to_be_visible()
    expect(page.get_by_text("det krävs ett beslut")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"parameters-preview-{width}")
    page.get_by_text("Visa nivåerna").first.click()
    assert_accessible(page)
    page.get_by_role("button", name="Ändra mer").click()
    expect(page.get_by_label("Internränta, övriga år")).to_have_value("2,75")
    assert _years(page)[-1] == "2026"
    page.get_by_role("button", name="Förhandsvisa").last.click()
    page.get_by_role("button", name="Spara versionen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grund v2")
    assert_accessible(page)
    keep_picture(page, f"parameters-saved-{width}")

    page.get_by_role("link", name="Använd i Budget 2027").click()
    assert_accessible(page)
    page.get_by_role("button", name="Använd i Budget 2027").click()
    expect(page.locator("#reason-error")).to_contain_text("Skriv varför")
    keep_picture(page, f"parameters-use-{width}")
    page.get_by_label("Skäl").fill("Snittränta i låneportföljen")
    page.get_by_role("button", name="Använd i Budget 2027").click()
    expect(page.get_by_text("räknar nu med Grund v2")).to_be_visible()
    page.get_by_role("link", name="Alla versioner").click()
    expect(page.get_by_text("Gäller nu")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"parameters-sets-{width}")
    page.get_by_role("link", name="Jämför", exact=True).click()
    expect(page.get_by_text(re.compile("2 värden skiljer"))).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"parameters-compare-{width}")
    page.get_by_label("Visa").select_option("all")
    expect(page.get_by_text("Prisbasbelopp").first).to_be_visible()
    assert_accessible(page)
    with look(decided.database) as work:
        assert rounds.find(work, decided.site.round_id).parameter_set.label == "Grund v2"
        assert len(parameter_sets.everything(work)) == 2

"""The economist: states bases, previews and registers the decision, compares, and follows any figure to its formula."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from playwright.sync_api import Locator, Page, expect

from investplan.domain.demography import PriceTag
from investplan.domain.parameters import DEFAULTS
from investplan.domain.populations import PopulationScenario
from investplan.services import (
    decisions,
    delays,
    frame_bases,
    frame_calculations,
    frames,
    planned_adjustments,
    populations,
    rounds,
)
from investplan.services.frame_bases import Basis, StatedBase, StatedBasis
from investplan.services.planned_adjustments import AdjustmentKind, StatedRow
from investplan.services.work import Work, begin, look
from tests import factories, prepared_plans
from tests.browser.conftest import WIDTHS, Browsing, LiveSite, assert_accessible, keep_picture
from tests.factories import MNKR, TKR
from tests.reference_examples import PRESCHOOL

pytestmark = pytest.mark.browser
DAY = date(2026, 6, 1)
RATES = replace(
    DEFAULTS,
    wage_raise={2026: Fraction("0.035"), 2027: Fraction("0.034"), 2028: Fraction("0.03")},
    pkv={2027: Fraction("0.027")},
    pkv_vintage="SKR oktober 2026",
    price_tags=(PriceTag("1-5", "1–5 år", 1, 5, 126 * TKR, "UN"),),
    street_price_ore_per_m2=651,
)


@pytest.fixture
def filled(live: LiveSite) -> LiveSite:
    """The complete example of the reference: a decided preschool, bases, a population forecast, planned rows."""
    with begin(live.database) as work:
        found = rounds.find(work, live.site.round_id)
        found.parameter_set = rounds.add_parameters(
            work, RATES, name="Grund", valid_from=factories.START_OF_TIME
        )
        work.session.flush()
        _decide_preschool(work, found.id)
        bases = (
            StatedBase("UN", 1_450_000 * TKR, "Budget 2026"),
            StatedBase("KFN", 285_000 * TKR, "Budget 2026"),
            StatedBase("SEN", 40_000 * TKR, "Budget 2026"),
        )
        frame_bases.save_base_frames(work, found.id, bases)
        stated = (
            Basis("UN", 2027, 980_000 * TKR, source="Budget 2026"),
            Basis("KFN", 2027, 120_000 * TKR, other_costs_ore=74_000 * TKR, source="Budget 2026"),
            Basis("SEN", 2027, 30_000 * TKR, new_street_m2=24_825, source="Budget 2026"),
        )
        frame_bases.save(work, found.id, [StatedBasis(one) for one in stated], seen={})
        rows = (
            StatedRow("UN", 2027, AdjustmentKind.PRIORITY, 3_000 * TKR, "Mindre barngrupper"),
            StatedRow("UN", 2027, AdjustmentKind.PRIORITY, -5_000 * TKR, "Effektivisering av administration"),
            StatedRow("UN", 2027, AdjustmentKind.TECHNICAL, -800 * TKR, "Simundervisning", group="Simning"),
            StatedRow("KFN", 2027, AdjustmentKind.TECHNICAL, 800 * TKR, "Simundervisning", group="Simning"),
        )
        planned_adjustments.save(work, found.id, rows, seen={})
        _add_forecast(work)
    return live


def _decide_preschool(work: Work, round_id: int) -> None:
    factories.submitted_proposal(
        work, round_id, "KS 2026/0900", title="Förskola Exempel", alternatives=(PRESCHOOL,)
    )
    found = rounds.find(work, round_id)
    run = prepared_plans.plan_of(work, factories.scenario(work, found, ceiling_ore=100 * MNKR))
    decisions.adopt(work, run.id, decided_on=DAY, paragraph="98", title="Investeringsplan 2027")


def _add_forecast(work: Work) -> None:
    series = {
        ("", year): dict.fromkeys(range(7), (1_000 - 5 * (year - 2025)) * 1000) for year in range(2025, 2037)
    }
    populations.add(work, vintage="2026", scenario=PopulationScenario.BASE, series=series)


class Clicks:
    """Counts the clicks on the way from a figure to its formula."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, what: Locator) -> None:
        what.click()
        self.count += 1


@pytest.mark.parametrize(
    ("kind", "source", "formula"),
    [
        (
            "Hyra",
            "KS 2026/0900 Förskola Exempel",
            ["Nivå 2027:", "Nivå 2026: 0,00", "Avskrivning", "/ 480 mån × 4 mån", "Internränta 2,5"],
        ),
        ("Löner", "Löneöversyn 2027", ["Löner inkl. PO 980 000 000 kr × 3,4 % × 9/12 = 24 990 000 kr"]),
        (
            "Demografi",
            "1–5 år: −25 invånare",
            ["4 962,5 år 2027", "4 987,5 år 2026", "× prislapp 126 000 kr = −3 150 000 kr"],
        ),
        ("Kapitalkostnad", "KS 2026/0900 Förskola Exempel", ["Lösa inventarier", "2 000 000 kr / 120 mån × 4 mån"]),
    ],
)  # fmt: skip
def test_any_figure_leads_to_its_inputs_and_formula_in_three_clicks(
    browsing: Browsing, filled: LiveSite, kind: str, source: str, formula: list[str]
) -> None:
    with begin(filled.database) as work:
        frame_calculations.decide(
            work, filled.site.round_id, decided_on=DAY, paragraph="99", title="Budget 2027"
        )
    page = browsing.open("council_viewer")
    page.goto("/frames")
    clicks = Clicks(page)
    clicks.on(page.get_by_role("link", name="Utbildningsnämnden 2027: ändring"))
    clicks.on(
        page.locator("#waterfall").locator("..").locator("..").get_by_role("link", name=kind, exact=True)
    )
    row = page.locator("[id^=kind-]:target")
    expect(row).to_contain_text(source)
    clicks.on(row.get_by_text("Visa uträkningen"))
    told = " ".join(row.inner_text().replace("\u00a0", " ").split())
    for words in formula:
        assert words in told, f"{words}: {told}"
    assert clicks.count <= 3
    # On to the very proposal, or the decision that made the row real.
    expect(row.get_by_role("link", name="Kommunfullmäktige 2026-06-01")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_from_bases_and_planned_rows_to_a_registered_decision(
    browsing: Browsing, filled: LiveSite, width: int
) -> None:
    page = browsing.open("finance", width=width)
    page.goto("/frames/bases")
    assert_accessible(page)
    keep_picture(page, f"frame-bases-{width}")
    page.locator("#rows-0-wages_ore").fill("1.500")
    page.get_by_role("button", name="Spara underlaget").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    keep_picture(page, f"frame-bases-fault-{width}")
    page.locator("[data-error-summary] a").first.press("Enter")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("120 000")
    page.get_by_role("button", name="Spara underlaget").click()
    expect(page.get_by_text("Underlaget är sparat.")).to_be_visible()

    page.goto("/frames/planned")
    assert_accessible(page)
    keep_picture(page, f"frame-planned-{width}")
    page.get_by_role("button", name="Lägg till rad").click()
    added = page.locator("[data-row]").last
    added.locator("select").first.select_option("UN")
    added.locator("[name$='amount_ore']").fill("700")
    added.locator("[name$='source']").fill("Läsande klass")
    added.locator("[name$='group']").fill("Simning")
    page.get_by_role("button", name="Spara justeringarna").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("teknisk justering")
    assert_accessible(page)
    keep_picture(page, f"frame-planned-fault-{width}")
    page.locator("[data-row]").last.locator("[name$='group']").fill("")
    page.get_by_role("button", name="Spara justeringarna").click()
    expect(page.get_by_text("planerade justeringarna är sparade")).to_be_visible()

    page.goto("/frames/draft")
    expect(page.get_by_role("rowheader", name="Läsande klass")).to_be_visible()
    page.get_by_text("Visa uträkningen").first.click()
    assert_accessible(page)
    keep_picture(page, f"frame-draft-{width}")
    page.goto("/frames/compare")
    assert_accessible(page)
    keep_picture(page, f"frame-compare-{width}")
    page.get_by_role("link", name="Utbildningsnämnden 2027: skillnad").click()
    assert_accessible(page)
    keep_picture(page, f"frame-difference-{width}")

    page.goto("/frames/draft")
    page.get_by_label("Beslutsdatum").fill("2026-06-15")
    page.get_by_label("Paragraf").fill("214")
    page.get_by_label("Vad beslutet gäller").fill("Verksamhetsplan med budget 2027")
    page.get_by_role("button", name="Registrera beslutet").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.get_by_role("heading", name="Så ändras nämndernas ramar")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"frame-decision-{width}")
    with look(filled.database) as work:
        education = frames.of_committee(work, filled.site.round_id, "UN").years[0]
        assert education.by_kind()[AdjustmentKind.PRIORITY] == (3_000 - 5_000 + 700) * TKR
    page.goto("/frames")
    assert_accessible(page)
    keep_picture(page, f"frames-decided-{width}")
    page.goto("/frames/UN?year=2027")
    page.locator("[data-chart] svg").first.wait_for()
    assert_accessible(page)
    keep_picture(page, f"frame-UN-{width}")
    page.emulate_media(media="print")
    keep_picture(page, f"frame-UN-print-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_delay_is_registered_and_the_frames_follow(
    browsing: Browsing, filled: LiveSite, width: int
) -> None:
    with look(filled.database) as work:
        (investment,) = [
            one for one in delays.investments_of(work, filled.site.round_id) if "0900" in delays.title_of(one)
        ]
        decision_id = investment.decision_id
    page = browsing.open("finance", width=width)
    page.goto(f"/decisions/{decision_id}")
    assert_accessible(page)
    keep_picture(page, f"decision-plan-{width}")
    page.get_by_role("link", name="Senarelägg Förskola Exempel").click()
    page.get_by_role("button", name="Registrera senareläggningen").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    keep_picture(page, f"delay-fault-{width}")
    page.get_by_label("Månader senare").fill("12")
    page.get_by_label("Beslutsdatum").fill("2026-06-20")
    page.get_by_label("Paragraf").fill("230")
    page.get_by_label("Vad beslutet gäller").fill("Senareläggning av Förskola Exempel")
    page.get_by_label("Skäl").fill("Detaljplanen är överklagad.")
    page.get_by_role("button", name="Registrera senareläggningen").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.get_by_role("heading", name="Senareläggningar i beslutet")).to_be_visible()
    assert_accessible(page)
    keep_picture(page, f"delay-{width}")
    page.goto("/frames/UN?year=2027")
    page.get_by_text("Visa uträkningen").last.click()
    assert_accessible(page)
    keep_picture(page, f"delay-frame-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_without_anything_say_what_comes_first(browsing: Browsing, live: LiveSite, width: int) -> None:
    page = browsing.open("finance", width=width)
    for name in ("", "/bases", "/planned", "/draft", "/compare"):
        page.goto(f"/frames{name}")
        assert_accessible(page)
        keep_picture(page, f"frames-empty{name.replace('/', '-')}-{width}")

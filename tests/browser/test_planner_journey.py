"""A planner's way from need to submitted proposal, in a real browser, at both widths and under the strict policy."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from investplan.domain.proposals import AlternativeKind, Component, Lease, Part
from investplan.services import proposals
from investplan.services.work import begin
from tests import factories
from tests.browser.conftest import WIDTHS, Browsing, assert_accessible, keep_picture

pytestmark = pytest.mark.browser

STEPS = ("need", "alternatives", "outlays", "consequences", "place", "review")


def look_at(page: Page, path: str, name: str, width: int) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    wait_until_drawn(page)
    keep_picture(page, f"{name}-{width}")
    assert_accessible(page)


def wait_until_drawn(page: Page) -> None:
    page.wait_for_load_state("load")
    if page.locator("[data-map], [data-map-draw]").count():
        page.locator("[data-map][data-ready], [data-map-draw][data-ready]").first.wait_for()
    for area in page.locator("[data-chart]").all():
        area.locator("svg").first.wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_planner_finds_every_page_accessible(browsing: Browsing, width: int) -> None:
    site = browsing.live.site
    page = browsing.open("planner", width=width)
    look_at(page, "/", "start-planner", width)
    look_at(page, "/proposals", "list", width)
    look_at(page, "/proposals?search=finnsinte", "list-nothing", width)
    look_at(page, f"/proposals/{site.submitted_id}", "show", width)
    look_at(page, f"/proposals/{site.draft_id}", "show-draft", width)
    look_at(page, "/proposals/new", "new", width)
    for step in STEPS:
        look_at(page, f"/proposals/{site.draft_id}/edit/{step}", f"edit-{step}", width)
    look_at(page, f"/proposals/{site.submitted_id}/edit/consequences", "edit-consequences-full", width)
    look_at(page, f"/proposals/{site.submitted_id}/edit/outlays", "edit-outlays-full", width)
    look_at(page, "/map", "map", width)


@pytest.mark.parametrize("width", WIDTHS)
def test_others_find_their_pages_accessible(browsing: Browsing, width: int) -> None:
    site = browsing.live.site
    look_at(browsing.open(width=width), "/sign-in", "sign-in", width)
    for username in ("finance", "council_viewer", "administrator"):
        page = browsing.open(username, width=width)
        look_at(page, "/", f"start-{username}", width)
    page = browsing.open("finance", width=width)
    look_at(page, f"/proposals/{site.submitted_id}", "show-finance", width)
    look_at(page, "/map?status=rejected", "map-nothing", width)
    english = browsing.open("finance", width=width, locale="en-GB")
    look_at(english, f"/proposals/{site.submitted_id}", "show-english", width)


@pytest.mark.parametrize("width", WIDTHS)
def test_errors_are_told_accessibly_and_nothing_typed_is_lost(browsing: Browsing, width: int) -> None:
    page = browsing.open("planner", width=width)
    page.goto("/proposals/new")
    page.get_by_label("Behov och syfte").fill("Lokalerna räcker inte.")
    page.get_by_role("button", name="Spara och fortsätt").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    keep_picture(page, f"new-errors-{width}")
    assert_accessible(page)
    summary.get_by_role("link", name="Ge förslaget en rubrik.").click()
    expect(page.get_by_label("Rubrik")).to_be_focused()
    expect(page.get_by_label("Behov och syfte")).to_have_value("Lokalerna räcker inte.")
    page.goto(f"/proposals/{browsing.live.site.draft_id}/edit/outlays")
    page.locator("#outlays-0-amount").fill("1.500")
    page.get_by_role("button", name="Spara och fortsätt").click()
    expect(page.locator("#outlays-0-amount")).to_have_value("1.500")
    expect(page.locator(".field__error")).to_contain_text("har en punkt")
    keep_picture(page, f"outlays-errors-{width}")
    assert_accessible(page)


def look_at_both_widths(page: Page, name: str) -> None:
    """Pictures of the page as it stands, and nothing for axe to find, on a phone and on a desk."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page, f"{name}-{width}")
        assert_accessible(page)


def sign_in(page: Page, username: str) -> None:
    page.goto("/proposals/new")
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill("korrekt häst batteri")
    page.get_by_role("button", name="Logga in").click()


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Spara och fortsätt").click()


def test_a_planner_writes_draws_and_submits_and_finance_sees_it(browsing: Browsing) -> None:
    page = browsing.open()
    sign_in(page, "planner")
    expect(page).to_have_url(re.compile("/proposals/new$"))
    page.get_by_label("Rubrik").fill("Förskolan Vitsippan")
    page.get_by_label("Diarienummer").fill("UN 2026/0815")
    page.get_by_label("Behov och syfte").fill("Sex avdelningar till, annars bryts barnomsorgsgarantin.")
    go_on(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Alternativ")
    page.get_by_role("button", name="Nybyggnad").click()
    page.get_by_label("Benämning").fill("Nybyggnad på Skolgatan")
    page.get_by_label("2028").check()
    page.get_by_label("2029").check()
    page.get_by_label("Tas i bruk", exact=True).select_option("1")
    page.get_by_label("Månad då det tas i bruk").select_option("8")
    page.get_by_label("Ägs och hyrs ut av").select_option("SEN")
    page.get_by_label("Hyrd yta").fill("1850")
    go_on(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Utgifter")
    page.get_by_role("button", name="Lägg till år").click()
    page.locator("#outlays-0-amount").fill("40 000")
    page.get_by_role("button", name="Lägg till år").click()
    page.locator("#outlays-1-offset").select_option("1")
    page.locator("#outlays-1-amount").fill("32 500,5")
    expect(page.locator("#outlays output")).to_have_text(re.compile("72.500,5"))
    page.get_by_label("Vanliga komponenter").select_option(label="Stomme och grund, 80 år")
    page.get_by_role("button", name="Lägg till komponenten").click()
    expect(page.locator("#components-0-life")).to_have_value("80")
    expect(page.locator("#outlays-1-amount")).to_have_value("32 500,5")
    page.locator("#components-0-amount").fill("72 000")
    page.get_by_role("button", name="Spara och stanna kvar").click()
    expect(page.locator(".key-figures")).to_contain_text("+501")
    page.locator("#components-0-amount").fill("60 000")
    page.get_by_role("button", name="Lägg till egen komponent").click()
    page.locator("#components-1-name").fill("Etapp 2, gård")
    page.locator("#components-1-amount").fill("12 500,5")
    page.locator("#components-1-life").fill("20")
    page.locator("#components-1-opens_year").select_option("2")
    go_on(page)
    expect(page.locator("#components-1-opens_month-error")).to_contain_text("Välj också vilken månad")
    look_at_both_widths(page, "journey-stage-error")
    page.locator("#components-1-opens_month").select_option("6")
    page.locator("#components-1-lease").fill("180")
    look_at_both_widths(page, "journey-stage")
    go_on(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Bidrag, drift och utrangering")
    page.locator("#grants_stated-group").get_by_label("Inga: det är noll").check()
    page.locator("#operating_stated-group").get_by_label("De som står i raderna").check()
    page.get_by_role("button", name="Lägg till kostnad eller intäkt").click()
    page.locator("#operating-0-kind").select_option("staff")
    page.locator("#operating-0-amount").fill("11 200")
    page.get_by_role("button", name="Lägg till hyresavtal").click()
    expect(page.locator("#leases-0-name")).to_be_focused()
    page.keyboard.type("Paviljongen på Lindvägen")
    page.locator("#leases-0-ended").select_option("y")
    page.locator("#leases-0-area_m2").fill("400")
    page.locator("#leases-0-ore_per_m2").fill("1 200")
    page.locator("#leases-0-notice_months").fill("9")
    page.locator("#leases-0-restoration_ore").fill("350")
    page.get_by_role("button", name="Lägg till hyresavtal").click()
    page.locator("#leases-1-name").fill("Lokal under byggtiden")
    page.locator("#leases-1-area_m2").fill("300")
    page.locator("#leases-1-ore_per_m2").fill("1 850")
    page.locator("#leases-1-index_share").fill("80")
    page.locator("#leases-1-starts_after_months").fill("-12")
    page.locator("#leases-1-lasts_months").fill("12")
    look_at_both_widths(page, "journey-leases")
    go_on(page)

    page.locator("[data-map-draw][data-ready]").wait_for()
    page.get_by_role("button", name="Punkt").focus()
    page.locator("#place-map canvas").first.scroll_into_view_if_needed()
    box = page.locator("#place-map canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_label("N (norr)")).to_have_value(re.compile(r"^6\d{6}$"))
    keep_picture(page, "journey-place")
    go_on(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Granska och lämna in")
    expect(page.locator("#missing li")).to_have_count(1)
    expect(page.get_by_role("heading", name="Det här bär nämnderna")).to_be_visible()
    rent = page.get_by_role("row", name=re.compile("^Internhyra")).first
    expect(rent).to_contain_text(re.compile(r"[1-9]\s\d{3}"))
    expect(page.get_by_text("tas i bruk för sig i juni år 3")).to_be_visible()
    expect(page.get_by_text("Paviljongen på Lindvägen: sägs upp")).to_be_visible()
    wait_until_drawn(page)
    keep_picture(page, "journey-review")
    page.locator("#missing a").click()
    page.locator("#disposals_stated-group").get_by_label("Inga: det är noll").check()
    go_on(page)
    go_on(page)
    page.get_by_role("button", name="Lämna in förslaget").click()
    expect(page.locator("#flashes")).to_contain_text("inlämnat")

    finance = browsing.open("finance")
    finance.goto("/proposals?status=submitted&search=vitsippan")
    finance.get_by_role("link", name="Förskolan Vitsippan").click()
    wait_until_drawn(finance)
    keep_picture(finance, "journey-finance")
    finance.locator("#score-behov").select_option("4")
    finance.get_by_role("button", name="Spara poängen").click()
    expect(finance.locator("#flashes")).to_contain_text("Poängen är sparade")
    expect(finance.locator("#score-behov")).to_have_value("4")


def compared_proposal(browsing: Browsing) -> int:
    """Build in two stages against a lease with fit-out, both with an old lease that ends."""
    pavilion = Lease("Paviljongen på Lindvägen", "UN", 400, 1_200_00, ended=True, notice_months=9)
    build = factories.alternative(
        70 * factories.MNKR, title="Nybyggnad på Skolgatan", starts=(2028, 2029), commissioned_after_months=19,
        landlord="SEN", area_m2=1850, leases=(pavilion,),
        components=(
            Component("Stomme och grund", 50 * factories.MNKR, 960),
            Component("Etapp 2, gård", 15 * factories.MNKR, 240, commissioned_after_months=29),
            Component("Inventarier", 5 * factories.MNKR, 120, Part.USER),
        ),
    )  # fmt: skip
    rented = Lease(
        "Kvarteret Valnötsträdet",
        "UN",
        1700,
        2_150_00,
        Fraction("0.8"),
        0,
        240,
        restoration_ore=factories.MNKR,
    )
    lease = factories.alternative(
        4 * factories.MNKR, "lease", title="Inhyrning i tjugo år", kind=AlternativeKind.LEASE, starts=(2028,),
        leases=(rented, pavilion),
        components=(Component("Anpassning", 4 * factories.MNKR, 300, Part.USER, lease_months=240),),
    )  # fmt: skip
    with begin(browsing.live.database) as work:
        facts = factories.facts("UN 2026/0321", title="Förskolan Valnöten", alternatives=(build, lease))
        return proposals.create(work, browsing.live.site.round_id, facts).id


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_followed_to_its_formula_and_alternatives_are_compared(
    browsing: Browsing, width: int
) -> None:
    page = browsing.open("planner", width=width)
    path = f"/proposals/{compared_proposal(browsing)}"
    look_at(page, path, "compared", width)
    bridge = page.get_by_role("region", name="Från nämnderna till kommunen, per år")
    bridge.get_by_role("link", name="2032").click()
    why = page.locator("#cost-bridge-why")
    expect(why).to_have_attribute("open", "")
    expect(why.get_by_text("Internränta 2,5").first).to_be_visible()
    page.get_by_label("Kapitalkostnaden visas").select_option("level")
    page.get_by_role("button", name="Räkna om").click()
    expect(page.get_by_role("region", name="Kapitalkostnad per del, utjämnad (annuitet)")).to_be_visible()
    page.get_by_role("link", name="Inhyrning i tjugo år").click()
    page.get_by_text("Visa uträkningen år för år: Inhyrning i tjugo år").click()
    expect(page.get_by_role("region", name="Kommunens betalningar, Inhyrning i tjugo år")).to_be_visible()
    wait_until_drawn(page)
    keep_picture(page, f"compared-lease-{width}")
    assert_accessible(page)
    look_at(page, path + "/edit/review", "compared-review", width)


def test_two_planners_in_two_browsers_see_both_versions_and_choose(browsing: Browsing) -> None:
    site = browsing.live.site
    address = f"/proposals/{site.draft_id}/edit/need"
    mine, theirs = browsing.open("planner"), browsing.open("finance")
    for page in (mine, theirs):
        page.goto(address)
    theirs.get_by_label("Rubrik").fill("Förskolan enligt ekonomi")
    go_on(theirs)
    mine.get_by_label("Rubrik").fill("Förskolan enligt mig")
    mine.get_by_label("Behov och syfte").fill("Min långa motivering.")
    go_on(mine)
    expect(mine.get_by_role("heading", level=1)).to_have_text("Två versioner")
    keep_picture(mine, "conflict")
    assert_accessible(mine)
    mine.get_by_label("Behov och syfte: Din version, Min långa motivering.").check()
    mine.get_by_role("button", name="Spara det valda").click()
    mine.goto(address)
    expect(mine.get_by_label("Rubrik")).to_have_value("Förskolan enligt ekonomi")
    expect(mine.get_by_label("Behov och syfte")).to_have_value("Min långa motivering.")


def test_the_steps_work_by_keyboard_alone(browsing: Browsing) -> None:
    page = browsing.open("planner")
    page.goto("/proposals/new")
    page.get_by_label("Rubrik").focus()
    page.keyboard.type("Bara tangentbord")
    page.keyboard.press("Tab")
    page.keyboard.type("UN 2026/0900")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alternativ")
    page.goto(f"/proposals/{browsing.live.site.draft_id}/edit/place")
    page.locator("[data-map-draw][data-ready]").wait_for()
    page.get_by_label("N (norr)").focus()
    page.keyboard.type("6280546")
    page.keyboard.press("Tab")
    page.keyboard.type("583460")
    page.keyboard.press("Tab")
    expect(page.locator("#wkt")).to_have_value(re.compile("583460"))
    page.keyboard.press("Escape")
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Granska och lämna in")

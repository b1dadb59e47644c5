"""A school from need to ready for prioritisation: gates, consultations, a way ruled out, a secret place, two who write at once."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from investplan.db.models import Organisation
from investplan.domain.consequences import consequences
from investplan.domain.organisations import Role
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import Stage
from investplan.services import organisations, proposal_records, proposals, stage_moves
from investplan.services.work import begin, look
from investplan.units import round_half_up
from tests import factories
from tests.browser.conftest import Browsing, LiveSite, assert_accessible, keep_picture
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.browser
EAST, NORTH = "583771", "6281332"
GUARDING_ORE = 85_000_00
LAST_YEAR = 2036
WIDE, NARROW = 1280, 360


def saved(page: Page) -> None:
    page.get_by_role("button", name="Spara och stanna kvar").click()
    expect(page.locator("#flashes")).to_contain_text("Sparat")


def follow(page: Page, path: str, missing: str) -> None:
    """From the proposal's page, by the checklist's link, to the very field that is missing, unfolded."""
    page.goto(f"{path}#gate")
    page.locator("#gate").get_by_role("link", name=missing).click()
    page.wait_for_url(re.compile("/edit/"))
    expect(page.locator(f"[id='{page.url.partition('#')[2]}']")).to_be_visible()


def begin_school(page: Page) -> str:
    """The need alone, in as few words as the first page takes. Gives the proposal's address."""
    page.goto("/proposals/new")
    page.get_by_label("Rubrik").fill("Kalkstensskolan F–6")
    page.get_by_label("Diarienummer").fill("UN 2026/0700")
    page.get_by_label("Behov och syfte").fill("Tvåhundra elever saknar plats 2031.")
    page.get_by_label("Utgift, utan moms").fill("180 000")
    page.get_by_label("Plats i ord").fill("Kalkstensvägen")
    page.get_by_role("button", name="Spara och fortsätt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bidrag, drift och utrangering")
    page.locator("#grants_stated-group").get_by_label("Inga: det är noll").check()
    page.locator("#disposals_stated-group").get_by_label("Inga: det är noll").check()
    page.locator("#operating_stated-group").get_by_label("De som står i raderna").check()
    page.get_by_role("button", name="Lägg till kostnad eller intäkt").click()
    page.locator("#operating-0-kind").select_option("staff")
    page.locator("#operating-0-amount").fill("11 200")
    saved(page)
    page.goto(page.url.partition("/edit")[0] + "/edit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Granska och lämna in")
    return re.sub(r"/edit.*", "", page.url)


def pass_gate(page: Page, path: str, name: str, paragraph: str = "") -> None:
    page.goto(f"{path}#gate")
    # The same address with the same mark would not be asked for anew.
    page.reload()
    expect(page.locator("#gate").get_by_text("saknas", exact=True)).to_have_count(0)
    page.locator("#gate").get_by_role("link", name=name, exact=True).click()
    if paragraph:
        page.get_by_label("Beslutsdatum").fill("2026-03-10")
        page.get_by_label("Paragraf").fill(paragraph)
    page.locator("form").get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("Flyttat")


def analyse(page: Page, path: str) -> None:
    """What the gate to the pre-study lacks, link by link: two ways, one of them ruled out with its reason."""
    follow(page, path, "Skriv vad som händer om inget görs.")
    page.get_by_label("Om inget görs").fill("Eleverna bussas till Smedby.")
    saved(page)
    follow(page, path, "Ange minst ett mål")
    page.get_by_role("button", name="Lägg till det förslaget bidrar till").click()
    page.locator("#steering-0-text").fill("Skola nära hemmet")
    saved(page)
    follow(page, path, "Minst två alternativ krävs")
    page.locator("#alternatives").get_by_role("button", name="Ombyggnad").click()
    page.locator("#alternatives-1-title").fill("Bygga om gamla skolan")
    other = page.locator("#alternatives-1")
    other.get_by_text("Nytta, prisnivå och bortval").click()
    page.locator("#alternatives-1-rejected").check()
    page.locator("#alternatives-1-rejected_reason").fill("Huset har rivningslov och ingen gård.")
    saved(page)


def study(page: Page, path: str, report: Path) -> None:
    """What the gate to the design lacks."""
    follow(page, path, "Ange hur långt detaljplanen")
    page.locator("#plan_status").select_option("plan_adopted")
    page.get_by_label("N (norr)").fill(NORTH)
    page.get_by_label("E (öster)").fill(EAST)
    saved(page)
    follow(page, path, "Ange kalkylens noggrannhet")
    page.locator("#accuracy_percent").fill("20")
    saved(page)
    follow(page, path, "Ange riskerna")
    page.locator("#risks_stated-group").get_by_label("Inga risker att nämna").check()
    saved(page)
    follow_file(page, path, report)


def follow_file(page: Page, path: str, report: Path) -> None:
    page.goto(f"{path}#gate")
    page.locator("#gate").get_by_role("link", name="Lägg till filen bland förslagets filer").click()
    page.get_by_label("Fil", exact=True).set_input_files(report)
    page.get_by_label("Vad är det?").select_option(label="Förstudierapport")
    page.get_by_role("button", name="Lägg till").click()
    expect(page.get_by_role("link", name=report.name)).to_be_visible()


def ask(page: Page, path: str, name: str) -> None:
    """Send the proposal out to one party, whose reply the next gate then waits for."""
    page.goto(f"{path}#consultations")
    page.get_by_role("link", name="Skicka på remiss").click()
    group = page.get_by_role("checkbox", name=f"Fråga {name}")
    if not group.is_visible():
        page.get_by_text("Andra nämnder och bolag").first.click()
    for one in page.get_by_role("checkbox", name=re.compile("^(Fråga|Berörd) ")).all():
        one.uncheck()
    group.check()
    page.get_by_role("checkbox", name=f"Berörd {name}").check()
    page.get_by_label("Svar senast").fill("2099-05-29")
    page.locator("form").get_by_role("button", name="Skicka på remiss").last.click()
    expect(page.locator("#flashes")).to_contain_text("Remissen är skickad till 1 part")


def reply(page: Page, stance: str, costs: str = "") -> None:
    page.goto("/consultations")
    page.get_by_role("link", name=re.compile("Svara.*Kalkstensskolan")).first.click()
    page.get_by_label(stance, exact=True).check()
    page.get_by_label("Yttrande").fill("Vi öppnar biblioteket för skolan och vaktar det.")
    if costs:
        page.get_by_role("button", name="Lägg till kostnad eller besparing").click()
        page.locator("#costs-0-amount").fill(costs)
        page.locator("#costs-0-kind").select_option("cleaning")
        page.locator("#costs-0-note").fill("Vakt")
    page.get_by_label("Beslutsdatum").fill("2026-05-20")
    page.get_by_role("button", name="Lämna svaret").click()
    expect(page.locator("#flashes")).to_be_visible()


def counted_ore(live: LiveSite, proposal_id: int, start: int) -> dict[str, int]:
    """What each committee bears in the last year, by the service, öre, by its name."""
    with look(live.database) as work:
        facts = proposal_records.facts(proposals.find(work, proposal_id))
        effects = consequences(
            facts.alternatives[0],
            committee=facts.committee,
            start=start,
            parameters=DEFAULTS,
            years=[LAST_YEAR],
        )
        view, named = effects.committee_view, organisations.by_code(work)
        return {named[code].name: view.levels(code).ore[0] for code in view.committees}


def shown_tkr(page: Page, path: str) -> tuple[int, dict[str, int]]:
    """The start shown, and each committee's sum in the last year as the proposal's page tells it, whole tkr."""
    page.goto(path)
    start = int(page.locator("#costs #start").input_value())
    sums = {}
    for row in (
        page.get_by_role("region", name="Nämndernas kostnader per år", exact=True).get_by_role("row").all()
    ):
        cells = row.locator("th, td").all_inner_texts()
        if cells[0].startswith("Summa "):
            sums[cells[0].removeprefix("Summa ")] = int(re.sub(r"\s", "", cells[-1]))
    return start, sums


def company_user(browsing: Browsing, width: int) -> Page:
    """A planner of the water company, who signs in."""
    with begin(browsing.live.database) as work:
        company = work.session.get_one(Organisation, browsing.live.site.organisation_ids["KVAB"])
        factories.user(work, "vattnet", Role.PLANNER, company)
    page = browsing.open(width=width)
    page.goto("/consultations")
    page.get_by_label("Användarnamn").fill("vattnet")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    return page


def submit(page: Page, path: str) -> None:
    page.goto(f"{path}/edit/review")
    expect(page.get_by_text("Allt som behövs är ifyllt")).to_be_visible()
    page.get_by_role("button", name="Lämna in förslaget").click()
    expect(page.locator("#flashes")).to_contain_text("inlämnat")
    expect(page.get_by_text("Klart för prioritering").first).to_be_visible()


def look_at(page: Page, name: str, width: int) -> None:
    assert_accessible(page)
    keep_picture(page, f"whole-{name}-{width}")


def test_a_school_goes_from_need_to_ready_through_three_gates_and_two_consultations(
    browsing: Browsing, live: LiveSite, tmp_path: Path
) -> None:
    report = tmp_path / "Förstudie.pdf"
    report.write_bytes(b"%PDF-1.7 rapport")
    planner, board = browsing.open("planner"), browsing.open("executive_board")
    path = begin_school(planner)
    proposal_id = int(path.rpartition("/")[2])
    pass_gate(planner, path, "Till Behovsanalys")
    look_at(planner, "analysis", WIDE)
    analyse(planner, path)
    pass_gate(board, path, "Till Förstudie", "41")
    look_at(board, "pre-study", WIDE)

    study(planner, path, report)
    ask(planner, path, "Kultur- och fritidsnämnden")
    ask(planner, path, "Vatten AB")
    planner.goto(path)
    expect(planner.locator("#gate")).to_contain_text("Svar saknas från Kultur- och fritidsnämnden, Vatten AB")
    start, before = shown_tkr(planner, path)
    before_ore = counted_ore(live, proposal_id, start)
    reply(company_user(browsing, WIDE), "Tillstyrker")
    assert shown_tkr(planner, path) == (start, before)
    reply(browsing.open("other_planner"), "Tillstyrker med ändring", "85 000")
    _, after = shown_tkr(planner, path)
    look_at(planner, "replied", WIDE)
    after_ore = counted_ore(live, proposal_id, start)
    assert after_ore == {**before_ore, "Kultur- och fritidsnämnden": GUARDING_ORE}
    assert before == {name: round_half_up(Fraction(ore, factories.TKR)) for name, ore in before_ore.items()}
    assert after == {name: round_half_up(Fraction(ore, factories.TKR)) for name, ore in after_ore.items()}
    assert after["Kultur- och fritidsnämnden"] == 85

    pass_gate(board, path, "Till Program och projektering", "96")
    planner.goto(path)
    planner.get_by_role("link", name="Bygga om gamla skolan").first.click()
    expect(planner.get_by_text("Huset har rivningslov och ingen gård.").first).to_be_visible()
    submit(planner, path)
    look_at(planner, "submitted", WIDE)
    with look(live.database) as work:
        made = proposals.find(work, proposal_id)
        standing = stage_moves.standing(work, made, proposal_records.facts(made))
        assert (made.status, made.stage, standing.competes) == ("submitted", Stage.DESIGN, True)
        assert [one.paragraph for one in standing.history] == ["96", "41", ""]
        assert [one.rejected_reason for one in standing.facts.alternatives if one.rejected] == [
            "Huset har rivningslov och ingen gård."
        ]


def test_on_a_phone_a_reply_with_costs_reaches_a_proposal_that_is_then_submitted(
    browsing: Browsing, live: LiveSite
) -> None:
    planner = browsing.open("planner", width=NARROW)
    path = begin_school(planner)
    pass_gate(planner, path, "Till Behovsanalys")
    ask(planner, path, "Kultur- och fritidsnämnden")
    start, before = shown_tkr(planner, path)
    reply(browsing.open("other_planner", width=NARROW), "Tillstyrker med ändring", "85 000")
    assert shown_tkr(planner, path) == (start, {**before, "Kultur- och fritidsnämnden": 85})
    look_at(planner, "replied", NARROW)
    submit(planner, path)
    look_at(planner, "submitted", NARROW)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_colleague_of_another_committee_finds_no_secret_place(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    site = live.site
    with begin(live.database) as work:
        proposals.find(work, site.submitted_id).place_note = "Bakom vattentornet"
    path = f"/proposals/{site.submitted_id}"
    planner, colleague = browsing.open("planner", width=width), browsing.open("other_planner", width=width)
    colleague.goto(path)
    expect(colleague.get_by_text("Bakom vattentornet").first).to_be_visible()
    planner.goto(path)
    planner.get_by_role("link", name="Sekretessmarkera delar av förslaget").click()
    first = planner.get_by_role("checkbox").first
    first.check()
    planner.get_by_label("Bestämmelse").first.fill("19 kap. 3 § OSL")
    look_at(planner, "secrecy", width)
    planner.get_by_role("button", name="Spara").click()
    expect(planner.get_by_text("Bakom vattentornet").first).to_be_visible()
    colleague.reload()
    expect(
        colleague.get_by_text("Var förslaget ligger omfattas av sekretess (19 kap. 3 § OSL).")
    ).to_be_visible()
    assert "vattentornet" not in colleague.content()
    assert "583460" not in colleague.content()
    look_at(colleague, "secret", width)
    assert colleague.request.get(f"/map/features.json?proposal={site.submitted_id}").json()["features"] == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_two_who_write_in_the_same_step_see_both_texts_and_choose_field_by_field(
    browsing: Browsing, live: LiveSite, width: int
) -> None:
    address = f"/proposals/{live.site.draft_id}/edit/need"
    mine, theirs = browsing.open("planner", width=width), browsing.open("manager", width=width)
    for page in (mine, theirs):
        page.goto(address)
    written = {
        "Rubrik": ("Sörgården, sex avdelningar", "Sörgården och köket"),
        "Behov och syfte": ("Köerna växer.", "Köket är dömt."),
    }
    for name, (own, other) in written.items():
        mine.get_by_label(name).fill(own)
        theirs.get_by_label(name).fill(other)
    saved(theirs)
    mine.get_by_role("button", name="Spara och fortsätt").click()
    expect(mine.get_by_role("heading", level=1)).to_have_text("Två versioner")
    for text in (one for both in written.values() for one in both):
        expect(mine.locator("main").get_by_text(text, exact=True).first).to_be_visible()
    look_at(mine, "conflict", width)
    mine.get_by_label("Rubrik: Din version, Sörgården, sex avdelningar").check()
    mine.get_by_role("button", name="Spara det valda").click()
    for page in (mine, theirs):
        page.goto(address)
        expect(page.get_by_label("Rubrik")).to_have_value("Sörgården, sex avdelningar")
        expect(page.get_by_label("Behov och syfte")).to_have_value("Köket är dömt.")

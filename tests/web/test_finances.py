from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.domain.finances import Item, Phase
from investplan.domain.indicators import Indicator
from investplan.domain.targets import Operator
from investplan.services import finances, financial_room, financial_targets, rounds, scenarios
from investplan.services.work import Work
from investplan.units import NBSP
from tests import prepared_finances, prepared_plans
from tests.factories import MNKR
from tests.prepared_finances import YEAR, target
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]
PAGES = ("/finances", "/finances/room", "/finances/balance", "/finances/figures")


def plain(page: str) -> str:
    """The page's words, with one space between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace(NBSP, " "))


@pytest.fixture
def filled(site: Site, writing: Opening) -> int:
    """Finances, three targets and a plan that takes the room from them; gives the run's id."""
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        prepared_finances.fill(work, found)
        prepared_finances.targets(work, found)
        made = scenarios.create(work, found.id, scenarios.ScenarioFacts("Rummet"))
        financial_room.hand_over(work, made.id, seen_version=1)
        return prepared_plans.plan_of(work, made).id


@pytest.mark.parametrize("address", PAGES)
def test_empty_pages_say_what_is_missing_and_who_writes_it(
    finance: FlaskClient, planner: FlaskClient, address: str
) -> None:
    page = finance.get(address)
    assert page.status_code == 200
    assert "Inga siffror än" in page.text or "Inga mål än" in page.text
    assert "Lägg in siffror" not in planner.get(address).text


@pytest.mark.parametrize("address", PAGES)
def test_pages_show_figures_and_a_plan_on_top(council_viewer: FlaskClient, filled: int, address: str) -> None:
    assert "inte beslutad" not in council_viewer.get(address).text
    on_top = council_viewer.get(f"{address}?run={filled}").text
    assert "Scenario – inte beslutat" in on_top
    for wrong in ("999", "x", "9999999999"):
        assert council_viewer.get(f"{address}?run={wrong}").status_code == 404


def test_the_suggested_target_shows_how_sure_it_is(finance: FlaskClient, site: Site) -> None:
    assert "Något mål för självfinansiering föreslås inte" in finance.get("/finances").text
    assert finance.post("/finances/targets/suggestions").status_code == 303
    words = plain(finance.get("/finances").text)
    assert "minst 2,00 %, varje år" in words
    assert "Rimligt" in words
    assert finance.post("/finances/targets/suggestions").status_code == 409


def test_targets_are_told_by_word_shape_and_numbers(council_viewer: FlaskClient, filled: int) -> None:
    words = plain(council_viewer.get("/finances").text)
    # A result of 15.5 of 500; own funds of 45.5 for an investment of 5; 150 mnkr in loans for 9 000 inhabitants.
    assert "nås alla 10 år" in words
    assert "15,5 / 500,0 = 3,10 %" in words
    assert "(15,5 + 30,0 + 0,0) / 5,0 = 910,0 %" in words
    assert "150,0 / 9 000 = 16 667 kr" in words
    with_plan = plain(council_viewer.get(f"/finances?run={filled}").text)
    assert "Med planen" in with_plan
    assert "Målet med planen" in with_plan


def test_a_missed_target_and_a_missing_figure_are_told_apart(
    council_viewer: FlaskClient, site: Site, writing: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_finances.fill(work, found, years=2, operations=460)
        prepared_finances.change(work, found, 2028, Phase.PLAN, {"tax": 400})
        prepared_finances.targets(work, found)
    words = plain(council_viewer.get("/finances").text)
    assert "nås inte" in words
    assert "nås 0 av 10 år, 9 okända" in words
    assert "Uppgift saknas: årets resultat 2028, skatter, bidrag och utjämning 2028" in words


def test_the_room_shows_formulas_with_numbers_and_what_is_handed_over(
    council_viewer: FlaskClient, filled: int
) -> None:
    words = plain(council_viewer.get("/finances/room?year=2029").text)
    for text in (
        "Uträkningen 2029",
        "(15,5 + 30,0 + 0,0) = 45,5 mnkr",
        "45,5 / 70,0 % = 65,0 mnkr",
        "20 000 kr × 9 000 invånare − 150,0 = 30,0 mnkr",
        "(1 − 2,0 %) × 500,0 − 484,5 = 5,5 mnkr",
        "0,7 × investeringsutgift + driftkostnad i koncernvyn − avskrivningar och utrangeringar",
        "löpande summa från första året",
    ):
        assert text in words, text
    assert "Driftutrymme, med planen" in plain(council_viewer.get(f"/finances/room?run={filled}").text)


def test_the_committees_room_is_written_in_a_table(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    assert finance.get("/finances/rooms").status_code == 200
    sent = {"version": "0", "UN.2027": "1,5", "UN.2028": "0", "KFN.2027": ""}
    assert finance.post("/finances/rooms", data=sent).status_code == 303
    with looking() as work:
        assert financial_room.rooms_of(work, site.round_id) == ({"UN": {2027: 150_000_000, 2028: 0}}, 1)
    wrong = finance.post("/finances/rooms", data={**sent, "version": "1", "UN.2029": "1.5"})
    assert wrong.status_code == 422
    assert 'href="#UN.2029">Utbildningsnämnden 2029: ' in wrong.text
    assert 'href="#UN.2029"' in wrong.text
    assert 'value="1.5"' in wrong.text
    late = finance.post("/finances/rooms", data={**sent, "UN.2027": "9"})
    assert late.status_code == 409
    assert "någon annan har sparat 1,5" in late.text
    assert "Utbildningsnämnden" in finance.get("/finances/room").text


def test_the_statement_the_reserve_and_the_schedule(
    council_viewer: FlaskClient, site: Site, writing: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        for year, result in ((2023, "-12.4"), (2024, 4), (2025, 30)):
            figures = {**YEAR, "result": result, "tax_and_grants": 500, "reserve": 0}
            for name in (
                "tax",
                "grants",
                "equalisation",
                "operations",
                "financial_income",
                "financial_costs",
            ):
                del figures[name]
            prepared_finances.change(work, found, year, Phase.HISTORY, figures)
    words = plain(council_viewer.get("/finances/balance").text)
    for text in (
        "Årets resultat efter balanskravsjusteringar",
        "Reservering till resultatutjämningsreserv (från 2024 resultatreserv)",
        "2026",
        "4,0 mnkr 2024, 8,4 mnkr 2025",
        "återställt 2025",
        "30,0 − 5,0 = 25,0 mnkr",
    ):
        assert text in words, text


def test_a_reserve_that_breaks_the_rules_is_told(
    council_viewer: FlaskClient, site: Site, writing: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_finances.fill(work, found, years=1, reserve_added=40, reserve=60)
    words = plain(council_viewer.get("/finances/balance").text)
    assert "40,0 mnkr är reserverat, högst 0,0 får reserveras." in words
    assert "Reserven är 60,0 mnkr, taket är 25,0." in words


def _figures(**changes: str) -> dict[str, str]:
    return {"version": "0", "source-all": "Budgetmodell", "tax": "4 012,5", "population": "72 000", **changes}


def test_figures_are_written_as_typed_and_empty_is_not_zero(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    address = "/finances/figures/plan/2027/edit"
    assert finance.get(address).status_code == 200
    sent = _figures(grants="0", **{"grants-source": "Beslut"})
    assert finance.post(address, data=sent).status_code == 303
    with looking() as work:
        figures = finances.year_of(work, site.round_id, 2027, Phase.PLAN).figures
    assert {item: (one.amount, one.source) for item, one in figures.items()} == {
        Item.TAX: (401_250_000_000, "Budgetmodell"),
        Item.GRANTS: (0, "Beslut"),
        Item.POPULATION: (72_000, "Budgetmodell"),
    }
    shown = plain(finance.get("/finances/figures/plan/2027").text)
    assert "4 012,5" in shown
    assert "Budgetmodell" in shown
    again = finance.get(address).text
    assert 'value="4\u00a0012,5"' in again
    assert 'value="72\u00a0000"' in again


def test_faults_stand_at_their_fields_and_all_that_was_typed_is_kept(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    wrong = _figures(tax="4.012", population="många", loans="1", **{"loans-source": "x" * 201})
    answer = finance.post("/finances/figures/plan/2027/edit", data=wrong)
    assert answer.status_code == 422
    for name in ("tax", "population"):
        assert f'href="#{name}"' in answer.text
        assert f'id="{name}-error"' in answer.text
    assert re.search(r'<a href="#tax">Skatteintäkter: .*4.012', answer.text)
    assert 'value="4.012"' in answer.text
    answer = finance.post("/finances/figures/plan/2027/edit", data=_figures(**{"tax-source": "x" * 201}))
    assert answer.status_code == 422
    assert 'href="#tax-source"' in answer.text
    with looking() as work:
        assert finances.year_of(work, site.round_id, 2027, Phase.PLAN).version == 0


def test_two_who_save_at_once_see_both_versions_item_by_item(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    address = "/finances/figures/plan/2027/edit"
    finance.post(address, data=_figures(loans="5"))
    answer = finance.post(address, data=_figures(tax="3", **{"source-all": ""}))
    assert answer.status_code == 409
    words = plain(answer.text)
    assert "4 012,5 (Budgetmodell)" in words
    keep = {"version": "1", "keep-tax": "mine", "keep-loans": "theirs", "keep-population": "theirs"}
    assert finance.post(address, data={**_figures(tax="3"), **keep}).status_code == 303
    with looking() as work:
        figures = finances.year_of(work, site.round_id, 2027, Phase.PLAN).figures
    assert figures[Item.TAX].amount == 3 * MNKR
    assert figures[Item.LOANS].amount == 5 * MNKR


def test_figures_that_do_not_agree_say_by_how_much(
    finance: FlaskClient, site: Site, writing: Opening
) -> None:
    with writing() as work:
        prepared_finances.fill(work, rounds.find(work, site.round_id), years=1, result=15)
    words = plain(finance.get("/finances/figures").text)
    assert (
        "2027: årets resultat anges till 15,0 mnkr men följer av de andra posterna som 15,5 mnkr. "
        "Skillnad −0,50 mnkr." in words
    )
    assert "skillnad −0,50" in plain(finance.get("/finances/figures/plan/2027/edit").text)


def test_another_year_can_be_opened(finance: FlaskClient) -> None:
    answer = finance.get("/finances/figures/add?year=2014&phase=history")
    assert answer.headers["Location"] == "/finances/figures/history/2014/edit"
    assert (
        finance.get("/finances/figures/add?year=abc&phase=history").headers["Location"] == "/finances/figures"
    )
    assert finance.get("/finances/figures/nej/2027").status_code == 404


def _target(**changes: str) -> dict[str, str]:
    return {
        "key": "k", "name": "Självfinansiering", "indicator": "self_financing", "operator": "at_least",
        "value": "72,5", "average_years": "3", "first_year": "2027", "last_year": "", "decided_by": "KF § 9",
        "is_limit": "y", "confidence": "low", **changes,
    }  # fmt: skip


def test_a_target_is_written_changed_and_removed(
    finance: FlaskClient, site: Site, looking: Opening, writing: Opening
) -> None:
    assert finance.get("/finances/targets/new").status_code == 200
    assert finance.post("/finances/targets", data=_target()).status_code == 303
    with looking() as work:
        (row,) = financial_targets.all_of(work, site.round_id)
        row_id = row.id
        assert (row.value, row.average_years, row.first_year, row.last_year) == ("0.725", 3, 2027, None)
    form = finance.get(f"/finances/targets/{row_id}/edit").text
    assert 'value="72,5"' in form
    changed = _target(indicator="debt_per_inhabitant", operator="at_most", value="20 000", average_years="1")
    assert (
        finance.post(f"/finances/targets/{row_id}/edit", data={**changed, "version": "1"}).status_code == 303
    )
    with looking() as work:
        (target_found,) = financial_targets.targets_of(work, site.round_id)
    assert target_found.value == 20_000_00
    assert 'value="20\u00a0000"' in finance.get(f"/finances/targets/{row_id}/edit").text
    late = finance.post(f"/finances/targets/{row_id}/edit", data={**_target(), "version": "1"})
    assert late.status_code == 409
    assert "Låneskuld per invånare" in late.text
    merged = {
        **_target(),
        "version": "2",
        "keep-value": "mine",
        "keep-name": "theirs",
        "keep-confidence": "theirs",
    }
    assert finance.post(f"/finances/targets/{row_id}/edit", data=merged).status_code == 303
    assert finance.post(f"/finances/targets/{row_id}/remove", data={"version": "2"}).status_code == 409
    assert finance.post(f"/finances/targets/{row_id}/remove", data={"version": "3"}).status_code == 303
    with looking() as work:
        assert financial_targets.all_of(work, site.round_id) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "två"}, "value"),
        ({"indicator": ""}, "indicator"),
        ({"average_years": "x"}, "average_years"),
        ({"last_year": "2020"}, "last_year"),
        ({"name": ""}, "name"),
        ({"indicator": "liquidity", "average_years": "1"}, "is_limit"),
    ],
)
def test_a_target_with_faults_is_shown_again(
    finance: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = finance.post("/finances/targets", data=_target(**changes))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "KF § 9" in answer.text


def test_a_fine_target_is_written_as_it_was(finance: FlaskClient, site: Site, writing: Opening) -> None:
    with writing() as work:
        fine = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.01875", name="Noga")
        row_id = financial_targets.create(work, site.round_id, fine).id
    assert 'value="1,875"' in finance.get(f"/finances/targets/{row_id}/edit").text


def test_pages_stand_in_english_too(council_viewer: FlaskClient, filled: int) -> None:
    with council_viewer.session_transaction() as session:
        session["locale"] = "en"
    for address in PAGES:
        assert council_viewer.get(f"{address}?run={filled}").status_code == 200
    assert "15.5 / 500.0 = 3.10" in council_viewer.get("/finances").text


@pytest.mark.parametrize("who", ["planner", "council_viewer"])
def test_others_look_but_do_not_write(
    sign_in_as: Callable[[str], FlaskClient], filled: int, who: str
) -> None:
    client = sign_in_as(who)
    for address in PAGES:
        page = client.get(address)
        assert page.status_code == 200
        assert "Nytt mål" not in page.text
        assert "Ändra nämndernas rum" not in page.text
    for address in ("/finances/targets/new", "/finances/rooms", "/finances/figures/plan/2027/edit"):
        assert client.get(address).status_code == 403
    for address in ("/finances/targets", "/finances/rooms", "/finances/figures/plan/2027/edit"):
        assert client.post(address, data=_figures()).status_code == 403


# The room in a scenario


def test_a_scenario_takes_the_room_after_showing_what_changes(
    finance: FlaskClient, council_viewer: FlaskClient, site: Site, writing: Opening, looking: Opening
) -> None:
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        prepared_finances.fill(work, found)
        prepared_finances.targets(work, found)
        scenario_id = prepared_plans.scenario(work, found).id
    address = f"/scenarios/{scenario_id}/room"
    shown = finance.get(address).text
    words = plain(shown)
    for text in (
        "Ny gräns",
        "Självfinansiering minst 70 procent",
        "0,7 × investeringsutgift",
        "inget är ändrat än",
    ):
        assert text in words, text
    with looking() as work:
        assert scenarios.find(work, scenario_id).version == 1
    ticked = ["mål result_share", "mål self_financing"]
    assert finance.post(address, data={"version": "1", "take": ticked}).status_code == 303
    with looking() as work:
        codes = [limit.code for limit in scenarios.find(work, scenario_id).limits]
    assert codes == ["ceiling", "frame UN", "kvab", "share 1", *ticked]
    page = plain(finance.get(f"/scenarios/{scenario_id}").text)
    assert "0,7 × investeringsutgift + driftkostnad i koncernvyn − avskrivningar och utrangeringar" in page
    assert council_viewer.get(address).status_code == 403
    assert finance.post(address, data={"version": "1", "take": "mål debt_per_inhabitant"}).status_code == 409
    # Saving the ordinary form leaves the room as it was fetched.
    with writing() as work:
        facts = scenarios.facts_of(scenarios.find(work, scenario_id))
        prepared_finances.change(work, found, 2028, Phase.PLAN, {**YEAR, "operations": 470})
    assert finance.get(f"/scenarios/{scenario_id}/edit").status_code == 200
    page = plain(finance.get(f"/scenarios/{scenario_id}").text)
    assert "Rummet är inte det senaste" in page
    below = plain(finance.get(address).text)
    assert "Rummet är under noll" in below
    assert "förut 5,5" in below
    assert facts.limits[5].extra["origin"] == "self_financing"


def test_without_targets_there_is_no_room_to_take(finance: FlaskClient, site: Site, writing: Opening) -> None:
    with writing() as work:
        made = scenarios.create(work, site.round_id, scenarios.ScenarioFacts("Tomt")).id
    assert "Inget rum att hämta" in finance.get(f"/scenarios/{made}/room").text
    assert finance.post(f"/scenarios/{made}/room", data={"version": "1"}).status_code == 422


def test_a_plan_and_its_reasons_show_the_weighed_limits_in_words(
    council_viewer: FlaskClient, filled: int
) -> None:
    use = plain(council_viewer.get(f"/runs/{filled}/plan/use").text)
    weighed = "0,7 × investeringsutgift + driftkostnad i koncernvyn − avskrivningar och utrangeringar"
    assert f"Självfinansiering minst 70 procent: {weighed}" in use
    out = council_viewer.get(f"/runs/{filled}/plan/out").text
    (first, *_) = re.findall(r'href="(/runs/\d+/plan/out/[^"]+)"', out)
    why = plain(council_viewer.get(first).text)
    assert "Så räknas gränserna" in why
    assert "löpande summa från första året" in why


def test_a_year_that_nobody_has_saved_tells_two_versions_too(finance: FlaskClient) -> None:
    """Found by sending ten thousand forms: a version that never was, of a year without history, failed."""
    address = "/finances/figures/history/2023/edit"
    answer = finance.post(address, data={"version": "7", "population": "1", "population-source": "SCB"})
    assert answer.status_code == 409
    assert "Inget av ditt är borta" in answer.text

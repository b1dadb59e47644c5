"""Pages of parameters: shown with their sources, written in a form, previewed, chosen and compared."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from types import SimpleNamespace

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from investplan.db.models import AuditEntry, FrameAdjustment, ParameterSet, PlanningRound
from investplan.domain.parameters import DEFAULTS, DESCRIPTIONS, Ceiling, Parameters, RateTable
from investplan.services import decisions, parameter_sets, rounds, scenarios
from investplan.services.work import Work
from tests import factories, prepared_plans
from tests.factories import MNKR, TKR
from tests.web.conftest import Site
from web.parameters.fields import FIELDS, HINTS, SUBJECTS

Opening = Callable[[], AbstractContextManager[Work]]
NBSP = "\u00a0"


class _Form(HTMLParser):
    """The values of a page's inputs, as a browser without scripts would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._depth += 1
        if self._depth:
            return
        if tag == "input" and given.get("name"):
            boxed = given.get("type") in ("checkbox", "radio")
            if not boxed or "checked" in given:
                self.sent.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select, self._options = given.get("name"), []
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._depth -= 1
        if tag == "select" and self._select and not self._depth:
            chosen = [value for value, on in self._options if on] or [self._options[0][0]]
            self.sent.append((self._select, chosen[0]))
            self._select = None


def form_of(page: str) -> dict[str, list[str]]:
    """What the page's form says, several values under one name kept."""
    parser = _Form()
    parser.feed(page[page.index("<main") :])
    found: dict[str, list[str]] = {}
    for name, value in parser.sent:
        found.setdefault(name, []).append(value)
    return found


def blank(finance: FlaskClient) -> dict[str, list[str]]:
    """The form as it is opened, with the version's head filled in."""
    return form_of(finance.get("/parameters/new").text) | {
        "valid_from": ["2027-01-01"],
        "source": ["Budgetanvisning 2027"],
    }


def plain(page: str) -> str:
    """The page's words without marks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)).replace(NBSP, " "))


def saved(looking: Opening, label: str) -> tuple[Parameters, SimpleNamespace]:
    """The stored set by its label, and its columns."""
    with looking() as work:
        (stored,) = [one for one in parameter_sets.everything(work) if one.label == label]
        columns = {name: getattr(stored, name) for name in ("id", "notes", "valid_from", "source")}
        return parameter_sets.parameters_in(stored), SimpleNamespace(**columns)


# Shown


def test_every_parameter_has_its_place_in_the_form() -> None:
    assert set(FIELDS) == {one.name for one in fields(Parameters)} == set(DESCRIPTIONS)
    assert len(FIELDS) == sum(len(of) for _, of in SUBJECTS.values())
    assert set(HINTS) <= set(FIELDS)
    groups = [one.group for one in FIELDS.values()]
    assert len(set(groups)) == len(groups)


def test_the_seeded_values_stand_with_their_confidence(council_viewer: FlaskClient) -> None:
    page = plain(council_viewer.get("/parameters").text)
    assert "2020: 1,5 % 2021: 1,25 % 2022: 1 % 2023: 1,25 % 2024: 2,5 % 2025: 2,5 %" in page
    assert "SKR:s förslag till internränta för året Säker" in page
    assert "övriga år: 2,5 %" in page
    assert "2025: 58 800 kr 2026: 59 200 kr Regeringens beslut Säker" in page
    assert (
        "2021: 47 600 kr 2022: 48 300 kr 2024: 57 300 kr Inte kontrollerat mot regeringens beslut Osäker"
        in page
    )
    assert "2024: 45,75 %" in page
    assert "Prop. 2022/23:119 Säker" in page


def test_placeholders_are_counted_and_can_be_shown_alone(council_viewer: FlaskClient) -> None:
    page = council_viewer.get("/parameters").text
    count = int(re.search(r"(\d+) uppgifter är platshållare", page)[1])  # type: ignore[index]
    only = council_viewer.get("/parameters?only=placeholders").text
    assert re.search(rf"Visa bara platshållare\s*<span class=\"tabs__count\">{count}</span>", only)
    words = plain(only)
    assert "Lånefinansierad andel" in words
    assert "övriga år: 2,5 %" in words
    assert "Räntans bas" not in words
    assert "2020: 1,5 %" not in words
    assert "Säker " not in words[words.index("Räntor") :].replace("Säkerhet", "")


def test_a_sets_own_source_is_shown_instead_of_the_defaults(
    council_viewer: FlaskClient, writing: Opening
) -> None:
    notes = {"loan_share": {"source": "Finanspolicyn 2026 <b>", "confidence": "high"}}
    with writing() as work:
        stored = parameter_sets.create(
            work, DEFAULTS, name="Grund", valid_from=date(2027, 1, 1), source="KF", notes=notes
        )
    page = council_viewer.get(f"/parameters/{stored.id}").text
    assert "Finanspolicyn 2026 &lt;b&gt;" in page
    assert "räknar med Grund v1, inte med den här versionen" in plain(page)
    before = council_viewer.get("/parameters").text
    counts = [int(re.search(r"(\d+) uppgifter", one)[1]) for one in (before, page)]  # type: ignore[index]
    assert counts[0] - counts[1] == 1


def test_a_round_shorter_than_the_companies_plan_is_pointed_out(
    finance: FlaskClient, administrator: FlaskClient, writing: Opening
) -> None:
    assert "Planen är kortare än bolagens" not in finance.get("/parameters").text
    with writing() as work:
        work.session.execute(update(PlanningRound).values(horizon_years=5))
    told = plain(finance.get("/parameters").text)
    assert "Budget 2027 omfattar 5 år, men bolagen planerar för 7." in told
    assert "Budget 2027 omfattar 5 år" in plain(administrator.get("/administration/organisations").text)


# The form


def test_an_untouched_form_gives_the_same_set_again(finance: FlaskClient, looking: Opening) -> None:
    sent = blank(finance)
    answer = finance.post("/parameters", data=sent)
    assert answer.status_code == 303
    parameters, stored = saved(looking, "Grund v2")
    assert parameters == DEFAULTS
    assert stored.notes is None
    assert (stored.valid_from, stored.source) == (date(2027, 1, 1), "Budgetanvisning 2027")


CHANGED = replace(
    DEFAULTS,
    internal_rate=RateTable(Fraction("0.0225"), {2024: Fraction("0.025"), 2027: Fraction("0.02125")}),
    loan_share=Fraction("0.455"),
    ceiling_counts=Ceiling.GROSS,
    charge_interest_on_wip=True,
    wage_revision_month=5,
    wage_raise={2026: Fraction("0.035"), 2027: Fraction("-0.001")},
    pbb_ore_by_year={2026: 59_200_00},
    comparison_years=25,
    pkv_vintage="oktober 2026",
    pkv_committees=("KFN", "UN"),
    finance_organisation="SEN",
    street_price_ore_per_m2=6_51,
    threshold_share_of_pbb=Fraction(1),
    earliest_start_by_stage={"need": 2},
)


def test_every_kind_of_field_is_read_as_typed(finance: FlaskClient, looking: Opening) -> None:
    sent = {name: value for name, value in blank(finance).items() if not re.match("(internalrate|pbb)", name)}
    sent = {name: value for name, value in sent.items() if not name.startswith("earliest_start_by_stage-")}
    stock = f"1{NBSP}234,50"
    typed = {
        "internal_rate": "2,25 %", "internalrate-0-year": "2027", "internalrate-0-value": "2,125",
        "internalrate-3-year": "2024", "internalrate-3-value": "2,5", "loan_share": "45,5",
        "ceiling_counts": "gross", "charge_interest_on_wip": "y", "wage_revision_month": "5",
        "wageraise-0-year": "2026", "wageraise-0-value": "3,5", "wageraise-1-year": "2027", "wageraise-1-value": "−0,1",
        "pbborebyyear-0-year": "2026", "pbborebyyear-0-value": "59 200", "comparison_years": "25",
        "pkv_vintage": "oktober 2026", "pkv_committees": ["KFN", "UN"], "finance_organisation": "SEN",
        "street_price_ore_per_m2": "6,51", "threshold_share_of_pbb": "100", "earliest_start_by_stage-need": "2",
        "rentitems-5-label": "Larm", "rentitems-5-kr_per_m2": stock, "rentitems-5-external": "n",
        "rentpool-0-committee": "UN", "rentpool-0-area_m2": "120 000", "rentpool-0-kr": "150 000 000",
        "pricetags-0-label": "0–5 år", "pricetags-0-age_from": "0", "pricetags-0-age_to": "5",
        "pricetags-0-kr": "98 700", "pricetags-0-committee": "UN", "pricetags-0-share": "",
        "pricetags-1-label": "90 och äldre", "pricetags-1-age_from": "90", "pricetags-1-age_to": "",
        "pricetags-1-kr": "381 100", "pricetags-1-committee": "KFN", "pricetags-1-share": "62,5",
    }  # fmt: skip
    answer = finance.post("/parameters", data=sent | typed)
    assert answer.status_code == 303, re.findall(r"field__error.*?</p>", answer.text)
    parameters, _ = saved(looking, "Grund v2")
    for key in (one.name for one in fields(Parameters)):
        if key not in ("rent_items", "rent_pool", "price_tags"):
            assert getattr(parameters, key) == getattr(CHANGED, key), key
    assert [(one.label, one.ore_per_m2, one.external) for one in parameters.rent_items][-2:] == [
        ("Administration", 38_00, True),
        ("Larm", 1234_50, False),
    ]
    (tenant,) = parameters.rent_pool
    assert (tenant.committee, tenant.area_m2, tenant.cost_ore) == ("UN", 120_000, 150_000_000_00)
    young, old = parameters.price_tags
    assert (young.age_from, young.age_to, young.ore_per_inhabitant, young.share) == (0, 5, 98_700_00, 1)
    assert (old.age_to, old.committee, old.share) == (None, "KFN", Fraction("0.625"))


WRONG = [
    ("valid_from", "", "valid_from", "Ange från vilken dag"),
    ("valid_from", "igår", "valid_from", "Ange från vilken dag"),
    ("name", " ", "name", "Namnet ska ha 1–80 tecken"),
    ("source", "", "source", "Ange varifrån värdena kommer"),
    ("internal_rate", "2.75", "internal_rate", "med decimalkomma"),
    ("internal_rate", "101", "internal_rate", "0–100 procent"),
    ("internal_rate", "", "internal_rate", "0–100 procent"),
    ("loan_share", "-1", "loan_share", "0–100 procent"),
    ("internalrate-0-year", "20", "internalrate-0-year", "årtalet med fyra siffror"),
    ("internalrate-0-year", "2021", "internalrate-1-year", "Finns redan"),
    ("internalrate-0-value", "x", "internalrate-0-value", "0–100 procent"),
    ("internalrate-0-source", "x" * 301, "internalrate-0-source", "högst 300 tecken"),
    ("internalrate-0-confidence", "certain", "internalrate-0-confidence", "Välj ett av alternativen"),
    ("standard_rent_ore_per_m2", "1.5", "standard_rent_ore_per_m2", "punkt"),
    ("standard_rent_ore_per_m2", "-1", "standard_rent_ore_per_m2", "utan minustecken"),
    ("street_price_ore_per_m2", "1,005", "street_price_ore_per_m2", "finare än ett öre"),
    ("comparison_years", "0", "comparison_years", "heltal från 1 till 100"),
    ("comparison_years", "2,5", "comparison_years", "heltal från 1 till 100"),
    ("interest_base", "closing", "interest_base", "Välj ett av alternativen"),
    ("neutral_rate_changes", "maybe", "neutral_rate_changes", "Välj ett av alternativen"),
    ("wage_revision_month", "13", "wage_revision_month", "Välj ett av alternativen"),
    ("finance_organisation", "XX", "finance_organisation", "Välj ett av alternativen"),
    ("pkv_committees", "XX", "pkv_committees", "Välj bland alternativen"),
    ("pkv_vintage", "x" * 81, "pkv_vintage", "högst 80 tecken"),
    ("earliest_start_by_stage-need", "21", "earliest_start_by_stage-need", "heltal från 0 till 20"),
    ("pbborebyyear-0-value", "", "pbborebyyear-0-value", "Skriv ett belopp"),
    ("rentitems-0-label", "", "rentitems-0-label", "Skriv ett namn"),
    ("rentitems-0-label", "Media", "rentitems-2-label", "Finns redan"),
    ("rentitems-0-kr_per_m2", "många", "rentitems-0-kr_per_m2", "inte ett belopp"),
    ("source-loan_share", "x" * 301, "source-loan_share", "högst 300 tecken"),
    ("confidence-loan_share", "", "confidence-loan_share", "Välj ett av alternativen"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "text", "place", "words"), WRONG)
def test_a_fault_stands_at_its_field_and_what_was_typed_is_kept(
    finance: FlaskClient, looking: Opening, field: str, text: str, place: str, words: str
) -> None:
    answer = finance.post("/parameters/new", data=blank(finance) | {field: [text]})
    assert answer.status_code == 422
    assert f'id="{place}-error"' in answer.text
    assert f'href="#{place}' in answer.text
    error = re.search(rf'id="{re.escape(place)}-error".*?</p>', answer.text, re.DOTALL)
    assert error
    assert words in error[0]
    if field != "name" and text in ("2.75", "många", "1.5"):
        assert f'value="{text}"' in answer.text
    with looking() as work:
        assert len(parameter_sets.everything(work)) == 1


def test_faults_are_told_all_at_once_with_the_parameters_name(finance: FlaskClient) -> None:
    wrong = {
        "valid_from": [""],
        "internal_rate": ["2.75"],
        "loan_share": ["x"],
        "rentitems-1-kr_per_m2": ["-"],
    }
    page = finance.post("/parameters/new", data=blank(finance) | wrong).text
    start = page.index("data-error-summary")
    summary = plain(page[start : page.index("<form", start)])
    for words in (
        "Ange från vilken dag",
        "Internränta: Skriv",
        "Lånefinansierad andel: Skriv",
        "Driftposter i internhyran: ",
    ):
        assert words in summary, words


def test_interest_under_construction_is_not_both_charged_and_capitalised(finance: FlaskClient) -> None:
    both = {"charge_interest_on_wip": ["y"], "capitalise_interest": ["y"], "loan_share": ["x"]}
    page = finance.post("/parameters/new", data=blank(finance) | both).text
    assert 'id="capitalise_interest-error"' in page
    assert 'id="loan_share-error"' in page


def test_an_age_class_does_not_end_before_it_begins(finance: FlaskClient) -> None:
    tag = {"label": "6–15", "age_from": "15", "age_to": "6", "kr": "1", "committee": "UN", "share": "100"}
    sent = blank(finance) | {f"pricetags-0-{name}": [value] for name, value in tag.items()}
    page = finance.post("/parameters/new", data=sent).text
    assert 'id="pricetags-0-age_to-error"' in page


def test_two_committees_may_share_an_age_class(finance: FlaskClient, looking: Opening) -> None:
    tag = {"label": "6 år", "age_from": "6", "age_to": "6", "kr": "144 600"}
    shares = {"UN": "62,5", "KFN": "37,5"}
    sent = blank(finance)
    for position, (committee, share) in enumerate(shares.items()):
        row = tag | {"committee": committee, "share": share, "key": ""}
        sent |= {f"pricetags-{position}-{name}": [value] for name, value in row.items()}
    assert finance.post("/parameters", data=sent).status_code == 303
    tags = saved(looking, "Grund v2")[0].price_tags
    assert [(one.committee, one.share) for one in tags] == [("UN", Fraction(5, 8)), ("KFN", Fraction(3, 8))]
    assert len({one.key for one in tags}) == 2
    again = {name: ["UN"] if name.endswith("committee") else value for name, value in sent.items()}
    assert 'id="pricetags-1-label-error"' in finance.post("/parameters/new", data=again).text


def test_rows_are_added_and_removed_without_scripts(finance: FlaskClient, looking: Opening) -> None:
    sent = blank(finance) | {"loan_share": ["12.5"]}
    page = finance.post("/parameters/new", data=sent | {"add_row": ["internalrate"]})
    assert page.status_code == 200
    assert 'name="internalrate-6-year"' in page.text
    # A fault elsewhere is kept as it was typed, and not told yet.
    assert 'value="12.5"' in page.text
    assert "data-error-summary" not in page.text
    page = finance.post("/parameters/new", data=sent | {"remove_row": ["internalrate-1"]})
    years = [
        value[0] for name, value in form_of(page.text).items() if re.fullmatch(r"internalrate-\d-year", name)
    ]
    assert years == ["2020", "2022", "2023", "2024", "2025"]
    with looking() as work:
        assert len(parameter_sets.everything(work)) == 1


def test_sources_of_single_values_are_stored_with_the_version(finance: FlaskClient, looking: Opening) -> None:
    sent = blank(finance) | {
        "loan_share": ["40"],
        "source-loan_share": ["Finanspolicyn"],
        "confidence-loan_share": ["high"],
        "external_rate": ["3,1"],
        "source-external_rate": [""],
        "confidence-external_rate": ["medium"],
        "internalrate-6-year": ["2027"],
        "internalrate-6-value": ["2,75"],
        "internalrate-6-source": ["SKR 2026-02"],
        "internalrate-6-confidence": ["high"],
        "rentitems-2-confidence": ["low"],
    }
    assert finance.post("/parameters", data=sent).status_code == 303
    _, stored = saved(looking, "Grund v2")
    assert stored.notes == {
        "loan_share": {"source": "Finanspolicyn", "confidence": "high"},
        # Nothing stated beside a value: the source of the whole version.
        "external_rate": {"source": "Budgetanvisning 2027", "confidence": "medium"},
        "internal_rate.2027": {"source": "SKR 2026-02", "confidence": "high"},
        "rent_items.media": {"source": DESCRIPTIONS["rent_items"].source, "confidence": "low"},
    }
    page = plain(finance.get(f"/parameters/{stored.id}").text)
    assert "2027: 2,75 % SKR 2026-02 Säker" in page
    assert "40 % Finanspolicyn Säker" in page
    # The next version begins with the same sources.
    again = form_of(finance.get(f"/parameters/new?from={stored.id}").text)
    assert again["source-loan_share"] == ["Finanspolicyn"]
    assert again["internalrate-6-source"] == ["SKR 2026-02"]
    assert again["internalrate-0-source"] == ["SKR:s förslag till internränta för året"]


def test_the_default_source_no_longer_holds_for_another_value(finance: FlaskClient, looking: Opening) -> None:
    sent = blank(finance) | {
        "internalrate-5-value": ["3"],
        "internalrate-5-source": [""],
        "internalrate-5-confidence": [""],
    }
    finance.post("/parameters", data=sent)
    _, stored = saved(looking, "Grund v2")
    assert stored.notes is None
    page = plain(finance.get(f"/parameters/{stored.id}?only=placeholders").text)
    assert "2025: 3 % övriga år: 2,5 %" in page


def test_the_same_form_twice_is_one_version(finance: FlaskClient, looking: Opening) -> None:
    sent = blank(finance)
    first, again = (finance.post("/parameters", data=sent) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    with looking() as work:
        assert len(parameter_sets.everything(work)) == 2


def test_a_set_in_the_first_schema_opens_in_every_page(finance: FlaskClient, writing: Opening) -> None:
    from investplan.domain.parameters import NEUTRAL

    values = {key: one for key, one in DEFAULTS.to_json().items() if key not in NEUTRAL and key != "schema"}
    with writing() as work:
        old = ParameterSet(
            name="Äldre",
            version=1,
            valid_from=date(2025, 1, 1),
            source="",
            values=values | {"external_rate": "0.031"},
        )
        work.session.add(old)
        work.session.flush()
        old_id = old.id
    for address in (f"/parameters/{old_id}", f"/parameters/new?from={old_id}", f"/parameters/{old_id}/use"):
        assert finance.get(address).status_code == 200, address
    page = plain(finance.get(f"/parameters/compare?a=1&b={old_id}").text)
    assert "Låneränta, övriga år 2,8 % 3,1 %" in page
    assert "1 värde skiljer." in page


# Previewed


@pytest.fixture
def street(site: Site, writing: Opening) -> int:
    """A run whose plan the council has decided: one street of UN's for 7 mnkr, 40 years, from January 2028."""
    with writing() as work:
        found = rounds.find(work, site.round_id)
        made = factories.alternative(7 * MNKR, starts=(2027,))
        factories.submitted_proposal(work, found.id, "KS 2026/0201", title="Gatan", alternatives=(made,))
        limits = (
            scenarios.LimitFacts("ceiling", "Tak", "investment", dict.fromkeys(found.years, 7 * MNKR)),
            scenarios.LimitFacts("un", "Ram UN", "frame:UN", dict.fromkeys(found.years, 460 * TKR)),
        )
        rules = tuple(
            scenarios.RuleFacts(f"no{n}", "forbid", {"proposal": f"KS 2026/000{n}"}) for n in (2, 3)
        )
        facts = scenarios.ScenarioFacts(name="Gatan", limits=limits, rules=rules)
        run = prepared_plans.plan_of(work, scenarios.create(work, found.id, facts))
        decisions.adopt(work, run.id, decided_on=date(2026, 6, 15), paragraph="1", title="Gatan")
        return run.id


def cells_of(page: str, row: str) -> list[str]:
    """The figures of the first row that is called so."""
    found = re.search(rf"<tr[^>]*>\s*<th[^>]*>{re.escape(row)}</th>(.*?)</tr>", page, re.DOTALL)
    assert found, row
    return [plain(cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.DOTALL)]


def tkr(kronor: Fraction) -> str:
    """Kronor in thousands with one decimal and a sign, computed apart from the pages."""
    tenths = (abs(kronor) + 50) // 100
    sign = "+" if kronor > 0 else "−" if kronor < 0 else ""
    return f"{sign if tenths else ''}{tenths // 10},{tenths % 10}"


def counts(looking: Opening) -> list[int]:
    with looking() as work:
        tables = (AuditEntry, FrameAdjustment, ParameterSet)
        return [work.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables]


def test_the_preview_tells_what_would_move_and_writes_nothing(
    finance: FlaskClient, looking: Opening, street: int
) -> None:
    before = counts(looking)
    sent = blank(finance) | {"internal_rate": ["2,75"], "internalrate-4-value": ["2,25"]}
    answer = finance.post("/parameters/new", data=sent)
    assert answer.status_code == 200
    assert counts(looking) == before
    page = answer.text
    assert "det krävs ett beslut" in plain(page)
    # Old and new, with what should be looked at once more.
    assert cells_of(page, "Internränta, övriga år")[:2] == ["2,5 %", "2,75 %"]
    assert "Värdet är fortfarande märkt som platshållare." in cells_of(page, "Internränta, övriga år")[2]
    assert cells_of(page, "Internränta, 2024")[:2] == ["2,5 %", "2,25 %"]
    assert "Källan är densamma som för det förra värdet." in cells_of(page, "Internränta, 2024")[2]
    # A quarter of a per cent of what is left of seven million after so many years of 175 000 kr.
    left = [Fraction(0), *(Fraction(7_000_000 - 175_000 * year) for year in range(9))]
    expected = [tkr(value / 400) for value in left]
    assert cells_of(page, "Utbildningsnämnden: Kapitalkostnad") == expected
    assert expected[1:3] == ["+17,5", "+17,1"]
    assert "Inga kostnader för kommunen som helhet ändras." in plain(page)
    # Against the plan's frame of 460 tkr: 450 with the old rate in 2028.
    frame = page[page.index("Planen från körning") :]
    assert cells_of(frame, "I planen")[:2] == ["0,0", "450,0"]
    assert cells_of(frame, "Skulle bli")[:2] == ["0,0", "467,5"]
    assert cells_of(frame, "Gräns")[1] == "460,0"
    assert cells_of(frame, "Bryts med")[1].startswith("+7,5")
    assert "Planen skulle inte hålla: Ram UN 2028, Ram UN 2029." in plain(page)
    assert "Oförändrat mot: Tak." in plain(page)


def test_the_previewed_form_can_be_taken_up_again_or_saved(
    finance: FlaskClient, looking: Opening, street: int
) -> None:
    sent = blank(finance) | {"external_rate": ["3,8"], "pkv_committees": ["UN", "KFN"]}
    page = finance.post("/parameters/new", data=sent).text
    assert cells_of(page, "Räntor till långivare")[1] == tkr(Fraction(7_000_000 * 3, 10 * 100))
    resent = form_of(page)
    again = finance.post("/parameters/new", data=resent | {"action": ["edit"]})
    assert form_of(again.text)["external_rate"] == ["3,8"]
    assert form_of(again.text)["pkv_committees"] == ["KFN", "UN"]
    answer = finance.post("/parameters", data=resent)
    assert answer.status_code == 303
    assert saved(looking, "Grund v2")[0] == replace(
        DEFAULTS, external_rate=RateTable(Fraction("0.038")), pkv_committees=("UN", "KFN")
    )
    assert "Grund v2 är sparad" in finance.get(answer.headers["Location"]).text


def test_a_preview_without_changes_says_so(finance: FlaskClient, street: int) -> None:
    page = plain(finance.post("/parameters/new", data=blank(finance)).text)
    assert "Inga värden är ändrade." in page
    assert "Inga nivåer i nämndernas ramar ändras." in page
    assert "Planen använder lika mycket av varje gräns som förut." in page


def test_a_preview_in_a_round_without_decisions_says_so(finance: FlaskClient) -> None:
    page = plain(finance.post("/parameters/new", data=blank(finance) | {"loan_share": ["40"]}).text)
    assert "Inga investeringar är beslutade i omgången än." in page
    assert "Omgången har ingen plan att räkna om." in page


# Chosen


@pytest.fixture
def raised(writing: Opening) -> int:
    """Grund v2, with another internal rate."""
    with writing() as work:
        changed = replace(DEFAULTS, internal_rate=RateTable(Fraction("0.0275")))
        return parameter_sets.create(
            work, changed, name="Grund", valid_from=date(2027, 1, 1), source="Budgetanvisning"
        ).id


def test_the_round_uses_another_set_after_a_choice_with_a_reason(
    finance: FlaskClient, site: Site, looking: Opening, street: int, raised: int
) -> None:
    page = finance.get(f"/parameters/{raised}/use").text
    assert cells_of(page, "Utbildningsnämnden: Kapitalkostnad")[1] == "+17,5"
    sent = form_of(page)
    refused = finance.post(f"/parameters/{raised}/use", data=sent)
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text
    before = counts(looking)[1]
    answer = finance.post(f"/parameters/{raised}/use", data=sent | {"reason": "Ny snittränta"})
    assert answer.status_code == 303
    shown = finance.get(answer.headers["Location"]).text
    assert "räknar nu med Grund v2" in shown
    assert re.search(r'href="/frames/draft"[^>]*>Se vad som flyttas i ramarna<', shown)
    assert counts(looking)[1] == before
    with looking() as work:
        assert rounds.find(work, site.round_id).parameter_set_id == raised
        entry = work.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
        assert (entry.actor_name, entry.reason) == ("Finance", "Ny snittränta")
    assert "räknar redan med Grund v2" in finance.get(f"/parameters/{raised}/use").text
    told = plain(finance.get("/parameters/1/use").text)
    assert "Av 1 beslutade investeringar beslutades 1 med Grund v1." in told


def test_a_choice_made_meanwhile_is_shown_and_not_overwritten(
    finance: FlaskClient, site: Site, writing: Opening, looking: Opening, raised: int
) -> None:
    sent = form_of(finance.get(f"/parameters/{raised}/use").text) | {"reason": "Ny snittränta"}
    with writing() as work:
        other = parameter_sets.create(work, DEFAULTS, name="Annan", valid_from=date(2027, 1, 1), source="x")
        parameter_sets.choose(work, site.round_id, other.id, seen_version=1, reason="Först")
    answer = finance.post(f"/parameters/{raised}/use", data=sent)
    assert answer.status_code == 409
    assert "Någon annan valde Annan v1" in answer.text
    assert "Ny snittränta" in answer.text
    with looking() as work:
        assert rounds.find(work, site.round_id).parameter_set_id == other.id
    assert (
        finance.post(
            f"/parameters/{raised}/use", data=form_of(answer.text) | {"reason": "Ny snittränta"}
        ).status_code
        == 303
    )


def test_the_list_tells_where_each_version_is_used(
    council_viewer: FlaskClient, street: int, raised: int
) -> None:
    page = council_viewer.get("/parameters/sets").text
    first = page[page.index('href="/parameters/1"') :]
    assert "Gäller nu" in first
    assert "Budget 2027" in first
    assert f"/runs/{street}" in first
    assert "Kommunfullmäktige 2026-06-15 § 1" in first
    row = plain(page[page.index(f'href="/parameters/{raised}"') : page.index('href="/parameters/1"')])
    assert "Budgetanvisning" in row
    assert "Ny version" not in page
    assert "Använd i Budget" not in plain(page).replace("Används i", "")


# Compared


def test_only_what_differs_is_compared_with_years_on_their_rows(
    council_viewer: FlaskClient, writing: Opening
) -> None:
    changed = replace(
        DEFAULTS,
        internal_rate=RateTable(
            Fraction("0.025"), {**DEFAULTS.internal_rate.by_year, 2027: Fraction("0.0225")}
        ),
        wage_raise={2027: Fraction("0.034")},
        rent_items=DEFAULTS.rent_items[1:],
        pkv_committees=(),
    )
    with writing() as work:
        other = parameter_sets.create(work, changed, name="Grund", valid_from=date(2027, 1, 1), source="x")
    page = council_viewer.get(f"/parameters/compare?a=1&b={other.id}").text
    assert cells_of(page, "Internränta, 2027") == ["2,5 % (övriga år)", "2,25 %"]
    assert cells_of(page, "Löneöversyn, 2027") == ["–", "3,4 %"]
    assert cells_of(page, "Driftposter i internhyran, Planerat underhåll") == [
        "140 kr per m² och år, betalas externt",
        "–",
    ]
    assert cells_of(page, "Nämnder vars övriga kostnader räknas upp med PKV") == [
        "Kultur- och fritidsnämnden",
        "–",
    ]
    assert "Internränta, 2020" not in page
    assert "4 värden skiljer." in page
    whole = council_viewer.get(f"/parameters/compare?a=1&b={other.id}&show=all").text
    assert cells_of(whole, "Internränta, 2020") == ["1,5 %", "1,5 %", "Lika"]
    assert cells_of(whole, "Internränta, 2027")[2] == "Skiljer"
    assert "4 värden skiljer." in whole
    same = council_viewer.get("/parameters/compare?a=1&b=1").text
    assert "Grund v1 och Grund v1 har samma värden." in same


def test_one_version_alone_has_nothing_to_be_compared_with(council_viewer: FlaskClient) -> None:
    page = council_viewer.get("/parameters/compare").text
    assert "Det finns bara en version" in page
    assert "/parameters/new" not in page


# Who may


@pytest.mark.parametrize("username", ["planner", "council_viewer"])
def test_readers_see_parameters_and_no_way_to_change_them(
    sign_in_as: Callable[[str], FlaskClient], looking: Opening, username: str
) -> None:
    client = sign_in_as(username)
    assert "/parameters/new" not in client.get("/parameters").text
    for method, address in (
        ("GET", "/parameters/new"), ("POST", "/parameters/new"), ("POST", "/parameters"),
        ("GET", "/parameters/1/use"), ("POST", "/parameters/1/use"),
    ):  # fmt: skip
        assert client.open(address, method=method, data={"from": "1"}).status_code == 403, address
    with looking() as work:
        assert len(parameter_sets.everything(work)) == 1


@pytest.mark.parametrize("username", ["finance", "administrator"])
def test_finance_and_administrators_may_write(
    sign_in_as: Callable[[str], FlaskClient], username: str
) -> None:
    client = sign_in_as(username)
    assert "/parameters/new" in client.get("/parameters").text
    assert client.get("/parameters/new").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/parameters/99", "/parameters/99/use", "/parameters/new?from=99", "/parameters/new?from=999999999"],
)
def test_a_set_that_does_not_exist_is_not_found(finance: FlaskClient, address: str) -> None:
    assert finance.get(address).status_code == 404


def test_pages_stand_in_english_too(finance: FlaskClient, street: int, raised: int) -> None:
    with finance.session_transaction() as session:
        session["locale"] = "en"
    for address in (
        "/parameters", "/parameters/sets", "/parameters/compare", "/parameters/new", f"/parameters/{raised}/use",
    ):  # fmt: skip
        assert finance.get(address).status_code == 200, address
    # What the reader sees of the defaults is not stored as somebody's own words.
    sent = blank(finance)
    assert finance.post("/parameters/new", data=sent).status_code == 200


# What was computed names its parameters


def test_every_page_with_computed_money_names_its_parameters(
    finance: FlaskClient, site: Site, street: int
) -> None:
    decision = finance.get("/decisions").text
    decision_id = re.search(r"/decisions/(\d+)", decision)
    assert decision_id
    book = openpyxl.load_workbook(io.BytesIO(finance.get("/frames/export.xlsx").data))
    assert ("Omgångens parametrar", "Grund v1") in list(book["Underlag"].iter_rows(values_only=True))
    assert finance.get("/frames/export.json").get_json()["parameters"] == "Grund v1"
    for address in (
        f"/proposals/{site.submitted_id}",
        f"/proposals/{site.submitted_id}/edit/review",
        "/scenarios/1",
        f"/runs/{street}/plan",
        f"/runs/{street}/plan/use",
        f"/decisions/{decision_id[1]}",
    ):
        page = finance.get(address)
        assert page.status_code == 200, address
        assert "Räknat med parametrarna Grund v1." in plain(page.text), address


def test_each_row_of_a_frame_names_the_set_it_was_computed_with_whatever_the_round_uses_now(
    finance: FlaskClient, site: Site, street: int, raised: int
) -> None:
    sent = form_of(finance.get(f"/parameters/{raised}/use").text) | {"reason": "Ny snittränta"}
    assert finance.post(f"/parameters/{raised}/use", data=sent).status_code == 303
    for address in ("/frames", "/frames/UN"):
        told = plain(finance.get(address).text)
        assert "Uträknade rader: parametrarna Grund v1. Omgången räknar nu med Grund v2" in told, address
    file = finance.get("/frames/export.json").get_json()
    rows = [row for one in file["committees"] for year in one["frames"] for row in year["adjustments"]]
    assert file["parameters"] == "Grund v2"
    assert {row["parameters"] for row in rows} == {"Grund v1"}
    book = openpyxl.load_workbook(io.BytesIO(finance.get("/frames/export.xlsx").data))
    head, *lines = book["Justeringar"].iter_rows(values_only=True)
    sets = [line[7] for line in lines if line[3] not in ("Ram", "Föregående års ram")]
    assert (head[7], sets) == ("Parametrar", ["Grund v1"] * len(rows))

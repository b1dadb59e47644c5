from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from investplan.db.models import AuditEntry, DecidedInvestment
from investplan.domain.annuities import Annuity
from investplan.domain.comparisons import compare
from investplan.domain.consequences import consequences
from investplan.domain.eliminations import bridge
from investplan.domain.placements import place
from investplan.domain.proposals import (
    AlternativeKind,
    Component,
    Disposal,
    Grant,
    Lease,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    ProposalFacts,
    Recognition,
    Status,
)
from investplan.domain.statements import (
    Impact,
    ImpactCheck,
    PlanStatus,
    Risk,
    SteeringKind,
    SteeringLink,
    Trigger,
)
from investplan.services import decisions, proposal_records, proposals, rounds
from investplan.services.work import Work
from investplan.units import format_amount, round_half_up
from tests import factories
from tests.web.conftest import Site
from web.proposals import comparing

Working = Callable[[], AbstractContextManager[Work]]
STEPS = ("need", "alternatives", "outlays", "consequences", "place", "basis")
SCRIPT = "<script>alert('x')</script>"


class FormReader(HTMLParser):
    """The fields that a browser would send from the page's writing form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self.in_form = self.in_template = False
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.in_form = "data-warn-unsaved" in given
        if tag == "template":
            self.in_template = True
        if not self.in_form or self.in_template:
            return
        if (
            tag == "input"
            and "name" in given
            and (given.get("type") not in ("checkbox", "radio") or "checked" in given)
        ):
            self.fields.add(given["name"], given.get("value", ""))
        elif tag == "select":
            self.select, self.options = given["name"], []
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.area, self.text = given["name"], ""

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.in_template = False
        elif tag == "form":
            self.in_form = False
        elif tag == "select" and self.select is not None and self.options:
            chosen = next((value for value, selected in self.options if selected), self.options[0][0])
            self.fields.add(self.select, chosen)
            self.select = None
        elif tag == "textarea" and self.area is not None:
            self.fields.add(self.area, self.text.removeprefix("\n"))
            self.area = None


def form_of(client: FlaskClient, path: str) -> MultiDict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return FormReader(answer.text).fields


def step_url(proposal_id: int, step: str, alternative: int = 1) -> str:
    return f"/proposals/{proposal_id}/edit/{step}" + (
        f"?alternative={alternative}" if alternative > 1 else ""
    )


def facts_of(looking: Working, proposal_id: int) -> ProposalFacts:
    with looking() as work:
        return proposal_records.facts(proposals.find(work, proposal_id))


def full_facts() -> ProposalFacts:
    """Every field of every part, with values that are easily lost on the way."""
    build = factories.alternative(
        12_345_678_90,
        starts=(2028, 2030),
        commissioned_after_months=19,
        landlord="SEN",
        area_m2=1850,
        outlays=(Outlay(0, 10_000_000_00), Outlay(2, 2_345_678_90)),
        components=(
            Component("Stomme", 12_000_000_00, 480, Part.PROPERTY, 1_00),
            Component("Mark", 300_000_00, None),
            Component("Möbler & annat <b>", 45_678_90, 40, Part.USER, 0, 30, 119),
        ),
        grants=(Grant("Boverket", 1, 500_000_01, Recognition.AT_COMPLETION, True),),
        operating=(
            OperatingConsequence(
                "UN", OperatingKind.STAFF, 11_200_000_00, 0, None, False, False, "Sex avdelningar"
            ),
            OperatingConsequence("KFN", OperatingKind.REVENUE, -250_000_50, -3, 24, True),
            OperatingConsequence("UN", OperatingKind.MEDIA, -100_000_00, 0, None, False, True),
        ),
        disposals=(Disposal("Gamla paviljongen", "SEN", 1_500_000_00, 36),),
        leases=(
            Lease("Hus B <i>", "UN", 900, 1_850_50, Fraction("0.875"), -6, 240, False, 9, 250_000_00),
            Lease("Paviljong", "KFN", 400, 1_200_00, Fraction(0), 0, None, True, 3),
            Lease("Förråd", "UN", 20, 900_00),
        ),
        accuracy_percent=30, reserve_percent=0, excludes_vat=True, places=120, gained_m2=1700, length_m=0,
        property_designation="Vitsippan 3:12", plan_status=PlanStatus.PLAN_ONGOING, template="Förskola 2026",
    )  # fmt: skip
    rebuild = factories.alternative(
        code="rebuild", kind=AlternativeKind.REBUILD, title="", benefit_percent=60, starts=(2027,), grants=None,
        operating=None, disposals=None, place_wkt="LINESTRING (581000 6281000, 582500.5 6282000)",
        rejected=True, rejected_reason="Rymmer inte <b>alla</b>.",
    )  # fmt: skip
    return factories.facts(
        "UN 2026/0099", title=f"Skola {SCRIPT}", purpose="Rad ett\n\nRad två", district="N", required=True,
        place_note="Skolgatan 1", alternatives=(build, rebuild), unit="Förskolor norr", contact_role="Lokalstrateg",
        contact_name="Åsa Ek", target_group="Barn 1–5 år", trigger=Trigger.DEMOGRAPHY, need_year=2030,
        without_action="Garantin bryts.\nVite.", steering=(SteeringLink(SteeringKind.DOCUMENT, "Lokalplan", "s. 4"),),
        risks=(Risk("Förorenad mark", 3, 4, "Prover", "Mark"), Risk("Tid")),
        impacts=(ImpactCheck(Impact.CHILDREN, True, "Närmare hem."), ImpactCheck(Impact.ACCESSIBILITY, False),
                 ImpactCheck(Impact.CLIMATE_EFFECT, True, "Trästomme", -40)),
    )  # fmt: skip


@pytest.fixture
def full_id(writing: Working, site: Site) -> int:
    with writing() as work:
        return proposals.create(work, site.round_id, full_facts()).id


# The list


def test_the_list_searches_filters_and_sums_the_whole_selection(finance: FlaskClient, site: Site) -> None:
    page = finance.get("/proposals").text
    assert "Summa, 4 förslag" in page
    assert "40,0" in page
    page = finance.get(f"/proposals?organisation={site.organisation_ids['KFN']}&status=submitted").text
    assert "Konstgräs Fjölebro" in page
    assert "Norrskolan" not in page
    assert "Summa, 1 förslag" in page
    assert "Inga förslag stämmer med urvalet" in finance.get("/proposals?search=finns+inte").text


def test_the_list_sorts_both_ways(finance: FlaskClient) -> None:
    def order(query: str) -> list[int]:
        page = finance.get(f"/proposals?{query}").text
        return [page.index(f"KS 2026/000{number}") for number in range(1, 5)]

    rising = order("sort=case_number")
    assert rising == sorted(rising)
    falling = order("sort=case_number&order=desc")
    assert falling == sorted(falling, reverse=True)


def test_pages_of_the_list_keep_the_filter(finance: FlaskClient, site: Site, writing: Working) -> None:
    with writing() as work:
        for number in range(60):
            proposals.create(
                work, site.round_id, factories.facts(f"UN 2027/{number:04d}", title=f"Skola {number}")
            )
    page = finance.get("/proposals?search=skola&sort=case_number").text
    assert "Sida 1 av 2, 62 rader" in page
    assert "/proposals?search=skola&amp;sort=case_number&amp;page=2" in page
    assert "Summa, 62 förslag" in finance.get("/proposals?search=skola&page=2").text
    assert "Sida 2 av 2" in finance.get("/proposals?page=999999").text


@pytest.mark.parametrize(
    "query", ["page=-1", "page=x", "organisation=²", "sort=password", "search=%00%25_", "district=9" * 3]
)
def test_nonsense_in_the_address_shows_a_list(finance: FlaskClient, query: str) -> None:
    assert finance.get(f"/proposals?{query}").status_code == 200


def test_the_file_has_the_selection_in_kronor_and_no_formulas(
    finance: FlaskClient, site: Site, writing: Working
) -> None:
    with writing() as work:
        proposals.create(work, site.round_id, factories.facts("UN 1", title="=1+1"))
    answer = finance.get("/proposals/export.csv?sort=case_number")
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = answer.text.removeprefix("\ufeff").split("\r\n")
    assert rows[0].startswith("Diarienummer;Rubrik;")
    assert (
        rows[1]
        == "KS 2026/0001;Förskolan Sörgården;Utbildningsnämnden;Ny kapacitet;Genomförandebeslut;Utkast;;10000000"
    )
    assert "UN 1;'=1+1;" in answer.text
    assert len(rows) == 7


# One proposal


@pytest.mark.parametrize(
    ("username", "own_draft", "others_draft", "others_submitted"),
    [("planner", 200, 404, 200), ("other_planner", 404, 200, 200), ("finance", 200, 200, 200),
     ("council_viewer", 404, 404, 200), ("administrator", 200, 200, 200)],
)  # fmt: skip
def test_who_sees_which_proposal(
    sign_in_as: Callable[[str], FlaskClient],
    site: Site,
    username: str,
    own_draft: int,
    others_draft: int,
    others_submitted: int,
) -> None:
    client = sign_in_as(username)
    ids = (site.draft_id, site.other_draft_id, site.other_id)
    assert [client.get(f"/proposals/{one}").status_code for one in ids] == [
        own_draft,
        others_draft,
        others_submitted,
    ]


def test_the_page_shows_what_the_domain_computes_in_both_views(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    page = planner.get(f"/proposals/{site.submitted_id}?start=2028").text
    with looking() as work:
        facts = proposal_records.facts(proposals.find(work, site.submitted_id))
        planning_round = rounds.find(work, site.round_id)
        parameters, years = rounds.parameters_of(planning_round), planning_round.years
    effects = consequences(
        facts.alternatives[0], committee="UN", start=2028, parameters=parameters, years=years
    )
    for total in (effects.committee_view.levels("UN").ore, effects.consolidated_view.levels().ore):
        cells = [f"<span>{format_amount(amount, 'tkr')}</span>" for amount in total]
        assert any(total)
        assert all(cell in page for cell in cells)
    assert "Vad det kostar vid start 2028" in page
    assert "Visa uträkningen för 2029" in page
    note = str(effects.consolidated_view.lines[0].explain(2029)[0])
    assert note in page


def links_to_years(page: str) -> list[str]:
    return [
        link.replace("&amp;", "&") for link in re.findall(r'href="(/proposals/[^"]*&amp;open=[^"]*)"', page)
    ]


def test_every_year_of_every_table_leads_to_its_computation_in_one_click(
    planner: FlaskClient, full_id: int
) -> None:
    links = links_to_years(planner.get(f"/proposals/{full_id}?start=2030&capital=level").text)
    parts = {link.split("#")[1] for link in links}
    assert parts == {
        "cost-outlay-why", "cost-committee-why", "cost-whole-why", "cost-bridge-why", "cost-capital-why",
    }  # fmt: skip
    for part in parts:
        link = next(one for one in links if "year=2032" in one and one.endswith(part))
        page = planner.get(link).text
        assert f'<details class="details" open id="{part}">' in page
        assert page.count('<details class="details" open id="cost-') == 1
        assert "Vad det kostar vid start 2030" in page


def test_an_outlay_is_explained_by_its_price_level_and_index(planner: FlaskClient, full_id: int) -> None:
    page = planner.get(f"/proposals/{full_id}?start=2028&year=2030").text
    assert "kr i 2027 års priser × byggprisernas förändring till 2030" in page
    page = planner.get(f"/proposals/{full_id}?start=2028&year=2029").text
    assert "Boverket: 500\u00a0000,01 kr, som uppgivet" in page
    assert "Utgift 0 kr − bidrag 500\u00a0000,01 kr = −500\u00a0000,01 kr" in page


def test_the_capital_cost_is_shown_linear_or_level_and_says_what_counts(
    planner: FlaskClient, looking: Working, site: Site
) -> None:
    path = f"/proposals/{site.submitted_id}?start=2027&year=2028"
    linear, level = (planner.get(path + shape).text for shape in ("", "&capital=level"))
    with looking() as work:
        found = proposals.find(work, site.submitted_id)
        parameters, years = rounds.parameters_of(found.round), tuple(found.round.years)
        alternative = proposal_records.facts(found).alternatives[0]
    placed = place(alternative, "UN", 2027, parameters, years, frozenset())
    annuity = Annuity(placed.holdings[0].asset, placed.rules)
    for page in (linear, level):
        assert "räkenskaper och ramar använder linjär" in page
        for amounts in (
            annuity.amounts_ore(years),
            [row.capital_cost_ore for row in placed.rows_of(annuity.asset)],
        ):
            assert all(f"<span>{format_amount(amount, 'tkr')}</span>" in page for amount in amounts)
    assert "Kapitalkostnad per del, linjär" in linear
    assert "Kapitalkostnad per del, utjämnad (annuitet)" in level
    assert str(annuity.explain(2028)[0]) in level
    assert str(annuity.explain(2028)[0]) not in linear
    assert "Kapitalkostnad per del, linjär" in planner.get(path + "&capital=nonsense").text


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"outlays": (Outlay(0, 29_600_00),), "components": ()}, "är inte över gränsbeloppet 29\u00a0600 kr"),
     ({"components": (Component("Datorer", 10_000_000_00, 35),)}, "Nyttjandetiden är kortare än 36 månader"),
     ({"components": (Component("Stomme", 9_000_000_00, 480), Component("Datorer", 1_000_000_00, 35))},
      "Datorer håller kortare tid än 36 månader"),
     ({"kind": AlternativeKind.LEASE, "leases": (Lease("Hus B", "UN", 900, 1_850_00, lasts_months=36),)},
      "Stomme ligger på annans fastighet")],
)  # fmt: skip
def test_a_caution_tells_what_to_look_at_once_more(
    planner: FlaskClient, site: Site, writing: Working, changes: dict[str, Any], told: str
) -> None:
    one = factories.alternative(**changes)
    with writing() as work:
        made = proposals.create(work, site.round_id, factories.facts("UN 7", alternatives=(one,))).id
    paths = (f"/proposals/{made}", f"/proposals/{made}/edit/review", step_url(made, "outlays"))
    for path in paths:
        page = planner.get(path).text
        assert "Att se över" in page
        assert told in page


def test_a_long_lease_is_told_with_its_costs(planner: FlaskClient, full_id: int) -> None:
    page = planner.get(f"/proposals/{full_id}").text
    assert "Hyresavtalet Hus B &lt;i&gt; är längre än tre år" in page
    assert "Hyresavtalet Paviljong" not in page


def effects_of(looking: Working, proposal_id: int, start: int, number: int = 0) -> Any:
    with looking() as work:
        found = proposals.find(work, proposal_id)
        facts = proposal_records.facts(found)
        return consequences(
            facts.alternatives[number],
            committee=facts.committee,
            start=start,
            parameters=rounds.parameters_of(found.round),
            years=found.round.years,
            companies=frozenset({"KVAB"}),
        )


def test_the_bridge_goes_from_the_committees_to_the_municipality_line_by_line(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    page = planner.get(f"/proposals/{full_id}?start=2028&year=2031").text
    assert "Från nämnderna till kommunen som helhet" in page
    part = page.split('aria-label="Från nämnderna till kommunen, per år"')[1].split("</table>")[0]
    rows = {
        re.sub("<[^>]+>", "", row.split("</th>")[0]): re.findall("<span>([^<]*)</span>", row)
        for row in part.split('<th role="rowheader" scope="row">')[1:]
    }
    found = bridge(effects_of(looking, full_id, 2028))
    order = list(rows)
    assert (order[0], order[-1]) == ("Nämnderna tillsammans", "Kommunen som helhet")
    assert {
        "Internränta",
        "Internhyra som betalas inom kommunen",
        "Internhyra som tas emot inom kommunen",
    } <= set(rows)
    for name, amounts in (
        ("Nämnderna tillsammans", found.committees.ore),
        ("Kommunen som helhet", found.consolidated.ore),
    ):
        assert rows[name] == [format_amount(amount, "tkr") for amount in amounts]
    why = page.split('id="cost-bridge-why"')[1].split("</details>")[0]
    for line in (*found.eliminated, *found.added):
        if line.amounts_ore[4]:
            assert escape(str(line.explain(2031)[-1])) in why


def test_a_lease_is_in_both_views_and_rent_to_others_is_not_eliminated(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    page = planner.get(f"/proposals/{full_id}?start=2028&year=2031").text
    found = effects_of(looking, full_id, 2028)
    for view in (found.committee_view, found.consolidated_view):
        rents = [line for line in view.lines if line.detail == "Hus B <i>" and any(line.amounts_ore)]
        assert rents
        for line in rents:
            for note in line.explain(2031):
                assert escape(str(note)) in page


@pytest.fixture
def compared_id(writing: Working, site: Site) -> int:
    """Build, with a part written off within the period, against a lease that goes on when the period is over."""
    build = factories.alternative(
        components=(Component("Stomme", 9 * factories.MNKR, 480), Component("Kök", factories.MNKR, 120)),
        landlord="SEN", area_m2=500, operating=(),
    )  # fmt: skip
    lease = factories.alternative(
        0, "lease", title="Hyra Hus B", kind=AlternativeKind.LEASE, starts=(2028,), outlays=(Outlay(0, 0),), components=(),
        operating=(), leases=(Lease("Hus B", "UN", 500, 2_000_00, restoration_ore=300 * factories.TKR),),
    )  # fmt: skip
    with writing() as work:
        return proposals.create(work, site.round_id, factories.facts("UN 8", alternatives=(build, lease))).id


def test_alternatives_are_compared_over_the_same_years_in_each_view(
    planner: FlaskClient, looking: Working, compared_id: int
) -> None:
    page = planner.get(f"/proposals/{compared_id}?start=2028").text
    section = page.split('id="comparison"')[1].split("</section>")[0]
    with looking() as work:
        found = proposals.find(work, compared_id)
        facts, parameters = proposal_records.facts(found), rounds.parameters_of(found.round)
    compared = compare(
        [(one, 2028) for one in facts.alternatives], committee="UN", parameters=parameters, companies=frozenset({"KVAB"})
    )  # fmt: skip
    for one in compared:
        values = [one.consolidated, *(value for value in one.committees if value.committee == "UN")]
        for value in values:
            assert f"<span>{format_amount(value.total_ore, 'tkr')}</span>" in section
            assert f"<span>{format_amount(value.yearly_ore, 'tkr')}</span>" in section
            assert f"<span>{format_amount(value.yearly_ore_per_m2 or 0, 'kr')}</span>" in section
    apart = compared[0].consolidated.less(compared[1].consolidated)
    assert f"<span>{format_amount(abs(apart), 'tkr', signed=True)}</span>" in section
    assert section.count("<span>billigast</span>") == 2  # once in each view: the landlord's sum is zero
    assert "2028–2057, med kalkylräntan 3\u00a0%" in section
    assert "Bokfört värde vid periodens slut" in section
    assert "Räknas utan utbyte av det som slits ut under perioden: Kök." in section
    assert re.search("Nybyggnad <span[^>]*>start 2028<", section)
    assert re.search("Hyra Hus B <span[^>]*>start 2028<", section)


@pytest.mark.parametrize("number", [1, 2])
def test_the_way_to_a_present_value_is_told_year_by_year(
    planner: FlaskClient, looking: Working, compared_id: int, number: int
) -> None:
    page = planner.get(f"/proposals/{compared_id}?alternative={number}&start=2028").text
    why = page.split('id="comparison-why"')[1].split("</details>")[0]
    with looking() as work:
        found = proposals.find(work, compared_id)
        facts, parameters = proposal_records.facts(found), rounds.parameters_of(found.round)
    starts = {one.code: 2028 for one in facts.alternatives}
    shown = comparing.comparison_shown(facts, starts, parameters, frozenset(), {}, facts)
    assert shown is not None
    paid = comparing.paid_years(
        facts.alternatives[number - 1], facts, 2028, shown.period, parameters, frozenset()
    )
    assert [one.year for one in paid] == list(range(2028, 2058))
    exact = sum(one.sum_ore * shown.period.factor(one.year) for one in paid)
    assert round_half_up(exact) == shown.consolidated.total_ore[number - 1]
    for one in paid:
        assert f"<span>{format_amount(one.present_ore, 'tkr')}</span>" in why
        assert f"<span>{one.factor}</span>" in why
    if number == 2:
        assert paid[-1].left_ore == 300 * factories.TKR


def test_one_alternative_is_not_compared(planner: FlaskClient, site: Site) -> None:
    assert "Alternativen jämförda" not in planner.get(f"/proposals/{site.submitted_id}").text


def test_what_is_sound_has_no_caution(planner: FlaskClient, site: Site, writing: Working) -> None:
    sound = factories.alternative(
        outlays=(Outlay(0, 29_600_01),),
        components=(Component("Skåp", 29_600_01, 36),),
        leases=(
            Lease("Hus B", "UN", 900, 1_850_00, lasts_months=36),
            Lease("Paviljong", "UN", 9, 1_00, ended=True),
        ),
    )
    with writing() as work:
        made = proposals.create(work, site.round_id, factories.facts("UN 7", alternatives=(sound,))).id
    assert "Att se över" not in planner.get(f"/proposals/{made}").text


def test_an_unstated_start_falls_back_to_the_earliest(planner: FlaskClient, site: Site) -> None:
    assert (
        "vid start 2027"
        in planner.get(f"/proposals/{site.submitted_id}?start=2035&alternative=99&year=1").text
    )


def test_what_people_write_is_never_markup(finance: FlaskClient, full_id: int) -> None:
    paths = [
        "/",
        "/proposals",
        "/map",
        f"/proposals/{full_id}",
        f"/proposals/{full_id}/edit/review",
        "/map/features.json",
    ]
    paths += [step_url(full_id, step) for step in STEPS]
    for path in paths:
        answer = finance.get(path)
        assert answer.status_code == 200
        if answer.mimetype == "text/html":
            assert SCRIPT not in answer.text


def test_history_is_for_the_own_organisation_and_finance(
    planner: FlaskClient,
    other_planner: FlaskClient,
    finance: FlaskClient,
    council_viewer: FlaskClient,
    site: Site,
) -> None:
    path = f"/proposals/{site.submitted_id}"
    shown = [
        ("Historik" in client.get(path).text) for client in (planner, other_planner, finance, council_viewer)
    ]
    assert shown == [True, False, True, True]
    assert "Lämnade in" in planner.get(path).text


def test_actions_are_offered_by_right(
    planner: FlaskClient,
    other_planner: FlaskClient,
    finance: FlaskClient,
    council_viewer: FlaskClient,
    site: Site,
) -> None:
    path = f"/proposals/{site.submitted_id}"
    clients = (planner, other_planner, finance, council_viewer)
    assert ["/withdraw" in client.get(path).text for client in clients] == [True, False, True, False]
    assert ["Spara poängen" in client.get(path).text for client in clients] == [False, False, True, False]


def test_english_is_offered_to_those_who_ask_for_it(finance: FlaskClient, site: Site) -> None:
    page = finance.get(f"/proposals/{site.submitted_id}", headers={"Accept-Language": "en"}).text
    assert '<html lang="en"' in page
    assert "SEK" in page


# Creating


def need(**changes: str) -> dict[str, str]:
    return {
        "title": "Ny idrottshall", "case_number": "UN 2026/0500", "committee": "UN", "category": "expansion",
        "purpose": "Skolan växer.", "district": "N", "key": "k1",
    } | changes  # fmt: skip


def test_a_planner_creates_a_draft_and_goes_on_to_the_alternatives(
    planner: FlaskClient, looking: Working
) -> None:
    answer = planner.post("/proposals/new", data=need())
    assert answer.status_code == 302
    proposal_id = int(answer.location.split("/")[2])
    assert answer.location == f"/proposals/{proposal_id}/edit/alternatives"
    facts = facts_of(looking, proposal_id)
    assert (facts.title, facts.committee, facts.district, facts.required) == (
        "Ny idrottshall",
        "UN",
        "N",
        False,
    )
    again = planner.post("/proposals/new", data=need())
    assert again.location == answer.location


def test_a_new_form_has_a_key_of_its_own(planner: FlaskClient) -> None:
    keys = {form_of(planner, "/proposals/new")["key"] for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)


def test_a_planner_creates_for_the_own_organisation_only(planner: FlaskClient) -> None:
    answer = planner.post("/proposals/new", data=need(committee="KFN"))
    assert answer.status_code == 422
    assert "Välj ett av alternativen." in answer.text


def test_finance_creates_for_any_organisation(finance: FlaskClient) -> None:
    assert finance.post("/proposals/new", data=need(committee="KFN")).status_code == 302


def test_finance_states_how_far_a_new_proposal_has_come_and_a_planner_begins_with_the_need(
    finance: FlaskClient, planner: FlaskClient, looking: Working
) -> None:
    answer = finance.post("/proposals/new", data=need(stage="pre_study"))
    assert facts_of(looking, int(answer.location.split("/")[2])).stage == "pre_study"
    assert finance.post("/proposals/new", data=need(stage="", key="k2")).status_code == 422
    assert 'name="stage"' in finance.get("/proposals/new").text
    assert 'name="stage"' not in planner.get("/proposals/new").text
    refused = planner.post("/proposals/new", data=need(stage="pre_study", key="k3"))
    assert refused.status_code == 422
    assert "börjar som behov" in refused.text


def test_the_form_does_not_change_the_stage_of_a_proposal_that_is_there(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    path = f"/proposals/{site.draft_id}/edit/need"
    sent = form_of(planner, path)
    assert "stage" not in sent
    assert planner.post(path, data=sent).status_code == 302
    sent = form_of(planner, path)
    assert planner.post(path, data=sent | {"stage": "ex_post"}).status_code == 422
    assert facts_of(looking, site.draft_id).stage == "implementation_decision"


def test_nobody_else_creates(council_viewer: FlaskClient, visitor: FlaskClient) -> None:
    assert council_viewer.post("/proposals/new", data=need()).status_code == 403
    refused = visitor.post("/proposals/new", data=need())
    assert refused.status_code == 401
    # What was typed is kept on the page that asks for signing in; nothing is created.
    assert 'name="password"' in refused.text


@pytest.mark.parametrize(
    ("change", "told"),
    [({"title": " "}, "Ge förslaget en rubrik."), ({"title": "x" * 201}, "högst 200 tecken"),
     ({"case_number": ""}, "Ange diarienummer"), ({"case_number": "KS 2026/0001"}, "används redan"),
     ({"category": "other"}, "Välj ett av alternativen."),
     ({"district": "nowhere"}, "Välj ett av alternativen."), ({"purpose": "x" * 20_001}, "högst 20000 tecken")],
)  # fmt: skip
def test_a_faulty_need_is_refused_and_kept(planner: FlaskClient, change: dict[str, str], told: str) -> None:
    answer = planner.post("/proposals/new", data=need(**change))
    assert answer.status_code == 422
    assert told in answer.text
    kept = FormReader(answer.text).fields
    sent = need(**change)
    assert all(kept[name] == sent[name] for name in ("title", "case_number", "purpose", "key"))
    name = next(iter(change))
    assert f'href="#{name}"' in answer.text
    assert f'id="{name}-error"' in answer.text


# Steps


@pytest.mark.parametrize("alternative", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_sent_back_as_it_was_shown_changes_nothing(
    planner: FlaskClient, looking: Working, full_id: int, step: str, alternative: int
) -> None:
    before = facts_of(looking, full_id)
    form = form_of(planner, step_url(full_id, step, alternative))
    answer = planner.post(step_url(full_id, step, alternative), data=form)
    assert answer.status_code == 302
    assert facts_of(looking, full_id) == before


def test_saving_leads_through_the_alternatives_to_the_review(planner: FlaskClient, full_id: int) -> None:
    def after(step: str, alternative: int = 1) -> str:
        path = step_url(full_id, step, alternative)
        return planner.post(path, data=form_of(planner, path)).location.removeprefix(
            f"/proposals/{full_id}/edit/"
        )

    assert after("need") == "alternatives"
    assert after("alternatives") == "outlays"
    assert after("outlays") == "outlays?alternative=2"
    assert after("outlays", 2) == "consequences"
    assert after("consequences", 2) == "place"
    assert after("place") == "review"


def test_saving_and_staying_stays(planner: FlaskClient, full_id: int) -> None:
    path = step_url(full_id, "outlays", 2)
    form = form_of(planner, path)
    form["stay"] = "1"
    assert planner.post(path, data=form).location == path


@pytest.mark.parametrize(
    ("typed", "told"),
    [("1.500", "har en punkt"), ("tusen", "är inte ett belopp"), ("1_000", "är inte ett belopp"),
     ("\u0661\u0662", "är inte ett belopp"), ("NaN", "är inte ett belopp"), ("0,000001", "finare än ett öre"),
     ("100000000000", "för stort"), ("12,", "är inte ett belopp")],
)  # fmt: skip
def test_a_bad_amount_is_refused_with_its_reason_and_kept(
    planner: FlaskClient, looking: Working, full_id: int, typed: str, told: str
) -> None:
    before = facts_of(looking, full_id)
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["outlays-1-amount"] = typed
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'href="#outlays-1-amount"' in answer.text
    assert FormReader(answer.text).fields["outlays-1-amount"] == typed
    assert FormReader(answer.text).fields["components-0-name"] == "Stomme"
    assert facts_of(looking, full_id) == before


@pytest.mark.parametrize(
    ("field", "typed"),
    [("alternatives-0-area_m2", "1850 kvm"), ("alternatives-0-area_m2", "\u0661"), ("alternatives-0-area_m2", "12,5"),
     ("alternatives-0-benefit_percent", "101"), ("alternatives-0-benefit_percent", "-1"),
     ("alternatives-0-price_level_year", "20 27"), ("alternatives-0-commissioned_month", "13"),
     ("alternatives-0-kind", "demolish"), ("alternatives-0-landlord", "KFN"), ("alternatives-0-starts", "2o28")],
)  # fmt: skip
def test_a_faulty_alternative_is_refused(planner: FlaskClient, full_id: int, field: str, typed: str) -> None:
    path = step_url(full_id, "alternatives")
    form = form_of(planner, path)
    form[field] = typed
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_start_outside_the_round_is_told_by_its_field(planner: FlaskClient, full_id: int) -> None:
    path = step_url(full_id, "alternatives")
    form = form_of(planner, path)
    form.add("alternatives-1-starts", "2050")
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert "Startåret måste ligga i planperioden 2027–2036." in answer.text
    assert 'href="#alternatives-1-starts"' in answer.text


def test_alternatives_are_added_and_removed_without_losing_the_others(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "alternatives")
    form = form_of(planner, path)
    form["alternatives-0-title"] = "Osparat"
    shown = planner.post(path, data=form | MultiDict({"add_row": "build"}))
    assert shown.status_code == 200
    form = FormReader(shown.text).fields
    assert (form["alternatives-0-title"], form["alternatives-2-kind"]) == ("Osparat", "build")
    form = FormReader(planner.post(path, data=form | MultiDict({"remove_row": "alternatives-1"})).text).fields
    assert len(facts_of(looking, full_id).alternatives) == 2
    form.setlist("alternatives-1-starts", ["2031"])
    assert planner.post(path, data=form).status_code == 302
    saved = facts_of(looking, full_id).alternatives
    assert [(one.code, one.title, one.starts) for one in saved] == [
        ("build", "Osparat", (2028, 2030)),
        ("build-2", "", (2031,)),
    ]
    assert saved[0].components == full_facts().alternatives[0].components


def test_rows_are_added_and_removed_without_scripts(planner: FlaskClient, full_id: int) -> None:
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["outlays-0-amount"] = "777"
    more = FormReader(planner.post(path, data=form | MultiDict({"add_row": "outlays"})).text).fields
    assert (more["outlays-0-amount"], more["outlays-2-amount"]) == ("777", "")
    fewer = FormReader(planner.post(path, data=more | MultiDict({"remove_row": "outlays-0"})).text).fields
    assert fewer["outlays-0-amount"] == form["outlays-1-amount"]


def test_a_component_template_brings_a_name_and_a_typical_life(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "outlays", 2)
    form = form_of(planner, path)
    form["template"] = "2"
    form = FormReader(planner.post(path, data=form | MultiDict({"add_row": "template"})).text).fields
    assert (form["components-1-name"], form["components-1-life"]) == ("Yttertak", "40")
    form["components-1-amount"] = "12,5"
    assert planner.post(path, data=form).status_code == 302
    roof = facts_of(looking, full_id).alternatives[1].components[1]
    assert roof == Component("Yttertak", 12_500_00, 480)


@pytest.mark.parametrize(("typed", "months"), [("40", 480), ("12,5", 150), ("0,083", 1), ("150", 1800)])
def test_a_useful_life_is_typed_in_years(
    planner: FlaskClient, looking: Working, full_id: int, typed: str, months: int
) -> None:
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["components-0-life"] = typed
    assert planner.post(path, data=form).status_code == 302
    assert facts_of(looking, full_id).alternatives[0].components[0].life_months == months


@pytest.mark.parametrize("typed", ["", "0", "151", "40.5", "evigt", "-1"])
def test_a_component_that_is_depreciated_has_a_life(planner: FlaskClient, full_id: int, typed: str) -> None:
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["components-0-life"] = typed
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert 'href="#components-0-life"' in answer.text


def changed_facts(
    client: FlaskClient, looking: Working, proposal_id: int, step: str, typed: dict[str, str]
) -> Any:
    """The first alternative after the step's form was sent with these fields changed."""
    path = step_url(proposal_id, step)
    form = form_of(client, path)
    for name, text in typed.items():
        form[name] = text
    answer = client.post(path, data=form)
    assert answer.status_code == 302, FormReader(answer.text).fields
    return facts_of(looking, proposal_id).alternatives[0]


def refused(client: FlaskClient, proposal_id: int, step: str, typed: dict[str, str]) -> str:
    """The page that refuses these fields; everything typed stands there still."""
    path = step_url(proposal_id, step)
    form = form_of(client, path)
    for name, text in typed.items():
        form[name] = text
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    assert all(FormReader(answer.text).fields[name] == text for name, text in typed.items())
    return answer.text


@pytest.mark.parametrize(
    ("year", "month", "months"), [("", "", None), ("0", "1", 0), ("2", "7", 30), ("30", "1", 360)]
)
def test_a_component_may_have_a_month_of_commissioning_of_its_own(
    planner: FlaskClient, looking: Working, full_id: int, year: str, month: str, months: int | None
) -> None:
    typed = {"components-0-opens_year": year, "components-0-opens_month": month}
    saved = changed_facts(planner, looking, full_id, "outlays", typed)
    assert saved.components[0].commissioned_after_months == months
    assert saved.components[2].commissioned_after_months == 30


@pytest.mark.parametrize(
    ("year", "month", "field", "told"),
    [("1", "", "opens_month", "Välj också vilken månad"), ("", "3", "opens_year", "Välj också vilket år"),
     ("30", "2", "opens_month", "inom 30 år"), ("31", "1", "opens_year", "Skriv ett heltal från 0 till 30."),
     ("1", "13", "opens_month", "Skriv ett heltal från 1 till 12."), ("x", "1", "opens_year", "heltal")],
)  # fmt: skip
def test_half_a_month_of_commissioning_is_refused_at_its_field(
    planner: FlaskClient, full_id: int, year: str, month: str, field: str, told: str
) -> None:
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["components-0-opens_year"], form["components-0-opens_month"] = year, month
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'id="components-0-{field}-error"' in answer.text


@pytest.mark.parametrize(("typed", "months"), [("", None), ("1", 1), ("120", 120), ("1800", 1800)])
def test_an_improvement_on_others_property_tells_how_long_the_lease_goes_on(
    planner: FlaskClient, looking: Working, full_id: int, typed: str, months: int | None
) -> None:
    saved = changed_facts(planner, looking, full_id, "outlays", {"components-0-lease": typed})
    assert saved.components[0].lease_months == months


@pytest.mark.parametrize("typed", ["0", "1801", "-3", "tio", "1,5"])
def test_a_bad_remaining_lease_is_refused_at_its_field(
    planner: FlaskClient, full_id: int, typed: str
) -> None:
    page = refused(planner, full_id, "outlays", {"components-0-lease": typed})
    assert 'id="components-0-lease-error"' in page


def test_land_has_no_remaining_lease(planner: FlaskClient, full_id: int) -> None:
    page = refused(planner, full_id, "outlays", {"components-1-lease": "12"})
    assert "Mark skrivs inte av och har därför ingen hyrestid." in page
    assert 'href="#components-1-lease"' in page


LEASE_FIELDS = {
    "name": ("Norra huset", "Norra huset"),
    "tenant": ("KFN", "KFN"),
    "ended": ("y", True),
    "area_m2": ("1 234", 1234),
    "ore_per_m2": ("1 850,25", 1_850_25),
    "index_share": ("87,5", Fraction("0.875")),
    "starts_after_months": ("−12", -12),
    "lasts_months": ("36", 36),
    "notice_months": ("9", 9),
    "restoration_ore": ("150,5", 150_500_00),
}


@pytest.mark.parametrize("field", LEASE_FIELDS)
def test_every_field_of_a_lease_is_kept_as_it_was_typed(
    planner: FlaskClient, looking: Working, full_id: int, field: str
) -> None:
    typed, meant = LEASE_FIELDS[field]
    saved = changed_facts(planner, looking, full_id, "consequences", {f"leases-2-{field}": typed})
    assert getattr(saved.leases[2], field) == meant
    assert saved.leases[:2] == full_facts().alternatives[0].leases[:2]


def test_what_a_lease_leaves_empty_has_its_plain_meaning(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    empty = dict.fromkeys(("starts_after_months", "lasts_months", "notice_months", "restoration_ore"), "")
    typed = {f"leases-0-{name}": text for name, text in empty.items()}
    saved = changed_facts(planner, looking, full_id, "consequences", typed).leases[0]
    assert saved == Lease("Hus B <i>", "UN", 900, 1_850_50, Fraction("0.875"))


@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", ""), ("name", "x" * 121), ("tenant", "XYZ"), ("ended", "kanske"), ("area_m2", ""), ("area_m2", "12,5"),
     ("area_m2", "1000001"), ("ore_per_m2", "1.850"), ("ore_per_m2", "-5"), ("ore_per_m2", ""), ("index_share", ""),
     ("index_share", "101"), ("index_share", "-1"), ("index_share", "33,33"), ("index_share", "١"),
     ("starts_after_months", "361"), ("starts_after_months", "snart"), ("lasts_months", "0"), ("lasts_months", "1201"),
     ("notice_months", "-1"), ("notice_months", "361"), ("restoration_ore", "-1"), ("restoration_ore", "1.000")],
)  # fmt: skip
def test_a_bad_field_of_a_lease_is_refused_at_its_field(
    planner: FlaskClient, looking: Working, full_id: int, field: str, typed: str
) -> None:
    before = facts_of(looking, full_id)
    path = step_url(full_id, "consequences")
    form = form_of(planner, path)
    form[f"leases-0-{field}"] = typed
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert f'id="leases-0-{field}-error"' in answer.text
    assert f'href="#leases-0-{field}"' in answer.text
    assert FormReader(answer.text).fields["leases-1-name"] == "Paviljong"
    assert facts_of(looking, full_id) == before


def test_leases_are_added_and_removed_without_scripts(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "consequences")
    form = form_of(planner, path) | MultiDict({"add_row": "leases"})
    form = FormReader(planner.post(path, data=form).text).fields
    assert (form["leases-3-tenant"], form["leases-3-ended"], form["leases-3-index_share"]) == (
        "UN", "n", "100",
    )  # fmt: skip
    form["leases-3-name"], form["leases-3-area_m2"], form["leases-3-ore_per_m2"] = "Ny", "50", "1000"
    form = FormReader(planner.post(path, data=form | MultiDict({"remove_row": "leases-0"})).text).fields
    assert planner.post(path, data=form).status_code == 302
    assert [one.name for one in facts_of(looking, full_id).alternatives[0].leases] == [
        "Paviljong", "Förråd", "Ny",
    ]  # fmt: skip


def test_a_lease_alternative_says_what_is_rented_before_it_competes(
    planner: FlaskClient, site: Site, writing: Working
) -> None:
    rented = factories.alternative(
        0, "lease", kind=AlternativeKind.LEASE, outlays=(Outlay(0, 0),), components=(), operating=()
    )
    with writing() as work:
        made = proposals.create(work, site.round_id, factories.facts("UN 1", alternatives=(rented,))).id
    page = planner.get(f"/proposals/{made}/edit/review").text
    assert "Ange vad som hyrs: yta, hyra per m² och hur länge." in page
    assert f"/proposals/{made}/edit/consequences#leases" in page


def test_two_versions_differ_in_every_new_field(
    planner: FlaskClient, finance: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "consequences")
    mine, theirs = form_of(planner, path), form_of(finance, path)
    theirs["leases-0-notice_months"] = "24"
    assert finance.post(path, data=theirs).status_code == 302
    mine["leases-0-restoration_ore"] = "1"
    answer = planner.post(path, data=mine)
    assert answer.status_code == 409
    for told in ("Hyresavtal", "uppsägningstid 24 mån", "återställning 1 tkr", "Hus B &lt;i&gt;"):
        assert told in answer.text
    again = mine | MultiDict({"keep-1.leases": "mine"})
    again["version"] = "2"
    assert planner.post(path, data=again).status_code == 302
    saved = facts_of(looking, full_id).alternatives[0].leases[0]
    assert (saved.notice_months, saved.restoration_ore) == (9, 1_000_00)


def test_the_page_tells_stages_leases_and_others_property(planner: FlaskClient, full_id: int) -> None:
    page = planner.get(f"/proposals/{full_id}").text
    assert "tas i bruk för sig i juli år 3" in page
    assert "på annans fastighet, 119 mån kvar av hyrestiden" in page
    assert "Hus B &lt;i&gt;: hyrs, Utbildningsnämnden, 900 m² à 1 850,5 kr/m²" in page
    assert "87,5 % följer konsumentprisindex" in page
    assert "Paviljong: sägs upp, Kultur- och fritidsnämnden" in page


def test_the_difference_to_the_outlay_is_shown_after_saving(planner: FlaskClient, full_id: int) -> None:
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["components-0-amount"] = "11 000"
    planner.post(path, data=form)
    page = planner.get(path).text
    assert "+1\u00a0000" in page
    assert "återstår att fördela på komponenter" in page


def test_zero_and_not_stated_are_different_answers(
    planner: FlaskClient, looking: Working, site: Site
) -> None:
    path = step_url(site.draft_id, "consequences")
    form = form_of(planner, path)
    form["grants_stated"], form["operating_stated"] = "zero", "not_stated"
    assert planner.post(path, data=form).status_code == 302
    saved = facts_of(looking, site.draft_id).alternatives[0]
    assert (saved.grants, saved.operating, saved.disposals) == ((), None, None)


@pytest.mark.parametrize(
    ("answer", "told"), [("zero", "Det finns ifyllda rader"), ("not_stated", "Det finns ifyllda rader")]
)
def test_rows_that_would_be_lost_are_refused(
    planner: FlaskClient, full_id: int, answer: str, told: str
) -> None:
    path = step_url(full_id, "consequences")
    form = form_of(planner, path)
    form["operating_stated"] = answer
    refused = planner.post(path, data=form)
    assert refused.status_code == 422
    assert told in refused.text
    assert FormReader(refused.text).fields["operating-0-note"] == "Sex avdelningar"


def test_rows_that_are_promised_must_be_there(planner: FlaskClient, site: Site) -> None:
    path = step_url(site.draft_id, "consequences")
    form = form_of(planner, path)
    form["disposals_stated"] = "these"
    assert "ingen är ifylld" in planner.post(path, data=form).text


def test_typed_coordinates_are_a_point_for_all_alternatives_or_one(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "place", 2)
    form = form_of(planner, path)
    form["n"], form["e"], form["scope"] = "6 280 000", "580 000", "one"
    assert planner.post(path, data=form).status_code == 302
    places = [one.place_wkt for one in facts_of(looking, full_id).alternatives]
    assert places[1] == "POINT (580000 6280000)"
    assert places[0] == "POINT (583460 6280546)"
    form = form_of(planner, path)
    form["scope"] = "all"
    planner.post(path, data=form)
    assert {one.place_wkt for one in facts_of(looking, full_id).alternatives} == {"POINT (580000 6280000)"}


def test_a_drawn_area_is_kept_and_an_emptied_point_is_gone(
    planner: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "place")
    area = "POLYGON((580000 6280000,580100 6280000,580100 6280100,580000 6280000))"
    form = form_of(planner, path)
    form["n"] = form["e"] = ""
    assert planner.post(path, data=form).status_code == 302
    assert facts_of(looking, full_id).alternatives[0].place_wkt is None
    form = form_of(planner, path)
    form["wkt"] = area
    assert planner.post(path, data=form).status_code == 302
    assert (facts_of(looking, full_id).alternatives[0].place_wkt or "").startswith("POLYGON")


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"n": "580000", "e": "6280000"}, "omkastade"), ({"n": "norr"}, "Skriv koordinaten i meter"),
     ({"n": "", "e": "580000"}, "Skriv koordinaten i meter"), ({"n": "", "e": "", "wkt": "POLYGON((1 2"}, "kunde inte läsas"),
     ({"n": "", "e": "", "wkt": "POLYGON((580000 6280000,580100 6280100,580100 6280000,580000 6280100,580000 6280000))"}, "korsar sig själv")],
)  # fmt: skip
def test_a_faulty_place_is_refused_and_kept(
    planner: FlaskClient, full_id: int, typed: dict[str, str], told: str
) -> None:
    path = step_url(full_id, "place")
    form = form_of(planner, path)
    for name, text in typed.items():
        form[name] = text
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert all(FormReader(answer.text).fields[name] == text for name, text in typed.items())


@pytest.mark.parametrize("step", STEPS)
def test_a_form_without_its_version_is_refused(planner: FlaskClient, full_id: int, step: str) -> None:
    path = step_url(full_id, step)
    form = form_of(planner, path)
    del form["version"]
    assert planner.post(path, data=form).status_code == 422


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "junk",
    [{}, {"outlays-0-amount": "1"}, {"outlays-9999-offset": "99", "outlays-9999-amount": "1"}, {"alternatives-0-code": "x"},
     {"components-0-name": "a"}, {"leases-0-name": "a"}, {"leases-0-area_m2": "1", "leases-0-index_share": "9" * 9}, {"grants-0-name": "x", "grants_stated": "these"}, {"wkt": "\x00", "scope": "all"},
     {"add_row": "../x"}, {"remove_row": "outlays-abc"}, {"add_row": "template", "template": "9999"}],
)  # fmt: skip
def test_a_broken_form_is_never_an_error_of_ours(
    planner: FlaskClient, site: Site, step: str, junk: dict[str, str]
) -> None:
    sent = {"version": "1", "code": "build"} | junk
    assert planner.post(step_url(site.draft_id, step), data=sent).status_code in (200, 302, 422)


def test_steps_per_alternative_ask_for_an_alternative_first(planner: FlaskClient) -> None:
    location = planner.post("/proposals/new", data=need()).location
    for step in ("outlays", "consequences", "place"):
        assert "Först behövs ett alternativ" in planner.get(location.replace("alternatives", step)).text
    assert "Lägg till minst ett alternativ." in planner.get(location.replace("alternatives", "review")).text


def test_there_are_no_other_steps(planner: FlaskClient, full_id: int) -> None:
    assert planner.get(f"/proposals/{full_id}/edit/secrets").status_code == 404


@pytest.mark.parametrize("step", [*STEPS, "review"])
def test_only_those_who_may_change_it_open_a_step(
    other_planner: FlaskClient, council_viewer: FlaskClient, finance: FlaskClient, site: Site, step: str
) -> None:
    path = step_url(site.submitted_id, step)
    assert [one.get(path).status_code for one in (other_planner, council_viewer, finance)] == [403, 403, 200]
    assert other_planner.post(path, data={"version": "1"}).status_code == 403


def test_a_decided_proposal_is_locked(planner: FlaskClient, site: Site, writing: Working) -> None:
    with writing() as work:
        proposals.find(work, site.submitted_id).status = Status.DECIDED.value
    for path in ("edit/need", "edit/review"):
        assert planner.get(f"/proposals/{site.submitted_id}/{path}").status_code == 409
    assert planner.post(f"/proposals/{site.submitted_id}/withdraw", data={"version": "2"}).status_code == 409
    assert "/edit/need" not in planner.get(f"/proposals/{site.submitted_id}").text


def test_a_decided_proposal_tells_its_start_and_decision(
    planner: FlaskClient, finance: FlaskClient, site: Site, writing: Working
) -> None:
    with writing() as work:
        decision = decisions.record(
            work, site.round_id, decided_on=work.today, paragraph="112", title="Budget"
        )
        proposal = proposals.find(work, site.submitted_id)
        proposal.status = Status.DECIDED.value
        facts = proposal_records.facts_to_json(proposal_records.facts(proposal))
        work.session.add(
            DecidedInvestment(
                decision_id=decision.id, proposal=proposal, alternative_code="build", start_year=2029,
                parameter_set_id=proposal.round.parameter_set_id, snapshot=facts, snapshot_sha256="0" * 64,
            )
        )  # fmt: skip
    page = planner.get(f"/proposals/{site.submitted_id}").text
    assert "Nybyggnad med start 2029. Förslaget är låst." in page
    assert f"/decisions/{decision.id}" in page
    assert ">2029<" in planner.get("/").text
    assert "Start 2029" in finance.get("/map?year=2029&status=decided").text


# Two writers


def test_a_conflict_shows_both_versions_and_keeps_what_was_typed(
    planner: FlaskClient, finance: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "need")
    mine, theirs = form_of(planner, path), form_of(finance, path)
    theirs["title"], theirs["purpose"] = "Deras rubrik", "Deras syfte"
    assert finance.post(path, data=theirs).status_code == 302
    mine["title"], mine["purpose"] = "Min rubrik", f"Mitt syfte {SCRIPT}"
    answer = planner.post(path, data=mine)
    assert answer.status_code == 409
    assert "Finance sparade" in answer.text
    for text in ("Min rubrik", "Deras rubrik", "Deras syfte", "Mitt syfte &lt;script&gt;"):
        assert text in answer.text
    assert SCRIPT not in answer.text
    assert facts_of(looking, full_id).title == "Deras rubrik"
    chosen = mine | MultiDict({"keep-title": "theirs", "keep-purpose": "mine"})
    chosen["version"] = "2"
    assert planner.post(path, data=chosen).status_code == 302
    saved = facts_of(looking, full_id)
    assert (saved.title, saved.purpose) == ("Deras rubrik", f"Mitt syfte {SCRIPT}")


def test_the_conflict_page_sends_every_start_year_again(
    planner: FlaskClient, finance: FlaskClient, looking: Working, full_id: int
) -> None:
    path = step_url(full_id, "alternatives")
    mine, theirs = form_of(planner, path), form_of(finance, path)
    theirs.setlist("alternatives-0-starts", ["2036"])
    finance.post(path, data=theirs)
    mine.setlist("alternatives-0-starts", ["2031", "2032", "2033"])
    page = planner.post(path, data=mine)
    assert page.status_code == 409
    assert page.text.count('name="alternatives-0-starts"') == 3
    again = mine | MultiDict({"keep-1.starts": "mine"})
    again["version"] = "2"
    assert planner.post(path, data=again).status_code == 302
    assert facts_of(looking, full_id).alternatives[0].starts == (2031, 2032, 2033)


def test_an_alternative_that_someone_removed_is_told_and_the_text_kept(
    planner: FlaskClient, finance: FlaskClient, full_id: int
) -> None:
    path = step_url(full_id, "outlays", 2)
    mine = form_of(planner, path)
    theirs = form_of(finance, step_url(full_id, "alternatives"))
    theirs["alternatives-0-code"] = "fresh"
    kept = MultiDict(
        (name, value) for name, value in theirs.items(multi=True) if not name.startswith("alternatives-1-")
    )
    assert finance.post(step_url(full_id, "alternatives"), data=kept).status_code == 302
    mine["outlays-0-amount"] = "4 711"
    answer = planner.post(path, data=mine)
    assert answer.status_code == 409
    assert "har tagits bort av någon annan" in answer.text
    assert FormReader(answer.text).fields["outlays-0-amount"] == "4 711"


def test_saving_the_same_thing_twice_is_no_conflict(planner: FlaskClient, full_id: int) -> None:
    path = step_url(full_id, "need")
    form = form_of(planner, path)
    form["title"] = "En gång till"
    assert [planner.post(path, data=form).status_code for _ in range(2)] == [302, 302]


# Submitting, withdrawing, scoring


def test_what_is_missing_is_a_checklist_with_links(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    review = f"/proposals/{site.draft_id}/edit/review"
    page = planner.get(review).text
    assert "4 uppgifter saknas innan förslaget kan lämnas in" in page
    for anchor in (
        "consequences#grants_stated",
        "consequences#operating_stated",
        "consequences#disposals_stated",
        "place#n",
    ):
        assert f"/proposals/{site.draft_id}/edit/{anchor}" in page
    answer = planner.post(f"/proposals/{site.draft_id}/submit", data={"version": "1"})
    assert answer.status_code == 422
    assert "Ange bidrag, eller intyga att inga bidrag finns." in answer.text
    with looking() as work:
        assert proposals.find(work, site.draft_id).status == Status.DRAFT


def test_a_complete_draft_is_submitted_and_taken_back_with_a_reason(
    planner: FlaskClient, finance: FlaskClient, site: Site, writing: Working, looking: Working
) -> None:
    with writing() as work:
        made = proposals.create(work, site.round_id, factories.facts("UN 2026/0700", title="Simhallen")).id
    assert planner.post(f"/proposals/{made}/submit", data={"version": "1"}).location == f"/proposals/{made}"
    assert "Simhallen" in finance.get("/proposals?status=submitted").text
    answer = planner.post(f"/proposals/{made}/withdraw", data={"version": "2", "reason": "Fel tomt"})
    assert answer.status_code == 302
    with looking() as work:
        assert proposals.find(work, made).status == Status.DRAFT
    assert "Fel tomt" in planner.get(f"/proposals/{made}").text


def test_submitting_what_someone_changed_asks_to_look_again(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    for action in ("submit", "withdraw"):
        answer = planner.post(f"/proposals/{site.submitted_id}/{action}", data={"version": "1"})
        assert answer.location == f"/proposals/{site.submitted_id}"
        assert "Någon annan har ändrat förslaget" in planner.get(answer.location).text
    with looking() as work:
        assert proposals.find(work, site.submitted_id).status == Status.SUBMITTED


@pytest.mark.parametrize("action", ["submit", "withdraw", "score"])
def test_others_may_not_act_on_it(
    other_planner: FlaskClient, council_viewer: FlaskClient, site: Site, action: str
) -> None:
    for client in (other_planner, council_viewer):
        assert (
            client.post(f"/proposals/{site.submitted_id}/{action}", data={"version": "2"}).status_code == 403
        )


def test_a_submitted_proposal_stays_complete(planner: FlaskClient, site: Site) -> None:
    path = step_url(site.submitted_id, "outlays")
    form = form_of(planner, path)
    form["components-0-amount"] = "1"
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert "Komponenterna ska tillsammans vara lika med utgiften." in answer.text
    assert 'href="#components"' in answer.text


def test_finance_scores_and_leaves_a_criterion_unscored(
    finance: FlaskClient, site: Site, looking: Working
) -> None:
    path = f"/proposals/{site.submitted_id}"
    answer = finance.post(f"{path}/score", data={"version": "2", "score-behov": "5", "score-risk": ""})
    assert answer.location == f"{path}#scores"
    with looking() as work:
        assert proposal_records.scores(proposals.find(work, site.submitted_id)) == {"behov": 5}
    refused = finance.post(f"{path}/score", data={"version": "3", "score-behov": "6"})
    assert "Behov: poängen går från 0 till 5." in finance.get(refused.location).text
    with looking() as work:
        assert proposal_records.scores(proposals.find(work, site.submitted_id)) == {"behov": 5}


def test_two_who_score_at_once_see_both_scores(
    finance: FlaskClient, administrator: FlaskClient, site: Site, looking: Working
) -> None:
    path = f"/proposals/{site.submitted_id}/score"
    assert finance.post(path, data={"version": "2", "score-behov": "5", "score-risk": "5"}).status_code == 302
    mine = {"version": "2", "score-behov": "1", "score-risk": "0"}
    answer = administrator.post(path, data=mine)
    assert answer.status_code == 409
    assert 'name="keep-behov"' in answer.text
    chosen = mine | {"version": "3", "keep-behov": "mine", "keep-risk": "theirs"}
    assert administrator.post(path, data=chosen).status_code == 302
    with looking() as work:
        assert proposal_records.scores(proposals.find(work, site.submitted_id)) == {"behov": 1, "risk": 5}


# Nothing is written by looking


def test_looking_at_pages_writes_nothing(
    planner: FlaskClient, finance: FlaskClient, site: Site, site_database: Any
) -> None:
    path = site_database.url.removeprefix("sqlite:///")

    def content() -> list[str]:
        connection = sqlite3.connect(path)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()

    before = content()
    for client in (planner, finance):
        paths = [
            "/",
            "/proposals",
            "/proposals/new",
            "/proposals/export.csv",
            "/map",
            "/map/features.json",
            "/map/outline.json",
        ]
        paths += [f"/proposals/{site.submitted_id}", f"/proposals/{site.submitted_id}/edit"]
        paths += [step_url(site.submitted_id, step) for step in (*STEPS, "review")]
        for one in paths:
            assert client.get(one).status_code in (200, 302)
    assert content() == before


def test_every_change_leaves_a_trace_with_what_changed(
    planner: FlaskClient, full_id: int, looking: Working
) -> None:
    path = step_url(full_id, "outlays")
    form = form_of(planner, path)
    form["outlays-0-amount"] = "9 999"
    planner.post(path, data=form)
    page = planner.get(f"/proposals/{full_id}").text
    assert "Utgift per år</span>" in page
    with looking() as work:
        last = work.session.query(AuditEntry).order_by(AuditEntry.seq.desc()).first()
        assert last is not None
        assert (last.action, last.actor_name) == ("save proposal", "Planner")


def test_the_steps_of_a_foreign_round_have_fields_but_no_map(finance: FlaskClient, writing: Working) -> None:
    with writing() as work:
        abroad = rounds.add(
            work, name="Provomgång", budget_year=2030, map_crs="EPSG:2154",
            parameter_set=rounds.everything(work)[0].parameter_set,
        )  # fmt: skip
        work.session.flush()
        lyon = factories.alternative(place_wkt="POINT (842000 6519000)", starts=(2030,))
        made = proposals.create(work, abroad.id, factories.facts(alternatives=(lyon,), scores={})).id
    page = finance.get(step_url(made, "place")).text
    assert "EPSG:2154" in page
    assert "data-map-draw" not in page
    form = form_of(finance, step_url(made, "place"))
    assert finance.post(step_url(made, "place"), data=form).status_code == 302

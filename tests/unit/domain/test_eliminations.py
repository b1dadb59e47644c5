"""The bridge between the views: committees − eliminated + added = consolidated, to the öre, line by line."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.consequences import (
    CommitteeLine,
    CommitteeView,
    Consequences,
    ConsolidatedKind,
    ConsolidatedLine,
    ConsolidatedView,
    consequences,
)
from investplan.domain.cost_views import CommitteeKind, Elimination
from investplan.domain.eliminations import Bridge, bridge, bridge_views
from investplan.domain.parameters import DEFAULTS, Parameters, PoolTenant, RentItem, RentModel
from investplan.domain.proposals import Alternative, Disposal, Grant, Lease, Recognition
from investplan.units import NBSP, round_half_up
from tests.unit.domain.test_consequences import (
    OTHER,
    PAVILIONS,
    PRESCHOOL,
    TKR,
    YEARS,
    alternatives,
    in_tkr,
    printed,
)

NONE: frozenset[str] = frozenset()


def of(
    alternative: Alternative = PRESCHOOL,
    parameters: Parameters = DEFAULTS,
    companies: frozenset[str] = NONE,
    years: Sequence[int] = YEARS,
) -> Consequences:
    return consequences(
        alternative, committee="UN", start=2025, parameters=parameters, years=years, companies=companies
    )


def holds(found: Bridge) -> bool:
    eliminated = [sum(line.amounts_ore[i] for line in found.eliminated) for i in range(len(found.years))]
    added = [sum(line.amounts_ore[i] for line in found.added) for i in range(len(found.years))]
    return all(
        found.committees.ore[i] - eliminated[i] + added[i] == found.consolidated.ore[i]
        for i in range(len(found.years))
    )


def test_2_5_from_5341_in_the_committees_frame_to_4034_for_the_municipality() -> None:
    found = bridge(of())
    assert holds(found)
    year = YEARS.index(2028)
    reasons = {reason: amounts[year] for reason, amounts in found.eliminated_by_reason().items()}
    assert in_tkr([found.committees.ore[year]]) == printed("5341.1")
    assert in_tkr([reasons[Elimination.RENT_PAID], reasons[Elimination.RENT_RECEIVED]]) == printed(
        "5092.8", "-5092.8"
    )
    interest = {line.committee: 0 for line in found.eliminated}
    for line in found.eliminated:
        if line.reason is Elimination.INTERNAL_INTEREST:
            interest[line.committee] += line.amounts_ore[year]
    assert in_tkr([interest["SN"], interest["UN"]]) == printed("1930.4", "48.3")
    (loan,) = found.added
    assert loan.amounts_ore[year] == 672 * TKR
    assert round_half_up(Fraction(found.consolidated.ore[year], TKR)) == 4_034


def test_every_step_is_named_and_explained() -> None:
    stated = replace(
        PRESCHOOL,
        grants=(Grant("Stat", 1, 8_000 * TKR), Grant("Exploatör", 1, 10 * TKR, Recognition.AT_COMPLETION)),
        operating=(OTHER, PAVILIONS, replace(OTHER, internal=True, note="Måltider")),
        disposals=(Disposal("Gammal", "UN", 900 * TKR, 50),),
    )
    items = (*DEFAULTS.rent_items, RentItem("own", "Egen vaktmästare", 10_00, external=False))
    parameters = replace(DEFAULTS, charge_interest_on_wip=True, rent_items=items)
    found = bridge(of(stated, parameters))
    assert holds(found)
    told = {(line.label, line.detail) for line in (*found.eliminated, *found.added)}
    assert {
        ("Internhyra som betalas inom kommunen", "Yttertak"),
        ("Internhyra som tas emot inom kommunen", "UN"),
        ("Internränta", "Yttertak"),
        ("Internränta", "Gammal"),
        ("Internränta", "Förskola Exempel"),
        ("Köp mellan kommunens egna delar", "Måltider"),
        ("Köp mellan kommunens egna delar", "Egen vaktmästare"),
        ("Låneränta", "Förskola Exempel"),
        ("Bidrag som intäktsförs vid färdigställandet", "Exploatör"),
    } <= told
    for line in (*found.eliminated, *found.added):
        assert line.reason is None or line.committee
        for year in found.years:
            assert len(line.explain(year)) >= 2
            assert all(str(note) for note in line.explain(year))


def test_an_eliminated_part_says_how_much_of_what() -> None:
    line = next(
        one
        for one in bridge(of()).eliminated
        if one.reason is Elimination.INTERNAL_INTEREST and one.detail == "Yttertak"
    )
    notes = [str(note).replace(NBSP, " ") for note in line.explain(2028)]
    assert notes[0].startswith("Internräntan betalas till kommunens egen finansförvaltning")
    assert notes[1] == "Tas bort: 99 166,67 kr, av:"
    assert notes[-1].endswith("= 99 166,67 kr")


def test_capitalised_interest_is_a_step_of_its_own() -> None:
    found = bridge(of(parameters=replace(DEFAULTS, capitalise_interest=True)))
    assert holds(found)
    assert [line.label for line in found.added] == ["Låneränta", "Låneränta som aktiveras"]


@pytest.mark.parametrize("company", ["SN", "UN"])
def test_a_companys_part_is_taken_away_whole(company: str) -> None:
    found = bridge(of(companies=frozenset({company})))
    assert holds(found)
    whole = {line.committee for line in found.eliminated if line.reason is Elimination.COMPANY}
    assert whole == {company}
    assert Elimination.RENT_PAID not in found.eliminated_by_reason()


def test_many_investments_are_bridged_together_also_without_the_companies_lines() -> None:
    """A plan's committee view leaves the companies out: they have no frame."""
    effects = [of(), of(replace(PRESCHOOL, landlord=None)), of(companies=frozenset({"SN"}))]
    lines = [line for line in effects[2].committee_view.lines if line.committee != "SN"]
    views = [effects[0].committee_view, effects[1].committee_view, CommitteeView(YEARS, tuple(lines))]
    together = bridge_views(
        CommitteeView.of_all(views, YEARS),
        ConsolidatedView.of_all([one.consolidated_view for one in effects], YEARS),
    )
    assert holds(together)
    assert Elimination.COMPANY not in together.eliminated_by_reason()


def test_views_of_different_investments_or_years_are_no_bridge() -> None:
    one, other = of(), of(replace(PRESCHOOL, landlord=None))
    with pytest.raises(ValueError, match="not of the same investments"):
        bridge_views(one.committee_view, other.consolidated_view)
    with pytest.raises(ValueError, match="years"):
        bridge_views(one.committee_view, of(years=YEARS[1:]).consolidated_view)


def test_nothing_is_eliminated_without_a_reason() -> None:
    line = CommitteeLine("UN", CommitteeKind.RENT, "x", "", (5,), eliminated_ore=(5,))
    with pytest.raises(ValueError, match="without a reason"):
        bridge_views(CommitteeView((2027,), (line,)), ConsolidatedView((2027,)))


def test_a_bridge_travels_between_processes() -> None:
    found = bridge(of())
    copy = pickle.loads(pickle.dumps(found))
    assert copy.eliminated == found.eliminated
    assert copy.eliminated[0].explain(2028) == found.eliminated[0].explain(2028)


leases = st.builds(
    Lease,
    st.just("l"),
    st.sampled_from(["UN", "KVAB"]),
    st.integers(0, 5000),
    st.integers(0, 300_000),
    st.integers(0, 100).map(lambda percent: Fraction(percent, 100)),
    st.integers(0, 30),
    st.one_of(st.none(), st.integers(1, 60)),
    st.booleans(),
    st.integers(0, 24),
    st.integers(0, 10**8),
)


@settings(max_examples=300, deadline=None)
@given(
    alternatives(),
    st.lists(leases, max_size=2),
    st.sampled_from(RentModel),
    st.sampled_from([(False, False), (True, False), (False, True)]),
    st.frozensets(st.sampled_from(["UN", "SN", "KFN", "KVAB"])),
)
def test_the_bridge_holds_for_any_alternative_model_convention_and_company(
    alternative: Alternative,
    leased: list[Lease],
    model: RentModel,
    interest: tuple[bool, bool],
    companies: frozenset[str],
) -> None:
    parameters = replace(
        DEFAULTS,
        rent_model=model,
        standard_rent_ore_per_m2=1_999_99,
        rent_pool=(PoolTenant("KFN", 10_001, 15_000_000_07), PoolTenant("UN", 777, 1_000_000_00)),
        charge_interest_on_wip=interest[0],
        capitalise_interest=interest[1],
    )
    stated = replace(alternative, leases=tuple(leased), operating=(OTHER, replace(OTHER, internal=True)))
    assert holds(bridge(of(stated, parameters, companies, range(2025, 2045))))


def test_what_does_not_add_up_is_said_with_its_year_and_amount() -> None:
    kept = CommitteeLine("UN", CommitteeKind.OPERATING, "Personal", "", (5, 7))
    whole = ConsolidatedLine(ConsolidatedKind.EXTERNAL_OPERATING, "Personal", "", (0, 3))
    with pytest.raises(ValueError, match=r"^the views are not of the same investments: 4 öre 2028$"):
        bridge_views(
            CommitteeView((2027, 2028), (replace(kept, amounts_ore=(0, 7)),)),
            ConsolidatedView((2027, 2028), (whole,)),
        )
    unnamed = replace(kept, eliminated_ore=(5, 0))
    with pytest.raises(ValueError, match=r"^Personal is eliminated without a reason$"):
        bridge_views(CommitteeView((2027, 2028), (unnamed,)), ConsolidatedView((2027, 2028)))

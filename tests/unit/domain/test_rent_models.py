"""Rent models: what tenants pay, what is left with the landlord, and that nothing is lost between them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.annuities import level_annuity
from investplan.domain.consequences import CommitteeKind, Consequences, ConsolidatedKind, consequences
from investplan.domain.parameters import DEFAULTS, Parameters, PoolTenant, RentModel
from investplan.domain.proposals import Alternative, Grant
from investplan.units import NBSP
from tests.unit.domain.test_consequences import PRESCHOOL, STAGED, TKR, in_tkr, printed

YEARS = (2026, 2027, 2028, 2029, 2030)
POOL = (PoolTenant("KFN", 10_001, 15_000_000_00), PoolTenant("SN", 3_333, 5_000_000_01))


def using(model: RentModel, pool: tuple[PoolTenant, ...] = POOL) -> Parameters:
    return replace(DEFAULTS, rent_model=model, standard_rent_ore_per_m2=2_100_00, rent_pool=pool)


def of(
    parameters: Parameters,
    alternative: Alternative = PRESCHOOL,
    companies: frozenset[str] = frozenset(),
    committee: str = "UN",
) -> Consequences:
    return consequences(
        alternative, committee=committee, start=2025, parameters=parameters, years=YEARS, companies=companies
    )


def rent_of(found: Consequences, committee: str) -> tuple[int, ...]:
    return found.committee_view.levels_by_kind(committee)[CommitteeKind.RENT].ore


AT_COST = of(using(RentModel.PER_OBJECT_ACTUAL))
SELF_COST = rent_of(AT_COST, "UN")


def test_a_standard_rent_is_the_rate_times_the_area_from_the_first_charged_month() -> None:
    found = of(using(RentModel.STANDARD_PER_M2))
    year = 2_100_00 * 1_850
    assert rent_of(found, "UN") == (0, year * 4 // 12, year, year, year)
    (line,) = [one for one in found.committee_view.lines_of("UN") if one.kind is CommitteeKind.RENT]
    assert str(line.explain(2027)[0]).replace(NBSP, " ") == ("2 100 kr/m² × 1850 m² × 4/12 = 1 295 000 kr")


@pytest.mark.parametrize("model", [RentModel.STANDARD_PER_M2, RentModel.LEVEL_ANNUITY])
def test_the_difference_from_the_self_cost_stays_with_the_landlord_as_a_line(model: RentModel) -> None:
    found = of(using(model))
    rent = rent_of(found, "UN")
    left = tuple(cost - paid for cost, paid in zip(SELF_COST, rent, strict=True))
    assert any(left)
    assert found.committee_view.levels("SN").ore == left
    income = {
        line.label: line.amounts_ore
        for line in found.committee_view.lines_of("SN")
        if line.kind is CommitteeKind.RENT
    }
    assert income == {
        "Hyresintäkt motsvarande självkostnaden": tuple(-one for one in SELF_COST),
        "Hyresintäkt utöver självkostnaden": left,
    }
    assert rent_of(found, "SN") == tuple(-one for one in rent)
    assert found.consolidated_view.levels() == AT_COST.consolidated_view.levels()


def test_the_landlord_can_tell_rent_and_self_cost_apart() -> None:
    found = of(using(RentModel.STANDARD_PER_M2))
    line = next(one for one in found.committee_view.lines_of("SN") if "utöver" in one.label)
    assert str(line.explain(2028)[0]).replace(NBSP, " ") == (
        "Hyra från UN: 3 885 000 kr; objektets självkostnad: 5 092 763,90 kr"
    )


def test_a_level_rent_is_each_components_annuity_and_the_running_costs() -> None:
    found = of(using(RentModel.LEVEL_ANNUITY))
    yearly = sum(
        (
            level_annuity(one.amount_ore, Fraction("0.025"), one.life_months)
            for one in PRESCHOOL.components[:-1]
        ),
        Fraction(0),
    )
    rent = rent_of(found, "UN")
    assert abs(rent[2] - 814_000_00 - yearly) <= len(PRESCHOOL.components)
    assert max(rent[2:]) - min(rent[2:]) <= len(PRESCHOOL.components)
    assert rent[2] < SELF_COST[2]
    (own,) = [one for one in found.committee_view.lines_of("UN") if one.kind is CommitteeKind.CAPITAL_COST]
    assert in_tkr(own.amounts_ore)[2:] == printed("248.3", "243.3", "238.3")


@pytest.mark.parametrize("lowers", [True, False])
def test_a_grant_in_a_level_rent_is_level_too(lowers: bool) -> None:
    grant = Grant("Stat", 1, 8_000 * TKR, lowers_interest_base=lowers)
    with_grant = of(using(RentModel.LEVEL_ANNUITY), replace(PRESCHOOL, grants=(grant,)))
    relief = [
        one - other
        for one, other in zip(
            rent_of(with_grant, "UN"), rent_of(of(using(RentModel.LEVEL_ANNUITY)), "UN"), strict=True
        )
    ]
    assert max(relief[2:]) - min(relief[2:]) <= 9
    depreciated = PRESCHOOL.components[1:-1]
    shares = [Fraction(one.amount_ore * 8_000, 74_000) for one in depreciated]
    expected = sum(
        (
            level_annuity(1, Fraction("0.025"), one.life_months) * share
            if lowers
            else share * 12 / (one.life_months or 1)
            for one, share in zip(depreciated, shares, strict=True)
        ),
        Fraction(0),
    )
    assert abs(relief[2] + expected) <= 10
    line = next(one for one in with_grant.committee_view.lines if "utjämnat bidrag" in one.label)
    assert all(str(note) for note in line.explain(2028))


def test_a_pools_rate_is_all_costs_over_all_areas() -> None:
    found = of(using(RentModel.POOLED))
    cost, area = 20_000_000_01 + SELF_COST[2], 13_334 + 1_850
    rate, old = Fraction(cost, area), Fraction(20_000_000_01, 13_334)
    assert abs(rent_of(found, "UN")[2] - rate * 1_850) < 1
    assert abs(rent_of(found, "KFN")[2] - (rate - old) * 10_001) < 2
    notes = [
        str(note).replace(NBSP, " ")
        for line in found.committee_view.lines_of("KFN")
        for note in line.explain(2028)
    ]
    assert notes == [
        "Poolens hyra: (20 000 000,01 kr + objektets självkostnad 5 092 763,90 kr) / (13334 m² + 1850 m² × 12/12)"
        " = 1 652,58 kr/m² och år",
        "För 10001 m²: 16 527 445,46 kr − tidigare 15 000 749,97 kr = 1 526 695,49 kr",
    ]


def test_a_pool_leaves_nothing_with_the_landlord_but_what_it_pays_itself() -> None:
    other = (POOL[0], PoolTenant("ON", 3_333, 5_000_000_01))
    found = of(using(RentModel.POOLED, other))
    assert not found.committee_view.levels("SN")
    rents = [rent_of(found, code) for code in ("UN", "KFN", "ON")]
    assert tuple(map(sum, zip(*rents, strict=True))) == SELF_COST
    assert all(rent[0] == 0 for rent in rents)
    income = [one for one in found.committee_view.lines_of("SN") if one.kind is CommitteeKind.RENT]
    assert [(one.detail, one.amounts_ore) for one in income] == [
        (code, tuple(-amount for amount in rent))
        for code, rent in zip(("UN", "KFN", "ON"), rents, strict=True)
    ]


def test_a_part_year_counts_its_months_of_the_area() -> None:
    found = of(using(RentModel.POOLED))
    cost, square_months = 20_000_000_01 + SELF_COST[1], 13_334 * 12 + 1_850 * 4
    assert abs(rent_of(found, "UN")[1] - Fraction(cost * 1_850 * 4, square_months)) < 1


def test_a_stage_in_use_before_the_tenancy_is_borne_by_the_pool_and_without_one_by_the_landlord() -> None:
    pooled = of(using(RentModel.POOLED), STAGED)
    assert rent_of(pooled, "UN")[0] == 0
    assert (
        rent_of(pooled, "KFN")[0] + rent_of(pooled, "SN")[0] == 0
    )  # SN pays as tenant what it gets as landlord
    assert rent_of(pooled, "KFN")[0] > 0
    empty = of(using(RentModel.POOLED, ()), STAGED)
    assert rent_of(empty, "UN")[0] == 0
    assert empty.committee_view.levels("SN").ore[0] == 1_800 * TKR
    assert empty.committee_view.levels("SN").ore[2] == 0
    line = next(one for one in empty.committee_view.lines_of("UN") if one.label == "Internhyra, hyrespool")
    assert ": 0 kr" in str(line.explain(2026)[1]).replace(NBSP, " ")


@pytest.mark.parametrize("model", RentModel)
def test_without_a_landlord_there_is_no_rent(model: RentModel) -> None:
    found = of(using(model), replace(PRESCHOOL, landlord=None))
    assert not any(line.kind is CommitteeKind.RENT for line in found.committee_view.lines)


def test_rents_of_a_pool_cross_the_border_to_companies_in_both_directions() -> None:
    parameters = using(RentModel.POOLED)
    company_tenant = of(parameters, companies=frozenset({"KFN"}))
    income = [line for line in company_tenant.consolidated_view.lines if line.label == "Hyresintäkt"]
    assert [line.detail for line in income] == ["KFN"]
    assert income[0].amounts_ore == tuple(-one for one in rent_of(company_tenant, "KFN"))
    company_owner = of(parameters, companies=frozenset({"SN"}))
    paid = company_owner.consolidated_view.levels_by_kind()[ConsolidatedKind.EXTERNAL_RUNNING].ore
    assert paid == tuple(
        one + more
        for one, more in zip(rent_of(company_owner, "UN"), rent_of(company_owner, "KFN"), strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(RentModel),
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**12)), max_size=4),
    st.one_of(st.none(), st.integers(0, 10**5)),
    st.integers(0, 10**11),
)
def test_what_is_paid_is_what_is_received_to_the_ore_whatever_the_model(
    model: RentModel, pool: list[tuple[int, int]], area: int | None, grant: int
) -> None:
    tenants = tuple(PoolTenant(f"N{i}", m2, cost) for i, (m2, cost) in enumerate(pool))
    stated = replace(PRESCHOOL, area_m2=area, grants=(Grant("g", 0, grant, lowers_interest_base=True),))
    found = of(using(model, tenants), stated)
    rents = [line.amounts_ore for line in found.committee_view.lines if line.kind is CommitteeKind.RENT]
    assert tuple(map(sum, zip(*rents, strict=True))) == (0,) * len(YEARS)
    if model is RentModel.PER_OBJECT_ACTUAL or (model is RentModel.POOLED and tenants):
        assert not found.committee_view.levels("SN")
    for line in found.committee_view.lines:
        assert all(str(note) for note in line.explain(2028))

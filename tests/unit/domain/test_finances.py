from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.consequences import consequences
from investplan.domain.finances import (
    CAPITALISED_LABEL,
    GROUPS,
    ITEM_LABELS,
    Finances,
    Item,
    Phase,
    PlanEffects,
    finances_of,
    plan_effects,
    with_effects,
)
from investplan.domain.labels import N_
from investplan.domain.parameters import DEFAULTS, Ceiling
from investplan.domain.proposals import Disposal, Grant, Recognition
from tests import factories
from tests.unit.domain.financial_years import MNKR, finances, ore, year
from tests.unit.domain.test_whole_example import HOUSE, PARAMETERS
from tests.unit.domain.test_whole_example import of as whole_example

YEARS = tuple(range(2027, 2037))


def test_every_item_has_a_name_and_stands_once_on_the_page() -> None:
    listed = [item for _, items in GROUPS for item in items]
    assert sorted(listed) == sorted(Item)
    assert ITEM_LABELS.keys() == set(Item)


def test_a_missing_figure_is_not_zero_and_says_what_is_missing() -> None:
    made = finances(year(2027, tax=70, grants=20, operations=80, depreciation=5, financial_income=1))
    figure = made.figure(2027, Item.RESULT)
    assert figure.value is None
    assert figure.missing == (Item.TAX_AND_GRANTS, Item.IMPAIRMENT, Item.FINANCIAL_COSTS)
    assert made.value(2027, Item.OTHER_CASH) is None
    assert made.value(2031, Item.TAX) is None


def test_a_stated_zero_is_a_figure() -> None:
    made = finances(year(2027, tax=70, grants=0, equalisation=-5))
    assert made.value(2027, Item.TAX_AND_GRANTS) == ore(65)


def test_the_result_is_computed_and_a_stated_one_counts_but_tells_the_difference() -> None:
    parts = {
        "tax": 70, "grants": 20, "equalisation": 10, "operations": 90, "depreciation": 5, "impairment": 0,
        "financial_income": 1, "financial_costs": 2,
    }  # fmt: skip
    assert finances(year(2027, **parts)).value(2027, Item.RESULT) == ore(4)
    told = finances(year(2027, **parts, result="4.5"))
    assert told.value(2027, Item.RESULT) == ore("4.5")
    assert told.differences(2027) == {Item.RESULT: ore("0.5")}
    assert finances(year(2027, **parts, result=4)).differences(2027) == {}


def test_equity_loans_and_reserve_carry_on_from_the_year_before() -> None:
    made = finances(
        year(2026, equity=100, loans=50, reserve=10),
        year(
            2027, result=4, depreciation=6, impairment=1, net_investment=20, other_cash=2,
            reserve_added=3, reserve_used=0,
        ),
    )  # fmt: skip
    assert made.value(2027, Item.EQUITY) == ore(104)
    assert made.value(2027, Item.LOANS) == ore(50 + 20 - 4 - 6 - 1 - 2)
    assert made.value(2027, Item.RESERVE) == ore(13)
    assert made.figure(2026, Item.EQUITY).missing == (Item.RESULT, Item.EQUITY)


def test_a_year_counts_in_its_firmest_phase() -> None:
    made = finances_of([
        year(2026, Phase.PLAN, result=1), year(2026, Phase.HISTORY, result=3), year(2026, Phase.BUDGET, result=2),
    ])  # fmt: skip
    assert made.value(2026, Item.RESULT) == ore(3)
    assert made.phases == {2026: Phase.HISTORY}


def effects_of(ceiling: Ceiling = Ceiling.NET, *, capitalise: bool = False) -> PlanEffects:
    """A building with both kinds of grants and an old one that goes."""
    from dataclasses import replace

    parameters = replace(DEFAULTS, ceiling_counts=ceiling, capitalise_interest=capitalise)
    alternative = factories.alternative(
        40 * MNKR,
        grants=(
            Grant("Stat", 0, 5 * MNKR + 1),
            Grant("Exploatör", 1, 3 * MNKR, Recognition.AT_COMPLETION),
        ),
        disposals=(Disposal("Gammalt", "UN", 2 * MNKR + 7, 60),),
        commissioned_after_months=19,
    )
    found = consequences(alternative, committee="UN", start=2028, parameters=parameters, years=YEARS)
    made = plan_effects([found], YEARS)
    assert made.cost_ore == found.consolidated_view.levels().ore
    return made


def test_the_parts_add_up_to_the_consolidated_level_and_to_the_net_outlay() -> None:
    made = effects_of()
    assert sum(made.net_investment_ore) == 40 * MNKR - 5 * MNKR - 1 - 3 * MNKR
    assert made.disposals_ore[2] == 2 * MNKR + 7
    assert effects_of(Ceiling.GROSS) == made


def test_capitalised_interest_is_paid_stands_in_the_assets_and_is_not_a_cost() -> None:
    assert N_(CAPITALISED_LABEL) == "Låneränta som aktiveras"
    made = effects_of(capitalise=True)
    assert sum(made.capitalised_ore) > 0
    assert sum(made.net_investment_ore) - sum(made.capitalised_ore) == sum(effects_of().net_investment_ore)


def test_the_balance_sheet_balances_after_a_plan() -> None:
    """assets = equity + loans + grants received but not yet income, whatever is capitalised."""
    for capitalise in (False, True):
        made = effects_of(capitalise=capitalise)
        for k in range(len(YEARS)):
            upto = slice(0, k + 1)
            not_yet_income = sum(made.grants_received_ore[upto]) - sum(made.grants_recognised_ore[upto])
            loans, cost = sum(made.borrowing_ore[upto]), sum(made.cost_ore[upto])
            assert sum(made.assets_ore[upto]) == loans - cost + not_yet_income


def test_a_plan_changes_flows_by_the_year_and_stocks_by_the_running_total() -> None:
    base = finances(*(
        year(y, Phase.PLAN, tax_and_grants=5000, result=100, equity=2000, loans=900, total_assets=4000,
             net_investment=10, depreciation=200, impairment=0)
        for y in YEARS
    ))  # fmt: skip
    made = effects_of()
    after = with_effects(base, made)
    last = YEARS[-1]
    assert after.value(last, Item.RESULT) == ore(100) - made.cost_ore[-1]
    assert after.value(last, Item.NET_INVESTMENT) == ore(10)
    assert after.value(last, Item.EQUITY) == ore(2000) - sum(made.cost_ore)
    assert after.value(last, Item.LOANS) == ore(900) + sum(made.borrowing_ore)
    assert after.value(last, Item.TOTAL_ASSETS) == ore(4000) + sum(made.assets_ore)
    assert after.value(last, Item.OPERATIONS) is None
    assert base.value(last, Item.RESULT) == ore(100)


AMOUNTS = st.integers(-(10**12), 10**12)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(Item)), AMOUNTS))
def test_what_is_stated_is_never_lost_and_what_is_not_known_is_never_a_number(
    stated: dict[Item, int],
) -> None:
    from investplan.domain.finances import Stated, YearFigures

    made: Finances = finances_of([
        YearFigures(2027, Phase.PLAN, {item: Stated(amount) for item, amount in stated.items()})
    ])  # fmt: skip
    for item in Item:
        figure = made.figure(2027, item)
        if item in stated:
            assert figure.value == stated[item]
        else:
            assert (figure.value is None) == (figure.computed is None)
            assert not (figure.missing and figure.computed is not None)


def test_what_coordination_saves_lowers_outlay_and_running_costs_and_nothing_else() -> None:
    made = PlanEffects((2027, 2028), (100, 50), (10, 0), (0, 1), (7, 8), (3, 4), (0, 2), (5, 6), (1, 0))
    saved = made.saved((30, 0), (2, 9))
    assert saved == PlanEffects(
        (2027, 2028), (70, 50), (10, 0), (0, 1), (5, -1), (3, 4), (0, 2), (5, 6), (1, 0)
    )
    # By hand: running 7, depreciation 3 and interest 5 are a cost of 15; a saving of 2 leaves 13.
    assert made.cost_ore == (7 + 3 + 0 + 5 - 0, 8 + 4 + 2 + 6 - 1)
    assert saved.cost_ore == (13, 10)
    assert made.net_investment_ore == (100 + 1 - 10, 50)
    assert made.noncash_ore == (3 + 0 - 0 - 1, 4 + 2 - 1 - 0)
    assert made.borrowing_ore == (100 - 10 + 15 - 2, 50 - 0 + 19 - 5)
    assert made.assets_ore == (100 + 1 - 3, 50 + 0 - 6)


def test_what_the_whole_example_does_to_the_finances_is_what_its_lines_add_up_to() -> None:
    """The building of `test_whole_example`, line by line from there."""
    kronor = {
        "outlay_ore": (1_440_000, 0, 0),
        "grants_received_ore": (160_000, 0, 0),
        "grants_recognised_ore": (6_000 + 40_000, 12_000, 12_000),
        # Media, caretaker's wages, pavilions that end, the lease and its restoring.
        "running_ore": (3_000 + 18_000 + 6_000, 6_000 + 36_000 - 12_000 + 12_000 + 5_000, 6_000 + 36_000 - 24_000),
        "depreciation_ore": (60_000 + 24_000 - 12_000, 168_000 - 24_000, 168_000 - 24_000),
        "disposals_ore": (60_000, 0, 0),
        "interest_ore": (0, 12_800, 12_800),
        "capitalised_ore": (0, 0, 0),
    }  # fmt: skip
    ore_of = {name: tuple(100 * one for one in amounts) for name, amounts in kronor.items()}
    assert plan_effects([whole_example()], (2027, 2028, 2029)) == PlanEffects((2027, 2028, 2029), **ore_of)
    twice = plan_effects([whole_example(), whole_example()], (2027, 2028, 2029))
    assert twice.running_ore == tuple(2 * one for one in ore_of["running_ore"])
    assert plan_effects([], (2027, 2028)).cost_ore == (0, 0)


def test_capitalised_interest_is_taken_from_the_interest_once() -> None:
    from dataclasses import replace

    capitalised = replace(PARAMETERS, charge_interest_on_wip=False, capitalise_interest=True)
    made = plan_effects([whole_example(replace(HOUSE, grants=()), capitalised)], (2027, 2028, 2029))
    # Half of 1 440 000 at 2 % is 14 400 a year; 3 000 of the building year's interest is moved to the assets.
    assert made.interest_ore == (-3_000_00, 14_400_00, 14_400_00)
    assert made.capitalised_ore == (3_000_00, 0, 0)


def test_every_figure_that_a_plan_changes_is_changed_by_its_own_part() -> None:
    stated = {
        "operations": 1, "depreciation": 2, "impairment": 3, "financial_costs": 4, "result": 5, "net_investment": 6,
        "equity": 7, "loans": 8, "total_assets": 9, "tax": 10, "reserve": 11,
    }  # fmt: skip
    base = finances(year(2027, **stated), year(2028, **stated))
    made = PlanEffects((2027, 2028), (100, 50), (10, 0), (0, 1), (7, 8), (3, 4), (0, 2), (5, 6), (1, 0))
    after = with_effects(base, made)
    assert after.years == base.years
    changes = {
        item: tuple((after.value(y, item) or 0) - (base.value(y, item) or 0) for y in (2027, 2028))
        for item in Item
    }
    # Cost 15 and 19; borrowing 103 and 64; assets 98 and 44 (see the saving above): stocks by the running total.
    assert {item: change for item, change in changes.items() if any(change)} == {
        Item.OPERATIONS: (7, 7),
        Item.DEPRECIATION: (3, 4),
        Item.IMPAIRMENT: (0, 2),
        Item.FINANCIAL_COSTS: (5, 6),
        Item.RESULT: (-15, -19),
        Item.NET_INVESTMENT: (91, 50),
        Item.EQUITY: (-15, -34),
        Item.LOANS: (103, 103 + 64),
        Item.TOTAL_ASSETS: (98, 98 + 44),
    }
    assert after.figure(2027, Item.RESULT).stated is None
    assert after.figure(2027, Item.TAX).stated == base.figure(2027, Item.TAX).stated

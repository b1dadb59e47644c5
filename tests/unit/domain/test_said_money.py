"""What the money engine says, word for word and figure for figure: an explanation that is wrong is worse than none."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from investplan.domain.annuities import Annuity
from investplan.domain.assets import Asset, AssetChange, stretches
from investplan.domain.capital_costs import (
    CapitalCostRules,
    InterestBase,
    MonthSpan,
    RateTable,
    explain_depreciation,
    explain_interest,
    percent_text,
)
from investplan.domain.construction import (
    BuiltStage,
    ConstructionOutlay,
    explain_construction,
    interest_during_construction,
    ongoing_work,
    share_among_stages,
)
from investplan.domain.grants import GrantRow, explain_grant, grant_rows, grant_shares, relief_ore
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import Grant
from investplan.domain.thresholds import is_investment
from investplan.errors import InvalidInputError, Note
from investplan.units import NBSP, Month

RULES = CapitalCostRules(RateTable(Fraction("0.025"), {2028: Fraction("0.03")}))
ROOF = Asset("Tak", 1_200_000_00, 0, 120, Month(2027, 8))


def said(*notes: Note) -> list[str]:
    return [str(note).replace(NBSP, " ") for note in notes]


# Rates and spans


def test_a_table_taken_in_part_has_every_rate_in_part() -> None:
    table = RateTable(Fraction("0.04"), {2028: Fraction("0.02")}).times(Fraction(1, 2))
    assert table == RateTable(Fraction("0.02"), {2028: Fraction("0.01")})


def test_prices_go_back_as_they_went_up_by_the_rates_of_the_years_between() -> None:
    index = RateTable(Fraction("0.03"), {2027: Fraction("0.1")})
    assert index.growth(2026, 2028) == Fraction("1.1") * Fraction("1.03")
    assert index.growth(2028, 2026) == 1 / (Fraction("1.1") * Fraction("1.03"))
    assert index.growth(2027, 2027) == 1


def test_months_in_a_year_are_those_of_the_year_only() -> None:
    assert [MonthSpan(Month(2027, 9), 10).months_in(year) for year in range(2026, 2030)] == [0, 4, 6, 0]


@pytest.mark.parametrize(
    ("rate", "text"),
    [("0.025", "2,5 %"), ("-0.025", "−2,5 %"), ("0", "0 %"), ("0.999999", "99,9999 %"), ("0.1", "10 %")],
)
def test_a_rate_is_written_as_swedes_read_it(rate: str, text: str) -> None:
    assert percent_text(Fraction(rate)).replace(NBSP, " ") == text


# Capital cost


def test_depreciation_is_said_with_the_numbers_put_in() -> None:
    assert said(*explain_depreciation(ROOF, RULES, 2027)) == [
        "Avskrivning 1 200 000 kr / 120 mån × 4 mån = 40 000 kr"
    ]
    uneven = Asset("x", 1_00, 0, 36, Month(2027, 1))
    assert said(*explain_depreciation(uneven, RULES, 2027)) == [
        "Avskrivning 1 kr / 36 mån × 11 mån = 0,31 kr"
    ]


def test_a_year_that_has_to_give_way_to_the_whole_says_so() -> None:
    asset = Asset("x", 101, 0, 24, Month(2026, 12))
    assert said(*explain_depreciation(asset, RULES, 2028)) == [
        "Avskrivning 1,01 kr / 24 mån × 12 mån, avrundat så att åren blir hela beloppet = 0,50 kr"
    ]


@pytest.mark.parametrize(
    ("base", "text"),
    [
        (
            InterestBase.OPENING,
            "Internränta 3 % × 12/12 × ingående bokfört värde 1 160 000 kr = 34 800 kr",
        ),
        (
            InterestBase.AVERAGE,
            "Internränta 3 % × 12/12 × medelvärdet av bokfört värde 1 160 000 kr och 1 040 000 kr = 33 000 kr",
        ),
        (
            InterestBase.MONTHLY,
            "Internränta 3 %/12 på bokfört värde vid var och en av 12 månaders början, från 1 160 000 kr till"
            " 1 040 000 kr = 33 150 kr",
        ),
    ],
)
def test_interest_is_said_with_the_rate_and_the_values_of_its_year(base: InterestBase, text: str) -> None:
    assert said(explain_interest(ROOF, replace(RULES, interest_base=base), 2028)) == [text]


def test_interest_in_a_year_before_the_first_month_is_said_to_be_nothing() -> None:
    assert said(explain_interest(ROOF, RULES, 2026)) == [
        "Internränta 2,5 % × 0/12 × ingående bokfört värde 0 kr = 0 kr"
    ]


def test_interest_after_a_write_down_starts_from_what_was_left() -> None:
    down = replace(ROOF, changes=(AssetChange(Month(2028, 1), write_down_ore=160_000_00),))
    assert said(explain_interest(down, RULES, 2028)) == [
        "Internränta 3 % × 12/12 × ingående bokfört värde 1 000 000 kr = 30 000 kr"
    ]


def test_interest_in_the_year_of_disposal_is_told_to_the_value_before_it() -> None:
    gone = replace(ROOF, disposed=Month(2028, 6))
    average = replace(RULES, interest_base=InterestBase.AVERAGE)
    assert said(explain_interest(gone, average, 2028)) == [
        "Internränta 3 % × 6/12 × medelvärdet av bokfört värde 1 160 000 kr och 1 100 000 kr = 16 950 kr"
    ]


@pytest.mark.parametrize(
    ("values", "place", "text"),
    [
        ({"cost_ore": -1}, "cost_ore", "Anskaffningsvärdet får inte vara negativt."),
        (
            {"cost_ore": 0, "residual_ore": 1},
            "residual_ore",
            "Restvärdet ska ligga mellan 0 och anskaffningsvärdet.",
        ),
        ({"residual_ore": -1}, "residual_ore", "Restvärdet ska ligga mellan 0 och anskaffningsvärdet."),
        (
            {"residual_ore": 1_200_000_01},
            "residual_ore",
            "Restvärdet ska ligga mellan 0 och anskaffningsvärdet.",
        ),
        ({"life_months": 0}, "life_months", "Nyttjandetiden ska vara minst en månad."),
        (
            {"life_months": None, "residual_ore": 5},
            "residual_ore",
            "Mark skrivs inte av och har därför inget restvärde.",
        ),
        ({"disposed": Month(2027, 7)}, "disposed", "Utrangeringen kan inte ligga före ibruktagandet."),
        (
            {"changes": (AssetChange(Month(2027, 7)),)},
            "changes[0]",
            "Ändringar ska komma efter ibruktagandet, i tidsordning och högst en per månad.",
        ),
        (
            {"changes": (AssetChange(Month(2029, 1), remaining_months=0),)},
            "changes[0]",
            "Nyttjandetiden ska vara minst en månad.",
        ),
        (
            {"changes": (AssetChange(Month(2029, 1), residual_ore=-1),)},
            "changes[0]",
            "Nedskrivning och restvärde får inte vara negativa.",
        ),
        (
            {"life_months": None, "changes": (AssetChange(Month(2029, 1), remaining_months=1),)},
            "changes[0]",
            "Mark skrivs inte av: av en ändring får den bara en nedskrivning.",
        ),
    ],
)
def test_what_an_asset_cannot_be_is_said_at_its_place(
    values: dict[str, object], place: str, text: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        replace(ROOF, **values)
    assert {name: str(note) for name, note in refused.value.fields.items()} == {place: text}


@pytest.mark.parametrize(
    ("asset", "text"),
    [
        (
            replace(ROOF, changes=(AssetChange(Month(2037, 9)),)),
            "Ändringen ska gälla från en månad då tillgången ännu belastas.",
        ),
        (
            replace(ROOF, changes=(AssetChange(Month(2028, 1), residual_ore=1_160_000_01),)),
            "Det bokförda värdet skulle hamna under restvärdet.",
        ),
        (
            Asset("m", 5, 0, None, Month(2027, 1), (AssetChange(Month(2028, 1), write_down_ore=6),)),
            "Nedskrivningen är större än det bokförda värdet.",
        ),
    ],
)
def test_a_change_that_cannot_be_carried_out_says_why(asset: Asset, text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        stretches(asset, RULES.start_rule)
    assert {name: str(note) for name, note in refused.value.fields.items()} == {"changes[0]": text}


def test_a_single_month_is_a_life_and_a_change_may_leave_one() -> None:
    last = AssetChange(Month(2028, 1), remaining_months=1)
    assert [one.until - one.first for one in stretches(replace(ROOF, changes=(last,)), RULES.start_rule)] == [
        4,
        1,
    ]


def test_a_change_may_come_in_the_last_charged_month_and_not_after() -> None:
    last = AssetChange(Month(2037, 8), write_down_ore=1)
    assert [one.write_down_ore for one in stretches(replace(ROOF, changes=(last,)), RULES.start_rule)] == [
        0,
        1,
    ]


# Annuity


def test_an_annuity_is_even_within_each_of_its_own_years() -> None:
    """Month by month by hand: balances at the ends of the asset's years, a straight line between them."""
    asset = Asset("x", 3_000_000, 300_000, 30, Month(2027, 8))
    annuity = Annuity(asset, RULES)
    rate, balance = annuity.rate, Fraction(asset.cost_ore)
    expected = [Fraction(0)]
    for length in (12, 12, 6):
        after = balance * (1 + rate * Fraction(length, 12)) - annuity.yearly * Fraction(length, 12)
        for month in range(1, length + 1):
            expected.append(asset.cost_ore - balance + (balance - after) * Fraction(month, length))
        balance = after
    assert balance == asset.residual_ore
    assert [annuity.amortised(months) for months in range(31)] == expected
    assert annuity.amortised(31) == expected[-1]


def test_the_rows_of_an_annuity_know_their_year_and_months() -> None:
    rows = Annuity(ROOF, RULES).rows(range(2027, 2039))
    assert [(row.year, row.months) for row in rows] == [
        (2027, 4),
        *((year, 12) for year in range(2028, 2037)),
        (2037, 8),
        (2038, 0),
    ]


def test_an_annuity_is_said_with_the_numbers_put_in() -> None:
    land = Asset("Mark", 1_000_000_00, 0, None, Month(2027, 8))
    assert said(*Annuity(land, RULES).explain(2027)) == [
        "Ränta 2,5 % på mark 1 000 000 kr × 4/12 = 8 333,33 kr"
    ]
    assert said(*Annuity(ROOF, RULES).explain(2028)) == [
        "Annuitet på 1 200 000 kr, 2,5 %, 120 mån: 137 110,52 kr per år × 12/12 = 137 110,51 kr"
    ]


# While it is built


def test_interest_of_a_month_goes_to_the_stages_then_being_built_by_their_cost() -> None:
    rate = RateTable(Fraction("0.12"), {2028: Fraction("0.24")})
    stages = [BuiltStage(Month(2028, 1), 300), BuiltStage(Month(2028, 2), 100)]
    work = [(Month(2027, 12), Fraction(1000)), (Month(2028, 1), Fraction(500))]
    # 2027: 0.12 × 1000 = 120, to both stages 3 to 1; 2028: 0.24 × 500 = 120, to the second alone.
    assert share_among_stages(240, work, rate, stages) == [90, 150]
    assert share_among_stages(241, work, rate, stages) == [91, 150]


def test_stages_without_cost_share_evenly_and_without_interest_there_is_nothing_to_share() -> None:
    rate = RateTable(Fraction("0.12"))
    free = [BuiltStage(Month(2028, 1), 0), BuiltStage(Month(2028, 1), 0)]
    assert share_among_stages(10, [(Month(2027, 12), Fraction(7, 3))], rate, free) == [5, 5]
    assert share_among_stages(0, [(Month(2027, 12), Fraction(0))], rate, free) == [0, 0]


def test_interest_during_construction_is_told_by_year_and_said() -> None:
    outlays = [ConstructionOutlay(Month(2026, 7), 12, 1_200_000)]
    found = interest_during_construction(outlays, RateTable(Fraction("0.12")), Month(2027, 3))
    # 100 000 a month at its end: 1 % of 0, 1 … 5 hundred thousand in 2026, of 6 and 7 in 2027.
    assert found == {2026: 15_000, 2027: 13_000}
    assert ongoing_work(outlays, Month(2026, 9)) == [(Month(2026, 7), 0), (Month(2026, 8), 100_000)]
    assert said(*explain_construction(found, 2027)) == [
        "En tolftedels årsränta på det som är utlagt vid varje månads början: 130 kr"
    ]
    assert said(*explain_construction(found, 2031)) == [
        "En tolftedels årsränta på det som är utlagt vid varje månads början: 0 kr"
    ]


# Grants


def test_a_grant_is_said_with_the_numbers_put_in() -> None:
    grant = Grant("Statsbidrag", 0, 120_000_00)
    release = "Bidrag 120 000 kr löses upp i takt med avskrivningen: −4 000 kr"
    assert said(*explain_grant(grant, [ROOF], RULES, 2027)) == [release]
    lowering = replace(grant, lowers_interest_base=True)
    assert said(*explain_grant(lowering, [ROOF], RULES, 2027)) == [release, "Lägre internränta: −1 000 kr"]


def test_a_grant_lowers_the_interest_only_where_it_says_so() -> None:
    rows = [GrantRow(2027, 400, 30)]
    grant = Grant("Statsbidrag", 0, 1000)
    assert relief_ore(grant, rows) == ((-400,), (0,))
    assert relief_ore(replace(grant, lowers_interest_base=True), rows) == ((-430,), (-30,))


def test_a_grant_to_land_is_never_released_but_can_lower_its_interest() -> None:
    land = Asset("Mark", 100, 0, None, Month(2027, 1), disposed=Month(2030, 1))
    assert grant_shares(70, [land]) == [Asset("Mark", 70, 0, None, Month(2027, 1), disposed=Month(2030, 1))]
    assert [row.release_ore for row in grant_rows(70, [land], RULES, range(2027, 2030))] == [0, 0, 0]
    assert grant_shares(70, []) == []


# Investment or running cost


@pytest.mark.parametrize(
    ("amount_ore", "life_months", "known", "text"),
    [
        (
            29_600_00,
            36,
            True,
            "29 600 kr är inte över gränsbeloppet 29 600 kr exkl. moms (prisbasbelopp 2026): budgetera det som"
            " driftkostnad.",
        ),
        (
            29_600_01,
            35,
            True,
            "Nyttjandetiden är kortare än 36 månader: budgetera det som driftkostnad.",
        ),
        (
            29_600_01,
            36,
            True,
            "Investering: 29 600,01 kr är över gränsbeloppet 29 600 kr (prisbasbelopp 2026) och nyttjandetiden"
            " minst 36 månader.",
        ),
        (
            1,
            36,
            False,
            "Investering. Gränsbeloppet är inte prövat: inget prisbasbelopp är angivet.",
        ),
    ],
)
def test_the_answer_says_why(amount_ore: int, life_months: int, known: bool, text: str) -> None:
    parameters = DEFAULTS if known else replace(DEFAULTS, pbb_ore_by_year={})
    assert said(is_investment(amount_ore, life_months, 2026, parameters).note) == [text]

"""Financial indicators: each one a function of the finances, with its formula in words and with numbers put in.

Every indicator is a share of two signed sums of figures. Over several years it is the sum of the upper figures over
the sum of the lower ones. Where any figure is missing the indicator is not known; it is never zero for that reason.
Source: section 4.2 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from investplan.domain.finances import Finances, Item, Terms
from investplan.domain.labels import N_
from investplan.errors import Note
from investplan.units import MINUS, NBSP, format_amount, round_half_up


class Indicator(StrEnum):
    """The indicators, in the order of the pages."""

    RESULT_SHARE = "result_share"
    NET_COST_SHARE = "net_cost_share"
    SELF_FINANCING = "self_financing"
    NET_INVESTMENT_SHARE = "net_investment_share"
    SOLVENCY = "solvency"
    SOLVENCY_WITH_PENSIONS = "solvency_with_pensions"
    DEBT_PER_INHABITANT = "debt_per_inhabitant"
    LIQUIDITY = "liquidity"


class Scale(StrEnum):
    """How the value is written: a share in per cent, or kronor per inhabitant (the value is then öre)."""

    SHARE = "share"
    KRONOR = "kronor"


@dataclass(frozen=True)
class Measured:
    """An indicator's value with the numbers behind it.

    Attributes:
        value: A share, or öre per inhabitant; None where a figure is missing or there is nothing to divide by.
        missing: The figures that are missing, with their years.
        upper, lower: The two sums; None where a figure is missing.
        computation: The formula with the numbers put in; None where the value is not known.
    """

    value: Fraction | None
    missing: tuple[tuple[int, Item], ...] = ()
    upper: int | None = None
    lower: int | None = None
    computation: Note | None = None


@dataclass(frozen=True)
class Definition:
    """What an indicator is.

    Attributes:
        upper, lower: The signed items of the two sums.
        decimals: How many the value is shown with; those close to their target have two.
        sums_years: An average over several years makes sense: both sums are made of flows.
    """

    label: str
    formula: str
    upper: Terms
    lower: Terms
    scale: Scale = Scale.SHARE
    decimals: int = 1
    sums_years: bool = True

    def text(self, value: Fraction | None) -> str:
        """A value of this indicator, or of a target for it, as Swedes read it."""
        return value_text(value, self.scale, self.decimals)


DEFINITIONS: dict[Indicator, Definition] = {
    Indicator.RESULT_SHARE: Definition(
        N_("Resultat av skatter och bidrag"),
        N_("Årets resultat / (skatteintäkter + generella statsbidrag + utjämning)"),
        ((1, Item.RESULT),),
        ((1, Item.TAX_AND_GRANTS),),
        decimals=2,
    ),
    Indicator.NET_COST_SHARE: Definition(
        N_("Nettokostnadsandel"),
        N_(
            "(Skatter och bidrag − årets resultat) / skatter och bidrag. Täljaren är nettokostnaderna med "
            "avskrivningar och finansnetto."
        ),
        ((1, Item.TAX_AND_GRANTS), (-1, Item.RESULT)),
        ((1, Item.TAX_AND_GRANTS),),
        decimals=2,
    ),
    Indicator.SELF_FINANCING: Definition(
        N_("Självfinansieringsgrad av investeringar"),
        N_("(Årets resultat + avskrivningar + nedskrivningar och utrangeringar) / nettoinvesteringar"),
        ((1, Item.RESULT), (1, Item.DEPRECIATION), (1, Item.IMPAIRMENT)),
        ((1, Item.NET_INVESTMENT),),
    ),
    Indicator.NET_INVESTMENT_SHARE: Definition(
        N_("Nettoinvesteringar av skatter och bidrag"),
        N_("Nettoinvesteringar / (skatter och bidrag)"),
        ((1, Item.NET_INVESTMENT),),
        ((1, Item.TAX_AND_GRANTS),),
    ),
    Indicator.SOLVENCY: Definition(
        N_("Soliditet"),
        N_("Eget kapital / totala tillgångar"),
        ((1, Item.EQUITY),),
        ((1, Item.TOTAL_ASSETS),),
        sums_years=False,
    ),
    Indicator.SOLVENCY_WITH_PENSIONS: Definition(
        N_("Soliditet med ansvarsförbindelsen för pensioner"),
        N_("(Eget kapital − ansvarsförbindelse för pensioner med löneskatt) / totala tillgångar"),
        ((1, Item.EQUITY), (-1, Item.PENSION_OBLIGATION)),
        ((1, Item.TOTAL_ASSETS),),
        sums_years=False,
    ),
    Indicator.DEBT_PER_INHABITANT: Definition(
        N_("Låneskuld per invånare"),
        N_("Kommunens låneskuld / invånare 31 december"),
        ((1, Item.LOANS),),
        ((1, Item.POPULATION),),
        Scale.KRONOR,
        sums_years=False,
    ),
    Indicator.LIQUIDITY: Definition(
        N_("Likviditet"),
        N_("Omsättningstillgångar / kortfristiga skulder"),
        ((1, Item.CURRENT_ASSETS),),
        ((1, Item.CURRENT_LIABILITIES),),
        sums_years=False,
    ),
}


def result_share(finances: Finances, *years: int) -> Measured:
    """Result / (tax + general grants + equalisation): the result target of section 4.2."""
    return _measure(Indicator.RESULT_SHARE, finances, years)


def net_cost_share(finances: Finances, *years: int) -> Measured:
    """(tax and grants − result) / tax and grants: net costs with depreciation and finance net, as Kalmar publishes it.

    Kalmar 2017: 135.9 / 3 710.2 = 3.66 % result is 96.3 % net cost share.
    """
    return _measure(Indicator.NET_COST_SHARE, finances, years)


def self_financing(finances: Finances, *years: int) -> Measured:
    """(result + depreciation + impairment) / net investment."""
    return _measure(Indicator.SELF_FINANCING, finances, years)


def net_investment_share(finances: Finances, *years: int) -> Measured:
    """Net investment / tax and grants."""
    return _measure(Indicator.NET_INVESTMENT_SHARE, finances, years)


def solvency(finances: Finances, year: int) -> Measured:
    """Equity / total assets."""
    return _measure(Indicator.SOLVENCY, finances, (year,))


def solvency_with_pensions(finances: Finances, year: int) -> Measured:
    """(equity − pension obligation outside the balance sheet, payroll tax included) / total assets."""
    return _measure(Indicator.SOLVENCY_WITH_PENSIONS, finances, (year,))


def debt_per_inhabitant(finances: Finances, year: int) -> Measured:
    """Loans / inhabitants on 31 December, in öre per inhabitant; the municipality alone, not its companies."""
    return _measure(Indicator.DEBT_PER_INHABITANT, finances, (year,))


def liquidity(finances: Finances, year: int) -> Measured:
    """Current assets / current liabilities."""
    return _measure(Indicator.LIQUIDITY, finances, (year,))


INDICATORS: dict[Indicator, Callable[..., Measured]] = {
    Indicator.RESULT_SHARE: result_share,
    Indicator.NET_COST_SHARE: net_cost_share,
    Indicator.SELF_FINANCING: self_financing,
    Indicator.NET_INVESTMENT_SHARE: net_investment_share,
    Indicator.SOLVENCY: solvency,
    Indicator.SOLVENCY_WITH_PENSIONS: solvency_with_pensions,
    Indicator.DEBT_PER_INHABITANT: debt_per_inhabitant,
    Indicator.LIQUIDITY: liquidity,
}


def _measure(indicator: Indicator, finances: Finances, years: Sequence[int]) -> Measured:
    definition = DEFINITIONS[indicator]
    items = dict.fromkeys(item for _, item in (*definition.upper, *definition.lower))
    missing = tuple((year, item) for year in years for item in items if finances.value(year, item) is None)
    if missing:
        return Measured(None, missing)
    upper, lower = (
        [(sign, sum(finances.value(year, item) or 0 for year in years)) for sign, item in terms]
        for terms in (definition.upper, definition.lower)
    )
    top, bottom = sum_of(upper), sum_of(lower)
    if bottom <= 0:
        return Measured(None, (), top, bottom)
    value = Fraction(top, bottom)
    return Measured(value, (), top, bottom, _computation(definition, upper, lower, value))


def sum_of(terms: Sequence[tuple[int, int]]) -> int:
    return sum(sign * amount for sign, amount in terms)


def _computation(
    definition: Definition,
    upper: Sequence[tuple[int, int]],
    lower: Sequence[tuple[int, int]],
    value: Fraction,
) -> Note:
    persons = definition.lower == ((1, Item.POPULATION),)
    divisor = f"{lower[0][1]:,}".replace(",", NBSP) if persons else terms_text(lower)
    facts = {"upper": terms_text(upper), "lower": divisor, "value": definition.text(value)}
    return Note("%(upper)s / %(lower)s = %(value)s", facts)


def terms_text(terms: Sequence[tuple[int, int]]) -> str:
    """Signed amounts in mnkr as a sum, in brackets where there are several.

    >>> terms_text([(1, 106_000_000_00), (-1, 260_000_000_00)])
    '(106,0 − 260,0)'
    """
    parts = [format_amount(terms[0][0] * terms[0][1], "mnkr", 1)]
    for sign, amount in terms[1:]:
        plus = sign * amount > 0 or (amount == 0 and sign > 0)
        parts.append(f"{'+' if plus else MINUS} {format_amount(abs(amount), 'mnkr', 1)}")
    text = " ".join(parts)
    return f"({text})" if len(terms) > 1 else text


def value_text(value: Fraction | None, scale: Scale, decimals: int = 1) -> str:
    """An indicator's value as Swedes read it, at most two decimals; a dash where it is not known.

    >>> value_text(Fraction(2, 100), Scale.SHARE, 2), value_text(Fraction(10_500_00), Scale.KRONOR)
    ('2,00\\xa0%', '10\\xa0500\\xa0kr')
    """
    if value is None:
        return "–"
    if scale is Scale.KRONOR:
        return f"{format_amount(round_half_up(value), 'kr')}{NBSP}kr"
    rounded = round_half_up(value * 100 * 10**decimals)
    return f"{format_amount(rounded * 10 ** (2 - decimals), 'kr', decimals)}{NBSP}%"

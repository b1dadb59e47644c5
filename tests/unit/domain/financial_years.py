"""Years of finances for tests, stated in mnkr as annual reports state them."""

from __future__ import annotations

from decimal import Decimal

from investplan.domain.finances import Finances, Item, Phase, Stated, YearFigures, finances_of

MNKR = 100_000_000


def ore(mnkr: str | int) -> int:
    """Whole öre from mnkr as text or whole number."""
    return int(Decimal(mnkr) * MNKR)


def year(number: int, phase: Phase = Phase.HISTORY, **mnkr: str | int) -> YearFigures:
    """A year's stated figures; `population` in persons, all else in mnkr."""
    stated = {
        Item(name): Stated(int(value) if name == Item.POPULATION else ore(value), "Årsredovisning")
        for name, value in mnkr.items()
    }
    return YearFigures(number, phase, stated)


def finances(*years: YearFigures) -> Finances:
    return finances_of(years)


NO_ADJUSTMENTS = {
    "exempt_gains": 0,
    "exempt_losses": 0,
    "unrealised": 0,
    "unrealised_returned": 0,
    "reserve_used": 0,
}

# Kalmar's annual reports as the domain reference quotes them (sections 4.2, 4.3 and 7.2). What lies between the result
# and the adjusted result is stated as one amount of capital gains: the reference gives only the two ends.
KALMAR = (
    year(2014, result="2.5", tax_and_grants="3199.8", capital_gains="14.9", reserve_added=0, **NO_ADJUSTMENTS),
    year(2015, result="62.5"),
    year(2016, result="166.7", tax_and_grants=3548, capital_gains="4.0", reserve_added="127.1",
         net_investment="442.6", loans="758.7", **NO_ADJUSTMENTS),
    year(2017, result="135.9", tax_and_grants="3710.2", capital_gains="6.5", reserve_added="21.6",
         equity=1907, total_assets=3763, net_investment="395.0", loans="758.7", **NO_ADJUSTMENTS),
)  # fmt: skip

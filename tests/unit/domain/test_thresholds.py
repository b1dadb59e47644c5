"""Investment or running cost: half a price base amount and three years (domain reference 1.1)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from investplan.domain.parameters import DEFAULTS
from investplan.domain.thresholds import is_investment
from investplan.units import NBSP


def test_half_the_price_base_amount_of_2026_is_29_600_kronor() -> None:
    found = is_investment(29_600_01, 36, 2026, DEFAULTS)
    assert found
    assert (found.limit_ore, found.limit_year) == (29_600_00, 2026)


@pytest.mark.parametrize(
    ("amount_ore", "life_months", "investment", "word"),
    [
        (29_600_01, 36, True, "Investering"),
        (29_600_00, 36, False, "gränsbeloppet 29 600 kr"),
        (100_000_00, 35, False, "kortare än 36 månader"),
        (10_000_00, 12, False, "driftkostnad"),
        (29_600_01, None, True, "Investering"),
    ],
)
def test_both_the_amount_and_the_life_must_be_enough(
    amount_ore: int, life_months: int | None, investment: bool, word: str
) -> None:
    found = is_investment(amount_ore, life_months, 2026, DEFAULTS)
    assert bool(found) is investment
    assert word in str(found.note).replace(NBSP, " ")
    assert ("driftkostnad" in str(found.note)) is not investment


@pytest.mark.parametrize(("year", "used"), [(2025, 2025), (2035, 2026), (2019, 2020)])
def test_a_year_without_an_amount_of_its_own_uses_the_latest_before_it(year: int, used: int) -> None:
    found = is_investment(1, 36, year, DEFAULTS)
    assert found.limit_year == used
    assert found.limit_ore == DEFAULTS.pbb_ore_by_year[used] // 2


def test_a_whole_price_base_amount_can_be_the_limit() -> None:
    whole = replace(DEFAULTS, threshold_share_of_pbb=Fraction(1))
    assert is_investment(59_200_00, 36, 2026, whole).limit_ore == 59_200_00


def test_without_any_price_base_amount_only_the_life_is_judged() -> None:
    unknown = replace(DEFAULTS, pbb_ore_by_year={})
    found = is_investment(1, 36, 2026, unknown)
    assert found
    assert (found.limit_ore, found.limit_year) == (None, None)
    assert "inte prövat" in str(found.note)

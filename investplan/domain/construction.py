"""Interest while an investment is being built, stage by stage until each is charged capital cost.

Source: section 1.8 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from investplan.domain.capital_costs import RateTable, kronor_text, share_out
from investplan.errors import Note
from investplan.units import Month, Ore, round_half_up


@dataclass(frozen=True)
class ConstructionOutlay:
    """Money spent evenly over `months` months from `first` on."""

    first: Month
    months: int
    amount_ore: Ore


@dataclass(frozen=True)
class BuiltStage:
    """A part of the work that leaves the ongoing construction when its capital cost begins in `first_charged`."""

    first_charged: Month
    cost_ore: Ore


def interest_during_construction(
    outlays: Sequence[ConstructionOutlay],
    rate: RateTable,
    until: Month,
    *,
    taken_into_use: Sequence[BuiltStage] = (),
    mid_month: bool = False,
) -> dict[int, Ore]:
    """Interest per year on what stands as ongoing work each month before `until`, rounded once per year.

    Args:
        taken_into_use: Stages that leave the ongoing work before `until`, each with its cost; it never falls below 0.
        mid_month: Counts money as spent in the middle of the month (half of a month's outlay bears interest at once)
            and not at its end.
    """
    exact: dict[int, Fraction] = {}
    for month, balance in ongoing_work(outlays, until, taken_into_use, mid_month=mid_month):
        exact[month.year] = exact.get(month.year, Fraction(0)) + balance
    return {
        year: round_half_up(rate.in_year(year) * balance * Fraction(1, 12)) for year, balance in exact.items()
    }


def ongoing_work(
    outlays: Sequence[ConstructionOutlay],
    until: Month,
    taken_into_use: Sequence[BuiltStage] = (),
    *,
    mid_month: bool = False,
) -> list[tuple[Month, Fraction]]:
    """What bears interest in each month from the first outlay to before `until`, exact öre."""
    first = min((outlay.first for outlay in outlays), default=until)
    scale = 2 * lcm(*(outlay.months for outlay in outlays))
    balances = []
    for passed in range(until.ordinal - first.ordinal):
        month = first.plus(passed)
        spent = sum(
            _half_months_before(one, month, mid_month) * _per_half_month(one, scale) for one in outlays
        )
        left = sum(one.cost_ore for one in taken_into_use if one.first_charged <= month)
        balances.append((month, Fraction(max(spent - left * scale, 0), scale)))
    return balances


def _half_months_before(outlay: ConstructionOutlay, month: Month, mid_month: bool) -> int:
    passed = 2 * (month.ordinal - outlay.first.ordinal) + mid_month
    return min(max(passed, 0), 2 * outlay.months)


def _per_half_month(outlay: ConstructionOutlay, scale: int) -> int:
    return outlay.amount_ore * (scale // (2 * outlay.months))


def share_among_stages(
    total_ore: Ore, work: Sequence[tuple[Month, Fraction]], rate: RateTable, stages: Sequence[BuiltStage]
) -> list[Ore]:
    """Capitalised interest by stage: each month's to the stages then being built, in proportion to their cost.

    Adds up to `total_ore` to the öre (largest remainder, first among periods, then among stages).
    """
    periods: dict[tuple[int, ...], Fraction] = {}
    for month, balance in work:
        pending = tuple(i for i, one in enumerate(stages) if month < one.first_charged)
        periods[pending] = periods.get(pending, Fraction(0)) + balance * rate.in_year(month.year)
    shares = [0] * len(stages)
    for pending, amount_ore in zip(periods, _in_proportion(total_ore, list(periods.values())), strict=True):
        costs = [stages[i].cost_ore for i in pending]
        for i, share_ore in zip(
            pending, share_out(amount_ore, costs if any(costs) else [1] * len(costs)), strict=True
        ):
            shares[i] += share_ore
    return shares


def _in_proportion(total_ore: Ore, weights: Sequence[Fraction]) -> list[Ore]:
    scale = lcm(*(weight.denominator for weight in weights))
    whole = [int(weight * scale) for weight in weights]
    return share_out(total_ore, whole) if any(whole) else [0] * len(whole)


def explain_construction(interest_by_year: Mapping[int, Ore], year: int) -> tuple[Note, ...]:
    """How the year's interest during construction was computed."""
    facts = {"amount": kronor_text(interest_by_year.get(year, 0))}
    return (
        Note("En tolftedels årsränta på det som är utlagt vid varje månads början: %(amount)s kr", facts),
    )

"""Whether an outlay is an investment or running cost: long enough life, and above the amount limit of the year.

Source: section 1.1 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from investplan.domain.capital_costs import kronor_text
from investplan.domain.parameters import Parameters
from investplan.errors import Note
from investplan.units import Ore, round_half_up


@dataclass(frozen=True)
class ThresholdTest:
    """The answer, the limit that was used (whole öre, excl. VAT), the year of its price base amount, and why.

    True in a condition where it is an investment. Without any price base amount in the parameters the limit is None
    and only the life is judged.
    """

    investment: bool
    limit_ore: Ore | None
    limit_year: int | None
    note: Note

    def __bool__(self) -> bool:
        return self.investment


def is_investment(
    amount_ore: Ore, life_months: int | None, year: int, parameters: Parameters
) -> ThresholdTest:
    """Whether `amount_ore` for a whole functional investment in `year` is to be treated as one.

    Args:
        amount_ore: The whole investment, excl. VAT, not each invoice or component.
        life_months: Useful life; None is land, which lasts.
        year: The year of the outlay. Where its price base amount is not known, the latest before it is used, else the
            earliest known.
    """
    limit_year = _known_year(parameters.pbb_ore_by_year, year)
    limit = (
        None
        if limit_year is None
        else parameters.pbb_ore_by_year[limit_year] * parameters.threshold_share_of_pbb
    )
    long_enough = life_months is None or life_months >= parameters.threshold_life_months
    large_enough = limit is None or amount_ore > limit
    note = _note(long_enough, large_enough, amount_ore, limit, limit_year, parameters)
    return ThresholdTest(
        long_enough and large_enough, None if limit is None else round_half_up(limit), limit_year, note
    )


def _known_year(pbb_ore_by_year: Mapping[int, Ore], year: int) -> int | None:
    earlier = [known for known in pbb_ore_by_year if known <= year]
    return max(earlier) if earlier else min(pbb_ore_by_year, default=None)


def _note(
    long_enough: bool,
    large_enough: bool,
    amount_ore: Ore,
    limit: Fraction | None,
    limit_year: int | None,
    parameters: Parameters,
) -> Note:
    facts = {
        "amount": kronor_text(amount_ore),
        "limit": "" if limit is None else kronor_text(round_half_up(limit)),
        "year": limit_year,
        "life": parameters.threshold_life_months,
    }
    if not large_enough:
        return Note(
            "%(amount)s kr är inte över gränsbeloppet %(limit)s kr exkl. moms (prisbasbelopp %(year)s): budgetera det"
            " som driftkostnad.",
            facts,
        )
    if not long_enough:
        return Note("Nyttjandetiden är kortare än %(life)s månader: budgetera det som driftkostnad.", facts)
    if limit is None:
        return Note("Investering. Gränsbeloppet är inte prövat: inget prisbasbelopp är angivet.", facts)
    return Note(
        "Investering: %(amount)s kr är över gränsbeloppet %(limit)s kr (prisbasbelopp %(year)s) och nyttjandetiden"
        " minst %(life)s månader.",
        facts,
    )

"""Frame rows that follow from a changed population: one per price tag, with averages, price and share in the formula.

Source: section 3.5 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from investplan.domain.capital_costs import kronor_text, percent_text
from investplan.domain.demography import AverageByAge, PriceTag
from investplan.domain.frame_rows import FrameRow, amount_part
from investplan.domain.frames import AdjustmentKind, AgeClass, demography_by_class
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters
from investplan.errors import Note
from investplan.units import MINUS, NBSP, Ore, round_half_up

DEMOGRAPHY = "demography"


def demography_rows(
    year: int, now: AverageByAge, before: AverageByAge, parameters: Parameters, *, forecast: str
) -> Iterator[FrameRow]:
    """A row per price tag whose class changes: change of the average × price × the committee's share × what is compensated.

    Args:
        now: Average inhabitants by age in `year`.
        before: The same the year before.
        forecast: What the forecast is called.
    """
    for tag in parameters.price_tags:
        one = AgeClass(tag.label, tag.ore_per_inhabitant, tag.inhabitants(now), tag.inhabitants(before))
        (amount_ore,) = demography_by_class([one], tag.share * parameters.demography_share)
        if amount_ore:
            yield FrameRow(
                tag.committee,
                year,
                AdjustmentKind.DEMOGRAPHY,
                amount_ore,
                f"{tag.label}: {change_text(one.average - one.average_before)} invånare enligt {forecast}",
                f"{DEMOGRAPHY}:{tag.key}",
                detail=(amount_part(N_("Demografi"), tag.label, amount_ore, _formula(one, tag, parameters, amount_ore, year)),),
            )  # fmt: skip


def _formula(
    one: AgeClass, tag: PriceTag, parameters: Parameters, amount_ore: Ore, year: int
) -> tuple[Note, ...]:
    ages = {
        "year": year,
        "now": inhabitants_text(one.average),
        "before_year": year - 1,
        "before": inhabitants_text(one.average_before),
        "change": change_text(one.average - one.average_before),
    }
    shares = [f" × {percent_text(share)}" for share in (tag.share, parameters.demography_share) if share != 1]
    product = {
        "change": ages["change"],
        "price": kronor_text(tag.ore_per_inhabitant),
        "shares": "".join(shares),
        "result": kronor_text(amount_ore),
    }
    return (
        Note(
            "Medeltal invånare: %(now)s år %(year)s, %(before)s år %(before_year)s, ändring %(change)s", ages
        ),
        Note("%(change)s × prislapp %(price)s kr%(shares)s = %(result)s kr", product),
    )


def inhabitants_text(count: Fraction) -> str:
    """Inhabitants with the decimals an average has: at most two.

    >>> inhabitants_text(Fraction(2125, 2)).replace(NBSP, " ")
    '1 062,5'
    """
    whole, hundredths = divmod(round_half_up(abs(count) * 100), 100)
    decimals = f"{hundredths:02}".rstrip("0")
    sign = MINUS if count < 0 else ""
    return f"{sign}{whole:,}".replace(",", NBSP) + (f",{decimals}" if decimals else "")


def change_text(count: Fraction) -> str:
    """A change with its sign.

    >>> change_text(Fraction(-39, 2)), change_text(Fraction(25))
    ('−19,5', '+25')
    """
    return ("+" if count > 0 else "") + inhabitants_text(count)

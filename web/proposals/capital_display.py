"""The capital cost of each part, straight line or made level (annuity): a way of showing, for accounts and frames are linear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from investplan.domain.annuities import Annuity
from investplan.domain.capital_costs import explain_capital_cost
from investplan.domain.placements import Placement
from investplan.units import Ore
from web.proposals import describing
from web.proposals.layout import CostRow, Explained


class Shape(StrEnum):
    """How the capital cost is shown."""

    LINEAR = "linear"
    LEVEL = "level"


@dataclass(frozen=True)
class CapitalDisplay:
    """What the section shows: each part in the chosen shape, then both sums and what sets them apart."""

    shape: Shape
    years: tuple[int, ...]
    rows: list[CostRow]
    points: list[dict[str, Any]]
    explained: list[Explained]


def shape_of(text: str) -> Shape:
    """The shape that an address asks for; linear where it asks for none."""
    return Shape.LEVEL if text == Shape.LEVEL else Shape.LINEAR


def shape_names() -> list[tuple[str, str]]:
    return [(Shape.LINEAR.value, _("Linjär")), (Shape.LEVEL.value, _("Utjämnad (annuitet)"))]


def capital_display(placed: Placement, shape: Shape, year: int) -> CapitalDisplay:
    """The capital cost of all parts, whoever owns them and before grants, with the computation of `year`."""
    linear = [tuple(row.capital_cost_ore for row in placed.rows_of(one.asset)) for one in placed.holdings]
    annuities = [Annuity(one.asset, placed.rules) for one in placed.holdings]
    level = [one.amounts_ore(placed.years) for one in annuities]
    chosen = level if shape is Shape.LEVEL else linear
    # Without components the whole outlay is one part, called like the alternative, which need not be called anything.
    unnamed = describing.title_of(placed.alternative)
    names = [one.asset.name or unnamed for one in placed.holdings]
    sums = {name: _sum(rows, len(placed.years)) for name, rows in (("linear", linear), ("level", level))}
    return CapitalDisplay(
        shape,
        placed.years,
        [*(CostRow(name, amounts) for name, amounts in zip(names, chosen, strict=True)), *_sums(sums)],
        _points(placed.years, sums),
        _explained(placed, annuities, shape, year),
    )


def _sum(rows: Sequence[tuple[Ore, ...]], width: int) -> tuple[Ore, ...]:
    return tuple(sum(row[i] for row in rows) for i in range(width))


def _sums(sums: dict[str, tuple[Ore, ...]]) -> list[CostRow]:
    apart = tuple(b - a for a, b in zip(sums["linear"], sums["level"], strict=True))
    return [
        CostRow(_("Summa linjär"), sums["linear"], "sum"),
        CostRow(_("Summa utjämnad"), sums["level"], "sum"),
        CostRow(_("Skillnad, utjämnad − linjär"), apart),
    ]


def _points(years: Sequence[int], sums: dict[str, tuple[Ore, ...]]) -> list[dict[str, Any]]:
    names = dict(shape_names())
    return [
        {"year": year, "series": names[shape], "amount_ore": amount}
        for shape, amounts in sums.items()
        for year, amount in zip(years, amounts, strict=True)
    ]


def _explained(placed: Placement, annuities: Sequence[Annuity], shape: Shape, year: int) -> list[Explained]:
    told = []
    index = placed.years.index(year)
    for annuity in annuities:
        asset = annuity.asset
        if shape is Shape.LEVEL:
            amount, notes = annuity.amounts_ore([year])[0], annuity.explain(year)
        else:
            amount = placed.rows_of(asset)[index].capital_cost_ore
            notes = explain_capital_cost(asset, placed.rules, year)
        if amount:
            told.append(Explained(asset.name or describing.title_of(placed.alternative), amount, notes))
    return told

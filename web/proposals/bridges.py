"""From what the committees bear to what the municipality pays, laid out for the page line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from investplan.domain.consequences import Consequences
from investplan.domain.cost_views import Elimination
from investplan.domain.eliminations import BridgeLine, bridge
from investplan.units import Ore
from web.proposals.describing import Names
from web.proposals.layout import CostRow, Explained


@dataclass(frozen=True)
class BridgeShown:
    """Rows per year that add up from the first to the last, the same steps for one year, and why each is a step."""

    rows: list[CostRow]
    steps: list[dict[str, Any]]
    explained: list[Explained]


@dataclass(frozen=True)
class _Step:
    """One row of the table; `short` has room beside a bar of the chart."""

    row: CostRow
    short: str


def bridge_shown(effects: Consequences, year: int, names: Names) -> BridgeShown:
    """The bridge with the steps and the reasons of `year`. What is eliminated stands with a minus sign."""
    found = bridge(effects)
    # Rent paid and rent received stand together, so that one sees them cancel.
    reasons = [reason for reason in Elimination if any(line.reason is reason for line in found.eliminated)]
    eliminated = [line for reason in reasons for line in found.eliminated if line.reason is reason]
    first, last = _("Nämnderna tillsammans"), _("Kommunen som helhet")
    steps = [
        _Step(CostRow(first, found.committees.ore, "sum"), _("Nämnderna")),
        *_grouped(eliminated, -1),
        *_grouped(found.added, 1),
        _Step(CostRow(last, found.consolidated.ore, "sum"), _("Kommunen")),
    ]
    index = found.years.index(year)
    shown = any(any(step.row.amounts_ore) for step in steps)
    return BridgeShown(
        [step.row for step in steps] if shown else [],
        [
            {"label": one.short, "amount_ore": one.row.amounts_ore[index], "total": one.row.kind == "sum"}
            for one in steps
            if one.row.kind == "sum" or one.row.amounts_ore[index]
        ],
        [
            *_explained(eliminated, -1, year, index, names),
            *_explained(found.added, 1, year, index, names),
        ],
    )


def _short_names() -> dict[Elimination | None, str]:
    return {
        Elimination.RENT_PAID: _("Betald hyra"),
        Elimination.RENT_RECEIVED: _("Mottagen hyra"),
        Elimination.INTERNAL_INTEREST: _("Internränta"),
        Elimination.INTERNAL_ROW: _("Interna köp"),
        Elimination.COMPANY: _("Bolagen"),
    }


def _grouped(lines: Sequence[BridgeLine], sign: int) -> list[_Step]:
    """One step per label, in order of first appearance."""
    short = _short_names()
    steps = []
    for label in dict.fromkeys(line.label for line in lines):
        same = [line for line in lines if line.label == label]
        row = CostRow(_(label), _sum((line.amounts_ore for line in same), sign))
        steps.append(_Step(row, short.get(same[0].reason, _(label))))
    return steps


def _sum(rows: Iterable[tuple[Ore, ...]], sign: int) -> tuple[Ore, ...]:
    return tuple(sign * sum(amounts) for amounts in zip(*rows, strict=True))


def _explained(
    lines: Sequence[BridgeLine], sign: int, year: int, index: int, names: Names
) -> list[Explained]:
    told = []
    for line in lines:
        if line.amounts_ore[index]:
            parts = [_(line.label), names.get(line.committee, line.committee), line.detail]
            name = ", ".join(part for part in parts if part)
            told.append(Explained(name, sign * line.amounts_ore[index], line.explain(year)))
    return told

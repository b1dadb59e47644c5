"""What tables of costs are made of: rows of amounts per year, and amounts with how they were computed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from investplan.errors import Note
from investplan.units import Ore, round_half_up


@dataclass(frozen=True)
class CostRow:
    """One row of a cost table. `kind` is `group`, `sum` or empty; amounts are öre per column of the table."""

    label: str
    amounts_ore: tuple[Ore, ...]
    kind: str = ""


@dataclass(frozen=True)
class Explained:
    """How one line's amount in the chosen year was computed."""

    label: str
    amount_ore: Ore
    notes: tuple[Note, ...]


def factor_text(factor: Fraction) -> str:
    """An index factor as Swedes read it, with as many as six decimals.

    >>> factor_text(Fraction("1.0609"))
    '1,0609'
    """
    scaled = round_half_up(factor * 1_000_000)
    return f"{scaled // 1_000_000},{scaled % 1_000_000:06d}".rstrip("0").rstrip(",")

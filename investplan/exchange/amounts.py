"""Amounts and sums of an import: cells to whole öre, and the account that shows that nothing went missing.

"Öre" is a hundredth of the file's currency: foreign amounts are taken as given, not converted.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from investplan.errors import Note
from investplan.exchange.mappings import Amounts
from investplan.exchange.tables import Cell
from investplan.units import MAX_AMOUNT_ORE, ORE_PER, AmountError, Ore, round_half_up

GROUP_BLANKS = " \u00a0\u202f"
MINUSES = "-\u2212"
SCIENTIFIC = re.compile(r"-?[0-9](?:\.[0-9]{1,15})?[eE][-+]?[0-9]{1,2}")


@dataclass(frozen=True)
class ReadAmount:
    """An amount from a cell.

    Attributes:
        rounded: The cell was finer than an öre.
        blank: It was empty.
        scientific: It was text with an exponent.
    """

    ore: Ore
    rounded: bool = False
    blank: bool = False
    scientific: bool = False


@lru_cache(maxsize=32)
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    group = f"[{GROUP_BLANKS}{re.escape(thousands)}]"
    whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+"
    return re.compile(rf"([{MINUSES}+]?)({whole})(?:{re.escape(decimal)}([0-9]{{1,15}}))?")


def read_amount(cell: Cell, stated: Amounts) -> ReadAmount:
    """Whole öre from a cell, in the mapping's unit and notation; numbers finer than an öre are rounded half up.

    Raises:
        AmountError: text that is no amount (with an exponent too, unless the mapping takes that), an empty cell where that is refused, too large.

    >>> from investplan.exchange.mappings import Amounts
    >>> read_amount("1 234,5", Amounts(unit="tkr", years="{year}")).ore
    123450000
    """
    text = "" if cell is None else str(cell).strip(GROUP_BLANKS + "\t\r\n")
    if not text:
        if stated.blank == "zero":
            return ReadAmount(0, blank=True)
        raise AmountError(Note('Cellen är tom. Är beloppet noll, skriv 0 eller blank = "zero" i mappningen.'))
    if text in stated.zero_marks:
        return ReadAmount(0)
    exponent = SCIENTIFIC.fullmatch(text) if stated.scientific and isinstance(cell, str) else None
    if exponent is not None:
        exact = Fraction(text)
    else:
        exact = _from_number(cell) if isinstance(cell, Decimal) else _from_text(text, stated)
    ore = exact * ORE_PER[stated.unit]
    if abs(ore) > MAX_AMOUNT_ORE:
        raise AmountError(
            Note("”%(text)s” är för stort. Högst 10 miljarder tas emot i en cell.", {"text": text[:40]})
        )
    return ReadAmount(round_half_up(ore), rounded=ore.denominator != 1, scientific=exponent is not None)


def _from_number(number: Decimal) -> Fraction:
    """The exact number; exponents that no amount has are cut off before they become enormous whole numbers."""
    if not number.is_finite() or number.adjusted() > 30:
        raise AmountError(Note("”%(text)s” är inte ett belopp.", {"text": str(number)[:40]}))
    return Fraction(number) if number.adjusted() > -30 else Fraction(1 if number > 0 else -1, 10**30)


def _from_text(text: str, stated: Amounts) -> Fraction:
    match = _pattern(stated.decimal, stated.thousands).fullmatch(text)
    if match is None or len(match[2]) > 24:
        raise AmountError(
            Note("”%(text)s” är inte ett belopp (decimaltecken %(decimal)s).", {
                "text": text[:40], "decimal": stated.decimal})
        )  # fmt: skip
    sign, whole, decimals = match.groups()
    number = Fraction(int(re.sub("[^0-9]", "", whole)))
    if decimals:
        number += Fraction(int(decimals), 10 ** len(decimals))
    return -number if sign and sign in MINUSES else number


@dataclass
class Sums:
    """Where every amount of the file went, öre. `file_ore` is added up apart from the rest, cell by cell.

    Attributes:
        taken_ore: In the proposals that are taken, within the round's years.
        outside_ore: Of taken proposals, in years or columns outside the round's years.
        refused_ore, skipped_ore: On rows refused, and on rows passed over as duplicates.
        zeroed_ore: Negative amounts that the mapping turns into zero (so below zero).
        negative_cells, negative_ore: Cells below zero, whatever became of them.
        unreadable_cells: Cells whose text is no amount; they are in no sum.
        blank_cells, rounded_cells: Empty cells read as zero, and cells finer than an öre.
    """

    file_ore: Ore = 0
    taken_ore: Ore = 0
    outside_ore: Ore = 0
    refused_ore: Ore = 0
    skipped_ore: Ore = 0
    zeroed_ore: Ore = 0
    negative_cells: int = 0
    negative_ore: Ore = 0
    unreadable_cells: int = 0
    blank_cells: int = 0
    rounded_cells: int = 0

    @property
    def difference_ore(self) -> Ore:
        """What is in the file but nowhere else; zero, or the import is wrong."""
        accounted = self.taken_ore + self.outside_ore + self.refused_ore + self.skipped_ore + self.zeroed_ore
        return self.file_ore - accounted

    def to_json(self, prefix: str) -> dict[str, int]:
        return {f"{prefix}_{one.name}": getattr(self, one.name) for one in fields(self)}


@dataclass
class Reconciliation:
    """The account of an import: outlays, grants where the mapping reads them, and the rows by outcome."""

    outlays: Sums = field(default_factory=Sums)
    grants: Sums | None = None
    rows: dict[str, int] = field(default_factory=dict)
    projects: int = 0

    def to_json(self) -> dict[str, int]:
        """All of it as whole numbers by name."""
        counts = {f"rows_{name}": count for name, count in self.rows.items()}
        counts |= {"rows": sum(self.rows.values()), "projects": self.projects}
        counts |= self.outlays.to_json("outlay")
        return counts | (self.grants.to_json("grant") if self.grants else {})

    def copy(self) -> Reconciliation:
        grants = Sums(**asdict(self.grants)) if self.grants else None
        return Reconciliation(Sums(**asdict(self.outlays)), grants, dict(self.rows), self.projects)


@dataclass
class Money:
    """The amounts of one row or project: öre by calendar year, and by column for what has no single year."""

    by_year: Counter[int] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    zeroed_ore: Ore = 0

    @property
    def total_ore(self) -> Ore:
        return sum(self.by_year.values()) + sum(self.outside.values())

    def add(self, other: Money) -> None:
        # `Counter +=` would drop what is not positive.
        for year, amount_ore in other.by_year.items():
            self.by_year[year] += amount_ore
        for column, amount_ore in other.outside.items():
            self.outside[column] += amount_ore
        self.zeroed_ore += other.zeroed_ore

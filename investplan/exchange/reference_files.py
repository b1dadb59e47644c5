"""A table of finished projects as a file: name, object type, year, outlay in kronor, price level, area, places, length.

Swedish numbers as text (`1 200 000`, `12,5`), exact numbers from Excel. A number with a point (`1.500`) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from investplan.domain.reference_objects import ReferenceObject
from investplan.errors import Note
from investplan.exchange.tables import Cell, Row, Table, clean
from investplan.units import AmountError, Ore, ore_from_kronor, parse_amount

COLUMNS: dict[str, frozenset[str]] = {
    "name": frozenset(("namn", "projekt", "objekt", "benämning", "name")),
    "object_type": frozenset(("objekttyp", "typ", "slag", "type")),
    "year": frozenset(("år", "färdigt", "klart år", "färdigår", "year")),
    "outlay": frozenset(("utgift", "utgift, kr", "utgift kr", "kostnad", "kostnad, kr", "outlay")),
    "price_level_year": frozenset(("prisnivå", "prisnivå, år", "prisår", "price level")),
    "area_m2": frozenset(("yta", "m2", "m²", "yta, m2", "yta, m²", "area")),
    "places": frozenset(("platser", "antal platser", "places")),
    "length_m": frozenset(("längd", "meter", "längd, m", "length")),
    "source": frozenset(("källa", "source")),
}
"""Heads by which each column is known, in any case."""
NEEDED = ("name", "object_type", "year", "outlay")
SWEDISH = {"name": "namn", "object_type": "objekttyp", "year": "år", "outlay": "utgift"}
WHOLE = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """What is wrong on a line of the file."""

    line: int
    note: Note


def read_objects(
    table: Table, types: Mapping[str, str]
) -> tuple[list[tuple[int, ReferenceObject]], list[Fault]]:
    """The objects by line, and what is wrong. Never raises for what the file holds.

    Args:
        types: Object type by casefolded name or code.
    """
    heads = [clean(head).strip().casefold() for head in table.header]
    columns = {
        name: place for name, known in COLUMNS.items() for place, head in enumerate(heads) if head in known
    }
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        names = ", ".join(SWEDISH[name] for name in missing)
        return [], [Fault(1, Note("Filen saknar kolumnen %(names)s.", {"names": names}))]
    found: list[tuple[int, ReferenceObject]] = []
    faults: list[Fault] = []
    for row in table.rows:
        if not any(_text(cell) for cell in row.cells):
            continue
        reader = _RowReader(row, columns)
        stated = reader.read(types)
        faults += [Fault(row.number, note) for note in reader.notes]
        if not reader.notes:
            found.append((row.number, stated))
    return found, faults


class _RowReader:
    """Reads one row cell by cell and gathers what does not fit."""

    def __init__(self, row: Row, columns: Mapping[str, int]) -> None:
        self.row, self.columns = row, columns
        self.notes: list[Note] = list(row.faults)

    def cell(self, name: str) -> Cell:
        place = self.columns.get(name)
        return None if place is None or place >= len(self.row.cells) else self.row.cells[place]

    def read(self, types: Mapping[str, str]) -> ReferenceObject:
        year = self.whole("year") or 0
        named = _text(self.cell("object_type"))
        if named.casefold() not in types:
            self.notes.append(Note("Objekttypen ”%(name)s” har ingen mall.", {"name": named[:40]}))
        return ReferenceObject(
            name=_text(self.cell("name")),
            object_type=types.get(named.casefold(), ""),
            year=year,
            outlay_ore=self.amount("outlay"),
            price_level_year=self.whole("price_level_year") or year,
            m2=self.whole("area_m2"),
            places=self.whole("places"),
            metres=self.whole("length_m"),
            source=_text(self.cell("source"))[:200],
        )

    def whole(self, name: str) -> int | None:
        cell = self.cell(name)
        text = _text(cell)
        if not text:
            return None
        if isinstance(cell, Decimal) and cell == cell.to_integral_value() and 0 <= cell < 10**9:
            return int(cell)
        if WHOLE.fullmatch(text):
            return int(re.sub("[^0-9]", "", text))
        self.notes.append(Note("”%(text)s” är inte ett heltal.", {"text": text[:40]}))
        return None

    def amount(self, name: str) -> Ore:
        cell = self.cell(name)
        try:
            return ore_from_kronor(cell) if isinstance(cell, Decimal) else parse_amount(_text(cell), "kr")
        except AmountError as error:
            self.notes.append(error.note)
            return 0


def _text(cell: Cell) -> str:
    return "" if cell is None else clean(str(cell)).strip()

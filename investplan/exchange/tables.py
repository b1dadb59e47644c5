"""A table as it stands in a file, before anyone has judged it: header, numbered rows, cells as text or exact number.

Standard library only: the sandboxed child imports this before its limits allow anything heavy.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from investplan.errors import Note
from investplan.exchange import code_pages

MAX_ROWS = 200_000
MAX_COLUMNS = 1_000
MAX_CELLS = 2_000_000
MAX_CELL_CHARACTERS = 32_767
"""Excel's own limit; no honest cell is longer."""

FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\ud800-\\udfff]")
"""Control characters and lone surrogates: databases and terminals refuse them. Each becomes a blank, and that is told."""

REPLACEMENT = " "

Cell = str | Decimal | None
"""Text as it stands, an exact number (Excel, GeoPackage), or nothing."""


class UnreadableError(Exception):
    """The file cannot be taken as a table at all; `notes` say why, one per fault."""

    def __init__(self, *notes: Note) -> None:
        self.notes = notes
        super().__init__("; ".join(str(note) for note in notes))


@dataclass(frozen=True)
class Row:
    """One row. `number` is the line (CSV), row (Excel) or feature (geodata) that a person finds it by.

    Attributes:
        geometry: WKB in the table's CRS, None where there is none.
        faults: What is wrong with the row as such.
        changes: What was changed in its cells when they were read.
    """

    number: int
    cells: tuple[Cell, ...]
    geometry: bytes | None = None
    faults: tuple[Note, ...] = ()
    changes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Table:
    """`crs` is what the file says of its geometry (`EPSG:3006` or WKT); `remarks` concern the file as a whole."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    crs: str | None = None
    remarks: tuple[Note, ...] = ()


@dataclass
class Counter:
    """Refuses tables beyond the limits while they are being read, not after."""

    rows: int = 0
    cells: int = 0

    def count(self, cells: int) -> None:
        self.rows += 1
        self.cells += cells
        if self.rows > MAX_ROWS or self.cells > MAX_CELLS or cells > MAX_COLUMNS:
            raise UnreadableError(
                Note(
                    "Tabellen är för stor. Högst %(rows)d rader, %(columns)d kolumner och %(cells)d celler tas emot.",
                    {"rows": MAX_ROWS, "columns": MAX_COLUMNS, "cells": MAX_CELLS},
                )
            )


def cell_too_long(row: int, column: int) -> UnreadableError:
    return UnreadableError(
        Note(
            "Rad %(row)d, kolumn %(column)d: cellen har mer än %(max)d tecken.",
            {"row": row, "column": column, "max": MAX_CELL_CHARACTERS},
        )
    )


# --- CSV ---------------------------------------------------------------------------------------------------------


def decode(content: bytes, encoding: str) -> tuple[str, Note | None]:
    """The text of a CSV file, and a remark where the encoding had to be detected.

    `auto` takes UTF-8 (with or without BOM), UTF-16 with BOM, and the code page in which the letters are plausible
    Swedish (Windows-1252, CP437, CP850); a file that is partly UTF-8, or in two code pages, is broken.

    Raises:
        UnreadableError: says on which line the first byte stands that does not fit.
    """
    if encoding != "auto":
        return _decoded(content, "utf-8-sig" if encoding == "utf-8" else encoding), None
    try:
        found = code_pages.decode(content)
    except code_pages.UnknownCodePageError as error:
        raise _not_text(error.line, code_pages.NAMES[error.code_page]) from None
    if found.damaged_line is not None:
        return found.text, Note(
            "Rad %(line)d: bokstäver är förstörda redan i filen (\ufffd).", {"line": found.damaged_line}
        )
    if found.code_page == "utf-8":
        return found.text, None
    if found.code_page == "utf-16":
        return found.text, Note("Filen är läst som UTF-16.")
    name = code_pages.NAMES[found.code_page]
    return found.text, Note("Filen är inte UTF-8 och är läst som %(code_page)s.", {"code_page": name})


def _not_text(line: int, encoding: str) -> UnreadableError:
    return UnreadableError(
        Note(
            "Rad %(line)d: tecknet går inte att läsa som %(encoding)s. Spara filen som UTF-8.",
            {"line": line, "encoding": encoding},
        )
    )


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _not_text(line, encoding.removesuffix("-sig").upper()) from None


def detect_delimiter(line: str) -> str:
    """The separator that splits the header line most.

    >>> detect_delimiter('"a,b";c;d')
    ';'
    """
    outside_quotes = re.sub(r'"[^"]*"', "", line)
    return max(",;\t|", key=outside_quotes.count)


def read_csv(content: bytes, *, encoding: str, delimiter: str, header_row: int) -> Table:
    """The table of a CSV file.

    Args:
        delimiter: One character, or `auto`.
        header_row: The line on which the header stands, from 1; lines above it are passed over and counted.

    Raises:
        UnreadableError: not text, wrong encoding (with the line), broken quoting, empty, too large.
    """
    text, remark = decode(content, encoding)
    if "\0" in text:
        raise UnreadableError(Note("Filen innehåller nolltecken och är inte en textfil."))
    remarks = [remark] if remark else []
    lines = text.splitlines()
    if len(lines) < header_row:
        raise UnreadableError(Note("Filen är tom eller saknar rubrikrad."))
    if header_row > 1:
        remarks.append(Note("%(count)d rader ovanför rubriken är inte lästa.", {"count": header_row - 1}))
    if delimiter == "auto":
        delimiter = detect_delimiter(lines[header_row - 1])
    records = _records(text, delimiter)
    header: tuple[str, ...] = ()
    for line, cells in records:
        if line >= header_row:
            header = tuple(clean(cell) for cell in cells)
            break
    rows, blank = _body(records, len(header))
    if not any(header):
        raise UnreadableError(Note("Filen är tom eller saknar rubrikrad."))
    if blank:
        remarks.append(Note("%(count)d tomma rader är överhoppade.", {"count": blank}))
    return Table(header, rows, None, tuple(remarks))


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record begins, cells)."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            raise UnreadableError(
                Note(
                    "Rad %(line)d: en cell har mer än %(max)d tecken.",
                    {"line": line, "max": MAX_CELL_CHARACTERS},
                )
            ) from None
        raise UnreadableError(
            Note("Rad %(line)d: citattecknen går inte ihop. Filen kan vara avkortad.", {"line": line})
        ) from None


def _body(records: Iterator[tuple[int, list[str]]], width: int) -> tuple[tuple[Row, ...], int]:
    rows: list[Row] = []
    blank = 0
    counter = Counter()
    for line, cells in records:
        counter.count(len(cells))
        if not any(cell.strip() for cell in cells):
            blank += 1
            continue
        faults: tuple[Note, ...] = ()
        if len(cells) != width:
            faults = (
                Note(
                    "Raden har %(cells)d celler men rubriken %(header)d.",
                    {"cells": len(cells), "header": width},
                ),
            )
        kept = (*cells, *[""] * (width - len(cells)))[:width]
        rows.append(Row(line, tuple(cell or None for cell in kept), None, faults))
    return tuple(rows), blank


def clean(text: str) -> str:
    """Text without outer blanks, and with one space where there are several of any kind.

    >>> clean("  Parks,\\u00a0 Forestry ")
    'Parks, Forestry'
    """
    return " ".join(text.split())


# --- between parent and child ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a file is to be read as, where no mapping says it; fields as in `mappings.FileFormat`."""

    format: str
    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int = 1
    sheet: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class Reading:
    """What the child is asked to read, and how."""

    path: str
    format: str
    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int = 1
    sheet: str | None = None
    layer: str | None = None
    limits: dict[str, int] = field(default_factory=dict)


def note_to_json(note: Note) -> list[Any]:
    return [note.text, dict(note.facts)]


def note_from_json(stored: list[Any]) -> Note:
    return Note(str(stored[0]), dict(stored[1]))


def table_to_json(table: Table) -> dict[str, Any]:
    """The table as the child answers: numbers are `["1.5"]`, so that text and number never mix."""
    return {
        "header": table.header,
        "crs": table.crs,
        "remarks": [note_to_json(note) for note in table.remarks],
        "rows": [
            [
                row.number,
                [[str(cell)] if isinstance(cell, Decimal) else cell for cell in row.cells],
                row.geometry.hex() if row.geometry is not None else None,
                [note_to_json(note) for note in row.faults],
            ]
            for row in table.rows
        ],
    }


def table_from_json(stored: dict[str, Any]) -> Table:
    """`table_to_json` read back, and every character that text must not hold made a blank.

    Raises:
        UnreadableError: the answer is not a table. The child read someone else's file, so its answer is not trusted.
    """
    try:
        return Table(
            tuple(FORBIDDEN.sub(REPLACEMENT, name) for name in stored["header"]),
            tuple(_row_from_json(*row) for row in stored["rows"]),
            stored["crs"],
            tuple(note_from_json(note) for note in stored["remarks"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
        raise UnreadableError(Note("Filen gick inte att läsa: läsningen avbröts.")) from error


def _row_from_json(number: int, cells: list[Any], geometry: str | None, faults: list[Any]) -> Row:
    changes: list[Note] = []
    kept: list[Cell] = []
    for column, cell in enumerate(cells, start=1):
        if isinstance(cell, list):
            kept.append(Decimal(cell[0]))
        elif cell is not None and FORBIDDEN.search(cell):
            changes.append(Note("Kolumn %(column)d: styrtecken är borttagna.", {"column": column}))
            kept.append(FORBIDDEN.sub(REPLACEMENT, cell))
        else:
            kept.append(cell)
    shape = bytes.fromhex(geometry) if geometry is not None else None
    return Row(number, tuple(kept), shape, tuple(note_from_json(note) for note in faults), tuple(changes))

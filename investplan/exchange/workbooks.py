"""Excel workbooks (.xlsx) as tables. Runs in the sandboxed child; refuses what a workbook may hide before parsing it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from investplan.errors import Note
from investplan.exchange.tables import (
    MAX_CELL_CHARACTERS,
    Cell,
    Counter,
    Row,
    Table,
    UnreadableError,
    cell_too_long,
    clean,
)

MAX_MEMBERS = 2_000
MAX_UNPACKED_BYTES = 150_000_000
MAX_RATIO = 250
"""Unpacked to packed, for members above a megabyte. Honest sheets lie below 30; a bomb lies around 1000."""

SIGNIFICANT_DIGITS = 15
"""What Excel itself keeps and shows of a number; digits beyond are dust from binary fractions."""


def check_archive(content: bytes) -> zipfile.ZipFile:
    """The opened archive, after checks that need no unpacking: names, count, declared sizes, ratio, encryption.

    Raises:
        UnreadableError: one note per fault.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise UnreadableError(Note("Filen är skadad eller avkortad: arkivet går inte att öppna.")) from None
    members = archive.infolist()
    faults = list(_archive_faults(members))
    if faults:
        raise UnreadableError(*faults)
    return archive


def _archive_faults(members: list[zipfile.ZipInfo]) -> Iterator[Note]:
    if len(members) > MAX_MEMBERS:
        yield Note("Arkivet har för många delar (%(count)d).", {"count": len(members)})
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        yield Note(
            "Filen är för stor när den packas upp. Högst %(max)d MB.", {"max": MAX_UNPACKED_BYTES // 10**6}
        )
    for member in members[:MAX_MEMBERS]:
        name = member.filename
        if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/") or ":" in name:
            yield Note("Arkivet har en otillåten sökväg: %(name)s", {"name": name[:80]})
        if member.flag_bits & 0x1:
            yield Note("Filen är lösenordsskyddad.")
        if member.file_size > 1_000_000 and member.file_size > MAX_RATIO * max(1, member.compress_size):
            yield Note("Delen %(name)s är orimligt hårt packad.", {"name": name[:80]})


def _inspect_parts(archive: zipfile.ZipFile) -> int:
    """Reads every part once, counting the bytes that really come out; the number of merged areas is the answer."""
    names = archive.namelist()
    hidden = [
        name for name in names
        if re.search(r"(?i)vbaProject|externalLinks/|activeX/|embeddings/|connections\.xml", name)
    ]  # fmt: skip
    faults = [
        Note(
            "Arbetsboken innehåller %(part)s. Makron, externa länkar och inbäddade objekt tas inte emot.",
            {"part": n},
        )
        for n in hidden[:5]
    ]
    merged = unpacked = 0
    for name in names:
        data = _read_member(archive, name, MAX_UNPACKED_BYTES - unpacked)
        unpacked += len(data)
        if name.lower().endswith((".xml", ".rels", ".vml")):
            faults.extend(_xml_faults(name, data))
        if name.startswith("xl/worksheets/"):
            merged += data.count(b"<mergeCell ")
    if faults:
        raise UnreadableError(*faults[:20])
    return merged


def _read_member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        with archive.open(name) as member:
            data = member.read(most + 1)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableError(
            Note("Filen är skadad: delen %(name)s går inte att läsa.", {"name": name[:80]})
        ) from error
    if len(data) > most:
        raise UnreadableError(
            Note(
                "Filen är för stor när den packas upp. Högst %(max)d MB.",
                {"max": MAX_UNPACKED_BYTES // 10**6},
            )
        )
    return data


def _xml_faults(name: str, data: bytes) -> Iterator[Note]:
    # In UTF-16 or UTF-32 the byte search below would see nothing.
    if b"\0" in data[:64] or data.startswith((b"\xff\xfe", b"\xfe\xff")) or _declares_odd_encoding(data):
        yield Note("Delen %(name)s har en otillåten teckenkodning.", {"name": name[:80]})
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", data, re.IGNORECASE):
        yield Note("Delen %(name)s innehåller en DOCTYPE. Det tas inte emot.", {"name": name[:80]})


def _declares_odd_encoding(data: bytes) -> bool:
    declared = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)", data[:400])
    return declared is not None and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii", b"utf8")


def read_workbook(content: bytes, *, sheet: str | None, header_row: int) -> Table:
    """The table of one sheet: cached values of formulas, numbers exact to the 15 digits that Excel keeps.

    Args:
        sheet: Its name; None takes the only visible one.

    Raises:
        UnreadableError: a bomb, DOCTYPE, macros, external links, a damaged file, no such sheet, too large.
    """
    archive = check_archive(content)
    merged = _inspect_parts(archive)
    if "xl/workbook.xml" not in archive.namelist():
        raise UnreadableError(Note("Filen är inte en Excelarbetsbok (.xlsx)."))
    import openpyxl

    try:
        values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        name = _choose_sheet(values, sheet)
        remarks = list(_workbook_remarks(values, name, merged))
        return _read_sheet(values[name], formulas[name], header_row, remarks)
    except UnreadableError:
        raise
    except (MemoryError, RecursionError):
        raise UnreadableError(Note("Arbetsboken är för stor för att läsas.")) from None
    except Exception as error:
        # openpyxl raises whatever its parser meets (KeyError, ParseError, …): all of it means a damaged workbook.
        raise UnreadableError(
            Note("Arbetsboken är skadad och går inte att läsa (%(fault)s).", {"fault": type(error).__name__})
        ) from error


def _choose_sheet(book: Any, sheet: str | None) -> str:
    if sheet is not None:
        if sheet not in book.sheetnames:
            raise UnreadableError(
                Note(
                    "Bladet %(sheet)s finns inte. Arbetsboken har: %(sheets)s",
                    {"sheet": sheet, "sheets": ", ".join(book.sheetnames[:20])},
                )
            )
        return sheet
    visible = [name for name in book.sheetnames if book[name].sheet_state == "visible"]
    if len(visible) != 1:
        raise UnreadableError(
            Note(
                "Arbetsboken har flera blad. Skriv i mappningen vilket som gäller (file.sheet): %(sheets)s",
                {"sheets": ", ".join(visible[:20])},
            )
        )
    return str(visible[0])


def _workbook_remarks(book: Any, chosen: str, merged: int) -> Iterator[Note]:
    others = [name for name in book.sheetnames if name != chosen]
    if others:
        yield Note("Blad som inte är lästa: %(sheets)s", {"sheets": ", ".join(others[:20])})
    if book[chosen].sheet_state != "visible":
        yield Note("Bladet %(sheet)s är dolt.", {"sheet": chosen})
    if merged:
        yield Note(
            "%(count)d sammanslagna områden i arbetsboken: bara övre vänstra cellen har ett värde.",
            {"count": merged},
        )


def _read_sheet(values: Any, formulas: Any, header_row: int, remarks: list[Note]) -> Table:
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    blank = 0
    counter = Counter()
    # The stated dimensions may be wrong; what is there counts.
    values.reset_dimensions()
    formulas.reset_dimensions()
    pairs = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True)
    for number, (shown, written) in enumerate(pairs, start=1):
        counter.count(len(shown))
        cells = tuple(_cell(value, number, column) for column, value in enumerate(shown, start=1))
        if number < header_row:
            continue
        if number == header_row:
            header = tuple(clean(str(cell)) if cell is not None else "" for cell in cells)
            continue
        faults = tuple(_formula_faults(shown, written))
        if not faults and not any(cell is not None and str(cell).strip() for cell in cells):
            blank += 1
            continue
        rows.append(_row(number, cells, len(header), faults))
    if not any(header):
        raise UnreadableError(Note("Bladet är tomt eller saknar rubrikrad."))
    if header_row > 1:
        remarks.append(Note("%(count)d rader ovanför rubriken är inte lästa.", {"count": header_row - 1}))
    if blank:
        remarks.append(Note("%(count)d tomma rader är överhoppade.", {"count": blank}))
    return Table(header, tuple(rows), None, tuple(remarks))


def _row(number: int, cells: tuple[Cell, ...], width: int, faults: tuple[Note, ...]) -> Row:
    beyond = [cell for cell in cells[width:] if cell is not None]
    if beyond:
        faults = (*faults, Note("Raden har värden till höger om sista rubriken."))
    return Row(number, (*cells, *[None] * (width - len(cells)))[:width], None, faults)


def _formula_faults(shown: tuple[Any, ...], written: tuple[Any, ...]) -> Iterator[Note]:
    for column, (value, formula) in enumerate(zip(shown, written, strict=False), start=1):
        is_formula = (isinstance(formula, str) and formula.startswith("=")) or type(formula).__name__ in (
            "ArrayFormula", "DataTableFormula")  # fmt: skip
        if is_formula and value is None:
            yield Note(
                "Kolumn %(column)d är en formel utan sparat värde. Öppna och spara filen i Excel.",
                {"column": column},
            )


def _cell(value: object, row: int, column: int) -> Cell:
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return (
            Decimal(format(value, f".{SIGNIFICANT_DIGITS}g")) if isinstance(value, float) else Decimal(value)
        )
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    text = value.isoformat() if isinstance(value, date | time) else str(value)
    if len(text) > MAX_CELL_CHARACTERS:
        raise cell_too_long(row, column)
    return text or None

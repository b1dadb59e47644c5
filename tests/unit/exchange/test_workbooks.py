from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from investplan.exchange.tables import Table, UnreadableError
from investplan.exchange.workbooks import read_workbook


def book(rows: list[list[object]], **sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    for title, content in {"Plan": rows, **sheets}.items():
        sheet: Any = made.create_sheet(title)
        for row in content:
            sheet.append(row)
    made.remove(made.worksheets[0])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def read(content: bytes, sheet: str | None = None, header_row: int = 1) -> Table:
    return read_workbook(content, sheet=sheet, header_row=header_row)


def test_numbers_are_exact_and_text_stays_text() -> None:
    table = read(book([["a", "b", "c", "d", "e"], [0.1 + 0.2, 1234, "1.500", date(2027, 1, 2), True]]))
    assert table.rows[0].cells == (Decimal("0.3"), Decimal(1234), "1.500", "2027-01-02", "TRUE")


def test_a_formula_gives_its_saved_value_and_is_refused_without_one() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", value=2)
        sheet.write_number(1, 1, 5)
    assert read(buffer.getvalue()).rows[0].cells == (Decimal(2), Decimal(5))
    unsaved = read(book([["a", "b"], ["=1+1", 5]]))
    assert "formel utan sparat värde" in str(unsaved.rows[0].faults[0])


def test_the_sheet_must_be_named_where_there_are_several() -> None:
    several = book([["a"], [1]], Annat=[["b"], [2]])
    with pytest.raises(UnreadableError, match=r"file\.sheet"):
        read(several)
    with pytest.raises(UnreadableError, match="finns inte"):
        read(several, "Saknas")
    table = read(several, "Annat")
    assert table.header == ("b",)
    assert "Blad som inte är lästa: Plan" in [str(note) for note in table.remarks]


def test_hidden_sheets_and_merged_cells_are_told() -> None:
    made = openpyxl.Workbook()
    sheet: Any = made.active
    sheet.append(["a", "b"])
    sheet.append([1, 2])
    sheet.merge_cells("A2:B2")
    made.create_sheet("Dold").sheet_state = "hidden"
    buffer = io.BytesIO()
    made.save(buffer)
    remarks = " ".join(str(note) for note in read(buffer.getvalue()).remarks)
    assert "Dold" in remarks
    assert "1 sammanslagna" in remarks


def test_the_header_may_stand_lower_and_empty_rows_are_counted() -> None:
    table = read(book([["Investeringsplan"], [None], ["a", "b"], [1, 2], [None, None], [3, 4]]), header_row=3)
    assert table.header == ("a", "b")
    assert [row.number for row in table.rows] == [4, 6]
    assert any("1 tomma rader" in str(note) for note in table.remarks)


def test_values_beyond_the_last_header_are_told() -> None:
    table = read(book([["a", "b"], [1, 2, 3]]))
    assert "till höger" in str(table.rows[0].faults[0])


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(UnreadableError, match="tomt"):
        read(book([]))

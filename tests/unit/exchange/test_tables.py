from __future__ import annotations

import json
from decimal import Decimal

import pytest

from investplan.errors import Note
from investplan.exchange.tables import (
    Row,
    Table,
    UnreadableError,
    read_csv,
    table_from_json,
    table_to_json,
)


def read(content: bytes, **options: object) -> Table:
    return read_csv(content, **{"encoding": "auto", "delimiter": "auto", "header_row": 1} | options)  # type: ignore[arg-type]


def refusal(content: bytes, **options: object) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(content, **options)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_and_without_mark_give_the_same_table(encoding: str) -> None:
    table = read("Nämnd;Utgift\nÖst;5\n".encode(encoding))
    assert table.header == ("Nämnd", "Utgift")
    assert table.rows[0].cells == ("Öst", "5")


def test_windows_1252_is_detected_and_said() -> None:
    table = read("Nämnd;Utgift\nÖst – väst;5\n".encode("cp1252"))
    assert table.rows[0].cells[0] == "Öst – väst"
    assert "Windows-1252" in str(table.remarks[0])


def test_a_file_that_is_half_utf_8_is_refused_with_the_line() -> None:
    broken = "Nämnd;Utgift\nÖst;5\n".encode() + b"V\xe4st;6\n"
    assert "Rad 3" in refusal(broken)


def test_a_stated_encoding_is_kept_to() -> None:
    assert "Rad 1" in refusal("Nämnd\n1\n".encode("cp1252"), encoding="utf-8")
    assert "Rad 2" in refusal(b"a;b\n\x81;1\n", encoding="cp1252")


def test_quotes_hold_delimiters_and_line_breaks_and_lines_are_counted() -> None:
    table = read(b'a,b\n"x, y","two\nlines"\nc,d\n')
    assert [row.number for row in table.rows] == [2, 4]
    assert table.rows[0].cells == ("x, y", "two\nlines")


def test_an_open_quote_is_refused() -> None:
    assert "avkortad" in refusal(b'a,b\n1,"2\n')


def test_a_row_of_another_length_is_told_and_never_shifted() -> None:
    table = read(b"a,b,c\n1,2\n1,2,3,4\n1,2,3\n")
    assert [bool(row.faults) for row in table.rows] == [True, True, False]
    assert "2 celler" in str(table.rows[0].faults[0])


def test_blank_lines_and_lines_above_the_header_are_counted() -> None:
    table = read(b"Budget 2027\n\na,b\n1,2\n,\n\n3,4\n", header_row=3)
    assert [row.cells for row in table.rows] == [("1", "2"), ("3", "4")]
    assert [str(note) for note in table.remarks] == [
        "2 rader ovanför rubriken är inte lästa.",
        "2 tomma rader är överhoppade.",
    ]


def test_nothing_to_read_is_refused() -> None:
    for content in (b"", b"\n", b",,\n1,2,3\n"):
        assert "rubrikrad" in refusal(content)
    assert "nolltecken" in refusal(b"a,b\n1,\x00\n")


def test_too_many_rows_or_columns_are_refused() -> None:
    assert "för stor" in refusal(b"a\n" + b"1\n" * 200_001)
    assert "för stor" in refusal(b"a\n" + b"," * 1_001 + b"\n")


def test_the_answer_of_the_child_keeps_text_and_number_apart() -> None:
    row = Row(2, ("1.50", Decimal("1.50"), None), b"\x01\x02", (Note("Fel %(a)s", {"a": 1}),))
    table = Table(("a", "b", "c"), (row,), "EPSG:3006", (Note("x"),))
    assert table_from_json(json.loads(json.dumps(table_to_json(table)))) == table


def test_control_characters_and_lone_surrogates_never_get_through() -> None:
    answer = {"header": ["a\x00"], "crs": None, "remarks": [], "rows": [[2, ["x\x1b[31m\ud800"], None, []]]}
    table = table_from_json(answer)
    assert table.header == ("a ",)
    assert table.rows[0].cells == ("x [31m ",)
    assert "styrtecken" in str(table.rows[0].changes[0])
    assert str(table.rows[0].cells[0]).encode()


@pytest.mark.parametrize("answer", [{}, {"header": 1}, {"header": [], "rows": [[1]], "crs": None, "remarks": []},
                                    {"header": [], "rows": [[1, [["x"]], None, []]], "crs": None, "remarks": []}])  # fmt: skip
def test_an_answer_that_is_no_table_is_refused(answer: dict[str, object]) -> None:
    with pytest.raises(UnreadableError):
        table_from_json(answer)

from __future__ import annotations

import io
from fractions import Fraction

import openpyxl
import pytest

from investplan.errors import Note
from investplan.exchange.plan_files import (
    Investment,
    LeftOut,
    Money,
    Obstacle,
    Option,
    PlanReport,
    Proof,
    Unready,
    Use,
    obstacle_note,
    write_sheets,
    write_xlsx,
)


def _report(title: str = "Skolan") -> PlanReport:
    chosen = Investment(
        1, "KS 1", title, "UN", "expansion", "build", "Ny", 2027, (1_00, 3333333), Fraction(25, 2), False
    )
    obstacle = Obstacle("max", "ceiling", "Tak", 2028, 12_345_678_90)
    out = LeftOut(
        2, "KS 2", "Badet", "UN", "expansion", Option("build", "Ny", 2027, Fraction(3), 5_00, (obstacle,))
    )
    proof = Proof(
        "optimal", "12.5", "12.5", "0", {"name": "HiGHS", "seed": 0}, "ab" * 32, "Grund v1", "0.1", True, None
    )
    return PlanReport(
        7, "Budget 2027", "Huvud", (2027, 2028), proof, (chosen,), (out,),
        (Unready("KS 3", "Tanken", Note("Inte nu.")),),
        (Use("ceiling", "Tak", "investment", "year", 2027, 1_00, 2_00, None),),
        (1_00, 3333333), {"KVAB": (0, 7)}, (5, 6), {"UN": (10, 11)}, {"UN": "Utbildningsnämnden"},
    )  # fmt: skip


def _open(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_money_is_kronor_with_its_oere() -> None:
    row = [cell.value for cell in _open(write_xlsx(_report()))["Plan"][2]]
    assert row[-2:] == [1, 33333.33]
    assert row[7] == 33334.33
    assert row[5] == 12.5


@pytest.mark.parametrize("amount_ore", [0, 1, -1, 10**15 - 1, -(10**15) + 1, 3333333])
def test_any_amount_comes_back_to_the_oere(amount_ore: int) -> None:
    book = _open(write_sheets({"A": [["Belopp"], [Money(amount_ore)]]}))
    assert round(book["A"]["A2"].value * 100) == amount_ore
    assert book["A"]["A2"].number_format == "#,##0.00"


@pytest.mark.parametrize("title", ["=1+1", "+46 70", "-x", "@SUM(A1)", "http://example.org", "0123", "{=A1}"])
def test_text_is_never_a_formula(title: str) -> None:
    cell = _open(write_xlsx(_report(title)))["Plan"]["B2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (title, "s", None)


def test_every_part_of_the_plan_has_its_sheet() -> None:
    book = _open(write_xlsx(_report()))
    assert book.sheetnames == ["Plan", "Inte med", "Gränser", "Per år", "Underlag"]
    assert [cell.value for cell in book["Inte med"][3]][-1] == "Inte nu."
    assert [cell.value for cell in book["Gränser"][2]] == ["Tak", "investment", "year", 2027, 1, 2, None, 1]
    assert [[cell.value for cell in row] for row in book["Per år"].iter_rows(min_row=2)] == [
        ["Kommunens investeringsutgift", 1, 33333.33],
        ["varav samordning mellan förslag", 0, 0],
        ["Investeringsutgift KVAB", 0, 0.07],
        ["Kommunens kostnad, koncernvy", 0.05, 0.06],
        ["Nämndens kostnad Utbildningsnämnden", 0.1, 0.11],
    ]


def test_an_obstacle_is_told_in_words() -> None:
    told = str(obstacle_note(Obstacle("max", "c", "Tak", 2028, 12_345_678_90)))
    assert told == "Tak 2028: 12\u00a0346 tkr för mycket"
    assert str(obstacle_note(Obstacle("min_share", "s", "Andel", None, 5_000_00))) == "Andel: 5 tkr för lite"
    assert (
        str(obstacle_note(Obstacle("at_most", "r", Note("Högst 1 av: A, B"))))
        == "Regeln bryts: Högst 1 av: A, B"
    )

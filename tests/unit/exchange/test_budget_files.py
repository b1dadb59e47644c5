from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investplan.exchange import sandbox
from investplan.exchange.budget_files import (
    BudgetReading,
    read_budget_sie,
    read_budget_table,
    read_rules,
)
from investplan.exchange.sie import BudgetRow, SieBudget, write_budget
from investplan.exchange.sie_reading import interpret, read_sie_table
from investplan.exchange.tables import Wanted, read_csv

HEAD = "#SIETYP 3\n#RAR 0 20260101 20261231\n#RAR -1 20250101 20251231\n"


def sie(lines: str, year: int = 2026) -> BudgetReading:
    return read_budget_sie(interpret(read_sie_table((HEAD + lines).encode())), year)


def table(text: str, year: int = 2026) -> BudgetReading:
    return read_budget_table(
        read_csv(text.encode(), encoding="auto", delimiter="auto", header_row=1), year, "tkr"
    )


def amounts(found: BudgetReading) -> dict[str, int]:
    assert found.faults == ()
    return {one.code: one.amount_ore for one in found.responsibilities}


def faults(found: BudgetReading) -> list[tuple[int, str]]:
    return [(fault.line, str(fault.note)) for fault in found.faults]


# --- tables ------------------------------------------------------------------------------------------------------


def test_a_table_gives_an_amount_per_responsibility_in_its_unit() -> None:
    found = table(
        "Ansvar;Benämning;Budget 2025;Budget 2026\n3100;Norr;1;1 000,5\n3200;Syd;1;-2\n3100;Norr;1;1\n"
    )
    assert amounts(found) == {"3100": 1_001_500_00, "3200": -2_000_00}
    assert found.responsibilities[0].name == "Norr"


@pytest.mark.parametrize("heading", ["2026", "Ram 2026, kr", "Belopp", "budget 2026"])
def test_the_years_column_is_found_by_its_heading(heading: str) -> None:
    assert amounts(table(f"Kod;Namn;{heading}\nUN;Skola;5\n")) == {"UN": 5_000_00}


def test_rows_that_are_sums_are_passed_over_and_told() -> None:
    found = table("Kod;Belopp\nUN;5\nSumma;5\nTotalt;5\n")
    assert amounts(found) == {"UN": 5_000_00}
    assert "2 summarader är inte lästa." in [str(note) for note in found.remarks]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Kod;Något\nUN;5\n", 1, "Kolumnen budget 2026 saknas"),
        ("Något;Belopp\nUN;5\n", 1, "Kolumnen ansvar saknas"),
        ("Kod;Belopp\nUN;fem\n", 2, "är inte ett belopp"),
        ("Kod;Belopp\nUN;\n", 2, "Cellen är tom"),
        ("Kod;Belopp\nUN\n", 2, "1 celler men rubriken 2"),
        ("Kod;Belopp\nSumma;5\n", 1, "inga belopp"),
    ],
)
def test_a_table_that_does_not_fit_is_told_with_its_line(text: str, line: int, words: str) -> None:
    [(number, note)] = faults(table(text))
    assert number == line
    assert words in note


# --- SIE ---------------------------------------------------------------------------------------------------------


def test_the_year_is_found_by_its_dates_and_periods_are_added() -> None:
    lines = '#OBJEKT 1 "31" "Norr"\n#PBUDGET 0 202601 5000 {1 31} 1.00\n#PBUDGET 0 202602 5000 {1 31} 2\n'
    lines += "#PBUDGET -1 202501 5000 {1 31} 50\n"
    assert amounts(sie(lines)) == {"31": 3_00}
    assert sie(lines).responsibilities[0].name == "Norr"
    assert amounts(sie(lines, 2025)) == {"31": 50_00}


def test_a_total_and_its_parts_are_never_both_summed() -> None:
    lines = "#PBUDGET 0 202601 5000 {} 10\n#PBUDGET 0 202601 5000 {1 31} 4\n#PBUDGET 0 202601 5000 {1 32} 6\n"
    assert amounts(sie(lines)) == {"31": 4_00, "32": 6_00}


def test_what_the_total_has_beyond_its_parts_is_on_no_responsibility() -> None:
    lines = "#PBUDGET 0 202601 5000 {} 10\n#PBUDGET 0 202601 5000 {1 31} 4\n#PBUDGET 0 202601 6000 {} 5\n"
    assert amounts(sie(lines)) == {"": 11_00, "31": 4_00}


def test_disjoint_parts_and_nested_parts_are_told_apart_by_the_total() -> None:
    rows = "#PBUDGET 0 202601 5000 {1 31} 4\n#PBUDGET 0 202601 5000 {1 31 6 P} 3\n"
    assert amounts(sie("#PBUDGET 0 202601 5000 {} 7\n" + rows)) == {"31": 7_00}
    assert amounts(sie("#PBUDGET 0 202601 5000 {} 4\n" + rows)) == {"31": 4_00}
    for total in ("#PBUDGET 0 202601 5000 {} 5\n", ""):
        assert "går inte ihop" in faults(sie(total + rows))[0][1]


def test_balance_accounts_are_not_the_operating_budget() -> None:
    lines = (
        "#PBUDGET 0 202601 1100 {} 900\n#PBUDGET 0 202601 1100 {1 31} 900\n#PBUDGET 0 202601 3010 {1 31} -4\n"
    )
    found = sie(lines)
    assert amounts(found) == {"31": -4_00}
    assert found.other_accounts_ore == 900_00


@pytest.mark.parametrize(
    ("lines", "year", "words"),
    [
        (
            "#PBUDGET 0 202601 5000 {1 31} 4\n",
            2024,
            "Filen har inte räkenskapsåret 2024. Den har: 2025, 2026",
        ),
        ("", 2026, "ingen budget på resultatkonton"),
        ("#PBUDGET 0 202601 5000 {1 31} fyra\n", 2026, "inte ett belopp i SIE"),
    ],
)
def test_a_sie_file_without_the_budget_is_refused(lines: str, year: int, words: str) -> None:
    assert words in faults(sie(lines, year))[0][1]


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["4000", "5000"]),
        st.sampled_from(["UN", "KFN"]),
        st.none() | st.just("P1"),
        st.integers(-(10**11), 10**11),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=PARTS)
def test_our_own_frames_come_back_as_the_committees_sums(
    parts: list[tuple[str, str, str | None, int]],
) -> None:
    made = SieBudget(
        company="K", year=2026, generated=date(2026, 1, 1), accounts={"4000": "a", "5000": "b"},
        objects={(1, "UN"): "U", (1, "KFN"): "K", (6, "P1"): "P"},
        rows=[
            BudgetRow(account, ((1, code), *(((6, number),) if number else ())), amount)
            for account, code, number, amount in parts
        ],
    )  # fmt: skip
    expected: dict[str, int] = {}
    for _, code, _, amount in parts:
        expected[code] = expected.get(code, 0) + amount
    found = read_budget_sie(interpret(read_sie_table(write_budget(made).content)), 2026)
    read = {one.code: one.amount_ore for one in found.responsibilities}
    assert {code: ore for code, ore in read.items() if ore} == {
        code: ore for code, ore in expected.items() if ore
    }


@pytest.mark.shared_data
def test_a_real_programs_budget_has_no_objects_and_so_stands_on_none(shared_data: Path) -> None:
    content = (shared_data / "sie" / "objektsaldo_ovnbolag.se").read_bytes()
    file = interpret(sandbox.read_table(content, "objektsaldo.se", Wanted("sie")))
    found = read_budget_sie(file, 2011)
    assert found.faults == ()
    assert [one.code for one in found.responsibilities] == [""]
    stated = sum(
        one.amount_ore for one in file.budgets if one.year_number == 0 and one.account[0] in "345678"
    )
    assert found.total_ore == stated


# --- rules -------------------------------------------------------------------------------------------------------


def test_the_longest_prefix_wins_and_an_exact_code_before_it() -> None:
    rules = read_rules("# ansvar\n3* = UN\n31* = KFN\n3100 = SEN\n9* =\n- = KS\n")
    codes = ("3100", "3111", "3200", "9", "", "5")
    assert [rules.committee_of(code) for code in codes] == ["SEN", "KFN", "UN", "", "KS", None]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("3100 = UN\nhej\n", 2, "ansvar = nämnd"),
        ("1 = UN\n1 = KFN\n", 2, "två gånger"),
        ("a = b = c\n", 1, "ansvar = nämnd"),
    ],
)
def test_a_rule_that_does_not_fit_is_told_with_its_line(text: str, line: int, words: str) -> None:
    [fault] = read_rules(text).faults
    assert fault.line == line
    assert words in str(fault.note)

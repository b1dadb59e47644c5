from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investplan.errors import InvalidInputError
from investplan.exchange import sandbox
from investplan.exchange.sie import (
    PROJECT,
    RESPONSIBILITY,
    BudgetRow,
    SieBudget,
    monthly,
    to_pc8,
    write_budget,
)
from investplan.exchange.sie_reading import SieFile, interpret, read_sie_table, split_fields
from investplan.exchange.tables import UnreadableError, Wanted
from tests.unit.exchange import independent_sie

DAY = date(2026, 11, 24)
SCHOOL = ((RESPONSIBILITY, "UN"),)
PROJECT_OF_SCHOOL = ((RESPONSIBILITY, "UN"), (PROJECT, "KS 2026/0001"))


def budget(*rows: BudgetRow, **changes: Any) -> SieBudget:
    facts: dict[str, Any] = {
        "company": "Provköpings kommun",
        "year": 2027,
        "generated": DAY,
        "accounts": {"6011": "Lokalhyra, intern", "5000": "Kostnader för arbetskraft"},
        "objects": {(1, "UN"): "Utbildningsnämnden", (6, "KS 2026/0001"): "Förskola Exempel"},
        "rows": rows,
    }
    return SieBudget(**(facts | changes))


def own(content: bytes) -> SieFile:
    return interpret(read_sie_table(content))


# --- writing -----------------------------------------------------------------------------------------------------


def test_the_head_says_what_a_reader_expects() -> None:
    lines = write_budget(budget(BudgetRow("6011", SCHOOL, 12_00))).content.decode("cp437").split("\r\n")
    assert lines[:8] == [
        "#FLAGGA 0",
        '#PROGRAM "investplan" "0"',
        "#FORMAT PC8",
        '#GEN 20261124 "investplan"',
        "#SIETYP 3",
        '#FNAMN "Provköpings kommun"',
        "#RAR 0 20270101 20271231",
        '#KPTYP "Kommun-Bas"',
    ]
    for line in (
        '#KONTO 6011 "Lokalhyra, intern"',
        "#KTYP 6011 K",
        '#DIM 1 "Ansvar"',
        '#DIM 6 "Projekt"',
        '#OBJEKT 1 "UN" "Utbildningsnämnden"',
        "#PBUDGET 0 202701 6011 {} 1.00",
        '#PBUDGET 0 202712 6011 {1 "UN"} 1.00',
    ):
        assert line in lines, line


def test_swedish_letters_have_their_places_in_code_page_437() -> None:
    content = write_budget(budget(company="ÅÄÖåäö")).content
    assert bytes([0x8F, 0x8E, 0x99, 0x86, 0x84, 0x94]) in content


def test_totals_and_parts_are_told_apart_and_each_add_up_to_the_year() -> None:
    rows = (
        BudgetRow("6011", SCHOOL, 100_00),
        BudgetRow("6011", PROJECT_OF_SCHOOL, 424_400_07),
        BudgetRow("5000", SCHOOL, -3),
    )
    found = independent_sie.read(write_budget(budget(*rows)).content)
    assert sum(amount for (account, _), amount in found.totals.items() if account == "6011") == Decimal(
        "424500.07"
    )
    assert sum(amount for (account, _, _), amount in found.parts.items() if account == "6011") == Decimal(
        "424500.07"
    )
    assert sum(found.totals.values()) == Decimal("424500.04")
    for (account, period), total in found.totals.items():
        of_month = [amount for (a, p, _), amount in found.parts.items() if (a, p) == (account, period)]
        assert sum(of_month) == total


def test_an_income_account_is_marked_as_one() -> None:
    content = write_budget(budget(BudgetRow("3410", SCHOOL, -5_00), accounts={"3410": "Hyror"})).content
    assert b"#KTYP 3410 I\r\n" in content


def test_characters_that_the_code_page_lacks_become_near_ones_and_are_told() -> None:
    made = budget(objects={(1, "UN"): 'Skola – ”Åkern” 5 € \\ "x"\n'})
    written = write_budget(made)
    assert '#OBJEKT 1 "UN" "Skola - \\"Åkern\\" 5 EUR / \\"x\\" "\r\n'.encode("cp437") in written.content
    assert [str(note) for note in written.remarks] == [
        '”Skola – ”Åkern” 5 € \\ "x"\n” är skrivet ”Skola - "Åkern" 5 EUR / "x" ”: tecknen finns inte i SIE.'
    ]


def test_at_most_twenty_changed_texts_are_told_one_by_one() -> None:
    objects = {(1, str(n)): f"{n} –" for n in range(25)}
    remarks = write_budget(budget(objects=objects)).remarks
    assert len(remarks) == 21
    assert str(remarks[-1]) == "Ytterligare 5 texter är ändrade."


def test_objects_that_would_become_one_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="blir samma objekt"):
        write_budget(budget(objects={(6, "A–1"): "en", (6, "A-1"): "annan"}))


def test_a_row_on_an_account_without_a_name_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Kontot 9999 har inget namn"):
        write_budget(budget(BudgetRow("9999", SCHOOL, 1)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(amount_ore=st.integers(-(10**14), 10**14))
def test_months_add_up_and_differ_by_an_oere_at_most(amount_ore: int) -> None:
    months = monthly(amount_ore)
    assert sum(months) == amount_ore
    assert len(months) == 12
    assert max(months) - min(months) <= 1


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXT)
def test_any_text_becomes_one_that_the_code_page_holds(text: str) -> None:
    near = to_pc8(text)
    assert near == near.encode("cp437").decode("cp437")
    assert all(byte >= 32 and byte != 127 for byte in near.encode("cp437"))
    assert to_pc8(near) == near


CODES = st.sampled_from(["UN", "KFN", "SEN", "Å 1", 'X"Y', "3100"])
NUMBERS = st.sampled_from(["KS 2026/0001", "90123", "P{1}"])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["4000", "5000", "6011"]), CODES, st.none() | NUMBERS, st.integers(-(10**13), 10**13)
    ),
    max_size=8,
)  # fmt: skip


SWEDISH = st.text("abcdefgåäöÅÄÖé \"'-,.()&{}#/1238", max_size=40)
Parts = dict[tuple[str, tuple[tuple[str, str], ...]], Decimal]


def _made(rows: list[tuple[str, str, str | None, int]], names: list[str], company: str) -> SieBudget:
    given_names = iter(names)
    objects = {(1, code): next(given_names) for code in sorted({row[1] for row in rows})}
    objects |= {(6, number): next(given_names) for number in sorted({row[2] for row in rows if row[2]})}
    made = [
        BudgetRow(account, ((1, code), *(((6, number),) if number else ())), amount)
        for account, code, number, amount in rows
    ]
    accounts = dict.fromkeys(("4000", "5000", "6011"), "Konto å")
    return budget(*made, company=company, objects=objects, accounts=accounts)


def _parts(amounts: Iterable[tuple[str, Iterable[tuple[object, str]], Decimal]]) -> Parts:
    """By account and objects over the year, what is zero left out."""
    found: Parts = {}
    for account, pairs, amount in amounts:
        key = (account, tuple((str(dimension), number) for dimension, number in pairs))
        found[key] = found.get(key, Decimal(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


def _expected(made: SieBudget) -> Parts:
    return _parts((row.account, row.objects, Decimal(row.amount_ore) / 100) for row in made.rows)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, names=st.lists(TEXT, min_size=9, max_size=9), company=TEXT)
def test_what_is_written_is_read_back_by_a_reader_of_another_make(
    rows: list[tuple[str, str, str | None, int]], names: list[str], company: str
) -> None:
    made = _made(rows, names, company)
    found = independent_sie.read(write_budget(made).content)
    assert found.header["#FNAMN"] == [to_pc8(company)]
    assert found.objects == {(str(d), number): to_pc8(name) for (d, number), name in made.objects.items()}
    expected = _expected(made)
    assert _parts((account, pairs, amount) for (account, _, pairs), amount in found.parts.items()) == expected
    for account in made.accounts:
        total = sum(amount for (a, _), amount in found.totals.items() if a == account)
        assert total == sum(amount for (a, _), amount in expected.items() if a == account)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, names=st.lists(SWEDISH, min_size=9, max_size=9), company=SWEDISH)
def test_what_is_written_is_read_back_by_our_own_reader(
    rows: list[tuple[str, str, str | None, int]], names: list[str], company: str
) -> None:
    made = _made(rows, names, company)
    found = own(write_budget(made).content)
    assert (found.faults, found.remarks) == ([], ())
    assert (found.company, found.objects) == (company, made.objects)
    parts = [
        (one.account, one.objects, Decimal(one.amount_ore) / 100) for one in found.budgets if one.objects
    ]
    assert _parts(parts) == _expected(made)


# --- reading -----------------------------------------------------------------------------------------------------

SMALL = """#FLAGGA 0
#SIETYP 3
#FNAMN "Övningsbolaget ""AB"
#RAR 0 20270101 20271231
#OKÄND 1 2 3
\t#DIM\t1\tAnsvar
#OBJEKT 1 "31 00" "Förskola \\"Norr\\""
#KONTO 5000 Löner
#PBUDGET 0 202701 5000 {} 100.5
#PBUDGET 0 202701 5000 {1 "31 00"} -100
#PBUDGET -1 202601 5000 {} .50
"""


def test_blanks_tabs_quotes_and_unknown_labels_are_taken_as_they_come() -> None:
    found = own(SMALL.replace('""AB"', ' AB"').encode("cp437"))
    assert (found.sie_type, found.company, found.faults) == ("3", "Övningsbolaget  AB", [])
    assert found.dimensions == {1: "Ansvar"}
    assert found.objects == {(1, "31 00"): 'Förskola "Norr"'}
    assert [(one.year_number, one.objects, one.amount_ore) for one in found.budgets] == [
        (0, (), 100_50),
        (0, ((1, "31 00"),), -100_00),
        (-1, (), 50),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "utf-8", "cp850"])
def test_line_ends_and_code_pages_that_lie_are_seen_through(encoding: str, ending: str) -> None:
    text = SMALL.replace('""AB"', ' AB"').replace("\n", ending)
    found = own(text.encode(encoding))
    assert found.accounts == {"5000": "Löner"}
    assert bool(found.remarks) is (encoding in ("cp1252", "utf-8"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("#PBUDGET 0 202713 5000 {} 1", "är inte en period"),
        ("#PBUDGET 0 2027 5000 {} 1", "är inte en period"),
        ("#PBUDGET 0 202701 5000 {} 1,50", "är inte ett belopp"),
        ("#PBUDGET 0 202701 5000 {} 1.005", "är inte hela ören"),
        ("#PBUDGET 0 202701 5000 {} 9999999999999", "orimligt stort"),
        ("#PBUDGET 0 202701 5000 {}", "saknar fält"),
        ("#PBUDGET x 202701 5000 {} 1", "saknar fält"),
        ("#PBUDGET 0 202701 5000 {1} 1", "Objektlistan"),
        ("#PBUDGET 0 202701 5000 5 1", "Objektlistan"),
        ("#PBUDGET 0 202701 5000 {1 A 1 B} 1", "två gånger"),
        ('#PBUDGET 0 202701 5000 {1 "A} 1', "Citattecken eller klamrar"),
        ("#PBUDGET 0 202701 5000 {1 A 1", "Citattecken eller klamrar"),
        ("#OBJEKT 1", "saknar fält"),
        ("#RAR 0", "saknar fält"),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_line(line: str, words: str) -> None:
    found = own(f"#SIETYP 3\n{line}\n".encode())
    assert [number for number, _ in found.faults] == [2]
    assert words in str(found.faults[0][1])
    assert found.budgets == []


def test_a_path_that_ends_with_a_backslash_is_no_escape() -> None:
    assert split_fields(r'"C:\Program\" 5') == ["C:\\Program\\", "5"]
    assert split_fields(r'"C:\Program\"') == ["C:\\Program\\"]


def test_vouchers_that_do_not_balance_are_told() -> None:
    text = "#SIETYP 4\n#VER A 1 20270101\n{\n\t#TRANS 1910 {} 5.00\n\t#TRANS 3010 {} -4.00\n}\n#VER A 2 20270101\n{\n}\n"
    assert [str(note) for note in own(text.encode()).remarks] == ["1 verifikationer går inte jämnt upp: A 1"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"#HEJ 1\n", "inte en SIE-fil"),
        ("#SIETYP 3\n#FNAMN Å\n".encode() + b"#KONTO 1 \xe5\n", "Rad 3"),
        (b"\x81\xff\xfe\x8d\n", "Rad 1"),
    ],
)
def test_what_is_not_sie_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_sie_table(content)


def test_the_limited_child_reads_it_too() -> None:
    content = write_budget(budget(BudgetRow("6011", PROJECT_OF_SCHOOL, 424_400_00))).content
    found = interpret(sandbox.read_table(content, "budget.se", Wanted("sie")))
    assert len(found.budgets) == 24
    assert found.budgets[1].objects == ((1, "UN"), (6, "KS 2026/0001"))
    with pytest.raises(UnreadableError, match="inte en SIE-fil"):
        sandbox.read_table(b"#HEJ\n", "budget.se", Wanted("sie"))


SAMPLES = {
    "BL0001_typ3.SE": ("3", 117, 24),
    "SIE4_Exempelfil_med_underdim.SE": ("4", 530, 0),
    "XE_SIE_4_20151125095119.SE": ("4", 373, 0),
    "objektsaldo_ovnbolag.se": ("3", 567, 1248),
    "transaktioner_ovnbolag-bad-balance.se": ("4", 567, 1248),
}


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SAMPLES)
def test_files_of_real_programs_are_read_without_a_fault(shared_data: Path, name: str) -> None:
    content = (shared_data / "sie" / name).read_bytes()
    found = interpret(sandbox.read_table(content, name, Wanted("sie")))
    assert (found.sie_type, len(found.accounts), len(found.budgets)) == SAMPLES[name]
    assert found.faults == []
    assert {0, -1} == found.years.keys()
    told = "\n".join(map(str, found.remarks))
    assert ("bokstäver är förstörda" in told) is ("underdim" in name)
    assert ("B 1" in told) is ("bad-balance" in name)
    if "underdim" not in name:
        assert not any("\ufffd" in text for text in (*found.accounts.values(), *found.objects.values()))

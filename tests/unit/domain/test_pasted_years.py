"""Years pasted from a spreadsheet: standing, lying, with heads and sums, and what is refused with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.pasted_years import read_pasted_years
from investplan.units import format_amount

TKR = 100_000


@pytest.mark.parametrize(
    "text",
    [
        "2027\t1 200\n2028\t12,5",
        "2027\t1\u00a0200\r\n2028\t12,5\r\n",
        "År\tUtgift\n2027\t1 200\n2028\t12,5\nSumma\t1 212,5",
        "2027\t2028\n1 200\t12,5",
        "\t2027\t2028\nUtgift\t1 200\t12,5",
        "År 1\t1 200\nÅr 2 (2028)\t12,5",
        "2027 1 200\n2028 12,5",
        "2028\t12,5\n\n2027\t\t1 200",
    ],
)
def test_years_and_amounts_are_read_however_the_table_stands(text: str) -> None:
    found = read_pasted_years(text, 2027)
    assert (found.amounts_ore, found.faults) == ({0: 1200 * TKR, 1: 1250000}, ())


def test_amounts_in_kronor_and_in_millions() -> None:
    assert read_pasted_years("2027\t1 200 000", 2027, "kr").amounts_ore == {0: 1200 * TKR}
    assert read_pasted_years("2027\t1,2", 2027, "mnkr").amounts_ore == {0: 1200 * TKR}


def test_a_lying_table_of_one_year_is_read() -> None:
    assert read_pasted_years("\t2027\nUtgift\t12", 2027).amounts_ore == {0: 12 * TKR}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2027\t1.500", "har en punkt"),
        ("2027\t1,200,000", "är inte ett belopp"),
        ("2027\t", "Skriv ett belopp"),
        ("2026\t5", "ligger inte inom 2027–2057"),
        ("2027\t5\n2027\t6", "står två gånger"),
        ("maj 3\t5", "är inget år"),
        ("2027\t\u0661", "är inte ett belopp"),
        ("", "Klistra in"),
        ("bara ord", "Hittade inga år"),
        ("x" * 20_001, "för mycket text"),
        ("2027\t1\n" * 201, "för många rader"),
    ],
)
def test_what_cannot_be_read_is_refused_whole_with_its_reason(text: str, told: str) -> None:
    found = read_pasted_years(text, 2027)
    assert found.amounts_ore == {}
    assert told in str(found.faults[0])


amounts = st.dictionaries(st.integers(0, 30), st.integers(0, 10**11), min_size=1, max_size=8)


@given(amounts, st.booleans())
def test_what_a_spreadsheet_shows_is_read_back_to_the_ore(stated: dict[int, int], lies: bool) -> None:
    cells = [(str(2027 + offset), format_amount(ore, "kr", 2)) for offset, ore in stated.items()]
    lies = lies and len(cells) > 1
    text = "\n".join("\t".join(line) for line in (zip(*cells, strict=True) if lies else cells))
    assert read_pasted_years(text, 2027, "kr").amounts_ore == dict(sorted(stated.items()))


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    found = read_pasted_years(text, 2027)
    assert bool(found.amounts_ore) != bool(found.faults)


def test_amounts_that_look_like_years_do_not_lay_a_standing_table_down() -> None:
    assert read_pasted_years("2027\t2030\n2028\t2000", 2027).amounts_ore == {0: 2030 * TKR, 1: 2000 * TKR}

from __future__ import annotations

import pytest

from investplan.errors import InvalidInputError
from investplan.exchange.mappings import read_mapping, year_columns

LEAST = """
[file]
format = "csv"
[amounts]
unit = "tkr"
years = "Utgift {year}"
[project]
case_number = ["Diarienummer"]
title = ["Rubrik"]
[committee]
column = "Nämnd"
[category]
default = "reinvestment"
[result]
price_level_year = 2026
"""


def faults(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        read_mapping(text)
    return {name: str(note) for name, note in caught.value.fields.items()}


def test_the_least_mapping_assumes_nothing() -> None:
    mapping = read_mapping(LEAST)
    assert mapping.amounts.negative == "refuse"
    assert mapping.amounts.blank == "refuse"
    assert mapping.project.duplicate == "refuse"
    assert mapping.committee.create_missing is False
    assert mapping.result.assume_zero == []
    assert mapping.result.status == "draft"
    assert mapping.amounts.currency == "SEK"


def test_every_fault_is_told_at_once_by_its_place() -> None:
    bad = (
        LEAST.replace('"tkr"', '"öre"').replace("[result]", "[result]\ncolour = 1").replace("2026", '"2026"')
    )
    found = faults(bad)
    assert set(found) == {"amounts.unit", "result.colour", "result.price_level_year"}
    assert found["result.colour"] == "Det finns ingen sådan inställning."


def test_missing_sections_are_named() -> None:
    assert set(faults('name = "x"')) == {"file", "amounts", "project", "committee", "category", "result"}


def test_broken_toml_is_told_with_its_line() -> None:
    assert "line 2" in faults("[file]\nformat = csv\n")["mapping"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("Utgift {year}", "Utgift"), "amounts.years"),
        (('column = "Nämnd"', 'column = "Nämnd"\nfixed = "UN"'), "committee"),
        (('column = "Nämnd"', ""), "committee"),
        (('default = "reinvestment"', ""), "category"),
        (('case_number = ["Diarienummer"]', ""), "mapping"),
        (("[result]", '[place]\neast = "E"\nnorth = "N"\n[result]'), "place"),
        (("[result]", '[place]\nmap_crs = "EPSG:32618"\n[result]'), "place"),
        (("[result]", '[place]\ncrs = "sweref"\n[result]'), "place.crs"),
        (("[result]", '[result]\nassume_zero = ["outlays"]'), "result.assume_zero.0"),
        (('unit = "tkr"', 'unit = "tkr"\ndecimal = ","\nthousands = ","'), "amounts"),
    ],
)
def test_contradictions_are_refused(change: tuple[str, str], place: str) -> None:
    assert place in faults(LEAST.replace(*change))


def test_grants_cannot_be_both_read_and_assumed_zero() -> None:
    text = LEAST.replace(
        "[result]", '[grants]\nyears = "Bidrag {year}"\nname = "Bidrag"\n[result]\nassume_zero = ["grants"]'
    )
    assert "mapping" in faults(text)


def test_years_come_from_a_pattern_or_one_by_one() -> None:
    header = ("Utgift 2027", "Utgift 2028", "Utgift 20279", "Summa")
    assert year_columns("Utgift {year}", header) == {2027: "Utgift 2027", 2028: "Utgift 2028"}
    assert year_columns({"2028": "B", "2027": "A"}, header) == {2027: "A", 2028: "B"}
    assert year_columns("{year}", ("2027", "12027")) == {2027: "2027"}


def test_a_pattern_is_text_and_not_an_expression() -> None:
    assert year_columns("a.({year}", ("a.(2027", "ab(2027")) == {2027: "a.(2027"}


def test_the_kept_mapping_is_plain_json() -> None:
    kept = read_mapping(LEAST).to_json()
    assert kept["category"]["default"] == "reinvestment"
    assert kept["stage"]["default"] == "need"

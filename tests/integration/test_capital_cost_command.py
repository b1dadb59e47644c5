"""`investplan capital-cost` from the outside: the example of the format, the faults, the three ways to print."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import investplan
from investplan.cli.capital_costs import InputError, capital_cost_command, commands, read_question

SCHEMA = json.loads(
    (Path(investplan.__path__[0]) / "schemas" / "investplan-capital-cost-1.json").read_text("utf-8")
)
ROOF = {"id": "roof", "cost": 4000000, "residual": 0, "life_months": 480, "commissioned": "2027-08-15"}
LAND = {"id": "land", "cost": 4000000, "life_months": None, "commissioned": "2027-08-15"}
EXAMPLE: dict[str, Any] = {
    "internal_rate": {"default": 0.025, "2029": 0.03},
    "interest_base": "opening",
    "start_rule": "next_month",
    "assets": [ROOF, LAND],
}


def run(tmp_path: Path, question: object, *options: str) -> Result:
    path = tmp_path / "assets.json"
    content = question if isinstance(question, bytes) else json.dumps(question).encode()
    path.write_bytes(content)
    return CliRunner().invoke(capital_cost_command, [str(path), "--years", "2027-2057", *options])


def faults(tmp_path: Path, question: object) -> list[str]:
    """The places that are complained of, after checking that it was refused in the right way."""
    result = run(tmp_path, question)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return [line.split(": ")[0] for line in result.stderr.splitlines()]


def test_the_example_gives_the_rows_of_the_format(tmp_path: Path) -> None:
    result = run(tmp_path, EXAMPLE)
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert answer["years"] == list(range(2027, 2058))
    assert answer["rows"][0] == {
        "asset": "roof",
        "year": 2027,
        "months": 4,
        "depreciation": 33333.33,
        "interest": 33333.33,
        "capital_cost": 66666.66,
        "book_value": 3966666.67,
    }
    assert list(answer) == ["years", "rows", "total"]
    jsonschema.validate(EXAMPLE, SCHEMA)
    jsonschema.validate(answer, {"$ref": "#/$defs/answer", "$defs": SCHEMA["$defs"]})


def test_totals_are_the_sums_of_the_rows_to_the_ore(tmp_path: Path) -> None:
    answer = json.loads(run(tmp_path, EXAMPLE).stdout, parse_float=Decimal)
    for total in answer["total"]:
        rows = [row for row in answer["rows"] if row["year"] == total["year"]]
        for key in ("depreciation", "interest", "capital_cost", "book_value"):
            assert sum(Decimal(row[key]) for row in rows) == total[key]


def test_the_rate_of_a_year_is_used_in_that_year(tmp_path: Path) -> None:
    rows = json.loads(run(tmp_path, EXAMPLE).stdout)["rows"]
    land = {row["year"]: row["interest"] for row in rows if row["asset"] == "land"}
    assert (land[2028], land[2029], land[2030]) == (100000, 120000, 100000)


def test_csv_holds_the_same_amounts_and_totals_under_an_empty_name(tmp_path: Path) -> None:
    answer = json.loads(run(tmp_path, EXAMPLE).stdout, parse_float=Decimal)
    records = list(csv.DictReader(io.StringIO(run(tmp_path, EXAMPLE, "--format", "csv").stdout)))
    for record, row in zip(records, answer["rows"] + answer["total"], strict=True):
        assert record["asset"] == row.get("asset", "")
        assert [Decimal(record[key]) for key in ("depreciation", "interest", "book_value")] == [
            Decimal(row[key]) for key in ("depreciation", "interest", "book_value")
        ]


def test_the_table_states_the_conventions_and_lines_up(tmp_path: Path) -> None:
    text = run(tmp_path, EXAMPLE, "--format", "table").stdout
    heading, _, *lines = text.splitlines()
    assert "opening" in heading
    assert "next month" in heading
    assert len({len(line) for line in lines}) == 1
    assert lines[1].split() == ["roof", "2027", "4", "33333.33", "33333.33", "66666.66", "3966666.67"]


def test_standard_input_and_a_single_year_are_read() -> None:
    result = CliRunner().invoke(capital_cost_command, ["-", "--years", "2027"], input=json.dumps(EXAMPLE))
    assert [row["year"] for row in json.loads(result.stdout)["rows"]] == [2027, 2027]


def test_all_faults_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    spoiled = {
        "internal_rate": {"2029": "3 %", "29": 0.1},
        "interest_base": "closing",
        "discount": 1,
        "assets": [
            ROOF | {"life_months": 0, "cost": 1.005, "commissioned": "2027-02-30"},
            ROOF | {"residual": 4000000.01, "id": "x"},
            LAND | {"residual": 5, "colour": "red"},
            {"id": "x", "life_months": 2.5},
            "roof",
            LAND,
        ],
    }
    found = faults(tmp_path, spoiled)
    assert set(found) == {
        "internal_rate.default",
        "internal_rate.2029",
        "internal_rate.29",
        "interest_base",
        "start_rule",
        "discount",
        "assets[0].life_months",
        "assets[0].cost",
        "assets[0].commissioned",
        "assets[1].residual",
        "assets[2].residual",
        "assets[2].colour",
        "assets[3].id",
        "assets[3].cost",
        "assets[3].commissioned",
        "assets[3].life_months",
        "assets[4]",
        "assets[5].id",
    }
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"cost": -1}, "assets[0].cost"),
        ({"cost": "4000000"}, "assets[0].cost"),
        ({"cost": True}, "assets[0].cost"),
        ({"cost": None}, "assets[0].cost"),
        ({"cost": 10**11}, "assets[0].cost"),
        ({"cost": 10**400}, "assets[0].cost"),
        ({"residual": -1}, "assets[0].residual"),
        ({"life_months": "480"}, "assets[0].life_months"),
        ({"life_months": -1}, "assets[0].life_months"),
        ({"life_months": False}, "assets[0].life_months"),
        ({"commissioned": "2027-8-15"}, "assets[0].commissioned"),
        ({"commissioned": "20270815"}, "assets[0].commissioned"),
        ({"commissioned": "0001-01-01"}, "assets[0].commissioned"),
        ({"commissioned": None}, "assets[0].commissioned"),
        ({"id": ""}, "assets[0].id"),
        ({"id": 5}, "assets[0].id"),
        ({"id": "a\nb"}, "assets[0].id"),
    ],
)
def test_one_fault_in_an_asset_is_one_line_at_its_place(
    tmp_path: Path, change: dict[str, Any], place: str
) -> None:
    assert faults(tmp_path, EXAMPLE | {"assets": [ROOF | change]}) == [place]


@pytest.mark.parametrize(
    ("asset", "places"),
    [
        (ROOF | {"disposed": "2027-07-31"}, ["disposed"]),
        (ROOF | {"disposed": 2030}, ["disposed"]),
        (ROOF | {"lease_end": "2027-08-31"}, ["lease_end"]),
        (ROOF | {"lease_end": None}, ["lease_end"]),
        (ROOF | {"changes": {}}, ["changes"]),
        (ROOF | {"changes": [{}, 5]}, ["changes[0].from", "changes[1]"]),
        (ROOF | {"changes": [{"from": "2027-07-01"}]}, ["changes[0].from"]),
        (ROOF | {"changes": [{"from": "2028-01-01"}, {"from": "2028-01-31"}]}, ["changes[1].from"]),
        (
            ROOF | {"changes": [{"from": "2028-01-01", "remaining_months": 0, "residual": -1, "loss": 1}]},
            ["changes[0].loss", "changes[0].remaining_months", "changes[0].residual"],
        ),
        (ROOF | {"changes": [{"from": "2028-01-01", "write_down": 4000000}]}, ["changes[0]"]),
        (ROOF | {"changes": [{"from": "2090-01-01"}]}, ["changes[0]"]),
        (
            LAND | {"changes": [{"from": "2028-01-01", "remaining_months": 5}]},
            ["changes[0].remaining_months"],
        ),
        (LAND | {"changes": [{"from": "2028-01-01", "residual": 5}]}, ["changes[0].residual"]),
        (
            LAND | {"lease_end": "x", "changes": [{"from": "2028-01-01", "remaining_months": 5}]},
            ["lease_end"],
        ),
    ],
)
def test_events_that_do_not_fit_are_told_at_their_place(
    tmp_path: Path, asset: dict[str, Any], places: list[str]
) -> None:
    found = faults(tmp_path, EXAMPLE | {"assets": [asset]})
    assert sorted(found) == [f"assets[0].{place}" for place in places]


EVENTFUL = ROOF | {
    "residual": 100000,
    "changes": [{"from": "2029-01-01", "remaining_months": 120, "write_down": 1000000, "residual": 0}],
    "disposed": "2030-12-31",
}


CHANGE = EVENTFUL["changes"][0]


def test_changes_and_disposal_are_told_in_columns_of_their_own(tmp_path: Path) -> None:
    question = EXAMPLE | {"assets": [EVENTFUL, LAND]}
    jsonschema.validate(question, SCHEMA)
    answer = json.loads(run(tmp_path, question).stdout)
    jsonschema.validate(answer, {"$ref": "#/$defs/answer", "$defs": SCHEMA["$defs"]})
    rows = {(row["asset"], row["year"]): row for row in answer["rows"]}
    assert rows["roof", 2029]["write_down"] == 1000000
    left = rows["roof", 2029]["book_value"]
    assert rows["roof", 2030]["disposal"] == round(left - rows["roof", 2030]["depreciation"], 2)
    assert rows["roof", 2030]["book_value"] == 0
    assert "disposal" not in rows["land", 2030]
    assert answer["total"][3]["disposal"] == rows["roof", 2030]["disposal"]
    records = list(csv.DictReader(io.StringIO(run(tmp_path, question, "--format", "csv").stdout)))
    assert records[2]["write_down"] == "1000000.00"
    assert {record["disposal"] for record in records if record["asset"] == "land"} == {"0.00"}
    heading = run(tmp_path, question, "--format", "table").stdout.splitlines()[2]
    assert heading.split()[-2:] == ["write_down", "disposal"]


def test_without_events_the_columns_are_those_of_the_format(tmp_path: Path) -> None:
    answer = json.loads(run(tmp_path, EXAMPLE).stdout)
    assert set(answer["rows"][0]) == {
        "asset", "year", "months", "depreciation", "interest", "capital_cost", "book_value"
    }  # fmt: skip
    assert set(answer["total"][0]) == {"year", "depreciation", "interest", "capital_cost", "book_value"}


@pytest.mark.parametrize("life_months", [480, None])
def test_an_improvement_on_others_property_is_depreciated_until_the_lease_ends(
    tmp_path: Path, life_months: int | None
) -> None:
    fit_out = ROOF | {"id": "fit-out", "cost": 1200, "life_months": life_months, "lease_end": "2028-08-31"}
    rows = json.loads(run(tmp_path, EXAMPLE | {"assets": [fit_out]}).stdout)["rows"]
    assert [(row["months"], row["depreciation"]) for row in rows[:3]] == [(4, 400), (8, 800), (0, 0)]
    longer = fit_out | {"life_months": 6, "lease_end": "2040-01-01"}
    rows = json.loads(run(tmp_path, EXAMPLE | {"assets": [longer]}).stdout)["rows"]
    assert [row["months"] for row in rows[:3]] == [4, 2, 0]


@pytest.mark.parametrize("rate", [-0.01, 1.01, 2.5])
def test_a_rate_is_a_share_and_no_percentage(tmp_path: Path, rate: float) -> None:
    assert faults(tmp_path, EXAMPLE | {"internal_rate": {"default": rate}}) == ["internal_rate.default"]


@pytest.mark.parametrize("key", ["internal_rate", "interest_base", "start_rule", "assets"])
def test_a_missing_part_is_named(tmp_path: Path, key: str) -> None:
    assert faults(tmp_path, {one: value for one, value in EXAMPLE.items() if one != key}) == [key]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1, 2]",
        b"null",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        json.dumps(EXAMPLE).replace("0.025", "NaN").encode(),
        json.dumps(EXAMPLE).replace("0.025", "Infinity").encode(),
    ],
)
def test_what_is_no_json_object_is_refused_as_a_whole(tmp_path: Path, text: bytes) -> None:
    assert faults(tmp_path, text) == ["$"]


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "1e99999999999999999999", "4.0000000001"])
def test_a_number_that_would_never_end_is_refused_at_once(tmp_path: Path, number: str) -> None:
    text = json.dumps(EXAMPLE | {"assets": [ROOF]}).replace("4000000", number)
    found = faults(tmp_path, text.encode())
    assert found in (["assets[0].cost"], ["$"])


def test_a_repeated_key_is_refused_at_its_place(tmp_path: Path) -> None:
    text = json.dumps(EXAMPLE).replace('"id": "land"', '"id": "land", "cost": 1')
    assert faults(tmp_path, text.encode()) == ["assets[1].cost"]


@pytest.mark.parametrize("years", ["2057-2027", "27-57", "2027-", "0001", "2027–2057", "9999"])
def test_years_that_are_no_range_are_refused(tmp_path: Path, years: str) -> None:
    path = tmp_path / "assets.json"
    path.write_text(json.dumps(EXAMPLE))
    result = CliRunner().invoke(capital_cost_command, [str(path), "--years", years])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--years" in result.stderr


def test_a_file_that_is_not_there_is_refused() -> None:
    result = CliRunner().invoke(capital_cost_command, ["missing.json", "--years", "2027"])
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_command_is_offered_to_the_program() -> None:
    assert [command.name for command in commands] == ["capital-cost"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


BEYOND_THE_SCHEMA = (
    "two decimals",
    "too many decimals",
    "earlier asset",
    "above the cost",
    "calendar",
    "2027-08-15",
    "printable",
    "first charged month",
    "before commissioned",
    "in order",
    "does not fit land",
    "must begin in a month",
)


def found_faults(content: bytes) -> list[str]:
    try:
        read_question(content)
    except InputError as error:
        return error.faults
    return []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([*EXAMPLE, "roof", *EVENTFUL, "lease_end", *CHANGE]), JSON_VALUES)
def test_the_command_and_the_schema_accept_the_same_files(key: str, value: object) -> None:
    """Whatever one value is replaced by: read and valid by the schema, or refused with faults; never a crash."""
    roof: dict[str, Any] = EVENTFUL | ({key: value} if key in EVENTFUL or key == "lease_end" else {})
    if key in CHANGE:
        roof = roof | {"changes": [CHANGE | {key: value}]}
    question = EXAMPLE | {"assets": [value if key == "roof" else roof, LAND]}
    if key in EXAMPLE:
        question = question | {key: value}
    content = json.dumps(question).encode()
    found = found_faults(content)
    if jsonschema.Draft202012Validator(SCHEMA).is_valid(question):
        assert all(any(word in fault for word in BEYOND_THE_SCHEMA) for fault in found), found
    else:
        assert found


def test_a_key_with_control_characters_is_printed_harmlessly(tmp_path: Path) -> None:
    assert faults(tmp_path, EXAMPLE | {"\x1b[2J\nnew": 1}) == ['"\\u001b[2J\\nnew"']

"""`investplan capital-cost`: depreciation, internal interest and book value of assets, year by year.

Reads a JSON file (schema `investplan-capital-cost-1.json`), calculates exactly in öre and prints to standard output.
Anything that does not fit is reported with its place, all faults at once, with exit status 2 and nothing printed.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

import click

from investplan.cli.asset_files import FIRST_YEAR, LAST_YEAR, InputError, Question, has_events, read_question
from investplan.domain.capital_costs import Asset, CapitalCostRow, capital_cost
from investplan.units import Ore, kronor_from_ore

COLUMNS = ("asset", "year", "months", "depreciation", "interest", "capital_cost", "book_value")
EVENT_COLUMNS = ("write_down", "disposal")
"""Printed only where an asset states changes or a disposal."""


def _year_range(_ctx: click.Context, _param: click.Parameter, text: str) -> range:
    """`2027-2057` or a single year, as a range."""
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text, re.ASCII)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a year or a range of years such as 2027-2057")
    first, last = int(match[1]), int(match[2] or match[1])
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise click.BadParameter(f"{text!r}: years must rise and lie in {FIRST_YEAR}-{LAST_YEAR}")
    return range(first, last + 1)


@click.command("capital-cost")
@click.argument("assets_file", metavar="ASSETS.json", type=click.File("rb"))
@click.option(
    "--years", required=True, callback=_year_range, help="Years to calculate, first to last: 2027-2057."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "csv", "table"]),
    default="json",
    show_default=True,
)
def capital_cost_command(assets_file: BinaryIO, years: range, output_format: str) -> None:
    """Depreciation, internal interest and book value per asset and year, in kronor.

    ASSETS.json holds the internal rate, the two conventions and the assets; "-" reads standard input.
    """
    try:
        question = read_question(assets_file.read())
    except InputError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        sys.exit(2)
    rows = [(asset, capital_cost(asset, question.rules, years)) for asset in question.assets]
    click.echo(_WRITERS[output_format](question, years, rows), nl=False)


commands = [capital_cost_command]

Rows = Sequence[tuple[Asset, Sequence[CapitalCostRow]]]


# Writing


def _amounts(row: CapitalCostRow, events: bool) -> dict[str, Ore]:
    amounts = {
        "depreciation": row.depreciation_ore,
        "interest": row.interest_ore,
        "capital_cost": row.capital_cost_ore,
        "book_value": row.closing_ore,
    }
    if events:
        amounts |= {"write_down": row.write_down_ore, "disposal": row.disposal_ore}
    return amounts


def _totals(question: Question, years: range, rows: Rows) -> list[tuple[int, dict[str, Ore]]]:
    columns = COLUMNS[3:] + (EVENT_COLUMNS if question.events else ())
    return [
        (year, {key: sum(_amounts(found[i], True)[key] for _, found in rows) for key in columns})
        for i, year in enumerate(years)
    ]


def _in_kronor(amounts: Mapping[str, Ore]) -> dict[str, int | float]:
    return {key: kronor_from_ore(amount) for key, amount in amounts.items()}


def _write_json(question: Question, years: range, rows: Rows) -> str:
    answer = {
        "years": list(years),
        "rows": [
            {
                "asset": asset.name,
                "year": row.year,
                "months": row.months,
                **_in_kronor(_amounts(row, has_events(asset))),
            }
            for asset, found in rows
            for row in found
        ],
        "total": [{"year": year, **_in_kronor(amounts)} for year, amounts in _totals(question, years, rows)],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _two_decimals(amount_ore: Ore) -> str:
    return f"{amount_ore // 100}.{amount_ore % 100:02}"


def _records(question: Question, years: range, rows: Rows) -> list[tuple[str, ...]]:
    """The heading, all rows as texts, then one total per year with an empty asset."""
    events = question.events
    records = [COLUMNS + (EVENT_COLUMNS if events else ())]
    records += [
        (
            asset.name,
            str(row.year),
            str(row.months),
            *(_two_decimals(amount) for amount in _amounts(row, events).values()),
        )
        for asset, found in rows
        for row in found
    ]
    return records + [
        ("", str(year), "", *(_two_decimals(amount) for amount in amounts.values()))
        for year, amounts in _totals(question, years, rows)
    ]


def _write_csv(question: Question, years: range, rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_records(question, years, rows))
    return text.getvalue()


def _write_table(question: Question, years: range, rows: Rows) -> str:
    """Aligned columns under a line that states the conventions; the totals come last, as asset `total`."""
    records = [(record[0] or "total", *record[1:]) for record in _records(question, years, rows)]
    widths = [max(len(record[i]) for record in records) for i in range(len(records[0]))]
    lines = [
        "  ".join([record[0].ljust(widths[0]), *(record[i].rjust(widths[i]) for i in range(1, len(widths)))])
        for record in records
    ]
    rules = question.rules
    heading = (
        f"Kronor. Interest on {rules.interest_base} book value, charged from the {rules.start_rule}.\n\n"
    )
    return heading.replace("_", " ") + "\n".join(lines) + "\n"


_WRITERS: dict[str, Callable[[Question, range, Rows], str]] = {
    "json": _write_json,
    "csv": _write_csv,
    "table": _write_table,
}

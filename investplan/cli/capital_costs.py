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
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

import click

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRow,
    CapitalCostRules,
    InterestBase,
    RateTable,
    StartRule,
    capital_cost,
)
from investplan.units import MAX_AMOUNT_ORE, Month, Ore, kronor_from_ore

FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_LIFE_MONTHS = 12_000
COLUMNS = ("asset", "year", "months", "depreciation", "interest", "capital_cost", "book_value")


@dataclass(frozen=True)
class Question:
    """What the file asks for: the conventions and the assets, by id in file order."""

    rules: CapitalCostRules
    assets: tuple[Asset, ...]


class InputError(Exception):
    """The file does not fit; `faults` are texts that start with the place."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


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
    rows = [(asset.name, capital_cost(asset, question.rules, years)) for asset in question.assets]
    click.echo(_WRITERS[output_format](question, years, rows), nl=False)


commands = [capital_cost_command]

Rows = Sequence[tuple[str, Sequence[CapitalCostRow]]]


# Reading


class _JsonObject(dict[str, Any]):
    """An object that remembers which keys came more than once."""

    repeated: tuple[str, ...] = ()


def _json_object(pairs: list[tuple[str, Any]]) -> _JsonObject:
    read = _JsonObject(pairs)
    keys = [key for key, _ in pairs]
    read.repeated = tuple(key for key in read if keys.count(key) > 1) if len(read) < len(keys) else ()
    return read


def _not_a_number(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _parse(content: bytes) -> object:
    try:
        return json.loads(
            content.decode("utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_not_a_number,
            object_pairs_hook=_json_object,
        )
    except UnicodeDecodeError as error:
        raise InputError([f"$: not UTF-8 text (byte {error.start})"]) from error
    except RecursionError as error:
        raise InputError(["$: nested too deeply"]) from error
    except (ValueError, ArithmeticError) as error:
        raise InputError([f"$: not JSON: {error}"]) from error


@dataclass
class _Reader:
    """Collects faults while values are taken out; what does not fit comes back as None."""

    faults: list[str] = field(default_factory=list)

    def fault(self, place: str, message: str) -> None:
        self.faults.append(f"{place or '$'}: {message}")

    def members(self, value: object, place: str, required: set[str], optional: set[str]) -> Mapping[str, Any]:
        """The object with unknown, repeated and missing keys reported; `{}` where it is none."""
        if not isinstance(value, _JsonObject):
            self.fault(place, "must be an object")
            return {}
        prefix = f"{place}." if place else ""
        for key in value.repeated:
            self.fault(prefix + _shown(key), "is given more than once")
        for key in value:
            if key not in required | optional:
                self.fault(prefix + _shown(key), "is not known here")
        for key in sorted(required - set(value)):
            self.fault(prefix + key, "is missing")
        return value

    def number(self, value: object, place: str) -> Fraction | None:
        if not isinstance(value, Decimal):
            self.fault(place, "must be a number")
            return None
        exponent = value.as_tuple().exponent
        # A guard before exact arithmetic: 1e999999999 is one short token and a number of a billion digits.
        if not isinstance(exponent, int) or (value and (value.adjusted() > 20 or exponent < -40)):
            self.fault(place, "is too large or has too many decimals")
            return None
        return Fraction(value) if value else Fraction(0)

    def whole(self, value: object, place: str, low: int, high: int) -> int | None:
        number = self.number(value, place)
        if number is None:
            return None
        if number.denominator != 1 or not low <= number <= high:
            self.fault(place, f"must be a whole number from {low} to {high}")
            return None
        return int(number)

    def amount_ore(self, value: object, place: str) -> Ore | None:
        number = self.number(value, place)
        if number is None:
            return None
        amount_ore = number * 100
        if amount_ore.denominator != 1:
            self.fault(place, "must have at most two decimals")
        elif not 0 <= amount_ore <= MAX_AMOUNT_ORE:
            self.fault(place, f"must be from 0 to {MAX_AMOUNT_ORE // 100} kronor")
        else:
            return int(amount_ore)
        return None

    def rate(self, value: object, place: str) -> Fraction | None:
        number = self.number(value, place)
        if number is not None and not 0 <= number <= 1:
            self.fault(place, "must be a rate per year from 0 to 1, such as 0.025")
            return None
        return number

    def choice(self, value: object, place: str, choices: Sequence[str]) -> str | None:
        if isinstance(value, str) and value in choices:
            return value
        self.fault(place, f"must be one of {', '.join(choices)}")
        return None

    def month(self, value: object, place: str) -> Month | None:
        """The month of a date written 2027-08-15."""
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                self.fault(place, f"{value} is not a day in the calendar")
                return None
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return Month.of(day)
        self.fault(place, f"must be a date such as 2027-08-15, in {FIRST_YEAR}-{LAST_YEAR}")
        return None


def _shown(key: str) -> str:
    """A key from the file as it may be printed: short, and without control characters."""
    short = key if len(key) <= 60 else key[:57] + "..."
    return short if short.isprintable() and short else json.dumps(short)


def read_question(content: bytes) -> Question:
    """The question in the file's bytes.

    Raises:
        InputError: one text per fault, each starting with its place (`assets[0].life_months`), all at once.
    """
    reader = _Reader()
    data = reader.members(
        _parse(content), "", {"internal_rate", "interest_base", "start_rule", "assets"}, set()
    )
    rates = _read_rates(data["internal_rate"], reader) if "internal_rate" in data else None
    base = _read_choice(data, "interest_base", InterestBase, reader)
    rule = _read_choice(data, "start_rule", StartRule, reader)
    assets = _read_assets(data["assets"], reader) if "assets" in data else []
    if reader.faults or rates is None or base is None or rule is None:
        raise InputError(reader.faults)
    return Question(CapitalCostRules(rates, InterestBase(base), StartRule(rule)), tuple(assets))


def _read_choice(
    data: Mapping[str, Any], key: str, choices: type[InterestBase] | type[StartRule], reader: _Reader
) -> str | None:
    return reader.choice(data[key], key, [str(one) for one in choices]) if key in data else None


def _read_rates(value: object, reader: _Reader) -> RateTable | None:
    if not isinstance(value, _JsonObject):
        reader.fault("internal_rate", "must be an object with a default and rates by year")
        return None
    years = {key for key in value if re.fullmatch(r"[0-9]{4}", key, re.ASCII)}
    given = reader.members(value, "internal_rate", {"default"}, years)
    rates = {
        key: reader.rate(given[key], f"internal_rate.{key}")
        for key in ("default", *sorted(years))
        if key in given
    }
    found = {key: rate for key, rate in rates.items() if rate is not None}
    return RateTable(
        found.get("default", Fraction(0)), {int(key): rate for key, rate in found.items() if key in years}
    )


def _read_assets(value: object, reader: _Reader) -> list[Asset]:
    if not isinstance(value, list):
        reader.fault("assets", "must be a list")
        return []
    assets: list[Asset] = []
    seen: set[str] = set()
    for i, entry in enumerate(value):
        place = f"assets[{i}]"
        given = reader.members(entry, place, {"id", "cost", "life_months", "commissioned"}, {"residual"})
        _check_id(given, place, seen, reader)
        asset = _read_asset(given, place, reader)
        if asset is not None:
            assets.append(asset)
    return assets


def _check_id(given: Mapping[str, Any], place: str, seen: set[str], reader: _Reader) -> None:
    name = given.get("id")
    if "id" not in given:
        return
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > 200:
        reader.fault(f"{place}.id", "must be a text of 1 to 200 printable characters")
    elif name in seen:
        reader.fault(f"{place}.id", f"{name} is used by an earlier asset")
    else:
        seen.add(name)


def _read_asset(given: Mapping[str, Any], place: str, reader: _Reader) -> Asset | None:
    def take(key: str, read: Callable[[object, str], Any]) -> Any:
        return read(given[key], f"{place}.{key}") if key in given else None

    before = len(reader.faults)
    cost = take("cost", reader.amount_ore)
    residual = take("residual", reader.amount_ore) if "residual" in given else 0
    land = given.get("life_months", 0) is None
    life = (
        None if land else take("life_months", lambda value, at: reader.whole(value, at, 1, MAX_LIFE_MONTHS))
    )
    commissioned = take("commissioned", reader.month)
    if cost is not None and residual is not None and residual > cost:
        reader.fault(f"{place}.residual", "must not be above the cost")
    elif land and residual:
        reader.fault(f"{place}.residual", "must be 0 where life_months is null: land is not depreciated")
    complete = {"id", "cost", "life_months", "commissioned"} <= set(given)
    if len(reader.faults) > before or not complete:
        return None
    return Asset(str(given["id"]), cost, residual, life, commissioned)


# Writing


def _amounts(row: CapitalCostRow) -> dict[str, Ore]:
    return {
        "depreciation": row.depreciation_ore,
        "interest": row.interest_ore,
        "capital_cost": row.capital_cost_ore,
        "book_value": row.closing_ore,
    }


def _totals(years: range, rows: Rows) -> list[tuple[int, dict[str, Ore]]]:
    return [
        (year, {key: sum(_amounts(found[i])[key] for _, found in rows) for key in COLUMNS[3:]})
        for i, year in enumerate(years)
    ]


def _in_kronor(amounts: Mapping[str, Ore]) -> dict[str, int | float]:
    return {key: kronor_from_ore(amount) for key, amount in amounts.items()}


def _write_json(_question: Question, years: range, rows: Rows) -> str:
    answer = {
        "years": list(years),
        "rows": [
            {"asset": name, "year": row.year, "months": row.months, **_in_kronor(_amounts(row))}
            for name, found in rows
            for row in found
        ],
        "total": [{"year": year, **_in_kronor(amounts)} for year, amounts in _totals(years, rows)],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _two_decimals(amount_ore: Ore) -> str:
    return f"{amount_ore // 100}.{amount_ore % 100:02}"


def _records(years: range, rows: Rows) -> list[tuple[str, ...]]:
    """All rows as texts, then one total per year with an empty asset."""
    records = [
        (name, str(row.year), str(row.months), *(_two_decimals(amount) for amount in _amounts(row).values()))
        for name, found in rows
        for row in found
    ]
    return records + [
        ("", str(year), "", *(_two_decimals(amount) for amount in amounts.values()))
        for year, amounts in _totals(years, rows)
    ]


def _write_csv(_question: Question, years: range, rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_records(years, rows))
    return text.getvalue()


def _write_table(question: Question, years: range, rows: Rows) -> str:
    """Aligned columns under a line that states the conventions; the totals come last, as asset `total`."""
    records = [COLUMNS, *((record[0] or "total", *record[1:]) for record in _records(years, rows))]
    widths = [max(len(record[i]) for record in records) for i in range(len(COLUMNS))]
    lines = [
        "  ".join([record[0].ljust(widths[0]), *(record[i].rjust(widths[i]) for i in range(1, len(COLUMNS)))])
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

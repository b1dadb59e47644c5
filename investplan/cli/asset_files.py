"""Assets in a JSON file as `investplan capital-cost` reads them (schema `investplan-capital-cost-1.json`).

What does not fit is told with its place, all faults at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from investplan.domain.assets import stretches
from investplan.domain.capital_costs import (
    Asset,
    AssetChange,
    CapitalCostRules,
    InterestBase,
    RateTable,
    StartRule,
)
from investplan.errors import InvalidInputError
from investplan.units import MAX_AMOUNT_ORE, Month, Ore

FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_LIFE_MONTHS = 12_000


@dataclass(frozen=True)
class Question:
    """What the file asks for: the conventions and the assets, by id in file order."""

    rules: CapitalCostRules
    assets: tuple[Asset, ...]

    @property
    def events(self) -> bool:
        """Whether anything is written down or disposed of, or may be."""
        return any(has_events(asset) for asset in self.assets)


def has_events(asset: Asset) -> bool:
    """Whether the asset states changes or a disposal."""
    return bool(asset.changes) or asset.disposed is not None


class InputError(Exception):
    """The file does not fit; `faults` are texts that start with the place."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


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
    start = None if rule is None else StartRule(rule)
    assets = _read_assets(data["assets"], start, reader) if "assets" in data else []
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


_OPTIONAL = {"residual", "lease_end", "changes", "disposed"}


def _read_assets(value: object, rule: StartRule | None, reader: _Reader) -> list[Asset]:
    if not isinstance(value, list):
        reader.fault("assets", "must be a list")
        return []
    assets: list[Asset] = []
    seen: set[str] = set()
    for i, entry in enumerate(value):
        place = f"assets[{i}]"
        given = reader.members(entry, place, {"id", "cost", "life_months", "commissioned"}, _OPTIONAL)
        _check_id(given, place, seen, reader)
        asset = _read_asset(given, place, reader)
        if asset is not None and rule is not None:
            asset = _read_life(asset, given, place, rule, reader)
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


def _read_life(
    asset: Asset, given: Mapping[str, Any], place: str, rule: StartRule, reader: _Reader
) -> Asset | None:
    """The asset with what happens to it: the end of a lease, changes and disposal."""
    before = len(reader.faults)
    life = asset.life_months
    if "lease_end" in given:
        life = _life_within_lease(asset, given["lease_end"], f"{place}.lease_end", rule, reader)
    disposed = reader.month(given["disposed"], f"{place}.disposed") if "disposed" in given else None
    if disposed is not None and disposed < asset.commissioned:
        reader.fault(f"{place}.disposed", "must not be before commissioned")
    land = life is None and "lease_end" not in given
    changes = _read_changes(given.get("changes", []), f"{place}.changes", asset.commissioned, land, reader)
    if len(reader.faults) > before:
        return None
    changed = replace(asset, life_months=life, changes=changes, disposed=disposed)
    try:
        stretches(changed, rule)
    except InvalidInputError as error:
        for key in error.fields:
            reader.fault(
                f"{place}.{key}",
                "must begin in a month that is charged, with a book value of at least the residual and the write-down",
            )
        return None
    return changed


def _life_within_lease(
    asset: Asset, value: object, place: str, rule: StartRule, reader: _Reader
) -> int | None:
    """The useful life of an improvement on others' property: until the month of the lease's end at the longest."""
    end = reader.month(value, place)
    if end is None:
        return None
    left = end.ordinal - rule.first_charged(asset.commissioned).ordinal + 1
    if left < 1:
        reader.fault(place, "must not be before the first charged month")
        return None
    return left if asset.life_months is None else min(asset.life_months, left)


def _read_changes(
    value: object, place: str, earliest: Month, land: bool, reader: _Reader
) -> tuple[AssetChange, ...]:
    if not isinstance(value, list):
        reader.fault(place, "must be a list")
        return ()
    changes: list[AssetChange] = []
    for i, entry in enumerate(value):
        change = _read_change(entry, f"{place}[{i}]", land, reader)
        if change is not None and change.month < earliest:
            reader.fault(
                f"{place}[{i}].from", "must be after commissioning, in order, and once a month at most"
            )
        elif change is not None:
            changes.append(change)
            earliest = change.month.plus(1)
    return tuple(changes)


def _read_change(entry: object, place: str, land: bool, reader: _Reader) -> AssetChange | None:
    before = len(reader.faults)
    given = reader.members(entry, place, {"from"}, {"remaining_months", "residual", "write_down"})
    month = reader.month(given["from"], f"{place}.from") if "from" in given else None
    found: dict[str, int | None] = {"remaining_months": None, "residual": None, "write_down": 0}
    for key in found.keys() & given.keys():
        if key == "remaining_months":
            found[key] = reader.whole(given[key], f"{place}.{key}", 1, MAX_LIFE_MONTHS)
        else:
            found[key] = reader.amount_ore(given[key], f"{place}.{key}")
        if key != "write_down" and land and found[key]:
            reader.fault(f"{place}.{key}", "does not fit land, which is not depreciated")
    if month is None or len(reader.faults) > before:
        return None
    return AssetChange(month, found["remaining_months"], found["residual"], found["write_down"] or 0)

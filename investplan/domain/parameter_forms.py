"""How each kind of parameter is written as JSON and read back: exactly, and with every fault told at its place.

Rates and kronor are decimal strings ("0.025", "140"), so that no reader turns them into floats on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from investplan.domain.capital_costs import RateTable
from investplan.domain.demography import PriceTag
from investplan.domain.proposals import Stage
from investplan.domain.rents import PoolTenant, RentItem
from investplan.errors import Note
from investplan.units import AmountError, Ore, ore_from_kronor


class FaultError(Exception):
    """A value that does not fit, and where inside the field."""

    def __init__(self, note: Note, place: str = "") -> None:
        self.note, self.place = note, place
        super().__init__(str(note))


@dataclass(frozen=True)
class Form:
    """How one field is written and read; `read` adds to the faults by raising `FaultError` or through the dict."""

    write: Callable[[Any], Any]
    read: Callable[[Any, str, dict[str, Note]], Any]


def read_field(form: Form, value: object, place: str, faults: dict[str, Note]) -> Any:
    """The value, or None with the fault put at its place."""
    try:
        return form.read(value, place, faults)
    except FaultError as fault:
        faults[place] = fault.note
        return None


def read_object(
    data: object, place: str, keys: set[str] | None, faults: dict[str, Note]
) -> Mapping[str, Any]:
    """`data` as an object; with `keys` given, it shall have exactly those."""
    if not isinstance(data, Mapping):
        faults[place or "parameters"] = Note("Här ska det stå ett objekt med namngivna värden.")
        return {}
    prefix = f"{place}." if place else ""
    if keys is None:
        return data
    for key in data:
        if key not in keys:
            faults[f"{prefix}{key}"] = Note("Det finns ingen parameter med det här namnet.")
    for key in sorted(keys):
        if key not in data:
            faults[f"{prefix}{key}"] = Note("Värdet saknas.")
    return data


_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)


def decimal_text(number: Fraction) -> str:
    """The number as a decimal string, exactly.

    Raises:
        ValueError: a number such as 1/3, which no decimal string holds.

    >>> decimal_text(Fraction(1, 40))
    '0.025'
    """
    for decimals in range(40):
        scaled, rest = divmod(abs(number.numerator) * 10**decimals, number.denominator)
        if rest == 0:
            digits = str(scaled).rjust(decimals + 1, "0")
            whole, after = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
            return ("-" if number < 0 else "") + whole + ("." + after if after else "")
    raise ValueError(f"{number} has no finite decimal form")


def _read_decimal(value: object, low: int, high: int) -> Fraction:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise FaultError(
            Note("Skriv talet som en text med decimalpunkt, till exempel 0.025 inom citattecken.")
        )
    number = Fraction(value)
    if not low <= number <= high:
        raise FaultError(Note("Talet ska ligga mellan %(low)s och %(high)s.", {"low": low, "high": high}))
    return number


def decimal_form(low: int, high: int) -> Form:
    """A decimal string from `low` to `high`."""
    return Form(decimal_text, lambda value, _place, _faults: _read_decimal(value, low, high))


def _read_whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise FaultError(Note("Skriv ett heltal mellan %(low)s och %(high)s.", {"low": low, "high": high}))
    return value


def whole_form(low: int, high: int) -> Form:
    """A whole number from `low` to `high`."""
    return Form(int, lambda value, _place, _faults: _read_whole(value, low, high))


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise FaultError(Note("Skriv true eller false."))
    return value


FLAG = Form(bool, lambda value, _place, _faults: _read_flag(value))

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice_form(choices: type[_Choice]) -> Form:
    """One of the words of an enum."""

    def read(value: object, _place: str, _faults: dict[str, Note]) -> _Choice:
        if not isinstance(value, str) or value not in list(choices):
            raise FaultError(Note("Välj ett av: %(choices)s.", {"choices": ", ".join(choices)}))
        return choices(value)

    return Form(str, read)


def _read_kronor(value: object) -> Ore:
    exact = _read_decimal(value, 0, 10**10)
    try:
        return ore_from_kronor(Decimal(decimal_text(exact)))
    except AmountError as error:
        raise FaultError(error.note) from error


def _kronor_text(amount_ore: Ore) -> str:
    return decimal_text(Fraction(amount_ore, 100))


def _read_year(key: str) -> int:
    if not re.fullmatch(r"[0-9]{4}", key, re.ASCII):
        raise FaultError(Note("Årtalet ska ha fyra siffror."))
    return int(key)


def _read_by_key(
    values: Mapping[str, Any],
    place: str,
    faults: dict[str, Note],
    read_key: Callable[[str], Any],
    read_value: Callable[[Any], Any],
) -> dict[Any, Any]:
    """A mapping with every key and value read; faults are put at `place.key`."""
    read: dict[Any, Any] = {}
    for key, value in values.items():
        try:
            read[read_key(str(key))] = read_value(value)
        except FaultError as fault:
            faults[f"{place}.{key}"] = fault.note
    return read


def _write_rates(table: RateTable) -> dict[str, str]:
    by_year = {str(year): decimal_text(rate) for year, rate in sorted(table.by_year.items())}
    return {"default": decimal_text(table.default)} | by_year


def _read_rates(value: object, place: str, faults: dict[str, Note]) -> RateTable:
    given = dict(read_object(value, place, None, faults))
    if isinstance(value, Mapping) and "default" not in given:
        faults[f"{place}.default"] = Note("Värdet saknas.")
    rates = _read_by_key(
        given,
        place,
        faults,
        lambda key: key if key == "default" else _read_year(key),
        lambda rate: _read_decimal(rate, 0, 1),
    )
    return RateTable(rates.pop("default", Fraction(0)), rates)


def _read_word(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 80:
        raise FaultError(Note("Skriv en text med högst 80 tecken."))
    return value


def _read_text(value: object) -> str:
    """Like a word, but may be empty."""
    return "" if value == "" else _read_word(value)


def _read_age(value: object) -> int:
    return _read_whole(value, 0, 130)


def _read_age_or_none(value: object) -> int | None:
    return None if value is None else _read_age(value)


def _objects_form(
    readers: Mapping[str, Callable[[Any], Any]],
    write: Callable[[Any], dict[str, Any]],
    make: Callable[..., Any],
    unique: str,
) -> Form:
    """A list of objects with exactly the keys of `readers`; `make` takes their values in that order.

    Args:
        unique: The key whose value may come only once.
    """

    def read_one(entry: object, place: str, faults: dict[str, Note]) -> dict[str, Any] | None:
        before = len(faults)
        given = read_object(entry, place, set(readers), faults)
        found: dict[str, Any] = {}
        for key, read_value in readers.items():
            if key in given:
                found |= _read_by_key({key: given[key]}, place, faults, str, read_value)
        return found if len(faults) == before else None

    def read(value: object, place: str, faults: dict[str, Note]) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise FaultError(Note("Här ska det stå en lista."))
        made: dict[Any, Any] = {}
        for i, entry in enumerate(value):
            found = read_one(entry, f"{place}[{i}]", faults)
            if found is None:
                continue
            if found[unique] in made:
                faults[f"{place}[{i}].{unique}"] = Note("Två poster har samma nyckel.")
            made[found[unique]] = make(*(found[key] for key in readers))
        return tuple(made.values())

    return Form(lambda items: [write(item) for item in items], read)


def _words(value: object, place: str, faults: dict[str, Note]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise FaultError(Note("Här ska det stå en lista."))
    words = _read_by_key({str(i): word for i, word in enumerate(value)}, place, faults, str, _read_word)
    return tuple(dict.fromkeys(words.values()))


def _read_stage(key: str) -> str:
    if key not in list(Stage):
        raise FaultError(Note("Det finns inget utredningsskede med det här namnet."))
    return key


def _read_stages(value: object, place: str, faults: dict[str, Note]) -> Mapping[str, int]:
    given = read_object(value, place, None, faults)
    return _read_by_key(given, place, faults, _read_stage, lambda years: _read_whole(years, 0, 20))


def _read_kronor_by_year(value: object, place: str, faults: dict[str, Note]) -> Mapping[int, Ore]:
    return _read_by_key(read_object(value, place, None, faults), place, faults, _read_year, _read_kronor)


def _write_rates_by_year(rates: Mapping[int, Fraction]) -> dict[str, str]:
    return {str(year): decimal_text(rate) for year, rate in sorted(rates.items())}


def _read_rates_by_year(value: object, place: str, faults: dict[str, Note]) -> Mapping[int, Fraction]:
    given = read_object(value, place, None, faults)
    return _read_by_key(given, place, faults, _read_year, lambda rate: _read_decimal(rate, -1, 1))


def _write_tag(tag: PriceTag) -> dict[str, Any]:
    return {
        "key": tag.key,
        "label": tag.label,
        "age_from": tag.age_from,
        "age_to": tag.age_to,
        "kr": _kronor_text(tag.ore_per_inhabitant),
        "committee": tag.committee,
        "share": decimal_text(tag.share),
    }


RATES = Form(_write_rates, _read_rates)
"""A default rate and rates by year."""
RATES_BY_YEAR = Form(_write_rates_by_year, _read_rates_by_year)
"""Rates only for the years that have one; a fall is negative."""
KRONOR = Form(_kronor_text, lambda value, _place, _faults: _read_kronor(value))
TEXT = Form(str, lambda value, _place, _faults: _read_text(value))
WORDS = Form(list, _words)
"""Words without repetition, in the order given."""
RENT_ITEMS = _objects_form(
    {"key": _read_word, "label": _read_word, "kr_per_m2": _read_kronor, "external": _read_flag},
    lambda item: {
        "key": item.key,
        "label": item.label,
        "kr_per_m2": _kronor_text(item.ore_per_m2),
        "external": item.external,
    },
    RentItem,
    "key",
)
POOL_TENANTS = _objects_form(
    {"committee": _read_word, "area_m2": lambda value: _read_whole(value, 1, 10**8), "kr": _read_kronor},
    lambda one: {"committee": one.committee, "area_m2": one.area_m2, "kr": _kronor_text(one.cost_ore)},
    PoolTenant,
    "committee",
)
PRICE_TAGS = _objects_form(
    {
        "key": _read_word,
        "label": _read_word,
        "age_from": _read_age,
        "age_to": _read_age_or_none,
        "kr": _read_kronor,
        "committee": _read_word,
        "share": lambda value: _read_decimal(value, 0, 1),
    },
    _write_tag,
    PriceTag,
    "key",
)
STAGES = Form(lambda years: {str(stage): count for stage, count in years.items()}, _read_stages)
"""Whole years by investigation stage."""
KRONOR_BY_YEAR = Form(
    lambda by_year: {str(year): _kronor_text(amount) for year, amount in sorted(by_year.items())},
    _read_kronor_by_year,
)

"""Strict JSON: exact numbers, no duplicate keys, and every fault named with its place, all at once.

A `Reader` walks parsed JSON and writes down what does not fit; the caller raises once at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

LARGEST_ITEM_ORE = 10**12
LARGEST_LIMIT_ORE = 10**14
LARGEST_VALUE = 10**12
MOST_BYTES = 256 * 2**20
MOST_FAULTS = 200


@dataclass(frozen=True)
class Fault:
    """What is wrong and where: `place` like ``proposals[3].alternatives[0].starts`` ("" = the file as a whole)."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place or 'file'}: {self.message}"


class CaseError(Exception):
    """The file does not fit its format; `faults` names every fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def parse_json(data: bytes) -> Any:
    """Parsed JSON with whole numbers as int and others as Decimal.

    Raises `CaseError` for anything but UTF-8 JSON with finite numbers and no key twice.
    """
    if len(data) > MOST_BYTES:
        raise CaseError((Fault("", f"larger than {MOST_BYTES // 2**20} MB"),))
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise CaseError((Fault("", f"not UTF-8 (byte {error.start})"),)) from None
    except RecursionError:
        raise CaseError((Fault("", "nested too deeply"),)) from None
    except ValueError as error:
        raise CaseError((Fault("", f"not JSON: {error}"),)) from None


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > 60 or abs(number.adjusted()) > 40:
        raise ValueError(f"the number {text[:20]}… is out of range")
    return number


def _integer(text: str) -> int:
    if len(text) > 40:
        raise ValueError(f"the number {text[:20]}… is out of range")
    return int(text)


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


class Reader:
    """Collects faults while values are taken out of parsed JSON; every `take` returns something usable."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, place: str, message: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(place, message))

    def finish(self) -> None:
        """Raises `CaseError` if anything did not fit."""
        if self.faults:
            raise CaseError(tuple(self.faults))

    def mapping(self, value: Any, place: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.fault(place, f"must be an object, not {_noun(value)}")
        return {}

    def items(self, value: Any, place: str, least: int = 0) -> Iterator[tuple[Any, str]]:
        """The items of a list with their places."""
        if not isinstance(value, list):
            self.fault(place, f"must be a list, not {_noun(value)}")
            return
        if len(value) < least:
            self.fault(place, f"must have at least {least} item" + "s" * (least > 1))
        for index, item in enumerate(value):
            yield item, f"{place}[{index}]"

    def keys(
        self, found: Mapping[str, Any], place: str, allowed: set[str], required: tuple[str, ...] = ()
    ) -> None:
        for key in found.keys() - allowed:
            self.fault(join(place, key), "unknown key")
        for key in required:
            if key not in found:
                self.fault(join(place, key), "is missing")

    def text(self, value: Any, place: str, *, empty: bool = True) -> str:
        if not isinstance(value, str):
            self.fault(place, f"must be text, not {_noun(value)}")
            return ""
        if not value and not empty:
            self.fault(place, "must not be empty")
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            self.fault(place, "has characters that cannot be written")
        return str(value)

    def boolean(self, value: Any, place: str) -> bool:
        if not isinstance(value, bool):
            self.fault(place, f"must be true or false, not {_noun(value)}")
        return value is True

    def integer(self, value: Any, place: str, least: int, most: int) -> int:
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(place, f"must be a whole number, not {_noun(value)}")
        elif not least <= value <= most:
            self.fault(place, f"must be between {least} and {most}")
        else:
            return value
        return least

    def number(
        self, value: Any, place: str, most: int, *, least: int | None = None, decimals: int = 20
    ) -> Fraction:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            self.fault(place, f"must be a number, not {_noun(value)}")
            return Fraction(0)
        exact = Fraction(value)
        low = -most if least is None else least
        if not low <= exact <= most:
            self.fault(place, f"must be between {low} and {most}")
        elif (exact * 10**decimals).denominator != 1:
            self.fault(place, f"has more than {decimals} decimals")
        else:
            return exact
        return Fraction(0)

    def ore(self, value: Any, place: str, largest_ore: int = LARGEST_ITEM_ORE) -> int:
        """Kronor with at most two decimals, as whole öre."""
        if isinstance(value, (int, Decimal)) and abs(Fraction(value) * 100) > largest_ore:
            self.fault(place, f"is larger than {largest_ore // 100} kronor")
            return 0
        return int(self.number(value, place, largest_ore, decimals=2) * 100)


def join(place: str, key: str) -> str:
    """The place of a key inside an object.

    >>> join("proposals[3]", "starts")
    'proposals[3].starts'
    """
    return f"{place}.{key}" if place else key


def json_number(hundredths: int | Fraction) -> int | float:
    """Öre as kronor (or hundredths as units): an int where whole, else the nearest float."""
    exact = Fraction(hundredths) / 100
    return plain_number(exact)


def plain_number(exact: int | Fraction) -> int | float:
    """An int where whole, else the nearest float."""
    exact = Fraction(exact)
    return exact.numerator if exact.denominator == 1 else float(exact)


def canonical_bytes(value: Any) -> bytes:
    """UTF-8 JSON that is the same for the same value: two spaces in, keys in the order given, a newline at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _noun(value: Any) -> str:
    if value is None:
        return "null"
    names = {
        bool: "true/false",
        int: "a number",
        Decimal: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)

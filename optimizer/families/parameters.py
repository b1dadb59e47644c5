"""Reading a family's parameters: plain JSON values in, exact numbers out, one error code per fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from optimizer.families.members import FamilyError

Parameters = Mapping[str, Any]
LONGEST_NUMBER = 30


def whole(given: Parameters, name: str, default: int, least: int, most: int) -> int:
    """A whole number; codes ``not whole`` and ``outside least–most``."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FamilyError(name, "not whole")
    if not least <= value <= most:
        raise FamilyError(name, f"outside {least}–{most}")
    return value


def exact(given: Parameters, name: str, default: str, least: str, most: str) -> Fraction:
    """A number as decimal text; codes ``not a number`` and ``outside least–most``."""
    number = _number(name, given.get(name, default))
    if not Fraction(least) <= number <= Fraction(most):
        raise FamilyError(name, f"outside {least}–{most}")
    return number


def exact_list(given: Parameters, name: str) -> tuple[Fraction, ...]:
    """Numbers as decimal text, >= 0, in rising order, each once."""
    listed = _listed(given, name)
    found = sorted({_number(name, value) for value in listed})
    if found and found[0] < 0:
        raise FamilyError(name, "below 0")
    return tuple(found)


def texts(given: Parameters, name: str) -> tuple[str, ...]:
    """Texts, each once; code ``twice`` otherwise."""
    listed = _listed(given, name)
    if any(not isinstance(value, str) for value in listed):
        raise FamilyError(name, "not text")
    if len(set(listed)) < len(listed):
        raise FamilyError(name, "twice")
    return tuple(listed)


def one_of(given: Parameters, name: str, allowed: Sequence[str]) -> str:
    """One of the words, the first by default."""
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise FamilyError(name, "not one of " + ", ".join(allowed))
    return str(value)


def refuse_unknown(given: Parameters, known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise FamilyError(name, "unknown")


def _listed(given: Parameters, name: str) -> Sequence[Any]:
    listed = given.get(name, ())
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise FamilyError(name, "not a list")
    return listed


def _number(name: str, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > LONGEST_NUMBER:
        raise FamilyError(name, "not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise FamilyError(name, "not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_NUMBER:
        raise FamilyError(name, "not a number")
    return Fraction(number)


def decimal_text(number: Fraction, decimals: int = 6) -> str:
    """Decimal text, rounded to at most so many decimals.

    >>> decimal_text(Fraction(1, 8)), decimal_text(Fraction(2, 3), 2), decimal_text(Fraction(100))
    ('0.125', '0.67', '100')
    """
    text = f"{Decimal(round(number * 10**decimals)).scaleb(-decimals):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"

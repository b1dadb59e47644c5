"""Units that names carry: öre, years, months; amounts in Swedish text and in files.

Money is whole öre (`int`) everywhere; kronor appear in files and forms, tkr and mnkr on screen.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from investplan.errors import Note

Ore = int
Unit = Literal["kr", "tkr", "mnkr"]

MAX_AMOUNT_ORE: Ore = 10**12
"""Largest single amount that is taken in: ten billion kronor. Far above any municipal item, far below 2^63."""

ORE_PER: dict[str, int] = {"kr": 100, "tkr": 100_000, "mnkr": 100_000_000}

NBSP = "\u00a0"
MINUS = "\u2212"

_GROUP = "[ \u00a0\u202f]"
_AMOUNT = re.compile(rf"([-\u2212+]?)((?:[0-9]{{1,3}}(?:{_GROUP}[0-9]{{3}})+)|[0-9]+)(?:,([0-9]+))?")


class AmountError(ValueError):
    """A text that is not an amount; `note` says what is wrong in the user's words."""

    def __init__(self, note: Note) -> None:
        self.note = note
        super().__init__(str(note))


class Month(NamedTuple):
    """A calendar month.

    >>> Month(2027, 11).plus(3)
    Month(year=2028, month=2)
    """

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @property
    def ordinal(self) -> int:
        """Months since year 0, so that differences are plain subtraction."""
        return self.year * 12 + self.month - 1

    def plus(self, months: int) -> Month:
        year, month = divmod(self.ordinal + months, 12)
        return Month(year, month + 1)


def parse_amount(text: str, unit: Unit = "kr") -> Ore:
    """Whole öre from a Swedish amount: groups of three by space or NBSP, decimal comma.

    Raises:
        AmountError: anything else, among it `1.500` (ambiguous), `1_000`, NaN, other digits than 0-9,
            more decimals than the unit has öre, and amounts above `MAX_AMOUNT_ORE`.

    >>> parse_amount("1 234,5")
    123450
    >>> parse_amount("−2,5", "mnkr")
    -250000000
    """
    stripped = text.strip(" \t\r\n\u00a0\u202f")
    if not stripped:
        raise AmountError(Note("Skriv ett belopp. Är det noll, skriv 0."))
    if "." in stripped:
        raise AmountError(
            Note(
                "”%(text)s” har en punkt. Skriv decimaler med komma och tusental med mellanslag.",
                {"text": text},
            )
        )
    match = _AMOUNT.fullmatch(stripped)
    if match is None:
        raise AmountError(
            Note("”%(text)s” är inte ett belopp. Skriv siffror som 1 234,50.", {"text": text[:40]})
        )
    sign, whole, decimals = match.groups()
    digits = re.sub(_GROUP, "", whole)
    if len(digits) > 15 or len(decimals or "") > 15:
        raise AmountError(_too_large())
    exact = Fraction(int(digits)) + (Fraction(int(decimals), 10 ** len(decimals)) if decimals else 0)
    return _checked_ore(-exact if sign in ("-", MINUS) and sign else exact, unit)


def ore_from_kronor(number: int | Decimal) -> Ore:
    """Whole öre from a JSON number of kronor (`int` or `Decimal`, never float).

    >>> ore_from_kronor(Decimal("33333.33"))
    3333333
    """
    if isinstance(number, Decimal) and not number.is_finite():
        raise AmountError(Note("Beloppet är inte ett tal."))
    return _checked_ore(Fraction(number), "kr")


def kronor_from_ore(amount_ore: Ore) -> int | float:
    """The JSON number of kronor with at most two decimals; `json` prints it exactly up to 10^15 öre.

    >>> kronor_from_ore(3333333), kronor_from_ore(500)
    (33333.33, 5)
    """
    whole, rest = divmod(amount_ore, 100)
    return whole if rest == 0 else float(Decimal(amount_ore) / 100)


def _checked_ore(amount: Fraction, unit: Unit) -> Ore:
    ore = amount * ORE_PER[unit]
    if ore.denominator != 1:
        raise AmountError(Note("Beloppet är finare än ett öre."))
    if abs(ore) > MAX_AMOUNT_ORE:
        raise AmountError(_too_large())
    return int(ore)


def _too_large() -> Note:
    return Note("Beloppet är för stort. Högst 10 miljarder kronor (10 000 mnkr) tas emot.")


def round_half_up(amount: Fraction) -> int:
    """Nearest whole number, halves away from zero: the one rounding rule of the house.

    >>> round_half_up(Fraction(5, 2)), round_half_up(Fraction(-5, 2))
    (3, -3)
    """
    return round_ratio(amount.numerator, amount.denominator)


def round_ratio(numerator: int, denominator: int) -> int:
    """The same as `round_half_up(Fraction(numerator, denominator))` for a positive denominator, several times faster.

    >>> round_ratio(5, 2), round_ratio(-5, 2)
    (3, -3)
    """
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def format_amount(amount_ore: Ore, unit: Unit = "kr", decimals: int = 0, *, signed: bool = False) -> str:
    """The amount as Swedes read it, without unit: NBSP groups, decimal comma, a real minus sign.

    >>> format_amount(123456789_00, "tkr", 1).replace(NBSP, " ")
    '123 456,8'
    >>> format_amount(-50, "kr", 2)
    '−0,50'
    """
    quantum = Decimal(1).scaleb(-decimals)
    value = (Decimal(abs(amount_ore)) / ORE_PER[unit]).quantize(quantum, rounding=ROUND_HALF_UP)
    whole, _, fraction = f"{value:f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", NBSP)
    zero = value == 0
    sign = MINUS if amount_ore < 0 and not zero else ("+" if signed and not zero else "")
    return sign + grouped + ("," + fraction if decimals else "")


def round_to_total(amounts_ore: list[Ore], step_ore: int) -> list[int]:
    """Amounts in whole steps (say tkr) by largest remainder, so that they add up to the rounded total.

    >>> round_to_total([33_334, 33_333, 33_333], 1000)
    [34, 33, 33]
    """
    floors = [amount // step_ore for amount in amounts_ore]
    missing = round_half_up(Fraction(sum(amounts_ore), step_ore)) - sum(floors)
    by_remainder = sorted(range(len(amounts_ore)), key=lambda i: (-(amounts_ore[i] % step_ore), i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return floors

"""The kinds of value a parameter may be, each to the text of an input and back to the set's JSON.

`read` notes what does not fit by the name of the input, and then gives something harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from investplan.domain.labels import N_
from investplan.domain.parameters import decimal_text
from investplan.errors import Note
from investplan.units import MINUS, parse_amount
from web.formatting import input_amount
from web.proposals.typed import Reader

Organisations = Mapping[str, str]
"""Names by code: the committees and companies that a value may name."""

_PERCENT = re.compile(
    r"([-\u2212]?)((?:[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+)|[0-9]{1,9})(?:,([0-9]{1,10}))?"
)
YES, NO = "y", "n"
MONTHS = (
    N_("januari"), N_("februari"), N_("mars"), N_("april"), N_("maj"), N_("juni"),
    N_("juli"), N_("augusti"), N_("september"), N_("oktober"), N_("november"), N_("december"),
)  # fmt: skip


class Cell(Protocol):
    """One input. `draw` names the control: `figure`, `text`, `choice`, `yesno` or `organisation`."""

    draw: ClassVar[str]

    def text(self, value: Any) -> str:
        """The value as it stands in the input."""

    def read(self, reader: Reader, name: str, organisations: Organisations) -> Any:
        """The typed text as the set's JSON."""


def percent_text(share: Fraction) -> str:
    """A share in per cent, exactly, as it stands in an input.

    >>> percent_text(Fraction("0.02125")), percent_text(Fraction("-0.01"))
    ('2,125', '−1')
    """
    return decimal_text(share * 100).replace(".", ",").replace("-", MINUS)


def parse_percent(text: str) -> Fraction | None:
    """A share from per cent as Swedes write it; None where it is not a figure.

    >>> parse_percent("2,75 %"), parse_percent("2.75")
    (Fraction(11, 400), None)
    """
    match = _PERCENT.fullmatch(text.strip(" \u00a0\u202f").removesuffix("%").rstrip(" \u00a0\u202f"))
    if match is None:
        return None
    sign, whole, decimals = match.groups()
    exact = Fraction(re.sub("[^0-9]", "", whole) + "." + (decimals or "0"))
    return (-exact if sign else exact) / 100


@dataclass(frozen=True)
class Percent:
    """A share as JSON, per cent in the input, from `low` to `high` per cent; `blank` stands for nothing typed."""

    draw: ClassVar[str] = "figure"
    low: int = 0
    high: int = 100
    blank: str | None = None

    def text(self, value: Any) -> str:
        return percent_text(Fraction(value))

    def read(self, reader: Reader, name: str, organisations: Organisations) -> str:
        share = parse_percent(reader.raw(name) or self.blank or "")
        if share is None or not self.low <= share * 100 <= self.high:
            limits = {"low": str(self.low).replace("-", MINUS), "high": str(self.high)}
            reader.refuse(
                name, Note("Skriv %(low)s–%(high)s procent med decimalkomma, till exempel 2,75.", limits)
            )
            return "0"
        return decimal_text(share)


@dataclass(frozen=True)
class Kronor:
    """An amount in kronor, not negative."""

    draw: ClassVar[str] = "figure"

    def text(self, value: Any) -> str:
        return input_amount(parse_amount(str(value).replace(".", ",")))

    def read(self, reader: Reader, name: str, organisations: Organisations) -> str:
        return decimal_text(Fraction(reader.positive_amount(name, "kr"), 100))


@dataclass(frozen=True)
class Whole:
    """A whole number; `optional`: nothing typed is None."""

    low: int
    high: int
    optional: bool = False
    draw: ClassVar[str] = "figure"

    def text(self, value: Any) -> str:
        return "" if value is None else str(value)

    def read(self, reader: Reader, name: str, organisations: Organisations) -> int | None:
        if self.optional:
            return reader.optional_whole(name, self.low, self.high)
        return reader.whole(name, self.low, self.high)


@dataclass(frozen=True)
class Year:
    """A year as the key of a table: text in JSON."""

    draw: ClassVar[str] = "figure"

    def text(self, value: Any) -> str:
        return str(value)

    def read(self, reader: Reader, name: str, organisations: Organisations) -> str:
        text = reader.raw(name)
        if not re.fullmatch("[12][0-9]{3}", text, re.ASCII):
            reader.refuse(name, Note("Skriv årtalet med fyra siffror."))
            return ""
        return text


@dataclass(frozen=True)
class FreeText:
    """A text of at most 80 characters; `missing` is said where it is empty but must not be."""

    missing: Note | None = None
    draw: ClassVar[str] = "text"

    def text(self, value: Any) -> str:
        return str(value)

    def read(self, reader: Reader, name: str, organisations: Organisations) -> str:
        return reader.text(name, 80, self.missing)


@dataclass(frozen=True)
class OneOf:
    """One of a few codes; `labels` are Swedish message ids."""

    labels: Mapping[str, str] = field(hash=False)
    draw: ClassVar[str] = "choice"

    def text(self, value: Any) -> str:
        return str(value)

    def read(self, reader: Reader, name: str, organisations: Organisations) -> str:
        return reader.one_of(name, list(self.labels))


@dataclass(frozen=True)
class Month:
    """A month, 1-12."""

    draw: ClassVar[str] = "choice"
    labels: ClassVar[Mapping[str, str]] = {str(number): name for number, name in enumerate(MONTHS, 1)}

    def text(self, value: Any) -> str:
        return str(value)

    def read(self, reader: Reader, name: str, organisations: Organisations) -> int:
        return int(reader.one_of(name, list(self.labels)) or 1)


@dataclass(frozen=True)
class YesNo:
    """Yes or no."""

    draw: ClassVar[str] = "yesno"

    def text(self, value: Any) -> str:
        return YES if value else NO

    def read(self, reader: Reader, name: str, organisations: Organisations) -> bool:
        return reader.one_of(name, [YES, NO]) == YES


@dataclass(frozen=True)
class Organisation:
    """The code of a committee or company; `optional` may be none."""

    optional: bool = False
    draw: ClassVar[str] = "organisation"

    def text(self, value: Any) -> str:
        return str(value)

    def read(self, reader: Reader, name: str, organisations: Organisations) -> str:
        if self.optional and not reader.raw(name):
            return ""
        return reader.one_of(name, organisations)

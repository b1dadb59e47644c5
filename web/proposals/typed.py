"""What stands in a form, as text: the same shape whether it comes from a stored proposal or from what somebody typed.

Fields of rows are named `<group>-<index>-<field>`; the rows keep their order and are numbered anew from 0, as the page
draws them. A field that may hold several values (checkboxes) is a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from investplan.errors import Note
from investplan.units import AmountError, Ore, Unit, parse_amount

ROW_FIELD = re.compile(r"([a-z]+)-([0-9]{1,4})-([a-z0-9_]+)", re.ASCII)
ROW = re.compile(r"([a-z]+)-([0-9]{1,4})", re.ASCII)
PERCENT = re.compile(r"([0-9]{1,3})(?:,([0-9]))?[ \u00a0\u202f]?%?", re.ASCII)
WHOLE = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]{1,9}", re.ASCII)
SEVERAL = frozenset({"starts"})
Choice = TypeVar("Choice", bound=StrEnum)
Stated = TypeVar("Stated")
Row = dict[str, Any]
Faults = dict[str, Note]
NOT_STATED, ZERO, THESE = "not_stated", "zero", "these"


@dataclass
class Typed:
    """Text by field, and rows of text by group."""

    fields: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> Typed:
        """What was sent, without the buttons and the token."""
        typed = cls()
        numbered: dict[str, dict[int, Row]] = {}
        for name in form:
            match = ROW_FIELD.fullmatch(name)
            value: Any = [_clean(one) for one in form.getlist(name)]
            if match is None:
                typed.fields[name] = value if name in SEVERAL else value[0]
                continue
            group, index, member = match.groups()
            row = numbered.setdefault(group, {}).setdefault(int(index), {})
            row[member] = value if member in SEVERAL else value[0]
        for group, rows in numbered.items():
            typed.rows[group] = [rows[index] | {"_index": index} for index in sorted(rows)]
        return typed

    def of_group(self, group: str) -> list[Row]:
        return self.rows.get(group, [])

    def without_blank(self, group: str, *texts: str) -> list[Row]:
        """The group's rows in which any of the text fields holds something; the blank ones are dropped for good."""
        self.rows[group] = [
            row for row in self.of_group(group) if any(str(row.get(name, "")).strip() for name in texts)
        ]
        return self.rows[group]

    def is_rearranging(self) -> bool:
        """Whether a row is to be added or removed: the buttons of a page without JavaScript."""
        return "add_row" in self.fields or "remove_row" in self.fields

    def rearrange(self) -> None:
        """Add or remove the row that the button names."""
        group = str(self.fields.get("add_row", ""))
        if re.fullmatch(r"[a-z]+", group, re.ASCII):
            self.rows.setdefault(group, []).append({})
        match = ROW.fullmatch(str(self.fields.get("remove_row", "")))
        if match is not None:
            gone = int(match[2])
            self.rows[match[1]] = [row for row in self.of_group(match[1]) if row.get("_index") != gone]


def _clean(text: str) -> str:
    # No database column takes a NUL, and a text has one kind of line end.
    return text.replace("\x00", "").replace("\r\n", "\n")


class Reader:
    """Reads typed text field by field and gathers one note per field that does not fit.

    Args:
        values: Text by field name.
        faults: Where the notes go, under `prefix` + field name: the id of the input on the page.
    """

    def __init__(self, values: Mapping[str, Any], faults: dict[str, Note], prefix: str = "") -> None:
        self.values, self.faults, self.prefix = values, faults, prefix

    def refuse(self, name: str, note: Note) -> None:
        self.faults.setdefault(self.prefix + name, note)

    def raw(self, name: str) -> str:
        return str(self.values.get(name) or "").strip()

    def text(self, name: str, most: int, missing: Note | None = None) -> str:
        """The text; empty, with `missing` noted where one is wanted."""
        text = self.raw(name)
        if not text and missing is not None:
            self.refuse(name, missing)
        if len(text) > most:
            self.refuse(name, Note("Texten får vara högst %(most)d tecken.", {"most": most}))
        return text

    def optional_whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number, or None where nothing is typed."""
        return self.whole(name, low, high) if self.raw(name) else None

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number in the digits 0-9; `low`, and a note, where something else is typed."""
        text = self.raw(name)
        negative = text[:1] in ("-", "\u2212") and low < 0
        if WHOLE.fullmatch(text[1:] if negative else text):
            number = int(re.sub("[^0-9]", "", text)) * (-1 if negative else 1)
            if low <= number <= high:
                return number
        limits = {"low": str(low).replace("-", "\u2212"), "high": str(high)}
        self.refuse(name, Note("Skriv ett heltal från %(low)s till %(high)s.", limits))
        return low

    def amount(self, name: str, unit: Unit = "tkr", *, blank: Ore | None = None) -> Ore:
        """An amount in öre; `blank` stands for nothing typed where that is allowed."""
        if blank is not None and not self.raw(name):
            return blank
        try:
            return parse_amount(self.raw(name), unit)
        except AmountError as error:
            self.refuse(name, error.note)
            return 0

    def positive_amount(self, name: str, unit: Unit = "tkr", *, blank: Ore | None = None) -> Ore:
        """An amount that is zero or more."""
        amount_ore = self.amount(name, unit, blank=blank)
        if amount_ore < 0:
            self.refuse(name, Note("Skriv beloppet utan minustecken."))
        return abs(amount_ore)

    def share(self, name: str) -> Fraction:
        """A share 0-1 typed in per cent with at most one decimal: `80`, `87,5`, `100 %`."""
        match = PERCENT.fullmatch(self.raw(name))
        share = Fraction(int(match[1] + (match[2] or "0")), 1000) if match else None
        if share is None or share > 1:
            self.refuse(name, Note("Skriv andelen i procent, 0–100, med högst en decimal."))
            return Fraction(0)
        return share

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """One of the codes; the first of them, and a note, where it is another."""
        text = self.raw(name)
        if text in list(choices):
            return choices(text)
        self.refuse(name, Note("Välj ett av alternativen."))
        return next(iter(choices))

    def one_of(self, name: str, codes: Mapping[str, str] | list[str]) -> str:
        """One of the given codes, or empty and a note."""
        text = self.raw(name)
        if text in codes:
            return text
        self.refuse(name, Note("Välj ett av alternativen."))
        return ""

    def as_stated(self, name: str, rows: list[Stated]) -> tuple[Stated, ...] | None:
        """None, an explicit zero, or the rows; what was chosen and what was typed must agree."""
        answer = self.one_of(name, [NOT_STATED, ZERO, THESE]) if self.raw(name) else NOT_STATED
        if answer == THESE and not rows:
            self.refuse(
                name, Note("Du har valt att ange rader men ingen är ifylld. Fyll i dem, eller välj noll.")
            )
        if answer in (NOT_STATED, ZERO) and rows:
            self.refuse(name, Note("Det finns ifyllda rader. Välj att de gäller, eller ta bort dem."))
        return None if answer == NOT_STATED else tuple(rows)

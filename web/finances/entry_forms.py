"""The forms of the finance pages as typed: parsed with one note per field; what was typed is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from investplan.domain.finances import GROUPS, Item, Stated
from investplan.domain.indicators import DEFINITIONS, Indicator, Scale
from investplan.domain.parameter_descriptions import Confidence
from investplan.domain.targets import Operator, Target
from investplan.errors import Note
from investplan.services.financial_room import Rooms
from investplan.units import NBSP, AmountError, Ore, parse_amount
from web.formatting import input_amount

ITEMS = tuple(item for _, items in GROUPS for item in items)


@dataclass
class TypedForm:
    """Typed values and faults by field name."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Note] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, "")


# Figures of a year


def figures_form(figures: Mapping[Item, Stated]) -> TypedForm:
    """The form of what is stored."""
    form = TypedForm()
    for item, stated in figures.items():
        form.values[item.value] = figure_text(item, stated.amount)
        form.values[f"{item.value}-source"] = stated.source
    return form


def figure_text(item: Item, amount: int) -> str:
    """A figure as it stands in an input: mnkr, or persons."""
    if item is Item.POPULATION:
        return f"{amount:,}".replace(",", NBSP)
    return input_amount(amount, "mnkr")


def figures_from(form: TypedForm) -> dict[Item, Stated] | None:
    """What the form states; an empty field is not stated. None with `form.errors` filled when some of it does not fit.

    A source for the whole year counts for the figures that have none of their own.
    """
    figures: dict[Item, Stated] = {}
    common = form.value("source-all").strip()
    for item in ITEMS:
        text = form.value(item.value).strip()
        if not text:
            continue
        amount = _persons(text) if item is Item.POPULATION else amount_of(text)
        if isinstance(amount, Note):
            form.errors[item.value] = amount
        else:
            figures[item] = Stated(amount, form.value(f"{item.value}-source").strip() or common)
    return None if form.errors else figures


def amount_of(text: str) -> Ore | Note:
    """Öre from mnkr as typed, or what is wrong with it."""
    try:
        return parse_amount(text, "mnkr")
    except AmountError as error:
        return error.note


def _persons(text: str) -> int | Note:
    digits = "".join(text.split())
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        return Note("Skriv antalet invånare med siffror, till exempel 72 000.")
    return int(digits)


def merge_figures(
    mine: Mapping[Item, Stated], theirs: Mapping[Item, Stated], keep: Mapping[str, str]
) -> dict[Item, Stated]:
    """My version with the stored one wherever `keep` says `theirs`."""
    merged = dict(mine)
    for item in ITEMS:
        if keep.get(item.value) == "theirs":
            merged.pop(item, None)
            if item in theirs:
                merged[item] = theirs[item]
    return merged


# Targets


def target_form(target: Target | None) -> TypedForm:
    """The form of a target, or an empty one."""
    if target is None:
        return TypedForm(
            {"operator": "at_least", "average_years": "1", "confidence": "high", "is_limit": "y"}
        )
    is_kronor = DEFINITIONS[target.indicator].scale is Scale.KRONOR
    hundredths = target.value if is_kronor else target.value * 10_000
    decimals = input_amount(int(hundredths)) if hundredths.denominator == 1 else _fine(target.value * 100)
    return TypedForm(
        {
            "name": target.name,
            "indicator": target.indicator.value,
            "operator": target.operator.value,
            "value": decimals,
            "average_years": str(target.average_years),
            "first_year": "" if target.first_year is None else str(target.first_year),
            "last_year": "" if target.last_year is None else str(target.last_year),
            "decided_by": target.decided_by,
            "is_limit": "y" if target.is_limit else "",
            "confidence": target.confidence.value,
        }
    )


def _fine(percent: Fraction) -> str:
    """Per cent with up to four decimals."""
    whole, rest = divmod(abs(int(percent * 10_000)), 10_000)
    return ("−" if percent < 0 else "") + f"{whole},{rest:04d}".rstrip("0").rstrip(",")


def target_from(form: TypedForm) -> Target | None:
    """What the form says; None with `form.errors` filled when some of it does not fit."""
    indicator = _chosen(form, "indicator", Indicator)
    operator = _chosen(form, "operator", Operator)
    confidence = _chosen(form, "confidence", Confidence)
    value = _value(form, indicator)
    average = _whole(form, "average_years") or 1
    first, last = _whole(form, "first_year"), _whole(form, "last_year")
    if form.errors or indicator is None or operator is None or confidence is None or value is None:
        return None
    return Target(
        code="",
        name=form.value("name"),
        indicator=Indicator(indicator),
        operator=Operator(operator),
        value=value,
        average_years=average,
        first_year=first,
        last_year=last,
        decided_by=form.value("decided_by"),
        is_limit=bool(form.value("is_limit")),
        confidence=Confidence(confidence),
    )


def _chosen(form: TypedForm, name: str, kind: Any) -> str | None:
    if form.value(name) in set(kind):
        return form.value(name)
    form.errors[name] = Note("Välj ett av alternativen.")
    return None


def _value(form: TypedForm, indicator: str | None) -> Fraction | None:
    """Per cent as typed, or kronor per inhabitant."""
    try:
        scale = Scale.SHARE if indicator is None else DEFINITIONS[Indicator(indicator)].scale
        if scale is Scale.KRONOR:
            return Fraction(parse_amount(form.value("value")))
        return Fraction(parse_amount(form.value("value"), "tkr"), 100_000 * 100)
    except AmountError:
        form.errors["value"] = Note("Skriv ett tal, till exempel 2 eller 12,5.")
        return None


def _whole(form: TypedForm, name: str) -> int | None:
    text = form.value(name).strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 5:
        return int(text)
    form.errors[name] = Note("Skriv ett heltal.")
    return None


# The committees' room


def rooms_form(rooms: Rooms) -> TypedForm:
    """The form of what is stored."""
    return TypedForm(
        {
            f"{code}.{year}": input_amount(amount, "mnkr")
            for code, by_year in rooms.items()
            for year, amount in by_year.items()
        }
    )


def rooms_from(form: TypedForm, committees: Iterable[tuple[str, str]], years: Sequence[int]) -> Rooms | None:
    """What the form says; None with `form.errors` filled when some of it does not fit.

    Args:
        committees: Code and name of each.
    """
    rooms: dict[str, dict[int, Ore]] = {}
    for code, committee in committees:
        for year in years:
            name = f"{code}.{year}"
            text = form.value(name).strip()
            if not text:
                continue
            amount = amount_of(text)
            if isinstance(amount, Note):
                facts = {"place": f"{committee} {year}", "what": amount}
                form.errors[name] = Note("%(place)s: %(what)s", facts)
            else:
                rooms.setdefault(code, {})[year] = amount
    return None if form.errors else rooms


def merge_target(mine: Target, theirs: Target, keep: Mapping[str, str]) -> Target:
    """My version with the stored one wherever `keep` says `theirs`."""
    names = (
        "name", "indicator", "operator", "value", "average_years", "first_year", "last_year", "decided_by",
        "is_limit", "confidence",
    )  # fmt: skip
    return replace(mine, **{name: getattr(theirs, name) for name in names if keep.get(name) == "theirs"})

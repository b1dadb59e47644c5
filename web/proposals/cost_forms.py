"""The steps Utgifter, and Bidrag, drift och utrangering: to the text of a form and back, for one alternative."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from investplan.domain.component_templates import TEMPLATES, ComponentTemplate
from investplan.domain.proposals import (
    Alternative,
    Component,
    Disposal,
    Grant,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    Recognition,
)
from investplan.errors import Note
from web.formatting import input_amount
from web.proposals.forms import MAX_OFFSET_YEARS, Faults
from web.proposals.typed import Reader, Row, Typed

Stated = TypeVar("Stated")
NOT_STATED, ZERO, THESE = "not_stated", "zero", "these"
LIFE = re.compile(r"[0-9]{1,3}(?:,[0-9]{1,3})?", re.ASCII)
DEPRECIATED, LAND = "depreciated", "land"


def typed_outlays(alternative: Alternative) -> Typed:
    return Typed(
        {},
        {
            "outlays": [
                {"offset": str(one.year_offset), "amount": input_amount(one.amount_ore, "tkr")}
                for one in alternative.outlays
            ],
            "components": [_typed_component(one) for one in alternative.components],
        },
    )


def _typed_component(component: Component) -> Row:
    return {
        "name": component.name,
        "part": component.part.value,
        "amount": input_amount(component.amount_ore, "tkr"),
        "kind": LAND if component.life_months is None else DEPRECIATED,
        "life": "" if component.life_months is None else _years_text(component.life_months),
        "residual": input_amount(component.residual_ore, "tkr") if component.residual_ore else "",
    }


def _years_text(months: int) -> str:
    """Months as years: 480 → `40`, 18 → `1,5`, 4 → `0,333` (which reads back as 4)."""
    years, rest = divmod(months, 12)
    return str(years) if rest == 0 else f"{years}," + f"{round(rest * 1000 / 12):03d}".rstrip("0")


def template_row(template: ComponentTemplate, name: str) -> Row:
    """A row for a component from a template; `name` is its name in the writer's language."""
    return {
        "name": name,
        "part": template.part.value,
        "kind": LAND if template.life_years is None else DEPRECIATED,
        "life": "" if template.life_years is None else str(template.life_years),
    }


def chosen_template(typed: Typed) -> ComponentTemplate | None:
    """The template picked in the list above the components."""
    text = str(typed.fields.get("template", ""))
    known = re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) and int(text) < len(TEMPLATES)
    return TEMPLATES[int(text)] if known else None


def read_outlays(typed: Typed, alternative: Alternative) -> tuple[Alternative, Faults]:
    faults: Faults = {}
    outlays = []
    for position, row in enumerate(typed.without_blank("outlays", "amount")):
        read = Reader(row, faults, f"outlays-{position}-")
        outlays.append(Outlay(read.whole("offset", 0, MAX_OFFSET_YEARS), read.amount("amount")))
    components = [
        _read_component(Reader(row, faults, f"components-{position}-"))
        for position, row in enumerate(
            typed.without_blank("components", "name", "amount", "life", "residual")
        )
    ]
    return replace(alternative, outlays=tuple(outlays), components=tuple(components)), faults


def _read_component(read: Reader) -> Component:
    return Component(
        name=read.text("name", 120, Note("Ge komponenten ett namn.")),
        amount_ore=read.positive_amount("amount"),
        life_months=None if read.one_of("kind", [DEPRECIATED, LAND]) == LAND else _read_life(read),
        part=read.choice("part", Part),
        residual_ore=read.positive_amount("residual", blank=0),
    )


def _read_life(read: Reader) -> int | None:
    """Whole months from years with a decimal comma: `40`, `12,5`."""
    text = read.raw("life")
    if not LIFE.fullmatch(text):
        read.refuse("life", Note("Skriv nyttjandeperioden i år, till exempel 40 eller 12,5."))
        return 1
    whole, _, decimals = text.partition(",")
    thousandths = int(whole) * 1000 + int((decimals + "000")[:3])
    months = (thousandths * 12 + 500) // 1000
    if not 1 <= months <= 1800:
        read.refuse("life", Note("Nyttjandeperioden måste vara 1–150 år."))
        return 1
    return months


def typed_consequences(alternative: Alternative) -> Typed:
    operating = alternative.operating or ()
    return Typed(
        {
            "grants_stated": _stated(alternative.grants),
            "operating_stated": _stated(alternative.operating),
            "disposals_stated": _stated(alternative.disposals),
        },
        {
            "grants": [_typed_grant(one) for one in alternative.grants or ()],
            "operating": [_typed_operating(one) for one in operating if not one.ended],
            "ended": [_typed_operating(one) for one in operating if one.ended],
            "disposals": [_typed_disposal(one) for one in alternative.disposals or ()],
        },
    )


def _stated(rows: tuple[object, ...] | None) -> str:
    return NOT_STATED if rows is None else (THESE if rows else ZERO)


def _typed_grant(grant: Grant) -> Row:
    return {
        "name": grant.name,
        "offset": str(grant.year_offset),
        "amount": input_amount(grant.amount_ore, "tkr"),
        "recognition": grant.recognition.value,
        "interest": "y" if grant.lowers_interest_base else "n",
    }


def _typed_operating(row: OperatingConsequence) -> Row:
    return {
        "committee": row.committee,
        "kind": row.kind.value,
        # What ends is typed as the cost it was; it is kept as what it does to the level.
        "amount": input_amount(-row.annual_ore if row.ended else row.annual_ore, "tkr"),
        "begins": str(row.starts_after_months),
        "lasts": "" if row.lasts_months is None else str(row.lasts_months),
        "internal": "y" if row.internal else "n",
        "note": row.note,
    }


def _typed_disposal(disposal: Disposal) -> Row:
    return {
        "name": disposal.name,
        "committee": disposal.committee,
        "book_value": input_amount(disposal.remaining_book_value_ore, "tkr"),
        "months": str(disposal.remaining_months),
    }


def read_consequences(
    typed: Typed, alternative: Alternative, organisations: Mapping[str, str]
) -> tuple[Alternative, Faults]:
    faults: Faults = {}

    def rows(group: str, texts: tuple[str, ...], read_row: Callable[[Reader], Stated]) -> list[Stated]:
        return [
            read_row(Reader(row, faults, f"{group}-{position}-"))
            for position, row in enumerate(typed.without_blank(group, *texts))
        ]

    grants = rows("grants", ("name", "amount"), _read_grant)
    texts = ("amount", "note", "lasts")
    operating = rows("operating", texts, lambda read: _read_operating(read, organisations, ended=False))
    operating += rows("ended", texts, lambda read: _read_operating(read, organisations, ended=True))
    disposals = rows(
        "disposals", ("name", "book_value", "months"), lambda read: _read_disposal(read, organisations)
    )
    top = Reader(typed.fields, faults)
    changed = replace(
        alternative,
        grants=_as_stated(top, "grants_stated", grants),
        operating=_as_stated(top, "operating_stated", operating),
        disposals=_as_stated(top, "disposals_stated", disposals),
    )
    return changed, faults


def _as_stated(read: Reader, name: str, rows: list[Stated]) -> tuple[Stated, ...] | None:
    """None, an explicit zero, or the rows; what was chosen and what was typed must agree."""
    answer = read.one_of(name, [NOT_STATED, ZERO, THESE])
    if answer == THESE and not rows:
        read.refuse(
            name, Note("Du har valt att ange rader men ingen är ifylld. Fyll i dem, eller välj noll.")
        )
    if answer in (NOT_STATED, ZERO) and rows:
        read.refuse(name, Note("Det finns ifyllda rader. Välj att de gäller, eller ta bort dem."))
    return None if answer == NOT_STATED else tuple(rows)


def _read_grant(read: Reader) -> Grant:
    return Grant(
        name=read.text("name", 120, Note("Skriv vem bidraget kommer från.")),
        year_offset=read.whole("offset", 0, MAX_OFFSET_YEARS),
        amount_ore=read.positive_amount("amount"),
        recognition=read.choice("recognition", Recognition),
        lowers_interest_base=read.one_of("interest", ["y", "n"]) == "y",
    )


def _read_operating(read: Reader, organisations: Mapping[str, str], *, ended: bool) -> OperatingConsequence:
    annual_ore = read.amount("amount")
    return OperatingConsequence(
        committee=read.one_of("committee", organisations),
        kind=read.choice("kind", OperatingKind),
        annual_ore=-annual_ore if ended else annual_ore,
        starts_after_months=read.whole("begins", -360, 360) if read.raw("begins") else 0,
        lasts_months=read.optional_whole("lasts", 1, 1200),
        internal=read.one_of("internal", ["y", "n"]) == "y",
        ended=ended,
        note=read.text("note", 200),
    )


def _read_disposal(read: Reader, organisations: Mapping[str, str]) -> Disposal:
    return Disposal(
        name=read.text("name", 120, Note("Skriv vad som utrangeras.")),
        committee=read.one_of("committee", organisations),
        remaining_book_value_ore=read.positive_amount("book_value"),
        remaining_months=read.whole("months", 0, 1800),
    )

"""A template as the text of a form, and back."""

from __future__ import annotations

from investplan.domain.object_templates import (
    Basis,
    ObjectTemplate,
    TemplateCost,
    TemplatePart,
    code_of,
    permille_text,
)
from investplan.domain.premise_uses import PremiseUse
from investplan.domain.proposals import OperatingKind, Part
from investplan.errors import Note
from web.formatting import input_amount
from web.proposals.lives import DEPRECIATED, LAND, read_life, years_text
from web.proposals.typed import Faults, Reader, Typed


def typed(template: ObjectTemplate) -> Typed:
    return Typed(
        {
            "name": template.name,
            "basis": template.basis.value,
            "ore_per_unit": input_amount(template.ore_per_unit, "kr"),
            "price_level_year": str(template.price_level_year),
            "source": template.source,
            "use": template.use.value if template.use else "",
        },
        {
            "parts": [
                {
                    "name": one.name,
                    "share": permille_text(one.share_permille),
                    "kind": LAND if one.life_months is None else DEPRECIATED,
                    "life": "" if one.life_months is None else years_text(one.life_months),
                    "part": one.part.value,
                }
                for one in template.parts
            ],
            "costs": [
                {
                    "kind": one.kind.value,
                    "amount": input_amount(one.ore_per_unit, "kr"),
                    "basis": one.basis.value,
                }
                for one in template.costs
            ],
        },
    )


def read(sent: Typed, code: str) -> tuple[ObjectTemplate, Faults]:
    """The template that was typed; `code` is empty for a new object type, whose code follows from its name."""
    faults: Faults = {}
    top = Reader(sent.fields, faults)
    name = top.text("name", 80, Note("Ge objekttypen ett namn."))
    parts = [
        _read_part(Reader(row, faults, f"parts-{place}-"))
        for place, row in enumerate(sent.without_blank("parts", "name", "share", "life"))
    ]
    costs = [
        _read_cost(Reader(row, faults, f"costs-{place}-"))
        for place, row in enumerate(sent.without_blank("costs", "amount"))
    ]
    use = top.one_of("use", ["", *PremiseUse])
    made = ObjectTemplate(
        code=code or code_of(name),
        name=name,
        basis=top.choice("basis", Basis),
        ore_per_unit=top.positive_amount("ore_per_unit", "kr"),
        price_level_year=top.whole("price_level_year", 2000, 2200),
        parts=tuple(parts),
        costs=tuple(costs),
        source=top.text("source", 200),
        use=PremiseUse(use) if use else None,
    )
    return made, faults


def _read_part(read: Reader) -> TemplatePart:
    is_land = read.one_of("kind", [DEPRECIATED, LAND]) == LAND
    return TemplatePart(
        name=read.text("name", 120, Note("Ge komponenten ett namn.")),
        share_permille=int(read.share("share") * 1000),
        life_months=None if is_land else read_life(read),
        part=read.choice("part", Part),
    )


def _read_cost(read: Reader) -> TemplateCost:
    return TemplateCost(
        kind=read.choice("kind", OperatingKind),
        ore_per_unit=read.amount("amount", "kr"),
        basis=read.choice("basis", Basis),
    )

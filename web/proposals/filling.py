"""What can be filled in for the writer, without saving: from a template, and from what was pasted out of a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from investplan.domain.object_templates import (
    Basis,
    ObjectTemplate,
    Sizes,
    proposed,
    proposed_running,
)
from investplan.domain.parameters import Parameters
from investplan.domain.pasted_years import PastedYears, read_pasted_years
from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.errors import Note
from investplan.units import Unit
from web.formatting import input_amount
from web.proposals import cost_forms, statement_forms
from web.proposals.typed import THESE, Faults, Reader, Row, Typed
from web.texts import label

SIZE_FIELD = {Basis.M2: "gained_m2", Basis.PLACE: "places", Basis.METRE: "length_m"}
UNITS: tuple[Unit, ...] = ("tkr", "kr", "mnkr")


def fill_outlays(
    typed: Typed, alternative: Alternative, templates: Mapping[str, ObjectTemplate], parameters: Parameters
) -> Faults:
    """Outlay and components from the chosen object type and the typed size take the place of the rows."""
    faults: Faults = {}
    read = Reader(typed.fields, faults)
    template = templates.get(read.raw("object_type"))
    if template is None:
        read.refuse("object_type", Note("Välj en objekttyp som har en mall."))
        return faults
    size = Sizes.of(statement_forms.read_size(read, alternative)).per(template.basis)
    if not size and not faults:
        read.refuse(
            SIZE_FIELD[template.basis],
            Note("Ange storleken: mallen räknar per %(basis)s.", {"basis": label(template.basis)}),
        )
    if faults or not size:
        return faults
    growth = parameters.construction_index.growth(template.price_level_year, alternative.price_level_year)
    years = alternative.commissioned_after_months // 12 + 1
    found = proposed(template, size, years=years, growth=growth)
    typed.rows["outlays"] = [cost_forms.typed_outlay(one) for one in found.outlays]
    typed.rows["components"] = [cost_forms.typed_component(one) for one in found.components]
    typed.fields["from_template"] = template.title
    return faults


def fill_running(
    typed: Typed, facts: ProposalFacts, alternative: Alternative, template: ObjectTemplate | None
) -> Faults:
    """Yearly running from the proposal's template; rows from the same template are taken away first."""
    if template is None:
        return {"operating_stated": Note("Välj en objekttyp som har en mall, i steget Utgifter.")}
    note = _("från mallen %(title)s", title=template.title)
    rows = proposed_running(template, Sizes.of(alternative), facts.committee, note)
    if not rows:
        return {"operating_stated": Note("Mallen behöver storleken. Ange den i steget Utgifter.")}
    own = [row for row in typed.without_blank("operating", "amount", "note") if row.get("note") != note]
    typed.rows["operating"] = own + [cost_forms.typed_operating(row) for row in rows]
    typed.fields["operating_stated"] = THESE
    return {}


def read_pasted(text: str, unit: str, alternative: Alternative, budget_year: int) -> PastedYears:
    """What was pasted, counted from the earliest stated start."""
    chosen: Unit = next((one for one in UNITS if one == unit), UNITS[0])
    return read_pasted_years(text, min(alternative.starts, default=budget_year), chosen)


def fill_pasted(typed: Typed, alternative: Alternative, budget_year: int) -> tuple[Faults, list[Note]]:
    """The pasted years take the place of the same years among the rows; nothing if anything is wrong.

    Returns:
        The faults by input, and every note of what was wrong.
    """
    text = str(typed.fields.get("pasted", ""))
    found = read_pasted(text, str(typed.fields.get("pasted_unit", "")), alternative, budget_year)
    if found.faults:
        return {"pasted": found.faults[0]}, list(found.faults)
    kept = {str(row.get("offset")): row for row in typed.without_blank("outlays", "amount")}
    kept |= {row["offset"]: row for row in pasted_rows(found)}
    typed.rows["outlays"] = sorted(kept.values(), key=_by_offset)
    typed.fields["pasted"] = ""
    return {}, []


def _by_offset(row: Row) -> int:
    text = str(row.get("offset"))
    return int(text) if text.isascii() and text.isdigit() else 0


def pasted_rows(found: PastedYears) -> list[dict[str, Any]]:
    """Rows of the outlay grid, amounts in tkr as they are typed."""
    return [
        {"offset": str(offset), "amount": input_amount(amount, "tkr")}
        for offset, amount in found.amounts_ore.items()
    ]

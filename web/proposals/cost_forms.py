"""The steps Utgifter, and Bidrag, drift och utrangering: to the text of a form and back, for one alternative."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from investplan.domain.component_templates import TEMPLATES, ComponentTemplate
from investplan.domain.investigations import MAX_AREA_M2, MAX_COMMISSIONED_MONTHS, MAX_LIFE_MONTHS
from investplan.domain.proposals import (
    Alternative,
    Component,
    Disposal,
    Grant,
    Lease,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    Recognition,
)
from investplan.errors import Note
from web.formatting import input_amount
from web.proposals import statement_forms
from web.proposals.forms import MAX_OFFSET_YEARS
from web.proposals.lives import DEPRECIATED, LAND, read_life, years_text
from web.proposals.typed import NOT_STATED, THESE, ZERO, Faults, Reader, Row, Stated, Typed


def typed_outlays(alternative: Alternative) -> Typed:
    return Typed(
        {**statement_forms.typed_size(alternative), **statement_forms.typed_certainty(alternative)},
        {
            "outlays": [typed_outlay(one) for one in alternative.outlays],
            "components": [typed_component(one) for one in alternative.components],
        },
    )


def typed_outlay(outlay: Outlay) -> Row:
    return {"offset": str(outlay.year_offset), "amount": input_amount(outlay.amount_ore, "tkr")}


def typed_component(component: Component) -> Row:
    return {
        "name": component.name,
        "part": component.part.value,
        "amount": input_amount(component.amount_ore, "tkr"),
        "kind": LAND if component.life_months is None else DEPRECIATED,
        "life": "" if component.life_months is None else years_text(component.life_months),
        "residual": input_amount(component.residual_ore, "tkr") if component.residual_ore else "",
        **_typed_own_month(component.commissioned_after_months),
        "lease": "" if component.lease_months is None else str(component.lease_months),
    }


def _typed_own_month(months: int | None) -> Row:
    """Year after the start and month of commissioning; both empty where the part goes with the whole."""
    if months is None:
        return {"opens_year": "", "opens_month": ""}
    return {"opens_year": str(months // 12), "opens_month": str(months % 12 + 1)}


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
            typed.without_blank("components", "name", "amount", "life", "residual", "lease")
        )
    ]
    top = Reader(typed.fields, faults)
    described = statement_forms.read_certainty(top, statement_forms.read_size(top, alternative))
    return replace(described, outlays=tuple(outlays), components=tuple(components)), faults


def _read_component(read: Reader) -> Component:
    is_land = read.one_of("kind", [DEPRECIATED, LAND]) == LAND
    lease_months = read.optional_whole("lease", 1, MAX_LIFE_MONTHS)
    if is_land and lease_months is not None:
        read.refuse("lease", Note("Mark skrivs inte av och har därför ingen hyrestid."))
    return Component(
        name=read.text("name", 120, Note("Ge komponenten ett namn.")),
        amount_ore=read.positive_amount("amount"),
        life_months=None if is_land else read_life(read),
        part=read.choice("part", Part),
        residual_ore=read.positive_amount("residual", blank=0),
        commissioned_after_months=_read_own_month(read),
        lease_months=lease_months,
    )


def _read_own_month(read: Reader) -> int | None:
    """Months from January of the start year; None where neither year nor month is chosen."""
    year, month = read.raw("opens_year"), read.raw("opens_month")
    if not year and not month:
        return None
    if not year:
        read.refuse("opens_year", Note("Välj också vilket år komponenten tas i bruk."))
    if not month:
        read.refuse("opens_month", Note("Välj också vilken månad komponenten tas i bruk."))
    if not year or not month:
        return None
    months = 12 * read.whole("opens_year", 0, MAX_OFFSET_YEARS) + read.whole("opens_month", 1, 12) - 1
    if months > MAX_COMMISSIONED_MONTHS:
        read.refuse("opens_month", Note("En komponent måste tas i bruk inom 30 år från startårets början."))
        return None
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
            "operating": [typed_operating(one) for one in operating if not one.ended],
            "ended": [typed_operating(one) for one in operating if one.ended],
            "disposals": [_typed_disposal(one) for one in alternative.disposals or ()],
            "leases": [_typed_lease(one) for one in alternative.leases],
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


def typed_operating(row: OperatingConsequence) -> Row:
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


def _typed_lease(lease: Lease) -> Row:
    return {
        "name": lease.name,
        "tenant": lease.tenant,
        "ended": "y" if lease.ended else "n",
        "area_m2": str(lease.area_m2),
        "ore_per_m2": input_amount(lease.ore_per_m2, "kr"),
        "index_share": _percent_text(lease.index_share),
        "starts_after_months": str(lease.starts_after_months),
        "lasts_months": "" if lease.lasts_months is None else str(lease.lasts_months),
        "notice_months": str(lease.notice_months) if lease.notice_months else "",
        "restoration_ore": input_amount(lease.restoration_ore, "tkr") if lease.restoration_ore else "",
    }


def _percent_text(share: Fraction) -> str:
    """A share of whole per mille as per cent: 1 → `100`, 7/8 → `87,5`."""
    whole, decimal = divmod(int(share * 1000), 10)
    return f"{whole},{decimal}" if decimal else str(whole)


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
    leases = rows(
        "leases", ("name", "area_m2", "ore_per_m2", "restoration_ore"),
        lambda read: _read_lease(read, organisations),
    )  # fmt: skip
    top = Reader(typed.fields, faults)
    changed = replace(
        alternative,
        grants=top.as_stated("grants_stated", grants),
        operating=top.as_stated("operating_stated", operating),
        disposals=top.as_stated("disposals_stated", disposals),
        leases=tuple(leases),
    )
    return changed, faults


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


def _read_lease(read: Reader, organisations: Mapping[str, str]) -> Lease:
    return Lease(
        name=read.text("name", 120, Note("Skriv vilken lokal det är.")),
        tenant=read.one_of("tenant", organisations),
        area_m2=read.whole("area_m2", 0, MAX_AREA_M2),
        ore_per_m2=read.positive_amount("ore_per_m2", "kr"),
        index_share=read.share("index_share"),
        starts_after_months=read.whole("starts_after_months", -360, 360)
        if read.raw("starts_after_months")
        else 0,
        lasts_months=read.optional_whole("lasts_months", 1, 1200),
        ended=read.one_of("ended", ["n", "y"]) == "y",
        notice_months=read.optional_whole("notice_months", 0, 360) or 0,
        restoration_ore=read.positive_amount("restoration_ore", blank=0),
    )

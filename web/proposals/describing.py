"""What a proposal says, member by member, as text in the reader's language: for review, conflicts and history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from investplan.domain.proposals import (
    Alternative,
    Component,
    Disposal,
    Grant,
    Lease,
    OperatingConsequence,
    Outlay,
    ProposalFacts,
)
from investplan.units import NBSP, Month
from web import formatting
from web.proposals import describing_statements as statements
from web.texts import label

Names = Mapping[str, str]
MOST_TYPED = 80
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
FIRST_CORNER = re.compile(rf"(?P<kind>[A-Za-z]+)\s*\(+\s*(?P<e>{_NUMBER})\s+(?P<n>{_NUMBER})\s*[,)]")
ONLY_WHERE_STATED = frozenset(
    {
        "object_type", "unit", "contact_role", "contact_name", "target_group", "trigger", "without_action", "need_year",
        "steering", "impacts", "places", "gained_m2", "length_m", "accuracy_percent", "reserve_percent",
        "excludes_vat", "property_designation", "plan_status", "rejected", "rejected_reason", "template",
        "from_replies",
    }
)  # fmt: skip
"""Members that a simple proposal says nothing of."""


@dataclass(frozen=True)
class Member:
    """One member of a proposal or alternative: its name in the code, its label, and its value as text."""

    name: str
    label: str
    text: str


def labels() -> dict[str, str]:
    """Member → label; members of alternatives are told as `alternatives.<member>`."""
    return {
        "title": _("Rubrik"),
        "case_number": _("Diarienummer"),
        "committee": _("Nämnd eller bolag"),
        "category": _("Kategori"),
        "purpose": _("Behov och syfte"),
        "stage": _("Utredningsskede"),
        "district": _("Område"),
        "required": _("Måste genomföras"),
        "place_note": _("Plats i ord"),
        "source_ref": _("Källa"),
        "status": _("Status"),
        "scores": _("Poäng"),
        "alternatives": _("Alternativ"),
        "alternatives.title": _("Alternativets benämning"),
        "alternatives.kind": _("Slag"),
        "alternatives.starts": _("Möjliga startår"),
        "alternatives.commissioned_after_months": _("Tas i bruk"),
        "alternatives.landlord": _("Hyrs av"),
        "alternatives.area_m2": _("Yta"),
        "alternatives.benefit_percent": _("Andel av nyttan"),
        "alternatives.price_level_year": _("Prisnivå"),
        "alternatives.outlays": _("Utgift per år"),
        "alternatives.components": _("Komponenter"),
        "alternatives.grants": _("Bidrag"),
        "alternatives.operating": _("Driftkostnader"),
        "alternatives.from_replies": _("Kostnader ur remissvar"),
        "alternatives.disposals": _("Utrangering"),
        "alternatives.leases": _("Hyresavtal"),
        "alternatives.place_wkt": _("Plats på kartan"),
        **statements.labels_of_proposal(),
        **statements.labels_of_alternative(),
    }


def of_proposal(facts: ProposalFacts, names: Names) -> list[Member]:
    """The members of the whole, without its alternatives. `names`: organisations by code, districts by `district:` + code, object types by `object:` + code."""
    texts = {
        "title": facts.title,
        "case_number": facts.case_number,
        "committee": names.get(facts.committee, facts.committee),
        "category": label(facts.category),
        "stage": label(facts.stage),
        "purpose": facts.purpose,
        "district": names.get(f"district:{facts.district}", facts.district or ""),
        "required": _("Ja") if facts.required else _("Nej"),
        "place_note": facts.place_note,
        **statements.texts_of_proposal(facts, names),
    }
    told = labels()
    return [Member(name, told[name], text) for name, text in texts.items()]


def of_alternative(alternative: Alternative, names: Names) -> list[Member]:
    """The members of one alternative, each list in one text."""
    texts = {
        "title": alternative.title,
        "kind": label(alternative.kind),
        "starts": formatting.years(alternative.starts) if alternative.starts else "",
        "commissioned_after_months": commissioned(alternative),
        "landlord": names.get(alternative.landlord or "", alternative.landlord or ""),
        "area_m2": "" if alternative.area_m2 is None else f"{_number(alternative.area_m2)} m²",
        "benefit_percent": f"{alternative.benefit_percent} %",
        "price_level_year": str(alternative.price_level_year),
        "outlays": _listed(alternative.outlays, outlay),
        "components": _listed(alternative.components, component),
        "grants": _stated(alternative.grants, grant),
        "operating": _stated(alternative.operating, lambda row: operating(row, names)),
        "from_replies": _listed(alternative.from_replies, lambda row: operating(row, names)),
        "disposals": _stated(alternative.disposals, lambda row: disposal(row, names)),
        "leases": _listed(alternative.leases, lambda row: lease(row, names)),
        "place_wkt": place(alternative.place_wkt),
        **statements.texts_of_alternative(alternative),
    }
    told = labels()
    return [Member(name, told[f"alternatives.{name}"], text) for name, text in texts.items()]


def title_of(alternative: Alternative) -> str:
    """What the alternative is called, or else its kind."""
    return alternative.title or label(alternative.kind)


def commissioned(alternative: Alternative, start: int | None = None) -> str:
    """The month of commissioning: a date where a start is given, else how long after the start year's beginning."""
    if start is not None:
        return formatting.month(Month(start, 1).plus(alternative.commissioned_after_months))
    return month_after(alternative.commissioned_after_months)


def month_after(months_after: int) -> str:
    """A month counted from January of the start year: `augusti år 2`."""
    years, months = divmod(months_after, 12)
    when = _("startåret") if years == 0 else _("år %(number)s", number=years + 1)
    return f"{month_name(months + 1)} {when}"


def month_name(month: int) -> str:
    names = [
        _("januari"), _("februari"), _("mars"), _("april"), _("maj"), _("juni"), _("juli"),
        _("augusti"), _("september"), _("oktober"), _("november"), _("december"),
    ]  # fmt: skip
    return str(names[month - 1])


def outlay(row: Outlay) -> str:
    return f"{year_of(row.year_offset)}: {_tkr(row.amount_ore)}"


def year_of(offset: int) -> str:
    first = offset == 0
    return str(_("År %(number)s (startåret)", number=1) if first else _("År %(number)s", number=offset + 1))


def component(row: Component) -> str:
    life = _("mark, skrivs inte av") if row.life_months is None else life_text(row.life_months)
    parts = [f"{row.name}: {_tkr(row.amount_ore)}", life, label(row.part)]
    if row.residual_ore:
        parts.append(_("restvärde %(amount)s", amount=_tkr(row.residual_ore)))
    if row.commissioned_after_months is not None:
        parts.append(_("tas i bruk för sig i %(month)s", month=month_after(row.commissioned_after_months)))
    if row.lease_months is not None:
        parts.append(
            _("på annans fastighet, %(months)s mån kvar av hyrestiden", months=_number(row.lease_months))
        )
    return ", ".join(parts)


def life_text(months: int) -> str:
    years, rest = divmod(months, 12)
    parts = [_("%(count)s år", count=years)] if years else []
    parts += [_("%(count)s mån", count=rest)] if rest else []
    return " ".join(parts)


def grant(row: Grant) -> str:
    text = f"{row.name}: {_tkr(row.amount_ore)}, {year_of(row.year_offset)}, {label(row.recognition)}"
    lowers = _("minskar ränteunderlaget")
    return f"{text}, {lowers}" if row.lowers_interest_base else text


def operating(row: OperatingConsequence, names: Names) -> str:
    kind = _("%(kind)s som upphör", kind=label(row.kind)) if row.ended else label(row.kind)
    other_part, yearly = _("till en annan del av kommunen"), _("per år")
    to = f", {other_part}" if row.internal else ""
    note = f" ({row.note})" if row.note else ""
    return f"{names.get(row.committee, row.committee)}, {kind}: {_tkr(row.annual_ore, signed=True)} {yearly}, {span(row)}{to}{note}"


def span(row: OperatingConsequence) -> str:
    """From when and for how long, told from the month the asset is taken into use."""
    parts = [_("från ibruktagandet")]
    if row.starts_after_months:
        parts = [_("%(months)s månader efter ibruktagandet", months=_number(row.starts_after_months))]
    if row.lasts_months is not None:
        parts.append(_("i %(months)s månader", months=row.lasts_months))
    return ", ".join(parts)


def disposal(row: Disposal, names: Names) -> str:
    text = _(
        "%(name)s: bokfört värde %(amount)s, %(months)s månader kvar, %(committee)s",
        name=row.name,
        amount=_tkr(row.remaining_book_value_ore),
        months=row.remaining_months,
        committee=names.get(row.committee, row.committee),
    )
    return str(text)


def lease(row: Lease, names: Names) -> str:
    """Everything that the lease says, so that two texts are equal only when the leases are."""
    rent = _("%(area)s m² à %(rent)s", area=_number(row.area_m2), rent=_kr_per_m2(row.ore_per_m2))
    decimals = 0 if (row.index_share * 100).denominator == 1 else 1
    share = formatting.percent(row.index_share, decimals, locale=formatting.current_locale())
    parts = [
        _("sägs upp") if row.ended else _("hyrs"),
        names.get(row.tenant, row.tenant),
        rent,
        _("%(share)s följer konsumentprisindex", share=share),
    ]
    if not row.ended or row.starts_after_months or row.lasts_months is not None:
        parts.append(lease_span(row))
    if row.notice_months:
        parts.append(_("uppsägningstid %(months)s mån", months=_number(row.notice_months)))
    if row.restoration_ore:
        parts.append(_("återställning %(amount)s", amount=_tkr(row.restoration_ore)))
    return f"{row.name}: " + ", ".join(parts)


def lease_span(row: Lease) -> str:
    """From when and for how long, told from the month the asset is taken into use."""
    start = (
        _("%(months)s månader efter ibruktagandet", months=_number(row.starts_after_months))
        if row.starts_after_months
        else _("från ibruktagandet")
    )
    length = (
        _("tills vidare")
        if row.lasts_months is None
        else _("i %(months)s månader", months=_number(row.lasts_months))
    )
    return f"{start}, {length}"


def _kr_per_m2(ore_per_m2: int) -> str:
    locale = formatting.current_locale()
    figure = formatting.localise_figures(formatting.input_amount(ore_per_m2, "kr"), locale)
    return f"{figure}{NBSP}{formatting.unit_name('kr', locale)}/m²"


def place(wkt: str | None) -> str:
    """A point with its coordinates; a line or area by name, with its first corner so that two can be told apart.

    What cannot be read as a place is told as it was typed, cut short: a page that shows two versions shows that one too.
    """
    if not wkt:
        return ""
    kinds = {"POINT": _("Punkt"), "LINESTRING": _("Linje"), "POLYGON": _("Yta")}
    found = FIRST_CORNER.match(wkt)
    if found is None or found["kind"].upper() not in kinds:
        return wkt if len(wkt) <= MOST_TYPED else wkt[:MOST_TYPED] + "…"
    corners = wkt.count(",") + 1
    told = f"{kinds[found['kind'].upper()]}, N {float(found['n']):.0f} E {float(found['e']):.0f}"
    return told if corners == 1 else told + ", " + _("%(corners)s brytpunkter", corners=corners)


def _stated(rows: tuple[Any, ...] | None, tell: Callable[[Any], str]) -> str:
    if rows is None:
        return str(_("Inte uppgivet"))
    return _listed(rows, tell) if rows else str(_("Inga (noll)"))


def _listed(rows: Iterable[Any], tell: Callable[[Any], str]) -> str:
    return "; ".join(tell(row) for row in rows)


def _tkr(amount_ore: int, *, signed: bool = False) -> str:
    # As many decimals as the amount has: two texts are then equal only when the amounts are.
    locale = formatting.current_locale()
    figure = formatting.localise_figures(formatting.input_amount(amount_ore, "tkr"), locale)
    return f"{'+' if signed and amount_ore > 0 else ''}{figure}{NBSP}{formatting.unit_name('tkr', locale)}"


def _number(value: int) -> str:
    return formatting.number(value, locale=formatting.current_locale())

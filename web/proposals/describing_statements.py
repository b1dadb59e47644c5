"""What a proposal says beside the money, as text in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.domain.statements import ImpactCheck, Risk, SteeringLink
from investplan.units import NBSP
from web import formatting
from web.texts import label


def labels_of_proposal() -> dict[str, str]:
    return {
        "object_type": _("Objekttyp"),
        "unit": _("Enhet"),
        "contact_role": _("Kontaktpersonens roll"),
        "contact_name": _("Kontaktperson"),
        "target_group": _("Målgrupp"),
        "trigger": _("Utlösande skäl"),
        "without_action": _("Om inget görs"),
        "need_year": _("Behövs senast"),
        "steering": _("Bidrar till"),
        "risks": _("Risker"),
        "impacts": _("Påverkan"),
    }


def labels_of_alternative() -> dict[str, str]:
    return {
        "alternatives.places": _("Nya platser"),
        "alternatives.gained_m2": _("Ny yta"),
        "alternatives.length_m": _("Längd"),
        "alternatives.accuracy_percent": _("Kalkylens osäkerhet"),
        "alternatives.reserve_percent": _("Reserv"),
        "alternatives.excludes_vat": _("Utan moms"),
        "alternatives.property_designation": _("Fastighetsbeteckning"),
        "alternatives.plan_status": _("Detaljplan"),
        "alternatives.rejected": _("Bortvalt"),
        "alternatives.rejected_reason": _("Varför bortvalt"),
        "alternatives.template": _("Föreslaget från mallen"),
    }


def texts_of_proposal(facts: ProposalFacts, names: Mapping[str, str]) -> dict[str, str]:
    """`names`: object types by `object:` + code."""
    return {
        "object_type": names.get(f"object:{facts.object_type}", facts.object_type or ""),
        "unit": facts.unit,
        "contact_role": facts.contact_role,
        "contact_name": facts.contact_name,
        "target_group": facts.target_group,
        "trigger": label(facts.trigger) if facts.trigger else "",
        "without_action": facts.without_action,
        "need_year": "" if facts.need_year is None else str(facts.need_year),
        "steering": "; ".join(steering(one) for one in facts.steering),
        "risks": _risks(facts.risks),
        "impacts": "; ".join(impact(one) for one in facts.impacts),
    }


def texts_of_alternative(one: Alternative) -> dict[str, str]:
    return {
        "places": _whole(one.places),
        "gained_m2": _whole(one.gained_m2, "m²"),
        "length_m": _whole(one.length_m, "m"),
        "accuracy_percent": "±" + _whole(one.accuracy_percent, "%")
        if one.accuracy_percent is not None
        else "",
        "reserve_percent": _whole(one.reserve_percent, "%"),
        "excludes_vat": _("Ja") if one.excludes_vat else "",
        "property_designation": one.property_designation,
        "plan_status": label(one.plan_status) if one.plan_status else "",
        "rejected": _("Ja") if one.rejected else "",
        "rejected_reason": one.rejected_reason,
        "template": one.template,
    }


def steering(link: SteeringLink) -> str:
    more = f" ({link.reference})" if link.reference else ""
    return f"{label(link.kind)}: {link.text}{more}"


def _risks(risks: tuple[Risk, ...] | None) -> str:
    if risks is None:
        return str(_("Inte uppgivet"))
    return "; ".join(risk(one) for one in risks) if risks else str(_("Inga att nämna"))


def risk(row: Risk) -> str:
    judged = [
        f"{name} {value}"
        for name, value in ((_("sannolikhet"), row.probability), (_("konsekvens"), row.consequence))
        if value is not None
    ]
    parts = [row.text, *judged]
    parts += [_("åtgärd: %(measure)s", measure=row.measure)] if row.measure else []
    parts += [_("ansvarig: %(owner)s", owner=row.owner)] if row.owner else []
    return ", ".join(parts)


def impact(check: ImpactCheck) -> str:
    answer = _("ja") if check.matters else _("nej")
    return ", ".join(part for part in (f"{label(check.impact)}: {answer}", impact_text(check)) if part)


def impact_text(check: ImpactCheck) -> str:
    """Tonnes and words, without the answer itself."""
    parts = [check.text] if check.text else []
    if check.tonnes is not None:
        tonnes = formatting.number(check.tonnes, locale=formatting.current_locale())
        parts.insert(0, str(_("%(tonnes)s ton CO₂e", tonnes=tonnes)))
    return ", ".join(parts)


def _whole(value: int | None, unit: str = "") -> str:
    if value is None:
        return ""
    figure = formatting.number(value, locale=formatting.current_locale())
    return f"{figure}{NBSP}{unit}" if unit else figure

"""The conventions and rates that everything is computed with: value, unit, source and how sure each is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.labels import N_
from investplan.domain.parameters import DESCRIPTIONS, Confidence, ParameterDescription
from investplan.services import rounds
from investplan.units import parse_amount
from web import access, sessions
from web.app import label
from web.formatting import current_locale, kr, number, percent

pages = Blueprint("parameters", __name__, template_folder="templates", url_prefix="/parameters")

CONFIDENCES = {
    Confidence.HIGH: (N_("Säker"), "ok"),
    Confidence.MEDIUM: (N_("Rimlig"), "submitted"),
    Confidence.LOW: (N_("Osäker"), "warning"),
    Confidence.PLACEHOLDER: (N_("Platshållare – ska ersättas"), "fault"),
}
PERCENT_UNITS = {"andel": N_("procent"), "andel per år": N_("procent per år")}
"""Shares are shown in per cent."""
CHOICES = {
    "opening": N_("Ingående bokfört värde"),
    "average": N_("Genomsnittligt bokfört värde"),
    "monthly": N_("Bokfört värde varje månad"),
    "same_month": N_("Månaden för ibruktagandet"),
    "next_month": N_("Månaden efter ibruktagandet"),
    "net": N_("Netto, efter bidrag"),
    "gross": N_("Brutto, före bidrag"),
    "default": N_("övriga år"),
    "per_object_actual": N_("Självkostnad per objekt"),
    "standard_per_m2": N_("Schablon per m²"),
    "pooled": N_("Hyrespool"),
    "level_annuity": N_("Utjämnad hyra (annuitet)"),
}


@pages.get("")
@access.requires("see")
def show() -> ResponseReturnValue:
    """The round's parameter set."""
    planning_round = rounds.latest(sessions.current())
    stored = planning_round.parameter_set if planning_round else None
    rows = (
        [_row(description, stored.values[key]) for key, description in DESCRIPTIONS.items()] if stored else []
    )
    return render_template(
        "parameters/show.html",
        round=planning_round,
        stored=stored,
        rows=rows,
        placeholders=sum(row["code"] == "fault" for row in rows),
    )


def _row(description: ParameterDescription, value: Any) -> dict[str, Any]:
    text, code = CONFIDENCES[description.confidence]
    return {
        "label": _(description.label),
        "values": _values(description, value),
        "unit": _(PERCENT_UNITS.get(description.unit, description.unit)),
        "source": _(description.source),
        "confidence": _(text),
        "code": code,
    }


def _values(description: ParameterDescription, value: Any) -> list[tuple[str, str]]:
    """The value as (name, text); the name is empty where there is only one."""
    if isinstance(value, dict):
        order = sorted(
            value.items(), key=lambda item: (item[0] == "default", item[0] if item[0].isdecimal() else "")
        )
        return [(_named(name), _text(description, one)) for name, one in order]
    if isinstance(value, list):
        return [_listed(description, one) for one in value]
    return [("", _text(description, value))]


def _listed(description: ParameterDescription, one: Any) -> tuple[str, str]:
    """One entry of a list as (name, text): a word, or an object with an amount in kronor."""
    if isinstance(one, str):
        return "", one
    amount = one["kr_per_m2"] if "kr_per_m2" in one else one["kr"]
    text = kr(parse_amount(amount.replace(".", ",")), locale=current_locale())
    if "area_m2" in one:
        text = f"{number(one['area_m2'], locale=current_locale())} m², {text}"
    if "committee" in one and "label" in one:
        text = f"{text}, {one['committee']} {percent(Fraction(one['share']), 2, locale=current_locale())}"
    return one.get("label") or one["committee"], text


def _named(name: str) -> str:
    return str(_(CHOICES[name]) if name in CHOICES else label(name))


def _text(description: ParameterDescription, value: Any) -> str:
    locale = current_locale()
    if isinstance(value, bool):
        return str(_("ja") if value else _("nej"))
    if isinstance(value, int):
        return number(value, locale=locale)
    if value in CHOICES:
        return str(_(CHOICES[value]))
    if description.unit in ("text", "nämndkod"):
        return str(value) or "–"
    if description.unit.startswith("kr"):
        return kr(parse_amount(value.replace(".", ",")), locale=locale)
    return percent(Fraction(value), 2, locale=locale)

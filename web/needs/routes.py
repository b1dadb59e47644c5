"""Need of places against capacity: by area and use, with the premises and the rates behind it."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.needs import CONDITION_LABELS, TENURE_LABELS, USE_LABELS
from investplan.domain.populations import SCENARIO_LABELS
from investplan.domain.premise_uses import PremiseUse
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services import needs, premises
from web import access, sessions

pages = Blueprint("needs", __name__, template_folder="templates", url_prefix="/needs")
SHOWN_FAULTS = 50
RATES = ("participation_permille", "municipal_permille", "fill_permille")
SUGGESTED = {
    PremiseUse.PRESCHOOL: (1, 5), PremiseUse.SCHOOL: (6, 15), PremiseUse.UPPER_SECONDARY: (16, 18),
    PremiseUse.ELDERLY_CARE: (80, None),
}  # fmt: skip
"""Ages that stand in the form before anyone has set a profile; nothing is computed with them."""


def use_label(use: str) -> str:
    """The name of a use in the reader's language."""
    return str(_(USE_LABELS[PremiseUse(use)]))


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Balance by area for one use, and one area over the years with low, base and high."""
    work = sessions.current()
    found = needs.compute(work)
    uses = list(dict.fromkeys(one.use for one in found.rows))
    asked = request.args.get("use", "")
    use = PremiseUse(asked) if asked in uses else (uses[0] if uses else None)
    rows = [one for one in found.rows if one.use is use]
    areas = [one.area for one in rows]
    area = request.args.get("area", "")
    # The whole would hide what the areas lack: the area that first runs out is shown until one is chosen.
    chosen = next((one for one in rows if one.area == area and "area" in request.args), None) or _worst(rows)
    return render_template(
        "needs/index.html",
        found=found,
        use=use,
        uses=[(one.value, use_label(one)) for one in uses],
        use_label=use_label,
        rows=rows,
        chosen=chosen,
        areas=[(one, area_name(one)) for one in areas],
        area_name=area_name,
        chart_rows=_chart_rows(chosen),
        scenario_label=lambda one: str(_(SCENARIO_LABELS[one])),
        premises=[one for one in premises.everything(work) if use is not None and one.use == use.value and
                  (chosen is None or chosen.area in ("", one.area))],
        condition_label=lambda one: str(_(CONDITION_LABELS[one])),
        tenure_label=lambda one: str(_(TENURE_LABELS[one])),
        held=len(premises.everything(work)),
    )  # fmt: skip


def _worst(rows: list[Any]) -> Any:
    """The area that lacks the most; the whole municipality only where there is nothing else."""
    areas = [one for one in rows if one.area] or rows
    return max(areas, key=lambda one: one.base.deepest[1] if one.base.deepest else 0, default=None)


def area_name(area: str) -> str:
    return area or str(_("Hela kommunen"))


def _chart_rows(chosen: Any) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    told = [
        {
            "year": year,
            "series": _("Behov, %(scenario)s", scenario=str(_(SCENARIO_LABELS[scenario])).lower()),
            "value": places,
        }
        for scenario, one in chosen.by_scenario.items()
        for year, places in one.need.items()
        if places is not None
    ]
    return told + [
        {"year": year, "series": _("Platser som finns"), "value": places}
        for year, places in chosen.base.capacity.items()
    ]


@pages.get("/premises")
@access.requires("edit places")
def sources() -> ResponseReturnValue:
    """What the need is computed from: the premises file and the rates of each use."""
    return _sources()


def _sources(**more: Any) -> str:
    work = sessions.current()
    profiles = premises.profiles(work)
    shown = [(use, profiles.get(use), SUGGESTED[use]) for use in SUGGESTED]
    return render_template(
        "needs/sources.html",
        held=premises.everything(work),
        profiles=shown,
        use_label=use_label,
        condition_label=lambda one: str(_(CONDITION_LABELS[one])),
        tenure_label=lambda one: str(_(TENURE_LABELS[one])),
        key=secrets.token_urlsafe(16),
        **{"errors": {}, "faults": (), "fault_count": 0, "typed": {}, "typed_use": "", **more},
    )


@pages.post("/premises")
@access.requires("edit places")
def read_in() -> ResponseReturnValue:
    """Take in a file of premises: all of it, or nothing and what is wrong with it line by line."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _sources(errors={"file": Note("Välj en fil.")}), 422
    try:
        staged = premises.stage(sent.read(), Path(sent.filename).name)
        count = premises.take(sessions.current(), staged, key=request.form.get("key", "")[:60])
    except premises.RefusedPremisesError as error:
        return _sources(
            errors={"file": Note("Filen är inte inläst.")},
            faults=error.faults[:SHOWN_FAULTS],
            fault_count=len(error.faults),
        ), 422
    flash(_("%(count)s lokaler är inlästa.", count=count), "success")
    return redirect(url_for(".index"), 303)


@pages.post("/profiles/<use>")
@access.requires("edit places")
def set_profile(use: str) -> ResponseReturnValue:
    """Say how many places a use needs."""
    if use not in list(PremiseUse):
        raise NotFoundError("use", use[:20])
    typed = {
        name: request.form.get(name, "").strip()[:20] for name in ("age_from", "age_to", *RATES, "version")
    }
    errors: dict[str, Note] = {}
    ages = {name: _whole(typed[name]) for name in ("age_from", "age_to")}
    if typed["age_to"] and ages["age_to"] is None:
        errors["age_to"] = Note("Skriv en ålder mellan 0 och 120.")
    rates = {name: _permille(typed[name]) for name in RATES}
    try:
        if not errors:
            premises.set_profile(
                sessions.current(), PremiseUse(use),
                age_from=-1 if ages["age_from"] is None else ages["age_from"], age_to=ages["age_to"],
                participation_permille=rates["participation_permille"], municipal_permille=rates["municipal_permille"],
                fill_permille=rates["fill_permille"], seen_version=_whole(typed["version"]) or 0,
            )  # fmt: skip
    except InvalidInputError as error:
        errors = error.fields
    except ConflictError:
        flash(
            _("Någon annan har ändrat hur behovet räknas. Läs sidan en gång till och försök igen."), "warning"
        )
        return redirect(url_for(".sources"), 303)
    if errors:
        return _sources(errors=errors, typed=typed, typed_use=use), 422
    flash(_("Behovet räknas med de nya andelarna."), "success")
    return redirect(url_for(".index", use=use), 303)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else None


def _permille(text: str) -> int:
    """Per cent with at most one decimal as per mille; −1 where it is none."""
    match = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]))?", text.replace("%", "").strip(), re.ASCII)
    return int(match[1]) * 10 + int(match[2] or 0) if match else -1

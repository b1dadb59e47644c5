"""Population forecasts: which there are, one by age class and year, and a file read in."""

from __future__ import annotations

import secrets
from fractions import Fraction
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.populations import SCENARIO_LABELS, PopulationScenario
from investplan.errors import InvalidInputError, NotFoundError
from investplan.services import populations
from web import access, sessions
from web.populations import charts

pages = Blueprint("populations", __name__, template_folder="templates", url_prefix="/populations")
SHOWN_FAULTS = 50
FIELDS = ("vintage", "scenario", "municipality", "source", "sheet")


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every forecast, the latest vintage first."""
    return _index({"scenario": PopulationScenario.BASE.value})


def _index(typed: dict[str, str], **more: Any) -> str:
    work = sessions.current()
    found = populations.everything(work)
    return render_template(
        "populations/index.html",
        rows=[(one, populations.totals(work, one.id)) for one in found],
        scenario_label=_scenario_label,
        scenarios=[(one.value, _(SCENARIO_LABELS[one])) for one in PopulationScenario],
        typed={"municipality": sessions.settings().municipality_code, **typed},
        key=secrets.token_urlsafe(16),
        **{"errors": {}, "faults": (), "fault_count": 0, "remarks": (), **more},
    )


def _scenario_label(code: str) -> str:
    return str(_(SCENARIO_LABELS[PopulationScenario(code)]))


@pages.post("")
@access.requires("edit populations")
def read_in() -> ResponseReturnValue:
    """Take in a file: all of it, or nothing and what is wrong with it line by line."""
    typed = {name: request.form.get(name, "")[:200] for name in FIELDS}
    typed["only_municipality"] = request.form.get("only_municipality", "")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index(typed, errors={"file": _("Välj en fil.")}), 422
    try:
        staged = populations.stage(
            sent.read(), Path(sent.filename).name, _asked(typed), sheet=typed["sheet"].strip() or None
        )
        found = populations.read_in(
            sessions.current(), staged, source=typed["source"], key=request.form.get("key", "")[:60]
        )
    except populations.RefusedPopulationError as error:
        shown = {
            "faults": error.faults[:SHOWN_FAULTS],
            "fault_count": len(error.faults),
            "remarks": error.remarks,
        }
        return _index(typed, errors={"file": _("Filen är inte inläst.")}, **shown), 422
    except InvalidInputError as error:
        return _index(typed, errors=error.fields), 422
    flash(_("Prognosen %(vintage)s är inläst.", vintage=found[0].vintage), "success")
    return redirect(url_for(".show", forecast_id=found[0].id), 303)


def _asked(typed: dict[str, str]) -> populations.Asked:
    known = {one.value: one for one in PopulationScenario}
    return populations.Asked(
        vintage=typed["vintage"].strip(),
        scenario=known.get(typed["scenario"], PopulationScenario.BASE),
        municipality=typed["municipality"].strip(),
        only_municipality=bool(typed["only_municipality"]),
    )


@pages.get("/<int:forecast_id>")
@access.requires("see")
def show(forecast_id: int) -> ResponseReturnValue:
    """One forecast: inhabitants by age class on 31 December of each year, for the municipality or an area."""
    work = sessions.current()
    forecast = populations.find(work, forecast_id)
    areas = populations.areas(work, forecast_id)
    area = request.args.get("area", areas[0] if areas else "")
    if area not in areas:
        raise NotFoundError("area", area[:60])
    rows = populations.by_class(work, forecast_id, area=area)
    totals = populations.totals(work, forecast_id, area=area)
    return render_template(
        "populations/show.html",
        forecast=forecast,
        others=_same_vintage(forecast),
        scenario_label=_scenario_label,
        areas=[(one, one or _("Hela kommunen")) for one in areas],
        area=area,
        years=list(totals),
        rows=rows,
        totals=totals,
        growth=_growth(totals),
        bars=charts.stacked(rows),
        lines=charts.changes(rows),
    )


def _same_vintage(forecast: Any) -> list[Any]:
    found = populations.everything(sessions.current())
    order = list(PopulationScenario)
    same = [
        one
        for one in found
        if one.vintage == forecast.vintage and (one.withdrawn_at is None or one.id == forecast.id)
    ]
    return sorted(same, key=lambda one: (order.index(PopulationScenario(one.scenario)), one.id))


def _growth(totals: dict[int, Fraction | None]) -> Fraction | None:
    """Inhabitants more a year on average; None where the first or last total is missing."""
    years = list(totals)
    if len(years) < 2:
        return None
    first, last = totals[years[0]], totals[years[-1]]
    return None if first is None or last is None else (last - first) / (years[-1] - years[0])


@pages.post("/<int:forecast_id>/withdraw")
@access.requires("edit populations")
def withdraw(forecast_id: int) -> ResponseReturnValue:
    """Take a forecast out of use."""
    done = populations.withdraw(sessions.current(), forecast_id, reason=request.form.get("reason", "")[:500])
    flash(_("Prognosen %(vintage)s är tillbakadragen.", vintage=done.vintage), "success")
    return redirect(url_for(".index"), 303)

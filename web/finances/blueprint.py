"""The blueprint of the finance pages, and what several of them ask for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from investplan.domain.labels import N_
from investplan.errors import NotFoundError
from investplan.services import runs, scenarios
from web import sessions

pages = Blueprint("finances", __name__, template_folder="templates", url_prefix="/finances")

PHASE_LABELS = {"history": N_("Utfall"), "budget": N_("Budget"), "plan": N_("Plan")}


def chosen_run() -> Any:
    """The run whose plan is to lie on top, from the address; None for none.

    Raises:
        NotFoundError: no such run, or one without a plan.
    """
    text = request.args.get("run", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise NotFoundError("run", text)
    run = runs.find(sessions.current(), int(text))
    if run.value is None:
        raise NotFoundError("run", text)
    return run


def run_choices(planning_round: Any, run: Any) -> list[tuple[str, str]]:
    """The newest plan of each scenario, and the chosen one."""
    work = sessions.current()
    choices = [("", _("Utan omgångens förslag"))]
    for scenario in scenarios.of_round(work, planning_round.id):
        with_plan = [one for one in runs.of_scenario(work, scenario.id) if one.value is not None]
        choices.extend(
            (str(one.id), _("Med %(name)s (körning %(number)s)", name=scenario.name, number=one.id))
            for one in with_plan
            if (run is not None and one.id == run.id) or one is with_plan[0]
        )
    return choices


def shown_with(planning_round: Any, run: Any, endpoint: str) -> dict[str, Any]:
    """What every page needs that can show a plan on top, and the addresses of its sisters."""
    run_id = run.id if run is not None else None
    entries = [
        ("finances.index", _("Mål")),
        ("finances.room", _("Rum")),
        ("finances.balance", _("Balanskrav")),
        ("finances.figures", _("Siffror")),
    ]
    return {
        "round": planning_round,
        "run": run,
        "run_choices": run_choices(planning_round, run),
        "page_endpoint": endpoint,
        "tabs": [(url_for(one, run=run_id), label, one == endpoint) for one, label in entries],
        "phase_labels": {phase: _(label) for phase, label in PHASE_LABELS.items()},
        "translated": _,
    }

"""Runs: asked for, followed while they go on, cancelled; their plan, its reasons and its files."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services import (
    decisions,
    overviews,
    plans,
    ranking_views,
    runs,
    scenarios,
    studies,
    study_families,
    ways_out,
)
from investplan.units import ORE_PER
from web import access, sessions
from web.errors import say
from web.runs import telling
from web.studies import telling as study_telling

pages = Blueprint("runs", __name__, template_folder="templates", url_prefix="/runs")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_SIZE = 50
SORTS: dict[str, Callable[[Any], Any]] = {
    "start": lambda one: (one.start, one.title),
    "title": lambda one: one.title,
    "outlay": lambda one: (-one.total_ore, one.title),
    "value": lambda one: (-one.value, one.title),
}


@pages.record_once
def _register_globals(state: Any) -> None:
    state.app.jinja_env.globals.update(
        run_label=telling.run_label,
        run_value=telling.run_value,
        way_step=telling.way_step,
        plan_fates=lambda proposal: overviews.fates_of(sessions.current(), proposal),
    )


@pages.post("")
@access.requires("run scenario")
def create() -> ResponseReturnValue:
    """Ask for a run of a scenario."""
    work = sessions.current()
    scenario_id = request.form.get("scenario_id", "")
    scenario = scenarios.find(work, int(scenario_id) if scenario_id.isdecimal() else 0)
    found = runs.active(work, scenario.id)
    if found is not None:
        flash(_("Scenariot har redan en körning som väntar eller pågår."), "info")
        return redirect(url_for(".show", run_id=found.id), 303)
    values = {name: request.form.get(name, "") for name in ("max_seconds", "gap_percent", "solver")}
    errors: dict[str, Note] = {}
    max_seconds, gap = _whole(values["max_seconds"], errors), _gap(values["gap_percent"], errors)
    key = request.form.get("key", "")[:100]
    if not errors:
        try:
            run = runs.request(
                work, scenario.id, max_seconds=max_seconds, gap=gap, solver=values["solver"], key=key
            )
            return redirect(url_for(".show", run_id=run.id), 303)
        except InvalidInputError as error:
            errors = {{"gap": "gap_percent"}.get(name, name): note for name, note in error.fields.items()}
    return render_template("runs/new.html", scenario=scenario, values=values, errors=errors, key=key), 422


def _whole(text: str, errors: dict[str, Note]) -> int:
    if not text.strip().isdecimal() or len(text) > 6:
        errors["max_seconds"] = Note("Längsta tid ska vara ett heltal sekunder.")
        return 0
    return int(text)


def _gap(text: str, errors: dict[str, Note]) -> str:
    """The gap as a share in decimal text, from per cent as Swedes write it."""
    try:
        percent = Decimal(text.strip().replace(",", "."))
        if percent.is_finite():
            return f"{percent / 100:f}"[:20]
    except InvalidOperation:
        pass
    errors["gap_percent"] = Note("Skriv avståndet i procent, till exempel 1 eller 0,5.")
    return "0"


@pages.get("/<int:run_id>")
@access.requires("see")
def show(run_id: int) -> ResponseReturnValue:
    """How the run goes, or what became of it."""
    work = sessions.current()
    run = runs.find(work, run_id)
    return render_template(
        "runs/show.html",
        run=run,
        panel=telling.panel(run, work.now()),
        active=run.state in telling.ACTIVE,
        has_plan=run.value is not None,
        conflicts=plans.conflict_of(run),
        ways=ways_out.of_run(run),
        decision=decisions.of_run(work, run_id),
    )


@pages.get("/<int:run_id>/progress")
@access.requires("see")
def progress(run_id: int) -> ResponseReturnValue:
    """The progress panel alone, polled while the run goes on."""
    work = sessions.current()
    run = runs.find(work, run_id)
    return render_template(
        "runs/progress.html",
        run=run,
        panel=telling.panel(run, work.now()),
        active=run.state in telling.ACTIVE,
        has_plan=run.value is not None,
    )


@pages.post("/<int:run_id>/cancel")
@access.requires("run scenario")
def cancel(run_id: int) -> ResponseReturnValue:
    runs.cancel(sessions.current(), run_id)
    return redirect(url_for(".show", run_id=run_id), 303)


@pages.get("/<int:run_id>/plan")
@access.requires("see")
def plan(run_id: int) -> ResponseReturnValue:
    """What is in the plan."""
    report = plans.of_run(sessions.current(), run_id)
    search, committee, sort = (request.args.get(name, "") for name in ("q", "committee", "sort"))
    found = [one for one in report.chosen if _matches(one, search, committee)]
    found.sort(key=SORTS.get(sort, SORTS["start"]))
    return _plan_page("plan", report, found=found, committees=_committees(report.chosen, report), sort=sort)


@pages.get("/<int:run_id>/plan/out")
@access.requires("see")
def out(run_id: int) -> ResponseReturnValue:
    """What is not in the plan, with value, asked-for outlay and what stands in the way."""
    report = plans.of_run(sessions.current(), run_id)
    search, committee = (request.args.get(name, "") for name in ("q", "committee"))
    found = [one for one in report.out if _matches(one, search, committee)]
    found.sort(key=lambda one: (-one.best.value, one.title))
    number = request.args.get("page", "1")
    page = (
        min(int(number), -(-len(found) // PAGE_SIZE) or 1)
        if number.isdecimal() and 0 < len(number) < 6
        else 1
    )
    page = max(page, 1)
    return _plan_page(
        "out",
        report,
        found=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        count=len(found),
        page=page,
        page_count=-(-len(found) // PAGE_SIZE) or 1,
        url_of=lambda n: url_for(
            ".out", run_id=run_id, q=search or None, committee=committee or None, page=n
        ),
        committees=_committees(report.out, report),
    )


@pages.get("/<int:run_id>/plan/out/<path:case_number>")
@access.requires("see")
def why(run_id: int, case_number: str) -> ResponseReturnValue:
    """Why one proposal is not in the plan: every alternative and start, and what each would break."""
    work = sessions.current()
    found = plans.options_of(work, run_id, case_number)
    if found is None:
        raise NotFoundError("proposal in plan", case_number)
    proposal, options = found
    run = runs.find(work, run_id)
    options = tuple(sorted(options, key=lambda option: (-option.value, option.start)))
    return render_template(
        "runs/why.html",
        run=run,
        proposal=proposal,
        answer=study_families.answer_about(work, run, case_number),
        asked=_asked(work, run_id, case_number),
        may_ask=studies.may_ask_about(work, run, case_number),
        key=secrets.token_urlsafe(16),
        titles=study_families.titles_of(run),
        labels=study_families.demand_labels(run),
        telling=study_telling,
        say=say,
        options=options,
        tell=_tell,
        formulas=_formulas_met(work, run_id, options),
    )


def _asked(work: Any, run_id: int, case_number: str) -> Any:
    """The study that goes on and will tell what would bring the proposal in; None where none does."""
    study = studies.active(work, run_id)
    return study if study is not None and study_families.asks_about(study, case_number) else None


def _formulas_met(work: Any, run_id: int, options: Any) -> list[tuple[Any, Note]]:
    """Name and formula of the weighed-together limits that stand in the way of some option."""
    formulas = plans.formulas_of(work, run_id)
    names = {obstacle.code: obstacle.label for option in options for obstacle in option.obstacles}
    return [(name, formulas[code]) for code, name in names.items() if code in formulas]


@pages.get("/<int:run_id>/plan/use")
@access.requires("see")
def use(run_id: int) -> ResponseReturnValue:
    """Use against each limit per year, the municipality's cost and the committees' cost."""
    report = plans.of_run(sessions.current(), run_id)
    limits: dict[str, list[Any]] = {}
    for one in report.uses:
        limits.setdefault(one.code, []).append(one)
    formulas = plans.formulas_of(sessions.current(), run_id)
    return _plan_page("use", report, limits=limits, formulas=formulas)


@pages.get("/<int:run_id>/plan/proof")
@access.requires("see")
def proof(run_id: int) -> ResponseReturnValue:
    """What stands behind the plan, and how to check it oneself."""
    work = sessions.current()
    ranking = ranking_views.of_run(runs.find(work, run_id))
    return _plan_page("proof", plans.of_run(work, run_id), ranking=ranking, say=say)


@pages.get("/<int:run_id>/case.json")
@access.requires("see")
def case_json(run_id: int) -> ResponseReturnValue:
    return _download(plans.case_file(sessions.current(), run_id), f"case-{run_id}.json", "application/json")


@pages.get("/<int:run_id>/plan.json")
@access.requires("see")
def plan_json(run_id: int) -> ResponseReturnValue:
    return _download(plans.plan_file(sessions.current(), run_id), f"plan-{run_id}.json", "application/json")


@pages.get("/<int:run_id>/plan.xlsx")
@access.requires("see")
def plan_xlsx(run_id: int) -> ResponseReturnValue:
    report = plans.of_run(sessions.current(), run_id)
    return _download(plans.xlsx_of(report), f"plan-{run_id}.xlsx", XLSX)


def _download(content: bytes, name: str, kind: str) -> Response:
    return Response(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _plan_page(view: str, report: plans.PlanReport, **more: Any) -> ResponseReturnValue:
    work = sessions.current()
    unit = request.args.get("unit", "")
    return render_template(
        f"runs/{view}.html",
        view=view,
        report=report,
        run=runs.find(work, report.run_id),
        decision=decisions.of_run(work, report.run_id),
        unit=unit if unit in ORE_PER else "tkr",
        decimals=2 if unit == "kr" else 1 if unit == "mnkr" else 0,
        tell=_tell,
        telling=telling,
        row_label=lambda row: say(plans.row_label(row, report.names)),
        **more,
    )


def _tell(obstacle: Any) -> str:
    return say(plans.obstacle_note(obstacle))


def _matches(one: Any, search: str, committee: str) -> bool:
    text = f"{one.case_number} {one.title}".casefold()
    return all(word in text for word in search.casefold().split()) and committee in ("", one.committee)


def _committees(rows: Any, report: plans.PlanReport) -> list[tuple[str, str]]:
    codes = sorted({one.committee for one in rows})
    return [("", _("Alla")), *((code, report.names.get(code, code)) for code in codes)]

"""Committee frames: all of them per year, one committee's way from year to year, and the same as files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.frames import AdjustmentKind
from investplan.domain.labels import N_
from investplan.errors import NotFoundError
from investplan.services import accounts, frames, rounds, runs, scenarios
from web import access, sessions
from web.frames import charts

pages = Blueprint("frames", __name__, template_folder="templates", url_prefix="/frames")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND_LABELS = {
    AdjustmentKind.WAGES: N_("Löner"),
    AdjustmentKind.INDEX: N_("Prisindex"),
    AdjustmentKind.DEMOGRAPHY: N_("Demografi"),
    AdjustmentKind.RENT: N_("Hyra"),
    AdjustmentKind.CAPITAL_COST: N_("Kapitalkostnad"),
    AdjustmentKind.OPERATING: N_("Övrig drift"),
    AdjustmentKind.TECHNICAL: N_("Teknisk justering"),
    AdjustmentKind.PRIORITY: N_("Politisk prioritering"),
    AdjustmentKind.ONE_OFF: N_("Engångspost"),
}
KIND_ORDER = list(KIND_LABELS)


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every committee's frame per year."""
    work = sessions.current()
    planning_round, run_id = rounds.latest(work), _run_id()
    if planning_round is None:
        return render_template("frames/index.html", round=None, found=[])
    found = frames.of_round(work, planning_round.id, run_id=run_id)
    return render_template(
        "frames/index.html",
        round=planning_round,
        found=found,
        totals=[sum(one.years[i].frame_ore for one in found) for i in range(len(planning_round.years))],
        base_total=sum(one.base_ore for one in found),
        **_choice(planning_round, run_id),
    )


@pages.get("/<code>")
@access.requires("see")
def show(code: str) -> ResponseReturnValue:
    """One committee's frame: from last year's through each kind of change to this year's."""
    work, planning_round, run_id = sessions.current(), _round(), _run_id()
    found = frames.of_committee(work, planning_round.id, code, run_id=run_id)
    text = request.args.get("year", "")
    year = next((one for one in found.years if str(one.year) == text), None) or _first_change(found)
    return render_template(
        "frames/show.html",
        round=planning_round,
        found=found,
        year=year,
        rows=sorted(year.rows, key=lambda row: KIND_ORDER.index(row.kind)),
        chart=charts.waterfall(_steps(year)),
        translated=_,
        kind_label=lambda kind: _(KIND_LABELS[kind]),
        **_choice(planning_round, run_id),
    )


def _first_change(found: frames.CommitteeFrames) -> frames.FrameOfYear:
    return next((one for one in found.years if one.rows), found.years[0])


def _steps(year: frames.FrameOfYear) -> list[tuple[str, int, bool]]:
    before = (_("Ram %(year)s", year=year.year - 1), year.previous_ore, True)
    changes = [(_(KIND_LABELS[kind]), ore, False) for kind, ore in year.by_kind().items()]
    return [before, *changes, (_("Ram %(year)s", year=year.year), year.frame_ore, True)]


@pages.get("/export.json")
@access.requires("see")
def export_json() -> ResponseReturnValue:
    return _download(frames.json_file(_exported()), "json", "application/json")


@pages.get("/export.xlsx")
@access.requires("see")
def export_xlsx() -> ResponseReturnValue:
    return _download(frames.xlsx_file(_exported()), "xlsx", XLSX)


@pages.get("/export.se")
@access.requires("see")
def export_sie() -> ResponseReturnValue:
    """One year as SIE: the budget year, unless another is asked for."""
    work, planning_round = sessions.current(), _round()
    year = request.args.get("year", planning_round.budget_year, type=int)
    found = frames.of_round(work, planning_round.id, run_id=_run_id())
    written = accounts.sie_file(work, planning_round, found, year, company=sessions.settings().municipality)
    name = accounts.sie_file_name(year, scenario=_run_id() is not None)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(written.content, content_type="application/octet-stream", headers=headers)


def _exported() -> dict[str, Any]:
    work, planning_round = sessions.current(), _round()
    return frames.to_json(planning_round, frames.of_round(work, planning_round.id, run_id=_run_id()))


def _download(content: bytes, ending: str, kind: str) -> Response:
    name = f"ramar-{_round().budget_year}{'-scenario' if _run_id() else ''}.{ending}"
    return Response(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _round() -> Any:
    found = rounds.latest(sessions.current())
    if found is None:
        raise NotFoundError("planning round", "")
    return found


def _run_id() -> int | None:
    text = request.args.get("run", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise NotFoundError("run", text)
    return int(text)


def _choice(planning_round: Any, run_id: int | None) -> dict[str, Any]:
    """Which plan lies on top of what is decided, and which could."""
    work = sessions.current()
    choices = [("", _("Bara det som är beslutat"))]
    for scenario in scenarios.of_round(work, planning_round.id):
        with_plan = [run for run in runs.of_scenario(work, scenario.id) if run.value is not None]
        choices.extend(
            (str(run.id), _("Med %(name)s (körning %(number)s)", name=scenario.name, number=run.id))
            for run in with_plan
            if run.id == run_id or run is with_plan[0]
        )
    return {
        "run_id": run_id,
        "run": runs.find(work, run_id) if run_id is not None else None,
        "run_choices": choices,
        "url": lambda endpoint, **values: url_for(endpoint, run=run_id, **values),
    }

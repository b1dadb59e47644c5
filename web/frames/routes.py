"""Committee frames: all of them per year, one committee's way from year to year, two ways compared, and files."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import StateError
from investplan.services import accounts, frame_rows, frame_views, frames, rounds
from web import access, sessions
from web.errors import say
from web.frames import bases, charts, drafts, planned  # noqa: F401 - their pages belong to the same part
from web.frames.telling import (
    KIND_LABELS,
    KIND_ORDER,
    asked_view,
    kind_label,
    pages,
    parameters_used,
    parts,
    view_choices,
)

__all__ = ["pages"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every committee's frame per year."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("frames/index.html", round=None, found=[], tabs=[])
    view = asked_view(planning_round)
    found = frame_views.frames_of(work, planning_round.id, view, with_detail=False)
    return render_template(
        "frames/index.html",
        round=planning_round,
        found=found,
        tabs=parts("index"),
        totals=[sum(one.years[i].frame_ore for one in found) for i in range(len(planning_round.years))],
        base_total=sum(one.base_ore for one in found),
        changed=frame_rows.changed_since(work, view.run_id) if view.run_id is not None else [],
        used=parameters_used(year for one in found for year in one.years),
        **_choice(planning_round, view),
    )


@pages.get("/<code>")
@access.requires("see")
def show(code: str) -> ResponseReturnValue:
    """One committee's frame: from last year's through each kind of change to this year's."""
    work, planning_round = sessions.current(), sessions.the_round()
    view = asked_view(planning_round)
    found = frame_views.frames_of(work, planning_round.id, view, code=code)
    if not found:
        found = [frames.of_committee(work, planning_round.id, code)]
    text = request.args.get("year", "")
    year = next((one for one in found[0].years if str(one.year) == text), None) or _first_change(found[0])
    return render_template(
        "frames/show.html",
        round=planning_round,
        found=found[0],
        year=year,
        rows=sorted(year.rows, key=lambda row: KIND_ORDER.index(row.kind)),
        chart=charts.waterfall(_steps(year)),
        translated=_,
        kind_label=kind_label,
        used=parameters_used([year]),
        premises_in_price_tag=code in rounds.parameters_of(planning_round).premises_in_price_tag,
        **_choice(planning_round, view),
    )


def _first_change(found: frames.CommitteeFrames) -> frames.FrameOfYear:
    return next((one for one in found.years if one.rows), found.years[0])


def _steps(year: frames.FrameOfYear) -> list[tuple[str, int, bool]]:
    before = (_("Ram %(year)s", year=year.year - 1), year.previous_ore, True)
    changes = [(_(KIND_LABELS[kind]), ore, False) for kind, ore in year.by_kind().items()]
    return [before, *changes, (_("Ram %(year)s", year=year.year), year.frame_ore, True)]


@pages.post("/refresh")
@access.requires("run scenario")
def refresh() -> ResponseReturnValue:
    """Compute the rows of the proposals that changed since the run anew, each alone; the other rows stay."""
    work = sessions.current()
    text = request.form.get("run", "")
    run_id = int(text) if text.isdecimal() and len(text) < 10 else 0
    changed = frame_rows.changed_since(work, run_id)
    for one in changed:
        try:
            frame_rows.replace_proposal_rows(work, run_id, one.proposal_id)
        except StateError as error:
            flash(f"{one.case_number}: {say(error.note)}", "error")
    if changed:
        flash(_("Ramarna är omräknade för %(count)s ändrade förslag.", count=len(changed)), "success")
    return redirect(url_for(".index", view=f"run-{run_id}"), 303)


# Two ways compared


@pages.get("/compare")
@access.requires("see")
def compare() -> ResponseReturnValue:
    """Who gains and who loses between two ways to look at the frames, year by year."""
    work, planning_round = sessions.current(), sessions.the_round()
    left, right = _two_views(planning_round)
    found = frame_views.compare(work, planning_round.id, left, right)
    return render_template(
        "frames/compare.html",
        round=planning_round,
        tabs=parts("compare"),
        found=found,
        totals=[sum(one.years[i].amount_ore for one in found) for i in range(len(planning_round.years))],
        **_comparison(planning_round, left, right),
    )


@pages.get("/compare/<code>")
@access.requires("see")
def compare_committee(code: str) -> ResponseReturnValue:
    """One committee in two views: the rows that differ, year by year, with their calculations."""
    work, planning_round = sessions.current(), sessions.the_round()
    left, right = _two_views(planning_round)
    found = frame_views.compare(work, planning_round.id, left, right, code=code)
    if not found:
        frames.of_committee(work, planning_round.id, code)  # not found: says so
    one = found[0]
    text = request.args.get("year", "")
    year = next((y for y in one.years if str(y.year) == text), None)
    return render_template(
        "frames/difference.html",
        round=planning_round,
        found=one,
        year=year or next((y for y in one.years if y.rows), one.years[0]),
        kind_label=kind_label,
        translated=_,
        **_comparison(planning_round, left, right),
    )


def _two_views(planning_round: Any) -> tuple[frame_views.View, frame_views.View]:
    left = asked_view(planning_round, "left")
    right = asked_view(planning_round, "right") if request.args.get("right") else frame_views.DRAFT
    return left, right


def _comparison(planning_round: Any, left: frame_views.View, right: frame_views.View) -> dict[str, Any]:
    return {
        "left": left,
        "right": right,
        "view_choices": view_choices(planning_round, left, right),
        "url": lambda endpoint, **values: url_for(endpoint, left=left.code, right=right.code, **values),
    }


# Files


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
    work, planning_round = sessions.current(), sessions.the_round()
    year = request.args.get("year", planning_round.budget_year, type=int)
    view = asked_view(planning_round)
    found = frame_views.frames_of(work, planning_round.id, view, with_detail=False)
    written = accounts.sie_file(work, planning_round, found, year, company=sessions.settings().municipality)
    name = accounts.sie_file_name(year, scenario=view.is_scenario)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(written.content, content_type="application/octet-stream", headers=headers)


def _exported() -> dict[str, Any]:
    work, planning_round = sessions.current(), sessions.the_round()
    found = frame_views.frames_of(work, planning_round.id, asked_view(planning_round), with_detail=False)
    return frames.to_json(planning_round, found)


def _download(content: bytes, ending: str, kind: str) -> Response:
    planning_round = sessions.the_round()
    scenario = "-scenario" if asked_view(planning_round).is_scenario else ""
    name = f"ramar-{planning_round.budget_year}{scenario}.{ending}"
    return Response(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _choice(planning_round: Any, view: frame_views.View) -> dict[str, Any]:
    """Which view is shown, and which could be."""
    code = view.code if view != frame_views.DECIDED else None
    return {
        "view": view,
        "view_choices": view_choices(planning_round, view),
        "url": lambda endpoint, **values: url_for(endpoint, view=code, **values),
    }

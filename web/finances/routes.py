"""Finances: targets as a dashboard, the room per year, the balance requirement; figures and targets are written beside."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain import balance_requirement
from investplan.domain.finances import Finances, Phase
from investplan.services import finances, financial_room, financial_targets, organisations, plans, rounds
from web import access, sessions
from web.finances import describing, figure_pages, room_pages, target_pages
from web.finances.blueprint import chosen_run, pages, shown_with

__all__ = ["figure_pages", "pages", "room_pages", "target_pages"]


def _both(planning_round: Any, run: Any) -> tuple[Finances, Finances | None]:
    """The finances without and, where a run is chosen, with its plan."""
    work = sessions.current()
    base = finances.finances_of_round(work, planning_round.id)
    return base, finances.finances_with_run(work, planning_round.id, run.id) if run is not None else None


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """The financial targets: met or not, year by year, without and with a plan."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("finances/index.html", round=None)
    run = chosen_run()
    base, planned = _both(planning_round, run)
    rows = financial_targets.all_of(work, planning_round.id)
    years = tuple(sorted({*base.years, *(planning_round.years if base.years else ())}))
    phases = {**dict.fromkeys(planning_round.years, Phase.PLAN), **base.phases}
    shown = [
        describing.shown_target(row, financial_targets.to_target(row), base, planned, phases) for row in rows
    ]
    return render_template(
        "finances/index.html",
        shown=shown,
        has_figures=bool(base.years),
        years=years,
        phases=phases,
        indicators=describing.indicator_rows(planned or base, years),
        describing=describing,
        Phase=Phase,
        **shown_with(planning_round, run, "finances.index"),
    )


@pages.post("/targets/suggestions")
@access.requires("edit finances")
def seed() -> ResponseReturnValue:
    """Begin from the system's suggested targets."""
    financial_targets.seed(sessions.current(), sessions.the_round().id)
    flash(_("Förslagen till mål är inlagda. Ändra dem så att de blir kommunens egna."), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/room")
@access.requires("see")
def room() -> ResponseReturnValue:
    """The room per year with its formulas, what is handed to the optimiser, and the committees' share."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("finances/room.html", round=None)
    run = chosen_run()
    base, planned = _both(planning_round, run)
    found = financial_room.rooms_per_year(work, planning_round.id, base)
    rooms, _version = financial_room.rooms_of(work, planning_round.id)
    text = request.args.get("year", "")
    return render_template(
        "finances/room.html",
        has_figures=bool(base.years),
        base=found,
        finances=planned or base,
        after=financial_room.rooms_per_year(work, planning_round.id, planned) if planned else None,
        year=int(text) if text.isdecimal() and int(text) in planning_round.years else planning_round.years[0],
        limits=financial_room.limits_of(work, planning_round.id),
        span_note=plans.span_note,
        rooms=rooms,
        committee_use=plans.of_run(work, run.id).committee_ore if run is not None else {},
        names={one.code: one.name for one in organisations.everything(work)},
        describing=describing,
        **shown_with(planning_round, run, "finances.room"),
    )


@pages.get("/balance")
@access.requires("see")
def balance() -> ResponseReturnValue:
    """The balance requirement: the statement per year, the reserve, and how deficits are restored."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("finances/balance.html", round=None)
    run = chosen_run()
    base, planned = _both(planning_round, run)
    found, parameters = planned or base, rounds.parameters_of(planning_round)
    statements = [balance_requirement.statement(found, year) for year in found.years]
    return render_template(
        "finances/balance.html",
        has_figures=bool(base.years),
        statements=statements,
        labels=describing.statement_labels(statements),
        reserves=[balance_requirement.reserve(found, year, parameters) for year in found.years],
        finances=found,
        restoring=balance_requirement.restoring(
            {one.year: one.balance_ore for one in statements}, parameters.restoring_years
        ),
        restoring_years=parameters.restoring_years,
        phases=found.phases,
        describing=describing,
        **shown_with(planning_round, run, "finances.balance"),
    )

"""The conventions and rates that everything is computed with: shown, compared, and chosen for the round."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.parameter_notes import placeholders
from investplan.errors import ConflictError, InvalidInputError
from investplan.services import organisations, parameter_effects, parameter_sets, rounds
from web import access, sessions
from web.parameters import describing, effects, writing
from web.proposals.typed import Reader

pages = Blueprint("parameters", __name__, template_folder="templates", url_prefix="/parameters")
writing.register(pages)


@pages.get("")
@access.requires("see")
def show() -> ResponseReturnValue:
    """The set that the round computes with."""
    planning_round = rounds.latest(sessions.current())
    return _show(planning_round, planning_round.parameter_set if planning_round else None)


@pages.get("/<int:set_id>")
@access.requires("see")
def show_set(set_id: int) -> ResponseReturnValue:
    """Any set."""
    work = sessions.current()
    return _show(rounds.latest(work), parameter_sets.find(work, set_id))


def _show(planning_round: Any, stored: Any) -> ResponseReturnValue:
    if stored is None:
        return render_template("parameters/show.html", round=planning_round, stored=None)
    values = parameter_sets.values_in(stored)
    found = describing.subjects(values, stored.notes, names())
    only = request.args.get("only") == "placeholders"
    return render_template(
        "parameters/show.html",
        round=planning_round,
        stored=stored,
        current=planning_round is not None and planning_round.parameter_set_id == stored.id,
        subjects=describing.only_placeholders(found) if only else found,
        only=only,
        placeholders=len(placeholders(values, stored.notes)),
        missing_years=parameter_sets.missing_plan_years(planning_round) if planning_round else 0,
        address=lambda **more: url_for(".show_set", set_id=stored.id, **more),
    )


def names() -> dict[str, str]:
    """Organisations' names by code."""
    return {one.code: one.name for one in organisations.everything(sessions.current())}


@pages.get("/sets")
@access.requires("see")
def index() -> ResponseReturnValue:
    """All sets and where each is used."""
    work = sessions.current()
    used = parameter_sets.uses(work)
    found = [
        (
            one,
            used.get(one.id, parameter_sets.Uses()),
            len(placeholders(parameter_sets.values_in(one), one.notes)),
        )
        for one in parameter_sets.everything(work)
    ]
    return render_template("parameters/sets.html", round=rounds.latest(work), found=found)


@pages.get("/compare")
@access.requires("see")
def compare() -> ResponseReturnValue:
    """Two sets side by side."""
    work, planning_round = sessions.current(), rounds.latest(sessions.current())
    known = parameter_sets.everything(work)
    by_id = {str(one.id): one for one in known}
    current = planning_round.parameter_set if planning_round else None
    first = by_id.get(request.args.get("a", "")) or current or (known[-1] if known else None)
    others = [one for one in known if one is not first]
    second = by_id.get(request.args.get("b", "")) or (others[0] if others else first)
    everything = request.args.get("show") == "all"
    found = []
    if first is not None and second is not None:
        found = describing.side_by_side(
            parameter_sets.values_in(first), parameter_sets.values_in(second), names(), everything=everything
        )
    return render_template(
        "parameters/compare.html",
        round=planning_round,
        choices=[(str(one.id), one.label) for one in known],
        first=first,
        second=second,
        everything=everything,
        found=found,
        differing=sum(row.differs for _name, rows in found for row in rows),
    )


@pages.get("/<int:set_id>/use")
@access.requires("edit round")
def use(set_id: int) -> ResponseReturnValue:
    """What would move if the round computed with the set, and the form that lets it."""
    return _use_page(set_id, {}, 200)


def _use_page(set_id: int, errors: dict[str, Any], status: int, changed: Any = None) -> ResponseReturnValue:
    work = sessions.current()
    planning_round, stored = rounds.latest(work), parameter_sets.find(work, set_id)
    if planning_round is None:
        return render_template("parameters/show.html", round=None, stored=None), status
    current = planning_round.parameter_set
    values, known = parameter_sets.values_in(stored), names()
    before, after = (parameter_sets.values_in(current), current.notes), (values, stored.notes)
    found = parameter_effects.preview(work, planning_round, parameter_sets.parameters_in(stored))
    page = render_template(
        "parameters/use.html",
        round=planning_round,
        stored=stored,
        current=current,
        changes=describing.changes(before, after, known),
        changed_notes=describing.changed_notes(before, after, known),
        placeholders=len(placeholders(values, stored.notes)),
        effects=effects.shown(found),
        period=effects.period,
        whole_ore=effects.whole_ore,
        neutral=values["neutral_rate_changes"],
        reason=request.form.get("reason", ""),
        errors=errors,
        changed=changed,
    )
    return page, status


@pages.post("/<int:set_id>/use")
@access.requires("edit round")
def choose(set_id: int) -> ResponseReturnValue:
    """Let the round compute with the set from now on."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    faults: dict[str, Any] = {}
    seen = Reader(request.form, faults).whole("version", 1, 2**31 - 1)
    if planning_round is None or faults:
        return _use_page(set_id, faults, 422)
    try:
        parameter_sets.choose(
            work, planning_round.id, set_id, seen_version=seen, reason=request.form.get("reason", "")
        )
    except InvalidInputError as refused:
        return _use_page(set_id, dict(refused.fields), 422)
    except ConflictError as conflict:
        return _use_page(set_id, {}, 409, changed=conflict.stored)
    flash(
        _("%(round)s räknar nu med %(set)s. Ramarna är oförändrade: de ändras bara av beslut.",
          round=planning_round.name, set=planning_round.parameter_set.label),
        "success",
    )  # fmt: skip
    return redirect(url_for(".show"), 303)

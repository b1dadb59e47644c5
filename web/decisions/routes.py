"""Council decisions: listed, shown with what follows from them, and recorded by adopting a plan."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError, Note, StateError
from investplan.services import decision_reports, decisions, plans, rounds, runs
from web import access, sessions

pages = Blueprint("decisions", __name__, template_folder="templates", url_prefix="/decisions")

FIELDS = ("decided_on", "paragraph", "case_number", "title")


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    work = sessions.current()
    planning_round = rounds.latest(work)
    found = decisions.of_round(work, planning_round.id) if planning_round else []
    return render_template("decisions/index.html", round=planning_round, decisions=found)


@pages.get("/<int:decision_id>")
@access.requires("see")
def show(decision_id: int) -> ResponseReturnValue:
    report = decision_reports.of_decision(sessions.current(), decision_id)
    return render_template("decisions/show.html", report=report, decision=report.decision)


@pages.get("/new")
@access.requires("decide")
def new() -> ResponseReturnValue:
    """The form that adopts a run's plan."""
    text = request.args.get("run", "")
    run_id = int(text) if text.isdecimal() and len(text) < 10 else 0
    values = dict.fromkeys(FIELDS, "")
    return _form_page(run_id, values, {}, 200)


@pages.post("")
@access.requires("decide")
def create() -> ResponseReturnValue:
    """Adopt the plan: lock its investments and change the frames."""
    work = sessions.current()
    text = request.form.get("run_id", "")
    run_id = int(text) if text.isdecimal() and len(text) < 10 else 0
    values = {name: request.form.get(name, "") for name in FIELDS}
    decided_on = _date(values["decided_on"])
    if decided_on is None:
        return _form_page(run_id, values, {"decided_on": Note("Ange beslutets datum.")}, 422)
    try:
        made = decisions.adopt(
            work,
            run_id,
            decided_on=decided_on,
            paragraph=values["paragraph"],
            title=values["title"],
            case_number=values["case_number"][:40],
            key=request.form.get("key", "")[:100],
        )
    except InvalidInputError as error:
        return _form_page(run_id, values, error.fields, 422)
    except StateError as error:
        return _form_page(run_id, values, {"": error.note}, 409)
    flash(_("Beslutet är registrerat. Investeringarna är låsta och ramarna ändrade."), "success")
    return redirect(url_for(".show", decision_id=made.id), 303)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _form_page(
    run_id: int, values: dict[str, str], errors: dict[str, Any], status: int
) -> ResponseReturnValue:
    work = sessions.current()
    page = render_template(
        "decisions/new.html",
        run=runs.find(work, run_id),
        report=plans.of_run(work, run_id),
        values=values,
        errors=errors,
        summary=[(name or None, note) for name, note in errors.items()],
        today=work.today.isoformat(),
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )
    return page, status

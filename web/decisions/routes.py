"""Council decisions: listed, shown with what follows from them, and recorded by adopting a plan."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError, Note, StateError
from investplan.services import decision_reports, decisions, delays, plans, rounds, runs
from web import access, sessions

pages = Blueprint("decisions", __name__, template_folder="templates", url_prefix="/decisions")

FIELDS = ("decided_on", "paragraph", "case_number", "title")


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    work = sessions.current()
    planning_round = rounds.latest(work)
    found = decisions.of_round(work, planning_round.id) if planning_round else []
    counts = decision_reports.row_counts(work, planning_round.id) if planning_round else {}
    return render_template("decisions/index.html", round=planning_round, decisions=found, counts=counts)


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
    if not text:
        flash(
            _("Ett beslut registreras från planen som antas: öppna den och välj Registrera beslut."), "info"
        )
        return redirect(url_for(".index"))
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


# Delays


DELAY_FIELDS = ("months", *FIELDS, "reason")
NO_MONTHS = Note("Ange antalet månader som ett heltal, till exempel 6.")


@pages.get("/investments/<int:investment_id>/delay")
@access.requires("decide")
def delay(investment_id: int) -> ResponseReturnValue:
    """The form that records that a decided investment comes later."""
    return _delay_page(investment_id, dict.fromkeys(DELAY_FIELDS, ""), {}, 200)


@pages.post("/investments/<int:investment_id>/delay")
@access.requires("decide")
def record_delay(investment_id: int) -> ResponseReturnValue:
    """Record the delay; the frames follow where the parameters say so."""
    values = {name: request.form.get(name, "") for name in DELAY_FIELDS}
    months, decided_on = _whole(values["months"]), _date(values["decided_on"])
    faults = {} if months is not None else {"months": NO_MONTHS}
    if decided_on is None:
        faults["decided_on"] = Note("Ange beslutets datum.")
    if months is None or decided_on is None:
        return _delay_page(investment_id, values, faults, 422)
    try:
        made = delays.record(
            sessions.current(),
            investment_id,
            months=months,
            decided_on=decided_on,
            paragraph=values["paragraph"],
            title=values["title"],
            case_number=values["case_number"][:40],
            reason=values["reason"],
            key=request.form.get("key", "")[:100],
        )
    except InvalidInputError as error:
        return _delay_page(investment_id, values, error.fields, 422)
    if made.claws_back and delays.is_in_frames(sessions.current(), made.investment):
        flash(_("Senareläggningen är registrerad och ramarna följer den nya tidplanen."), "success")
    else:
        flash(_("Senareläggningen är registrerad. Ramarna ändras inte."), "success")
    return redirect(url_for(".show", decision_id=made.decision_id), 303)


def _whole(text: str) -> int | None:
    cleaned = text.strip().replace("\u2212", "-")
    digits = cleaned.removeprefix("-")
    return int(cleaned) if digits.isascii() and digits.isdecimal() and len(digits) < 4 else None


def _delay_page(
    investment_id: int, values: dict[str, str], errors: dict[str, Any], status: int
) -> ResponseReturnValue:
    work = sessions.current()
    decided = delays.find_investment(work, investment_id)
    report = decision_reports.of_decision(work, decided.decision_id)
    page = render_template(
        "decisions/delay.html",
        decision=report.decision,
        item=next(one for one in report.items if one.investment_id == investment_id),
        is_in_frames=delays.is_in_frames(work, decided),
        claws_back=rounds.parameters_of(rounds.find(work, report.decision.round_id)).claw_back_on_delay,
        values=values,
        errors=errors,
        summary=list(errors.items()),
        today=work.today.isoformat(),
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )
    return page, status


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

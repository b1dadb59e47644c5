"""Last year's budget from a file: sent, looked at with the rules for who gets what, then set for all committees."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.services import budget_imports, rounds
from investplan.units import Unit
from web import access, sessions
from web.imports import uploads

pages = Blueprint("budgets", __name__, template_folder="templates", url_prefix="/budgets")
UNITS: tuple[Unit, ...] = ("kr", "tkr", "mnkr")
SHOWN_FAULTS = 50
MAX_RULES = 20_000


def _folder() -> Path:
    return sessions.settings().data_dir / "uploads"


@pages.get("")
@access.requires("edit frames")
def index() -> ResponseReturnValue:
    return _index({})


def _index(errors: dict[str, str]) -> str:
    work = sessions.current()
    planning_round = rounds.latest(work)
    return render_template(
        "budgets/index.html",
        round=planning_round,
        found=budget_imports.of_round(work, planning_round.id) if planning_round else [],
        units=[(unit, unit) for unit in UNITS],
        errors=errors,
    )


@pages.post("")
@access.requires("edit frames")
def send() -> ResponseReturnValue:
    """Keep the file, and lead to the page where it is looked at."""
    sessions.the_round()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index({"file": _("Välj en fil.")}), 422
    token = uploads.keep(
        _folder(), sent.read(), file_name=Path(sent.filename).name, mapping_toml="", user_id=_user_id()
    )
    unit = request.form.get("unit", "kr")
    sheet = request.form.get("sheet", "").strip()[:100]
    return redirect(
        url_for(".review", token=token, unit=unit if unit in UNITS else "kr", sheet=sheet or None), 303
    )


def _user_id() -> int:
    found: int = sessions.user().id
    return found


@pages.get("/review/<token>")
@access.requires("edit frames")
def review(token: str) -> ResponseReturnValue:
    return _review(token, request.args.get("rules", budget_imports.latest_rules(sessions.current())), 200)


def _staged(token: str) -> budget_imports.StagedBudget:
    """The file that was sent, read again: nothing of it is trusted to the browser."""
    upload = uploads.find(_folder(), token, user_id=_user_id())
    unit: Unit = next((one for one in UNITS if one == request.values.get("unit")), "kr")
    sheet = request.values.get("sheet", "")[:100] or None
    year = sessions.the_round().budget_year - 1
    return budget_imports.stage(upload.content, upload.file_name, year, unit=unit, sheet=sheet)


def _review(token: str, rules: str, status: int) -> ResponseReturnValue:
    planning_round = sessions.the_round()
    rules = rules[:MAX_RULES]
    found = budget_imports.preview(sessions.current(), planning_round.id, _staged(token), rules)
    page = render_template(
        "budgets/review.html",
        round=planning_round,
        token=token,
        found=found,
        reading=found.staged.reading,
        faults=found.faults[:SHOWN_FAULTS],
        rules=rules,
        unit=request.values.get("unit", "kr"),
        sheet=request.values.get("sheet", ""),
    )
    return page, status


@pages.post("/review/<token>")
@access.requires("edit frames")
def take(token: str) -> ResponseReturnValue:
    """Show what changed rules give, or set every committee's base frame."""
    rules = request.form.get("rules", "").replace("\r\n", "\n")
    if request.form.get("action") != "take":
        return _review(token, rules, 200)
    work = sessions.current()
    try:
        stored = budget_imports.take(work, sessions.the_round().id, _staged(token), rules, key=token[:80])
    except budget_imports.RefusedBudgetError:
        return _review(token, rules, 422)
    work.after_commit.append(lambda: uploads.forget(_folder(), token))
    flash(_("Utgångsläget är satt från %(name)s.", name=stored.file_name), "success")
    return redirect(url_for("frames.index"), 303)

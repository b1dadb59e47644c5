"""A new version of a parameter set: written in a form, previewed, and only then saved."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.labels import LABELS
from investplan.domain.proposals import Stage
from investplan.errors import InvalidInputError, Note
from investplan.services import organisations, parameter_effects, parameter_sets, rounds
from web import access, sessions
from web.parameters import describing, effects, sheets
from web.parameters.cells import Month
from web.parameters.fields import FIELDS, HINTS, INPUT_UNITS, SUBJECTS, Table, Words
from web.parameters.sheets import NewSet, Sheet
from web.proposals.typed import Reader

NOT_RESENT = ("csrf_token", "action", "add_row", "remove_row")


def register(pages: Blueprint) -> None:
    """Give the blueprint the addresses of writing."""
    pages.add_url_rule("/new", view_func=new, methods=["GET"])
    pages.add_url_rule("/new", view_func=preview, methods=["POST"])
    pages.add_url_rule("", view_func=create, methods=["POST"])


@access.requires("edit round")
def new() -> ResponseReturnValue:
    """The form, filled with the set that the new version is made from."""
    base = _base(request.args.get("from", ""))
    if base is None:
        return render_template("parameters/show.html", round=None, stored=None)
    typed = sheets.typed_of(parameter_sets.values_in(base), base.notes)
    typed.fields |= {
        "name": base.name,
        "valid_from": "",
        "source": "",
        "key": secrets.token_urlsafe(16),
    }
    return _form_page(base, Sheet(typed, _organisations(base)), 200)


@access.requires("edit round")
def preview() -> ResponseReturnValue:
    """What the version would change and move. Nothing is saved; without scripts rows are added and removed here."""
    base, sheet = _sent()
    if sheet.typed.is_rearranging():
        sheet.typed.rearrange()
        return _unsaved(_form_page(base, sheet, 200))
    if request.form.get("action") == "edit":
        return _unsaved(_form_page(base, sheet, 200))
    made = sheets.read(sheet)
    if made is None:
        return _form_page(base, sheet, 422)
    return _unsaved(_preview_page(base, made))


@access.requires("edit round")
def create() -> ResponseReturnValue:
    """Save the version as it was previewed."""
    base, sheet = _sent()
    made = sheets.read(sheet)
    if made is None:
        return _form_page(base, sheet, 422)
    try:
        stored = parameter_sets.create(
            sessions.current(),
            made.parameters,
            name=made.name,
            valid_from=made.valid_from,
            source=made.source,
            notes=made.notes,
            key=request.form.get("key", "")[:80],
        )
    except InvalidInputError as refused:
        sheet.faults |= {
            name if name in sheets.HEADER else "name": note for name, note in refused.fields.items()
        }
        return _form_page(base, sheet, 422)
    flash(
        _("%(set)s är sparad. Omgången räknar med den först när du väljer det.", set=stored.label), "success"
    )
    return redirect(url_for("parameters.show_set", set_id=stored.id), 303)


def _base(text: str) -> Any:
    """The set that is named, else the round's own; None where there is no round."""
    work = sessions.current()
    if text.isdecimal() and len(text) < 10:
        return parameter_sets.find(work, int(text))
    planning_round = rounds.latest(work)
    return planning_round.parameter_set if planning_round else None


def _sent() -> tuple[Any, Sheet]:
    faults: dict[str, Note] = {}
    base = parameter_sets.find(sessions.current(), Reader(request.form, faults).whole("from", 1, 999_999_999))
    return base, Sheet(sheets.typed_of_form(request.form), _organisations(base))


def _organisations(base: Any) -> dict[str, str]:
    """What values may name: today's organisations, and those that the set names already."""
    found = {one.code: one.name for one in organisations.all_valid(sessions.current())}
    for code in _codes_in(parameter_sets.values_in(base)):
        found.setdefault(code, str(_("%(code)s (finns inte i dag)", code=code)))
    return found


def _codes_in(values: dict[str, Any]) -> list[str]:
    listed = [code for key, one in FIELDS.items() if isinstance(one.kind, Words) for code in values[key]]
    rows = [row["committee"] for key in ("rent_pool", "price_tags") for row in values[key]]
    own = [values["finance_organisation"]] if values["finance_organisation"] else []
    return list(dict.fromkeys((*own, *listed, *rows)))


def _unsaved(page: ResponseReturnValue) -> ResponseReturnValue:
    """The page, with whatever the request touched in the database put back: nothing is left to commit."""
    sessions.current().session.rollback()
    return page


def _form_page(base: Any, sheet: Sheet, status: int) -> ResponseReturnValue:
    companies = organisations.company_codes(sessions.current())
    page = render_template(
        "parameters/new.html",
        base=base,
        sheet=sheet,
        typed=sheet.typed,
        faults=sheet.faults,
        summary=[(_anchor(name), _placed(name, note)) for name, note in sheet.faults.items()],
        subjects=[(code, _(name), fields) for code, (name, fields) in SUBJECTS.items()],
        is_table=lambda one: isinstance(one.kind, Table),
        kind_name=lambda one: type(one.kind).__name__,
        units=INPUT_UNITS,
        hints=HINTS,
        translated=_,
        organisations=list(sheet.organisations.items()),
        committees=[(code, name) for code, name in sheet.organisations.items() if code not in companies],
        confidences=[(code.value, _(text)) for code, (text, _shape) in describing.CONFIDENCES.items()],
        stages=[(stage.value, _(LABELS[stage])) for stage in Stage],
        months=[(number, _(name)) for number, name in Month.labels.items()],
    )
    return page, status


def _anchor(name: str) -> str:
    """The id that a fault's link leads to: a group of boxes has its own."""
    one = FIELDS.get(name)
    return f"{name}-group" if one is not None and isinstance(one.kind, Words) else name


def _placed(name: str, note: Note) -> Note:
    """The fault with the name of its parameter before it."""
    one = next((one for key, one in FIELDS.items() if _belongs(name, key, one.group)), None)
    if one is None:
        return note
    return Note("%(place)s: %(what)s", {"place": describing.parameter_label(one.key), "what": note})


def _belongs(name: str, key: str, group: str) -> bool:
    own = {key, group, f"source-{key}", f"confidence-{key}"}
    return name in own or name.startswith((f"{group}-", f"{key}-"))


def _preview_page(base: Any, made: NewSet) -> ResponseReturnValue:
    work = sessions.current()
    planning_round = rounds.latest(work)
    names = {one.code: one.name for one in organisations.everything(work)}
    before = (parameter_sets.values_in(base), base.notes)
    after = (made.parameters.to_json(), made.notes)
    found = None
    if planning_round is not None:
        found = effects.shown(parameter_effects.preview(work, planning_round, made.parameters))
    return render_template(
        "parameters/preview.html",
        base=base,
        round=planning_round,
        made=made,
        changes=describing.changes(before, after, names),
        changed_notes=describing.changed_notes(before, after, names),
        effects=found,
        period=effects.period,
        whole_ore=effects.whole_ore,
        neutral=made.parameters.neutral_rate_changes,
        resent=[(n, v) for n, v in request.form.items(multi=True) if n not in NOT_RESENT],
    )

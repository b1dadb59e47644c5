"""Targets: written, changed and taken away."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.financial_room import can_be_limit
from investplan.domain.indicators import DEFINITIONS, Indicator
from investplan.domain.targets import Target
from investplan.errors import ConflictError, InvalidInputError
from investplan.services import financial_targets, history
from web import access, sessions
from web.finances import describing, entry_forms
from web.finances.blueprint import pages
from web.finances.entry_forms import TypedForm


@pages.get("/targets/new")
@access.requires("edit finances")
def new_target() -> ResponseReturnValue:
    return _page(entry_forms.target_form(None), None, 200)


@pages.post("/targets")
@access.requires("edit finances")
def create_target() -> ResponseReturnValue:
    form = TypedForm(request.form.to_dict())
    target = entry_forms.target_from(form)
    if target is None:
        return _page(form, None, 422)
    try:
        key = request.form.get("key", "")[:100]
        financial_targets.create(sessions.current(), sessions.the_round().id, target, key=key)
    except InvalidInputError as error:
        form.errors.update(error.fields)
        return _page(form, None, 422)
    flash(_("Målet är sparat."), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/targets/<int:target_id>/edit")
@access.requires("edit finances")
def edit_target(target_id: int) -> ResponseReturnValue:
    row = financial_targets.find(sessions.current(), target_id)
    return _page(entry_forms.target_form(financial_targets.to_target(row)), row, 200)


@pages.post("/targets/<int:target_id>/edit")
@access.requires("edit finances")
def save_target(target_id: int) -> ResponseReturnValue:
    work = sessions.current()
    row = financial_targets.find(work, target_id)
    form = TypedForm(request.form.to_dict())
    typed = entry_forms.target_from(form)
    if typed is None:
        return _page(form, row, 422)
    keep = {n.removeprefix("keep-"): v for n, v in request.form.items() if n.startswith("keep-")}
    target = entry_forms.merge_target(typed, financial_targets.to_target(row), keep) if keep else typed
    try:
        financial_targets.save(work, target_id, target, seen_version=_version())
    except InvalidInputError as error:
        form.errors.update(error.fields)
        return _page(form, row, 422)
    except ConflictError:
        return _conflict_page(row, typed)
    flash(_("Målet är sparat."), "success")
    return redirect(url_for(".index"), 303)


@pages.post("/targets/<int:target_id>/remove")
@access.requires("edit finances")
def remove_target(target_id: int) -> ResponseReturnValue:
    financial_targets.remove(sessions.current(), target_id, seen_version=_version())
    flash(_("Målet är borttaget."), "success")
    return redirect(url_for(".index"), 303)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _page(form: TypedForm, row: Any, status: int) -> ResponseReturnValue:
    page = render_template(
        "finances/edit_target.html",
        form=form,
        row=row,
        version=request.form.get("version") or (row.version if row else ""),
        key=request.form.get("key") or secrets.token_urlsafe(16),
        indicators=[(one.value, _(DEFINITIONS[one].label)) for one in Indicator],
        formulas=[
            (_(DEFINITIONS[one].label), _(DEFINITIONS[one].formula), can_be_limit(one)) for one in Indicator
        ],
        operators=[(one.value, _(text)) for one, text in describing.OPERATORS.items()],
        confidences=[(one.value, _(text)) for one, (text, _code) in describing.CONFIDENCES.items()],
    )
    return page, status


LABELS = ("name", "indicator", "operator", "value", "average_years", "first_year", "last_year", "decided_by",
          "is_limit", "confidence")  # fmt: skip


def _conflict_page(row: Any, mine: Target) -> ResponseReturnValue:
    stored = entry_forms.target_form(financial_targets.to_target(row))
    typed = entry_forms.target_form(mine)
    last = history.last(sessions.current(), "financial_target", row.id)
    names = {
        "name": _("Namn"), "indicator": _("Mått"), "operator": _("Krav"), "value": _("Värde"),
        "average_years": _("Genomsnitt över"), "first_year": _("Första året"), "last_year": _("Sista året"),
        "decided_by": _("Beslutat av"), "is_limit": _("Lämnas till optimeraren"), "confidence": _("Säkerhet"),
    }  # fmt: skip
    fields = [
        {"name": name, "label": names[name], "mine": _told(name, typed), "theirs": _told(name, stored)}
        for name in LABELS
    ]
    hidden = {
        name: text
        for name, text in request.form.items()
        if name not in ("version", "csrf_token") and not name.startswith("keep-")
    }
    page = render_template(
        "finances/conflict.html",
        title=_("Målet har ändrats"),
        fields=fields,
        action=url_for(".save_target", target_id=row.id),
        cancel=url_for(".index"),
        version=row.version,
        last=last,
        hidden=hidden,
    )
    return page, 409


def _told(name: str, form: TypedForm) -> str:
    text = form.value(name)
    if name == "indicator":
        return str(_(DEFINITIONS[Indicator(text)].label))
    if name == "operator":
        return {one.value: str(_(label)) for one, label in describing.OPERATORS.items()}[text]
    if name == "is_limit":
        return str(_("ja") if text else _("nej"))
    return text

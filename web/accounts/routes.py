"""The table of accounts for SIE files, changed row by row, and the files themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.accounts import RowKind
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameters import Confidence
from investplan.errors import ConflictError, InvalidInputError
from investplan.services import accounts, frames, history, rounds
from web import access, sessions
from web.frames.telling import KIND_LABELS
from web.parameters.describing import CONFIDENCES

pages = Blueprint("accounts", __name__, template_folder="templates", url_prefix="/accounts")
FIELDS = ("account", "name", "confidence", "note")


def _kind_label(kind: RowKind) -> str:
    if kind is RowKind.BASE:
        return str(_("Föregående års ram"))
    return str(_(KIND_LABELS[AdjustmentKind(kind.value)]))


def _confidence(confidence: Confidence) -> tuple[str, str]:
    text, code = CONFIDENCES[confidence]
    return str(_(text)), code


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """The account of every kind of row, and a SIE file per year."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    found = frames.of_round(work, planning_round.id) if planning_round else []
    remarks: tuple[Any, ...] = ()
    fault = None
    if planning_round and found:
        try:
            remarks = accounts.sie_file(
                work,
                planning_round,
                found,
                planning_round.budget_year,
                company=sessions.settings().municipality,
            ).remarks
        except InvalidInputError as error:
            fault = next(iter(error.fields.values()))
    return render_template(
        "accounts/index.html",
        rows=accounts.everything(work),
        kind_label=_kind_label,
        confidence=_confidence,
        translated=_,
        round=planning_round if found else None,
        remarks=remarks,
        fault=fault,
    )


@pages.get("/<kind>")
@access.requires("edit accounts")
def edit(kind: str) -> ResponseReturnValue:
    found = accounts.find(sessions.current(), kind)
    return _form(found, found.to_json(), found.version, {})


def _form(found: accounts.MappedAccount, typed: dict[str, str], version: int, errors: dict[str, Any]) -> str:
    return render_template(
        "accounts/edit.html",
        found=found,
        typed=typed,
        version=version,
        kind_label=_kind_label(found.kind),
        confidences=[(one.value, _confidence(one)[0]) for one in Confidence],
        errors=errors,
    )


@pages.post("/<kind>")
@access.requires("edit accounts")
def save(kind: str) -> ResponseReturnValue:
    work = sessions.current()
    before = accounts.find(work, kind)
    typed = _typed(before)
    version = request.form.get("version", -1, type=int)
    try:
        accounts.save(work, kind, **typed, seen_version=version)
    except InvalidInputError as error:
        return _form(before, typed, version, error.fields), 422
    except ConflictError:
        return _conflict(before, typed), 409
    flash(_("Kontot för %(kind)s är sparat.", kind=_kind_label(before.kind)), "success")
    return redirect(url_for(".index"), 303)


def _typed(before: accounts.MappedAccount) -> dict[str, str]:
    """What the form says; after a conflict, field by field what was chosen to hold."""
    stored = before.to_json()
    return {
        name: stored[name]
        if request.form.get(f"keep-{name}") == "theirs"
        else request.form.get(name, stored[name])[:300]
        for name in FIELDS
    }


def _conflict(stored: accounts.MappedAccount, typed: dict[str, str]) -> str:
    work = sessions.current()
    labels = {"account": _("Konto"), "name": _("Namn"), "confidence": _("Säkerhet"), "note": _("Anteckning")}
    theirs = stored.to_json()

    def shown(name: str, value: str) -> str:
        known = {one.value: one for one in Confidence}
        return _confidence(known[value])[0] if name == "confidence" and value in known else value

    return render_template(
        "accounts/conflict.html",
        found=stored,
        kind_label=_kind_label(stored.kind),
        fields=[
            {
                "name": name,
                "label": labels[name],
                "mine": shown(name, typed[name]),
                "theirs": shown(name, theirs[name]),
            }
            for name in FIELDS
        ],
        typed=typed,
        last=history.last(work, "account", stored.kind.value),
    )

"""Object templates: the table, one of them with its versions, and a new version."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain import object_templates as domain
from investplan.domain.needs import USE_LABELS
from investplan.domain.object_templates import Basis
from investplan.domain.premise_uses import PremiseUse
from investplan.domain.proposals import OperatingKind, Part
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services import object_templates, reference_objects, rounds
from web import access, sessions
from web.object_templates import forms
from web.proposals.lives import DEPRECIATED, LAND
from web.proposals.typed import Reader, Typed
from web.texts import label

pages = Blueprint("object_templates", __name__, template_folder="templates", url_prefix="/templates")


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every template in use: what it costs, in which year's prices, and how many finished projects stand behind."""
    work = sessions.current()
    counts: dict[str, int] = {}
    for row in reference_objects.everything(work):
        counts[row.object_type] = counts.get(row.object_type, 0) + 1
    found = [(row, domain.from_json(row.content)) for row in object_templates.latest(work)]
    return render_template("object_templates/index.html", found=found, counts=counts)


@pages.get("/<code>")
@access.requires("see")
def show(code: str) -> ResponseReturnValue:
    """One template as it is now, and its versions."""
    found = object_templates.versions(sessions.current(), code[:40])
    return render_template(
        "object_templates/show.html",
        row=found[0],
        template=domain.from_json(found[0].content),
        versions=[(one, domain.from_json(one.content)) for one in found],
        permille_text=domain.permille_text,
        use_labels=USE_LABELS,
    )


@pages.route("/new", methods=["GET", "POST"])
@access.requires("edit templates")
def create() -> ResponseReturnValue:
    """A template for a new object type."""
    if request.method == "GET":
        planning_round = rounds.latest(sessions.current())
        year = planning_round.budget_year - 1 if planning_round else sessions.current().today.year
        blank = {"price_level_year": str(year), "basis": Basis.M2.value}
        return _form(Typed(blank), "", 0, secrets.token_urlsafe(16))
    return _receive("", 0)


@pages.route("/<code>/edit", methods=["GET", "POST"])
@access.requires("edit templates")
def edit(code: str) -> ResponseReturnValue:
    """A new version of a template."""
    newest = object_templates.versions(sessions.current(), code[:40])[0]
    if request.method == "GET":
        shown = forms.typed(domain.from_json(newest.content))
        return _form(shown, newest.code, newest.version, secrets.token_urlsafe(16))
    faults: dict[str, Note] = {}
    seen = Reader(request.form, faults).whole("version", 1, 2**31 - 1)
    if faults:
        raise InvalidInputError(faults)
    return _receive(newest.code, seen)


def _receive(code: str, seen: int) -> ResponseReturnValue:
    sent, key = Typed.of_form(request.form), request.form.get("key", "")[:80]
    if sent.is_rearranging():
        sent.rearrange()
        return _form(sent, code, seen, key)
    template, faults = forms.read(sent, code)
    if faults:
        return _form(sent, code, seen, key, faults=faults), 422
    try:
        saved = object_templates.save(sessions.current(), template, seen_version=seen, key=key)
    except InvalidInputError as refused:
        found = {name.replace(".", "-"): note for name, note in refused.fields.items()}
        return _form(sent, code, seen, key, faults=found), 422
    except ConflictError:
        note = Note(
            "Någon annan har ändrat mallen sedan du öppnade den. Läs den nya versionen och försök igen."
        )
        return _form(sent, code, seen, key, faults={"": note}), 409
    flash(_("Mallen %(title)s är sparad.", title=template.title), "success")
    return redirect(url_for(".show", code=saved.code), 303)


def _form(sent: Typed, code: str, version: int, key: str, faults: Any = None) -> str:
    faults = faults or {}
    return render_template(
        "object_templates/edit.html",
        f=sent.fields,
        rows=sent.rows,
        code=code,
        version=version,
        key=key,
        faults=faults,
        summary=[(name or None, note) for name, note in faults.items()],
        bases=[(one.value, label(one)) for one in Basis],
        kinds=[(one.value, label(one)) for one in OperatingKind],
        part_choices=[(one.value, label(one)) for one in Part],
        uses=[
            ("", _("Inte sagt: rubriken avgör")),
            *((one.value, str(_(USE_LABELS[one]))) for one in PremiseUse),
        ],
        depreciation=[(DEPRECIATED, _("Skrivs av")), (LAND, _("Mark, skrivs inte av"))],
    )


@pages.post("/<code>/withdraw")
@access.requires("edit templates")
def withdraw(code: str) -> ResponseReturnValue:
    """Take an object type out of use."""
    reason = request.form.get("reason", "").replace("\x00", "")[:500]
    try:
        row = object_templates.withdraw(sessions.current(), code[:40], reason=reason)
    except NotFoundError:
        flash(_("Mallen är redan tagen ur bruk."), "warning")
    else:
        flash(_("Mallen %(name)s är tagen ur bruk.", name=row.content["name"]), "success")
    return redirect(url_for(".index"), 303)

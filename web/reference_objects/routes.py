"""Finished projects to compare with: the table, one more by hand, a file of them, and one taken away."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from investplan.domain.reference_objects import ReferenceObject
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services import object_templates, reference_objects
from investplan.services.reference_objects import RefusedFileError
from web import access, sessions
from web.proposals.typed import Faults, Reader

pages = Blueprint("reference_objects", __name__, template_folder="templates", url_prefix="/reference-objects")
SHOWN_FAULTS = 50
FIELDS = (
    "name",
    "object_type",
    "year",
    "outlay",
    "price_level_year",
    "area_m2",
    "places",
    "length_m",
    "source",
)
MAX_UNITS = 10_000_000


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every object in comparisons."""
    return _index({})


def _index(typed: dict[str, str], faults: Any = None, file_faults: Any = (), opened: str = "") -> str:
    work = sessions.current()
    faults = faults or {}
    return render_template(
        "reference_objects/index.html",
        found=reference_objects.everything(work),
        types={code: one.name for code, one in object_templates.by_code(work).items()},
        f=typed,
        faults=faults,
        summary=list(faults.items()),
        file_faults=file_faults[:SHOWN_FAULTS],
        file_fault_count=len(file_faults),
        key=secrets.token_urlsafe(16),
        opened=opened,
    )


@pages.post("")
@access.requires("edit templates")
def add() -> ResponseReturnValue:
    """One more, typed by hand."""
    typed = {name: request.form.get(name, "").replace("\x00", "")[:300] for name in FIELDS}
    faults: Faults = {}
    read = Reader(typed, faults)
    stated = ReferenceObject(
        name=read.text("name", 200, Note("Skriv vilket projekt det är.")),
        object_type=read.raw("object_type"),
        year=read.whole("year", 1950, 2200),
        outlay_ore=read.positive_amount("outlay"),
        price_level_year=read.whole("price_level_year", 1950, 2200)
        if read.raw("price_level_year")
        else read.whole("year", 1950, 2200),
        m2=read.optional_whole("area_m2", 1, MAX_UNITS),
        places=read.optional_whole("places", 1, MAX_UNITS),
        metres=read.optional_whole("length_m", 1, MAX_UNITS),
        source=read.text("source", 200),
    )
    if faults:
        return _index(typed, faults, opened="add"), 422
    try:
        reference_objects.add(sessions.current(), stated, key=request.form.get("key", "")[:60])
    except InvalidInputError as refused:
        return _index(typed, refused.fields, opened="add"), 422
    flash(_("%(name)s är med i jämförelserna.", name=stated.name), "success")
    return redirect(url_for(".index"), 303)


@pages.post("/file")
@access.requires("edit templates")
def read_in() -> ResponseReturnValue:
    """A file of objects: all of it, or nothing and what is wrong with it line by line."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index({}, {"file": Note("Välj en fil.")}, opened="file"), 422
    try:
        count = reference_objects.read_in(
            sessions.current(), sent.read(), Path(sent.filename).name, key=request.form.get("key", "")[:60]
        )
    except RefusedFileError as refused:
        return _index({}, {"file": Note("Filen är inte inläst.")}, refused.faults, "file"), 422
    flash(ngettext("%(num)s objekt är inläst.", "%(num)s objekt är inlästa.", count), "success")
    return redirect(url_for(".index"), 303)


@pages.post("/<int(max=2147483647):object_id>/remove")
@access.requires("edit templates")
def remove(object_id: int) -> ResponseReturnValue:
    """Take one out of comparisons."""
    try:
        row = reference_objects.remove(sessions.current(), object_id)
    except NotFoundError:
        flash(_("Objektet är redan borttaget."), "warning")
    else:
        flash(_("%(name)s är inte längre med i jämförelserna.", name=row.name), "success")
    return redirect(url_for(".index"), 303)

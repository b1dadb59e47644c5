"""Taking in a file: send it with its mapping, read the report, then take it, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError, Note
from investplan.services import imports, rounds
from web import access, sessions
from web.errors import say
from web.imports import uploads

pages = Blueprint("imports", __name__, template_folder="templates", url_prefix="/imports")
SHOWN_ROWS = 200
MAX_MAPPING_BYTES = 200_000


def _folder() -> Path:
    return sessions.settings().data_dir / "uploads"


@pages.get("/")
@access.requires("import proposals")
def index() -> ResponseReturnValue:
    return _index({}, "")


def _index(errors: dict[str, Note], mapping_toml: str) -> str:
    work = sessions.current()
    planning_round = rounds.latest(work)
    batches = imports.batches(work, planning_round.id) if planning_round else []
    return render_template(
        "imports/index.html", batches=batches, round=planning_round, errors=errors, mapping_toml=mapping_toml
    )


@pages.post("/")
@access.requires("import proposals")
def send() -> ResponseReturnValue:
    sent, mapping_toml = request.files.get("file"), _mapping_text()
    errors: dict[str, Note] = {}
    if sent is None or not sent.filename:
        errors["file"] = Note("Välj en fil.")
    if not mapping_toml.strip():
        errors["mapping"] = Note("Skicka med en mappningsfil, eller klistra in den.")
    if not errors:
        try:
            imports.read_mapping(mapping_toml)
        except InvalidInputError as error:
            faults = "; ".join(f"{name}: {say(note)}" for name, note in error.fields.items())
            errors["mapping"] = Note("Mappningen passar inte: %(faults)s", {"faults": faults})
    if errors or sent is None:
        return _index(errors, mapping_toml), 422
    token = uploads.keep(
        _folder(),
        sent.read(),
        file_name=Path(sent.filename or "").name,
        mapping_toml=mapping_toml,
        user_id=_user_id(),
    )
    return redirect(url_for(".review", token=token))


def _mapping_text() -> str:
    sent = request.files.get("mapping_file")
    if sent is not None and sent.filename:
        return str(sent.read(MAX_MAPPING_BYTES), "utf-8", errors="replace")
    return request.form.get("mapping", "")[:MAX_MAPPING_BYTES]


def _user_id() -> int:
    found: int = sessions.user().id
    return found


@pages.get("/review/<token>")
@access.requires("import proposals")
def review(token: str) -> ResponseReturnValue:
    return _review(token)


def _review(token: str) -> str:
    upload = uploads.find(_folder(), token, user_id=_user_id())
    work = sessions.current()
    planning_round = rounds.latest(work)
    assert planning_round is not None
    staged = imports.stage(upload.content, upload.file_name, upload.mapping_toml)
    found = imports.preview(work, planning_round.id, staged)
    return render_template(
        "imports/review.html",
        upload=upload,
        round=planning_round,
        found=found,
        taken=len(found.proposals),
        **_shown(imports.lines_of(found), found.reconciliation),
    )


def _shown(lines: list[imports.ReportLine], account: Any) -> dict[str, Any]:
    """Rows with something to say first; a page shows at most `SHOWN_ROWS`, the stored report has them all."""
    noted = [line for line in lines if line.notes or line.outcome != "taken"]
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.outcome] = counts.get(line.outcome, 0) + 1
    return {
        "lines": noted[:SHOWN_ROWS],
        "noted": len(noted),
        "rows": len(lines),
        "counts": counts,
        "account": account,
        "shown_rows": SHOWN_ROWS,
    }


@pages.post("/review/<token>")
@access.requires("import proposals")
def take(token: str) -> ResponseReturnValue:
    upload = uploads.find(_folder(), token, user_id=_user_id())
    work = sessions.current()
    planning_round = rounds.latest(work)
    assert planning_round is not None
    staged = imports.stage(upload.content, upload.file_name, upload.mapping_toml)
    try:
        batch = imports.take(
            work, planning_round.id, staged, key=token[:80], skip_refused="skip_refused" in request.form
        )
    except imports.RefusedImportError:
        flash(
            _("Ingenting lästes in, eftersom rader avvisades. Rätta filen eller välj att hoppa över dem."),
            "fault",
        )
        return _review(token), 422
    work.after_commit.append(lambda: uploads.forget(_folder(), token))
    flash(_("Filen %(name)s är inläst.", name=batch.file_name), "success")
    return redirect(url_for(".show", batch_id=batch.id))


@pages.get("/<int:batch_id>")
@access.requires("import proposals")
def show(batch_id: int) -> ResponseReturnValue:
    work = sessions.current()
    batch = imports.find(work, batch_id)
    return render_template(
        "imports/show.html",
        batch=batch,
        **_shown(imports.report(work, batch_id), imports.reconciliation(batch)),
    )

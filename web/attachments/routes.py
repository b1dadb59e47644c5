"""Files that go with a proposal: seen, sent, fetched, and taken away with a reason."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.attachments import MOST_BYTES, TYPES, DocumentKind
from investplan.errors import InvalidInputError, Note
from investplan.services import attachments, proposals
from web import access, sessions
from web.texts import label

pages = Blueprint(
    "attachments", __name__, template_folder="templates", url_prefix="/proposals/<int:proposal_id>/files"
)
Errors = dict[str, Note]


@pages.get("")
@access.requires("see")
def index(proposal_id: int) -> ResponseReturnValue:
    """The proposal's files, and the form that adds one."""
    return _page(proposal_id, {})


def _page(proposal_id: int, errors: Errors, typed: dict[str, Any] | None = None) -> str:
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    documents = attachments.of(work, proposal_id)
    standing = [one for one in documents if one.latest.removed_at is None]
    return render_template(
        "attachments/index.html",
        proposal=proposal,
        documents=documents,
        standing=standing,
        choices=[("", _("En ny handling")), *((one.number, _new_version(one)) for one in standing)],
        kinds=[(one.value, label(one)) for one in DocumentKind],
        accept=",".join(f".{ending}" for ending in TYPES),
        most_mb=MOST_BYTES // 2**20,
        endings=", ".join(dict.fromkeys(TYPES)),
        errors=errors,
        typed=typed or {"kind": DocumentKind.CALCULATION.value, "document": "", "secret": False},
        key=uuid.uuid4().hex,
    )


def _new_version(document: attachments.Document) -> str:
    latest = document.latest
    return str(_("Ny version av %(name)s", name=latest.file_name))


@pages.post("")
@access.requires("edit proposal")
def add(proposal_id: int) -> ResponseReturnValue:
    """Take in one file."""
    sent = request.files.get("file")
    typed: dict[str, Any] = {name: request.form.get(name, "")[:40] for name in ("kind", "document")}
    typed["secret"] = bool(request.form.get("secret"))
    errors: Errors = {}
    if sent is None or not sent.filename:
        errors["file"] = Note("Välj en fil.")
    if typed["kind"] not in set(DocumentKind):
        errors["kind"] = Note("Välj vad det är för handling.")
    if typed["document"] and not (typed["document"].isdecimal() and len(typed["document"]) < 9):
        errors["document"] = Note("Välj i listan.")
    if errors or sent is None:
        return _page(proposal_id, errors, typed), 422
    try:
        row = attachments.add(
            sessions.current(),
            proposal_id,
            sent.filename or "",
            sent.read(),
            kind=DocumentKind(typed["kind"]),
            document=int(typed["document"]) if typed["document"] else None,
            secret=typed["secret"],
            key=request.form.get("key", "")[:80],
        )
    except InvalidInputError as refused:
        return _page(proposal_id, dict(refused.fields), typed), 422
    flash(_("%(name)s är tillagd, version %(version)s.", name=row.file_name, version=row.version), "success")
    return redirect(url_for(".index", proposal_id=proposal_id), 303)


@pages.get("/<int:attachment_id>")
@access.requires("see")
def fetch(proposal_id: int, attachment_id: int) -> ResponseReturnValue:
    """The file itself, always to be saved: nothing that somebody sent is run in the reader's browser."""
    row = attachments.find(sessions.current(), proposal_id, attachment_id)
    answer = Response(row.content or b"", content_type=row.media_type)
    plain = "".join(one if one.isascii() and one not in '"\\' else "_" for one in row.file_name)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(row.file_name)}"
    )
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@pages.post("/remove/<int:document>")
@access.requires("edit proposal")
def remove(proposal_id: int, document: int) -> ResponseReturnValue:
    """Take away a document with all its versions."""
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        attachments.remove(sessions.current(), proposal_id, document, reason=reason)
    except InvalidInputError as refused:
        return _page(proposal_id, dict(refused.fields)), 422
    flash(_("Filen är borttagen. Namnet och skälet står kvar i historiken."), "success")
    return redirect(url_for(".index", proposal_id=proposal_id), 303)

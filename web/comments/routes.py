"""Comments: written on the proposal's page, changed for ten minutes, deleted with a trace, and read by whom they mention."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import comments, proposals
from web import access, sessions
from web.proposals.typed import Reader, Typed

pages = Blueprint("comments", __name__, template_folder="templates", url_prefix="/comments")
ONE = "/<int(max=2147483647):comment_id>"


def _typed() -> dict[str, Any]:
    return Typed.of_form(request.form).fields


def _text_with_mention(typed: dict[str, Any]) -> str:
    """What was written, and at its end who was picked in the list of people."""
    text, picked = str(typed.get("text", "")), str(typed.get("mention", "")).strip()
    for one in comments.people(sessions.current()):
        if picked and picked in (one.username, one.name, f"{one.name} ({one.username})"):
            return text if f"@{one.username}" in text else f"{text.rstrip()} @{one.username}".strip()
    return text


def _back(proposal_id: int, anchor: str) -> ResponseReturnValue:
    return redirect(url_for("proposals.show", proposal_id=proposal_id, _anchor=anchor))


@pages.post("/of-proposal/<int(max=2147483647):proposal_id>")
@access.requires("comment")
def write(proposal_id: int) -> ResponseReturnValue:
    """A new comment; with a fault the text is shown again."""
    work, typed = sessions.current(), _typed()
    text, key = _text_with_mention(typed), str(typed.get("key", ""))[:80]
    try:
        made = comments.write(work, proposal_id, text, key=key)
    except InvalidInputError as refused:
        proposal = proposals.find(work, proposal_id)
        return _form(proposal, None, text, 0, refused.fields, key or uuid.uuid4().hex), 422
    flash(_("Kommentaren är sparad."), "success")
    return _back(proposal_id, f"comment-{made.id}")


def _form(
    proposal: Any,
    comment: Any,
    text: str,
    version: int,
    faults: dict[str, Note],
    key: str = "",
    theirs: str = "",
) -> str:
    return render_template(
        "comments/edit.html",
        proposal=proposal,
        comment=comment,
        text=text,
        version=version,
        faults=faults,
        key=key,
        theirs=theirs,
    )


@pages.get(f"{ONE}/edit")
@access.requires("comment")
def show_edit(comment_id: int) -> ResponseReturnValue:
    found = comments.find(sessions.current(), comment_id)
    return _form(found.proposal, found, found.text, found.version, {})


def _seen_version() -> int:
    faults: dict[str, Note] = {}
    version = Reader(_typed(), faults).whole("version", 1, 2**31 - 1)
    if faults:
        raise InvalidInputError(faults)
    return version


@pages.post(f"{ONE}/edit")
@access.requires("comment")
def edit(comment_id: int) -> ResponseReturnValue:
    work, text = sessions.current(), _text_with_mention(_typed())
    found = comments.find(work, comment_id)
    try:
        comments.edit(work, comment_id, text, seen_version=_seen_version())
    except InvalidInputError as refused:
        return _form(found.proposal, found, text, found.version, refused.fields), 422
    except ConflictError as conflict:
        theirs = str(conflict.stored["text"])
        return _form(found.proposal, found, text, found.version, {}, theirs=theirs), 409
    flash(_("Kommentaren är ändrad."), "success")
    return _back(found.proposal_id, f"comment-{comment_id}")


@pages.post(f"{ONE}/delete")
@access.requires("comment")
def delete(comment_id: int) -> ResponseReturnValue:
    found = comments.delete(sessions.current(), comment_id, seen_version=_seen_version())
    flash(_("Kommentaren är borttagen. Det syns att den har funnits."), "success")
    return _back(found.proposal_id, "comments")


@pages.post(f"{ONE}/read")
@access.requires("see")
def mark_read(comment_id: int) -> ResponseReturnValue:
    """The reader has read the comment that mentions it."""
    work = sessions.current()
    comments.mark_read(work, comment_id)
    return _back(comments.find(work, comment_id).proposal_id, f"comment-{comment_id}")

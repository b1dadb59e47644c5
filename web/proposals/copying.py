"""Copying a proposal to a new draft."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError
from investplan.services import proposal_copies, proposals
from web import access, sessions


def register(pages: Blueprint, one: str) -> None:
    """Give the blueprint its address; `one` is the path of one proposal."""
    pages.add_url_rule(f"{one}/copy", view_func=copy, methods=["GET", "POST"])


@access.requires("edit proposal")
def copy(proposal_id: int) -> ResponseReturnValue:
    """Ask for the copy's case number, and what is not copied is told; then make it."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    if request.method == "GET":
        return _page(proposal, "", uuid.uuid4().hex, {})
    case_number, key = request.form.get("case_number", "").replace("\x00", ""), request.form.get("key", "")
    try:
        made = proposal_copies.copy(work, proposal_id, case_number=case_number, key=key[:80])
    except InvalidInputError as refused:
        return _page(proposal, case_number, key[:80], dict(refused.fields)), 422
    flash(_("Kopian är ett nytt utkast. Byt rubrik och ändra det som skiljer sig."), "success")
    return redirect(url_for("proposals.edit", proposal_id=made.id, step="need"))


def _page(proposal: object, case_number: str, key: str, faults: dict[str, object]) -> str:
    summary = [(name if name == "case_number" else None, note) for name, note in faults.items()]
    return render_template(
        "proposals/copy.html",
        proposal=proposal,
        case_number=case_number,
        key=key,
        faults=faults,
        summary=summary,
    )

"""Keeping what is typed while it is being typed, and what the writer does with it afterwards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import NotFoundError
from investplan.services import form_drafts, proposal_records, proposals
from web import access, sessions
from web.proposals import drafts, editing, steps
from web.proposals.steps import Step

ONE = "/drafts/<form_key>"


def register(pages: Blueprint, one: str) -> None:
    """Give the blueprint its addresses; `one` is the path of one proposal."""
    pages.add_url_rule("/new/draft", view_func=keep_new_draft, methods=["POST"])
    pages.add_url_rule(f"{one}/drafts/<step>", view_func=keep_draft, methods=["POST"])
    pages.add_url_rule(ONE, view_func=open_draft, methods=["GET"])
    pages.add_url_rule(f"{ONE}/discard", view_func=discard_draft, methods=["POST"])


@access.requires("edit proposal")
def keep_new_draft() -> ResponseReturnValue:
    """Keep what stands in the form of a new proposal."""
    place = drafts.place_of(None, Step.NEED, "")
    typed = drafts.pairs(request.form.items(multi=True))
    return _told(form_drafts.keep(sessions.current(), request.form.get("key", ""), place, typed))


@access.requires("edit proposal")
def keep_draft(proposal_id: int, step: str) -> ResponseReturnValue:
    """Keep what stands in a step, whatever it says."""
    editing.editable(proposal_id)
    place = drafts.place_of(proposal_id, drafts.step_of(step), request.form.get("code", ""))
    typed, version = drafts.pairs(request.form.items(multi=True)), editing.seen_version()
    key = request.form.get("draft_key", "")
    return _told(form_drafts.keep(sessions.current(), key, place, typed, seen_version=version))


def _told(row: Any) -> ResponseReturnValue:
    return jsonify(clock=drafts.clock(row.saved_at) if row is not None else "")


def _own(form_key: str) -> Any:
    row = form_drafts.find(sessions.current(), form_key)
    if row is None:
        raise NotFoundError("draft", form_key[:80])
    return row


@access.requires("edit proposal")
def open_draft(form_key: str) -> ResponseReturnValue:
    """To the step with the text standing there."""
    return redirect(drafts.address_of(_own(form_key)))


@access.requires("edit proposal")
def discard_draft(form_key: str) -> ResponseReturnValue:
    """Throw the text away, and back to the step as it is saved, or to the proposal where nothing is written any more."""
    row = _own(form_key)
    url = url_for("proposals.create") if row.proposal_id is None else _step_url(row)
    form_drafts.discard(sessions.current(), form_key)
    flash(_("Texten är slängd."), "success")
    return redirect(url)


def _step_url(row: Any) -> str:
    proposal = proposals.find(sessions.current(), row.proposal_id)
    if not proposals.is_open(proposal):
        return url_for("proposals.show", proposal_id=row.proposal_id)
    if not row.alternative:
        return url_for("proposals.edit", proposal_id=row.proposal_id, step=row.step)
    facts = proposal_records.facts(proposal)
    number, _is_there = editing.number_of_code(facts, row.alternative)
    return steps.address(row.proposal_id, Step(row.step), number)

"""Answers to a form that is being written: what it means, and what was pasted. Neither touches the database."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from investplan.errors import NotFoundError
from investplan.services import proposal_records
from web import access
from web.errors import say
from web.proposals import editing, filling
from web.proposals.editing import Sheet
from web.proposals.steps import Step
from web.proposals.typed import Typed


def register(pages: Blueprint, one: str) -> None:
    """Give the blueprint its addresses; `one` is the path of one proposal."""
    pages.add_url_rule(f"{one}/preview/<step>", view_func=preview, methods=["POST"])
    pages.add_url_rule(f"{one}/pasted", view_func=pasted, methods=["POST"])


def _sheet(proposal_id: int, step: Step) -> Sheet:
    """The step as it stands in the form that was sent.

    Raises:
        NotFoundError: the alternative is gone.
    """
    proposal = editing.editable(proposal_id)
    facts = proposal_records.facts(proposal)
    typed = Typed.of_form(request.form)
    code = str(typed.fields.get("code", ""))
    number, is_there = editing.number_of_code(facts, code)
    if not is_there:
        raise NotFoundError("alternative", code[:40])
    return Sheet(step, typed, proposal, facts, number)


@access.requires("edit proposal")
def preview(proposal_id: int, step: str) -> ResponseReturnValue:
    """The panel of consequences for what is typed just now."""
    if step not in editing.LIVE_STEPS:
        raise NotFoundError("step", step)
    sheet = _sheet(proposal_id, Step(step))
    shown = editing.live_panel(sheet, editing.choices_for(sheet))
    return render_template("proposals/live.html", live=shown)


@access.requires("edit proposal")
def pasted(proposal_id: int) -> ResponseReturnValue:
    """The pasted years as rows of the outlay grid, or what is wrong with them."""
    sheet = _sheet(proposal_id, Step.OUTLAYS)
    if sheet.alternative is None:
        raise NotFoundError("alternative", "")
    found = filling.read_pasted(
        request.form.get("pasted", ""),
        request.form.get("pasted_unit", ""),
        sheet.alternative,
        sheet.proposal.round.budget_year,
    )
    return jsonify(rows=filling.pasted_rows(found), faults=[say(note) for note in found.faults])

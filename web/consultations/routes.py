"""Consultations: the list, one with its replies, and asking. Replying is in `reply_pages`, questions in `question_pages`."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from investplan.domain.consultations import ConsultationState
from investplan.domain.organisations import OF_ORGANISATION
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import (
    consultations,
    mails,
    organisations,
    proposals,
    question_sets,
    replies,
    rounds,
    secrecy,
)
from web import access, sessions
from web.consultations import forms, question_pages, reply_pages, telling
from web.proposals import describing
from web.proposals.typed import Reader, Typed

pages = Blueprint("consultations", __name__, template_folder="templates", url_prefix="/consultations")
ONE = "/<int(max=2147483647):consultation_id>"
NEW = "/of-proposal/<int(max=2147483647):proposal_id>/new"
REPLY_DAYS = 28
"""The time for replies that the form begins with; the municipality's own rules decide."""

reply_pages.register(pages)
question_pages.register(pages)


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Everything that has been asked in the round: of the own organisation and by it, or by all for who sees all."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    own = work.actor.organisation_id if work.actor.role in OF_ORGANISATION else None
    asked_of = consultations.asked_of(work, own, round_id=planning_round.id) if planning_round else []
    asked_by = consultations.asked_by(work, own, round_id=planning_round.id) if planning_round and own else []
    return render_template(
        "consultations/index.html",
        planning_round=planning_round,
        is_own=own is not None,
        asked_of=[(one, telling.status(work, one)) for one in asked_of],
        asked_by=[(one, telling.parties(work, one)) for one in asked_by],
        may_reply=lambda party: (
            party.consultation.state == ConsultationState.OPEN
            and access.allowed("reply", organisation_id=party.organisation_id)
        ),
    )


@pages.get(ONE)
@access.requires("see")
def show(consultation_id: int) -> ResponseReturnValue:
    return _page(consultation_id, {}, {}), 200


def _page(consultation_id: int, faults: dict[str, Note], typed: dict[str, str]) -> str:
    work = sessions.current()
    found = consultations.find(work, consultation_id)
    labels = describing.labels()
    # What replies themselves have added is told beside each reply.
    names = [one for one in consultations.changed_since(work, found) if one != "alternatives.from_replies"]
    changed = [labels[name] for name in names if name in labels]
    return render_template(
        "consultations/show.html",
        consultation=found,
        proposal=found.proposal,
        parties=telling.parties(work, found),
        changed=changed,
        is_open=found.state == ConsultationState.OPEN,
        may_ask=access.allowed("consult", organisation_id=found.proposal.organisation_id),
        may_reply=lambda party: access.allowed("reply", organisation_id=party.organisation_id),
        rows_told=lambda reply: telling.rows_told(work, reply),
        cost_rows=telling.cost_rows,
        wants_answer=replies.wants_answer,
        describing=describing,
        tag_by_stance=telling.TAG_BY_STANCE,
        faults=faults,
        typed=typed,
    )


@pages.get(NEW)
@access.requires("consult")
def new(proposal_id: int) -> ResponseReturnValue:
    """The form that sends a proposal out, with everybody who is suggested ticked."""
    proposal = _own_proposal(proposal_id)
    suggested = consultations.suggestions(sessions.current(), proposal_id)
    by_code = organisations.by_code(sessions.current())
    due_on = sessions.current().today + timedelta(days=REPLY_DAYS)
    chosen = _fitting_set(proposal)
    fields = {
        "due_on": due_on.isoformat(),
        "question_set": chosen.code if chosen else "",
        "questions": "\n".join(chosen.questions) if chosen else "",
    }
    ask = [by_code[one.party.code].id for one in suggested]
    affected = [by_code[one.party.code].id for one in suggested if one.affected]
    return _form(proposal, fields, ask, affected, {}, uuid.uuid4().hex)


def _own_proposal(proposal_id: int) -> Any:
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("consult", organisation_id=proposal.organisation_id)
    return proposal


def _fitting_set(proposal: Any) -> Any:
    """The first set that is meant for the proposal's category."""
    rules = question_sets.rules(sessions.current())
    return next((one for one in rules if proposal.category in one.categories), rules[-1] if rules else None)


def _form(
    proposal: Any,
    fields: dict[str, Any],
    ask: list[int],
    affected: list[int],
    faults: dict[str, Note],
    key: str,
) -> str:
    work = sessions.current()
    suggested = {one.party.code: one for one in consultations.suggestions(work, proposal.id)}
    valid = [one for one in organisations.all_valid(work) if one.id != proposal.organisation_id]
    order = list(suggested)
    first = sorted((one for one in valid if one.code in suggested), key=lambda one: order.index(one.code))
    return render_template(
        "consultations/new.html",
        proposal=proposal,
        f=fields,
        ask=ask,
        affected=affected,
        marked=secrecy.marks(work, proposal),
        suggested=[(one, suggested[one.code].reasons) for one in first],
        others=[one for one in valid if one.code not in suggested],
        sets=[(one.code, one.name) for one in question_sets.rules(work)],
        faults=faults,
        key=key,
    )


@pages.post(NEW)
@access.requires("consult")
def ask(proposal_id: int) -> ResponseReturnValue:
    """Send out; or fill in the questions of a set, where that button was pressed."""
    proposal = _own_proposal(proposal_id)
    work, key = sessions.current(), request.form.get("key", "")[:80]
    asked, faults = forms.read_asked(request.form)
    fields = dict(Typed.of_form(request.form).fields)
    ticked = (list(asked.parties), [one for one, affected in asked.parties.items() if affected])
    if "fill" in request.form:
        rules = {one.code: one for one in question_sets.rules(work)}
        if asked.question_set in rules:
            fields["questions"] = "\n".join(rules[asked.question_set].questions)
        return _form(proposal, fields, *ticked, {}, key)
    if not faults:
        try:
            made = consultations.ask(work, proposal_id, asked, key=key)
        except InvalidInputError as refused:
            faults = refused.fields
        else:
            count = len(made.parties)
            flash(
                ngettext(
                    "Remissen är skickad till %(num)s part.",
                    "Remissen är skickad till %(num)s parter.",
                    count,
                ),
                "success",
            )
            return redirect(url_for(".show", consultation_id=made.id))
    return _form(proposal, fields, *ticked, faults, key), 422


def _seen_version() -> int:
    faults: dict[str, Note] = {}
    version = Reader(request.form, faults).whole("version", 1, 2**31 - 1)
    if faults:
        raise InvalidInputError(faults)
    return version


@pages.post(f"{ONE}/remind")
@access.requires("consult")
def remind(consultation_id: int) -> ResponseReturnValue:
    work, settings = sessions.current(), sessions.settings()
    reminded = consultations.remind(work, consultation_id)
    if settings.smtp_host:
        mails.write_reminders(work, reminded, settings.public_url)
    if reminded:
        names = ", ".join(one.organisation.name for one in reminded)
        flash(_("Påminnelse till: %(names)s.", names=names), "success")
    else:
        flash(_("Alla har svarat eller har redan påmints i dag."), "info")
    return redirect(url_for(".show", consultation_id=consultation_id))


@pages.post(f"{ONE}/extend")
@access.requires("consult")
def extend(consultation_id: int) -> ResponseReturnValue:
    """Another due date."""
    faults: dict[str, Note] = {}
    due_on = forms.read_date(Reader(request.form, faults), "due_on", Note("Ange när svaren ska vara inne."))
    try:
        if faults:
            raise InvalidInputError(faults)
        consultations.extend(sessions.current(), consultation_id, due_on, seen_version=_seen_version())
    except InvalidInputError as refused:
        return _page(consultation_id, refused.fields, {"due_on": request.form.get("due_on", "")}), 422
    except ConflictError:
        return _look_again(consultation_id)
    flash(_("Svarsdatumet är ändrat."), "success")
    return redirect(url_for(".show", consultation_id=consultation_id))


@pages.post(f"{ONE}/close")
@access.requires("consult")
def close(consultation_id: int) -> ResponseReturnValue:
    """No more replies."""
    reason = request.form.get("reason", "").replace("\x00", "").strip()[:1000]
    try:
        consultations.close(sessions.current(), consultation_id, seen_version=_seen_version(), reason=reason)
    except ConflictError:
        return _look_again(consultation_id)
    flash(_("Remissen är avslutad. Svaren finns kvar."), "success")
    return redirect(url_for(".show", consultation_id=consultation_id))


def _look_again(consultation_id: int) -> ResponseReturnValue:
    flash(_("Någon annan har ändrat remissen. Se hur den är nu, och gör om det som behövs."), "warning")
    return _page(consultation_id, {}, {}), 409

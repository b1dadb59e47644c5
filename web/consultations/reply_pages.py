"""Replying to a consultation, and answering a reply. What is typed is never lost, whatever happens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.consultations import Decider, Outcome, Stance
from investplan.domain.proposals import OperatingKind
from investplan.errors import ConflictError, InvalidInputError, Note, StateError
from investplan.services import replies, reply_rows, secrecy
from web import access, formatting, sessions
from web.consultations import forms, telling
from web.proposals import choosing, describing
from web.proposals.typed import Reader, Typed
from web.texts import label

MOST_ROWS = 40


def register(pages: Blueprint) -> None:
    """Give the blueprint the addresses of replying and answering."""
    party = "/parties/<int(max=2147483647):party_id>/reply"
    answer_one = "/replies/<int(max=2147483647):reply_id>/answer"
    pages.add_url_rule(party, view_func=begin, methods=["GET"])
    pages.add_url_rule(party, view_func=reply, methods=["POST"])
    pages.add_url_rule(answer_one, view_func=show_answer, methods=["GET"])
    pages.add_url_rule(answer_one, view_func=answer, methods=["POST"])


@dataclass
class Sheet:
    """The reply's form as the page shows it. `warning` tells what a colleague did meanwhile."""

    party: Any
    typed: Typed
    key: str
    seen_reply_id: int | None
    draft_version: int
    faults: dict[str, Note] = field(default_factory=dict)
    warning: str = ""
    theirs: str = ""


@access.requires("reply")
def begin(party_id: int) -> ResponseReturnValue:
    """The form: the draft where there is one, else the latest reply, else empty."""
    work = sessions.current()
    asked = replies.party(work, party_id)
    if asked.consultation.state != "open":
        raise StateError(Note("Remissen är avslutad och tar inte emot fler svar."))
    before = replies.earlier(work, asked)
    typed = Typed({"decider": Decider.BOARD.value})
    if asked.draft is not None:
        typed = forms.of_draft(asked.draft.typed)
    elif before is not None:
        typed = forms.typed_reply(replies.facts_of(before))
        typed.fields.pop("decided_on", None)
    version = asked.draft.version if asked.draft else 0
    return _render(Sheet(asked, typed, uuid.uuid4().hex, before.id if before else None, version))


def _render(sheet: Sheet) -> str:
    work, party = sessions.current(), sheet.party
    proposal = party.consultation.proposal
    names = choosing.names_of(work)
    facts = secrecy.readable(work, proposal)
    return render_template(
        "consultations/reply.html",
        sheet=sheet,
        f=sheet.typed.fields,
        rows=sheet.typed.rows,
        faults=sheet.faults,
        party=party,
        consultation=party.consultation,
        proposal=proposal,
        facts=facts,
        on_behalf=replies.is_on_behalf(work, party),
        accepts_rows=reply_rows.accepts_rows(proposal),
        own_rows=[
            (describing.title_of(one), [describing.operating(row, names) for row in one.all_operating
                                        if row.committee == party.organisation.code])
            for one in facts.alternatives
        ],
        describing=describing,
        options=_options(proposal),
        most_rows=MOST_ROWS,
    )  # fmt: skip


def _options(proposal: Any) -> dict[str, list[tuple[str, str]]]:
    return {
        "stance": [(one.value, label(one)) for one in Stance],
        "decider": [(one.value, label(one)) for one in Decider],
        "kind": [(one.value, label(one)) for one in OperatingKind],
        "alternative": [(forms.EVERY, _("Alla alternativ")), *telling.alternatives(proposal)],
        "payee": [("n", _("Utanför kommunen")), ("y", _("Inom kommunen"))],
        "outcome": [(one.value, label(one)) for one in Outcome],
    }


def _received(party_id: int) -> Sheet:
    typed = Typed.of_form(request.form)
    faults: dict[str, Note] = {}
    read = Reader(typed.fields, faults)
    seen = read.optional_whole("seen_reply", 1, 2**31 - 1)
    version = read.optional_whole("draft_version", 0, 2**31 - 1) or 0
    if faults:
        raise InvalidInputError(faults)
    party = replies.party(sessions.current(), party_id)
    return Sheet(party, typed, read.raw("key")[:80], seen, version)


@access.requires("reply")
def reply(party_id: int) -> ResponseReturnValue:
    """A row added or removed, a draft saved, or the reply given, as the button says."""
    sheet = _received(party_id)
    if sheet.typed.is_rearranging():
        if len(sheet.typed.of_group("costs")) < MOST_ROWS or "remove_row" in sheet.typed.fields:
            sheet.typed.rearrange()
        return _render(sheet)
    if request.form.get("action") == "draft":
        return _save_draft(sheet)
    return _give(sheet)


def _save_draft(sheet: Sheet) -> ResponseReturnValue:
    work = sessions.current()
    try:
        draft = replies.save_draft(
            work, sheet.party.id, forms.kept_draft(sheet.typed), seen_version=sheet.draft_version
        )
    except ConflictError as conflict:
        draft = sheet.party.draft
        sheet.draft_version = draft.version if draft else 0
        sheet.theirs = str(conflict.stored.get("fields", {}).get("text", ""))
        sheet.warning = _(
            "%(who)s har också sparat ett utkast. Din text står kvar här. Sparar du igen ersätts det andra utkastet.",
            who=draft.saved_by_name if draft else "",
        )
        return _render(sheet), 409
    clock = formatting.in_stockholm(draft.saved_at)
    flash(_("Utkastet är sparat %(clock)s. Bara ni och ekonomi ser det.", clock=f"{clock:%H:%M}"), "success")
    return redirect(url_for(".begin", party_id=sheet.party.id))


def _give(sheet: Sheet) -> ResponseReturnValue:
    work, party = sessions.current(), sheet.party
    proposal = party.consultation.proposal
    codes = [row.code for row in proposal.alternatives]
    facts, sheet.faults = forms.read_reply(sheet.typed, party.consultation.questions, codes)
    if sheet.faults:
        return _render(sheet), 422
    try:
        given = replies.give(
            work,
            party.id,
            facts,
            seen_reply_id=sheet.seen_reply_id,
            on_behalf_note=str(sheet.typed.fields.get("on_behalf_note", "")),
            key=sheet.key,
        )
    except InvalidInputError as refused:
        sheet.faults = {forms.input_id(name): note for name, note in refused.fields.items()}
        return _render(sheet), 422
    except ConflictError as conflict:
        sheet.seen_reply_id = conflict.stored.get("reply")
        sheet.key, sheet.theirs = uuid.uuid4().hex, str(conflict.stored.get("text", ""))
        sheet.warning = _(
            "%(who)s har redan svarat för er. Skickar du det här svaret ersätter det deras.",
            who=conflict.stored.get("given_by", ""),
        )
        return _render(sheet), 409
    if facts.rows and not given.rows_entered:
        flash(
            _(
                "Svaret är lämnat. Kostnaderna följer med svaret men ingår inte i förslaget, som redan är beslutat."
            ),
            "warning",
        )
    elif given.rows_entered:
        flash(_("Svaret är lämnat och era kostnader ingår nu i förslaget."), "success")
    else:
        flash(_("Svaret är lämnat."), "success")
    return redirect(url_for(".show", consultation_id=party.consultation_id, _anchor=f"party-{party.id}"))


@access.requires("consult")
def show_answer(reply_id: int) -> ResponseReturnValue:
    found = _answerable(reply_id)
    stored = found.answer
    typed = {"outcome": stored.outcome, "text": stored.text} if stored else {"outcome": "", "text": ""}
    return _render_answer(found, typed, stored.version if stored else 0, {})


def _answerable(reply_id: int) -> Any:
    work = sessions.current()
    found = replies.find(work, reply_id)
    work.require("consult", organisation_id=found.party.consultation.proposal.organisation_id)
    return found


def _render_answer(
    found: Any, typed: dict[str, Any], version: int, faults: dict[str, Note], theirs: Any = None
) -> str:
    consultation = found.party.consultation
    return render_template(
        "consultations/answer.html",
        reply=found,
        consultation=consultation,
        proposal=consultation.proposal,
        rows_stand=replies.rows_stand(found),
        cost_rows=telling.cost_rows(found),
        rows_told=telling.rows_told(sessions.current(), found),
        tag_by_stance=telling.TAG_BY_STANCE,
        options=_options(consultation.proposal),
        typed=SimpleNamespace(**{"outcome": "", "text": "", "remove_rows": "", **typed}),
        version=version,
        faults=faults,
        theirs=theirs,
    )


@access.requires("consult")
def answer(reply_id: int) -> ResponseReturnValue:
    """What the asker says of the reply."""
    found = _answerable(reply_id)
    faults: dict[str, Note] = {}
    read = Reader(Typed.of_form(request.form).fields, faults)
    outcome, version = read.choice("outcome", Outcome), read.optional_whole("version", 0, 2**31 - 1) or 0
    typed = {name: read.raw(name) for name in ("outcome", "text", "remove_rows")}
    if not faults:
        try:
            replies.answer(
                sessions.current(),
                reply_id,
                outcome,
                read.raw("text"),
                remove_rows=bool(typed["remove_rows"]),
                seen_version=version,
            )
        except InvalidInputError as refused:
            faults = refused.fields
        except ConflictError:
            stored = found.answer
            return _render_answer(found, typed, stored.version if stored else 0, {}, stored), 409
        else:
            flash(_("Svaret till %(name)s är sparat.", name=found.party.organisation.name), "success")
            anchor = f"party-{found.party_id}"
            return redirect(url_for(".show", consultation_id=found.party.consultation_id, _anchor=anchor))
    return _render_answer(found, typed, version, faults), 422

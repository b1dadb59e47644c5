"""Money to investigate: asked for by committees, followed and decided by board and finance; and what cancelled ones cost."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.gates import RequestState
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import investigation_requests, organisations, proposals, stage_moves
from investplan.services.frame_bases import committee_codes
from investplan.services.investigation_requests import AskedMoney
from investplan.units import kronor_from_ore
from web import access, sessions
from web.gates.blueprint import KEY_LENGTH, clean, csv_file, pages, read_date, tabs
from web.proposals import editing
from web.proposals.typed import Reader

ONE = "/proposals/<int(max=2147483647):proposal_id>"
REQUEST = "/money/<int(max=2147483647):request_id>"
DECISION = ("body", "decided_on", "paragraph")


def state_names() -> dict[str, str]:
    return {
        RequestState.ASKED: _("Begärt"),
        RequestState.GRANTED: _("Beviljat"),
        RequestState.REFUSED: _("Avslaget"),
        RequestState.WITHDRAWN: _("Återtaget"),
    }


@pages.get("/money")
@access.requires("follow gates")
def money() -> ResponseReturnValue:
    """All requests of the round, and the sums per committee and year."""
    planning_round = sessions.latest_round()
    found = investigation_requests.of_round(sessions.current(), planning_round.id) if planning_round else []
    told = investigation_requests.sums(found)
    codes = sorted({*told.asked, *told.granted})
    return render_template(
        "gates/money.html",
        tabs=tabs("money"),
        requests=found,
        sums=told,
        codes=codes,
        names={one.code: one.name for one in organisations.everything(sessions.current())},
        states=state_names(),
        round=planning_round,
    )


@pages.get("/money.csv")
@access.requires("follow gates")
def export_money() -> ResponseReturnValue:
    """The same requests as a file, kronor."""
    head = [
        _("År"), _("Nämnd eller bolag"), _("Diarienummer"), _("Förslag"), _("Vad som utreds"), _("Belopp, kr"), _("Läge"),
        _("Beslut"),
    ]  # fmt: skip
    names = state_names()
    rows = [
        [
            str(one.year),
            one.organisation.name,
            one.proposal.case_number,
            one.proposal.title,
            one.purpose,
            _kronor(one.amount_ore),
            names[one.state],
            one.decision,
        ]
        for one in investigation_requests.of_round(sessions.current(), sessions.the_round().id)
    ]
    return csv_file("utredningsmedel.csv", head, rows)


def _kronor(ore: int) -> str:
    return str(kronor_from_ore(ore)).replace(".", ",")


@pages.get(f"{ONE}/money/new")
@access.requires("ask for investigation")
def ask(proposal_id: int) -> ResponseReturnValue:
    """The form that asks for money."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("ask for investigation", organisation_id=proposal.organisation_id)
    proposals.refuse_closed(proposal)
    values = {
        "year": str(proposal.round.budget_year),
        "amount_ore": "",
        "purpose": "",
        "committee": proposal.organisation.code,
    }
    return _ask_page(proposal, values, {})


@pages.post(f"{ONE}/money/new")
@access.requires("ask for investigation")
def carry_out_ask(proposal_id: int) -> ResponseReturnValue:
    """Ask for money."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("ask for investigation", organisation_id=proposal.organisation_id)
    faults: dict[str, Note] = {}
    read = Reader(request.form, faults)
    stated = AskedMoney(
        year=read.whole("year", 1900, 2300),
        amount_ore=read.positive_amount("amount_ore"),
        purpose=clean("purpose"),
        committee=clean("committee", 20),
    )
    try:
        if faults:
            raise InvalidInputError(faults)
        investigation_requests.ask(work, proposal_id, stated, key=clean("key", KEY_LENGTH))
    except InvalidInputError as refused:
        values = {name: clean(name) for name in ("year", "amount_ore", "purpose", "committee")}
        return _ask_page(proposal, values, dict(refused.fields)), 422
    flash(_("Utredningsmedel är begärda. Ekonomi och kommunstyrelsen ser begäran."), "success")
    return redirect(url_for("proposals.show", proposal_id=proposal_id, _anchor="investigation"), 303)


def _ask_page(proposal: Any, values: dict[str, str], faults: dict[str, Note]) -> str:
    years = range(proposal.round.budget_year - 1, proposal.round.years[-1] + 1)
    return render_template(
        "gates/ask.html",
        proposal=proposal,
        values=values,
        errors=faults,
        summary=[(name or None, note) for name, note in faults.items()],
        years=[(str(year), str(year)) for year in years],
        organisations=[(one.code, one.name) for one in organisations.all_valid(sessions.current())],
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )


@pages.post(f"{REQUEST}/withdraw")
@access.requires("ask for investigation")
def withdraw(request_id: int) -> ResponseReturnValue:
    """Take a request back."""
    row = investigation_requests.withdraw(sessions.current(), request_id, seen_version=editing.seen_version())
    flash(_("Begäran är återtagen."), "success")
    return redirect(url_for("proposals.show", proposal_id=row.proposal_id, _anchor="investigation"), 303)


@pages.get(REQUEST)
@access.requires("decide investigation")
def decide(request_id: int) -> ResponseReturnValue:
    """The form that records what was decided about a request."""
    row = investigation_requests.find(sessions.current(), request_id)
    values = dict.fromkeys((*DECISION, "granted"), "") | {"body": "Kommunstyrelsens arbetsutskott"}
    return _decide_page(row, values, {})


@pages.post(REQUEST)
@access.requires("decide investigation")
def carry_out_decide(request_id: int) -> ResponseReturnValue:
    """Record the decision; where asked, finance also gets a planned row of the frames."""
    work = sessions.current()
    row = investigation_requests.find(work, request_id)
    values = {name: clean(name) for name in (*DECISION, "granted", "into_frames")}
    faults: dict[str, Note] = {}
    decided_on = read_date("decided_on", faults)
    if values["granted"] not in ("y", "n"):
        faults["granted"] = Note("Välj ett av alternativen.")
    try:
        if faults:
            raise InvalidInputError(faults)
        investigation_requests.decide(
            work,
            request_id,
            granted=values["granted"] == "y",
            body=values["body"],
            decided_on=decided_on,
            paragraph=values["paragraph"],
            seen_version=editing.seen_version(),
            into_frames=bool(values["into_frames"]) and access.allowed("edit frames"),
        )
    except InvalidInputError as refused:
        return _decide_page(row, values, dict(refused.fields)), 422
    except ConflictError:
        flash(_("Någon annan har ändrat begäran sedan du öppnade sidan."), "warning")
        return redirect(url_for(".money"))
    flash(_("Beslutet om utredningsmedel är registrerat."), "success")
    return redirect(url_for(".money"), 303)


def _decide_page(row: Any, values: dict[str, str], faults: dict[str, Note]) -> str:
    work = sessions.current()
    fits = row.year in row.proposal.round.years and row.organisation.code in committee_codes(work)
    return render_template(
        "gates/decide.html",
        row=row,
        values=values,
        errors=faults,
        summary=[(name or None, note) for name, note in faults.items()],
        states=state_names(),
        may_plan=fits and access.allowed("edit frames"),
        today=work.today.isoformat(),
    )


# What cancelled proposals have cost


@pages.get("/cancelled")
@access.requires("follow gates")
def cancelled() -> ResponseReturnValue:
    """What was cancelled, and what of it must be expensed, by whom and when."""
    planning_round = sessions.latest_round()
    found = stage_moves.cancelled(sessions.current(), planning_round.id) if planning_round else []
    return render_template("gates/cancelled.html", tabs=tabs("cancelled"), moves=found, round=planning_round)


@pages.get("/cancelled.csv")
@access.requires("follow gates")
def export_cancelled() -> ResponseReturnValue:
    """The same as a file, kronor."""
    head = [
        _("Diarienummer"), _("Förslag"), _("Avbrutet"), _("Kostnad att bokföra, kr"), _("Bärs av"), _("År"), _("Skäl"),
    ]  # fmt: skip
    rows = [
        [
            one.proposal.case_number,
            one.proposal.title,
            one.decision or one.moved_at.date().isoformat(),
            _kronor(one.sunk_ore or 0),
            one.sunk_organisation.name if one.sunk_organisation else "",
            str(one.sunk_year or ""),
            one.reason,
        ]
        for one in stage_moves.cancelled(sessions.current(), sessions.the_round().id)
    ]
    return csv_file("avbrutna.csv", head, rows)

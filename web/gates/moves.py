"""Making a move: the form with its checklist, and the mark that a draft is ready for the committee."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain import gates
from investplan.domain.gates import Gate, MoveKind
from investplan.errors import ConflictError, InvalidInputError, Note, StateError
from investplan.services import gate_tables, organisations, proposal_records, proposals, stage_moves
from investplan.services.stage_moves import StatedMove
from web import access, sessions
from web.gates import panel
from web.gates.blueprint import KEY_LENGTH, clean, pages, read_date
from web.proposals import editing, reviewing
from web.proposals.typed import Reader

ONE = "/proposals/<int(max=2147483647):proposal_id>"
FIELDS = (
    "body", "decided_on", "paragraph", "amount_ore", "conditions", "protocol", "reason", "not_before_year", "sunk_ore",
    "sunk_committee", "sunk_year",
)  # fmt: skip
LONGEST = 5000


@pages.get(f"{ONE}/moves/<code>")
@access.requires("move proposal")
def move(proposal_id: int, code: str) -> ResponseReturnValue:
    """The form of a move, with what is missing for it."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("move proposal", organisation_id=proposal.organisation_id)
    gate = stage_moves.find_move(work, proposal, code)
    return _page(proposal, gate, _blank(proposal, gate), {})


@pages.post(f"{ONE}/moves/<code>")
@access.requires("move proposal")
def carry_out(proposal_id: int, code: str) -> ResponseReturnValue:
    """Make the move."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("move proposal", organisation_id=proposal.organisation_id)
    faults: dict[str, Note] = {}
    stated = _read(faults)
    try:
        if faults:
            raise InvalidInputError(faults)
        made = stage_moves.move(
            work,
            proposal_id,
            code,
            stated,
            seen_version=editing.seen_version(),
            key=request.form.get("key", "")[:KEY_LENGTH],
        )
    except InvalidInputError as refused:
        gate = stage_moves.find_move(work, proposal, code)
        return _page(proposal, gate, _typed(), dict(refused.fields)), 422
    except ConflictError:
        return _changed_meanwhile(proposal, code)
    flash(_("Flyttat: %(move)s.", move=panel._move_text(made)), "success")
    return redirect(url_for("proposals.show", proposal_id=proposal_id, _anchor="gate"), 303)


def _changed_meanwhile(proposal: Any, code: str) -> ResponseReturnValue:
    """Somebody changed the proposal: the text stands, the checklist is new. Or there is no such move any more."""
    try:
        gate = stage_moves.find_move(sessions.current(), proposal, code)
    except StateError:
        flash(_("Någon annan har flyttat förslaget. Så här är det nu."), "warning")
        return redirect(url_for("proposals.show", proposal_id=proposal.id, _anchor="gate"))
    note = Note(
        "Någon annan har ändrat förslaget sedan du öppnade sidan. Din text står kvar. Läs förslaget och skicka igen."
    )
    return _page(proposal, gate, _typed(), {"": note}), 409


def _read(faults: dict[str, Note]) -> StatedMove:
    read = Reader(request.form, faults)
    return StatedMove(
        body=clean("body", LONGEST),
        decided_on=read_date("decided_on", faults),
        paragraph=clean("paragraph", LONGEST),
        amount_ore=read.amount("amount_ore") if read.raw("amount_ore") else None,
        conditions=clean("conditions", LONGEST),
        protocol=clean("protocol", LONGEST),
        reason=clean("reason", LONGEST),
        not_before_year=read.optional_whole("not_before_year", 1900, 2300),
        sunk_ore=read.amount("sunk_ore") if read.raw("sunk_ore") else None,
        sunk_committee=clean("sunk_committee", 20),
        sunk_year=read.optional_whole("sunk_year", 1900, 2300),
    )


def _typed() -> dict[str, str]:
    return {name: clean(name, LONGEST) for name in FIELDS}


def _blank(proposal: Any, gate: Gate) -> dict[str, str]:
    """The decider that the table names, and who would bear what a cancelled proposal has cost."""
    values = dict.fromkeys(FIELDS, "")
    return values | {
        "body": gate.decider if gate.decision_required else "",
        "sunk_committee": proposal.organisation.code,
        "sunk_year": str(sessions.current().today.year),
    }


def _page(proposal: Any, gate: Gate, values: dict[str, str], faults: dict[str, Note]) -> str:
    work = sessions.current()
    facts, table = proposal_records.facts(proposal), gate_tables.in_force(work)
    findings = gates.findings(gate, facts, stage_moves.context_of(work, proposal, table))
    may_edit = proposals.is_open(proposal) and access.allowed(
        "edit proposal", organisation_id=proposal.organisation_id
    )
    years = proposal.round.years
    return render_template(
        "gates/move.html",
        proposal=proposal,
        gate=gate,
        is_kind=lambda name: gate.kind is MoveKind(name),
        name=panel.move_name(gate, facts.stage, table.target(gate, facts.stage)),
        target=table.target(gate, facts.stage),
        checks=panel.check_lines(proposal.id, findings, may_edit=may_edit),
        missing=sum(one is not None for one in findings.values()),
        values=values,
        errors={name: note for name, note in faults.items() if not name.startswith("demands.")},
        summary=_summary(faults),
        years=[("", _("Välj"))] + [(str(year), str(year)) for year in range(years[0] + 1, years[-1] + 2)],
        organisations=[(one.code, one.name) for one in organisations.all_valid(work)],
        today=date.isoformat(work.today),
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )


def _summary(faults: dict[str, Note]) -> list[tuple[str | None, Note]]:
    """The fields, and one line for all demands: each of those stands in the checklist itself."""
    rows: list[tuple[str | None, Note]] = [
        (name or None, note) for name, note in faults.items() if not name.startswith("demands.")
    ]
    if any(name.startswith("demands.") for name in faults):
        rows.insert(0, ("checks", Note("Grindens krav är inte uppfyllda. Det som saknas står i listan.")))
    return rows


@pages.post(f"{ONE}/ready")
@access.requires("submit proposal")
def ready(proposal_id: int) -> ResponseReturnValue:
    """The planner is done; the manager may submit."""
    work = sessions.current()
    try:
        stage_moves.mark_ready(work, proposal_id, seen_version=editing.seen_version())
    except ConflictError:
        flash(
            _(
                "Någon annan har ändrat förslaget sedan du öppnade sidan. Läs det en gång till och försök igen."
            ),
            "warning",
        )
        return redirect(url_for("proposals.show", proposal_id=proposal_id))
    except InvalidInputError as refused:
        rows = [(None, note) for note in refused.fields.values()]
        return reviewing.render_review(proposals.find(work, proposal_id), rows), 422
    flash(_("Förslaget är klart för nämnden. Förvaltningschefen kan nu lämna in det."), "success")
    return redirect(url_for("proposals.show", proposal_id=proposal_id), 303)

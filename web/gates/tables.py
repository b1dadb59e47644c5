"""The municipality's gates: shown to everyone, changed by the administrator as a new version."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain import gates
from investplan.domain.gate_demands import DEMAND_LABELS, Demand
from investplan.domain.gates import MOVERS, Gate, GateTable
from investplan.domain.organisations import Role
from investplan.domain.proposals import Stage
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import gate_tables
from web import access, sessions
from web.gates import panel
from web.gates.blueprint import KEY_LENGTH, clean, pages, tabs
from web.proposals.typed import Reader
from web.texts import label

NEED = Stage.NEED


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """The gates that hold, or an earlier version of them."""
    work = sessions.current()
    versions = gate_tables.versions(work)
    text = request.args.get("version", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    stored = gate_tables.find(work, asked) if asked else next(iter(versions), None)
    return render_template(
        "gates/index.html",
        tabs=tabs("index"),
        table=gate_tables.table_in(stored) if stored else gates.DEFAULT_TABLE,
        stored=stored,
        is_old=bool(stored and versions and stored.version != versions[0].version),
        versions=versions,
        move_name=panel.move_name,
        movers_text=panel.movers_text,
        demand_names={demand.value: _(text) for demand, text in DEMAND_LABELS.items()},
    )


@pages.get("/edit")
@access.requires("edit gates")
def edit() -> ResponseReturnValue:
    """The form, filled with what holds."""
    work = sessions.current()
    stored = gate_tables.newest(work)
    return _form(gate_tables.in_force(work), stored.version if stored else 0, {}, "")


@pages.post("/edit")
@access.requires("edit gates")
def save() -> ResponseReturnValue:
    """A new version, from the next move on."""
    faults: dict[str, Note] = {}
    table = _read(faults)
    seen = Reader(request.form, faults).whole("version", 0, 2**31 - 1)
    reason = clean("reason", 1000)
    try:
        if faults:
            raise InvalidInputError(faults)
        gate_tables.save(
            sessions.current(), table, reason=reason, seen_version=seen, key=clean("key", KEY_LENGTH)
        )
    except InvalidInputError as refused:
        return _form(table, seen, dict(refused.fields), reason), 422
    except ConflictError:
        newest = gate_tables.newest(sessions.current())
        note = Note(
            "Någon annan har sparat en ny version medan du skrev. Det du skrev står kvar här: jämför med den sparade versionen och spara igen."
        )
        return _form(table, newest.version if newest else 0, {"": note}, reason), 409
    flash(_("Grindarna är sparade som en ny version. De gäller från nästa flytt."), "success")
    return redirect(url_for(".index"), 303)


def _read(faults: dict[str, Note]) -> GateTable:
    return GateTable(
        gates=tuple(_read_gate(one, faults) for one in gates.DEFAULT_TABLE.gates),
        first_competing=Reader(request.form, faults).choice("first_competing", Stage),
        planner_submits=request.form.get("planner_submits") == "y",
    )


def _read_gate(gate: Gate, faults: dict[str, Note]) -> Gate:
    """One row of the form; an unknown role or demand is left out, for the form offers none."""
    form, code = request.form, gate.code
    read = Reader(form, faults)
    forward = gate.into is not None
    return replace(
        gate,
        movers=frozenset(role for role in MOVERS if role.value in form.getlist(f"{code}.movers")),
        decider=clean(f"{code}.decider", 200),
        decision_required=f"{code}.decision_required" in form,
        within_decided=f"{code}.within_decided" in form if gate.into is Stage.STARTING_PERMIT else False,
        accuracy_percent=read.optional_whole(f"{code}.accuracy_percent", 0, 100) if forward else None,
        demands=tuple(one for one in Demand if one.value in form.getlist(f"{code}.demands")),
        in_use=f"{code}.in_use" in form if forward else True,
    )


def _form(table: GateTable, version: int, faults: dict[str, Note], reason: str) -> str:
    return render_template(
        "gates/edit.html",
        table=table,
        version=version,
        reason=reason,
        errors=faults,
        summary=[(_input_id(name), note) for name, note in faults.items()],
        roles=[(role.value, label(role)) for role in MOVERS],
        demands=[(demand.value, _(text)) for demand, text in DEMAND_LABELS.items()],
        stages=[(stage.value, label(stage)) for stage in Stage],
        values_of=_values_of,
        move_name=panel.move_name,
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )


def _values_of(gate: Gate) -> dict[str, Any]:
    """The gate as its part of the form shows it."""
    return {
        "movers": [role.value for role in Role if role in gate.movers],
        "demands": [demand.value for demand in gate.demands],
        "accuracy": "" if gate.accuracy_percent is None else str(gate.accuracy_percent),
    }


def _input_id(name: str) -> str | None:
    return name or None

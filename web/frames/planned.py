"""Where finance plans rows that the council may decide: priorities, efficiencies, moves, one-offs that end."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.frames import AdjustmentKind
from investplan.domain.labels import N_
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import frame_bases, organisations, planned_adjustments
from investplan.services.planned_adjustments import StatedRow
from web import access, sessions
from web.formatting import input_amount
from web.frames import tables
from web.frames.telling import pages, parts
from web.proposals.typed import Reader, Row, Typed

CHOICES = {
    AdjustmentKind.PRIORITY: N_("Prioritering eller effektivisering"),
    AdjustmentKind.TECHNICAL: N_("Teknisk justering"),
    AdjustmentKind.ONE_OFF: N_("Engångspost i utgångsläget"),
    AdjustmentKind.RENT: N_("Hyra, tidigare beslut"),
    AdjustmentKind.CAPITAL_COST: N_("Kapitalkostnad, tidigare beslut"),
    AdjustmentKind.OPERATING: N_("Övrig drift, tidigare beslut"),
}


@pages.get("/planned")
@access.requires("edit frames")
def planned() -> ResponseReturnValue:
    return _page(_stored_rows(), _versions())


@pages.post("/planned")
@access.requires("edit frames")
def save_planned() -> ResponseReturnValue:
    """Save the table of planned rows, or add and remove rows where there are no scripts."""
    typed, seen = Typed.of_form(request.form), tables.seen_of(request.form)
    if typed.is_rearranging():
        typed.rearrange()
        return _page(typed.of_group("rows"), seen)
    rows = typed.without_blank("rows", "amount_ore", "source", "group", "earlier_decision")
    faults: dict[str, Note] = {}
    stated = [_read(row, number, faults) for number, row in enumerate(rows)]
    if faults:
        return _page(rows, seen, faults, status=422)
    try:
        planned_adjustments.save(
            sessions.current(),
            sessions.the_round().id,
            stated,
            seen=seen,
            key=request.form.get("key", "")[:100],
        )
    except InvalidInputError as error:
        return _page(rows, seen, tables.field_ids(error.fields), status=422)
    except ConflictError as error:
        noted = tables.conflicts(rows, seen, error, _told, _versions())
        return _page(rows, noted.seen, noted.faults, status=409)
    flash(
        _("De planerade justeringarna är sparade. De syns i utkastet tills fullmäktige beslutar."), "success"
    )
    return redirect(url_for(".planned"), 303)


def _read(row: Row, number: int, faults: dict[str, Note]) -> StatedRow:
    reader = Reader(row, faults, f"rows-{number}-")
    planning_round = sessions.the_round()
    return StatedRow(
        committee=reader.text("committee", 20, Note("Välj en nämnd.")),
        year=reader.whole("year", planning_round.years[0], planning_round.years[-1]),
        kind=reader.choice("kind", AdjustmentKind),
        amount_ore=reader.amount("amount_ore"),
        source=reader.text("source", 200, Note("Ange vad ändringen kommer av, högst 200 tecken.")),
        permanent=reader.raw("permanent") != "once",
        earlier_decision=reader.text("earlier_decision", 120),
        group=reader.text("group", 80),
        id=tables.row_id(row),
    )


def _stored_rows() -> list[Row]:
    return [
        {
            "id": str(one.id),
            "committee": one.organisation.code,
            "year": str(one.year),
            "kind": one.kind,
            "amount_ore": input_amount(one.amount_ore, "tkr"),
            "source": one.source,
            "permanent": "lasting" if one.permanent else "once",
            "group": one.group_name,
            "earlier_decision": one.earlier_decision,
        }
        for one in planned_adjustments.of_round(sessions.current(), sessions.the_round().id)
    ]


def _versions() -> dict[int, int]:
    return {
        one.id: one.version
        for one in planned_adjustments.of_round(sessions.current(), sessions.the_round().id)
    }


def _told(stored: dict[str, Any]) -> Note:
    """A planned row as somebody else saved it."""
    facts = {
        "committee": stored["committee"],
        "year": stored["year"],
        "amount": input_amount(stored["amount_ore"], "tkr"),
        "source": stored["source"],
    }
    return Note("%(committee)s %(year)s, %(amount)s tkr, %(source)s", facts)


def _page(
    rows: list[Row], seen: dict[int, int], faults: dict[str, Note] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    work, planning_round = sessions.current(), sessions.the_round()
    names = {one.code: one.name for one in organisations.everything(work)}
    codes = frame_bases.committee_codes(work)
    return (
        render_template(
            "frames/planned.html",
            round=planning_round,
            tabs=parts("planned"),
            committees=[("", _("Välj nämnd")), *((code, names[code]) for code in codes)],
            kinds=[(kind.value, _(text)) for kind, text in CHOICES.items()],
            rows=rows,
            seen=seen,
            errors=faults or {},
            summary=tables.summary(faults or {}),
            key=request.form.get("key") or secrets.token_urlsafe(16),
        ),
        status,
    )

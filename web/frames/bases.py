"""Where finance states what the frames are counted from: last year's budgets, wages, other costs, new streets."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.frame_bases import Basis
from investplan.errors import ConflictError, InvalidInputError, Note, StateError
from investplan.services import frame_bases, organisations
from investplan.services.frame_bases import StatedBase, StatedBasis
from web import access, sessions
from web.formatting import input_amount, number
from web.frames import tables
from web.frames.telling import pages, parts
from web.proposals.typed import Reader, Row, Typed


@pages.get("/bases")
@access.requires("edit frames")
def bases() -> ResponseReturnValue:
    return _page(_stored_rows(), _stored_seen())


@pages.post("/bases")
@access.requires("edit frames")
def save_bases() -> ResponseReturnValue:
    """Save the table of bases, or add and remove rows where there are no scripts."""
    typed, seen = Typed.of_form(request.form), tables.seen_of(request.form)
    if typed.is_rearranging():
        typed.rearrange()
        return _page(typed.of_group("rows"), seen)
    rows = typed.without_blank("rows", "committee", "wages_ore", "other_costs_ore", "new_street_m2", "source")
    faults: dict[str, Note] = {}
    stated = [_read(row, place, faults) for place, row in enumerate(rows)]
    if faults:
        return _page(rows, seen, faults, status=422)
    try:
        frame_bases.save(
            sessions.current(),
            sessions.the_round().id,
            stated,
            seen=seen,
            key=request.form.get("key", "")[:100],
        )
    except InvalidInputError as error:
        return _page(rows, seen, tables.field_ids(error.fields), status=422)
    except ConflictError as error:
        noted = tables.conflicts(rows, seen, error, _told, _fresh_versions())
        return _page(rows, noted.seen, noted.faults, status=409)
    flash(_("Underlaget är sparat."), "success")
    return redirect(url_for(".bases"), 303)


def _read(row: Row, place: int, faults: dict[str, Note]) -> StatedBasis:
    reader = Reader(row, faults, f"rows-{place}-")
    planning_round = sessions.the_round()
    other = reader.raw("other_costs_ore")
    basis = Basis(
        committee=reader.text("committee", 20, Note("Välj en nämnd.")),
        year=reader.whole("year", planning_round.years[0], planning_round.years[-1]),
        wages_ore=reader.positive_amount("wages_ore", blank=0),
        payroll_included=reader.raw("payroll") != "without",
        other_costs_ore=reader.positive_amount("other_costs_ore") if other else None,
        new_street_m2=reader.optional_whole("new_street_m2", 0, 10**8),
        source=reader.text("source", 200),
    )
    return StatedBasis(basis, tables.row_id(row))


def _stored_rows() -> list[Row]:
    return [
        {
            "id": str(one.id),
            "committee": one.organisation.code,
            "year": str(one.year),
            "wages_ore": input_amount(one.wages_ore, "tkr"),
            "payroll": "with" if one.payroll_included else "without",
            "other_costs_ore": input_amount(one.other_costs_ore, "tkr"),
            "new_street_m2": number(one.new_street_m2) if one.new_street_m2 is not None else "",
            "source": one.source,
        }
        for one in frame_bases.of_round(sessions.current(), sessions.the_round().id)
    ]


def _fresh_versions() -> dict[int, int]:
    return {one.id: one.version for one in frame_bases.of_round(sessions.current(), sessions.the_round().id)}


_stored_seen = _fresh_versions


def _told(stored: dict[str, Any]) -> Note:
    """A basis as somebody else saved it."""
    facts = {
        "committee": stored["committee"],
        "year": stored["year"],
        "wages": input_amount(stored["wages_ore"], "tkr"),
        "other": input_amount(stored["other_costs_ore"], "tkr") or "–",
        "area": "–" if stored["new_street_m2"] is None else stored["new_street_m2"],
    }
    return Note(
        "%(committee)s från %(year)s: löner %(wages)s tkr, övriga kostnader %(other)s tkr,"
        " ny gatuyta %(area)s m²",
        facts,
    )


@pages.post("/bases/budgets")
@access.requires("edit frames")
def save_budgets() -> ResponseReturnValue:
    """Save last year's operating budgets, from which the frames begin."""
    work, planning_round = sessions.current(), sessions.the_round()
    faults: dict[str, Note] = {}
    reader = Reader(request.form, faults)
    stated = [
        StatedBase(
            code,
            reader.amount(f"budget-{code}"),
            reader.text(f"source-{code}", 200),
            _version(request.form.get(f"version-{code}", "")),
        )
        for code in frame_bases.committee_codes(work)
        if reader.raw(f"budget-{code}")
    ]
    if not faults:
        try:
            frame_bases.save_base_frames(work, planning_round.id, stated)
            flash(_("Utgångsläget är sparat."), "success")
            return redirect(url_for(".bases"), 303)
        except InvalidInputError as error:
            faults = error.fields
        except StateError as error:
            faults = {"": error.note}
        except ConflictError as error:
            told = {"amount": input_amount(error.stored["amount_ore"], "tkr")}
            faults = {
                f"budget-{error.key}": Note(
                    "Någon annan har sparat %(amount)s tkr. Spara igen för att behålla ditt.", told
                )
            }
    return _page(_stored_rows(), _stored_seen(), budgets=dict(request.form), budget_faults=faults, status=422)


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _page(
    rows: list[Row],
    seen: dict[int, int],
    faults: dict[str, Note] | None = None,
    *,
    budgets: dict[str, str] | None = None,
    budget_faults: dict[str, Note] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    work, planning_round = sessions.current(), sessions.the_round()
    names = {one.code: one.name for one in organisations.everything(work)}
    codes = frame_bases.committee_codes(work)
    return (
        render_template(
            "frames/bases.html",
            round=planning_round,
            tabs=parts("bases"),
            committees=[("", _("Välj nämnd")), *((code, names[code]) for code in codes)],
            rows=rows or [{"committee": code, "year": str(planning_round.budget_year)} for code in codes],
            seen=seen,
            errors=faults or {},
            summary=tables.summary(faults or {}),
            budgets=_budgets(budgets),
            budget_errors=budget_faults or {},
            budget_summary=list((budget_faults or {}).items()),
            key=request.form.get("key") or secrets.token_urlsafe(16),
        ),
        status,
    )


def _budgets(typed: dict[str, str] | None) -> list[dict[str, Any]]:
    """Each committee's budget of the year before: as typed, or else as stored."""
    work, planning_round = sessions.current(), sessions.the_round()
    stored = frame_bases.base_frames(work, planning_round.id)
    locked = frame_bases.locked_bases(work, planning_round.id)
    shown = []
    names = {one.code: one.name for one in organisations.everything(work)}
    for code in frame_bases.committee_codes(work):
        known = stored.get(code)
        amount = input_amount(known.amount_ore, "tkr") if known else ""
        source = known.source if known else ""
        shown.append(
            {
                "code": code,
                "name": names[code],
                "locked": code in locked,
                "amount": typed.get(f"budget-{code}", amount) if typed is not None else amount,
                "source": typed.get(f"source-{code}", source) if typed is not None else source,
                "version": known.version if known else 0,
                "amount_ore": known.amount_ore if known else None,
            }
        )
    return shown

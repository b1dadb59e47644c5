"""The draft of next year's frames: previewed row by row, and registered as the council's decision."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from investplan.domain.frame_rows import FrameRow
from investplan.errors import InvalidInputError, Note, StateError
from investplan.services import frame_calculations, organisations
from investplan.services.frame_calculations import FrameDraft
from web import access, sessions
from web.frames.telling import KIND_ORDER, kind_label, pages, parts

FIELDS = ("decided_on", "paragraph", "case_number", "title", "last_year")


@pages.get("/draft")
@access.requires("see")
def draft() -> ResponseReturnValue:
    """What the next decision about the frames would hold."""
    return _page(dict.fromkeys(FIELDS, ""), {}, 200)


@pages.post("/draft")
@access.requires("decide")
def decide_draft() -> ResponseReturnValue:
    """Register the council's decision: the draft's rows become real."""
    work, planning_round = sessions.current(), sessions.the_round()
    values = {name: request.form.get(name, "") for name in FIELDS}
    last = values["last_year"]
    years = [year for year in planning_round.years if last.isdecimal() and year <= int(last)]
    try:
        decided_on = date.fromisoformat(values["decided_on"])
    except ValueError:
        return _page(values, {"decided_on": Note("Ange beslutets datum.")}, 422)
    try:
        outcome = frame_calculations.decide(
            work,
            planning_round.id,
            decided_on=decided_on,
            paragraph=values["paragraph"],
            title=values["title"],
            case_number=values["case_number"][:40],
            years=years,
            seen_fingerprint=request.form.get("fingerprint", "") or "-",
            key=request.form.get("key", "")[:100],
        )
    except InvalidInputError as error:
        return _page(values, error.fields, 422)
    except StateError as error:
        return _page(values, {"": error.note}, 409)
    told = ngettext(
        "Beslutet är registrerat med %(num)s justering.",
        "Beslutet är registrerat med %(num)s justeringar.",
        outcome.rows,
    )
    flash(told, "success")
    return redirect(url_for("decisions.show", decision_id=outcome.decision.id), 303)


def _page(values: dict[str, str], errors: dict[str, Any], status: int) -> ResponseReturnValue:
    work, planning_round = sessions.current(), sessions.the_round()
    found = frame_calculations.draft(work, planning_round.id)
    names = {one.code: one.name for one in organisations.everything(work)}
    text = request.args.get("year", "")
    with_rows = [one for one in planning_round.years if found.in_years([one])]
    first = next(iter(with_rows), planning_round.budget_year)
    year = int(text) if text in {str(one) for one in planning_round.years} else first
    page = render_template(
        "frames/draft.html",
        round=planning_round,
        tabs=parts("draft"),
        draft=found,
        sums=_sums(found, planning_round.years, names),
        year=year,
        first_year=first,
        groups=_groups(found, year, names),
        gaps=_gaps(found),
        names=names,
        kind_label=kind_label,
        translated=_,
        values=values,
        errors=errors,
        summary=[(name or None, note) for name, note in errors.items()],
        today=work.today.isoformat(),
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )
    return page, status


def _sums(found: FrameDraft, years: tuple[int, ...], names: dict[str, str]) -> dict[str, list[int]]:
    """The draft's change per committee and year, by code, in the order of names."""
    sums: dict[str, list[int]] = {}
    for row in sorted(found.rows, key=lambda one: names[one.committee]):
        sums.setdefault(row.committee, [0] * len(years))[row.year - years[0]] += row.amount_ore
    return sums


def _groups(found: FrameDraft, year: int, names: dict[str, str]) -> dict[str, list[FrameRow]]:
    """The year's rows by committee, by name, in the order of the kinds."""
    groups: dict[str, list[FrameRow]] = {}
    rows = found.in_years([year])
    for row in sorted(rows, key=lambda one: (names[one.committee], KIND_ORDER.index(one.kind))):
        groups.setdefault(row.committee, []).append(row)
    return groups


def _gaps(found: FrameDraft) -> list[tuple[Note, list[str], list[int]]]:
    """What could not be computed: the note, for which committees, in which years."""
    places: dict[str, tuple[Note, set[str], set[int]]] = {}
    for gap in found.gaps:
        _, committees, years = places.setdefault(str(gap.note), (gap.note, set(), set()))
        committees.update([gap.committee] if gap.committee else [])
        years.add(gap.year)
    return [(note, sorted(committees), sorted(years)) for note, committees, years in places.values()]

"""The figures: all years at a glance, one year in a phase, and the table in which it is written."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.finances import GROUPS, ITEM_LABELS, RULES, Item, Phase
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services import finances, history, rounds
from web import access, sessions
from web.finances import describing, entry_forms
from web.finances.blueprint import chosen_run, pages, shown_with
from web.finances.entry_forms import TypedForm


@pages.get("/figures")
@access.requires("see")
def figures() -> ResponseReturnValue:
    """Every figure of every year; what is computed is marked, and what does not agree is told."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("finances/figures.html", round=None)
    run = chosen_run()
    base = finances.finances_of_round(work, planning_round.id)
    found = finances.finances_with_run(work, planning_round.id, run.id) if run is not None else base
    return render_template(
        "finances/figures.html",
        finances=found,
        base=base,
        years=finances.years_of(work, planning_round.id),
        rows=describing.figure_rows(),
        differences=describing.differences(base),
        Item=Item,
        **shown_with(planning_round, run, "finances.figures"),
    )


@pages.get("/figures/add")
@access.requires("edit finances")
def add_year() -> ResponseReturnValue:
    """To the table of a year that is not among those offered."""
    text, phase = request.args.get("year", ""), request.args.get("phase", "")
    if not text.isdecimal() or not 1990 <= int(text[:5]) <= 2250 or phase not in set(Phase):
        flash(_("Skriv årtalet med fyra siffror."), "fault")
        return redirect(url_for(".figures"), 303)
    return redirect(url_for(".edit_figures", phase=phase, year=int(text)), 303)


@pages.get("/figures/<phase>/<int:year>")
@access.requires("see")
def year_figures(phase: str, year: int) -> ResponseReturnValue:
    """One year in one phase with its sources."""
    work, planning_round = sessions.current(), sessions.the_round()
    seen = finances.year_of(work, planning_round.id, year, _phase(phase))
    return render_template(
        "finances/year.html",
        seen=seen,
        rows=describing.figure_rows(),
        finances=finances.finances_of_round(work, planning_round.id),
        Item=Item,
        **shown_with(planning_round, None, "finances.figures"),
    )


@pages.get("/figures/<phase>/<int:year>/edit")
@access.requires("edit finances")
def edit_figures(phase: str, year: int) -> ResponseReturnValue:
    seen = finances.year_of(sessions.current(), sessions.the_round().id, year, _phase(phase))
    return _form_page(seen, entry_forms.figures_form(seen.figures), seen.version, 200)


@pages.post("/figures/<phase>/<int:year>/edit")
@access.requires("edit finances")
def save_figures(phase: str, year: int) -> ResponseReturnValue:
    work, planning_round = sessions.current(), sessions.the_round()
    seen = finances.year_of(work, planning_round.id, year, _phase(phase))
    form = TypedForm(request.form.to_dict())
    typed = entry_forms.figures_from(form)
    if typed is None:
        return _form_page(seen, form, _version(), 422)
    keep = {n.removeprefix("keep-"): v for n, v in request.form.items() if n.startswith("keep-")}
    wanted = entry_forms.merge_figures(typed, seen.figures, keep) if keep else typed
    try:
        finances.save_year(work, planning_round.id, year, seen.phase, wanted, seen_version=_version())
    except InvalidInputError as error:
        form.errors.update(error.fields)
        return _form_page(seen, form, _version(), 422)
    except ConflictError:
        return _conflict_page(seen, typed)
    flash(_("Siffrorna för %(year)s är sparade.", year=year), "success")
    return redirect(url_for(".year_figures", phase=phase, year=year), 303)


def _phase(text: str) -> Phase:
    if text not in set(Phase):
        raise NotFoundError("phase", text)
    return Phase(text)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _form_page(seen: finances.YearInPhase, form: TypedForm, version: int, status: int) -> ResponseReturnValue:
    planning_round = sessions.the_round()
    page = render_template(
        "finances/edit_figures.html",
        seen=seen,
        form=form,
        version=version,
        summary=_summary(form),
        groups=GROUPS,
        labels=ITEM_LABELS,
        computed=set(RULES),
        finances=finances.finances_of_round(sessions.current(), planning_round.id),
        Item=Item,
        **shown_with(planning_round, None, "finances.figures"),
    )
    return page, status


def _summary(form: TypedForm) -> list[tuple[str, Note]]:
    """Every fault with the item it is in, for the list above the form; at the field the item's name stands beside it."""
    found: list[tuple[str, Note]] = []
    for name, note in form.errors.items():
        item = name.removesuffix("-source")
        place = _(ITEM_LABELS[Item(item)]) if item in set(Item) else None
        found.append((name, Note("%(place)s: %(what)s", {"place": place, "what": note}) if place else note))
    return found


def _conflict_page(seen: finances.YearInPhase, mine: Any) -> ResponseReturnValue:
    work = sessions.current()
    last = history.last(
        work, "financial_year", finances.audit_key(sessions.the_round().id, seen.year, seen.phase)
    )
    fields = [
        {
            "name": item.value,
            "label": _(ITEM_LABELS[item]),
            "mine": _told(item, mine.get(item)),
            "theirs": _told(item, seen.figures.get(item)),
        }
        for item in entry_forms.ITEMS
        if item in mine or item in seen.figures
    ]
    hidden = {
        name: text
        for name, text in request.form.items()
        if name not in ("version", "csrf_token") and not name.startswith("keep-")
    }
    page = render_template(
        "finances/conflict.html",
        title=_("Siffrorna för %(year)s har ändrats", year=seen.year),
        fields=fields,
        action=url_for(".save_figures", phase=seen.phase.value, year=seen.year),
        cancel=url_for(".year_figures", phase=seen.phase.value, year=seen.year),
        version=seen.version,
        last=last,
        hidden=hidden,
    )
    return page, 409


def _told(item: Item, stated: Any) -> str:
    if stated is None:
        return ""
    text = entry_forms.figure_text(item, stated.amount)
    return f"{text} ({stated.source})" if stated.source else text

"""Scenarios: listed, shown with what is asked for against the room, written, and given rules."""

from __future__ import annotations

import secrets
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.labels import N_
from investplan.domain.proposals import Category, Status
from investplan.errors import ConflictError, InvalidInputError, NotFoundError
from investplan.services import (
    financial_room,
    history,
    organisations,
    plans,
    proposals,
    rounds,
    runs,
    scenarios,
)
from investplan.services.scenarios import RULE_KINDS, RuleFacts, ScenarioFacts
from web import access, sessions
from web.errors import say
from web.formatting import input_amount
from web.scenarios import forms, room_views, rule_forms
from web.texts import label

pages = Blueprint("scenarios", __name__, template_folder="templates", url_prefix="/scenarios")

RULE_LABELS = {
    "requires": N_("Ett förslag förutsätter ett annat"),
    "at_most": N_("Högst så här många av flera"),
    "all_or_none": N_("Alla eller inget"),
    "coordinate": N_("Samordningsvinst om de startar samma år"),
    "fix": N_("Ska vara med"),
    "forbid": N_("Får inte vara med"),
}


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every scenario of the round with its latest run."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    found = scenarios.of_round(work, planning_round.id) if planning_round else []
    rows = [(one, next(iter(runs.of_scenario(work, one.id)), None)) for one in found]
    return render_template("scenarios/index.html", round=planning_round, rows=rows)


@pages.get("/new")
@access.requires("edit scenario")
def new() -> ResponseReturnValue:
    return _form_page(_blank_form(None), None, 200)


@pages.post("")
@access.requires("edit scenario")
def create() -> ResponseReturnValue:
    form = _sent_form(None)
    if forms.change_rows(form, request.form):
        return _form_page(form, None, 200)
    facts = forms.facts_from(form)
    if facts is None:
        return _form_page(form, None, 422)
    work, planning_round = sessions.current(), sessions.the_round()
    try:
        made = scenarios.create(work, planning_round.id, facts, key=request.form.get("key", "")[:100])
    except InvalidInputError as error:
        return _refused(form, None, facts, error)
    flash(_("Scenariot är sparat."), "success")
    return redirect(url_for(".show", scenario_id=made.id), 303)


@pages.get("/<int:scenario_id>")
@access.requires("see")
def show(scenario_id: int) -> ResponseReturnValue:
    """What the scenario says, what is asked for against its room, and its runs."""
    work = sessions.current()
    scenario = scenarios.find(work, scenario_id)
    facts = scenarios.facts_of(scenario)
    asked, faults = _asked_for(scenario)
    grid = forms.grid_rows(organisations.all_valid(work), facts)
    return render_template(
        "scenarios/show.html",
        scenario=scenario,
        facts=facts,
        years=scenario.round.years,
        limits=_shown_limits(facts, grid),
        shares=[limit for limit in facts.limits if "where" in limit.extra],
        stale=financial_room.is_stale(work, scenario),
        where_names=_where_names(),
        criteria=rounds.criteria(work, scenario.round_id),
        rules=_shown_rules(facts, _titles(scenario.round_id)),
        rule_kinds=[(kind, _(RULE_LABELS[kind])) for kind in RULE_KINDS],
        asked=asked,
        faults=faults,
        drafts=proposals.counts_by_status(work, scenario.round_id).get(Status.DRAFT.value, 0),
        runs=runs.of_scenario(work, scenario_id),
        active=runs.active(work, scenario_id),
        solvers=runs.SOLVERS,
        names={one.code: one.name for one in organisations.everything(work)},
        key=secrets.token_urlsafe(16),
    )


def _asked_for(scenario: Any) -> tuple[plans.AskedFor | None, dict[str, Any]]:
    try:
        return plans.asked_for(sessions.current(), scenario), {}
    except InvalidInputError as error:
        return None, error.fields


@pages.get("/<int:scenario_id>/edit")
@access.requires("edit scenario")
def edit(scenario_id: int) -> ResponseReturnValue:
    scenario = scenarios.find(sessions.current(), scenario_id)
    return _form_page(_blank_form(scenarios.facts_of(scenario)), scenario, 200)


@pages.post("/<int:scenario_id>/edit")
@access.requires("edit scenario")
def save(scenario_id: int) -> ResponseReturnValue:
    work = sessions.current()
    scenario = scenarios.find(work, scenario_id)
    stored = scenarios.facts_of(scenario)
    form = _sent_form(stored)
    if forms.change_rows(form, request.form):
        return _form_page(form, scenario, 200)
    facts = forms.facts_from(form)
    if facts is None:
        return _form_page(form, scenario, 422)
    keep = {n.removeprefix("keep-"): v for n, v in request.form.items() if n.startswith("keep-")}
    facts = forms.merge(facts, stored, keep) if keep else facts
    try:
        scenarios.save(work, scenario_id, facts, seen_version=_version())
    except InvalidInputError as error:
        return _refused(form, scenario, facts, error)
    except ConflictError:
        return _conflict_page(scenario, facts)
    flash(_("Scenariot är sparat. Körningar som redan är gjorda behåller sitt underlag."), "success")
    return redirect(url_for(".show", scenario_id=scenario_id), 303)


@pages.get("/<int:scenario_id>/room")
@access.requires("edit scenario")
def preview_room(scenario_id: int) -> ResponseReturnValue:
    """What taking the room from the finances would change, before anything is saved."""
    return _room_page(scenarios.find(sessions.current(), scenario_id), None, 200)


@pages.post("/<int:scenario_id>/room")
@access.requires("edit scenario")
def take_room(scenario_id: int) -> ResponseReturnValue:
    """Take the room from the finances: the limits that are ticked."""
    work = sessions.current()
    scenario = scenarios.find(work, scenario_id)
    ticked = set(request.form.getlist("take"))
    left = {change.code for change in financial_room.changes_for(work, scenario)} - ticked
    try:
        financial_room.hand_over(work, scenario_id, leave_out=left, seen_version=_version())
    except ConflictError:
        return _room_page(scenario, ticked, 409)
    flash(
        _("Rummet är hämtat från ekonomin. Körningar som redan är gjorda behåller sitt underlag."), "success"
    )
    return redirect(url_for(".show", scenario_id=scenario_id, _anchor="room-title"), 303)


def _room_page(scenario: Any, ticked: set[str] | None, status: int) -> ResponseReturnValue:
    work = sessions.current()
    changes = financial_room.changes_for(work, scenario)
    page = render_template(
        "scenarios/room.html",
        scenario=scenario,
        years=scenario.round.years,
        rows=room_views.rows(changes, ticked),
        changed_meanwhile=status == 409,
    )
    return page, status


@pages.get("/<int:scenario_id>/rules/new")
@access.requires("edit scenario")
def new_rule(scenario_id: int) -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    if kind not in RULE_KINDS:
        raise NotFoundError("rule kind", kind)
    scenario = scenarios.find(sessions.current(), scenario_id)
    return _rule_page(scenario, rule_forms.RuleForm(kind), scenario.version, 200)


@pages.post("/<int:scenario_id>/rules")
@access.requires("edit scenario")
def add_rule(scenario_id: int) -> ResponseReturnValue:
    work = sessions.current()
    scenario = scenarios.find(work, scenario_id)
    form = rule_forms.from_request(request.form.get("kind", ""), request.form)
    if form.kind not in RULE_KINDS:
        raise NotFoundError("rule kind", form.kind)
    if "add_row" in request.form or "remove_row" in request.form:
        return _rule_page(scenario, form, _version(), 200)
    years = range(scenario.round.years[0], scenario.round.years[-1] + 1)
    body = rule_forms.body_from(form, set(_titles(scenario.round_id)), years)
    if body is None:
        return _rule_page(scenario, form, _version(), 422)
    facts = scenarios.facts_of(scenario)
    rule = RuleFacts(_free_rule_code(facts), form.kind, body)
    try:
        scenarios.save(work, scenario_id, replace(facts, rules=(*facts.rules, rule)), seen_version=_version())
    except ConflictError:
        return _rule_page(scenario, form, scenario.version, 409)
    flash(_("Regeln är tillagd."), "success")
    return redirect(url_for(".show", scenario_id=scenario_id, _anchor="rules"), 303)


@pages.post("/<int:scenario_id>/rules/remove")
@access.requires("edit scenario")
def remove_rule(scenario_id: int) -> ResponseReturnValue:
    work = sessions.current()
    facts = scenarios.facts_of(scenarios.find(work, scenario_id))
    kept = tuple(rule for rule in facts.rules if rule.code != request.form.get("code"))
    scenarios.save(work, scenario_id, replace(facts, rules=kept), seen_version=_version())
    flash(_("Regeln är borttagen."), "success")
    return redirect(url_for(".show", scenario_id=scenario_id, _anchor="rules"), 303)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _form_parts(stored: ScenarioFacts | None) -> tuple[Any, list[forms.GridRow], Any]:
    work, planning_round = sessions.current(), sessions.the_round()
    grid = forms.grid_rows(organisations.all_valid(work), stored)
    return planning_round.years, grid, rounds.criteria(work, planning_round.id)


def _blank_form(stored: ScenarioFacts | None) -> forms.ScenarioForm:
    return forms.from_facts(stored, *_form_parts(stored))


def _sent_form(stored: ScenarioFacts | None) -> forms.ScenarioForm:
    return forms.from_request(request.form, stored, *_form_parts(stored))


def _form_page(form: forms.ScenarioForm, scenario: Any, status: int) -> ResponseReturnValue:
    version = request.form.get("version") or (scenario.version if scenario else "")
    page = render_template(
        "scenarios/edit.html",
        form=form,
        scenario=scenario,
        version=version,
        key=request.form.get("key") or secrets.token_urlsafe(16),
        where_choices=_where_choices(),
        previous_choices=_previous_choices(scenario),
        translated=_,
    )
    return page, status


def _refused(
    form: forms.ScenarioForm, scenario: Any, facts: ScenarioFacts, error: InvalidInputError
) -> ResponseReturnValue:
    form.errors.update({forms.field_of(name, facts, form): note for name, note in error.fields.items()})
    return _form_page(form, scenario, 422)


def _where_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    work = sessions.current()
    return [
        (_("Ändamål"), [(f"category={c.value}", label(c.value)) for c in Category]),
        (_("Nämnd eller bolag"), [(f"committee={o.code}", o.name) for o in organisations.all_valid(work)]),
        (_("Område"), [(f"district={d.code}", d.name) for d in organisations.districts(work)]),
    ]  # fmt: skip


def _where_names() -> dict[str, str]:
    return {value: name for _group, choices in _where_choices() for value, name in choices}


def _previous_choices(scenario: Any) -> list[tuple[str, str]]:
    """Plans of the round that one may want to stay close to."""
    work, planning_round = sessions.current(), sessions.the_round()
    found = [
        (str(run.id), _("%(name)s, körning %(number)s", name=one.name, number=run.id))
        for one in scenarios.of_round(work, planning_round.id)
        for run in runs.of_scenario(work, one.id)
        if run.value is not None
    ]
    return [("", _("Ingen")), *found]


def _titles(round_id: int) -> dict[str, str]:
    """Titles of the proposals that may compete, by case number."""
    found = proposals.all_of(sessions.current(), round_id, statuses=(Status.SUBMITTED, Status.DECIDED))
    return {one.case_number: one.title for one in found}


def _shown_limits(facts: ScenarioFacts, grid: list[forms.GridRow]) -> list[dict[str, Any]]:
    """Limits with amounts per year, in the grid's order, then those that only files can write."""
    order = {row.code: number for number, row in enumerate(grid)}
    names = {one.code: one.name for one in organisations.everything(sessions.current())}
    plain = [limit for limit in facts.limits if "where" not in limit.extra and limit.max_ore_by_year]
    plain.sort(key=lambda limit: order.get(limit.code, len(order)))
    return [
        {
            "limit": limit,
            "label": say(plans.row_label(limit.row, names))
            if ":" in limit.row
            else _(limit.label or limit.code),
            "formula": room_views.formula(limit),
        }
        for limit in plain
    ]


def _shown_rules(facts: ScenarioFacts, titles: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"code": rule.code, "note": plans.rule_note(rule.kind, rule.body, titles)} for rule in facts.rules
    ]


def _free_rule_code(facts: ScenarioFacts) -> str:
    taken = {rule.code for rule in facts.rules}
    return next(code for n in range(1, 10_000) if (code := f"r{n}") not in taken)


def _rule_page(scenario: Any, form: rule_forms.RuleForm, version: int, status: int) -> ResponseReturnValue:
    titles = _titles(scenario.round_id)
    choices = [("", _("Välj förslag")), *((case, f"{case} {title}") for case, title in titles.items())]
    page = render_template(
        "scenarios/rule.html",
        scenario=scenario,
        form=form,
        version=version,
        kind_label=_(RULE_LABELS[form.kind]),
        choices=choices,
        single_choices=_single_choices(scenario.round_id),
        start_choices=[("", _("Vilket år som helst")), *((str(y), str(y)) for y in scenario.round.years)],
        changed_meanwhile=status == 409,
    )
    return page, status


def _single_choices(round_id: int) -> list[tuple[str, str]]:
    found = proposals.all_of(sessions.current(), round_id, statuses=(Status.SUBMITTED, Status.DECIDED))
    choices = [("", _("Välj förslag"))]
    for one in found:
        choices.append((f"{one.case_number}|", f"{one.case_number} {one.title}"))
        if len(one.alternatives) > 1:
            choices.extend(
                (f"{one.case_number}|{a.code}", f"{one.case_number} {one.title}: {a.title}")
                for a in one.alternatives
            )
    return choices


def _conflict_page(scenario: Any, mine: ScenarioFacts) -> ResponseReturnValue:
    theirs = scenarios.facts_of(scenario)
    last = history.last(sessions.current(), "scenario", scenario.id)
    hidden = {
        n: v
        for n, v in request.form.items()
        if n not in ("version", "csrf_token") and not n.startswith("keep-")
    }
    page = render_template(
        "scenarios/conflict.html",
        scenario=scenario,
        fields=_conflict_fields(mine, theirs),
        last=last,
        hidden=hidden,
    )
    return page, 409


def _conflict_fields(mine: ScenarioFacts, theirs: ScenarioFacts) -> list[dict[str, str]]:
    labels = {"name": _("Namn"), "note": _("Anteckning"), "value_basis": _("Så räknas värdet"),
              "weights": _("Vikter"), "previous_run_id": _("Tidigare plan")}  # fmt: skip
    fields = [
        {
            "name": name,
            "label": label,
            "mine": _told(getattr(mine, name)),
            "theirs": _told(getattr(theirs, name)),
        }
        for name, label in labels.items()
    ]
    mine_by_code = {limit.code: limit for limit in mine.limits}
    theirs_by_code = {limit.code: limit for limit in theirs.limits}
    for code in dict.fromkeys((*theirs_by_code, *mine_by_code)):
        one = theirs_by_code.get(code) or mine_by_code[code]
        fields.append(
            {
                "name": f"limit {code}",
                "label": one.label or code,
                "mine": _told_limit(mine_by_code.get(code)),
                "theirs": _told_limit(theirs_by_code.get(code)),
            }
        )
    return fields


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{code} {forms.percent_text(Fraction(w, 10))} %" for code, w in value.items())
    if value in ("points", "volume"):
        return str(_("poäng") if value == "points" else _("poäng × mnkr"))
    return "" if value is None else str(value)


def _told_limit(limit: Any) -> str:
    if limit is None:
        return ""
    amounts = "; ".join(f"{y}: {input_amount(ore, 'mnkr')}" for y, ore in limit.max_ore_by_year.items())
    formula = room_views.formula(limit)
    hidden = ("of", "cumulative", "window", "origin")
    extra = ", ".join(f"{name} {value}" for name, value in limit.extra.items() if name not in hidden)
    carry = _("outnyttjat förs vidare") if limit.carry_over else ""
    return ", ".join(part for part in (formula, amounts, extra, carry) if part)

"""Writing a proposal, step by step. Each step saves; nothing that was typed is lost, whatever happens."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from investplan.domain.parameters import Parameters
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Category,
    ProposalFacts,
    Stage,
    Status,
)
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import history, organisations, places, proposal_records, proposals, rounds
from web import access, formatting, sessions
from web.proposals import (
    cautions,
    choosing,
    conflicts,
    cost_forms,
    costs,
    describing,
    forms,
    statement_forms,
    steps,
)
from web.proposals.forms import Choices
from web.proposals.steps import Step
from web.proposals.typed import Faults, Reader, Typed

MAX_ALTERNATIVES = 20
NOT_RESENT = ("csrf_token", "version", "stay", "add_row", "remove_row")
SummaryRow = tuple[str | None, Note]


def register(pages: Blueprint, one: str) -> None:
    """Give the blueprint the addresses of writing; `one` is the path of one proposal."""
    pages.add_url_rule("/new", view_func=create, methods=["GET", "POST"])
    pages.add_url_rule(f"{one}/edit", view_func=begin, methods=["GET"])
    pages.add_url_rule(f"{one}/edit/<step>", view_func=edit, methods=["GET", "POST"])


@dataclass
class Sheet:
    """One step as the page shows it. `number` is the alternative's place from 1."""

    step: Step
    typed: Typed
    proposal: Any = None
    facts: ProposalFacts | None = None
    number: int = 1
    version: int = 0
    key: str = ""
    faults: Faults = field(default_factory=dict)
    summary: list[SummaryRow] = field(default_factory=list)

    @property
    def alternative(self) -> Alternative | None:
        has = self.facts is not None and self.step in steps.PER_ALTERNATIVE and self.facts.alternatives
        return self.facts.alternatives[self.number - 1] if has and self.facts else None

    def refuse(self, faults: Faults) -> None:
        """Show faults that were found in the text itself, each by the input it belongs to."""
        self.faults, self.summary = faults, list(faults.items())

    def refuse_stored(self, faults: Mapping[str, Note]) -> None:
        """Show faults that the service found in the proposal as a whole."""
        self.faults, self.summary = steps.place_faults(faults, self.step, self.number)


def seen_version() -> int:
    """The version that the writer had before them.

    Raises:
        InvalidInputError: the form does not say.
    """
    faults: Faults = {}
    version = Reader(request.form, faults).whole("version", 1, 2**31 - 1)
    if faults:
        raise InvalidInputError(faults)
    return version


@access.requires("edit proposal")
def create() -> ResponseReturnValue:
    """The first step of a new proposal."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("proposals/no_round.html")
    choices = choosing.choices_of(work, planning_round.years)
    if request.method == "GET":
        fields = {"committee": next(iter(choices.committees), ""), "stage": Stage.NEED.value}
        return _render(Sheet(Step.NEED, Typed(fields), key=uuid.uuid4().hex), choices, planning_round)
    sheet = Sheet(Step.NEED, Typed.of_form(request.form), key=request.form.get("key", "")[:80])
    blank = ProposalFacts("", "", "", Category.EXPANSION, "", Stage.NEED)
    facts, faults = forms.read_need(sheet.typed, blank, choices)
    if faults:
        sheet.refuse(faults)
        return _render(sheet, choices, planning_round), 422
    try:
        proposal = proposals.create(work, planning_round.id, facts, key=sheet.key)
    except InvalidInputError as refused:
        sheet.refuse_stored(refused.fields)
        return _render(sheet, choices, planning_round), 422
    _flash_saved()
    return redirect(steps.address(proposal.id, Step.ALTERNATIVES))


@access.requires("edit proposal")
def begin(proposal_id: int) -> ResponseReturnValue:
    """The first step in which something is missing, else the review."""
    proposal = _editable(proposal_id)
    missing = steps.checklist(proposal.id, proposal_records.facts(proposal))
    return redirect(missing[0].url if missing else steps.address(proposal.id, Step.REVIEW))


def _editable(proposal_id: int) -> Any:
    """The proposal, if the actor may change it and it can be changed."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    if Status(proposal.status) not in proposals.EDITABLE:
        raise StateError(Note("Förslaget är beslutat och kan inte ändras."))
    return proposal


@access.requires("edit proposal")
def edit(proposal_id: int, step: str) -> ResponseReturnValue:
    """One step of a proposal: shown, or read and saved."""
    if step not in list(Step):
        raise NotFoundError("step", step)
    proposal = _editable(proposal_id)
    if step == Step.REVIEW:
        return render_review(proposal)
    facts = proposal_records.facts(proposal)
    if step in steps.PER_ALTERNATIVE and not facts.alternatives:
        return render_template(
            "proposals/no_alternatives.html",
            proposal=proposal,
            steps=steps.shown(proposal.id, facts, Step(step)),
        )
    if request.method == "GET":
        number = _asked_number(facts)
        sheet = Sheet(
            Step(step), _typed(Step(step), facts, number), proposal, facts, number, proposal.version
        )
        return _render(sheet, _choices(sheet), proposal.round)
    return _receive(Step(step), proposal, facts)


def _asked_number(facts: ProposalFacts) -> int:
    text = request.args.get("alternative", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), max(len(facts.alternatives), 1))


def _typed(step: Step, facts: ProposalFacts, number: int) -> Typed:
    """The step's form as it is stored."""
    if step is Step.NEED:
        return forms.typed_need(facts)
    if step is Step.ALTERNATIVES:
        return forms.typed_alternatives(facts)
    if step is Step.BASIS:
        return statement_forms.typed_basis(facts)
    alternative = facts.alternatives[number - 1]
    if step is Step.OUTLAYS:
        return cost_forms.typed_outlays(alternative)
    if step is Step.CONSEQUENCES:
        return cost_forms.typed_consequences(alternative)
    return forms.typed_place(alternative, facts)


def _choices(sheet: Sheet) -> Choices:
    return choosing.choices_of(sessions.current(), sheet.proposal.round.years, sheet.facts)


def _receive(step: Step, proposal: Any, facts: ProposalFacts) -> ResponseReturnValue:
    typed = Typed.of_form(request.form)
    number, is_there = _number_of_code(facts, str(typed.fields.get("code", "")))
    sheet = Sheet(step, typed, proposal, facts, number, seen_version())
    choices = _choices(sheet)
    if step in steps.PER_ALTERNATIVE and not is_there:
        note = Note(
            "Alternativet har tagits bort av någon annan. Din text står kvar här men kan inte sparas."
        )
        sheet.summary = [(None, note)]
        return _render(sheet, choices, proposal.round), 409
    if _rearrange(sheet):
        return _render(sheet, choices, proposal.round)
    mine, faults = _read(sheet, choices)
    if faults:
        sheet.refuse(faults)
        return _render(sheet, choices, proposal.round), 422
    return _save(sheet, mine, choices)


def _number_of_code(facts: ProposalFacts, code: str) -> tuple[int, bool]:
    """The alternative's place now: others may have added or removed some since the form was opened."""
    codes = [alternative.code for alternative in facts.alternatives]
    return (codes.index(code) + 1, True) if code in codes else (1, False)


def _rearrange(sheet: Sheet) -> bool:
    """Add or remove a row or an alternative without saving, where a button asked for it."""
    typed = sheet.typed
    added = str(typed.fields.get("add_row", ""))
    if not typed.is_rearranging():
        return False
    if sheet.step is Step.ALTERNATIVES and added in list(AlternativeKind):
        _add_alternative(sheet, AlternativeKind(added))
    elif added == "template":
        template = cost_forms.chosen_template(typed)
        if template is not None:
            typed.rows.setdefault("components", []).append(
                cost_forms.template_row(template, _(template.name))
            )
    else:
        typed.rearrange()
    return True


def _add_alternative(sheet: Sheet, kind: AlternativeKind) -> None:
    rows = sheet.typed.rows.setdefault("alternatives", [])
    if len(rows) < MAX_ALTERNATIVES:
        parameters = rounds.parameters_of(sheet.proposal.round)
        rows.append(
            forms.new_alternative(
                kind, sheet.proposal.round.budget_year, parameters.default_commissioning_month
            )
        )


def _read(sheet: Sheet, choices: Choices) -> tuple[ProposalFacts, Faults]:
    """The proposal with what was typed in this step."""
    assert sheet.facts is not None
    facts, typed = sheet.facts, sheet.typed
    if sheet.step is Step.NEED:
        return forms.read_need(typed, facts, choices)
    if sheet.step is Step.ALTERNATIVES:
        return forms.read_alternatives(typed, facts, choices)
    if sheet.step is Step.BASIS:
        return statement_forms.read_basis(typed, facts)
    if sheet.step is Step.PLACE:
        return forms.read_place(typed, facts, sheet.number - 1)
    alternative = facts.alternatives[sheet.number - 1]
    if sheet.step is Step.OUTLAYS:
        changed, faults = cost_forms.read_outlays(typed, alternative)
    else:
        changed, faults = cost_forms.read_consequences(typed, alternative, choices.organisations)
    alternatives = [changed if one.code == changed.code else one for one in facts.alternatives]
    return replace(facts, alternatives=tuple(alternatives)), faults


def _save(sheet: Sheet, mine: ProposalFacts, choices: Choices) -> ResponseReturnValue:
    assert sheet.facts is not None
    kept = {
        name.removeprefix("keep-"): side for name, side in request.form.items() if name.startswith("keep-")
    }
    chosen = conflicts.merge(mine, sheet.facts, kept) if kept else mine
    proposal_id = sheet.proposal.id
    try:
        proposals.save(sessions.current(), proposal_id, chosen, seen_version=sheet.version)
    except InvalidInputError as refused:
        sheet.refuse_stored(refused.fields)
        return _render(sheet, choices, sheet.proposal.round), 422
    except ConflictError:
        if mine != sheet.facts:
            return _conflict(sheet, mine), 409
        # What the other one saved is what this one wanted to save.
    _flash_saved()
    if request.form.get("stay"):
        return redirect(steps.address(proposal_id, sheet.step, sheet.number))
    return redirect(steps.address(proposal_id, *steps.following(chosen, sheet.step, sheet.number)))


def _flash_saved() -> None:
    moment = formatting.in_stockholm(sessions.current().now())
    flash(_("Sparat %(clock)s.", clock=f"{moment:%H:%M}"), "success")


def _conflict(sheet: Sheet, mine: ProposalFacts) -> str:
    """Both versions side by side; what was typed is sent along, so that either can be chosen."""
    assert sheet.facts is not None
    here = steps.address(sheet.proposal.id, sheet.step, sheet.number)
    fields = conflicts.differences(mine, sheet.facts, choosing.names_of(sessions.current()))
    # Only what this step can change may be chosen; the rest cannot differ.
    resent = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in NOT_RESENT and not name.startswith("keep-")
    ]
    return render_conflict(sheet.proposal, fields, here, SimpleNamespace(items=lambda: resent), here)


def render_conflict(proposal: Any, fields: Any, action_url: str, hidden: Any, cancel_url: str) -> str:
    """The page that shows two versions; `hidden.items()` gives what is sent again with the choice."""
    latest = history.of(sessions.current(), "proposal", proposal.id)[0]
    return render_template(
        "proposals/conflict.html",
        proposal=proposal,
        fields=fields,
        action_url=action_url,
        hidden=hidden,
        cancel_url=cancel_url,
        changed_by=latest.actor_name,
        changed_at=latest.at,
    )


def _render(sheet: Sheet, choices: Choices, planning_round: Any) -> str:
    """The step's page. A service may have failed half-way; then only what was loaded before is shown."""
    parameters = rounds.parameters_of(planning_round)
    proposal = sheet.proposal
    typed_stage = sheet.typed.fields.get("stage")
    stage = (
        Stage(proposal.stage)
        if proposal is not None
        else Stage(typed_stage)
        if typed_stage in list(Stage)
        else Stage.NEED
    )
    return render_template(
        f"proposals/steps/{sheet.step.value}.html",
        sheet=sheet,
        f=sheet.typed.fields,
        rows=sheet.typed.rows,
        faults=sheet.faults,
        proposal=proposal,
        alternative=sheet.alternative,
        steps=steps.shown(proposal.id if proposal else None, sheet.facts, sheet.step),
        tabs=_tabs(sheet),
        choices=choices,
        planning_round=planning_round,
        earliest_start=parameters.earliest_start(stage, planning_round.budget_year),
        has_outline=places.has_outline(planning_round),
        templates=choosing.template_choices(),
        year_options=choosing.year_options(sheet.alternative),
        cautions=_cautions(sheet, parameters),
        commissioned=describing.commissioned(sheet.alternative) if sheet.alternative else "",
        describing=describing,
        options=choosing.options(),
        impacts=choosing.impacts(),
        years=[(year, year) for year in choices.years],
    )


def _cautions(sheet: Sheet, parameters: Parameters) -> list[Note]:
    """What to look at once more in the alternative as it was saved last."""
    if sheet.alternative is None:
        return []
    start = min(sheet.alternative.starts, default=sheet.proposal.round.budget_year)
    return cautions.cautions(sheet.alternative, start, parameters)


def _tabs(sheet: Sheet) -> list[tuple[str, str, bool]]:
    if sheet.facts is None or sheet.step not in steps.PER_ALTERNATIVE or len(sheet.facts.alternatives) < 2:
        return []
    return [
        (steps.address(sheet.proposal.id, sheet.step, place), describing.title_of(one), place == sheet.number)
        for place, one in enumerate(sheet.facts.alternatives, start=1)
    ]


def render_review(proposal: Any, summary: Iterable[SummaryRow] = ()) -> str:
    """Everything that was stated, what is missing, and what it will cost."""
    work = sessions.current()
    facts, names = proposal_records.facts(proposal), choosing.names_of(work)
    parameters = rounds.parameters_of(proposal.round)
    earliest = parameters.earliest_start(Stage(proposal.stage), proposal.round.budget_year)
    shown = []
    for number, one in enumerate(facts.alternatives, start=1):
        start = costs.possible_starts(one, earliest, proposal.round.years)[0]
        cost = costs.costs_of(
            facts,
            one,
            start=start,
            explain_year=None,
            parameters=parameters,
            years=proposal.round.years,
            names=names,
            companies=organisations.company_codes(work),
        )
        notes = cautions.cautions(one, start, parameters)
        shown.append((number, one, describing.of_alternative(one, names), cost, notes))
    return render_template(
        "proposals/steps/review.html",
        proposal=proposal,
        facts=facts,
        members=describing.of_proposal(facts, names),
        alternatives=shown,
        missing=steps.checklist(proposal.id, facts),
        summary=list(summary),
        steps=steps.shown(proposal.id, facts, Step.REVIEW),
        step_url=lambda step, number=1: steps.address(proposal.id, Step(step), number),
        describing=describing,
        shown=SimpleNamespace(members=rows_of_members),
        cancel_url=url_for("proposals.show", proposal_id=proposal.id),
    )


def rows_of_members(members: Iterable[describing.Member], urls: Mapping[str, str]) -> list[tuple[Any, ...]]:
    """Rows for a list of facts: label, text, and where the member has an address the link to change it.

    What only the later stages ask for takes no room until somebody has stated it.
    """
    rows: list[tuple[Any, ...]] = []
    for one in members:
        if not one.text and one.name in describing.ONLY_WHERE_STATED:
            continue
        link = Markup('<a href="{}">{}<span class="visually-hidden"> {}</span></a>')
        more = (link.format(urls[one.name], _("Ändra"), one.label),) if one.name in urls else ()
        rows.append((one.label, with_line_breaks(one.text), *more))
    return rows


def with_line_breaks(text: str) -> Markup:
    """The text with its lines kept apart, and nothing in it read as markup."""
    return Markup("<br>").join(text.split("\n"))

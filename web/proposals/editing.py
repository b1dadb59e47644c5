"""Writing a proposal, step by step. Each step saves; nothing that was typed is lost, whatever happens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.parameters import Parameters
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Category,
    ProposalFacts,
    Stage,
)
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import (
    history,
    object_templates,
    organisations,
    places,
    proposal_records,
    proposals,
    rounds,
)
from web import access, formatting, sessions
from web.proposals import (
    cautions,
    choosing,
    conflicts,
    cost_forms,
    describing,
    drafts,
    filling,
    forms,
    live,
    reviewing,
    short_form,
    statement_forms,
    steps,
)
from web.proposals.forms import Choices
from web.proposals.steps import Step
from web.proposals.typed import Faults, Reader, Typed

MAX_ALTERNATIVES = 20
FILLED = ("object", "running", "pasted")
LIVE_STEPS = (Step.OUTLAYS, Step.CONSEQUENCES)
NOT_RESENT = ("csrf_token", "version", "stay", "add_row", "remove_row")
SummaryRow = tuple[str | None, Note]


def register(pages: Blueprint, one: str) -> None:
    """Give the blueprint the addresses of writing; `one` is the path of one proposal."""
    pages.add_url_rule("/new", view_func=create, methods=["GET", "POST"])
    pages.add_url_rule(f"{one}/edit", view_func=begin, methods=["GET"])
    pages.add_url_rule(f"{one}/edit/<step>", view_func=edit, methods=["GET", "POST"])


@dataclass
class Sheet:
    """One step as the page shows it. `number` is the alternative's place from 1; `closed` says why nothing can be saved."""

    step: Step
    typed: Typed
    proposal: Any = None
    facts: ProposalFacts | None = None
    number: int = 1
    version: int = 0
    key: str = ""
    faults: Faults = field(default_factory=dict)
    summary: list[SummaryRow] = field(default_factory=list)
    closed: Note | None = None

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
    short = _short_choices(planning_round)
    if request.method == "GET":
        fields = {"committee": next(iter(choices.committees), ""), "stage": Stage.NEED.value}
        fields |= short_form.blank(short)
        kept = drafts.asked(None, Step.NEED)
        typed, key = (drafts.typed_of(kept), kept.form_key) if kept else (Typed(fields), uuid.uuid4().hex)
        return _render(Sheet(Step.NEED, typed, key=key), choices, planning_round)
    sheet = Sheet(Step.NEED, Typed.of_form(request.form), key=request.form.get("key", "")[:80])
    blank = ProposalFacts("", "", "", Category.EXPANSION, "", Stage.NEED)
    facts, faults = forms.read_need(sheet.typed, blank, choices)
    facts, more = short_form.read(sheet.typed, facts, short)
    if faults or more:
        sheet.refuse(faults | more)
        return _render(sheet, choices, planning_round), 422
    try:
        proposal = proposals.create(work, planning_round.id, facts, key=sheet.key)
    except InvalidInputError as refused:
        sheet.refuse_stored(refused.fields)
        return _render(sheet, choices, planning_round), 422
    drafts.saved()
    _flash_saved()
    if not facts.alternatives:
        return redirect(steps.address(proposal.id, Step.ALTERNATIVES))
    return redirect(url_for("proposals.begin", proposal_id=proposal.id))


def _short_choices(planning_round: Any, stage: Stage = Stage.NEED) -> short_form.ShortChoices:
    parameters = rounds.parameters_of(planning_round)
    return short_form.ShortChoices(
        planning_round.years,
        planning_round.budget_year,
        parameters.default_commissioning_month,
        parameters.earliest_start(stage, planning_round.budget_year),
    )


@access.requires("edit proposal")
def begin(proposal_id: int) -> ResponseReturnValue:
    """The first step in which something is missing, else the review."""
    proposal = editable(proposal_id)
    missing = steps.checklist(proposal.id, proposal_records.facts(proposal))
    return redirect(missing[0].url if missing else steps.address(proposal.id, Step.REVIEW))


def editable(proposal_id: int) -> Any:
    """The proposal, if the actor may change it and it can be changed."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    proposals.refuse_closed(proposal)
    return proposal


@access.requires("edit proposal")
def edit(proposal_id: int, step: str) -> ResponseReturnValue:
    """One step of a proposal: shown, or read and saved."""
    if step not in list(Step):
        raise NotFoundError("step", step)
    try:
        proposal = editable(proposal_id)
    except StateError as closed:
        return _closed(proposal_id, Step(step), closed)
    if step == Step.REVIEW:
        return reviewing.render_review(proposal)
    facts = proposal_records.facts(proposal)
    if step in steps.PER_ALTERNATIVE and not facts.alternatives:
        return render_template(
            "proposals/no_alternatives.html",
            proposal=proposal,
            steps=steps.shown(proposal.id, facts, Step(step)),
        )
    if request.method == "GET":
        sheet = _opened(Step(step), proposal, facts)
        return _render(sheet, choices_for(sheet), proposal.round)
    return _receive(Step(step), proposal, facts)


def _closed(proposal_id: int, step: Step, closed: StateError) -> ResponseReturnValue:
    """The text of somebody who wrote while the proposal was closed for change: it stands there, to be copied.

    Raises:
        StateError: `closed`, where there is no such text.
    """
    proposal = proposals.find(sessions.current(), proposal_id)
    facts = proposal_records.facts(proposal)
    if step is Step.REVIEW or (step in steps.PER_ALTERNATIVE and not facts.alternatives):
        raise closed
    if request.method == "GET":
        if drafts.asked(proposal_id, step) is None:
            raise closed
        sheet, status = _opened(step, proposal, facts), 200
    else:
        typed = Typed.of_form(request.form)
        number, _is_there = number_of_code(facts, str(typed.fields.get("code", "")))
        sheet, status = Sheet(step, typed, proposal, facts, number, seen_version()), 409
    sheet.closed = Note("%(why)s Det du skrev står kvar här så att du kan kopiera det.", {"why": closed.note})
    return _render(sheet, choices_for(sheet), proposal.round), status


def _opened(step: Step, proposal: Any, facts: ProposalFacts) -> Sheet:
    """The step as it is stored, or as it was left unsaved where the address asks for that."""
    kept = drafts.asked(proposal.id, step)
    if kept is None:
        number = _asked_number(facts)
        return Sheet(step, _typed(step, facts, number), proposal, facts, number, proposal.version)
    number, is_there = number_of_code(facts, kept.alternative)
    sheet = Sheet(step, drafts.typed_of(kept), proposal, facts, number, kept.seen_version)
    if step in steps.PER_ALTERNATIVE and not is_there:
        sheet.summary = [(None, drafts.GONE)]
    return sheet


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
        typed = cost_forms.typed_outlays(alternative)
        typed.fields["object_type"] = facts.object_type or ""
        return typed
    if step is Step.CONSEQUENCES:
        return cost_forms.typed_consequences(alternative)
    return forms.typed_place(alternative, facts)


def choices_for(sheet: Sheet) -> Choices:
    return choosing.choices_of(sessions.current(), sheet.proposal.round.years, sheet.facts)


def _receive(step: Step, proposal: Any, facts: ProposalFacts) -> ResponseReturnValue:
    typed = Typed.of_form(request.form)
    number, is_there = number_of_code(facts, str(typed.fields.get("code", "")))
    sheet = Sheet(step, typed, proposal, facts, number, seen_version())
    choices = choices_for(sheet)
    if step in steps.PER_ALTERNATIVE and not is_there:
        sheet.summary = [(None, drafts.GONE)]
        return _render(sheet, choices, proposal.round), 409
    if typed.is_rearranging():
        _rearrange(sheet)
        return _render(sheet, choices, proposal.round), 422 if sheet.faults else 200
    mine, faults = read_step(sheet, choices)
    if faults:
        sheet.refuse(faults)
        return _render(sheet, choices, proposal.round), 422
    return _save(sheet, mine, choices)


def number_of_code(facts: ProposalFacts, code: str) -> tuple[int, bool]:
    """The alternative's place now: others may have added or removed some since the form was opened."""
    codes = [alternative.code for alternative in facts.alternatives]
    return (codes.index(code) + 1, True) if code in codes else (1, False)


def _rearrange(sheet: Sheet) -> None:
    """Add or remove a row or an alternative, or fill rows in, without saving, where a button asked for it."""
    typed = sheet.typed
    added = str(typed.fields.get("add_row", ""))
    if sheet.step is Step.ALTERNATIVES and added in list(AlternativeKind):
        _add_alternative(sheet, AlternativeKind(added))
    elif added == "template":
        template = cost_forms.chosen_template(typed)
        if template is not None:
            typed.rows.setdefault("components", []).append(
                cost_forms.template_row(template, _(template.name))
            )
    elif added in FILLED:
        _fill(sheet, added)
    elif added != "preview":
        typed.rearrange()


def _fill(sheet: Sheet, what: str) -> None:
    """Rows from a template or from a spreadsheet; what is missing for it is told by its input."""
    work, planning_round = sessions.current(), sheet.proposal.round
    if sheet.facts is None or sheet.alternative is None:
        return
    if what == "pasted":
        faults, notes = filling.fill_pasted(sheet.typed, sheet.alternative, planning_round.budget_year)
        sheet.faults, sheet.summary = faults, [("pasted", note) for note in notes]
        return
    templates = object_templates.by_code(work)
    if what == "object":
        parameters = rounds.parameters_of(planning_round)
        sheet.refuse(filling.fill_outlays(sheet.typed, sheet.alternative, templates, parameters))
    else:
        template = templates.get(sheet.facts.object_type or "")
        sheet.refuse(filling.fill_running(sheet.typed, sheet.facts, sheet.alternative, template))


def live_panel(sheet: Sheet, choices: Choices) -> live.LiveShown | None:
    """What the alternative would cost as it stands in the form; None in steps that have no panel, and where nothing is written any more."""
    if sheet.closed or sheet.step not in LIVE_STEPS or sheet.facts is None or sheet.alternative is None:
        return None
    work = sessions.current()
    # Reading drops blank rows, which the page shall keep.
    copied = replace(sheet, typed=deepcopy(sheet.typed))
    mine, faults = read_step(copied, choices)
    return live.live_of(
        mine,
        mine.alternatives[sheet.number - 1],
        faults=faults,
        planning_round=sheet.proposal.round,
        parameters=rounds.parameters_of(sheet.proposal.round),
        companies=organisations.company_codes(work),
        names=choosing.names_of(work),
    )


def _add_alternative(sheet: Sheet, kind: AlternativeKind) -> None:
    rows = sheet.typed.rows.setdefault("alternatives", [])
    if len(rows) < MAX_ALTERNATIVES:
        parameters = rounds.parameters_of(sheet.proposal.round)
        rows.append(
            forms.new_alternative(
                kind,
                sheet.proposal.round.budget_year,
                parameters.default_commissioning_month,
                _short_choices(sheet.proposal.round, Stage(sheet.proposal.stage)).starts,
            )
        )


def read_step(sheet: Sheet, choices: Choices) -> tuple[ProposalFacts, Faults]:
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
        if "object_type" in typed.fields:
            facts = replace(facts, object_type=str(typed.fields["object_type"])[:40] or None)
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
    drafts.saved()
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
    return render_template(
        "proposals/conflict.html",
        proposal=proposal,
        fields=fields,
        action_url=action_url,
        hidden=hidden,
        cancel_url=cancel_url,
        last=history.last(sessions.current(), "proposal", proposal.id),
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
        **drafts.shown(sheet),
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
        short=proposal is None,
        has_outline=places.has_outline(planning_round),
        templates=choosing.template_choices(),
        year_options=choosing.year_options(sheet.alternative),
        cautions=_cautions(sheet, parameters),
        live=live_panel(sheet, choices),
        running_title=_running_title(sheet),
        commissioned=describing.commissioned(sheet.alternative) if sheet.alternative else "",
        describing=describing,
        options=choosing.options(),
        impacts=choosing.impacts(),
        years=[(year, year) for year in choices.years],
    )


def _running_title(sheet: Sheet) -> str:
    """The template whose running can be fetched here; empty where there is none."""
    if sheet.step is not Step.CONSEQUENCES or sheet.facts is None:
        return ""
    template = object_templates.by_code(sessions.current()).get(sheet.facts.object_type or "")
    return template.title if template is not None and template.costs else ""


def _cautions(sheet: Sheet, parameters: Parameters) -> list[Note]:
    """What to look at once more in the alternative as it was saved last."""
    if sheet.alternative is None or sheet.facts is None:
        return []
    experience = choosing.experience_of(sessions.current(), sheet.facts)
    start = min(sheet.alternative.starts, default=sheet.proposal.round.budget_year)
    return cautions.cautions(sheet.alternative, start, parameters, sheet.facts.stage, experience)


def _tabs(sheet: Sheet) -> list[tuple[str, str, bool]]:
    if sheet.facts is None or sheet.step not in steps.PER_ALTERNATIVE or len(sheet.facts.alternatives) < 2:
        return []
    return [
        (steps.address(sheet.proposal.id, sheet.step, place), describing.title_of(one), place == sheet.number)
        for place, one in enumerate(sheet.facts.alternatives, start=1)
    ]

"""The last page of writing: everything that was stated, what is missing, and what it will cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from investplan.domain.proposals import Stage
from investplan.errors import Note
from investplan.services import organisations, proposal_records, proposals, rounds
from web import sessions
from web.proposals import cautions, choosing, costs, describing, steps
from web.proposals.steps import Step

SummaryRow = tuple[str | None, Note]


def render_review(proposal: Any, summary: Iterable[SummaryRow] = ()) -> str:
    """Everything that was stated, what is missing, and what it will cost."""
    work = sessions.current()
    facts, names = proposal_records.facts(proposal), choosing.names_of(work)
    parameters = rounds.parameters_of(proposal.round)
    earliest = parameters.earliest_start(Stage(proposal.stage), proposal.round.budget_year)
    experience = choosing.experience_of(work, facts)
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
        notes = cautions.cautions(one, start, parameters, facts.stage, experience)
        shown.append((number, one, describing.of_alternative(one, names), cost, notes))
    return render_template(
        "proposals/steps/review.html",
        proposal=proposal,
        facts=facts,
        members=describing.of_proposal(facts, names),
        alternatives=shown,
        missing=steps.checklist(proposal.id, facts),
        summary=list(summary),
        may_submit=proposals.may_submit(work, proposal),
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

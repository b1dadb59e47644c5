"""Proposals: the list, the page of one, and what is done with it. Writing it is in `editing`."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.parameters import Parameters
from investplan.domain.placements import place
from investplan.domain.proposals import Category, ProposalFacts, Stage, Status
from investplan.domain.secrecy import redacted
from investplan.domain.zero_alternative import has_zero_alternative
from investplan.errors import ConflictError, InvalidInputError, NoRoundError
from investplan.services import (
    attachments,
    history,
    organisations,
    overviews,
    places,
    proposal_records,
    proposals,
    rounds,
    secrecy,
)
from investplan.units import kronor_from_ore
from web import access, sessions
from web.comments import telling as commenting
from web.consultations import telling as consulting
from web.gates import panel
from web.proposals import (
    autosaving,
    capital_display,
    cautions,
    choosing,
    comparing,
    copying,
    costs,
    describing,
    editing,
    following,
    listing,
    previewing,
    reviewing,
    scoring,
    steps,
    zero,
)
from web.rounds.routes import waiting_to_follow
from web.texts import label

pages = Blueprint("proposals", __name__, template_folder="templates", url_prefix="/proposals")
ONE = "/<int(max=2147483647):proposal_id>"
PAGE_SIZE = 50
MAX_EXPORT = 10_000
KEPT = ("round", "search", "organisation", "category", "stage", "status", "district", "sort", "order")

editing.register(pages, ONE)
previewing.register(pages, ONE)
autosaving.register(pages, ONE)
copying.register(pages, ONE)
scoring.register(pages, ONE)
pages.add_url_rule(f"{ONE}/zero-alternative", view_func=zero.add_zero, methods=["POST"])


def chosen_round() -> Any:
    """The round that the address names, else the latest; None where there is none yet."""
    number = whole_argument("round")
    return rounds.find(sessions.current(), number) if number else sessions.latest_round()


def whole_argument(name: str) -> int | None:
    """A whole number of the address; None where it is something else."""
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


def wanted_filter() -> proposals.Filter:
    """What the address asks the list to be cut down to; codes that nobody has are no filter."""
    args = request.args

    def code(name: str, codes: Any) -> str:
        return args[name] if args.get(name) in list(codes) else ""

    return proposals.Filter(
        search=args.get("search", "").replace("\x00", "")[:200],
        organisation_id=whole_argument("organisation"),
        category=code("category", Category),
        stage=code("stage", Stage),
        status=code("status", Status),
        district_id=whole_argument("district"),
        sort=code("sort", proposals.SORTS) or "title",
        descending=args.get("order") == "desc",
    )


def filter_choices() -> dict[str, list[tuple[Any, str]]]:
    """What the list may be cut down by: (code, name) in the order shown, the first meaning all."""
    work = sessions.current()
    return {
        "organisation": [("", _("Alla")), *organisations.names(work)],
        "category": [("", _("Alla")), *((one.value, label(one)) for one in Category)],
        "stage": [("", _("Alla")), *((one.value, label(one)) for one in Stage)],
        "status": [("", _("Alla")), *((one.value, label(one)) for one in Status)],
        "district": [("", _("Alla")), *organisations.district_names(work)],
        "round": rounds.names(work),
    }


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """The round's proposals, searched, cut down, sorted, page by page; sums over the whole selection."""
    planning_round, wanted = chosen_round(), wanted_filter()
    page = None
    if planning_round is not None:
        number = whole_argument("page") or 1
        page = proposals.page(sessions.current(), planning_round.id, wanted, number=number, size=PAGE_SIZE)
    return render_template(
        "proposals/index.html",
        page=page,
        rows=listing.rows,
        wanted=wanted,
        planning_round=planning_round,
        to_follow=waiting_to_follow(planning_round),
        choices=filter_choices(),
        kept=_kept(),
        is_filtered=any(
            request.args.get(k) for k in ("search", "organisation", "category", "stage", "status", "district")
        ),
        sorts=_sort_choices(),
        page_url=lambda number: url_for(".index", **{**_kept(), "page": number}),
    )


def _kept() -> dict[str, str]:
    """The address's filters, to be carried on to other pages of the same list."""
    return {name: value for name, value in request.args.items() if name in KEPT and value}


def _sort_choices() -> list[tuple[str, str]]:
    return [
        ("title", _("Rubrik")),
        ("case_number", _("Diarienummer")),
        ("organisation", _("Nämnd eller bolag")),
        ("outlay", _("Utgift")),
        ("changed", _("Senast ändrat")),
    ]


@pages.get("/export.csv")
@access.requires("see")
def export() -> ResponseReturnValue:
    """The whole selection as a file for spreadsheets: the same rows as the list, amounts in kronor."""
    planning_round = chosen_round()
    if planning_round is None:
        raise NoRoundError
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow(
        [_("Diarienummer"), _("Rubrik"), _("Nämnd eller bolag"), _("Kategori"), _("Utredningsskede"), _("Status"),
         _("Område"), _("Utgift, kr")]
    )  # fmt: skip
    number, pages_left = 1, 1
    while number <= pages_left and number * 200 <= MAX_EXPORT:
        page = proposals.page(sessions.current(), planning_round.id, wanted_filter(), number=number, size=200)
        for one in page.proposals:
            rows.writerow([_harmless(cell) for cell in _export_row(one)])
        number, pages_left = number + 1, page.pages
    answer = Response("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=forslag.csv"
    return answer


def _export_row(one: proposals.Listed) -> list[str]:
    return [
        one.case_number,
        one.title,
        one.organisation,
        label(one.category),
        label(one.stage),
        label(one.status),
        one.district,
        str(kronor_from_ore(one.outlay_ore)).replace(".", ","),
    ]


def _harmless(cell: str) -> str:
    # A spreadsheet carries out what begins like a formula.
    return "'" + cell if cell[:1] in "=+-@\t\r" and cell else cell


@pages.get(ONE)
@access.requires("see")
def show(proposal_id: int) -> ResponseReturnValue:
    """One proposal: what it says, what it costs, where it is, how it scores, and what has happened to it."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    hidden = secrecy.hidden(work, proposal)
    counted = proposal_records.facts(proposal)
    facts = redacted(counted, hidden)
    names = choosing.names_of(work)
    decided = overviews.decided_starts(work, proposal.round_id).get(proposal.id)
    number = min(max(whole_argument("alternative") or 1, 1), max(len(facts.alternatives), 1))
    alternative = facts.alternatives[number - 1] if facts.alternatives else None
    return render_template(
        "proposals/show.html",
        proposal=proposal,
        facts=facts,
        number=number,
        alternative=alternative,
        decided=decided,
        **following.of_proposal(work, proposal),
        decided_title=_title_of_code(facts, decided.alternative) if decided else "",
        outline=places.has_outline(proposal.round),
        editable=proposals.is_open(proposal),
        missing=steps.checklist(proposal.id, facts) if proposal.status == Status.DRAFT else [],
        documents=attachments.of(work, proposal_id),
        has_zero=has_zero_alternative(facts),
        gate=panel.shown(proposal, facts, may_edit=_may_edit(proposal)),
        fact_rows=_fact_rows(describing.of_proposal(facts, names)),
        place_rows=_place_rows(facts),
        describing=describing,
        hidden=hidden,
        marked=secrecy.marks(work, proposal),
        **_alternative(proposal, counted, facts, number, names),
        consulting=consulting.of_proposal(work, proposal),
        commenting=commenting.of_proposal(work, proposal),
        **scoring.of_proposal(proposal),
        **_history(proposal),
    )


def _may_edit(proposal: Any) -> bool:
    return proposals.is_open(proposal) and access.allowed(
        "edit proposal", organisation_id=proposal.organisation_id
    )


def _title_of_code(facts: ProposalFacts, code: str) -> str:
    return next((describing.title_of(one) for one in facts.alternatives if one.code == code), code)


def _fact_rows(members: list[describing.Member]) -> list[tuple[Any, ...]]:
    # Title, number and place have their own spot on the page.
    elsewhere = ("title", "case_number", "place_note", "place_wkt")
    return reviewing.rows_of_members([one for one in members if one.name not in elsewhere], {})


def _place_rows(facts: ProposalFacts) -> list[tuple[str, str]]:
    rows = [(_("Plats i ord"), facts.place_note)]
    several = len(facts.alternatives) > 1
    for number, one in enumerate(facts.alternatives, start=1):
        text = _("Plats på kartan, alternativ %(number)s", number=number) if several else _("Plats på kartan")
        rows.append((text, describing.place(one.place_wkt)))
    return rows


def _alternative(
    proposal: Any, facts: ProposalFacts, readable: ProposalFacts, number: int, names: Any
) -> dict[str, Any]:
    """What the page tells of one alternative: computed from the whole, described by what the reader may read."""
    if not facts.alternatives:
        return {}
    alternative = facts.alternatives[number - 1]
    cost, starts = _costs(proposal, facts, alternative, names), _starts(proposal, alternative)
    if readable.alternatives[number - 1].components != alternative.components:
        cost = costs.without_explanations(cost)
    parameters = rounds.parameters_of(proposal.round)
    return {
        "cost": cost,
        "capital": _capital(proposal, facts, alternative, cost, parameters),
        "shape_choices": capital_display.shape_names(),
        "cautions": cautions.cautions(
            alternative,
            cost.start,
            parameters,
            facts.stage,
            choosing.experience_of(sessions.current(), facts),
        ),
        **_comparison(proposal, facts, readable, number, cost.start, names),
        "year_url": lambda year, part: _year_url(proposal, number, cost.start, year, part),
        "opened": request.args.get("open", ""),
        "own_cost_ore": cost.level_of(facts.committee, cost.whole_year),
        "start_choices": [(year, year) for year in starts],
        "year_choices": [(year, year) for year in cost.effects.years],
        "alternative_rows": _fact_rows(
            describing.of_alternative(readable.alternatives[number - 1], names)[1:]
        ),
        "alternative_tabs": [
            (
                url_for(".show", proposal_id=proposal.id, alternative=place, _anchor="alternative"),
                describing.title_of(one),
                place == number,
            )
            for place, one in enumerate(facts.alternatives, start=1)
        ],
    }


def _capital(
    proposal: Any, facts: Any, alternative: Any, cost: costs.Costs, parameters: Parameters
) -> capital_display.CapitalDisplay:
    companies = organisations.company_codes(sessions.current())
    years = tuple(proposal.round.years)
    placed = place(alternative, facts.committee, cost.start, parameters, years, companies)
    shape = capital_display.shape_of(request.args.get("capital", ""))
    return capital_display.capital_display(placed, shape, cost.explain_year)


def _comparison(
    proposal: Any, facts: Any, readable: Any, number: int, start: int, names: Any
) -> dict[str, Any]:
    """The alternatives side by side: all from the chosen start where they can, else from their own first."""
    parameters, companies = (
        rounds.parameters_of(proposal.round),
        organisations.company_codes(sessions.current()),
    )
    starts = {}
    for one in facts.alternatives:
        possible = _starts(proposal, one)
        starts[one.code] = start if start in possible else possible[0]
    shown = comparing.comparison_shown(facts, starts, parameters, companies, names, readable)
    if shown is None:
        return {"comparison": None}
    alternative = facts.alternatives[number - 1]
    paid = comparing.paid_years(alternative, facts, start, shown.period, parameters, companies)
    return {"comparison": shown, "paid": paid}


def _year_url(proposal: Any, number: int, start: int, year: int, part: str) -> str:
    """The page with the computation of that year open, in the part of the page that the reader came from."""
    shape = capital_display.shape_of(request.args.get("capital", ""))
    return url_for(
        ".show", proposal_id=proposal.id, alternative=number, start=start, year=year, capital=shape.value, open=part,
        _anchor=part,
    )  # fmt: skip


def _starts(proposal: Any, alternative: Any) -> list[int]:
    earliest = rounds.parameters_of(proposal.round).earliest_start(
        Stage(proposal.stage), proposal.round.budget_year
    )
    earliest = max(earliest, proposal.not_before_year or 0)
    return costs.possible_starts(alternative, earliest, proposal.round.years)


def _costs(proposal: Any, facts: Any, alternative: Any, names: Any) -> costs.Costs:
    starts = _starts(proposal, alternative)
    start = whole_argument("start")
    return costs.costs_of(
        facts,
        alternative,
        start=start if start in starts else starts[0],
        explain_year=whole_argument("year"),
        parameters=rounds.parameters_of(proposal.round),
        years=proposal.round.years,
        names=names,
        companies=organisations.company_codes(sessions.current()),
    )


def _history(proposal: Any) -> dict[str, Any]:
    work = sessions.current()
    if not history.may_see(work, proposal.organisation_id):
        return {"history": None}
    labels = describing.labels()
    return {
        "history": [
            (entry, [labels[part] for part in history.changed_parts(entry) if part in labels])
            for entry in history.of(work, "proposal", proposal.id)
        ],
        "action_names": {action: _(text) for action, text in history.ACTION_LABELS.items()},
    }


@pages.post(f"{ONE}/submit")
@access.requires("submit proposal")
def submit(proposal_id: int) -> ResponseReturnValue:
    """Send to prioritisation; what is missing is shown as a checklist on the review page."""
    work = sessions.current()
    try:
        proposals.submit(work, proposal_id, seen_version=editing.seen_version())
    except ConflictError:
        return _look_again(proposal_id)
    except InvalidInputError as refused:
        rows = [(None, note) for note in refused.fields.values()]
        return reviewing.render_review(proposals.find(work, proposal_id), rows), 422
    flash(_("Förslaget är inlämnat och kan nu prioriteras."), "success")
    return redirect(url_for(".show", proposal_id=proposal_id))


@pages.post(f"{ONE}/withdraw")
@access.requires("submit proposal")
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take a submitted proposal back to draft."""
    reason = request.form.get("reason", "").replace("\x00", "").strip()[:1000]
    try:
        proposals.withdraw(
            sessions.current(), proposal_id, seen_version=editing.seen_version(), reason=reason
        )
    except ConflictError:
        return _look_again(proposal_id)
    flash(_("Förslaget är ett utkast igen. Det prioriteras inte förrän det lämnas in på nytt."), "success")
    return redirect(url_for(".show", proposal_id=proposal_id))


def _look_again(proposal_id: int) -> ResponseReturnValue:
    flash(
        _("Någon annan har ändrat förslaget sedan du öppnade sidan. Läs det en gång till och försök igen."),
        "warning",
    )
    return redirect(url_for(".show", proposal_id=proposal_id))

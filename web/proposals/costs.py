"""What an alternative costs year by year, laid out for the page: two views, each with its sums, never added together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from investplan.domain.capital_costs import kronor_text
from investplan.domain.consequences import Consequences, consequences
from investplan.domain.cost_views import CommitteeKind, CommitteeLine, ConsolidatedKind, ConsolidatedLine
from investplan.domain.parameters import Ceiling, Parameters
from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.errors import Note
from investplan.units import Ore, round_half_up
from web.proposals.bridges import BridgeShown, bridge_shown
from web.proposals.describing import Names
from web.proposals.layout import CostRow, Explained, factor_text


@dataclass(frozen=True)
class Costs:
    """Everything the page shows about one alternative from one start. `whole_year`: the first with a whole year's cost."""

    start: int
    whole_year: int
    effects: Consequences
    committee_rows: list[CostRow]
    consolidated_rows: list[CostRow]
    committee_bars: list[dict[str, Any]]
    consolidated_bars: list[dict[str, Any]]
    explain_year: int
    outlay_explained: list[Explained]
    committee_explained: list[Explained]
    consolidated_explained: list[Explained]
    bridge: BridgeShown

    def level_of(self, committee: str, year: int) -> Ore:
        """What the committee bears in the year."""
        return self.effects.committee_view.levels(committee).ore[self.effects.years.index(year)]


def without_explanations(found: Costs) -> Costs:
    """The sums alone, for a reader from whom what they are computed of is secret."""
    bridge = replace(found.bridge, explained=[])
    return replace(
        found, outlay_explained=[], committee_explained=[], consolidated_explained=[], bridge=bridge
    )


def possible_starts(alternative: Alternative, earliest: int, years: Sequence[int]) -> list[int]:
    """The starts to choose among, those that the investigation stage allows first; never empty."""
    stated = sorted(alternative.starts)
    allowed = [year for year in stated if year >= earliest]
    return allowed + [year for year in stated if year < earliest] or [min(max(earliest, years[0]), years[-1])]


def costs_of(
    facts: ProposalFacts,
    alternative: Alternative,
    *,
    start: int,
    explain_year: int | None,
    parameters: Parameters,
    years: Sequence[int],
    names: Names,
    companies: frozenset[str] = frozenset(),
) -> Costs:
    """The alternative's costs from `start`, with the computation told for `explain_year` (the first whole year).

    Args:
        companies: Codes of the municipality's companies, whose own costs are not the municipality's.
    """
    effects = consequences(
        alternative,
        committee=facts.committee,
        start=start,
        parameters=parameters,
        years=tuple(years),
        companies=companies,
    )
    whole_year = min(max(effects.first_charged.year + (effects.first_charged.month > 1), years[0]), years[-1])
    told = explain_year if explain_year in effects.years else whole_year
    return Costs(
        start,
        whole_year,
        effects,
        list(_committee_rows(effects, names)),
        _consolidated_rows(effects),
        _bars_of_committees(effects),
        _bars_of_whole(effects),
        told,
        _outlay_explained(alternative, effects, start, told, parameters),
        _explained(effects, effects.committee_view.lines, told, names),
        _explained(effects, effects.consolidated_view.lines, told, names),
        bridge_shown(effects, told, names),
    )


def kind_name(kind: CommitteeKind | ConsolidatedKind) -> str:
    names: dict[str, str] = {
        CommitteeKind.RENT: _("Internhyra"),
        CommitteeKind.CAPITAL_COST: _("Egen kapitalkostnad"),
        CommitteeKind.OPERATING: _("Driftkostnader"),
        CommitteeKind.ONE_OFF: _("Engångskostnad"),
        ConsolidatedKind.DEPRECIATION: _("Avskrivning"),
        ConsolidatedKind.EXTERNAL_RUNNING: _("Lokalens drift och underhåll"),
        ConsolidatedKind.EXTERNAL_OPERATING: _("Verksamhetens driftkostnader"),
        ConsolidatedKind.EXTERNAL_INTEREST: _("Låneränta"),
        ConsolidatedKind.GRANT_INCOME: _("Intäktsförda bidrag"),
        ConsolidatedKind.DISPOSAL: _("Utrangering"),
    }
    return names[kind]


def _committee_rows(effects: Consequences, names: Names) -> list[CostRow]:
    rows: list[CostRow] = []
    view = effects.committee_view
    for committee in view.committees:
        rows.append(CostRow(names.get(committee, committee), (), "group"))
        kinds = view.levels_by_kind(committee).items()
        rows += [CostRow(kind_name(kind), levels.ore) for kind, levels in kinds if levels]
        rows.append(
            CostRow(
                _("Summa %(name)s", name=names.get(committee, committee)), view.levels(committee).ore, "sum"
            )
        )
    return rows


def _consolidated_rows(effects: Consequences) -> list[CostRow]:
    view = effects.consolidated_view
    rows = [CostRow(kind_name(kind), levels.ore) for kind, levels in view.levels_by_kind().items() if levels]
    return [*rows, CostRow(_("Summa kommunen"), view.levels().ore, "sum")] if rows else []


def _bars_of_committees(effects: Consequences) -> list[dict[str, Any]]:
    view = effects.committee_view
    committees = [code for code in view.committees if view.levels(code)]
    several = len(committees) > 1
    bars = []
    for code in committees:
        for kind, levels in view.levels_by_kind(code).items():
            # The code, not the name: a legend has room for no more. The table beside it has the names.
            series = f"{code}: {kind_name(kind)}" if several else kind_name(kind)
            bars += _bars(series, effects.years, levels.ore)
    return bars


def _bars_of_whole(effects: Consequences) -> list[dict[str, Any]]:
    bars = []
    for kind, levels in effects.consolidated_view.levels_by_kind().items():
        bars += _bars(kind_name(kind), effects.years, levels.ore)
    return bars


def _bars(series: str, years: Sequence[int], amounts: Sequence[Ore]) -> list[dict[str, Any]]:
    if not any(amounts):
        return []
    return [
        {"year": year, "series": series, "amount_ore": amount}
        for year, amount in zip(years, amounts, strict=True)
    ]


def _outlay_explained(
    alternative: Alternative, effects: Consequences, start: int, year: int, parameters: Parameters
) -> list[Explained]:
    """How the year's outlay, grants and what counts against the ceiling were computed."""
    index = effects.years.index(year)
    gross, grants = effects.gross_outlay_ore[index], effects.grants_ore[index]
    growth = parameters.construction_index.growth(alternative.price_level_year, year)
    outlay_notes = tuple(
        Note(
            "%(amount)s kr i %(level)s års priser × byggprisernas förändring till %(year)s %(factor)s = %(result)s kr",
            {
                "amount": kronor_text(one.amount_ore),
                "level": alternative.price_level_year,
                "year": year,
                "factor": factor_text(growth),
                "result": kronor_text(round_half_up(one.amount_ore * growth)),
            },
        )
        for one in alternative.outlays
        if start + one.year_offset == year
    )
    grant_notes = tuple(
        Note(
            "%(name)s: %(amount)s kr, som uppgivet", {"name": one.name, "amount": kronor_text(one.amount_ore)}
        )
        for one in alternative.grants or ()
        if start + one.year_offset == year
    )
    counted = effects.investment_ore[index]
    figures = {
        name: kronor_text(amount) for name, amount in (("gross", gross), ("grants", grants), ("net", counted))
    }
    ceiling = (
        Note("Utgift %(gross)s kr − bidrag %(grants)s kr = %(net)s kr", figures)
        if parameters.ceiling_counts is Ceiling.NET
        else Note("Utgiften %(gross)s kr utan avdrag för bidrag", figures)
    )
    told = [(_("Utgift"), gross, outlay_notes), (_("Bidrag"), grants, grant_notes)]
    rows = [Explained(label, amount, notes) for label, amount, notes in told if notes]
    return [*rows, Explained(_("Räknas mot investeringstaket"), counted, (ceiling,))] if rows else []


def _explained(
    effects: Consequences, lines: Sequence[CommitteeLine | ConsolidatedLine], year: int, names: Names
) -> list[Explained]:
    index = effects.years.index(year)
    return [
        Explained(_line_name(line, names), line.amounts_ore[index], line.explain(year))
        for line in lines
        if line.amounts_ore[index]
    ]


def _line_name(line: CommitteeLine | ConsolidatedLine, names: Names) -> str:
    parts = [names.get(line.committee, line.committee)] if isinstance(line, CommitteeLine) else []
    parts += [_(line.label)] + ([line.detail] if line.detail else [])
    return ", ".join(parts)

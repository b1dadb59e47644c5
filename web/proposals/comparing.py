"""The alternatives side by side over the same years: one table per view, never added, and the way there year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from investplan.domain.capital_costs import percent_text
from investplan.domain.comparisons import (
    CommitteeValue,
    Comparison,
    ConsolidatedValue,
    Period,
    ValueLine,
    compare,
    restored_at_end,
)
from investplan.domain.consequences import Consequences, ConsolidatedKind, consequences
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.errors import Note
from investplan.units import Ore, round_half_up
from web.proposals import describing
from web.proposals.describing import Names
from web.proposals.layout import CostRow, factor_text
from web.proposals.side_by_side import Overview, overview

CASH = (ConsolidatedKind.EXTERNAL_RUNNING, ConsolidatedKind.EXTERNAL_OPERATING)
Value = CommitteeValue | ConsolidatedValue


@dataclass(frozen=True)
class ValueTable:
    """Present values in one view: a column per alternative, a row per part; what it is a year, and per m² of it.

    `apart_ore` is how much more each costs than the cheapest; `per_m2_ore` None where no area is stated.
    """

    title: str
    rows: list[CostRow]
    total_ore: tuple[Ore, ...]
    yearly_ore: tuple[Ore, ...]
    per_m2_ore: tuple[Ore | None, ...]
    apart_ore: tuple[Ore, ...]


@dataclass(frozen=True)
class ComparisonShown:
    """Everything that the section shows. `columns` are the alternatives: title, and from which start."""

    columns: list[tuple[str, str]]
    period: Period
    rate: str
    consolidated: ValueTable
    committees: list[ValueTable]
    notes: list[tuple[str, Note]]
    overview: Overview


@dataclass(frozen=True)
class PaidYear:
    """One year on the way to the municipality's present value."""

    year: int
    factor: str
    outlay_ore: Ore
    costs_ore: Ore
    left_ore: Ore
    sum_ore: Ore
    present_ore: Ore


def comparison_shown(
    facts: ProposalFacts,
    starts: Mapping[str, int],
    parameters: Parameters,
    companies: frozenset[str],
    names: Names,
    readable: ProposalFacts,
) -> ComparisonShown | None:
    """The alternatives from their starts, by code; None where there is nothing to compare.

    Computed from the whole of the facts, described by what of them the reader may read.
    """
    if len(facts.alternatives) < 2:
        return None
    pairs = [(one, starts[one.code]) for one in facts.alternatives]
    found = compare(pairs, committee=facts.committee, parameters=parameters, companies=companies)
    period = found[0].consolidated.period
    return ComparisonShown(
        [_column(one, start) for one, start in pairs],
        period,
        percent_text(period.rate),
        _table(_("Kommunen som helhet"), [one.consolidated for one in found]),
        _committee_tables(found, names),
        _notes(found, pairs),
        overview(readable, found, names),
    )


def _column(alternative: Alternative, start: int) -> tuple[str, str]:
    about = _("start %(year)s", year=start)
    return describing.title_of(alternative), f"{about}, {_('bortvalt')}" if alternative.rejected else str(
        about
    )


def _committee_tables(found: Sequence[Comparison], names: Names) -> list[ValueTable]:
    codes = dict.fromkeys(value.committee for one in found for value in one.committees)
    tables = []
    for code in codes:
        values = [_value_of(one, code) for one in found]
        if any(value.total_ore for value in values):
            tables.append(_table(names.get(code, code), values))
    return tables


def _value_of(found: Comparison, code: str) -> CommitteeValue:
    """The committee's value; nothing at all where the alternative does not touch the committee."""
    mine = [value for value in found.committees if value.committee == code]
    period = found.consolidated.period
    return mine[0] if mine else CommitteeValue(period, (), 0, 0, 0 if found.area_m2 else None, code)


def _table(title: str, values: Sequence[Value]) -> ValueTable:
    labels = dict.fromkeys(line.label for value in values for line in value.lines)
    lowest = min(value.total_ore for value in values)
    return ValueTable(
        title,
        [CostRow(_(label), tuple(_of_label(value.lines, label) for value in values)) for label in labels],
        tuple(value.total_ore for value in values),
        tuple(value.yearly_ore for value in values),
        tuple(value.yearly_ore_per_m2 for value in values),
        tuple(value.total_ore - lowest for value in values),
    )


def _of_label(lines: Sequence[ValueLine], label: str) -> Ore:
    return sum(line.present_ore for line in lines if line.label == label)


def _notes(found: Sequence[Comparison], pairs: Sequence[tuple[Alternative, int]]) -> list[tuple[str, Note]]:
    """Each note once: with the alternative's name in front where it is not about all."""
    told: dict[str, tuple[Note, list[str]]] = {}
    for one, (alternative, _start) in zip(found, pairs, strict=True):
        for note in one.notes:
            told.setdefault(str(note), (note, []))[1].append(describing.title_of(alternative))
    return [("" if len(titles) == len(found) else ", ".join(titles), note) for note, titles in told.values()]


def paid_years(
    alternative: Alternative,
    facts: ProposalFacts,
    start: int,
    period: Period,
    parameters: Parameters,
    companies: frozenset[str],
) -> list[PaidYear]:
    """What the municipality pays year by year until the end of the period, and what a krona then is worth."""
    offsets = [one.year_offset for one in alternative.outlays]
    offsets += [one.year_offset for one in alternative.grants or ()]
    years = range(min(period.first, start + min(offsets, default=0)), period.last + 1)
    found = consequences(
        alternative,
        committee=facts.committee,
        start=start,
        parameters=parameters,
        years=years,
        companies=companies,
    )
    restored_ore = sum(one.restoration_ore for one in restored_at_end(alternative, found, period, companies))
    return [_paid_year(found, index, period, restored_ore) for index in range(len(found.years))]


def _paid_year(found: Consequences, index: int, period: Period, restored_ore: Ore) -> PaidYear:
    year = found.years[index]
    costs_ore = sum(line.amounts_ore[index] for line in found.consolidated_view.lines if line.kind in CASH)
    outlay_ore = found.net_outlay_ore[index]
    left_ore = restored_ore - found.book_value_ore[index] if year == period.last else 0
    factor, sum_ore = period.factor(year), outlay_ore + costs_ore + left_ore
    present_ore = round_half_up(sum_ore * factor)
    return PaidYear(year, factor_text(factor), outlay_ore, costs_ore, left_ore, sum_ore, present_ore)

"""What a council decision holds: its investments year by year, and what it does to each committee's frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from investplan.db.models import (
    DecidedInvestment,
    Decision,
    FrameAdjustment,
    InvestmentDelay,
    ParameterSet,
    PlanningRound,
)
from investplan.services import decisions, delays, organisations, plans, proposal_records, rounds
from investplan.services.work import Work
from investplan.units import Month, Ore

Series = tuple[Ore, ...]


@dataclass(frozen=True)
class DecidedItem:
    """One decided investment as it stood: `outlay_ore` per year of the round, counted as the ceiling counts.

    `commissioned` is the month as decided, `expected` the month after all delays recorded since.
    """

    investment_id: int
    proposal_id: int
    case_number: str
    title: str
    committee: str
    alternative_title: str
    start: int
    outlay_ore: Series
    is_company: bool
    commissioned: Month
    expected: Month

    @property
    def total_ore(self) -> Ore:
        return sum(self.outlay_ore)


@dataclass(frozen=True)
class DelayItem:
    """A delay that the decision is about, or (`decision_label`) one of its investments met later."""

    title: str
    proposal_id: int
    months: int
    expected: Month
    claws_back: bool
    reason: str
    decision_id: int
    decision_label: str


@dataclass(frozen=True)
class DecisionReport:
    """A decision with its sums.

    Attributes:
        delays: The delays this decision is about.
        later: What later decisions delayed of this decision's investments.
        before: Code of the view of the frames as they were before the decision (see `frame_views`).
        investment_ore, company_ore: Outlay per year of the round, the municipality's and the companies'.
        frame_ore: Change of each committee's frame per year, by code.
        names: Organisation names by code.
        parameters: Labels of the parameter sets that the investments were computed with.
    """

    decision: Decision
    years: tuple[int, ...]
    items: tuple[DecidedItem, ...]
    investment_ore: Series
    coordination_ore: Series
    company_ore: Series
    frame_ore: Mapping[str, Series]
    names: Mapping[str, str]
    delays: tuple[DelayItem, ...] = ()
    later: tuple[DelayItem, ...] = ()
    parameters: tuple[str, ...] = ()
    before: str = "start"


def of_decision(work: Work, decision_id: int) -> DecisionReport:
    """The decision's investments and frame changes.

    Raises:
        NotFoundError: there is no such decision.
    """
    decision = decisions.find(work, decision_id)
    planning_round = rounds.find(work, decision.round_id)
    companies = organisations.company_codes(work)
    items = tuple(_item(work, decided, planning_round, companies) for decided in decision.investments)
    years = planning_round.years
    own = _summed([one.outlay_ore for one in items if not one.is_company], len(years))
    coordination = (0,) * len(years)
    if decision.run_id is not None:
        coordination = plans.coordination_of_new(work, decision.run_id)
    return DecisionReport(
        decision=decision,
        years=years,
        items=items,
        investment_ore=_summed([own, coordination], len(years)),
        coordination_ore=coordination,
        company_ore=_summed([one.outlay_ore for one in items if one.is_company], len(years)),
        frame_ore=_frame_changes(work, decision, years),
        names={one.code: one.name for one in organisations.everything(work)},
        delays=tuple(_delay_item(one) for one in _delays_by(work, decision.id)),
        later=tuple(_delay_item(one) for decided in decision.investments for one in decided.delays),
        parameters=_labels(work, decision),
        before=_before(work, decision),
    )


def _labels(work: Work, decision: Decision) -> tuple[str, ...]:
    used = dict.fromkeys(one.parameter_set_id for one in decision.investments)
    return tuple(work.session.get_one(ParameterSet, set_id).label for set_id in used)


def _before(work: Work, decision: Decision) -> str:
    this = (decision.decided_on, decision.id)
    earlier = [one for one in decisions.of_round(work, decision.round_id) if (one.decided_on, one.id) < this]
    return f"decision-{earlier[0].id}" if earlier else "start"


def row_counts(work: Work, round_id: int) -> dict[int, int]:
    """How many frame rows each decision of the round has, by its id."""
    query = (
        select(FrameAdjustment.decision_id, func.count())
        .where(FrameAdjustment.round_id == round_id, FrameAdjustment.decision_id.is_not(None))
        .group_by(FrameAdjustment.decision_id)
    )
    return {number: count for number, count in work.session.execute(query) if number is not None}


def _delays_by(work: Work, decision_id: int) -> list[InvestmentDelay]:
    query = select(InvestmentDelay).where(InvestmentDelay.decision_id == decision_id)
    return list(work.session.scalars(query.order_by(InvestmentDelay.id)))


def _delay_item(delay: InvestmentDelay) -> DelayItem:
    decided = delay.investment
    total = sum(one.months for one in decided.delays if one.id <= delay.id)
    return DelayItem(
        title=delays.title_of(decided),
        proposal_id=decided.proposal_id,
        months=delay.months,
        expected=_commissioned(decided).plus(total),
        claws_back=bool(delay.claws_back),
        reason=delay.reason,
        decision_id=delay.decision_id,
        decision_label=delay.decision.label,
    )


def _commissioned(decided: DecidedInvestment) -> Month:
    """The month of commissioning as decided."""
    return Month(decided.start_year, 1).plus(decisions.chosen_facts(decided).commissioned_after_months)


def _item(
    work: Work, decided: DecidedInvestment, planning_round: PlanningRound, companies: frozenset[str]
) -> DecidedItem:
    facts = proposal_records.facts_from_json(decided.snapshot)
    parameters = delays.parameters_of(work, decided)
    effects = delays.effects_of(decided, parameters, planning_round.years, companies)
    commissioned = _commissioned(decided)
    return DecidedItem(
        investment_id=decided.id,
        proposal_id=decided.proposal_id,
        case_number=facts.case_number,
        title=facts.title,
        committee=facts.committee,
        alternative_title=decisions.chosen_facts(decided).title,
        start=decided.start_year,
        outlay_ore=effects.investment_ore,
        is_company=facts.committee in companies,
        commissioned=commissioned,
        expected=commissioned.plus(delays.months_late(decided)),
    )


def _summed(series: list[Series], width: int) -> Series:
    return tuple(sum(one[i] for one in series) for i in range(width))


def _frame_changes(work: Work, decision: Decision, years: tuple[int, ...]) -> dict[str, Series]:
    changes: dict[str, list[Ore]] = {}
    rows = work.session.scalars(select(FrameAdjustment).where(FrameAdjustment.decision_id == decision.id))
    for row in rows:
        line = changes.setdefault(row.organisation.code, [0] * len(years))
        line[row.year - years[0]] += row.amount_ore
    return {code: tuple(line) for code, line in sorted(changes.items())}

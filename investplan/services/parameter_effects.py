"""What other parameters would move, told before anyone chooses them. Reads only: nothing is written here.

Three questions, each with the levels before and after: what the council's decided investments carry in the frames
and in the municipality as a whole, and what the latest run's plan costs against its limits. The frames themselves
stay: a decided row is never computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from investplan.db.models import DecidedInvestment, ParameterSet, PlanningRound, Run
from investplan.domain.consequences import (
    CommitteeKind,
    CommitteeView,
    ConsolidatedKind,
    ConsolidatedView,
)
from investplan.domain.frames import frame_changes
from investplan.domain.parameters import Parameters
from investplan.errors import Note
from investplan.services import cases, delays, organisations, overviews, parameter_sets
from investplan.services.plan_labels import labels_of
from investplan.services.work import Work
from investplan.units import Ore
from optimizer.problem import Choice, LimitUse, Number
from optimizer.verifying import use_of

Series = tuple[Ore, ...]


@dataclass(frozen=True)
class Levels:
    """A level per year with the parameters of now and with the others."""

    before_ore: Series
    after_ore: Series

    @property
    def difference_ore(self) -> Series:
        return tuple(after - before for before, after in zip(self.before_ore, self.after_ore, strict=True))

    @property
    def moves(self) -> bool:
        return self.before_ore != self.after_ore


@dataclass(frozen=True)
class CommitteeEffect:
    """What the decided investments would carry in one committee's frame: accumulated since the year before the round."""

    code: str
    name: str
    by_kind: Mapping[CommitteeKind, Levels]

    @property
    def total(self) -> Levels:
        return _total(self.by_kind.values())

    @property
    def moves(self) -> bool:
        return any(levels.moves for levels in self.by_kind.values())


@dataclass(frozen=True)
class LimitEffect:
    """One limit in one period: what the plan used when it was made, and what it would use. Bounds as in `LimitUse`.

    `year` is None for totals and shares; the bounds of a share move with the whole that it is a share of.
    """

    code: str
    label: str | Note
    kind: str
    year: int | None
    before_ore: Number
    after_ore: Number
    max_ore: Number | None
    min_ore: Number | None

    @property
    def over_ore(self) -> Number:
        """By how much the bound would be broken; 0 where it holds."""
        over = self.after_ore - self.max_ore if self.max_ore is not None else 0
        short = self.min_ore - self.after_ore if self.min_ore is not None else 0
        return max(over, short, 0)


@dataclass(frozen=True)
class PlanEffect:
    """A run's plan, as it was made and with the other parameters. `parameters` is the label of the set it was made with."""

    run_id: int
    scenario: str
    parameters: str
    limits: tuple[LimitEffect, ...]

    @property
    def moves(self) -> bool:
        return any(one.before_ore != one.after_ore for one in self.limits)

    @property
    def broken(self) -> tuple[LimitEffect, ...]:
        """Bounds that the plan would no longer keep."""
        return tuple(one for one in self.limits if one.over_ore)


@dataclass(frozen=True)
class Effects:
    """What would move if the round computed with other parameters.

    Attributes:
        decided: How many decided investments the levels are of.
        decided_with: How many of them were decided with which set, by label.
        committees: Every committee that any of them concerns, by name.
        consolidated: The municipality as a whole; never to be added to the committees.
        plan: None where the round has no plan.
    """

    years: tuple[int, ...]
    decided: int
    decided_with: Mapping[str, int]
    committees: tuple[CommitteeEffect, ...]
    consolidated: Mapping[ConsolidatedKind, Levels]
    plan: PlanEffect | None

    @property
    def consolidated_total(self) -> Levels:
        return _total(self.consolidated.values())

    @property
    def committee_total(self) -> Levels:
        return _total(one.total for one in self.committees)

    @property
    def moves(self) -> bool:
        """Whether anything at all differs."""
        return (
            any(one.moves for one in self.committees)
            or any(one.moves for one in self.consolidated.values())
            or (self.plan is not None and self.plan.moves)
        )


def preview(work: Work, planning_round: PlanningRound, parameters: Parameters) -> Effects:
    """What would move if the round computed with `parameters` instead of its own set.

    Source: sections 1.7 and 10.17 of the domain reference: a changed rate hits all assets, and the frames follow
    only by a decision.
    """
    work.require("see")
    current = parameter_sets.parameters_in(planning_round.parameter_set)
    decided = delays.investments_of(work, planning_round.id)
    before = _costs(work, decided, current, planning_round.years)
    after = _costs(work, decided, parameters, planning_round.years)
    return Effects(
        years=planning_round.years,
        decided=len(decided),
        decided_with=_decided_with(work, decided),
        committees=_committees(work, before, after),
        consolidated=_consolidated(before, after, len(planning_round.years)),
        plan=_plan(work, planning_round.id, parameters),
    )


def _decided_with(work: Work, decided: Iterable[DecidedInvestment]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in decided:
        label = work.session.get_one(ParameterSet, one.parameter_set_id).label
        counts[label] = counts.get(label, 0) + 1
    return counts


@dataclass(frozen=True)
class _Costs:
    """What the decided investments cost with one set: in the frames as late as these carry, in the whole as late as it is."""

    parameters: Parameters
    committee_views: list[CommitteeView]
    whole_views: list[ConsolidatedView]


def _costs(
    work: Work, decided: Iterable[DecidedInvestment], parameters: Parameters, years: Sequence[int]
) -> _Costs:
    companies = organisations.company_codes(work)
    found = _Costs(parameters, [], [])
    for one in decided:
        carried, late = delays.months_carried(one), delays.months_late(one)
        effects = delays.effects_of(one, parameters, years, companies, carried)
        found.committee_views.append(effects.committee_view)
        if late != carried:
            effects = delays.effects_of(one, parameters, years, companies, late)
        found.whole_views.append(effects.consolidated_view)
    return found


def _committees(work: Work, before: _Costs, after: _Costs) -> tuple[CommitteeEffect, ...]:
    """In the order of names. A level is what the frame rows of the investments add up to so far."""
    held, would_hold = _held(before), _held(after)
    names = {one.code: one.name for one in organisations.everything(work)}
    codes = sorted({*held, *would_hold}, key=lambda code: names.get(code, code))
    found: list[CommitteeEffect] = []
    for code in codes:
        nothing = _nothing(next(iter((held.get(code) or would_hold[code]).values())))
        by_kind = {
            kind: Levels(held.get(code, {}).get(kind, nothing), would_hold.get(code, {}).get(kind, nothing))
            for kind in CommitteeKind
        }
        found.append(CommitteeEffect(code, names.get(code, code), by_kind))
    return tuple(found)


def _nothing(like: Series) -> Series:
    return (0,) * len(like)


def _held(costs: _Costs) -> dict[str, dict[CommitteeKind, Series]]:
    """By committee and kind: the year-on-year changes of each investment's frame rows, added up over the years."""
    found: dict[str, dict[CommitteeKind, Series]] = {}
    for view in costs.committee_views:
        for code in view.committees:
            for kind, levels in _accumulated(view, code, costs.parameters).items():
                so_far = found.setdefault(code, {}).get(kind, _nothing(levels))
                found[code][kind] = _added(so_far, levels)
    return found


def _accumulated(view: CommitteeView, code: str, parameters: Parameters) -> dict[CommitteeKind, Series]:
    found: dict[CommitteeKind, Series] = {}
    for kind, changes in frame_changes(view, code, parameters).items():
        level, levels = 0, []
        for change in changes:
            level += change
            levels.append(level)
        found[kind] = tuple(levels)
    return found


def _added(one: Series, other: Series) -> Series:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _consolidated(before: _Costs, after: _Costs, width: int) -> dict[ConsolidatedKind, Levels]:
    old, new = _whole(before.whole_views, width), _whole(after.whole_views, width)
    return {kind: Levels(old[kind], new[kind]) for kind in ConsolidatedKind}


def _whole(views: Iterable[ConsolidatedView], width: int) -> dict[ConsolidatedKind, Series]:
    total: dict[ConsolidatedKind, Series] = dict.fromkeys(ConsolidatedKind, (0,) * width)
    for view in views:
        for kind, levels in view.levels_by_kind().items():
            total[kind] = _added(total[kind], levels.ore)
    return total


def _total(levels: Iterable[Levels]) -> Levels:
    known = list(levels)
    if not known:
        return Levels((), ())
    before, after = known[0].before_ore, known[0].after_ore
    for one in known[1:]:
        before, after = _added(before, one.before_ore), _added(after, one.after_ore)
    return Levels(before, after)


def _plan(work: Work, round_id: int, parameters: Parameters) -> PlanEffect | None:
    run = next(iter(overviews.finished_runs(work, round_id, most=1)), None)
    if run is None or run.plan is None or run.case_bytes is None or run.snapshot is None:
        return None
    return PlanEffect(
        run_id=run.id,
        scenario=run.snapshot["scenario"],
        parameters=run.snapshot["parameters"]["label"],
        limits=_limit_effects(work, run, run.case_bytes, parameters),
    )


def _limit_effects(
    work: Work, run: Run, case_bytes: bytes, parameters: Parameters
) -> tuple[LimitEffect, ...]:
    assert run.plan is not None
    chosen = tuple(Choice(c["proposal"], c["alternative"], c["start"]) for c in run.plan["chosen"])
    problem, costed = cases.frozen(case_bytes), cases.recosted(work, run, parameters)
    labels = labels_of(problem, run.snapshot or {})
    would_use = {_place(use): use for use in use_of(costed, chosen)}
    return tuple(
        _limit_effect(use, would_use[_place(use)], labels[use.limit])
        for use in use_of(problem, chosen)
        if _place(use) in would_use
    )


def _place(use: LimitUse) -> tuple[object, ...]:
    return use.limit, use.year, use.kind, use.max_ore is None, use.min_ore is None


def _limit_effect(before: LimitUse, after: LimitUse, label: str | Note) -> LimitEffect:
    return LimitEffect(
        code=before.limit,
        label=label,
        kind=before.kind,
        year=before.year,
        before_ore=_exact(before.used_ore),
        after_ore=_exact(after.used_ore),
        max_ore=None if after.max_ore is None else _exact(after.max_ore),
        min_ore=None if after.min_ore is None else _exact(after.min_ore),
    )


def _exact(number: Number) -> Number:
    exact = Fraction(number)
    return exact.numerator if exact.denominator == 1 else exact

"""Does a plan hold? An exact check that knows nothing of models or solvers: integers and fractions only.

Written apart from `variables` and `constraints` on purpose, so that one mistake cannot hide in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from optimizer.problem import (
    AllOrNone,
    Alternative,
    AtMost,
    Breach,
    Choice,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    LimitUse,
    Number,
    Problem,
    Proposal,
    Requires,
    Rule,
    limit_weights,
)

Plan = dict[str, tuple[Proposal, Alternative, int]]


def verify(problem: Problem, chosen: Sequence[Choice]) -> tuple[Breach, ...]:
    """Every demand that the plan breaks, in the problem's order; empty when the plan is accepted."""
    faults = tuple(_misplaced(problem, chosen))
    if faults:
        return faults
    plan = _plan_of(problem, chosen)
    breaches = [
        Breach("required", f"required:{p.id}", None, None, f"{p.id} is required but not chosen")
        for p in problem.proposals
        if p.required and p.id not in plan
    ]
    for use in use_of(problem, chosen):
        breaches.extend(_use_breaches(use))
    for rule in problem.rules:
        if message := _broken_rule(rule, plan):
            breaches.append(Breach(_rule_kind(rule), rule.id, None, None, f"{rule.id}: {message}"))
    return tuple(breaches)


def value_of(problem: Problem, chosen: Sequence[Choice]) -> Fraction:
    """The plan's exact total value, coordination included.

    Raises `KeyError` when the plan names something that the problem does not have.
    """
    plan = _plan_of(problem, chosen)
    total = sum((Fraction(alt.value_by_start[start]) for _, alt, start in plan.values()), Fraction(0))
    return total + sum((Fraction(rule.value) for rule, _ in _coordinated(problem, plan)), Fraction(0))


def use_of(problem: Problem, chosen: Sequence[Choice]) -> tuple[LimitUse, ...]:
    """What the plan uses of every limit, period by period, in the order of the problem's limits."""
    sums = _Sums(problem, _plan_of(problem, chosen))
    return tuple(use for limit in problem.limits for use in _uses(sums, limit))


def total_of(problem: Problem, chosen: Sequence[Choice], row: str) -> int:
    """The sum of a row over the years, after the savings of coordination."""
    return int(sum(_Sums(problem, _plan_of(problem, chosen)).series(Limit("", row), whole=True)))


def _misplaced(problem: Problem, chosen: Sequence[Choice]) -> Iterator[Breach]:
    by_id = {p.id: {a.id: a for a in p.alternatives} for p in problem.proposals}
    for proposal, times in Counter(c.proposal for c in chosen).items():
        if times > 1:
            yield Breach("chosen_twice", proposal, None, None, f"{proposal} is chosen {times} times")
    for c in chosen:
        alternative = by_id.get(c.proposal, {}).get(c.alternative)
        if alternative is None or c.start not in alternative.starts:
            text = f"the case has no choice of {c.proposal}, alternative {c.alternative}, start {c.start}"
            yield Breach("unknown_choice", c.proposal, c.start, None, text)


def _plan_of(problem: Problem, chosen: Iterable[Choice]) -> Plan:
    proposals = {p.id: p for p in problem.proposals}
    plan: Plan = {}
    for c in chosen:
        alternative = {a.id: a for a in proposals[c.proposal].alternatives}[c.alternative]
        plan[c.proposal] = (proposals[c.proposal], alternative, c.start)
    return plan


def _coordinated(problem: Problem, plan: Plan) -> Iterator[tuple[Coordinate, int]]:
    """The coordinations that come about, with their common start year."""
    for rule in problem.rules:
        if isinstance(rule, Coordinate) and all(p in plan for p in rule.proposals):
            starts = {plan[p][2] for p in rule.proposals}
            if len(starts) == 1:
                yield rule, starts.pop()


def _matches(where: tuple[tuple[str, str], ...], proposal: Proposal, alternative: Alternative) -> bool:
    if not where:
        return True
    own = {"committee": proposal.committee, "category": proposal.category, "district": proposal.district}
    fields = {**own, **proposal.fields, **alternative.fields}
    return all(fields.get(name) == wanted for name, wanted in where)


class _Sums:
    """What a plan adds to every row, year by year: each row is gone through once, however many limits ask for it."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.years, self.plan = problem.years, plan
        self.coordinated = list(_coordinated(problem, plan))
        self._own: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = {}

    def series(self, limit: Limit, *, whole: bool, saved: bool = True) -> list[Number]:
        """The weighted row year by year: of every chosen proposal (`whole`) or of those that `where` picks out."""
        where = () if whole else tuple(sorted(limit.where.items()))
        # Whole numbers where they are whole: as exact as fractions, and several times quicker.
        weights = {row: _plain(weight) for row, weight in limit_weights(limit).items()}
        series: list[Number] = [0] * len(self.years)
        for row, weight in weights.items():
            series = [so_far + weight * own for so_far, own in zip(series, self._of(row, where), strict=True)]
        if whole and saved:
            for rule, start in self.coordinated:
                first = start - self.years[0]
                series[first] -= weights.get("investment", 0) * rule.saving.get("investment", 0)
                for t in range(first, len(self.years)):
                    series[t] -= weights.get("operating", 0) * rule.saving.get("operating", 0)
        return series

    def _of(self, row: str, where: tuple[tuple[str, str], ...]) -> list[int]:
        if (row, where) not in self._own:
            total = [0] * len(self.years)
            for proposal, alternative, start in self.plan.values():
                if row in alternative.rows and _matches(where, proposal, alternative):
                    self._add(total, alternative, row, start)
            self._own[row, where] = total
        return self._own[row, where]

    def _add(self, total: list[int], alternative: Alternative, row: str, start: int) -> None:
        """The profile from the start year on; past its end the last amount goes on, or nothing."""
        profile = alternative.rows[row]
        amounts = profile if isinstance(profile, tuple) else profile[start]
        ends = not amounts or row == "investment" or row.startswith("capacity:")
        after = 0 if ends else amounts[-1]
        first = start - self.years[0]
        for t in range(first, len(total)):
            total[t] += amounts[t - first] if t - first < len(amounts) else after


def _uses(sums: _Sums, limit: Limit) -> Iterator[LimitUse]:
    series = sums.series(limit, whole=not limit.where)
    yield from _period_uses(sums.years, limit, series)
    if limit.max_total is not None or limit.min_total is not None:
        yield LimitUse(limit.id, None, _plain(sum(series)), limit.max_total, limit.min_total, "total")
    if limit.min_share is not None or limit.max_share is not None:
        part = sum(sums.series(limit, whole=not limit.where, saved=False))
        whole = sum(sums.series(limit, whole=True, saved=False))
        most = None if limit.max_share is None else _plain(limit.max_share * whole)
        least = None if limit.min_share is None else _plain(limit.min_share * whole)
        yield LimitUse(limit.id, None, _plain(part), most, least, "share")


def _period_uses(years: tuple[int, ...], limit: Limit, series: list[Number]) -> Iterator[LimitUse]:
    span = limit.window or 1
    periods = len(years) - span + 1
    most, least = _spread(limit.max, periods), _spread(limit.min, periods)
    kind = "running" if limit.cumulative or limit.carry_over else "window" if limit.window else "year"
    if limit.carry_over:
        used_most, most = _carried(series, most)
        used_least, least = _carried(series, least)
    elif limit.cumulative:
        used_most = used_least = [sum(series[: k + 1]) for k in range(periods)]
    else:
        used_most = used_least = [sum(series[k : k + span]) for k in range(periods)]
    for k in range(periods):
        if used_most[k] == used_least[k] or least[k] is None or most[k] is None:
            if most[k] is not None or least[k] is not None:
                used = used_most[k] if most[k] is not None else used_least[k]
                yield LimitUse(limit.id, years[k], _plain(used), most[k], least[k], kind)
        else:
            yield LimitUse(limit.id, years[k], _plain(used_most[k]), most[k], None, kind)
            yield LimitUse(limit.id, years[k], _plain(used_least[k]), None, least[k], kind)


def _spread(bound: int | tuple[int | None, ...] | None, periods: int) -> list[int | None]:
    return list(bound) if isinstance(bound, tuple) else [bound] * periods


def _carried(series: list[Number], bound: list[int | None]) -> tuple[list[Number], list[int | None]]:
    """Running totals of use and bound over the years that have a bound."""
    used: Number = 0
    room, uses, rooms = 0, list[Number](), list[int | None]()
    for amount, limit in zip(series, bound, strict=True):
        used += amount if limit is not None else 0
        room += limit or 0
        uses.append(used)
        rooms.append(None if limit is None else room)
    return uses, rooms


def _use_breaches(use: LimitUse) -> Iterator[Breach]:
    suffix = {"total": "_total", "share": "_share"}.get(use.kind, "")
    when = f" {use.year}" if use.year is not None else f" {use.kind}"
    if use.max_ore is not None and use.used_ore > use.max_ore:
        over = use.used_ore - use.max_ore
        text = f"{use.limit}{when}: {_units(use.used_ore)} used, at most {_units(use.max_ore)}, over by {_units(over)}"
        yield Breach(f"max{suffix}", use.limit, use.year, over, text)
    if use.min_ore is not None and use.used_ore < use.min_ore:
        short = use.min_ore - use.used_ore
        text = f"{use.limit}{when}: {_units(use.used_ore)} used, at least {_units(use.min_ore)}, short by {_units(short)}"
        yield Breach(f"min{suffix}", use.limit, use.year, short, text)


def _broken_rule(rule: Rule, plan: Plan) -> str | None:
    match rule:
        case Requires():
            return _broken_order(rule, plan)
        case AtMost():
            inside = [p for p in rule.proposals if p in plan]
            return f"{len(inside)} chosen, at most {rule.count}" if len(inside) > rule.count else None
        case AllOrNone():
            count, of = sum(p in plan for p in rule.proposals), len(rule.proposals)
            return f"{count} of {of} chosen, must be all or none" if 0 < count < of else None
        case Fix():
            return None if _is(rule, plan) else f"{rule.proposal} is not chosen as fixed"
        case Forbid():
            return f"{rule.proposal} is chosen as forbidden" if _is(rule, plan) else None
        case Coordinate():
            return None


def _broken_order(rule: Requires, plan: Plan) -> str | None:
    if rule.proposal not in plan:
        return None
    if rule.needs not in plan:
        return f"{rule.proposal} is chosen without {rule.needs}"
    start, earliest = plan[rule.proposal][2], plan[rule.needs][2] + rule.lag_years
    return f"{rule.proposal} starts {start}, earliest {earliest}" if start < earliest else None


def _is(rule: Fix | Forbid, plan: Plan) -> bool:
    if rule.proposal not in plan:
        return False
    _, alternative, start = plan[rule.proposal]
    return rule.alternative in (None, alternative.id) and rule.start in (None, start)


def _rule_kind(rule: Rule) -> str:
    names = {Requires: "requires", AtMost: "at_most", AllOrNone: "all_or_none", Fix: "fix", Forbid: "forbid"}
    return names.get(type(rule), "coordinate")


def _plain(number: Number) -> Number:
    return int(number) if number == int(number) else number


def _units(hundredths: Number) -> str:
    """Hundredths as whole units with the decimals they need."""
    amount = Fraction(hundredths) / 100
    return str(amount.numerator) if amount.denominator == 1 else f"{float(amount):.2f}"

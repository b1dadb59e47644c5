"""The financial room: what own funds, debt and the result leave for investments, and the same as limits on a plan.

The figures are those without the round's own proposals, decided ones included: what the proposals do comes on top, in
the optimiser's rows. A target on a share of two sums is linear in those rows, so that it can be handed over whole:
a plan that holds the limit keeps the target when the finances are computed anew with the plan in them.
Source: section 4.2 of the domain reference; the inequalities stand in docs/mathematics.md, "The financial room".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from investplan.domain.finances import Finances, Item, Terms
from investplan.domain.indicators import DEFINITIONS, Indicator, terms_text, value_text
from investplan.domain.labels import N_
from investplan.domain.parameters import DEFAULTS, Ceiling, Parameters
from investplan.domain.targets import Operator, Target, strictest
from investplan.errors import Note
from investplan.units import MINUS, NBSP, Ore, format_amount, round_half_up

OWN_FUNDS: Terms = ((1, Item.RESULT), (1, Item.DEPRECIATION), (1, Item.IMPAIRMENT))


@dataclass(frozen=True)
class RoomFigure:
    """One figure of the room in a year.

    Attributes:
        amount_ore: None where a figure is missing or there is no target to compute from.
        computation: The formula with the numbers put in.
        missing: The figures that are missing.
        without_target: There is no target for the year that the figure could be computed from.
    """

    amount_ore: Ore | None
    computation: Note | None = None
    missing: tuple[Item, ...] = ()
    without_target: bool = False


@dataclass(frozen=True)
class Room:
    """The room of one year; the formulas stand at the functions with the same names."""

    year: int
    self_financed: RoomFigure
    max_net_investment: RoomFigure
    new_borrowing: RoomFigure
    borrowing_room: RoomFigure
    operating_room: RoomFigure


def room(finances: Finances, targets: Sequence[Target], year: int) -> Room:
    """All figures of the room in a year."""
    return Room(
        year,
        self_financed(finances, year),
        max_net_investment(finances, targets, year),
        new_borrowing(finances, year),
        borrowing_room(finances, targets, year),
        operating_room(finances, targets, year),
    )


def self_financed(finances: Finances, year: int) -> RoomFigure:
    """result + depreciation + impairment: what can be invested without loans.

    Depreciation is own funds but has lowered the result already: it is not free money.
    """
    known, missing = _known(finances, year, OWN_FUNDS)
    if missing:
        return RoomFigure(None, missing=missing)
    amount = _sum(known)
    facts = {"terms": terms_text(known), "sum": _mnkr(amount)}
    return RoomFigure(amount, Note("%(terms)s = %(sum)s mnkr", facts))


def max_net_investment(finances: Finances, targets: Sequence[Target], year: int) -> RoomFigure:
    """(result + depreciation + impairment) / required self-financing, rounded down to whole öre."""
    required = strictest(targets, Indicator.SELF_FINANCING, Operator.AT_LEAST, year)
    own = self_financed(finances, year)
    if required is None or required.value <= 0:
        return RoomFigure(None, without_target=True)
    if own.amount_ore is None:
        return own
    amount = own.amount_ore * required.value.denominator // required.value.numerator
    facts = {"own": _mnkr(own.amount_ore), "required": required.text, "amount": _mnkr(amount)}
    return RoomFigure(amount, Note("%(own)s / %(required)s = %(amount)s mnkr", facts))


def new_borrowing(finances: Finances, year: int) -> RoomFigure:
    """net investment − result − depreciation − impairment − other cash; negative where money is left over."""
    terms: Terms = (
        (1, Item.NET_INVESTMENT),
        *((-sign, item) for sign, item in OWN_FUNDS),
        (-1, Item.OTHER_CASH),
    )
    known, missing = _known(finances, year, terms)
    if missing:
        return RoomFigure(None, missing=missing)
    amount = _sum(known)
    return RoomFigure(
        amount, Note("%(terms)s = %(sum)s mnkr", {"terms": terms_text(known), "sum": _mnkr(amount)})
    )


def borrowing_room(finances: Finances, targets: Sequence[Target], year: int) -> RoomFigure:
    """debt target × inhabitants − loans: what more may be borrowed, all years up to this one together."""
    ceiling = strictest(targets, Indicator.DEBT_PER_INHABITANT, Operator.AT_MOST, year)
    if ceiling is None:
        return RoomFigure(None, without_target=True)
    loans, persons = finances.value(year, Item.LOANS), finances.value(year, Item.POPULATION)
    if loans is None or persons is None:
        known = ((Item.LOANS, loans), (Item.POPULATION, persons))
        return RoomFigure(None, missing=tuple(item for item, value in known if value is None))
    amount = _floor(ceiling.value * persons) - loans
    facts = {
        "ceiling": ceiling.text,
        "persons": f"{persons:,}".replace(",", NBSP),
        "loans": _mnkr(loans),
        "amount": _mnkr(amount),
    }
    return RoomFigure(amount, Note("%(ceiling)s × %(persons)s invånare − %(loans)s = %(amount)s mnkr", facts))


def operating_room(finances: Finances, targets: Sequence[Target], year: int) -> RoomFigure:
    """(1 − result target) × (tax and grants) − committed net costs, which is result − target × (tax and grants).

    A target for the net cost share says the same with other words: at most 98 per cent is a result of at least 2.
    """
    required = required_result_share(targets, year)
    if required is None:
        return RoomFigure(None, without_target=True)
    income, result = finances.value(year, Item.TAX_AND_GRANTS), finances.value(year, Item.RESULT)
    if income is None or result is None:
        known = ((Item.TAX_AND_GRANTS, income), (Item.RESULT, result))
        return RoomFigure(None, missing=tuple(item for item, value in known if value is None))
    amount = _floor((1 - required) * income) - (income - result)
    facts = {
        "required": value_text(required, DEFINITIONS[Indicator.RESULT_SHARE].scale),
        "income": _mnkr(income),
        "costs": _mnkr(income - result),
        "amount": _mnkr(amount),
    }
    return RoomFigure(amount, Note("(1 − %(required)s) × %(income)s − %(costs)s = %(amount)s mnkr", facts))


def required_result_share(targets: Sequence[Target], year: int) -> Fraction | None:
    """The largest result that the targets for the year ask for, of tax and grants."""
    result = strictest(targets, Indicator.RESULT_SHARE, Operator.AT_LEAST, year)
    costs = strictest(targets, Indicator.NET_COST_SHARE, Operator.AT_MOST, year)
    asked = ([result.value] if result else []) + ([1 - costs.value] if costs else [])
    return max(asked) if asked else None


# Handed to the optimiser


ROW_WORDS: Mapping[str, str] = {
    "investment": N_("investeringsutgift"),
    "operating": N_("driftkostnad i koncernvyn"),
    "lasting:depreciation": N_("avskrivningar och utrangeringar"),
    "lasting:noncash": N_("kostnad som inte betalas"),
    "lasting:grants": N_("bidrag som kommer in"),
    "lasting:capitalised": N_("aktiverad ränta"),
}
"""The rows of the case that limits from the finances weigh together."""

Weights = Mapping[str, Fraction]


@dataclass(frozen=True)
class RoomLimit:
    """A target as a limit on the plan's own rows: Σ weight × row ≤ max.

    Attributes:
        weights: Weight by row of the case.
        max_ore_by_year: By year; with a `window` by the first year of it. A year that is not there has no limit.
        missing: Figures that leave a year without a limit.
        computations: How each year's most was computed, by the same years.
    """

    code: str
    target: Target
    weights: Weights
    max_ore_by_year: Mapping[int, Ore]
    cumulative: bool = False
    window: int | None = None
    missing: tuple[tuple[int, Item], ...] = ()
    computations: Mapping[int, Note] = field(default_factory=dict)


def room_limits(
    target: Target, finances: Finances, plan_years: Sequence[int], parameters: Parameters
) -> tuple[RoomLimit, ...]:
    """The limits by which a plan over `plan_years` keeps the target; empty where no plan can change the indicator.

    An average is a window of years. A window that begins before the plan is a running total with what the years
    before have left of it. With upper sum N, lower sum D and target v: `at_least` is N ≥ v·D, `at_most` N ≤ v·D.
    """
    weights, is_stock = _weights_of(target, parameters)
    if not weights or (is_stock and target.average_years > 1):
        return ()
    windows: dict[int, _Most] = {}
    beginnings: dict[int, _Most] = {}
    known = finances.years
    for year in plan_years:
        period = target.period(year)
        if not period or not known or period[0] < known[0]:
            continue
        most = _most(target, finances, period)
        if period[0] >= plan_years[0]:
            windows[period[0]] = most
        else:
            beginnings[year] = most
    window = target.average_years if target.average_years > 1 else None
    limits = [
        _limit(f"mål {target.code}", target, weights, windows, is_stock, window),
        _limit(f"mål {target.code} början", target, weights, beginnings, True, None),
    ]
    return tuple(one for one in limits if one is not None)


def can_be_limit(indicator: Indicator, average_years: int = 1) -> bool:
    """Whether a target for the indicator can be handed over: a plan changes it, and the demand is linear."""
    target = Target("", "", indicator, Operator.AT_LEAST, Fraction(1), average_years)
    weights, is_stock = _weights_of(target, DEFAULTS)
    return bool(weights) and not (is_stock and average_years > 1)


def _changes(item: Item, parameters: Parameters) -> tuple[Mapping[str, int], bool]:
    """What a plan adds to an item, as weights on the case's rows, and whether it is their running total that counts.

    The investment row is net of grants or not, and loan interest is capitalised or not, as the parameters say.
    """
    net = parameters.ceiling_counts is Ceiling.NET
    received = {} if net else {"lasting:grants": -1}
    capitalised = {"lasting:capitalised": 1} if parameters.capitalise_interest else {}
    match item:
        case Item.RESULT:
            return {"operating": -1}, False
        case Item.DEPRECIATION:  # disposals, which stand under impairment, are in the same row
            return {"lasting:depreciation": 1}, False
        case Item.NET_INVESTMENT:
            return {"investment": 1, **received, **capitalised}, False
        case Item.EQUITY:
            return {"operating": -1}, True
        case Item.LOANS:
            return {"investment": 1, "operating": 1, "lasting:noncash": -1, **received}, True
        case Item.TOTAL_ASSETS:
            gross = {"lasting:grants": 1} if net else {}
            return {"investment": 1, **gross, **capitalised, "lasting:depreciation": -1}, True
        case _:
            return {}, False


def _weights_of(target: Target, parameters: Parameters) -> tuple[dict[str, Fraction], bool]:
    definition = DEFINITIONS[target.indicator]
    weights: dict[str, Fraction] = {}
    is_stock = False
    for factor, terms in ((Fraction(1), definition.upper), (-target.value, definition.lower)):
        for sign, item in terms:
            change, running = _changes(item, parameters)
            is_stock = is_stock or (running and bool(change))
            for row, weight in change.items():
                weights[row] = weights.get(row, Fraction(0)) + factor * sign * weight
    turn = -1 if target.operator is Operator.AT_LEAST else 1
    return {row: turn * weight for row, weight in weights.items() if weight}, is_stock


@dataclass(frozen=True)
class _Most:
    """The right-hand side for one period: exact, or what is missing for it."""

    amount: Fraction | None
    missing: tuple[tuple[int, Item], ...] = ()
    computation: Note | None = None


def _most(target: Target, finances: Finances, period: tuple[int, ...]) -> _Most:
    definition = DEFINITIONS[target.indicator]
    items = [item for _, item in (*definition.upper, *definition.lower)]
    missing = tuple((year, item) for year in period for item in items if finances.value(year, item) is None)
    if missing:
        return _Most(None, tuple(dict.fromkeys(missing)))

    def summed(terms: Terms) -> list[tuple[int, int]]:
        return [(sign, sum(finances.value(year, item) or 0 for year in period)) for sign, item in terms]

    upper, lower = summed(definition.upper), summed(definition.lower)
    over = _sum(upper) - target.value * _sum(lower)
    amount = over if target.operator is Operator.AT_LEAST else -over
    persons = definition.lower == ((1, Item.POPULATION),)
    facts = {
        "upper": terms_text(upper),
        "value": target.text,
        "lower": f"{lower[0][1]:,}".replace(",", NBSP) if persons else terms_text(lower),
        "most": _mnkr(_floor(amount)),
    }
    text = (
        N_("%(upper)s − %(value)s × %(lower)s = %(most)s mnkr")
        if target.operator is Operator.AT_LEAST
        else N_("%(value)s × %(lower)s − %(upper)s = %(most)s mnkr")
    )
    return _Most(amount, (), Note(text, facts))


def _limit(
    code: str,
    target: Target,
    weights: Weights,
    most: Mapping[int, _Most],
    cumulative: bool,
    window: int | None,
) -> RoomLimit | None:
    amounts = {year: _floor(one.amount) for year, one in most.items() if one.amount is not None}
    missing = tuple(dict.fromkeys(place for one in most.values() for place in one.missing))
    if not amounts and not missing:
        return None
    computations = {year: one.computation for year, one in most.items() if one.computation is not None}
    return RoomLimit(code, target, weights, amounts, cumulative, window, missing, computations)


def weighted_text(weights: Weights, names: Mapping[str, str] = ROW_WORDS) -> Note:
    """Weighted rows in words: the positive ones first, and always in the same order.

    >>> print(weighted_text({"operating": Fraction(1), "investment": Fraction(7, 10)}))
    0,7 × investeringsutgift + driftkostnad i koncernvyn
    """
    order = {row: number for number, row in enumerate(ROW_WORDS)}
    ordered = sorted(weights.items(), key=lambda pair: (pair[1] < 0, order.get(pair[0], len(order)), pair[0]))
    text: Note | None = None
    for row, weight in ordered:
        term = _term(names.get(row, row), abs(weight))
        if text is None:
            text = term if weight > 0 else Note(f"{MINUS}%(term)s", {"term": term})
        else:
            joined = "%(before)s + %(term)s" if weight > 0 else f"%(before)s {MINUS} %(term)s"
            text = Note(joined, {"before": text, "term": term})
    return text or Note("0")


def _term(name: str, weight: Fraction) -> Note:
    if weight == 1:
        return Note(name)
    return Note("%(weight)s × %(name)s", {"weight": decimal_comma(weight), "name": Note(name)})


def decimal_comma(number: Fraction) -> str:
    """A number as Swedes write it, with the decimals it needs, at most nine.

    >>> decimal_comma(Fraction(7, 10)), decimal_comma(Fraction(2))
    ('0,7', '2')
    """
    exact = Decimal(round_half_up(number * 10**9)).scaleb(-9)
    return f"{exact:f}".rstrip("0").rstrip(".").replace(".", ",").replace("-", MINUS)


def _known(finances: Finances, year: int, terms: Terms) -> tuple[list[tuple[int, int]], tuple[Item, ...]]:
    values = [(sign, item, finances.value(year, item)) for sign, item in terms]
    missing = tuple(item for _, item, value in values if value is None)
    return [(sign, value) for sign, _, value in values if value is not None], missing


def _sum(terms: Sequence[tuple[int, int]]) -> int:
    return sum(sign * amount for sign, amount in terms)


def _floor(amount: Fraction) -> Ore:
    """Down to whole öre, so that a limit never promises more than there is."""
    return amount.numerator // amount.denominator


def _mnkr(amount_ore: Ore) -> str:
    return format_amount(amount_ore, "mnkr", 1)


def every_limit(
    targets: Sequence[Target], finances: Finances, plan_years: Sequence[int], parameters: Parameters
) -> Iterator[RoomLimit]:
    """The limits of all targets that are to be handed over."""
    for target in targets:
        if target.is_limit:
            yield from room_limits(target, finances, plan_years, parameters)

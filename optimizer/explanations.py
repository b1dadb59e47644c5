"""What an explanation holds, and its words: why proposals are out or in, and what limits and rules cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from optimizer.case_writing import choice_to_json
from optimizer.differences import Difference
from optimizer.problem import Breach, Choice, Number


@dataclass(frozen=True)
class Figure:
    """A value that lies within [low, high]; `exact` when they meet. `high` None = no upper end is known."""

    low: Fraction
    high: Fraction | None

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def words(self) -> str:
        """``12``, ``between 3 and 12`` or ``at least 3``."""
        if self.exact:
            return f"{float(self.low):g}"
        return f"at least {float(self.low):g}" if self.high is None else self._between(self.high)

    def _between(self, high: Fraction) -> str:
        return f"between {float(self.low):g} and {float(high):g} (within the gap)"


@dataclass(frozen=True)
class Added:
    """What breaks when this choice is added to the plan as it stands."""

    choice: Choice
    breaches: tuple[Breach, ...]


@dataclass(frozen=True)
class ProposalOut:
    """Why one proposal is out.

    `in_the_way`: ids that break whichever of its choices is added; `nearest`: the choice that breaks least.
    `never`: ids that cannot hold together with it, when it can be in no plan. `value_missing`: how much more value it
    would need to be in a plan as good as this one; `value_needed`: its own value plus that, for the choice it would be in
    with; `pushes`: what then is otherwise. `cost_share_needed`: the largest share found of its own costs (all its rows
    but capacity, to a thousandth) at which a plan as good as this one has it; None when it is out even at no cost or was
    not examined (`cost_examined`); `cost_exact` when no larger share does. `cost_needed_ore`: that share of its investment.
    """

    proposal: str
    in_the_way: tuple[str, ...]
    nearest: Added | None
    never: tuple[str, ...] = ()
    value_missing: Figure | None = None
    value_needed: Figure | None = None
    forced_choice: Choice | None = None
    pushes: Difference | None = None
    cost_examined: bool = False
    cost_share_needed: Fraction | None = None
    cost_needed_ore: int | None = None
    own_cost_ore: int | None = None
    cost_exact: bool = False


@dataclass(frozen=True)
class ProposalIn:
    """What it costs in value that a proposal of the plan waits (starts a year later), and that it is left out.

    None = not known in time; `never_later`: no plan has it a year later; `last_start`: the case has no later start.
    """

    proposal: str
    start: int
    waiting: Figure | None = None
    leaving: Figure | None = None
    last_start: bool = False
    never_later: bool = False
    never_without: bool = False


@dataclass(frozen=True)
class Price:
    """What a limit or rule costs: the best value without it minus the plan's; None = not known in time.

    `moves`: what is otherwise in the best plan found without it.
    """

    id: str
    costs: Figure | None
    moves: Difference | None = None

    @property
    def brings(self) -> bool:
        """Would the plan be worth less without it? A coordination can be so."""
        return self.costs is not None and self.costs.high is not None and self.costs.high < 0


@dataclass(frozen=True)
class Explanation:
    """Answers beside a plan. `best` is the best value of the case as far as proven; `plan_value` the plan's own.

    `better`: a plan of more value that was found on the way, which a plan not proven best can have.
    """

    plan_value: Fraction
    best: Figure
    out: tuple[ProposalOut, ...]
    prices: tuple[Price, ...]
    complete: bool = True
    inside: tuple[ProposalIn, ...] = ()
    better: tuple[Choice, ...] = ()

    def lines(self) -> Iterator[str]:
        """The explanation in plain English, line by line."""
        yield f"plan value {float(self.plan_value):g}; best value {self.best.words()}"
        if self.better:
            yield f"a better plan was found on the way, of value {float(self.best.low):g}"
        for own in self.inside:
            yield from _in_lines(own)
        for out in self.out:
            yield from _out_lines(out)
        for price in self.prices:
            words = "not known within the time" if price.costs is None else f"{price.costs.words()} in value"
            yield f"{price.id}: costs {words}{' (it brings value)' if price.brings else ''}"
            yield from _moved_lines("  without it", price.moves)
        if not self.complete:
            yield "time ended before everything was examined; more time gives more"

    def to_json(self) -> dict[str, Any]:
        """JSON-ready but for fractions; amounts in kronor."""
        return {
            "plan_value": self.plan_value,
            "best": _figure_json(self.best),
            "better_plan": [_choice_json(c) for c in self.better],
            **parts_to_json(self.out, self.inside, self.prices),
            "complete": self.complete,
        }


def parts_to_json(
    out: tuple[ProposalOut, ...], inside: tuple[ProposalIn, ...], prices: tuple[Price, ...]
) -> dict[str, Any]:
    """JSON-ready but for fractions; amounts in kronor."""
    return {
        "in": [_in_json(own) for own in inside],
        "out": [_out_json(own) for own in out],
        "prices": [
            {"id": p.id, "costs": _figure_json(p.costs), "without_it": _difference_json(p.moves)}
            for p in prices
        ],
    }


def _in_lines(own: ProposalIn) -> Iterator[str]:
    yield f"{own.proposal}: is in the plan from {own.start}"
    if own.last_start:
        yield "  cannot start a year later: the case has no such start"
    elif own.never_later:
        yield "  is in no plan with a start a year later"
    elif own.waiting is not None:
        yield f"  to wait one year costs {own.waiting.words()} in value"
    if own.never_without:
        yield "  no plan is without it"
    elif own.leaving is not None:
        yield f"  to leave it out costs {own.leaving.words()} in value"


def _out_lines(out: ProposalOut) -> Iterator[str]:
    if out.in_the_way:
        yield f"{out.proposal}: in the way whatever alternative and start: {', '.join(out.in_the_way)}"
    elif out.nearest is not None and not out.nearest.breaches:
        c = out.nearest.choice
        yield f"{out.proposal}: fits as {c.alternative} from {c.start}, but adds no value"
    else:
        yield f"{out.proposal}: no single limit or rule stands in every way"
    if out.nearest is not None:
        for breach in out.nearest.breaches:
            yield f"  nearest ({out.nearest.choice.alternative} from {out.nearest.choice.start}): {breach.message}"
    if out.never:
        yield f"  can be in no plan: it cannot hold together with {', '.join(out.never)}"
    if out.value_needed is not None and out.value_missing is not None:
        yield f"  value needed to be in: {out.value_needed.words()} ({out.value_missing.words()} more)"
    yield from _moved_lines("  with it in, in the plan found", out.pushes)
    if out.cost_share_needed is not None and out.cost_needed_ore is not None:
        about = "" if out.cost_exact else " (a found change, not proven to be the smallest)"
        share = float(100 * out.cost_share_needed)
        yield f"  own cost at which it is in: {_kronor(out.cost_needed_ore)} ({share:g} % of its costs){about}"
    elif out.cost_examined:
        yield "  out even at no cost of its own"


def _moved_lines(lead: str, moves: Difference | None) -> Iterator[str]:
    if moves is None:
        return
    parts = [f"{c.proposal} in ({c.alternative} from {c.start})" for c in moves.into]
    parts += [f"{c.proposal} out" for c in moves.out]
    parts += [f"{c.proposal} as {c.alternative} from {c.start}" for _, c in moves.moved]
    yield f"{lead}: {', '.join(parts) if parts else 'nothing else'}"


def _kronor(ore: int) -> str:
    return f"{ore / 100:,.0f}".replace(",", " ") + " kr"


def _figure_json(figure: Figure | None) -> dict[str, Number | bool | None] | None:
    return None if figure is None else {"low": figure.low, "high": figure.high, "exact": figure.exact}


def _choice_json(choice: Choice | None) -> dict[str, Any] | None:
    return None if choice is None else choice_to_json(choice)


def _difference_json(moves: Difference | None) -> dict[str, Any] | None:
    return None if moves is None else moves.to_json()


def _in_json(own: ProposalIn) -> dict[str, Any]:
    return {
        "proposal": own.proposal,
        "start": own.start,
        "waiting": _figure_json(own.waiting),
        "leaving": _figure_json(own.leaving),
        "last_start": own.last_start,
        "never_later": own.never_later,
        "never_without": own.never_without,
    }


def _out_json(out: ProposalOut) -> dict[str, Any]:
    nearest = None
    if out.nearest is not None:
        breaches = [
            {"kind": b.kind, "id": b.id, "year": b.year, "amount": _kr(b.amount_ore)}
            for b in out.nearest.breaches
        ]
        choice = out.nearest.choice
        nearest = {"alternative": choice.alternative, "start": choice.start, "breaches": breaches}
    return {
        "proposal": out.proposal,
        "in_the_way": list(out.in_the_way),
        "nearest": nearest,
        "never": list(out.never),
        "value_missing": _figure_json(out.value_missing),
        "value_needed": _figure_json(out.value_needed),
        "forced_choice": _choice_json(out.forced_choice),
        "pushes": _difference_json(out.pushes),
        "cost_examined": out.cost_examined,
        "cost_share_needed": out.cost_share_needed,
        "cost_needed": _kr(out.cost_needed_ore),
        "own_cost": _kr(out.own_cost_ore),
        "cost_exact": out.cost_exact,
    }


def _kr(ore: Number | None) -> Fraction | None:
    return None if ore is None else Fraction(ore) / 100

"""A prioritisation problem in exact numbers: what can be chosen, under which limits and rules, and what an answer is.

Amounts are whole öre (or hundredths of a unit for capacity rows), values are exact fractions, years are integers.
A *row* is a named series of amounts over the years: ``investment``, ``operating``, ``frame:UN``,
``capacity:project managers``, ``lasting:cash``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Number = int | Fraction
Amounts = tuple[int, ...]
# Amounts by year of the project (index 0 = start year): one tuple for every start, or one per start year.
Profile = Amounts | Mapping[int, Amounts]
PerPeriod = int | tuple[int | None, ...]

FIXED_ROWS = ("investment", "operating")
NAMED_ROWS = ("frame", "capacity", "lasting")
ENDING_ROWS = ("investment", "capacity")  # zero past the end of the profile; every other row goes on


class OptimizerError(Exception):
    """The optimizer was used wrongly, or its solver failed in a way that no other outcome describes."""


@dataclass(frozen=True)
class Alternative:
    """One way to carry out a proposal.

    `value_by_start` has one value per start year; `rows` has a profile per row name; `fields` are text fields
    (``district`` …) that count instead of the proposal's own when this alternative is chosen.
    """

    id: str
    starts: tuple[int, ...]
    value_by_start: Mapping[int, Number]
    rows: Mapping[str, Profile] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """Something that may be built: at most one (alternative, start) of it is chosen, exactly one if `required`."""

    id: str
    title: str = ""
    committee: str = ""
    category: str = ""
    district: str = ""
    required: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A proposal that is in the plan: with which alternative, from which year."""

    proposal: str
    alternative: str
    start: int


@dataclass(frozen=True)
class Limit:
    """Bounds on a row, or on a weighted sum of rows, over the years.

    `max` and `min` hold one amount for all periods or one per period (None = no limit that period). Periods are the
    years; with `window` n every run of n years; with `cumulative` the running totals. `carry_over` compares running
    totals of use with running totals of `max` (and of `min`). Years without a limit are outside both totals.
    `where` counts only the proposals (or alternatives) whose text fields have these values.
    """

    id: str
    of: str | Mapping[str, Number]
    max: PerPeriod | None = None
    min: PerPeriod | None = None
    carry_over: bool = False
    cumulative: bool = False
    window: int | None = None
    max_total: int | None = None
    min_total: int | None = None
    min_share: Fraction | None = None
    max_share: Fraction | None = None
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Requires:
    """`proposal` only together with `needs`, starting at least `lag_years` after it."""

    id: str
    proposal: str
    needs: str
    lag_years: int = 0


@dataclass(frozen=True)
class AtMost:
    """At most `count` of the proposals."""

    id: str
    proposals: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class AllOrNone:
    """Every one of the proposals, or none."""

    id: str
    proposals: tuple[str, ...]


@dataclass(frozen=True)
class Coordinate:
    """All started in one year: `saving` comes off the rows as wholes and `value` is added; else nothing happens.

    `saving` has ``investment`` (that year only) and ``operating`` (that year and on), in öre; both may be negative.
    """

    id: str
    proposals: tuple[str, ...]
    saving: Mapping[str, int] = field(default_factory=dict)
    value: Number = 0


@dataclass(frozen=True)
class Fix:
    """The proposal is in, with this alternative (any, if None) and start (any, if None)."""

    id: str
    proposal: str
    alternative: str | None = None
    start: int | None = None


@dataclass(frozen=True)
class Forbid:
    """The proposal is not in with this alternative (any, if None) and start (any, if None)."""

    id: str
    proposal: str
    alternative: str | None = None
    start: int | None = None


Rule = Requires | AtMost | AllOrNone | Coordinate | Fix | Forbid


@dataclass(frozen=True)
class Problem:
    """All there is to choose from and every demand on the choice. `years` are consecutive."""

    title: str
    years: tuple[int, ...]
    proposals: tuple[Proposal, ...]
    limits: tuple[Limit, ...] = ()
    rules: tuple[Rule, ...] = ()
    previous: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class LimitUse:
    """How much of a limit a plan uses: exactly the two numbers that are compared.

    `kind`: ``year``, ``running`` (cumulative or carry-over: totals from the first year up to `year`), ``window``
    (n years from `year`), ``total`` or ``share`` (`year` None; the bounds of a share are share × whole).
    Öre, or hundredths of a unit for capacity; fractions where weights or shares make them so.
    """

    limit: str
    year: int | None
    used_ore: Number
    max_ore: Number | None = None
    min_ore: Number | None = None
    kind: str = "year"


@dataclass(frozen=True)
class Breach:
    """A limit, rule or demand that a plan breaks; `kind` is a stable code, `message` is English."""

    kind: str
    id: str
    year: int | None
    amount_ore: Number | None
    message: str


def limit_weights(limit: Limit) -> dict[str, Fraction]:
    """Weight by row name.

    >>> limit_weights(Limit("a", "investment"))
    {'investment': Fraction(1, 1)}
    """
    of = {limit.of: 1} if isinstance(limit.of, str) else limit.of
    return {name: Fraction(weight) for name, weight in of.items()}

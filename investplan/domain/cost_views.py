"""Costs per year in two views that cannot be added to each other: the committees' and the municipality's as a whole.

The committee's view is what its frame must carry: internal rent, its own capital cost, other operating costs. The
consolidated view is what the municipality as a whole pays: depreciation, running costs to others, loan interest.
Both are right, for different questions; adding them counts the same object twice (domain reference 2.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from investplan.domain.series import CommitteeSeries, ConsolidatedSeries, check_years
from investplan.errors import Note
from investplan.units import Ore

Explanation = Callable[[int], tuple[Note, ...]]


class CommitteeKind(StrEnum):
    """What a committee's line is; the same words as the frame adjustments."""

    RENT = "rent"
    CAPITAL_COST = "capital_cost"
    OPERATING = "operating"
    ONE_OFF = "one_off"


class ConsolidatedKind(StrEnum):
    """What a line of the municipality as a whole is."""

    DEPRECIATION = "depreciation"
    EXTERNAL_RUNNING = "external_running"
    EXTERNAL_OPERATING = "external_operating"
    EXTERNAL_INTEREST = "external_interest"
    GRANT_INCOME = "grant_income"
    DISPOSAL = "disposal"


class Elimination(StrEnum):
    """Why a committee's line, or a part of it, is not the municipality's as a whole."""

    RENT_PAID = "rent_paid"
    RENT_RECEIVED = "rent_received"
    INTERNAL_INTEREST = "internal_interest"
    INTERNAL_ROW = "internal_row"
    COMPANY = "company"


@dataclass(frozen=True)
class CommitteeLine:
    """A level per year for one committee (also the landlord, whose lines sum to zero), in the order of the view's years.

    `label` is a Swedish message id (the name of a rent item is the municipality's own word); `detail` a name from the
    proposal. `follows_book_value`: the capital cost of the new assets, which falls year by year of itself.
    `eliminated_ore` is what of the amounts the consolidated view leaves out, for the reason of `elimination`.
    """

    committee: str
    kind: CommitteeKind
    label: str
    detail: str
    amounts_ore: tuple[Ore, ...]
    note: Note | None = None
    follows_book_value: bool = False
    explanation: Explanation | None = field(default=None, compare=False, repr=False)
    elimination: Elimination | None = field(default=None, compare=False)
    eliminated_ore: tuple[Ore, ...] = field(default=(), compare=False)

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the year's amount was computed, with the numbers put in."""
        return self.explanation(year) if self.explanation else ()


@dataclass(frozen=True)
class ConsolidatedLine:
    """A level per year for the municipality as a whole, in the order of the view's years.

    `added`: no committee has it; it enters when the views are bridged.
    """

    kind: ConsolidatedKind
    label: str
    detail: str
    amounts_ore: tuple[Ore, ...]
    note: Note | None = None
    explanation: Explanation | None = field(default=None, compare=False, repr=False)
    added: bool = False

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the year's amount was computed, with the numbers put in."""
        return self.explanation(year) if self.explanation else ()


@dataclass(frozen=True)
class CommitteeView:
    """What the committees' frames carry. Adds only to its own kind, and only over the same years."""

    years: tuple[int, ...]
    lines: tuple[CommitteeLine, ...] = ()

    def __add__(self, other: CommitteeView) -> CommitteeView:
        if not isinstance(other, CommitteeView):
            return NotImplemented
        check_years(self.years, other.years)
        return CommitteeView(self.years, self.lines + other.lines)

    @classmethod
    def of_all(cls, views: Iterable[CommitteeView], years: Sequence[int]) -> CommitteeView:
        """All lines of many views over `years` in one."""
        lines: list[CommitteeLine] = []
        for view in views:
            check_years(tuple(years), view.years)
            lines += view.lines
        return cls(tuple(years), tuple(lines))

    @property
    def committees(self) -> tuple[str, ...]:
        """Codes of all committees with a line, in order of first appearance."""
        return tuple(dict.fromkeys(line.committee for line in self.lines))

    def lines_of(self, committee: str) -> tuple[CommitteeLine, ...]:
        return tuple(line for line in self.lines if line.committee == committee)

    def levels(self, committee: str) -> CommitteeSeries:
        """The committee's level per year."""
        return CommitteeSeries.total((line.amounts_ore for line in self.lines_of(committee)), self.years)

    def levels_of_all(self) -> CommitteeSeries:
        """The level per year of all committees together: what one pays another is in it twice, with both signs."""
        return CommitteeSeries.total((line.amounts_ore for line in self.lines), self.years)

    def levels_by_kind(self, committee: str) -> dict[CommitteeKind, CommitteeSeries]:
        """The committee's level per year for every kind, zero where it has no line."""
        lines = self.lines_of(committee)
        return {
            kind: CommitteeSeries.total((line.amounts_ore for line in lines if line.kind is kind), self.years)
            for kind in CommitteeKind
        }


@dataclass(frozen=True)
class ConsolidatedView:
    """What the municipality as a whole pays. Adds only to its own kind, and only over the same years."""

    years: tuple[int, ...]
    lines: tuple[ConsolidatedLine, ...] = ()

    def __add__(self, other: ConsolidatedView) -> ConsolidatedView:
        if not isinstance(other, ConsolidatedView):
            return NotImplemented
        check_years(self.years, other.years)
        return ConsolidatedView(self.years, self.lines + other.lines)

    @classmethod
    def of_all(cls, views: Iterable[ConsolidatedView], years: Sequence[int]) -> ConsolidatedView:
        """All lines of many views over `years` in one."""
        lines: list[ConsolidatedLine] = []
        for view in views:
            check_years(tuple(years), view.years)
            lines += view.lines
        return cls(tuple(years), tuple(lines))

    def levels(self) -> ConsolidatedSeries:
        """The municipality's level per year."""
        return ConsolidatedSeries.total((line.amounts_ore for line in self.lines), self.years)

    def levels_by_kind(self) -> dict[ConsolidatedKind, ConsolidatedSeries]:
        """The level per year for every kind, zero where there is no line."""
        return {
            kind: ConsolidatedSeries.total(
                (line.amounts_ore for line in self.lines if line.kind is kind), self.years
            )
            for kind in ConsolidatedKind
        }

"""Committees' frames: last year's frame plus signed adjustments, each with its kind, source and decision.

A frame is always the sum of rows, never a typed number. Investments enter as the year-on-year change of a level.
Source: sections 3.2-3.7 of the domain reference. Every amount is rounded once, half up, to whole öre.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from investplan.domain.consequences import CommitteeKind, CommitteeLine, CommitteeView
from investplan.domain.parameters import Parameters
from investplan.units import Ore, round_half_up


class AdjustmentKind(StrEnum):
    """Why a frame changes."""

    WAGES = "wages"
    INDEX = "index"
    DEMOGRAPHY = "demography"
    RENT = "rent"
    CAPITAL_COST = "capital_cost"
    OPERATING = "operating"
    TECHNICAL = "technical"
    PRIORITY = "priority"
    ONE_OFF = "one_off"


@dataclass(frozen=True)
class Adjustment:
    """One row of a frame: a change of the frame that year against the year before.

    Args:
        source: What it comes from, for the reader: a proposal, an index, a forecast.
        decision: The council decision it follows from; None in a scenario that nobody has decided.
        permanent: False is taken back by `frames` the year after. Changes of levels are permanent as they stand:
            a level that goes away brings its own negative change.
        key: Identifies a row that may be applied only once in a year ("" for none).
    """

    kind: AdjustmentKind
    amount_ore: Ore
    source: str
    decision: str | None = None
    permanent: bool = True
    key: str = ""


@dataclass(frozen=True)
class FrameYear:
    """One committee's frame in one year: `frame_ore` is `previous_ore` plus the sum of the adjustments."""

    year: int
    previous_ore: Ore
    adjustments: tuple[Adjustment, ...]
    frame_ore: Ore


def frames(
    previous_ore: Ore, adjustments_by_year: Mapping[int, Sequence[Adjustment]], years: Sequence[int]
) -> list[FrameYear]:
    """The frame of each year in `years` (unbroken, in order), starting from the decided frame of the year before.

    An adjustment that is not permanent is taken back the year after by a row of its own.

    Raises:
        ValueError: the years have gaps, an adjustment falls outside them, or a key comes twice in a year.

    >>> rows = {2027: [Adjustment(AdjustmentKind.PRIORITY, 500, "KF", permanent=False)]}
    >>> [(one.year, one.frame_ore) for one in frames(10_000, rows, [2027, 2028])]
    [(2027, 10500), (2028, 10000)]
    """
    _check_adjustments(adjustments_by_year, years)
    rows: list[FrameYear] = []
    before: tuple[Adjustment, ...] = ()
    for year in years:
        adjustments = (*_taken_back(before), *adjustments_by_year.get(year, ()))
        frame_ore = previous_ore + sum(one.amount_ore for one in adjustments)
        rows.append(FrameYear(year, previous_ore, adjustments, frame_ore))
        previous_ore, before = frame_ore, tuple(adjustments_by_year.get(year, ()))
    return rows


def _taken_back(adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(
            AdjustmentKind.ONE_OFF, -one.amount_ore, f"Engångspost återförs: {one.source}", one.decision
        )
        for one in adjustments
        if not one.permanent
    )


def _check_adjustments(adjustments_by_year: Mapping[int, Sequence[Adjustment]], years: Sequence[int]) -> None:
    if list(years) != list(range(years[0], years[0] + len(years)) if years else ()):
        raise ValueError(f"years are not an unbroken run: {list(years)}")
    outside = sorted(set(adjustments_by_year) - set(years))
    if outside:
        raise ValueError(f"adjustments in years outside the frames: {outside}")
    for year, adjustments in adjustments_by_year.items():
        keys = [one.key for one in adjustments if one.key]
        if len(set(keys)) < len(keys):
            raise ValueError(f"an adjustment is applied twice in {year}: {sorted(keys)}")


# Investments: changes of levels


def changes_from_levels(levels_ore: Sequence[Ore], before_ore: Ore = 0) -> tuple[Ore, ...]:
    """Year-on-year changes; the first year against `before_ore`. They add up to the last level less `before_ore`.

    >>> changes_from_levels([100, 300, 290])
    (100, 200, -10)
    """
    earlier = [before_ore, *levels_ore[:-1]]
    return tuple(level - previous for level, previous in zip(levels_ore, earlier, strict=False))


def changes_with_kept_falls(levels_ore: Sequence[Ore], before_ore: Ore = 0) -> tuple[Ore, ...]:
    """Year-on-year changes where the committee keeps what a fall leaves over.

    The compensated level never falls: a fall gives 0, and a later rise first eats the difference that was kept.

    >>> changes_with_kept_falls([100, 300, 290, 295, 320])
    (100, 200, 0, 0, 20)
    """
    compensated, changes = before_ore, []
    for level in levels_ore:
        raised = max(compensated, level)
        changes.append(raised - compensated)
        compensated = raised
    return tuple(changes)


def frame_changes(
    view: CommitteeView, committee: str, parameters: Parameters
) -> dict[CommitteeKind, tuple[Ore, ...]]:
    """The committee's changes per year by kind, from the levels of `view`.

    Where frames do not follow falling capital cost, the capital cost of the new assets (as rent or as own) is
    compensated at its highest level so far, over all the view's proposals together; everything else, ended costs
    too, follows its level. The landlord's rows always follow, so that it stays neutral.
    """
    lines = view.lines_of(committee)
    return {kind: _kind_changes(lines, kind, len(view.years), parameters) for kind in CommitteeKind}


def _kind_changes(
    lines: Sequence[CommitteeLine], kind: CommitteeKind, width: int, parameters: Parameters
) -> tuple[Ore, ...]:
    keeps = not parameters.frames_follow_falling_capital_cost
    mine = [line for line in lines if line.kind is kind]
    kept = [line for line in mine if keeps and line.follows_book_value]
    following = [line for line in mine if not (keeps and line.follows_book_value)]
    followed = changes_from_levels(_level(following, width))
    held = changes_with_kept_falls(_level(kept, width))
    return tuple(one + other for one, other in zip(followed, held, strict=True))


def _level(lines: Sequence[CommitteeLine], width: int) -> list[Ore]:
    return [sum(line.amounts_ore[i] for line in lines) for i in range(width)]


def investment_adjustments(
    view: CommitteeView, committee: str, parameters: Parameters, *, source: str, decision: str | None
) -> dict[int, list[Adjustment]]:
    """The rows that the investments of `view` give the committee: one per year and kind that changes."""
    rows: dict[int, list[Adjustment]] = {}
    for kind, changes in frame_changes(view, committee, parameters).items():
        for year, change in zip(view.years, changes, strict=True):
            if change:
                row = Adjustment(AdjustmentKind(kind.value), change, source, decision)
                rows.setdefault(year, []).append(row)
    return rows


# Wages, index, demography


def wage_revision(wages_ore: Ore | Fraction, raise_rate: Fraction, start_month: int) -> Ore:
    """What the year's new wages cost from `start_month` (1-12) to December. `wages_ore` includes payroll charges.

    >>> wage_revision(980_000_000_00, Fraction("0.034"), 4)
    2499000000
    """
    return round_half_up(wages_ore * raise_rate * Fraction(13 - start_month, 12))


def wage_full_year_effect(wages_ore: Ore | Fraction, previous_raise_rate: Fraction, start_month: int) -> Ore:
    """The months of last year's revision that last year's frame did not carry."""
    return round_half_up(wages_ore * previous_raise_rate * Fraction(start_month - 1, 12))


def index_compensation(other_costs_ore: Ore, index_rate: Fraction) -> Ore:
    """Price compensation on `other_costs_ore`: costs that are neither wages, rent nor capital cost.

    Only culture and leisure gets it in the steering model (PKV); the base is never the whole frame.
    """
    return round_half_up(other_costs_ore * index_rate)


def street_compensation(new_m2: int, price_ore_per_m2: Ore) -> Ore:
    """What new street area gives the committee that runs it, per year for good.

    >>> street_compensation(24_825, 651)  # Sjöbo 2024: 0.2 mnkr
    16161075
    """
    return new_m2 * price_ore_per_m2


@dataclass(frozen=True)
class AgeClass:
    """An age class in the resource allocation model: price per inhabitant, average population this year and last."""

    label: str
    price_ore: Ore
    average: Fraction
    average_before: Fraction


def average_population(at_start: int, at_end: int) -> Fraction:
    """The year's average of the inhabitants on 31 December before it and on 31 December in it."""
    return Fraction(at_start + at_end, 2)


def demography_by_class(classes: Sequence[AgeClass], share: Fraction = Fraction(1)) -> tuple[Ore, ...]:
    """Compensation per age class: change of the average population × price × `share` (0-1) compensated.

    Each class is rounded once; the committee's adjustment is their sum.
    """
    return tuple(round_half_up((one.average - one.average_before) * one.price_ore * share) for one in classes)


def demography_change(classes: Sequence[AgeClass], share: Fraction = Fraction(1)) -> Ore:
    """The sum of `demography_by_class`: 0 where no population changes."""
    return sum(demography_by_class(classes, share))

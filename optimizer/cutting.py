"""A tighter relaxation: columns that can be on in no plan, and rows that every plan keeps but the relaxed one breaks.

All of it follows from one row at a time and from each proposal being chosen once at most, so it holds as long as that
row is not loosened.

*Impossible*: x_j = 0 when a_j and the least that all other proposals can add go past the row's bound.

*Cover*: groups C with thresholds t_p whose sum is more than the row has room for: not all of them can use that much,
Σ_{p∈C} Σ_{j∈p, a_j ≥ t_p} x_j ≤ |C| − 1; columns of other proposals with a_j ≥ max t may stand on the left, too.

*Rounding*: with x complemented where it is above a half, divided by d: Σ (⌊a_j/d⌋ + max(0, f_j − f)/(1 − f)) x_j ≤ ⌊b/d⌋,
f_j and f the fractions of a_j/d and b/d. (Mixed-integer rounding, Marchand and Wolsey 2001.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.constraints import Row
from optimizer.models import Floats, Matrix, Model
from optimizer.parts import Booleans, Integers

LEAST_VIOLATION = 1e-3  # distance of the relaxed plan from the new row
MOST_CUTS = 60  # per round
MOST_DIVISORS = 12
LOOSER = 1e-9  # what the new row's bound gives way to rounding in floating point
PARALLEL = 0.99


class Cut(NamedTuple):
    """A row that follows from the model's row number `of`."""

    row: Row
    of: int


class _Side(NamedTuple):
    """Σ amounts · columns ≤ bound: one end of the model's row number `of`."""

    of: int
    columns: Integers
    amounts: Floats
    bound: float


def column_groups(model: Model) -> Integers:
    """By column: the number of the group of which one at most is on. A coordination stands alone."""
    candidates = len(model.variables.candidates)
    groups = np.arange(len(model.variables), dtype=np.int64)
    for number, columns in enumerate(model.variables.of_proposal.values()):
        groups[columns.start : columns.stop] = number
    groups[candidates:] = len(model.variables.of_proposal) + np.arange(len(groups) - candidates)
    return groups


def impossible_columns(rows: Matrix, groups: Integers) -> Booleans:
    """The columns that are on in no plan, by one row at a time, again until no more are found."""
    gone = np.zeros(rows.width, dtype=bool)
    while True:
        new = np.zeros(rows.width, dtype=bool)
        for entries, row_of in rows.slabs():
            columns = rows.columns[entries].astype(np.int64)
            live = ~gone[columns]
            for sign, bound in ((1.0, rows.high), (-1.0, -rows.low)):
                amounts = sign * rows.coefficients[entries][live]
                new |= _over(amounts, columns[live], row_of[live], groups, bound)
        if not (new & ~gone).any():
            return gone
        gone |= new


def _over(amounts: Floats, columns: Integers, row_of: Integers, groups: Integers, bound: Floats) -> Booleans:
    """Columns whose amount in some row, with the least of all other groups, is above the row's bound."""
    gone = np.zeros(len(groups), dtype=bool)
    if not len(amounts):
        return gone
    group_of = groups[columns]
    # The columns of a group stand together, and so do its entries in a row.
    first = np.flatnonzero(np.r_[True, (np.diff(group_of) != 0) | (np.diff(row_of) != 0)])
    least = np.minimum(np.minimum.reduceat(amounts, first), 0.0)
    others = np.bincount(row_of[first], weights=least, minlength=len(bound))[row_of]
    own = np.repeat(least, np.diff(np.r_[first, len(amounts)]))
    over = amounts + others - own
    gone[columns[over > bound[row_of] + 1e-7 * (1 + np.abs(over))]] = True
    return gone


class Cutter:
    """Finds cuts of a model's limits at relaxed plans."""

    def __init__(self, model: Model, groups: Integers) -> None:
        self.model, self.groups = model, groups
        limits = {limit.id for limit in model.problem.limits}
        self.sides = [
            side
            for r, row in enumerate(model.rows)
            if row.source in limits and len(row.columns) > 1
            for side in _sides(r, row)
        ]

    def cuts(self, point: Floats) -> list[Cut]:
        """The cuts that this plan breaks most, at most `MOST_CUTS`, no two of which say nearly the same."""
        found: list[tuple[float, _Side, Integers, Floats, float]] = []
        split = (point > 1e-6) & (point < 1 - 1e-6)
        for side in self.sides:
            torn = split[side.columns]
            if torn.any():
                slack = side.bound - float(side.amounts @ point[side.columns])
                if slack <= 0.5 * float(np.abs(side.amounts[torn]).max()):
                    found += self._of(side, point, torn)
        found.sort(key=lambda f: -f[0])
        return self._spread([f for f in found if f[0] > LEAST_VIOLATION])

    def _of(
        self, side: _Side, point: Floats, torn: Booleans
    ) -> list[tuple[float, _Side, Integers, Floats, float]]:
        values = point[side.columns]
        found = []
        for columns, amounts, bound in (_rounded(side, values, torn), self._cover(side, values)):
            size = float(np.linalg.norm(amounts))
            if size > 0:
                away = (float(amounts @ point[columns]) - bound) / size
                found.append((away, side, columns, amounts, bound))
        return found

    def _spread(self, found: list[tuple[float, _Side, Integers, Floats, float]]) -> list[Cut]:
        taken: list[Cut] = []
        directions: list[Floats] = []
        for _, side, columns, amounts, bound in found:
            kept = np.abs(amounts) > 1e-9
            columns, amounts = columns[kept], amounts[kept]
            direction = np.zeros(len(self.groups))
            direction[columns] = amounts / np.linalg.norm(amounts)
            if directions and max(float(direction @ d) for d in directions) > PARALLEL:
                continue
            directions.append(direction)
            old = self.model.rows[side.of]
            high = bound + LOOSER * (1 + float(np.abs(amounts).sum()))
            row = Row(f"{old.name}_cut", old.source, columns.astype(np.int32), amounts, -np.inf, high)
            taken.append(Cut(row, side.of))
            if len(taken) == MOST_CUTS:
                break
        return taken

    def _cover(self, side: _Side, values: Floats) -> tuple[Integers, Floats, float]:
        """A cover of the groups that the relaxed plan uses most, each with the threshold where most of its use is."""
        groups = self.groups[side.columns]
        room = side.bound - float(_least(side.amounts, groups).sum())
        using = side.amounts > 1e-9
        columns, amounts, groups, values = (
            side.columns[using],
            side.amounts[using],
            groups[using],
            values[using],
        )
        nothing = np.zeros(0, dtype=np.int64), np.zeros(0), 0.0
        if room < 0 or not len(columns):
            return nothing
        order = np.lexsort((-amounts, groups))
        columns, amounts, groups, values = columns[order], amounts[order], groups[order], values[order]
        first = np.flatnonzero(np.r_[True, np.diff(groups) != 0])
        ends = np.r_[first[1:], len(groups)]
        # By entry: how much of its group the relaxed plan puts at this amount or more.
        summed = np.cumsum(values)
        used = summed - np.repeat(summed[first] - values[first], ends - first)
        best = _best_within(amounts * np.where(used > 1e-6, used, 0.0), first)
        best = best[used[best] > 1e-6]
        picked = _pick(best[np.argsort(-used[best], kind="stable")], amounts, used, room)
        if not picked:
            return nothing
        begin = dict(zip(groups[first].tolist(), first.tolist(), strict=True))
        inside = [np.arange(begin[int(groups[i])], i + 1) for i in picked]
        outside = ~np.isin(groups, groups[picked]) & (amounts >= max(float(amounts[i]) for i in picked))
        places = np.concatenate([*inside, np.flatnonzero(outside)])
        return columns[places], np.ones(len(places)), float(len(picked) - 1)


def _pick(order: Integers, amounts: Floats, used: Floats, room: float) -> list[int]:
    """Entries whose amounts together are above the room and none of which could be left out; none when all fit."""
    picked, total, enough = [], 0.0, room + 1e-7 * (1 + abs(room))
    for i in order.tolist():
        picked.append(i)
        total += float(amounts[i])
        if total > enough:
            break
    if total <= enough:
        return []
    for i in sorted(picked, key=lambda i: float(used[i])):
        if total - float(amounts[i]) > enough:
            picked.remove(i)
            total -= float(amounts[i])
    return picked


def _rounded(side: _Side, values: Floats, torn: Booleans) -> tuple[Integers, Floats, float]:
    """The rounding cut that the plan breaks most, over divisors from the amounts of the columns that are torn."""
    turned = values > 0.5
    amounts = np.where(turned, -side.amounts, side.amounts)
    bound = side.bound - float(side.amounts[turned].sum())
    values = np.where(turned, 1 - values, values)
    best, found = 0.0, (np.zeros(0), 0.0)
    sizes = np.unique(np.abs(amounts[torn]))
    sizes = sizes[sizes > 1e-6][-MOST_DIVISORS:]
    for d in (sizes[:, np.newaxis] / np.array([1.0, 2.0, 4.0, 8.0])).ravel():
        whole = np.floor(bound / d)
        part = bound / d - whole
        if not 0.01 < part < 0.99:
            continue
        floors = np.floor(amounts / d)
        rounded = floors + np.maximum(0.0, amounts / d - floors - part) / (1 - part)
        away = (float(rounded @ values) - whole) / float(np.linalg.norm(rounded) + 1e-12)
        if away > best:
            best, found = away, (rounded, float(whole))
    if not len(found[0]):
        return np.zeros(0, dtype=np.int64), np.zeros(0), 0.0
    return side.columns, np.where(turned, -found[0], found[0]), found[1] - float(found[0][turned].sum())


def _sides(r: int, row: Row) -> list[_Side]:
    columns = row.columns.astype(np.int64)
    sides = [_Side(r, columns, row.coefficients, row.high)] if np.isfinite(row.high) else []
    if np.isfinite(row.low):
        sides.append(_Side(r, columns, -row.coefficients, -row.low))
    return sides


def _least(amounts: Floats, groups: Integers) -> Floats:
    """By group, in order: the least that it can add. Entries of a group stand together."""
    first = np.flatnonzero(np.r_[True, np.diff(groups) != 0])
    least: Floats = np.minimum(np.minimum.reduceat(amounts, first), 0.0)
    return least


def _best_within(scores: Floats, first: Integers) -> Integers:
    """By group: the entry of the highest score, the first of equals."""
    group_of = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(scores)]))
    order = np.lexsort((np.arange(len(scores)), -scores, group_of))
    best: Integers = order[first]
    return best

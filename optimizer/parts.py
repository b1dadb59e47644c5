"""Parts of a model: some columns free, the others standing as in a base plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.models import Floats, Matrix

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """A smaller problem: these columns are free, the others stand as in a base plan."""

    columns: Integers
    matrix: Matrix
    weights: Floats


class Restrictor:
    """Cuts parts out of a matrix; entries are kept by column so that few of them must be touched."""

    def __init__(self, rows: Matrix, weights: Floats) -> None:
        self.rows, self.weights = rows, weights
        row_of_entry = np.repeat(np.arange(len(rows.low), dtype=np.int32), np.diff(rows.starts))
        order = np.argsort(rows.columns, kind="stable")
        self.row_of = row_of_entry[order]
        self.coefficients: Floats = rows.coefficients[order]
        self.ends = np.searchsorted(rows.columns[order], np.arange(rows.width + 1))
        self.margin = np.zeros(len(rows.low))

    def entries(self, columns: Integers) -> tuple[Integers, Integers]:
        """Places of the columns' entries, and which of the columns each belongs to."""
        lengths = self.ends[columns + 1] - self.ends[columns]
        which = np.repeat(np.arange(len(columns)), lengths)
        before = np.cumsum(lengths) - lengths
        return self.ends[columns][which] + np.arange(len(which)) - before[which], which

    def activity(self, columns: Integers) -> Floats:
        """What these columns add to every row."""
        places, _ = self.entries(columns)
        added = np.bincount(
            self.row_of[places], weights=self.coefficients[places], minlength=len(self.rows.low)
        )
        return added.astype(np.float64)

    def part(self, columns: Integers, base: Floats) -> Part:
        """The problem of these columns beside what is on in the base; rows that cannot be broken are left out."""
        held = base > 0.5
        held[columns] = False
        stands = self.activity(np.flatnonzero(held))
        low, high = self.rows.low - stands, self.rows.high - self.margin - stands
        most, least = self._extremes(columns)
        return self.cut(columns, low, high, (most > high + 1e-9) | (least < low - 1e-9))

    def needed(self) -> Booleans:
        """The rows that some choice of columns could break."""
        count = len(self.rows.low)
        most, least = np.zeros(count), np.zeros(count)
        for entries, row_of in self.rows.slabs():
            amounts = self.rows.coefficients[entries]
            most += np.bincount(row_of, weights=np.maximum(amounts, 0), minlength=count)
            least += np.bincount(row_of, weights=np.minimum(amounts, 0), minlength=count)
        return (most > self.rows.high + 1e-9) | (least < self.rows.low - 1e-9)

    def cut(self, columns: Integers, low: Floats, high: Floats, used: Booleans) -> Part:
        """These columns in the rows that are used, with these bounds by row of the whole."""
        places, which = self.entries(columns)
        inside = used[self.row_of[places]]
        rows, amounts, which = self.row_of[places][inside], self.coefficients[places][inside], which[inside]
        order = np.argsort(rows, kind="stable")
        counts = np.bincount(rows, minlength=len(used))[used]
        matrix = Matrix(
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            columns=which[order].astype(np.int32),
            coefficients=amounts[order],
            low=low[used],
            high=high[used],
            width=len(columns),
        )
        return Part(columns, matrix, self.weights[columns])

    def _extremes(self, columns: Integers) -> tuple[Floats, Floats]:
        """The most and the least that these columns can add to every row."""
        places, _ = self.entries(columns)
        rows, amounts = self.row_of[places], self.coefficients[places]
        count = len(self.rows.low)
        most = np.bincount(rows, weights=np.maximum(amounts, 0), minlength=count)
        least = np.bincount(rows, weights=np.minimum(amounts, 0), minlength=count)
        return most.astype(np.float64), least.astype(np.float64)


def ranks_within(keys: Floats, group_of: Integers, firsts: Integers) -> Integers:
    """By item: its place in its group, the lowest key first; groups stand together and begin at `firsts`.

    >>> ranks_within(np.array([3.0, 1.0, 2.0]), np.array([0, 0, 1]), np.array([0, 2])).tolist()
    [1, 0, 0]
    """
    order = np.lexsort((keys, group_of))
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[order] = np.arange(len(keys)) - firsts[group_of[order]]
    return ranks

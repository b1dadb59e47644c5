"""What is maximised: the total value, and after it the tie-breaks in the order that the format promises.

Each aim is a list of exact numbers by column; `Aim.weights` are what the solver sees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optimizer.variables import Variables

LARGEST_WEIGHT = 10**8


@dataclass(frozen=True)
class Aim:
    """maximise Σ exact_j · column_j. `exact` has one number per column."""

    name: str
    exact: tuple[Fraction, ...]

    @cached_property
    def _whole(self) -> tuple[list[int], int, int]:
        """Whole numbers without a common divisor; the numbers are these times divisor / denominator, which follow."""
        denominator = math.lcm(*{w.denominator for w in self.exact})
        whole = [w.numerator * (denominator // w.denominator) for w in self.exact]
        divisor = math.gcd(*whole) or 1
        return [n // divisor for n in whole], divisor, denominator

    @cached_property
    def granule(self) -> Fraction | None:
        """The step in which the total can change (1/common denominator), None when too fine for the solver."""
        whole, divisor, denominator = self._whole
        return None if max(map(abs, whole), default=0) > LARGEST_WEIGHT else Fraction(divisor, denominator)

    @cached_property
    def unit(self) -> Fraction:
        """What one unit of the solver's objective is worth: the granule, else a power of ten."""
        if self.granule is not None:
            return self.granule
        unit = Fraction(1, 10**12)
        largest = max(map(abs, self.exact))
        while largest > unit * LARGEST_WEIGHT // 100:
            unit *= 10
        return unit

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """By column, in units."""
        if self.granule is not None:
            return np.array(self._whole[0], dtype=np.float64)
        return np.array([float(w / self.unit) for w in self.exact])

    def total(self, point: npt.NDArray[np.float64]) -> Fraction:
        """The exact total at a point of zeros and ones."""
        return sum((self.exact[j] for j in np.flatnonzero(point > 0.5)), Fraction(0))

    def rounded_bound(self, bound_units: float) -> Fraction | None:
        """The solver's bound as a value, brought down to the nearest value that a plan can have; None if infinite."""
        if not math.isfinite(bound_units):
            return None
        if self.granule is None:
            return Fraction(bound_units) * self.unit
        return math.floor(bound_units + 1e-6 * max(1.0, abs(bound_units) * 1e-3)) * self.granule


def value_aim(variables: Variables) -> Aim:
    """The total value, coordination included."""
    return Aim("value", tuple(variables.values))


def tie_break_aims(variables: Variables) -> list[Aim]:
    """Fewer changes from the previous plan (if given), lower operating, lower investment: each as a maximum."""
    aims = [Aim("changes", _kept(variables))] if variables.problem.previous else []
    for row in ("operating", "investment"):
        lower = variables.amounts(row).sum(axis=1)
        aims.append(Aim(row, tuple(Fraction(-int(amount)) for amount in lower)))
    return [aim for aim in aims if any(aim.exact)]


def _kept(variables: Variables) -> tuple[Fraction, ...]:
    """1 for what stays as it was, −1 for what is new, 0 for another choice of a proposal that was in before."""
    before = set(variables.problem.previous)
    proposals = {choice.proposal for choice in before}
    own = [
        Fraction(1) if c.choice in before else Fraction(0) if c.proposal.id in proposals else Fraction(-1)
        for c in variables.candidates
    ]
    return tuple(own + [Fraction(0)] * len(variables.coordinations))

"""A committee's own order of its proposals beside the central one: where they differ, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from investplan.errors import Note

MOST_MOTIVE = 2000


@dataclass(frozen=True)
class Placed:
    """One proposal's places, from 1. None: not ranked by the committee, not scored centrally. Equal points share a place."""

    proposal_id: int
    own: int | None
    central: int | None

    @property
    def apart(self) -> int | None:
        """How many places higher (+) or lower (−) the committee sets it than the centre does."""
        return None if self.own is None or self.central is None else self.central - self.own


@dataclass(frozen=True)
class Comparison:
    """Both orders of one committee's proposals.

    Attributes:
        rows: In the committee's order; what it has not ranked comes last, in the central order.
        pairs: How many pairs both orders set in a strict order.
        turned: How many of them they set in opposite orders.
    """

    rows: tuple[Placed, ...]
    pairs: int
    turned: int

    @property
    def agreement(self) -> Fraction | None:
        """Share of the pairs that both set in the same order; None where there is no pair to compare."""
        return Fraction(self.pairs - self.turned, self.pairs) if self.pairs else None


def compare(
    own: Sequence[int], points: Mapping[int, Fraction | None], proposals: Sequence[int]
) -> Comparison:
    """Sets the committee's order beside the order by weighted points.

    Args:
        own: The committee's order, the most wanted first; ids that are no longer among the proposals are left out.
        points: Weighted points by proposal id; None while some criterion is not scored.
        proposals: Ids of all that are to be ranked.

    >>> found = compare([3, 1, 2], {1: Fraction(4), 2: Fraction(2), 3: Fraction(3)}, [1, 2, 3])
    >>> [(row.proposal_id, row.own, row.central) for row in found.rows], found.turned, found.pairs
    ([(3, 1, 2), (1, 2, 1), (2, 3, 3)], 1, 3)
    """
    asked = set(proposals)
    place = {key: number for number, key in enumerate((key for key in own if key in asked), start=1)}
    scored = {key: value for key in proposals if (value := points.get(key)) is not None}
    central = {key: 1 + sum(other > value for other in scored.values()) for key, value in scored.items()}
    rows = [Placed(key, place.get(key), central.get(key)) for key in proposals]
    last = len(rows) + 1
    rows.sort(key=lambda row: (row.own or last, row.central or last, row.proposal_id))
    both = [row for row in rows if row.own is not None and row.central is not None]
    strict = [(a, b) for a, b in combinations(both, 2) if a.central != b.central]
    turned = sum((a.central or 0) > (b.central or 0) for a, b in strict)
    return Comparison(tuple(rows), len(strict), turned)


def faults_in(order: Sequence[int], motives: Mapping[int, str], allowed: Sequence[int]) -> dict[str, Note]:
    """What is wrong with an order: one note per field."""
    faults: dict[str, Note] = {}
    if len(set(order)) < len(order):
        faults["order"] = Note("Samma förslag står två gånger.")
    if set(order) - set(allowed):
        faults["order"] = Note("Ett förslag i listan hör inte till nämnden eller är inte inlämnat.")
    for key, text in motives.items():
        if len(text) > MOST_MOTIVE:
            faults[f"motive-{key}"] = Note("Texten får vara högst %(most)d tecken.", {"most": MOST_MOTIVE})
    return faults

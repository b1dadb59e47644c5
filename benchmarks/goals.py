"""What was aimed at and what was measured, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        what: What was measured, on what.
        peer: The peer's figure from the same run, with its name; "–" where ours is already a ratio to it.
        ours: None where nothing was found in the time.
        goal: What `ours` should be at most, or at least where `least`; None: told without a goal.
        unit: Stands after both numbers.
        note: What belongs to ours, such as the worst seed.
    """

    what: str
    peer: str
    ours: float | None
    goal: float | None = None
    unit: str = ""
    least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Raises:
        ValueError: There is no goal.
        """
        if self.goal is None:
            raise ValueError(self.what)
        if self.ours is None:
            return False
        return self.ours >= self.goal if self.least else self.ours <= self.goal


def table(figures: Sequence[Figure]) -> list[str]:
    """The lines of a Markdown table, columns aligned so that it can be read as it is."""
    rows = [["What", "Peer", "Goal", "Ours", ""], *map(_row, figures)]
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    lines = [
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    ]
    return [lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]]


def _row(one: Figure) -> list[str]:
    ours = "–" if one.ours is None else f"{one.ours:.4g}{one.unit}"
    goal = "" if one.goal is None else f"{'≥' if one.least else '≤'} {one.goal:g}{one.unit}"
    word = "" if one.goal is None else "met" if one.met else "not met"
    return [one.what, one.peer, goal, f"{ours} {one.note}".rstrip(), word]

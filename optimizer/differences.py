"""How one plan differs from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.case_writing import choice_to_json
from optimizer.problem import Choice


@dataclass(frozen=True)
class Difference:
    """How one plan differs from another, by proposal id: what has come in, gone out, or changed way or year."""

    into: tuple[Choice, ...]
    out: tuple[Choice, ...]
    moved: tuple[tuple[Choice, Choice], ...]

    @property
    def count(self) -> int:
        return len(self.into) + len(self.out) + len(self.moved)

    def to_json(self) -> dict[str, Any]:
        return {
            "in": [choice_to_json(c) for c in self.into],
            "out": [choice_to_json(c) for c in self.out],
            "moved": [{"from": choice_to_json(a), "to": choice_to_json(b)} for a, b in self.moved],
        }


def difference(plan: tuple[Choice, ...], other: tuple[Choice, ...]) -> Difference:
    """What `other` does differently from `plan`.

    >>> a, b = Choice("P1", "a", 2027), Choice("P1", "a", 2028)
    >>> difference((a,), (b,)).moved == ((a, b),)
    True
    """
    old, new = {c.proposal: c for c in plan}, {c.proposal: c for c in other}
    return Difference(
        into=tuple(new[p] for p in sorted(new.keys() - old.keys())),
        out=tuple(old[p] for p in sorted(old.keys() - new.keys())),
        moved=tuple((old[p], new[p]) for p in sorted(new.keys() & old.keys()) if old[p] != new[p]),
    )

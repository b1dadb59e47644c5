"""What a proposal says in the next planning round: the same, but for the years in which it may start.

A round plans from its budget year on (domain reference 5.3), so a year that has passed cannot be chosen again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from investplan.domain.proposals import Alternative, ProposalFacts, Status

FOLLOWS = (Status.DRAFT, Status.SUBMITTED, Status.DORMANT)
"""What can be carried over: what is decided, rejected or cancelled is finished with."""


def status_after(status: Status) -> Status:
    """A submitted proposal is a draft again, for its committee to stand by; what rests goes on resting.

    >>> status_after(Status.SUBMITTED).value, status_after(Status.DORMANT).value
    ('draft', 'dormant')
    """
    return Status.DORMANT if status is Status.DORMANT else Status.DRAFT


@dataclass(frozen=True)
class StartsMoved:
    """The start years of an alternative, before and after."""

    alternative: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def starts_in(starts: Collection[int], years: tuple[int, ...]) -> tuple[int, ...]:
    """The start years that lie in the round; where all have passed, the same pattern from the round's first year.

    >>> starts_in((2027, 2028, 2030), tuple(range(2028, 2038)))
    (2028, 2030)
    >>> starts_in((2026, 2028), tuple(range(2029, 2039)))
    (2029, 2031)
    """
    kept = tuple(year for year in sorted(set(starts)) if years[0] <= year <= years[-1])
    if kept or not starts:
        return kept
    first = min(starts)
    moved = (years[0] + year - first for year in sorted(set(starts)))
    return tuple(year for year in moved if year <= years[-1])


def carried(
    facts: ProposalFacts, years: tuple[int, ...], criteria: Collection[str]
) -> tuple[ProposalFacts, tuple[StartsMoved, ...]]:
    """What the proposal says in a round of these years, and the alternatives whose start years are others there.

    Args:
        criteria: Codes of the round's criteria: points by other criteria mean nothing there.
    """
    moved: list[StartsMoved] = []

    def one(alternative: Alternative) -> Alternative:
        after = starts_in(alternative.starts, years)
        if after != tuple(sorted(set(alternative.starts))):
            moved.append(StartsMoved(alternative.code, tuple(sorted(set(alternative.starts))), after))
        return replace(alternative, starts=after)

    alternatives = tuple(one(alternative) for alternative in facts.alternatives)
    scores = {code: points for code, points in facts.scores.items() if code in criteria}
    return replace(facts, alternatives=alternatives, scores=scores), tuple(moved)

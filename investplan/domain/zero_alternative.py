"""The zero alternative: to do nothing, against which every other way is held. Domain reference 5.4 (alternatives)."""

from __future__ import annotations

from investplan.domain.proposals import Alternative, AlternativeKind, ProposalFacts


def has_zero_alternative(facts: ProposalFacts) -> bool:
    """Whether doing nothing is among the alternatives, open or rejected."""
    return any(one.kind is AlternativeKind.NOTHING for one in facts.alternatives)


def zero_alternative(facts: ProposalFacts, years: tuple[int, ...], price_level_year: int) -> Alternative:
    """Doing nothing, with an explicit zero in everything and no benefit, in the years that others may start in.

    Args:
        years: Those of the planning round, where nobody has stated a start yet.
    """
    starts = {year for one in facts.alternatives for year in one.starts} or set(years)
    taken = {one.code for one in facts.alternatives}
    code = AlternativeKind.NOTHING.value
    free = next(name for name in (code, *(f"{code}-{n}" for n in range(2, 99))) if name not in taken)
    return Alternative(
        code=free,
        title="Nollalternativ",
        kind=AlternativeKind.NOTHING,
        starts=tuple(sorted(starts)),
        price_level_year=price_level_year,
        benefit_percent=0,
        grants=(),
        operating=(),
        disposals=(),
    )

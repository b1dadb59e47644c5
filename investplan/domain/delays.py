"""A decided investment that is taken into use later than decided: everything that follows from it moves along.

Source: sections 2.6 and 10.1 of the domain reference.
"""

from __future__ import annotations

from dataclasses import replace

from investplan.domain.proposals import Alternative

MAX_MONTHS = 240


def delayed(alternative: Alternative, months: int) -> Alternative:
    """The alternative with every commissioning `months` (>= 0) later; outlays stay in the years they were decided.

    Rent, operating rows, leases that end and disposals count from the commissioning and so move with it.

    >>> from investplan.domain.proposals import AlternativeKind
    >>> decided = Alternative("a", "Ny skola", AlternativeKind.BUILD, (2027,), 2026, commissioned_after_months=7)
    >>> delayed(decided, 12).commissioned_after_months
    19
    """
    components = tuple(
        one
        if one.commissioned_after_months is None
        else replace(one, commissioned_after_months=one.commissioned_after_months + months)
        for one in alternative.components
    )
    return replace(
        alternative,
        commissioned_after_months=alternative.commissioned_after_months + months,
        components=components,
    )

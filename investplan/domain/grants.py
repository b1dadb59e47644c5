"""A grant over the useful life: income released like the depreciation of what it paid for, and the interest on the rest.

The other kind of grant is income at once, in the year of completion, and lowers no yearly cost. Neither lowers the
acquisition value. Source: section 1.9 of the domain reference; RKR R2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from investplan.domain.capital_costs import (
    Asset,
    AssetChange,
    CapitalCostRules,
    capital_cost,
    kronor_text,
    share_out,
)
from investplan.domain.proposals import Grant
from investplan.errors import Note
from investplan.units import Ore


@dataclass(frozen=True)
class GrantRow:
    """A grant in one year: income released, and internal interest on the part not yet released (both >= 0)."""

    year: int
    release_ore: Ore
    interest_ore: Ore


def grant_rows(
    grant_ore: Ore, assets: Sequence[Asset], rules: CapitalCostRules, years: Sequence[int]
) -> list[GrantRow]:
    """A grant released like the depreciation of `assets`, one row per year.

    The grant is shared out by depreciable amount (largest remainder) and each share follows its asset, so that the
    releases add up to the grant to the öre: a changed life changes the release too, and a disposal releases what is
    left. If nothing is depreciable (land) nothing is ever released.
    """
    shares = grant_shares(grant_ore, assets)
    rows = [capital_cost(share, rules, years) for share in shares]
    return [
        GrantRow(
            year,
            sum(row[i].depreciation_ore + row[i].disposal_ore for row in rows),
            sum(row[i].interest_ore for row in rows),
        )
        for i, year in enumerate(years)
    ]


def grant_shares(grant_ore: Ore, assets: Sequence[Asset]) -> list[Asset]:
    """The grant's part in each depreciable asset, as an asset of its own with the same life."""
    depreciable = [asset for asset in assets if asset.depreciable_ore > 0]
    if not depreciable:
        return [
            Asset(asset.name, grant_ore, 0, None, asset.commissioned, disposed=asset.disposed)
            for asset in assets[:1]
        ]
    amounts = share_out(grant_ore, [asset.depreciable_ore for asset in depreciable])
    return [
        replace(asset, cost_ore=amount, residual_ore=0, changes=_changed_lives(asset))
        for asset, amount in zip(depreciable, amounts, strict=True)
    ]


def _changed_lives(asset: Asset) -> tuple[AssetChange, ...]:
    """The asset's changes of life; its write-downs and residual values are not the grant's."""
    return tuple(
        AssetChange(one.month, one.remaining_months) for one in asset.changes if one.remaining_months
    )


def relief_ore(grant: Grant, rows: Sequence[GrantRow]) -> tuple[tuple[Ore, ...], tuple[Ore, ...]]:
    """What the grant does to the capital cost per year, as amounts <= 0, and how much of that is internal interest."""
    interest = tuple([-row.interest_ore if grant.lowers_interest_base else 0 for row in rows])
    return tuple([part - row.release_ore for part, row in zip(interest, rows, strict=True)]), interest


def explain_grant(
    grant: Grant, assets: Sequence[Asset], rules: CapitalCostRules, year: int
) -> tuple[Note, ...]:
    """How the year's relief from the grant was computed."""
    row = grant_rows(grant.amount_ore, assets, rules, [year])[0]
    release = Note(
        "Bidrag %(grant)s kr löses upp i takt med avskrivningen: −%(release)s kr",
        {"grant": kronor_text(grant.amount_ore), "release": kronor_text(row.release_ore)},
    )
    if not grant.lowers_interest_base:
        return (release,)
    return release, Note("Lägre internränta: −%(interest)s kr", {"interest": kronor_text(row.interest_ore)})

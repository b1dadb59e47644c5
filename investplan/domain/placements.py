"""An alternative put in time: nominal outlays, assets with a month of commissioning, who owns them, which grants follow.

Both views of the consequences are built from a placement, so that they cannot disagree about the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRules,
    ConstructionOutlay,
    MonthSpan,
    RateTable,
    interest_during_construction,
    share_out,
)
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import (
    Alternative,
    Component,
    Disposal,
    Grant,
    OperatingConsequence,
    Part,
    Recognition,
)
from investplan.domain.rents import InternalRent, internal_rent
from investplan.errors import Note
from investplan.units import Month, Ore, round_half_up


@dataclass(frozen=True)
class Holding:
    """A component as an asset, and who uses it."""

    asset: Asset
    part: Part
    note: Note | None = None


@dataclass(frozen=True)
class Placement:
    """An alternative put in time: everything that both views are built from."""

    alternative: Alternative
    committee: str
    parameters: Parameters
    rules: CapitalCostRules
    years: tuple[int, ...]
    commissioned: Month
    first_charged: Month
    outlay_by_year: Mapping[int, Ore]
    grant_by_year: Mapping[int, Ore]
    interest_by_year: Mapping[int, Ore]
    holdings: tuple[Holding, ...]
    companies: frozenset[str]

    @cached_property
    def rented(self) -> tuple[Holding, ...]:
        """What the landlord owns and charges as rent."""
        if self.alternative.landlord is None:
            return ()
        return tuple(one for one in self.holdings if one.part is Part.PROPERTY)

    @cached_property
    def own(self) -> tuple[Holding, ...]:
        """What the committee itself owns."""
        if self.alternative.landlord is None:
            return self.holdings
        return tuple(one for one in self.holdings if one.part is not Part.PROPERTY)

    def grants(self, recognition: Recognition) -> tuple[Grant, ...]:
        """The grants of that kind that are not nothing."""
        grants = self.alternative.grants or ()
        return tuple(one for one in grants if one.recognition is recognition and one.amount_ore)

    @property
    def grants_lower_rent(self) -> bool:
        """Whether grants over the useful life follow the landlord's assets: where any of them is depreciated."""
        return any(one.asset.depreciable_ore for one in self.rented)

    @cached_property
    def granted_assets(self) -> tuple[Asset, ...]:
        """What a grant over the useful life follows: the landlord's assets, or else all."""
        return tuple(one.asset for one in (self.rented if self.grants_lower_rent else self.holdings))

    @cached_property
    def rent(self) -> InternalRent:
        """What the committee pays the landlord; no lines without a landlord."""
        if self.alternative.landlord is None:
            return InternalRent(self.years, ())
        return internal_rent(
            [one.asset for one in self.rented],
            self.parameters.rent_items,
            area_m2=self.alternative.area_m2 or 0,
            commissioned=self.commissioned,
            rules=self.rules,
            years=self.years,
            grants=self.grants(Recognition.OVER_LIFE) if self.grants_lower_rent else (),
        )

    @property
    def owner(self) -> str:
        """Who owns the property: the landlord, or else the committee."""
        return self.alternative.landlord or self.committee

    def is_municipal(self, code: str) -> bool:
        """Whether the organisation is the municipality itself and not one of its companies."""
        return code not in self.companies

    @cached_property
    def municipal_holdings(self) -> tuple[Holding, ...]:
        """What stands on the municipality's own balance sheet."""
        rented = self.rented if self.is_municipal(self.owner) else ()
        return rented + (self.own if self.is_municipal(self.committee) else ())

    @cached_property
    def municipal_share(self) -> Fraction:
        """How much of the outlay is the municipality's own, 0-1."""
        total = sum(one.asset.cost_ore for one in self.holdings)
        if not total:
            return Fraction(1 if self.is_municipal(self.owner) else 0)
        return Fraction(sum(one.asset.cost_ore for one in self.municipal_holdings), total)

    def operating_span(self, row: OperatingConsequence) -> MonthSpan:
        """The months in which the operating row counts."""
        return MonthSpan(self.first_charged.plus(row.starts_after_months), row.lasts_months)

    def old_asset(self, disposal: Disposal) -> Asset | None:
        """The old asset as it would have been charged if it had stayed; None where nothing would."""
        book_value, months = disposal.remaining_book_value_ore, disposal.remaining_months
        return (
            Asset(disposal.name, book_value, 0, months, self.commissioned) if book_value and months else None
        )

    def only_in(self, year: int, amount_ore: Ore) -> tuple[Ore, ...]:
        """The amount in that year, 0 in the others."""
        return tuple(amount_ore if one == year else 0 for one in self.years)


def place(
    alternative: Alternative,
    committee: str,
    start: int,
    parameters: Parameters,
    years: tuple[int, ...],
    companies: frozenset[str],
) -> Placement:
    """The alternative as it stands when started in the year `start`."""
    rules = parameters.capital_cost_rules
    commissioned = Month(start, 1).plus(alternative.commissioned_after_months)
    first_charged = rules.first_charged_month(commissioned)
    outlays = _nominal_outlays(alternative, start, parameters.construction_index)
    interest = _construction_interest(outlays, first_charged, parameters)
    extra = sum(interest.values()) if parameters.capitalise_interest else 0
    return Placement(
        alternative,
        committee,
        parameters,
        rules,
        years,
        commissioned,
        first_charged,
        outlays,
        _by_year((start + one.year_offset, one.amount_ore) for one in alternative.grants or ()),
        interest,
        _holdings(alternative, sum(outlays.values()), extra, parameters, commissioned),
        companies,
    )


def _by_year(amounts: Iterable[tuple[int, Ore]]) -> dict[int, Ore]:
    totals: dict[int, Ore] = {}
    for year, amount in amounts:
        totals[year] = totals.get(year, 0) + amount
    return totals


def _nominal_outlays(alternative: Alternative, start: int, index: RateTable) -> dict[int, Ore]:
    def nominal(year: int, amount_ore: Ore) -> Ore:
        return round_half_up(amount_ore * index.growth(alternative.price_level_year, year))

    stated = ((start + outlay.year_offset, outlay.amount_ore) for outlay in alternative.outlays)
    return _by_year((year, nominal(year, amount)) for year, amount in stated)


def _construction_interest(
    outlays: Mapping[int, Ore], first_charged: Month, parameters: Parameters
) -> Mapping[int, Ore]:
    """Interest before the first charged month: internal where it is charged, on loans where it is capitalised."""
    if parameters.charge_interest_on_wip:
        rate = parameters.internal_rate
    elif parameters.capitalise_interest:
        rate = parameters.external_rate.times(parameters.loan_share)
    else:
        return {}
    spending = [
        ConstructionOutlay(Month(year, 1), _building_months(year, first_charged), amount)
        for year, amount in outlays.items()
        if Month(year, 1) < first_charged
    ]
    return interest_during_construction(spending, rate, first_charged)


def _building_months(year: int, first_charged: Month) -> int:
    return min(12, first_charged.ordinal - Month(year, 1).ordinal)


def _holdings(
    alternative: Alternative, nominal_ore: Ore, extra_ore: Ore, parameters: Parameters, commissioned: Month
) -> tuple[Holding, ...]:
    components = alternative.components
    if not components and alternative.outlay_ore > 0:
        return _template_holding(alternative, nominal_ore + extra_ore, parameters, commissioned)
    factor = Fraction(nominal_ore, alternative.outlay_ore) if alternative.outlay_ore else Fraction(1)
    stated = [component.amount_ore for component in components]
    nominal = share_out(round_half_up(sum(stated) * factor), stated) if sum(stated) else stated
    extra = share_out(extra_ore, nominal) if sum(nominal) else [0] * len(nominal)
    return tuple(
        Holding(_as_asset(component, amount, more, factor, commissioned), component.part)
        for component, amount, more in zip(components, nominal, extra, strict=True)
    )


def _as_asset(component: Component, nominal: Ore, extra: Ore, factor: Fraction, commissioned: Month) -> Asset:
    residual = min(round_half_up(component.residual_ore * factor), nominal)
    return Asset(component.name, nominal + extra, residual, component.life_months, commissioned)


def _template_holding(
    alternative: Alternative, cost_ore: Ore, parameters: Parameters, commissioned: Month
) -> tuple[Holding, ...]:
    life = parameters.template_life_months
    note = Note(
        "Komponenter saknas: hela utgiften skrivs av på schablontiden %(life)s månader.", {"life": life}
    )
    asset = Asset(alternative.title, cost_ore, 0, life, commissioned)
    return (Holding(asset, Part.PROPERTY, note),)

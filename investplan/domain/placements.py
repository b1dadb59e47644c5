"""An alternative put in time: nominal outlays, assets with a month of commissioning, who owns them, which grants follow.

Both views of the consequences are built from a placement, so that they cannot disagree about the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRow,
    CapitalCostRules,
    MonthSpan,
    RateTable,
    capital_cost,
    share_out,
)
from investplan.domain.construction import (
    BuiltStage,
    ConstructionOutlay,
    interest_during_construction,
    ongoing_work,
    share_among_stages,
)
from investplan.domain.grants import GrantRow, grant_rows
from investplan.domain.leases import PlacedLease
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
from investplan.domain.rent_models import RentCharge, RentedObject, Tenancy, rent_charges
from investplan.domain.rents import InternalRent, internal_rent
from investplan.errors import Note
from investplan.units import Month, Ore, round_half_up, round_ratio


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
    _rows: dict[Asset, Sequence[CapitalCostRow]] = field(default_factory=dict, compare=False, repr=False)
    _grant_rows: dict[Grant, Sequence[GrantRow]] = field(default_factory=dict, compare=False, repr=False)

    def rows_of(self, asset: Asset) -> Sequence[CapitalCostRow]:
        """The asset's capital cost per year, computed once for both views."""
        if asset not in self._rows:
            self._rows[asset] = capital_cost(asset, self.rules, self.years)
        return self._rows[asset]

    def grant_rows_of(self, grant: Grant) -> Sequence[GrantRow]:
        """The rows of a grant over the useful life, computed once for both views."""
        if grant not in self._grant_rows:
            self._grant_rows[grant] = grant_rows(
                grant.amount_ore, self.granted_assets, self.rules, self.years
            )
        return self._grant_rows[grant]

    @cached_property
    def completed(self) -> Month:
        """When the last stage is taken into use."""
        return max((one.asset.commissioned for one in self.holdings), default=self.commissioned)

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
        """What the object costs the landlord; no lines without a landlord."""
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
            rows_of=self.rows_of,
            grant_rows_of=self.grant_rows_of,
        )

    @cached_property
    def charges(self) -> tuple[RentCharge, ...]:
        """What tenants are charged by the rent model; none without a landlord."""
        if self.alternative.landlord is None:
            return ()
        grants = self.grants(Recognition.OVER_LIFE) if self.grants_lower_rent else ()
        rented = RentedObject(
            self.rent,
            tuple(one.asset for one in self.rented),
            tuple((grant, self.grant_rows_of(grant)) for grant in grants),
            self.rules,
        )
        area, span = self.alternative.area_m2 or 0, MonthSpan(self.first_charged)
        return rent_charges(
            rented, Tenancy(self.committee, self.alternative.title, area, span), self.parameters
        )

    @cached_property
    def income_by_tenant(self) -> dict[str, tuple[Ore, ...]]:
        """The landlord's rents per year, by tenant."""
        found: dict[str, tuple[Ore, ...]] = {}
        for charge in self.charges:
            before = found.get(charge.tenant, (0,) * len(self.years))
            found[charge.tenant] = tuple(
                [one + more for one, more in zip(before, charge.amounts_ore, strict=True)]
            )
        return found

    @cached_property
    def leases(self) -> tuple[PlacedLease, ...]:
        """The leases put in time."""
        level, prices = self.alternative.price_level_year, self.parameters.consumer_price_index
        return tuple(PlacedLease(one, self.first_charged, level, prices) for one in self.alternative.leases)

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

    def closing_ore(self) -> tuple[Ore, ...]:
        """Book value at the end of each year of what stands on the municipality's own balance sheet."""
        rows = [self.rows_of(one.asset) for one in self.municipal_holdings]
        return tuple([sum(row[i].closing_ore for row in rows) for i in range(len(self.years))])

    def net_outlay_ore(self) -> tuple[Ore, ...]:
        """The municipality's own part of outlays less grants per year."""
        net = (self.outlay_by_year.get(year, 0) - self.grant_by_year.get(year, 0) for year in self.years)
        return tuple([self.municipal_part(amount) for amount in net])

    def net_outlay_before(self, year: int) -> Ore:
        """The municipality's own part of all outlays less grants before `year`."""
        spent = sum(amount for spent_in, amount in self.outlay_by_year.items() if spent_in < year)
        granted = sum(amount for got_in, amount in self.grant_by_year.items() if got_in < year)
        return self.municipal_part(spent - granted)

    def municipal_part(self, amount_ore: Ore) -> Ore:
        """The municipality's own part of an amount of the whole investment, rounded once."""
        share = self.municipal_share
        return round_ratio(amount_ore * share.numerator, share.denominator)

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
    outlays = _nominal_outlays(alternative, start, parameters.construction_index)
    holdings = _holdings(alternative, sum(outlays.values()), parameters, start)
    interest, holdings = _with_construction_interest(outlays, holdings, parameters, commissioned)
    return Placement(
        alternative,
        committee,
        parameters,
        rules,
        years,
        commissioned,
        rules.first_charged_month(commissioned),
        outlays,
        _by_year((start + one.year_offset, one.amount_ore) for one in alternative.grants or ()),
        interest,
        holdings,
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


def _with_construction_interest(
    outlays: Mapping[int, Ore], holdings: tuple[Holding, ...], parameters: Parameters, commissioned: Month
) -> tuple[Mapping[int, Ore], tuple[Holding, ...]]:
    """Interest by year until each part is charged, and the assets with what of it is capitalised.

    Internal interest where it is charged, on loans where it is capitalised; none where neither is done.
    """
    if parameters.charge_interest_on_wip:
        rate = parameters.internal_rate
    elif parameters.capitalise_interest:
        rate = parameters.external_rate.times(parameters.loan_share)
    else:
        return {}, holdings
    rules = parameters.capital_cost_rules
    stages = [
        BuiltStage(rules.first_charged_month(one.asset.commissioned), one.asset.cost_ore) for one in holdings
    ]
    until = max((one.first_charged for one in stages), default=rules.first_charged_month(commissioned))
    spending = [
        ConstructionOutlay(Month(year, 1), min(12, until.ordinal - Month(year, 1).ordinal), amount)
        for year, amount in outlays.items()
        if Month(year, 1) < until
    ]
    interest = interest_during_construction(spending, rate, until, taken_into_use=stages)
    if not parameters.capitalise_interest or not stages:
        return interest, holdings
    work = ongoing_work(spending, until, stages)
    extra = share_among_stages(sum(interest.values()), work, rate, stages)
    return interest, tuple(_dearer(one, more) for one, more in zip(holdings, extra, strict=True))


def _dearer(holding: Holding, more_ore: Ore) -> Holding:
    asset = holding.asset
    return replace(holding, asset=replace(asset, cost_ore=asset.cost_ore + more_ore))


def _holdings(
    alternative: Alternative, nominal_ore: Ore, parameters: Parameters, start: int
) -> tuple[Holding, ...]:
    """The components as assets at nominal cost, each from its own month; one template asset where there are none."""
    components = alternative.components
    if not components and alternative.outlay_ore > 0:
        return _template_holding(alternative, nominal_ore, parameters, start)
    factor = Fraction(nominal_ore, alternative.outlay_ore) if alternative.outlay_ore else Fraction(1)
    stated = [component.amount_ore for component in components]
    nominal = share_out(round_half_up(sum(stated) * factor), stated) if sum(stated) else stated
    return tuple(
        _as_holding(component, amount, factor, _commissioned(component, alternative, start))
        for component, amount in zip(components, nominal, strict=True)
    )


def _commissioned(component: Component, alternative: Alternative, start: int) -> Month:
    own = component.commissioned_after_months
    return Month(start, 1).plus(alternative.commissioned_after_months if own is None else own)


def _as_holding(component: Component, nominal: Ore, factor: Fraction, commissioned: Month) -> Holding:
    residual = min(round_half_up(component.residual_ore * factor), nominal)
    life, lease = component.life_months, component.lease_months
    if lease is None or (life is not None and life <= lease):
        return Holding(Asset(component.name, nominal, residual, life, commissioned), component.part)
    note = Note(
        "%(name)s skrivs av på hyrestiden %(life)s månader: förbättring på annans fastighet.",
        {"name": component.name, "life": lease},
    )
    return Holding(Asset(component.name, nominal, residual, lease, commissioned), component.part, note)


def _template_holding(
    alternative: Alternative, cost_ore: Ore, parameters: Parameters, start: int
) -> tuple[Holding, ...]:
    life = parameters.template_life_months
    note = Note(
        "Komponenter saknas: hela utgiften skrivs av på schablontiden %(life)s månader.", {"life": life}
    )
    commissioned = Month(start, 1).plus(alternative.commissioned_after_months)
    asset = Asset(alternative.title, cost_ore, 0, life, commissioned)
    return (Holding(asset, Part.PROPERTY, note),)

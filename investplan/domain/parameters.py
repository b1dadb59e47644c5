"""The municipality's conventions and rates: one versioned set, with where each value comes from and how sure it is.

Nothing here is a constant of the calculation: every value can be changed by finance, is stored with each calculation
and is printed on the pages with its source (`DESCRIPTIONS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction
from typing import Any

from investplan.domain.capital_costs import CapitalCostRules, InterestBase, RateTable, StartRule
from investplan.domain.demography import PriceTag
from investplan.domain.parameter_descriptions import DESCRIPTIONS, Confidence, ParameterDescription
from investplan.domain.parameter_forms import (
    FLAG,
    KRONOR,
    KRONOR_BY_YEAR,
    POOL_TENANTS,
    PRICE_TAGS,
    RATES,
    RATES_BY_YEAR,
    RENT_ITEMS,
    STAGES,
    TEXT,
    WORDS,
    Form,
    choice_form,
    decimal_form,
    decimal_text,
    read_field,
    read_object,
    whole_form,
)
from investplan.domain.proposals import Stage
from investplan.domain.rents import PoolTenant, RentItem, RentModel
from investplan.errors import InvalidInputError, Note
from investplan.units import Ore

__all__ = [
    "DEFAULTS",
    "DESCRIPTIONS",
    "NEUTRAL",
    "Ceiling",
    "Confidence",
    "InterestBase",
    "ParameterDescription",
    "Parameters",
    "PoolTenant",
    "PriceTag",
    "RateTable",
    "RentItem",
    "RentModel",
    "StartRule",
    "decimal_text",
]


class Ceiling(StrEnum):
    """Whether the investment ceiling counts outlays net or gross of grants."""

    NET = "net"
    GROSS = "gross"


@dataclass(frozen=True)
class Parameters:
    """A whole set of parameters. Rates are per year (0.025), shares 0-1, amounts öre, lives months.

    Args:
        internal_rate: Internal interest on book value.
        rent_items: Running costs per m² and year in the internal rent.
        rent_model: How the landlord charges; everything but `per_object_actual` leaves a difference with the landlord.
        standard_rent_ore_per_m2: The rent of the model `standard_per_m2`, all included.
        rent_pool: Area and cost of what is pooled already, by tenant (the model `pooled`).
        external_rate: What the municipality's loans cost.
        loan_share: How much of the net outlay is borrowed.
        construction_index: Rise of building prices in a year over the year before it (2028: from 2027 to 2028).
        consumer_price_index: Rise of consumer prices in a year, which indexes leases.
        discount_rate: For present values when alternatives are compared; not the internal interest.
        comparison_years: The period over which a lease and an own building are compared.
        frames_follow_falling_capital_cost: False lets the committee keep the difference when capital cost falls.
        charge_interest_on_wip: Internal interest on ongoing construction is charged to the owner.
        capitalise_interest: Loan interest during construction is added to the acquisition value.
        value_discount: What is left of the benefit for each year it is delayed.
        earliest_start_by_stage: Years after the budget year before a proposal in the stage (its value) may start.
        template_life_months: Useful life where an outlay has no components yet.
        threshold_share_of_pbb: The amount limit of an investment as a share of the price base amount.
        threshold_life_months: The shortest useful life of an investment.
        wage_revision_month: First month with new wages, 1-12.
        wage_raise: The year's wage revision.
        payroll_charge: Payroll charges (PO) on wages that are stated without them.
        pkv: The price index of municipal operations, by year.
        pkv_vintage: Which publication of the index that is.
        pkv_committees: Codes of the committees whose other costs are compensated by it: in Kalmar one.
        demography_share: How much of the demographic change is compensated.
        price_tags: Net cost per inhabitant and age class in the resource allocation model.
        premises_in_price_tag: Codes of committees whose price tags hold premises: no rent or capital cost on top.
        street_price_ore_per_m2: Compensation per new square metre of street; 0 where there is none.
        claw_back_on_delay: A later commissioning takes back what the frame got too early.
        neutral_rate_changes: A changed internal rate meets every frame as a technical row, neutral in total.
        finance_organisation: Code of the organisation that carries central finance ("" where none does).
        reserve_floor_share: Result that must stay before anything is reserved, of tax and grants.
        reserve_floor_share_negative_equity: The same where equity less pension obligations is negative.
        reserve_cap_share: How large the result reserve may be, of tax and grants.
        restoring_years: Years in which a negative balance-requirement result is restored.
        company_plan_years: How many years the companies plan for: the next one and six more.
    """

    internal_rate: RateTable
    interest_base: InterestBase
    start_rule: StartRule
    rent_items: tuple[RentItem, ...]
    rent_model: RentModel
    standard_rent_ore_per_m2: Ore
    rent_pool: tuple[PoolTenant, ...]
    external_rate: RateTable
    loan_share: Fraction
    construction_index: RateTable
    consumer_price_index: RateTable
    discount_rate: Fraction
    comparison_years: int
    ceiling_counts: Ceiling
    default_commissioning_month: int
    default_commissioning_month_streets: int
    frames_follow_falling_capital_cost: bool
    charge_interest_on_wip: bool
    capitalise_interest: bool
    value_discount: Fraction
    earliest_start_by_stage: Mapping[str, int] = field(hash=False)
    template_life_months: int
    pbb_ore_by_year: Mapping[int, Ore] = field(hash=False)
    threshold_share_of_pbb: Fraction
    threshold_life_months: int
    wage_revision_month: int
    wage_raise: Mapping[int, Fraction] = field(hash=False)
    payroll_charge: Mapping[int, Fraction] = field(hash=False)
    pkv: Mapping[int, Fraction] = field(hash=False)
    pkv_vintage: str
    pkv_committees: tuple[str, ...]
    demography_share: Fraction
    price_tags: tuple[PriceTag, ...]
    premises_in_price_tag: tuple[str, ...]
    street_price_ore_per_m2: Ore
    claw_back_on_delay: bool
    neutral_rate_changes: bool
    finance_organisation: str
    reserve_floor_share: Fraction
    reserve_floor_share_negative_equity: Fraction
    reserve_cap_share: Fraction
    restoring_years: int
    company_plan_years: int

    @property
    def capital_cost_rules(self) -> CapitalCostRules:
        """The part that capital costs need."""
        return CapitalCostRules(self.internal_rate, self.interest_base, self.start_rule)

    def earliest_start(self, stage: Stage, budget_year: int) -> int:
        """The first year in which a proposal in the stage may start."""
        return budget_year + self.earliest_start_by_stage.get(stage, 0)

    def to_json(self) -> dict[str, Any]:
        """All values as JSON: rates and kronor as decimal strings, so that nothing is lost."""
        written = {one.name: _FORMS[one.name].write(getattr(self, one.name)) for one in fields(self)}
        return {"schema": SCHEMA, **written}

    @classmethod
    def from_json(cls, data: object) -> Parameters:
        """The set that `to_json` wrote, now or in an earlier schema (stored sets are never changed).

        Raises:
            InvalidInputError: one message per place (`internal_rate.2029`), all at once: unknown and missing keys,
                numbers outside their range, words that are not among the choices.
        """
        faults: dict[str, Note] = {}
        values = read_object(in_newest_schema(data), "", set(_FORMS), faults)
        read = {
            name: read_field(_FORMS[name], values[name], name, faults) for name in _FORMS if name in values
        }
        if read.get("charge_interest_on_wip") is True and read.get("capitalise_interest") is True:
            faults["capitalise_interest"] = Note(
                "Ränta under byggtiden kan inte både debiteras och aktiveras."
            )
        if faults:
            raise InvalidInputError(faults)
        return cls(**read)


SCHEMA = 2
"""Raised when parameters are added or change form; `in_newest_schema` brings older sets along."""


def in_newest_schema(data: object) -> object:
    """Stored values as this version reads them, without the schema's number.

    A set from schema 1 gets for each later parameter the value under which nothing is computed differently.
    """
    if not isinstance(data, Mapping):
        return data
    values = {key: value for key, value in data.items() if key != "schema"}
    if data.get("schema") is None and not values.keys() & NEUTRAL.keys():
        values = {**NEUTRAL, **values}
        for name in ("external_rate", "construction_index"):
            if isinstance(values.get(name), str):
                values[name] = {"default": values[name]}
    return values


_FORMS: dict[str, Form] = {
    "internal_rate": RATES,
    "interest_base": choice_form(InterestBase),
    "start_rule": choice_form(StartRule),
    "rent_items": RENT_ITEMS,
    "rent_model": choice_form(RentModel),
    "standard_rent_ore_per_m2": KRONOR,
    "rent_pool": POOL_TENANTS,
    "external_rate": RATES,
    "loan_share": decimal_form(0, 1),
    "construction_index": RATES,
    "consumer_price_index": RATES,
    "discount_rate": decimal_form(0, 1),
    "comparison_years": whole_form(1, 100),
    "ceiling_counts": choice_form(Ceiling),
    "default_commissioning_month": whole_form(1, 12),
    "default_commissioning_month_streets": whole_form(1, 12),
    "frames_follow_falling_capital_cost": FLAG,
    "charge_interest_on_wip": FLAG,
    "capitalise_interest": FLAG,
    "value_discount": decimal_form(0, 1),
    "earliest_start_by_stage": STAGES,
    "template_life_months": whole_form(1, 2400),
    "pbb_ore_by_year": KRONOR_BY_YEAR,
    "threshold_share_of_pbb": decimal_form(0, 10),
    "threshold_life_months": whole_form(1, 120),
    "wage_revision_month": whole_form(1, 12),
    "wage_raise": RATES_BY_YEAR,
    "payroll_charge": RATES_BY_YEAR,
    "pkv": RATES_BY_YEAR,
    "pkv_vintage": TEXT,
    "pkv_committees": WORDS,
    "demography_share": decimal_form(0, 1),
    "price_tags": PRICE_TAGS,
    "premises_in_price_tag": WORDS,
    "street_price_ore_per_m2": KRONOR,
    "claw_back_on_delay": FLAG,
    "neutral_rate_changes": FLAG,
    "finance_organisation": TEXT,
    "reserve_floor_share": decimal_form(0, 1),
    "reserve_floor_share_negative_equity": decimal_form(0, 1),
    "reserve_cap_share": decimal_form(0, 1),
    "restoring_years": whole_form(1, 10),
    "company_plan_years": whole_form(1, 30),
}


DEFAULTS = Parameters(
    internal_rate=RateTable(
        Fraction("0.025"),
        {
            2020: Fraction("0.015"),
            2021: Fraction("0.0125"),
            2022: Fraction("0.01"),
            2023: Fraction("0.0125"),
            2024: Fraction("0.025"),
            2025: Fraction("0.025"),
        },
    ),
    interest_base=InterestBase.OPENING,
    start_rule=StartRule.NEXT_MONTH,
    rent_items=(
        RentItem("planned_maintenance", "Planerat underhåll", 140_00),
        RentItem("caretaking", "Avhjälpande underhåll och skötsel", 115_00),
        RentItem("media", "Media", 135_00),
        RentItem("insurance", "Försäkring m.m.", 12_00),
        RentItem("administration", "Administration", 38_00),
    ),
    rent_model=RentModel.PER_OBJECT_ACTUAL,
    standard_rent_ore_per_m2=0,
    rent_pool=(),
    external_rate=RateTable(Fraction("0.028")),
    loan_share=Fraction("0.3"),
    construction_index=RateTable(Fraction(0)),
    consumer_price_index=RateTable(Fraction("0.02")),
    discount_rate=Fraction("0.03"),
    comparison_years=30,
    ceiling_counts=Ceiling.NET,
    default_commissioning_month=7,
    default_commissioning_month_streets=12,
    frames_follow_falling_capital_cost=True,
    charge_interest_on_wip=False,
    capitalise_interest=False,
    value_discount=Fraction("0.96"),
    earliest_start_by_stage={
        stage.value: {Stage.NEED: 3, Stage.NEEDS_ANALYSIS: 2, Stage.PRE_STUDY: 2, Stage.DESIGN: 1}.get(
            stage, 0
        )
        for stage in Stage
    },
    template_life_months=396,
    pbb_ore_by_year={
        2020: 47_300_00,
        2021: 47_600_00,
        2022: 48_300_00,
        2023: 52_500_00,
        2024: 57_300_00,
        2025: 58_800_00,
        2026: 59_200_00,
    },
    threshold_share_of_pbb=Fraction(1, 2),
    threshold_life_months=36,
    wage_revision_month=4,
    wage_raise={},
    payroll_charge={2021: Fraction("0.4015"), 2023: Fraction("0.4453"), 2024: Fraction("0.4575")},
    pkv={},
    pkv_vintage="",
    pkv_committees=("KFN",),
    demography_share=Fraction(1),
    price_tags=(),
    premises_in_price_tag=(),
    street_price_ore_per_m2=0,
    claw_back_on_delay=True,
    neutral_rate_changes=True,
    finance_organisation="KS",
    reserve_floor_share=Fraction("0.01"),
    reserve_floor_share_negative_equity=Fraction("0.02"),
    reserve_cap_share=Fraction("0.05"),
    restoring_years=3,
    company_plan_years=7,
)
"""What a new municipality starts from; `DESCRIPTIONS` says which of it must be replaced."""

_ADDED_IN_SCHEMA_2 = (
    "rent_model", "standard_rent_ore_per_m2", "rent_pool", "consumer_price_index", "discount_rate",
    "comparison_years", "threshold_life_months", "wage_raise", "payroll_charge", "pkv", "pkv_vintage",
    "pkv_committees", "price_tags", "premises_in_price_tag", "street_price_ore_per_m2", "claw_back_on_delay",
    "neutral_rate_changes", "finance_organisation", "reserve_floor_share", "reserve_floor_share_negative_equity",
    "reserve_cap_share", "restoring_years", "company_plan_years",
)  # fmt: skip
NEUTRAL: Mapping[str, Any] = {name: DEFAULTS.to_json()[name] for name in _ADDED_IN_SCHEMA_2}
"""What a set from schema 1 is read with: defaults, under which its results are what they were."""

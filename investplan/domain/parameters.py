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
from investplan.domain.labels import N_
from investplan.domain.parameter_forms import (
    FLAG,
    KRONOR_BY_YEAR,
    RATES,
    RENT_ITEMS,
    STAGES,
    Form,
    choice_form,
    decimal_form,
    decimal_text,
    read_field,
    read_object,
    whole_form,
)
from investplan.domain.proposals import Stage
from investplan.domain.rents import RentItem
from investplan.errors import InvalidInputError, Note
from investplan.units import Ore

__all__ = [
    "DEFAULTS",
    "DESCRIPTIONS",
    "Ceiling",
    "Confidence",
    "InterestBase",
    "ParameterDescription",
    "Parameters",
    "RateTable",
    "RentItem",
    "StartRule",
    "decimal_text",
]


class Ceiling(StrEnum):
    """Whether the investment ceiling counts outlays net or gross of grants."""

    NET = "net"
    GROSS = "gross"


class Confidence(StrEnum):
    """How sure a default is; a placeholder must be replaced before the plan is used."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True)
class Parameters:
    """A whole set of parameters. Rates are per year (0.025), shares 0-1, amounts öre, lives months.

    Args:
        internal_rate: Internal interest on book value.
        rent_items: Running costs per m² and year in the internal rent.
        external_rate: What the municipality's loans cost.
        loan_share: How much of the net outlay is borrowed.
        construction_index: Yearly rise of building prices, from the price level year to the year of spending.
        frames_follow_falling_capital_cost: False lets the committee keep the difference when capital cost falls.
        charge_interest_on_wip: Internal interest on ongoing construction is charged to the owner.
        capitalise_interest: Loan interest during construction is added to the acquisition value.
        value_discount: What is left of the benefit for each year it is delayed.
        earliest_start_by_stage: Years after the budget year before a proposal in the stage (its value) may start.
        template_life_months: Useful life where an outlay has no components yet.
        threshold_share_of_pbb: The amount limit of an investment as a share of the price base amount.
        wage_revision_month: First month with new wages, 1-12.
        demography_share: How much of the demographic change is compensated.
    """

    internal_rate: RateTable
    interest_base: InterestBase
    start_rule: StartRule
    rent_items: tuple[RentItem, ...]
    external_rate: Fraction
    loan_share: Fraction
    construction_index: Fraction
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
    wage_revision_month: int
    demography_share: Fraction

    @property
    def capital_cost_rules(self) -> CapitalCostRules:
        """The part that capital costs need."""
        return CapitalCostRules(self.internal_rate, self.interest_base, self.start_rule)

    def earliest_start(self, stage: Stage, budget_year: int) -> int:
        """The first year in which a proposal in the stage may start."""
        return budget_year + self.earliest_start_by_stage.get(stage, 0)

    def to_json(self) -> dict[str, Any]:
        """All values as JSON: rates and kronor as decimal strings, so that nothing is lost."""
        return {one.name: _FORMS[one.name].write(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, data: object) -> Parameters:
        """The set that `to_json` wrote.

        Raises:
            InvalidInputError: one message per place (`internal_rate.2029`), all at once: unknown and missing keys,
                numbers outside their range, words that are not among the choices.
        """
        faults: dict[str, Note] = {}
        values = read_object(data, "", set(_FORMS), faults)
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


_FORMS: dict[str, Form] = {
    "internal_rate": RATES,
    "interest_base": choice_form(InterestBase),
    "start_rule": choice_form(StartRule),
    "rent_items": RENT_ITEMS,
    "external_rate": decimal_form(0, 1),
    "loan_share": decimal_form(0, 1),
    "construction_index": decimal_form(0, 1),
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
    "wage_revision_month": whole_form(1, 12),
    "demography_share": decimal_form(0, 1),
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
    external_rate=Fraction("0.028"),
    loan_share=Fraction("0.3"),
    construction_index=Fraction(0),
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
    wage_revision_month=4,
    demography_share=Fraction(1),
)
"""What a new municipality starts from; `DESCRIPTIONS` says which of it must be replaced."""


@dataclass(frozen=True)
class ParameterDescription:
    """What the pages print beside a parameter. `label`, `unit` and `source` are Swedish message ids."""

    key: str
    label: str
    unit: str
    source: str
    confidence: Confidence


def _described(*rows: tuple[str, str, str, str, Confidence]) -> dict[str, ParameterDescription]:
    return {row[0]: ParameterDescription(*row) for row in rows}


_EXAMPLE = N_("Räkneexempel; ersätt med kommunens egna värden")
_OWN_CHOICE = N_("Förslag; kommunen väljer")

DESCRIPTIONS: Mapping[str, ParameterDescription] = _described(
    (
        "internal_rate",
        N_("Internränta"),
        N_("andel per år"),
        N_("SKR:s förslag för 2020–2025; senare år är antagna och ska ersättas"),
        Confidence.PLACEHOLDER,
    ),
    (
        "interest_base",
        N_("Räntans bas"),
        N_("val"),
        N_("Ingående bokfört värde är vanligast i budgetkalkyler"),
        Confidence.MEDIUM,
    ),
    (
        "start_rule",
        N_("Första månad som debiteras"),
        N_("val"),
        N_("Båda förekommer; fråga ekonomienheten"),
        Confidence.LOW,
    ),
    ("rent_items", N_("Driftposter i internhyran"), N_("kr per m² och år"), _EXAMPLE, Confidence.PLACEHOLDER),
    ("external_rate", N_("Låneränta"), N_("andel per år"), _EXAMPLE, Confidence.PLACEHOLDER),
    ("loan_share", N_("Lånefinansierad andel"), N_("andel"), _EXAMPLE, Confidence.PLACEHOLDER),
    (
        "construction_index",
        N_("Byggprisernas ökning"),
        N_("andel per år"),
        N_("Noll tills kommunen anger ett byggprisindex"),
        Confidence.PLACEHOLDER,
    ),
    ("ceiling_counts", N_("Investeringstaket räknar utgifter"), N_("val"), _OWN_CHOICE, Confidence.LOW),
    (
        "default_commissioning_month",
        N_("Månad för ibruktagande när den inte är känd"),
        N_("månad"),
        N_("Praxis i Sjöbo kommun 2021–2024: 31 juli"),
        Confidence.MEDIUM,
    ),
    (
        "default_commissioning_month_streets",
        N_("Månad för ibruktagande av gator och exploatering när den inte är känd"),
        N_("månad"),
        N_("Praxis i Sjöbo kommun 2021–2024: 31 december"),
        Confidence.MEDIUM,
    ),
    (
        "frames_follow_falling_capital_cost",
        N_("Ramarna följer med när kapitalkostnaden faller"),
        N_("ja eller nej"),
        _OWN_CHOICE,
        Confidence.LOW,
    ),
    (
        "charge_interest_on_wip",
        N_("Internränta debiteras under byggtiden"),
        N_("ja eller nej"),
        N_("Vanligen inte före ibruktagandet"),
        Confidence.MEDIUM,
    ),
    (
        "capitalise_interest",
        N_("Låneränta under byggtiden räknas in i anskaffningsvärdet"),
        N_("ja eller nej"),
        N_("Tillåtet men inte krav enligt LKBR och RKR"),
        Confidence.MEDIUM,
    ),
    (
        "value_discount",
        N_("Nyttans värde efter ett års fördröjning"),
        N_("andel per år"),
        _OWN_CHOICE,
        Confidence.PLACEHOLDER,
    ),
    (
        "earliest_start_by_stage",
        N_("Tidigaste start efter budgetåret, per utredningsskede"),
        N_("år"),
        _OWN_CHOICE,
        Confidence.PLACEHOLDER,
    ),
    (
        "template_life_months",
        N_("Nyttjandetid innan komponenterna är kända"),
        N_("månader"),
        N_("Schablon 33 år: en förskolas samlade avskrivningstid"),
        Confidence.MEDIUM,
    ),
    (
        "pbb_ore_by_year",
        N_("Prisbasbelopp"),
        N_("kr"),
        N_("Regeringens beslut per år; 2021, 2022 och 2024 är inte kontrollerade"),
        Confidence.HIGH,
    ),
    (
        "threshold_share_of_pbb",
        N_("Gränsbelopp för investering"),
        N_("andel av prisbasbeloppet, exkl. moms"),
        N_("Ett halvt prisbasbelopp är vanligast; inte kontrollerat för Kalmar"),
        Confidence.MEDIUM,
    ),
    (
        "wage_revision_month",
        N_("Månad då nya löner börjar gälla"),
        N_("månad"),
        N_("April i de flesta avtal"),
        Confidence.MEDIUM,
    ),
    (
        "demography_share",
        N_("Andel av befolkningsförändringen som kompenseras"),
        N_("andel"),
        N_("Full kompensation i Kalmars budget 2022"),
        Confidence.MEDIUM,
    ),
)

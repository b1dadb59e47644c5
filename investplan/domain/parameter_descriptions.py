"""What the pages print beside each parameter: label, unit, where its default comes from and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from investplan.domain.labels import N_


class Confidence(StrEnum):
    """How sure a default is; a placeholder must be replaced before the plan is used."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    PLACEHOLDER = "placeholder"


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
    (
        "rent_model",
        N_("Internhyrans modell"),
        N_("val"),
        N_("Självkostnad per objekt är vanligast; fråga fastighetsenheten"),
        Confidence.LOW,
    ),
    (
        "standard_rent_ore_per_m2",
        N_("Schablonhyra"),
        N_("kr per m² och år"),
        N_("Används bara av modellen schablonhyra"),
        Confidence.PLACEHOLDER,
    ),
    (
        "rent_pool",
        N_("Hyrespool: yta och kostnad per nämnd"),
        N_("m² och kr per år"),
        N_("Används bara av modellen hyrespool"),
        Confidence.PLACEHOLDER,
    ),
    ("external_rate", N_("Låneränta"), N_("andel per år"), _EXAMPLE, Confidence.PLACEHOLDER),
    ("loan_share", N_("Lånefinansierad andel"), N_("andel"), _EXAMPLE, Confidence.PLACEHOLDER),
    (
        "construction_index",
        N_("Byggprisernas ökning"),
        N_("andel per år"),
        N_("Noll tills kommunen anger ett byggprisindex"),
        Confidence.PLACEHOLDER,
    ),
    (
        "consumer_price_index",
        N_("Konsumentprisernas ökning, för inhyrda lokaler"),
        N_("andel per år"),
        N_("Riksbankens inflationsmål; ersätt med aktuell prognos"),
        Confidence.PLACEHOLDER,
    ),
    (
        "discount_rate",
        N_("Kalkylränta vid jämförelser"),
        N_("andel per år"),
        N_("Antagen; är inte internräntan"),
        Confidence.PLACEHOLDER,
    ),
    (
        "comparison_years",
        N_("Jämförelseperiod för eget och inhyrt"),
        N_("år"),
        _OWN_CHOICE,
        Confidence.LOW,
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
        "threshold_life_months",
        N_("Kortaste nyttjandetid för en investering"),
        N_("månader"),
        N_("Tre år; kommuner skriver både ”minst” och ”mer än”"),
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
        "wage_raise",
        N_("Löneöversyn"),
        N_("andel per år"),
        N_("Anges av kommunen för varje år"),
        Confidence.PLACEHOLDER,
    ),
    (
        "payroll_charge",
        N_("Personalomkostnadspålägg (PO)"),
        N_("andel per år"),
        N_("Sjöbo kommuns budgetar 2021, 2023 och 2024; uppdateras årligen"),
        Confidence.HIGH,
    ),
    (
        "pkv",
        N_("Prisindex för kommunal verksamhet (PKV)"),
        N_("andel per år"),
        N_("Läses från SKR:s fil i oktober; inget förvalt värde"),
        Confidence.PLACEHOLDER,
    ),
    (
        "pkv_vintage",
        N_("PKV:s utgåva"),
        N_("text"),
        N_("Vilken publicering värdena kommer från"),
        Confidence.PLACEHOLDER,
    ),
    (
        "pkv_committees",
        N_("Nämnder vars övriga kostnader räknas upp med PKV"),
        N_("nämndkod"),
        N_("Kalmars styrmodell: endast kultur- och fritidsnämnden"),
        Confidence.HIGH,
    ),
    (
        "demography_share",
        N_("Andel av befolkningsförändringen som kompenseras"),
        N_("andel"),
        N_("Full kompensation i Kalmars budget 2022"),
        Confidence.MEDIUM,
    ),
    (
        "price_tags",
        N_("Prislappar per invånare och åldersklass"),
        N_("kr per invånare och år"),
        N_("Kommunens egen resursfördelningsmodell; inget förvalt värde"),
        Confidence.PLACEHOLDER,
    ),
    (
        "premises_in_price_tag",
        N_("Nämnder vars prislapp redan innehåller lokaler"),
        N_("nämndkod"),
        N_("Sjöbo kommuns regel; fråga ekonomienheten"),
        Confidence.LOW,
    ),
    (
        "street_price_ore_per_m2",
        N_("Ersättning per ny kvadratmeter gata"),
        N_("kr per m² och år"),
        N_("Finns i Sjöbo (6,51 kr 2024); noll tills kommunen väljer"),
        Confidence.LOW,
    ),
    (
        "claw_back_on_delay",
        N_("Försenat ibruktagande tar tillbaka ramtillskottet"),
        N_("ja eller nej"),
        _OWN_CHOICE,
        Confidence.LOW,
    ),
    (
        "neutral_rate_changes",
        N_("Ändrad internränta regleras som neutral teknisk justering"),
        N_("ja eller nej"),
        N_("Vanlig praxis; inte kontrollerad för Kalmar"),
        Confidence.MEDIUM,
    ),
    (
        "finance_organisation",
        N_("Organisation som bär finansförvaltningen"),
        N_("nämndkod"),
        _OWN_CHOICE,
        Confidence.LOW,
    ),
    (
        "reserve_floor_share",
        N_("Resultat som ska vara kvar före reservering"),
        N_("andel av skatter och bidrag"),
        N_("Kommunallagen 11 kap. 14 §"),
        Confidence.HIGH,
    ),
    (
        "reserve_floor_share_negative_equity",
        N_("Resultat som ska vara kvar när eget kapital inkl. pensioner är negativt"),
        N_("andel av skatter och bidrag"),
        N_("Kommunallagen 11 kap. 14 §"),
        Confidence.HIGH,
    ),
    (
        "reserve_cap_share",
        N_("Resultatreservens tak"),
        N_("andel av skatter och bidrag"),
        N_("Prop. 2022/23:119"),
        Confidence.HIGH,
    ),
    (
        "restoring_years",
        N_("År för att återställa ett negativt balanskravsresultat"),
        N_("år"),
        N_("Kommunallagen 11 kap. 12 §"),
        Confidence.HIGH,
    ),
    (
        "company_plan_years",
        N_("År i bolagens plan"),
        N_("år"),
        N_("Kalmars styrmodell: nästa år och sex år till"),
        Confidence.HIGH,
    ),
)

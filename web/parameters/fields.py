"""Every parameter's place in the form: its subject, and what kind of field it is. A test holds it against the set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from investplan.domain.labels import N_
from investplan.domain.parameters import (
    DESCRIPTIONS,
    Ceiling,
    InterestBase,
    ParameterDescription,
    RentModel,
    StartRule,
)
from investplan.errors import Note
from web.parameters.cells import (
    Cell,
    FreeText,
    Kronor,
    Month,
    OneOf,
    Organisation,
    Percent,
    Whole,
    Year,
    YesNo,
)

CHOICES: Mapping[str, str] = {
    InterestBase.OPENING: N_("Ingående bokfört värde"),
    InterestBase.AVERAGE: N_("Genomsnittligt bokfört värde"),
    InterestBase.MONTHLY: N_("Bokfört värde varje månad"),
    StartRule.SAME_MONTH: N_("Månaden för ibruktagandet"),
    StartRule.NEXT_MONTH: N_("Månaden efter ibruktagandet"),
    Ceiling.NET: N_("Netto, efter bidrag"),
    Ceiling.GROSS: N_("Brutto, före bidrag"),
    RentModel.PER_OBJECT_ACTUAL: N_("Självkostnad per objekt"),
    RentModel.STANDARD_PER_M2: N_("Schablon per m²"),
    RentModel.POOLED: N_("Hyrespool"),
    RentModel.LEVEL_ANNUITY: N_("Utjämnad hyra (annuitet)"),
}
"""What the codes of conventions are called, as message ids."""


def _one_of(codes: Any) -> OneOf:
    return OneOf({code.value: CHOICES[code] for code in codes})


@dataclass(frozen=True)
class Column:
    """A column of a table of inputs. `label` and `unit` are message ids."""

    name: str
    label: str
    cell: Cell
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table with rows to add and take away.

    Args:
        unique: The columns whose values together may come only once.
        default: The cell for the value of all other years, where there is one.
        to_rows: The parameter's JSON as one mapping per row, by column.
        from_rows: Back again.
        key_of: Name of a row's part in the notes, from the row's JSON.
    """

    columns: tuple[Column, ...]
    unique: tuple[str, ...]
    add_label: str
    to_rows: Callable[[Any], list[dict[str, Any]]] = field(compare=False)
    from_rows: Callable[[Sequence[Mapping[str, Any]]], Any] = field(compare=False)
    key_of: Callable[[Mapping[str, Any]], str] = field(compare=False)
    default: Cell | None = None


@dataclass(frozen=True)
class Words:
    """Codes of committees, any number of them."""


@dataclass(frozen=True)
class Stages:
    """Whole years by investigation stage; an empty one is left out."""

    cell: ClassVar[Whole] = Whole(0, 20)


@dataclass(frozen=True)
class Field:
    """One parameter in the form. `group` names its rows of inputs, which may hold letters only."""

    key: str
    kind: Cell | Table | Words | Stages

    @property
    def description(self) -> ParameterDescription:
        return DESCRIPTIONS[self.key]

    @property
    def group(self) -> str:
        return re.sub("[^a-z]", "", self.key)


def _by_year(value: Cell, unit: str, *, default: Cell | None = None) -> Table:
    return Table(
        columns=(
            Column("year", N_("År"), Year()),
            Column("value", N_("Värde"), value, unit),
        ),
        unique=("year",),
        add_label=N_("Lägg till år"),
        to_rows=lambda by_year: [
            {"year": year, "value": one} for year, one in sorted(by_year.items()) if year != "default"
        ],
        from_rows=lambda rows: {row["year"]: row["value"] for row in rows},
        key_of=lambda row: str(row["year"]),
        default=default,
    )


def _listed(columns: tuple[Column, ...], unique: tuple[str, ...], add_label: str, key: str) -> Table:
    return Table(
        columns=columns,
        unique=unique,
        add_label=add_label,
        to_rows=lambda items: [dict(one) for one in items],
        from_rows=lambda rows: [dict(row) for row in rows],
        key_of=lambda row: str(row[key]),
    )


_NAME_MISSING = Note("Skriv ett namn.")
RENT_ITEMS = _listed(
    (
        Column("label", N_("Post"), FreeText(_NAME_MISSING)),
        Column("kr_per_m2", N_("Belopp"), Kronor(), N_("kr/m²")),
        Column("external", N_("Betalas externt"), YesNo()),
    ),
    ("label",),
    N_("Lägg till post"),
    "key",
)
POOL = _listed(
    (
        Column("committee", N_("Nämnd"), Organisation()),
        Column("area_m2", N_("Yta"), Whole(1, 10**8), N_("m²")),
        Column("kr", N_("Kostnad"), Kronor(), N_("kr per år")),
    ),
    ("committee",),
    N_("Lägg till nämnd"),
    "committee",
)
PRICE_TAGS = _listed(
    (
        Column("label", N_("Åldersklass"), FreeText(_NAME_MISSING)),
        Column("age_from", N_("Från ålder"), Whole(0, 130)),
        Column("age_to", N_("Till och med"), Whole(0, 130, optional=True)),
        Column("kr", N_("Pris"), Kronor(), N_("kr per invånare och år")),
        Column("committee", N_("Nämnd"), Organisation()),
        Column("share", N_("Nämndens andel"), Percent(blank="100"), N_("%, tomt är 100")),
    ),
    ("label", "committee"),
    N_("Lägg till åldersklass"),
    "key",
)

_RATES = _by_year(Percent(), "%", default=Percent())
_RATES_OF_SOME_YEARS = _by_year(Percent(-100, 100), "%")

SUBJECTS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "rates": (
        N_("Räntor"),
        (
            Field("internal_rate", _RATES),
            Field("interest_base", _one_of(InterestBase)),
            Field("start_rule", _one_of(StartRule)),
            Field("external_rate", _RATES),
            Field("loan_share", Percent()),
            Field("discount_rate", Percent()),
            Field("charge_interest_on_wip", YesNo()),
            Field("capitalise_interest", YesNo()),
            Field("neutral_rate_changes", YesNo()),
            Field("frames_follow_falling_capital_cost", YesNo()),
        ),
    ),
    "rent": (
        N_("Hyra"),
        (
            Field("rent_model", _one_of(RentModel)),
            Field("rent_items", RENT_ITEMS),
            Field("standard_rent_ore_per_m2", Kronor()),
            Field("rent_pool", POOL),
            Field("comparison_years", Whole(1, 100)),
        ),
    ),
    "wages": (
        N_("Löner och index"),
        (
            Field("wage_revision_month", Month()),
            Field("wage_raise", _RATES_OF_SOME_YEARS),
            Field("payroll_charge", _RATES_OF_SOME_YEARS),
            Field("pkv", _RATES_OF_SOME_YEARS),
            Field("pkv_vintage", FreeText()),
            Field("pkv_committees", Words()),
            Field("construction_index", _RATES),
            Field("consumer_price_index", _RATES),
        ),
    ),
    "demography": (
        N_("Demografi"),
        (
            Field("demography_share", Percent()),
            Field("price_tags", PRICE_TAGS),
            Field("premises_in_price_tag", Words()),
        ),
    ),
    "investment": (
        N_("Investering"),
        (
            Field("ceiling_counts", _one_of(Ceiling)),
            Field("threshold_share_of_pbb", Percent(0, 1000)),
            Field("threshold_life_months", Whole(1, 120)),
            Field("pbb_ore_by_year", _by_year(Kronor(), "kr")),
            Field("template_life_months", Whole(1, 2400)),
            Field("default_commissioning_month", Month()),
            Field("default_commissioning_month_streets", Month()),
            Field("street_price_ore_per_m2", Kronor()),
            Field("claw_back_on_delay", YesNo()),
            Field("value_discount", Percent()),
            Field("earliest_start_by_stage", Stages()),
        ),
    ),
    "economy": (
        N_("Ekonomi"),
        (
            Field("finance_organisation", Organisation(optional=True)),
            Field("reserve_floor_share", Percent()),
            Field("reserve_floor_share_negative_equity", Percent()),
            Field("reserve_cap_share", Percent()),
            Field("restoring_years", Whole(1, 10)),
            Field("company_plan_years", Whole(1, 30)),
        ),
    ),
}
"""Subject → its name as a message id, and its fields in the order of the page."""

FIELDS: Mapping[str, Field] = {one.key: one for _, fields in SUBJECTS.values() for one in fields}
INPUT_UNITS: Mapping[str, str] = {
    "andel": "%",
    "andel per år": "%",
    "andel av prisbasbeloppet, exkl. moms": "%",
    "andel av skatter och bidrag": "%",
    "kr per m² och år": N_("kr per m² och år"),
    "år": N_("år"),
    "månader": N_("månader"),
    "kr": "kr",
}
"""The unit that stands after a field, from the unit in the description."""
HINTS: Mapping[str, str] = {
    "threshold_share_of_pbb": N_("Procent av prisbasbeloppet, exkl. moms."),
    "reserve_floor_share": N_("Procent av skatter och bidrag."),
    "reserve_floor_share_negative_equity": N_("Procent av skatter och bidrag."),
    "reserve_cap_share": N_("Procent av skatter och bidrag."),
    "value_discount": N_("Så mycket som är kvar av nyttan, procent."),
    "rent_model": N_("Allt utom självkostnad per objekt lämnar en skillnad hos fastighetsägaren."),
    "construction_index": N_("Ökning mot året före."),
    "consumer_price_index": N_("Ökning mot året före."),
    "wage_raise": N_("Årets löneöversyn, procent. Bara år som har en."),
    "payroll_charge": N_("Procent av lönen."),
    "pkv": N_("Ökning mot året före. Bara år som har ett värde."),
    "price_tags": N_("Lämna sista åldern tom för en klass utan övre gräns."),
}
"""What a field needs said beside its label, by parameter."""

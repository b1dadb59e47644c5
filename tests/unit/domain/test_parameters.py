"""Parameters: seeded, described one by one, and the same after a journey through JSON."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.parameters import (
    DEFAULTS,
    DESCRIPTIONS,
    NEUTRAL,
    Ceiling,
    Confidence,
    InterestBase,
    Parameters,
    PoolTenant,
    PriceTag,
    RateTable,
    RentItem,
    StartRule,
    decimal_text,
)
from investplan.domain.proposals import Stage
from investplan.errors import InvalidInputError

RATES = st.integers(0, 10**6).map(lambda millionths: Fraction(millionths, 10**6))


def faults_of(changes: dict[str, Any]) -> set[str]:
    with pytest.raises(InvalidInputError) as refused:
        Parameters.from_json(DEFAULTS.to_json() | changes)
    return set(refused.value.fields)


def test_the_defaults_come_back_from_json_text() -> None:
    assert Parameters.from_json(json.loads(json.dumps(DEFAULTS.to_json()))) == DEFAULTS


@given(
    RATES,
    st.dictionaries(st.integers(1000, 9999), RATES),
    st.sampled_from(InterestBase),
    st.sampled_from(StartRule),
    st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), max_size=4),
    st.dictionaries(st.sampled_from(Stage), st.integers(0, 20)),
    st.dictionaries(st.integers(1000, 9999), st.integers(0, 10**9)),
    st.booleans(),
)
def test_any_set_comes_back_from_json_unchanged(
    default: Fraction,
    by_year: dict[int, Fraction],
    base: InterestBase,
    rule: StartRule,
    items: list[tuple[int, bool]],
    stages: dict[Stage, int],
    pbb: dict[int, int],
    flag: bool,
) -> None:
    changed = replace(
        DEFAULTS,
        internal_rate=RateTable(default, by_year),
        interest_base=base,
        start_rule=rule,
        rent_items=tuple(RentItem(f"k{i}", f"Post {i}", *item) for i, item in enumerate(items)),
        external_rate=RateTable(default, by_year),
        wage_raise=by_year,
        ceiling_counts=Ceiling.GROSS,
        frames_follow_falling_capital_cost=flag,
        charge_interest_on_wip=flag,
        capitalise_interest=not flag,
        earliest_start_by_stage=stages,
        pbb_ore_by_year=pbb,
        pkv_committees=("KFN", "UN"),
        price_tags=(
            PriceTag("90+", "90 år och äldre", 90, None, 381_100_00, "ON"),
            PriceTag("6", "6 år", 6, 6, 144_600_00, "UN", Fraction(1, 2)),
        ),
        rent_pool=(PoolTenant("UN", 120_000, 150_000_000_00),),
    )
    assert Parameters.from_json(json.loads(json.dumps(changed.to_json()))) == changed


def test_every_parameter_is_described() -> None:
    assert set(DESCRIPTIONS) == {one.name for one in fields(Parameters)}
    assert all(key == one.key and one.label and one.unit and one.source for key, one in DESCRIPTIONS.items())


def test_made_up_values_are_marked_as_placeholders() -> None:
    for key in ("internal_rate", "rent_items", "external_rate", "loan_share", "value_discount"):
        assert DESCRIPTIONS[key].confidence is Confidence.PLACEHOLDER


def test_the_rates_of_the_years_are_the_proposed_ones() -> None:
    rates = [decimal_text(DEFAULTS.internal_rate.in_year(year)) for year in range(2020, 2028)]
    assert rates == ["0.015", "0.0125", "0.01", "0.0125", "0.025", "0.025", "0.025", "0.025"]


def test_an_early_stage_may_start_later_than_a_late_one() -> None:
    starts = [DEFAULTS.earliest_start(stage, 2027) for stage in Stage]
    assert starts == [2030, 2029, 2029, 2028, 2027, 2027, 2027, 2027, 2027, 2027]


def test_parameters_can_be_a_key_in_a_cache() -> None:
    assert hash(DEFAULTS) == hash(Parameters.from_json(DEFAULTS.to_json()))


def test_every_fault_is_told_at_its_place_and_all_at_once() -> None:
    assert faults_of(
        {
            "internal_rate": {"2029": "0.03", "29": "0.1", "2030": "3"},
            "interest_base": "closing",
            "loan_share": 0.3,
            "template_life_months": True,
            "frames_follow_falling_capital_cost": "yes",
            "rent_items": [{"key": "a", "label": "", "kr_per_m2": "1.005"}],
            "earliest_start_by_stage": {"dream": 1, "need": -1},
            "pbb_ore_by_year": {"2027": "many"},
            "unheard_of": 1,
        }
    ) == {
        "internal_rate.default",
        "internal_rate.29",
        "internal_rate.2030",
        "interest_base",
        "loan_share",
        "template_life_months",
        "frames_follow_falling_capital_cost",
        "rent_items[0].label",
        "rent_items[0].kr_per_m2",
        "rent_items[0].external",
        "earliest_start_by_stage.dream",
        "earliest_start_by_stage.need",
        "pbb_ore_by_year.2027",
        "unheard_of",
    }


def test_a_missing_parameter_is_a_fault_and_not_a_default() -> None:
    values = DEFAULTS.to_json()
    del values["start_rule"]
    with pytest.raises(InvalidInputError) as refused:
        Parameters.from_json(values)
    assert set(refused.value.fields) == {"start_rule"}


def test_a_set_from_the_first_schema_reads_as_it_was_meant() -> None:
    stored = DEFAULTS.to_json()
    first = {key: stored[key] for key in stored if key not in NEUTRAL and key != "schema"}
    first |= {"external_rate": "0.031", "construction_index": "0.03"}
    read = Parameters.from_json(first)
    assert read.external_rate == RateTable(Fraction("0.031"))
    assert read.construction_index == RateTable(Fraction("0.03"))
    assert replace(
        read, external_rate=DEFAULTS.external_rate, construction_index=DEFAULTS.construction_index
    ) == (DEFAULTS)


def test_a_fault_in_a_price_tag_is_told_at_its_place() -> None:
    tag = {
        "key": "6", "label": "6 år", "age_from": 131, "age_to": None, "kr": "-1", "committee": "", "share": "2",
    }  # fmt: skip
    assert faults_of({"price_tags": [tag], "pkv_committees": ["KFN", 3], "pkv": {"27": "0.02"}}) == {
        "price_tags[0].age_from",
        "price_tags[0].kr",
        "price_tags[0].committee",
        "price_tags[0].share",
        "pkv_committees.1",
        "pkv.27",
    }


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(InvalidInputError):
        Parameters.from_json(data)


@pytest.mark.parametrize("text", ["NaN", "1e-3", "0,025", " 0.025", "٣", "", "0.", ".5", "1_0", "+0.1"])
def test_a_rate_that_is_no_plain_decimal_is_refused(text: str) -> None:
    assert faults_of({"external_rate": {"default": text}}) == {"external_rate.default"}


def test_interest_under_construction_is_not_both_charged_and_capitalised() -> None:
    assert faults_of({"charge_interest_on_wip": True, "capitalise_interest": True}) == {"capitalise_interest"}


def test_two_rent_items_may_not_share_a_key() -> None:
    item = {"key": "media", "label": "Media", "kr_per_m2": "1", "external": True}
    assert faults_of({"rent_items": [item, item]}) == {"rent_items[1].key"}


def test_a_number_without_a_decimal_form_is_not_written() -> None:
    with pytest.raises(ValueError, match="decimal"):
        decimal_text(Fraction(1, 3))


@given(st.fractions(-(10**6), 10**6).map(lambda f: Fraction(f.numerator, 10**4)))
def test_decimal_text_is_exact(number: Fraction) -> None:
    assert Fraction(decimal_text(number)) == number

"""Need against capacity. The worked numbers are those of section 6 of the domain reference."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.needs import Balance, NeedProfile, Supply, balance, last_autumn
from investplan.domain.premise_uses import PremiseUse

SCHOOL = NeedProfile(PremiseUse.SCHOOL, 6, 15, fill_rate=Fraction("0.95"))
PUPILS = {2026: 640, 2027: 655, 2028: 672, 2029: 690, 2030: 705, 2031: 712, 2032: 708}
YEARS = tuple(PUPILS)


def spread(pupils: int) -> dict[int, Fraction]:
    """So many pupils, evenly over the ages, with everyone else's ages at zero."""
    return {age: Fraction(pupils, 10) if 6 <= age <= 15 else Fraction(0) for age in range(101)}


def worked() -> Balance:
    counts = {year: spread(pupils) for year, pupils in PUPILS.items()}
    return balance(SCHOOL, "Norra", counts, 100, [Supply("Norra", PremiseUse.SCHOOL, 660)], YEARS)


def test_the_worked_example_of_one_school_area_holds_to_the_place() -> None:
    found = worked()
    assert [found.need[year] for year in YEARS] == [674, 690, 708, 727, 743, 750, 746]
    assert [found.of(year) for year in YEARS] == [-14, -30, -48, -67, -83, -90, -86]
    assert (found.first_shortage, found.deepest, found.is_passing) == (2026, (2031, 90), False)


def test_other_areas_and_other_uses_give_no_places_here() -> None:
    counts = {2026: spread(100)}
    supplies = [Supply("Södra", PremiseUse.SCHOOL, 50), Supply("Norra", PremiseUse.PRESCHOOL, 70),
                Supply("Norra", PremiseUse.SCHOOL, 30)]  # fmt: skip
    assert balance(SCHOOL, "Norra", counts, 100, supplies, [2026]).capacity == {2026: 30}
    assert balance(SCHOOL, "", counts, 100, supplies, [2026]).capacity == {2026: 80}


def test_what_is_built_comes_and_what_ends_goes() -> None:
    supplies = [
        Supply("N", PremiseUse.SCHOOL, 100),
        Supply("N", PremiseUse.SCHOOL, 40, first_year=2028),
        Supply("N", PremiseUse.SCHOOL, 25, last_year=last_autumn([date(2028, 6, 30)])),
    ]
    found = balance(SCHOOL, "N", {}, 100, supplies, [2026, 2027, 2028])
    assert found.capacity == {2026: 125, 2027: 125, 2028: 140}
    assert found.of(2026) is None


def test_a_year_without_forecast_has_no_need_rather_than_none_needed() -> None:
    found = balance(SCHOOL, "N", {2026: spread(10)}, 100, [], [2026, 2027])
    assert (found.need[2026], found.need[2027]) == (11, None)
    assert (found.first_shortage, found.deepest) == (2026, (2026, 11))


def test_a_peak_that_passes_is_told_apart_from_a_lasting_need() -> None:
    peak = Balance(
        "N", PremiseUse.SCHOOL, {2027: 90, 2028: 130, 2029: 95}, dict.fromkeys((2027, 2028, 2029), 100)
    )
    assert (peak.first_shortage, peak.deepest, peak.is_passing) == (2028, (2028, 30), True)


rates = st.fractions(Fraction(1, 20), Fraction(1))


@given(st.integers(0, 5_000), rates, rates, rates)
def test_the_places_needed_hold_everyone_and_not_a_whole_place_more(
    people: int, participation: Fraction, share: Fraction, fill: Fraction
) -> None:
    profile = NeedProfile(PremiseUse.SCHOOL, 6, 15, participation, share, fill)
    places = profile.need(Fraction(people))
    wanted = people * participation * share
    assert places * fill >= wanted
    assert (places - 1) * fill < wanted or places == 0


@given(st.integers(0, 3_000), st.integers(0, 3_000), rates)
def test_more_children_never_need_fewer_places(one: int, more: int, fill: Fraction) -> None:
    profile = NeedProfile(PremiseUse.SCHOOL, 6, 15, fill_rate=fill)
    assert profile.need(Fraction(one)) <= profile.need(Fraction(one + more))

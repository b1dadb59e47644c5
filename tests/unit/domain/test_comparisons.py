"""Own building and lease on the same basis: the same years, each view by itself, by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mypy.api
import pytest

from investplan.domain.capital_costs import RateTable
from investplan.domain.comparisons import Comparison, Period, compare
from investplan.domain.parameters import DEFAULTS, StartRule
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Component,
    Disposal,
    Grant,
    Lease,
    OperatingConsequence,
    OperatingKind,
    Outlay,
)
from investplan.units import round_half_up

TKR = 100_000
RATE = Fraction("0.03")
PARAMETERS = replace(
    DEFAULTS,
    start_rule=StartRule.SAME_MONTH,
    consumer_price_index=RateTable(Fraction(0)),
    internal_rate=RateTable(Fraction("0.025")),
    comparison_years=10,
)
BUILD = Alternative(
    code="build",
    title="Bygg",
    kind=AlternativeKind.BUILD,
    starts=(2027,),
    price_level_year=2027,
    commissioned_after_months=12,
    landlord="SN",
    area_m2=1_000,
    outlays=(Outlay(0, 30_000 * TKR),),
    components=(Component("Hus", 24_000 * TKR, 480), Component("Mark", 6_000 * TKR, None)),
    grants=(Grant("Stat", 0, 4_000 * TKR),),
    operating=(),
    disposals=(Disposal("Gammalt", "UN", 500 * TKR, 60),),
)
LEASE = Alternative(
    code="lease",
    title="Hyr",
    kind=AlternativeKind.LEASE,
    starts=(2028,),
    price_level_year=2028,
    grants=(),
    operating=(OperatingConsequence("UN", OperatingKind.MEDIA, 100 * TKR),),
    disposals=(),
    leases=(Lease("Skylten", "UN", 900, 2_000_00, restoration_ore=700 * TKR),),
)


def both(*pairs: tuple[Alternative, int], years: int = 10) -> list[Comparison]:
    parameters = replace(PARAMETERS, comparison_years=years)
    return compare(pairs, committee="UN", parameters=parameters)


def level(years: int = 10) -> Fraction:
    """Present value of 1 at the end of each year."""
    return sum(((1 + RATE) ** -n for n in range(1, years + 1)), Fraction(0))


def test_the_municipality_counts_money_and_credits_what_is_left() -> None:
    build, lease = both((BUILD, 2027), (LEASE, 2028))
    assert (build.consolidated.period.first, build.consolidated.period.last) == (2028, 2037)
    # 26 000 at the end of 2027, which is the period's beginning; 440 kr per m² of running costs.
    # Book value in the end: 24 000 · 30/40 + land.
    left = (18_000 + 6_000) * TKR * (1 + RATE) ** -10
    expected = 26_000 * TKR + 440_00 * 1_000 * level() - left
    assert build.consolidated.total_ore == round_half_up(expected)
    assert build.consolidated.yearly_ore == round_half_up(expected / level())
    assert build.consolidated.yearly_ore_per_m2 == round_half_up(expected / level() / 1_000)
    rent = (1_800 + 100) * TKR * level() + 700 * TKR * (1 + RATE) ** -10
    assert lease.consolidated.total_ore == round_half_up(rent)
    assert lease.consolidated.yearly_ore_per_m2 == round_half_up(rent / level() / 900)
    assert (
        lease.consolidated.less(build.consolidated)
        == lease.consolidated.total_ore - build.consolidated.total_ore
    )


def test_a_committee_counts_what_its_frame_carries_without_any_credit() -> None:
    (build,) = both((replace(BUILD, disposals=(), grants=()), 2027))
    by_code = {one.committee: one for one in build.committees}
    rent = Fraction(0)
    for n in range(1, 11):
        book_value = 24_000 - 600 * (n - 1) + 6_000
        rent += (440 + 600 + Fraction("0.025") * book_value) * TKR * (1 + RATE) ** -n
    assert abs(by_code["UN"].total_ore - rent) <= 20
    assert by_code["SN"].total_ore == 0


def test_the_lines_add_up_to_the_total_to_the_ore() -> None:
    for found in both((BUILD, 2027), (LEASE, 2028), years=7):
        for value in (found.consolidated, *found.committees):
            assert sum(line.present_ore for line in value.lines) == value.total_ore
            assert all(line.label for line in value.lines)


def test_all_alternatives_are_seen_over_the_same_years() -> None:
    late, early = both((BUILD, 2030), (LEASE, 2028))
    assert late.consolidated.period == early.consolidated.period == Period(2028, 10, RATE)
    outlay = next(line for line in late.consolidated.lines if line.label == "Investeringsutgift efter bidrag")
    assert outlay.present_ore == round_half_up(26_000 * TKR * (1 + RATE) ** -3)


@pytest.mark.parametrize(("lasts", "year"), [(24, 2), (120, 10), (121, 10), (None, 10)])
def test_restoring_is_counted_when_the_lease_runs_out_or_when_the_period_ends(
    lasts: int | None, year: int
) -> None:
    lease = replace(LEASE, leases=(replace(LEASE.leases[0], lasts_months=lasts),))
    (found,) = both((lease, 2028))
    for value in (found.consolidated, found.committees[0]):
        (line,) = [one for one in value.lines if "terställning" in one.label]
        assert line.present_ore == pytest.approx(700 * TKR * (1 + RATE) ** -year, abs=1)


def test_an_ended_lease_is_restored_once_and_is_no_area() -> None:
    ended = replace(LEASE.leases[0], ended=True, notice_months=6)
    (found,) = both((replace(BUILD, leases=(ended,)), 2027))
    assert found.area_m2 == 1_000
    assert sum("terställning" in line.label for line in found.consolidated.lines) == 1
    none = both((replace(LEASE, leases=(ended,)), 2028))[0]
    assert none.area_m2 is None
    assert none.consolidated.yearly_ore_per_m2 is None


def test_a_companys_lease_and_building_are_not_the_municipalitys() -> None:
    found = compare(
        [(BUILD, 2027), (replace(LEASE, operating=()), 2028)],
        committee="UN",
        parameters=PARAMETERS,
        companies=frozenset({"SN"}),
    )
    labels = {line.label for line in found[0].consolidated.lines}
    assert labels == {"Hyra till kommunalt bolag"}
    other = replace(LEASE, operating=(), leases=(replace(LEASE.leases[0], tenant="KVAB"),))
    (value,) = compare([(other, 2028)], committee="UN", parameters=PARAMETERS, companies=frozenset({"KVAB"}))
    assert value.consolidated.total_ore == 0


def test_without_a_discount_rate_the_yearly_amount_is_the_average() -> None:
    assert Period(2028, 4, Fraction(0)).yearly(Fraction(10)) == Fraction(5, 2)
    period = Period(2028, 4, RATE)
    assert sum(period.yearly(Fraction(10)) * period.factor(year) for year in range(2028, 2032)) == 10


def test_the_basis_is_told_and_what_wears_out_is_named() -> None:
    short = replace(BUILD, components=(*BUILD.components, Component("Kök", 0, 60)))
    (found,) = both((short, 2027))
    told = [str(note) for note in found.notes]
    assert "åren 2028–2037" in told[0]
    assert "inte är internräntan" in told[0]
    assert told[1].endswith("under perioden: Kök.")
    assert len(both((BUILD, 2027))[0].notes) == 1


def test_nothing_to_compare_is_nothing() -> None:
    assert both() == []


def test_values_of_other_periods_or_committees_are_not_compared() -> None:
    one, other = both((BUILD, 2027))[0], both((BUILD, 2027), years=9)[0]
    with pytest.raises(ValueError, match="periods"):
        one.consolidated.less(other.consolidated)
    with pytest.raises(ValueError, match="periods"):
        one.committees[0].less(other.committees[0])
    with pytest.raises(ValueError, match="committees"):
        one.committees[0].less(one.committees[1])
    assert one.committees[0].less(one.committees[0]) == 0
    assert one.consolidated != one.committees[0]


def test_the_type_checker_refuses_to_compare_values_of_two_views(tmp_path: Path) -> None:
    program = tmp_path / "mixture.py"
    program.write_text(
        "from investplan.domain.comparisons import Comparison\n"
        "def mix(one: Comparison) -> None:\n"
        "    one.consolidated.less(one.consolidated)\n"
        "    one.consolidated.less(one.committees[0])\n"
        "    one.committees[0].less(one.consolidated)\n"
    )
    options = ["--no-incremental", "--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path}"]
    report, _errors, status = mypy.api.run([*options, str(program)])
    assert status == 1, report
    assert [line.split(":")[1] for line in report.splitlines() if "[arg-type]" in line] == ["4", "5"]


def test_a_comparison_says_what_it_is_of_part_by_part() -> None:
    build, lease = both((BUILD, 2027), (LEASE, 2028))
    assert (build.code, build.title, build.start, build.area_m2) == ("build", "Bygg", 2027, 1_000)
    assert (lease.code, lease.title, lease.start, lease.area_m2) == ("lease", "Hyr", 2028, 900)
    assert [(line.label, line.detail) for line in build.consolidated.lines] == [
        ("Investeringsutgift efter bidrag", ""),
        *(("Drift av lokaler", item.label) for item in PARAMETERS.rent_items),
        ("Bokfört värde vid periodens slut", ""),
    ]
    assert [(line.label, line.detail) for line in lease.consolidated.lines] == [
        ("Media", ""),
        ("Hyra för inhyrd lokal", "Skylten"),
        ("Återställning, räknad vid periodens slut", "Skylten"),
    ]
    users, landlord = build.committees
    assert (users.committee, landlord.committee) == ("UN", "SN")
    assert ("Internhyra, kapitalkostnad", "Hus") in [(line.label, line.detail) for line in users.lines]
    assert users.yearly_ore_per_m2 == round_half_up(users.yearly_ore / Fraction(1_000))
    assert ("Återställning, räknad vid periodens slut", "Skylten") in [
        (line.label, line.detail) for line in lease.committees[0].lines
    ]


def outlay_of(alternative: Alternative, start: int) -> int:
    (found,) = both((alternative, start))
    return found.consolidated.lines[0].present_ore


def test_a_grant_before_the_outlay_and_an_outlay_before_the_grant_are_both_brought_forward() -> None:
    """The period begins 2028: what is paid at the end of 2027 counts as it is, at the end of 2026 with 3 per cent."""
    grant_first = replace(BUILD, outlays=(Outlay(1, 30_000 * TKR),), commissioned_after_months=24)
    assert outlay_of(grant_first, 2026) == 30_000 * TKR - 4_120 * TKR
    outlay_first = replace(BUILD, grants=(Grant("Stat", 1, 4_000 * TKR),), commissioned_after_months=24)
    assert outlay_of(outlay_first, 2026) == 30_900 * TKR - 4_000 * TKR
    assert outlay_of(replace(BUILD, grants=None, commissioned_after_months=24), 2026) == 30_900 * TKR


def test_what_lasts_as_long_as_the_period_does_not_wear_out_in_it() -> None:
    parts = [Component("Nio år", 0, 119), Component("Tio år", 0, 120), Component("Mark", 0, None)]
    (found,) = both((replace(BUILD, components=(*BUILD.components, *parts)), 2027))
    assert str(found.notes[1]) == "Räknas utan utbyte av det som slits ut under perioden: Nio år."
    assert str(found.notes[0]).replace("\u00a0", " ") == (
        "Nuvärde den 1 januari 2028 av åren 2028–2037 med kalkylräntan 3 %, som inte är internräntan."
        " Det som betalas tidigare räknas upp med samma ränta."
    )
    two = replace(BUILD, components=(*BUILD.components, parts[0], Component("Kök", 0, 60)))
    assert str(both((two, 2027))[0].notes[1]).endswith(": Nio år, Kök.")


def test_the_message_says_what_is_not_compared() -> None:
    one, other = both((BUILD, 2027))[0], both((BUILD, 2027), years=9)[0]
    with pytest.raises(ValueError, match=r"^present values of different periods$"):
        one.consolidated.less(other.consolidated)
    with pytest.raises(ValueError, match=r"^present values of different committees or periods$"):
        one.committees[0].less(other.committees[0])


def test_the_period_begins_in_the_year_of_the_earliest_commissioning() -> None:
    (december,) = both((replace(BUILD, commissioned_after_months=11), 2027))
    (january,) = both((replace(BUILD, commissioned_after_months=12), 2027))
    assert (december.consolidated.period.first, january.consolidated.period.first) == (2027, 2028)
